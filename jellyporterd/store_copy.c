/* The database: copies, what is agreed, what is owed, and the audit. */
#include <string.h>

#include "store_internal.h"
#include "text.h"

#define UNCOPIED_SLICE	200	/* works of which something is agreed */

/* Of a write whose answer is not recorded. */
enum asked {
	ASKED_NOT,
	ASKED_UNKNOWN,		/* it may have arrived */
	ASKED_LOOKED,		/* it had not, when somebody looked */
	ASKED_AGAIN		/* that, and was sent once more since */
};

static void	get_apart(struct store *, struct copy_row *);

void
store_userdata(sqlite3_stmt *stmt, int column, struct userdata *userdata)
{
	userdata->played = sqlite3_column_int(stmt, column) != 0;
	userdata->position = sqlite3_column_int64(stmt, column + 1);
	userdata->play_count = sqlite3_column_int(stmt, column + 2);
	userdata->last_played = sqlite3_column_int64(stmt, column + 3);
	userdata->favorite = sqlite3_column_int(stmt, column + 4) != 0;
}

/* Few copies are: they are looked up by themselves. */
static void
get_apart(struct store *store, struct copy_row *row)
{
	sqlite3_stmt *stmt;

	stmt = db_query(store->db, "SELECT version, played, position,"
	    " play_count, last_played, favorite FROM apart"
	    " WHERE endpoint = ? AND item = ?", "ii", row->endpoint,
	    row->item);
	row->apart = db_row(store->db, stmt);
	if (!row->apart)
		return;
	row->apart_version = sqlite3_column_int64(stmt, 0);
	store_userdata(stmt, 1, &row->apart_userdata);
	db_done(stmt);
}

void
store_set_apart(struct store *store, struct copy_row *row,
    const struct userdata *u, int64_t version)
{
	store_touch(store);
	row->apart = true;
	row->apart_userdata = *u;
	row->apart_version = version;
	db_run(store->db, "UPDATE copy SET apart = 1 WHERE endpoint = ?"
	    " AND item = ?", "ii", row->endpoint, row->item);
	db_run(store->db, "INSERT OR REPLACE INTO apart (endpoint, item,"
	    " version, played, position, play_count, last_played, favorite)"
	    " VALUES (?,?,?,?,?,?,?,?)", "iiiiiiii", row->endpoint, row->item,
	    version, (int64_t)u->played, u->position, (int64_t)u->play_count,
	    u->last_played, (int64_t)u->favorite);
}

bool
store_get_copy(struct store *store, int64_t endpoint, int64_t item,
    struct copy_row *row)
{
	struct copy *copy = &row->copy;
	sqlite3_stmt *stmt;

	memset(row, 0, sizeof(*row));
	stmt = db_query(store->db, "SELECT e.person, e.server, e.direction,"
	    " i.work, i.runtime, e.read_round >= i.appeared,"
	    " c.endpoint IS NOT NULL, c.has_base, c.need, c.not_before,"
	    " c.failures, c.parked, c.play_version, c.favorite_version,"
	    " c.asked, c.asked_play_version, c.asked_favorite_version,"
	    " c.played, c.position, c.play_count, c.last_played, c.favorite,"
	    " c.asked_played, c.asked_position, c.asked_play_count,"
	    " c.asked_last_played, c.asked_favorite, c.settled, c.held,"
	    " c.apart, c.unlisted"
	    " FROM endpoint AS e, item AS i LEFT JOIN copy AS c"
	    " ON c.endpoint = e.id AND c.item = i.id"
	    " WHERE e.id = ? AND i.id = ? AND i.work IS NOT NULL"
	    " AND i.gone_since = 0", "ii", endpoint, item);
	if (!db_row(store->db, stmt))
		return false;
	row->endpoint = endpoint;
	row->item = item;
	row->person = sqlite3_column_int64(stmt, 0);
	row->server = sqlite3_column_int64(stmt, 1);
	row->direction = (enum direction)sqlite3_column_int(stmt, 2);
	row->work = sqlite3_column_int64(stmt, 3);
	copy->runtime = sqlite3_column_int64(stmt, 4);
	row->exists = sqlite3_column_int(stmt, 6) != 0;
	if (row->exists) {
		copy->has_base = sqlite3_column_int(stmt, 7) != 0;
		row->need = (enum need)sqlite3_column_int(stmt, 8);
		row->not_before = sqlite3_column_int64(stmt, 9);
		row->failures = sqlite3_column_int64(stmt, 10);
		row->parked = sqlite3_column_int(stmt, 11) != 0;
		copy->versions.play = sqlite3_column_int64(stmt, 12);
		copy->versions.favorite = sqlite3_column_int64(stmt, 13);
		copy->has_asked = sqlite3_column_int(stmt, 14) != 0;
		row->looked = sqlite3_column_int(stmt, 14) == ASKED_LOOKED;
		row->again = sqlite3_column_int(stmt, 14) == ASKED_AGAIN;
		copy->asked_versions.play = sqlite3_column_int64(stmt, 15);
		copy->asked_versions.favorite = sqlite3_column_int64(stmt, 16);
		store_userdata(stmt, 17, &copy->base);
		store_userdata(stmt, 22, &copy->asked);
		copy->settled = sqlite3_column_int64(stmt, 27);
		row->held = sqlite3_column_int(stmt, 28) != 0;
		row->apart = sqlite3_column_int(stmt, 29) != 0;
		row->unlisted =
		    (enum unlisted)sqlite3_column_int(stmt, 30);
	} else {
		/* The default state at version 0, if it was there to be read. */
		copy->has_base = sqlite3_column_int(stmt, 5) != 0;
	}
	db_done(stmt);
	if (row->apart)
		get_apart(store, row);
	if (row->unlisted != UNLISTED_NOT)
		store_get_unlisted(store, row);
	return true;
}

