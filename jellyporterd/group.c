/* Groups: alternate versions and their listed item, heard and written. */
#include <string.h>

#include "group.h"
#include "hear.h"
#include "outcome.h"
#include "unlisted.h"

#define HELD_RETRY	300		/* seconds */

static bool	differs_in_date(const struct userdata *,
		    const struct userdata *);
static bool	is_reset(const struct copy_row *, const struct userdata *);
static bool	is_echo(const struct group_reading *, size_t,
		    const struct copy_row *);
static void	note(struct store *, const struct merge_options *,
		    int64_t, const struct group_reading *, size_t,
		    const struct copy_row *, int64_t, struct plan_counts *);
static void	missing(struct store *, const struct group_reading *,
		    int64_t, size_t, int64_t);
static void	settle_one(struct store *, const struct merge_options *,
		    int64_t, const struct group_reading *, size_t, int64_t,
		    struct plan_counts *);
static bool	must_be_read(const struct copy_row *);
static void	add_write(struct store *, const struct agreed_row *,
		    struct copy_row *, const struct userdata *, int64_t, bool,
		    struct message_write *, int64_t *);

/* In its play group: in nothing else. */
static bool
differs_in_date(const struct userdata *a, const struct userdata *b)
{
	return a->played == b->played && a->position == b->position &&
	    a->play_count == b->play_count &&
	    a->last_played != b->last_played;
}

/* As another version's play or mark leaves it. */
static bool
is_reset(const struct copy_row *row, const struct userdata *shown)
{
	return shown->played && shown->position == 0 &&
	    (!row->copy.has_base ||
	    (shown->play_count == row->copy.base.play_count &&
	    !userdata_play_equal(shown, &row->copy.base)));
}

/*
 * Is what has changed here no more than what another version's change left?
 * Had this one been finished or marked after the other got its position, that
 * would have taken the position away.  Where no version has one, an echo says
 * the same as what made it, and there is no need to tell them apart.
 */
static bool
is_echo(const struct group_reading *reading, size_t i,
    const struct copy_row *row)
{
	const struct userdata *shown = &reading->shown[i];
	bool date, reset;
	size_t k;

	if (row->direction == DIRECTION_TARGET || row->held)
		return false;		/* nothing of it is heard anyway */
	date = reading->items[i] == reading->listed && row->copy.has_base &&
	    differs_in_date(shown, &row->copy.base);
	reset = !row->copy.has_asked && is_reset(row, shown);
	for (k = 0; k < reading->n; k++) {
		if (k == i || !reading->answered[k])
			continue;
		if (date && reading->shown[k].last_played ==
		    shown->last_played)
			return true;
		if (reset && reading->shown[k].played &&
		    reading->shown[k].position > 0 &&
		    reading->shown[k].last_played >= shown->last_played)
			return true;
	}
	return false;
}

/* Its base is what it shows; only what no other can have done is heard. */
static void
note(struct store *store, const struct merge_options *options,
    int64_t endpoint, const struct group_reading *reading, size_t i,
    const struct copy_row *before, int64_t now, struct plan_counts *counts)
{
	struct userdata own = before->copy.base, wanted;
	struct agreed_row agreed;
	struct copy_row row;

	if (before->copy.has_base && reading->began < before->copy.settled)
		return;			/* older than its base */
	own.favorite = reading->shown[i].favorite;
	if (!before->copy.has_base) {
		/* All of it, but older than what made it so. */
		own = reading->shown[i];
		own.last_played = 0;
	}
	if (!before->copy.has_base ||
	    own.favorite != before->copy.base.favorite)
		hear(store, options, endpoint, reading->items[i], &own,
		    reading->began, now, counts);
	if (!store_get_copy(store, endpoint, reading->items[i], &row))
		return;
	row.copy.base = reading->shown[i];
	row.copy.has_base = true;
	row.copy.settled = store_advance(store);
	row.looked = row.copy.has_asked;	/* that has not arrived */
	if (row.parked) {
		row.parked = false;
		row.not_before = 0;
	}
	store_get_agreed(store, row.person, row.work, &agreed);
	row.need = plan_need(&row, &agreed, options, &wanted);
	store_put_copy(store, &row);
}

/*
 * It is not asked for again and again, whether anything was known of it or
 * not; and if it is an alternate version, its item's files may not be what
 * they were.
 */
static void
missing(struct store *store, const struct group_reading *reading,
    int64_t endpoint, size_t i, int64_t now)
{
	struct copy_row row;

	if (!store_get_copy(store, endpoint, reading->items[i], &row))
		return;
	row.parked = true;
	row.not_before = now + PARKED_RETRY;
	store_put_copy(store, &row);
	store_ask_alternates(store, reading->items[i]);
}

static void
settle_one(struct store *store, const struct merge_options *options,
    int64_t endpoint, const struct group_reading *reading, size_t i,
    int64_t now, struct plan_counts *counts)
{
	struct copy_row row;

	if (reading->answered[i] && unlisted_again(store, options, endpoint,
	    reading->items[i], &reading->shown[i], reading->began, now,
	    counts))
		return;
	if (reading->answered[i] &&
	    store_get_copy(store, endpoint, reading->items[i], &row) &&
	    is_echo(reading, i, &row)) {
		note(store, options, endpoint, reading, i, &row, now, counts);
		return;
	}
	outcome_read(store, options, endpoint, reading->items[i],
	    reading->answered[i] ? &reading->shown[i] : NULL, reading->began,
	    now, counts);
	if (!reading->answered[i])
		missing(store, reading, endpoint, i, now);
}

