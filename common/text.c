/*
 * Text from and for people.  UTF-8 is decoded here, independent of any locale:
 * the daemon runs in none, and its rules must not depend on one.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define REPLACEMENT		"\xef\xbf\xbd"	/* U+FFFD */
#define NOT_A_CHARACTER		0x110000	/* + an invalid byte */
#define NEAREST_WORD_MAX	64		/* bytes; no keyword is longer */
#define OFFSET_MAX		(14 * 60)	/* minutes; no zone is farther */

struct range {
	uint32_t	first;
	uint32_t	last;
};

/* East Asian wide and emoji: two columns. */
static const struct range wide[] = {
	{ 0x1100, 0x115f }, { 0x231a, 0x231b }, { 0x2329, 0x232a },
	{ 0x23e9, 0x23ec }, { 0x25fd, 0x25fe }, { 0x2614, 0x2615 },
	{ 0x2648, 0x2653 }, { 0x26a1, 0x26a1 }, { 0x26bd, 0x26be },
	{ 0x2705, 0x2705 }, { 0x270a, 0x270b }, { 0x2728, 0x2728 },
	{ 0x2753, 0x2755 }, { 0x2795, 0x2797 }, { 0x2b50, 0x2b50 },
	{ 0x2e80, 0x303e }, { 0x3041, 0x33ff }, { 0x3400, 0x4dbf },
	{ 0x4e00, 0x9fff }, { 0xa000, 0xa4cf }, { 0xa960, 0xa97f },
	{ 0xac00, 0xd7a3 }, { 0xf900, 0xfaff }, { 0xfe30, 0xfe6f },
	{ 0xff00, 0xff60 }, { 0xffe0, 0xffe6 }, { 0x1f300, 0x1f64f },
	{ 0x1f680, 0x1f6ff }, { 0x1f900, 0x1f9ff }, { 0x1fa70, 0x1faff },
	{ 0x20000, 0x3fffd }
};

/* Combining and invisible: no column. */
static const struct range combining[] = {
	{ 0x0300, 0x036f }, { 0x0483, 0x0489 }, { 0x0591, 0x05bd },
	{ 0x05bf, 0x05bf }, { 0x05c1, 0x05c2 }, { 0x05c4, 0x05c5 },
	{ 0x05c7, 0x05c7 }, { 0x0610, 0x061a }, { 0x064b, 0x065f },
	{ 0x0670, 0x0670 }, { 0x06d6, 0x06dc }, { 0x06df, 0x06e4 },
	{ 0x06e7, 0x06e8 }, { 0x06ea, 0x06ed }, { 0x0900, 0x0902 },
	{ 0x093c, 0x093c }, { 0x0941, 0x0948 }, { 0x094d, 0x094d },
	{ 0x0e31, 0x0e31 }, { 0x0e34, 0x0e3a }, { 0x0e47, 0x0e4e },
	{ 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff }, { 0x200b, 0x200f },
	{ 0x2028, 0x202e }, { 0x2060, 0x2064 }, { 0x2066, 0x2069 },
	{ 0x20d0, 0x20ff }, { 0x302a, 0x302d }, { 0x3099, 0x309a },
	{ 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f }, { 0xfeff, 0xfeff },
	{ 0xe0100, 0xe01ef }
};

/* C0, DEL and C1, line separators, and what turns the writing direction. */
static const struct range unsafe[] = {
	{ 0x0000, 0x001f }, { 0x007f, 0x009f }, { 0x061c, 0x061c },
	{ 0x200e, 0x200f }, { 0x2028, 0x202e }, { 0x2066, 0x2069 }
};

