/* The tables of the status page: servers, people, what is held, what changed. */
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "page_html.h"
#include "page_text.h"
#include "record.h"

/* Of each table, so that all of the page is not too long. */
#define SERVERS_BYTES	7000
#define PEOPLE_BYTES	4000
#define HELD_BYTES	3500
#define CHANGES_BYTES	10000
#define ENDPOINTS_SHOWN	6	/* of one person */

static void	begin(FILE *, const char *, const char *, const char *const *);
static void	end(struct page_list *, const char *);
static void	print_server(FILE *, const struct row *, int64_t);
static const char *state_class(const char *);
static void	print_person(FILE *, const struct rows *, const struct row *);
static void	print_endpoint(FILE *, const struct rows *,
		    const struct row *);
static bool	is_well(const struct rows *, const char *);
static void	print_title(FILE *, const struct row *);
static void	print_change(FILE *, const struct row *);
static void	print_item(FILE *, const struct row *, int64_t, int64_t);
static void	cell_number(FILE *, const char *, int64_t);
static bool	differs(const struct row *, const char *, int64_t *);

/* A table named for its section's heading; titles end with a NULL. */
static void
begin(FILE *f, const char *class, const char *heading,
    const char *const *titles)
{
	fprintf(f, "<section>\n<table class=\"%s\">\n<caption><h2>%s</h2>"
	    "</caption>\n<thead><tr>", class, heading);
	for (; *titles != NULL; titles++)
		fprintf(f, "<th scope=\"col\">%s</th>", *titles);
	fputs("</tr></thead>\n<tbody>\n", f);
}

/* command: what shows all of it. */
static void
end(struct page_list *list, const char *command)
{
	fputs("</tbody>\n</table>\n", list->out);
	if (list->left_out > 0)
		fprintf(list->out, "<p class=\"quiet\">and %zu more: "
		    "<code>jellyporterctl %s</code></p>\n", list->left_out,
		    command);
	fputs("</section>\n", list->out);
}

/* Servers */

void
page_print_servers(FILE *f, const struct rows *rows, int64_t now)
{
	static const char *const titles[] = {
		"Server", "State", "Live", "Items", "Unmatched", "Due",
		"Last read", NULL
	};
	const struct row *row = NULL;
	struct page_list list;

	begin(f, "servers", "Servers", titles);
	page_list_begin(&list, f, SERVERS_BYTES);
	while ((row = rows_next(rows, row, "server")) != NULL) {
		if (page_list_has_room(&list))
			print_server(f, row, now);
	}
	end(&list, "show servers");
}

static void
print_server(FILE *f, const struct row *server, int64_t now)
{
	const char *state = row_string(server, "state");
	const char *reading = row_string(server, "reading");

	fputs("<tr><th scope=\"row\">", f);
	page_put_text(f, row_string(server, "name"), PAGE_NAME_MAX);
	fputs(" <small>", f);
	page_put_text(f, row_string(server, "version"), PAGE_NAME_MAX);
	fprintf(f, "</small></th><td class=\"%s\">", state_class(state));
	page_put_text(f, state, PAGE_NAME_MAX);
	if (reading[0] != '\0') {
		fputs(" <small>", f);
		page_put_text(f, reading, PAGE_NAME_MAX);
		fputs("</small>", f);
	}
	fputs("</td><td><i>live: </i>", f);
	page_put_text(f, row_string(server, "live"), PAGE_NAME_MAX);
	fputs("</td>", f);
	cell_number(f, row_integer(server, "items") == 1 ? "item" : "items",
	    row_integer(server, "items"));
	cell_number(f, "unmatched", row_integer(server, "unmatched"));
	cell_number(f, "due", row_integer(server, "owed"));
	fputs("<td>", f);
	page_put_time(f, row_integer(server, "last_success"), now);
	fputs("</td></tr>\n", f);
}

static const char *
state_class(const char *state)
{
	if (strcmp(state, "ok") == 0)
		return "good";
	return strcmp(state, "syncing") == 0 ? "busy" : "bad";
}