bool
group_must_be_read(struct store *store, int64_t endpoint, int64_t item,
    const struct userdata *shown)
{
	struct copy_row row;
	int64_t listed;

	if ((listed = store_listed(store, item)) == 0 ||
	    !store_get_copy(store, endpoint, item, &row) ||
	    (row.copy.has_base && !row.copy.has_asked && !row.parked &&
	    userdata_equal(shown, &row.copy.base)))
		return false;
	if (row.parked) {		/* it does answer */
		row.parked = false;
		row.not_before = 0;
		store_put_copy(store, &row);
	}
	store_touch_group(store, endpoint, listed);
	return true;
}

/* The listed item, which shows something of the others, after them. */
void
group_settle(struct store *store, const struct merge_options *options,
    int64_t endpoint, const struct group_reading *reading, int64_t now,
    struct plan_counts *counts)
{
	size_t i;

	for (i = reading->n; i-- > 0; )
		settle_one(store, options, endpoint, reading, i, now, counts);
}

/* Nobody knows what it holds. */
static bool
must_be_read(const struct copy_row *row)
{
	return !row->copy.has_base || (row->copy.has_asked && !row->looked);
}

static void
add_write(struct store *store, const struct agreed_row *agreed,
    struct copy_row *row, const struct userdata *wanted, int64_t asked_at,
    bool alternate, struct message_write *batch, int64_t *items)
{
	struct write_request *write = &batch->writes[batch->n_writes];

	if (!store_item_id(store, row->item, &write->item))
		return;
	write->alternate = alternate;
	write->unlisted = row->unlisted != UNLISTED_NOT && asked_at != 0;
	write->expected = *plan_expected(row);
	write->wanted = *wanted;
	if (asked_at != 0)
		plan_ask(row, agreed, wanted, asked_at);
	store_put_copy(store, row);
	items[batch->n_writes++] = row->item;
}

void
group_plan(struct store *store, const struct merge_options *options,
    int64_t endpoint, int64_t listed, int64_t now, int64_t asked_at,
    struct message_write *batch, int64_t items[WRITES_MAX])
{
	int64_t members[GROUP_MAX];
	struct copy_row rows[GROUP_MAX];
	struct userdata wanted[GROUP_MAX];
	struct agreed_row agreed;
	uint32_t first = batch->n_writes, k;
	size_t i, m, n = 0, n_members;
	bool owed = false, clears = false, held = false;

	n_members = store_group(store, endpoint, listed, now, members,
	    GROUP_MAX);
	if (first + n_members > WRITES_MAX)
		return;
	for (m = 0; m < n_members; m++) {
		for (k = 0; k < first; k++) {
			if (items[k] == members[m])
				return;
		}
		if (!store_get_copy(store, endpoint, members[m], &rows[n]))
			continue;
		if (rows[n].held) {
			held = true;
			continue;
		}
		if (must_be_read(&rows[n]))
			return;
		store_get_agreed(store, rows[n].person, rows[n].work, &agreed);
		rows[n].need = plan_need(&rows[n], &agreed, options,
		    &wanted[n]);
		if (rows[n].need != NEED_WRITE)
			wanted[n] = rows[n].copy.base;
		owed = owed || rows[n].need != NEED_NONE;
		clears = clears || (wanted[n].last_played == 0 &&
		    rows[n].copy.base.last_played != 0);
		n++;
	}
	if (clears && held)	/* that would clear what waits for a word */
		owed = false;
	for (i = 0; i < n && !owed; i++) {
		if (rows[i].need != NEED_NONE)
			rows[i].not_before = now + HELD_RETRY;
		store_put_copy(store, &rows[i]);
	}
	/* Where one is cleared, all are, and what was there is written anew. */
	for (i = 0; i < n && owed; i++) {
		k = batch->n_writes;
		add_write(store, &agreed, &rows[i], &wanted[i],
		    rows[i].need == NEED_WRITE || clears ? asked_at : 0,
		    rows[i].item != listed, batch, items);
		batch->writes[k].joined = k > first;
	}
}

size_t
group_unready(struct store *store, int64_t endpoint, int64_t now,
    int64_t *listed, size_t max)
{
	int64_t needed[WRITES_MAX], members[GROUP_MAX], group;
	struct copy_row row;
	size_t i, k, n, n_needed, found = 0;
	bool unready;

	n_needed = store_needed(store, endpoint, now, needed, WRITES_MAX);
	for (i = 0; i < n_needed && found < max; i++) {
		if ((group = store_listed(store, needed[i])) == 0)
			continue;
		n = store_group(store, endpoint, group, now, members,
		    GROUP_MAX);
		for (unready = false, k = 0; k < n && !unready; k++)
			unready = store_get_copy(store, endpoint, members[k],
			    &row) && must_be_read(&row);
		for (k = 0; k < found && unready; k++)
			unready = listed[k] != group;
		if (unready)
			listed[found++] = group;
	}
	return found;
}
