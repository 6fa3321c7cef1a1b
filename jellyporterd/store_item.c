/* The database: items, their keys, and the works they are copies of. */
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "store_internal.h"

/* For store_add_keys(). */
#define KEYS_AT_ONCE	8
#define ADD_KEYS	"INSERT OR IGNORE INTO work_key VALUES "
#define KEY_1		"(?2, ?1)"
#define KEY_2		KEY_1 ", (?3, ?1)"
#define KEY_3		KEY_2 ", (?4, ?1)"
#define KEY_4		KEY_3 ", (?5, ?1)"
#define KEY_5		KEY_4 ", (?6, ?1)"
#define KEY_6		KEY_5 ", (?7, ?1)"
#define KEY_7		KEY_6 ", (?8, ?1)"
#define KEY_8		KEY_7 ", (?9, ?1)"

/* An item as its row has it. */
struct stored_item {
	int64_t	id;
	bool	gone;
	bool	same;		/* as the record, in all that is kept */
	bool	alternate;	/* it was in no listing until now */
};

#define GONE_SLICE	1000	/* items that are looked at */
#define GONE_MAX	100	/* of these, found gone */
#define SEEN_LEAST	4096	/* bytes of bits */

static void	form_changed_series(struct store *, int64_t);
static bool	find_item(struct store *, int64_t, const struct item_record *,
		    const char *, struct stored_item *);
static bool	has_bit(const uint8_t *, uint64_t);
static void	set_bit(uint8_t *, uint64_t);
static bool	may_be_known(struct store *, const struct identity *,
		    const struct jellyfin_id *);
static bool	is_seen(const struct identity *, int64_t);
static bool	note_seen(struct identity *, int64_t);
static void	item_gone(struct store *, struct identity *, int64_t, int64_t);
static void	identity_free(struct identity *);
static int64_t	insert_item(struct store *, const struct identity *,
		    const struct item_record *, const char *, int64_t,
		    enum match_reason);
static size_t	collect_all(struct store *, sqlite3_stmt *, int64_t *, size_t);
static char	*copy_title(const char *);
static void	fresh_row(const struct store *, const struct identity *,
		    const struct item_record *, bool, struct item_row *);
static bool	series_ids(struct store *, struct identity *,
		    const struct item_record *, struct match_ids *);
static void	mark_unformed(struct store *, int64_t, int64_t);
static void	note_changed_series(struct store *, struct identity *,
		    const struct item_record *);
static void	update_item(struct store *, int64_t, int64_t, bool,
		    const struct item_record *, const char *);

void
store_identity_begin(struct store *store, struct identity *identity,
    int64_t server, int64_t round)
{
	identity_free(identity);
	memset(identity, 0, sizeof(*identity));
	identity->server = server;
	identity->round = round;
	identity->first = db_number(store->db, 0, "SELECT NOT EXISTS"
	    " (SELECT 1 FROM item WHERE server = ?)", "i", server) != 0;
}

static void
identity_free(struct identity *identity)
{
	free(identity->seen);
	identity->seen = NULL;
	identity->seen_size = 0;
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
	    " gone_since, media_sources, listed IS NOT NULL FROM item"
	    " WHERE server = ? AND jellyfin_id = ?", "ib", server, &r->id);
	if (!db_row(store->db, stmt))
		return false;
	has_series = db_id(stmt, 7, &series);
	stored->id = sqlite3_column_int64(stmt, 0);
	stored->gone = sqlite3_column_int64(stmt, 11) != 0;
	stored->alternate = sqlite3_column_int(stmt, 13) != 0;
	stored->same = sqlite3_column_int64(stmt, 1) == (int64_t)r->kind &&
	    sqlite3_column_int64(stmt, 12) == (int64_t)r->media_sources &&
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

static bool
has_bit(const uint8_t *bits, uint64_t i)
{
	return bits[i / 8] & 1U << i % 8;
}

static void
set_bit(uint8_t *bits, uint64_t i)
{
	bits[i / 8] |= (uint8_t)(1U << i % 8);
}

static bool
is_seen(const struct identity *identity, int64_t item)
{
	return (size_t)item / 8 < identity->seen_size &&
	    has_bit(identity->seen, (uint64_t)item);
}

