/*
 * What is written into HTML, as text or within quotes: nothing of what others
 * have said can end either, steer anything, or be longer than is said here.
 */
#ifndef JELLYPORTERD_PAGE_TEXT_H
#define JELLYPORTERD_PAGE_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Bytes that are shown of: */
#define PAGE_NAME_MAX	40	/* a name, */
#define PAGE_TITLE_MAX	90	/* a title, */
#define PAGE_ERROR_MAX	200	/* a message */

/* At most so many bytes of a text, before what has to be escaped is; an
 * ellipsis if there was more. */
void	 page_put_text(FILE *, const char *, size_t max);
/* "12,345". */
void	 page_put_number(FILE *, int64_t);
/* "3 minutes", "1 day" of seconds. */
void	 page_put_length(FILE *, int64_t seconds);
/* An element: "3 minutes ago" or "in 3 minutes", and when exactly; "never" for
 * 0.  Both in seconds. */
void	 page_put_time(FILE *, int64_t then, int64_t now);
/* The same for what goes on since then: "3 minutes". */
void	 page_put_since(FILE *, int64_t then, int64_t now);
/* "1:02:03" of ticks. */
void	 page_put_ticks(FILE *, int64_t ticks);

#endif
