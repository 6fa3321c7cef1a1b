/* Rows of several views, as an engine sends them. */
#include <string.h>

#include "ctl_rows.h"
#include "printer.h"
#include "text.h"

void
daemon_row(int64_t owed)
{
	row_begin(&row, "daemon");
	row_text(&row, "version", "1.0.0");
	row_number(&row, "uptime", VALUE_SECONDS, 3 * 86400 + 5);
	row_number(&row, "started", VALUE_TIME, NOW - 3 * 86400 - 5);
	row_number(&row, "syncing", VALUE_BOOL, 0);
	row_number(&row, "works", VALUE_NUMBER, 11800);
	row_number(&row, "items", VALUE_NUMBER, 23012);
	row_number(&row, "unmatched", VALUE_NUMBER, 12);
	row_number(&row, "owed", VALUE_NUMBER, owed);
	row_number(&row, "asked", VALUE_NUMBER, 0);
	row_number(&row, "parked", VALUE_NUMBER, 0);
	row_number(&row, "failing", VALUE_NUMBER, 0);
	row_number(&row, "last_sync", VALUE_TIME, NOW - 200);
	row_number(&row, "next_sync", VALUE_TIME, NOW + 130);
	send_row();
}

void
server_row(const char *name, const char *state, const char *error,
    int64_t skew, const char *live)
{
	row_begin(&row, "server");
	row_text(&row, "name", name);
	row_text(&row, "url", "http://127.0.0.1:8096/jellyfin");
	row_text(&row, "state", state);
	row_text(&row, "version", "10.11.11");
	row_text(&row, "reading", "");
	row_text(&row, "live", live);
	row_number(&row, "live_since", VALUE_TIME, NOW - 700);
	row_text(&row, "live_error", strcmp(live, "down") == 0 ?
	    "WebSocket: the connection was cut" : "");
	row_number(&row, "items", VALUE_NUMBER, 12034);
	row_number(&row, "unmatched", VALUE_NUMBER, 12);
	row_number(&row, "owed", VALUE_NUMBER, *error == '\0' ? 0 : 14);
	row_number(&row, "parked", VALUE_NUMBER, 0);
	row_number(&row, "last_success", VALUE_TIME,
	    *error == '\0' ? NOW - 200 : 0);
	row_number(&row, "failing_since", VALUE_TIME,
	    *error == '\0' ? 0 : NOW - 7300);
	row_text(&row, "error", error);
	row_number(&row, "clock_skew", VALUE_SECONDS, skew);
	row_none(&row, "direction");
	send_row();
}

void
unmatched_row(const char *title, const char *reason, int64_t season)
{
	row_begin(&row, "unmatched");
	row_text(&row, "server", "attic");
	row_text(&row, "title", title);
	row_text(&row, "kind", season == 0 ? "movie" : "episode");
	if (season == 0) {
		row_none(&row, "season");
		row_none(&row, "episode");
	} else {
		row_number(&row, "season", VALUE_NUMBER, season);
		row_number(&row, "episode", VALUE_NUMBER, 7);
	}
	row_number(&row, "year", VALUE_NUMBER, 1995);
	row_text(&row, "reason", reason);
	row_text(&row, "remedy", "Identify it.");
	row_text(&row, "ids", season == 0 ? "" : "tvdb=81189");
	send_row();
}

static void
copy_values(int64_t position, int64_t date)
{
	row_number(&row, "played", VALUE_BOOL, position == 0);
	row_number(&row, "position", VALUE_TICKS,
	    position * TICKS_PER_SECOND);
	row_number(&row, "play_count", VALUE_NUMBER, 3);
	row_number(&row, "last_played", VALUE_TIME, date);
	row_number(&row, "favorite", VALUE_BOOL, 0);
}

void
work_rows(void)
{
	static const char *const servers[] = { "attic", "cellar" };
	size_t i;

	row_begin(&row, "work");
	row_number(&row, "work", VALUE_NUMBER, 7);
	row_text(&row, "title", "Heat");
	row_text(&row, "kind", "movie");
	row_none(&row, "season");
	row_none(&row, "episode");
	row_number(&row, "year", VALUE_NUMBER, 1995);
	send_row();
	row_begin(&row, "agreed");
	row_text(&row, "person", "alice");
	copy_values(3723, NOW);
	row_text(&row, "from_server", "attic");
	send_row();
	for (i = 0; i < 2; i++) {
		row_begin(&row, "copy");
		row_text(&row, "server", servers[i]);
		row_text(&row, "person", i == 0 ? "alice" : "bob");
		row_text(&row, "user", "alice");
		row_text(&row, "jellyfin_id",
		    "0123456789abcdef0123456789abcdef");
		row_number(&row, "runtime", VALUE_TICKS,
		    7200 * TICKS_PER_SECOND);
		row_number(&row, "known", VALUE_BOOL, i == 0);
		copy_values(3723, NOW);
		row_text(&row, "state", i == 0 ? "in step" : "never heard");
		send_row();
	}
}

void
progress(const char *server, const char *phase, int64_t received,
    const char *error)
{
	row_begin(&row, "progress");
	row_text(&row, "server", server);
	row_text(&row, "phase", phase);
	row_number(&row, "received", VALUE_NUMBER, received);
	row_number(&row, "total", VALUE_NUMBER, 200);
	row_number(&row, "written", VALUE_NUMBER, 5);
	row_number(&row, "owed", VALUE_NUMBER, 2);
	row_text(&row, "error", error);
	send_row();
}

static void
summary(const char *server, const char *result, const char *error)
{
	row_begin(&row, "summary");
	row_text(&row, "server", server);
	row_text(&row, "result", result);
	row_number(&row, "milliseconds", VALUE_NUMBER, 1234);
	row_number(&row, "items", VALUE_NUMBER, 200);
	row_number(&row, "heard", VALUE_NUMBER, 3);
	row_number(&row, "written", VALUE_NUMBER, 5);
	row_number(&row, "conflicts", VALUE_NUMBER, 0);
	row_text(&row, "error", error);
	send_row();
}

void
sync_rows(void)
{
	progress("attic", "contact", 0, "");
	progress("attic", "identity", 10, "");
	progress("cellar", "contact", 0, "");
	progress("attic", "identity", 100, "");
	progress("cellar", "failed", 0, "no route");
	progress("attic", "writing", 100, "");
	progress("attic", "done", 100, "");
	summary("attic", "ok", "");
	summary("cellar", "failed", "no route");
}
