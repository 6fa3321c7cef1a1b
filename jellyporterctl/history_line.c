/* Lines of a history file: history_line.h says what is in them. */
#include <err.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <json-c/json.h>

#include "history_line.h"
#include "json_make.h"
#include "json_text.h"
#include "text.h"
#include "version.h"

#define DEPTH_MAX	16	/* of what nobody knows either */

/* A line that is being read, and what is wrong with it. */
struct reader {
	struct json_object	*object;
	char			*error;
	size_t			 size;
};

enum presence {
	REQUIRED,
	OPTIONAL		/* null, or not there at all */
};

/* The numbers of a work, and what stands for one that is not known. */
static const struct {
	const char	*name;
	size_t		 offset;
	int32_t		 unknown;
} work_numbers[] = {
	{ "year", offsetof(struct message_history, year), 0 },
	{ "season", offsetof(struct message_history, season),
	    NUMBER_UNKNOWN },
	{ "episode", offsetof(struct message_history, episode),
	    NUMBER_UNKNOWN },
	{ "episode_end", offsetof(struct message_history, episode_end),
	    NUMBER_UNKNOWN }
};

static const char *const kinds[ITEM_SERIES] = {
	[ITEM_MOVIE] = "movie",
	[ITEM_EPISODE] = "episode"
};

#define LENGTH(array)	(sizeof(array) / sizeof((array)[0]))

static int	 wrong(const struct reader *, const char *, ...)
		    __attribute__((__format__(printf, 2, 3)));
static int	 parse_json(struct reader *, const char *, size_t);
static int	 find(const struct reader *, const char *, enum presence,
		    struct json_object **);
static int	 read_text(const struct reader *, const char *, enum presence,
		    char *, size_t);
static int	 copy_text(const struct reader *, const char *,
		    struct json_object *, char *, size_t);
static int	 read_number(const struct reader *, const char *,
		    enum presence, int64_t, int64_t, int64_t *);
static int	 read_bool(const struct reader *, const char *, bool *);
static int	 read_time(const struct reader *, const char *, int64_t *);
static int	 read_ids(const struct reader *, const char *, uint32_t *,
		    struct provider_id *);
static int	 read_kind(const struct reader *, enum item_kind *);
static int	 read_header(const struct reader *);
static int	 read_work(const struct reader *, struct message_history *);
static int	 read_userdata(const struct reader *,
		    struct message_history *);

static void	 add(struct json_object *, const char *, struct json_object *);
static void	 add_text(struct json_object *, const char *, const char *);
static void	 add_number(struct json_object *, const char *, int64_t,
		    int64_t);
static void	 add_time(struct json_object *, const char *, int64_t);
static void	 add_ids(struct json_object *, const char *, uint32_t,
		    const struct provider_id *);

/* Reading. */

static int
wrong(const struct reader *r, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(r->error, r->size, format, ap);
	va_end(ap);
	return -1;
}

/* One whole object and nothing else. */
static int
parse_json(struct reader *r, const char *text, size_t len)
{
	struct json_tokener *tokener;
	enum json_tokener_error error;
	size_t end;

	if (text[strspn(text, " \t\r")] != '{')
		return wrong(r, "not a JSON object");
	if ((tokener = json_tokener_new_ex(DEPTH_MAX)) == NULL)
		err(1, NULL);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT |
	    JSON_TOKENER_ALLOW_TRAILING_CHARS);
	r->object = json_tokener_parse_ex(tokener, text, (int)len);
	error = json_tokener_get_error(tokener);
	end = json_tokener_get_parse_end(tokener);
	json_tokener_free(tokener);
	if (error == json_tokener_continue)
		return wrong(r, "the line ends in the middle");
	if (error != json_tokener_success)
		return wrong(r, "not JSON at byte %zu: %s", end + 1,
		    json_tokener_error_desc(error));
	if (end + strspn(text + end, " \t\r") != len)
		return wrong(r, "something follows the object at byte %zu",
		    end + 1);
	return 0;
}

