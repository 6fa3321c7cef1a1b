/*
 * A log line as an object of JSON, for those who have their logs read by a
 * program.  It must not fail by calling fatal(), which writes a log line.
 */
#include <string.h>

#include <json-c/json.h>

#include "log_json.h"

static int	 add(struct json_object *, const char *, const char *);

/* NULL: there is nothing to add. */
static int
add(struct json_object *object, const char *name, const char *text)
{
	struct json_object *value;

	if (text == NULL)
		return 0;
	if ((value = json_object_new_string(text)) == NULL)
		return -1;
	if (json_object_object_add(object, name, value) == 0)
		return 0;
	json_object_put(value);
	return -1;
}

int
log_json(char *dst, size_t size, const char *when, const char *process,
    const char *level, const char *message, const char *server)
{
	struct json_object *object = json_object_new_object();
	const char *text = NULL;
	size_t len = 0;

	if (object == NULL)
		return -1;
	if (add(object, "time", when) == 0 &&
	    add(object, "process", process) == 0 &&
	    add(object, "level", level) == 0 &&
	    add(object, "message", message) == 0 &&
	    add(object, "server", server) == 0)
		text = json_object_to_json_string_length(object,
		    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE,
		    &len);
	if (text != NULL && len < size)
		memcpy(dst, text, len + 1);
	else
		text = NULL;
	json_object_put(object);
	return text == NULL ? -1 : 0;
}
