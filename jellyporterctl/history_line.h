/*
 * A line of a history file, as export writes it and import reads it: one JSON
 * object, in UTF-8.
 *
 * The first line is a header:
 *   format            "jellyporter history"
 *   format_version    1; a file of a newer one is refused
 *   program_version   that wrote it
 *   time              at which it was written
 * Each line after it is what one person has agreed for one work:
 *   person            as in the configuration
 *   kind              "movie" or "episode"
 *   title, series_title, year, season, episode, episode_end, runtime
 *                     of the work; null where unknown
 *   ids, series_ids   {"imdb": "tt0133093", ...}: what it is known by
 *   played, favorite  true or false
 *   position          where it was left
 *   position_runtime  runtime of the copy on which it was left there, or null
 *   play_count        how often
 *   last_played       when, or null for never
 * Runtimes and positions are in ticks of 100 ns, times as in RFC 3339.  person,
 * kind, played, position, play_count, last_played and favorite must be there;
 * a work is found by its ids, so a line without any is of little use.  Keys
 * that are not known are ignored.
 */
#ifndef JELLYPORTERCTL_HISTORY_LINE_H
#define JELLYPORTERCTL_HISTORY_LINE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "message.h"

#define HISTORY_FORMAT		"jellyporter history"
#define HISTORY_FORMAT_VERSION	1

enum history_line {
	LINE_EMPTY,		/* nothing but white space */
	LINE_HEADER,
	LINE_HISTORY
};

/*
 * What a line says: len bytes without its end, and a NUL after them.  A pure
 * function.  -1 and what is wrong with it, for people.
 */
int	 import_line_parse(const char *text, size_t len, enum history_line *,
	    struct message_history *, char *error, size_t size);

/* Both exit when memory is out; an error of writing stays on the file. */
void	 export_header_print(FILE *, int64_t now);
void	 export_line_print(FILE *, const struct message_history *);

#endif
