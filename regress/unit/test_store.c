/*
 * hear, plan, works and store together, on a database in memory: what a
 * reading, a write, an answer and a change in a library leave behind.
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

#include "guard.h"
#include "hear.h"
#include "next_writes.h"
#include "plan.h"
#include "store.h"
#include "text.h"
#include "works.h"

#define MINUTE		(60 * TICKS_PER_SECOND)
#define SERVERS		3
#define MATCH_BY	(MATCH_PROVIDER_IDS | MATCH_SERIES_EPISODE)

/* One person's endpoints on three servers. */
struct fixture {
	struct store		*store;
	int64_t			 servers[SERVERS];
	int64_t			 endpoints[SERVERS];
	int64_t			 rounds[SERVERS];
	int64_t			 now;
	struct plan_counts	 counts;
};

/* An item of a server, by its number there; imdb and tmdb 0: none. */
struct film {
	unsigned	number;
	unsigned	imdb;
	unsigned	tmdb;
};

static const struct merge_options options = { .fields = FIELD_ALL };
static const struct userdata untouched;
static const struct userdata played = { .played = true, .play_count = 1,
    .last_played = 100 };
static const struct userdata finished = { .played = true, .play_count = 2,
    .last_played = 100 };
static const struct userdata favorite = { .favorite = true };
static const struct userdata favorite_played = { .favorite = true,
    .played = true, .play_count = 1, .last_played = 100 };

static struct jellyfin_id
film_id(unsigned number)
{
	struct jellyfin_id id;

	memset(&id, 0, sizeof(id));
	memcpy(id.bytes, &number, sizeof(number));
	return id;
}

static void
open_store(struct fixture *f, const char *path)
{
	static const enum direction both[SERVERS];
	char error[ERROR_SIZE], name[32];
	int i;

	f->store = store_open(path, error, sizeof(error));
	assert_non_null(f->store);
	store_configure(f->store);
	for (i = 0; i < SERVERS; i++) {
		snprintf(name, sizeof(name), "server%d", i);
		f->servers[i] = store_server(f->store, name, "http://h");
		f->endpoints[i] = store_endpoint(f->store, f->servers[i],
		    "anna", "anna", both[i]);
	}
}

