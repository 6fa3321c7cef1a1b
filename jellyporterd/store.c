/*
 * The database: its schema, transactions, and what is known of servers and
 * endpoints.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "store_internal.h"

#define APPLICATION_ID	0x4a505254	/* "JPRT" */
#define SCHEMA_VERSION	5
#define ENDPOINTS_MAX	16	/* of one user; more come next time */
#define LARGE_ITEMS	500000	/* from so many on, it may take 64 MiB */

/*
 * An entry brings the schema from the version before to its own.  They are
 * never changed once released, only added to.
 */
static const char *const migrations[SCHEMA_VERSION] = {
	"CREATE TABLE sequence (point INTEGER NOT NULL) STRICT;"
	"INSERT INTO sequence VALUES (0);"
	"CREATE TABLE total ("
	"  works INTEGER NOT NULL, items INTEGER NOT NULL,"
	"  unmatched INTEGER NOT NULL) STRICT;"
	"INSERT INTO total VALUES (0, 0, 0);"
	"CREATE TABLE server ("
	"  id INTEGER PRIMARY KEY,"
	"  name TEXT NOT NULL UNIQUE,"
	"  url TEXT NOT NULL,"
	"  configured INTEGER NOT NULL,"
	"  jellyfin_id BLOB,"
	"  version TEXT NOT NULL DEFAULT '',"
	"  clock_skew INTEGER NOT NULL DEFAULT 0,"	/* seconds */
	"  round INTEGER NOT NULL DEFAULT 0,"
	"  identity_at INTEGER NOT NULL DEFAULT 0,"	/* seconds */
	"  page_size INTEGER NOT NULL DEFAULT 0,"
	"  items INTEGER NOT NULL DEFAULT 0,"
	"  unmatched INTEGER NOT NULL DEFAULT 0,"
	"  last_success INTEGER NOT NULL DEFAULT 0,"
	"  failing_since INTEGER NOT NULL DEFAULT 0,"
	"  error TEXT NOT NULL DEFAULT ''"
	") STRICT;"
	"CREATE TABLE person ("
	"  id INTEGER PRIMARY KEY,"
	"  name TEXT NOT NULL UNIQUE"
	") STRICT;"
	"CREATE TABLE endpoint ("
	"  id INTEGER PRIMARY KEY,"
	"  server INTEGER NOT NULL REFERENCES server,"
	"  person INTEGER NOT NULL REFERENCES person,"
	"  user TEXT NOT NULL,"
	"  configured INTEGER NOT NULL,"
	"  direction INTEGER NOT NULL,"
	"  user_id BLOB,"
	/* the round of the server after which it was read in full */
	"  read_round INTEGER NOT NULL DEFAULT 0,"
	"  UNIQUE (server, user)"
	") STRICT;"
	"CREATE INDEX endpoint_person ON endpoint (person);"
	/* servers: how many have an item of it */
	"CREATE TABLE work ("
	"  id INTEGER PRIMARY KEY,"
	"  servers INTEGER NOT NULL DEFAULT 0"
	") STRICT;"
	"CREATE TABLE item ("
	"  id INTEGER PRIMARY KEY,"
	"  server INTEGER NOT NULL REFERENCES server,"
	"  jellyfin_id BLOB NOT NULL,"
	"  kind INTEGER NOT NULL,"
	"  season INTEGER NOT NULL,"
	"  episode INTEGER NOT NULL,"
	"  episode_end INTEGER NOT NULL,"
	"  year INTEGER NOT NULL,"
	"  runtime INTEGER NOT NULL,"			/* 100 ns */
	"  series BLOB,"				/* its Jellyfin id */
	"  title TEXT NOT NULL,"
	"  series_title TEXT NOT NULL,"
	"  ids TEXT NOT NULL,"
	"  appeared INTEGER NOT NULL,"			/* in this round */
	"  gone_since INTEGER NOT NULL DEFAULT 0,"	/* seconds */
	"  unformed INTEGER NOT NULL,"
	"  work INTEGER REFERENCES work,"
	"  reason INTEGER NOT NULL DEFAULT 0,"
	"  UNIQUE (server, jellyfin_id)"
	") STRICT;"
	"CREATE INDEX item_unformed ON item (server) WHERE unformed;"
	"CREATE INDEX item_work ON item (work) WHERE work IS NOT NULL;"
	/*
	 * A key that an item once had may stay here: it makes matching look at
	 * more items than needed, and match nothing that does not match.  No
	 * reference is declared, as checking it would cost half of an insert.
	 */
	"CREATE TABLE item_key ("
	"  hash INTEGER NOT NULL,"
	"  item INTEGER NOT NULL,"
	"  PRIMARY KEY (hash, item)"
	") STRICT, WITHOUT ROWID;"
	"CREATE TABLE copy ("
	"  endpoint INTEGER NOT NULL REFERENCES endpoint,"
	"  item INTEGER NOT NULL REFERENCES item,"
	"  has_base INTEGER NOT NULL,"
	"  played INTEGER NOT NULL,"
	"  position INTEGER NOT NULL,"			/* 100 ns */
	"  play_count INTEGER NOT NULL,"
	"  last_played INTEGER NOT NULL,"		/* seconds */
	"  favorite INTEGER NOT NULL,"
	"  play_version INTEGER NOT NULL,"
	"  favorite_version INTEGER NOT NULL,"
	"  settled INTEGER NOT NULL,"
	"  asked INTEGER NOT NULL,"
	"  asked_played INTEGER NOT NULL,"
	"  asked_position INTEGER NOT NULL,"
	"  asked_play_count INTEGER NOT NULL,"
	"  asked_last_played INTEGER NOT NULL,"
	"  asked_favorite INTEGER NOT NULL,"
	"  asked_play_version INTEGER NOT NULL,"
	"  asked_favorite_version INTEGER NOT NULL,"
	"  need INTEGER NOT NULL,"
	"  not_before INTEGER NOT NULL,"		/* seconds */
	"  failures INTEGER NOT NULL,"
	"  parked INTEGER NOT NULL,"
	"  PRIMARY KEY (endpoint, item)"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX copy_item ON copy (item);"
	"CREATE INDEX copy_need ON copy (endpoint, need, not_before)"
	"  WHERE need > 0;"
	"CREATE INDEX copy_asked ON copy (endpoint, item) WHERE asked;"
	"CREATE TABLE agreed ("
	"  person INTEGER NOT NULL REFERENCES person,"
	"  work INTEGER NOT NULL REFERENCES work,"
	"  played INTEGER NOT NULL,"
	"  position INTEGER NOT NULL,"
	"  play_count INTEGER NOT NULL,"
	"  last_played INTEGER NOT NULL,"
	"  favorite INTEGER NOT NULL,"
	"  runtime INTEGER NOT NULL,"
	"  play_version INTEGER NOT NULL,"
	"  favorite_version INTEGER NOT NULL,"
	"  play_from INTEGER NOT NULL,"
	"  favorite_from INTEGER NOT NULL,"
	"  PRIMARY KEY (person, work)"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX agreed_work ON agreed (work);"
	"CREATE TABLE audit ("
	"  id INTEGER PRIMARY KEY AUTOINCREMENT,"
	"  time INTEGER NOT NULL,"
	"  kind INTEGER NOT NULL,"
	"  person INTEGER NOT NULL REFERENCES person,"
	"  server INTEGER NOT NULL REFERENCES server,"
	"  item INTEGER NOT NULL REFERENCES item,"
	"  work INTEGER NOT NULL,"
	"  from_server INTEGER NOT NULL,"
	"  old_played INTEGER NOT NULL,"
	"  old_position INTEGER NOT NULL,"
	"  old_play_count INTEGER NOT NULL,"
	"  old_last_played INTEGER NOT NULL,"
	"  old_favorite INTEGER NOT NULL,"
	"  new_played INTEGER NOT NULL,"
	"  new_position INTEGER NOT NULL,"
	"  new_play_count INTEGER NOT NULL,"
	"  new_last_played INTEGER NOT NULL,"
	"  new_favorite INTEGER NOT NULL,"
	"  result TEXT NOT NULL"
	") STRICT;"
	"CREATE INDEX audit_time ON audit (time);"
	"CREATE INDEX audit_item ON audit (item);",
	/*
	 * Version 2.  Works have no rows of their own any more, and are
	 * called after an item of theirs.
	 */
	"CREATE TABLE item_2 ("
	"  id INTEGER PRIMARY KEY,"
	"  server INTEGER NOT NULL,"
	"  jellyfin_id BLOB NOT NULL,"
	"  kind INTEGER NOT NULL,"
	"  season INTEGER NOT NULL,"
	"  episode INTEGER NOT NULL,"
	"  episode_end INTEGER NOT NULL,"
	"  year INTEGER NOT NULL,"
	"  runtime INTEGER NOT NULL,"			/* 100 ns */
	"  series BLOB,"				/* its Jellyfin id */
	"  title TEXT NOT NULL,"
	"  series_title TEXT NOT NULL,"
	"  ids TEXT NOT NULL,"
	"  appeared INTEGER NOT NULL,"			/* in this round */
	"  gone_since INTEGER NOT NULL DEFAULT 0,"	/* seconds */
	"  work INTEGER,"
	"  reason INTEGER NOT NULL DEFAULT 0"
	") STRICT;"
	"INSERT INTO item_2 SELECT id, server, jellyfin_id, kind, season,"
	"  episode, episode_end, year, runtime, series, title, series_title,"
	"  ids, appeared, gone_since, (SELECT min(i.id) FROM item AS i"
	"  WHERE i.work = item.work), reason FROM item;"
	/*
	 * To be formed, for the first time or anew.  Tables that hold a row
	 * for every item refer to no other: it would cost half of an insert.
	 */
	"CREATE TABLE unformed ("
	"  server INTEGER NOT NULL,"
	"  item INTEGER NOT NULL,"
	"  PRIMARY KEY (server, item)"
	") STRICT, WITHOUT ROWID;"
	"INSERT INTO unformed SELECT server, id FROM item WHERE unformed;"
	/* Works that are on more than one server. */
	"CREATE TABLE matched ("
	"  work INTEGER PRIMARY KEY"
	") STRICT;"
	"INSERT INTO matched SELECT DISTINCT i.work FROM item AS old"
	"  JOIN work AS w ON w.id = old.work AND w.servers > 1"
	"  JOIN item_2 AS i ON i.id = old.id;"
	/*
	 * A key that no item of a work has any more may stay here: it makes
	 * matching look at more items than needed, and match nothing that
	 * does not match.
	 */
	"CREATE TABLE work_key ("
	"  hash INTEGER NOT NULL,"
	"  work INTEGER NOT NULL,"
	"  PRIMARY KEY (hash, work)"
	") STRICT, WITHOUT ROWID;"
	"INSERT OR IGNORE INTO work_key SELECT k.hash, i.work"
	"  FROM item_key AS k JOIN item_2 AS i ON i.id = k.item"
	"  WHERE i.work IS NOT NULL;"
	"CREATE TABLE agreed_2 ("
	"  person INTEGER NOT NULL REFERENCES person,"
	"  work INTEGER NOT NULL,"
	"  played INTEGER NOT NULL,"
	"  position INTEGER NOT NULL,"
	"  play_count INTEGER NOT NULL,"
	"  last_played INTEGER NOT NULL,"
	"  favorite INTEGER NOT NULL,"
	"  runtime INTEGER NOT NULL,"
	"  play_version INTEGER NOT NULL,"
	"  favorite_version INTEGER NOT NULL,"
	"  play_from INTEGER NOT NULL,"
	"  favorite_from INTEGER NOT NULL,"
	"  PRIMARY KEY (person, work)"
	") STRICT, WITHOUT ROWID;"
	"INSERT INTO agreed_2 SELECT person, (SELECT min(id) FROM item"
	"  WHERE item.work = agreed.work), played, position, play_count,"
	"  last_played, favorite, runtime, play_version, favorite_version,"
	"  play_from, favorite_from FROM agreed"
	"  WHERE EXISTS (SELECT 1 FROM item WHERE item.work = agreed.work);"
	"UPDATE audit SET work = coalesce((SELECT min(id) FROM item"
	"  WHERE item.work = audit.work), 0);"
	"DROP TABLE item_key;"
	"DROP TABLE agreed;"
	"DROP TABLE item;"
	"DROP TABLE work;"
	"ALTER TABLE item_2 RENAME TO item;"
	"ALTER TABLE agreed_2 RENAME TO agreed;"
	"CREATE UNIQUE INDEX item_id ON item (server, jellyfin_id);"
	"CREATE INDEX item_work ON item (work) WHERE work IS NOT NULL;"
	"CREATE INDEX agreed_work ON agreed (work);"
	/*
	 * A change that takes something away waits in held, with
	 * what was read, until it is decided on; then it counts for an hour.
	 * What becomes of the copy becomes of it.
	 */
	"ALTER TABLE copy ADD COLUMN held INTEGER NOT NULL DEFAULT 0;"
	"CREATE TABLE held ("
	"  endpoint INTEGER NOT NULL,"
	"  item INTEGER NOT NULL,"
	"  state INTEGER NOT NULL,"
	"  time INTEGER NOT NULL,"			/* seconds */
	"  began INTEGER NOT NULL,"			/* point of its reading */
	"  settled INTEGER NOT NULL,"			/* when it was heard */
	"  played INTEGER NOT NULL,"
	"  position INTEGER NOT NULL,"
	"  play_count INTEGER NOT NULL,"
	"  last_played INTEGER NOT NULL,"
	"  favorite INTEGER NOT NULL,"
	"  PRIMARY KEY (endpoint, item),"
	"  FOREIGN KEY (endpoint, item) REFERENCES copy ON DELETE CASCADE"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX held_state ON held (endpoint, state, time);"
	/*
	 * What an undo has set a copy to, aside from what is agreed; it stays
	 * so until something newer than version is agreed.
	 */
	"ALTER TABLE copy ADD COLUMN apart INTEGER NOT NULL DEFAULT 0;"
	"CREATE TABLE apart ("
	"  endpoint INTEGER NOT NULL,"
	"  item INTEGER NOT NULL,"
	"  version INTEGER NOT NULL,"
	"  played INTEGER NOT NULL,"
	"  position INTEGER NOT NULL,"
	"  play_count INTEGER NOT NULL,"
	"  last_played INTEGER NOT NULL,"
	"  favorite INTEGER NOT NULL,"
	"  PRIMARY KEY (endpoint, item),"
	"  FOREIGN KEY (endpoint, item) REFERENCES copy ON DELETE CASCADE"
	") STRICT, WITHOUT ROWID;"
	/* What an undo has to know of a write: see undo.c. */
	"ALTER TABLE agreed ADD COLUMN"
	"  play_united INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE agreed ADD COLUMN"
	"  favorite_united INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE audit ADD COLUMN endpoint INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE audit ADD COLUMN version INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE audit ADD COLUMN apart INTEGER NOT NULL DEFAULT 0;"
	/* the listed item that an alternate version belongs to, or NULL */
	"ALTER TABLE item ADD COLUMN listed INTEGER REFERENCES item;"
	"ALTER TABLE item ADD COLUMN media_sources INTEGER NOT NULL DEFAULT 1;"
	/* its files are to be asked for, where alternate versions count */
	"ALTER TABLE item ADD COLUMN alternates_due INTEGER NOT NULL DEFAULT 0;"
	"CREATE INDEX item_listed ON item (listed) WHERE listed IS NOT NULL;"
	"CREATE INDEX item_alternates_due ON item (server)"
	"  WHERE alternates_due != 0;"
	/* what is to be forgotten one day: see store_upkeep.c */
	"CREATE INDEX item_gone ON item (gone_since)"
	"  WHERE gone_since != 0;",
	/*
	 * Version 3.  The newest entry of its activity log that was looked
	 * at; -1: it never was.
	 */
	"ALTER TABLE server ADD COLUMN"
	"  activity_entry INTEGER NOT NULL DEFAULT -1;"
	"ALTER TABLE server ADD COLUMN"
	"  activity_time INTEGER NOT NULL DEFAULT 0;",	/* seconds */
	/* Version 4.  A row while syncing is paused. */
	"CREATE TABLE pause ("
	"  since INTEGER NOT NULL"			/* seconds */
	") STRICT;",
	/* Version 5.  What is shown of a copy, but is in no set: unlisted.c. */
	"ALTER TABLE copy ADD COLUMN unlisted INTEGER NOT NULL DEFAULT 0;"
	"CREATE INDEX copy_unlisted ON copy (endpoint, item)"
	"  WHERE unlisted = 1;"
	"CREATE TABLE unlisted ("
	"  endpoint INTEGER NOT NULL,"
	"  item INTEGER NOT NULL,"
	"  point INTEGER NOT NULL,"			/* when it was noted */
	"  played INTEGER NOT NULL,"
	"  position INTEGER NOT NULL,"
	"  play_count INTEGER NOT NULL,"
	"  last_played INTEGER NOT NULL,"
	"  favorite INTEGER NOT NULL,"
	"  PRIMARY KEY (endpoint, item),"
	"  FOREIGN KEY (endpoint, item) REFERENCES copy ON DELETE CASCADE"
	") STRICT, WITHOUT ROWID;"
	/* What a held copy was first seen to hold, of which all else follows. */
	"ALTER TABLE held ADD COLUMN"
	"  first_played INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE held ADD COLUMN"
	"  first_position INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE held ADD COLUMN"
	"  first_play_count INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE held ADD COLUMN"
	"  first_last_played INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE held ADD COLUMN"
	"  first_favorite INTEGER NOT NULL DEFAULT 0;"
	"UPDATE held SET first_played = played, first_position = position,"
	"  first_play_count = play_count, first_last_played = last_played,"
	"  first_favorite = favorite;"
};

