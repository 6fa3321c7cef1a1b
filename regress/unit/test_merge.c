/*
 * merge: a row for every rule of sync-model.md, "Merge" and "What a copy
 * should hold", by its name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "merge.h"
#include "message.h"
#include "text.h"

#define MINUTE		(60 * TICKS_PER_SECOND)

/* played, position, count, date, favourite */
#define U(p, at, n, d, f)						\
	{ .played = (p), .position = (at), .play_count = (n),		\
	  .last_played = (d), .favorite = (f) }
#define UNTOUCHED	U(0, 0, 0, 0, 0)

#define UP		{ 10, 10 }	/* to what is agreed at 10 */
#define BEHIND		{ 5, 5 }
#define BEGAN		20
#define NOW		21

enum flag {
	QUIET = 1, PLAY = 2, FAVORITE = 4, CONFLICT = 8, CURRENT_LOST = 16,
	AGREED_LOST = 32, STALE = 64
};

struct row {
	const char	*name;
	struct copy	 copy;
	struct userdata	 current;
	struct userdata	 agreed;
	struct userdata	 expected;
	unsigned	 flags;
	bool		 follow;	/* rewatch_follow */
};

#define KNOWN(v, ...)	{ .has_base = true, .versions = v, .base = __VA_ARGS__ }
#define NEVER_HEARD	{ .has_base = false }
#define ASKED(v, b, ...) { .has_base = true, .versions = v, .base = b,	\
	.has_asked = true, .asked_versions = UP, .asked = __VA_ARGS__ }

