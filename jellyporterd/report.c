/* What there is to show of the engine and its store, as rows. */
#include <stdio.h>
#include <string.h>

#include "engine.h"
#include "text.h"
#include "version.h"

#define SLICE		200		/* rows of a long list at a time */
#define LOOKED_AT	4000		/* and those among which they are */
#define CONFLICTS_SINCE	86400		/* seconds: those that status counts */

static const char *const kind_names[ITEM_KIND_COUNT] = {
	[ITEM_MOVIE] = "movie", [ITEM_EPISODE] = "episode",
	[ITEM_SERIES] = "series"
};

static const char *const live_names[LIVE_STATE_COUNT] = {
	[LIVE_OFF] = "off", [LIVE_UNSUPPORTED] = "not supported",
	[LIVE_DOWN] = "down", [LIVE_UP] = "up"
};

static const char *const audit_kinds[] = {
	[AUDIT_WRITE] = "write", [AUDIT_CONFLICT] = "conflict",
	[AUDIT_REVERTED] = "reverted"
};

static void	row_numbers(struct message_row *, sqlite3_stmt *, int);
static void	report_server(struct engine *, const struct server *,
		    report_row *, void *);
static void	report_persons(struct engine *, report_row *, void *);

static int64_t
count(struct engine *engine, const char *sql, int64_t id)
{
	return db_number(store_db(engine->store), 0, sql, "i", id);
}

void
report_userdata(struct message_row *row, const char *prefix,
    const struct userdata *u)
{
	static const char *const names[] = {
		"played", "position", "play_count", "last_played", "favorite"
	};
	const int64_t values[] = {
		u->played, u->position, u->play_count, u->last_played,
		u->favorite
	};
	static const enum value_type types[] = {
		VALUE_BOOL, VALUE_TICKS, VALUE_NUMBER, VALUE_TIME, VALUE_BOOL
	};
	char name[ROW_NAME_SIZE];
	size_t i;

	for (i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "%s%s", prefix, names[i]);
		row_number(row, name, types[i], values[i]);
	}
}

/* Season, episode and year, where they are known. */
static void
row_numbers(struct message_row *row, sqlite3_stmt *stmt, int column)
{
	static const char *const names[] = { "season", "episode", "year" };
	int64_t value;
	int i;

	for (i = 0; i < 3; i++) {
		value = sqlite3_column_int64(stmt, column + i);
		if (value == NUMBER_UNKNOWN || (i == 2 && value == 0))
			row_none(row, names[i]);
		else
			row_number(row, names[i], VALUE_NUMBER, value);
	}
}

static const char *
server_state(const struct server *server, int64_t failing_since,
    int64_t last_success)
{
	if (server->phase != PHASE_IDLE)
		return "syncing";
	if (failing_since != 0)
		return "failing";
	return last_success == 0 ? "never contacted" : "ok";
}

void
report_kind(struct message_row *row, int kind)
{
	row_text(row, "kind", kind_names[kind]);
}

void
report_title(struct message_row *row, sqlite3_stmt *stmt, int column)
{
	row_text(row, "title", db_text(stmt, column));
	row_numbers(row, stmt, column + 1);
}

