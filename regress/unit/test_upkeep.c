/*
 * Upkeep: what is forgotten, what never is, and how large the database is
 * after a year of daily use.
 */
#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hear.h"
#include "next_writes.h"
#include "outcome.h"
#include "text.h"
#include "upkeep.h"
#include "works.h"

#define MINUTE		(60 * TICKS_PER_SECOND)
#define DAY		86400
#define SERVERS		3
#define FILMS		2000	/* on each server */
#define MATCH_BY	(MATCH_PROVIDER_IDS | MATCH_SERIES_EPISODE)
#define START		1700000000
#define LISTED_EVERY	3	/* days */

/* A film, by its number everywhere, and the file that it is on each server:
 * 0: none. */
struct film {
	unsigned	files[SERVERS];
};

struct fixture {
	struct store		*store;
	int64_t			 servers[SERVERS];
	int64_t			 endpoints[SERVERS];
	int64_t			 rounds[SERVERS];
	int64_t			 now;
	struct plan_counts	 counts;
	struct film		*films;		/* from 1 on */
	unsigned		 n_films;
	unsigned		 last_file;
	uint32_t		 random;
};

static const struct merge_options options = { .fields = FIELD_ALL };
static char directory[] = "/tmp/jellyporter-upkeep.XXXXXX";

static uint32_t
below(struct fixture *f, uint32_t n)
{
	f->random = f->random * 1664525 + 1013904223;
	return (f->random >> 8) % n;
}

static void
begin(struct fixture *f, const char *path, unsigned n_films)
{
	char error[ERROR_SIZE], name[32];
	bool passes;
	int i;

	memset(f, 0, sizeof(*f));
	f->store = store_open(path, &passes, error, sizeof(error));
	assert_non_null(f->store);
	f->now = START;
	f->random = 1;
	f->n_films = n_films;
	f->films = calloc(n_films + 1, sizeof(*f->films));
	assert_non_null(f->films);
	store_configure(f->store);
	for (i = 0; i < SERVERS; i++) {
		snprintf(name, sizeof(name), "server%d", i);
		f->servers[i] = store_server(f->store, name, "http://h");
		f->endpoints[i] = store_endpoint(f->store, f->servers[i],
		    "anna", "anna", DIRECTION_BOTH);
	}
}

static void
end(struct fixture *f)
{
	store_close(f->store);
	free(f->films);
}

static int64_t
count(struct fixture *f, const char *sql)
{
	return db_number(store_db(f->store), -1, sql, "");
}

static struct jellyfin_id
file_id(unsigned file)
{
	struct jellyfin_id id;

	memset(&id, 0, sizeof(id));
	memcpy(id.bytes, &file, sizeof(file));
	return id;
}

static int64_t
item_of(struct fixture *f, int server, unsigned film)
{
	struct jellyfin_id id = file_id(f->films[film].files[server]);

	return store_item(f->store, f->servers[server], &id);
}

/* The film's file on a server is another one from now on. */
static void
replace(struct fixture *f, int server, unsigned film)
{
	f->films[film].files[server] = ++f->last_file;
}

/* A full reading of a server's items. */
static void
list(struct fixture *f, int server)
{
	struct identity identity = { 0 };
	struct item_record r;
	int64_t items[16], slice;
	unsigned i;
	size_t k, n;

	store_identity_begin(f->store, &identity, f->servers[server],
	    ++f->rounds[server]);
	for (i = 1; i <= f->n_films; i++) {
		if (f->films[i].files[server] == 0)
			continue;
		memset(&r, 0, sizeof(r));
		r.id = file_id(f->films[i].files[server]);
		r.kind = ITEM_MOVIE;
		r.season = r.episode = r.episode_end = NUMBER_UNKNOWN;
		r.runtime = 100 * MINUTE;
		r.media_sources = 1;
		r.n_providers = 2;
		snprintf(r.title, sizeof(r.title), "A film with a title: %u",
		    i);
		snprintf(r.providers[0].name, PROVIDER_NAME_SIZE, "Imdb");
		snprintf(r.providers[0].value, PROVIDER_VALUE_SIZE,
		    "tt%07u", i);
		snprintf(r.providers[1].name, PROVIDER_NAME_SIZE, "Tmdb");
		snprintf(r.providers[1].value, PROVIDER_VALUE_SIZE, "%u",
		    i + 100000);
		works_add(f->store, &options, MATCH_BY, &identity, &r);
	}
	store_identity_end(f->store, &identity, f->now);
	while ((n = store_unformed(f->store, f->servers[server], items, 16)) >
	    0) {
		for (k = 0; k < n; k++)
			works_form(f->store, &options, MATCH_BY, items[k]);
	}
	store_endpoint_read(f->store, f->endpoints[server],
	    f->rounds[server]);
	for (slice = FIRST_SLICE; slice != LAST_SLICE;)
		plan_endpoint(f->store, &options, f->endpoints[server],
		    &slice);
	store_commit(f->store);
}

