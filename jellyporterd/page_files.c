/* The status page's files; each is compiled in (Makefile: page_files.o). */
#include <string.h>

#include "page_files.h"

static const char style[] =
#include "page_css.h"
;
static const char script[] =
#include "page_js.h"
;
static const char picture[] =
#include "page_svg.h"
;

const struct page_file page_files[PAGE_FILES] = {
	{ "/status.css", "text/css; charset=utf-8", style },
	{ "/status.js", "text/javascript; charset=utf-8", script },
	{ "/status.svg", "image/svg+xml", picture }
};

bool
page_has(const char *path)
{
	size_t i;

	for (i = 0; i < PAGE_FILES; i++) {
		if (strcmp(path, page_files[i].path) == 0)
			return true;
	}
	return strcmp(path, "/") == 0;
}
