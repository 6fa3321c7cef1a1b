/*
 * What a server shows of an item though it is in none of its sets, on the
 * store.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "films.h"
#include "unlisted.h"

static const struct userdata other = { .favorite = true, .played = true,
    .play_count = 3, .last_played = 900 };
static const struct film one_film[] = { { 1, 1, 1 }, { 0, 0, 0 } };

/* A look at film 1 on server 1; true if that is not to be heard. */
static bool
look(struct fixture *f, struct userdata shown, bool first)
{
	return unlisted_look(f->store, &all_fields, f->endpoints[1],
	    item_of(f, 1, 1), &shown, first, store_point(f->store), f->now,
	    &f->counts);
}

/* The sets of server 1 are read, and show it or do not; then it is read by its
 * id, as long as nothing is known of it. */
static void
read_sets(struct fixture *f, const struct userdata *shown)
{
	int64_t began = store_point(f->store);
	struct copy_row row = copy_of(f, 1, 1);

	store_set_begin(f->store, f->endpoints[1]);
	if (shown != NULL) {
		store_set_seen(f->store, f->endpoints[1], LISTING_PLAYED,
		    item_of(f, 1, 1));
		hear_it(f, 1, 1, *shown);
	} else if (!row.copy.has_base) {
		assert_true(look(f, row.unlisted_userdata, true));
	}
	store_confirm_unlisted(f->store, f->endpoints[1], began);
	store_set_end(f->store, f->endpoints[1]);
}

/* Played on server 0; server 1 is new and shows that in no set. */
static void
first_contact(struct fixture *f, struct userdata shown)
{
	list(f, 0, one_film);
	hear_it(f, 0, 1, played);
	list_only(f, 1, one_film);
	form(f, 1);
	assert_false(copy_of(f, 1, 1).copy.has_base);
	assert_true(look(f, shown, true));
}

static void
test_is_not_heard(void **state)
{
	struct fixture *f = *state;

	first_contact(f, other);
	assert_true(look(f, other, false));
	assert_false(copy_of(f, 1, 1).copy.has_base);
	read_sets(f, NULL);
	assert_base(f, 1, 1, &untouched);
	assert_agreed(f, 1, &played);
	assert_int_equal(copy_of(f, 1, 1).need, NEED_WRITE);
	/* Seen again it is no news, and after the next start it is gone. */
	assert_true(look(f, other, false));
	assert_false(look(f, untouched, false));
}

static void
test_is_written_over(void **state)
{
	struct fixture *f = *state;
	struct message_write batch;

	first_contact(f, played);
	/* Somebody may have done that just now. */
	assert_int_equal(batch_of(f, 1, &batch), 0);
	assert_int_equal(store_count_unlisted(f->store, f->endpoints[1]), 1);
	read_sets(f, NULL);
	assert_int_equal(store_count_unlisted(f->store, f->endpoints[1]), 0);
	/* It shows what it is to hold, but does not hold it. */
	assert_int_equal(batch_of(f, 1, &batch), 1);
	assert_true(batch.writes[0].unlisted);
	assert_true(userdata_equal(&batch.writes[0].expected, &played));
	assert_true(userdata_equal(&batch.writes[0].wanted, &played));
	answer(f, 1, 1, WRITE_DONE, played);
	assert_int_equal(copy_of(f, 1, 1).unlisted, UNLISTED_NOT);
	assert_base(f, 1, 1, &played);
	assert_int_equal(batch_of(f, 1, &batch), 0);
	assert_int_equal(count(f, "SELECT count(*) FROM unlisted"), 0);
}

/* As long as nothing is sure, it is asked for in the set it would be in. */
static void
test_is_asked_for_in_its_set(void **state)
{
	static const struct userdata shown[] = {
		{ .favorite = true, .played = true, .position = 9 },
		{ .favorite = true, .position = 9 },
		{ .favorite = true }
	};
	struct fixture *f = *state;
	enum listing set;
	int64_t began, item;
	int i;

	one_film_everywhere(f);
	for (i = 0; i < 3; i++) {
		began = store_point(f->store);
		assert_true(look(f, shown[i], false));
		for (set = LISTING_PLAYED; set <= LISTING_FAVORITE; set++) {
			assert_int_equal(store_unlisted(f->store,
			    f->endpoints[1], set, store_point(f->store), 0,
			    &item, 1), set == LISTING_PLAYED + (unsigned)i);
			assert_int_equal(store_unlisted(f->store,
			    f->endpoints[1], set, began, 0, &item, 1), 0);
		}
		assert_int_equal(item, item_of(f, 1, 1));
	}
	store_set_seen(f->store, f->endpoints[1], LISTING_FAVORITE, item);
	assert_int_equal(store_unlisted(f->store, f->endpoints[1],
	    LISTING_FAVORITE, store_point(f->store), 0, &item, 1), 0);
	store_set_end(f->store, f->endpoints[1]);
	read_sets(f, NULL);
	assert_int_equal(store_unlisted(f->store, f->endpoints[1],
	    LISTING_FAVORITE, store_point(f->store), 0, &item, 1), 0);
}

