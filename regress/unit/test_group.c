/*
 * Alternate versions: where the store keeps them, which of what they show is
 * heard, what a batch of writes to a group looks like, and when what was
 * written may be read again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "group.h"
#include "hear.h"
#include "next_writes.h"
#include "outcome.h"
#include "recent.h"
#include "store.h"
#include "text.h"
#include "works.h"

#define MINUTE		(60 * TICKS_PER_SECOND)
#define LISTED		1	/* numbers of items of the server */
#define FIRST		2
#define SECOND		3
#define OTHER		10	/* and of another one */

struct fixture {
	struct store		*store;
	int64_t			 server;
	int64_t			 endpoint;
	int64_t			 round;
	int64_t			 now;
	struct plan_counts	 counts;
};

static const struct merge_options options = { .fields = FIELD_ALL };
static const struct userdata nothing;
static const struct userdata played = { .played = true, .play_count = 1,
    .last_played = 100 };

static struct jellyfin_id
number_id(int number)
{
	struct jellyfin_id id;

	memset(&id, 0, sizeof(id));
	id.bytes[0] = (uint8_t)number;
	return id;
}

static int64_t
item(struct fixture *f, int number)
{
	struct jellyfin_id id = number_id(number);

	return store_item(f->store, f->server, &id);
}

/* An identity reading of two films, the first of as many files. */
static void
list_items(struct fixture *f, uint32_t files, bool other)
{
	struct identity identity = { 0 };
	struct item_record r;
	int64_t items[8];
	size_t i, n;

	store_identity_begin(f->store, &identity, f->server, ++f->round);
	memset(&r, 0, sizeof(r));
	r.kind = ITEM_MOVIE;
	r.season = r.episode = r.episode_end = NUMBER_UNKNOWN;
	r.runtime = 100 * MINUTE;
	r.id = number_id(LISTED);
	r.media_sources = files;
	strlcpy(r.title, "A film", sizeof(r.title));
	if (files > 0)
		works_add(f->store, &options, MATCH_PROVIDER_IDS, &identity,
		    &r);
	r.id = number_id(OTHER);
	r.media_sources = 1;
	if (other)
		works_add(f->store, &options, MATCH_PROVIDER_IDS, &identity,
		    &r);
	store_identity_end(f->store, &identity, ++f->now);
	while ((n = store_unformed(f->store, f->server, items, 8)) > 0) {
		for (i = 0; i < n; i++)
			works_form(f->store, &options, MATCH_PROVIDER_IDS,
			    items[i]);
	}
}

/* The answer of an item about its files: up to a 0. */
static void
answer(struct fixture *f, int listed, const int *files)
{
	struct alternate_record record = { .listed = number_id(listed),
	    .runtime = 100 * MINUTE };

	store_alternates_begin(f->store, f->server);
	for (; *files != 0; files++) {
		record.id = number_id(*files);
		store_alternate(f->store, f->server, f->round, &record);
	}
	store_alternates_end(f->store, f->server, ++f->now);
}

static void
read_in_full(struct fixture *f)
{
	store_endpoint_read(f->store, f->endpoint, f->round);
}