/* True if it is for the first time. */
static bool
note_seen(struct identity *identity, int64_t item)
{
	size_t size = identity->seen_size;
	uint8_t *seen;

	if (is_seen(identity, item))
		return false;
	if ((size_t)item / 8 >= size) {
		if (size < SEEN_LEAST)
			size = SEEN_LEAST;
		while ((size_t)item / 8 >= size)
			size *= 2;
		seen = recallocarray(identity->seen, identity->seen_size, size,
		    1);
		if (seen == NULL)
			fatal("recallocarray");
		identity->seen = seen;
		identity->seen_size = size;
	}
	set_bit(identity->seen, (uint64_t)item);
	return true;
}

/*
 * In a first reading only what it has shown itself is known: nearly nothing has
 * to be looked for.  Never false for what it has shown.
 */
static bool
may_be_known(struct store *store, const struct identity *identity,
    const struct jellyfin_id *id)
{
	uint32_t bit;
	bool seen;

	if (!identity->first)
		return true;
	memcpy(&bit, id->bytes, sizeof(bit));
	/* Servers with the same paths have the same ids. */
	bit = (bit + (uint32_t)identity->server) % SEEN_BITS;
	seen = has_bit(store->seen, bit);
	set_bit(store->seen, bit);
	return seen;
}

/* Its id; works are called after the first of their items. */
static int64_t
insert_item(struct store *store, const struct identity *identity,
    const struct item_record *r, const char *ids, int64_t work,
    enum match_reason reason)
{
	store->counted = false;
	db_run(store->db, "INSERT INTO item (id, server, jellyfin_id, kind,"
	    " season, episode, episode_end, year, runtime, series, title,"
	    " series_title, ids, appeared, work, reason, media_sources,"
	    " alternates_due)"
	    " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,nullif(?,0),?,?,?)",
	    "iibiiiiiibtttiiiii", ++store->last_item, identity->server, &r->id,
	    (int64_t)r->kind, (int64_t)r->season, (int64_t)r->episode,
	    (int64_t)r->episode_end, (int64_t)r->year, r->runtime,
	    r->has_series ? &r->series : NULL, r->title, r->series_title, ids,
	    identity->round, work, (int64_t)reason,
	    (int64_t)r->media_sources, (int64_t)(r->media_sources > 1));
	return store->last_item;
}

static void
mark_unformed(struct store *store, int64_t server, int64_t item)
{
	db_run(store->db, "INSERT OR IGNORE INTO unformed VALUES (?, ?)",
	    "ii", server, item);
}

/* An item that is back is one that has just appeared. */
static void
update_item(struct store *store, int64_t id, int64_t round, bool back,
    const struct item_record *r, const char *ids)
{
	store->counted = false;
	db_run(store->db, "UPDATE item SET kind = ?, season = ?, episode = ?,"
	    " episode_end = ?, year = ?, runtime = ?, series = ?, title = ?,"
	    " series_title = ?, ids = ?, gone_since = 0,"
	    " appeared = CASE ? WHEN 1 THEN ? ELSE appeared END,"
	    " alternates_due = ?14 > 1 OR media_sources > 1,"
	    " media_sources = ?14, listed = NULL"
	    " WHERE id = ?13", "iiiiiibtttiiii",
	    (int64_t)r->kind, (int64_t)r->season, (int64_t)r->episode,
	    (int64_t)r->episode_end, (int64_t)r->year, r->runtime,
	    r->has_series ? &r->series : NULL, r->title, r->series_title, ids,
	    (int64_t)back, round, id, (int64_t)r->media_sources);
	/* Its library has changed: what was parked may be tried again. */
	db_run(store->db, "UPDATE copy SET parked = 0, not_before = 0,"
	    " failures = 0 WHERE item = ?", "i", id);
}

/* Episodes are matched by the ids of their series, which may come later. */
static void
note_changed_series(struct store *store, struct identity *identity,
    const struct item_record *r)
{
	db_run(store->db, "INSERT OR IGNORE INTO changed_series"
	    " VALUES (?, ?)", "ib", identity->server, &r->id);
	identity->has_series = false;
}

/* The ids that an episode's series has; false if it is not known yet. */
static bool
series_ids(struct store *store, struct identity *identity,
    const struct item_record *r, struct match_ids *ids)
{
	sqlite3_stmt *stmt;

	memset(ids, 0, sizeof(*ids));
	if (!r->has_series)
		return true;
	/* Episodes come one after the other. */
	if (!identity->has_series ||
	    !jellyfin_id_equal(&identity->series, &r->series)) {
		stmt = db_query(store->db, "SELECT ids FROM item"
		    " WHERE server = ? AND jellyfin_id = ?", "ib",
		    identity->server, &r->series);
		if (!db_row(store->db, stmt))
			return false;
		if (match_ids_parse(db_text(stmt, 0), &identity->series_ids) ==
		    -1)
			fatalx("database: ids of a series");
		db_done(stmt);
		identity->series = r->series;
		identity->has_series = true;
	}
	*ids = identity->series_ids;
	return true;
}

