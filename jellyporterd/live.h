/*
 * The live connection of a fetcher: a WebSocket through which the server tells
 * of changes at once (jellyfin-api: being told at once).  It is made when the
 * engine says whom to watch, and again whenever it was lost.
 */
#ifndef JELLYPORTERD_LIVE_H
#define JELLYPORTERD_LIVE_H

#include <stddef.h>

#include "http.h"
#include "message.h"

struct fetcher;
struct live;

/* Copies what it needs, as http_new() does. */
struct live	*live_new(struct fetcher *, const struct http_server *);
/* The server's addresses have changed. */
void		 live_resolved(struct live *);
void		 live_free(struct live *);	/* NULL is fine */
/* The server has answered, and is of this version. */
void		 live_version(struct live *, const char *);
/* The engine wants to be told of these users: now is a good time to connect. */
void		 live_watch(struct live *, const struct message_watch *);
/*
 * The server does not take our key any more, and why that is thought.  A
 * connection that there is may stay, but what it tells of cannot be read.
 */
void		 live_refused(struct live *, const char *);
/* Nobody wants to be told. */
void		 live_stop(struct live *);
/* The engine takes messages again. */
void		 live_drained(struct live *);

#endif
