/*
 * The pure world: copies are structs, and the rules of merge.c are driven
 * directly.  Readings may begin, go on while people act and writes arrive, and
 * be heard late; writes lose their request or their answer.
 *
 * Two things that cannot hold, and are not asked for.  An act between a write
 * whose answer was lost and the next reading may be counted too rarely: the
 * reading does not say on which of the two states the person acted.  And an
 * act that falls between the server's look at a copy and its write is not
 * seen by anybody, as Jellyfin has no compare-and-set; here the two are one.
 */
#include <string.h>

#include "match.h"
#include "merge.h"
#include "message.h"
#include "model.h"
#include "text.h"

#define SITES_MAX	4
#define READINGS_MAX	2		/* of one copy, at a time */
#define POSITIONS	10
#define DATES_MAX	512
#define MINUTE		(60 * TICKS_PER_SECOND)
#define SETTLE_MAX	6

/* What a server has shown, on its way to be heard. */
struct reading {
	bool		under_way;
	int64_t		began;
	struct userdata	shown;
	uint64_t	known;		/* plays its user knew of then */
	uint64_t	agreed_known;	/* plays that were agreed then */
	uint32_t	unmarks;	/* by its user, until then */
};

/* A server with one copy, and what is known of it. */
struct site {
	bool		before_12;
	bool		target;
	struct userdata	shown;
	uint64_t	known;		/* plays (bits) its user knows of */
	uint32_t	unmarks;
	struct copy	copy;
	uint64_t	asked_known;
	struct reading	readings[READINGS_MAX];
};

struct pure {
	struct site		sites[SITES_MAX];
	uint32_t		n;
	struct agreed		agreed;
	struct merge_options	options;
	int64_t			point;
	int64_t			clock;		/* seconds */
	bool			harmless;	/* nobody takes a play back */
	bool			one_cut;	/* all copies */

	/* What is true, whatever the rules make of it. */
	uint32_t		plays;
	uint64_t		known;		/* plays heard of */
	uint64_t		revoked;
	int32_t			added;
	bool			blind;		/* acts on an unanswered write */
	bool			unmarked;	/* by the last act, knowingly */
	bool			held_position[POSITIONS];
	bool			held_date[DATES_MAX];
	bool			held_played;
	bool			held_favorite;

	uint64_t		random;
	struct verdict		*verdict;
	FILE			*trace;
};

enum lost {
	LOST_NOTHING,
	LOST_REQUEST,
	LOST_ANSWER
};

static void	note_held(struct pure *, const struct userdata *);
static void	check_held(struct pure *, uint32_t, const struct userdata *);
static bool	knows_all(const struct pure *, uint32_t);
static void	act(struct pure *, uint32_t, enum act, uint32_t);
static void	begin_reading(struct pure *, uint32_t, struct reading *);
static void	hear_reading(struct pure *, uint32_t, struct reading *);
static void	hear_now(struct pure *, uint32_t);
static bool	write_copy(struct pure *, uint32_t, enum lost);
static void	make_world(struct pure *, uint64_t);
static void	take_step(struct pure *, const struct step *);
static bool	settle(struct pure *);
static void	judge_settled(struct pure *);
static uint32_t	somebody(struct pure *);
static void	all_played(struct pure *, const char *);
static void	none_played(struct pure *, const char *);
static void	all_at(struct pure *, int64_t, const char *);
static void	judge_later_acts(struct pure *);
static void	judge_orders(struct pure *);
static void	pure_run(const struct history *, struct verdict *, FILE *);

const struct world pure_world = {
	.name = "pure",
	.histories = 100000,
	.judges = 1U << CONVERGENCE | 1U << QUIESCENCE | 1U << NOTHING_LOST |
	    1U << EXACTLY_ONCE | 1U << ORDER_INDEPENDENCE |
	    1U << NO_INVENTION,
	.run = pure_run
};

#define TELL(w, ...) do {						\
	if ((w)->trace != NULL)						\
		fprintf((w)->trace, __VA_ARGS__);			\
} while (0)

