/*
 * The database: how many items and works there are.  Counted in slices, as they
 * may be millions; what changes meanwhile is counted the next time.
 */
#include <stdlib.h>

#include "log.h"
#include "store_internal.h"

#define COUNT_SLICE	2000	/* items, or works */

static void	count_begin(struct store *);
static void	count_item(struct counting *, int64_t, bool);
static bool	count_items(struct store *);
static bool	count_works(struct store *);
static void	count_end(struct store *);

static void
count_begin(struct store *store)
{
	struct counting *counting = &store->counting;

	counting->n_max = (size_t)db_number(store->db, 0,
	    "SELECT count(*) FROM server", "");
	counting->servers = calloc(counting->n_max + 1,
	    sizeof(*counting->servers));
	if (counting->servers == NULL)
		fatal("calloc");
	counting->n = 0;
	counting->item = counting->works = 0;
	counting->work = INT64_MIN;	/* some are below zero: works.c */
	/* What changes from now on may be missed. */
	store->counted = true;
}

static void
count_item(struct counting *counting, int64_t server, bool unmatched)
{
	struct server_count *count;
	size_t i;

	for (i = 0; i < counting->n && counting->servers[i].server != server;
	    i++)
		;
	if (i == counting->n && counting->n++ == counting->n_max)
		fatalx("database: an item of no server");
	count = &counting->servers[i];
	count->server = server;
	count->items++;
	count->unmatched += unmatched;
}

/*
 * As the table lies: by server, each item would be looked up on its own.  False
 * at its end.
 */
static bool
count_items(struct store *store)
{
	struct counting *counting = &store->counting;
	int64_t from = counting->item;
	sqlite3_stmt *stmt;

	counting->item += COUNT_SLICE;
	stmt = db_query(store->db, "SELECT i.server, m.work IS NULL"
	    " FROM item AS i NOT INDEXED"
	    " LEFT JOIN matched AS m ON m.work = i.work"
	    " WHERE i.id > ? AND i.id <= ? AND i.gone_since = 0"
	    " AND i.work IS NOT NULL AND i.listed IS NULL", "ii", from,
	    counting->item);
	while (db_row(store->db, stmt))
		count_item(counting, sqlite3_column_int64(stmt, 0),
		    sqlite3_column_int(stmt, 1) != 0);
	return counting->item < store->last_item;
}

/* In the order of the index of works. */
static bool
count_works(struct store *store)
{
	struct counting *counting = &store->counting;
	sqlite3_stmt *stmt;
	size_t n = 0;

	stmt = db_query(store->db, "SELECT DISTINCT work FROM item"
	    " WHERE work IS NOT NULL AND work > ? ORDER BY work LIMIT ?", "ii",
	    counting->work, (int64_t)COUNT_SLICE);
	while (db_row(store->db, stmt)) {
		counting->work = sqlite3_column_int64(stmt, 0);
		n++;
	}
	counting->works += (int64_t)n;
	return n == COUNT_SLICE;
}

static void
count_end(struct store *store)
{
	struct counting *counting = &store->counting;
	const struct server_count *count;
	size_t i;

	store_touch(store);
	db_run(store->db, "UPDATE server SET items = 0, unmatched = 0"
	    " WHERE configured", "");
	for (i = 0; i < counting->n; i++) {
		count = &counting->servers[i];
		db_run(store->db, "UPDATE server SET items = ?,"
		    " unmatched = ? WHERE id = ? AND configured", "iii",
		    count->items, count->unmatched, count->server);
	}
	db_run(store->db, "UPDATE total SET works = ?,"
	    " items = (SELECT coalesce(sum(items), 0) FROM server"
	    "  WHERE configured),"
	    " unmatched = (SELECT coalesce(sum(unmatched), 0) FROM server"
	    "  WHERE configured)", "i", counting->works);
	free(counting->servers);
	counting->servers = NULL;
}

bool
store_count(struct store *store)
{
	struct counting *counting = &store->counting;

	if (counting->servers == NULL) {
		if (store->counted)
			return false;
		count_begin(store);
	}
	if (counting->item < store->last_item && count_items(store))
		return true;
	if (count_works(store))
		return true;
	count_end(store);
	return false;
}