bool
store_identity_item(struct store *store, struct identity *identity,
    const struct item_record *r, bool titles, struct item_row *row)
{
	struct match_item *m = &row->match;
	struct stored_item stored;
	char text[MATCH_IDS_TEXT_SIZE];

	store_touch(store);
	match_normalise(r->providers, r->n_providers, &m->own);
	match_ids_text(&m->own, text, sizeof(text));
	if (!may_be_known(store, identity, &r->id) ||
	    !find_item(store, identity->server, r, text, &stored)) {
		identity->changed++;
		identity->unique += identity->first;
		if (identity->first && r->kind != ITEM_SERIES &&
		    series_ids(store, identity, r, &m->series)) {
			fresh_row(store, identity, r, titles, row);
			return true;
		}
		stored.id = insert_item(store, identity, r, text, 0,
		    MATCH_REASON_NONE);
		if (r->kind != ITEM_SERIES)
			mark_unformed(store, identity->server, stored.id);
		else if (!identity->first)
			note_changed_series(store, identity, r);
	} else if (stored.gone || stored.alternate || !stored.same) {
		identity->changed++;
		if (stored.alternate)
			db_run(store->db, "DELETE FROM copy WHERE item = ?",
			    "i", stored.id);
		update_item(store, stored.id, identity->round,
		    stored.gone || stored.alternate, r, text);
		if (r->kind != ITEM_SERIES)
			mark_unformed(store, identity->server, stored.id);
		else
			note_changed_series(store, identity, r);
	}
	/* In a first reading, nothing can be gone. */
	if (!identity->first)
		identity->unique += note_seen(identity, stored.id);
	return false;
}

/* All that matching wants to know; its ids are there already. */
static void
fresh_row(const struct store *store, const struct identity *identity,
    const struct item_record *r, bool titles, struct item_row *row)
{
	struct match_item *m = &row->match;

	m->item = m->group = store->last_item + 1;
	m->server = identity->server;
	m->kind = r->kind;
	m->season = r->season;
	m->episode = r->episode;
	m->episode_end = r->episode_end;
	m->year = r->year;
	m->runtime = r->runtime;
	m->title = titles ? copy_title(r->title) : NULL;
	m->series_title = titles ? copy_title(r->series_title) : NULL;
	m->reason = row->reason = MATCH_REASON_NONE;
	row->work = 0;
	row->gone = false;
	row->unformed = true;
	row->record = r;
}

void
store_insert_item(struct store *store, const struct identity *identity,
    const struct item_row *row, int64_t work, enum match_reason reason)
{
	char text[MATCH_IDS_TEXT_SIZE];

	match_ids_text(&row->match.own, text, sizeof(text));
	insert_item(store, identity, row->record, text, work, reason);
}

/* Episodes of series that are not as they were. */
static void
form_changed_series(struct store *store, int64_t server)
{
	if (db_number(store->db, 0, "SELECT EXISTS (SELECT 1 FROM"
	    " changed_series WHERE server = ?)", "i", server) == 0)
		return;
	db_run(store->db, "INSERT OR IGNORE INTO unformed"
	    " SELECT server, id FROM item"
	    " WHERE server = ?1 AND gone_since = 0 AND listed IS NULL"
	    " AND series IN (SELECT series FROM changed_series"
	    "  WHERE server = ?1)", "i", server);
	db_run(store->db, "DELETE FROM changed_series WHERE server = ?", "i",
	    server);
}

/* What has appeared belongs to a round of its own, as to who was read since. */
void
store_news_end(struct store *store, struct identity *identity)
{
	store_touch(store);
	form_changed_series(store, identity->server);
	db_run(store->db, "UPDATE server SET round = ? WHERE id = ?", "ii",
	    identity->round, identity->server);
	identity_free(identity);
}

/*
 * Its base is dropped; when it returns it is a first contact.  Its work is
 * formed anew, without it.
 */
