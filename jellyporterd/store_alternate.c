/*
 * The database: alternate versions.  On servers where they have userdata of
 * their own they are items of their own, in no listing: each belongs to a
 * listed item, hence to its work, and is never matched by itself.
 */
#include <string.h>

#include "store_internal.h"

/* Of item.alternates_due. */
#define DUE_ANSWERED	INT64_C(2)	/* the files of it are being told */

static void	forget_copies(struct store *, int64_t, int64_t);

bool
store_has_alternates(struct store *store, int64_t server)
{
	/* Few items are one: the other index would lead to all items. */
	return db_number(store->db, 0, "SELECT EXISTS (SELECT 1 FROM item"
	    " INDEXED BY item_listed"
	    " WHERE listed IS NOT NULL AND server = ? AND gone_since = 0)",
	    "i", server) != 0;
}

size_t
store_alternates_due(struct store *store, int64_t server, int64_t after,
    int64_t *items, size_t max)
{
	return store_collect(store, db_query(store->db, "SELECT id FROM item"
	    " INDEXED BY item_alternates_due WHERE server = ?"
	    " AND alternates_due != 0 AND gone_since = 0 AND id > ?"
	    " ORDER BY id LIMIT ?", "iii", server, after, (int64_t)max),
	    items, max);
}

/* What it held as another item, or as one of another work, counts no more. */
static void
forget_copies(struct store *store, int64_t item, int64_t listed)
{
	if (db_number(store->db, 0, "SELECT listed IS ? AND gone_since = 0"
	    " FROM item WHERE id = ?", "ii", listed, item) == 0)
		db_run(store->db, "DELETE FROM copy WHERE item = ?", "i",
		    item);
	else
		db_run(store->db, "UPDATE copy SET parked = 0, not_before = 0,"
		    " failures = 0 WHERE item = ? AND parked", "i", item);
}

/* What was begun before, and never ended, has never been. */
void
store_alternates_begin(struct store *store, int64_t server)
{
	store_touch(store);
	db_run(store->db, "UPDATE item SET alternates_due = 1"
	    " WHERE server = ? AND alternates_due != 0 AND alternates_due = ?",
	    "ii", server, DUE_ANSWERED);
	db_run(store->db, "DELETE FROM seen_alternate WHERE server = ?", "i",
	    server);
}

void
store_alternate(struct store *store, int64_t server, int64_t round,
    const struct alternate_record *record)
{
	int64_t listed = store_item(store, server, &record->listed), item;

	if (listed == 0)
		return;
	store_touch(store);
	if (jellyfin_id_equal(&record->id, &record->listed)) {
		db_run(store->db, "UPDATE item SET alternates_due = ?"
		    " WHERE id = ?", "ii", DUE_ANSWERED, listed);
		return;
	}
	item = db_number(store->db, 0, "SELECT id FROM item WHERE server = ?"
	    " AND jellyfin_id = ? AND (listed IS NOT NULL OR gone_since != 0)",
	    "ib", server, &record->id);
	if (item != 0)
		forget_copies(store, item, listed);
	/* One that is listed as well is a copy anyway, by itself. */
	db_run(store->db, "INSERT INTO item (id, server, jellyfin_id, kind,"
	    " season, episode, episode_end, year, runtime, series, title,"
	    " series_title, ids, appeared, work, listed)"
	    " SELECT ?5, server, ?1, kind, season, episode, episode_end, year, ?2,"
	    "  series, title, series_title, '', ?3, work, id FROM item"
	    "  WHERE id = ?4"
	    " ON CONFLICT (server, jellyfin_id) DO UPDATE SET"
	    "  kind = excluded.kind, season = excluded.season,"
	    "  episode = excluded.episode,"
	    "  episode_end = excluded.episode_end, year = excluded.year,"
	    "  runtime = excluded.runtime, series = excluded.series,"
	    "  title = excluded.title, series_title = excluded.series_title,"
	    "  ids = '', gone_since = 0,"
	    "  appeared = CASE WHEN gone_since = 0 AND"
	    "   listed IS excluded.listed THEN appeared"
	    "   ELSE excluded.appeared END,"
	    "  work = excluded.work, listed = excluded.listed,"
	    "  media_sources = 1, alternates_due = 0"
	    " WHERE listed IS NOT NULL OR gone_since != 0",
	    "biiii", &record->id, record->runtime, round, listed,
	    ++store->last_item);
	db_run(store->db, "INSERT OR IGNORE INTO seen_alternate"
	    " SELECT server, id FROM item WHERE server = ?"
	    " AND jellyfin_id = ?", "ib", server, &record->id);
}