static void
list_all(struct fixture *f)
{
	int i;

	for (i = 0; i < SERVERS; i++)
		list(f, i);
}

static void
hear_it(struct fixture *f, int server, unsigned film,
    const struct userdata *userdata)
{
	hear(f->store, &options, f->endpoints[server],
	    item_of(f, server, film), userdata, store_point(f->store), f->now,
	    &f->counts);
}

/* All that is owed is written, and answered as asked. */
static void
write_all(struct fixture *f)
{
	struct message_write batch;
	struct message_written written;
	int64_t items[WRITES_MAX];
	size_t k, n;
	int i;

	for (i = 0; i < SERVERS; i++) {
		while ((n = next_writes(f->store, &options, f->endpoints[i],
		    f->now, &batch, items)) > 0) {
			for (k = 0; k < n; k++) {
				memset(&written, 0, sizeof(written));
				written.item = batch.writes[k].item;
				written.result = WRITE_DONE;
				written.userdata = batch.writes[k].wanted;
				outcome_written(f->store, &options,
				    f->endpoints[i], items[k], &written,
				    store_point(f->store), f->now,
				    &f->counts);
			}
		}
	}
	store_commit(f->store);
}

static int
pass(struct fixture *f, uint32_t keep_days)
{
	struct upkeep upkeep;
	int steps = 1;

	upkeep_begin(&upkeep, f->now, keep_days);
	while (upkeep_step(f->store, &upkeep)) {
		store_commit(f->store);
		steps++;
	}
	store_commit(f->store);
	assert_int_equal(count(f,
	    "SELECT count(*) FROM pragma_foreign_key_check"), 0);
	return steps;
}

static void
one_film(struct fixture *f)
{
	int i;

	begin(f, ":memory:", 2);
	for (i = 0; i < SERVERS; i++) {
		replace(f, i, 1);
		replace(f, i, 2);
	}
	list_all(f);
}

static const struct userdata seen = { .played = true, .play_count = 1,
    .last_played = START };

static void
test_audit(void **state)
{
	struct fixture f;

	(void)state;
	one_film(&f);
	hear_it(&f, 0, 1, &seen);
	write_all(&f);
	f.now += 30 * DAY;
	hear_it(&f, 0, 2, &seen);
	write_all(&f);
	assert_int_equal(count(&f, "SELECT count(*) FROM audit"), 4);
	pass(&f, 30);
	assert_int_equal(count(&f, "SELECT count(*) FROM audit"), 4);
	f.now += 1;
	hear_it(&f, 0, 1, &(const struct userdata){ .played = true,
	    .play_count = 2, .last_played = f.now });
	write_all(&f);
	store_touch(f.store);
	db_run(store_db(f.store), "UPDATE audit SET time = ? WHERE id ="
	    " (SELECT max(id) FROM audit)", "i", f.now - 30 * DAY + 1);
	pass(&f, 30);
	assert_int_equal(count(&f, "SELECT count(*) FROM audit"), 4);
	db_exec(store_db(f.store), "DELETE FROM audit"
	    " WHERE new_play_count = 2");
	assert_int_equal(count(&f, "SELECT count(*) FROM audit"), 2);
	f.now += 30 * DAY;
	pass(&f, 30);
	assert_int_equal(count(&f, "SELECT count(*) FROM audit"), 0);
	/* Nothing else has gone. */
	assert_int_equal(count(&f, "SELECT count(*) FROM item"), 6);
	assert_int_equal(count(&f, "SELECT count(*) FROM agreed"), 2);
	assert_int_equal(count(&f, "SELECT count(*) FROM copy"), 6);
	end(&f);
}

/* Thousands of rows go a few hundred at a time. */
static void
test_small_steps(void **state)
{
	struct fixture f;
	int64_t changes;

	(void)state;
	one_film(&f);
	hear_it(&f, 0, 1, &seen);
	write_all(&f);
	store_touch(f.store);
	db_exec(store_db(f.store), "INSERT INTO audit SELECT NULL, time, kind,"
	    " person, server, item, work, from_server, old_played,"
	    " old_position, old_play_count, old_last_played, old_favorite,"
	    " new_played, new_position, new_play_count, new_last_played,"
	    " new_favorite, result, endpoint, version, apart"
	    " FROM audit, (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL"
	    " SELECT i + 1 FROM n WHERE i < 1000) SELECT i FROM n)");
	store_commit(f.store);
	f.now += 31 * DAY;
	changes = count(&f, "SELECT count(*) FROM audit");
	assert_true(changes > 2000);
	assert_true(pass(&f, 30) > changes / 300);
	assert_int_equal(count(&f, "SELECT count(*) FROM audit"), 0);
	end(&f);
}

