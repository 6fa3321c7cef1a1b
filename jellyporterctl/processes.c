/* The view of the daemon's processes. */
#include <inttypes.h>
#include <string.h>

#include "layout.h"
#include "text.h"
#include "text_views.h"

#define MEGABYTE	1000000

static cell_format cell_process;
static cell_format cell_state;
static cell_format cell_memory;
static cell_format cell_last_end;
static enum color process_color(const struct row *);

static const struct column process_columns[] = {
	{ "role", "Process", COLUMN_SHRINK, cell_process, NULL },
	{ "state", "State", COLUMN_SHRINK, cell_state, process_color },
	{ "pid", "Pid", COLUMN_RIGHT, NULL, NULL },
	{ "since", "Since", 0, NULL, NULL },
	{ "restarts", "Restarts", COLUMN_RIGHT, NULL, NULL },
	{ "memory", "Memory", COLUMN_RIGHT | COLUMN_WIDE, cell_memory, NULL },
	{ "last_end", "Last end", COLUMN_BELOW, cell_last_end, NULL }
};

#define LENGTH(array)	(sizeof(array) / sizeof((array)[0]))

void
processes_print(struct output *output)
{
	const struct row *row = NULL;
	struct table *table;

	table = table_new(&output->screen, process_columns,
	    LENGTH(process_columns));
	while ((row = rows_next(&output->rows, row, "process")) != NULL)
		table_add(table, row);
	table_print(table);
	table_free(table);
}

static void
cell_process(const struct cell *cell, char *dst, size_t size)
{
	char server[CELL_SIZE];

	cell_value(cell, dst, size);
	if (*row_string(cell->row, "server") == '\0')
		return;
	safe_string(cell->row, "server", server);
	if (strlen(dst) + strlen(server) + 2 < size)
		screen_append(dst, size, " %s", server);
}

/* And for how long it will be in that state, where that is known. */
static void
cell_state(const struct cell *cell, char *dst, size_t size)
{
	int64_t next = row_integer(cell->row, "next_start");
	char length[64];

	cell_value(cell, dst, size);
	if (next == 0 || strlen(dst) + sizeof(length) >= size)
		return;
	screen_length(length, sizeof(length), next <= cell->now ? 0 :
	    text_between(cell->now, next));
	screen_append(dst, size, " %s", length);
}

static void
cell_memory(const struct cell *cell, char *dst, size_t size)
{
	int64_t bytes = row_integer(cell->row, cell->name);

	if (bytes <= 0)
		cell_value(cell, dst, size);
	else
		screen_format(dst, size, "%" PRId64 ".%" PRId64 " MB",
		    bytes / MEGABYTE, bytes % MEGABYTE / (MEGABYTE / 10));
}

static void
cell_last_end(const struct cell *cell, char *dst, size_t size)
{
	char ago[48], end[CELL_SIZE];

	if (*row_string(cell->row, "last_end") == '\0')
		return;
	screen_when(ago, sizeof(ago), row_integer(cell->row, "ended"), cell->now);
	safe_string(cell->row, "last_end", end);
	if (strlen(end) + sizeof(ago) + 2 < size)
		screen_format(dst, size, "%s: %s", ago, end);
}

static enum color
process_color(const struct row *row)
{
	const char *state = row_string(row, "state");

	if (strcmp(state, "up") == 0)
		return COLOR_GOOD;
	return strncmp(state, "waiting", strlen("waiting")) == 0 ? COLOR_BAD :
	    COLOR_WARNING;
}
