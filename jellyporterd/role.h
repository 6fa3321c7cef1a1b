/* The roles: their names, and what their processes are and begin with. */
#ifndef JELLYPORTERD_ROLE_H
#define JELLYPORTERD_ROLE_H

#include <stdbool.h>

#include "message.h"

#define CHILD_FD	3	/* a child's channel to its parent */
#define CHILD_WORDS_FD	4	/* what it, or its sandbox, ended it for */

const char	*role_name(enum role);
/* -1 if there is no such role. */
int		 role_by_name(const char *);
/*
 * True of those that speak HTTP as clients.  They are jellyporterd-http, so
 * that only they have libcurl, and all that it needs, in their memory.
 */
bool		 role_is_http(enum role);

#endif
