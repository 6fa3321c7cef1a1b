/* What is owed to whom, into writes; and what came of them. */
#include <string.h>

#include "group.h"
#include "hear.h"
#include "log.h"
#include "plan.h"
#include "unlisted.h"

#define COPIES_MAX	2048		/* of one work, of one person */
#define UNCOPIED_AT_ONCE 256
#define PLAYING_RETRY	30		/* seconds */
#define BACKOFF_FIRST	60		/* seconds */
#define BACKOFF_MAX	(6 * 3600)	/* seconds */
#define PARKED_RETRY	(24 * 3600)	/* seconds */
#define LATE_MAX	600		/* seconds; no write arrives later */

static bool	is_apart(const struct copy_row *, const struct agreed_row *);
static bool	touched_play(const struct userdata *);
static void	plan_copy(struct store *, const struct merge_options *,
		    const struct agreed_row *, struct copy_row *);
static void	written(struct store *, const struct merge_options *,
		    struct copy_row *, const struct userdata *, int64_t,
		    struct plan_counts *);
static void	replan(struct store *, const struct merge_options *,
		    struct copy_row *);

static bool
touched_play(const struct userdata *userdata)
{
	static const struct userdata untouched;

	return !userdata_play_equal(userdata, &untouched);
}

/* Set to something else by an undo, and nothing was agreed since. */
static bool
is_apart(const struct copy_row *row, const struct agreed_row *agreed)
{
	return row->apart &&
	    agreed->agreed.versions.play <= row->apart_version &&
	    agreed->agreed.versions.favorite <= row->apart_version;
}

enum need
plan_need(const struct copy_row *row, const struct agreed_row *agreed,
    const struct merge_options *options, struct userdata *wanted)
{
	const struct copy *copy = &row->copy;

	*wanted = copy->base;
	if (!copy->has_base || !agreed->exists || row->held)
		return NEED_NONE;
	if (is_apart(row, agreed)) {
		*wanted = row->apart_userdata;
		return row->direction == DIRECTION_SOURCE ||
		    userdata_equal(wanted, &copy->base) ? NEED_NONE :
		    NEED_WRITE;
	}
	if (merge_owed(&agreed->agreed, copy, options, wanted))
		return row->direction == DIRECTION_SOURCE ? NEED_NONE :
		    NEED_WRITE;
	/*
	 * It shows what is agreed already.  Somebody has to look once more,
	 * though: until then, an unmark on it could be older than the change
	 * that made it agreed.
	 */
	if (row->direction != DIRECTION_TARGET && touched_play(&copy->base) &&
	    copy->versions.play < agreed->agreed.versions.play)
		return NEED_CONFIRM;
	return NEED_NONE;
}

static void
plan_copy(struct store *store, const struct merge_options *options,
    const struct agreed_row *agreed, struct copy_row *row)
{
	struct userdata wanted;
	enum need need = plan_need(row, agreed, options, &wanted);

	if (need == row->need && (row->exists || need == NEED_NONE))
		return;
	row->need = need;
	if (!row->parked) {
		row->not_before = 0;
		row->failures = 0;
	}
	store_put_copy(store, row);
}

void
plan_work(struct store *store, const struct merge_options *options,
    int64_t person, int64_t work)
{
	static struct copy_id ids[COPIES_MAX];
	struct agreed_row agreed;
	struct copy_row row;
	size_t i, n;

	store_get_agreed(store, person, work, &agreed);
	if (!agreed.exists)
		return;
	n = store_copies_of_work(store, person, work, ids, COPIES_MAX);
	for (i = 0; i < n; i++) {
		if (store_get_copy(store, ids[i].endpoint, ids[i].item, &row))
			plan_copy(store, options, &agreed, &row);
	}
}

void
plan_endpoint(struct store *store, const struct merge_options *options,
    int64_t endpoint, int64_t *slice)
{
	int64_t items[UNCOPIED_AT_ONCE], after = 0;
	struct agreed_row agreed;
	struct copy_row row;
	size_t i, n;

	while ((n = store_uncopied(store, endpoint, false, slice, after, items,
	    UNCOPIED_AT_ONCE)) > 0) {
		for (i = 0; i < n; i++) {
			after = items[i];
			if (!store_get_copy(store, endpoint, after, &row))
				continue;
			store_get_agreed(store, row.person, row.work, &agreed);
			plan_copy(store, options, &agreed, &row);
		}
	}
}

int64_t
plan_backoff(int64_t failures)
{
	int64_t wait = BACKOFF_FIRST;

	for (; failures > 1 && wait < BACKOFF_MAX; failures--)
		wait *= 2;
	return wait < BACKOFF_MAX ? wait : BACKOFF_MAX;
}

