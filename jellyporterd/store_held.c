/* The database: changes that wait for a word, and what counts as one. */
#include "store_internal.h"

bool
store_get_held(struct store *store, int64_t endpoint, int64_t item,
    struct held_row *row)
{
	sqlite3_stmt *stmt;

	stmt = db_query(store->db, "SELECT state, time, began, settled,"
	    " played, position, play_count, last_played, favorite,"
	    " first_played, first_position, first_play_count,"
	    " first_last_played, first_favorite FROM held"
	    " WHERE endpoint = ? AND item = ?", "ii", endpoint, item);
	if (!db_row(store->db, stmt))
		return false;
	row->endpoint = endpoint;
	row->item = item;
	row->state = (enum held_state)sqlite3_column_int(stmt, 0);
	row->time = sqlite3_column_int64(stmt, 1);
	row->began = sqlite3_column_int64(stmt, 2);
	row->settled = sqlite3_column_int64(stmt, 3);
	store_userdata(stmt, 4, &row->userdata);
	store_userdata(stmt, 9, &row->first);
	db_done(stmt);
	return true;
}

void
store_put_held(struct store *store, const struct held_row *row)
{
	const struct userdata *u = &row->userdata, *f = &row->first;

	store_touch(store);
	db_run(store->db, "INSERT OR REPLACE INTO held (endpoint, item, state,"
	    " time, began, settled, played, position, play_count,"
	    " last_played, favorite, first_played, first_position,"
	    " first_play_count, first_last_played, first_favorite)"
	    " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
	    "iiiiiiiiiiiiiiii", row->endpoint, row->item, (int64_t)row->state,
	    row->time, row->began, row->settled, (int64_t)u->played,
	    u->position, (int64_t)u->play_count, u->last_played,
	    (int64_t)u->favorite, (int64_t)f->played, f->position,
	    (int64_t)f->play_count, f->last_played, (int64_t)f->favorite);
}

void
store_drop_held(struct store *store, int64_t endpoint, int64_t item)
{
	store_touch(store);
	db_run(store->db, "DELETE FROM held WHERE endpoint = ? AND item = ?",
	    "ii", endpoint, item);
}

size_t
store_held(struct store *store, int64_t endpoint, enum held_state state,
    int64_t *items, size_t max)
{
	return store_collect(store, db_query(store->db, "SELECT item FROM held"
	    " WHERE endpoint = ? AND state = ? LIMIT ?", "iii", endpoint,
	    (int64_t)state, (int64_t)max), items, max);
}

int64_t
store_count_held(struct store *store, int64_t endpoint, enum held_state state)
{
	return db_number(store->db, 0, "SELECT count(*) FROM held"
	    " WHERE endpoint = ? AND state = ?", "ii", endpoint,
	    (int64_t)state);
}

int64_t
store_count_taken_back(struct store *store, int64_t endpoint, int64_t since)
{
	/* An item with all of its alternate versions is one. */
	return db_number(store->db, 0, "SELECT count(DISTINCT"
	    " coalesce(i.listed, i.id)) FROM held JOIN item AS i"
	    " ON i.id = held.item"
	    " WHERE endpoint = ?1 AND (state = ?2 OR time > ?3)", "iii",
	    endpoint, (int64_t)HELD_UNDECIDED, since);
}

int64_t
store_count_touched(struct store *store, int64_t endpoint)
{
	return db_number(store->db, 0, "SELECT count(DISTINCT"
	    " coalesce(i.listed, i.id)) FROM copy JOIN item AS i"
	    " ON i.id = copy.item WHERE endpoint = ? AND has_base"
	    " AND (played OR position > 0 OR favorite)", "i", endpoint);
}

int64_t
store_hold(struct store *store, int64_t endpoint)
{
	store_touch(store);
	return db_run(store->db, "UPDATE held SET state = ? WHERE endpoint = ?"
	    " AND state = ?", "iii", (int64_t)HELD_HELD, endpoint,
	    (int64_t)HELD_UNDECIDED);
}

void
store_forget_decided(struct store *store, int64_t endpoint, int64_t before)
{
	store_touch(store);
	db_run(store->db, "DELETE FROM held WHERE endpoint = ? AND state = ?"
	    " AND time <= ?", "iii", endpoint, (int64_t)HELD_DECIDED, before);
}