/* What is counted is said where there is no head of the table, on a phone. */
static void
cell_number(FILE *f, const char *what, int64_t number)
{
	fprintf(f, "<td class=\"n%s\">", number == 0 ? " zero" : "");
	page_put_number(f, number);
	fprintf(f, "<i> %s</i></td>", what);
}

/* People */

void
page_print_people(FILE *f, const struct rows *rows)
{
	static const char *const titles[] = {
		"Person", "On", "History", "Due", "Held", NULL
	};
	const struct row *row = NULL;
	struct page_list list;

	begin(f, "people", "People", titles);
	page_list_begin(&list, f, PEOPLE_BYTES);
	while ((row = rows_next(rows, row, "person")) != NULL) {
		if (page_list_has_room(&list))
			print_person(f, rows, row);
	}
	end(&list, "show people");
}

static void
print_person(FILE *f, const struct rows *rows, const struct row *person)
{
	const char *name = row_string(person, "name");
	int64_t owed = 0, held = 0;
	const struct row *row = NULL;
	size_t n = 0;

	fputs("<tr><th scope=\"row\">", f);
	page_put_text(f, name, PAGE_NAME_MAX);
	fputs("</th><td>", f);
	while ((row = rows_next(rows, row, "endpoint")) != NULL) {
		if (strcmp(row_string(row, "person"), name) != 0)
			continue;
		owed += row_integer(row, "owed");
		held += row_integer(row, "held");
		if (n++ >= ENDPOINTS_SHOWN)
			continue;
		fputs(n > 1 ? ", " : "", f);
		print_endpoint(f, rows, row);
	}
	if (n > ENDPOINTS_SHOWN)
		fprintf(f, " and %zu more", n - ENDPOINTS_SHOWN);
	fputs("</td>", f);
	cell_number(f, "in the history", row_integer(person, "agreed"));
	cell_number(f, "due", owed);
	cell_number(f, "held", held);
	fputs("</tr>\n", f);
}

/* A user who is called as the person is goes without saying. */
static void
print_endpoint(FILE *f, const struct rows *rows, const struct row *endpoint)
{
	const char *server = row_string(endpoint, "server");
	const char *user = row_string(endpoint, "user");

	page_put_text(f, server, PAGE_NAME_MAX);
	if (strcmp(user, row_string(endpoint, "person")) != 0) {
		fputs(" (", f);
		page_put_text(f, user, PAGE_NAME_MAX);
		fputs(")", f);
	}
	if (row_integer(endpoint, "found") == 0 && is_well(rows, server))
		fputs(" <em class=\"bad\">no such user</em>", f);
}

/* Else nobody knows whether it has that user. */
static bool
is_well(const struct rows *rows, const char *name)
{
	const struct row *row = NULL;

	while ((row = rows_next(rows, row, "server")) != NULL) {
		if (strcmp(row_string(row, "name"), name) == 0)
			return strcmp(row_string(row, "state"), "ok") == 0;
	}
	return false;
}

/* Changes */

void
page_print_held(FILE *f, const struct rows *rows, int64_t now)
{
	static const char *const titles[] = {
		"Title", "Change", "Whose", "On", "Since", NULL
	};
	const struct row *daemon = rows_next(rows, NULL, "daemon");
	const struct row *row = rows_next(rows, NULL, "held");
	struct page_list list;
	int64_t shown = 0;

	if (row == NULL)
		return;
	begin(f, "changes", "Held", titles);
	page_list_begin(&list, f, HELD_BYTES);
	for (; row != NULL && page_list_has_room(&list);
	    row = rows_next(rows, row, "held")) {
		print_item(f, row, row_integer(row, "since"), now);
		shown++;
	}
	list.left_out = row_integer(daemon, "held") > shown ?
	    (size_t)(row_integer(daemon, "held") - shown) : 0;
	end(&list, "show held");
}