void
store_put_copy(struct store *store, const struct copy_row *row)
{
	const struct copy *c = &row->copy;
	int64_t asked = !c->has_asked ? ASKED_NOT :
	    row->looked ? ASKED_LOOKED :
	    row->again ? ASKED_AGAIN : ASKED_UNKNOWN;

	store_touch(store);
	db_run(store->db, "INSERT INTO copy (endpoint, item, has_base, played,"
	    " position, play_count, last_played, favorite, play_version,"
	    " favorite_version, asked, asked_played, asked_position,"
	    " asked_play_count, asked_last_played, asked_favorite,"
	    " asked_play_version, asked_favorite_version, need, not_before,"
	    " failures, parked, settled, held) VALUES"
	    " (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
	    " ON CONFLICT (endpoint, item) DO UPDATE SET"
	    " has_base = excluded.has_base, played = excluded.played,"
	    " position = excluded.position,"
	    " play_count = excluded.play_count,"
	    " last_played = excluded.last_played,"
	    " favorite = excluded.favorite,"
	    " play_version = excluded.play_version,"
	    " favorite_version = excluded.favorite_version,"
	    " asked = excluded.asked, asked_played = excluded.asked_played,"
	    " asked_position = excluded.asked_position,"
	    " asked_play_count = excluded.asked_play_count,"
	    " asked_last_played = excluded.asked_last_played,"
	    " asked_favorite = excluded.asked_favorite,"
	    " asked_play_version = excluded.asked_play_version,"
	    " asked_favorite_version = excluded.asked_favorite_version,"
	    " need = excluded.need, not_before = excluded.not_before,"
	    " failures = excluded.failures, parked = excluded.parked,"
	    " settled = excluded.settled, held = excluded.held",
	    "iiiiiiiiiiiiiiiiiiiiiiii", row->endpoint, row->item,
	    (int64_t)c->has_base, (int64_t)c->base.played, c->base.position,
	    (int64_t)c->base.play_count, c->base.last_played,
	    (int64_t)c->base.favorite, c->versions.play, c->versions.favorite,
	    asked, (int64_t)c->asked.played,
	    c->asked.position, (int64_t)c->asked.play_count,
	    c->asked.last_played, (int64_t)c->asked.favorite,
	    c->asked_versions.play, c->asked_versions.favorite,
	    (int64_t)row->need, row->not_before, row->failures,
	    (int64_t)row->parked, c->settled, (int64_t)row->held);
}

void
store_forget_item(struct store *store, int64_t item)
{
	store_touch(store);
	db_run(store->db, "UPDATE copy SET has_base = 0, asked = 0, need = 0,"
	    " parked = 0, held = 0, unlisted = 0 WHERE item = ?1"
	    " OR item IN (SELECT id FROM item WHERE listed = ?1)", "i", item);
	db_run(store->db, "DELETE FROM held WHERE item = ?1"
	    " OR item IN (SELECT id FROM item WHERE listed = ?1)", "i", item);
	db_run(store->db, "DELETE FROM unlisted WHERE item = ?1"
	    " OR item IN (SELECT id FROM item WHERE listed = ?1)", "i", item);
}

void
store_get_agreed(struct store *store, int64_t person, int64_t work,
    struct agreed_row *row)
{
	sqlite3_stmt *stmt;

