/*
 * Holds what a command prints as JSON against the shape that it is to have.
 *
 *	shape FILE COMMAND <answer	says what is wrong; exit status 1
 *	shape FILE			each field: "COMMAND ARRAY FIELD"
 *
 * A file of shapes says itself what may stand in it.
 */
#include <ctype.h>
#include <err.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "text.h"

#define SHAPES_MAX	100
#define FIELDS_MAX	64	/* of one shape */
#define LINE_SIZE	1024

struct field {
	char	*name;
	char	*type;		/* or the words, or the shape */
	bool	 missing;	/* may be */
	bool	 null;		/* may be */
	bool	 array;
	bool	 one;		/* exactly, in the array */
};

struct shape {
	char		*name;
	bool		 command;
	struct field	 fields[FIELDS_MAX];
	size_t		 n;
	const char	*before;	/* shapes of lines, or "" */
};

static struct shape	shapes[SHAPES_MAX];
static size_t		n_shapes;
static size_t		line_number;	/* of the answer */
static int		wrong;

static void	 check(const struct shape *, struct json_object *,
		    const char *, bool);

static char *
copy_of(const char *text)
{
	char *copy;

	if ((copy = strdup(text)) == NULL)
		err(2, NULL);
	return copy;
}

__attribute__((__format__(printf, 1, 2)))
static char *
text_of(const char *format, ...)
{
	va_list ap;
	char *text;

	va_start(ap, format);
	if (vasprintf(&text, format, ap) == -1)
		err(2, NULL);
	va_end(ap);
	return text;
}

static const struct shape *
find_shape(const char *name, bool command)
{
	size_t i;

	for (i = 0; i < n_shapes; i++) {
		if (shapes[i].command == command &&
		    strcmp(shapes[i].name, name) == 0)
			return &shapes[i];
	}
	errx(2, "there is no %s %s", command ? "command" : "shape", name);
}

/* Cuts an end off a text, if it has that. */
static bool
take_end(char *text, const char *end)
{
	size_t len = strlen(text), n = strlen(end);

	if (len < n || strcmp(text + len - n, end) != 0)
		return false;
	text[len - n] = '\0';
	return true;
}

static void
read_field(struct shape *shape, char *name, char *type)
{
	struct field *field = &shape->fields[shape->n];

	if (strcmp(name, "before") == 0) {
		shape->before = copy_of(type);
		return;
	}
	if (shape->n++ == FIELDS_MAX)
		errx(2, "%s has too many fields", shape->name);
	field->missing = take_end(name, "?");
	if (*type != '=') {
		field->null = take_end(type, "?");
		field->one = take_end(type, "[1]");
		field->array = field->one || take_end(type, "[]");
	}
	field->name = copy_of(name);
	field->type = copy_of(type);
}

static void
read_shapes(const char *path)
{
	char line[LINE_SIZE], *name, *type, *end;
	FILE *f;

	if ((f = fopen(path, "re")) == NULL)
		err(2, "%s", path);
	while (fgets(line, sizeof(line), f) != NULL) {
		if ((end = strchr(line, '\n')) == NULL)
			errx(2, "%s: a line is too long", path);
		*end = '\0';
		if (line[0] == '#' || line[0] == '\0')
			continue;
		name = line + strspn(line, "\t");
		type = name + strcspn(name, "\t ");
		if (*type != '\0')
			*type++ = '\0';
		type += strspn(type, "\t ");
		if (line[0] == '\t') {
			read_field(&shapes[n_shapes - 1], name, type);
			continue;
		}
		if (n_shapes++ == SHAPES_MAX)
			errx(2, "too many shapes");
		shapes[n_shapes - 1].name = copy_of(type);
		shapes[n_shapes - 1].command = strcmp(name, "command") == 0;
		shapes[n_shapes - 1].before = "";
	}
	fclose(f);
}

__attribute__((__format__(printf, 2, 3)))
static void
complain(const char *where, const char *format, ...)
{
	va_list ap;

	wrong = 1;
	printf("line %zu: %s: ", line_number, where);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
}

