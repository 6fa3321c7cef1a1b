/* What an export and an import came to. */
#include <inttypes.h>

#include "layout.h"
#include "text_views.h"

void
export_print(struct output *output)
{
	const struct row *summary;
	int64_t lines;

	if ((summary = rows_next(&output->rows, NULL, "summary")) == NULL)
		return;
	lines = row_integer(summary, "lines");
	screen_say(&output->screen, "%" PRId64 " %s exported", lines,
	    lines == 1 ? "line" : "lines");
}

void
import_unmatched(struct output *output, const struct row *row)
{
	struct cell cell = { row, "title", output->screen.now };
	char title[CELL_SIZE] = "", person[CELL_SIZE], reason[CELL_SIZE];

	cell_item(&cell, title, sizeof(title));
	safe_string(row, "person", person);
	safe_string(row, "reason", reason);
	screen_say(&output->screen, "line %" PRId64 ": %s, %s: %s",
	    row_integer(row, "line"), title, person, reason);
}

void
import_print(struct output *output)
{
	const struct screen *screen = &output->screen;
	const struct row *summary;
	char servers[CELL_SIZE], text[2 * CELL_SIZE];
	int64_t lines, unchanged;

	if ((summary = rows_next(&output->rows, NULL, "summary")) == NULL)
		return;
	lines = row_integer(summary, "lines");
	unchanged = row_integer(summary, "unchanged");
	screen_say(screen, "%" PRId64 " %s: %" PRId64 " changed what was "
	    "agreed, %" PRId64 " %s agreed already, %" PRId64 " unmatched",
	    lines, lines == 1 ? "line" : "lines",
	    row_integer(summary, "changed"), unchanged,
	    unchanged == 1 ? "was" : "were",
	    row_integer(summary, "unmatched"));
	if (row_integer(summary, "unmatched") == 0)
		return;
	screen_paragraph(screen, 0, "", "What is unmatched was not imported "
	    "and is not kept: import the file again when a server has it.");
	safe_string(summary, "not_read", servers);
	if (*servers == '\0')
		return;
	screen_format(text, sizeof(text), "Not read in full yet, so that "
	    "more may be matched later: %s", servers);
	screen_paragraph(screen, 0, "", text);
}
