/* Reading JSON that is there as a whole. */
#ifndef COMMON_JSON_READ_H
#define COMMON_JSON_READ_H

#include <stddef.h>

struct json_object;

/*
 * One value, which is the caller's, and nothing else, at most depth objects and
 * arrays deep; NULL if it is not that.  Want of memory is fatal.
 */
struct json_object *json_read(const char *, size_t, int depth);

#endif
