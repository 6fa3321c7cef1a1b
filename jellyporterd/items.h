/*
 * Items read by their ids (GET /Items?ids=), with the userdata of one user:
 * what a reading and every write begin with.
 */
#ifndef JELLYPORTERD_ITEMS_H
#define JELLYPORTERD_ITEMS_H

#include "listing.h"
#include "request.h"

struct items {
	struct decoder			*decoder;
	const struct jellyfin_id	*asked;		/* borrowed */
	size_t				 n_asked;
	struct message_userdata		 read[READ_IDS_MAX];
	uint32_t			 n;
	uint32_t			 dropped;	/* of no use, or unasked */
};

struct items	*items_new(void);		/* NULL: no memory */
void		 items_free(struct items *);	/* NULL is fine */
/*
 * Asks for up to READ_IDS_MAX items; the ids are borrowed until done.  What
 * does not exist, or may not be seen by that user, is simply not there then.
 */
void		 items_get(struct request *, struct items *,
		    const struct jellyfin_id *user,
		    const struct jellyfin_id *asked, size_t, request_done *);
/* NULL if it did not answer. */
const struct userdata *items_find(const struct items *,
		    const struct jellyfin_id *);

#endif
