/*
 * Requests to the listener that wait for the engine's answer: in their order,
 * and no longer than it is of use.
 */
#ifndef JELLYPORTERD_WAITING_H
#define JELLYPORTERD_WAITING_H

#include <stdbool.h>

#include <event2/event.h>
#include <event2/http.h>

struct waiting;

/* What to do, with arg, when the first of them has waited for too long. */
struct waiting	*waiting_new(struct event_base *, void (*)(void *),
		    void *arg);
/* A client that goes away does not wait any more. */
void		 waiting_add(struct waiting *, struct evhttp_request *);
bool		 waiting_any(const struct waiting *);
/* The first of them, who waits no more; NULL if nobody is left. */
struct evhttp_request *waiting_take(struct waiting *);

#endif
