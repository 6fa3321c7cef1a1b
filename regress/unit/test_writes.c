/*
 * Writes: what is made of answers that got lost, of writes that come late or
 * are refused, and of those that their server undoes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "films.h"
#include "outcome.h"

static const struct userdata finished = { .played = true, .play_count = 2,
    .last_played = 100 };
static const struct userdata favorite = { .favorite = true };
static const struct userdata favorite_played = { .favorite = true,
    .played = true, .play_count = 1, .last_played = 100 };

static void
test_lost_answer(void **state)
{
	struct fixture *f = *state;
	struct message_write batch;
	int64_t items[4], began;

	one_film_everywhere(f);
	hear_it(f, 0, 1, played);
	began = store_point(f->store);
	batch_of(f, 1, &batch);
	batch_of(f, 2, &batch);
	/* A reading from before it was asked says nothing of the write. */
	hear(f->store, &all_fields, f->endpoints[1], item_of(f, 1, 1),
	    &favorite, began, f->now, &f->counts);
	assert_true(copy_of(f, 1, 1).copy.has_asked);
	answer(f, 1, 1, WRITE_FAILED, untouched);
	answer(f, 2, 1, WRITE_FAILED, untouched);
	assert_true(copy_of(f, 1, 1).copy.has_asked);
	assert_int_equal(store_asked(f->store, f->endpoints[1], 0, items, 4),
	    1);
	/* Not before its time. */
	assert_int_equal(store_asked_needed(f->store, f->endpoints[1], f->now,
	    items, 4), 0);
	f->now += 60;
	assert_int_equal(store_asked_needed(f->store, f->endpoints[1], f->now,
	    items, 4), 1);
	/* It has arrived on one, and not on the other. */
	outcome_read(f->store, &all_fields, f->endpoints[1], item_of(f, 1, 1),
	    &played, store_point(f->store), f->now, &f->counts);
	outcome_read(f->store, &all_fields, f->endpoints[2], item_of(f, 2, 1),
	    &untouched, store_point(f->store), f->now, &f->counts);
	assert_int_equal(copy_of(f, 1, 1).need, NEED_NONE);
	assert_int_equal(copy_of(f, 2, 1).need, NEED_WRITE);
	assert_true(copy_of(f, 2, 1).looked);
	assert_int_equal(store_asked_needed(f->store, f->endpoints[2],
	    f->now + 3600, items, 4), 0);
	assert_int_equal(f->counts.heard, 1);
	assert_int_equal(batch_of(f, 2, &batch), 1);
	/* Whichever of the two it is that arrives late, it is ours. */
	hear(f->store, &all_fields, f->endpoints[2], item_of(f, 2, 1), &played,
	    store_point(f->store), f->now, &f->counts);
	assert_int_equal(copy_of(f, 2, 1).need, NEED_NONE);
	assert_false(copy_of(f, 2, 1).copy.has_asked);
	assert_int_equal(f->counts.heard, 1);
}

static void
settle_it(struct fixture *f, int server, unsigned film,
    struct userdata userdata)
{
	outcome_read(f->store, &all_fields, f->endpoints[server],
	    item_of(f, server, film), &userdata, store_point(f->store), f->now,
	    &f->counts);
}

/* It was not there when somebody looked, and arrives while it is tried again:
 * whatever comes of that, it is ours. */
static void
test_late_arrival(void **state)
{
	static const enum write_result results[] = { WRITE_CHANGED,
	    WRITE_NOT_SENT, WRITE_FAILED, WRITE_PLAYING };
	struct fixture *f = *state;
	struct message_write batch;
	size_t i;

	one_film_everywhere(f);
	hear_it(f, 0, 1, played);
	assert_int_equal(batch_of(f, 1, &batch), 1);
	answer(f, 1, 1, WRITE_FAILED, untouched);
	for (i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
		f->now += 3600;
		settle_it(f, 1, 1, untouched);
		assert_int_equal(batch_of(f, 1, &batch), 1);
		answer(f, 1, 1, results[i], untouched);
		assert_true(copy_of(f, 1, 1).copy.has_asked);
	}
	hear_it(f, 1, 1, played);
	assert_int_equal(agreed_of(f, 0, 1).agreed.userdata.play_count, 1);
	assert_int_equal(copy_of(f, 1, 1).need, NEED_NONE);

	hear_it(f, 0, 1, finished);
	assert_int_equal(batch_of(f, 1, &batch), 1);
	answer(f, 1, 1, WRITE_FAILED, played);
	f->now += 3600;
	settle_it(f, 1, 1, played);
	assert_int_equal(batch_of(f, 1, &batch), 1);
	answer(f, 1, 1, WRITE_CHANGED, finished);
	assert_int_equal(agreed_of(f, 0, 1).agreed.userdata.play_count, 2);
	assert_int_equal(copy_of(f, 1, 1).need, NEED_NONE);
}

