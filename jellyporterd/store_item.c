/* The database: items, their keys, and the works they are copies of. */
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "store_internal.h"

/* An item as its row has it. */
struct stored_item {
	int64_t	id;
	bool	gone;
	bool	same;		/* as the record, in all that is kept */
};

static bool	find_item(struct store *, int64_t, const struct item_record *,
		    const char *, struct stored_item *);
static bool	insert_item(struct store *, const struct identity *,
		    const struct item_record *, const char *);
static void	note_changed_series(struct store *, const struct identity *,
		    const struct item_record *);
static void	update_item(struct store *, int64_t, int64_t, bool,
		    const struct item_record *, const char *);

void
store_identity_begin(struct store *store, struct identity *identity,
    int64_t server, int64_t round)
{
	memset(identity, 0, sizeof(*identity));
	identity->server = server;
	identity->round = round;
	identity->first = db_number(store->db, 0, "SELECT NOT EXISTS"
	    " (SELECT 1 FROM item WHERE server = ?)", "i", server) != 0;
	db_run(store->db, "DELETE FROM seen_item WHERE server = ?", "i",
	    server);
}

static bool
find_item(struct store *store, int64_t server, const struct item_record *r,
    const char *ids, struct stored_item *stored)
{
	struct jellyfin_id series;
	sqlite3_stmt *stmt;
	bool has_series;

	stmt = db_query(store->db, "SELECT id, kind, season, episode,"
	    " episode_end, year, runtime, series, title, series_title, ids,"
	    " gone_since FROM item WHERE server = ? AND jellyfin_id = ?", "ib",
	    server, &r->id);
	if (!db_row(store->db, stmt))
		return false;
	has_series = db_id(stmt, 7, &series);
	stored->id = sqlite3_column_int64(stmt, 0);
	stored->gone = sqlite3_column_int64(stmt, 11) != 0;
	stored->same = sqlite3_column_int64(stmt, 1) == (int64_t)r->kind &&
	    sqlite3_column_int64(stmt, 2) == r->season &&
	    sqlite3_column_int64(stmt, 3) == r->episode &&
	    sqlite3_column_int64(stmt, 4) == r->episode_end &&
	    sqlite3_column_int64(stmt, 5) == r->year &&
	    sqlite3_column_int64(stmt, 6) == r->runtime &&
	    has_series == r->has_series &&
	    (!has_series || jellyfin_id_equal(&series, &r->series)) &&
	    strcmp(db_text(stmt, 8), r->title) == 0 &&
	    strcmp(db_text(stmt, 9), r->series_title) == 0 &&
	    strcmp(db_text(stmt, 10), ids) == 0;
	db_done(stmt);
	return true;
}

/* False if it is there already. */
static bool
insert_item(struct store *store, const struct identity *identity,
    const struct item_record *r, const char *ids)
{
	return db_run(store->db, "INSERT INTO item (server, jellyfin_id, kind,"
	    " season, episode, episode_end, year, runtime, series, title,"
	    " series_title, ids, appeared, unformed)"
	    " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
	    " ON CONFLICT (server, jellyfin_id) DO NOTHING",
	    "ibiiiiiibtttii", identity->server, &r->id, (int64_t)r->kind,
	    (int64_t)r->season, (int64_t)r->episode, (int64_t)r->episode_end,
	    (int64_t)r->year, r->runtime, r->has_series ? &r->series : NULL,
	    r->title, r->series_title, ids, identity->round,
	    (int64_t)(r->kind != ITEM_SERIES)) == 1;
}

/* An item that is back is one that has just appeared. */
static void
update_item(struct store *store, int64_t id, int64_t round, bool back,
    const struct item_record *r, const char *ids)
{
	db_run(store->db, "UPDATE item SET kind = ?, season = ?, episode = ?,"
	    " episode_end = ?, year = ?, runtime = ?, series = ?, title = ?,"
	    " series_title = ?, ids = ?, unformed = ?, gone_since = 0,"
	    " appeared = CASE ? WHEN 1 THEN ? ELSE appeared END"
	    " WHERE id = ?", "iiiiiibtttiiii",
	    (int64_t)r->kind, (int64_t)r->season, (int64_t)r->episode,
	    (int64_t)r->episode_end, (int64_t)r->year, r->runtime,
	    r->has_series ? &r->series : NULL, r->title, r->series_title, ids,
	    (int64_t)(r->kind != ITEM_SERIES), (int64_t)back, round, id);
	/* Its library has changed: what was parked may be tried again. */
	db_run(store->db, "UPDATE copy SET parked = 0, not_before = 0,"
	    " failures = 0 WHERE item = ?", "i", id);
}

