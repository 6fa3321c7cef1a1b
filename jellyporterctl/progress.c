/* A sync that goes on, and its summary. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "layout.h"
#include "text.h"
#include "text_views.h"

static const struct row *keep_progress(struct output *,
		    const struct message_row *, bool *);
static void	 draw(struct output *);
static void	 draw_line(const struct screen *, const struct row *, size_t);
static void	 print_phase(const struct screen *, const struct row *);
static void	 describe(const struct row *, char *);
static void	 describe_end(const struct row *, char *);
static enum color phase_color(const struct row *);
static enum color result_color(const struct row *);

/* The engine's phases in plain words. */
static const struct {
	const char	*phase;
	const char	*words;
} phases[] = {
	{ "contact", "connecting" },
	{ "identity", "reading all items" },
	{ "new items", "reading new items" },
	{ "gone items", "finding gone items" },
	{ "versions", "reading versions" },
	{ "matching", "matching items" },
	{ "activity", "reading what happened" },
	{ "count of played", "counting what was played" },
	{ "played", "reading what was played" },
	{ "resumable", "reading positions" },
	{ "resume", "reading positions" },
	{ "favorite", "reading favorites" },
	{ "ids", "reading single items" },
	{ "planning", "planning writes" },
	{ "writing", "writing" },
	{ "done", "done" },
	{ "failed", "failed" }
};

#define PHASE_COLUMNS	24	/* the longest of them */

static const struct column summary_columns[] = {
	{ "server", "Server", COLUMN_SHRINK, NULL, NULL },
	{ "result", "Result", COLUMN_SHRINK, NULL, result_color },
	{ "milliseconds", "Time", COLUMN_RIGHT, cell_milliseconds, NULL },
	{ "items", "Items", COLUMN_RIGHT, NULL, NULL },
	{ "heard", "Heard", COLUMN_RIGHT, NULL, NULL },
	{ "written", "Written", COLUMN_RIGHT, NULL, NULL },
	{ "conflicts", "Conflicts", COLUMN_RIGHT, NULL, NULL },
	{ "error", "Error", COLUMN_BELOW | COLUMN_OPTIONAL, NULL, NULL }
};

void
progress_row(struct output *output, const struct message_row *message)
{
	const struct row *row;
	bool new_phase;

	row = keep_progress(output, message, &new_phase);
	if (output->screen.live)
		draw(output);
	else if (new_phase)
		print_phase(&output->screen, row);
	(void)fflush(output->screen.file);	/* printed() sees an error */
}

/* The latest of each server, in the order in which they first came. */
static const struct row *
keep_progress(struct output *output, const struct message_row *message,
    bool *new_phase)
{
	struct row *row, *old;

	row = row_keep(message);
	TAILQ_FOREACH(old, &output->rows, entry) {
		if (row_is(old, "progress") &&
		    strcmp(row_string(old, "server"),
		    row_string(row, "server")) == 0)
			break;
	}
	if (old == NULL) {
		*new_phase = true;
		TAILQ_INSERT_TAIL(&output->rows, row, entry);
		return row;
	}
	*new_phase = strcmp(row_string(old, "phase"),
	    row_string(row, "phase")) != 0;
	TAILQ_INSERT_BEFORE(old, row, entry);
	TAILQ_REMOVE(&output->rows, old, entry);
	free(old);
	return row;
}

/*
 * Draws all lines again from the first one.  No more than fit on the screen:
 * the cursor cannot go up to a line that has scrolled away.
 */
static void
draw(struct output *output)
{
	const struct screen *screen = &output->screen;
	const struct row *row = NULL;
	size_t columns = 0, n = 0, width;
	char name[CELL_SIZE];

	while ((row = rows_next(&output->rows, row, "progress")) != NULL) {
		safe_string(row, "server", name);
		if ((width = text_columns(name)) > columns)
			columns = width;
	}
	if (columns > screen->width / 3)
		columns = screen->width / 3;
	if (output->lines_drawn > 0)
		fprintf(screen->file, "\033[%zuA", output->lines_drawn);
	while ((row = rows_next(&output->rows, row, "progress")) != NULL) {
		if (n + 1 >= screen->height)
			break;
		draw_line(screen, row, columns);
		n++;
	}
	output->lines_drawn = n;
}

