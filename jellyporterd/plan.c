/* What is owed to whom. */
#include "plan.h"

#define COPIES_MAX	2048		/* of one work, of one person */
#define UNCOPIED_AT_ONCE 256
#define BACKOFF_FIRST	60		/* seconds */
#define BACKOFF_MAX	(6 * 3600)	/* seconds */
#define LATE_MAX	600		/* seconds; no write arrives later */

static bool	is_apart(const struct copy_row *, const struct agreed_row *);
static bool	touched_play(const struct userdata *);
static void	plan_copy(struct store *, const struct merge_options *,
		    const struct agreed_row *, struct copy_row *);

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

void
plan_again(struct store *store, const struct merge_options *options,
    struct copy_row *row)
{
	struct agreed_row agreed;
	struct userdata wanted;

	store_get_agreed(store, row->person, row->work, &agreed);
	row->need = plan_need(row, &agreed, options, &wanted);
	store_put_copy(store, row);
}

int64_t
plan_backoff(int64_t failures)
{
	int64_t wait = BACKOFF_FIRST;

	for (; failures > 1 && wait < BACKOFF_MAX; failures--)
		wait *= 2;
	return wait < BACKOFF_MAX ? wait : BACKOFF_MAX;
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
