/*
 * What happens, as it happens, for those who watch: what was heard and
 * written, what was lost or undone, and how the servers are doing.  While
 * nobody watches it costs nothing.
 */
#include "engine.h"
#include "log.h"

static void	told(void *, const struct audit_row *, bool);
static const char *event_name(const struct audit_row *, bool);
static void	begin(struct message_row *, const char *, const char *,
		    const char *);

/* A plan's copy of the database tells nobody: nothing of it happens. */
void
monitor_switch(struct engine *engine, bool on)
{
	engine->monitored = on;
	store_tell(planning_lasting_store(engine), on ? told : NULL, engine);
}

static const char *
event_name(const struct audit_row *audit, bool heard)
{
	if (heard)
		return "heard";
	switch (audit->kind) {
	case AUDIT_WRITE:
		return "written";
	case AUDIT_CONFLICT:
		return "lost";
	case AUDIT_REVERTED:
		return "undone";
	}
	fatalx("an audit entry of no kind");
}

static void
begin(struct message_row *row, const char *event, const char *server,
    const char *person)
{
	row_begin(row, "event");
	row_number(row, "time", VALUE_TIME, engine_now());
	row_text(row, "event", event);
	row_text(row, "server", server);
	row_text(row, "person", person);
}

static void
told(void *arg, const struct audit_row *audit, bool heard)
{
	struct engine *engine = arg;
	struct db *db = store_db(planning_lasting_store(engine));
	struct message_row row;
	sqlite3_stmt *stmt;

	stmt = db_query(db, "SELECT s.name, p.name, " REPORT_TITLE
	    " FROM item AS i, person AS p, server AS s"
	    " WHERE i.id = ? AND p.id = ? AND s.id = ?", "iii", audit->item,
	    audit->person, audit->server);
	if (!db_row(db, stmt))
		return;
	begin(&row, event_name(audit, heard), db_text(stmt, 0),
	    db_text(stmt, 1));
	report_title(&row, stmt, 2);
	db_done(stmt);
	row_text(&row, "text", heard ? "" : audit->result);
	row_text(&row, "from_server", store_origin(
	    planning_lasting_store(engine), audit->from_server));
	report_userdata(&row, "old_", &audit->before);
	report_userdata(&row, "new_", &audit->after);
	control_event(engine->control, &row);
}

void
monitor_server(const struct server *server, const char *event,
    const char *person, const char *text)
{
	struct message_row row;

	if (!server->engine->monitored)
		return;
	begin(&row, event, server->name, person);
	row_text(&row, "text", text);
	control_event(server->engine->control, &row);
}

void
monitor_engine(struct engine *engine, const char *event)
{
	struct message_row row;

	if (!engine->monitored)
		return;
	begin(&row, event, "", "");
	row_text(&row, "text", "");
	control_event(engine->control, &row);
}
