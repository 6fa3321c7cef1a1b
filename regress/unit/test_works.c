/*
 * Works, on the store: they unite, split, and are found again by their keys,
 * in whatever order servers are listed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "films.h"
#include "works.h"

static const struct userdata favorite = { .favorite = true };

static void
test_works_unite(void **state)
{
	static const struct film imdb[] = { { 1, 1, 0 }, { 0, 0, 0 } };
	static const struct film tmdb[] = { { 1, 0, 1 }, { 0, 0, 0 } };
	static const struct film both[] = { { 1, 1, 1 }, { 0, 0, 0 } };
	struct fixture *f = *state;

	list(f, 0, imdb);
	list(f, 1, tmdb);
	assert_int_not_equal(copy_of(f, 0, 1).work, copy_of(f, 1, 1).work);
	hear_it(f, 0, 1, favorite);
	hear_it(f, 1, 1, played);
	list(f, 1, both);
	assert_int_equal(copy_of(f, 0, 1).work, copy_of(f, 1, 1).work);
	assert_true(agreed_of(f, 0, 1).agreed.userdata.played);
	assert_true(agreed_of(f, 0, 1).agreed.userdata.favorite);
	assert_int_equal(copy_of(f, 0, 1).need, NEED_WRITE);
	assert_int_equal(copy_of(f, 1, 1).need, NEED_WRITE);
	assert_int_equal(count(f, "SELECT count(*) FROM agreed"), 1);
	/* Neither has been brought up to it: an unmark here knew nothing. */
	assert_true(copy_of(f, 0, 1).copy.versions.play <
	    agreed_of(f, 0, 1).agreed.versions.play);
}

static void
test_work_splits(void **state)
{
	static const struct film other[] = { { 1, 2, 2 }, { 0, 0, 0 } };
	static const struct film same[] = { { 1, 1, 1 }, { 0, 0, 0 } };
	struct fixture *f = *state;
	int64_t name;

	one_film_everywhere(f);
	hear_it(f, 0, 1, played);
	list(f, 1, other);
	assert_int_not_equal(copy_of(f, 0, 1).work, copy_of(f, 1, 1).work);
	assert_true(agreed_of(f, 1, 1).agreed.userdata.played);
	assert_true(agreed_of(f, 0, 1).agreed.userdata.played);
	hear_it(f, 0, 1, untouched);
	assert_true(agreed_of(f, 1, 1).agreed.userdata.played);
	/* Its name is no item's, and is given once. */
	assert_true((name = copy_of(f, 1, 1).work) < 0);
	list(f, 1, same);
	assert_int_equal(copy_of(f, 0, 1).work, copy_of(f, 1, 1).work);
	list(f, 1, other);
	assert_true(copy_of(f, 1, 1).work < 0);
	assert_int_not_equal(copy_of(f, 1, 1).work, name);
}

/* Whatever a work takes over, all of its items' keys lead to it. */
static void
test_keys_lead_to_the_new_work(void **state)
{
	static const struct film before[] = { { 1, 0, 9 }, { 0, 0, 0 } };
	static const struct film second[] = { { 1, 5, 2 }, { 0, 0, 0 } };
	static const struct film after[] = { { 1, 0, 2 }, { 0, 0, 0 } };
	static const struct film third[] = { { 1, 5, 0 }, { 0, 0, 0 } };
	struct fixture *f = *state;

	list(f, 0, before);
	list(f, 1, second);
	assert_int_not_equal(copy_of(f, 0, 1).work, copy_of(f, 1, 1).work);
	list(f, 0, after);
	assert_int_equal(copy_of(f, 0, 1).work, copy_of(f, 1, 1).work);
	list(f, 2, third);
	assert_int_equal(copy_of(f, 2, 1).work, copy_of(f, 0, 1).work);
}

/* In a first reading as in any other. */
static void
test_listed_twice(void **state)
{
	static const struct film twice[] = { { 1, 1, 0 }, { 2, 2, 0 },
	    { 1, 1, 0 }, { 0, 0, 0 } };
	struct fixture *f = *state;

	list(f, 0, twice);
	assert_int_equal(count(f, "SELECT count(*) FROM item"), 2);
	list(f, 0, twice);
	assert_int_equal(count(f, "SELECT count(*) FROM item"), 2);
}

/* A server that is new is matched with what another process has stored. */
static void
test_keys_outlive_a_process(void **state)
{
	static const struct film films[] = { { 1, 1, 0 }, { 0, 0, 0 } };
	char directory[] = "/tmp/test_store.XXXXXX", path[64];
	struct fixture *f = *state;

	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/db", directory);
	store_close(f->store);
	open_store(f, path);
	list(f, 0, films);
	store_close(f->store);
	open_store(f, path);
	list(f, 1, films);
	assert_int_equal(copy_of(f, 0, 1).work, copy_of(f, 1, 1).work);
	unlink(path);
	rmdir(directory);
}

