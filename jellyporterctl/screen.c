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

static size_t	 character_length(const char *);
static void	 format_at(char *, size_t, const char *, va_list);

/* SGR sequences; the terminal's own colors, so that its theme holds. */
static const char *const color_sequences[COLOR_COUNT] = {
	[COLOR_NONE] = "\033[0m",
	[COLOR_TITLE] = "\033[1m",
	[COLOR_GOOD] = "\033[32m",
	[COLOR_WARNING] = "\033[33m",
	[COLOR_BAD] = "\033[31m"
};

/* Hours are told up to two days: "30 h" says more than "1 day". */
static const struct {
	int64_t		 from;		/* seconds */
	int64_t		 seconds;
	const char	*name;
} units[] = {
	{ 2 * 86400, 86400, "days" },
	{ 3600, 3600, "h" },
	{ 60, 60, "min" },
	{ 0, 1, "s" }
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
	char word[CELL_SIZE];
	size_t at = text_columns(first), columns, len;
	bool fresh = first[strspn(first, " ")] == '\0';

	fputs(first, screen->file);
	while (*(words += strspn(words, " ")) != '\0') {
		len = strcspn(words, " ");
		screen_format(word, sizeof(word), "%.*s", (int)len, words);
		words += len;
		columns = text_columns(word);
		if (!fresh && screen->width != 0 &&
		    at + 1 + columns > screen->width) {
			putc('\n', screen->file);
			screen_spaces(screen, indent);
			at = indent;
		} else if (!fresh) {
			putc(' ', screen->file);
			at++;
		}
		fputs(word, screen->file);
		at += columns;
		fresh = false;
	}
	putc('\n', screen->file);
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

	if (seconds < 0)
		seconds = 0;
	while (seconds < units[i].from)
		i++;
	screen_format(dst, size, "%lld %s",
	    (long long)(seconds / units[i].seconds), units[i].name);
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
