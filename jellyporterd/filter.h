/*
 * Makes one piece of a JSON value that comes in several: json-c takes for right
 * what is wrong, like 6-, if it is split in the right place.  Of an object it
 * leaves members out: parsing what nobody asked for takes most of a fetcher's
 * time.
 */
#ifndef JELLYPORTERD_FILTER_H
#define JELLYPORTERD_FILTER_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

struct filter;

/* depth_max: brackets that may be open at once.  NULL: memory is out. */
struct filter	*filter_new(unsigned int depth_max);
void		 filter_free(struct filter *);	/* NULL is fine */
/* For another value.  Of an object, not of objects in it, these members are
 * left, or all: NULL.  The list ends with NULL, and lives long enough. */
void		 filter_reset(struct filter *, const char *const *wanted);
/*
 * The next bytes of the value, with no white space before it.  How many of them
 * belong to it; *done when it has ended: by its brackets or its quote, or before
 * what cannot be in a number or a name.  -1 for an error.
 */
ssize_t		 filter_feed(struct filter *, const char *, size_t,
		    bool *done);
/* Why that was -1: it is nested too deep, or memory is out. */
const char	*filter_error(const struct filter *);
/* What is left of a whole value: as broken as it came, where that was not left
 * out.  There is a NUL behind it. */
const char	*filter_text(const struct filter *, size_t *len);

#endif
