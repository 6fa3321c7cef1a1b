/* From an observation to what is agreed. */
#ifndef JELLYPORTERD_HEAR_H
#define JELLYPORTERD_HEAR_H

#include "plan.h"
#include "store.h"

/*
 * What an endpoint's copy of an item was seen to hold, by a reading that began
 * at that point of the sequence.  Merges, audits what was lost, plans what is
 * now owed.  now is in seconds since the epoch.  Items that are unknown to the
 * store are passed over.  What takes something back is not merged but kept,
 * undecided, for guard_decide().
 */
void	hear(struct store *, const struct merge_options *, int64_t endpoint,
	    int64_t item, const struct userdata *, int64_t began, int64_t now,
	    struct plan_counts *);
/* The same for what was kept and may now be merged. */
void	hear_decided(struct store *, const struct merge_options *,
	    const struct held_row *, int64_t now, struct plan_counts *);
/*
 * The same for what was kept and is not to be merged: what it takes back is
 * not heard, but what somebody has done since is, as in a conflict.
 */
void	hear_discarded(struct store *, const struct merge_options *,
	    const struct held_row *, int64_t now, struct plan_counts *);

#endif