static void
report_server(struct engine *engine, const struct server *server,
    report_row *put, void *arg)
{
	struct db *db = store_db(engine->store);
	struct message_row row;
	sqlite3_stmt *stmt;

	row_begin(&row, "server");
	row_text(&row, "name", server->name);
	stmt = db_query(db, "SELECT url, version, items, unmatched,"
	    " last_success, failing_since, error, clock_skew FROM server"
	    " WHERE id = ?", "i", server->id);
	if (db_row(db, stmt)) {
		row_text(&row, "url", db_text(stmt, 0));
		row_text(&row, "state", server_state(server,
		    sqlite3_column_int64(stmt, 5),
		    sqlite3_column_int64(stmt, 4)));
		row_text(&row, "version", db_text(stmt, 1));
		row_text(&row, "reading", phase_name(server));
		row_number(&row, "items", VALUE_NUMBER,
		    sqlite3_column_int64(stmt, 2));
		row_number(&row, "unmatched", VALUE_NUMBER,
		    sqlite3_column_int64(stmt, 3));
		row_number(&row, "last_success", VALUE_TIME,
		    sqlite3_column_int64(stmt, 4));
		row_number(&row, "failing_since", VALUE_TIME,
		    sqlite3_column_int64(stmt, 5));
		row_text(&row, "error", db_text(stmt, 6));
		row_number(&row, "clock_skew", VALUE_SECONDS,
		    sqlite3_column_int64(stmt, 7));
		db_done(stmt);
	}
	row_text(&row, "live", live_names[server->live]);
	row_number(&row, "live_since", VALUE_TIME, server->live_since);
	row_text(&row, "live_error", server->live_why);
	row_number(&row, "last_event", VALUE_TIME, server->last_event);
	row_number(&row, "owed", VALUE_NUMBER, count(engine,
	    "SELECT count(*) FROM endpoint AS e JOIN copy AS c"
	    " ON c.endpoint = e.id AND c.need = 1 AND c.need > 0"
	    " WHERE e.server = ? AND e.configured", server->id));
	row_number(&row, "parked", VALUE_NUMBER, count(engine,
	    "SELECT count(*) FROM endpoint AS e JOIN copy AS c"
	    " ON c.endpoint = e.id AND c.need > 0 AND c.parked"
	    " WHERE e.server = ? AND e.configured", server->id));
	row_number(&row, "held", VALUE_NUMBER, count(engine,
	    "SELECT count(*) FROM endpoint AS e JOIN held AS h"
	    " ON h.endpoint = e.id AND h.state = 1"
	    " WHERE e.server = ? AND e.configured", server->id));
	row_number(&row, "held_since", VALUE_TIME, count(engine,
	    "SELECT min(h.time) FROM endpoint AS e JOIN held AS h"
	    " ON h.endpoint = e.id AND h.state = 1"
	    " WHERE e.server = ? AND e.configured", server->id));
	put(arg, &row);
}

void
report_servers(struct engine *engine, report_row *put, void *arg)
{
	struct server *server;

	TAILQ_FOREACH(server, &engine->servers, entry)
		report_server(engine, server, put, arg);
}

static void
report_persons(struct engine *engine, report_row *put, void *arg)
{
	struct db *db = store_db(engine->store);
	struct message_row row;
	sqlite3_stmt *stmt;
	int64_t person;

	stmt = db_query(db, "SELECT p.id, p.name,"
	    " group_concat(e.user || '@' || s.name, ', ') FROM person AS p"
	    " JOIN endpoint AS e ON e.person = p.id AND e.configured"
	    " JOIN server AS s ON s.id = e.server GROUP BY p.id"
	    " ORDER BY p.name", "");
	while (db_row(db, stmt)) {
		person = sqlite3_column_int64(stmt, 0);
		row_begin(&row, "person");
		row_text(&row, "name", db_text(stmt, 1));
		row_text(&row, "endpoints", db_text(stmt, 2));
		row_number(&row, "agreed", VALUE_NUMBER, count(engine,
		    "SELECT count(*) FROM agreed WHERE person = ?", person));
		put(arg, &row);
	}
}

