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
static void	hear_change(struct store *, const struct merge_options *,
		    struct copy_row *, struct agreed_row *,
		    const struct agreed_row *, const struct merge_outcome *);

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
    const struct agreed_row *before, const struct merge_outcome *outcome)
{
	const struct userdata *a = &before->agreed.userdata;
	const struct userdata *b = &agreed->agreed.userdata;

	if (outcome->play_heard &&
	    (!before->exists || !userdata_play_equal(a, b)))
		agreed->play_from = row->server;
	if (outcome->favorite_heard &&
	    (!before->exists || a->favorite != b->favorite))
		agreed->favorite_from = row->server;
	agreed->exists = true;
	store_put_agreed(store, row->person, row->work, agreed);
	store_put_copy(store, row);
	plan_work(store, options, row->person, row->work);
}

void
hear(struct store *store, const struct merge_options *options,
    int64_t endpoint, int64_t item, const struct userdata *current,
    int64_t began, int64_t now, struct plan_counts *counts)
{
	struct copy_row row, row_before;
	struct agreed_row agreed, before;
	struct merge_outcome outcome;
	struct userdata wanted;

	if (!store_get_copy(store, endpoint, item, &row))
		return;
	store_get_agreed(store, row.person, row.work, &agreed);
	before = agreed;
	row_before = row;
	row.parked = false;

	memset(&outcome, 0, sizeof(outcome));
	if (row.direction == DIRECTION_TARGET)
		merge_note(&row.copy, current, &agreed.agreed, options, began);
	else
		merge_hear(&row.copy, current, &agreed.agreed, options, began,
		    store_point(store) + 1, &outcome);

	if (outcome.settled)
		store_advance(store);
	if (row_before.copy.has_asked && !row.copy.has_asked &&
	    userdata_equal(current, &row_before.copy.asked)) {
		/* Our own write, of which nobody heard the answer. */
		plan_audit(store, &row_before, current, "found written", now);
		counts->written++;
	}
	if (outcome.play_heard || outcome.favorite_heard) {
		counts->heard++;
		hear_change(store, options, &row, &agreed, &before, &outcome);
		if (outcome.current_lost || outcome.agreed_lost) {
			counts->conflicts++;
			audit_losses(store, &row_before, &before, &agreed,
			    current, &outcome, now);
		}
		return;
	}
	/* Only what somebody touched takes room. */
	if (!row.exists && !agreed.exists && is_default(&row.copy.base) &&
	    row_before.copy.has_base)
		return;
	row.need = plan_need(&row, &agreed, options, &wanted);
	if (!row.exists || !is_same(&row, &row_before))
		store_put_copy(store, &row);
}