/* A file that was replaced is forgotten; whoever needs it keeps it. */
static void
test_gone_items(void **state)
{
	struct fixture f;
	int64_t keys;

	(void)state;
	one_film(&f);
	hear_it(&f, 0, 1, &seen);
	write_all(&f);
	keys = count(&f, "SELECT count(*) FROM work_key");
	f.now += 40 * DAY;
	replace(&f, 1, 1);
	list(&f, 1);
	write_all(&f);
	f.now += 31 * DAY;
	assert_int_equal(count(&f, "SELECT count(*) FROM item"), 7);
	/* Not long enough; and then the audit still speaks of it. */
	pass(&f, 32);
	assert_int_equal(count(&f, "SELECT count(*) FROM item"), 7);
	store_touch(f.store);
	db_run(store_db(f.store), "INSERT INTO audit SELECT NULL, ?, kind,"
	    " person, server, (SELECT id FROM item WHERE gone_since != 0),"
	    " work, from_server, old_played, old_position, old_play_count,"
	    " old_last_played, old_favorite, new_played, new_position,"
	    " new_play_count, new_last_played, new_favorite, result,"
	    " endpoint, version, apart FROM audit LIMIT 1", "i", f.now);
	pass(&f, 30);
	assert_int_equal(count(&f, "SELECT count(*) FROM item"), 7);
	f.now += 31 * DAY;
	pass(&f, 30);
	assert_int_equal(count(&f, "SELECT count(*) FROM item"), 6);
	assert_int_equal(count(&f, "SELECT count(*) FROM item"
	    " WHERE gone_since != 0"), 0);
	assert_int_equal(count(&f, "SELECT count(*) FROM work_key"), keys);
	end(&f);
}

/* What is agreed outlives every file, and is there when one comes again. */
static void
test_agreed_is_kept(void **state)
{
	struct fixture f;
	int i;

	(void)state;
	one_film(&f);
	hear_it(&f, 0, 1, &seen);
	write_all(&f);
	for (i = 0; i < SERVERS; i++) {
		f.films[1].files[i] = f.films[2].files[i] = 0;
		f.now += DAY;
		list(&f, i);
	}
	/* So that it is not kept for having the greatest id. */
	f.n_films = 1;
	f.now += 400 * DAY;
	pass(&f, 365);
	/* The newest of the one that is agreed; the last of all. */
	assert_int_equal(count(&f, "SELECT count(*) FROM item"), 2);
	assert_int_equal(count(&f, "SELECT count(*) FROM agreed"), 1);
	pass(&f, 365);
	assert_int_equal(count(&f, "SELECT count(*) FROM item"), 2);

	replace(&f, 0, 1);
	list(&f, 0);
	assert_int_equal(count(&f, "SELECT count(*) FROM copy WHERE need = 1"),
	    1);
	end(&f);
}

/* No id, and so no work's name, comes twice. */
static void
test_ids_do_not_come_twice(void **state)
{
	struct fixture f;
	char error[ERROR_SIZE], path[64];
	bool passes;
	int64_t last, works;
	int i;

	(void)state;
	snprintf(path, sizeof(path), "%s/twice", directory);
	begin(&f, path, 2);
	for (i = 0; i < SERVERS; i++)
		replace(&f, i, 1);
	list_all(&f);
	last = count(&f, "SELECT max(id) FROM item");
	for (i = 0; i < SERVERS; i++)
		f.films[1].files[i] = 0;
	replace(&f, 0, 2);
	f.now += DAY;
	list(&f, 0);
	list(&f, 1);
	list(&f, 2);
	f.films[2].files[0] = 0;
	list(&f, 0);
	f.now += 31 * DAY;
	pass(&f, 30);
	works = count(&f, "SELECT count(*) FROM item");
	assert_int_equal(works, 1);
	store_close(f.store);
	f.store = store_open(path, &passes, error, sizeof(error));
	assert_non_null(f.store);
	replace(&f, 0, 1);
	list(&f, 0);
	assert_true(count(&f, "SELECT min(id) FROM item WHERE gone_since = 0")
	    > last + 1);
	/* Nor do keys stay of works that are no more. */
	pass(&f, 30);
	assert_int_equal(count(&f, "SELECT count(*) FROM work_key AS k"
	    " WHERE NOT EXISTS (SELECT 1 FROM item WHERE work = k.work)"), 0);
	end(&f);
}

