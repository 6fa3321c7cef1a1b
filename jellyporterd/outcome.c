/* What came of a write, or of a reading after it. */
#include "hear.h"
#include "outcome.h"
#include "unlisted.h"

#define PLAYING_RETRY	30		/* seconds */

static void	written(struct store *, const struct merge_options *,
		    struct copy_row *, const struct userdata *, int64_t,
		    struct plan_counts *);

/*
 * The server has answered a write: what it answered is the base.  What failed
 * before is not forgotten yet, as it may be undone once more: see hear.c.
 */
static void
written(struct store *store, const struct merge_options *options,
    struct copy_row *row, const struct userdata *answer, int64_t now,
    struct plan_counts *counts)
{
	bool as_asked = userdata_equal(answer, &row->copy.asked);

	plan_audit(store, row, answer, as_asked ? "written" :
	    "answered differently", now);
	merge_answered(&row->copy, answer, store_advance(store));
	if (row->unlisted != UNLISTED_NOT)
		store_drop_unlisted(store, row);
	row->parked = false;
	row->failures += !as_asked;
	row->not_before = row->failures == 0 ? 0 :
	    now + plan_backoff(row->failures);
	counts->written++;
	counts->failed += !as_asked;
	plan_again(store, options, row);
}

void
outcome_written(struct store *store, const struct merge_options *options,
    int64_t endpoint, int64_t item, const struct message_written *message,
    int64_t began, int64_t now, struct plan_counts *counts)
{
	struct copy_row row;
	bool asked;

	if (!store_get_copy(store, endpoint, item, &row))
		return;			/* it has gone meanwhile */
	asked = row.copy.has_asked && !row.looked;
	if (message->result == WRITE_DONE && asked) {
		written(store, options, &row, &message->userdata, now, counts);
		return;
	}
	if (message->result == WRITE_FAILED) {
		/* It may have arrived: it stays asked. */
		row.not_before = now + plan_backoff(++row.failures);
		counts->failed++;
		store_put_copy(store, &row);
		return;
	}
	/* Nothing was sent; but one before it may have arrived since. */
	if (asked && row.again)
		row.looked = true;
	else if (asked)
		row.copy.has_asked = false;
	if (message->result == WRITE_PLAYING)
		row.not_before = now + PLAYING_RETRY;
	if (message->result == WRITE_MISSING) {
		row.parked = true;
		row.not_before = now + PARKED_RETRY;
		store_ask_alternates(store, item);
	}
	store_put_copy(store, &row);
	if (message->result == WRITE_DONE || (message->result ==
	    WRITE_CHANGED && !unlisted_look(store, options, endpoint, item,
	    &message->userdata, false, began, now, counts)))
		hear(store, options, endpoint, item, &message->userdata, began,
		    now, counts);
}

void
outcome_read(struct store *store, const struct merge_options *options,
    int64_t endpoint, int64_t item, const struct userdata *current,
    int64_t began, int64_t now, struct plan_counts *counts)
{
	struct copy_row row;

	if (current != NULL)
		hear(store, options, endpoint, item, current, began, now,
		    counts);
	if (!store_get_copy(store, endpoint, item, &row))
		return;
	if (current == NULL && !row.exists)
		return;			/* nothing is known of it anyway */
	if (current == NULL) {
		/* Gone, or its user may not see it any more. */
		row.parked = true;
		row.not_before = now + PARKED_RETRY;
		store_put_copy(store, &row);
	} else if (row.copy.has_asked && began >= row.copy.settled &&
	    userdata_equal(current, &row.copy.base)) {
		plan_not_arrived(store, &row, now);
	}
}
