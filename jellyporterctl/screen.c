/*
 * What text is printed on: its width, its colors, lines that are too long,
 * and lengths of time in words.
 */
#include <sys/ioctl.h>

#include <err.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "screen.h"
#include "text.h"

#define WIDTH_DEFAULT	80
#define HEIGHT_DEFAULT	24
#define ELLIPSIS	"\xe2\x80\xa6"	/* one column wide */

static void	 new_line(const struct screen *, size_t);
static size_t	 print_word(const struct screen *, size_t, const char *,
		    size_t);
static size_t	 character_length(const char *);
static void	 format_at(char *, size_t, const char *, va_list);
static void	 name_day(char *, size_t, int64_t, int64_t);

/* SGR sequences; the terminal's own colors, so that its theme holds. */
static const char *const color_sequences[COLOR_COUNT] = {
	[COLOR_NONE] = "\033[0m",
	[COLOR_TITLE] = "\033[1m",
	[COLOR_GOOD] = "\033[32m",
	[COLOR_WARNING] = "\033[33m",
	[COLOR_BAD] = "\033[31m"
};

/* Hours are told up to two days: "30 hours" says more than "1 day". */
static const struct {
	int64_t		 from;		/* seconds */
	int64_t		 seconds;
	const char	*name;
} units[] = {
	{ 2 * 86400, 86400, "day" },
	{ 3600, 3600, "hour" },
	{ 60, 60, "minute" },
	{ 0, 1, "second" }
};

void
screen_init(struct screen *screen, FILE *file)
{
	struct winsize size;
	const char *term, *no_color;

	memset(screen, 0, sizeof(*screen));
	screen->file = file;
	screen->now = (int64_t)time(NULL);
	if (!isatty(fileno(file)))
		return;
	screen->width = WIDTH_DEFAULT;
	screen->height = HEIGHT_DEFAULT;
	if (ioctl(fileno(file), TIOCGWINSZ, &size) == 0) {
		if (size.ws_col > 0)
			screen->width = size.ws_col;
		if (size.ws_row > 0)
			screen->height = size.ws_row;
	}
	term = getenv("TERM");
	no_color = getenv("NO_COLOR");
	screen->live = term != NULL && strcmp(term, "dumb") != 0;
	screen->color = screen->live &&
	    (no_color == NULL || *no_color == '\0');
}

void
screen_color(const struct screen *screen, enum color color)
{
	if (screen->color)
		fputs(color_sequences[color], screen->file);
}

void
screen_text(const struct screen *screen, const char *text, enum color color)
{
	if (color != COLOR_NONE)
		screen_color(screen, color);
	fputs(text, screen->file);
	if (color != COLOR_NONE)
		screen_color(screen, COLOR_NONE);
}

void
screen_spaces(const struct screen *screen, size_t n)
{
	while (n-- > 0)
		putc(' ', screen->file);
}

void
screen_paragraph(const struct screen *screen, size_t indent,
    const char *first, const char *words)
{
	char word[PARAGRAPH_SIZE];
	size_t at, columns, len;
	bool fresh = first[strspn(first, " ")] == '\0';

	at = print_word(screen, indent, first, 0);
	while (*(words += strspn(words, " ")) != '\0') {
		len = strcspn(words, " ");
		screen_format(word, sizeof(word), "%.*s", (int)len, words);
		words += len;
		columns = text_columns(word);
		if (!fresh && screen->width != 0 &&
		    at + 1 + columns > screen->width) {
			new_line(screen, indent);
			at = indent;
		} else if (!fresh) {
			putc(' ', screen->file);
			at++;
		}
		at = print_word(screen, indent, word, at);
		fresh = false;
	}
	putc('\n', screen->file);
}

static void
new_line(const struct screen *screen, size_t indent)
{
	putc('\n', screen->file);
	screen_spaces(screen, indent);
}

/* One that is longer than a line takes several.  The column after it. */
static size_t
print_word(const struct screen *screen, size_t indent, const char *word,
    size_t at)
{
	char character[8];
	size_t len, width;

	for (; *word != '\0'; word += len) {
		len = character_length(word);
		screen_format(character, sizeof(character), "%.*s", (int)len,
		    word);
		width = text_columns(character);
		if (screen->width != 0 && at + width > screen->width &&
		    at > indent) {
			new_line(screen, indent);
			at = indent;
		}
		fputs(character, screen->file);
		at += width;
	}
	return at;
}

