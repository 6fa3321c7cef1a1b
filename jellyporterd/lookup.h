/* A name's addresses, by the libc; for the resolver alone. */
#ifndef JELLYPORTERD_LOOKUP_H
#define JELLYPORTERD_LOOKUP_H

#include <stdbool.h>

#include "message.h"

/* Takes as long as it takes, some seconds. */
void	lookup(const char *host, struct message_addresses *);

/*
 * To be called before the sandbox: what the libc loads for this is there then,
 * and which files it reads is remembered.  True if it asks other programs of
 * this machine, which are reached by sockets of theirs.
 */
bool	lookup_prepare(void);
/*
 * One of those files has been replaced by another, which the sandbox does not
 * know: only a new process can read it.
 */
bool	lookup_is_stale(void);

#endif