void
report_status(struct engine *engine, report_row *put, void *arg)
{
	struct db *db = store_db(engine->store);
	struct message_row row;

	row_begin(&row, "daemon");
	row_text(&row, "version", JELLYPORTER_VERSION);
	row_number(&row, "uptime", VALUE_SECONDS,
	    engine_now() - engine->started);
	row_number(&row, "started", VALUE_TIME, engine->started);
	row_number(&row, "paused_since", VALUE_TIME, engine->paused_since);
	row_number(&row, "syncing", VALUE_BOOL,
	    engine->syncing && !engine_is_paused(engine));
	row_number(&row, "works", VALUE_NUMBER,
	    db_number(db, 0, "SELECT works FROM total", ""));
	row_number(&row, "items", VALUE_NUMBER,
	    db_number(db, 0, "SELECT items FROM total", ""));
	row_number(&row, "unmatched", VALUE_NUMBER,
	    db_number(db, 0, "SELECT unmatched FROM total", ""));
	row_number(&row, "owed", VALUE_NUMBER, db_number(db, 0,
	    "SELECT count(*) FROM endpoint AS e JOIN copy AS c"
	    " ON c.endpoint = e.id AND c.need = 1 AND c.need > 0"
	    " WHERE e.configured", ""));
	row_number(&row, "asked", VALUE_NUMBER, db_number(db, 0,
	    "SELECT count(*) FROM endpoint AS e JOIN copy AS c"
	    " ON c.endpoint = e.id AND c.asked AND c.asked != 2"
	    " WHERE e.configured", ""));
	row_number(&row, "parked", VALUE_NUMBER, db_number(db, 0,
	    "SELECT count(*) FROM endpoint AS e JOIN copy AS c"
	    " ON c.endpoint = e.id AND c.need > 0 AND c.parked"
	    " WHERE e.configured", ""));
	row_number(&row, "failing", VALUE_NUMBER, db_number(db, 0,
	    "SELECT count(*) FROM endpoint AS e JOIN copy AS c"
	    " ON c.endpoint = e.id AND c.need > 0 AND c.failures > 0"
	    " WHERE e.configured", ""));
	row_number(&row, "held", VALUE_NUMBER, db_number(db, 0,
	    "SELECT count(*) FROM endpoint AS e JOIN held AS h"
	    " ON h.endpoint = e.id AND h.state = 1 WHERE e.configured", ""));
	row_number(&row, "conflicts", VALUE_NUMBER, db_number(db, 0,
	    "SELECT count(*) FROM audit WHERE time > ? AND kind = 1", "i",
	    engine_now() - CONFLICTS_SINCE));
	row_number(&row, "last_sync", VALUE_TIME, engine->last_sync);
	row_number(&row, "next_sync", VALUE_TIME,
	    engine_is_paused(engine) ? 0 : engine->next_sync);
	put(arg, &row);
	report_servers(engine, put, arg);
	report_persons(engine, put, arg);
}

void
report_progress(const struct server *server, struct message_row *row)
{
	struct server_row stored;
	struct endpoint *endpoint;
	const char *phase = phase_name(server);
	int64_t owed = 0;

	TAILQ_FOREACH(endpoint, &server->endpoints, entry)
		owed += store_count_needed(server->engine->store,
		    endpoint->id, engine_now());
	if (server->phase == PHASE_IDLE)
		phase = server->failed ? "failed" :
		    writer_is_idle(server) ? "done" : "writing";
	store_get_server(server->engine->store, server->id, &stored);
	row_begin(row, "progress");
	row_text(row, "server", server->name);
	row_text(row, "phase", phase);
	row_number(row, "received", VALUE_NUMBER,
	    server->bulk.id != 0 ? server->bulk.received :
	    server->small.received);
	row_number(row, "total", VALUE_NUMBER,
	    server->phase == PHASE_IDENTITY ? stored.items : 0);
	row_number(row, "written", VALUE_NUMBER, server->counts.written);
	row_number(row, "owed", VALUE_NUMBER, owed);
	row_text(row, "error", server->error);
}

void
report_summary(const struct server *server, struct message_row *row)
{
	struct server_row stored;

	store_get_server(server->engine->store, server->id, &stored);
	row_begin(row, "summary");
	row_text(row, "server", server->name);
	row_text(row, "result", server->failed ? "failed" : "ok");
	row_number(row, "milliseconds", VALUE_NUMBER, server->took_ms);
	row_number(row, "items", VALUE_NUMBER, stored.items);
	row_number(row, "heard", VALUE_NUMBER, server->counts.heard);
	row_number(row, "written", VALUE_NUMBER, server->counts.written);
	row_number(row, "conflicts", VALUE_NUMBER, server->counts.conflicts);
	row_text(row, "error", server->error);
}

int64_t
report_last_item(struct engine *engine)
{
	return db_number(store_db(engine->store), 0,
	    "SELECT max(id) FROM item", "");
}

