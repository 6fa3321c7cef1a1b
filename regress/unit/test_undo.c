/*
 * Undo of a first contact: in whatever order the servers were read and
 * written, each has its own again, and keeps it.
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
#include "next_writes.h"
#include "outcome.h"
#include "text.h"
#include "undo.h"
#include "works.h"

#define SERVERS		3
#define NOW		1700000000
#define MATCH_BY	(MATCH_PROVIDER_IDS | MATCH_SERIES_EPISODE)

struct fixture {
	struct store		*store;
	int64_t			 endpoints[SERVERS];
	int64_t			 items[SERVERS];
	struct userdata		 shows[SERVERS];	/* on each server */
	struct plan_counts	 counts;
};

static const struct merge_options options = { .fields = FIELD_ALL };
static uint32_t randomness = 1;
static long histories = 400;

/* What a server may show when it is met. */
static const struct userdata states[] = {
	{ .play_count = 0 },
	{ .favorite = true },
	{ .played = true, .play_count = 4, .last_played = 1735787045,
	    .favorite = true },
	{ .played = true, .play_count = 1, .last_played = 1600000000 },
	{ .position = 600 * TICKS_PER_SECOND, .play_count = 1,
	    .last_played = 1735787045 },
};

static uint32_t
below(uint32_t n)
{
	randomness = randomness * 1664525 + 1013904223;
	return (randomness >> 8) % n;
}

static int64_t
add_film(struct store *store, int64_t server, unsigned char id)
{
	struct item_record film = { .kind = ITEM_MOVIE,
	    .season = NUMBER_UNKNOWN, .episode = NUMBER_UNKNOWN,
	    .episode_end = NUMBER_UNKNOWN, .media_sources = 1,
	    .runtime = 6000 * TICKS_PER_SECOND, .n_providers = 1 };
	struct identity identity = { 0 };
	int64_t item;

	film.id.bytes[0] = id;
	snprintf(film.title, sizeof(film.title), "Heat");
	snprintf(film.providers[0].name, PROVIDER_NAME_SIZE, "Imdb");
	snprintf(film.providers[0].value, PROVIDER_VALUE_SIZE, "tt0113277");
	store_identity_begin(store, &identity, server, 1);
	works_add(store, &options, MATCH_BY, &identity, &film);
	store_identity_end(store, &identity, NOW);
	item = store_item(store, server, &film.id);
	works_form(store, &options, MATCH_BY, item);
	return item;
}

static void
begin(struct fixture *f)
{
	char error[ERROR_SIZE], name[16];
	bool passes;
	int64_t server;
	int i;

	memset(f, 0, sizeof(*f));
	f->store = store_open(":memory:", &passes, error, sizeof(error));
	assert_non_null(f->store);
	store_configure(f->store);
	for (i = 0; i < SERVERS; i++) {
		snprintf(name, sizeof(name), "server%d", i);
		server = store_server(f->store, name, "http://h");
		f->endpoints[i] = store_endpoint(f->store, server, "anna",
		    "anna", DIRECTION_BOTH);
		f->items[i] = add_film(f->store, server,
		    (unsigned char)(i + 1));
	}
}

static void
read_server(struct fixture *f, int i)
{
	int64_t slice;

	hear(f->store, &options, f->endpoints[i], f->items[i], &f->shows[i],
	    store_point(f->store), NOW, &f->counts);
	store_endpoint_read(f->store, f->endpoints[i], 1);
	for (slice = FIRST_SLICE; slice != LAST_SLICE;)
		plan_endpoint(f->store, &options, f->endpoints[i], &slice);
}

/* What is owed to a server is written; true if anything was. */
static bool
write_server(struct fixture *f, int i)
{
	struct message_write batch;
	struct message_written written;
	int64_t items[WRITES_MAX];

	if (next_writes(f->store, &options, f->endpoints[i], NOW, &batch,
	    items) == 0)
		return false;
	memset(&written, 0, sizeof(written));
	written.item = batch.writes[0].item;
	written.result = WRITE_DONE;
	written.userdata = f->shows[i] = batch.writes[0].wanted;
	outcome_written(f->store, &options, f->endpoints[i], items[0], &written,
	    store_point(f->store), NOW, &f->counts);
	return true;
}

static void
settle(struct fixture *f)
{
	int i, rounds = 0;
	bool wrote;

	do {
		wrote = false;
		for (i = 0; i < SERVERS; i++) {
			wrote = write_server(f, i) || wrote;
			read_server(f, i);
		}
		assert_true(++rounds < 10);
	} while (wrote);
}

/* Everybody is read once, in some order, with writes in between. */
static void
meet(struct fixture *f)
{
	bool met[SERVERS] = { false };
	int i, n = 0;

	while (n < SERVERS) {
		i = (int)below(SERVERS);
		if (met[i])
			continue;
		met[i] = true;
		n++;
		read_server(f, i);
		if (below(3) == 0)
			write_server(f, (int)below(SERVERS));
	}
	settle(f);
}

static void
undo_all(struct fixture *f)
{
	struct undo undo = { .server = "", .person = "" };

	assert_null(undo_begin(f->store, &undo));
	while (undo_go_on(f->store, &options, &undo))
		;
	settle(f);
}

static void
test_first_contact(void **state)
{
	struct userdata before[SERVERS];
	struct fixture f;
	long h;
	int i;

	(void)state;
	for (h = 0; h < histories; h++) {
		begin(&f);
		for (i = 0; i < SERVERS; i++)
			before[i] = f.shows[i] = states[below(
			    sizeof(states) / sizeof(states[0]))];
		meet(&f);
		for (i = 1; i < SERVERS; i++)
			assert_true(userdata_equal(&f.shows[0], &f.shows[i]));
		undo_all(&f);
		for (i = 0; i < SERVERS; i++) {
			if (!userdata_equal(&f.shows[i], &before[i]))
				fail_msg("history %ld, server %d", h, i);
		}
		store_close(f.store);
	}
}

/* test_undo [HISTORIES]: under valgrind fewer are enough. */
int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_contact),
	};

	if (argc == 2 && (histories = strtol(argv[1], NULL, 10)) < 1)
		return 2;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
