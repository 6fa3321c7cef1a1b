/* Text from and for people: UTF-8, times, lengths, nearest words. */
#ifndef COMMON_TEXT_H
#define COMMON_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define TICKS_PER_SECOND	INT64_C(10000000)	/* ticks of 100 ns */

/* True if the len bytes are valid UTF-8 without a NUL. */
int	 text_is_utf8(const char *, size_t len);
/*
 * Copies a string into dst, cut at a character's boundary if it does not fit
 * and with invalid bytes as U+FFFD.  Always terminates.  Returns 1 if it was
 * cut, else 0.
 */
int	 text_copy(char *dst, size_t size, const char *src);
/*
 * As text_copy, and safe for a terminal or a log: control characters (C0, C1,
 * DEL, and the bidirectional ones) become '?'.
 */
int	 text_safe(char *dst, size_t size, const char *src);
/* Columns that a valid UTF-8 string takes on a terminal. */
size_t	 text_columns(const char *);

/* Copies without leading and trailing white space.  -1 if it does not fit. */
int	 text_trim(char *dst, size_t size, const char *src);
/* Equal but for the case of letters (ASCII, and Latin-1, Greek, Cyrillic). */
int	 text_same_name(const char *, const char *);
/*
 * Of n words the one nearest to word, if near enough to be what was meant,
 * else NULL.
 */
const char *text_nearest(const char *word, const char *const *words, size_t n);

/* "2026-03-01T18:04:09Z"; "-" for 0.  dst of at least 21 bytes. */
#define TEXT_TIME_SIZE	32
#define TEXT_TIME_MAX	INT64_C(253402300799)	/* the year 9999 ends */
void	 text_time_utc(char *dst, size_t size, int64_t seconds);
/*
 * Reads an ISO 8601 date of Jellyfin's: "2026-03-01T18:04:09.1234567Z", with
 * 0 to 9 fraction digits, Z, an offset (+01:00), or no zone (taken as UTC).
 * Seconds since the epoch, fractions cut off.  Dates before 1970 read as 0,
 * "none" (.NET writes year 1 for "never").  -1 if it is not such a date.
 */
int	 text_parse_time(const char *, size_t len, int64_t *seconds);
/* "1:02:03" or "2:03" of ticks. */
void	 text_ticks(char *dst, size_t size, int64_t ticks);
/* Seconds from one time to another; the nearest there is, if they are more. */
int64_t	 text_between(int64_t from, int64_t to);

#endif