static const struct row rows[] = {
	/* Nothing, fast forward. */
	{ "a copy that equals its base does not vote, however new its date",
	  KNOWN(BEHIND, U(0, 5, 1, 900, 0)), U(0, 5, 1, 900, 0),
	  U(1, 0, 2, 100, 0), U(1, 0, 2, 100, 0), QUIET, false },
	{ "fast forward: a first play",
	  KNOWN(UP, UNTOUCHED), U(1, 0, 1, 100, 0),
	  UNTOUCHED, U(1, 0, 1, 100, 0), PLAY, false },
	{ "fast forward looks at no date",
	  KNOWN(UP, U(1, 0, 1, 900, 0)), U(1, 7, 2, 100, 0),
	  U(1, 0, 1, 900, 0), U(1, 7, 2, 100, 0), PLAY, false },
	{ "fast forward: an unmark travels, and the count falls",
	  KNOWN(UP, U(1, 0, 3, 100, 1)), U(0, 0, 0, 0, 1),
	  U(1, 0, 3, 100, 1), U(0, 0, 0, 0, 1), PLAY, false },
	{ "fast forward: an unmark with the count kept travels",
	  KNOWN(UP, U(1, 0, 3, 100, 0)), U(0, 0, 3, 100, 0),
	  U(1, 0, 3, 100, 0), U(0, 0, 3, 100, 0), PLAY, false },
	{ "the favourite moves without the play group",
	  KNOWN(BEHIND, U(0, 0, 0, 0, 0)), U(0, 0, 0, 0, 1),
	  U(1, 0, 1, 100, 0), U(1, 0, 1, 100, 1), FAVORITE, false },
	{ "the favourite is current's also in a conflict: taken back",
	  KNOWN(BEHIND, U(0, 0, 0, 0, 1)), U(0, 0, 0, 0, 0),
	  U(1, 0, 1, 100, 1), U(1, 0, 1, 100, 0), FAVORITE, false },
	{ "the play group moves without the favourite",
	  KNOWN(UP, U(0, 0, 0, 0, 0)), U(1, 0, 1, 100, 0),
	  U(0, 0, 0, 0, 1), U(1, 0, 1, 100, 1), PLAY, false },

	/* Unmark, rewatch. */
	{ "a rewatch keeps played",
	  KNOWN(UP, U(1, 0, 1, 100, 0)), U(0, 0, 2, 200, 0),
	  U(1, 0, 1, 100, 0), U(1, 0, 2, 200, 0), PLAY, false },
	{ "a rewatch takes the new position",
	  KNOWN(UP, U(1, 0, 1, 100, 0)), U(0, 40, 2, 200, 0),
	  U(1, 0, 1, 100, 0), U(1, 40, 2, 200, 0), PLAY, false },
	{ "a rewatch unmarks where it is to be followed",
	  KNOWN(UP, U(1, 0, 1, 100, 0)), U(0, 0, 2, 200, 0),
	  U(1, 0, 1, 100, 0), U(0, 0, 2, 200, 0), PLAY, true },
	{ "unmark and restart: a new date, but the count fell",
	  KNOWN(UP, U(1, 0, 3, 100, 0)), U(0, 40, 1, 200, 0),
	  U(1, 0, 3, 100, 0), U(0, 40, 1, 200, 0), PLAY, false },

	/* Conflict. */
	{ "an unmark loses against a play that it did not know of",
	  KNOWN(BEHIND, U(1, 0, 1, 100, 0)), U(0, 0, 0, 0, 0),
	  U(1, 0, 2, 200, 0), U(1, 0, 2, 200, 0),
	  PLAY | CONFLICT | CURRENT_LOST, false },
	{ "played wins from the copy's side",
	  KNOWN(BEHIND, UNTOUCHED), U(1, 0, 1, 300, 0),
	  U(0, 40, 1, 200, 0), U(1, 0, 2, 300, 0),
	  PLAY | CONFLICT | AGREED_LOST, false },
	{ "the position is that of the side played later: current's",
	  KNOWN(BEHIND, U(0, 5, 1, 100, 0)), U(0, 40, 2, 300, 0),
	  U(0, 60, 2, 200, 0), U(0, 40, 3, 300, 0),
	  PLAY | CONFLICT | AGREED_LOST, false },
	{ "the position is that of the side played later: agreed's",
	  KNOWN(BEHIND, U(0, 5, 1, 100, 0)), U(0, 40, 2, 200, 0),
	  U(0, 60, 2, 300, 0), U(0, 60, 3, 300, 0),
	  PLAY | CONFLICT | CURRENT_LOST, false },
	{ "in the same second: who moved since base, current",
	  KNOWN(BEHIND, U(0, 50, 1, 100, 0)), U(0, 20, 1, 100, 0),
	  U(0, 50, 1, 100, 0), U(0, 20, 1, 100, 0),
	  PLAY | CONFLICT | AGREED_LOST, false },
	{ "in the same second: who moved since base, agreed",
	  KNOWN(BEHIND, U(0, 50, 1, 100, 0)), U(0, 50, 2, 100, 0),
	  U(0, 20, 1, 100, 0), U(0, 20, 2, 100, 0),
	  PLAY | CONFLICT | CURRENT_LOST, false },
	{ "in the same second, both moved: the finished side, current",
	  KNOWN(BEHIND, U(0, 50, 1, 100, 0)), U(1, 0, 1, 100, 0),
	  U(0, 70, 1, 100, 0), U(1, 0, 1, 100, 0),
	  PLAY | CONFLICT | AGREED_LOST, false },
	{ "in the same second, both moved: the finished side, agreed",
	  KNOWN(BEHIND, U(0, 50, 1, 100, 0)), U(0, 70, 1, 100, 0),
	  U(1, 0, 1, 100, 0), U(1, 0, 1, 100, 0),
	  PLAY | CONFLICT | CURRENT_LOST, false },
	{ "in the same second, both moved, none finished: the greater",
	  KNOWN(BEHIND, U(0, 50, 1, 100, 0)), U(0, 70, 1, 100, 0),
	  U(0, 60, 1, 100, 0), U(0, 70, 1, 100, 0),
	  PLAY | CONFLICT | AGREED_LOST, false },
	{ "two first plays on two servers count as two",
	  KNOWN({ 0 }, UNTOUCHED), U(1, 0, 1, 200, 0),
	  U(1, 0, 1, 100, 0), U(1, 0, 2, 200, 0), PLAY | CONFLICT, false },
	{ "the count: current's, where that is greater",
	  KNOWN(BEHIND, U(1, 0, 8, 100, 0)), U(1, 0, 9, 200, 0),
	  U(1, 0, 2, 150, 0), U(1, 0, 9, 200, 0), PLAY | CONFLICT, false },
	{ "a count that fell takes nothing away",
	  KNOWN(BEHIND, U(1, 0, 8, 100, 0)), U(1, 0, 1, 100, 0),
	  U(1, 0, 9, 150, 0), U(1, 0, 9, 150, 0), PLAY | CONFLICT, false },
	{ "the count does not wrap",
	  KNOWN(BEHIND, U(1, 0, 0, 100, 0)), U(1, 0, INT32_MAX, 100, 0),
	  U(1, 0, 9, 100, 0), U(1, 0, INT32_MAX, 100, 0), PLAY | CONFLICT,
	  false },
	{ "a date beats none: agreed's",
	  KNOWN(BEHIND, U(0, 0, 1, 100, 0)), U(1, 0, 1, 0, 0),
	  U(0, 0, 1, 100, 0), U(1, 0, 1, 100, 0), PLAY | CONFLICT |
	  AGREED_LOST, false },
	{ "a date beats none: current's",
	  KNOWN(BEHIND, U(0, 0, 0, 0, 0)), U(1, 0, 1, 100, 0),
	  U(1, 0, 1, 0, 0), U(1, 0, 2, 100, 0), PLAY | CONFLICT, false },

	/* First contact. */
	{ "first contact: the default state takes nothing away",
	  NEVER_HEARD, UNTOUCHED,
	  U(1, 0, 2, 100, 1), U(1, 0, 2, 100, 1), QUIET, false },
	{ "union: played and favourite if either is",
	  NEVER_HEARD, U(0, 0, 1, 50, 1),
	  U(1, 0, 2, 100, 0), U(1, 0, 2, 100, 1), PLAY | FAVORITE, false },
	{ "union: the greater count, not the sum",
	  NEVER_HEARD, U(1, 0, 3, 50, 0),
	  U(1, 0, 2, 100, 0), U(1, 0, 3, 100, 0), PLAY | FAVORITE, false },
	{ "union: the position of the side played later",
	  NEVER_HEARD, U(0, 40, 1, 200, 0),
	  U(0, 60, 1, 100, 0), U(0, 40, 1, 200, 0), PLAY | FAVORITE, false },
	{ "union: an older position loses",
	  NEVER_HEARD, U(0, 40, 1, 50, 0),
	  U(0, 60, 1, 100, 0), U(0, 60, 1, 100, 0), PLAY | FAVORITE, false },
	{ "union in the same second: the finished side",
	  NEVER_HEARD, U(1, 0, 1, 100, 0),
	  U(0, 60, 1, 100, 0), U(1, 0, 1, 100, 0), PLAY | FAVORITE, false },

	/* A write without an answer. */
	{ "a reading that equals asked is our own write",
	  ASKED(BEHIND, UNTOUCHED, U(1, 0, 1, 100, 0)), U(1, 0, 1, 100, 0),
	  U(1, 0, 1, 100, 0), U(1, 0, 1, 100, 0), QUIET, false },
	{ "a reading that equals base: it has not arrived",
	  ASKED(UP, UNTOUCHED, U(1, 0, 1, 100, 0)), UNTOUCHED,
	  U(1, 0, 1, 100, 0), U(1, 0, 1, 100, 0), QUIET, false },
	{ "neither: a conflict, the count only above the greater of both",
	  ASKED(UP, UNTOUCHED, U(1, 0, 2, 100, 0)), U(1, 0, 3, 200, 0),
	  U(1, 0, 2, 100, 0), U(1, 0, 3, 200, 0), PLAY | CONFLICT, false },
	{ "neither: it cannot unmark",
	  ASKED(UP, U(1, 0, 1, 100, 0), U(1, 0, 2, 200, 0)), UNTOUCHED,
	  U(1, 0, 2, 200, 0), U(1, 0, 2, 200, 0),
	  PLAY | CONFLICT | CURRENT_LOST, false },
	{ "neither: the favourite stays where base and asked differ",
	  ASKED(UP, U(0, 0, 0, 0, 0), U(1, 0, 1, 100, 1)),
	  U(1, 0, 2, 200, 0), U(1, 0, 1, 100, 1), U(1, 0, 2, 200, 1),
	  PLAY | CONFLICT, false },
	{ "neither: the favourite moves where base and asked have the same",
	  ASKED(UP, U(0, 0, 0, 0, 0), U(1, 0, 1, 100, 0)),
	  U(1, 0, 2, 200, 1), U(1, 0, 1, 100, 0), U(1, 0, 2, 200, 1),
	  PLAY | FAVORITE | CONFLICT, false },

	/* A reading that was asked for before its base was known. */
	{ "what is older than the base is passed over",
	  { .has_base = true, .versions = UP, .base = U(1, 0, 1, 100, 0),
	    .settled = BEGAN + 1 }, UNTOUCHED,
	  U(1, 0, 1, 100, 0), U(1, 0, 1, 100, 0), STALE, false },
	{ "what is as new as the base is heard",
	  { .has_base = true, .versions = UP, .base = U(1, 0, 1, 100, 0),
	    .settled = BEGAN }, UNTOUCHED,
	  U(1, 0, 1, 100, 0), UNTOUCHED, PLAY, false },
};

