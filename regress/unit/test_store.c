/*
 * hear, plan, works and store together: what a reading, a write, an answer and
 * a change in a library leave behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "films.h"
#include "outcome.h"

static const struct userdata favorite = { .favorite = true };

static void
test_only_what_is_touched_has_a_row(void **state)
{
	struct fixture *f = *state;

	one_film_everywhere(f);
	assert_true(copy_of(f, 0, 1).copy.has_base);
	hear_it(f, 0, 1, untouched);
	assert_int_equal(count(f, "SELECT count(*) FROM copy"), 0);
	assert_int_equal(count(f, "SELECT count(*) FROM agreed"), 0);
	hear_it(f, 0, 1, played);
	assert_int_equal(count(f, "SELECT count(*) FROM agreed"), 1);
	assert_int_equal(copy_of(f, 0, 1).need, NEED_NONE);
	assert_int_equal(copy_of(f, 1, 1).need, NEED_WRITE);
	assert_int_equal(copy_of(f, 2, 1).need, NEED_WRITE);
}

static void
test_write_and_answer(void **state)
{
	struct fixture *f = *state;
	struct message_write batch;

	one_film_everywhere(f);
	hear_it(f, 0, 1, played);
	assert_int_equal(batch_of(f, 1, &batch), 1);
	assert_true(userdata_equal(&batch.writes[0].expected, &untouched));
	assert_true(userdata_equal(&batch.writes[0].wanted, &played));
	assert_true(copy_of(f, 1, 1).copy.has_asked);
	/* One write at a time for a copy. */
	assert_int_equal(batch_of(f, 1, &batch), 0);
	answer(f, 1, 1, WRITE_DONE, played);
	assert_false(copy_of(f, 1, 1).copy.has_asked);
	assert_int_equal(copy_of(f, 1, 1).need, NEED_NONE);
	assert_int_equal(copy_of(f, 1, 1).copy.versions.play,
	    agreed_of(f, 1, 1).agreed.versions.play);
	assert_int_equal(count(f, "SELECT count(*) FROM audit"
	    " WHERE result = 'written'"), 1);
	/* Our own write is no news. */
	hear_it(f, 1, 1, played);
	assert_int_equal(f->counts.heard, 1);
	assert_int_equal(batch_of(f, 1, &batch), 0);
}

static void
test_two_first_plays_count_as_two(void **state)
{
	struct fixture *f = *state;

	one_film_everywhere(f);
	hear_it(f, 0, 1, played);
	hear_it(f, 1, 1, played);
	assert_int_equal(agreed_of(f, 0, 1).agreed.userdata.play_count, 2);
}

/* Servers 0 and 1 are one and the same, server 2 is another. */
static void
test_server_under_two_names(void **state)
{
	struct message_server_info info = { .id = { { 7 } } };
	struct fixture *f = *state;
	struct jellyfin_id user = { { 9 } };
	struct message_write batch;
	int i;

	one_film_everywhere(f);
	for (i = 0; i < SERVERS; i++) {
		info.id.bytes[1] = i == 2;
		store_server_contacted(f->store, f->servers[i], &info);
		store_endpoint_user(f->store, f->endpoints[i], &user);
	}
	hear_it(f, 0, 1, played);
	assert_int_equal(batch_of(f, 1, &batch), 1);
	answer(f, 1, 1, WRITE_CHANGED, played);
	hear_it(f, 1, 1, played);
	assert_int_equal(agreed_of(f, 0, 1).agreed.userdata.play_count, 1);
	assert_base(f, 1, 1, &played);
	assert_int_equal(batch_of(f, 0, &batch), 0);
	/* The other one's play is a play of its own. */
	hear_it(f, 2, 1, played);
	assert_int_equal(agreed_of(f, 0, 1).agreed.userdata.play_count, 2);
}

static void
test_old_reading_undoes_no_write(void **state)
{
	struct fixture *f = *state;
	struct message_write batch;
	int64_t began, asked;

	one_film_everywhere(f);
	hear_it(f, 0, 1, played);
	began = store_point(f->store);	/* a listing that takes its time */
	batch_of(f, 1, &batch);
	asked = store_point(f->store);
	assert_true(asked > began);
	answer(f, 1, 1, WRITE_DONE, played);
	hear(f->store, &all_fields, f->endpoints[1], item_of(f, 1, 1),
	    &untouched, began, f->now, &f->counts);
	assert_base(f, 1, 1, &played);
	assert_true(agreed_of(f, 0, 1).agreed.userdata.played);
	/* What was asked for later is news: an unmark. */
	hear_it(f, 1, 1, untouched);
	decide(f, 1);
	assert_false(agreed_of(f, 0, 1).agreed.userdata.played);
}

static void
test_directions(void **state)
{
	struct fixture *f = *state;
	struct message_write batch;

	store_endpoint(f->store, f->servers[1], "anna", "anna",
	    DIRECTION_SOURCE);
	store_endpoint(f->store, f->servers[2], "anna", "anna",
	    DIRECTION_TARGET);
	one_film_everywhere(f);
	hear_it(f, 2, 1, played);
	assert_false(agreed_of(f, 0, 1).exists);
	hear_it(f, 0, 1, favorite);
	assert_int_equal(batch_of(f, 1, &batch), 0);
	assert_int_equal(batch_of(f, 2, &batch), 1);
	assert_true(userdata_equal(&batch.writes[0].wanted, &favorite));
	hear_it(f, 1, 1, played);
	assert_true(agreed_of(f, 0, 1).agreed.userdata.played);
}