/* A day in a house: some plays, a mark, an unmark, a favourite. */
static void
a_day(struct fixture *f)
{
	struct userdata u;
	struct copy_row row;
	unsigned film;
	int i, server, plays = 8 + (int)below(f, 8);

	for (i = 0; i < plays; i++) {
		server = (int)below(f, SERVERS);
		film = 1 + below(f, f->n_films);
		if (!store_get_copy(f->store, f->endpoints[server],
		    item_of(f, server, film), &row))
			continue;
		u = row.copy.base;
		f->now += 300;
		if (i % 4 == 3) {
			u.favorite = !u.favorite || below(f, 2) == 0;
			u.played = true;
		} else {
			u.played = true;
			u.play_count++;
			u.last_played = f->now;
		}
		hear_it(f, server, film, &u);
		write_all(f);
	}
	for (server = 0; server < SERVERS; server++)
		for (i = 0; i < 3; i++)
			replace(f, server, 1 + below(f, f->n_films));
}

static int64_t
file_size(const char *path, const char *suffix)
{
	struct stat st;
	char name[128];

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	return stat(name, &st) == 0 ? (int64_t)st.st_size : 0;
}

/*
 * All of it has been watched before, as history is kept for ever: so what
 * grows from here on is what upkeep is there for.  No room is left over.
 */
static void
watch_everything(struct fixture *f)
{
	struct userdata u = seen;
	unsigned film;

	for (film = 1; film <= FILMS; film++) {
		u.last_played = START - 1000000 + (int64_t)film;
		hear_it(f, 0, film, &u);
	}
	write_all(f);
	db_exec(store_db(f->store), "DELETE FROM audit; VACUUM");
}

/* At the end of a month. */
struct size {
	int64_t	bytes;		/* of the database file */
	int64_t	audit;		/* rows */
	int64_t	gone;		/* items */
	int64_t	log;		/* bytes, its longest until then */
};

static void
measure(struct fixture *f, const char *path, struct size *size)
{
	db_exec(store_db(f->store), "PRAGMA wal_checkpoint(FULL)");
	size->bytes = file_size(path, "");
	size->audit = count(f, "SELECT count(*) FROM audit");
	size->gone = count(f, "SELECT count(*) FROM item"
	    " WHERE gone_since != 0");
}

static void
a_year(uint32_t keep_days, struct size sizes[12])
{
	struct fixture f;
	char path[64];
	unsigned film;
	int64_t log = 0, bytes;
	int day, server, month = 0;

	snprintf(path, sizeof(path), "%s/year%u", directory, keep_days);
	begin(&f, path, FILMS);
	for (film = 1; film <= FILMS; film++)
		for (server = 0; server < SERVERS; server++)
			replace(&f, server, film);
	list_all(&f);
	watch_everything(&f);
	for (day = 1; day <= 360; day++) {
		f.now = START + (int64_t)day * DAY;
		a_day(&f);
		if (day % LISTED_EVERY == 0) {
			list_all(&f);
			write_all(&f);
		}
		pass(&f, keep_days);
		bytes = file_size(path, "-wal");
		log = bytes > log ? bytes : log;
		if (day % 30 != 0)
			continue;
		measure(&f, path, &sizes[month]);
		sizes[month].log = log;
		printf("# keep_days %u, month %d: %lld KiB, audit %lld, "
		    "gone items %lld, longest log %lld KiB\n", keep_days,
		    month + 1, (long long)sizes[month].bytes / 1024,
		    (long long)sizes[month].audit,
		    (long long)sizes[month].gone, (long long)log / 1024);
		month++;
	}
	end(&f);
}

/*
 * No table grows after the second month.  The file does for a while, since
 * rows that go here and there leave pages half empty, but that has an end.
 */
static void
test_year(void **state)
{
	struct size kept[12], all[12];
	int month;

	(void)state;
	a_year(30, kept);
	for (month = 1; month < 12; month++) {
		assert_true(kept[month].audit < kept[0].audit * 5 / 4);
		assert_true(kept[month].gone < kept[0].gone * 5 / 4);
		assert_true(kept[month].bytes < kept[1].bytes * 3 / 2);
	}
	assert_true(kept[11].log < 20 * 1024 * 1024);
	a_year(365, all);
	assert_true(all[11].audit > kept[11].audit * 8);
	assert_true(all[11].bytes > kept[11].bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_audit),
		cmocka_unit_test(test_small_steps),
		cmocka_unit_test(test_gone_items),
		cmocka_unit_test(test_agreed_is_kept),
		cmocka_unit_test(test_ids_do_not_come_twice),
		cmocka_unit_test(test_year)
	};
	char command[64];
	int failed;

	if (mkdtemp(directory) == NULL) {
		perror("mkdtemp");
		return 1;
	}
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	if (system(command) != 0)
		perror(command);
	return failed;
}
