/*
 * The views of changes, from old values to new ones: the audit, what is owed,
 * what is held; and what a reload has changed.
 */
#include <inttypes.h>
#include <string.h>

#include "layout.h"
#include "text.h"
#include "text_views.h"

static bool	 print_changes(struct output *, const char *,
		    const struct column *, size_t);
static void	 add_change(const struct row *, const char *, const char *,
		    char *);

static cell_format cell_tries;
static enum color audit_color(const struct row *);
static enum color write_color(const struct row *);

static const struct column audit_columns[] = {
	{ "id", "Id", COLUMN_RIGHT, NULL, NULL },
	{ "time", "Time", 0, cell_date, NULL },
	{ "kind", "What", COLUMN_WIDE, NULL, audit_color },
	{ "person", "Person", COLUMN_SHRINK, NULL, NULL },
	{ "server", "Server", COLUMN_SHRINK, NULL, NULL },
	{ "title", "Title", COLUMN_SHRINK | COLUMN_ENDS, cell_item, NULL },
	{ "from_server", "From", COLUMN_SHRINK, NULL, NULL },
	{ "result", "Result", COLUMN_SHRINK, NULL, NULL },
	{ "", "Change", COLUMN_BELOW, cell_change, NULL }
};

/* What a person did, as an audit row has it twice: old_..., new_.... */
static const struct {
	const char	*name;
	const char	*title;
} userdata_fields[] = {
	{ "played", "played" },
	{ "position", "position" },
	{ "play_count", "count" },
	{ "last_played", "last played" },
	{ "favorite", "favorite" }
};

static const struct column held_columns[] = {
	{ "server", "Server", COLUMN_SHRINK, NULL, NULL },
	{ "person", "Person", COLUMN_SHRINK, NULL, NULL },
	{ "title", "Title", COLUMN_SHRINK | COLUMN_ENDS, cell_item, NULL },
	{ "since", "Since", 0, NULL, NULL },
	{ "", "Change", COLUMN_BELOW, cell_change, NULL }
};

static const struct column write_columns[] = {
	{ "server", "Server", COLUMN_SHRINK, NULL, NULL },
	{ "person", "Person", COLUMN_SHRINK, NULL, NULL },
	{ "title", "Title", COLUMN_SHRINK | COLUMN_ENDS, cell_item, NULL },
	{ "from_server", "From", COLUMN_SHRINK, NULL, NULL },
	{ "state", "State", 0, NULL, write_color },
	{ "tries", "Tries", COLUMN_SHRINK, cell_tries, NULL },
	{ "", "Change", COLUMN_BELOW, cell_change, NULL }
};

static const struct column plan_columns[] = {
	{ "server", "Server", COLUMN_SHRINK, NULL, NULL },
	{ "person", "Person", COLUMN_SHRINK, NULL, NULL },
	{ "title", "Title", COLUMN_SHRINK | COLUMN_ENDS, cell_item, NULL },
	{ "from_server", "From", COLUMN_SHRINK, NULL, NULL },
	{ "", "Change", COLUMN_BELOW, cell_change, NULL }
};

#define LENGTH(array)	(sizeof(array) / sizeof((array)[0]))

void
audit_print(struct output *output)
{
	if (!print_changes(output, "audit", audit_columns,
	    LENGTH(audit_columns)))
		screen_say(&output->screen, "nothing was written or lost");
}

void
conflicts_print(struct output *output)
{
	if (!print_changes(output, "conflict", audit_columns,
	    LENGTH(audit_columns)))
		screen_say(&output->screen, "nothing was lost");
}

void
held_print(struct output *output)
{
	if (!print_changes(output, "held", held_columns,
	    LENGTH(held_columns))) {
		screen_say(&output->screen, "nothing is held");
		return;
	}
	putc('\n', output->screen.file);
	screen_paragraph(&output->screen, 2, "", "These take something back, "
	    "and there are more of them within an hour than people do by "
	    "hand: a restored backup, an emptied user? \"discard\" gives the "
	    "server back what is agreed; \"approve\" lets them travel to "
	    "all servers.");
}

void
writes_print(struct output *output)
{
	if (!print_changes(output, "write", write_columns,
	    LENGTH(write_columns)))
		screen_say(&output->screen, "nothing is owed");
}