/* The list was cut short, or somebody did that just now: a first contact. */
static void
test_is_in_a_set_after_all(void **state)
{
	struct fixture *f = *state;
	struct message_write batch;

	first_contact(f, other);
	read_sets(f, &other);
	assert_base(f, 1, 1, &other);
	assert_agreed(f, 1, &other);
	assert_int_equal(copy_of(f, 1, 1).unlisted, UNLISTED_NOT);
	assert_int_equal(batch_of(f, 1, &batch), 0);
	assert_int_equal(batch_of(f, 0, &batch), 1);
	assert_false(batch.writes[0].unlisted);
}

/* Noted while the sets are read, it may have come into one behind our back. */
static void
test_sets_that_began_before(void **state)
{
	struct fixture *f = *state;
	struct message_write batch;
	int64_t began = store_point(f->store);

	first_contact(f, other);
	store_confirm_unlisted(f->store, f->endpoints[1], began);
	assert_int_equal(batch_of(f, 1, &batch), 0);
}

static void
test_look_before_a_write(void **state)
{
	struct fixture *f = *state;
	struct message_write batch;

	one_film_everywhere(f);
	hear_it(f, 0, 1, played);
	assert_int_equal(batch_of(f, 1, &batch), 1);
	answer(f, 1, 1, WRITE_CHANGED, other);
	assert_int_equal(agreed_of(f, 0, 1).agreed.userdata.play_count, 1);
	read_sets(f, NULL);
	assert_int_equal(batch_of(f, 1, &batch), 1);
	assert_true(userdata_equal(&batch.writes[0].expected, &other));
	/* Its server has started again meanwhile. */
	answer(f, 1, 1, WRITE_CHANGED, untouched);
	assert_int_equal(agreed_of(f, 0, 1).agreed.userdata.play_count, 1);
	assert_int_equal(batch_of(f, 1, &batch), 1);
	assert_false(batch.writes[0].unlisted);
	assert_true(userdata_equal(&batch.writes[0].expected, &untouched));
}

/* A write without an answer: what is shown as before has not arrived. */
static void
test_unanswered_write(void **state)
{
	struct fixture *f = *state;
	struct message_write batch;

	first_contact(f, other);
	read_sets(f, NULL);
	assert_int_equal(batch_of(f, 1, &batch), 1);
	answer(f, 1, 1, WRITE_FAILED, untouched);
	f->now += 3600;
	assert_int_equal(batch_of(f, 1, &batch), 0);
	assert_true(look(f, other, false));
	assert_int_equal(batch_of(f, 1, &batch), 1);
	assert_true(userdata_equal(&batch.writes[0].expected, &other));
	answer(f, 1, 1, WRITE_DONE, played);
	assert_int_equal(agreed_of(f, 0, 1).agreed.userdata.play_count, 1);
}

/* Another user has taken the endpoint, and is shown what the former one had. */
static void
test_successor(void **state)
{
	struct jellyfin_id former = { { 8 } }, successor = { { 9 } };
	struct fixture *f = *state;
	struct message_write batch;

	one_film_everywhere(f);
	store_endpoint_user(f->store, f->endpoints[1], &former);
	hear_it(f, 1, 1, played);
	assert_true(store_endpoint_user(f->store, f->endpoints[1],
	    &successor));
	assert_false(copy_of(f, 1, 1).copy.has_base);
	assert_true(unlisted_again(f->store, &all_fields, f->endpoints[1],
	    item_of(f, 1, 1), &played, store_point(f->store), f->now,
	    &f->counts));
	assert_base(f, 1, 1, &untouched);
	assert_agreed(f, 1, &played);
	assert_int_equal(batch_of(f, 1, &batch), 1);
	assert_true(batch.writes[0].unlisted);
	assert_true(userdata_equal(&batch.writes[0].wanted, &played));
	/* What he has done himself is not that. */
	store_endpoint_user(f->store, f->endpoints[1], &former);
	assert_false(unlisted_again(f->store, &all_fields, f->endpoints[1],
	    item_of(f, 1, 1), &other, store_point(f->store), f->now,
	    &f->counts));
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_is_not_heard),
		TEST(test_is_written_over),
		TEST(test_is_asked_for_in_its_set),
		TEST(test_is_in_a_set_after_all),
		TEST(test_sets_that_began_before),
		TEST(test_look_before_a_write),
		TEST(test_unanswered_write),
		TEST(test_successor)
	};

	return cmocka_run_group_tests_name("unlisted", tests, NULL, NULL);
}