	memset(row, 0, sizeof(*row));
	stmt = db_query(store->db, "SELECT played, position, play_count,"
	    " last_played, favorite, runtime, play_version, favorite_version,"
	    " play_from, favorite_from, play_united, favorite_united"
	    " FROM agreed"
	    " WHERE person = ? AND work = ?", "ii", person, work);
	if (!db_row(store->db, stmt))
		return;
	row->exists = true;
	store_userdata(stmt, 0, &row->agreed.userdata);
	row->agreed.runtime = sqlite3_column_int64(stmt, 5);
	row->agreed.versions.play = sqlite3_column_int64(stmt, 6);
	row->agreed.versions.favorite = sqlite3_column_int64(stmt, 7);
	row->play_from = sqlite3_column_int64(stmt, 8);
	row->favorite_from = sqlite3_column_int64(stmt, 9);
	row->united.play = sqlite3_column_int64(stmt, 10);
	row->united.favorite = sqlite3_column_int64(stmt, 11);
	db_done(stmt);
}

void
store_put_agreed(struct store *store, int64_t person, int64_t work,
    const struct agreed_row *row)
{
	const struct agreed *a = &row->agreed;

	store_touch(store);
	db_run(store->db, "INSERT OR REPLACE INTO agreed (person, work, played,"
	    " position, play_count, last_played, favorite, runtime,"
	    " play_version, favorite_version, play_from, favorite_from,"
	    " play_united, favorite_united)"
	    " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)", "iiiiiiiiiiiiii", person,
	    work,
	    (int64_t)a->userdata.played, a->userdata.position,
	    (int64_t)a->userdata.play_count, a->userdata.last_played,
	    (int64_t)a->userdata.favorite, a->runtime, a->versions.play,
	    a->versions.favorite, row->play_from, row->favorite_from,
	    row->united.play, row->united.favorite);
}

void
store_drop_agreed(struct store *store, int64_t person, int64_t work)
{
	store_touch(store);
	db_run(store->db, "DELETE FROM agreed WHERE person = ? AND work = ?",
	    "ii", person, work);
}

size_t
store_persons_of_work(struct store *store, int64_t work, int64_t *persons,
    size_t max)
{
	return store_collect(store, db_query(store->db, "SELECT person"
	    " FROM agreed WHERE work = ?", "i", work), persons, max);
}

size_t
store_copies_of_work(struct store *store, int64_t person, int64_t work,
    struct copy_id *copies, size_t max)
{
	sqlite3_stmt *stmt;
	size_t n = 0;

	stmt = db_query(store->db, "SELECT e.id, i.id FROM item AS i"
	    " JOIN endpoint AS e ON e.server = i.server AND e.person = ?"
	    " AND e.configured WHERE i.work = ? AND i.gone_since = 0", "ii",
	    person, work);
	while (n < max && db_row(store->db, stmt)) {
		copies[n].endpoint = sqlite3_column_int64(stmt, 0);
		copies[n].item = sqlite3_column_int64(stmt, 1);
		n++;
	}
	db_done(stmt);
	return n;
}

/*
 * A slice is of so many works, whether or not any of them has such an item:
 * what is agreed may be all that somebody has watched in years.
 */
size_t
store_uncopied(struct store *store, int64_t endpoint, bool unread,
    int64_t *slice, int64_t after, int64_t *items, size_t max)
{
	int64_t end, work;
	size_t n;

	end = db_number(store->db, LAST_SLICE, "SELECT a.work"
	    " FROM endpoint AS e CROSS JOIN agreed AS a ON a.person = e.person"
	    "  AND a.work >= ?2"
	    " WHERE e.id = ?1 ORDER BY a.work LIMIT 1 OFFSET ?3", "iii",
	    endpoint, *slice, (int64_t)UNCOPIED_SLICE);
	work = after == 0 ? *slice : db_number(store->db, *slice,
	    "SELECT work FROM item WHERE id = ?", "i", after);
	n = store_collect(store, db_query(store->db, "SELECT i.id"
	    " FROM endpoint AS e CROSS JOIN agreed AS a ON a.person = e.person"
	    "  AND a.work >= ?4 AND a.work < ?6"
	    " CROSS JOIN item AS i ON i.work = a.work AND i.server = e.server"
	    "  AND i.gone_since = 0 AND (i.appeared > e.read_round OR NOT ?2)"
	    " WHERE e.id = ?1 AND (a.work > ?4 OR i.id > ?3)"
	    " AND NOT EXISTS (SELECT 1 FROM copy AS c"
	    "  WHERE c.endpoint = ?1 AND c.item = i.id)"
	    " ORDER BY a.work, i.id LIMIT ?5", "iiiiii", endpoint,
	    (int64_t)unread, after, work, (int64_t)max, end), items, max);
	if (n == 0)
		*slice = end;
	return n;
}

