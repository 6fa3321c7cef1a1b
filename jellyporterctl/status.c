/*
 * Status on one screen, and the servers in full.  What is wrong comes first,
 * in words; the numbers follow.
 */
#include <inttypes.h>
#include <string.h>

#include "layout.h"
#include "text.h"
#include "text_views.h"

/* A clock that is off by less cannot change which of two plays is later,
 * unless both happened within it. */
#define SKEW_WORTH_TELLING	30	/* seconds */

static void	 print_daemon(const struct screen *, const struct row *);
static void	 last_and_next(const struct row *, int64_t, char *);
static size_t	 print_problems(struct output *, const struct row *);
static size_t	 pause_problem(const struct screen *, const struct row *);
static size_t	 server_problems(const struct screen *, const struct row *);
static size_t	 state_problem(const struct screen *, const struct row *);
static size_t	 skew_problem(const struct screen *, const struct row *);
static size_t	 parked_problem(const struct screen *, const struct row *);
static size_t	 held_problem(const struct screen *, const struct row *);
static size_t	 live_problem(const struct screen *, const struct row *);
static void	 print_problem(const struct screen *, const struct row *,
		    const char *);
static bool	 is_well(const struct row *);
static void	 print_readings(struct output *);
static void	 print_table(struct output *, const struct column *, size_t,
		    const char *);
static void	 print_totals(const struct screen *, const struct row *,
		    size_t);
static cell_format cell_skew, cell_reading;

static const struct column status_servers[] = {
	{ "name", "Server", COLUMN_SHRINK, NULL, NULL },
	{ "state", "State", COLUMN_SHRINK, NULL, state_color },
	{ "version", "Version", COLUMN_SHRINK, NULL, NULL },
	{ "live", "Live", COLUMN_WIDE, NULL, NULL },
	{ "items", "Items", COLUMN_RIGHT, NULL, NULL },
	{ "unmatched", "Unmatched", COLUMN_RIGHT | COLUMN_WIDE, NULL, NULL },
	{ "owed", "Owed", COLUMN_RIGHT, NULL, NULL },
	{ "parked", "Parked", COLUMN_RIGHT | COLUMN_WIDE, NULL, NULL },
	{ "last_success", "Last success", 0, NULL, NULL }
};

static const struct column full_servers[] = {
	{ "name", "Server", COLUMN_SHRINK, NULL, NULL },
	{ "state", "State", COLUMN_SHRINK, NULL, state_color },
	{ "version", "Version", COLUMN_SHRINK, NULL, NULL },
	{ "live", "Live", COLUMN_WIDE, NULL, NULL },
	{ "live_since", "Since", COLUMN_WIDE, NULL, NULL },
	{ "last_event", "Last event", COLUMN_WIDE, NULL, NULL },
	{ "items", "Items", COLUMN_RIGHT, NULL, NULL },
	{ "unmatched", "Unmatched", COLUMN_RIGHT | COLUMN_WIDE, NULL, NULL },
	{ "owed", "Owed", COLUMN_RIGHT, NULL, NULL },
	{ "parked", "Parked", COLUMN_RIGHT | COLUMN_WIDE, NULL, NULL },
	{ "clock_skew", "Clock", COLUMN_RIGHT | COLUMN_WIDE, cell_skew, NULL },
	{ "last_success", "Last success", 0, NULL, NULL },
	{ "url", "URL", COLUMN_BELOW, NULL, NULL },
	{ "reading", "Reading", COLUMN_BELOW, cell_reading, NULL },
	{ "error", "Error", COLUMN_BELOW, NULL, NULL },
	{ "live_error", "Not live", COLUMN_BELOW, NULL, NULL }
};

static const struct column status_persons[] = {
	{ "name", "Person", COLUMN_SHRINK, NULL, NULL },
	{ "agreed", "Agreed", COLUMN_RIGHT, NULL, NULL },
	{ "endpoints", "Endpoints", COLUMN_SHRINK, NULL, NULL }
};