static void
replan(struct store *store, const struct merge_options *options,
    struct copy_row *row)
{
	struct agreed_row agreed;
	struct userdata wanted;

	store_get_agreed(store, row->person, row->work, &agreed);
	row->need = plan_need(row, &agreed, options, &wanted);
	store_put_copy(store, row);
}

const struct userdata *
plan_expected(const struct copy_row *row)
{
	return row->unlisted != UNLISTED_NOT ? &row->unlisted_userdata :
	    &row->copy.base;
}

void
plan_ask(struct copy_row *row, const struct agreed_row *agreed,
    const struct userdata *wanted, int64_t asked_at)
{
	static const struct versions stale = { VERSION_STALE, VERSION_STALE };

	row->again = row->copy.has_asked;
	row->copy.has_asked = true;
	row->looked = false;
	row->copy.asked = *wanted;
	row->copy.asked_versions = is_apart(row, agreed) ? stale :
	    agreed->agreed.versions;
	row->copy.settled = asked_at;
}

size_t
plan_writes(struct store *store, const struct merge_options *options,
    int64_t endpoint, const int64_t *needed, size_t n, size_t max,
    int64_t now, struct message_write *batch, int64_t items[WRITES_MAX])
{
	struct agreed_row agreed;
	struct copy_row row;
	struct write_request *write;
	int64_t asked_at, listed;
	size_t i;

	batch->n_writes = 0;
	if (n == 0)
		return 0;
	/* Readings from before this do not know of these writes. */
	asked_at = store_advance(store);
	for (i = 0; i < n && batch->n_writes < max; i++) {
		if ((listed = store_listed(store, needed[i])) != 0) {
			group_plan(store, options, endpoint, listed, now,
			    asked_at, batch, items);
			continue;
		}
		/* What has an asked is read before it is written again. */
		if (!store_get_copy(store, endpoint, needed[i], &row) ||
		    (row.copy.has_asked && !row.looked) ||
		    row.unlisted == UNLISTED_SEEN)
			continue;
		store_get_agreed(store, row.person, row.work, &agreed);
		write = &batch->writes[batch->n_writes];
		if (!store_item_id(store, row.item, &write->item))
			continue;
		write->alternate = write->joined = false;
		write->unlisted = row.unlisted != UNLISTED_NOT;
		write->expected = *plan_expected(&row);
		row.need = plan_need(&row, &agreed, options, &write->wanted);
		if (row.need == NEED_WRITE)
			plan_ask(&row, &agreed, &write->wanted, asked_at);
		store_put_copy(store, &row);
		if (row.need != NEED_NONE)
			items[batch->n_writes++] = row.item;
	}
	return batch->n_writes;
}

void
plan_audit(struct store *store, const struct copy_row *row,
    const struct userdata *answer, const char *result, int64_t now)
{
	struct agreed_row agreed;
	struct audit_row audit = {
		.kind = AUDIT_WRITE, .person = row->person,
		.server = row->server, .item = row->item, .work = row->work,
		.endpoint = row->endpoint, .before = row->copy.base,
		.after = *answer, .result = result
	};
	bool favorite = userdata_play_equal(&row->copy.base,
	    &row->copy.asked);
	int64_t united;

	store_get_agreed(store, row->person, row->work, &agreed);
	audit.from_server = is_apart(row, &agreed) ? FROM_UNDO :
	    favorite ? agreed.favorite_from : agreed.play_from;
	audit.version = favorite ? row->copy.versions.favorite :
	    row->copy.versions.play;
	united = favorite ? agreed.united.favorite : agreed.united.play;
	/* It never held what is agreed. */
	audit.apart = is_apart(row, &agreed) ||
	    audit.version == VERSION_NEW ||
	    (audit.version != VERSION_STALE && audit.version < united);
	store_audit(store, now, &audit);
}

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
	replan(store, options, row);
}

void
plan_answered(struct store *store, const struct merge_options *options,
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

/*
 * It shows its base: it may be written again.  The first write may still
 * arrive, and would be known for ours.  Where nothing is owed any more, that is
 * waited for no longer than it can take.
 */
void
plan_not_arrived(struct store *store, struct copy_row *row, int64_t now)
{
	if (row->need == NEED_NONE && row->looked && row->not_before != 0 &&
	    now >= row->not_before) {
		row->copy.has_asked = row->looked = false;
		row->not_before = 0;
	} else {
		row->looked = true;
		if (row->need == NEED_NONE && row->not_before == 0)
			row->not_before = now + LATE_MAX;
	}
	store_put_copy(store, row);
}

void
plan_settle(struct store *store, const struct merge_options *options,
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
