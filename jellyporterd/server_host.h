/* Where a server is, by its url. */
#ifndef JELLYPORTERD_SERVER_HOST_H
#define JELLYPORTERD_SERVER_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "record.h"

struct server_host {
	char		name[NAME_SIZE];
	uint16_t	port;
	bool		by_name;	/* it has no address of its own */
};

struct server_scheme {
	const char	*prefix;	/* "https://" */
	uint16_t	 port;		/* where none is written */
};

/* Of a url; NULL if it is none of a server. */
const struct server_scheme *server_scheme(const char *url);
/* -1 if the url, which was checked when it was configured, is none. */
int	server_host_parse(const char *url, struct server_host *);

#endif
