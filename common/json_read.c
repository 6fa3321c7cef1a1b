/* Reading JSON. */
#include <limits.h>
#include <string.h>

#include <json-c/json.h>

#include "json_read.h"
#include "log.h"

struct json_object *
json_read(const char *text, size_t len, int depth)
{
	struct json_tokener *tokener;
	struct json_object *object;

	/* json-c takes a NUL for the end, whatever comes behind it. */
	if (len > INT_MAX || memchr(text, '\0', len) != NULL)
		return NULL;
	if ((tokener = json_tokener_new_ex(depth)) == NULL)
		fatal_memory("json_tokener_new_ex");
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT |
	    JSON_TOKENER_VALIDATE_UTF8);
	object = json_tokener_parse_ex(tokener, text, (int)len);
	if (json_tokener_get_error(tokener) != json_tokener_success) {
		json_object_put(object);
		object = NULL;
	}
	json_tokener_free(tokener);
	return object;
}
