/*
 * What a title finds: works, what is agreed of each, and every copy.  There is
 * no index of titles, so they are looked through some at a time.
 */
#include <stdio.h>
#include <string.h>

#include "engine.h"

#define LOOKED_AT	4000		/* items at a time */

static void	look(struct engine *, const char *, struct title_search *);
static void	add_work(struct title_search *, int64_t);
static void	sort_works(struct engine *, struct title_search *);
static void	report_work(struct engine *, int64_t, report_row *, void *);
static void	report_agreed(struct engine *, int64_t, report_row *, void *);
static void	report_copies(struct engine *, int64_t, report_row *, void *);
static const char *copy_state(const struct copy_row *);

bool
report_item(struct engine *engine, const char *title,
    struct title_search *search, report_row *put, void *arg)
{
	if (!search->sorted && search->n < TITLE_WORKS_MAX &&
	    search->after < report_last_item(engine)) {
		look(engine, title, search);
		return true;
	}
	if (!search->sorted)
		sort_works(engine, search);
	if (search->shown < search->n)
		report_work(engine, search->works[search->shown++], put, arg);
	return search->shown < search->n;
}

/* A series' title shows its episodes. */
static void
look(struct engine *engine, const char *title, struct title_search *search)
{
	struct db *db = store_db(engine->store);
	int64_t last = search->after + LOOKED_AT;
	sqlite3_stmt *stmt;

	stmt = db_query(db, "SELECT DISTINCT work FROM item"
	    " WHERE id > ?2 AND id <= ?3 AND work IS NOT NULL"
	    " AND (instr(lower(title), lower(?1)) > 0"
	    " OR instr(lower(series_title), lower(?1)) > 0)", "tii", title,
	    search->after, last);
	while (db_row(db, stmt))
		add_work(search, sqlite3_column_int64(stmt, 0));
	search->after = last;
}

static void
add_work(struct title_search *search, int64_t work)
{
	size_t i;

	for (i = 0; i < search->n; i++) {
		if (search->works[i] == work)
			return;
	}
	if (search->n < TITLE_WORKS_MAX)
		search->works[search->n++] = work;
}

/* As people look for them; the statement is of a few works alone. */
static void
sort_works(struct engine *engine, struct title_search *search)
{
	struct db *db = store_db(engine->store);
	char list[TITLE_WORKS_MAX * 21 + 3] = "[";
	sqlite3_stmt *stmt;
	size_t i, len;

	for (i = 0; i < search->n; i++) {
		len = strlen(list);
		(void)snprintf(list + len, sizeof(list) - len, "%s%lld",
		    i == 0 ? "" : ",", (long long)search->works[i]);
	}
	(void)strlcat(list, "]", sizeof(list));
	search->n = 0;
	search->sorted = true;
	stmt = db_query(db, "SELECT work FROM item"
	    " WHERE work IN (SELECT value FROM json_each(?))"
	    " ORDER BY series_title, season, episode, title", "t", list);
	while (db_row(db, stmt))
		add_work(search, sqlite3_column_int64(stmt, 0));
}

static void
report_work(struct engine *engine, int64_t work, report_row *put, void *arg)
{
	struct db *db = store_db(engine->store);
	struct message_row row;
	sqlite3_stmt *stmt;

	stmt = db_query(db, "SELECT " REPORT_TITLE ", i.kind FROM item AS i"
	    " WHERE i.work = ? ORDER BY i.gone_since, i.id LIMIT 1", "i",
	    work);
	if (!db_row(db, stmt))
		return;
	row_begin(&row, "work");
	row_number(&row, "work", VALUE_NUMBER, work);
	report_title(&row, stmt, 0);
	report_kind(&row, sqlite3_column_int(stmt, 4));
	db_done(stmt);
	put(arg, &row);
	report_agreed(engine, work, put, arg);
	report_copies(engine, work, put, arg);
}

static void
report_agreed(struct engine *engine, int64_t work, report_row *put, void *arg)
{
	struct db *db = store_db(engine->store);
	struct message_row row;
	struct userdata userdata;
	sqlite3_stmt *stmt;

	stmt = db_query(db, "SELECT p.name, a.played, a.position,"
	    " a.play_count, a.last_played, a.favorite, a.play_from"
	    " FROM agreed AS a JOIN person AS p ON p.id = a.person"
	    " WHERE a.work = ? ORDER BY p.name", "i", work);
	while (db_row(db, stmt)) {
		row_begin(&row, "agreed");
		row_text(&row, "person", db_text(stmt, 0));
		store_userdata(stmt, 1, &userdata);
		report_userdata(&row, "", &userdata);
		row_text(&row, "from_server", store_origin(engine->store,
		    sqlite3_column_int64(stmt, 6)));
		put(arg, &row);
	}
}

static const char *
copy_state(const struct copy_row *row)
{
	if (row->parked)
		return "parked";
	if (row->copy.has_asked && !row->looked)
		return "asked";
	if (!row->copy.has_base)
		return "never heard";
	return row->need == NEED_WRITE ? "owed" : "in step";
}

static void
report_copies(struct engine *engine, int64_t work, report_row *put, void *arg)
{
	struct db *db = store_db(engine->store);
	struct message_row row;
	struct copy_row copy;
	sqlite3_stmt *stmt;
	struct jellyfin_id id;
	char text[JELLYFIN_ID_TEXT_SIZE];

	stmt = db_query(db, "SELECT e.id, i.id, s.name, p.name, e.user,"
	    " i.jellyfin_id, i.runtime, i.gone_since FROM item AS i"
	    " JOIN endpoint AS e ON e.server = i.server AND e.configured"
	    " JOIN server AS s ON s.id = i.server"
	    " JOIN person AS p ON p.id = e.person"
	    " WHERE i.work = ? ORDER BY p.name, s.name, e.user, i.id", "i",
	    work);
	while (db_row(db, stmt)) {
		bool gone = !store_get_copy(engine->store,
		    sqlite3_column_int64(stmt, 0),
		    sqlite3_column_int64(stmt, 1), &copy);

		text[0] = '\0';
		if (db_id(stmt, 5, &id))
			jellyfin_id_text(&id, text);
		row_begin(&row, "copy");
		row_text(&row, "server", db_text(stmt, 2));
		row_text(&row, "person", db_text(stmt, 3));
		row_text(&row, "user", db_text(stmt, 4));
		row_text(&row, "jellyfin_id", text);
		row_number(&row, "runtime", VALUE_TICKS,
		    sqlite3_column_int64(stmt, 6));
		row_number(&row, "known", VALUE_BOOL,
		    !gone && copy.copy.has_base);
		report_userdata(&row, "", &copy.copy.base);
		row_text(&row, "state", gone ? "gone" : copy_state(&copy));
		put(arg, &row);
	}
}
