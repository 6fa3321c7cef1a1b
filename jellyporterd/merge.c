/*
 * The rules by which what one copy holds becomes what its person has agreed:
 * nothing, fast forward, conflict or union.
 */
#include <string.h>

#include "match.h"
#include "merge.h"
#include "message.h"

static const struct userdata untouched;	/* Jellyfin's default state */

static bool	played_later(const struct userdata *, const struct userdata *);
static bool	is_rewatch(const struct userdata *, const struct userdata *);
static bool	same_cut(int64_t, int64_t);
static bool	takes_position(const struct userdata *,
		    const struct userdata *, const struct userdata *);
static void	merge_first_contact(const struct copy *,
		    const struct userdata *, struct agreed *);
static void	merge_play_group(const struct copy *, const struct userdata *,
		    const struct userdata *, struct agreed *, bool);
static bool	settle_asked(struct copy *, const struct userdata *,
		    struct userdata *, int64_t);
static void	note_losses(const struct agreed *, const struct agreed *,
		    const struct userdata *, struct merge_outcome *);
static void	bring_up(struct copy *, const struct agreed *,
		    const struct merge_options *, int64_t, int64_t);
static void	set_base(struct copy *, const struct userdata *, int64_t,
		    bool);

static int32_t
max_count(int32_t a, int32_t b)
{
	return a > b ? a : b;
}