/* What is being read just now; gone with the process, as is the reading. */
static const char temporary_tables[] =
	"CREATE TEMP TABLE seen_alternate ("
	"  server INTEGER NOT NULL, item INTEGER NOT NULL,"
	"  PRIMARY KEY (server, item)) WITHOUT ROWID;"
	"CREATE TEMP TABLE changed_series ("
	"  server INTEGER NOT NULL, series BLOB NOT NULL,"
	"  PRIMARY KEY (server, series)) WITHOUT ROWID;"
	"CREATE TEMP TABLE seen_in_set ("
	"  endpoint INTEGER NOT NULL, item INTEGER NOT NULL,"
	"  listing INTEGER NOT NULL,"
	"  PRIMARY KEY (endpoint, item, listing)) WITHOUT ROWID;"
	/* was started or stopped */
	"CREATE TEMP TABLE acted ("
	"  endpoint INTEGER NOT NULL, item INTEGER NOT NULL,"
	"  PRIMARY KEY (endpoint, item)) WITHOUT ROWID;"
	/* alternate versions of these may have changed */
	"CREATE TEMP TABLE touched_group ("
	"  endpoint INTEGER NOT NULL, listed INTEGER NOT NULL,"
	"  PRIMARY KEY (endpoint, listed)) WITHOUT ROWID;";

