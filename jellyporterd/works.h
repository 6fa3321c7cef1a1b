/*
 * Forming works: from items and their keys to which of them are the same work,
 * and what that means for what is agreed (sync-model: matching).
 */
#ifndef JELLYPORTERD_WORKS_H
#define JELLYPORTERD_WORKS_H

#include "store.h"

/*
 * Forms the work of an item that is marked unformed, and with it those of every
 * item that is connected with it.  Nothing else is touched.
 */
void	works_form(struct store *, const struct merge_options *,
	    uint32_t match_by, int64_t item);

#endif