/* A write that failed, of what is owed no more: it is not asked for ever. */
static void
test_no_answer_and_not_owed(void **state)
{
	struct fixture *f = *state;
	struct message_write batch;
	int64_t items[4];

	one_film_everywhere(f);
	hear_it(f, 0, 1, played);
	assert_int_equal(batch_of(f, 1, &batch), 1);
	answer(f, 1, 1, WRITE_FAILED, untouched);
	f->now += 10;
	hear_it(f, 0, 1, untouched);
	decide(f, 0);
	assert_int_equal(copy_of(f, 1, 1).need, NEED_NONE);
	settle_it(f, 1, 1, untouched);
	f->now += 599;
	settle_it(f, 1, 1, untouched);
	assert_true(copy_of(f, 1, 1).copy.has_asked);
	f->now += 1;
	settle_it(f, 1, 1, untouched);
	assert_false(copy_of(f, 1, 1).copy.has_asked);
	assert_int_equal(store_asked(f->store, f->endpoints[1], 0, items, 4),
	    0);
}

static void
test_backoff_and_parking(void **state)
{
	struct fixture *f = *state;
	struct message_write batch;
	const struct userdata other = { .played = true, .play_count = 1,
	    .last_played = 99 };
	int64_t item;

	one_film_everywhere(f);
	hear_it(f, 0, 1, played);
	batch_of(f, 1, &batch);
	answer(f, 1, 1, WRITE_DONE, other);	/* not what was asked */
	assert_int_equal(count(f, "SELECT count(*) FROM audit"
	    " WHERE result = 'answered differently'"), 1);
	assert_int_equal(batch_of(f, 1, &batch), 0);
	f->now += 60;
	assert_int_equal(batch_of(f, 1, &batch), 1);
	answer(f, 1, 1, WRITE_DONE, other);
	f->now += 60;
	assert_int_equal(batch_of(f, 1, &batch), 0);
	f->now += 60;
	assert_int_equal(batch_of(f, 1, &batch), 1);
	/* A 404 parks the copy, never the round. */
	answer(f, 1, 1, WRITE_MISSING, untouched);
	assert_true(copy_of(f, 1, 1).parked);
	f->now += 3600;
	assert_int_equal(batch_of(f, 1, &batch), 0);
	assert_int_equal(batch_of(f, 2, &batch), 1);
	/* It is looked for in full readings only. */
	assert_int_equal(store_lost(f->store, f->endpoints[1], false, true, 0,
	    &item, 1), 0);
	assert_int_equal(store_lost(f->store, f->endpoints[1], true, true, 0,
	    &item, 1), 1);
	assert_int_equal(item, item_of(f, 1, 1));
	/* It is seen again, and need not wait for the rest of the day. */
	hear_it(f, 1, 1, other);
	assert_false(copy_of(f, 1, 1).parked);
	assert_int_equal(batch_of(f, 1, &batch), 1);
}

/* Half watched, and then finished, on the first server; the second has both. */
static const struct userdata half = { .position = 40 * MINUTE,
    .play_count = 1, .last_played = 50 };

static void
half_then_finished(struct fixture *f)
{
	struct message_write batch;

	one_film_everywhere(f);
	hear_it(f, 0, 1, half);
	batch_of(f, 1, &batch);
	answer(f, 1, 1, WRITE_DONE, half);
	hear_it(f, 0, 1, finished);
	batch_of(f, 1, &batch);
	answer(f, 1, 1, WRITE_DONE, finished);
	assert_base(f, 1, 1, &finished);
}

static void
test_undone_by_its_server(void **state)
{
	struct fixture *f = *state;
	struct message_write batch;
	struct agreed_row agreed;
	int64_t heard, wait = 60;
	int i;

	half_then_finished(f);
	heard = f->counts.heard;
	for (i = 1; i <= 12; i++) {
		hear_it(f, 1, 1, half);
		assert_int_equal(copy_of(f, 1, 1).failures, i);
		assert_int_equal(copy_of(f, 1, 1).need, NEED_WRITE);
		hear_it(f, 1, 1, half);		/* the same once more */
		assert_int_equal(copy_of(f, 1, 1).failures, i);
		f->now += wait - 1;
		assert_int_equal(batch_of(f, 1, &batch), 0);
		f->now += 1;
		assert_int_equal(batch_of(f, 1, &batch), 1);
		assert_true(userdata_equal(&batch.writes[0].expected, &half));
		assert_true(userdata_equal(&batch.writes[0].wanted,
		    &finished));
		answer(f, 1, 1, WRITE_DONE, finished);
		wait = wait * 2 < 6 * 3600 ? wait * 2 : 6 * 3600;
	}
	/* Nobody has voted, nothing is held, and it can be looked up. */
	assert_int_equal(f->counts.heard, heard);
	assert_int_equal(f->counts.kept, 0);
	agreed = agreed_of(f, 0, 1);
	assert_true(userdata_equal(&agreed.agreed.userdata, &finished));
	assert_int_equal(count(f, "SELECT count(*) FROM audit WHERE kind = 2"
	    " AND old_played AND NOT new_played"), 12);
	/* One look is not enough to forget that, but a later one is. */
	hear_it(f, 1, 1, finished);
	assert_int_equal(copy_of(f, 1, 1).failures, 12);
	f->now += wait;
	hear_it(f, 1, 1, finished);
	assert_int_equal(copy_of(f, 1, 1).failures, 0);
	assert_int_equal(batch_of(f, 1, &batch), 0);
}