static void	size_cache(struct store *);
static struct store *open_with(const char *, const char *, bool *, char *,
		    size_t);
static int	check_file(struct db *, const char *, bool *, char *, size_t);
static int	migrate(struct db *);
static void	forget_endpoint(struct store *, int64_t);

/* True if it is a database of ours or an empty one, and not a newer one. */
static int
check_file(struct db *db, const char *path, bool *passes, char *error,
    size_t size)
{
	int64_t application, version, tables;

	/* The first real read finds out whether it is a database at all. */
	if (db_try(db, "SELECT count(*) FROM sqlite_schema") != SQLITE_OK) {
		*passes = db_explain(db, error, size);
		return -1;
	}
	application = db_number(db, 0, "PRAGMA application_id", "");
	version = db_number(db, 0, "PRAGMA user_version", "");
	tables = db_number(db, 0, "SELECT count(*) FROM sqlite_schema", "");
	if (application != APPLICATION_ID && (tables != 0 || version != 0)) {
		snprintf(error, size, "%s%s: not a database of jellyporter: "
		    "move it away or set database.path to another file",
		    db_top(), path);
		return -1;
	}
	if (version > SCHEMA_VERSION) {
		snprintf(error, size, "%s%s: made by a newer jellyporter "
		    "(schema %lld, this one knows %d): install that one",
		    db_top(), path, (long long)version, SCHEMA_VERSION);
		return -1;
	}
	return 0;
}