static const struct merge_options keep = { .fields = FIELD_ALL };

static unsigned
flags_of(const struct merge_outcome *o)
{
	return (o->quiet ? QUIET : 0) | (o->play_heard ? PLAY : 0) |
	    (o->favorite_heard ? FAVORITE : 0) |
	    (o->conflict ? CONFLICT : 0) |
	    (o->current_lost ? CURRENT_LOST : 0) |
	    (o->agreed_lost ? AGREED_LOST : 0) | (o->stale ? STALE : 0);
}

static void
check_userdata(const char *name, const struct userdata *is,
    const struct userdata *expected)
{
	if (userdata_equal(is, expected))
		return;
	print_error("%s: {%d, %lld, %d, %lld, %d}, not {%d, %lld, %d, %lld, "
	    "%d}\n", name, is->played, (long long)is->position,
	    is->play_count, (long long)is->last_played, is->favorite,
	    expected->played, (long long)expected->position,
	    expected->play_count, (long long)expected->last_played,
	    expected->favorite);
	fail();
}

static void
test_rules(void **state)
{
	struct merge_options options = keep;
	struct merge_outcome outcome;
	struct agreed agreed;
	struct copy copy;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];

		options.rewatch_follow = row->follow;
		copy = row->copy;
		agreed = (struct agreed){ row->agreed, 0, UP };
		merge_hear(&copy, &row->current, &agreed, &options, BEGAN,
		    NOW, &outcome);
		check_userdata(row->name, &agreed.userdata, &row->expected);
		if (flags_of(&outcome) != row->flags)
			fail_msg("%s: flags 0x%x, not 0x%x", row->name,
			    flags_of(&outcome), row->flags);
		if (!outcome.stale)
			check_userdata(row->name, &copy.base, &row->current);
		assert_int_equal(agreed.versions.play,
		    row->flags & PLAY ? NOW : 10);
		assert_int_equal(agreed.versions.favorite,
		    row->flags & FAVORITE ? NOW : 10);
	}
}