/* Of which only the last one is shared. */
static void
test_many_keys(void **state)
{
	static const char *const names[] = { "Imdb", "A", "B", "C", "D", "E",
	    "F", "G", "H", "I", "J", "K" };
	const size_t n = sizeof(names) / sizeof(names[0]);
	struct fixture *f = *state;
	struct identity identity = { 0 };
	struct item_record r;
	size_t i;

	memset(&r, 0, sizeof(r));
	r.id = film_id(1);
	r.kind = ITEM_MOVIE;
	r.media_sources = 1;
	for (i = 0; i < n; i++)
		add_id(&r, names[i], i == 0 ? "tt000000" : "x", 1);
	store_identity_begin(f->store, &identity, f->servers[0], 1);
	works_add(f->store, &all_fields, MATCH_BY, &identity, &r);
	store_identity_end(f->store, &identity, ++f->now);
	r.n_providers = 0;
	add_id(&r, names[n - 1], "x", 1);
	store_identity_begin(f->store, &identity, f->servers[1], 1);
	works_add(f->store, &all_fields, MATCH_BY, &identity, &r);
	store_identity_end(f->store, &identity, ++f->now);
	assert_int_equal(copy_of(f, 0, 1).work, copy_of(f, 1, 1).work);
}

/* An episode by its numbers and its series' ids alone, and that series. */
static void
list_episode(struct fixture *f, int server, bool series_first)
{
	struct identity identity = { 0 };
	struct item_record r;
	int i;

	store_identity_begin(f->store, &identity, f->servers[server],
	    ++f->rounds[server]);
	for (i = 0; i < 2; i++) {
		memset(&r, 0, sizeof(r));
		r.media_sources = 1;
		if ((i == 0) == series_first) {
			r.kind = ITEM_SERIES;
			r.id = film_id(2);
			r.season = r.episode = r.episode_end = NUMBER_UNKNOWN;
			add_id(&r, "Tvdb", "100", 1);
		} else {
			r.kind = ITEM_EPISODE;
			r.id = film_id(1);
			r.has_series = true;
			r.series = film_id(2);
			r.season = r.episode = r.episode_end = 3;
		}
		works_add(f->store, &all_fields, MATCH_BY, &identity, &r);
	}
	store_identity_end(f->store, &identity, ++f->now);
}

/* A first reading forms what it can, and leaves the rest for its end. */
static void
test_series_comes_later(void **state)
{
	struct fixture *f = *state;
	int64_t items[2];

	list_episode(f, 0, true);
	assert_int_equal(store_unformed(f->store, f->servers[0], items, 2), 0);
	/* Notices name the folders above an episode: none has a copy. */
	assert_true(item_of(f, 0, 1) > 0);
	assert_int_equal(item_of(f, 0, 2), 0);
	list_episode(f, 1, false);
	assert_int_equal(store_unformed(f->store, f->servers[1], items, 2), 1);
	form(f, 1);
	assert_int_equal(copy_of(f, 0, 1).work, copy_of(f, 1, 1).work);
}

/*
 * One reading splits a work and unites what is left with another: what splits
 * off has nothing of that one.
 */
static void
test_split_gets_nothing_of_the_other(void **state)
{
	static const struct film one[] = { { 1, 1, 0 }, { 0, 0, 0 } };
	static const struct film two[] = { { 1, 1, 0 }, { 2, 1, 0 },
	    { 0, 0, 0 } };
	static const struct film other[] = { { 1, 0, 3 }, { 0, 0, 0 } };
	static const struct film moved[] = { { 1, 1, 3 }, { 2, 9, 0 },
	    { 0, 0, 0 } };
	struct fixture *f = *state;

	list(f, 0, one);
	list(f, 1, two);
	list(f, 2, other);
	hear_it(f, 0, 1, favorite);
	hear_it(f, 2, 1, played);
	list(f, 1, moved);
	assert_int_equal(copy_of(f, 2, 1).work, copy_of(f, 0, 1).work);
	assert_true(agreed_of(f, 0, 1).agreed.userdata.played);
	assert_true(agreed_of(f, 0, 1).agreed.userdata.favorite);
	assert_true(agreed_of(f, 1, 2).agreed.userdata.favorite);
	assert_false(agreed_of(f, 1, 2).agreed.userdata.played);
}

/* What was agreed for a vanished item goes to one work, not from it on. */
static void
test_gone_is_adopted_once(void **state)
{
	static const struct film before[] = { { 1, 1, 1 }, { 2, 5, 0 },
	    { 3, 5, 0 }, { 4, 5, 0 }, { 0, 0, 0 } };
	static const struct film split[] = { { 2, 5, 0 }, { 3, 1, 0 },
	    { 4, 0, 1 }, { 0, 0, 0 } };
	struct fixture *f = *state;

	list(f, 0, before);
	hear_it(f, 0, 1, played);
	list(f, 0, split);
	assert_true(agreed_of(f, 0, 3).agreed.userdata.played);
	assert_false(agreed_of(f, 0, 4).exists);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_works_unite),
		TEST(test_work_splits),
		TEST(test_keys_lead_to_the_new_work),
		TEST(test_listed_twice),
		TEST(test_keys_outlive_a_process),
		TEST(test_many_keys),
		TEST(test_series_comes_later),
		TEST(test_split_gets_nothing_of_the_other),
		TEST(test_gone_is_adopted_once)
	};

	return cmocka_run_group_tests_name("works", tests, NULL, NULL);
}