static int
migrate(struct db *db)
{
	int64_t version = db_number(db, 0, "PRAGMA user_version", "");
	char sql[128];

	for (; version < SCHEMA_VERSION; version++) {
		snprintf(sql, sizeof(sql),
		    "PRAGMA application_id = %d; PRAGMA user_version = %lld",
		    APPLICATION_ID, (long long)version + 1);
		if (db_try(db, "BEGIN IMMEDIATE") != SQLITE_OK ||
		    db_try(db, migrations[version]) != SQLITE_OK ||
		    db_try(db, sql) != SQLITE_OK ||
		    db_try(db, "COMMIT") != SQLITE_OK)
			return -1;
	}
	return 0;
}

/* One process has it; what was asked must survive a power cut. */
static const char durable[] =
	"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
	"PRAGMA wal_autocheckpoint = 4000;"
	/* A first contact makes it long, once: that room is given back. */
	"PRAGMA journal_size_limit = 16777216";
/* It is thrown away; its file has no name any more. */
static const char passing[] =
	"PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;"
	"PRAGMA locking_mode = EXCLUSIVE";

struct store *
store_open(const char *path, bool *passes, char *error, size_t size)
{
	return open_with(path, durable, passes, error, size);
}

struct store *
store_open_copy(const char *path, char *error, size_t size)
{
	char copy[PATH_SIZE + 8];
	struct store *store;
	bool passes;

	if (snprintf(copy, sizeof(copy), "%s.plan", path) >=
	    (int)sizeof(copy)) {
		snprintf(error, size, "%s: the path is too long", path);
		return NULL;
	}
	if (unlink(copy) == -1 && errno != ENOENT) {
		snprintf(error, size, "%s%s: %s", db_top(), copy,
		    strerror(errno));
		return NULL;
	}
	if (access(path, F_OK) == 0 &&
	    db_copy(path, copy, error, size) == -1) {
		unlink(copy);
		return NULL;
	}
	store = open_with(copy, passing, &passes, error, size);
	if (unlink(copy) == -1 && errno != ENOENT)
		log_warn("%s", copy);
	return store;
}