void
screen_say(const struct screen *screen, const char *format, ...)
{
	char text[PARAGRAPH_SIZE];
	va_list ap;

	va_start(ap, format);
	format_at(text, sizeof(text), format, ap);
	va_end(ap);
	screen_paragraph(screen, 2, "", text);
}

void
screen_cut(char *dst, size_t size, const char *text, size_t columns)
{
	char character[8];
	size_t at = 0, len, width;

	*dst = '\0';
	if (text_columns(text) <= columns) {
		screen_append(dst, size, "%s", text);
		return;
	}
	for (; *text != '\0'; text += len) {
		len = character_length(text);
		screen_format(character, sizeof(character), "%.*s", (int)len,
		    text);
		width = text_columns(character);
		if (at + width + 1 > columns)
			break;
		screen_append(dst, size, "%s", character);
		at += width;
	}
	screen_append(dst, size, "%s", ELLIPSIS);
}

/* Of valid UTF-8, which text_safe() has made sure of: at most four bytes. */
static size_t
character_length(const char *text)
{
	size_t len = 1;

	while (len < 4 && ((unsigned char)text[len] & 0xc0) == 0x80)
		len++;
	return len;
}

void
screen_format(char *dst, size_t size, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	format_at(dst, size, format, ap);
	va_end(ap);
}

void
screen_append(char *dst, size_t size, const char *format, ...)
{
	va_list ap;
	size_t len = strlen(dst);

	va_start(ap, format);
	format_at(dst + len, size - len, format, ap);
	va_end(ap);
}

static void
format_at(char *dst, size_t size, const char *format, va_list ap)
{
	int n;

	n = vsnprintf(dst, size, format, ap);
	if (n < 0 || (size_t)n >= size)
		errx(1, "text of more than %zu bytes", size);
}

void
screen_length(char *dst, size_t size, int64_t seconds)
{
	size_t i = 0;
	int64_t n;

	if (seconds < 0)
		seconds = 0;
	while (seconds < units[i].from)
		i++;
	n = seconds / units[i].seconds;
	screen_format(dst, size, "%lld %s%s", (long long)n, units[i].name,
	    n == 1 ? "" : "s");
}

void
screen_date(char *dst, size_t size, int64_t seconds)
{
	struct tm tm;
	time_t t = (time_t)seconds;

	if (seconds == 0) {
		screen_format(dst, size, "never");
		return;
	}
	if (localtime_r(&t, &tm) == NULL ||
	    strftime(dst, size, "%Y-%m-%d %H:%M", &tm) == 0)
		screen_format(dst, size, "?");
}

void
screen_when(char *dst, size_t size, int64_t then, int64_t now)
{
	char length[64];

	if (then > now) {
		screen_length(length, sizeof(length), text_between(now, then));
		screen_format(dst, size, "in %s", length);
	} else if (then == now)
		screen_format(dst, size, "now");
	else if (then != 0 && text_between(then, now) < 3600) {
		screen_length(length, sizeof(length), now - then);
		screen_format(dst, size, "%s ago", length);
	} else {
		screen_date(dst, size, then);
		name_day(dst, size, then, now);
	}
}

/* Days are those of the calendar: at one o'clock, 23:50 was yesterday. */
static void
name_day(char *dst, size_t size, int64_t then, int64_t now)
{
	static const char *const days[] = { "today", "yesterday" };
	time_t then_time = (time_t)then, now_time = (time_t)now;
	struct tm at, day;
	int i;

	if (then == 0 || localtime_r(&then_time, &at) == NULL ||
	    localtime_r(&now_time, &day) == NULL)
		return;
	for (i = 0; i < 2; i++) {
		if (at.tm_year == day.tm_year && at.tm_yday == day.tm_yday)
			screen_format(dst, size, "%s %02d:%02d", days[i],
			    at.tm_hour, at.tm_min);
		day.tm_mday--;
		day.tm_hour = 12;	/* on every day, as of summer time */
		day.tm_isdst = -1;
		if (mktime(&day) == -1)
			return;
	}
}
