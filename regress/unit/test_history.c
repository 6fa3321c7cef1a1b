/*
 * history, on a real store: what an export says of a work, which work a line
 * is about, and what becomes of what is agreed.
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

#include "hear.h"
#include "history.h"
#include "plan.h"
#include "store.h"
#include "text.h"
#include "works.h"

#define MINUTE		(60 * TICKS_PER_SECOND)
#define SERVERS		3
#define LINES_MAX	16

/* Two people's endpoints on three servers. */
struct fixture {
	char			 path[64];
	struct store		*store;
	int64_t			 servers[SERVERS];
	int64_t			 anna[SERVERS];
	int64_t			 rounds[SERVERS];
	uint32_t		 match_by;
	int64_t			 now;
	struct plan_counts	 counts;
};

static const struct merge_options options = { .fields = FIELD_ALL };
static const struct userdata untouched;
static const struct userdata played = { .played = true, .play_count = 1,
    .last_played = 100 };

static struct message_history lines[LINES_MAX];	/* of export() */
static const char *reason;			/* of import() */

static int
setup(void **state)
{
	struct fixture *f;
	char error[ERROR_SIZE], name[32];
	bool passes;
	int fd, i;

	assert_non_null(f = calloc(1, sizeof(*f)));
	strlcpy(f->path, "/tmp/test_history.XXXXXX", sizeof(f->path));
	assert_int_not_equal(fd = mkstemp(f->path), -1);
	close(fd);
	f->match_by = MATCH_PROVIDER_IDS | MATCH_SERIES_EPISODE;
	f->store = store_open(f->path, &passes, error, sizeof(error));
	assert_non_null(f->store);
	f->now = 1000;
	store_configure(f->store);
	for (i = 0; i < SERVERS; i++) {
		snprintf(name, sizeof(name), "server%d", i);
		f->servers[i] = store_server(f->store, name, "http://h");
		f->anna[i] = store_endpoint(f->store, f->servers[i], "anna",
		    "anna", DIRECTION_BOTH);
		store_endpoint(f->store, f->servers[i], "bea", "bea",
		    DIRECTION_BOTH);
	}
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char path[80];

	store_close(f->store);
	unlink(f->path);
	snprintf(path, sizeof(path), "%s-wal", f->path);
	unlink(path);
	snprintf(path, sizeof(path), "%s-shm", f->path);
	unlink(path);
	free(f);
	return 0;
}

static struct item_record
film(unsigned number, const char *title, const char *imdb, const char *tmdb)
{
	struct item_record r;

	memset(&r, 0, sizeof(r));
	memcpy(r.id.bytes, &number, sizeof(number));
	r.kind = ITEM_MOVIE;
	r.season = r.episode = r.episode_end = NUMBER_UNKNOWN;
	r.year = 1999;
	r.runtime = 100 * MINUTE;
	r.media_sources = 1;
	strlcpy(r.title, title, sizeof(r.title));
	if (imdb != NULL) {
		strlcpy(r.providers[r.n_providers].name, "Imdb", 32);
		strlcpy(r.providers[r.n_providers++].value, imdb, 32);
	}
	if (tmdb != NULL) {
		strlcpy(r.providers[r.n_providers].name, "Tmdb", 32);
		strlcpy(r.providers[r.n_providers++].value, tmdb, 32);
	}
	return r;
}

/* A server's whole library, its works, and a reading of its endpoints. */
static void
list(struct fixture *f, int server, const struct item_record *records,
    size_t n)
{
	struct identity identity = { 0 };
	int64_t items[16];
	size_t i;

	store_identity_begin(f->store, &identity, f->servers[server],
	    ++f->rounds[server]);
	for (i = 0; i < n; i++)
		works_add(f->store, &options, f->match_by, &identity,
		    &records[i]);
	store_identity_end(f->store, &identity, ++f->now);
	while ((n = store_unformed(f->store, f->servers[server], items,
	    16)) > 0) {
		for (i = 0; i < n; i++)
			works_form(f->store, &options, f->match_by, items[i]);
	}
	store_endpoint_read(f->store, f->anna[server], f->rounds[server]);
}

static int64_t
item_of(struct fixture *f, int server, unsigned number)
{
	struct jellyfin_id id;

	memset(&id, 0, sizeof(id));
	memcpy(id.bytes, &number, sizeof(number));
	return store_item(f->store, f->servers[server], &id);
}