void
store_set_begin(struct store *store, int64_t endpoint)
{
	db_run(store->db, "DELETE FROM seen_in_set WHERE endpoint = ?", "i",
	    endpoint);
	db_run(store->db, "DELETE FROM touched_group WHERE endpoint = ?", "i",
	    endpoint);
}

void
store_set_seen(struct store *store, int64_t endpoint, enum listing listing,
    int64_t item)
{
	db_run(store->db, "INSERT OR IGNORE INTO seen_in_set VALUES (?, ?, ?)",
	    "iii", endpoint, item, (int64_t)listing);
}

int64_t
store_set_count(struct store *store, int64_t endpoint, enum listing listing)
{
	return db_number(store->db, 0, "SELECT count(*) FROM seen_in_set"
	    " WHERE endpoint = ? AND listing = ?", "ii", endpoint,
	    (int64_t)listing);
}

void
store_set_end(struct store *store, int64_t endpoint)
{
	store_set_begin(store, endpoint);
	db_run(store->db, "DELETE FROM acted WHERE endpoint = ?", "i",
	    endpoint);
}

/* What waits for a word counts as the server shows it. */
int64_t
store_count_played(struct store *store, int64_t endpoint)
{
	return db_number(store->db, 0, "SELECT count(*) FROM copy AS c"
	    " JOIN item AS i ON i.id = c.item AND i.gone_since = 0"
	    "  AND i.listed IS NULL"
	    " WHERE c.endpoint = ?1 AND NOT c.parked AND CASE c.held"
	    " WHEN 0 THEN c.played ELSE coalesce((SELECT h.played"
	    "  FROM held AS h WHERE h.endpoint = ?1 AND h.item = c.item"
	    "  AND h.state != ?2), c.played) END", "ii", endpoint,
	    (int64_t)HELD_DECIDED);
}

void
store_set_acted(struct store *store, int64_t endpoint, int64_t item)
{
	db_run(store->db, "INSERT OR IGNORE INTO acted VALUES (?, ?)", "ii",
	    endpoint, item);
}

/* Not what a set has shown meanwhile: that was newer. */
size_t
store_acted(struct store *store, int64_t endpoint, int64_t after,
    int64_t *items, size_t max)
{
	return store_collect(store, db_query(store->db, "SELECT item"
	    " FROM acted WHERE endpoint = ?1 AND item > ?2"
	    " AND NOT EXISTS (SELECT 1 FROM seen_in_set AS s"
	    "  WHERE s.endpoint = ?1 AND s.item = acted.item)"
	    " ORDER BY item LIMIT ?3", "iii", endpoint, after, (int64_t)max),
	    items, max);
}

size_t
store_lost(struct store *store, int64_t endpoint, bool parked, bool played,
    int64_t after, int64_t *items, size_t max)
{
	/*
	 * One look for all sets: a copy that left one of them but is in
	 * another has been read by that already.
	 */
	return store_collect(store, db_query(store->db, "SELECT item FROM copy"
	    " WHERE endpoint = ?1 AND item > ?2 AND CASE parked"
	    " WHEN 0 THEN NOT has_base OR position > 0 OR favorite"
	    "  OR (played AND ?5)"
	    " ELSE ?4 END"
	    " AND NOT EXISTS (SELECT 1 FROM seen_in_set AS s"
	    "  WHERE s.endpoint = ?1 AND s.item = copy.item)"
	    " AND NOT EXISTS (SELECT 1 FROM item AS i"
	    "  WHERE i.id = copy.item AND i.listed IS NOT NULL)"
	    " ORDER BY item LIMIT ?3", "iiiii", endpoint, after, (int64_t)max,
	    (int64_t)parked, (int64_t)played), items, max);
}

size_t
store_asked(struct store *store, int64_t endpoint, int64_t after,
    int64_t *items, size_t max)
{
	return store_collect(store, db_query(store->db, "SELECT item FROM copy"
	    " INDEXED BY copy_asked WHERE endpoint = ? AND asked AND item > ?"
	    " ORDER BY item LIMIT ?", "iii", endpoint, after, (int64_t)max),
	    items, max);
}

size_t
store_asked_needed(struct store *store, int64_t endpoint, int64_t now,
    int64_t *items, size_t max)
{
	return store_collect(store, db_query(store->db, "SELECT item FROM copy"
	    " INDEXED BY copy_asked WHERE endpoint = ? AND asked"
	    " AND asked IN (1, 3) AND need > 0 AND not_before <= ?"
	    " LIMIT ?", "iii", endpoint, now, (int64_t)max), items, max);
}