static void
note_held(struct pure *w, const struct userdata *u)
{
	w->held_played = w->held_played || u->played;
	w->held_favorite = w->held_favorite || u->favorite;
	w->held_position[u->position / MINUTE % POSITIONS] = true;
	w->held_date[u->last_played % DATES_MAX] = true;
}

static void
check_held(struct pure *w, uint32_t i, const struct userdata *u)
{
	if ((u->played && !w->held_played) ||
	    (u->favorite && !w->held_favorite) ||
	    u->position % MINUTE != 0 ||
	    !w->held_position[u->position / MINUTE % POSITIONS] ||
	    !w->held_date[u->last_played % DATES_MAX])
		broken(w->verdict, NO_INVENTION, "server %u is to be given %s",
		    i, in_words(u));
}

/*
 * True if a copy is up to date, and no other has anything to say that was not
 * heard: its own, or our own write whose answer was lost.
 */
static bool
knows_all(const struct pure *w, uint32_t self)
{
	const struct site *s;
	uint32_t i, k;

	for (i = 0; i < w->n; i++) {
		s = &w->sites[i];
		for (k = 0; k < READINGS_MAX; k++) {
			if (s->readings[k].under_way)
				return false;
		}
		if (!s->copy.has_base)
			return false;
		if (i == self ? s->copy.has_asked ||
		    !userdata_equal(&s->shown, &s->copy.base) ||
		    s->copy.versions.play < w->agreed.versions.play :
		    !userdata_equal(&s->shown, &s->copy.base) &&
		    !(s->copy.has_asked &&
		    userdata_equal(&s->shown, &s->copy.asked)))
			return false;
	}
	return !w->sites[self].target;
}

/* What an act means for the truth is noted on the way. */
static void
act(struct pure *w, uint32_t i, enum act what, uint32_t how)
{
	struct site *s = &w->sites[i];
	struct userdata before = s->shown;
	bool nothing_new = what == ACT_MARK && before.played &&
	    before.position == 0;

	if (s->copy.has_asked)
		w->blind = true;
	if (what == ACT_UNMARK ? before.played : !s->target)
		w->unmarked = what == ACT_UNMARK && knows_all(w, i);
	/* Servers before 12 forget a play that nobody has heard of yet. */
	if (act_starts(what) && s->before_12)
		w->revoked |= s->known & ~w->known;
	if (what == ACT_UNMARK) {
		w->revoked |= s->known;
		s->unmarks++;
	}
	act_do(what, s->before_12, w->clock,
	    (1 + how % (POSITIONS - 1)) * MINUTE, &s->shown);
	if (act_plays(what) && !nothing_new && !s->target)
		s->known |= UINT64_C(1) << w->plays++ % 64;
	if (!s->target)
		w->added += s->shown.play_count > before.play_count ?
		    s->shown.play_count - before.play_count : 0;
	note_held(w, &s->shown);
	TELL(w, "%lld s, server %u: its user %s: %s -> %s\n",
	    (long long)w->clock, i, act_name(what), in_words(&before),
	    in_words(&s->shown));
}

static void
begin_reading(struct pure *w, uint32_t i, struct reading *r)
{
	r->under_way = true;
	r->began = w->point;
	r->shown = w->sites[i].shown;
	r->known = w->sites[i].known;
	r->agreed_known = w->known;
	r->unmarks = w->sites[i].unmarks;
}

/* As hear() does it, and what follows for the truth. */
static void
hear_reading(struct pure *w, uint32_t i, struct reading *r)
{
	struct site *s = &w->sites[i];
	struct copy before = s->copy;
	struct merge_outcome outcome;
	struct userdata projected;

	r->under_way = false;
	if (s->target) {
		merge_note(&s->copy, &r->shown, &w->agreed, &w->options,
		    r->began);
		return;
	}
	merge_hear(&s->copy, &r->shown, &w->agreed, &w->options, r->began,
	    w->point + 1, &outcome);
	if (outcome.settled)
		w->point++;
	TELL(w, "server %u: heard %s%s, base %s version %lld; agreed %s "
	    "version %lld\n", i, in_words(&r->shown),
	    outcome.stale ? " (too old)" : outcome.quiet ? " (quiet)" :
	    outcome.conflict ? " (conflict)" : "", in_words(&s->copy.base),
	    (long long)s->copy.versions.play, in_words(&w->agreed.userdata),
	    (long long)w->agreed.versions.play);
	if (outcome.stale)
		return;
	if (before.has_asked && !s->copy.has_asked && outcome.quiet)
		before.base = before.asked;
	/* Acts that cancelled each other out: nobody can see them. */
	if (before.has_base && userdata_play_equal(&r->shown, &before.base))
		w->revoked |= r->known & ~w->known;
	w->known |= r->known;
	merge_project(&w->agreed, &s->copy, &w->options, &projected);
	if (!userdata_play_equal(&projected, &s->copy.base))
		return;
	/* It shows what is agreed, and showed it to who has unmarked it. */
	s->known |= r->agreed_known;
	if (s->unmarks != r->unmarks)
		w->revoked |= r->agreed_known;
}