static int
setup(void **state)
{
	static const int three[] = { LISTED, FIRST, SECOND, 0 };
	struct fixture *f;
	char error[ERROR_SIZE];
	bool passes;

	assert_non_null(f = calloc(1, sizeof(*f)));
	f->store = store_open(":memory:", &passes, error, sizeof(error));
	assert_non_null(f->store);
	f->now = 1000;
	store_configure(f->store);
	f->server = store_server(f->store, "attic", "http://h");
	f->endpoint = store_endpoint(f->store, f->server, "anna", "anna",
	    DIRECTION_BOTH);
	list_items(f, 3, true);
	answer(f, LISTED, three);
	read_in_full(f);
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

static struct copy_row
copy(struct fixture *f, int number)
{
	struct copy_row row;

	assert_true(store_get_copy(f->store, f->endpoint, item(f, number),
	    &row));
	return row;
}

static struct userdata
agreed(struct fixture *f)
{
	struct copy_row row = copy(f, LISTED);
	struct agreed_row a;

	store_get_agreed(f->store, row.person, row.work, &a);
	return a.agreed.userdata;
}

static void
is_userdata(struct userdata a, struct userdata b)
{
	if (userdata_equal(&a, &b))
		return;
	fail_msg("played=%d,%d position=%lld,%lld count=%d,%d "
	    "last=%lld,%lld favorite=%d,%d", a.played, b.played,
	    (long long)a.position, (long long)b.position, a.play_count,
	    b.play_count, (long long)a.last_played, (long long)b.last_played,
	    a.favorite, b.favorite);
}

/* A reading of the listed item and the first of its versions. */
static void
see(struct fixture *f, struct userdata listed, struct userdata version)
{
	struct group_reading reading = { .listed = item(f, LISTED), .n = 2,
	    .answered = { true, true }, .shown = { listed, version },
	    .began = store_point(f->store) };

	reading.items[0] = item(f, LISTED);
	reading.items[1] = item(f, FIRST);
	group_settle(f->store, &options, f->endpoint, &reading, ++f->now,
	    &f->counts);
}

static uint32_t
batch(struct fixture *f, struct message_write *writes)
{
	int64_t items[WRITES_MAX];

	return (uint32_t)next_writes(f->store, &options, f->endpoint, ++f->now,
	    writes, items);
}

/* Everything in the batch was written as asked. */
static void
obey(struct fixture *f, const struct message_write *writes)
{
	struct message_written done = { .result = WRITE_DONE };
	uint32_t i;

	for (i = 0; i < writes->n_writes; i++) {
		done.item = writes->writes[i].item;
		done.userdata = writes->writes[i].wanted;
		outcome_written(f->store, &options, f->endpoint,
		    store_item(f->store, f->server, &done.item), &done,
		    store_point(f->store), ++f->now, &f->counts);
	}
}

static void
write_all(struct fixture *f)
{
	static struct message_write writes;

	while (batch(f, &writes) > 0)
		obey(f, &writes);
}

/* Items of their own, of the work of their item, in no count. */
static void
test_found(void **state)
{
	struct fixture *f = *state;
	int64_t group[GROUP_MAX], listed = item(f, LISTED);

	assert_int_not_equal(item(f, FIRST), 0);
	assert_int_equal(copy(f, FIRST).work, copy(f, LISTED).work);
	assert_int_equal(copy(f, SECOND).work, copy(f, LISTED).work);
	assert_int_equal(store_listed(f->store, item(f, SECOND)), listed);
	assert_int_equal(store_listed(f->store, listed), listed);
	assert_int_equal(store_listed(f->store, item(f, OTHER)), 0);
	assert_int_equal(store_group(f->store, f->endpoint, listed, f->now,
	    group, GROUP_MAX), 3);
	assert_int_equal(group[0], listed);
	assert_int_equal(store_alternates_due(f->store, f->server, 0, group,
	    GROUP_MAX), 0);
	while (store_count(f->store))
		;
	assert_int_equal(db_number(store_db(f->store), 0,
	    "SELECT items FROM server", ""), 2);
}

/* The same listing again: nothing is asked for, and nothing is gone. */
static void
test_only_what_changes_is_asked_for(void **state)
{
	static const int two[] = { LISTED, SECOND, 0 };
	struct fixture *f = *state;
	int64_t due[8], first = item(f, FIRST);

	list_items(f, 3, true);
	assert_int_equal(store_alternates_due(f->store, f->server, 0, due, 8),
	    0);
	assert_int_equal(item(f, FIRST), first);
	list_items(f, 2, true);
	assert_int_equal(store_alternates_due(f->store, f->server, 0, due, 8),
	    1);
	assert_int_equal(due[0], item(f, LISTED));
	answer(f, LISTED, two);
	assert_int_equal(item(f, FIRST), 0);
	assert_int_not_equal(item(f, SECOND), 0);
	/* One that does not answer any more may have been replaced. */
	store_ask_alternates(f->store, item(f, SECOND));
	assert_int_equal(store_alternates_due(f->store, f->server, 0, due, 8),
	    1);
}

/* What was begun and never ended says nothing about what is gone. */
static void
test_half_an_answer(void **state)
{
	struct fixture *f = *state;
	struct alternate_record record = { .listed = number_id(LISTED),
	    .id = number_id(LISTED) };
	static const int none[] = { 0 };

	store_ask_alternates(f->store, item(f, FIRST));
	store_alternates_begin(f->store, f->server);
	store_alternate(f->store, f->server, f->round, &record);
	answer(f, OTHER, none);
	assert_int_not_equal(item(f, FIRST), 0);
}

static void
test_gone_with_their_item(void **state)
{
	static const int three[] = { LISTED, FIRST, SECOND, 0 };
	struct fixture *f = *state;

	see(f, played, played);
	list_items(f, 0, true);
	assert_int_equal(item(f, FIRST), 0);
	assert_int_equal(db_number(store_db(f->store), 0,
	    "SELECT count(*) FROM copy", ""), 0);
	list_items(f, 3, true);
	answer(f, LISTED, three);
	assert_int_not_equal(item(f, FIRST), 0);
	assert_false(copy(f, FIRST).copy.has_base);	/* a first contact */
}

/* A version that becomes an item by itself, and the other way round. */
static void
test_merged_and_split(void **state)
{
	static const int with_other[] = { LISTED, FIRST, SECOND, OTHER, 0 };
	struct fixture *f = *state;
	int64_t other = item(f, OTHER);

	answer(f, LISTED, with_other);
	assert_int_equal(store_listed(f->store, other), 0);
	list_items(f, 4, false);
	answer(f, LISTED, with_other);
	assert_int_equal(item(f, OTHER), other);
	assert_int_equal(store_listed(f->store, other), item(f, LISTED));
	assert_int_equal(copy(f, OTHER).work, copy(f, LISTED).work);
	read_in_full(f);
	list_items(f, 3, true);
	assert_int_equal(item(f, OTHER), other);
	assert_int_equal(store_listed(f->store, other), 0);
	assert_false(copy(f, OTHER).copy.has_base);
}

/* A version of another item than before is another copy. */
static void
test_moved(void **state)
{
	static const int moved[] = { OTHER, FIRST, 0 };
	struct fixture *f = *state;

	see(f, nothing, played);
	assert_true(copy(f, FIRST).exists);
	list_items(f, 3, true);
	answer(f, OTHER, moved);
	assert_int_equal(copy(f, FIRST).work, copy(f, OTHER).work);
	assert_false(copy(f, FIRST).exists);
	assert_false(copy(f, FIRST).copy.has_base);
}

/* On a server before 12, or one that went back, they are no copies. */
static void
test_no_userdata_of_their_own(void **state)
{
	struct fixture *f = *state;
	int64_t due[8];

	assert_true(store_has_alternates(f->store, f->server));
	store_no_alternates(f->store, f->server, ++f->now);
	assert_false(store_has_alternates(f->store, f->server));
	assert_int_equal(item(f, FIRST), 0);
	assert_int_equal(store_listed(f->store, item(f, LISTED)), 0);
	/* They may be, once it is a 12 again. */
	assert_int_equal(store_alternates_due(f->store, f->server, 0, due, 8),
	    1);
}

/* The item shows the date of its version's play; that is no vote. */
static void
test_date_is_an_echo(void **state)
{
	struct fixture *f = *state;
	struct userdata half = { .position = 30 * MINUTE, .play_count = 1,
	    .last_played = 200 }, dated = { .last_played = 200 };

	see(f, dated, half);
	is_userdata(agreed(f), half);
	assert_int_equal(f->counts.heard, 1);
	assert_int_equal(f->counts.conflicts, 0);
	assert_int_equal(copy(f, LISTED).need, NEED_WRITE);
	assert_int_equal(copy(f, FIRST).need, NEED_NONE);
}

/* A version that is played is played again: the item loses its position. */
static void
test_lost_position_is_an_echo(void **state)
{
	struct fixture *f = *state;
	struct userdata start = { .played = true, .position = 20 * MINUTE,
	    .play_count = 2, .last_played = 200 };
	struct userdata on = start, reset = start;

	see(f, start, nothing);
	write_all(f);
	on.position = 50 * MINUTE;
	reset.position = 0;
	see(f, reset, on);
	is_userdata(agreed(f), on);
	write_all(f);
	is_userdata(copy(f, LISTED).copy.base, on);
	/* And the other way round. */
	on.position = 70 * MINUTE;
	see(f, on, reset);
	is_userdata(agreed(f), on);
	/* The version was finished: that is no echo of anything. */
	write_all(f);
	see(f, reset, reset);
	is_userdata(agreed(f), reset);
}

/* A favourite is heard, even from a copy that has an echo to show. */
static void
test_favorite_beside_an_echo(void **state)
{
	struct fixture *f = *state;
	struct userdata half = { .position = 30 * MINUTE, .play_count = 1,
	    .last_played = 200 };
	struct userdata dated = { .last_played = 200, .favorite = true };

	see(f, dated, half);
	half.favorite = true;
	is_userdata(agreed(f), half);
	is_userdata(copy(f, LISTED).copy.base, dated);
}

/* A finish echoes as a mark; however it is heard, it counts once. */
static void
test_finish_counts_once(void **state)
{
	struct fixture *f = *state;
	struct userdata marked = { .played = true };

	see(f, played, marked);
	is_userdata(agreed(f), played);
	write_all(f);
	marked.play_count = played.play_count;
	marked.last_played = 300;
	see(f, marked, (struct userdata){ .played = true, .play_count = 2,
	    .last_played = 300 });
	assert_int_equal(agreed(f).play_count, 2);
}

/* All of a group is in a batch, together, the listed item first. */
static void
test_batch(void **state)
{
	static struct message_write writes;
	struct fixture *f = *state;
	struct jellyfin_id id = number_id(LISTED);

	hear(f->store, &options, f->endpoint, item(f, LISTED), &played,
	    store_point(f->store), ++f->now, &f->counts);
	assert_int_equal(batch(f, &writes), 3);
	assert_true(jellyfin_id_equal(&writes.writes[0].item, &id));
	assert_false(writes.writes[0].alternate);
	assert_false(writes.writes[0].joined);
	assert_true(userdata_equal(&writes.writes[0].expected, &played));
	assert_true(userdata_equal(&writes.writes[0].wanted, &played));
	assert_true(writes.writes[1].alternate && writes.writes[1].joined);
	assert_true(writes.writes[2].alternate && writes.writes[2].joined);
	is_userdata(writes.writes[2].expected, nothing);
	is_userdata(writes.writes[2].wanted, played);
	assert_false(copy(f, LISTED).copy.has_asked);
	assert_true(copy(f, FIRST).copy.has_asked);
	obey(f, &writes);
	assert_int_equal(batch(f, &writes), 0);
}

/* One is to be cleared: so are all, and what they hold is asked for anew. */
static void
test_clearing_asks_for_all(void **state)
{
	static struct message_write writes;
	struct fixture *f = *state;
	struct userdata dateless = played;
	struct agreed_row a;
	struct copy_row row;

	hear(f->store, &options, f->endpoint, item(f, LISTED), &played,
	    store_point(f->store), ++f->now, &f->counts);
	write_all(f);
	/* Agreed without a date, which the first version shows already. */
	row = copy(f, FIRST);
	store_get_agreed(f->store, row.person, row.work, &a);
	dateless.last_played = 0;
	a.agreed.userdata = dateless;
	a.agreed.versions.play = store_advance(f->store);
	store_put_agreed(f->store, row.person, row.work, &a);
	row.copy.base = dateless;
	row.copy.versions.play = a.agreed.versions.play;
	store_put_copy(f->store, &row);
	plan_work(f->store, &options, row.person, row.work);
	assert_int_equal(copy(f, FIRST).need, NEED_NONE);
	assert_int_equal(batch(f, &writes), 3);
	assert_true(copy(f, FIRST).copy.has_asked);
	is_userdata(copy(f, FIRST).copy.asked, dateless);
}

/* What nobody has read is read first; with it, all of its group waits. */
static void
test_read_first(void **state)
{
	static const int four[] = { LISTED, FIRST, SECOND, 4, 0 };
	static struct message_write writes;
	struct fixture *f = *state;
	int64_t groups[4];

	list_items(f, 4, true);
	answer(f, LISTED, four);		/* and not read yet */
	see(f, played, nothing);
	assert_int_equal(batch(f, &writes), 0);
	assert_int_equal(group_unready(f->store, f->endpoint, f->now, groups,
	    4), 1);
	assert_int_equal(groups[0], item(f, LISTED));
	read_in_full(f);
	assert_int_equal(group_unready(f->store, f->endpoint, f->now, groups,
	    4), 0);
	assert_int_equal(batch(f, &writes), 4);
}

/* One that does not answer is left out, until a day later. */
static void
test_missing_version(void **state)
{
	static struct message_write writes;
	struct fixture *f = *state;
	struct group_reading reading = { .listed = item(f, LISTED), .n = 3,
	    .answered = { true, true, false }, .shown = { played, nothing },
	    .began = store_point(f->store), .items = { item(f, LISTED),
	    item(f, FIRST), item(f, SECOND) } };
	int64_t due[4];

	group_settle(f->store, &options, f->endpoint, &reading, ++f->now,
	    &f->counts);
	assert_true(copy(f, SECOND).parked);
	assert_int_equal(store_alternates_due(f->store, f->server, 0, due, 4),
	    1);
	assert_int_equal(batch(f, &writes), 2);
	obey(f, &writes);
	f->now += 24 * 3600 + 1;
	assert_int_equal(batch(f, &writes), 3);
}

/* Ours are never read while an older state may still be shown. */
static void
test_recent(void **state)
{
	static struct recent recent;
	struct jellyfin_id a = number_id(1), b = number_id(2), c;
	int64_t now = 5000;
	int i;

	(void)state;
	recent_begin(&recent, now);
	assert_int_equal(recent_wait(&recent, &a, now), RECENT_FOR);
	now += RECENT_FOR;
	assert_int_equal(recent_wait(&recent, &a, now), 0);
	recent_note(&recent, &a, now);
	assert_int_equal(recent_wait(&recent, &a, now + 500), RECENT_FOR - 500);
	assert_int_equal(recent_wait(&recent, &b, now), 0);
	/* As many as there is room for, and more: no one is forgotten. */
	for (i = 0; i < RECENT_MAX; i++) {
		c = number_id(3 + i % 200);
		recent_note(&recent, &c, now + 1);
	}
	assert_int_equal(recent_wait(&recent, &a, now), RECENT_FOR);
	assert_int_equal(recent_wait(&recent, &a, now + RECENT_FOR), 0);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_found),
		TEST(test_only_what_changes_is_asked_for),
		TEST(test_half_an_answer),
		TEST(test_gone_with_their_item),
		TEST(test_merged_and_split),
		TEST(test_moved),
		TEST(test_no_userdata_of_their_own),
		TEST(test_date_is_an_echo),
		TEST(test_lost_position_is_an_echo),
		TEST(test_favorite_beside_an_echo),
		TEST(test_finish_counts_once),
		TEST(test_batch),
		TEST(test_clearing_asks_for_all),
		TEST(test_read_first),
		TEST(test_missing_version),
		TEST(test_recent),
	};

	return cmocka_run_group_tests_name("group", tests, NULL, NULL);
}
