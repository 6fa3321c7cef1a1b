/*
 * One WebSocket to a server: connecting, handshake, frames.  libcurl carries
 * the bytes, libwslay knows the frames.
 */
#ifndef JELLYPORTERD_WEBSOCKET_H
#define JELLYPORTERD_WEBSOCKET_H

#include <stddef.h>
#include <stdint.h>

#include "http.h"

struct websocket;

struct websocket_handlers {
	void	(*opened)(void *);
	/* A whole text message; -1 if it makes no sense. */
	int	(*text)(const char *, size_t, void *);
	/* The end, for whatever reason, in words for people.  The handler may
	 * free it; nothing comes after this. */
	void	(*closed)(const char *why, void *);
};

/* Begins to connect; the handlers are called from the event loop only. */
struct websocket *websocket_new(struct event_base *, struct http *,
		    const char *path, size_t message_max,
		    const struct websocket_handlers *, void *);
/* Not from opened or text. */
void		 websocket_free(struct websocket *);	/* NULL is fine */
/* Once it is open.  A ping is answered by every server. */
void		 websocket_send(struct websocket *, const char *);
void		 websocket_ping(struct websocket *);
/* When bytes came last; ms as clock_ms() counts them. */
int64_t		 websocket_heard(const struct websocket *);

#endif
