/*
 * Connections of the listener's clients: not too many, and none for longer
 * than it is of use.
 */
#ifndef JELLYPORTERD_CONNECTIONS_H
#define JELLYPORTERD_CONNECTIONS_H

#include <event2/event.h>
#include <event2/http.h>

#define CONNECTIONS_MAX	64	/* further ones wait to be accepted */

struct connections;

/* Of this server, which is to have no other. */
struct connections *connections_new(struct event_base *, struct evhttp *);
/* Takes over a socket that listens. */
void		 connections_accept(struct connections *, int fd);
/* The client may ask something else on the same connection. */
void		 connections_keep(struct connections *,
		    struct evhttp_request *);

#endif
