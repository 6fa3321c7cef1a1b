/* The conversation with the daemon over its control socket. */
#ifndef JELLYPORTERCTL_CONNECTION_H
#define JELLYPORTERCTL_CONNECTION_H

#include <stddef.h>

#include "message.h"
#include "output.h"

/*
 * A connected socket.  -1 and errno on failure; ENOENT and ECONNREFUSED say
 * that no daemon is running, ENAMETOOLONG that no socket can have this path.
 */
int	 connection_open(const char *path);

/*
 * Asks the daemon and gives what it answers to the output, to the end of it.
 * -1 and a message for people (not yet safe for a terminal) if it cannot be
 * done: not understood, cut off, not printed, or the command failed.
 */
int	 connection_command(int fd, const struct message_command *,
	    struct output *, char *error, size_t size);

#endif