#define LENGTH(array)	(sizeof(array) / sizeof((array)[0]))

void
status_print(struct output *output)
{
	const struct row *daemon;
	size_t problems;

	daemon = rows_next(&output->rows, NULL, "daemon");
	if (daemon != NULL)
		print_daemon(&output->screen, daemon);
	problems = print_problems(output, daemon);
	print_readings(output);
	print_table(output, status_servers, LENGTH(status_servers), "server");
	print_table(output, status_persons, LENGTH(status_persons), "person");
	if (daemon != NULL)
		print_totals(&output->screen, daemon, problems);
}

static void
print_daemon(const struct screen *screen, const struct row *daemon)
{
	char version[CELL_SIZE], uptime[64], syncs[CELL_SIZE];
	char line[2 * CELL_SIZE];

	safe_string(daemon, "version", version);
	screen_length(uptime, sizeof(uptime), row_integer(daemon, "uptime"));
	last_and_next(daemon, screen->now, syncs);
	screen_format(line, sizeof(line), "%s, up %s; %s", version, uptime,
	    syncs);
	screen_paragraph(screen, 2, "jellyporter", line);
	putc('\n', screen->file);
}

static void
last_and_next(const struct row *daemon, int64_t now, char *dst)
{
	char last[64] = "no sync yet", ago[48], length[48];
	int64_t time;

	if ((time = row_integer(daemon, "last_sync")) != 0) {
		screen_when(ago, sizeof(ago), time, now);
		screen_format(last, sizeof(last), "last sync %s", ago);
	}
	screen_format(dst, CELL_SIZE, "%s", last);
	if (row_integer(daemon, "paused_since") != 0) {
		screen_append(dst, CELL_SIZE, ", paused");
		return;
	}
	if (row_integer(daemon, "syncing") != 0) {
		screen_append(dst, CELL_SIZE, ", syncing now");
		return;
	}
	if ((time = row_integer(daemon, "next_sync")) == 0)
		return;
	screen_length(length, sizeof(length), text_between(now, time));
	if (time > now)
		screen_append(dst, CELL_SIZE, ", next in %s", length);
	else
		screen_append(dst, CELL_SIZE, ", next at once");
}

/* How many there are. */
static size_t
print_problems(struct output *output, const struct row *daemon)
{
	const struct row *row = NULL;
	size_t n = 0;

	if (daemon != NULL)
		n += pause_problem(&output->screen, daemon);
	while ((row = rows_next(&output->rows, row, "server")) != NULL)
		n += server_problems(&output->screen, row);
	if (n > 0)
		putc('\n', output->screen.file);
	return n;
}

/* Else nobody would know why nothing happens. */
static size_t
pause_problem(const struct screen *screen, const struct row *daemon)
{
	char text[256], length[64];
	int64_t since;

	if ((since = row_integer(daemon, "paused_since")) == 0)
		return 0;
	screen_length(length, sizeof(length),
	    text_between(since, screen->now));
	screen_format(text, sizeof(text), "for %s: nothing is read or "
	    "written until \"jellyporterctl resume\"", length);
	screen_color(screen, COLOR_BAD);
	screen_paragraph(screen, 2, "! paused", text);
	screen_color(screen, COLOR_NONE);
	return 1;
}

void
pause_print(struct output *output)
{
	const struct row *row = rows_next(&output->rows, NULL, "pause");
	char date[64];

	if (row == NULL)
		return;
	screen_date(date, sizeof(date), row_integer(row, "since"));
	if (row_integer(row, "paused") != 0)
		screen_say(&output->screen, "paused since %s; \"resume\" "
		    "lets it go on", date);
	else if (row_integer(row, "since") != 0)
		screen_say(&output->screen, "it goes on, and was paused "
		    "since %s", date);
	else
		screen_say(&output->screen, "it was not paused");
}

