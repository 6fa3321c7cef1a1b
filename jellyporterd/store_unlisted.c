/* The database: what copies show but do not hold (unlisted.h). */
#include "store_internal.h"

/* UNLISTED_SEEN is 1 in the queries, as in the index that is for them. */

void
store_get_unlisted(struct store *store, struct copy_row *row)
{
	sqlite3_stmt *stmt;

	stmt = db_query(store->db, "SELECT played, position, play_count,"
	    " last_played, favorite FROM unlisted"
	    " WHERE endpoint = ? AND item = ?", "ii", row->endpoint,
	    row->item);
	if (!db_row(store->db, stmt))
		return;
	store_userdata(stmt, 0, &row->unlisted_userdata);
	db_done(stmt);
}

void
store_set_unlisted(struct store *store, struct copy_row *row,
    const struct userdata *u, enum unlisted unlisted)
{
	row->unlisted = unlisted;
	row->unlisted_userdata = *u;
	db_run(store->db, "UPDATE copy SET unlisted = ? WHERE endpoint = ?"
	    " AND item = ?", "iii", (int64_t)unlisted, row->endpoint,
	    row->item);
	db_run(store->db, "INSERT OR REPLACE INTO unlisted (endpoint, item,"
	    " point, played, position, play_count, last_played, favorite)"
	    " VALUES (?,?,?,?,?,?,?,?)", "iiiiiiii", row->endpoint, row->item,
	    store_advance(store), (int64_t)u->played, u->position,
	    (int64_t)u->play_count, u->last_played, (int64_t)u->favorite);
}

void
store_drop_unlisted(struct store *store, struct copy_row *row)
{
	store_touch(store);
	row->unlisted = UNLISTED_NOT;
	db_run(store->db, "UPDATE copy SET unlisted = ? WHERE endpoint = ?"
	    " AND item = ?", "iii", (int64_t)UNLISTED_NOT, row->endpoint,
	    row->item);
	db_run(store->db, "DELETE FROM unlisted WHERE endpoint = ?"
	    " AND item = ?", "ii", row->endpoint, row->item);
}

/* Not those with alternate versions: each of these is read by itself. */
size_t
store_unlisted(struct store *store, int64_t endpoint, enum listing set,
    int64_t point, int64_t after, int64_t *items, size_t max)
{
	return store_collect(store, db_query(store->db, "SELECT c.item"
	    " FROM copy AS c INDEXED BY copy_unlisted JOIN unlisted AS u"
	    "  ON u.endpoint = c.endpoint AND u.item = c.item"
	    " WHERE c.endpoint = ?1 AND c.unlisted = 1 AND c.item > ?2"
	    " AND u.point <= ?3 AND CASE WHEN u.played THEN ?4"
	    "  WHEN u.position > 0 THEN ?5 ELSE ?6 END = ?7"
	    " AND NOT EXISTS (SELECT 1 FROM seen_in_set AS s"
	    "  WHERE s.endpoint = ?1 AND s.item = c.item)"
	    " AND NOT EXISTS (SELECT 1 FROM item AS i"
	    "  WHERE i.listed = c.item OR (i.id = c.item"
	    "  AND i.listed IS NOT NULL))"
	    " ORDER BY c.item LIMIT ?8", "iiiiiiii", endpoint, after, point,
	    (int64_t)LISTING_PLAYED, (int64_t)LISTING_RESUMABLE,
	    (int64_t)LISTING_FAVORITE, (int64_t)set, (int64_t)max), items,
	    max);
}

void
store_confirm_unlisted(struct store *store, int64_t endpoint, int64_t point)
{
	store_touch(store);
	db_run(store->db, "UPDATE copy SET unlisted = ?3 WHERE endpoint = ?1"
	    " AND unlisted = 1 AND item IN (SELECT u.item FROM unlisted AS u"
	    "  WHERE u.endpoint = ?1 AND u.point <= ?2)"
	    " AND NOT EXISTS (SELECT 1 FROM seen_in_set AS s"
	    "  WHERE s.endpoint = ?1 AND s.item = copy.item)", "iii",
	    endpoint, point, (int64_t)UNLISTED_SURE);
}

int64_t
store_count_unlisted(struct store *store, int64_t endpoint)
{
	/* Few copies are one: the primary key would lead through them all. */
	return db_number(store->db, 0, "SELECT count(*) FROM copy"
	    " INDEXED BY copy_unlisted WHERE endpoint = ? AND unlisted = 1",
	    "i", endpoint);
}

/* A bare count or date takes nothing back, whether it stays or goes. */
void
store_hand_over(struct store *store, int64_t endpoint)
{
	store_touch(store);
	db_run(store->db, "INSERT OR REPLACE INTO unlisted (endpoint, item,"
	    " point, played, position, play_count, last_played, favorite)"
	    " SELECT endpoint, item, ?2, played, position, play_count,"
	    " last_played, favorite FROM copy WHERE endpoint = ?1 AND has_base"
	    " AND (played OR position > 0 OR favorite)", "ii", endpoint,
	    store_advance(store));
	db_run(store->db, "UPDATE copy SET unlisted = ?2, has_base = 0,"
	    " played = 0, position = 0, play_count = 0, last_played = 0,"
	    " favorite = 0, asked = 0, need = 0, not_before = 0, failures = 0,"
	    " parked = 0, held = 0, apart = 0 WHERE endpoint = ?1"
	    " AND item IN (SELECT u.item FROM unlisted AS u"
	    "  WHERE u.endpoint = ?1)", "ii", endpoint,
	    (int64_t)UNLISTED_SURE);
	db_run(store->db, "DELETE FROM copy WHERE endpoint = ?"
	    " AND unlisted = 0", "i", endpoint);
	db_run(store->db, "DELETE FROM held WHERE endpoint = ?", "i",
	    endpoint);
	db_run(store->db, "DELETE FROM apart WHERE endpoint = ?", "i",
	    endpoint);
	db_run(store->db, "UPDATE endpoint SET read_round = 0 WHERE id = ?",
	    "i", endpoint);
}
