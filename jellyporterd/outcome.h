/* What came of writes: from answers and readings to what is known of a copy. */
#ifndef JELLYPORTERD_OUTCOME_H
#define JELLYPORTERD_OUTCOME_H

#include "plan.h"
#include "store.h"

/*
 * What came of a write.  began is the point at which the batch was planned.
 */
void	outcome_written(struct store *, const struct merge_options *,
	    int64_t endpoint, int64_t item,
	    const struct message_written *, int64_t began,
	    int64_t now, struct plan_counts *);

/* What a reading by id showed, or that it showed nothing (NULL): settles
 * whether a write without an answer has arrived. */
void	outcome_read(struct store *, const struct merge_options *,
	    int64_t endpoint, int64_t item,
	    const struct userdata *current, int64_t began,
	    int64_t now, struct plan_counts *);

#endif