/* "= this | that" */
static bool
is_word_of(const char *words, const char *text)
{
	size_t len = strlen(text);
	const char *p;

	for (p = words + 2; (p = strstr(p, text)) != NULL; p++) {
		if (p[-1] == ' ' && (p[len] == '\0' ||
		    strncmp(p + len, " | ", 3) == 0) &&
		    (p == words + 2 || strncmp(p - 3, " | ", 3) == 0))
			return true;
	}
	return false;
}

static bool
is_time(const char *text)
{
	int64_t seconds;

	return strlen(text) == strlen("2026-03-01T18:04:09Z") &&
	    text[19] == 'Z' &&
	    text_parse_time(text, strlen(text), &seconds) == 0;
}

static bool
is_labels(struct json_object *object)
{
	struct json_object_iterator i, end;

	if (!json_object_is_type(object, json_type_object))
		return false;
	i = json_object_iter_begin(object);
	end = json_object_iter_end(object);
	for (; !json_object_iter_equal(&i, &end); json_object_iter_next(&i)) {
		if (!json_object_is_type(json_object_iter_peek_value(&i),
		    json_type_string))
			return false;
	}
	return true;
}

static bool
is_of_type(const char *type, struct json_object *value)
{
	const char *text = NULL;

	if (json_object_is_type(value, json_type_string))
		text = json_object_get_string(value);
	if (*type == '=')
		return text != NULL && is_word_of(type, text);
	if (strcmp(type, "text") == 0)
		return text != NULL;
	if (strcmp(type, "time") == 0)
		return text != NULL && is_time(text);
	if (strcmp(type, "bool") == 0)
		return json_object_is_type(value, json_type_boolean);
	if (strcmp(type, "number") == 0)
		return json_object_is_type(value, json_type_int);
	if (strcmp(type, "real") == 0)
		return json_object_is_type(value, json_type_int) ||
		    json_object_is_type(value, json_type_double);
	if (strcmp(type, "labels") == 0)
		return is_labels(value);
	errx(2, "there is no type %s", type);
}

static void
check_array(const struct field *field, struct json_object *array,
    const char *where, bool failed)
{
	const struct shape *shape = find_shape(field->type, false);
	size_t i, n;
	char *place;

	if (!json_object_is_type(array, json_type_array)) {
		complain(where, "is no array");
		return;
	}
	n = json_object_array_length(array);
	if (field->one && n != 1 && !failed)
		complain(where, "has %zu members", n);
	for (i = 0; i < n; i++) {
		place = text_of("%s[%zu]", where, i);
		check(shape, json_object_array_get_idx(array, i), place,
		    failed);
		free(place);
	}
}

/* 1 if it is there. */
static size_t
check_field(const struct field *field, struct json_object *object,
    const char *where, bool failed)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, field->name, &value)) {
		if (!field->missing)
			complain(where, "is missing");
		return 0;
	}
	if (value == NULL && field->null)
		return 1;
	if (field->array)
		check_array(field, value, where, failed);
	else if (!is_of_type(field->type, value))
		complain(where, "is %s, not %s",
		    json_object_to_json_string(value), field->type);
	return 1;
}

/* How many fields of the shape are there. */
static size_t
check_fields(const struct shape *shape, struct json_object *object,
    const char *where, bool failed)
{
	const struct field *field;
	size_t known = 0;
	char *place;

	for (field = shape->fields; field < &shape->fields[shape->n];
	    field++) {
		if (strcmp(field->name, "all") == 0) {
			known += check_fields(find_shape(field->type, false),
			    object, where, failed);
			continue;
		}
		place = text_of("%s.%s", where, field->name);
		known += check_field(field, object, place, failed);
		free(place);
	}
	return known;
}

static bool
is_field(const struct shape *shape, const char *name)
{
	const struct field *field;

	for (field = shape->fields; field < &shape->fields[shape->n];
	    field++) {
		if (strcmp(field->name, "all") == 0 ?
		    is_field(find_shape(field->type, false), name) :
		    strcmp(field->name, name) == 0)
			return true;
	}
	return false;
}

