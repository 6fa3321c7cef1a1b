/* Answers as JSON; output.h says what it looks like. */
#include <err.h>
#include <string.h>

#include <json-c/json.h>

#include "json_make.h"
#include "json_text.h"
#include "metrics_view.h"
#include "output.h"
#include "parser.h"
#include "text.h"

static void	 json_row(struct output *, const struct message_row *);
static void	 json_end(struct output *,
		    const struct message_command_result *);
static bool	 is_line(const struct message_row *);
static void	 begin(struct output *);
static const char *plural(const char *, char *, size_t);
static struct json_object *array_of(struct json_object *, const char *);
static struct json_object *row_object(const struct message_row *);
static void	 print_line(struct output *, struct json_object *);

static struct json_object *value_null(const struct row_value *);
static struct json_object *value_text(const struct row_value *);
static struct json_object *value_number(const struct row_value *);
static struct json_object *value_bool(const struct row_value *);
static struct json_object *value_time(const struct row_value *);

const struct output_format output_json = { json_row, json_end, true };

static struct json_object *(*const value_objects[VALUE_TYPE_COUNT])(
    const struct row_value *) = {
	[VALUE_NONE] = value_null,
	[VALUE_TEXT] = value_text,
	[VALUE_NUMBER] = value_number,
	[VALUE_BOOL] = value_bool,
	[VALUE_TIME] = value_time,
	[VALUE_TICKS] = value_number,
	[VALUE_SECONDS] = value_number
};

/* The arrays that are there whatever comes. */
static const struct {
	enum command	 command;
	const char	*kind;
} expected[] = {
	{ COMMAND_STATUS, "daemon" },
	{ COMMAND_STATUS, "server" },
	{ COMMAND_STATUS, "person" },
	{ COMMAND_SYNC, "summary" },
	{ COMMAND_SHOW_ITEM, "work" },
	{ COMMAND_SHOW_SERVERS, "server" },
	{ COMMAND_SHOW_UNMATCHED, "unmatched" },
	{ COMMAND_SHOW_AUDIT, "audit" },
	{ COMMAND_SHOW_CONFLICTS, "conflict" },
	{ COMMAND_SHOW_HELD, "held" },
	{ COMMAND_SHOW_PENDING, "write" },
	{ COMMAND_APPROVE, "decision" },
	{ COMMAND_DISCARD, "decision" },
	{ COMMAND_PLAN, "write" },
	{ COMMAND_UNDO, "decision" },
	{ COMMAND_EXPORT, "summary" },
	{ COMMAND_IMPORT, "summary" },
	{ COMMAND_RELOAD, "problem" },
	{ COMMAND_RELOAD, "reload" },
	{ COMMAND_SHOW_PROCESSES, "process" },
	{ COMMAND_SHOW_METRICS, "metric" },
	{ COMMAND_PAUSE, "pause" },
	{ COMMAND_RESUME, "pause" },
	{ COMMAND_CHECK, "check" },
	{ COMMAND_CHECK, "finding" },
	{ COMMAND_SHOW_PEOPLE, "endpoint" },
	{ COMMAND_INIT, "server" },
	{ COMMAND_INIT, "file" }
};

/* Kinds whose plural is not made with an s. */
static const struct {
	const char	*kind;
	const char	*plural;
} plurals[] = {
	{ "agreed", "agreed" },
	{ "held", "held" },
	{ "copy", "copies" },
	{ "process", "processes" },
	{ "summary", "summaries" },
	{ "unmatched", "unmatched" }
};

/* The kinds of rows that are a line as they come. */
static const char *const lines[] = {
	"progress", "event", "missed", "unmatched_line"
};

static void
json_row(struct output *output, const struct message_row *row)
{
	struct json_object *object, *parent;
	char name[ROW_NAME_SIZE + 2];

	begin(output);
	object = row_object(row);
	if (is_line(row)) {
		print_line(output, object);
		json_object_put(object);
		return;
	}
	parent = output->json;
	if (strcmp(row->kind, "work") == 0) {
		output->json_work = object;
		(void)array_of(object, "agreed");
		(void)array_of(object, "copies");
	} else if (output->json_work != NULL)
		parent = output->json_work;
	parent = array_of(parent, plural(row->kind, name, sizeof(name)));
	if (json_object_array_add(parent, object) != 0)
		err(1, NULL);
}

static bool
is_line(const struct message_row *row)
{
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (strcmp(lines[i], row->kind) == 0)
			return true;
	}
	return false;
}

void
output_json_text(struct output *output, const char *name, const char *text)
{
	begin(output);
	json_add(output->json, name, json_made(json_object_new_string(text)));
}

static void
json_end(struct output *output, const struct message_command_result *result)
{
	begin(output);
	if (output->command == COMMAND_SHOW_METRICS)
		metrics_view_json(&output->metrics,
		    array_of(output->json, "metrics"));
	if (result->failed)
		json_add(output->json, "error",
		    json_made(json_object_new_string(result->error)));
	print_line(output, output->json);
}

static void
begin(struct output *output)
{
	char name[ROW_NAME_SIZE + 2];
	size_t i;

	if (output->json != NULL)
		return;
	output->json = json_made(json_object_new_object());
	for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		if (expected[i].command == output->command)
			(void)array_of(output->json,
			    plural(expected[i].kind, name, sizeof(name)));
	}
}

static const char *
plural(const char *kind, char *dst, size_t size)
{
	size_t i;

	for (i = 0; i < sizeof(plurals) / sizeof(plurals[0]); i++) {
		if (strcmp(plurals[i].kind, kind) == 0)
			return plurals[i].plural;
	}
	screen_format(dst, size, "%ss", kind);
	return dst;
}

/*
 * The array of that name in an object, made if there is none: also in the
 * place of a value of that name, which no engine of ours sends.
 */
static struct json_object *
array_of(struct json_object *object, const char *name)
{
	struct json_object *array;

	if (json_object_object_get_ex(object, name, &array) &&
	    json_object_is_type(array, json_type_array))
		return array;
	array = json_made(json_object_new_array());
	json_add(object, name, array);
	return array;
}

static struct json_object *
row_object(const struct message_row *row)
{
	struct json_object *object;
	uint32_t i;

	object = json_made(json_object_new_object());
	for (i = 0; i < row->n_values; i++)
		json_add(object, row->values[i].name,
		    value_objects[row->values[i].type](&row->values[i]));
	return object;
}

static struct json_object *
value_null(const struct row_value *value)
{
	(void)value;
	return NULL;		/* json-c's null */
}

static struct json_object *
value_text(const struct row_value *value)
{
	return json_made(json_object_new_string(value->text));
}

static struct json_object *
value_number(const struct row_value *value)
{
	return json_made(json_object_new_int64(value->number));
}

static struct json_object *
value_bool(const struct row_value *value)
{
	return json_made(json_object_new_boolean(value->number != 0));
}

static struct json_object *
value_time(const struct row_value *value)
{
	char text[TEXT_TIME_SIZE];

	if (value->number == 0)
		return NULL;
	text_time_utc(text, sizeof(text), value->number);
	return json_made(json_object_new_string(text));
}

static void
print_line(struct output *output, struct json_object *object)
{
	json_text_print(output->screen.file, object);
	(void)fflush(output->screen.file);	/* printed() sees an error */
}