static void
observe(struct fixture *f, int server, unsigned number,
    const struct userdata *userdata)
{
	hear(f->store, &options, f->anna[server], item_of(f, server, number),
	    userdata, store_point(f->store), ++f->now, &f->counts);
}

/* Into lines; how many. */
static size_t
export(struct fixture *f)
{
	struct history_export *export;
	char error[ERROR_SIZE];
	size_t n = 0;

	export = history_export_begin(f->store, error, sizeof(error));
	if (export == NULL)
		fail_msg("%s", error);
	while (history_export_next(export, &lines[n]))
		assert_true(++n < LINES_MAX);
	history_export_end(export);
	return n;
}

static enum history_outcome
import(struct fixture *f, const struct message_history *line, bool replace)
{
	struct history_import *import;
	enum history_outcome outcome;

	import = history_import_begin(f->store, &options, f->match_by,
	    replace);
	assert_int_equal(history_import(import, line, &outcome, &reason), 0);
	history_import_end(import);
	return outcome;
}

static struct message_history
line_of(const char *imdb, const char *tmdb, const struct userdata *userdata)
{
	struct item_record r = film(1, "A film", imdb, tmdb);
	struct message_history line;

	memset(&line, 0, sizeof(line));
	strlcpy(line.person, "anna", sizeof(line.person));
	line.kind = r.kind;
	line.season = line.episode = line.episode_end = NUMBER_UNKNOWN;
	line.year = r.year;
	line.runtime = line.position_runtime = r.runtime;
	strlcpy(line.title, r.title, sizeof(line.title));
	line.n_ids = r.n_providers;
	memcpy(line.ids, r.providers, sizeof(line.ids));
	line.userdata = *userdata;
	return line;
}

static struct agreed_row
agreed_of(struct fixture *f, int server, unsigned number)
{
	struct agreed_row agreed;
	struct copy_row copy;

	assert_true(store_get_copy(f->store, f->anna[server],
	    item_of(f, server, number), &copy));
	store_get_agreed(f->store, copy.person, copy.work, &agreed);
	return agreed;
}

static enum need
need_of(struct fixture *f, int server, unsigned number)
{
	struct copy_row copy;

	assert_true(store_get_copy(f->store, f->anna[server],
	    item_of(f, server, number), &copy));
	return copy.need;
}

/* A work is described by all its items, in whichever order they came. */
static void
test_description(void **state)
{
	struct fixture *f = *state;
	struct item_record a = film(1, "Zorro", "tt0000001", NULL);
	struct item_record b = film(2, "Alibi", "tt0000001", "12");
	struct item_record c = film(3, "", NULL, "12");

	c.year = 0;
	b.year = 0;
	b.runtime = 0;
	list(f, 0, &a, 1);
	list(f, 1, &b, 1);
	list(f, 2, &c, 1);
	observe(f, 0, 1, &played);
	assert_int_equal(export(f), 1);
	assert_string_equal(lines[0].person, "anna");
	assert_string_equal(lines[0].title, "Alibi");
	assert_int_equal(lines[0].year, 1999);
	assert_int_equal(lines[0].runtime, 100 * MINUTE);
	assert_int_equal(lines[0].n_ids, 2);
	assert_string_equal(lines[0].ids[0].value, "tt0000001");
	assert_string_equal(lines[0].ids[1].name, "tmdb");
	assert_true(userdata_equal(&lines[0].userdata, &played));
	/* And without that which is not there any more. */
	list(f, 1, &a, 0);
	assert_int_equal(export(f), 1);
	assert_string_equal(lines[0].title, "Zorro");
}

/* An id on which the items of a work differ is worth nothing elsewhere. */
static void
test_disputed_ids(void **state)
{
	struct fixture *f = *state;
	struct item_record doubled[2] = {
		film(1, "One", "tt0000001", "11"),
		film(2, "Two", "tt0000001", "22")
	};
	struct item_record other = film(3, "One", "tt0000009", "11");

	doubled[1].runtime = 10 * MINUTE;	/* not the same work */
	list(f, 0, doubled, 2);
	list(f, 1, &other, 1);
	observe(f, 0, 1, &played);
	assert_int_equal(export(f), 1);
	assert_int_equal(lines[0].n_ids, 1);
	assert_string_equal(lines[0].ids[0].name, "tmdb");
	assert_int_equal(import(f, &lines[0], true), HISTORY_UNCHANGED);
	/* What is gone disputes nothing. */
	list(f, 1, &other, 0);
	assert_int_equal(export(f), 1);
	assert_int_equal(lines[0].n_ids, 2);
}

