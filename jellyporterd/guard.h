/*
 * The mass change guard (sync-model: guards).  A restored backup, an emptied
 * user or a broken server takes hundreds of things back at once; people take
 * back a few.  What is more than that is held until a person says a word.
 */
#ifndef JELLYPORTERD_GUARD_H
#define JELLYPORTERD_GUARD_H

#include "plan.h"
#include "store.h"

struct guard_limits {
	uint32_t	max_items;	/* whichever of the two is more */
	uint32_t	max_percent;	/* of what an endpoint holds */
};

/*
 * An endpoint has been read in full: what it takes back is heard, or held if
 * it is too much for an hour.  Returns how many changes are newly held.
 */
int64_t	guard_decide(struct store *, const struct merge_options *,
	    const struct guard_limits *, int64_t endpoint, int64_t now,
	    struct plan_counts *);

/*
 * A person's word on what is held of an endpoint, a slice at a time: it is
 * heard, or the endpoint gets back what is agreed.  Returns how many this
 * slice had; 0 when nothing is left.
 */
size_t	guard_approve(struct store *, const struct merge_options *,
	    int64_t endpoint, int64_t now, struct plan_counts *);
size_t	guard_discard(struct store *, const struct merge_options *,
	    int64_t endpoint, int64_t now, struct plan_counts *);

#endif
