/* What a server shows of an item though it is in none of its sets. */
#include "hear.h"
#include "unlisted.h"

static bool	belongs_to_set(const struct userdata *);
static bool	is_known(const struct copy_row *, const struct userdata *);
static bool	is_unlisted(const struct copy_row *, bool);
static void	settle(struct store *, const struct merge_options *,
		    struct copy_row *, const struct userdata *, bool, int64_t,
		    int64_t, struct plan_counts *);

static bool
belongs_to_set(const struct userdata *userdata)
{
	return userdata->played || userdata->position > 0 ||
	    userdata->favorite;
}

static bool
is_known(const struct copy_row *row, const struct userdata *shown)
{
	return row->unlisted != UNLISTED_NOT &&
	    userdata_equal(shown, &row->unlisted_userdata);
}

/* What has an asked is not known well enough. */
static bool
is_unlisted(const struct copy_row *row, bool first)
{
	return !row->copy.has_asked && !row->held &&
	    (row->copy.has_base ? !belongs_to_set(&row->copy.base) : first);
}

/*
 * It shows that still.  In no set, once these were read since, it holds
 * nothing: that much is an observation.  Not before: a list may be cut short,
 * and what is then found in a set after all is a first contact.  A write
 * without an answer has not arrived.
 */
static void
settle(struct store *store, const struct merge_options *options,
    struct copy_row *row, const struct userdata *shown, bool sets_read,
    int64_t began, int64_t now, struct plan_counts *counts)
{
	static const struct userdata untouched;

	if (!row->copy.has_base &&
	    (sets_read || row->unlisted == UNLISTED_SURE)) {
		hear(store, options, row->endpoint, row->item, &untouched,
		    began, now, counts);
		(void)store_get_copy(store, row->endpoint, row->item, row);
		store_set_unlisted(store, row, shown, UNLISTED_SURE);
	}
	if (row->copy.has_asked && began >= row->copy.settled)
		plan_not_arrived(store, row, now);
}

bool
unlisted_again(struct store *store, const struct merge_options *options,
    int64_t endpoint, int64_t item, const struct userdata *shown,
    int64_t began, int64_t now, struct plan_counts *counts)
{
	struct copy_row row;

	if (!belongs_to_set(shown) ||
	    !store_get_copy(store, endpoint, item, &row) ||
	    !is_known(&row, shown))
		return false;
	settle(store, options, &row, shown, false, began, now, counts);
	return true;
}

bool
unlisted_look(struct store *store, const struct merge_options *options,
    int64_t endpoint, int64_t item, const struct userdata *shown, bool first,
    int64_t began, int64_t now, struct plan_counts *counts)
{
	struct copy_row row;

	if (!belongs_to_set(shown) ||
	    !store_get_copy(store, endpoint, item, &row))
		return false;
	if (is_known(&row, shown)) {
		settle(store, options, &row, shown, first, began, now, counts);
		return true;
	}
	if (!is_unlisted(&row, first))
		return false;
	if (!row.exists)
		store_put_copy(store, &row);
	store_set_unlisted(store, &row, shown, UNLISTED_SEEN);
	return true;
}
