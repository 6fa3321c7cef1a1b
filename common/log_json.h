/* A log line as an object of JSON. */
#ifndef COMMON_LOG_JSON_H
#define COMMON_LOG_JSON_H

#include <stddef.h>

/*
 * The texts have been made safe before; server may be NULL.  -1 if memory is
 * out or dst, of size bytes, is too short; it is then as it was.
 */
int	 log_json(char *dst, size_t size, const char *when,
	    const char *process, const char *level, const char *message,
	    const char *server);

#endif
