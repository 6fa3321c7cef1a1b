/*
 * The status page as HTML, of the rows that the engine has sent for it.  With
 * its files it is below 50 KiB, whatever is in them and however many there are:
 * of what there is more, it says how much.
 */
#ifndef JELLYPORTERD_PAGE_HTML_H
#define JELLYPORTERD_PAGE_HTML_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "rows.h"

#define PAGE_SIZE_LIMIT	(50 * 1024)	/* bytes, its files included */

/* now: when the rows came, in seconds. */
void	 page_print(FILE *, const struct rows *, int64_t now);
/* There is nothing to show; the last answer came then, or (0) never. */
void	 page_print_gone(FILE *, int64_t answered, int64_t now);

/* page_problems.c: what needs somebody, as items of a list; how many. */
size_t	 page_print_problems(FILE *, const struct rows *, int64_t now);
/* page_tables.c: one after the other. */
void	 page_print_servers(FILE *, const struct rows *, int64_t now);
void	 page_print_people(FILE *, const struct rows *);
void	 page_print_held(FILE *, const struct rows *, int64_t now);
void	 page_print_changes(FILE *, const struct rows *, int64_t now);

/* A list that ends when it has grown too long, so that all of the page does
 * not; the rest of it is counted. */
struct page_list {
	FILE	*out;
	long	 end;		/* where it is too long */
	size_t	 left_out;
};

void	 page_list_begin(struct page_list *, FILE *, long bytes);
/* Is there room for one more?  Else that is one that was left out. */
bool	 page_list_has_room(struct page_list *);

#endif
