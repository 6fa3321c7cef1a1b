/*
 * Items read by their ids, with the userdata of one user: what a reading and
 * every write begin with.  Listed items come together (GET /Items?ids=), their
 * alternate versions, which are in no list, one by one.  A server lists by ids
 * what its user may not see as well, with all that he did before; so what was
 * parked is believed only where its userdata can be asked for by itself.
 */
#ifndef JELLYPORTERD_ITEMS_H
#define JELLYPORTERD_ITEMS_H

#include "listing.h"
#include "request.h"

struct items {
	struct decoder			*decoder;
	const struct jellyfin_id	*user;		/* borrowed */
	const struct read_item		*asked;		/* borrowed */
	size_t				 n_asked;
	size_t				 next;		/* one by one */
	request_done			*done;
	struct message_userdata		 read[READ_IDS_MAX];
	uint32_t			 n;
	uint32_t			 dropped;	/* of no use, or unasked */
};

struct items	*items_new(void);		/* NULL: no memory */
void		 items_free(struct items *);	/* NULL is fine */
/*
 * Asks for 1 to READ_IDS_MAX items, or for those of them that are in a set; ids
 * and user are borrowed until done.  What does not exist, or may not be seen by
 * that user, is simply not there then.
 */
void		 items_get(struct request *, struct items *,
		    const struct jellyfin_id *user, enum listing set,
		    const struct read_item *asked, size_t, request_done *);
/* NULL if it did not answer. */
const struct userdata *items_find(const struct items *,
		    const struct jellyfin_id *);

#endif
