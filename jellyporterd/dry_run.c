/* A dry run's lines: server, person, title, old and new values, and why. */
#include <inttypes.h>
#include <stdio.h>

#include "dry_run.h"
#include "log.h"
#include "message.h"
#include "text.h"

static const struct {
	const char	*name;
	const char	*title;
} fields[] = {
	{ "played", "played" }, { "position", "position" },
	{ "play_count", "count" }, { "last_played", "last played" },
	{ "favorite", "favorite" }
};

static void	print_text(const struct message_row *, const char *);
static void	print_value(const struct row_value *);
static int	print_change(const struct message_row *, const char *,
		    const char *, int);

/* Remote strings, safe for a terminal. */
static void
print_text(const struct message_row *row, const char *name)
{
	const struct row_value *value = row_get(row, name);
	char safe[2 * ROW_TEXT_SIZE];

	if (value == NULL || value->type != VALUE_TEXT)
		fatalx("a row without %s", name);
	text_safe(safe, sizeof(safe), value->text);
	fputs(safe, stdout);
}

static void
print_value(const struct row_value *value)
{
	char text[TEXT_TIME_SIZE];

	if (value->type == VALUE_BOOL) {
		fputs(value->number != 0 ? "yes" : "no", stdout);
	} else if (value->type == VALUE_TIME && value->number == 0) {
		fputs("never", stdout);
	} else if (value->type == VALUE_TIME) {
		text_time_utc(text, sizeof(text), value->number);
		fputs(text, stdout);
	} else if (value->type == VALUE_TICKS) {
		printf("%" PRId64 " s", value->number / TICKS_PER_SECOND);
	} else {
		printf("%" PRId64, value->number);
	}
}

/* How many changes have been printed by then. */
static int
print_change(const struct message_row *row, const char *name,
    const char *title, int n)
{
	const struct row_value *from, *to;
	char from_name[ROW_NAME_SIZE], to_name[ROW_NAME_SIZE];

	snprintf(from_name, sizeof(from_name), "old_%s", name);
	snprintf(to_name, sizeof(to_name), "new_%s", name);
	from = row_get(row, from_name);
	to = row_get(row, to_name);
	if (from == NULL || to == NULL)
		fatalx("a row without %s", from_name);
	if (from->number == to->number)
		return n;
	printf("%s %s ", n == 0 ? ":" : ",", title);
	print_value(from);
	fputs(" -> ", stdout);
	print_value(to);
	return n + 1;
}

void
dry_run_row(const struct imsg *imsg)
{
	static struct message_row row;
	size_t i;
	int n = 0;

	if (message_get_row(imsg, &row) == -1)
		fatalx("nonsense from the engine: row");
	print_text(&row, "server");
	fputs(", ", stdout);
	print_text(&row, "person");
	fputs(", ", stdout);
	print_text(&row, "title");
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		n = print_change(&row, fields[i].name, fields[i].title, n);
	fputs(" (from ", stdout);
	print_text(&row, "from_server");
	puts(")");
}
