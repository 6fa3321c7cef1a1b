/*
 * What is owed to whom, by what is agreed and what is known of a copy.  What is
 * heard, sent and answered builds on this: hear.h, batch.h, outcome.h.
 */
#ifndef JELLYPORTERD_PLAN_H
#define JELLYPORTERD_PLAN_H

#include "store.h"

#define PARKED_RETRY	(24 * 3600)	/* seconds, of what did not answer */

/* What a copy needs, and the userdata that it should hold. */
enum need	 plan_need(const struct copy_row *, const struct agreed_row *,
		    const struct merge_options *, struct userdata *wanted);

/* What is agreed for a work, or its items, changed: what its copies need. */
void		 plan_work(struct store *, const struct merge_options *,
		    int64_t person, int64_t work);
/* The same for the copies that an endpoint had no row for until now, of a slice
 * of works (store_uncopied()), which becomes the next one, or LAST_SLICE. */
void		 plan_endpoint(struct store *, const struct merge_options *,
		    int64_t endpoint, int64_t *slice);

/* The same for one copy that is known of something else now; stores it. */
void		 plan_again(struct store *, const struct merge_options *,
		    struct copy_row *);

/* How long a write waits that has failed so many times in a row: minutes, then
 * hours; in seconds. */
int64_t		 plan_backoff(int64_t failures);

/* Notes a write as asked, at that point; the row is the caller's to store. */
void		 plan_ask(struct copy_row *, const struct agreed_row *,
		    const struct userdata *wanted, int64_t asked_at);

struct plan_counts {
	int64_t	heard;		/* changes of people's */
	int64_t	written;
	int64_t	conflicts;	/* in which something was lost */
	int64_t	failed;		/* writes, tried again later */
	int64_t	kept;		/* readings of what takes something back */
};

/* The audit entry of a write to a copy, as it was before it was answered. */
void		 plan_audit(struct store *, const struct copy_row *,
		    const struct userdata *answer, const char *result,
		    int64_t now);

/* What a copy is expected to show when it is looked at before a write. */
const struct userdata *plan_expected(const struct copy_row *);
/* It does not show what it was asked for last. */
void		 plan_not_arrived(struct store *, struct copy_row *,
		    int64_t now);

#endif
