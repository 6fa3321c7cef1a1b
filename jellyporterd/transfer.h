/*
 * Export and import, as a client of the control socket drives them: rows and
 * history go out, history comes in, a slice at a time.
 */
#ifndef JELLYPORTERD_TRANSFER_H
#define JELLYPORTERD_TRANSFER_H

#include "engine.h"

struct transfer;

/* Both borrow the channel.  NULL and a message for people on failure. */
struct transfer	*transfer_export(struct engine *, struct channel *,
		    char *error, size_t size);
struct transfer	*transfer_import(struct engine *, struct channel *,
		    bool replace);
void		 transfer_free(struct transfer *);	/* NULL is fine */

/* Puts the next slice of an export; false at its end. */
bool		 transfer_more(struct transfer *);
/*
 * Takes a message of an import; ended says that it was the last.  -1 if it
 * makes no sense.
 */
int		 transfer_receive(struct transfer *, struct imsg *,
		    bool *ended);

#endif
