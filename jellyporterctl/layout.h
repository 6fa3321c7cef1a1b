/* Tables of rows: columns, and how they fit on a screen. */
#ifndef JELLYPORTERCTL_LAYOUT_H
#define JELLYPORTERCTL_LAYOUT_H

#include "rows.h"
#include "screen.h"

#define COLUMNS_MAX	16

enum column_flag {
	COLUMN_RIGHT	= 1 << 0,	/* numbers */
	COLUMN_SHRINK	= 1 << 1,	/* may be cut on a narrow terminal */
	COLUMN_WIDE	= 1 << 2,	/* left out where it does not fit */
	COLUMN_BELOW	= 1 << 3,	/* on a terminal: under its row */
	COLUMN_OPTIONAL	= 1 << 4,	/* left out while all are empty */
	COLUMN_ENDS	= 1 << 5	/* cut before the last word, not in it */
};

struct cell {
	const struct row	*row;
	const char		*name;	/* of the column's value */
	int64_t			 now;
};

/* Fills in a cell of CELL_SIZE bytes; what it prints must be safe. */
typedef void	 cell_format(const struct cell *, char *, size_t);

struct column {
	const char	*name;		/* the value's, as in the JSON */
	const char	*title;		/* "" for no title */
	unsigned int	 flags;
	cell_format	*format;	/* NULL: by the value's type */
	enum color	(*color)(const struct row *);	/* NULL: none */
};

struct table;

/* Exits when memory is out.  Rows must live as long as the table. */
struct table	*table_new(const struct screen *, const struct column *,
		    size_t n_columns);
void		 table_add(struct table *, const struct row *);
void		 table_print(struct table *);
void		 table_free(struct table *);

/* Formats for columns: by type, and others that several tables need. */
cell_format	 cell_value;		/* a time as "3 min ago" */
cell_format	 cell_date;		/* a time as a local date */
cell_format	 cell_item;		/* title, episode or year of a row */
cell_format	 cell_milliseconds;

/* A text of a row, safe, into a buffer of CELL_SIZE. */
void		 safe_string(const struct row *, const char *name, char *);

#endif