size_t
store_needed(struct store *store, int64_t endpoint, int64_t now,
    int64_t *items, size_t max)
{
	return store_collect(store, db_query(store->db, "SELECT item FROM copy"
	    " WHERE endpoint = ? AND need > 0 AND not_before <= ?"
	    " AND asked IN (0, 2) AND unlisted != 1"
	    " ORDER BY need, not_before LIMIT ?", "iii", endpoint, now,
	    (int64_t)max), items, max);
}

void
store_try_now(struct store *store)
{
	store_touch(store);
	db_run(store->db, "UPDATE copy SET not_before = 0 WHERE need > 0"
	    " AND not_before > 0 AND failures = 0 AND NOT parked", "");
}

int64_t
store_count_needed(struct store *store, int64_t endpoint, int64_t now)
{
	return db_number(store->db, 0, "SELECT count(*) FROM copy"
	    " WHERE endpoint = ? AND need > 0 AND not_before <= ?"
	    " AND unlisted != 1", "ii", endpoint, now);
}

int64_t
store_next_try(struct store *store, int64_t server)
{
	return db_number(store->db, 0, "SELECT min(not_before) FROM endpoint"
	    " AS e JOIN copy AS c ON c.endpoint = e.id AND c.need > 0"
	    " WHERE e.server = ? AND e.configured", "i", server);
}

void
store_audit(struct store *store, int64_t now, const struct audit_row *row)
{
	const struct userdata *a = &row->before, *b = &row->after;

	store_touch(store);
	db_run(store->db, "INSERT INTO audit (time, kind, person, server,"
	    " item, work, from_server, old_played, old_position,"
	    " old_play_count, old_last_played, old_favorite, new_played,"
	    " new_position, new_play_count, new_last_played, new_favorite,"
	    " result, endpoint, version, apart)"
	    " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
	    "iiiiiiiiiiiiiiiiitiii", now, (int64_t)row->kind, row->person,
	    row->server, row->item, row->work, row->from_server,
	    (int64_t)a->played, a->position, (int64_t)a->play_count,
	    a->last_played, (int64_t)a->favorite, (int64_t)b->played,
	    b->position, (int64_t)b->play_count, b->last_played,
	    (int64_t)b->favorite, row->result, row->endpoint, row->version,
	    (int64_t)row->apart);
	if (store->told != NULL)
		store->told(store->told_arg, row, false);
}

void
store_tell(struct store *store, store_told *told, void *arg)
{
	store->told = told;
	store->told_arg = arg;
}

void
store_heard(struct store *store, const struct audit_row *row)
{
	if (store->told != NULL)
		store->told(store->told_arg, row, true);
}

bool
store_last_write(struct store *store, int64_t endpoint, int64_t item,
    struct userdata *before, struct userdata *after)
{
	sqlite3_stmt *stmt;

	stmt = db_query(store->db, "SELECT old_played, old_position,"
	    " old_play_count, old_last_played, old_favorite, new_played,"
	    " new_position, new_play_count, new_last_played, new_favorite"
	    " FROM audit WHERE item = ? AND endpoint = ? AND kind = ?"
	    " ORDER BY id DESC LIMIT 1", "iii", item, endpoint,
	    (int64_t)AUDIT_WRITE);
	if (!db_row(store->db, stmt))
		return false;
	store_userdata(stmt, 0, before);
	store_userdata(stmt, 5, after);
	db_done(stmt);
	return true;
}

void
store_copy_names(struct store *store, int64_t endpoint, int64_t item,
    struct copy_names *names)
{
	sqlite3_stmt *stmt;

	memset(names, 0, sizeof(*names));
	stmt = db_query(store->db, "SELECT s.name, p.name, CASE i.series_title"
	    " WHEN '' THEN i.title ELSE i.series_title || ': ' || i.title END"
	    " FROM endpoint AS e JOIN server AS s ON s.id = e.server"
	    " JOIN person AS p ON p.id = e.person, item AS i"
	    " WHERE e.id = ? AND i.id = ?", "ii", endpoint, item);
	if (!db_row(store->db, stmt))
		return;
	/* A long title is cut. */
	(void)text_copy(names->server, sizeof(names->server),
	    db_text(stmt, 0));
	(void)text_copy(names->person, sizeof(names->person),
	    db_text(stmt, 1));
	(void)text_copy(names->title, sizeof(names->title), db_text(stmt, 2));
	db_done(stmt);
}