/* Episodes are matched by the ids of their series, which may come later. */
static void
note_changed_series(struct store *store, const struct identity *identity,
    const struct item_record *r)
{
	if (r->kind == ITEM_SERIES)
		db_run(store->db, "INSERT OR IGNORE INTO changed_series"
		    " VALUES (?, ?)", "ib", identity->server, &r->id);
}

void
store_identity_item(struct store *store, struct identity *identity,
    const struct item_record *r)
{
	struct stored_item stored;
	struct match_ids ids;
	char text[MATCH_IDS_TEXT_SIZE];

	store_touch(store);
	match_normalise(r->providers, r->n_providers, &ids);
	match_ids_text(&ids, text, sizeof(text));
	if (identity->first) {
		/* What is new has been seen, and nothing can be gone. */
		identity->unique += insert_item(store, identity, r, text);
		return;
	}
	if (!find_item(store, identity->server, r, text, &stored)) {
		insert_item(store, identity, r, text);
		stored.id = db_last_id(store->db);
		note_changed_series(store, identity, r);
	} else if (stored.gone || !stored.same) {
		update_item(store, stored.id, identity->round, stored.gone, r,
		    text);
		note_changed_series(store, identity, r);
	}
	identity->unique += db_run(store->db,
	    "INSERT OR IGNORE INTO seen_item VALUES (?, ?)", "ii",
	    identity->server, stored.id);
}

int64_t
store_identity_end(struct store *store, const struct identity *identity,
    int64_t now)
{
	int64_t server = identity->server, gone = 0;

	store_touch(store);
	if (!identity->first)
		gone = db_run(store->db, "UPDATE item SET gone_since = ?2,"
		    " unformed = 0 WHERE server = ?1 AND gone_since = 0"
		    " AND NOT EXISTS (SELECT 1 FROM seen_item AS s"
		    "  WHERE s.server = ?1 AND s.item = item.id)", "ii",
		    server, now);
	if (gone > 0) {
		/* Its base is dropped; when it returns it is a first contact.
		 * Its work is formed anew, without it. */
		db_run(store->db, "DELETE FROM copy WHERE item IN"
		    " (SELECT id FROM item WHERE server = ? AND gone_since ="
		    " ?)", "ii", server, now);
		db_run(store->db, "UPDATE item SET unformed = 1"
		    " WHERE gone_since = 0 AND work IN (SELECT work FROM item"
		    " WHERE server = ? AND gone_since = ?)", "ii", server,
		    now);
	}
	if (db_number(store->db, 0, "SELECT EXISTS (SELECT 1 FROM"
	    " changed_series WHERE server = ?)", "i", server) != 0) {
		db_run(store->db, "UPDATE item SET unformed = 1"
		    " WHERE server = ?1 AND NOT unformed AND gone_since = 0"
		    " AND series IN (SELECT series FROM changed_series"
		    "  WHERE server = ?1)", "i", server);
		db_run(store->db, "DELETE FROM changed_series"
		    " WHERE server = ?", "i", server);
	}
	db_run(store->db, "UPDATE server SET round = ?, identity_at = ?"
	    " WHERE id = ?", "iii", identity->round, now, server);
	db_run(store->db, "DELETE FROM seen_item WHERE server = ?", "i",
	    server);
	return gone;
}

size_t
store_unformed(struct store *store, int64_t server, int64_t *items, size_t max)
{
	return store_collect(store, db_query(store->db, "SELECT id FROM item"
	    " WHERE server = ? AND unformed ORDER BY id LIMIT ?", "ii", server,
	    (int64_t)max), items, max);
}

int64_t
store_item(struct store *store, int64_t server, const struct jellyfin_id *id)
{
	return db_number(store->db, 0, "SELECT id FROM item WHERE server = ?"
	    " AND jellyfin_id = ? AND gone_since = 0", "ib", server, id);
}

bool
store_item_id(struct store *store, int64_t item, struct jellyfin_id *id)
{
	sqlite3_stmt *stmt;
	bool found = false;

	stmt = db_query(store->db, "SELECT jellyfin_id FROM item"
	    " WHERE id = ?", "i", item);
	if (db_row(store->db, stmt)) {
		found = db_id(stmt, 0, id);
		db_done(stmt);
	}
	return found;
}

static char *
copy_title(const char *title)
{
	char *copy;

	if ((copy = strdup(title)) == NULL)
		fatal("strdup");
	return copy;
}