static int
setup(void **state)
{
	struct fixture *f;

	assert_non_null(f = calloc(1, sizeof(*f)));
	f->now = 1000;
	open_store(f, ":memory:");
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

static void
add_id(struct item_record *r, const char *name, const char *prefix,
    unsigned number)
{
	if (number == 0)
		return;
	strlcpy(r->providers[r->n_providers].name, name, PROVIDER_NAME_SIZE);
	snprintf(r->providers[r->n_providers].value, PROVIDER_VALUE_SIZE,
	    "%s%u", prefix, number);
	r->n_providers++;
}

/* An identity reading that shows these films, up to one with number 0. */
static void
list_only(struct fixture *f, int server, const struct film *films)
{
	struct identity identity = { 0 };
	struct item_record r;

	store_identity_begin(f->store, &identity, f->servers[server],
	    ++f->rounds[server]);
	for (; films->number != 0; films++) {
		memset(&r, 0, sizeof(r));
		r.id = film_id(films->number);
		r.kind = ITEM_MOVIE;
		r.season = r.episode = r.episode_end = NUMBER_UNKNOWN;
		r.runtime = 100 * MINUTE;
		r.media_sources = 1;
		strlcpy(r.title, "A film", sizeof(r.title));
		add_id(&r, "Imdb", "tt000000", films->imdb);
		add_id(&r, "Tmdb", "100", films->tmdb);
		works_add(f->store, &options, MATCH_BY, &identity, &r);
	}
	store_identity_end(f->store, &identity, ++f->now);
}

static void
form(struct fixture *f, int server)
{
	int64_t items[16];
	size_t i, n, times = 0;

	while ((n = store_unformed(f->store, f->servers[server], items,
	    16)) > 0) {
		/* Each time round there must be fewer. */
		assert_true(times++ < 16);
		for (i = 0; i < n; i++)
			works_form(f->store, &options, MATCH_BY, items[i]);
	}
}

/* An identity reading, and the endpoint read in full after it. */
static void
list(struct fixture *f, int server, const struct film *films)
{
	int64_t slice;

	list_only(f, server, films);
	form(f, server);
	store_endpoint_read(f->store, f->endpoints[server],
	    f->rounds[server]);
	for (slice = FIRST_SLICE; slice != LAST_SLICE;)
		plan_endpoint(f->store, &options, f->endpoints[server],
		    &slice);
}

static int64_t
item_of(struct fixture *f, int server, unsigned number)
{
	struct jellyfin_id id = film_id(number);

	return store_item(f->store, f->servers[server], &id);
}

static void
hear_it(struct fixture *f, int server, unsigned number, struct userdata u)
{
	hear(f->store, &options, f->endpoints[server],
	    item_of(f, server, number), &u, store_point(f->store), f->now,
	    &f->counts);
}

static struct copy_row
copy_of(struct fixture *f, int server, unsigned number)
{
	struct copy_row row;

	assert_true(store_get_copy(f->store, f->endpoints[server],
	    item_of(f, server, number), &row));
	return row;
}

static void
assert_base(struct fixture *f, int server, unsigned number,
    const struct userdata *expected)
{
	struct copy_row row = copy_of(f, server, number);

	assert_true(row.copy.has_base);
	assert_true(userdata_equal(&row.copy.base, expected));
}

static struct agreed_row
agreed_of(struct fixture *f, int server, unsigned number)
{
	struct copy_row row = copy_of(f, server, number);
	struct agreed_row agreed;

	store_get_agreed(f->store, row.person, row.work, &agreed);
	return agreed;
}

static size_t
batch_of(struct fixture *f, int server, struct message_write *batch)
{
	int64_t items[WRITES_MAX];

	return next_writes(f->store, &options, f->endpoints[server], f->now,
	    batch, items);
}

static void
answer(struct fixture *f, int server, unsigned number,
    enum write_result result, struct userdata u)
{
	struct message_written written;

	memset(&written, 0, sizeof(written));
	written.item = film_id(number);
	written.result = result;
	written.userdata = u;
	plan_answered(f->store, &options, f->endpoints[server],
	    item_of(f, server, number), &written, store_point(f->store),
	    f->now, &f->counts);
}

/* An endpoint has been read in full; two may be taken back. */
static void
decide(struct fixture *f, int server)
{
	static const struct guard_limits limits = { 2, 10 };

	guard_decide(f->store, &options, &limits, f->endpoints[server],
	    f->now, &f->counts);
}

static int64_t
count(struct fixture *f, const char *sql)
{
	return db_number(store_db(f->store), -1, sql, "");
}

/* The same film on all three servers, read in full. */
static void
one_film_everywhere(struct fixture *f)
{
	static const struct film films[] = { { 1, 1, 1 }, { 0, 0, 0 } };
	int i;

	for (i = 0; i < SERVERS; i++)
		list(f, i, films);
}

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
	hear(f->store, &options, f->endpoints[1], item_of(f, 1, 1),
	    &untouched, began, f->now, &f->counts);
	assert_base(f, 1, 1, &played);
	assert_true(agreed_of(f, 0, 1).agreed.userdata.played);
	/* What was asked for later is news: an unmark. */
	hear_it(f, 1, 1, untouched);
	decide(f, 1);
	assert_false(agreed_of(f, 0, 1).agreed.userdata.played);
}

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
	unsigned n;

	five_played_films(f);
	for (n = 1; n <= 3; n++)
		hear_it(f, 0, n, untouched);
	decide(f, 0);
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
	while (guard_approve(f->store, &options, f->endpoints[0], f->now,
	    &f->counts) > 0)
		;
	assert_int_equal(played_films(f), HELD_FILMS - 3);
}