/* Upper case letters from first to last; each step-th becomes itself + add. */
static const struct fold {
	uint32_t	first;
	uint32_t	last;
	uint32_t	step;
	uint32_t	add;
} folds[] = {
	{ 'A', 'Z', 1, 32 },
	{ 0x00c0, 0x00d6, 1, 32 }, { 0x00d8, 0x00de, 1, 32 },
	{ 0x0100, 0x012e, 2, 1 }, { 0x0132, 0x0136, 2, 1 },
	{ 0x0139, 0x0147, 2, 1 }, { 0x014a, 0x0176, 2, 1 },
	{ 0x0179, 0x017d, 2, 1 },
	{ 0x0386, 0x0386, 1, 38 }, { 0x0388, 0x038a, 1, 37 },
	{ 0x038c, 0x038c, 1, 64 }, { 0x038e, 0x038f, 1, 63 },
	{ 0x0391, 0x03a1, 1, 32 }, { 0x03a3, 0x03ab, 1, 32 },
	{ 0x03c2, 0x03c2, 1, 1 },		/* final sigma */
	{ 0x0400, 0x040f, 1, 80 }, { 0x0410, 0x042f, 1, 32 },
	{ 0x0460, 0x0480, 2, 1 }, { 0x048a, 0x04be, 2, 1 },
	{ 0x04c1, 0x04cd, 2, 1 }, { 0x04d0, 0x052e, 2, 1 }
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static size_t	sequence_length(unsigned char);
static size_t	decode(const char *, size_t, uint32_t *);
static bool	in_ranges(uint32_t, const struct range *, size_t);
static uint32_t	fold_case(uint32_t);
static int	copy(char *, size_t, const char *, bool);
static size_t	distance(const char *, size_t, const char *, size_t);
static size_t	least(size_t, size_t);
static void	print(char *, size_t, const char *, ...)
		    __attribute__((__format__(printf, 3, 4)));
static int	digits(const char **, const char *, size_t, int, int, int *);
static int	literal(const char **, const char *, char);
static int	parse_fraction(const char **, const char *);
static int	parse_zone(const char **, const char *, int *);
static int	days_in_month(int, int);

/* Of a character by its first byte; 0 if none begins with it. */
static size_t
sequence_length(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	if (first >= 0xf0 && first <= 0xf4)
		return 4;
	return 0;
}

/*
 * The bytes of the character at the start of the text, or 0 if they are not
 * valid UTF-8: cut short, overlong, a surrogate or beyond U+10FFFF.
 */
static size_t
decode(const char *text, size_t len, uint32_t *character)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	static const unsigned char mask[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	const unsigned char *bytes = (const unsigned char *)text;
	size_t i, n;

	if (len == 0 || (n = sequence_length(bytes[0])) == 0 || n > len)
		return 0;
	*character = bytes[0] & mask[n];
	for (i = 1; i < n; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		*character = *character << 6 | (bytes[i] & 0x3f);
	}
	if (*character < smallest[n] || *character > 0x10ffff ||
	    (*character >= 0xd800 && *character <= 0xdfff))
		return 0;
	return n;
}

static bool
in_ranges(uint32_t character, const struct range *ranges, size_t n)
{
	size_t i;

	for (i = 0; i < n && ranges[i].first <= character; i++) {
		if (character <= ranges[i].last)
			return true;
	}
	return false;
}

int
text_is_utf8(const char *text, size_t len)
{
	uint32_t character;
	size_t n;

	while (len > 0) {
		n = decode(text, len, &character);
		if (n == 0 || character == 0)
			return 0;
		text += n;
		len -= n;
	}
	return 1;
}

/* Character by character: each goes whole or not at all. */
static int
copy(char *dst, size_t size, const char *src, bool safe)
{
	size_t left = strlen(src), n, width;
	uint32_t character;
	const char *from;

	if (size == 0)
		return 1;
	for (; left > 0; src += n, left -= n) {
		n = width = decode(src, left, &character);
		from = src;
		if (n == 0) {
			n = 1;
			from = REPLACEMENT;
			width = sizeof(REPLACEMENT) - 1;
		} else if (safe &&
		    in_ranges(character, unsafe, COUNT(unsafe))) {
			from = "?";
			width = 1;
		}
		if (width >= size)
			break;
		memcpy(dst, from, width);
		dst += width;
		size -= width;
	}
	*dst = '\0';
	return left > 0;
}

int
text_copy(char *dst, size_t size, const char *src)
{
	return copy(dst, size, src, false);
}

int
text_safe(char *dst, size_t size, const char *src)
{
	return copy(dst, size, src, true);
}

size_t
text_columns(const char *text)
{
	size_t left = strlen(text), columns = 0, n;
	uint32_t character;

	for (; left > 0; text += n, left -= n) {
		if ((n = decode(text, left, &character)) == 0) {
			n = 1;
			columns++;
		} else if (in_ranges(character, combining, COUNT(combining)))
			continue;
		else if (in_ranges(character, wide, COUNT(wide)))
			columns += 2;
		else
			columns++;
	}
	return columns;
}

int
text_trim(char *dst, size_t size, const char *src)
{
	static const char white[] = " \t\r\n\v\f";
	size_t len;

	src += strspn(src, white);
	len = strlen(src);
	while (len > 0 && strchr(white, src[len - 1]) != NULL)
		len--;
	if (len >= size)
		return -1;
	memcpy(dst, src, len);
	dst[len] = '\0';
	return 0;
}

static uint32_t
fold_case(uint32_t character)
{
	const struct fold *fold;

	for (fold = folds; fold < folds + COUNT(folds); fold++) {
		if (character >= fold->first && character <= fold->last &&
		    (character - fold->first) % fold->step == 0)
			return character + fold->add;
	}
	return character;
}

int
text_same_name(const char *a, const char *b)
{
	size_t a_left = strlen(a), b_left = strlen(b), n;
	uint32_t a_character, b_character;

	while (a_left > 0 && b_left > 0) {
		if ((n = decode(a, a_left, &a_character)) == 0) {
			a_character = NOT_A_CHARACTER + (unsigned char)*a;
			n = 1;
		}
		a += n;
		a_left -= n;
		if ((n = decode(b, b_left, &b_character)) == 0) {
			b_character = NOT_A_CHARACTER + (unsigned char)*b;
			n = 1;
		}
		b += n;
		b_left -= n;
		if (fold_case(a_character) != fold_case(b_character))
			return 0;
	}
	return a_left == 0 && b_left == 0;
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * How many letters must be added, dropped, changed, or swapped with their
 * neighbour (Damerau and Levenshtein; no letter is touched twice).  Neither
 * word is longer than NEAREST_WORD_MAX.
 */
static size_t
distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][NEAREST_WORD_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *row = rows[2], *spare;
	size_t i, j;

	for (j = 0; j <= b_len; j++) {
		before[j] = 0;
		last[j] = j;
	}
	for (i = 1; i <= a_len; i++) {
		row[0] = i;
		for (j = 1; j <= b_len; j++) {
			row[j] = last[j - 1] + (a[i - 1] != b[j - 1]);
			row[j] = least(row[j], last[j] + 1);
			row[j] = least(row[j], row[j - 1] + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
		spare = before;
		before = last;
		last = row;
		row = spare;
	}
	return last[b_len];
}

const char *
text_nearest(const char *word, const char *const *words, size_t n)
{
	const char *nearest = NULL;
	size_t len = strlen(word), best, d, i;

	if (len == 0 || len > NEAREST_WORD_MAX)
		return NULL;
	best = (len / 3 > 1 ? len / 3 : 1) + 1;
	/* Something of the word has to be left. */
	best = least(best, len);
	for (i = 0; i < n; i++) {
		if (strlen(words[i]) > NEAREST_WORD_MAX)
			continue;
		d = distance(word, len, words[i], strlen(words[i]));
		if (d < best) {
			best = d;
			nearest = words[i];
		}
	}
	return nearest;
}

/* What does not fit would be misread: "?" instead. */
static void
print(char *dst, size_t size, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(dst, size, format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= size)
		(void)text_copy(dst, size, "?");
}

void
text_time_utc(char *dst, size_t size, int64_t seconds)
{
	time_t when = (time_t)seconds;
	struct tm tm;

	if (seconds == 0)
		print(dst, size, "-");
	else if (gmtime_r(&when, &tm) == NULL)
		print(dst, size, "?");
	else
		print(dst, size, "%04d-%02d-%02dT%02d:%02d:%02dZ",
		    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
		    tm.tm_min, tm.tm_sec);
}

/* Exactly n digits, with a value from min to max. */
static int
digits(const char **text, const char *end, size_t n, int min, int max,
    int *value)
{
	*value = 0;
	for (; n > 0; n--, (*text)++) {
		if (*text == end || !isdigit((unsigned char)**text))
			return -1;
		*value = *value * 10 + (**text - '0');
	}
	return *value < min || *value > max ? -1 : 0;
}

static int
literal(const char **text, const char *end, char c)
{
	if (*text == end || **text != c)
		return -1;
	(*text)++;
	return 0;
}

/* Of no interest, but it must be one: 1 to 9 digits after a point, or none. */
static int
parse_fraction(const char **text, const char *end)
{
	const char *first;

	if (literal(text, end, '.') == -1)
		return 0;
	first = *text;
	while (*text < end && isdigit((unsigned char)**text))
		(*text)++;
	return *text == first || *text - first > 9 ? -1 : 0;
}

/* Minutes east of UTC, up to the end of the text. */
static int
parse_zone(const char **text, const char *end, int *offset)
{
	int sign, hours, minutes;

	*offset = 0;
	if (*text == end)
		return 0;
	if (literal(text, end, 'Z') == 0)
		return *text == end ? 0 : -1;
	if (literal(text, end, '+') == 0)
		sign = 1;
	else if (literal(text, end, '-') == 0)
		sign = -1;
	else
		return -1;
	if (digits(text, end, 2, 0, 14, &hours) == -1 ||
	    literal(text, end, ':') == -1 ||
	    digits(text, end, 2, 0, 59, &minutes) == -1 || *text != end ||
	    hours * 60 + minutes > OFFSET_MAX)
		return -1;
	*offset = sign * (hours * 60 + minutes);
	return 0;
}

static int
days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
	    31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

int
text_parse_time(const char *text, size_t len, int64_t *seconds)
{
	const char *end = text + len;
	int year, month, offset;
	struct tm tm;

	memset(&tm, 0, sizeof(tm));
	if (digits(&text, end, 4, 1, 9999, &year) == -1 ||
	    literal(&text, end, '-') == -1 ||
	    digits(&text, end, 2, 1, 12, &month) == -1 ||
	    literal(&text, end, '-') == -1 ||
	    digits(&text, end, 2, 1, days_in_month(year, month),
	    &tm.tm_mday) == -1 ||
	    literal(&text, end, 'T') == -1 ||
	    digits(&text, end, 2, 0, 23, &tm.tm_hour) == -1 ||
	    literal(&text, end, ':') == -1 ||
	    digits(&text, end, 2, 0, 59, &tm.tm_min) == -1 ||
	    literal(&text, end, ':') == -1 ||
	    digits(&text, end, 2, 0, 59, &tm.tm_sec) == -1 ||
	    parse_fraction(&text, end) == -1 ||
	    parse_zone(&text, end, &offset) == -1)
		return -1;
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	*seconds = (int64_t)timegm(&tm) - (int64_t)offset * 60;
	if (*seconds < 0)
		*seconds = 0;
	/* Its offset moves it into a year that no server takes back. */
	if (*seconds > TEXT_TIME_MAX)
		*seconds = TEXT_TIME_MAX;
	return 0;
}

void
text_ticks(char *dst, size_t size, int64_t ticks)
{
	const char *sign = ticks < 0 ? "-" : "";
	int64_t seconds = ticks / TICKS_PER_SECOND;
	long long hours, minutes;

	if (seconds < 0)
		seconds = -seconds;
	hours = seconds / 3600;
	minutes = seconds / 60 % 60;
	if (hours > 0)
		print(dst, size, "%s%lld:%02lld:%02d", sign, hours, minutes,
		    (int)(seconds % 60));
	else
		print(dst, size, "%s%lld:%02d", sign, minutes,
		    (int)(seconds % 60));
}

int64_t
text_between(int64_t from, int64_t to)
{
	if (from < 0 && to > INT64_MAX + from)
		return INT64_MAX;
	if (from > 0 && to < INT64_MIN + from)
		return INT64_MIN;
	return to - from;
}
