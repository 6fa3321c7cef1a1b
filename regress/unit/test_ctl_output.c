/*
 * What jellyporterctl prints: each view, made of the rows that an engine sends.
 * What is JSON and nothing else is in test_ctl_json.c.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "ctl_rows.h"
#include "message.h"
#include "output.h"
#include "printer.h"
#include "text.h"

static void
person_row(void)
{
	row_begin(&row, "person");
	row_text(&row, "name", "alice");
	row_text(&row, "endpoints", "alice@attic, alice@cellar");
	row_number(&row, "agreed", VALUE_NUMBER, 1203);
	send_row();
}

static void
test_status_well(void **state)
{
	(void)state;
	start(&output_text, COMMAND_STATUS, 80);
	daemon_row(0);
	server_row("attic", "ok", "", 2, "up");
	person_row();
	finish(&done);
	assert_printed(
	    "jellyporter 1.0.0, up 3 days; last sync 3 minutes ago, next in 2 "
	    "minutes\n"
	    "\n"
	    "Server  State  Version   Live  Items  Unmatched  Owed  Parked  "
	    "Last success\n"
	    "attic   ok     10.11.11  up    12034         12     0       0  "
	    "3 minutes ago\n"
	    "\n"
	    "Person  Agreed  Endpoints\n"
	    "alice     1203  alice@attic, alice@cellar\n"
	    "\n"
	    "23012 items are 11800 works; 12 unmatched (show unmatched)\n"
	    "Writes: 0 owed, 0 asked, 0 parked, 0 failing\n"
	    "Everything is in step.\n");
}

/* One is not several. */
static void
test_singular(void **state)
{
	(void)state;
	start(&output_text, COMMAND_STATUS, 0);
	row_begin(&row, "daemon");
	row_number(&row, "uptime", VALUE_SECONDS, 1);
	row_number(&row, "items", VALUE_NUMBER, 1);
	row_number(&row, "works", VALUE_NUMBER, 1);
	row_number(&row, "last_sync", VALUE_TIME, NOW);
	send_row();
	row_begin(&row, "server");
	row_text(&row, "name", "attic");
	row_text(&row, "state", "ok");
	row_number(&row, "parked", VALUE_NUMBER, 1);
	row_number(&row, "held", VALUE_NUMBER, 1);
	row_number(&row, "held_since", VALUE_TIME, NOW - 60);
	send_row();
	finish(&done);
	assert_non_null(strstr(printed, ", up 1 second; "));
	assert_non_null(strstr(printed, "! attic: 1 copy is not written: "));
	assert_non_null(strstr(printed, "! attic: 1 change that takes "
	    "something back is held, first seen 1 minute ago; "));
	assert_non_null(strstr(printed, "\n1 item is 1 work; 0 unmatched\n"));
	free(printed);

	start(&output_text, COMMAND_EXPORT, 0);
	row_begin(&row, "summary");
	row_number(&row, "lines", VALUE_NUMBER, 1);
	send_row();
	finish(&done);
	assert_printed("1 line exported\n");

	start(&output_text, COMMAND_IMPORT, 0);
	row_begin(&row, "summary");
	row_number(&row, "lines", VALUE_NUMBER, 1);
	row_number(&row, "changed", VALUE_NUMBER, 0);
	row_number(&row, "unchanged", VALUE_NUMBER, 1);
	row_number(&row, "unmatched", VALUE_NUMBER, 0);
	send_row();
	finish(&done);
	assert_printed("1 line: 0 changed what was agreed, 1 was agreed "
	    "already, 0 unmatched\n");

	start(&output_text, COMMAND_MONITOR, 0);
	row_begin(&row, "missed");
	row_number(&row, "missed", VALUE_NUMBER, 1);
	send_row();
	finish(&done);
	assert_printed("1 event missed\n");
}

