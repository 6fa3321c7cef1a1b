/*
 * What jellyporterctl makes of an answer, whatever rows an engine sends.  The
 * first three bytes are the command, how it is printed (j: JSON, t: text,
 * l: text that is drawn again) and the width; each line after them is a row:
 * its kind, then values as |tname=text, |nname=number ... by type.  What is
 * printed is UTF-8 that steers no terminal; JSON is JSON.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "fuzz.h"
#include "output.h"
#include "text.h"

#define NOW		INT64_C(1772388249)
#define ROWS_MAX	64

/* By value type; none is any other. */
static const char types[VALUE_TYPE_COUNT + 1] = "0tnbTks";

static void	value(struct message_row *, char *);
static void	send_line(struct output *, char *);
static void	check_json(char *);
static void	check_safe(const char *, bool);

static void
value(struct message_row *row, char *field)
{
	char name[ROW_NAME_SIZE];
	const char *type;
	char *text;

	if (strchr("=", *field) != NULL || row->n_values == ROW_VALUES_MAX)
		return;
	if ((text = strchr(field, '=')) != NULL)
		*text++ = '\0';
	(void)text_copy(name, sizeof(name), field + 1);
	type = strchr(types, *field);
	if (type == NULL || *type == '0' || text == NULL)
		row_none(row, name);
	else if (*type == 't')
		row_text(row, name, text);
	else
		row_number(row, name, (enum value_type)(type - types),
		    strtoll(text, NULL, 10));
}

static void
send_line(struct output *output, char *line)
{
	static struct message_row row;
	char kind[ROW_NAME_SIZE], *field;

	field = strsep(&line, "|");
	(void)text_copy(kind, sizeof(kind), field);
	row_begin(&row, kind);
	while ((field = strsep(&line, "|")) != NULL)
		value(&row, field);
	CHECK(output_row(output, &row) == 0);
}

/* Every line an object. */
static void
check_json(char *printed)
{
	struct json_object *object;
	char *line;

	while ((line = strsep(&printed, "\n")) != NULL && *line != '\0') {
		object = json_tokener_parse(line);
		CHECK(json_object_is_type(object, json_type_object));
		json_object_put(object);
	}
	CHECK(line != NULL && printed == NULL);
}

/* Only what is drawn again steers the terminal, and that in ASCII. */
static void
check_safe(const char *printed, bool live)
{
	char *copy = strdup(printed), *safe;
	size_t size = strlen(printed) + 1, i;

	if (copy == NULL || (safe = malloc(size)) == NULL)
		err(1, NULL);
	for (i = 0; copy[i] != '\0'; i++) {
		if (copy[i] == '\n' || (live && (copy[i] == '\033' ||
		    copy[i] == '\r')))
			copy[i] = ' ';
	}
	CHECK(text_is_utf8(copy, size - 1));
	CHECK(text_safe(safe, size, copy) == 0);
	CHECK(strcmp(copy, safe) == 0);
	free(copy);
	free(safe);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct message_command_result results[] = {
		{ false, false, "" },
		{ true, false, "not every server was synced" }
	};
	struct screen screen;
	struct output output;
	char *printed, *text, *rest, *line;
	size_t printed_size, n = 0;
	bool json, live;

	if (size < 4 || size > 65536 || data[0] < 'a' ||
	    data[0] >= 'a' + COMMAND_COUNT)
		return 0;
	json = data[1] == 'j';
	live = data[1] == 'l';
	memset(&screen, 0, sizeof(screen));
	if ((screen.file = open_memstream(&printed, &printed_size)) == NULL)
		err(1, NULL);
	screen.width = data[2] >= '0' ? (size_t)(data[2] - '0') * 4 : 0;
	screen.height = 24;
	screen.now = NOW;
	screen.live = live;
	output_init(&output, json ? &output_json : &output_text,
	    (enum command)(data[0] - 'a'), &screen);
	rest = text = fuzz_string(data + 4, size - 4);
	while ((line = strsep(&rest, "\n")) != NULL && n++ < ROWS_MAX) {
		if (*line != '\0')
			send_line(&output, line);
	}
	CHECK(output_end(&output, &results[n % 2]) == 0);
	output_clear(&output);
	if (fclose(screen.file) != 0)
		err(1, NULL);
	check_safe(printed, live);
	if (json)
		check_json(printed);
	free(text);
	free(printed);
	return 0;
}
