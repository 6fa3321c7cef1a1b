/* Who waits for the engine. */
#include <sys/queue.h>

#include <stdlib.h>

#include "clock.h"
#include "log.h"
#include "waiting.h"

#define ANSWER_WAIT	5000	/* ms for the engine; Prometheus gives us 10 s */

struct waiter {
	TAILQ_ENTRY(waiter)		 entry;
	struct waiting			*waiting;
	struct evhttp_request		*request;
	struct evhttp_connection	*connection;
};

struct waiting {
	TAILQ_HEAD(, waiter)	 waiters;
	struct event		*timer;		/* while there are any */
	void			(*too_long)(void *);
	void			*arg;
};

static void	waited(evutil_socket_t, short, void *);
static void	client_gone(struct evhttp_connection *, void *);

struct waiting *
waiting_new(struct event_base *base, void (*too_long)(void *), void *arg)
{
	struct waiting *waiting;

	if ((waiting = calloc(1, sizeof(*waiting))) == NULL)
		fatal("calloc");
	TAILQ_INIT(&waiting->waiters);
	waiting->too_long = too_long;
	waiting->arg = arg;
	waiting->timer = evtimer_new(base, waited, waiting);
	if (waiting->timer == NULL)
		fatal_memory("evtimer_new");
	return waiting;
}

void
waiting_add(struct waiting *waiting, struct evhttp_request *request)
{
	struct waiter *waiter;

	if ((waiter = calloc(1, sizeof(*waiter))) == NULL)
		fatal("calloc");
	waiter->waiting = waiting;
	waiter->request = request;
	waiter->connection = evhttp_request_get_connection(request);
	evhttp_connection_set_closecb(waiter->connection, client_gone,
	    waiter);
	TAILQ_INSERT_TAIL(&waiting->waiters, waiter, entry);
	if (!evtimer_pending(waiting->timer, NULL))
		clock_start(waiting->timer, ANSWER_WAIT);
}

/* Its request is gone with it. */
static void
client_gone(struct evhttp_connection *connection, void *arg)
{
	struct waiter *waiter = arg;

	(void)connection;
	TAILQ_REMOVE(&waiter->waiting->waiters, waiter, entry);
	free(waiter);
}

bool
waiting_any(const struct waiting *waiting)
{
	return !TAILQ_EMPTY(&waiting->waiters);
}

struct evhttp_request *
waiting_take(struct waiting *waiting)
{
	struct evhttp_request *request;
	struct waiter *waiter;

	if ((waiter = TAILQ_FIRST(&waiting->waiters)) == NULL) {
		if (event_del(waiting->timer) == -1)
			fatalx("event_del");
		return NULL;
	}
	TAILQ_REMOVE(&waiting->waiters, waiter, entry);
	evhttp_connection_set_closecb(waiter->connection, NULL, NULL);
	request = waiter->request;
	free(waiter);
	return request;
}

/* Nobody waits for longer; the answer, when it comes, is for who asks then. */
static void
waited(evutil_socket_t fd, short what, void *arg)
{
	struct waiting *waiting = arg;

	(void)fd;
	(void)what;
	waiting->too_long(waiting->arg);
}
