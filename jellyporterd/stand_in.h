/*
 * Who answers at the control socket while there is no engine for a while: the
 * parent, with why that is and when there will be one again.
 */
#ifndef JELLYPORTERD_STAND_IN_H
#define JELLYPORTERD_STAND_IN_H

#include <event2/event.h>

#include "process.h"

struct stand_in;

/* The socket listens already, and stays its owner's. */
struct stand_in	*stand_in_new(struct event_base *, int fd);
void		 stand_in_free(struct stand_in *);	/* NULL is fine */
/* For an engine that waits: from now on, unless it is back soon. */
void		 stand_in_begin(struct stand_in *, const struct child *);
/* It runs: whoever connects from now on is its client. */
void		 stand_in_end(struct stand_in *);

#endif