static void
check(const struct shape *shape, struct json_object *object,
    const char *where, bool failed)
{
	struct json_object_iterator i, end;
	const char *name;
	size_t known;

	if (!json_object_is_type(object, json_type_object)) {
		complain(where, "is no object");
		return;
	}
	known = check_fields(shape, object, where, failed);
	if (known == (size_t)json_object_object_length(object))
		return;
	i = json_object_iter_begin(object);
	end = json_object_iter_end(object);
	for (; !json_object_iter_equal(&i, &end); json_object_iter_next(&i)) {
		name = json_object_iter_peek_name(&i);
		if (!is_field(shape, name) && !(failed && shape->command &&
		    strcmp(name, "error") == 0))
			complain(where, "%s is not known", name);
	}
}

/* The shape of a line before the last: the first that has its first field. */
static const struct shape *
shape_of_line(const struct shape *command, struct json_object *object)
{
	const struct shape *shape = NULL;
	char names[LINE_SIZE], *rest = names, *name;

	(void)strlcpy(names, command->before, sizeof(names));
	while ((name = strsep(&rest, " ")) != NULL && *name != '\0') {
		shape = find_shape(name, false);
		if (json_object_object_get_ex(object, shape->fields[0].name,
		    NULL))
			break;
	}
	return shape;
}

static void
check_line(const struct shape *command, char *line, bool last)
{
	const struct shape *shape = command;
	struct json_tokener *tokener;
	struct json_object *object, *error;
	bool failed = false;

	if ((tokener = json_tokener_new()) == NULL)
		err(2, NULL);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT |
	    JSON_TOKENER_VALIDATE_UTF8);
	object = json_tokener_parse_ex(tokener, line, (int)strlen(line) + 1);
	if (object == NULL)
		complain(line, "is no JSON");
	if (!last)
		shape = shape_of_line(command, object);
	else if (json_object_object_get_ex(object, "error", &error)) {
		failed = true;
		if (!json_object_is_type(error, json_type_string))
			complain("error", "is no text");
	}
	if (shape == NULL)
		complain(line, "is one line too many");
	else if (object != NULL)
		check(shape, object, shape->name, failed);
	json_object_put(object);
	json_tokener_free(tokener);
}

/* A line is the last one if no other comes. */
static void
check_answer(const struct shape *command)
{
	char *line = NULL, *next = NULL;
	size_t size = 0, next_size = 0;

	if (getline(&line, &size, stdin) == -1)
		complain("answer", "there is none");
	else {
		line_number++;
		while (getline(&next, &next_size, stdin) != -1) {
			check_line(command, line, false);
			line_number++;
			free(line);
			line = next;
			next = NULL;
			next_size = 0;
		}
		check_line(command, line, true);
	}
	free(line);
	free(next);
}

static void
list_fields(const char *label, const struct shape *shape)
{
	const struct field *field;
	const char *last = strrchr(label, ' ');
	char *inner;

	last = last == NULL ? label : last + 1;
	for (field = shape->fields; field < &shape->fields[shape->n];
	    field++) {
		if (strcmp(field->name, "all") == 0) {
			list_fields(label, find_shape(field->type, false));
			continue;
		}
		/* What a command has is no more than its arrays, mostly. */
		if (!shape->command || !field->array)
			printf("%s %s\n", label, field->name);
		if (!field->array)
			continue;
		/* As the page calls them: no word is there twice. */
		inner = strcmp(last, field->name) == 0 ? copy_of(label) :
		    text_of("%s %s", label, field->name);
		list_fields(inner, find_shape(field->type, false));
		free(inner);
	}
}

static void
list_command(const struct shape *command)
{
	char names[LINE_SIZE], *rest = names, *name;

	list_fields(command->name, command);
	(void)strlcpy(names, command->before, sizeof(names));
	while ((name = strsep(&rest, " ")) != NULL && *name != '\0')
		list_fields(command->name, find_shape(name, false));
}

int
main(int argc, char **argv)
{
	size_t i;

	if (argc != 2 && argc != 3)
		errx(2, "usage: shape FILE [COMMAND]");
	read_shapes(argv[1]);
	if (argc == 3) {
		check_answer(find_shape(argv[2], true));
		return wrong;
	}
	for (i = 0; i < n_shapes; i++) {
		if (shapes[i].command)
			list_command(&shapes[i]);
	}
	return 0;
}