bool
store_get_item(struct store *store, int64_t item, bool titles,
    struct item_row *row)
{
	struct match_item *m = &row->match;
	sqlite3_stmt *stmt;

	stmt = db_query(store->db, "SELECT i.server, i.kind, i.season,"
	    " i.episode, i.episode_end, i.year, i.runtime, i.ids, s.ids,"
	    " i.work, i.gone_since, v.configured, i.title, i.series_title,"
	    " i.unformed, i.reason"
	    " FROM item AS i JOIN server AS v ON v.id = i.server"
	    " LEFT JOIN item AS s ON s.server = i.server"
	    " AND s.jellyfin_id = i.series WHERE i.id = ?", "i", item);
	if (!db_row(store->db, stmt))
		return false;
	m->item = item;
	m->server = sqlite3_column_int64(stmt, 0);
	m->kind = (enum item_kind)sqlite3_column_int(stmt, 1);
	m->season = sqlite3_column_int(stmt, 2);
	m->episode = sqlite3_column_int(stmt, 3);
	m->episode_end = sqlite3_column_int(stmt, 4);
	m->year = sqlite3_column_int(stmt, 5);
	m->runtime = sqlite3_column_int64(stmt, 6);
	m->title = titles ? copy_title(db_text(stmt, 12)) : NULL;
	m->series_title = titles ? copy_title(db_text(stmt, 13)) : NULL;
	m->group = item;
	m->reason = MATCH_REASON_NONE;
	if (match_ids_parse(db_text(stmt, 7), &m->own) == -1 ||
	    match_ids_parse(db_text(stmt, 8), &m->series) == -1)
		fatalx("database: ids of item %lld", (long long)item);
	row->work = sqlite3_column_int64(stmt, 9);
	row->gone = sqlite3_column_int64(stmt, 10) != 0 ||
	    sqlite3_column_int64(stmt, 11) == 0;
	row->unformed = sqlite3_column_int64(stmt, 14) != 0;
	row->reason = (enum match_reason)sqlite3_column_int(stmt, 15);
	db_done(stmt);
	return true;
}

void
store_add_key(struct store *store, uint64_t hash, int64_t item)
{
	db_run(store->db, "INSERT OR IGNORE INTO item_key VALUES (?, ?)", "ii",
	    (int64_t)hash, item);
}

size_t
store_items_by_key(struct store *store, uint64_t hash, int64_t *items,
    size_t max)
{
	sqlite3_stmt *stmt;
	size_t n;
	bool more;

	stmt = db_query(store->db, "SELECT item FROM item_key WHERE hash = ?",
	    "i", (int64_t)hash);
	for (n = 0; (more = db_row(store->db, stmt)) && n < max; n++)
		items[n] = sqlite3_column_int64(stmt, 0);
	if (more)
		db_done(stmt);
	return more ? 0 : n;
}

size_t
store_items_by_work(struct store *store, int64_t work, int64_t *items,
    size_t max)
{
	return store_collect(store, db_query(store->db, "SELECT id FROM item"
	    " WHERE work = ?", "i", work), items, max);
}

int64_t
store_count_servers(const struct store *store)
{
	return store->servers;
}

int64_t
store_new_work(struct store *store)
{
	store_touch(store);
	db_run(store->db, "INSERT INTO work DEFAULT VALUES", "");
	return db_last_id(store->db);
}

void
store_set_work(struct store *store, int64_t item, int64_t work,
    enum match_reason reason)
{
	store_touch(store);
	db_run(store->db, "UPDATE item SET work = ?, reason = ?,"
	    " unformed = 0 WHERE id = ?", "iii", work, (int64_t)reason, item);
}

void
store_set_work_servers(struct store *store, int64_t work, int64_t servers)
{
	store_touch(store);
	db_run(store->db, "UPDATE work SET servers = ?2"
	    " WHERE id = ?1 AND servers != ?2", "ii", work, servers);
}

void
store_count(struct store *store)
{
	store_touch(store);
	db_run(store->db, "UPDATE server SET (items, unmatched) ="
	    " (SELECT count(*), count(CASE WHEN w.servers < 2 THEN 1 END)"
	    "  FROM item AS i JOIN work AS w ON w.id = i.work"
	    "  WHERE i.server = server.id AND i.gone_since = 0)"
	    " WHERE configured", "");
	db_run(store->db, "UPDATE total SET"
	    " works = (SELECT count(*) FROM work),"
	    " items = (SELECT coalesce(sum(items), 0) FROM server"
	    "  WHERE configured),"
	    " unmatched = (SELECT coalesce(sum(unmatched), 0) FROM server"
	    "  WHERE configured)", "");
}
