/*
 * Rows of an answer.  As a message a row takes 34 KiB, and there may be as
 * many of them as there are unmatched items, so what is kept is packed.
 */
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "rows.h"

static const char	*pack(char **, const char *);

struct row *
row_keep(const struct message_row *message)
{
	const struct row_value *from;
	struct row *row;
	struct value *to;
	char *strings;
	size_t i, size;

	size = strlen(message->kind) + 1;
	for (i = 0; i < message->n_values; i++) {
		size += strlen(message->values[i].name) + 1;
		if (message->values[i].type == VALUE_TEXT)
			size += strlen(message->values[i].text) + 1;
	}
	row = malloc(sizeof(*row) + message->n_values * sizeof(row->values[0])
	    + size);
	if (row == NULL)
		fatal("malloc");
	strings = (char *)&row->values[message->n_values];
	row->kind = pack(&strings, message->kind);
	row->n_values = message->n_values;
	for (i = 0; i < message->n_values; i++) {
		from = &message->values[i];
		to = &row->values[i];
		to->type = from->type;
		to->name = pack(&strings, from->name);
		to->text = from->type == VALUE_TEXT ?
		    pack(&strings, from->text) : "";
		to->number = from->type == VALUE_TEXT ? 0 : from->number;
	}
	return row;
}

static const char *
pack(char **to, const char *string)
{
	char *start = *to;
	size_t size = strlen(string) + 1;

	memcpy(start, string, size);
	*to += size;
	return start;
}

void
rows_free(struct rows *rows)
{
	struct row *row;

	while ((row = TAILQ_FIRST(rows)) != NULL) {
		TAILQ_REMOVE(rows, row, entry);
		free(row);
	}
}

const struct row *
rows_next(const struct rows *rows, const struct row *after, const char *kind)
{
	const struct row *row;

	row = after == NULL ? TAILQ_FIRST(rows) : TAILQ_NEXT(after, entry);
	while (row != NULL && !row_is(row, kind))
		row = TAILQ_NEXT(row, entry);
	return row;
}

bool
row_is(const struct row *row, const char *kind)
{
	return strcmp(row->kind, kind) == 0;
}

const struct value *
row_value(const struct row *row, const char *name)
{
	size_t i;

	for (i = 0; i < row->n_values; i++) {
		if (strcmp(row->values[i].name, name) == 0)
			return &row->values[i];
	}
	return NULL;
}

const char *
row_string(const struct row *row, const char *name)
{
	const struct value *value = row_value(row, name);

	return value == NULL ? "" : value->text;
}

int64_t
row_integer(const struct row *row, const char *name)
{
	const struct value *value = row_value(row, name);

	return value == NULL ? 0 : value->number;
}