void
plan_print(struct output *output)
{
	const struct row *row = NULL;
	int64_t n = 0;

	if (!print_changes(output, "write", plan_columns,
	    LENGTH(plan_columns))) {
		screen_say(&output->screen, "nothing would be written");
		return;
	}
	while ((row = rows_next(&output->rows, row, "write")) != NULL)
		n++;
	putc('\n', output->screen.file);
	screen_say(&output->screen, "%" PRId64 " %s would be made; nothing "
	    "was written", n, n == 1 ? "write" : "writes");
}

void
decision_print(struct output *output)
{
	const struct row *row;
	char decision[CELL_SIZE];
	int64_t n;

	if ((row = rows_next(&output->rows, NULL, "decision")) == NULL)
		return;
	safe_string(row, "decision", decision);
	n = row_integer(row, "changes");
	if (n == 0)
		screen_say(&output->screen, "nothing to be %s", decision);
	else
		screen_say(&output->screen, "%" PRId64 " %s %s", n,
		    n == 1 ? "change was" : "changes were", decision);
}

/* What is wrong, or only looks so; then what has changed. */
void
reload_print(struct output *output)
{
	const struct row *row = NULL;
	char text[CELL_SIZE];

	while ((row = rows_next(&output->rows, row, "problem")) != NULL) {
		safe_string(row, "message", text);
		screen_say(&output->screen, "%s", text);
	}
	if ((row = rows_next(&output->rows, NULL, "reload")) == NULL)
		return;
	safe_string(row, "text", text);
	screen_say(&output->screen, "configuration reloaded: %s", text);
}

/* False if there is no row of that kind. */
static bool
print_changes(struct output *output, const char *kind,
    const struct column *columns, size_t n_columns)
{
	const struct row *row;
	struct table *table;

	if ((row = rows_next(&output->rows, NULL, kind)) == NULL)
		return false;
	table = table_new(&output->screen, columns, n_columns);
	for (; row != NULL; row = rows_next(&output->rows, row, kind))
		table_add(table, row);
	table_print(table);
	table_free(table);
	return true;
}

/* How often it was tried, and when it will be again. */
static void
cell_tries(const struct cell *cell, char *dst, size_t size)
{
	int64_t tries = row_integer(cell->row, "tries");
	int64_t next = row_integer(cell->row, "next_try");
	char length[48];

	screen_format(dst, size, "%" PRId64, tries);
	if (next <= cell->now)
		return;
	screen_length(length, sizeof(length), text_between(cell->now, next));
	screen_append(dst, size, ", again in %s", length);
}

static enum color
write_color(const struct row *row)
{
	return strcmp(row_string(row, "state"), "owed") == 0 ? COLOR_NONE :
	    COLOR_WARNING;
}

void
cell_change(const struct cell *cell, char *dst, size_t size)
{
	size_t i;

	*dst = '\0';
	for (i = 0; i < LENGTH(userdata_fields); i++)
		add_change(cell->row, userdata_fields[i].name,
		    userdata_fields[i].title, dst);
	if (*dst == '\0')
		screen_format(dst, size, "nothing changed");
}

/* "played no -> yes", if it did change; added to a buffer of CELL_SIZE. */
static void
add_change(const struct row *row, const char *name, const char *title,
    char *dst)
{
	struct cell old_cell = { row, NULL, 0 }, new_cell = { row, NULL, 0 };
	const struct value *value;
	cell_format *format = cell_value;
	char old_name[ROW_NAME_SIZE], new_name[ROW_NAME_SIZE];
	char old_text[CELL_SIZE] = "", new_text[CELL_SIZE] = "";

	screen_format(old_name, sizeof(old_name), "old_%s", name);
	screen_format(new_name, sizeof(new_name), "new_%s", name);
	old_cell.name = old_name;
	new_cell.name = new_name;
	value = row_value(row, new_name);
	if (value != NULL && value->type == VALUE_TIME)
		format = cell_date;
	format(&old_cell, old_text, sizeof(old_text));
	format(&new_cell, new_text, sizeof(new_text));
	if (row_integer(row, old_name) == row_integer(row, new_name) &&
	    strcmp(old_text, new_text) == 0)
		return;
	screen_append(dst, CELL_SIZE, "%s%s %s -> %s",
	    *dst == '\0' ? "" : ", ", title, old_text, new_text);
}

static enum color
audit_color(const struct row *row)
{
	return strcmp(row_string(row, "kind"), "write") != 0 ?
	    COLOR_WARNING : COLOR_NONE;
}