static void
hear_now(struct pure *w, uint32_t i)
{
	struct reading now;

	begin_reading(w, i, &now);
	hear_reading(w, i, &now);
}

/* As the writer and the fetcher do it; true if something was sent. */
static bool
write_copy(struct pure *w, uint32_t i, enum lost lost)
{
	struct site *s = &w->sites[i];
	struct userdata wanted;

	if (s->copy.has_asked) {		/* look first */
		hear_now(w, i);
		s->copy.has_asked = false;
	}
	if (!s->copy.has_base ||
	    !merge_owed(&w->agreed, &s->copy, &w->options, &wanted) ||
	    !userdata_equal(&s->shown, &s->copy.base)) {
		hear_now(w, i);
		return false;
	}
	check_held(w, i, &wanted);
	TELL(w, "server %u: to be written: %s -> %s%s\n", i,
	    in_words(&s->shown), in_words(&wanted), lost == LOST_REQUEST ?
	    ", but the request is lost" : lost == LOST_ANSWER ?
	    ", but the answer is lost" : "");
	s->copy.has_asked = true;
	s->copy.asked = wanted;
	s->copy.asked_versions = w->agreed.versions;
	s->copy.settled = ++w->point;
	if (lost == LOST_REQUEST)
		return true;
	s->shown = wanted;
	s->known |= w->known;
	if (lost == LOST_NOTHING)
		merge_answered(&s->copy, &wanted, ++w->point);
	return true;
}

static void
make_world(struct pure *w, uint64_t seed)
{
	static const int64_t runtimes[] = { 100, 100, 100, 101, 130, 130 };
	struct site *s;
	uint32_t i;

	w->random = seed ^ 0x70757265;
	w->n = 2 + random_below(&w->random, SITES_MAX - 1);
	w->clock = 1;
	w->harmless = random_below(&w->random, 2) == 0;
	w->one_cut = random_below(&w->random, 2) == 0;
	w->options.fields = FIELD_ALL;
	if (random_below(&w->random, 16) == 0)
		w->options.fields = 1 + random_below(&w->random, FIELD_ALL);
	w->held_position[0] = true;
	w->held_date[0] = true;
	for (i = 0; i < w->n; i++) {
		s = &w->sites[i];
		s->before_12 = random_below(&w->random, 2) == 0;
		s->target = i >= 2 && random_below(&w->random, 8) == 0;
		s->copy.runtime = MINUTE *
		    runtimes[w->one_cut ? i : random_below(&w->random, 6)];
		TELL(w, "server %u: %s 12%s, runtime %lld min\n", i,
		    s->before_12 ? "before" : "from",
		    s->target ? ", a target" : "",
		    (long long)(s->copy.runtime / MINUTE));
		/* Half of the worlds begin with servers that never met. */
		if (w->harmless || seed % 4 == 0)
			hear_now(w, i);
	}
}