static struct store *
open_with(const char *path, const char *mode, bool *passes, char *error,
    size_t size)
{
	struct store *store;

	*passes = false;
	if ((store = calloc(1, sizeof(*store))) == NULL)
		fatal("calloc");
	if ((store->db = db_open(path, passes, error, size)) == NULL)
		goto fail;
	if (check_file(store->db, path, passes, error, size) == -1)
		goto fail;
	if (db_try(store->db, mode) != SQLITE_OK ||
	    db_try(store->db, "PRAGMA cache_size = -20480") != SQLITE_OK ||
	    db_try(store->db, "PRAGMA trusted_schema = OFF") != SQLITE_OK ||
	    migrate(store->db) == -1) {
		*passes = db_explain(store->db, error, size);
		goto fail;
	}
	/* Only now: a migration may put another table in the place of one. */
	db_exec(store->db, "PRAGMA foreign_keys = ON");
	db_exec(store->db, temporary_tables);
	store->point = db_number(store->db, 0, "SELECT point FROM sequence",
	    "");
	store->saved_point = store->point;
	store->last_item = db_number(store->db, 0, "SELECT max(id) FROM item",
	    "");
	store->had_keys = db_number(store->db, 0, "SELECT EXISTS"
	    " (SELECT 1 FROM work_key)", "") != 0;
	size_cache(store);
	return store;
 fail:
	store_close(store);
	return NULL;
}