/* What is wrong comes before the tables, and fits 80 columns. */
static void
test_status_problems(void **state)
{
	const char *problem, *table;
	char *line, *rest;

	(void)state;
	start(&output_text, COMMAND_STATUS, 80);
	daemon_row(14);
	server_row("attic", "ok", "", -90, "down");
	server_row("cellar", "failing", "connection refused by a machine whose"
	    " name is rather long and which is far away", 0, "down");
	person_row();
	finish(&done);
	problem = strstr(printed, "! cellar: failing for 2 hours: connection "
	    "refused by a");
	table = strstr(printed, "Server  State");
	assert_non_null(problem);
	assert_non_null(table);
	assert_true(problem < table);
	assert_non_null(strstr(printed, "! attic: its clock is 1 minute behind"));
	assert_non_null(strstr(printed, "! attic: not live for 11 minutes, so "
	    "changes are found at the next sync:"));
	assert_null(strstr(printed, "! cellar: not live"));
	assert_null(strstr(printed, "in step"));
	assert_non_null(strstr(printed, "never\n"));
	rest = printed;
	while ((line = strsep(&rest, "\n")) != NULL)
		assert_true(text_columns(line) <= 80);
	free(printed);
}

/* Numbers that no clock gives are printed, not counted with beyond bounds. */
static void
test_status_extreme(void **state)
{
	(void)state;
	start(&output_text, COMMAND_STATUS, 0);
	row_begin(&row, "daemon");
	row_number(&row, "last_sync", VALUE_TIME, INT64_MIN);
	row_number(&row, "next_sync", VALUE_TIME, INT64_MIN);
	send_row();
	server_row("attic", "ok", "", INT64_MIN, "up");
	row_begin(&row, "server");
	row_text(&row, "name", "cellar");
	row_text(&row, "state", "unreachable");
	row_number(&row, "failing_since", VALUE_TIME, INT64_MIN);
	row_number(&row, "clock_skew", VALUE_SECONDS, INT64_MAX);
	send_row();
	finish(&done);
	assert_non_null(strstr(printed, "last sync ?, next at once"));
	assert_non_null(strstr(printed, "! attic: its clock is "
	    "106751991167300 days behind"));
	assert_non_null(strstr(printed, "! cellar: unreachable for "
	    "106751991167300 days"));
	free(printed);
}

/* Minutes, then days of the calendar, which are not all of 24 hours. */
static void
test_when(void **state)
{
	static const struct {
		int64_t		 then;
		const char	*text;
	} cases[] = {
		{ 0, "never" }, { NOW, "now" }, { NOW - 1, "1 second ago" },
		{ NOW - 59, "59 seconds ago" }, { NOW - 60, "1 minute ago" },
		{ NOW - 3599, "59 minutes ago" },
		{ NOW - 3600, "today 17:04" },
		{ NOW - 65049, "today 00:00" },
		{ NOW - 65050, "yesterday 23:59" },
		{ NOW - 65049 - 86400, "yesterday 00:00" },
		{ NOW - 65050 - 86400, "2026-02-27 23:59" },
		{ NOW + 300, "in 5 minutes" }, { NOW + 3600, "in 1 hour" },
		{ NOW + 47 * 3600, "in 47 hours" },
		{ NOW + 48 * 3600, "in 2 days" },
		{ INT64_MAX, "in 106751991146786 days" }, { INT64_MIN, "?" }
	};
	char text[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		screen_when(text, sizeof(text), cases[i].then, NOW);
		assert_string_equal(text, cases[i].text);
	}
}