static void
test_vanished_item(void **state)
{
	static const struct film none[] = { { 2, 2, 2 }, { 0, 0, 0 } };
	static const struct film back[] = { { 1, 1, 1 }, { 2, 2, 2 },
	    { 0, 0, 0 } };
	struct fixture *f = *state;
	int64_t items[4], slice = FIRST_SLICE;

	one_film_everywhere(f);
	hear_it(f, 0, 1, played);
	list(f, 1, none);
	assert_int_equal(item_of(f, 1, 1), 0);
	assert_true(agreed_of(f, 0, 1).agreed.userdata.played);
	/* Back: a first contact, read by its id whatever set it is in. */
	list_only(f, 1, back);
	form(f, 1);
	assert_false(copy_of(f, 1, 1).copy.has_base);
	assert_int_equal(store_uncopied(f->store, f->endpoints[1], true,
	    &slice, 0, items, 4), 1);
	assert_int_equal(items[0], item_of(f, 1, 1));
	outcome_read(f->store, &all_fields, f->endpoints[1], items[0], &played,
	    store_point(f->store), f->now, &f->counts);
	assert_int_equal(agreed_of(f, 0, 1).agreed.userdata.play_count, 1);
}

/* One that was to be formed anew, and vanishes first, holds nobody up. */
static void
test_vanished_before_it_was_formed(void **state)
{
	static const struct film none[] = { { 2, 2, 2 }, { 0, 0, 0 } };
	struct fixture *f = *state;

	one_film_everywhere(f);
	list_only(f, 0, none);
	list_only(f, 1, none);
	form(f, 0);
	form(f, 1);
}

static void
test_replaced_file(void **state)
{
	static const struct film replaced[] = { { 7, 1, 1 }, { 0, 0, 0 } };
	static const struct film alone[] = { { 1, 5, 5 }, { 0, 0, 0 } };
	static const struct film renamed[] = { { 8, 5, 5 }, { 0, 0, 0 } };
	struct fixture *f = *state;

	one_film_everywhere(f);
	hear_it(f, 0, 1, played);
	list(f, 0, replaced);
	assert_true(agreed_of(f, 0, 7).agreed.userdata.played);
	assert_int_equal(copy_of(f, 0, 7).need, NEED_WRITE);
	/* Also where no other server has it. */
	list(f, 0, alone);
	hear_it(f, 0, 1, favorite);
	list(f, 0, renamed);
	assert_true(agreed_of(f, 0, 8).agreed.userdata.favorite);
}

static void
test_another_server_behind_the_name(void **state)
{
	struct message_server_info info;
	struct fixture *f = *state;

	memset(&info, 0, sizeof(info));
	assert_false(store_server_contacted(f->store, f->servers[0], &info));
	one_film_everywhere(f);
	hear_it(f, 0, 1, played);
	assert_false(store_server_contacted(f->store, f->servers[0], &info));
	info.id = film_id(99);
	assert_true(store_server_contacted(f->store, f->servers[0], &info));
	assert_false(copy_of(f, 0, 1).copy.has_base);
	assert_true(agreed_of(f, 0, 1).agreed.userdata.played);
}

/* Server 0 gets the name of server 1, and another day its own again. */
static void
test_renamed_and_back(void **state)
{
	struct message_server_info here = { .id = film_id(7) };
	struct message_server_info elsewhere = { .id = film_id(8) };
	struct jellyfin_id user = film_id(70);
	struct userdata twice = played, thrice = played;
	struct fixture *f = *state;
	int32_t count;

	twice.play_count = 2;
	twice.last_played += 3600;
	thrice.play_count = 3;
	thrice.last_played += 7200;
	one_film_everywhere(f);
	store_server_contacted(f->store, f->servers[0], &here);
	store_endpoint_user(f->store, f->endpoints[0], &user);
	store_server_contacted(f->store, f->servers[2], &elsewhere);
	store_endpoint_user(f->store, f->endpoints[2], &user);
	hear_it(f, 0, 1, played);
	hear_it(f, 2, 1, played);
	store_configure(f->store);
	store_server(f->store, "server1", "http://h");
	store_endpoint(f->store, f->servers[1], "anna", "anna",
	    DIRECTION_BOTH);
	store_server_contacted(f->store, f->servers[1], &here);
	store_endpoint_user(f->store, f->endpoints[1], &user);
	store_endpoint_forget_former(f->store, f->endpoints[1]);
	assert_false(copy_of(f, 0, 1).copy.has_base);
	/* The same user by its id, but on another server. */
	assert_true(copy_of(f, 2, 1).copy.has_base);
	hear_it(f, 1, 1, twice);
	hear_it(f, 2, 1, thrice);
	count = agreed_of(f, 1, 1).agreed.userdata.play_count;
	thrice.play_count = count;	/* as it is written to server 0 */

	/* What it shows by now was heard under the other name. */
	store_configure(f->store);
	store_server(f->store, "server0", "http://h");
	store_endpoint(f->store, f->servers[0], "anna", "anna",
	    DIRECTION_BOTH);
	store_endpoint_forget_former(f->store, f->endpoints[0]);
	assert_false(copy_of(f, 1, 1).copy.has_base);
	hear_it(f, 0, 1, thrice);
	assert_int_equal(agreed_of(f, 0, 1).agreed.userdata.play_count,
	    count);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_only_what_is_touched_has_a_row),
		TEST(test_write_and_answer),
		TEST(test_two_first_plays_count_as_two),
		TEST(test_server_under_two_names),
		TEST(test_old_reading_undoes_no_write),
		TEST(test_directions),
		TEST(test_vanished_item),
		TEST(test_vanished_before_it_was_formed),
		TEST(test_replaced_file),
		TEST(test_another_server_behind_the_name),
		TEST(test_renamed_and_back)
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