void
store_close(struct store *store)
{
	if (store == NULL)
		return;
	if (store->db != NULL)
		store_commit(store);
	db_close(store->db);
	free(store->counting.servers);
	free(store);
}

struct db *
store_db(struct store *store)
{
	return store->db;
}

void
store_touch(struct store *store)
{
	if (store->touched)
		return;
	db_exec(store->db, "BEGIN IMMEDIATE");
	store->touched = true;
}

const struct histogram *
store_commits(const struct store *store)
{
	return &store->commits;
}

bool
store_is_touched(const struct store *store)
{
	return store->touched;
}

/*
 * Ids and keys are spread evenly over their indexes.  Of large ones, ever less
 * is in the cache, and more is read for each item, from the file.
 */
static void
size_cache(struct store *store)
{
	if (store->is_large || store->last_item < LARGE_ITEMS)
		return;
	db_exec(store->db, "PRAGMA cache_size = -65536");
	store->is_large = true;
}

void
store_commit(struct store *store)
{
	int64_t began;

	if (!store->touched)
		return;
	if (store->point != store->saved_point)
		db_run(store->db, "UPDATE sequence SET point = ?", "i",
		    store->point);
	began = clock_us();
	db_exec(store->db, "COMMIT");
	histogram_add(&store->commits, METRIC_COMMIT_DURATION,
	    clock_us() - began);
	store->saved_point = store->point;
	store->touched = false;
	size_cache(store);
}

size_t
store_collect(struct store *store, sqlite3_stmt *stmt, int64_t *numbers,
    size_t max)
{
	size_t n = 0;

	while (n < max && db_row(store->db, stmt))
		numbers[n++] = sqlite3_column_int64(stmt, 0);
	db_done(stmt);
	return n;
}

int64_t
store_point(const struct store *store)
{
	return store->point;
}

int64_t
store_advance(struct store *store)
{
	store_touch(store);
	return ++store->point;
}

void
store_configure(struct store *store)
{
	store_touch(store);
	db_run(store->db, "UPDATE server SET configured = 0", "");
	db_run(store->db, "UPDATE endpoint SET configured = 0", "");
	store->servers = 0;
}

int64_t
store_server(struct store *store, const char *name, const char *url)
{
	store_touch(store);
	db_run(store->db, "INSERT INTO server (name, url, configured)"
	    " VALUES (?1, ?2, 1) ON CONFLICT (name)"
	    " DO UPDATE SET url = ?2, configured = 1", "tt", name, url);
	store->servers++;
	return db_number(store->db, 0, "SELECT id FROM server WHERE name = ?",
	    "t", name);
}

int64_t
store_paused_since(struct store *store)
{
	return db_number(store->db, 0, "SELECT since FROM pause", "");
}