/* NULL for what is null, or not there where that is as good. */
static int
find(const struct reader *r, const char *name, enum presence presence,
    struct json_object **value)
{
	*value = NULL;
	if (!json_object_object_get_ex(r->object, name, value) &&
	    presence == REQUIRED)
		return wrong(r, "\"%s\" is missing", name);
	return 0;
}

static int
read_text(const struct reader *r, const char *name, enum presence presence,
    char *dst, size_t size)
{
	struct json_object *value;

	*dst = '\0';
	if (find(r, name, presence, &value) == -1)
		return -1;
	if (value == NULL && presence == OPTIONAL)
		return 0;
	return copy_text(r, name, value, dst, size);
}

/* As it stands there: a text that was cut would be another one. */
static int
copy_text(const struct reader *r, const char *name, struct json_object *value,
    char *dst, size_t size)
{
	const char *text;
	size_t len;

	if (!json_object_is_type(value, json_type_string))
		return wrong(r, "\"%s\" is not a text", name);
	text = json_object_get_string(value);
	len = (size_t)json_object_get_string_len(value);
	if (!text_is_utf8(text, len))
		return wrong(r, "\"%s\" has characters that are none", name);
	if (len >= size)
		return wrong(r, "\"%s\" is too long (at most %zu bytes)",
		    name, size - 1);
	memcpy(dst, text, len);
	dst[len] = '\0';
	return 0;
}

/* 0 or more; otherwise where it is null or not there. */
static int
read_number(const struct reader *r, const char *name, enum presence presence,
    int64_t max, int64_t otherwise, int64_t *number)
{
	struct json_object *value;

	*number = otherwise;
	if (find(r, name, presence, &value) == -1)
		return -1;
	if (value == NULL && presence == OPTIONAL)
		return 0;
	/* What is beyond 64 bits is read as the greatest of them. */
	if (!json_object_is_type(value, json_type_int) ||
	    json_object_get_int64(value) < 0 ||
	    json_object_get_uint64(value) > (uint64_t)max)
		return wrong(r, "\"%s\" is not a number from 0 to %" PRId64
		    "%s", name, max, presence == OPTIONAL ? ", or null" : "");
	*number = json_object_get_int64(value);
	return 0;
}

static int
read_bool(const struct reader *r, const char *name, bool *dst)
{
	struct json_object *value;

	if (find(r, name, REQUIRED, &value) == -1)
		return -1;
	if (!json_object_is_type(value, json_type_boolean))
		return wrong(r, "\"%s\" is neither true nor false", name);
	*dst = json_object_get_boolean(value);
	return 0;
}

/* With a zone: local time would be another one elsewhere. */
static int
read_time(const struct reader *r, const char *name, int64_t *seconds)
{
	struct json_object *value;
	const char *text;
	size_t len;

	*seconds = 0;
	if (find(r, name, REQUIRED, &value) == -1)
		return -1;
	if (value == NULL)
		return 0;
	if (json_object_is_type(value, json_type_string)) {
		text = json_object_get_string(value);
		len = (size_t)json_object_get_string_len(value);
		if (len > 10 && strpbrk(text + 10, "Z+-") != NULL &&
		    text_parse_time(text, len, seconds) == 0 && *seconds > 0)
			return 0;
	}
	return wrong(r, "\"%s\" is not a time as 2026-03-01T18:04:09Z, after "
	    "1970, or null", name);
}

static int
read_ids(const struct reader *r, const char *name, uint32_t *n,
    struct provider_id *ids)
{
	struct json_object_iterator i, end;
	struct json_object *value;
	const char *provider;

	*n = 0;
	if (find(r, name, OPTIONAL, &value) == -1)
		return -1;
	if (value == NULL)
		return 0;
	if (!json_object_is_type(value, json_type_object))
		return wrong(r, "\"%s\" is not an object of texts", name);
	end = json_object_iter_end(value);
	for (i = json_object_iter_begin(value);
	    !json_object_iter_equal(&i, &end); json_object_iter_next(&i)) {
		provider = json_object_iter_peek_name(&i);
		if (*n == PROVIDERS_MAX)
			return wrong(r, "\"%s\" has more than %d ids", name,
			    PROVIDERS_MAX);
		if (!text_is_utf8(provider, strlen(provider)))
			return wrong(r, "\"%s\" has characters that are none",
			    name);
		if (strlcpy(ids[*n].name, provider, sizeof(ids[*n].name)) >=
		    sizeof(ids[*n].name))
			return wrong(r, "\"%s\" has a name that is too long "
			    "(at most %d bytes)", name,
			    PROVIDER_NAME_SIZE - 1);
		if (copy_text(r, provider, json_object_iter_peek_value(&i),
		    ids[*n].value, sizeof(ids[*n].value)) == -1)
			return -1;
		(*n)++;
	}
	return 0;
}