/* Hears one thing; returns the copy. */
static struct copy
hear_one(struct copy copy, struct userdata current, struct agreed *agreed,
    int64_t began)
{
	struct merge_outcome outcome;

	merge_hear(&copy, &current, agreed, &keep, began, NOW, &outcome);
	return copy;
}

static void
test_versions(void **state)
{
	const struct userdata played = U(1, 0, 1, 100, 0);
	const struct userdata untouched = UNTOUCHED;
	struct copy copy = KNOWN(BEHIND, U(1, 0, 1, 100, 0));
	struct agreed agreed = { played, 0, UP };

	(void)state;
	/* A quiet copy shows what was agreed when it was looked at. */
	copy = hear_one(copy, played, &agreed, 9);
	assert_int_equal(copy.versions.play, 9);
	copy = hear_one(copy, played, &agreed, 15);
	assert_int_equal(copy.versions.play, 15);
	/* An older look takes nothing back. */
	copy = hear_one(copy, played, &agreed, 12);
	assert_int_equal(copy.versions.play, 15);

	/* What differs from agreed is behind, whatever the points say. */
	copy.base = untouched;
	copy.versions.play = VERSION_STALE;
	copy = hear_one(copy, untouched, &agreed, BEGAN);
	assert_int_equal(copy.versions.play, VERSION_STALE);

	/* A fast forward is up to itself. */
	copy.base = played;
	copy.versions = agreed.versions;
	copy = hear_one(copy, untouched, &agreed, BEGAN);
	assert_int_equal(copy.versions.play, NOW);
	assert_int_equal(copy.settled, NOW);

	/* Not so what was agreed only after this reading was asked for. */
	agreed = (struct agreed){ played, 0, { 19, 19 } };
	copy = (struct copy){ .has_base = true, .versions = BEHIND };
	copy = hear_one(copy, (struct userdata)U(1, 0, 1, 100, 0), &agreed,
	    BEGAN);
	assert_int_equal(agreed.userdata.play_count, 2);
	copy = (struct copy){ .has_base = false };
	agreed = (struct agreed){ played, 0, { 19, 19 } };
	assert_int_equal(hear_one(copy, played, &agreed, 18).versions.play,
	    18);
	agreed = (struct agreed){ played, 0, { 19, 19 } };
	assert_int_equal(hear_one(copy, played, &agreed, 19).versions.play,
	    NOW);
}

