/* The views of single items: a work, what is unmatched; and of people. */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "layout.h"
#include "text.h"
#include "text_views.h"

static void	 print_work(struct output *, const struct row *);
static void	 print_work_title(const struct screen *, const struct row *);
static const struct row *next_of_work(const struct row *, const char *);
static void	 add_copies(struct table *, const struct row *, const char *);
static bool	 has_agreed(const struct row *, const char *);
static bool	 same_reason(const struct row *, const struct row *);
static void	 print_reason(struct output *, const struct row *);

static cell_format cell_copy;
static cell_format cell_observed;
static cell_format cell_observed_date;
static cell_format cell_copy_state;
static enum color copy_color(const struct row *);
static enum color found_color(const struct row *);

static const struct column copy_columns[] = {
	{ "person", "Person", COLUMN_SHRINK, NULL, NULL },
	{ "server", "Copy", COLUMN_SHRINK, cell_copy, copy_color },
	{ "played", "Played", 0, cell_observed, copy_color },
	{ "position", "Position", COLUMN_RIGHT, cell_observed, copy_color },
	{ "play_count", "Count", COLUMN_RIGHT, cell_observed, copy_color },
	{ "last_played", "Last played", 0, cell_observed_date, copy_color },
	{ "favorite", "Favorite", 0, cell_observed, copy_color },
	{ "state", "State", COLUMN_SHRINK, cell_copy_state, copy_color },
	{ "runtime", "Runtime", COLUMN_RIGHT | COLUMN_WIDE, NULL, NULL },
	{ "jellyfin_id", "Jellyfin id", COLUMN_WIDE, NULL, NULL }
};

static const struct column unmatched_columns[] = {
	{ "server", "Server", COLUMN_SHRINK, NULL, NULL },
	{ "kind", "Kind", 0, NULL, NULL },
	{ "title", "Title", COLUMN_SHRINK | COLUMN_ENDS, cell_item, NULL },
	{ "ids", "Ids", COLUMN_SHRINK | COLUMN_OPTIONAL, NULL, NULL }
};

static const struct column people_columns[] = {
	{ "person", "Person", COLUMN_SHRINK, NULL, NULL },
	{ "server", "Server", COLUMN_SHRINK, NULL, NULL },
	{ "user", "User", COLUMN_SHRINK, NULL, NULL },
	{ "direction", "Direction", COLUMN_WIDE, NULL, NULL },
	{ "found", "Found", 0, NULL, found_color },
	{ "copies", "Copies", COLUMN_RIGHT, NULL, NULL },
	{ "owed", "Owed", COLUMN_RIGHT, NULL, NULL },
	{ "parked", "Parked", COLUMN_RIGHT | COLUMN_WIDE, NULL, NULL },
	{ "held", "Held", COLUMN_RIGHT, NULL, NULL }
};

#define LENGTH(array)	(sizeof(array) / sizeof((array)[0]))

void
item_print(struct output *output)
{
	const struct row *work = NULL;
	bool any = false;

	while ((work = rows_next(&output->rows, work, "work")) != NULL) {
		if (any)
			putc('\n', output->screen.file);
		print_work(output, work);
		any = true;
	}
	if (!any)
		screen_say(&output->screen, "no work has that title");
}

/* Each person's agreed, and under it the copies that should show it. */
static void
print_work(struct output *output, const struct row *work)
{
	const struct row *row = work;
	struct table *table;

	print_work_title(&output->screen, work);
	table = table_new(&output->screen, copy_columns, LENGTH(copy_columns));
	while ((row = next_of_work(row, "agreed")) != NULL) {
		table_add(table, row);
		add_copies(table, work, row_string(row, "person"));
	}
	add_copies(table, work, NULL);
	table_print(table);
	table_free(table);
}

static void
print_work_title(const struct screen *screen, const struct row *work)
{
	struct cell cell = { work, "title", screen->now };
	char text[2 * CELL_SIZE] = "", kind[CELL_SIZE];

	cell_item(&cell, text, CELL_SIZE);
	safe_string(work, "kind", kind);
	screen_append(text, sizeof(text), ", %s", kind);
	screen_color(screen, COLOR_TITLE);
	screen_paragraph(screen, 2, "", text);
	screen_color(screen, COLOR_NONE);
}

/* The next row of a kind that belongs to the same work. */
static const struct row *
next_of_work(const struct row *row, const char *kind)
{
	while ((row = TAILQ_NEXT(row, entry)) != NULL) {
		if (row_is(row, "work"))
			return NULL;
		if (row_is(row, kind))
			return row;
	}
	return NULL;
}

