/*
 * Leaves members out of a JSON object, before it is parsed: parsing what
 * nobody asked for takes most of a fetcher's time.
 */
#ifndef JELLYPORTERD_FILTER_H
#define JELLYPORTERD_FILTER_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

struct filter;

/* Of the object itself, not of objects in it, these are left.  The list ends
 * with NULL, and lives longer than the filter. */
struct filter	*filter_new(const char *const *wanted);
void		 filter_free(struct filter *);	/* NULL is fine */
void		 filter_reset(struct filter *);	/* for another object */
/*
 * The next bytes of the object, the first of which is its brace.  How many of
 * them belong to it; *done when it has ended, by its brackets.  -1 if memory
 * is out.
 */
ssize_t		 filter_feed(struct filter *, const char *, size_t,
		    bool *done);
/* What is left: as broken as it came, where that was not left out. */
const char	*filter_text(const struct filter *, size_t *len);

#endif
