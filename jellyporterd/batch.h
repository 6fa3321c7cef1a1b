/* What is owed to an endpoint, into batches of writes. */
#ifndef JELLYPORTERD_BATCH_H
#define JELLYPORTERD_BATCH_H

#include "plan.h"
#include "store.h"

/*
 * Writes to an endpoint of n items that may be owed one, about max of them at
 * most (of a group all), noted as asked; the caller commits before it sends
 * them.  items are their database ids.  Returns how many.
 */
size_t	batch_writes(struct store *, const struct merge_options *,
	    int64_t endpoint, const int64_t *needed, size_t n,
	    size_t max, int64_t now, struct message_write *,
	    int64_t items[WRITES_MAX]);

#endif
