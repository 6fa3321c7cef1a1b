/* Rows of an answer, kept in no more memory than they need. */
#ifndef COMMON_ROWS_H
#define COMMON_ROWS_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message.h"

struct value {
	enum value_type	 type;
	const char	*name;
	const char	*text;		/* "" unless VALUE_TEXT */
	int64_t		 number;
};

struct row {
	TAILQ_ENTRY(row)	 entry;
	const char		*kind;
	size_t			 n_values;
	struct value		 values[];
};

TAILQ_HEAD(rows, row);

/* A copy, of one block that free() frees.  Fatal when memory is out. */
struct row	*row_keep(const struct message_row *);
void		 rows_free(struct rows *);

/* Of a kind: the next one after a row, or the first after NULL. */
const struct row *rows_next(const struct rows *, const struct row *,
		    const char *kind);
bool		 row_is(const struct row *, const char *kind);

/* The value of a name, or NULL. */
const struct value *row_value(const struct row *, const char *name);
/* "" or 0 where there is no such value. */
const char	*row_string(const struct row *, const char *name);
int64_t		 row_integer(const struct row *, const char *name);

#endif