/* By reason; in columns of a terminal, whatever the bytes; and made safe. */
static void
test_unmatched(void **state)
{
	(void)state;
	start(&output_text, COMMAND_SHOW_UNMATCHED, 80);
	unmatched_row("Heat and dust", "no ids", 0);
	unmatched_row("Evil \033[2Jtitle", "ambiguous", 0);
	unmatched_row("\xe6\xb5\xb7\xe8\xbe\xba\xe3\x81\xae", "no ids", 2);
	finish(&done);
	assert_printed("no ids (2)\n"
	    "  Identify it.\n"
	    "Server  Kind     Title                 Ids\n"
	    "attic   movie    Heat and dust (1995)\n"
	    "attic   episode  \xe6\xb5\xb7\xe8\xbe\xba\xe3\x81\xae S02E07"
	    "         tvdb=81189\n"
	    "\n"
	    "ambiguous (1)\n"
	    "  Identify it.\n"
	    "Server  Kind   Title\n"
	    "attic   movie  Evil ?[2Jtitle (1995)\n");
	start(&output_text, COMMAND_SHOW_UNMATCHED, 80);
	finish(&done);
	assert_printed("nothing is unmatched\n");
}

/* What is wrong, whole and safe; or what has changed. */
static void
test_reload(void **state)
{
	const struct message_command_result failed = { true, false, "wrong" };

	(void)state;
	start(&output_text, COMMAND_RELOAD, 40);
	row_begin(&row, "problem");
	row_text(&row, "message", "/etc/jellyporter/config.yaml:5:5: "
	    "clients.\033[2J is an unknown key");
	send_row();
	finish(&failed);
	assert_printed("/etc/jellyporter/config.yaml:5:5:\n"
	    "  clients.?[2J is an unknown key\n");
	start(&output_text, COMMAND_RELOAD, 0);
	row_begin(&row, "reload");
	row_text(&row, "text", "1 server added, 1 changed");
	send_row();
	finish(&done);
	assert_printed("configuration reloaded: 1 server added, 1 changed\n");
	start(&output_json, COMMAND_RELOAD, 0);
	finish(&failed);
	assert_non_null(strstr(printed, "\"problems\":[],\"reloads\":[]"));
	free(printed);
}

static void
process_row(const char *role, const char *server, const char *state,
    int64_t next, const char *end)
{
	row_begin(&row, "process");
	row_text(&row, "role", role);
	row_text(&row, "server", server);
	row_text(&row, "state", state);
	if (next == 0)
		row_number(&row, "pid", VALUE_NUMBER, 77);
	else
		row_none(&row, "pid");
	row_number(&row, "since", VALUE_TIME, NOW - 60);
	if (next == 0)
		row_number(&row, "memory", VALUE_NUMBER, 12340000);
	else
		row_none(&row, "memory");
	row_number(&row, "next_start", VALUE_TIME, next);
	row_number(&row, "restarts", VALUE_NUMBER, 3);
	row_number(&row, "ended", VALUE_TIME, *end == '\0' ? 0 : NOW - 120);
	row_text(&row, "last_end", end);
	send_row();
}

/* For how long it waits; how it ended, under it. */
static void
test_processes(void **state)
{
	(void)state;
	start(&output_text, COMMAND_SHOW_PROCESSES, 80);
	process_row("engine", NULL, "up", 0, "");
	process_row("fetcher", "attic", "waiting", NOW + 42,
	    "ended with status 3");
	process_row("fetcher", "den", "waiting", NOW - 1, "");
	finish(&done);
	assert_printed(
	    "Process        State               Pid  Since         Restarts   "
	    "Memory\n"
	    "engine         up                   77  1 minute ago         3  "
	    "12.3 MB\n"
	    "fetcher attic  waiting 42 seconds    -  1 minute ago         3  "
	    "      -\n"
	    "    2 minutes ago: ended with status 3\n"
	    "fetcher den    waiting 0 seconds     -  1 minute ago         3  "
	    "      -\n");
	start(&output_json, COMMAND_SHOW_PROCESSES, 0);
	process_row("engine", NULL, "up", 0, "");
	finish(&done);
	assert_non_null(strstr(printed, "{\"processes\":[{\"role\":\"engine\","
	    "\"server\":null,\"state\":\"up\",\"pid\":77,"));
	free(printed);
}

static void
finding_row(const char *server, const char *severity, const char *text)
{
	row_begin(&row, "finding");
	row_text(&row, "server", server);
	row_text(&row, "severity", severity);
	row_text(&row, "text", text);
	row_text(&row, "remedy", "mend it");
	send_row();
}