void
store_set_paused(struct store *store, int64_t since)
{
	store_touch(store);
	db_run(store->db, "DELETE FROM pause", "");
	if (since != 0)
		db_run(store->db, "INSERT INTO pause VALUES (?)", "i", since);
}

const char *
store_origin(struct store *store, int64_t from)
{
	sqlite3_stmt *stmt;

	if (from <= FROM_NOBODY)
		return from == FROM_UNDO ? "undo" :
		    from == FROM_IMPORT ? "import" : "";
	store->origin[0] = '\0';
	stmt = db_query(store->db, "SELECT name FROM server WHERE id = ?", "i",
	    from);
	if (db_row(store->db, stmt)) {
		strlcpy(store->origin, db_text(stmt, 0),
		    sizeof(store->origin));
		db_done(stmt);
	}
	return store->origin;
}

/* First contact for all copies of an endpoint. */
static void
forget_endpoint(struct store *store, int64_t endpoint)
{
	db_run(store->db, "DELETE FROM copy WHERE endpoint = ?", "i",
	    endpoint);
	db_run(store->db, "UPDATE endpoint SET read_round = 0 WHERE id = ?",
	    "i", endpoint);
}

int64_t
store_endpoint(struct store *store, int64_t server, const char *person,
    const char *user, enum direction direction)
{
	int64_t id, person_id, before;

	store_touch(store);
	db_run(store->db, "INSERT INTO person (name) VALUES (?)"
	    " ON CONFLICT DO NOTHING", "t", person);
	person_id = db_number(store->db, 0,
	    "SELECT id FROM person WHERE name = ?", "t", person);
	before = db_number(store->db, 0, "SELECT person FROM endpoint"
	    " WHERE server = ? AND user = ?", "it", server, user);
	db_run(store->db, "INSERT INTO endpoint"
	    " (server, person, user, configured, direction)"
	    " VALUES (?1, ?2, ?3, 1, ?4) ON CONFLICT (server, user)"
	    " DO UPDATE SET person = ?2, configured = 1, direction = ?4",
	    "iiti", server, person_id, user, (int64_t)direction);
	id = db_number(store->db, 0, "SELECT id FROM endpoint"
	    " WHERE server = ? AND user = ?", "it", server, user);
	if (before != 0 && before != person_id)
		forget_endpoint(store, id);	/* its bases were another's */
	return id;
}

void
store_get_server(struct store *store, int64_t server, struct server_row *row)
{
	sqlite3_stmt *stmt;

	memset(row, 0, sizeof(*row));
	stmt = db_query(store->db, "SELECT round, items, identity_at,"
	    " page_size, jellyfin_id, clock_skew FROM server WHERE id = ?", "i", server);
	if (!db_row(store->db, stmt))
		return;
	row->round = sqlite3_column_int64(stmt, 0);
	row->items = sqlite3_column_int64(stmt, 1);
	row->identity_at = sqlite3_column_int64(stmt, 2);
	row->page_size = sqlite3_column_int64(stmt, 3);
	row->has_id = db_id(stmt, 4, &row->jellyfin_id);
	row->clock_skew = sqlite3_column_int64(stmt, 5);
	db_done(stmt);
}

bool
store_server_contacted(struct store *store, int64_t server,
    const struct message_server_info *info)
{
	struct server_row row;
	bool replaced;

	store_touch(store);
	store_get_server(store, server, &row);
	replaced = row.has_id &&
	    !jellyfin_id_equal(&row.jellyfin_id, &info->id);
	if (replaced) {
		db_run(store->db, "DELETE FROM copy WHERE endpoint IN"
		    " (SELECT id FROM endpoint WHERE server = ?)", "i",
		    server);
		db_run(store->db, "UPDATE endpoint SET read_round = 0,"
		    " user_id = NULL WHERE server = ?", "i", server);
		db_run(store->db, "UPDATE server SET activity_entry = ?"
		    " WHERE id = ?", "ii", ACTIVITY_UNKNOWN, server);
	}
	db_run(store->db, "UPDATE server SET jellyfin_id = ?, version = ?,"
	    " clock_skew = ? WHERE id = ?", "btii", &info->id, info->version,
	    info->clock_skew, server);
	return replaced;
}

void
store_server_page_size(struct store *store, int64_t server, int64_t page_size)
{
	store_touch(store);
	db_run(store->db, "UPDATE server SET page_size = ? WHERE id = ?",
	    "ii", page_size, server);
}

