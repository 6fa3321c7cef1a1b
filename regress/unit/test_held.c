/*
 * The guard, on the store: what would take back much is held, for a person to
 * decide.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "films.h"
#include "guard.h"

static const struct userdata favorite = { .favorite = true };
static const struct userdata favorite_played = { .favorite = true,
    .played = true, .play_count = 1, .last_played = 100 };

#define HELD_FILMS	5

/* A person has played five films on server 0, which everybody knows. */
static void
five_played_films(struct fixture *f)
{
	static const struct film films[] = { { 1, 1, 1 }, { 2, 2, 2 },
	    { 3, 3, 3 }, { 4, 4, 4 }, { 5, 5, 5 }, { 0, 0, 0 } };
	struct message_write batch;
	unsigned n;
	int i;

	for (i = 0; i < SERVERS; i++)
		list(f, i, films);
	for (n = 1; n <= HELD_FILMS; n++)
		hear_it(f, 0, n, played);
	assert_int_equal(batch_of(f, 1, &batch), HELD_FILMS);
	for (n = 1; n <= HELD_FILMS; n++)
		answer(f, 1, n, WRITE_DONE, played);
}

/* Three of these are unmarked on server 0, one more than it may. */
static void
three_are_held(struct fixture *f)
{
	unsigned n;

	for (n = 1; n <= 3; n++)
		hear_it(f, 0, n, untouched);
	decide(f, 0);
}

static void
approve(struct fixture *f)
{
	while (guard_approve(f->store, &all_fields, f->endpoints[0], f->now,
	    &f->counts) > 0)
		;
}

static void
discard(struct fixture *f)
{
	while (guard_discard(f->store, &all_fields, f->endpoints[0], f->now,
	    &f->counts) > 0)
		;
}

static int64_t
played_films(struct fixture *f)
{
	return count(f, "SELECT count(*) FROM agreed WHERE played");
}

static void
test_few_are_taken_back(void **state)
{
	struct fixture *f = *state;

	five_played_films(f);
	hear_it(f, 0, 1, untouched);
	hear_it(f, 0, 2, untouched);
	/* Nothing is concluded before all of it has been read. */
	assert_int_equal(played_films(f), HELD_FILMS);
	assert_true(copy_of(f, 0, 1).held);
	assert_base(f, 0, 1, &played);
	decide(f, 0);
	assert_int_equal(played_films(f), HELD_FILMS - 2);
	assert_false(copy_of(f, 0, 1).held);
	assert_int_equal(copy_of(f, 1, 1).need, NEED_WRITE);
}

static void
test_many_are_held(void **state)
{
	struct fixture *f = *state;

	five_played_films(f);
	three_are_held(f);
	assert_int_equal(played_films(f), HELD_FILMS);
	assert_int_equal(copy_of(f, 0, 1).need, NEED_NONE);
	/* Seen again it is no news, and decided on it is not. */
	hear_it(f, 0, 1, untouched);
	decide(f, 0);
	assert_int_equal(played_films(f), HELD_FILMS);
	/* What was taken back itself is not held any more. */
	hear_it(f, 0, 1, played);
	assert_false(copy_of(f, 0, 1).held);
	assert_int_equal(count(f, "SELECT count(*) FROM held"), 2);
	/* Everything else goes on. */
	hear_it(f, 0, 4, favorite_played);
	assert_true(copy_of(f, 1, 4).need == NEED_WRITE);
	/* Of another endpoint nothing is held. */
	hear_it(f, 1, 5, untouched);
	decide(f, 1);
	assert_int_equal(played_films(f), HELD_FILMS - 1);
	approve(f);
	assert_int_equal(played_films(f), HELD_FILMS - 3);
}

static void
test_discard_gives_back(void **state)
{
	struct fixture *f = *state;
	struct message_write batch;

	five_played_films(f);
	three_are_held(f);
	discard(f);
	assert_int_equal(played_films(f), HELD_FILMS);
	assert_int_equal(copy_of(f, 0, 1).need, NEED_WRITE);
	assert_int_equal(batch_of(f, 0, &batch), 3);
	assert_true(userdata_equal(&batch.writes[0].expected, &untouched));
	assert_true(userdata_equal(&batch.writes[0].wanted, &played));
}

/* The guard counts over an hour, not over one reading. */
static void
test_a_few_at_a_time(void **state)
{
	struct fixture *f = *state;

	five_played_films(f);
	hear_it(f, 0, 1, untouched);
	hear_it(f, 0, 2, untouched);
	decide(f, 0);
	hear_it(f, 0, 3, untouched);
	decide(f, 0);
	assert_int_equal(played_films(f), HELD_FILMS - 2);
	f->now += 3601;
	hear_it(f, 0, 4, untouched);
	decide(f, 0);
	assert_int_equal(played_films(f), HELD_FILMS - 3);
}

static void
test_changed_is_an_observation(void **state)
{
	static const struct userdata favorite_again = { .favorite = true,
	    .played = true, .play_count = 1, .last_played = 200 };
	struct fixture *f = *state;
	struct message_write batch;

	one_film_everywhere(f);
	hear_it(f, 1, 1, favorite);
	hear_it(f, 0, 1, played);
	batch_of(f, 1, &batch);
	answer(f, 1, 1, WRITE_CHANGED, favorite_again);
	assert_base(f, 1, 1, &favorite_again);
	assert_int_equal(agreed_of(f, 1, 1).agreed.userdata.play_count, 2);
	assert_int_equal(copy_of(f, 1, 1).need, NEED_WRITE);
	assert_int_equal(copy_of(f, 0, 1).need, NEED_WRITE);
}

/* A word is a word: what comes after it is counted by itself. */
static void
test_approved_counts_no_more(void **state)
{
	struct fixture *f = *state;

	five_played_films(f);
	three_are_held(f);
	assert_int_equal(played_films(f), HELD_FILMS);
	approve(f);
	assert_int_equal(played_films(f), HELD_FILMS - 3);
	hear_it(f, 0, 4, untouched);
	decide(f, 0);
	assert_int_equal(played_films(f), HELD_FILMS - 4);
}

/* What is played meanwhile is one play more than there were. */
static void
test_played_while_held(void **state)
{
	static const struct userdata later = { .played = true,
	    .play_count = 1, .last_played = 500 };
	static const struct userdata twice = { .played = true,
	    .play_count = 2, .last_played = 300 };
	static const struct userdata all = { .played = true,
	    .play_count = 3, .last_played = 500 };
	struct fixture *f = *state;
	struct message_write batch;

	five_played_films(f);
	hear_it(f, 0, 1, twice);
	three_are_held(f);
	hear_it(f, 0, 1, later);
	assert_true(copy_of(f, 0, 1).held);
	discard(f);
	assert_agreed(f, 1, &all);
	assert_agreed(f, 2, &played);
	assert_int_equal(batch_of(f, 0, &batch), 3);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_few_are_taken_back),
		TEST(test_many_are_held),
		TEST(test_discard_gives_back),
		TEST(test_a_few_at_a_time),
		TEST(test_changed_is_an_observation),
		TEST(test_approved_counts_no_more),
		TEST(test_played_while_held)
	};

	return cmocka_run_group_tests_name("held", tests, NULL, NULL);
}