/* It is of one moment, whatever happens while it is read. */
static void
test_snapshot(void **state)
{
	struct fixture *f = *state;
	struct item_record films[2] = {
		film(1, "One", "tt0000001", NULL),
		film(2, "Two", "tt0000002", NULL)
	};
	struct item_record others[3] = { films[0], films[1],
		film(3, "Three", "tt0000003", NULL) };
	struct history_export *export;
	char error[ERROR_SIZE];

	list(f, 0, films, 2);
	list(f, 1, others, 3);
	observe(f, 0, 1, &played);
	observe(f, 0, 2, &played);
	export = history_export_begin(f->store, error, sizeof(error));
	assert_non_null(export);
	observe(f, 1, 1, &played);
	observe(f, 1, 2, &played);
	store_commit(f->store);
	assert_true(history_export_next(export, &lines[0]));
	observe(f, 1, 3, &played);
	store_commit(f->store);
	assert_true(history_export_next(export, &lines[1]));
	assert_int_equal(lines[0].userdata.play_count, 1);
	assert_int_equal(lines[1].userdata.play_count, 1);
	assert_false(history_export_next(export, &lines[2]));
	assert_false(history_export_next(export, &lines[2]));
	history_export_end(export);
}

static void
test_origin_and_needs(void **state)
{
	struct fixture *f = *state;
	struct item_record r = film(1, "A film", "tt0000001", NULL);
	struct message_history line;
	struct agreed_row agreed;
	int64_t point;

	list(f, 0, &r, 1);
	list(f, 1, &r, 1);
	line = line_of("tt0000001", NULL, &played);
	assert_int_equal(import(f, &line, false), HISTORY_CHANGED);
	agreed = agreed_of(f, 0, 1);
	assert_true(userdata_equal(&agreed.agreed.userdata, &played));
	assert_int_equal(agreed.agreed.runtime, 100 * MINUTE);
	assert_int_equal(agreed.play_from, FROM_IMPORT);
	assert_int_equal(need_of(f, 0, 1), NEED_WRITE);
	assert_int_equal(need_of(f, 1, 1), NEED_WRITE);
	point = store_point(f->store);
	assert_int_equal(import(f, &line, false), HISTORY_UNCHANGED);
	assert_int_equal(import(f, &line, true), HISTORY_UNCHANGED);
	assert_int_equal(store_point(f->store), point);
	/* A favorite is a part of its own. */
	line.userdata.favorite = true;
	assert_int_equal(import(f, &line, false), HISTORY_CHANGED);
	assert_int_equal(agreed_of(f, 0, 1).agreed.versions.play,
	    agreed.agreed.versions.play);
	assert_true(agreed_of(f, 0, 1).agreed.versions.favorite > point);
	/* A server whose copy moves meanwhile is in conflict with it. */
	line.userdata = untouched;
	assert_int_equal(import(f, &line, true), HISTORY_CHANGED);
	observe(f, 0, 1, &played);
	assert_true(agreed_of(f, 0, 1).agreed.userdata.played);
}

/* What nobody touched takes no room, unless it is what was asked for. */
static void
test_default_line(void **state)
{
	struct fixture *f = *state;
	struct item_record r = film(1, "A film", "tt0000001", NULL);
	struct message_history line = line_of("tt0000001", NULL, &untouched);

	list(f, 0, &r, 1);
	assert_int_equal(import(f, &line, false), HISTORY_UNCHANGED);
	assert_int_equal(export(f), 0);
	assert_int_equal(import(f, &line, true), HISTORY_CHANGED);
	assert_int_equal(export(f), 1);
	assert_true(userdata_equal(&lines[0].userdata, &untouched));
	assert_int_equal(need_of(f, 0, 1), NEED_NONE);
}