/* What does not fit is cut: a line that goes on would be two. */
static void
draw_line(const struct screen *screen, const struct row *row, size_t columns)
{
	char name[CELL_SIZE], cut[CELL_SIZE], text[CELL_SIZE];
	char phase[PHASE_COLUMNS + 1];
	size_t room = 1;

	safe_string(row, "server", name);
	screen_cut(cut, sizeof(cut), name, columns);
	fprintf(screen->file, "\r%s", cut);
	screen_spaces(screen, columns - text_columns(cut) + 2);
	if (screen->width > columns + 4)
		room = screen->width - columns - 3;
	screen_format(phase, sizeof(phase), "%-*s", PHASE_COLUMNS,
	    phase_words(row_string(row, "phase")));
	screen_cut(cut, sizeof(cut), phase, room);
	screen_text(screen, cut, phase_color(row));
	if (room > PHASE_COLUMNS + 2) {
		describe(row, text);
		screen_cut(cut, sizeof(cut), text, room - PHASE_COLUMNS - 2);
		fprintf(screen->file, "  %s", cut);
	}
	fputs("\033[K\n", screen->file);
}

static void
print_phase(const struct screen *screen, const struct row *row)
{
	char name[CELL_SIZE], text[CELL_SIZE];

	safe_string(row, "server", name);
	describe(row, text);
	screen_say(screen, "%s: %s%s%s", name,
	    phase_words(row_string(row, "phase")), *text == '\0' ? "" : ", ",
	    text);
}

const char *
phase_words(const char *phase)
{
	size_t i;

	for (i = 0; i < sizeof(phases) / sizeof(phases[0]); i++) {
		if (strcmp(phases[i].phase, phase) == 0)
			return phases[i].words;
	}
	return "working";
}

/* How far it is: into a buffer of CELL_SIZE. */
static void
describe(const struct row *row, char *dst)
{
	int64_t received, total, owed, written;
	const char *phase = row_string(row, "phase");

	*dst = '\0';
	received = row_integer(row, "received");
	total = row_integer(row, "total");
	written = row_integer(row, "written");
	owed = row_integer(row, "owed");
	if (strcmp(phase, "done") == 0 || strcmp(phase, "failed") == 0)
		describe_end(row, dst);
	else if (strcmp(phase, "writing") == 0)
		screen_format(dst, CELL_SIZE, "%" PRId64 " written, %" PRId64
		    " owed", written, owed);
	else if (total > 0)
		screen_format(dst, CELL_SIZE, "%" PRId64 " of %" PRId64
		    " (%d %%)", received, total,
		    (int)(100.0 * (double)received / (double)total));
	else if (received > 0)
		screen_format(dst, CELL_SIZE, "%" PRId64, received);
}

static void
describe_end(const struct row *row, char *dst)
{
	safe_string(row, "error", dst);
	if (*dst == '\0')
		screen_format(dst, CELL_SIZE, "%" PRId64 " written",
		    row_integer(row, "written"));
}

static enum color
phase_color(const struct row *row)
{
	const char *phase = row_string(row, "phase");

	if (strcmp(phase, "failed") == 0)
		return COLOR_BAD;
	return strcmp(phase, "done") == 0 ? COLOR_GOOD : COLOR_NONE;
}

static enum color
result_color(const struct row *row)
{
	return strcmp(row_string(row, "result"), "ok") == 0 ? COLOR_GOOD :
	    COLOR_BAD;
}

void
progress_end(struct output *output)
{
	const struct row *row;
	struct table *table;

	if ((row = rows_next(&output->rows, NULL, "summary")) == NULL)
		return;
	if (rows_next(&output->rows, NULL, "progress") != NULL)
		putc('\n', output->screen.file);
	table = table_new(&output->screen, summary_columns,
	    sizeof(summary_columns) / sizeof(summary_columns[0]));
	for (; row != NULL; row = rows_next(&output->rows, row, "summary"))
		table_add(table, row);
	table_print(table);
	table_free(table);
}
