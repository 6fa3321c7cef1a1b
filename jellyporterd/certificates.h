/*
 * The certificates that a server's own is held against: the parent reads them,
 * and a fetcher gets them as bytes, since it has no files.
 */
#ifndef JELLYPORTERD_CERTIFICATES_H
#define JELLYPORTERD_CERTIFICATES_H

#include <stddef.h>

#include "imsg.h"

#define CERTIFICATES_MAX	(8 * 1024 * 1024)	/* bytes */

/* As they have arrived.  All zero: none; its bytes are to be freed. */
struct certificates {
	char	*bytes;
	size_t	 len;
};

/* Queues them, in parts. */
void	certificates_put(struct imsgbuf *, const char *, size_t);
/*
 * The same for those of the system, where libcurl has their place.  Nothing if
 * there are none: it is for the first connection to say so.
 */
void	certificates_put_system(struct imsgbuf *);
/* The next part; -1 if it is nonsense. */
int	certificates_take(struct certificates *, const struct imsg *);

#endif
