/* Hearing: an observation of a copy becomes what its person has agreed. */
#include <string.h>

#include "hear.h"
#include "log.h"

static bool	is_default(const struct userdata *);
static bool	is_same(const struct copy_row *, const struct copy_row *);
static void	audit_losses(struct store *, const struct copy_row *,
		    const struct agreed_row *, const struct agreed_row *,
		    const struct userdata *, const struct merge_outcome *,
		    int64_t);
static bool	is_kept(struct store *, struct copy_row *,
		    const struct userdata *, int64_t, int64_t,
		    struct plan_counts *);
static bool	is_heard_already(struct store *, const struct copy_row *,
		    const struct agreed_row *, const struct userdata *);
static bool	is_undone(struct store *, const struct copy_row *,
		    const struct userdata *, int64_t);
static void	note_undone(struct store *, const struct merge_options *,
		    struct copy_row *, const struct userdata *, int64_t,
		    struct plan_counts *);
static bool	is_confirmed(const struct copy_row *, const struct copy_row *,
		    const struct userdata *, int64_t, int64_t);
static void	tell_heard(struct store *, const struct copy_row *,
		    const struct userdata *);
static void	hear_now(struct store *, const struct merge_options *,
		    struct copy_row *, const struct copy_row *,
		    const struct userdata *, int64_t, int64_t,
		    struct plan_counts *);
static void	hear_change(struct store *, const struct merge_options *,
		    struct copy_row *, struct agreed_row *,
		    const struct agreed_row *, const struct merge_outcome *,
		    bool);

static bool
is_default(const struct userdata *userdata)
{
	static const struct userdata untouched;

	return userdata_equal(userdata, &untouched);
}

static bool
is_same(const struct copy_row *a, const struct copy_row *b)
{
	return a->need == b->need && a->parked == b->parked &&
	    a->held == b->held && a->failures == b->failures &&
	    a->not_before == b->not_before &&
	    a->copy.has_base == b->copy.has_base &&
	    a->copy.has_asked == b->copy.has_asked &&
	    a->copy.settled == b->copy.settled &&
	    a->copy.versions.play == b->copy.versions.play &&
	    a->copy.versions.favorite == b->copy.versions.favorite &&
	    userdata_equal(&a->copy.base, &b->copy.base);
}

/* What loses in a conflict goes into the audit. */
static void
audit_losses(struct store *store, const struct copy_row *row,
    const struct agreed_row *before, const struct agreed_row *after,
    const struct userdata *current, const struct merge_outcome *outcome,
    int64_t now)
{
	struct audit_row audit = {
		.kind = AUDIT_CONFLICT, .person = row->person,
		.server = row->server, .item = row->item, .work = row->work,
		.endpoint = row->endpoint,
		.after = after->agreed.userdata, .result = "lost"
	};

	if (outcome->current_lost) {
		audit.before = *current;
		audit.from_server = before->play_from;
		store_audit(store, now, &audit);
	}
	if (outcome->agreed_lost) {
		audit.before = before->agreed.userdata;
		audit.from_server = row->server;
		store_audit(store, now, &audit);
	}
}

static void
hear_change(struct store *store, const struct merge_options *options,
    struct copy_row *row, struct agreed_row *agreed,
    const struct agreed_row *before, const struct merge_outcome *outcome,
    bool first)
{
	const struct userdata *a = &before->agreed.userdata;
	const struct userdata *b = &agreed->agreed.userdata;

	if (outcome->play_heard &&
	    (!before->exists || !userdata_play_equal(a, b))) {
		agreed->play_from = row->server;
		if (first)
			agreed->united.play = agreed->agreed.versions.play;
	}
	if (outcome->favorite_heard &&
	    (!before->exists || a->favorite != b->favorite)) {
		agreed->favorite_from = row->server;
		if (first)
			agreed->united.favorite =
			    agreed->agreed.versions.favorite;
	}
	agreed->exists = true;
	store_put_agreed(store, row->person, row->work, agreed);
	store_put_copy(store, row);
	plan_work(store, options, row->person, row->work);
}

/*
 * The guard's part of hearing: what takes something back is not merged before
 * its endpoint has been read in full, as only then is it known whether that
 * happened to one copy or to hundreds.  Until then, and for as long as it is
 * held, the copy keeps its base, and nothing is owed to it.
 */
static bool
is_kept(struct store *store, struct copy_row *row,
    const struct userdata *current, int64_t began, int64_t now,
    struct plan_counts *counts)
{
	struct held_row held = {
		.state = HELD_UNDECIDED, .time = now, .first = *current
	};
	bool takes_back = row->direction != DIRECTION_TARGET &&
	    merge_takes_back(&row->copy, current);

