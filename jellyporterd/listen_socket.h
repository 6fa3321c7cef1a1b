/* Where the listener is reached: the parent opens it, the listener serves. */
#ifndef JELLYPORTERD_LISTEN_SOCKET_H
#define JELLYPORTERD_LISTEN_SOCKET_H

#include <stddef.h>
#include <stdint.h>

#define LISTEN_SOCKETS_MAX	8	/* of one address */

/* Sockets that listen, and what is served on each (enum serves). */
struct listen_sockets {
	int		fds[2 * LISTEN_SOCKETS_MAX];
	uint32_t	serves[2 * LISTEN_SOCKETS_MAX];
	size_t		n;
};

/*
 * Listens on HOST:PORT as the configuration has it, checked: on each address
 * of that host, or on all there are if it has none.  -1 after a message, with
 * nothing added.
 */
int	listen_sockets_open(struct listen_sockets *, const char *,
	    uint32_t serves);

#endif
