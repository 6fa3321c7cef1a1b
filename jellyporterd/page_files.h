/* What belongs to the status page and is the same in every answer. */
#ifndef JELLYPORTERD_PAGE_FILES_H
#define JELLYPORTERD_PAGE_FILES_H

#include <stdbool.h>
#include <stddef.h>

struct page_file {
	const char	*path;		/* in a URL; the page itself is / */
	const char	*type;
	const char	*text;
};

#define PAGE_FILES	3
extern const struct page_file page_files[PAGE_FILES];

/* Whether the page, or something of it, is found at this path. */
bool		 page_has(const char *path);

#endif
