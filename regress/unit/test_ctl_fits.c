/*
 * What jellyporterctl prints on a terminal is no wider than that, whatever names
 * and titles there are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "printer.h"
#include "text.h"

/* What an engine may send of each kind: fields that are text, and others. */
static const struct {
	const char	*kind;
	const char	*texts;
	const char	*numbers;
} kinds[] = {
	{ "daemon", "version", "uptime started paused_since syncing works items "
	    "unmatched owed asked parked failing held conflicts last_sync "
	    "next_sync" },
	{ "server", "name url state version reading live live_error error",
	    "items unmatched owed parked held held_since last_success "
	    "failing_since live_since last_event clock_skew" },
	{ "person", "name endpoints", "agreed" },
	{ "work", "title kind", "work season episode year" },
	{ "agreed", "person from_server", "played position play_count "
	    "last_played favorite" },
	{ "copy", "server person user jellyfin_id state", "runtime known played "
	    "position play_count last_played favorite" },
	{ "unmatched", "server title kind reason remedy ids",
	    "season episode year" },
	{ "audit", "kind person server title from_server result", "id time "
	    "season episode old_position new_position old_last_played "
	    "new_last_played" },
	{ "conflict", "kind person server title from_server result", "id time "
	    "season episode old_position new_position" },
	{ "held", "server person title", "since season episode old_position "
	    "new_position" },
	{ "write", "server person title from_server state", "tries next_try "
	    "season episode old_position new_position" },
	{ "decision", "decision", "changes" },
	{ "problem", "message", "" }, { "reload", "text", "" },
	{ "process", "role server state last_end", "pid since next_start "
	    "restarts memory ended" },
	{ "pause", "", "paused since" },
	{ "check", "server result version", "milliseconds" },
	{ "finding", "server person severity finding text remedy", "" },
	{ "event", "event server person title text from_server", "time season "
	    "episode old_played new_played old_position new_position" },
	{ "missed", "", "missed" },
	{ "endpoint", "person server user direction", "found copies owed parked "
	    "held" },
	{ "progress", "server phase error", "received total written owed" },
	{ "unmatched_line", "person kind title reason", "line season episode "
	    "year" },
	{ "summary", "server result error not_read", "milliseconds items heard "
	    "written conflicts lines changed unchanged unmatched" },
	{ "file", "path", "" }
};

static void
fill_row(size_t kind, const char *text)
{
	char names[512], *rest = names, *name;

	row_begin(&row, kinds[kind].kind);
	snprintf(names, sizeof(names), "%s", kinds[kind].texts);
	while ((name = strsep(&rest, " ")) != NULL)
		if (*name != '\0')
			row_text(&row, name, text);
	rest = names;
	snprintf(names, sizeof(names), "%s", kinds[kind].numbers);
	while ((name = strsep(&rest, " ")) != NULL)
		if (*name != '\0')
			row_number(&row, name, VALUE_NUMBER, 123456789);
}

/* Without what steers the terminal. */
static void
assert_fits(char *lines, size_t width, enum command command)
{
	char *line, *escape, *after;

	while ((line = strsep(&lines, "\n")) != NULL) {
		while ((escape = strpbrk(line, "\r\033")) != NULL) {
			after = escape + 1;
			if (*escape == '\033')
				after += strcspn(after, "AKm") + 1;
			memmove(escape, after, strlen(after) + 1);
		}
		if (text_columns(line) > width)
			fail_msg("command %u, %zu columns: %s", command, width,
			    line);
	}
}

/* All kinds of rows, drawn once and drawn again. */
static void
print_all(enum command command, size_t width, const char *text)
{
	size_t kind;
	int live;

	if (command == COMMAND_SHOW_METRICS)
		return;
	for (live = 0; live < 2; live++) {
		start(&output_text, command, width);
		output.screen.live = output.screen.color = live != 0;
		for (kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
			fill_row(kind, text);
			send_row();
		}
		finish(&done);
		assert_fits(printed, width, command);
		free(printed);
	}
}

/*
 * However long the names and titles, and however wide or narrow their
 * characters: no line is longer than the terminal.  The metrics are no text for
 * people.
 */
static void
test_fits(void **state)
{
	static const char *const parts[] = { "x", "a name ",
	    "\xe6\x98\xa0\xe7\x94\xbb",	/* two wide characters */
	    "e\xcc\x81\xcc\xa3",		/* one with two marks */
	    "\xe6\x98\xa0 e\xcc\x81" };
	static const size_t lens[] = { 1, 60, 250, ROW_TEXT_SIZE - 1 };
	char text[ROW_TEXT_SIZE];
	unsigned int command;
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		for (k = 0; k < sizeof(lens) / sizeof(lens[0]); k++) {
			text[0] = '\0';
			while (strlen(text) + strlen(parts[i]) <= lens[k])
				strlcat(text, parts[i], sizeof(text));
			for (command = 0; command < COMMAND_COUNT; command++) {
				print_all((enum command)command, 80, text);
				print_all((enum command)command, 40, text);
			}
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fits)
	};

	if (setenv("TZ", "UTC", 1) == -1)
		return 1;
	tzset();
	return cmocka_run_group_tests_name("ctl_fits", tests, NULL, NULL);
}
