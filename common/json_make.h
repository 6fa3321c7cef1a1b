/* Making JSON, which fails only for want of memory: that is fatal. */
#ifndef COMMON_JSON_MAKE_H
#define COMMON_JSON_MAKE_H

struct json_object;

/* What a json_object_new_ function has returned. */
struct json_object *json_made(struct json_object *);
/* Hands value over to object, under a name that is the caller's. */
void	 json_add(struct json_object *object, const char *name,
	    struct json_object *value);
/* The same to an array. */
void	 json_append(struct json_object *array, struct json_object *value);

#endif