static void
test_discard_gives_back(void **state)
{
	struct fixture *f = *state;
	struct message_write batch;
	unsigned n;

	five_played_films(f);
	for (n = 1; n <= 3; n++)
		hear_it(f, 0, n, untouched);
	decide(f, 0);
	while (guard_discard(f->store, &options, f->endpoints[0], f->now,
	    &f->counts) > 0)
		;
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
	struct fixture *f = *state;
	struct message_write batch;

	one_film_everywhere(f);
	hear_it(f, 0, 1, played);
	batch_of(f, 1, &batch);
	answer(f, 1, 1, WRITE_CHANGED, favorite);
	assert_base(f, 1, 1, &favorite);
	assert_true(agreed_of(f, 1, 1).agreed.userdata.favorite);
	assert_true(agreed_of(f, 1, 1).agreed.userdata.played);
	assert_int_equal(copy_of(f, 1, 1).need, NEED_WRITE);
	assert_int_equal(copy_of(f, 0, 1).need, NEED_WRITE);
}

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
	hear(f->store, &options, f->endpoints[1], item_of(f, 1, 1),
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
	plan_settle(f->store, &options, f->endpoints[1], item_of(f, 1, 1),
	    &played, store_point(f->store), f->now, &f->counts);
	plan_settle(f->store, &options, f->endpoints[2], item_of(f, 2, 1),
	    &untouched, store_point(f->store), f->now, &f->counts);
	assert_int_equal(copy_of(f, 1, 1).need, NEED_NONE);
	assert_int_equal(copy_of(f, 2, 1).need, NEED_WRITE);
	assert_true(copy_of(f, 2, 1).looked);
	assert_int_equal(store_asked_needed(f->store, f->endpoints[2],
	    f->now + 3600, items, 4), 0);
	assert_int_equal(f->counts.heard, 1);
	assert_int_equal(batch_of(f, 2, &batch), 1);
	/* Whichever of the two it is that arrives late, it is ours. */
	hear(f->store, &options, f->endpoints[2], item_of(f, 2, 1), &played,
	    store_point(f->store), f->now, &f->counts);
	assert_int_equal(copy_of(f, 2, 1).need, NEED_NONE);
	assert_false(copy_of(f, 2, 1).copy.has_asked);
	assert_int_equal(f->counts.heard, 1);
}