static void
item_gone(struct store *store, struct identity *identity, int64_t item,
    int64_t now)
{
	if (db_run(store->db, "UPDATE item SET gone_since = ?2 WHERE id = ?1"
	    " AND gone_since = 0 AND listed IS NULL", "ii", item, now) == 0)
		return;			/* it was before */
	identity->gone++;
	store->counted = false;
	db_run(store->db, "UPDATE item SET gone_since = ?2"
	    " WHERE listed = ?1 AND gone_since = 0", "ii", item, now);
	db_run(store->db, "DELETE FROM copy WHERE item = ?1"
	    " OR item IN (SELECT id FROM item WHERE listed = ?1)", "i", item);
	db_run(store->db, "DELETE FROM unformed WHERE server = ? AND item = ?",
	    "ii", identity->server, item);
	db_run(store->db, "INSERT OR IGNORE INTO unformed"
	    " SELECT server, id FROM item WHERE gone_since = 0"
	    " AND listed IS NULL"
	    " AND work = (SELECT work FROM item WHERE id = ?)", "i", item);
}

/* In the order of an index that has all that most items are asked for. */
bool
store_identity_gone(struct store *store, struct identity *identity,
    int64_t now)
{
	int64_t missing[GONE_MAX], item;
	size_t i, looked = 0, n = 0;
	sqlite3_stmt *stmt;

	if (identity->first)
		return false;		/* nothing can be */
	stmt = db_query(store->db, "SELECT id, jellyfin_id FROM item"
	    " WHERE server = ? AND jellyfin_id > ?"
	    " ORDER BY jellyfin_id LIMIT ?", "ibi", identity->server,
	    &identity->cursor, (int64_t)GONE_SLICE);
	while (n < GONE_MAX && db_row(store->db, stmt)) {
		item = sqlite3_column_int64(stmt, 0);
		if (!is_seen(identity, item))
			missing[n++] = item;
		if (++looked == GONE_SLICE || n == GONE_MAX)
			(void)db_id(stmt, 1, &identity->cursor);
	}
	db_done(stmt);
	store_touch(store);
	for (i = 0; i < n; i++)
		item_gone(store, identity, missing[i], now);
	return looked == GONE_SLICE || n == GONE_MAX;
}

int64_t
store_identity_end(struct store *store, struct identity *identity,
    int64_t now)
{
	while (store_identity_gone(store, identity, now))
		;
	store_touch(store);
	form_changed_series(store, identity->server);
	db_run(store->db, "UPDATE server SET round = ?, identity_at = ?"
	    " WHERE id = ?", "iii", identity->round, now, identity->server);
	identity_free(identity);
	return identity->gone;
}

size_t
store_unformed(struct store *store, int64_t server, int64_t *items, size_t max)
{
	return store_collect(store, db_query(store->db, "SELECT item"
	    " FROM unformed WHERE server = ? ORDER BY item LIMIT ?", "ii",
	    server, (int64_t)max), items, max);
}

