/* One person's endpoints on three servers, and the films that are there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "films.h"
#include "guard.h"
#include "next_writes.h"
#include "outcome.h"
#include "works.h"

const struct merge_options all_fields = { .fields = FIELD_ALL };
const struct userdata untouched;
const struct userdata played = { .played = true, .play_count = 1,
    .last_played = 100 };

struct jellyfin_id
film_id(unsigned number)
{
	struct jellyfin_id id;

	memset(&id, 0, sizeof(id));
	memcpy(id.bytes, &number, sizeof(number));
	return id;
}

void
open_store(struct fixture *f, const char *path)
{
	static const enum direction both[SERVERS];
	char error[ERROR_SIZE], name[32];
	bool passes;
	int i;

	f->store = store_open(path, &passes, error, sizeof(error));
	assert_non_null(f->store);
	store_configure(f->store);
	for (i = 0; i < SERVERS; i++) {
		snprintf(name, sizeof(name), "server%d", i);
		f->servers[i] = store_server(f->store, name, "http://h");
		f->endpoints[i] = store_endpoint(f->store, f->servers[i],
		    "anna", "anna", both[i]);
	}
}

int
setup(void **state)
{
	struct fixture *f;

	assert_non_null(f = calloc(1, sizeof(*f)));
	f->now = 1000;
	open_store(f, ":memory:");
	*state = f;
	return 0;
}

int
teardown(void **state)
{
	struct fixture *f = *state;

	store_close(f->store);
	free(f);
	return 0;
}

void
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

void
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
		works_add(f->store, &all_fields, MATCH_BY, &identity, &r);
	}
	store_identity_end(f->store, &identity, ++f->now);
}

void
form(struct fixture *f, int server)
{
	int64_t items[16];
	size_t i, n, times = 0;

	while ((n = store_unformed(f->store, f->servers[server], items,
	    16)) > 0) {
		/* Each time round there must be fewer. */
		assert_true(times++ < 16);
		for (i = 0; i < n; i++)
			works_form(f->store, &all_fields, MATCH_BY, items[i]);
	}
}

void
list(struct fixture *f, int server, const struct film *films)
{
	int64_t slice;

	list_only(f, server, films);
	form(f, server);
	store_endpoint_read(f->store, f->endpoints[server],
	    f->rounds[server]);
	for (slice = FIRST_SLICE; slice != LAST_SLICE;)
		plan_endpoint(f->store, &all_fields, f->endpoints[server],
		    &slice);
}

int64_t
item_of(struct fixture *f, int server, unsigned number)
{
	struct jellyfin_id id = film_id(number);

	return store_item(f->store, f->servers[server], &id);
}

void
hear_it(struct fixture *f, int server, unsigned number, struct userdata u)
{
	hear(f->store, &all_fields, f->endpoints[server],
	    item_of(f, server, number), &u, store_point(f->store), f->now,
	    &f->counts);
}

struct copy_row
copy_of(struct fixture *f, int server, unsigned number)
{
	struct copy_row row;

	assert_true(store_get_copy(f->store, f->endpoints[server],
	    item_of(f, server, number), &row));
	return row;
}

void
assert_base(struct fixture *f, int server, unsigned number,
    const struct userdata *expected)
{
	struct copy_row row = copy_of(f, server, number);

	assert_true(row.copy.has_base);
	assert_true(userdata_equal(&row.copy.base, expected));
}

struct agreed_row
agreed_of(struct fixture *f, int server, unsigned number)
{
	struct copy_row row = copy_of(f, server, number);
	struct agreed_row agreed;

	store_get_agreed(f->store, row.person, row.work, &agreed);
	return agreed;
}

void
assert_agreed(struct fixture *f, unsigned number,
    const struct userdata *expected)
{
	struct agreed_row agreed = agreed_of(f, 0, number);

	assert_true(userdata_equal(&agreed.agreed.userdata, expected));
}

size_t
batch_of(struct fixture *f, int server, struct message_write *batch)
{
	int64_t items[WRITES_MAX];

	return next_writes(f->store, &all_fields, f->endpoints[server], f->now,
	    batch, items);
}

void
answer(struct fixture *f, int server, unsigned number,
    enum write_result result, struct userdata u)
{
	struct message_written written;

	memset(&written, 0, sizeof(written));
	written.item = film_id(number);
	written.result = result;
	written.userdata = u;
	outcome_written(f->store, &all_fields, f->endpoints[server],
	    item_of(f, server, number), &written, store_point(f->store),
	    f->now, &f->counts);
}

void
decide(struct fixture *f, int server)
{
	static const struct guard_limits limits = { 2, 10 };

	guard_decide(f->store, &all_fields, &limits, f->endpoints[server],
	    f->now, &f->counts);
}

int64_t
count(struct fixture *f, const char *sql)
{
	return db_number(store_db(f->store), -1, sql, "");
}

void
one_film_everywhere(struct fixture *f)
{
	static const struct film films[] = { { 1, 1, 1 }, { 0, 0, 0 } };
	int i;

	for (i = 0; i < SERVERS; i++)
		list(f, i, films);
}
