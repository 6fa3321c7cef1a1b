/*
 * The parts of the control port that are not one of its requests to items:
 * the state shown, and what is done to the server as a whole.
 */
#ifndef SIM_CONTROL_SERVER_H
#define SIM_CONTROL_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "json_out.h"
#include "sim.h"

struct control {
	struct sim		*sim;
	struct http_request	*http;
	struct json_out		 out;	/* the answer; {} if it is empty */
};

struct control_entry {
	uint32_t	number;		/* in the catalogue */
	uint32_t	item;
};

/* These leave *value alone without a parameter.  An error, or NULL. */
const char *control_query_number(const struct control *, const char *,
	    int64_t *value);
const char *control_query_user(const struct control *, const char *,
	    struct user **);

/* What the user ever touched, by number; the caller's to free. */
struct control_entry *control_touched(const struct sim *, const struct user *,
	    uint32_t *n);
void	control_put_state(struct control *, const struct user *, uint32_t);
/* An object of the five fields that are kept in step. */
void	control_put_userdata(struct json_out *, const struct state *);
/* Which file of its number an item is, and whether it is there. */
void	control_put_item(const struct sim *, uint32_t, struct json_out *);

const char *control_server(struct control *);
const char *control_save(struct control *);
const char *control_shutdown(struct control *);

#endif