/* A person's copies; for NULL those of persons who have nothing agreed. */
static void
add_copies(struct table *table, const struct row *work, const char *person)
{
	const struct row *copy = work;
	const char *whose;

	while ((copy = next_of_work(copy, "copy")) != NULL) {
		whose = row_string(copy, "person");
		if (person == NULL ? !has_agreed(work, whose) :
		    strcmp(whose, person) == 0)
			table_add(table, copy);
	}
}

static bool
has_agreed(const struct row *work, const char *person)
{
	const struct row *row = work;

	while ((row = next_of_work(row, "agreed")) != NULL) {
		if (strcmp(row_string(row, "person"), person) == 0)
			return true;
	}
	return false;
}

static void
cell_copy(const struct cell *cell, char *dst, size_t size)
{
	char user[CELL_SIZE];

	if (row_is(cell->row, "agreed")) {
		screen_format(dst, size, "agreed");
		return;
	}
	cell_value(cell, dst, size);
	safe_string(cell->row, "user", user);
	if (*user != '\0' &&
	    strcmp(row_string(cell->row, "person"), user) != 0) {
		if (strlen(dst) + strlen(user) + 4 < size)
			screen_append(dst, size, " (%s)", user);
	}
}

/* A copy that was never heard has values of which nothing is known. */
static void
cell_observed(const struct cell *cell, char *dst, size_t size)
{
	if (row_is(cell->row, "copy") && row_integer(cell->row, "known") == 0)
		screen_format(dst, size, "-");
	else
		cell_value(cell, dst, size);
}

static void
cell_observed_date(const struct cell *cell, char *dst, size_t size)
{
	if (row_is(cell->row, "copy") && row_integer(cell->row, "known") == 0)
		screen_format(dst, size, "-");
	else
		cell_date(cell, dst, size);
}

static void
cell_copy_state(const struct cell *cell, char *dst, size_t size)
{
	char server[CELL_SIZE];

	if (!row_is(cell->row, "agreed")) {
		cell_value(cell, dst, size);
		return;
	}
	safe_string(cell->row, "from_server", server);
	if (*server != '\0' && strlen(server) + 6 < size)
		screen_format(dst, size, "from %s", server);
}

static enum color
copy_color(const struct row *row)
{
	if (row_is(row, "agreed"))
		return COLOR_TITLE;
	return strcmp(row_string(row, "state"), "in step") == 0 ? COLOR_NONE :
	    COLOR_WARNING;
}

void
people_print(struct output *output)
{
	const struct row *row = NULL;
	struct table *table;

	table = table_new(&output->screen, people_columns,
	    LENGTH(people_columns));
	while ((row = rows_next(&output->rows, row, "endpoint")) != NULL)
		table_add(table, row);
	table_print(table);
	table_free(table);
}

static enum color
found_color(const struct row *row)
{
	return row_integer(row, "found") != 0 ? COLOR_NONE : COLOR_BAD;
}

/* Items are shown by reason, so that each remedy is read only once. */
void
unmatched_print(struct output *output)
{
	const struct row *row = NULL, **firsts = NULL;
	size_t i, n = 0;

	while ((row = rows_next(&output->rows, row, "unmatched")) != NULL) {
		for (i = 0; i < n && !same_reason(firsts[i], row); i++)
			continue;
		if (i < n)
			continue;
		firsts = reallocarray(firsts, n + 1, sizeof(firsts[0]));
		if (firsts == NULL)
			err(1, NULL);
		firsts[n++] = row;
	}
	for (i = 0; i < n; i++) {
		if (i > 0)
			putc('\n', output->screen.file);
		print_reason(output, firsts[i]);
	}
	if (n == 0)
		screen_say(&output->screen, "nothing is unmatched");
	free(firsts);
}

static bool
same_reason(const struct row *a, const struct row *b)
{
	return strcmp(row_string(a, "reason"), row_string(b, "reason")) == 0 &&
	    strcmp(row_string(a, "remedy"), row_string(b, "remedy")) == 0;
}

static void
print_reason(struct output *output, const struct row *first)
{
	const struct screen *screen = &output->screen;
	const struct row *row;
	struct table *table;
	char reason[CELL_SIZE], remedy[CELL_SIZE], line[2 * CELL_SIZE];
	size_t n = 0;

	table = table_new(screen, unmatched_columns,
	    LENGTH(unmatched_columns));
	for (row = first; row != NULL;
	    row = rows_next(&output->rows, row, "unmatched")) {
		if (!same_reason(row, first))
			continue;
		table_add(table, row);
		n++;
	}
	safe_string(first, "reason", reason);
	safe_string(first, "remedy", remedy);
	screen_format(line, sizeof(line), "%s (%zu)", reason, n);
	screen_color(screen, COLOR_WARNING);
	screen_paragraph(screen, 2, "", line);
	screen_color(screen, COLOR_NONE);
	if (*remedy != '\0')
		screen_paragraph(screen, 2, "  ", remedy);
	table_print(table);
	table_free(table);
}
