/* What the writer does when nothing is urgent: whatever is owed, in order. */
#ifndef MODEL_NEXT_WRITES_H
#define MODEL_NEXT_WRITES_H

#include "batch.h"
#include "plan.h"

static inline size_t
next_writes(struct store *store, const struct merge_options *options,
    int64_t endpoint, int64_t now, struct message_write *batch,
    int64_t items[WRITES_MAX])
{
	int64_t needed[WRITES_MAX];
	size_t n;

	n = store_needed(store, endpoint, now, needed, WRITES_MAX);
	return batch_writes(store, options, endpoint, needed, n, WRITES_MAX,
	    now, batch, items);
}

#endif
