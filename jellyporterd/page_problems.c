/*
 * What needs somebody, in the words of "jellyporterctl status", and what to do
 * about it.
 */
#include <inttypes.h>
#include <string.h>

#include "page_html.h"
#include "page_text.h"
#include "text.h"

#define PROBLEMS_BYTES		4000
/* A clock that is off by less can hardly change which of two plays is later. */
#define SKEW_WORTH_TELLING	30	/* seconds */

struct problems {
	struct page_list	 list;
	FILE			*out;
	int64_t			 now;
	size_t			 n;
};

static bool	begin(struct problems *, const char *);
static void	pause_problem(struct problems *, const struct row *);
static void	state_problem(struct problems *, const struct row *);
static void	skew_problem(struct problems *, const struct row *);
static void	parked_problem(struct problems *, const struct row *);
static void	held_problem(struct problems *, const struct row *);
static void	live_problem(struct problems *, const struct row *);
static bool	is_well(const struct row *);

size_t
page_print_problems(FILE *f, const struct rows *rows, int64_t now)
{
	struct problems problems = { .out = f, .now = now };
	const struct row *row = NULL;

	page_list_begin(&problems.list, f, PROBLEMS_BYTES);
	pause_problem(&problems, rows_next(rows, NULL, "daemon"));
	while ((row = rows_next(rows, row, "server")) != NULL) {
		state_problem(&problems, row);
		skew_problem(&problems, row);
		parked_problem(&problems, row);
		held_problem(&problems, row);
		live_problem(&problems, row);
	}
	if (problems.list.left_out > 0)
		fprintf(f, "<li>and %zu more: <code>jellyporterctl "
		    "status</code></li>\n", problems.list.left_out);
	return problems.n;
}

/* Counted in any case; false if there is no room for it. */
static bool
begin(struct problems *problems, const char *name)
{
	problems->n++;
	if (!page_list_has_room(&problems->list))
		return false;
	fputs("<li><b>", problems->out);
	page_put_text(problems->out, name, PAGE_NAME_MAX);
	fputs("</b> ", problems->out);
	return true;
}

static void
pause_problem(struct problems *problems, const struct row *daemon)
{
	int64_t since = row_integer(daemon, "paused_since");

	if (since == 0 || !begin(problems, "Paused"))
		return;
	fputs("for ", problems->out);
	page_put_since(problems->out, since, problems->now);
	fputs(": nothing is read or written until <code>jellyporterctl "
	    "resume</code>.</li>\n", problems->out);
}

static void
state_problem(struct problems *problems, const struct row *server)
{
	const char *error = row_string(server, "error");
	int64_t since = row_integer(server, "failing_since");

	if ((is_well(server) && *error == '\0') ||
	    !begin(problems, row_string(server, "name")))
		return;
	page_put_text(problems->out, row_string(server, "state"),
	    PAGE_NAME_MAX);
	if (since != 0) {
		fputs(" for ", problems->out);
		page_put_since(problems->out, since, problems->now);
	}
	if (*error != '\0') {
		fputs(": ", problems->out);
		page_put_text(problems->out, error, PAGE_ERROR_MAX);
	}
	fputs("</li>\n", problems->out);
}

static void
skew_problem(struct problems *problems, const struct row *server)
{
	int64_t skew = row_integer(server, "clock_skew");

	if ((skew > -SKEW_WORTH_TELLING && skew < SKEW_WORTH_TELLING) ||
	    !begin(problems, row_string(server, "name")))
		return;
	fputs("has a clock that is ", problems->out);
	page_put_length(problems->out, skew < 0 ? text_between(skew, 0) :
	    skew);
	fprintf(problems->out, " %s ours; set both by NTP, or the later of two "
	    "plays may lose.</li>\n", skew < 0 ? "behind" : "ahead of");
}

static void
parked_problem(struct problems *problems, const struct row *server)
{
	int64_t parked = row_integer(server, "parked");

	if (parked == 0 || !begin(problems, row_string(server, "name")))
		return;
	page_put_number(problems->out, parked);
	fprintf(problems->out, " %s not written: gone from the server, or "
	    "hidden from the user.</li>\n", parked == 1 ? "copy is" :
	    "copies are");
}

static void
held_problem(struct problems *problems, const struct row *server)
{
	int64_t held = row_integer(server, "held");

	if (held == 0 || !begin(problems, row_string(server, "name")))
		return;
	page_put_number(problems->out, held);
	fprintf(problems->out, " %s something back %s held, first seen ",
	    held == 1 ? "change that takes" : "changes that take",
	    held == 1 ? "is" : "are");
	page_put_time(problems->out, row_integer(server, "held_since"),
	    problems->now);
	fputs(". See <code>jellyporterctl show held</code>, then "
	    "<code>approve</code> or <code>discard</code>.</li>\n",
	    problems->out);
}

/* Of a server that does not answer at all, that is said already. */
static void
live_problem(struct problems *problems, const struct row *server)
{
	if (strcmp(row_string(server, "live"), "down") != 0 ||
	    !is_well(server) || !begin(problems, row_string(server, "name")))
		return;
	fputs("has not been live for ", problems->out);
	page_put_since(problems->out, row_integer(server, "live_since"),
	    problems->now);
	fputs(", so changes are found at the next sync: ", problems->out);
	page_put_text(problems->out, row_string(server, "live_error"),
	    PAGE_ERROR_MAX);
	fputs("</li>\n", problems->out);
}

static bool
is_well(const struct row *server)
{
	const char *state = row_string(server, "state");

	return strcmp(state, "ok") == 0 || strcmp(state, "syncing") == 0;
}
