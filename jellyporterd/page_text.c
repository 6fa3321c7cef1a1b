/* What is written into the status page, made safe for HTML. */
#include <inttypes.h>
#include <string.h>

#include "log.h"
#include "message.h"
#include "page_text.h"
#include "text.h"

#define SOON	5	/* seconds that need not be counted */

static const char *escape_of(char);
static void	 put_element(FILE *, const char *, int64_t);

void
page_put_text(FILE *f, const char *text, size_t max)
{
	char safe[ROW_TEXT_SIZE];
	const char *p, *escape;
	int cut;

	if (max >= sizeof(safe))
		fatalx("so much of a text is not shown");
	cut = text_safe(safe, max + 1, text);
	for (p = safe; *p != '\0'; p++) {
		if ((escape = escape_of(*p)) != NULL)
			fputs(escape, f);
		else
			putc(*p, f);
	}
	if (cut)
		fputs("\xe2\x80\xa6", f);
}

static const char *
escape_of(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&#34;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void
page_put_number(FILE *f, int64_t number)
{
	char digits[32];
	size_t i, n;

	(void)snprintf(digits, sizeof(digits), "%" PRId64, number);
	n = strlen(digits);
	for (i = 0; i < n; i++) {
		putc(digits[i], f);
		if ((n - i) % 3 == 1 && n - i > 1 && digits[i] != '-')
			putc(',', f);
	}
}

void
page_put_length(FILE *f, int64_t seconds)
{
	static const struct {
		int64_t		 below;		/* seconds */
		int64_t		 unit;
		const char	*name;
	} units[] = {
		{ 60, 1, "second" },
		{ 3600, 60, "minute" },
		{ 2 * 86400, 3600, "hour" },
		{ INT64_MAX, 86400, "day" }
	};
	int64_t n;
	size_t i = 0;

	while (seconds >= units[i].below &&
	    i + 1 < sizeof(units) / sizeof(units[0]))
		i++;
	n = seconds / units[i].unit;
	page_put_number(f, n);
	fprintf(f, " %s%s", units[i].name, n == 1 ? "" : "s");
}

void
page_put_time(FILE *f, int64_t then, int64_t now)
{
	int64_t apart = then > now ? text_between(now, then) :
	    text_between(then, now);

	if (then == 0) {
		fputs("never", f);
		return;
	}
	put_element(f, "", then);
	if (apart < SOON)
		fputs("just now", f);
	else {
		fputs(then > now ? "in " : "", f);
		page_put_length(f, apart);
		fputs(then > now ? "" : " ago", f);
	}
	fputs("</time>", f);
}

void
page_put_since(FILE *f, int64_t then, int64_t now)
{
	put_element(f, " class=\"since\"", then);
	page_put_length(f, then > now ? 0 : text_between(then, now));
	fputs("</time>", f);
}

static void
put_element(FILE *f, const char *class, int64_t then)
{
	char date[TEXT_TIME_SIZE];

	text_time_utc(date, sizeof(date), then);
	fprintf(f, "<time%s datetime=\"%s\" title=\"%.10s %.8s UTC\">",
	    class, date, date, date + strlen("2026-03-01T"));
}

void
page_put_ticks(FILE *f, int64_t ticks)
{
	char text[64];

	text_ticks(text, sizeof(text), ticks);
	fputs(text, f);
}