/* Each finding below its server, with its remedy; what is of none last. */
static void
test_check(void **state)
{
	const struct message_command_result failed = { true, false, "wrong" };

	(void)state;
	start(&output_text, COMMAND_CHECK, 40);
	finding_row("cellar", "error", "GET /Users: HTTP 401: the API\033key "
	    "is wrong");
	row_begin(&row, "check");
	row_text(&row, "server", "attic");
	row_text(&row, "result", "ok");
	row_text(&row, "version", "12.0.0");
	row_number(&row, "milliseconds", VALUE_NUMBER, 12);
	send_row();
	row_begin(&row, "check");
	row_text(&row, "server", "cellar");
	row_text(&row, "result", "error");
	row_text(&row, "version", "");
	send_row();
	finding_row("", "warning", "paused");
	finish(&failed);
	assert_printed("attic: ok, Jellyfin 12.0.0, 12 ms\n"
	    "cellar: error\n"
	    "  error: GET /Users: HTTP 401: the\n"
	    "      API?key is wrong\n"
	    "    => mend it\n"
	    "  warning: paused\n"
	    "    => mend it\n");
}

/* Events are shown as they come; what came from a server is safe. */
static void
test_monitor(void **state)
{
	(void)state;
	start(&output_text, COMMAND_MONITOR, 0);
	row_begin(&row, "event");
	row_number(&row, "time", VALUE_TIME, NOW);
	row_text(&row, "event", "written");
	row_text(&row, "server", "cellar");
	row_text(&row, "person", "alice");
	row_text(&row, "title", "He\033at");
	row_number(&row, "season", VALUE_NUMBER, -1);
	row_number(&row, "episode", VALUE_NUMBER, -1);
	row_number(&row, "year", VALUE_NUMBER, 1995);
	row_text(&row, "text", "answered differently");
	row_text(&row, "from_server", "attic");
	row_number(&row, "old_played", VALUE_BOOL, 0);
	row_number(&row, "new_played", VALUE_BOOL, 1);
	send_row();
	row_begin(&row, "event");
	row_number(&row, "time", VALUE_TIME, NOW);
	row_text(&row, "event", "down");
	row_text(&row, "server", "attic");
	row_text(&row, "person", "");
	row_text(&row, "text", "connection refused");
	send_row();
	row_begin(&row, "missed");
	row_number(&row, "missed", VALUE_NUMBER, 643);
	send_row();
	finish(&done);
	assert_printed("2026-03-01 18:04:09 cellar: alice: He?at (1995): "
	    "written from attic: answered differently: played no -> yes\n"
	    "2026-03-01 18:04:09 attic: down: connection refused\n"
	    "643 events missed\n");
}

static void
pause_row(bool paused, int64_t since)
{
	row_begin(&row, "pause");
	row_number(&row, "paused", VALUE_BOOL, paused);
	row_number(&row, "since", VALUE_TIME, since);
	send_row();
	finish(&done);
}

/* Whoever looks learns that nothing happens, since when, and what helps. */
static void
test_pause(void **state)
{
	(void)state;
	start(&output_text, COMMAND_STATUS, 0);
	row_begin(&row, "daemon");
	row_text(&row, "version", "1.0.0");
	row_number(&row, "paused_since", VALUE_TIME, NOW - 7200);
	row_number(&row, "last_sync", VALUE_TIME, NOW - 7300);
	row_number(&row, "next_sync", VALUE_TIME, 0);
	send_row();
	finish(&done);
	assert_non_null(strstr(printed, "last sync today 16:02, paused\n"));
	assert_non_null(strstr(printed, "! paused for 2 hours: nothing is read or "
	    "written until \"jellyporterctl resume\"\n"));
	assert_null(strstr(printed, "in step"));
	free(printed);
	start(&output_text, COMMAND_RESUME, 0);
	pause_row(false, 0);
	assert_printed("it was not paused\n");
	start(&output_json, COMMAND_PAUSE, 0);
	pause_row(true, NOW);
	assert_printed("{\"pauses\":[{\"paused\":true,\"since\":"
	    "\"2026-03-01T18:04:09Z\"}]}\n");
	start(&output_text, COMMAND_LOG_BRIEF, 0);
	finish(&done);
	assert_printed("");
}

