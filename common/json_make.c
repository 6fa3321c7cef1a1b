/* Making JSON. */
#include <stddef.h>

#include <json-c/json.h>

#include "json_make.h"
#include "log.h"

struct json_object *
json_made(struct json_object *object)
{
	if (object == NULL)
		fatal("json");
	return object;
}

void
json_add(struct json_object *object, const char *name,
    struct json_object *value)
{
	if (json_object_object_add(object, name, value) != 0)
		fatal("json");
}

void
json_append(struct json_object *array, struct json_object *value)
{
	if (json_object_array_add(array, value) != 0)
		fatal("json");
}