static int
read_kind(const struct reader *r, enum item_kind *kind)
{
	char text[16];
	size_t i;

	if (read_text(r, "kind", REQUIRED, text, sizeof(text)) == -1)
		return -1;
	for (i = 0; i < LENGTH(kinds); i++) {
		if (strcmp(text, kinds[i]) == 0) {
			*kind = (enum item_kind)i;
			return 0;
		}
	}
	return wrong(r, "\"kind\" is neither \"movie\" nor \"episode\"");
}

static int
read_header(const struct reader *r)
{
	char format[64];
	int64_t version;

	if (read_text(r, "format", REQUIRED, format, sizeof(format)) == -1)
		return -1;
	if (strcmp(format, HISTORY_FORMAT) != 0)
		return wrong(r, "\"format\" is not \"%s\"", HISTORY_FORMAT);
	if (read_number(r, "format_version", REQUIRED, INT32_MAX, 0,
	    &version) == -1)
		return -1;
	if (version == 0)
		return wrong(r, "\"format_version\" is 0");
	if (version > HISTORY_FORMAT_VERSION)
		return wrong(r, "format_version is %" PRId64 ", and this "
		    "jellyporterctl knows none above %d: install a newer one",
		    version, HISTORY_FORMAT_VERSION);
	return 0;
}

static int
read_work(const struct reader *r, struct message_history *line)
{
	int64_t number;
	int32_t narrow;
	size_t i;

	if (read_text(r, "person", REQUIRED, line->person,
	    sizeof(line->person)) == -1)
		return -1;
	if (line->person[0] == '\0')
		return wrong(r, "\"person\" is empty");
	if (read_kind(r, &line->kind) == -1 ||
	    read_text(r, "title", OPTIONAL, line->title,
	    sizeof(line->title)) == -1 ||
	    read_text(r, "series_title", OPTIONAL, line->series_title,
	    sizeof(line->series_title)) == -1)
		return -1;
	for (i = 0; i < LENGTH(work_numbers); i++) {
		if (read_number(r, work_numbers[i].name, OPTIONAL, INT32_MAX,
		    work_numbers[i].unknown, &number) == -1)
			return -1;
		narrow = (int32_t)number;
		memcpy((char *)line + work_numbers[i].offset, &narrow,
		    sizeof(narrow));
	}
	if (read_number(r, "runtime", OPTIONAL, INT64_MAX, 0,
	    &line->runtime) == -1 ||
	    read_ids(r, "ids", &line->n_ids, line->ids) == -1 ||
	    read_ids(r, "series_ids", &line->n_series_ids,
	    line->series_ids) == -1)
		return -1;
	return 0;
}

/*
 * All of it has to be there: what is missing would be taken for an unmark.
 * Without position_runtime the position is one of a copy of that runtime.
 */
static int
read_userdata(const struct reader *r, struct message_history *line)
{
	struct userdata *u = &line->userdata;
	int64_t count;

	if (read_bool(r, "played", &u->played) == -1 ||
	    read_number(r, "position", REQUIRED, INT64_MAX, 0,
	    &u->position) == -1 ||
	    read_number(r, "play_count", REQUIRED, INT32_MAX, 0,
	    &count) == -1 ||
	    read_time(r, "last_played", &u->last_played) == -1 ||
	    read_bool(r, "favorite", &u->favorite) == -1 ||
	    read_number(r, "position_runtime", OPTIONAL, INT64_MAX, 0,
	    &line->position_runtime) == -1)
		return -1;
	u->play_count = (int32_t)count;
	if (!json_object_object_get_ex(r->object, "position_runtime", NULL))
		line->position_runtime = line->runtime;
	return 0;
}

