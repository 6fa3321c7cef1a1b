/*
 * Allocation that ends the program when it fails: a simulator without memory
 * has nothing sensible to answer.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

void *
memory_zeroed(size_t n, size_t size)
{
	void *p;

	if ((p = calloc(n == 0 ? 1 : n, size)) == NULL)
		err(1, "calloc");
	return p;
}

void *
memory_grown(void *old, size_t n, size_t size)
{
	void *p;

	if ((p = reallocarray(old, n == 0 ? 1 : n, size)) == NULL)
		err(1, "reallocarray");
	return p;
}

char *
memory_copy(const char *text)
{
	char *copy;

	if (text == NULL)
		return NULL;
	if ((copy = strdup(text)) == NULL)
		err(1, "strdup");
	return copy;
}

void
memory_replace(char **old, const char *text)
{
	char *copy = memory_copy(text);

	free(*old);
	*old = copy;
}
