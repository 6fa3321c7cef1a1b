/*
 * The WebSockets of the server (jellyfin-api.md, being told at once): who is
 * connected, whose changes they are told of, and what goes wrong with them.
 */
#ifndef SIM_SOCKETS_H
#define SIM_SOCKETS_H

#include <sys/queue.h>

#include <event2/event.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json_out.h"
#include "record.h"

struct control;
struct sim;
struct socket;
struct user;

struct change {
	struct jellyfin_id	user;
	uint32_t		item;
};

struct sockets {
	TAILQ_HEAD(, socket)	 list;
	int64_t			 notice_ms;	/* after the last change */
	int64_t			 keep_alive;	/* seconds */
	struct event		*timer;		/* of the notices */
	struct change		*changes;	/* not told yet */
	size_t			 n_changes;
	size_t			 size;
};

void	 sockets_init(struct sockets *);
void	 sockets_free(struct sim *);
/* Somebody other than a player's progress changed a user's data. */
void	 sockets_changed(struct sim *, const struct user *, uint32_t item);
/* A request under a DeviceId: it must be none of theirs. */
void	 sockets_device_seen(struct sim *, const char *);
void	 sockets_cut(struct sim *);
/* Their sessions, with this DeviceId or (NULL) all. */
void	 sockets_put_sessions(const struct sim *, const char *device_id,
	    struct json_out *, bool *first);

/* The control port's. */
const char *control_sockets(struct control *);
const char *control_sockets_show(struct control *);

#endif
