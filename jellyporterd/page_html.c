/* The frame of the status page: how it is, in a word and in numbers. */
#include <stdbool.h>
#include <stdlib.h>

#include "log.h"
#include "page_html.h"
#include "page_text.h"
#include "text.h"

static void	begin(FILE *, const char *, int64_t);
static void	end(FILE *);
static void	print_header(FILE *, const struct row *, size_t, int64_t);
static void	print_state(FILE *, const struct row *, size_t);
static void	print_syncs(FILE *, const struct row *, int64_t);
static void	print_numbers(FILE *, const struct row *);

/*
 * Who has no script sees the page anew now and then; the note is the script's,
 * for when nobody answers.
 */
static void
begin(FILE *f, const char *title, int64_t now)
{
	fprintf(f, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, "
	    "initial-scale=1\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n"
	    "<title>jellyporter: %s</title>\n"
	    "<link rel=\"icon\" href=\"status.svg\">\n"
	    "<link rel=\"stylesheet\" href=\"status.css\">\n"
	    "<script src=\"status.js\" defer></script>\n"
	    "<noscript><meta http-equiv=\"refresh\" content=\"30\">"
	    "</noscript>\n</head>\n<body>\n"
	    "<p id=\"note\" role=\"status\"></p>\n"
	    "<main data-now=\"%lld\">\n", title, (long long)now);
}

static void
end(FILE *f)
{
	fputs("</main>\n<footer><p>This page shows, and changes nothing; "
	    "<code>jellyporterctl</code> does. <span id=\"fresh\">It is "
	    "loaded anew every 30 seconds.</span></p></footer>\n"
	    "</body>\n</html>\n", f);
}

void
page_print(FILE *f, const struct rows *rows, int64_t now)
{
	const struct row *daemon = rows_next(rows, NULL, "daemon");
	FILE *problems;
	char *text;
	size_t len, n;

	if (daemon == NULL)
		fatalx("a page of nothing");
	if ((problems = open_memstream(&text, &len)) == NULL)
		fatal("open_memstream");
	n = page_print_problems(problems, rows, now);
	if (fclose(problems) == EOF)
		fatal("page");
	begin(f, n > 0 ? "needs a look" : "status", now);
	print_header(f, daemon, n, now);
	if (n > 0)
		fprintf(f, "<section class=\"problems\">\n"
		    "<h2>Needs a look</h2>\n<ul>\n%s</ul>\n</section>\n",
		    text);
	free(text);
	print_numbers(f, daemon);
	page_print_servers(f, rows, now);
	page_print_people(f, rows);
	page_print_held(f, rows, now);
	page_print_changes(f, rows, now);
	end(f);
}

static void
print_header(FILE *f, const struct row *daemon, size_t problems, int64_t now)
{
	fputs("<header>\n<h1><img src=\"status.svg\" alt=\"\" width=\"32\" "
	    "height=\"32\"> jellyporter</h1>\n", f);
	print_state(f, daemon, problems);
	fputs("<p class=\"quiet\">", f);
	print_syncs(f, daemon, now);
	fputs(" Version ", f);
	page_put_text(f, row_string(daemon, "version"), PAGE_NAME_MAX);
	fputs(", up ", f);
	page_put_length(f, row_integer(daemon, "uptime"));
	fputs(".</p>\n</header>\n", f);
}

/* In a word: what is wrong goes before what is being done. */
static void
print_state(FILE *f, const struct row *daemon, size_t problems)
{
	int64_t owed = row_integer(daemon, "owed");

	if (row_integer(daemon, "paused_since") != 0)
		fputs("<p class=\"state warn\">Paused", f);
	else if (problems > 0)
		fprintf(f, "<p class=\"state bad\">%zu %s a look", problems,
		    problems == 1 ? "thing needs" : "things need");
	else if (row_integer(daemon, "syncing") != 0)
		fputs("<p class=\"state busy\">Syncing", f);
	else if (row_integer(daemon, "last_sync") == 0)
		fputs("<p class=\"state busy\">No sync yet", f);
	else if (owed > 0) {
		fputs("<p class=\"state busy\">", f);
		page_put_number(f, owed);
		fputs(owed == 1 ? " write is due" : " writes are due", f);
	} else
		fputs("<p class=\"state good\">Everything is in step", f);
	fputs("</p>\n", f);
}

static void
print_syncs(FILE *f, const struct row *daemon, int64_t now)
{
	int64_t next = row_integer(daemon, "next_sync");

	fputs("Last sync ", f);
	page_put_time(f, row_integer(daemon, "last_sync"), now);
	if (next > now && row_integer(daemon, "syncing") == 0) {
		fputs(", next ", f);
		page_put_time(f, next, now);
	}
	putc('.', f);
}

static void
print_numbers(FILE *f, const struct row *daemon)
{
	static const struct {
		const char	*name;
		const char	*title;
		const char	*hint;
	} numbers[] = {
		{ "works", "Works", "films and episodes, each counted once" },
		{ "items", "Items", "their copies on all servers" },
		{ "unmatched", "Unmatched",
		    "items with no partner; jellyporterctl show unmatched" },
		{ "owed", "Due", "writes that servers are owed" },
		{ "held", "Held", "changes that wait for a word" },
		{ "conflicts", "Conflicts", "lost within a day" }
	};
	size_t i;

	fputs("<section>\n<h2 class=\"hidden\">Numbers</h2>\n<dl>\n", f);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		fprintf(f, "<div title=\"%s\"><dt>%s</dt><dd>",
		    numbers[i].hint, numbers[i].title);
		page_put_number(f, row_integer(daemon, numbers[i].name));
		fputs("</dd></div>\n", f);
	}
	fputs("</dl>\n</section>\n", f);
}

void
page_print_gone(FILE *f, int64_t answered, int64_t now)
{
	begin(f, "no answer", now);
	fputs("<header>\n<h1><img src=\"status.svg\" alt=\"\" width=\"32\" "
	    "height=\"32\"> jellyporter</h1>\n"
	    "<p class=\"state bad\">The engine does not answer</p>\n"
	    "<p>The process that does the work is gone, hangs or begins just "
	    "now, so there is nothing to show. It is started again by itself; "
	    "this page then comes back.</p>\n<p>", f);
	if (answered != 0) {
		fputs("Its last answer came ", f);
		page_put_time(f, answered, now);
		fputs(".", f);
	} else
		fputs("It has not answered yet.", f);
	fputs(" If it lasts: <code>jellyporterctl show processes</code>, and "
	    "the log.</p>\n</header>\n", f);
	end(f);
}

void
page_list_begin(struct page_list *list, FILE *f, long bytes)
{
	list->out = f;
	list->left_out = 0;
	if ((list->end = ftell(f)) == -1)
		fatal("ftell");
	list->end += bytes;
}

bool
page_list_has_room(struct page_list *list)
{
	if (list->left_out == 0 && ftell(list->out) < list->end)
		return true;
	list->left_out++;
	return false;
}
