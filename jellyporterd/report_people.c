/* Who is which user on which server, and how each of them is doing there. */
#include "engine.h"

static const struct endpoint *endpoint_by_id(const struct engine *, int64_t);
static void	put_counts(struct message_row *, struct engine *, int64_t);

static const char *const directions[DIRECTION_COUNT] = {
	[DIRECTION_BOTH] = "both", [DIRECTION_SOURCE] = "source",
	[DIRECTION_TARGET] = "target"
};

static const struct endpoint *
endpoint_by_id(const struct engine *engine, int64_t id)
{
	const struct endpoint *endpoint;
	const struct server *server;

	TAILQ_FOREACH(server, &engine->servers, entry) {
		TAILQ_FOREACH(endpoint, &server->endpoints, entry) {
			if (endpoint->id == id)
				return endpoint;
		}
	}
	return NULL;
}

static void
put_counts(struct message_row *row, struct engine *engine, int64_t endpoint)
{
	static const struct {
		const char	*name;
		const char	*sql;
	} counts[] = {
		{ "copies", "SELECT count(*) FROM copy WHERE endpoint = ?" },
		{ "owed", "SELECT count(*) FROM copy WHERE endpoint = ?"
		    " AND need = 1 AND need > 0" },
		{ "parked", "SELECT count(*) FROM copy WHERE endpoint = ?"
		    " AND need > 0 AND parked" },
		{ "held", "SELECT count(*) FROM held WHERE endpoint = ?"
		    " AND state = 1" }
	};
	size_t i;

	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		row_number(row, counts[i].name, VALUE_NUMBER,
		    db_number(store_db(engine->store), 0, counts[i].sql, "i",
		    endpoint));
}

void
report_people(struct engine *engine, report_row *put, void *arg)
{
	struct db *db = store_db(engine->store);
	const struct endpoint *endpoint;
	struct message_row row;
	sqlite3_stmt *stmt;
	int64_t id;

	stmt = db_query(db, "SELECT e.id, p.name, s.name, e.user, e.direction"
	    " FROM endpoint AS e JOIN person AS p ON p.id = e.person"
	    " JOIN server AS s ON s.id = e.server WHERE e.configured"
	    " ORDER BY p.name, s.name, e.user", "");
	while (db_row(db, stmt)) {
		id = sqlite3_column_int64(stmt, 0);
		endpoint = endpoint_by_id(engine, id);
		row_begin(&row, "endpoint");
		row_text(&row, "person", db_text(stmt, 1));
		row_text(&row, "server", db_text(stmt, 2));
		row_text(&row, "user", db_text(stmt, 3));
		row_text(&row, "direction",
		    directions[sqlite3_column_int(stmt, 4)]);
		row_number(&row, "found", VALUE_BOOL,
		    endpoint != NULL && endpoint->present);
		put_counts(&row, engine, id);
		put(arg, &row);
	}
}