static int64_t
max_point(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/*
 * Whether a was played later than b.  In the same second, which means one and
 * the same play, the finished side counts as later, then the greater position.
 */
static bool
played_later(const struct userdata *a, const struct userdata *b)
{
	bool a_finished = a->played && a->position == 0;
	bool b_finished = b->played && b->position == 0;

	if (a->last_played != b->last_played)
		return a->last_played > b->last_played;
	if (a_finished != b_finished)
		return a_finished;
	return a->position > b->position;
}

/*
 * Servers before 12 turn played off whenever a played item is started again.
 * The count has grown, so nobody has unmarked anything.
 */
static bool
is_rewatch(const struct userdata *base, const struct userdata *current)
{
	return base->played && !current->played &&
	    current->play_count > base->play_count;
}

static bool
same_cut(int64_t a, int64_t b)
{
	int64_t apart = a > b ? a - b : b - a;

	return apart <= MATCH_SAME_CUT;
}

/* In a conflict: is the position that of current, not that of agreed? */
static bool
takes_position(const struct userdata *base, const struct userdata *current,
    const struct userdata *agreed)
{
	if (current->last_played == agreed->last_played) {
		/* One and the same play: the side that moved since base. */
		if (agreed->position == base->position)
			return true;
		if (current->position == base->position)
			return false;
	}
	return played_later(current, agreed);
}

/* Union: nobody can say who was first, so nothing that was done is undone. */
static void
merge_first_contact(const struct copy *copy, const struct userdata *current,
    struct agreed *agreed)
{
	struct userdata *to = &agreed->userdata;

	if (played_later(current, to)) {
		to->position = current->position;
		agreed->runtime = copy->runtime;
	}
	to->played = to->played || current->played;
	to->favorite = to->favorite || current->favorite;
	to->play_count = max_count(to->play_count, current->play_count);
	to->last_played = max_point(to->last_played, current->last_played);
}

/*
 * The play group of a copy that has moved from base to current.  conflict says
 * that agreed has moved as well since this copy was brought up to it.
 */
static void
merge_play_group(const struct copy *copy, const struct userdata *base,
    const struct userdata *current, struct agreed *agreed, bool conflict)
{
	struct userdata *to = &agreed->userdata;
	int64_t count;
	int32_t added;

	if (!conflict) {
		to->played = current->played;
		to->position = current->position;
		to->play_count = current->play_count;
		to->last_played = current->last_played;
		agreed->runtime = copy->runtime;
		return;
	}
	if (takes_position(base, current, to)) {
		to->position = current->position;
		agreed->runtime = copy->runtime;
	}
	added = current->play_count > base->play_count ?
	    current->play_count - base->play_count : 0;
	count = (int64_t)to->play_count + added;
	if (count > INT32_MAX)
		count = INT32_MAX;
	to->played = to->played || current->played;
	to->play_count = max_count(current->play_count, (int32_t)count);
	to->last_played = max_point(to->last_played, current->last_played);
}

/*
 * A write went out and its answer was never recorded.  A reading that equals
 * it is our own write.  One that equals neither base nor asked is a person's
 * act on one of the two; nobody can say on which, so it is a conflict against
 * the base that makes least of it.  Returns true in that case.
 */
static bool
settle_asked(struct copy *copy, const struct userdata *current,
    struct userdata *base, int64_t now)
{
	if (!copy->has_asked)
		return false;
	if (userdata_equal(current, &copy->asked)) {
		merge_answered(copy, current, now);
		*base = copy->base;
		return false;
	}
	if (userdata_equal(current, &copy->base))
		return false;		/* it may still arrive */
	base->play_count = max_count(base->play_count, copy->asked.play_count);
	base->favorite = base->favorite == copy->asked.favorite ?
	    base->favorite : current->favorite;
	copy->has_asked = false;
	return true;
}

static void
note_losses(const struct agreed *before, const struct agreed *after,
    const struct userdata *current, struct merge_outcome *outcome)
{
	const struct userdata *to = &after->userdata;
	const struct userdata *from = &before->userdata;

	outcome->current_lost = to->played != current->played ||
	    to->position != current->position;
	outcome->agreed_lost = to->played != from->played ||
	    to->position != from->position;
}

/* A copy that shows what is agreed does so up to the points given. */
static void
bring_up(struct copy *copy, const struct agreed *agreed,
    const struct merge_options *options, int64_t play, int64_t favorite)
{
	struct userdata projected;

	merge_project(agreed, copy, options, &projected);
	if (userdata_play_equal(&copy->base, &projected))
		copy->versions.play = max_point(copy->versions.play, play);
	if (copy->base.favorite == projected.favorite)
		copy->versions.favorite =
		    max_point(copy->versions.favorite, favorite);
}

static void
set_base(struct copy *copy, const struct userdata *current, int64_t now,
    bool first)
{
	int64_t version = first ? VERSION_NEW : VERSION_STALE;

	copy->base = *current;
	copy->has_base = true;
	copy->settled = now;
	copy->versions.play = version;
	copy->versions.favorite = version;
}

/*
 * A listing takes its time.  What it shows of a copy that was written, or read
 * anew, since it was asked for can be what was there before that.
 */
bool
merge_is_stale(const struct copy *copy, const struct userdata *current,
    int64_t began)
{
	return copy->has_base && began < copy->settled &&
	    !userdata_equal(current, &copy->base);
}

bool
merge_takes_back(const struct copy *copy, const struct userdata *current)
{
	const struct userdata *base = &copy->base;

	if (!copy->has_base)
		return false;		/* a first contact only ever adds */
	if (base->favorite && !current->favorite)
		return true;
	if (current->play_count > base->play_count)
		return false;		/* it was played */
	return (base->played && !current->played) ||
	    (base->position > 0 && current->position == 0 &&
	    !current->played) ||
	    current->play_count < base->play_count ||
	    current->last_played < base->last_played;
}

void
merge_hear(struct copy *copy, const struct userdata *current,
    struct agreed *agreed, const struct merge_options *options, int64_t began,
    int64_t now, struct merge_outcome *outcome)
{
	struct agreed before = *agreed;
	struct userdata base = copy->has_base ? copy->base : untouched;
	struct userdata heard = *current;
	bool first = !copy->has_base;
	bool unsure, conflict;

	memset(outcome, 0, sizeof(*outcome));
	outcome->stale = merge_is_stale(copy, current, began);
	if (outcome->stale)
		return;
	unsure = settle_asked(copy, current, &base, now);
	if (first ? userdata_equal(current, &untouched) :
	    userdata_equal(current, &copy->base)) {
		outcome->quiet = true;
		if (first)
			set_base(copy, current, now, true);
		outcome->settled = copy->settled == now;
		bring_up(copy, agreed, options, began, began);
		return;
	}

	conflict = unsure || copy->versions.play < agreed->versions.play;
	if (first || !userdata_play_equal(current, &copy->base)) {
		outcome->play_heard = true;
		agreed->versions.play = now;
	}
	if (first || current->favorite != copy->base.favorite) {
		outcome->favorite_heard = true;
		agreed->versions.favorite = now;
	}

	if (first) {
		merge_first_contact(copy, current, agreed);
	} else {
		if (!options->rewatch_follow && is_rewatch(&base, current))
			heard.played = true;
		if (!userdata_play_equal(current, &base)) {
			merge_play_group(copy, &base, &heard, agreed,
			    conflict);
			outcome->conflict = conflict;
		}
		if (current->favorite != base.favorite)
			agreed->userdata.favorite = current->favorite;
	}
	if (outcome->conflict)
		note_losses(&before, agreed, &heard, outcome);

	set_base(copy, current, now, first);
	outcome->settled = true;
	/*
	 * What was agreed after this reading was asked for is not something
	 * that the copy's user can have seen there.
	 */
	bring_up(copy, agreed, options,
	    outcome->play_heard && before.versions.play <= began ?
	    now : began,
	    outcome->favorite_heard && before.versions.favorite <= began ?
	    now : began);
}

void
merge_note(struct copy *copy, const struct userdata *current,
    const struct agreed *agreed, const struct merge_options *options,
    int64_t began)
{
	if (copy->has_asked && !userdata_equal(current, &copy->base))
		copy->has_asked = false;
	set_base(copy, current, copy->settled, !copy->has_base);
	bring_up(copy, agreed, options, began, began);
}

void
merge_union(struct agreed *agreed, const struct agreed *other)
{
	const struct copy as_copy = { .runtime = other->runtime };

	merge_first_contact(&as_copy, &other->userdata, agreed);
}

void
merge_project(const struct agreed *agreed, const struct copy *copy,
    const struct merge_options *options, struct userdata *to)
{
	const struct userdata *from = &agreed->userdata;

	*to = copy->has_base ? copy->base : untouched;
	if (options->fields & FIELD_POSITION) {
		if (same_cut(agreed->runtime, copy->runtime))
			to->position = from->position;
		else if ((from->played || agreed->runtime == 0) &&
		    from->position == 0)
			to->position = 0;	/* finished, or never begun */
	}
	if (options->fields & FIELD_PLAYED)
		to->played = from->played;
	if (options->fields & FIELD_PLAY_COUNT)
		to->play_count = from->play_count;
	if (options->fields & FIELD_LAST_PLAYED)
		to->last_played = from->last_played;
	if (options->fields & FIELD_FAVORITE)
		to->favorite = from->favorite;
}

bool
merge_owed(const struct agreed *agreed, const struct copy *copy,
    const struct merge_options *options, struct userdata *wanted)
{
	merge_project(agreed, copy, options, wanted);
	return !userdata_equal(wanted, &copy->base);
}

void
merge_answered(struct copy *copy, const struct userdata *answer, int64_t now)
{
	copy->settled = now;
	copy->base = *answer;
	copy->has_base = true;
	if (copy->has_asked)
		copy->versions = copy->asked_versions;
	copy->has_asked = false;
}