/* A narrow terminal cuts titles and nothing else; a pipe cuts nothing. */
static void
test_width(void **state)
{
	static const char *const title = "A title that goes on and on";

	(void)state;
	start(&output_text, COMMAND_SHOW_UNMATCHED, 32);
	unmatched_row(title, "no ids", 0);
	finish(&done);
	assert_printed("no ids (1)\n"
	    "  Identify it.\n"
	    "Server  Kind   Title\n"
	    "attic   movie  A title t\xe2\x80\xa6 (1995)\n");
	start(&output_text, COMMAND_SHOW_UNMATCHED, 34);
	unmatched_row(title, "no ids", 2);
	finish(&done);
	assert_printed("no ids (1)\n"
	    "  Identify it.\n"
	    "Server: attic\n"
	    "Kind: episode\n"
	    "Title: A title that goes on and on\n"
	    "    S02E07\n"
	    "Ids: tvdb=81189\n");
	start(&output_text, COMMAND_SHOW_UNMATCHED, 46);
	unmatched_row(title, "no ids", 2);
	finish(&done);
	assert_non_null(strstr(printed, "  A title t\xe2\x80\xa6 S02E07  "));
	free(printed);
	start(&output_text, COMMAND_SHOW_UNMATCHED, 0);
	unmatched_row(title, "no ids", 0);
	finish(&done);
	assert_non_null(strstr(printed, "A title that goes on and on (1995)"));
	free(printed);
}

static void
test_item(void **state)
{
	(void)state;
	start(&output_text, COMMAND_SHOW_ITEM, 100);
	work_rows();
	finish(&done);
	assert_printed("Heat (1995), movie\n"
	    "Person  Copy            Played  Position  Count  Last played"
	    "       Favorite  State        Runtime\n"
	    "alice   agreed          no       1:02:03      3  "
	    "2026-03-01 18:04  no        from attic\n"
	    "alice   attic           no       1:02:03      3  "
	    "2026-03-01 18:04  no        in step      2:00:00\n"
	    "bob     cellar (alice)  -              -      -  -          "
	    "       -         never heard  2:00:00\n");
	start(&output_text, COMMAND_SHOW_ITEM, 80);
	finish(&done);
	assert_printed("no work has that title\n");
}

static void
audit_row(void)
{
	row_begin(&row, "audit");
	row_number(&row, "id", VALUE_NUMBER, 42);
	row_number(&row, "time", VALUE_TIME, NOW);
	row_text(&row, "kind", "write");
	row_text(&row, "person", "alice");
	row_text(&row, "server", "cellar");
	row_text(&row, "item", "0123456789abcdef0123456789abcdef");
	row_text(&row, "title", "Heat");
	row_number(&row, "old_played", VALUE_BOOL, 0);
	row_number(&row, "old_position", VALUE_TICKS, 0);
	row_number(&row, "old_play_count", VALUE_NUMBER, 0);
	row_number(&row, "old_last_played", VALUE_TIME, 0);
	row_number(&row, "old_favorite", VALUE_BOOL, 0);
	row_number(&row, "new_played", VALUE_BOOL, 1);
	row_number(&row, "new_position", VALUE_TICKS, 0);
	row_number(&row, "new_play_count", VALUE_NUMBER, 1);
	row_number(&row, "new_last_played", VALUE_TIME, NOW - 60);
	row_number(&row, "new_favorite", VALUE_BOOL, 0);
	row_text(&row, "from_server", "attic");
	row_text(&row, "result", "done");
	send_row();
}