static size_t
server_problems(const struct screen *screen, const struct row *server)
{
	return state_problem(screen, server) + skew_problem(screen, server) +
	    parked_problem(screen, server) + held_problem(screen, server) +
	    live_problem(screen, server);
}

static size_t
state_problem(const struct screen *screen, const struct row *server)
{
	char text[2 * CELL_SIZE] = "", state[CELL_SIZE], error[CELL_SIZE];
	char length[64];
	int64_t since;

	safe_string(server, "error", error);
	if (is_well(server) && *error == '\0')
		return 0;
	safe_string(server, "state", state);
	screen_append(text, sizeof(text), "%s", state);
	if ((since = row_integer(server, "failing_since")) != 0) {
		screen_length(length, sizeof(length),
		    text_between(since, screen->now));
		screen_append(text, sizeof(text), " for %s", length);
	}
	if (*error != '\0')
		screen_append(text, sizeof(text), ": %s", error);
	print_problem(screen, server, text);
	return 1;
}

static size_t
skew_problem(const struct screen *screen, const struct row *server)
{
	char text[256], length[64];
	int64_t skew;

	skew = row_integer(server, "clock_skew");
	if (skew > -SKEW_WORTH_TELLING && skew < SKEW_WORTH_TELLING)
		return 0;
	screen_length(length, sizeof(length), skew < 0 ?
	    text_between(skew, 0) : skew);
	screen_format(text, sizeof(text), "its clock is %s %s ours; set both "
	    "by NTP, or the later of two plays may lose", length,
	    skew < 0 ? "behind" : "ahead of");
	print_problem(screen, server, text);
	return 1;
}

static size_t
parked_problem(const struct screen *screen, const struct row *server)
{
	char text[256];
	int64_t parked;

	if ((parked = row_integer(server, "parked")) == 0)
		return 0;
	screen_format(text, sizeof(text), "%" PRId64 " %s not written: gone "
	    "from the server, or hidden from the user", parked,
	    parked == 1 ? "copy is" : "copies are");
	print_problem(screen, server, text);
	return 1;
}

/* The guard's words: what is held, why, and what to do. */
static size_t
held_problem(const struct screen *screen, const struct row *server)
{
	char text[512], ago[48];
	int64_t held;

	if ((held = row_integer(server, "held")) == 0)
		return 0;
	screen_when(ago, sizeof(ago), row_integer(server, "held_since"),
	    screen->now);
	screen_format(text, sizeof(text), "%" PRId64 " %s held, first seen "
	    "%s; more of them came within an hour than people do by hand; see "
	    "\"show held\", then \"approve\" or \"discard\"", held,
	    held == 1 ? "change that takes something back is" :
	    "changes that take something back are", ago);
	print_problem(screen, server, text);
	return 1;
}

/* Of a server that does not answer at all, that is said already. */
static size_t
live_problem(const struct screen *screen, const struct row *server)
{
	char text[2 * CELL_SIZE], why[CELL_SIZE], length[64];

	if (strcmp(row_string(server, "live"), "down") != 0 ||
	    !is_well(server))
		return 0;
	safe_string(server, "live_error", why);
	screen_length(length, sizeof(length),
	    text_between(row_integer(server, "live_since"), screen->now));
	screen_format(text, sizeof(text), "not live for %s, so changes are "
	    "found at the next sync: %s", length, why);
	print_problem(screen, server, text);
	return 1;
}

static void
print_problem(const struct screen *screen, const struct row *server,
    const char *text)
{
	char name[CELL_SIZE], first[2 * CELL_SIZE];

	safe_string(server, "name", name);
	screen_format(first, sizeof(first), "! %s:", name);
	screen_color(screen, COLOR_BAD);
	screen_paragraph(screen, 2, first, text);
	screen_color(screen, COLOR_NONE);
}

static bool
is_well(const struct row *server)
{
	const char *state = row_string(server, "state");

	return strcmp(state, "ok") == 0 || strcmp(state, "syncing") == 0;
}