int64_t
store_item(struct store *store, int64_t server, const struct jellyfin_id *id)
{
	return db_number(store->db, 0, "SELECT id FROM item WHERE server = ?"
	    " AND jellyfin_id = ? AND gone_since = 0 AND kind != ?", "ibi",
	    server, id, (int64_t)ITEM_SERIES);
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

#define ITEM_ROWS	"SELECT i.server, i.kind, i.season, i.episode," \
			" i.episode_end, i.year, i.runtime, i.ids, s.ids," \
			" i.work, i.gone_since, v.configured, i.title," \
			" i.series_title, u.item IS NOT NULL, i.reason, i.id" \
			" FROM item AS i JOIN server AS v ON v.id = i.server" \
			" LEFT JOIN item AS s ON s.server = i.server" \
			"  AND s.jellyfin_id = i.series" \
			" LEFT JOIN unformed AS u ON u.server = i.server" \
			"  AND u.item = i.id"

bool
store_next_item(struct store *store, sqlite3_stmt *stmt, bool titles,
    struct item_row *row)
{
	struct match_item *m = &row->match;

	if (!db_row(store->db, stmt))
		return false;
	m->item = sqlite3_column_int64(stmt, 16);
	m->server = sqlite3_column_int64(stmt, 0);
	m->kind = (enum item_kind)sqlite3_column_int(stmt, 1);
	m->season = sqlite3_column_int(stmt, 2);
	m->episode = sqlite3_column_int(stmt, 3);
	m->episode_end = sqlite3_column_int(stmt, 4);
	m->year = sqlite3_column_int(stmt, 5);
	m->runtime = sqlite3_column_int64(stmt, 6);
	m->title = titles ? copy_title(db_text(stmt, 12)) : NULL;
	m->series_title = titles ? copy_title(db_text(stmt, 13)) : NULL;
	m->group = m->item;
	m->reason = MATCH_REASON_NONE;
	if (match_ids_parse(db_text(stmt, 7), &m->own) == -1 ||
	    match_ids_parse(db_text(stmt, 8), &m->series) == -1)
		fatalx("database: ids of item %lld", (long long)m->item);
	row->work = sqlite3_column_int64(stmt, 9);
	row->gone = sqlite3_column_int64(stmt, 10) != 0 ||
	    sqlite3_column_int64(stmt, 11) == 0;
	row->unformed = sqlite3_column_int64(stmt, 14) != 0;
	row->reason = (enum match_reason)sqlite3_column_int(stmt, 15);
	row->record = NULL;
	return true;
}

bool
store_get_item(struct store *store, int64_t item, bool titles,
    struct item_row *row)
{
	sqlite3_stmt *stmt;

	stmt = db_query(store->db, ITEM_ROWS " WHERE i.id = ?", "i", item);
	if (!store_next_item(store, stmt, titles, row))
		return false;
	db_done(stmt);
	return true;
}

sqlite3_stmt *
store_query_work(struct store *store, int64_t work)
{
	return db_query(store->db, ITEM_ROWS " WHERE i.work = ?"
	    " AND i.listed IS NULL", "i", work);
}

/* Statements are dear beside what this one does: several rows in one. */
void
store_add_keys(struct store *store, int64_t work, const uint64_t *hashes,
    size_t n)
{
	static const char *const inserts[] = {
		NULL, ADD_KEYS KEY_1, ADD_KEYS KEY_2, ADD_KEYS KEY_3,
		ADD_KEYS KEY_4, ADD_KEYS KEY_5, ADD_KEYS KEY_6,
		ADD_KEYS KEY_7, ADD_KEYS KEY_8
	};
	size_t i;

	for (i = 0; i < n; i++)
		set_bit(store->keys, hashes[i] % KEY_BITS);
	for (; n > 0; n -= i, hashes += i) {
		i = n < KEYS_AT_ONCE ? n : KEYS_AT_ONCE;
		db_run(store->db, inserts[i], "in", work,
		    (const int64_t *)hashes, i);
	}
}

static size_t
collect_all(struct store *store, sqlite3_stmt *stmt, int64_t *numbers,
    size_t max)
{
	size_t n;
	bool more;

	for (n = 0; (more = db_row(store->db, stmt)) && n < max; n++)
		numbers[n] = sqlite3_column_int64(stmt, 0);
	if (more)
		db_done(stmt);
	return more ? 0 : n;
}

size_t
store_works_by_key(struct store *store, uint64_t hash, int64_t *works,
    size_t max)
{
	/* Most keys are new in the first sync of all. */
	if (!store->had_keys && !has_bit(store->keys, hash % KEY_BITS))
		return 0;
	return collect_all(store, db_query(store->db, "SELECT work"
	    " FROM work_key WHERE hash = ?", "i", (int64_t)hash), works, max);
}

size_t
store_items_by_key(struct store *store, uint64_t hash, int64_t *items,
    size_t max)
{
	return collect_all(store, db_query(store->db, "SELECT i.id"
	    " FROM work_key AS k JOIN item AS i ON i.work = k.work"
	    " WHERE k.hash = ?", "i", (int64_t)hash), items, max);
}

size_t
store_items_by_work(struct store *store, int64_t work, int64_t *items,
    size_t max)
{
	return store_collect(store, db_query(store->db, "SELECT id FROM item"
	    " WHERE work = ? AND listed IS NULL", "i", work), items, max);
}

int64_t
store_count_servers(const struct store *store)
{
	return store->servers;
}

void
store_set_work(struct store *store, const struct item_row *row, int64_t work,
    enum match_reason reason)
{
	const struct match_item *m = &row->match;

	store_touch(store);
	store->counted = false;
	if (row->work != work || row->reason != reason)
		db_run(store->db, "UPDATE item SET work = ?, reason = ?"
		    " WHERE id = ?", "iii", work, (int64_t)reason, m->item);
	if (row->unformed)
		db_run(store->db, "DELETE FROM unformed WHERE server = ?"
		    " AND item = ?", "ii", m->server, m->item);
	if (row->work != work)
		db_run(store->db, "UPDATE item SET work = ?1"
		    " WHERE listed = ?2", "ii", work, m->item);
}

void
store_set_matched(struct store *store, int64_t work, bool matched)
{
	store_touch(store);
	store->counted = false;
	if (matched)
		db_run(store->db, "INSERT OR IGNORE INTO matched VALUES (?)",
		    "i", work);
	else
		db_run(store->db, "DELETE FROM matched WHERE work = ?", "i",
		    work);
}