int64_t
report_unmatched(struct engine *engine, const char *name, int64_t after,
    report_row *put, void *arg)
{
	struct db *db = store_db(engine->store);
	struct message_row row;
	enum match_reason reason;
	sqlite3_stmt *stmt;
	int64_t n = 0, last = after + LOOKED_AT;

	stmt = db_query(db, "SELECT i.id, s.name, CASE i.series_title WHEN ''"
	    " THEN i.title ELSE i.series_title || ': ' || i.title END,"
	    " i.kind, i.season, i.episode, i.year, i.reason, i.ids"
	    " FROM item AS i JOIN server AS s ON s.id = i.server"
	    " AND s.configured AND (?1 = '' OR s.name = ?1)"
	    " WHERE i.id > ?2 AND i.id <= ?4 AND i.gone_since = 0"
	    " AND i.work IS NOT NULL"
	    " AND i.listed IS NULL AND NOT EXISTS (SELECT 1 FROM matched AS m"
	    "  WHERE m.work = i.work) ORDER BY i.id LIMIT ?3", "tiii", name, after,
	    (int64_t)SLICE, last);
	while (db_row(db, stmt)) {
		n++;
		after = sqlite3_column_int64(stmt, 0);
		reason = (enum match_reason)sqlite3_column_int(stmt, 7);
		row_begin(&row, "unmatched");
		row_text(&row, "server", db_text(stmt, 1));
		row_text(&row, "title", db_text(stmt, 2));
		report_kind(&row, sqlite3_column_int(stmt, 3));
		row_numbers(&row, stmt, 4);
		row_text(&row, "reason", reason == MATCH_REASON_NONE ?
		    "only on this server" : match_reason_name(reason));
		row_text(&row, "remedy", reason == MATCH_REASON_NONE ?
		    "" : match_reason_remedy(reason));
		row_text(&row, "ids", db_text(stmt, 8));
		put(arg, &row);
	}
	if (n == SLICE)
		return after;
	return last < report_last_item(engine) ? last : 0;
}

bool
report_knows_person(struct engine *engine, const char *name)
{
	return db_number(store_db(engine->store), 0, "SELECT EXISTS (SELECT 1"
	    " FROM person WHERE name = ?)", "t", name) != 0;
}

int64_t
report_audit(struct engine *engine, const struct message_command *command,
    int64_t before, size_t *left, report_row *put, void *arg)
{
	struct db *db = store_db(engine->store);
	struct message_row row;
	struct userdata userdata;
	sqlite3_stmt *stmt;
	int64_t n = 0, max = *left < SLICE ? (int64_t)*left : SLICE, first;

	if (before == INT64_MAX)
		before = db_number(db, 0, "SELECT max(id) FROM audit", "") + 1;
	first = before - LOOKED_AT;
	stmt = db_query(db, "SELECT a.id, a.time, a.kind, p.name, s.name,"
	    " a.from_server, a.result, " REPORT_TITLE ", old_played, old_position, old_play_count,"
	    " old_last_played, old_favorite, new_played, new_position,"
	    " new_play_count, new_last_played, new_favorite"
	    " FROM audit AS a JOIN person AS p ON p.id = a.person"
	    " JOIN server AS s ON s.id = a.server"
	    " JOIN item AS i ON i.id = a.item"
	    " WHERE a.id < ?1 AND a.id >= ?8 AND a.time >= ?2 AND (?3 = '' OR p.name = ?3)"
	    " AND (?4 = '' OR s.name = ?4) AND (NOT ?6 OR a.kind = ?7)"
	    " ORDER BY a.id DESC LIMIT ?5",
	    "iittiiii", before, command->since, command->person,
	    command->server, max,
	    (int64_t)(command->command == COMMAND_SHOW_CONFLICTS),
	    (int64_t)AUDIT_CONFLICT, first);
	while (db_row(db, stmt)) {
		n++;
		before = sqlite3_column_int64(stmt, 0);
		row_begin(&row, command->command == COMMAND_SHOW_CONFLICTS ?
		    "conflict" : "audit");
		row_number(&row, "id", VALUE_NUMBER, before);
		row_number(&row, "time", VALUE_TIME,
		    sqlite3_column_int64(stmt, 1));
		row_text(&row, "kind",
		    audit_kinds[sqlite3_column_int(stmt, 2)]);
		row_text(&row, "person", db_text(stmt, 3));
		row_text(&row, "server", db_text(stmt, 4));
		report_title(&row, stmt, 7);
		store_userdata(stmt, 11, &userdata);
		report_userdata(&row, "old_", &userdata);
		store_userdata(stmt, 16, &userdata);
		report_userdata(&row, "new_", &userdata);
		row_text(&row, "from_server", store_origin(engine->store,
		    sqlite3_column_int64(stmt, 5)));
		row_text(&row, "result", db_text(stmt, 6));
		put(arg, &row);
	}
	*left -= (size_t)n;
	if (*left == 0)
		return 0;
	if (n == max)
		return before;
	return first > 1 ? first : 0;
}