	if (row->held &&
	    store_get_held(store, row->endpoint, row->item, &held)) {
		if (row->direction != DIRECTION_TARGET &&
		    (began < held.settled ||
		    userdata_equal(current, &held.userdata)))
			return true;
		if (!takes_back) {	/* it has been taken back itself */
			store_drop_held(store, row->endpoint, row->item);
			row->held = false;
		}
	} else if (merge_is_stale(&row->copy, current, began) ||
	    (row->copy.has_asked &&
	    userdata_equal(current, &row->copy.asked))) {
		return false;
	}
	if (!takes_back)
		return false;
	row->held = true;
	row->need = NEED_NONE;
	store_put_copy(store, row);
	held.endpoint = row->endpoint;
	held.item = row->item;
	held.began = began;
	held.settled = store_advance(store);
	held.userdata = *current;
	store_put_held(store, &held);
	counts->kept++;
	return true;
}

void
hear(struct store *store, const struct merge_options *options,
    int64_t endpoint, int64_t item, const struct userdata *current,
    int64_t began, int64_t now, struct plan_counts *counts)
{
	struct copy_row row, before;

	if (!store_get_copy(store, endpoint, item, &row))
		return;
	before = row;
	if (row.unlisted != UNLISTED_NOT)
		store_drop_unlisted(store, &row);
	if (row.parked) {		/* it does answer */
		row.parked = false;
		row.not_before = 0;
	}
	if (is_undone(store, &row, current, began)) {
		note_undone(store, options, &row, current, now, counts);
		return;
	}
	if (is_kept(store, &row, current, began, now, counts))
		return;
	hear_now(store, options, &row, &before, current, began, now, counts);
}

/*
 * Has the server undone our last write?  What it shows is exactly what that
 * replaced, and has a date.  Acts do not lead back there: a play sets another
 * date, an unmark clears it.  Only a mark leaves a date as it is; so what a
 * mark would make of our write, a favourite alone, and what has no date could
 * be a person's act, and is heard as one.
 */
static bool
is_undone(struct store *store, const struct copy_row *row,
    const struct userdata *current, int64_t began)
{
	const struct copy *copy = &row->copy;
	struct userdata replaced, written;

	if (!copy->has_base || copy->has_asked || row->held ||
	    current->last_played == 0 ||
	    userdata_play_equal(current, &copy->base) ||
	    merge_is_stale(copy, current, began))
		return false;
	return store_last_write(store, row->endpoint, row->item, &replaced,
	    &written) && userdata_equal(current, &replaced) &&
	    userdata_equal(&copy->base, &written) &&
	    !(current->played && current->position == 0 &&
	    current->last_played == written.last_played);
}

/*
 * It is no vote, and is written again, later each time.  As it may also show
 * again by itself what was written, that is asked, and would be known for ours.
 */
static void
note_undone(struct store *store, const struct merge_options *options,
    struct copy_row *row, const struct userdata *current, int64_t now,
    struct plan_counts *counts)
{
	struct audit_row audit = {
		.kind = AUDIT_REVERTED, .person = row->person,
		.server = row->server, .item = row->item, .work = row->work,
		.endpoint = row->endpoint, .from_server = row->server,
		.before = row->copy.base, .after = *current,
		.result = "undone by its server"
	};
	struct userdata written = row->copy.base, wanted;
	struct versions versions = row->copy.versions;
	struct agreed_row agreed;
	struct copy_names names;

	store_get_agreed(store, row->person, row->work, &agreed);
	row->copy.settled = store_advance(store);
	merge_note(&row->copy, current, &agreed.agreed, options,
	    row->copy.settled);
	row->copy.has_asked = true;
	row->copy.asked = written;
	row->copy.asked_versions = versions;
	row->looked = true;
	row->failures++;
	row->not_before = now + plan_backoff(row->failures);
	row->need = plan_need(row, &agreed, options, &wanted);
	store_put_copy(store, row);
	store_audit(store, now, &audit);
	counts->failed++;
	store_copy_names(store, row->endpoint, row->item, &names);
	log_server_warnx(names.server, "has undone what was written there for "
	    "%s: %s; that is tried again in %lld s", names.person,
	    names.title, (long long)(row->not_before - now));
}

/*
 * What was written is there, and has been for as long as another try would
 * have waited: failures before it count no more.
 */
