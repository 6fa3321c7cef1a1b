/* What text is printed on: a terminal, or a file that keeps it all. */
#ifndef JELLYPORTERCTL_SCREEN_H
#define JELLYPORTERCTL_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Enough for any value of a row, with what we put around it. */
#define CELL_SIZE	2048
#define PARAGRAPH_SIZE	(8 * CELL_SIZE)	/* a few of them */

struct screen {
	FILE	*file;
	size_t	 width;		/* columns; 0: no terminal, nothing is cut */
	size_t	 height;	/* lines; for a terminal only */
	bool	 color;
	bool	 live;		/* lines may be drawn again in place */
	int64_t	 now;		/* seconds since the epoch, for "ago" */
};

enum color {
	COLOR_NONE,
	COLOR_TITLE,
	COLOR_GOOD,
	COLOR_WARNING,
	COLOR_BAD,
	COLOR_COUNT
};

/*
 * Looks at what stdout is: its width from TIOCGWINSZ, else 80.  No color for
 * a dumb terminal or where NO_COLOR is set (https://no-color.org).
 */
void	 screen_init(struct screen *, FILE *);

/* COLOR_NONE ends it. */
void	 screen_color(const struct screen *, enum color);
/* A text in a color. */
void	 screen_text(const struct screen *, const char *, enum color);
void	 screen_spaces(const struct screen *, size_t);
/*
 * A paragraph: first, then words, with further lines indented.  first may
 * hold spaces that are to stay as they are.  Ends the line.
 */
void	 screen_paragraph(const struct screen *, size_t indent,
	    const char *first, const char *words);
/* A sentence, which may take several lines. */
void	 screen_say(const struct screen *, const char *, ...)
	    __attribute__((__format__(printf, 2, 3)));

/* Cuts text that takes more columns, with an ellipsis where it ends. */
void	 screen_cut(char *dst, size_t size, const char *, size_t columns);

/* snprintf(3), but text that does not fit ends the program. */
void	 screen_format(char *dst, size_t size, const char *, ...)
	    __attribute__((__format__(printf, 3, 4)));
/* The same, added to what is there. */
void	 screen_append(char *dst, size_t size, const char *, ...)
	    __attribute__((__format__(printf, 3, 4)));
/* "45 seconds", "1 minute", "2 hours", "5 days". */
void	 screen_length(char *dst, size_t size, int64_t seconds);
/* Local time: "2026-03-01 18:04"; "never" for 0. */
void	 screen_date(char *dst, size_t size, int64_t seconds);
/* As people say it: "3 minutes ago", "yesterday 21:14", or the date. */
void	 screen_when(char *dst, size_t size, int64_t then, int64_t now);

#endif
