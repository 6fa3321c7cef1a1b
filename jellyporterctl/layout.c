/*
 * Tables: rows become cells of text, columns get as wide as their cells, and
 * then as narrow as the terminal asks for.
 */
#include <err.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "layout.h"
#include "text.h"

#define GAP		2	/* spaces between columns */
#define COMFORTABLE	16	/* what a column is cut down to */
#define NARROWEST	8	/* the same where there is no other way */
#define BELOW		"    "	/* before what stands under a row */

struct table {
	const struct screen	 *screen;
	const struct column	 *columns;
	size_t			  n_columns;
	size_t			  wanted[COLUMNS_MAX];
	size_t			  widths[COLUMNS_MAX];
	bool			  shown[COLUMNS_MAX];
	bool			  is_list;	/* it is too wide for columns */
	size_t			  spaces;	/* due before the next text */
	char			**cells;	/* n_columns for each row */
	const struct row	**rows;
	size_t			  n_rows;
	size_t			  room;		/* rows that fit */
};

static void	 grow(struct table *);
static void	 measure(struct table *);
static size_t	 total_width(const struct table *);
static void	 fit(struct table *);
static bool	 shrink(struct table *, size_t);
static void	 print_list(const struct table *);
static void	 print_titles(struct table *);
static void	 print_row(struct table *, size_t);
static void	 print_cell(struct table *, size_t, const char *,
		    enum color);
static void	 cut_cell(char *, const char *, size_t, bool);
static void	 print_below(const struct table *, size_t);

static int64_t	 number_or_unknown(const struct row *, const char *);
static void	 value_none(const struct cell *, const struct value *, char *,
		    size_t);
static void	 value_text(const struct cell *, const struct value *, char *,
		    size_t);
static void	 value_number(const struct cell *, const struct value *,
		    char *, size_t);
static void	 value_bool(const struct cell *, const struct value *, char *,
		    size_t);
static void	 value_time(const struct cell *, const struct value *, char *,
		    size_t);
static void	 value_ticks(const struct cell *, const struct value *, char *,
		    size_t);
static void	 value_seconds(const struct cell *, const struct value *,
		    char *, size_t);

static void	(*const value_formats[VALUE_TYPE_COUNT])(const struct cell *,
		    const struct value *, char *, size_t) = {
	[VALUE_NONE] = value_none,
	[VALUE_TEXT] = value_text,
	[VALUE_NUMBER] = value_number,
	[VALUE_BOOL] = value_bool,
	[VALUE_TIME] = value_time,
	[VALUE_TICKS] = value_ticks,
	[VALUE_SECONDS] = value_seconds
};

struct table *
table_new(const struct screen *screen, const struct column *columns,
    size_t n_columns)
{
	struct table *table;

	if (n_columns > COLUMNS_MAX)
		errx(1, "a table of %zu columns", n_columns);
	if ((table = calloc(1, sizeof(*table))) == NULL)
		err(1, NULL);
	table->screen = screen;
	table->columns = columns;
	table->n_columns = n_columns;
	return table;
}

void
table_free(struct table *table)
{
	size_t i;

	if (table == NULL)
		return;
	for (i = 0; i < table->n_rows * table->n_columns; i++)
		free(table->cells[i]);
	free(table->cells);
	free(table->rows);
	free(table);
}

void
table_add(struct table *table, const struct row *row)
{
	struct cell cell = { row, NULL, table->screen->now };
	const struct column *column;
	char text[CELL_SIZE], **cells;
	size_t i;

	if (table->n_rows == table->room)
		grow(table);
	cells = &table->cells[table->n_rows * table->n_columns];
	for (i = 0; i < table->n_columns; i++) {
		column = &table->columns[i];
		cell.name = column->name;
		text[0] = '\0';
		if (column->format != NULL)
			column->format(&cell, text, sizeof(text));
		else
			cell_value(&cell, text, sizeof(text));
		if ((cells[i] = strdup(text)) == NULL)
			err(1, NULL);
	}
	table->rows[table->n_rows++] = row;
}

static void
grow(struct table *table)
{
	table->room = table->room == 0 ? 16 : 2 * table->room;
	table->cells = reallocarray(table->cells,
	    table->room * table->n_columns, sizeof(table->cells[0]));
	table->rows = reallocarray(table->rows, table->room,
	    sizeof(table->rows[0]));
	if (table->cells == NULL || table->rows == NULL)
		err(1, NULL);
}

