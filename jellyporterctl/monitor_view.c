/*
 * Events, a line each: when, where, whose, what it is about, what happened,
 * and how it was before and after.
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "text_views.h"

static void	 add(char *, const struct row *, const char *, const char *);
static void	 add_what(char *, const struct row *);
static void	 format_time(char *, size_t, int64_t);
static enum color event_color(const struct row *);

void
monitor_print(struct output *output, const struct row *row)
{
	const struct screen *screen = &output->screen;
	struct cell title = { row, "title", screen->now };
	char line[PARAGRAPH_SIZE] = "", text[CELL_SIZE] = "", time[32];
	int64_t missed = row_integer(row, "missed");

	if (row_is(row, "missed")) {
		screen_say(screen, "%" PRId64 " %s missed", missed,
		    missed == 1 ? "event" : "events");
		(void)fflush(screen->file);
		return;
	}
	format_time(time, sizeof(time), row_integer(row, "time"));
	add(line, row, "server", ": ");
	add(line, row, "person", ": ");
	if (*row_string(row, "title") != '\0') {
		cell_item(&title, text, sizeof(text));
		screen_append(line, sizeof(line), "%s: ", text);
	}
	add_what(line, row);
	screen_color(screen, event_color(row));
	screen_paragraph(screen, 4, time, line);
	screen_color(screen, COLOR_NONE);
	(void)fflush(screen->file);
}

/* What is not there is not said. */
static void
add(char *line, const struct row *row, const char *name, const char *after)
{
	char text[CELL_SIZE];

	safe_string(row, name, text);
	if (*text != '\0')
		screen_append(line, PARAGRAPH_SIZE, "%s%s", text, after);
}

/* "written from attic: played no -> yes", "down: connection refused". */
static void
add_what(char *line, const struct row *row)
{
	struct cell change = { row, "", 0 };
	const char *event = row_string(row, "event");
	char text[CELL_SIZE] = "", from[CELL_SIZE];

	add(line, row, "event", "");
	safe_string(row, "from_server", from);
	if (*from != '\0' && strcmp(event, "heard") != 0 &&
	    strcmp(event, "undone") != 0)
		screen_append(line, PARAGRAPH_SIZE, " from %s", from);
	safe_string(row, "text", text);
	if (*text != '\0' && strcmp(text, event) != 0)
		screen_append(line, PARAGRAPH_SIZE, ": %s", text);
	if (row_value(row, "new_played") == NULL)
		return;
	cell_change(&change, text, sizeof(text));
	screen_append(line, PARAGRAPH_SIZE, ": %s", text);
}

/* With the seconds, and the day for who lets it run for days. */
static void
format_time(char *dst, size_t size, int64_t seconds)
{
	time_t t = (time_t)seconds;
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL ||
	    strftime(dst, size, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		screen_format(dst, size, "%" PRId64, seconds);
}

static enum color
event_color(const struct row *row)
{
	static const struct {
		const char	*event;
		enum color	 color;
	} colors[] = {
		{ "down", COLOR_BAD }, { "failing", COLOR_BAD },
		{ "up", COLOR_GOOD }, { "live", COLOR_GOOD },
		{ "lost", COLOR_WARNING }, { "undone", COLOR_WARNING },
		{ "held", COLOR_WARNING }, { "not live", COLOR_WARNING },
		{ "paused", COLOR_WARNING }
	};
	size_t i;

	for (i = 0; i < sizeof(colors) / sizeof(colors[0]); i++) {
		if (strcmp(colors[i].event, row_string(row, "event")) == 0)
			return colors[i].color;
	}
	return COLOR_NONE;
}