static void
take_step(struct pure *w, const struct step *step)
{
	uint32_t i = step->who % w->n;
	struct reading *r =
	    &w->sites[i].readings[step->who / w->n % READINGS_MAX];

	if (step->what < 350) {
		w->clock += step->how / ACT_COUNT % 3;
		act(w, i, (enum act)(step->how %
		    (w->harmless ? ACT_HARMLESS : ACT_COUNT)),
		    step->how / 64);
	} else if (step->what < 450) {
		if (!r->under_way) {
			TELL(w, "server %u: a reading begins\n", i);
			begin_reading(w, i, r);
		} else {
			hear_reading(w, i, r);
		}
	} else if (step->what < 600) {
		hear_now(w, i);
	} else if (step->what < 800) {
		write_copy(w, i, LOST_NOTHING);
	} else {
		write_copy(w, i, step->what < 900 ? LOST_REQUEST :
		    LOST_ANSWER);
	}
}

/* People are quiet; true if the last time round nothing was written. */
static bool
settle(struct pure *w)
{
	bool wrote = true;
	uint32_t i, k, round;

	for (i = 0; i < w->n; i++) {
		for (k = 0; k < READINGS_MAX; k++) {
			if (w->sites[i].readings[k].under_way)
				hear_reading(w, i, &w->sites[i].readings[k]);
		}
	}
	for (round = 0; round < SETTLE_MAX && wrote; round++) {
		wrote = false;
		for (i = 0; i < w->n; i++)
			hear_now(w, i);
		for (i = 0; i < w->n; i++)
			wrote = write_copy(w, i, LOST_NOTHING) || wrote;
	}
	return !wrote;
}

static void
judge_settled(struct pure *w)
{
	struct userdata projected;
	uint32_t i;

	for (i = 0; i < w->n; i++) {
		merge_project(&w->agreed, &w->sites[i].copy, &w->options,
		    &projected);
		if (!userdata_equal(&projected, &w->sites[i].shown))
			broken(w->verdict, CONVERGENCE,
			    "server %u has %s, it should have %s", i,
			    in_words(&w->sites[i].shown),
			    in_words(&projected));
	}
	if ((w->options.fields & FIELD_PLAYED) != 0 &&
	    (w->known & ~w->revoked) != 0 && !w->agreed.userdata.played)
		broken(w->verdict, NOTHING_LOST, "a play that nobody took "
		    "back is not agreed any more");
	if (w->options.fields != FIELD_ALL)
		return;
	if (w->unmarked && w->agreed.userdata.played)
		broken(w->verdict, NOTHING_LOST, "an unmark that knew of "
		    "everything is undone");
	if (w->agreed.userdata.play_count > w->added)
		broken(w->verdict, EXACTLY_ONCE, "%d plays, counted %d times",
		    w->added, w->agreed.userdata.play_count);
	if (w->harmless && !w->blind &&
	    w->agreed.userdata.play_count < w->added)
		broken(w->verdict, EXACTLY_ONCE, "%d plays, only %d counted",
		    w->added, w->agreed.userdata.play_count);
}

static uint32_t
somebody(struct pure *w)
{
	uint32_t i;

	do {
		i = random_below(&w->random, w->n);
	} while (w->sites[i].target);
	return i;
}

static void
all_played(struct pure *w, const char *why)
{
	uint32_t i;

	settle(w);
	for (i = 0; i < w->n; i++) {
		if (!w->sites[i].shown.played)
			broken(w->verdict, NOTHING_LOST, "%s: server %u", why,
			    i);
	}
}

static void
none_played(struct pure *w, const char *why)
{
	uint32_t i;

	settle(w);
	for (i = 0; i < w->n; i++) {
		if (w->sites[i].shown.played)
			broken(w->verdict, NOTHING_LOST, "%s: server %u", why,
			    i);
	}
}

/* Copies of another cut keep their own position. */
static void
all_at(struct pure *w, int64_t position, const char *why)
{
	struct userdata projected;
	uint32_t i;

	settle(w);
	if (w->agreed.userdata.position != position)
		broken(w->verdict, NOTHING_LOST, "%s: it is not agreed", why);
	for (i = 0; i < w->n; i++) {
		merge_project(&w->agreed, &w->sites[i].copy, &w->options,
		    &projected);
		if (w->sites[i].shown.position != projected.position)
			broken(w->verdict, NOTHING_LOST, "%s: server %u", why,
			    i);
	}
}

