/* Where the listener is reached: the parent opens it, the listener serves. */
#ifndef JELLYPORTERD_LISTEN_SOCKET_H
#define JELLYPORTERD_LISTEN_SOCKET_H

#include <stddef.h>

#define LISTEN_SOCKETS_MAX	8

/*
 * Listens on HOST:PORT as the configuration has it, checked: on each address
 * of that host, or on all there are if it has none.  How many, or -1 after a
 * message.
 */
int	listen_sockets_open(const char *, int fds[LISTEN_SOCKETS_MAX]);

#endif