void
page_print_changes(FILE *f, const struct rows *rows, int64_t now)
{
	static const char *const titles[] = {
		"Title", "Change", "Whose", "From, to", "When", NULL
	};
	const struct row *row = rows_next(rows, NULL, "audit");
	struct page_list list;

	if (row == NULL) {
		fputs("<section>\n<h2>Last changes</h2>\n<p class=\"quiet\">"
		    "Nothing has been written yet.</p>\n</section>\n", f);
		return;
	}
	begin(f, "changes", "Last changes", titles);
	page_list_begin(&list, f, CHANGES_BYTES);
	for (; row != NULL; row = rows_next(rows, row, "audit")) {
		if (page_list_has_room(&list))
			print_item(f, row, row_integer(row, "time"), now);
	}
	end(&list, "show audit");
}

/* A line of the audit, or one that is held: then it comes from where it is. */
static void
print_item(FILE *f, const struct row *row, int64_t time, int64_t now)
{
	const char *from = row_string(row, "from_server");

	fputs("<tr><th scope=\"row\">", f);
	print_title(f, row);
	fputs("</th><td>", f);
	print_change(f, row);
	fputs("</td><td>", f);
	page_put_text(f, row_string(row, "person"), PAGE_NAME_MAX);
	fputs("</td><td>", f);
	if (from[0] != '\0') {
		page_put_text(f, from, PAGE_NAME_MAX);
		fputs(" \xe2\x86\x92 ", f);
	}
	page_put_text(f, row_string(row, "server"), PAGE_NAME_MAX);
	fputs("</td><td>", f);
	page_put_time(f, time, now);
	fputs("</td></tr>\n", f);
}

static void
print_title(FILE *f, const struct row *row)
{
	const struct value *season = row_value(row, "season");
	const struct value *episode = row_value(row, "episode");
	int64_t year = row_integer(row, "year");

	page_put_text(f, row_string(row, "title"), PAGE_TITLE_MAX);
	if (season != NULL && season->type == VALUE_NUMBER &&
	    episode != NULL && episode->type == VALUE_NUMBER)
		fprintf(f, " <small>S%02" PRId64 "E%02" PRId64 "</small>",
		    season->number, episode->number);
	else if (year > 0)
		fprintf(f, " <small>%" PRId64 "</small>", year);
}

/* What it is now, of all that is not what it was. */
static void
print_change(FILE *f, const struct row *row)
{
	const char *kind = row_string(row, "kind");
	const char *between = "";
	int64_t new;

	if (kind[0] != '\0' && strcmp(kind, "write") != 0)
		fprintf(f, "<em class=\"warn\">%s</em> ",
		    strcmp(kind, "conflict") == 0 ? "conflict" : "reverted");
	if (differs(row, "played", &new)) {
		fputs(new ? "watched" : "not watched", f);
		between = ", ";
	}
	if (differs(row, "position", &new)) {
		fprintf(f, "%s%s", between, new ? "stopped at " :
		    "from the start");
		if (new != 0)
			page_put_ticks(f, new);
		between = ", ";
	}
	if (differs(row, "play_count", &new)) {
		fputs(between, f);
		page_put_number(f, new);
		fputs(new == 1 ? " play" : " plays", f);
		between = ", ";
	}
	if (differs(row, "favorite", &new)) {
		fprintf(f, "%s%s", between, new ? "favourite" :
		    "no favourite");
		between = ", ";
	}
	if (between[0] == '\0')
		fputs(differs(row, "last_played", &new) ? "date" : "nothing",
		    f);
}

static bool
differs(const struct row *row, const char *name, int64_t *new)
{
	char old_name[ROW_NAME_SIZE], new_name[ROW_NAME_SIZE];

	(void)snprintf(old_name, sizeof(old_name), "old_%s", name);
	(void)snprintf(new_name, sizeof(new_name), "new_%s", name);
	*new = row_integer(row, new_name);
	return row_integer(row, old_name) != *new;
}
