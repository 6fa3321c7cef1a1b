/*
 * Forming works: from items and their keys to which of them are the same work,
 * and what that means for what is agreed (sync-model: matching).
 */
#ifndef JELLYPORTERD_WORKS_H
#define JELLYPORTERD_WORKS_H

#include "store.h"

/*
 * Takes a record of an identity reading.  The work of what is new in a first
 * one is formed at once: then it is stored only once, with its work.  The
 * others wait until all of the reading is there, since what their server's
 * items are known by may be old until then.
 */
void	works_add(struct store *, const struct merge_options *,
	    uint32_t match_by, struct identity *, const struct item_record *);

/*
 * Forms the work of an item that is marked unformed, and with it those of every
 * item that is connected with it.  Nothing else is touched.
 */
void	works_form(struct store *, const struct merge_options *,
	    uint32_t match_by, int64_t item);

#endif
