/*
 * The parts of the configuration: what each child is told of it, and which of
 * them are told something else by another configuration.
 */
#ifndef JELLYPORTERD_PARTS_H
#define JELLYPORTERD_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "config.h"
#include "imsg.h"

/* How the daemon was started. */
struct parts_mode {
	bool	once;
	bool	dry_run;
	bool	verbose;
};

/*
 * What the child is told.  The engine's and the resolver's go up to
 * MESSAGE_CONFIG_DONE; before that a fetcher and the exporter get what is the
 * system's, and the listener its sockets.
 */
void	 parts_engine(struct imsgbuf *, const struct config *,
	    const struct parts_mode *);
void	 parts_fetcher(struct imsgbuf *, const struct config *,
	    const struct config_server *, const struct parts_mode *);
void	 parts_listener(struct imsgbuf *, const struct config *,
	    const struct parts_mode *);
void	 parts_resolver(struct imsgbuf *, const struct config *,
	    const struct parts_mode *);
/* Nothing if there is to be none. */
void	 parts_exporter(struct imsgbuf *, const struct config *,
	    const struct parts_mode *);
/* Of a server that the configuration has, or ("") of the exporter. */
bool	 parts_needs_resolver(const struct config *, const char *server);

struct parts_difference {
	size_t	added;		/* servers */
	size_t	removed;
	size_t	changed;
	bool	settings;	/* those of no server */
	bool	engine;		/* its part is another */
	bool	listener;
	bool	resolver;
	bool	exporter;	/* or there is none any more, or now */
};

void	 parts_compare(const struct config *before,
	    const struct config *after, struct parts_difference *);
/* Of a server that both have. */
bool	 parts_same_fetcher(const struct config *before,
	    const struct config *after, const char *server);
/* "1 server added, 2 changed" */
#define PARTS_TEXT_SIZE	160
void	 parts_describe(const struct parts_difference *,
	    char [PARTS_TEXT_SIZE]);

#endif