static void
test_project(void **state)
{
	struct agreed agreed = { U(0, 40, 2, 200, 1), 100 * MINUTE, UP };
	struct copy copy = KNOWN(UP, U(1, 7, 1, 100, 0));
	struct merge_options options = keep;
	struct userdata to;

	(void)state;
	copy.runtime = 101 * MINUTE;
	merge_project(&agreed, &copy, &keep, &to);
	check_userdata("within 60 s", &to, &agreed.userdata);
	copy.runtime = 99 * MINUTE - 1;
	merge_project(&agreed, &copy, &keep, &to);
	check_userdata("another cut keeps its position", &to,
	    &(struct userdata)U(0, 7, 2, 200, 1));
	agreed.userdata.played = true;
	agreed.userdata.position = 0;
	merge_project(&agreed, &copy, &keep, &to);
	check_userdata("a finished work is at 0 in every cut", &to,
	    &(struct userdata)U(1, 0, 2, 200, 1));
	options.fields = FIELD_PLAYED;
	merge_project(&agreed, &copy, &options, &to);
	check_userdata("fields left out keep the copy's value", &to,
	    &(struct userdata)U(1, 7, 1, 100, 0));
	assert_false(merge_owed(&agreed, &copy, &options, &to));
	assert_true(merge_owed(&agreed, &copy, &keep, &to));
}

static void
test_position_has_its_runtime(void **state)
{
	struct copy copy = KNOWN(BEHIND, UNTOUCHED);
	struct agreed agreed = { U(0, 60, 1, 300, 0), 100 * MINUTE, UP };

	(void)state;
	copy.runtime = 130 * MINUTE;
	hear_one(copy, (struct userdata)U(0, 40, 1, 200, 0), &agreed, BEGAN);
	assert_int_equal(agreed.runtime, 100 * MINUTE);
	hear_one(copy, (struct userdata)U(0, 40, 1, 400, 0), &agreed, BEGAN);
	assert_int_equal(agreed.runtime, 130 * MINUTE);
}

static void
test_asked(void **state)
{
	const struct userdata asked = U(1, 0, 1, 100, 0);
	const struct userdata other = U(1, 0, 1, 99, 0);
	const struct userdata untouched = UNTOUCHED;
	struct copy copy = ASKED({ 0 }, UNTOUCHED, U(1, 0, 1, 100, 0));
	struct agreed agreed = { asked, 0, UP };
	struct copy heard;

	(void)state;
	heard = hear_one(copy, asked, &agreed, 5);
	assert_false(heard.has_asked);
	assert_int_equal(heard.versions.play, 10);
	assert_int_equal(heard.settled, NOW);
	heard = hear_one(copy, untouched, &agreed, BEGAN);
	assert_true(heard.has_asked);
	merge_answered(&copy, &other, NOW);
	check_userdata("the base is what was answered", &copy.base, &other);
	assert_false(copy.has_asked);
	assert_int_equal(copy.versions.play, 10);
	assert_int_equal(copy.settled, NOW);
}

static void
test_target(void **state)
{
	const struct userdata played = U(1, 0, 1, 100, 0);
	struct agreed agreed = { UNTOUCHED, 0, UP };
	struct copy copy = KNOWN(UP, UNTOUCHED);
	struct userdata wanted;

	(void)state;
	merge_note(&copy, &played, &agreed, &keep, BEGAN);
	check_userdata("noted", &copy.base, &played);
	assert_true(merge_owed(&agreed, &copy, &keep, &wanted));
	check_userdata("made to follow", &wanted, &agreed.userdata);
}

static void
test_union(void **state)
{
	struct agreed a = { U(1, 0, 2, 100, 0), 100, UP };
	const struct agreed b = { U(0, 40, 1, 200, 1), 130, UP };

	(void)state;
	merge_union(&a, &b);
	check_userdata("two works that become one", &a.userdata,
	    &(struct userdata)U(1, 40, 2, 200, 1));
	assert_int_equal(a.runtime, 130);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_project),
		cmocka_unit_test(test_position_has_its_runtime),
		cmocka_unit_test(test_asked),
		cmocka_unit_test(test_target),
		cmocka_unit_test(test_union)
	};

	return cmocka_run_group_tests_name("merge", tests, NULL, NULL);
}
