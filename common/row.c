/*
 * Rows for jellyporterctl: composing them a value at a time, and how they
 * travel.  More values than fit, or a name too long, is a bug and fatal; texts
 * are foreign and are cut.
 */
#include <string.h>

#include "log.h"
#include "message.h"
#include "text.h"
#include "wire.h"

static struct row_value	*row_add(struct message_row *, const char *,
			    enum value_type);
static size_t		 cut_of(const struct message_row *, size_t);

static struct row_value *
row_add(struct message_row *row, const char *name, enum value_type type)
{
	struct row_value *v;

	if (row->n_values >= ROW_VALUES_MAX)
		fatalx("row %s: too many values", row->kind);
	v = &row->values[row->n_values++];
	if (strlcpy(v->name, name, sizeof(v->name)) >= sizeof(v->name))
		fatalx("row %s: %s is too long a name", row->kind, name);
	v->type = type;
	v->number = 0;
	v->text[0] = '\0';
	return v;
}

void
row_begin(struct message_row *row, const char *kind)
{
	row->n_values = 0;
	if (strlcpy(row->kind, kind, sizeof(row->kind)) >= sizeof(row->kind))
		fatalx("row %s: too long a name", kind);
}

/* NULL is a null. */
void
row_text(struct message_row *row, const char *name, const char *text)
{
	struct row_value *v;

	if (text == NULL) {
		row_none(row, name);
		return;
	}
	v = row_add(row, name, VALUE_TEXT);
	(void)text_copy(v->text, sizeof(v->text), text);
}

void
row_number(struct message_row *row, const char *name, enum value_type type,
    int64_t number)
{
	if (type == VALUE_NONE || type == VALUE_TEXT)
		fatalx("row %s: %s is no number", row->kind, name);
	row_add(row, name, type)->number = type == VALUE_BOOL ? number != 0 :
	    number;
}

void
row_none(struct message_row *row, const char *name)
{
	(void)row_add(row, name, VALUE_NONE);
}

const struct row_value *
row_get(const struct message_row *row, const char *name)
{
	uint32_t i;

	for (i = 0; i < row->n_values; i++) {
		if (strcmp(row->values[i].name, name) == 0)
			return &row->values[i];
	}
	return NULL;
}

static void
put_value(struct wire_writer *w, const struct row_value *v, size_t cut)
{
	char text[ROW_TEXT_SIZE];

	wire_put_enum(w, v->type, VALUE_TYPE_COUNT);
	wire_put_text(w, v->name, sizeof(v->name));
	if (v->type == VALUE_TEXT) {
		if (strnlen(v->text, sizeof(v->text)) == sizeof(v->text))
			wire_bug(w, "a text that is too long");
		(void)text_copy(text, cut + 1, v->text);
		wire_put_text(w, text, sizeof(text));
	} else if (v->type != VALUE_NONE)
		wire_put_long(w, v->number, INT64_MIN);
}

static int
get_value(struct ibuf_reader *r, struct row_value *v)
{
	unsigned int type;

	v->number = 0;
	v->text[0] = '\0';
	if (wire_get_enum(r, &type, VALUE_TYPE_COUNT) == -1 ||
	    wire_get_text(r, v->name, sizeof(v->name)) == -1)
		return -1;
	v->type = (enum value_type)type;
	if (v->type == VALUE_NONE)
		return 0;
	if (v->type == VALUE_TEXT)
		return wire_get_text(r, v->text, sizeof(v->text));
	if (wire_get_long(r, &v->number, INT64_MIN) == -1)
		return -1;
	if (v->type == VALUE_BOOL && v->number != 0 && v->number != 1)
		return wire_nonsense();
	return 0;
}

/*
 * 32 long texts are more than a message holds.  The longest are cut, all to
 * the same length, so that the short ones stay whole: to how many bytes?
 */
static size_t
cut_of(const struct message_row *m, size_t room)
{
	size_t lens[ROW_VALUES_MAX], cut = ROW_TEXT_SIZE, fixed, used, i;
	const struct row_value *v;

	fixed = sizeof(uint16_t) + strlen(m->kind) + sizeof(uint32_t);
	for (i = 0; i < m->n_values; i++) {
		v = &m->values[i];
		lens[i] = 0;
		fixed += sizeof(uint8_t) + sizeof(uint16_t) +
		    strnlen(v->name, sizeof(v->name));
		if (v->type == VALUE_TEXT) {
			lens[i] = strnlen(v->text, sizeof(v->text));
			fixed += sizeof(uint16_t);
		} else
			fixed += sizeof(uint64_t);	/* at most */
	}
	do {
		cut--;
		used = fixed;
		for (i = 0; i < m->n_values; i++)
			used += lens[i] < cut ? lens[i] : cut;
	} while (used > room && cut > 0);
	return cut;
}

static void
put_row(struct wire_writer *w, const struct message_row *m)
{
	size_t cut;
	uint32_t i;

	wire_put_text(w, m->kind, sizeof(m->kind));
	wire_put_number(w, m->n_values, 0, ROW_VALUES_MAX);
	cut = cut_of(m, w->imsgbuf->maxsize - IMSG_HEADER_SIZE);
	for (i = 0; i < m->n_values; i++)
		put_value(w, &m->values[i], cut);
}

static int
get_row(struct ibuf_reader *r, struct message_row *m)
{
	uint32_t i;

	if (wire_get_text(r, m->kind, sizeof(m->kind)) == -1 ||
	    wire_get_number(r, &m->n_values, 0, ROW_VALUES_MAX) == -1)
		return -1;
	for (i = 0; i < m->n_values; i++) {
		if (get_value(r, &m->values[i]) == -1)
			return -1;
	}
	return 0;
}

MESSAGE_DEFINE(row, MESSAGE_ROW, message_row);