static void
test_undone_and_there_again(void **state)
{
	struct fixture *f = *state;
	struct message_write batch;

	half_then_finished(f);
	hear_it(f, 1, 1, half);
	hear_it(f, 1, 1, finished);
	f->now += 60;
	assert_int_equal(batch_of(f, 1, &batch), 0);
	assert_int_equal(agreed_of(f, 1, 1).agreed.userdata.play_count, 2);
	/* What its user does then is heard. */
	hear_it(f, 1, 1, untouched);
	decide(f, 1);
	assert_false(agreed_of(f, 1, 1).agreed.userdata.played);
}

static void
test_undone_and_then_an_act(void **state)
{
	struct fixture *f = *state;
	const struct userdata again = { .position = 20 * MINUTE,
	    .play_count = 2, .last_played = 200 };

	half_then_finished(f);
	hear_it(f, 1, 1, half);
	/* He played it there, from what it showed: once more than agreed. */
	hear_it(f, 1, 1, again);
	decide(f, 1);
	assert_true(agreed_of(f, 1, 1).agreed.userdata.played);
	assert_int_equal(agreed_of(f, 1, 1).agreed.userdata.last_played, 200);
	assert_int_equal(agreed_of(f, 1, 1).agreed.userdata.position,
	    20 * MINUTE);
}

static void
test_undone_or_an_act(void **state)
{
	struct fixture *f = *state;
	const struct userdata in_part = { .position = 40 * MINUTE,
	    .play_count = 1, .last_played = 100 };
	struct message_write batch;
	int64_t before;

	/* A reading from before the write says nothing. */
	half_then_finished(f);
	before = copy_of(f, 1, 1).copy.settled - 1;
	hear(f->store, &all_fields, f->endpoints[1], item_of(f, 1, 1), &half,
	    before, f->now, &f->counts);
	assert_int_equal(copy_of(f, 1, 1).failures, 0);
	assert_base(f, 1, 1, &finished);

	/* What has no date, and a favourite, are a person's. */
	list(f, 1, (const struct film[]){ { 1, 1, 1 }, { 2, 2, 2 },
	    { 3, 3, 3 }, { 0, 0, 0 } });
	list(f, 0, (const struct film[]){ { 1, 1, 1 }, { 2, 2, 2 },
	    { 3, 3, 3 }, { 0, 0, 0 } });
	hear_it(f, 0, 2, favorite_played);
	batch_of(f, 1, &batch);
	answer(f, 1, 2, WRITE_DONE, favorite_played);
	hear_it(f, 1, 2, untouched);
	decide(f, 1);
	assert_false(agreed_of(f, 0, 2).agreed.userdata.played);
	assert_false(agreed_of(f, 0, 2).agreed.userdata.favorite);

	/* A mark leaves the date, and can lead back. */
	hear_it(f, 0, 3, played);
	batch_of(f, 1, &batch);
	answer(f, 1, 3, WRITE_DONE, played);
	hear_it(f, 0, 3, in_part);
	decide(f, 0);
	batch_of(f, 1, &batch);
	answer(f, 1, 3, WRITE_DONE, in_part);
	hear_it(f, 1, 3, played);
	assert_int_equal(copy_of(f, 1, 3).failures, 0);
	assert_true(agreed_of(f, 0, 3).agreed.userdata.played);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_lost_answer),
		TEST(test_late_arrival),
		TEST(test_no_answer_and_not_owed),
		TEST(test_backoff_and_parking),
		TEST(test_undone_by_its_server),
		TEST(test_undone_and_there_again),
		TEST(test_undone_and_then_an_act),
		TEST(test_undone_or_an_act)
	};

	return cmocka_run_group_tests_name("writes", tests, NULL, NULL);
}