void
table_print(struct table *table)
{
	size_t i;

	measure(table);
	if (table->screen->width != 0)
		fit(table);
	if (table->is_list) {
		print_list(table);
		return;
	}
	print_titles(table);
	for (i = 0; i < table->n_rows; i++) {
		print_row(table, i);
		if (table->screen->width != 0)
			print_below(table, i);
	}
}

/* How wide the columns want to be, and which there are at all. */
static void
measure(struct table *table)
{
	const struct column *column;
	size_t i, row, width;
	bool empty;

	for (i = 0; i < table->n_columns; i++) {
		column = &table->columns[i];
		table->wanted[i] = text_columns(column->title);
		empty = true;
		for (row = 0; row < table->n_rows; row++) {
			width = text_columns(
			    table->cells[row * table->n_columns + i]);
			if (width > 0)
				empty = false;
			if (width > table->wanted[i])
				table->wanted[i] = width;
		}
		table->shown[i] = true;
		if (empty && column->flags & COLUMN_OPTIONAL)
			table->shown[i] = false;
		if (table->screen->width != 0 && column->flags & COLUMN_BELOW)
			table->shown[i] = false;
	}
	memcpy(table->widths, table->wanted, sizeof(table->widths));
}

static size_t
total_width(const struct table *table)
{
	size_t i, total = 0;

	for (i = 0; i < table->n_columns; i++) {
		if (table->shown[i])
			total += table->widths[i] + (total == 0 ? 0 : GAP);
	}
	return total;
}

/*
 * What must be there is cut, but not by much; then columns are left out, the
 * last first; and only then it is cut to what can hardly be read.
 */
static void
fit(struct table *table)
{
	size_t i;

	if (shrink(table, COMFORTABLE))
		return;
	for (i = table->n_columns; i-- > 0;) {
		if (!table->shown[i] ||
		    !(table->columns[i].flags & COLUMN_WIDE))
			continue;
		table->shown[i] = false;
		if (shrink(table, COMFORTABLE))
			return;
	}
	table->is_list = !shrink(table, NARROWEST);
}

/*
 * From the widths that the columns want, takes one off the widest again and
 * again: long titles pay first.  False if that is not enough.
 */
static bool
shrink(struct table *table, size_t narrowest)
{
	size_t i, widest;

	memcpy(table->widths, table->wanted, sizeof(table->widths));
	while (total_width(table) > table->screen->width) {
		widest = table->n_columns;
		for (i = 0; i < table->n_columns; i++) {
			if (!table->shown[i] ||
			    !(table->columns[i].flags & COLUMN_SHRINK) ||
			    table->widths[i] <= narrowest)
				continue;
			if (widest == table->n_columns ||
			    table->widths[i] > table->widths[widest])
				widest = i;
		}
		if (widest == table->n_columns)
			return false;
		table->widths[widest]--;
	}
	return true;
}

/* No table fits: each row is a few lines of titles and values. */
static void
print_list(const struct table *table)
{
	const struct column *column;
	const char *text;
	char title[CELL_SIZE];
	size_t i, row;

	for (row = 0; row < table->n_rows; row++) {
		if (row > 0)
			putc('\n', table->screen->file);
		for (i = 0; i < table->n_columns; i++) {
			column = &table->columns[i];
			text = table->cells[row * table->n_columns + i];
			if (*text == '\0')
				continue;
			screen_format(title, sizeof(title), "%s:",
			    column->title);
			screen_paragraph(table->screen, strlen(BELOW), title,
			    text);
		}
	}
}

static void
print_titles(struct table *table)
{
	size_t i;

	table->spaces = 0;
	for (i = 0; i < table->n_columns; i++)
		print_cell(table, i, table->columns[i].title, COLOR_TITLE);
	putc('\n', table->screen->file);
}

static void
print_row(struct table *table, size_t row)
{
	const struct column *column;
	size_t i;

	table->spaces = 0;
	for (i = 0; i < table->n_columns; i++) {
		column = &table->columns[i];
		print_cell(table, i, table->cells[row * table->n_columns + i],
		    column->color == NULL ? COLOR_NONE :
		    column->color(table->rows[row]));
	}
	putc('\n', table->screen->file);
}

/*
 * "The Last Letter... S01E02": which episode it is tells more than the end of
 * its title, if there is room for some of that as well.
 */
static void
cut_cell(char *dst, const char *text, size_t columns, bool ends)
{
	const char *last = strrchr(text, ' ');
	size_t end;

	if (ends && last != NULL && text_columns(text) > columns &&
	    (end = text_columns(last)) + NARROWEST <= columns) {
		screen_cut(dst, CELL_SIZE, text, columns - end);
		screen_append(dst, CELL_SIZE, "%s", last);
	} else
		screen_cut(dst, CELL_SIZE, text, columns);
}

