/*
 * The database: what is old enough to be forgotten.  What people have agreed
 * never is, nor what it takes to match that again.
 */
#include "store_internal.h"

#define SLICE	300		/* rows at a time */

/* A gone item, as a pass comes to it. */
struct gone {
	int64_t	since;
	int64_t	item;
	int64_t	work;
};

static size_t	next_gone(struct store *, const struct pruning *,
		    struct gone *);
static void	forget(struct store *, const struct gone *, struct pruning *);

bool
store_prune_audit(struct store *store, const struct pruning *pruning)
{
	if (db_number(store->db, 0, "SELECT EXISTS (SELECT 1 FROM audit"
	    " WHERE time < ?)", "i", pruning->before) == 0)
		return false;
	store_touch(store);
	return db_run(store->db, "DELETE FROM audit WHERE id IN (SELECT id"
	    " FROM audit WHERE time < ? ORDER BY time LIMIT ?)", "ii",
	    pruning->before, (int64_t)SLICE) == SLICE;
}

static size_t
next_gone(struct store *store, const struct pruning *pruning,
    struct gone *gone)
{
	sqlite3_stmt *stmt;
	size_t n = 0;

	stmt = db_query(store->db, "SELECT gone_since, id, coalesce(work, 0)"
	    " FROM item INDEXED BY item_gone WHERE gone_since != 0"
	    " AND gone_since < ?1 AND (gone_since, id) > (?2, ?3)"
	    " AND kind != ?4 ORDER BY gone_since, id LIMIT ?5", "iiiii",
	    pruning->before, pruning->gone_since, pruning->item,
	    (int64_t)ITEM_SERIES, (int64_t)SLICE);
	while (n < SLICE && db_row(store->db, stmt)) {
		gone[n].since = sqlite3_column_int64(stmt, 0);
		gone[n].item = sqlite3_column_int64(stmt, 1);
		gone[n++].work = sqlite3_column_int64(stmt, 2);
	}
	db_done(stmt);
	return n;
}

/*
 * Unless somebody needs it: the audit, a copy, an alternate version of it, or
 * what is agreed, which is left the last of its items.  The item with the
 * greatest id stays as well, so that no id, and no work's name, comes twice.
 */
static void
forget(struct store *store, const struct gone *gone, struct pruning *pruning)
{
	if (db_run(store->db, "DELETE FROM item WHERE id = ?1"
	    " AND id != (SELECT max(id) FROM item)"
	    " AND NOT EXISTS (SELECT 1 FROM audit AS a WHERE a.item = ?1)"
	    " AND NOT EXISTS (SELECT 1 FROM copy AS c WHERE c.item = ?1)"
	    " AND NOT EXISTS (SELECT 1 FROM item AS v WHERE v.listed = ?1)"
	    " AND (listed IS NOT NULL OR NOT EXISTS"
	    "  (SELECT 1 FROM agreed AS g WHERE g.work = ?2)"
	    "  OR EXISTS (SELECT 1 FROM item AS i WHERE i.work = ?2"
	    "   AND i.listed IS NULL AND (i.gone_since = 0"
	    "   OR (i.gone_since, i.id) > (?3, ?1))))", "iii", gone->item,
	    gone->work, gone->since) == 0)
		return;
	store->counted = false;
	if (gone->work == 0 || db_number(store->db, 0, "SELECT EXISTS"
	    " (SELECT 1 FROM item WHERE work = ?)", "i", gone->work) != 0)
		return;
	db_run(store->db, "DELETE FROM matched WHERE work = ?", "i",
	    gone->work);
	pruning->emptied++;
}

bool
store_prune_items(struct store *store, struct pruning *pruning)
{
	struct gone gone[SLICE];
	size_t i, n = next_gone(store, pruning, gone);

	if (n == 0)
		return false;
	store_touch(store);
	for (i = 0; i < n; i++)
		forget(store, &gone[i], pruning);
	pruning->gone_since = gone[n - 1].since;
	pruning->item = gone[n - 1].item;
	return n == SLICE;
}

/* Episodes, gone or not, are matched by the ids of their series. */
bool
store_prune_series(struct store *store, const struct pruning *pruning)
{
	if (db_number(store->db, 0, "SELECT EXISTS (SELECT 1 FROM item"
	    " INDEXED BY item_gone WHERE gone_since != 0 AND gone_since < ?"
	    " AND kind = ?)", "ii", pruning->before,
	    (int64_t)ITEM_SERIES) == 0)
		return false;
	store_touch(store);
	return db_run(store->db, "DELETE FROM item WHERE id IN (SELECT s.id"
	    " FROM item AS s INDEXED BY item_gone WHERE s.gone_since != 0"
	    " AND s.gone_since < ?1 AND s.kind = ?2"
	    " AND s.id != (SELECT max(id) FROM item)"
	    " AND (s.server, s.jellyfin_id) NOT IN (SELECT server, series"
	    "  FROM item WHERE series IS NOT NULL) LIMIT ?3)", "iii",
	    pruning->before, (int64_t)ITEM_SERIES, (int64_t)SLICE) == SLICE;
}

/* No key of a work can be found by its work: a pass goes through them all. */
bool
store_prune_keys(struct store *store, struct pruning *pruning)
{
	int64_t hash = pruning->hash, work = pruning->work;
	sqlite3_stmt *stmt;
	size_t n = 0;

	stmt = db_query(store->db, "SELECT hash, work FROM work_key"
	    " WHERE (hash, work) > (?, ?) ORDER BY hash, work LIMIT ?", "iii",
	    hash, work, (int64_t)SLICE);
	for (; n < SLICE && db_row(store->db, stmt); n++) {
		pruning->hash = sqlite3_column_int64(stmt, 0);
		pruning->work = sqlite3_column_int64(stmt, 1);
	}
	db_done(stmt);
	if (n == 0)
		return false;
	store_touch(store);
	db_run(store->db, "DELETE FROM work_key WHERE (hash, work) > (?1, ?2)"
	    " AND (hash, work) <= (?3, ?4)"
	    " AND NOT EXISTS (SELECT 1 FROM item AS i"
	    "  WHERE i.work = work_key.work)"
	    " AND NOT EXISTS (SELECT 1 FROM agreed AS a"
	    "  WHERE a.work = work_key.work)", "iiii", hash, work,
	    pruning->hash, pruning->work);
	return n == SLICE;
}
