/*
 * Groups: a listed item and its alternate versions, on a server where each has
 * userdata of its own (Jellyfin 12), as one endpoint sees them.  They are
 * copies like any other, but what happens to one shows in the others, so they
 * are read together and written together:
 *
 * - playing one to its end, or playing one that is played already, marks all
 *   others as played, without position, date and count as they were;
 * - clearing one clears all;
 * - the listed item shows, instead of its own, the date and the played state
 *   of the version that was played last.
 *
 * What is merely the echo of another version's change is noted and has no say.
 */
#ifndef JELLYPORTERD_GROUP_H
#define JELLYPORTERD_GROUP_H

#include "plan.h"
#include "store.h"

/* What a reading showed of (some of) a group. */
struct group_reading {
	int64_t		listed;		/* item; whether it is among them or
					 * not */
	size_t		n;
	int64_t		items[GROUP_MAX];
	bool		answered[GROUP_MAX];	/* by their ids */
	struct userdata	shown[GROUP_MAX];
	int64_t		began;		/* point of the sequence */
};

/*
 * What a listing shows of one item is not all of its group: if it has changed,
 * or is not known, this notes that the group is to be read, and returns true.
 */
bool	group_must_be_read(struct store *, int64_t endpoint, int64_t item,
	    const struct userdata *);

/* Hears it, and settles writes without an answer; see outcome_read(). */
void	group_settle(struct store *, const struct merge_options *,
	    int64_t endpoint, const struct group_reading *, int64_t now,
	    struct plan_counts *);

/*
 * Adds the writes to all of a group to a batch, or, where nothing is owed to
 * it, where it does not fit, is in there already, or must be read first,
 * nothing.  asked_at is the point of the batch.
 */
void	group_plan(struct store *, const struct merge_options *,
	    int64_t endpoint, int64_t listed, int64_t now, int64_t asked_at,
	    struct message_write *, int64_t items[WRITES_MAX]);
/* Listed items of groups that are owed something and must be read first. */
size_t	group_unready(struct store *, int64_t endpoint, int64_t now,
	    int64_t *listed, size_t max);

#endif