static void
settle_it(struct fixture *f, int server, unsigned film,
    struct userdata userdata)
{
	plan_settle(f->store, &options, f->endpoints[server],
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
	hear(f->store, &options, f->endpoints[1], item_of(f, 1, 1), &half,
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
	plan_settle(f->store, &options, f->endpoints[1], items[0], &played,
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
	works_add(f->store, &options, MATCH_BY, &identity, &r);
	store_identity_end(f->store, &identity, ++f->now);
	r.n_providers = 0;
	add_id(&r, names[n - 1], "x", 1);
	store_identity_begin(f->store, &identity, f->servers[1], 1);
	works_add(f->store, &options, MATCH_BY, &identity, &r);
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
		works_add(f->store, &options, MATCH_BY, &identity, &r);
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

static void
test_files_that_are_not_ours(void **state)
{
	char path[] = "/tmp/test_store.XXXXXX", error[ERROR_SIZE];
	struct store *store;
	FILE *file;
	int fd;

	(void)state;
	assert_int_not_equal(fd = mkstemp(path), -1);
	close(fd);
	assert_non_null(store = store_open(path, error, sizeof(error)));
	store_advance(store);
	db_exec(store_db(store), "PRAGMA user_version = 1000");
	store_close(store);
	assert_null(store_open(path, error, sizeof(error)));
	assert_non_null(strstr(error, "newer"));
	assert_non_null(file = fopen(path, "w"));
	fputs("This is a letter to a friend, not a database of anything, and "
	    "long enough to be sure of that.\n", file);
	fclose(file);
	assert_null(store_open(path, error, sizeof(error)));
	unlink(path);
}

static void
test_sequence_survives(void **state)
{
	char directory[] = "/tmp/test_store.XXXXXX", path[64];
	char error[ERROR_SIZE];
	struct store *store;
	int64_t point;

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/db", directory);
	assert_non_null(store = store_open(path, error, sizeof(error)));
	store_advance(store);
	point = store_advance(store);
	store_close(store);
	assert_non_null(store = store_open(path, error, sizeof(error)));
	assert_int_equal(store_point(store), point);
	assert_true(store_advance(store) > point);
	store_close(store);
	unlink(path);
	rmdir(directory);
}

/* A text file of at most that many bytes, or NULL. */
static char *
read_text(const char *path, size_t max)
{
	char *text;
	FILE *file;
	size_t n;

	if ((file = fopen(path, "r")) == NULL)
		return NULL;
	assert_non_null(text = malloc(max));
	n = fread(text, 1, max - 1, file);
	assert_true(n > 0 && n < max - 1);
	text[n] = '\0';
	fclose(file);
	return text;
}

/* How many rows of a table a file has. */
static int64_t
rows_of(sqlite3 *db, const char *table)
{
	sqlite3_stmt *stmt;
	char sql[128];
	int64_t n;

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", table);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	n = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return n;
}

/* Tables and indices are those of a database that is made today. */
static void
assert_as_if_new(sqlite3 *db, const char *directory)
{
	char path[64], sql[160], error[ERROR_SIZE];

	snprintf(path, sizeof(path), "%s/new", directory);
	store_close(store_open(path, error, sizeof(error)));
	snprintf(sql, sizeof(sql), "ATTACH '%s' AS new", path);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(rows_of(db, "(SELECT type, name, sql"
	    " FROM main.sqlite_schema EXCEPT SELECT type, name, sql"
	    " FROM new.sqlite_schema)"), 0);
	assert_int_equal(rows_of(db, "(SELECT type, name, sql"
	    " FROM new.sqlite_schema EXCEPT SELECT type, name, sql"
	    " FROM main.sqlite_schema)"), 0);
	assert_int_equal(sqlite3_exec(db, "DETACH new", NULL, NULL, NULL),
	    SQLITE_OK);
	unlink(path);
}

/*
 * Every schema there was, as a database that a program of that time has left,
 * is brought up to date without losing a row.
 */
static void
test_older_schemas(void **state)
{
	static const char *const tables[] = { "server", "person", "endpoint",
	    "(SELECT DISTINCT work FROM item WHERE work IS NOT NULL)",
	    "(SELECT 1 FROM item AS a JOIN item AS b ON b.work = a.work)",
	    "item", "copy", "agreed", "audit" };
	static const size_t n_tables = sizeof(tables) / sizeof(tables[0]);
	char directory[] = "/tmp/jellyporter-test.XXXXXX";
	char path[64], name[64], error[ERROR_SIZE], *text, *problem;
	int64_t rows[9];
	struct store *store;
	int64_t current = 0;
	sqlite3 *db;
	size_t i;
	int version;

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/db", directory);
	for (version = 1;; version++) {
		snprintf(name, sizeof(name), "regress/schema/%d.sql", version);
		if ((text = read_text(name, 1024 * 1024)) == NULL)
			break;
		assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
		if (sqlite3_exec(db, text, NULL, NULL, &problem) != SQLITE_OK)
			fail_msg("%s: %s", name, problem);
		for (i = 0; i < n_tables; i++)
			assert_true((rows[i] = rows_of(db, tables[i])) > 0);
		sqlite3_close(db);
		free(text);

		if ((store = store_open(path, error, sizeof(error))) == NULL)
			fail_msg("%s: %s", name, error);
		current = db_number(store_db(store), 0,
		    "PRAGMA user_version", "");
		assert_true(current >= version);
		assert_int_equal(db_number(store_db(store), 0, "SELECT"
		    " count(*) FROM pragma_foreign_key_check", ""), 0);
		assert_int_equal(db_number(store_db(store), 0, "SELECT"
		    " integrity_check = 'ok' FROM pragma_integrity_check",
		    ""), 1);
		store_close(store);
		assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
		assert_as_if_new(db, directory);
		for (i = 0; i < n_tables; i++)
			assert_int_equal(rows_of(db, tables[i]), rows[i]);
		sqlite3_close(db);
		unlink(path);
	}
	/* This one's is there for the next. */
	assert_int_equal(version, current + 1);
	rmdir(directory);
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
		TEST(test_few_are_taken_back),
		TEST(test_many_are_held),
		TEST(test_discard_gives_back),
		TEST(test_a_few_at_a_time),
		TEST(test_changed_is_an_observation),
		TEST(test_lost_answer),
		TEST(test_late_arrival),
		TEST(test_no_answer_and_not_owed),
		TEST(test_backoff_and_parking),
		TEST(test_undone_by_its_server),
		TEST(test_undone_and_there_again),
		TEST(test_undone_and_then_an_act),
		TEST(test_undone_or_an_act),
		TEST(test_directions),
		TEST(test_renamed_and_back),
		TEST(test_vanished_item),
		TEST(test_vanished_before_it_was_formed),
		TEST(test_replaced_file),
		TEST(test_another_server_behind_the_name),
		TEST(test_works_unite),
		TEST(test_work_splits),
		TEST(test_keys_lead_to_the_new_work),
		TEST(test_listed_twice),
		TEST(test_keys_outlive_a_process),
		TEST(test_many_keys),
		TEST(test_series_comes_later),
		TEST(test_split_gets_nothing_of_the_other),
		TEST(test_gone_is_adopted_once),
		cmocka_unit_test(test_files_that_are_not_ours),
		cmocka_unit_test(test_sequence_survives),
		cmocka_unit_test(test_older_schemas)
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