/* Everybody knows everything: each of these acts must now go everywhere. */
static void
judge_later_acts(struct pure *w)
{
	static const enum act plays[] = { ACT_FINISH, ACT_MARK,
	    ACT_MARK_DATED };
	uint32_t i, k;

	w->clock += 2;
	act(w, somebody(w), plays[random_below(&w->random, 3)], 0);
	all_played(w, "a play is lost");
	w->clock += 2;
	act(w, somebody(w), ACT_START, 0);
	all_played(w, "a rewatch has unmarked");

	w->clock += 2;
	i = somebody(w);
	act(w, i, ACT_START, 0);
	for (k = 0; k < 3; k++) {	/* nothing is written while it plays */
		act(w, i, ACT_PROGRESS, random_below(&w->random, 100));
		hear_now(w, i);
		if (w->agreed.userdata.position != w->sites[i].shown.position)
			broken(w->verdict, NOTHING_LOST,
			    "the position of a rewatch is lost");
	}
	all_played(w, "a rewatch has unmarked");
	all_at(w, w->sites[i].shown.position, "a position is lost");

	w->clock += 2;
	act(w, somebody(w), ACT_UNMARK, 0);
	none_played(w, "an unmark is lost");

	w->clock += 2;
	i = somebody(w);
	act(w, i, ACT_FINISH, 0);
	hear_now(w, i);
	for (k = 0; k < w->n; k++) {
		if (k != i)
			write_copy(w, k, LOST_ANSWER);
	}
	act(w, i, ACT_UNMARK, 0);
	hear_now(w, i);
	none_played(w, "an unmark is undone by our own writes");

	w->clock += 2;
	i = somebody(w);
	act(w, i, ACT_PARTIAL, random_below(&w->random, 100));
	all_at(w, w->sites[i].shown.position, "a position is lost");
}

/*
 * Some acts on each copy, and then every order of hearing.  Only in worlds of
 * one cut: of two positions with the same date in two cuts nobody can say
 * which is that of the play, and the first one heard has said it.
 */
static void
judge_orders(struct pure *w)
{
	struct pure start, first;
	uint32_t order, left, i, k, m, n_orders = 1;
	uint32_t rest[SITES_MAX];
	FILE *trace = w->trace;

	w->clock += 2;
	for (i = 0; i < w->n; i++) {
		n_orders *= i + 1;
		for (k = random_below(&w->random, 4); k > 0; k--) {
			w->clock++;
			act(w, i, (enum act)random_below(&w->random,
			    ACT_COUNT), random_below(&w->random, 100));
		}
	}
	start = *w;
	for (order = 0; order < n_orders; order++) {
		*w = start;
		for (i = 0; i < w->n; i++)
			rest[i] = i;
		for (k = order, left = w->n; left > 0; left--) {
			m = k % left;
			k /= left;
			hear_now(w, rest[m]);
			memmove(&rest[m], &rest[m + 1],
			    (left - m - 1) * sizeof(rest[0]));
		}
		TELL(w, "order %u: agreed %s\n", order,
		    in_words(&w->agreed.userdata));
		if (order == 0)
			first = *w;
		else if (!userdata_equal(&w->agreed.userdata,
		    &first.agreed.userdata))
			broken(w->verdict, ORDER_INDEPENDENCE,
			    "%s in one order, %s in another",
			    in_words(&first.agreed.userdata),
			    in_words(&w->agreed.userdata));
	}
	w->trace = trace;
}

static void
pure_run(const struct history *history, struct verdict *verdict, FILE *trace)
{
	struct pure w;
	size_t i;

	memset(&w, 0, sizeof(w));
	w.verdict = verdict;
	w.trace = trace;
	make_world(&w, history->seed);
	for (i = 0; i < history->n; i++)
		take_step(&w, &history->steps[i]);
	TELL(&w, "people are quiet now\n");
	if (!settle(&w))
		broken(verdict, QUIESCENCE, "there is still something to "
		    "write after %d rounds", SETTLE_MAX);
	judge_settled(&w);
	if (verdict->broken || w.options.fields != FIELD_ALL)
		return;
	TELL(&w, "and later\n");
	judge_later_acts(&w);
	if (!verdict->broken && w.one_cut)
		judge_orders(&w);
}