static void
test_unmatched(void **state)
{
	struct fixture *f = *state;
	struct item_record films[4] = {
		film(1, "One", "tt0000001", "11"),
		film(2, "Two", "tt0000002", "22"),
		film(3, "Three", "tt0000003", NULL),
		film(4, "Not three", "tt0000003", NULL)
	};
	static const struct {
		const char	*imdb;
		const char	*tmdb;
		const char	*reason;
	} cases[] = {
		{ "tt0000009", NULL, "no such item on any server" },
		{ NULL, NULL, "no ids" },
		{ "not an id", "0", "no ids" },
		{ "tt0000001", "12", "ids disagree" },
		/* Two movies here, one and the same in the file. */
		{ "tt0000001", "22", "ids disagree" },
		{ "tt0000003", NULL, "ambiguous" }
	};
	struct message_history line;
	size_t i;

	films[3].runtime = 10 * MINUTE;
	list(f, 0, films, 4);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		line = line_of(cases[i].imdb, cases[i].tmdb, &played);
		assert_int_equal(import(f, &line, true), HISTORY_UNMATCHED);
		assert_string_equal(reason, cases[i].reason);
	}
	/* Nothing speaks against either of two works: nobody can tell. */
	films[0] = film(5, "Five", "tt0000005", NULL);
	films[1] = film(6, "Six", NULL, "66");
	list(f, 1, films, 2);
	line = line_of("tt0000005", "66", &played);
	assert_int_equal(import(f, &line, true), HISTORY_UNMATCHED);
	assert_string_equal(reason, "ambiguous");
	assert_int_equal(export(f), 0);
}

static void
test_numbers(void **state)
{
	struct fixture *f = *state;
	struct item_record records[2];
	struct message_history line = line_of(NULL, NULL, &played);

	records[0] = film(7, "A series", NULL, NULL);
	records[0].kind = ITEM_SERIES;
	strlcpy(records[0].providers[0].name, "Tvdb", 32);
	strlcpy(records[0].providers[0].value, "77", 32);
	records[0].n_providers = 1;
	records[1] = film(8, "Pilot", NULL, NULL);
	records[1].kind = ITEM_EPISODE;
	records[1].has_series = true;
	records[1].series = records[0].id;
	records[1].season = records[1].episode = 1;
	records[1].episode_end = 2;
	list(f, 0, records, 2);
	line.kind = ITEM_EPISODE;
	line.season = line.episode = 1;
	line.n_series_ids = 1;
	line.series_ids[0] = records[0].providers[0];
	assert_int_equal(import(f, &line, false), HISTORY_UNMATCHED);
	line.episode_end = 2;
	assert_int_equal(import(f, &line, false), HISTORY_CHANGED);
	assert_int_equal(export(f), 1);
	assert_int_equal(lines[0].episode_end, 2);
	assert_int_equal(lines[0].n_series_ids, 1);
	assert_string_equal(lines[0].series_ids[0].value, "77");
	/* A movie with the same ids is another work. */
	line.kind = ITEM_MOVIE;
	assert_int_equal(import(f, &line, false), HISTORY_UNMATCHED);
}

static void
test_title_only_if_wanted(void **state)
{
	struct fixture *f = *state;
	struct item_record r = film(1, "A film!", NULL, NULL);
	struct message_history line = line_of(NULL, NULL, &played);

	list(f, 0, &r, 1);
	assert_int_equal(import(f, &line, true), HISTORY_UNMATCHED);
	f->match_by |= MATCH_TITLE;
	r.year = 2000;		/* so that it is formed anew, with titles */
	list(f, 0, &r, 1);
	r.year = 1999;
	list(f, 0, &r, 1);
	assert_int_equal(import(f, &line, true), HISTORY_CHANGED);
	line.runtime = 90 * MINUTE;
	assert_int_equal(import(f, &line, true), HISTORY_UNMATCHED);
}