/* Spaces wait for the text they lead to, so that no line ends in them. */
static void
print_cell(struct table *table, size_t i, const char *text, enum color color)
{
	char cut[CELL_SIZE];
	size_t columns, padding = 0;

	if (!table->shown[i])
		return;
	cut_cell(cut, text, table->widths[i],
	    table->columns[i].flags & COLUMN_ENDS);
	columns = text_columns(cut);
	if (columns < table->widths[i])
		padding = table->widths[i] - columns;
	if (columns == 0 || table->columns[i].flags & COLUMN_RIGHT) {
		table->spaces += padding;
		padding = 0;
	}
	if (columns > 0) {
		screen_spaces(table->screen, table->spaces);
		table->spaces = 0;
		screen_text(table->screen, cut, color);
	}
	table->spaces += padding + GAP;
}

static void
print_below(const struct table *table, size_t row)
{
	const char *text;
	size_t i;

	for (i = 0; i < table->n_columns; i++) {
		text = table->cells[row * table->n_columns + i];
		if (!(table->columns[i].flags & COLUMN_BELOW) || *text == '\0')
			continue;
		screen_paragraph(table->screen, strlen(BELOW), BELOW, text);
	}
}

void
cell_value(const struct cell *cell, char *dst, size_t size)
{
	const struct value *value;

	if ((value = row_value(cell->row, cell->name)) != NULL)
		value_formats[value->type](cell, value, dst, size);
}

static void
value_none(const struct cell *cell, const struct value *value, char *dst,
    size_t size)
{
	(void)cell;
	(void)value;
	screen_format(dst, size, "-");
}

/* Whatever a server or a file name says, it does not steer the terminal. */
static void
value_text(const struct cell *cell, const struct value *value, char *dst,
    size_t size)
{
	(void)cell;
	if (text_safe(dst, size, value->text) != 0)
		errx(1, "a text of more than %zu bytes", size);
}

static void
value_number(const struct cell *cell, const struct value *value, char *dst,
    size_t size)
{
	(void)cell;
	screen_format(dst, size, "%" PRId64, value->number);
}

static void
value_bool(const struct cell *cell, const struct value *value, char *dst,
    size_t size)
{
	(void)cell;
	screen_format(dst, size, "%s", value->number != 0 ? "yes" : "no");
}

static void
value_time(const struct cell *cell, const struct value *value, char *dst,
    size_t size)
{
	if (value->number == 0)
		screen_format(dst, size, "never");
	else
		screen_when(dst, size, value->number, cell->now);
}

static void
value_ticks(const struct cell *cell, const struct value *value, char *dst,
    size_t size)
{
	(void)cell;
	text_ticks(dst, size, value->number);
}

static void
value_seconds(const struct cell *cell, const struct value *value, char *dst,
    size_t size)
{
	(void)cell;
	screen_length(dst, size, value->number);
}

void
cell_date(const struct cell *cell, char *dst, size_t size)
{
	screen_date(dst, size, row_integer(cell->row, cell->name));
}

/* "The Bear S02E07", "Heat (1995)". */
void
cell_item(const struct cell *cell, char *dst, size_t size)
{
	int64_t season, episode, year;

	cell_value(cell, dst, size);
	season = number_or_unknown(cell->row, "season");
	episode = number_or_unknown(cell->row, "episode");
	year = number_or_unknown(cell->row, "year");
	if (season >= 0 && episode >= 0)
		screen_append(dst, size, " S%02" PRId64 "E%02" PRId64, season,
		    episode);
	else if (year > 0)
		screen_append(dst, size, " (%" PRId64 ")", year);
}

static int64_t
number_or_unknown(const struct row *row, const char *name)
{
	const struct value *value = row_value(row, name);

	return value == NULL || value->type != VALUE_NUMBER ? NUMBER_UNKNOWN :
	    value->number;
}

void
cell_milliseconds(const struct cell *cell, char *dst, size_t size)
{
	int64_t ms = row_integer(cell->row, cell->name);

	if (ms < 60000)
		screen_format(dst, size, "%" PRId64 ".%" PRId64 " s",
		    ms / 1000, ms % 1000 / 100);
	else
		screen_length(dst, size, ms / 1000);
}

void
safe_string(const struct row *row, const char *name, char *dst)
{
	struct cell cell = { row, name, 0 };

	*dst = '\0';
	cell_value(&cell, dst, CELL_SIZE);
}
