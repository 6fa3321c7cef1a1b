/*
 * Connections of the listener's clients.
 *
 * evhttp has timeouts for silence alone, so that one byte now and then keeps a
 * connection for good, and (before libevent 2.2) no limit to their number; nor
 * does it say when one ends that has asked for nothing.  So each is known here
 * by its bufferevent, to which we hold a reference: one that evhttp is done
 * with has no callbacks any more.
 */
#include <sys/queue.h>
#include <sys/socket.h>

#include <stdbool.h>
#include <stdlib.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>

#include "clock.h"
#include "connections.h"
#include "listen_socket.h"
#include "log.h"
#include "webhook.h"

#define FIRST_REQUEST	10000	/* ms until it is there, all of it */
/* ms until a further one is.  Jellyfin gives a connection up after a minute:
 * if we were earlier, a request might just be on its way. */
#define NEXT_REQUEST	75000
#define SWEEP_EVERY	1000	/* ms, while there are any, */
#define SWEEP_SOON	50	/* or others wait */
#define INPUT_MAX	(2 * WEBHOOK_BODY_MAX)	/* bytes read ahead, of each */

struct connection {
	struct bufferevent	*bufferevent;
	int64_t			 until;		/* ms */
};

struct connections {
	SLIST_ENTRY(connections) entry;
	struct evhttp		*http;
	struct evconnlistener	*listeners[LISTEN_SOCKETS_MAX];
	size_t			 n_listeners;
	struct connection	 open[CONNECTIONS_MAX];
	size_t			 n;
	bool			 paused;
	bool			 starved;	/* of descriptors, which is said */
	struct event		*sweep_timer;
};

/* What fails to accept knows evhttp, and not us. */
static SLIST_HEAD(, connections) all = SLIST_HEAD_INITIALIZER(all);

static struct bufferevent *begin(struct event_base *, void *);
static struct connections *connections_of(struct evconnlistener *);
static void	accept_failed(struct evconnlistener *, void *);
static void	pause_or_resume(struct connections *, bool);
static bool	is_done(struct bufferevent *);
static void	sweep(struct connections *);
static void	sweep_due(evutil_socket_t, short, void *);

struct connections *
connections_new(struct event_base *base, struct evhttp *http)
{
	struct connections *connections;

	if ((connections = calloc(1, sizeof(*connections))) == NULL)
		fatal("calloc");
	connections->http = http;
	SLIST_INSERT_HEAD(&all, connections, entry);
	connections->sweep_timer = evtimer_new(base, sweep_due, connections);
	if (connections->sweep_timer == NULL)
		fatal_memory("evtimer_new");
	evhttp_set_bevcb(http, begin, connections);
	/* It must not end any before we do. */
	evhttp_set_timeout(http, 2 * NEXT_REQUEST / 1000);
	return connections;
}

void
connections_accept(struct connections *connections, int fd)
{
	struct evhttp_bound_socket *bound;
	struct evconnlistener *listener;

	if (connections->n_listeners == LISTEN_SOCKETS_MAX)
		fatalx("too many sockets");
	bound = evhttp_accept_socket_with_handle(connections->http, fd);
	if (bound == NULL)
		fatal_memory("evhttp_accept_socket");
	listener = evhttp_bound_socket_get_listener(bound);
	evconnlistener_set_error_cb(listener, accept_failed);
	connections->listeners[connections->n_listeners++] = listener;
}

static struct connections *
connections_of(struct evconnlistener *listener)
{
	struct connections *connections;
	size_t i;

	SLIST_FOREACH(connections, &all, entry) {
		for (i = 0; i < connections->n_listeners; i++) {
			if (connections->listeners[i] == listener)
				return connections;
		}
	}
	fatalx("a socket of nobody's");
}

/* Out of descriptors with places left: those that are there go on, and those
 * that would like to be wait, without keeping us busy. */
static void
accept_failed(struct evconnlistener *listener, void *arg)
{
	struct connections *connections = connections_of(listener);

	(void)arg;
	if (!connections->starved)
		log_warn("connections have to wait");
	connections->starved = true;
	pause_or_resume(connections, true);
	clock_start(connections->sweep_timer, SWEEP_EVERY);
}

/* evhttp wants a bufferevent for a connection that it has accepted. */
static struct bufferevent *
begin(struct event_base *base, void *arg)
{
	struct connections *connections = arg;
	struct bufferevent *bufferevent;

	connections->starved = false;
	if (connections->n == CONNECTIONS_MAX - 1)
		sweep(connections);	/* there may be room after all */
	bufferevent = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	if (bufferevent == NULL)
		fatal_memory("bufferevent_socket_new");
	bufferevent_incref(bufferevent);
	bufferevent_setwatermark(bufferevent, EV_READ, 0, INPUT_MAX);
	connections->open[connections->n].bufferevent = bufferevent;
	connections->open[connections->n].until = clock_ms() + FIRST_REQUEST;
	connections->n++;
	if (!evtimer_pending(connections->sweep_timer, NULL))
		clock_start(connections->sweep_timer, SWEEP_EVERY);
	if (connections->n == CONNECTIONS_MAX)
		pause_or_resume(connections, true);
	return bufferevent;
}

static void
pause_or_resume(struct connections *connections, bool paused)
{
	size_t i;

	if (connections->paused == paused)
		return;
	connections->paused = paused;
	log_debug("%s", paused ? "no more connections for now" :
	    "connections are accepted again");
	for (i = 0; i < connections->n_listeners; i++) {
		if ((paused ?
		    evconnlistener_disable(connections->listeners[i]) :
		    evconnlistener_enable(connections->listeners[i])) == -1)
			fatalx("evconnlistener");
	}
}

static bool
is_done(struct bufferevent *bufferevent)
{
	bufferevent_data_cb read, write;
	bufferevent_event_cb event;
	void *arg;

	bufferevent_getcb(bufferevent, &read, &write, &event, &arg);
	return event == NULL && arg == NULL;
}

/* Whose time is over sees the end of its connection, and so does evhttp. */
static void
sweep(struct connections *connections)
{
	struct connection *connection;
	int64_t now = clock_ms();
	size_t i = 0;

	while (i < connections->n) {
		connection = &connections->open[i];
		if (is_done(connection->bufferevent)) {
			bufferevent_decref(connection->bufferevent);
			*connection = connections->open[--connections->n];
			continue;
		}
		if (now >= connection->until)
			(void)shutdown(bufferevent_getfd(
			    connection->bufferevent), SHUT_RDWR);
		i++;
	}
	if (connections->n < CONNECTIONS_MAX)
		pause_or_resume(connections, false);
}

static void
sweep_due(evutil_socket_t fd, short what, void *arg)
{
	struct connections *connections = arg;

	(void)fd;
	(void)what;
	sweep(connections);
	if (connections->n > 0)
		clock_start(connections->sweep_timer, connections->paused &&
		    !connections->starved ? SWEEP_SOON : SWEEP_EVERY);
}

void
connections_keep(struct connections *connections, struct evhttp_request *req)
{
	struct bufferevent *bufferevent = evhttp_connection_get_bufferevent(
	    evhttp_request_get_connection(req));
	size_t i;

	for (i = 0; i < connections->n; i++) {
		if (connections->open[i].bufferevent == bufferevent)
			connections->open[i].until = clock_ms() + NEXT_REQUEST;
	}
}