/* What is agreed for a work that is gone waits for one that is the same. */
static void
test_gone_work(void **state)
{
	struct fixture *f = *state;
	struct item_record r = film(1, "A film", "tt0000001", NULL);
	struct userdata more = played;
	struct message_history line;

	list(f, 0, &r, 1);
	observe(f, 0, 1, &played);
	list(f, 0, &r, 0);
	assert_int_equal(export(f), 1);
	more.play_count = 3;
	line = lines[0];
	line.userdata = more;
	assert_int_equal(import(f, &line, false), HISTORY_CHANGED);
	r = film(2, "A film", "tt0000001", NULL);
	list(f, 0, &r, 1);
	assert_int_equal(agreed_of(f, 0, 2).agreed.userdata.play_count, 3);
	/* An id that an item no longer has finds nothing any more. */
	r = film(2, "A film", "tt0000002", NULL);
	list(f, 0, &r, 1);
	assert_true(agreed_of(f, 0, 2).exists);
	line = line_of("tt0000001", NULL, &played);
	assert_int_equal(import(f, &line, false), HISTORY_UNMATCHED);
	assert_string_equal(reason, "no such item on any server");
}

static void
test_persons(void **state)
{
	struct fixture *f = *state;
	struct item_record r = film(1, "A film", "tt0000001", NULL);
	struct message_history line = line_of("tt0000001", NULL, &played);
	struct history_import *import_of_all;
	enum history_outcome outcome;

	list(f, 0, &r, 1);
	import_of_all = history_import_begin(f->store, &options, f->match_by,
	    false);
	strlcpy(line.person, "carol", sizeof(line.person));
	assert_int_equal(history_import(import_of_all, &line, &outcome,
	    &reason), -1);
	history_import_end(import_of_all);
	strlcpy(line.person, "bea", sizeof(line.person));
	assert_int_equal(import(f, &line, false), HISTORY_CHANGED);
	strlcpy(line.person, "anna", sizeof(line.person));
	assert_int_equal(import(f, &line, false), HISTORY_CHANGED);
	assert_int_equal(export(f), 2);
	/* Nobody's who is not in the configuration. */
	store_configure(f->store);
	store_server(f->store, "server0", "http://h");
	store_endpoint(f->store, f->servers[0], "bea", "bea",
	    DIRECTION_BOTH);
	assert_int_equal(export(f), 1);
	assert_string_equal(lines[0].person, "bea");
}

static struct userdata
random_userdata(void)
{
	struct userdata u;

	memset(&u, 0, sizeof(u));
	u.played = random() % 2;
	u.favorite = random() % 2;
	u.position = random() % 3 * MINUTE;
	u.play_count = (int32_t)(random() % 4);
	u.last_played = random() % 3 * 100;
	return u;
}

/* Whatever is agreed and imported: once is as good as twice. */
static void
test_again_is_nothing(void **state)
{
	struct fixture *f = *state;
	struct item_record r = film(1, "A film", "tt0000001", NULL);
	struct message_history line;
	struct agreed_row before, after;
	struct userdata heard;
	bool replace;
	int i;

	list(f, 0, &r, 1);
	list(f, 1, &r, 1);
	srandom(65);
	for (i = 0; i < 3000; i++) {
		heard = random_userdata();
		if (random() % 2)
			observe(f, 0, 1, &heard);
		heard = random_userdata();
		line = line_of("tt0000001", NULL, &heard);
		line.position_runtime += random() % 2 * MINUTE;
		replace = random() % 2;
		before = agreed_of(f, 0, 1);
		(void)import(f, &line, replace);
		after = agreed_of(f, 0, 1);
		if (replace)
			assert_true(userdata_equal(&line.userdata,
			    &after.agreed.userdata) &&
			    after.agreed.runtime == line.position_runtime);
		else {
			assert_true(after.agreed.userdata.played ==
			    (heard.played || before.agreed.userdata.played));
			assert_true(after.agreed.userdata.play_count >=
			    before.agreed.userdata.play_count);
		}
		assert_int_equal(import(f, &line, replace),
		    HISTORY_UNCHANGED);
		assert_int_equal(import(f, &line, false), HISTORY_UNCHANGED);
		/* Seldom, because it waits for the disk. */
		if (i % 50 == 0 && export(f) == 1)
			assert_int_equal(import(f, &lines[0], true),
			    HISTORY_UNCHANGED);
	}
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_description),
		TEST(test_disputed_ids),
		TEST(test_snapshot),
		TEST(test_origin_and_needs),
		TEST(test_default_line),
		TEST(test_unmatched),
		TEST(test_numbers),
		TEST(test_title_only_if_wanted),
		TEST(test_gone_work),
		TEST(test_persons),
		TEST(test_again_is_nothing)
	};

	return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