void
store_server_succeeded(struct store *store, int64_t server, int64_t now)
{
	store_touch(store);
	db_run(store->db, "UPDATE server SET last_success = ?,"
	    " failing_since = 0, error = '' WHERE id = ?", "ii", now, server);
}

void
store_server_failed(struct store *store, int64_t server, int64_t now,
    const char *error)
{
	store_touch(store);
	db_run(store->db, "UPDATE server SET error = ?2, failing_since ="
	    " CASE failing_since WHEN 0 THEN ?1 ELSE failing_since END"
	    " WHERE id = ?3", "iti", now, error, server);
}

bool
store_endpoint_known_user(struct store *store, int64_t endpoint,
    struct jellyfin_id *user)
{
	sqlite3_stmt *stmt;
	bool known = false;

	stmt = db_query(store->db, "SELECT user_id FROM endpoint WHERE id = ?",
	    "i", endpoint);
	if (db_row(store->db, stmt)) {
		known = db_id(stmt, 0, user);
		db_done(stmt);
	}
	return known;
}

bool
store_endpoint_user(struct store *store, int64_t endpoint,
    const struct jellyfin_id *user)
{
	struct jellyfin_id before;
	bool known;

	known = store_endpoint_known_user(store, endpoint, &before);
	if (known && jellyfin_id_equal(&before, user))
		return false;
	store_touch(store);
	if (known)
		store_hand_over(store, endpoint);
	db_run(store->db, "UPDATE endpoint SET user_id = ? WHERE id = ?",
	    "bi", user, endpoint);
	return known;
}

void
store_endpoint_forget_former(struct store *store, int64_t endpoint)
{
	sqlite3_stmt *stmt;
	int64_t former[ENDPOINTS_MAX];
	size_t i, n;

	stmt = db_query(store->db, "SELECT o.id FROM endpoint AS e"
	    " JOIN server AS s ON s.id = e.server"
	    " JOIN endpoint AS o ON o.user_id = e.user_id AND o.id != e.id"
	    "  AND NOT o.configured"
	    " JOIN server AS t ON t.id = o.server"
	    "  AND t.jellyfin_id = s.jellyfin_id"
	    " WHERE e.id = ? AND (o.read_round != 0 OR EXISTS"
	    "  (SELECT 1 FROM copy AS c WHERE c.endpoint = o.id))", "i",
	    endpoint);
	n = store_collect(store, stmt, former, ENDPOINTS_MAX);
	if (n > 0)
		store_touch(store);
	for (i = 0; i < n; i++)
		forget_endpoint(store, former[i]);
}

bool
store_endpoint_is_also_on(struct store *store, int64_t endpoint,
    int64_t server)
{
	return db_number(store->db, 0, "SELECT EXISTS (SELECT 1"
	    " FROM endpoint AS e JOIN server AS s ON s.id = e.server"
	    " JOIN endpoint AS o ON o.user_id = e.user_id AND o.server = ?2"
	    " JOIN server AS t ON t.id = o.server"
	    "  AND t.jellyfin_id = s.jellyfin_id"
	    " WHERE e.id = ?1 AND e.server != ?2)", "ii", endpoint,
	    server) != 0;
}

bool
store_endpoint_is_met(struct store *store, int64_t endpoint)
{
	return db_number(store->db, 0, "SELECT read_round != 0"
	    " FROM endpoint WHERE id = ?", "i", endpoint) != 0;
}

void
store_endpoint_read(struct store *store, int64_t endpoint, int64_t round)
{
	store_touch(store);
	db_run(store->db, "UPDATE endpoint SET read_round = ? WHERE id = ?",
	    "ii", round, endpoint);
}

void
store_get_activity(struct store *store, int64_t server,
    struct activity *activity)
{
	sqlite3_stmt *stmt;

	activity->entry = ACTIVITY_UNKNOWN;
	activity->time = 0;
	stmt = db_query(store->db, "SELECT activity_entry, activity_time"
	    " FROM server WHERE id = ?", "i", server);
	if (!db_row(store->db, stmt))
		return;
	activity->entry = sqlite3_column_int64(stmt, 0);
	activity->time = sqlite3_column_int64(stmt, 1);
	db_done(stmt);
}

void
store_put_activity(struct store *store, int64_t server,
    const struct activity *activity)
{
	store_touch(store);
	db_run(store->db, "UPDATE server SET activity_entry = ?1,"
	    " activity_time = ?2 WHERE id = ?3 AND (activity_entry != ?1"
	    " OR activity_time != ?2)", "iii", activity->entry,
	    activity->time, server);
}
