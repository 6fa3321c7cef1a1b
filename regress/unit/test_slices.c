/*
 * What is done in slices, as it may be long: what is gone, what the copies of
 * an endpoint are owed, the counting.  More of each than fits into one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hear.h"
#include "works.h"

#define FILMS	5500
#define KEPT	7		/* every so many stay */
#define HEARD	900

static const struct merge_options options = { FIELD_ALL, false };

struct fixture {
	struct store	*store;
	int64_t		 servers[2];
	int64_t		 endpoints[3];	/* of one person: two on b */
	int64_t		 now;
};

static int
setup(void **state)
{
	char error[ERROR_SIZE];
	bool passes;
	struct fixture *f;
	int i;

	assert_non_null(f = calloc(1, sizeof(*f)));
	f->now = 1000;
	f->store = store_open(":memory:", &passes, error, sizeof(error));
	assert_non_null(f->store);
	store_configure(f->store);
	for (i = 0; i < 2; i++) {
		f->servers[i] = store_server(f->store, i == 0 ? "a" : "b",
		    "http://h");
		f->endpoints[i] = store_endpoint(f->store, f->servers[i],
		    "anna", "anna", DIRECTION_BOTH);
	}
	f->endpoints[2] = store_endpoint(f->store, f->servers[1], "anna",
	    "kids", DIRECTION_BOTH);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	store_close(f->store);
	free(f);
	return 0;
}

static struct jellyfin_id
film_id(unsigned number)
{
	struct jellyfin_id id;

	memset(&id, 0, sizeof(id));
	memcpy(id.bytes, &number, sizeof(number));
	return id;
}

/*
 * Begins a reading that shows every film whose number the step divides, with
 * its number and what is added to it as the id.
 */
static void
show(struct fixture *f, int server, int64_t round, unsigned step,
    unsigned added, struct identity *identity)
{
	struct item_record r;
	unsigned number;

	store_identity_begin(f->store, identity, f->servers[server], round);
	for (number = step; number <= FILMS; number += step) {
		memset(&r, 0, sizeof(r));
		r.id = film_id(number);
		r.kind = ITEM_MOVIE;
		r.season = r.episode = r.episode_end = NUMBER_UNKNOWN;
		r.runtime = INT64_C(60000000000);
		r.media_sources = 1;
		strlcpy(r.title, "A film", sizeof(r.title));
		r.n_providers = 1;
		strlcpy(r.providers[0].name, "Tmdb", PROVIDER_NAME_SIZE);
		snprintf(r.providers[0].value, PROVIDER_VALUE_SIZE, "%u",
		    number + added);
		works_add(f->store, &options, MATCH_PROVIDER_IDS, identity,
		    &r);
	}
}

static void
show_all(struct fixture *f, int server)
{
	struct identity identity = { 0 };

	show(f, server, 1, 1, 0, &identity);
	assert_int_equal(identity.unique, FILMS);
	assert_int_equal(store_identity_end(f->store, &identity, f->now), 0);
}

static void
test_gone(void **state)
{
	struct identity identity = { 0 };
	struct fixture *f = *state;
	struct jellyfin_id id;
	unsigned number, slices = 0;

	show_all(f, 0);
	show(f, 0, 2, KEPT, 0, &identity);
	while (store_identity_gone(f->store, &identity, ++f->now))
		slices++;
	assert_true(slices > 10);
	assert_int_equal(store_identity_end(f->store, &identity, f->now),
	    FILMS - FILMS / KEPT);
	for (number = 1; number <= FILMS; number++) {
		id = film_id(number);
		assert_int_equal(store_item(f->store, f->servers[0], &id) != 0,
		    number % KEPT == 0);
	}
}

/* A reading that was given up says nothing of what it has not shown. */
static void
test_given_up(void **state)
{
	struct identity identity = { 0 };
	struct fixture *f = *state;

	show_all(f, 0);
	show(f, 0, 2, KEPT, 0, &identity);
	show(f, 0, 2, 1, 0, &identity);
	assert_int_equal(store_identity_end(f->store, &identity, f->now), 0);
}

/* What is heard of one endpoint is owed to another, of the same person. */
static void
owe(struct fixture *f, int heard_server, int heard, int owed)
{
	static const struct userdata seen = { true, 0, 1, 1000, false };
	struct plan_counts counts = { 0 };
	int64_t slice = FIRST_SLICE;
	unsigned number, slices = 0;
	struct jellyfin_id id;

	for (number = 1; number <= HEARD; number++) {
		id = film_id(number);
		hear(f->store, &options, f->endpoints[heard],
		    store_item(f->store, f->servers[heard_server], &id), &seen,
		    store_point(f->store), f->now, &counts);
	}
	assert_int_equal(store_count_needed(f->store, f->endpoints[owed],
	    f->now), 0);
	store_endpoint_read(f->store, f->endpoints[owed], 1);
	for (; slice != LAST_SLICE; slices++)
		plan_endpoint(f->store, &options, f->endpoints[owed], &slice);
	assert_true(slices > 3);
	assert_int_equal(store_count_needed(f->store, f->endpoints[owed],
	    f->now), HEARD);
}

static void
test_planned(void **state)
{
	struct fixture *f = *state;

	show_all(f, 0);
	show_all(f, 1);
	owe(f, 0, 0, 1);
}

/* Works that have split off from others have names below zero. */
static void
test_split(void **state)
{
	struct identity identity = { 0 };
	struct fixture *f = *state;
	int64_t item;

	show_all(f, 0);
	show_all(f, 1);
	show(f, 1, 2, 1, FILMS, &identity);
	assert_int_equal(store_identity_end(f->store, &identity, f->now), 0);
	while (store_unformed(f->store, f->servers[1], &item, 1) > 0)
		works_form(f->store, &options, MATCH_PROVIDER_IDS, item);
	owe(f, 1, 1, 2);
	while (store_count(f->store))
		;
	assert_int_equal(db_number(store_db(f->store), -1,
	    "SELECT works FROM total", ""), 2 * FILMS);
}

static void
test_counted(void **state)
{
	struct fixture *f = *state;
	struct server_row row;
	unsigned slices = 0;

	show_all(f, 0);
	show_all(f, 1);
	while (store_count(f->store))
		slices++;
	assert_true(slices > 3);
	store_get_server(f->store, f->servers[1], &row);
	assert_int_equal(row.items, FILMS);
	assert_int_equal(db_number(store_db(f->store), -1,
	    "SELECT works FROM total", ""), FILMS);
	assert_int_equal(db_number(store_db(f->store), -1,
	    "SELECT unmatched FROM total", ""), 0);
	/* Nothing has changed: it is not counted again. */
	assert_false(store_count(f->store));
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_gone),
		TEST(test_given_up),
		TEST(test_planned),
		TEST(test_split),
		TEST(test_counted)
	};

	return cmocka_run_group_tests_name("slices", tests, NULL, NULL);
}