int
import_line_parse(const char *text, size_t len, enum history_line *what,
    struct message_history *line, char *error, size_t size)
{
	struct reader r = { .error = error, .size = size };
	int status = -1;

	memset(line, 0, sizeof(*line));
	*what = LINE_EMPTY;
	if (!text_is_utf8(text, len))
		return wrong(&r, "not valid UTF-8");
	if (strspn(text, " \t\r") == len)
		return 0;
	if (parse_json(&r, text, len) == -1)
		goto fail;
	*what = json_object_object_get_ex(r.object, "format", NULL) ?
	    LINE_HEADER : LINE_HISTORY;
	if (*what == LINE_HEADER)
		status = read_header(&r);
	else if (read_work(&r, line) == 0)
		status = read_userdata(&r, line);
fail:
	json_object_put(r.object);
	return status;
}

/* Writing. */

/* The names are ours, each of them used once. */
static void
add(struct json_object *object, const char *name, struct json_object *value)
{
	if (json_object_object_add_ex(object, name, value,
	    JSON_C_OBJECT_ADD_KEY_IS_NEW) != 0)
		err(1, NULL);
}

static void
add_text(struct json_object *object, const char *name, const char *text)
{
	add(object, name, json_made(json_object_new_string(text)));
}

/* A number, or null if it is the one that stands for none. */
static void
add_number(struct json_object *object, const char *name, int64_t number,
    int64_t unknown)
{
	add(object, name, number == unknown ? NULL :
	    json_made(json_object_new_int64(number)));
}

static void
add_time(struct json_object *object, const char *name, int64_t seconds)
{
	char text[TEXT_TIME_SIZE];

	if (seconds == 0) {
		add(object, name, NULL);
		return;
	}
	text_time_utc(text, sizeof(text), seconds);
	add_text(object, name, text);
}

static void
add_ids(struct json_object *object, const char *name, uint32_t n,
    const struct provider_id *ids)
{
	struct json_object *value = json_made(json_object_new_object());
	uint32_t i;

	for (i = 0; i < n; i++)
		add_text(value, ids[i].name, ids[i].value);
	add(object, name, value);
}

void
export_header_print(FILE *f, int64_t now)
{
	struct json_object *object = json_made(json_object_new_object());

	add_text(object, "format", HISTORY_FORMAT);
	add_number(object, "format_version", HISTORY_FORMAT_VERSION, 0);
	add_text(object, "program_version", JELLYPORTER_VERSION);
	add_time(object, "time", now);
	json_text_print(f, object);
	json_object_put(object);
}

void
export_line_print(FILE *f, const struct message_history *line)
{
	struct json_object *object = json_made(json_object_new_object());
	const struct userdata *u = &line->userdata;
	int32_t narrow;
	size_t i;

	add_text(object, "person", line->person);
	add_text(object, "kind", kinds[line->kind]);
	add_text(object, "title", line->title);
	if (line->kind == ITEM_EPISODE)
		add_text(object, "series_title", line->series_title);
	for (i = 0; i < LENGTH(work_numbers); i++) {
		memcpy(&narrow, (const char *)line + work_numbers[i].offset,
		    sizeof(narrow));
		if (i == 0 || line->kind == ITEM_EPISODE)
			add_number(object, work_numbers[i].name, narrow,
			    work_numbers[i].unknown);
	}
	add_number(object, "runtime", line->runtime, 0);
	add_ids(object, "ids", line->n_ids, line->ids);
	if (line->kind == ITEM_EPISODE)
		add_ids(object, "series_ids", line->n_series_ids,
		    line->series_ids);
	add(object, "played", json_made(json_object_new_boolean(u->played)));
	add_number(object, "position", u->position, -1);
	add_number(object, "position_runtime", line->position_runtime, 0);
	add_number(object, "play_count", u->play_count, -1);
	add_time(object, "last_played", u->last_played);
	add(object, "favorite", json_made(json_object_new_boolean(u->favorite)));
	json_text_print(f, object);
	json_object_put(object);
}
