/*
 * The addresses of a fetcher's server that has a name: asked of the resolver
 * when they are needed, and again after a while or when one of them did not
 * work, so that a server that moves is found.
 */
#ifndef JELLYPORTERD_ADDRESSES_H
#define JELLYPORTERD_ADDRESSES_H

#include <event2/event.h>

#include "server_host.h"

#define ADDRESSES_REFRESH	60000	/* ms until they are asked for anew */

struct addresses;

enum addresses_state {
	ADDRESSES_ASKED,	/* wait until something has changed */
	ADDRESSES_KNOWN,
	ADDRESSES_FAILED	/* there are none: see addresses_error() */
};

/*
 * whose, borrowed, is what people call that name.  changed: there is an answer
 * now, or none after all.
 */
struct addresses *addresses_new(struct event_base *, const char *whose,
		    const struct server_host *, void (*changed)(void *),
		    void *arg);
void		 addresses_free(struct addresses *);	/* NULL is fine */
/* A new link to the resolver, which is taken over. */
void		 addresses_link(struct addresses *, int fd);
/*
 * They are needed now.  Old ones are used while new ones are asked for, but
 * not if they are in doubt.
 */
enum addresses_state addresses_need(struct addresses *);
/* What has become of that. */
enum addresses_state addresses_state(const struct addresses *);
/* There was no connection to any of them. */
void		 addresses_doubt(struct addresses *);
/* What people call the name; and the name. */
const char	*addresses_whose(const struct addresses *);
const char	*addresses_name(const struct addresses *);
/* "host:port:address,address" for libcurl; NULL: none are known. */
const char	*addresses_entry(const struct addresses *);
/* For people: that the name cannot be resolved, and why. */
const char	*addresses_error(const struct addresses *);

#endif
