/* What waits, as rows: writes that are owed, changes that are held. */
#include "engine.h"

#define SLICE		200		/* rows of a long list at a time */

static const char *owed_state(const struct copy_row *);
static void	report_write(struct engine *, struct message_row *,
		    const struct copy_id *);

static const char *
owed_state(const struct copy_row *row)
{
	if (row->parked)
		return "parked";
	if (row->copy.has_asked && !row->looked)
		return "asked";
	if (row->failures > 0)
		return "failing";
	return "owed";
}

/* Old and new values of a write, why it is owed, and what becomes of it. */
static void
report_write(struct engine *engine, struct message_row *row,
    const struct copy_id *id)
{
	struct agreed_row agreed;
	struct copy_row copy;
	struct userdata wanted;
	int64_t from;

	if (!store_get_copy(engine->store, id->endpoint, id->item, &copy))
		return;
	store_get_agreed(engine->store, copy.person, copy.work, &agreed);
	plan_need(&copy, &agreed, &engine->merge, &wanted);
	report_userdata(row, "old_", &copy.copy.base);
	report_userdata(row, "new_", &wanted);
	from = userdata_play_equal(&copy.copy.base, &wanted) ?
	    agreed.favorite_from : agreed.play_from;
	row_text(row, "from_server", store_origin(engine->store, from));
	row_text(row, "state", owed_state(&copy));
	row_number(row, "tries", VALUE_NUMBER, copy.failures);
	row_number(row, "next_try", VALUE_TIME, copy.not_before);
}

bool
report_owed(struct engine *engine, const char *server, int64_t now,
    struct copy_id *after, report_row *put, void *arg)
{
	struct message_row row;
	sqlite3_stmt *stmt;
	int n = 0;

	stmt = db_query(store_db(engine->store), "SELECT c.endpoint, c.item,"
	    " s.name, p.name, e.user, " REPORT_TITLE
	    " FROM copy AS c JOIN endpoint AS e ON e.id = c.endpoint"
	    " AND e.configured JOIN item AS i ON i.id = c.item"
	    " JOIN server AS s ON s.id = e.server"
	    " JOIN person AS p ON p.id = e.person"
	    " WHERE (c.endpoint, c.item) > (?1, ?2) AND c.need = ?3"
	    " AND (?4 = '' OR s.name = ?4) AND c.not_before <= ?6"
	    " ORDER BY c.endpoint, c.item LIMIT ?5", "iiitii", after->endpoint,
	    after->item, (int64_t)NEED_WRITE, server, (int64_t)SLICE, now);
	while (db_row(store_db(engine->store), stmt)) {
		n++;
		after->endpoint = sqlite3_column_int64(stmt, 0);
		after->item = sqlite3_column_int64(stmt, 1);
		row_begin(&row, "write");
		row_text(&row, "server", db_text(stmt, 2));
		row_text(&row, "person", db_text(stmt, 3));
		row_text(&row, "user", db_text(stmt, 4));
		report_title(&row, stmt, 5);
		report_write(engine, &row, after);
		put(arg, &row);
	}
	return n == SLICE;
}

bool
report_held(struct engine *engine, const char *server, struct copy_id *after,
    report_row *put, void *arg)
{
	struct message_row row;
	struct held_row held;
	struct copy_row copy;
	sqlite3_stmt *stmt;
	int n = 0;

	stmt = db_query(store_db(engine->store), "SELECT h.endpoint, h.item,"
	    " s.name, p.name, e.user, " REPORT_TITLE
	    " FROM held AS h JOIN endpoint AS e ON e.id = h.endpoint"
	    " AND e.configured JOIN item AS i ON i.id = h.item"
	    " JOIN server AS s ON s.id = e.server"
	    " JOIN person AS p ON p.id = e.person"
	    " WHERE (h.endpoint, h.item) > (?1, ?2) AND h.state = ?3"
	    " AND (?4 = '' OR s.name = ?4)"
	    " ORDER BY h.endpoint, h.item LIMIT ?5", "iiiti", after->endpoint,
	    after->item, (int64_t)HELD_HELD, server, (int64_t)SLICE);
	while (db_row(store_db(engine->store), stmt)) {
		n++;
		after->endpoint = sqlite3_column_int64(stmt, 0);
		after->item = sqlite3_column_int64(stmt, 1);
		if (!store_get_held(engine->store, after->endpoint,
		    after->item, &held) || !store_get_copy(engine->store,
		    after->endpoint, after->item, &copy))
			continue;
		row_begin(&row, "held");
		row_text(&row, "server", db_text(stmt, 2));
		row_text(&row, "person", db_text(stmt, 3));
		row_text(&row, "user", db_text(stmt, 4));
		report_title(&row, stmt, 5);
		row_number(&row, "since", VALUE_TIME, held.time);
		report_userdata(&row, "old_", &copy.copy.base);
		report_userdata(&row, "new_", &held.userdata);
		put(arg, &row);
	}
	return n == SLICE;
}