enum color
state_color(const struct row *server)
{
	if (!is_well(server))
		return COLOR_BAD;
	return strcmp(row_string(server, "state"), "ok") == 0 ? COLOR_GOOD :
	    COLOR_WARNING;
}

static void
print_readings(struct output *output)
{
	const struct row *row = NULL;
	char name[CELL_SIZE], first[2 * CELL_SIZE];
	bool any = false;

	while ((row = rows_next(&output->rows, row, "server")) != NULL) {
		if (*row_string(row, "reading") == '\0')
			continue;
		safe_string(row, "name", name);
		screen_format(first, sizeof(first), "%s:", name);
		screen_paragraph(&output->screen, 2, first,
		    phase_words(row_string(row, "reading")));
		any = true;
	}
	if (any)
		putc('\n', output->screen.file);
}

static void
print_table(struct output *output, const struct column *columns,
    size_t n_columns, const char *kind)
{
	const struct row *row = NULL;
	struct table *table;

	if (rows_next(&output->rows, NULL, kind) == NULL)
		return;
	table = table_new(&output->screen, columns, n_columns);
	while ((row = rows_next(&output->rows, row, kind)) != NULL)
		table_add(table, row);
	table_print(table);
	table_free(table);
	putc('\n', output->screen.file);
}

static void
print_totals(const struct screen *screen, const struct row *daemon,
    size_t problems)
{
	char line[512];
	int64_t owed, asked, parked, failing, items, works;

	owed = row_integer(daemon, "owed");
	asked = row_integer(daemon, "asked");
	parked = row_integer(daemon, "parked");
	failing = row_integer(daemon, "failing");
	items = row_integer(daemon, "items");
	works = row_integer(daemon, "works");
	screen_format(line, sizeof(line), "%" PRId64 " %s %" PRId64 " %s; %"
	    PRId64 " unmatched", items, items == 1 ? "item is" : "items are",
	    works, works == 1 ? "work" : "works",
	    row_integer(daemon, "unmatched"));
	if (row_integer(daemon, "unmatched") != 0)
		screen_append(line, sizeof(line), " (show unmatched)");
	screen_paragraph(screen, 2, "", line);
	screen_format(line, sizeof(line), "%" PRId64 " owed, %" PRId64
	    " asked, %" PRId64 " parked, %" PRId64 " failing", owed, asked,
	    parked, failing);
	screen_paragraph(screen, 2, "Writes:", line);
	screen_format(line, sizeof(line), "%" PRId64 " held (show held), %"
	    PRId64 " lost in conflicts within a day (show conflicts)",
	    row_integer(daemon, "held"), row_integer(daemon, "conflicts"));
	if (row_integer(daemon, "held") > 0 ||
	    row_integer(daemon, "conflicts") > 0)
		screen_paragraph(screen, 2, "Changes:", line);
	if (problems == 0 && (owed | asked | parked | failing) == 0 &&
	    row_integer(daemon, "last_sync") != 0)
		screen_paragraph(screen, 2, "", "Everything is in step.");
}

void
servers_print(struct output *output)
{
	const struct row *row = NULL;
	struct table *table;

	table = table_new(&output->screen, full_servers,
	    LENGTH(full_servers));
	while ((row = rows_next(&output->rows, row, "server")) != NULL)
		table_add(table, row);
	table_print(table);
	table_free(table);
}

/* How far ahead of ours the server's clock is. */
static void
cell_skew(const struct cell *cell, char *dst, size_t size)
{
	int64_t skew = row_integer(cell->row, cell->name);

	screen_format(dst, size, "%+" PRId64 " s", skew);
}

static void
cell_reading(const struct cell *cell, char *dst, size_t size)
{
	const char *phase = row_string(cell->row, cell->name);

	if (*phase != '\0')
		screen_format(dst, size, "%s", phase_words(phase));
}
