/* How a fetcher finds its server, as far as its sandbox has to know. */
#ifndef JELLYPORTERD_SERVER_HOST_H
#define JELLYPORTERD_SERVER_HOST_H

#include <stdbool.h>
#include <stdint.h>

struct server_host {
	uint16_t	port;
	bool		by_name;	/* it has no address of its own */
};

/* -1 if the url, which was checked when it was configured, is none. */
int	server_host_parse(const char *url, struct server_host *);
/*
 * Resolves something, so that whatever the libc loads for that is there;
 * remembers which files it reads.  To be called before the sandbox.
 */
void	server_host_prepare(void);
/*
 * One of those has been replaced by another file, which the sandbox does not
 * know: only a new process can read it.
 */
bool	server_host_is_stale(void);

#endif
