/* A clock that is set a day ahead or back, while we run or while we do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "jump.h"
#include "store.h"

#define DAY	INT64_C(86400)
#define NOW	INT64_C(1800000000)

static int
setup(void **state)
{
	char error[ERROR_SIZE];
	struct store *store;
	bool passes;

	store = store_open(":memory:", &passes, error, sizeof(error));
	if (store == NULL)
		return -1;
	store_configure(store);
	store_endpoint(store, store_server(store, "attic", "http://h"),
	    "anna", "anna", DIRECTION_BOTH);
	store_touch(store);
	db_exec(store_db(store), "INSERT INTO item (id, server, jellyfin_id,"
	    " kind, season, episode, episode_end, year, runtime, title,"
	    " series_title, ids, appeared) VALUES"
	    " (1, 1, x'01', 1, 0, 0, 0, 0, 0, '', '', '', 0),"
	    " (2, 1, x'02', 1, 0, 0, 0, 0, 0, '', '', '', 0);"
	    "INSERT INTO copy SELECT 1, i.id, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0,"
	    "  0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0 FROM item AS i;");
	*state = store;
	return 0;
}

static int
teardown(void **state)
{
	store_close(*state);
	return 0;
}

static void
set_wait(struct store *store, int64_t not_before)
{
	db_run(store_db(store), "UPDATE copy SET not_before = ?"
	    " WHERE item = 1", "i", not_before);
}

static void
take_back(struct store *store, int64_t item, enum held_state kind, int64_t time)
{
	struct held_row row = { .endpoint = 1, .item = item, .state = kind,
	    .time = time };

	store_put_held(store, &row);
}

static void
test_seen(void **state)
{
	struct jump jump = { 0, 0 };
	int64_t i;

	(void)state;
	assert_int_equal(jump_seen(&jump, NOW, 5000), 0);
	assert_int_equal(jump_seen(&jump, NOW + 10, 15000), 0);
	assert_int_equal(jump_seen(&jump, NOW + 11 + DAY, 16000), DAY);
	assert_int_equal(jump_seen(&jump, NOW + 12 + DAY, 17000), 0);
	assert_int_equal(jump_seen(&jump, NOW + 13, 18000), -DAY);
	assert_int_equal(jump_seen(&jump, NOW + 14, 19000), 0);
	/* Looked at a thousand times a second, with what is cut off. */
	for (i = 0; i < 500000; i++)
		assert_int_equal(jump_seen(&jump, NOW + 14 + i / 1000,
		    19000 + i), 0);
	/* A clock that loses a second an hour is not set. */
	for (i = 0; i < 2000; i++)
		assert_int_equal(jump_seen(&jump, NOW + 514 + i * 3599,
		    519000 + i * 3600000), 0);
}

/* A write that waits does so no longer and no shorter than before. */
static void
test_waits(void **state)
{
	struct store *store = *state;

	set_wait(store, NOW + DAY + 100);
	store_clock_set(store, -DAY);
	assert_int_equal(store_count_needed(store, 1, NOW + 99), 1);
	assert_int_equal(store_count_needed(store, 1, NOW + 100), 2);
	store_clock_set(store, DAY);
	assert_int_equal(store_count_needed(store, 1, NOW + DAY + 99), 1);
	assert_int_equal(store_count_needed(store, 1, NOW + DAY + 100), 2);
}

/* What was taken back counts for an hour, whatever the clock does. */
static void
test_hour(void **state)
{
	struct store *store = *state;

	take_back(store, 1, HELD_DECIDED, NOW - 600);
	store_clock_set(store, DAY);
	assert_int_equal(store_count_taken_back(store, 1,
	    NOW + DAY - 3600), 1);
	store_clock_set(store, -2 * DAY);
	assert_int_equal(store_count_taken_back(store, 1,
	    NOW - DAY - 3600), 1);
	assert_int_equal(store_count_taken_back(store, 1,
	    NOW - DAY - 3600 + 3001), 0);
}

/* When a change was first seen that is held is left as it was shown. */
static void
test_held(void **state)
{
	struct store *store = *state;
	struct held_row row;

	take_back(store, 1, HELD_HELD, NOW);
	store_clock_set(store, -DAY);
	store_clock_begin(store, NOW - DAY);
	assert_true(store_get_held(store, 1, 1, &row));
	assert_int_equal(row.time, NOW);
}

/* It was set back while nobody was there to see it. */
static void
test_begin(void **state)
{
	struct store *store = *state;
	struct held_row row;

	set_wait(store, NOW + DAY);
	store_clock_begin(store, NOW);
	assert_int_equal(store_count_needed(store, 1, NOW), 1);
	set_wait(store, NOW + 30 * DAY);
	store_clock_begin(store, NOW);
	assert_int_equal(store_count_needed(store, 1, NOW), 2);
	take_back(store, 2, HELD_DECIDED, NOW + DAY);
	db_exec(store_db(store), "UPDATE server SET identity_at = 1900000000");
	store_clock_begin(store, NOW);
	assert_true(store_get_held(store, 1, 2, &row));
	assert_int_equal(row.time, NOW);
	assert_int_equal(db_number(store_db(store), 0,
	    "SELECT identity_at FROM server", ""), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seen),
		cmocka_unit_test_setup_teardown(test_waits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hour, setup, teardown),
		cmocka_unit_test_setup_teardown(test_held, setup, teardown),
		cmocka_unit_test_setup_teardown(test_begin, setup, teardown)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
