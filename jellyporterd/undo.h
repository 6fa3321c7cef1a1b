/*
 * Taking back what was written: old values become what is agreed, and travel
 * like any change.  What an undo writes is in the audit too, so that it can
 * itself be undone.
 */
#ifndef JELLYPORTERD_UNDO_H
#define JELLYPORTERD_UNDO_H

#include "plan.h"
#include "store.h"

/*
 * What is undone: the audit entry with this id, or, with id 0, every write
 * since a time (seconds), of one server and one person if they are named.
 */
struct undo {
	int64_t		 id;
	int64_t		 since;
	const char	*server;	/* "": all */
	const char	*person;	/* "": all */
	int64_t		 until_id;	/* entries after this one are its own */
	int64_t		 after_id;	/* entries up to this one are done */
	int64_t		 undone;	/* works of a person */
};

/* NULL, or a sentence for people about why there is nothing to undo. */
const char	*undo_begin(struct store *, struct undo *);
/* A slice; false when it is done. */
bool		 undo_go_on(struct store *, const struct merge_options *,
		    struct undo *);

#endif