static bool
is_confirmed(const struct copy_row *row, const struct copy_row *before,
    const struct userdata *current, int64_t began, int64_t now)
{
	return row->failures > 0 && row->need == NEED_NONE &&
	    !row->copy.has_asked && !before->copy.has_asked &&
	    before->copy.has_base && began >= before->copy.settled &&
	    userdata_equal(current, &before->copy.base) &&
	    now >= row->not_before;
}

void
hear_decided(struct store *store, const struct merge_options *options,
    const struct held_row *held, int64_t now, struct plan_counts *counts)
{
	struct held_row decided = *held;
	struct copy_row row, before;

	if (!store_get_copy(store, held->endpoint, held->item, &row)) {
		store_drop_held(store, held->endpoint, held->item);
		return;
	}
	before = row;
	row.held = false;
	decided.state = HELD_DECIDED;
	store_put_held(store, &decided);
	hear_now(store, options, &row, &before, &held->userdata, held->began,
	    now, counts);
}

void
hear_discarded(struct store *store, const struct merge_options *options,
    const struct held_row *held, int64_t now, struct plan_counts *counts)
{
	static const struct versions new = { VERSION_NEW, VERSION_NEW };
	struct copy_row row, before;

	store_drop_held(store, held->endpoint, held->item);
	if (!store_get_copy(store, held->endpoint, held->item, &row))
		return;
	before = row;
	row.held = false;
	row.not_before = 0;
	row.failures = 0;
	row.copy.base = held->first;
	row.copy.versions = new;
	row.copy.has_asked = false;
	hear_now(store, options, &row, &before, &held->userdata, held->began,
	    now, counts);
}

/*
 * A server that is configured under two names shows every change twice.  What
 * was heard from it under the other one is not a second play.
 */
static bool
is_heard_already(struct store *store, const struct copy_row *row,
    const struct agreed_row *agreed, const struct userdata *current)
{
	return row->copy.has_base && agreed->exists && agreed->play_from > 0 &&
	    !userdata_equal(current, &row->copy.base) &&
	    userdata_equal(current, &agreed->agreed.userdata) &&
	    store_endpoint_is_also_on(store, row->endpoint,
	    agreed->play_from);
}

/* For who watches: what a person has done. */
static void
tell_heard(struct store *store, const struct copy_row *before,
    const struct userdata *current)
{
	struct audit_row heard = {
		.person = before->person, .server = before->server,
		.item = before->item, .work = before->work,
		.endpoint = before->endpoint, .from_server = before->server,
		.before = before->copy.base, .after = *current,
		.result = "heard"
	};

	store_heard(store, &heard);
}

static void
hear_now(struct store *store, const struct merge_options *options,
    struct copy_row *row, const struct copy_row *row_before,
    const struct userdata *current, int64_t began, int64_t now,
    struct plan_counts *counts)
{
	struct agreed_row agreed, before;
	struct merge_outcome outcome;
	struct userdata wanted;
	bool first = !row->copy.has_base;

	store_get_agreed(store, row->person, row->work, &agreed);
	before = agreed;
	memset(&outcome, 0, sizeof(outcome));
	if (row->direction == DIRECTION_TARGET ||
	    is_heard_already(store, row, &agreed, current))
		merge_note(&row->copy, current, &agreed.agreed, options, began);
	else
		merge_hear(&row->copy, current, &agreed.agreed, options, began,
		    store_point(store) + 1, &outcome);

	if (outcome.settled)
		store_advance(store);
	if (row_before->copy.has_asked && !row->copy.has_asked &&
	    userdata_equal(current, &row_before->copy.asked)) {
		/* Our own write, of which nobody heard the answer. */
		plan_audit(store, row_before, current, "found written", now);
		counts->written++;
	}
	if (outcome.play_heard || outcome.favorite_heard) {
		counts->heard++;
		tell_heard(store, row_before, current);
		hear_change(store, options, row, &agreed, &before, &outcome,
		    first);
		if (outcome.current_lost || outcome.agreed_lost) {
			counts->conflicts++;
			audit_losses(store, row_before, &before, &agreed,
			    current, &outcome, now);
		}
		return;
	}
	/* Only what somebody touched takes room. */
	if (!row->exists && !agreed.exists && is_default(&row->copy.base) &&
	    row_before->copy.has_base)
		return;
	row->need = plan_need(row, &agreed, options, &wanted);
	if (is_confirmed(row, row_before, current, began, now)) {
		row->failures = 0;
		row->not_before = 0;
	}
	if (!row->exists || !is_same(row, row_before))
		store_put_copy(store, row);
}
