/*
 * What the roles of all children have in common: their channel to the parent,
 * and what each of them is told by it.
 */
#ifndef JELLYPORTERD_CHILD_H
#define JELLYPORTERD_CHILD_H

#include <stdbool.h>

#include <event2/event.h>

#include "channel.h"
#include "role.h"

/* How it is started. */
struct child_options {
	const char	*role;
	const char	*name;		/* of its server; else NULL */
	bool		 foreground;
	bool		 verbose;
};

/* The first steps of one; the role that it is to take, or ROLE_COUNT: none. */
enum role	 child_begin(const struct child_options *);
/* The channel that it was started with; fatal if it cannot be had. */
struct channel	*child_channel(struct event_base *,
		    const struct channel_handlers *, void *arg);
/*
 * Obeys what is said to any of them: which protocol is spoken, whether it is
 * alive, how much to log.  False if it is something else, or nonsense.
 */
bool		 child_obeys(struct channel *, const struct imsg *);
/* For the closed handler of who has nothing to do at its end. */
void		 child_closed(struct channel *, const char *error, void *);
/* For who has: what there is to say of it; fatal as child_lost() is. */
void		 child_orphaned(const struct channel *, const char *error);
/*
 * For all other links: fatal unless it is the peer that is gone.  That one is
 * started again, and linked again; one that lives would wait for ever.
 */
void		 child_lost(const struct channel *, const char *error,
		    const char *peer);
/* Until it ends. */
_Noreturn void	 child_run(struct event_base *);

#endif
