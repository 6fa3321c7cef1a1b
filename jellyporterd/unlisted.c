/* What a server shows of an item though it is in none of its sets. */
#include "hear.h"
#include "unlisted.h"

static bool	belongs_to_set(const struct userdata *);
static bool	is_unlisted(const struct copy_row *, const struct userdata *,
		    bool);
static void	hear_nothing(struct store *, const struct merge_options *,
		    struct copy_row *, int64_t, int64_t,
		    struct plan_counts *);

static bool
belongs_to_set(const struct userdata *userdata)
{
	return userdata->played || userdata->position > 0 ||
	    userdata->favorite;
}

/* What has an asked is not known well enough. */
static bool
is_unlisted(const struct copy_row *row, const struct userdata *shown,
    bool first)
{
	return belongs_to_set(shown) && !row->copy.has_asked && !row->held &&
	    (row->copy.has_base ? !belongs_to_set(&row->copy.base) : first);
}

/* In no set, it holds nothing: that much is an observation. */
static void
hear_nothing(struct store *store, const struct merge_options *options,
    struct copy_row *row, int64_t began, int64_t now,
    struct plan_counts *counts)
{
	static const struct userdata untouched;

	if (row->copy.has_base)
		return;
	hear(store, options, row->endpoint, row->item, &untouched, began, now,
	    counts);
	(void)store_get_copy(store, row->endpoint, row->item, row);
}

bool
unlisted_again(struct store *store, const struct merge_options *options,
    int64_t endpoint, int64_t item, const struct userdata *shown,
    int64_t began, int64_t now, struct plan_counts *counts)
{
	enum unlisted before;
	struct copy_row row;

	if (!store_get_copy(store, endpoint, item, &row) ||
	    row.unlisted == UNLISTED_NOT ||
	    !userdata_equal(shown, &row.unlisted_userdata))
		return false;
	before = row.unlisted;
	if (!row.copy.has_base) {
		hear_nothing(store, options, &row, began, now, counts);
		store_set_unlisted(store, &row, shown, before);
	}
	if (row.copy.has_asked && began >= row.copy.settled)
		plan_not_arrived(store, &row, now);
	return true;
}

bool
unlisted_look(struct store *store, const struct merge_options *options,
    int64_t endpoint, int64_t item, const struct userdata *shown, bool first,
    int64_t began, int64_t now, struct plan_counts *counts)
{
	struct copy_row row;

	if (unlisted_again(store, options, endpoint, item, shown, began, now,
	    counts))
		return true;
	if (!store_get_copy(store, endpoint, item, &row) ||
	    !is_unlisted(&row, shown, first))
		return false;
	hear_nothing(store, options, &row, began, now, counts);
	if (!row.exists)
		store_put_copy(store, &row);
	store_set_unlisted(store, &row, shown, UNLISTED_SEEN);
	return true;
}
