/*
 * A request to the simulated server, from its arrival to its answer: what it
 * is counted as, who asks, which fault is done to it, and how it is answered.
 */
#ifndef SIM_REQUEST_H
#define SIM_REQUEST_H

#include <event2/event.h>
#include <json-c/json.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "counts.h"
#include "faults.h"
#include "http_server.h"
#include "json_out.h"
#include "users.h"

struct sim;
struct route;

struct request {
	TAILQ_ENTRY(request)	 entry;
	struct sim		*sim;
	struct http_request	*http;
	enum request_kind	 kind;
	const struct route	*route;		/* NULL: no such path */
	bool			 wrong_method;
	bool			 outside;	/* of the base path */
	const char		*path;		/* within the base path */
	char			 id[64];	/* in the path, or "" */
	struct caller		 caller;
	struct fault		 fault;		/* its kind may be NONE */
	struct event		*timer;
	int64_t			 began;		/* microseconds, monotonic */
	uint64_t		 rate;		/* bytes per second, 0: any */
	bool			 busy;		/* being obeyed right now */
	bool			 answered;
};

TAILQ_HEAD(request_list, request);

/* The handler of the server's port; arg is the struct sim. */
void	 request_arrived(struct http_request *, void *);
/* Begins with those that a fault holds. */
void	 requests_release(struct sim *);
/* At the end: those that still wait for their time. */
void	 requests_drop(struct sim *);
int64_t	 monotonic_microseconds(void);
/* Its path may be asked without a key. */
bool	 request_is_open(const struct request *);
/* The client did not wait for the answer. */
bool	 request_is_gone(const struct request *);

/* The query's parameter, or NULL. */
const char *request_query(const struct request *, const char *);
/* These answer with what Jellyfin answers, and return -1, on nonsense. */
int	 request_bool(struct request *, const char *, bool *);	/* or as is */
int	 request_number(struct request *, const char *, int64_t *);
/*
 * The user that the request is about: userId=, or else the caller.  NULL is
 * fine for a listing only, by an API key.
 */
int	 request_user(struct request *, bool is_listing, struct user **);
/* The item of the path, which the user must be able to see. */
int	 request_item(struct request *, const struct user *, uint32_t *);
/* The body, as an object.  *object is the caller's to put. */
int	 request_object(struct request *, struct json_object **object);

#endif