static void
test_audit(void **state)
{
	(void)state;
	start(&output_text, COMMAND_SHOW_AUDIT, 80);
	audit_row();
	finish(&done);
	assert_printed(
	    "Id  Time              What   Person  Server  Title  From   "
	    "Result\n"
	    "42  2026-03-01 18:04  write  alice   cellar  Heat   attic  "
	    "done\n"
	    "    played no -> yes, count 0 -> 1, last played never -> "
	    "2026-03-01 18:03\n");
	start(&output_text, COMMAND_SHOW_AUDIT, 0);
	audit_row();
	finish(&done);
	assert_non_null(strstr(printed, "attic  done    played no -> yes, "));
	free(printed);
}

static const char *const sync_summary =
    "Server  Result   Time  Items  Heard  Written  Conflicts";

/* Not on a terminal: a line for each phase, not one for each row. */
static void
test_sync_lines(void **state)
{
	(void)state;
	start(&output_text, COMMAND_SYNC, 0);
	sync_rows();
	finish(&done);
	assert_non_null(strstr(printed, sync_summary));
	*strstr(printed, sync_summary) = '\0';
	assert_printed("attic: connecting, 0 of 200 (0 %)\n"
	    "attic: reading all items, 10 of 200 (5 %)\n"
	    "cellar: connecting, 0 of 200 (0 %)\n"
	    "cellar: failed, no route\n"
	    "attic: writing, 5 written, 2 owed\n"
	    "attic: done, 5 written\n"
	    "\n");
}

/* On a terminal: as many lines as servers, drawn again in place. */
static void
test_sync_live(void **state)
{
	const char *last;

	(void)state;
	start(&output_text, COMMAND_SYNC, 60);
	output.screen.live = true;
	sync_rows();
	finish(&done);
	assert_non_null(strstr(printed, "\033[1A\rattic"));
	assert_non_null(strstr(printed, "\033[2A\rattic"));
	assert_null(strstr(printed, "\033[3A"));
	last = strstr(printed, sync_summary);
	assert_non_null(last);
	assert_non_null(strstr(last, "cellar  failed  1.2 s    200      3"
	    "        5          0\n    no route\n"));
	free(printed);
	printed = NULL;
}

/* More servers than lines: what has scrolled away is not drawn again. */
static void
test_sync_height(void **state)
{
	char name[16];
	int i;

	(void)state;
	start(&output_text, COMMAND_SYNC, 60);
	output.screen.live = true;
	for (i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "server%02d", i);
		progress(name, "contact", 0, "");
	}
	finish(&done);
	assert_non_null(strstr(printed, "\033[23A"));
	assert_null(strstr(printed, "\033[24A"));
	free(printed);
	printed = NULL;
}

/* A file that takes nothing is an error, at the end at the latest. */
static void
test_full_disk(void **state)
{
	(void)state;
	memset(&screen, 0, sizeof(screen));
	screen.file = fopen("/dev/full", "w");
	if (screen.file == NULL)
		skip();
	output_init(&output, &output_text, COMMAND_SHOW_UNMATCHED, &screen);
	assert_int_equal(output_end(&output, &done), -1);
	assert_int_equal(errno, ENOSPC);
	output_clear(&output);
	(void)fclose(screen.file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status_well),
		cmocka_unit_test(test_singular),
		cmocka_unit_test(test_status_problems),
		cmocka_unit_test(test_status_extreme),
		cmocka_unit_test(test_when),
		cmocka_unit_test(test_unmatched),
		cmocka_unit_test(test_reload),
		cmocka_unit_test(test_processes),
		cmocka_unit_test(test_pause),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_monitor),
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_item),
		cmocka_unit_test(test_audit),
		cmocka_unit_test(test_sync_lines),
		cmocka_unit_test(test_sync_live),
		cmocka_unit_test(test_sync_height),
		cmocka_unit_test(test_full_disk)
	};

	if (setenv("TZ", "UTC", 1) == -1)
		return 1;
	tzset();
	return cmocka_run_group_tests_name("ctl_output", tests, NULL, NULL);
}