void
store_alternates_end(struct store *store, int64_t server, int64_t now)
{
	store_touch(store);
	db_run(store->db, "UPDATE item SET gone_since = ?2"
	    " WHERE gone_since = 0 AND listed IN (SELECT id FROM item"
	    "  WHERE server = ?1 AND alternates_due != 0"
	    "  AND alternates_due = ?3)"
	    " AND NOT EXISTS (SELECT 1 FROM seen_alternate AS s"
	    "  WHERE s.server = ?1 AND s.item = item.id)", "iii", server, now,
	    DUE_ANSWERED);
	store_drop_gone_alternates(store, server, now);
	db_run(store->db, "UPDATE item SET alternates_due = 0"
	    " WHERE server = ? AND alternates_due != 0 AND alternates_due = ?",
	    "ii", server, DUE_ANSWERED);
	db_run(store->db, "DELETE FROM seen_alternate WHERE server = ?", "i",
	    server);
}

void
store_drop_gone_alternates(struct store *store, int64_t server, int64_t now)
{
	db_run(store->db, "DELETE FROM copy WHERE item IN (SELECT id FROM item"
	    " WHERE listed IS NOT NULL AND server = ? AND gone_since = ?)",
	    "ii", server, now);
}

void
store_no_alternates(struct store *store, int64_t server, int64_t now)
{
	if (!store_has_alternates(store, server))
		return;
	store_touch(store);
	db_run(store->db, "UPDATE item SET alternates_due = 1"
	    " WHERE server = ? AND media_sources > 1", "i", server);
	db_run(store->db, "UPDATE item SET gone_since = ? WHERE server = ?"
	    " AND listed IS NOT NULL AND gone_since = 0", "ii", now, server);
	store_drop_gone_alternates(store, server, now);
}

void
store_ask_alternates(struct store *store, int64_t alternate)
{
	store_touch(store);
	db_run(store->db, "UPDATE item SET alternates_due = 1 WHERE id ="
	    " (SELECT listed FROM item WHERE id = ?)", "i", alternate);
}

int64_t
store_listed(struct store *store, int64_t item)
{
	return db_number(store->db, 0, "SELECT coalesce(listed, id) FROM item"
	    " AS i WHERE id = ? AND (listed IS NOT NULL OR EXISTS"
	    "  (SELECT 1 FROM item AS a WHERE a.listed = i.id"
	    "   AND a.gone_since = 0))", "i", item);
}

size_t
store_group(struct store *store, int64_t endpoint, int64_t listed,
    int64_t now, int64_t *items, size_t max)
{
	/* The listed item has no row above it, and so comes first. */
	return store_collect(store, db_query(store->db, "SELECT i.id FROM"
	    " (SELECT ?2 AS id UNION ALL SELECT id FROM item"
	    "  WHERE listed = ?2 AND gone_since = 0) AS i"
	    " LEFT JOIN copy AS c ON c.endpoint = ?1 AND c.item = i.id"
	    " WHERE c.item IS NULL OR NOT c.parked OR c.not_before <= ?3"
	    " ORDER BY i.id != ?2, i.id LIMIT ?4", "iiii", endpoint, listed,
	    now, (int64_t)max), items, max);
}

size_t
store_groups(struct store *store, int64_t server, int64_t after,
    int64_t *items, size_t max)
{
	return store_collect(store, db_query(store->db, "SELECT DISTINCT"
	    " listed FROM item WHERE listed > ?2 AND server = ?1"
	    " AND gone_since = 0 ORDER BY listed LIMIT ?3", "iii", server,
	    after, (int64_t)max), items, max);
}

void
store_touch_group(struct store *store, int64_t endpoint, int64_t listed)
{
	db_run(store->db, "INSERT OR IGNORE INTO touched_group VALUES (?, ?)",
	    "ii", endpoint, listed);
}

size_t
store_touched_groups(struct store *store, int64_t endpoint, int64_t after,
    int64_t *items, size_t max)
{
	return store_collect(store, db_query(store->db, "SELECT listed"
	    " FROM touched_group WHERE endpoint = ? AND listed > ?"
	    " ORDER BY listed LIMIT ?", "iii", endpoint, after, (int64_t)max),
	    items, max);
}
