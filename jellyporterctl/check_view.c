/* A check: each server with what was found there, and each time what helps. */
#include <inttypes.h>
#include <string.h>

#include "text_views.h"

static void	 print_server(struct output *, const struct row *);
static void	 print_findings(struct output *, const char *);
static void	 print_finding(const struct screen *, const struct row *);
static enum color result_color(const char *);

void
check_print(struct output *output)
{
	const struct row *row = NULL;

	while ((row = rows_next(&output->rows, row, "check")) != NULL) {
		print_server(output, row);
		print_findings(output, row_string(row, "server"));
	}
	print_findings(output, "");	/* what concerns none of them */
}

static void
print_server(struct output *output, const struct row *row)
{
	const struct screen *screen = &output->screen;
	char name[CELL_SIZE], result[CELL_SIZE], version[CELL_SIZE];
	char line[4 * CELL_SIZE];

	safe_string(row, "server", name);
	safe_string(row, "result", result);
	safe_string(row, "version", version);
	screen_format(line, sizeof(line), "%s: %s", name, result);
	if (*version != '\0')
		screen_append(line, sizeof(line), ", Jellyfin %s, %" PRId64
		    " ms", version, row_integer(row, "milliseconds"));
	screen_color(screen, result_color(result));
	screen_paragraph(screen, 2, "", line);
	screen_color(screen, COLOR_NONE);
}

static void
print_findings(struct output *output, const char *server)
{
	const struct row *row = NULL;

	while ((row = rows_next(&output->rows, row, "finding")) != NULL) {
		if (strcmp(row_string(row, "server"), server) == 0)
			print_finding(&output->screen, row);
	}
}

static void
print_finding(const struct screen *screen, const struct row *row)
{
	char severity[CELL_SIZE], first[2 * CELL_SIZE];
	char text[CELL_SIZE], remedy[CELL_SIZE];

	safe_string(row, "severity", severity);
	safe_string(row, "text", text);
	safe_string(row, "remedy", remedy);
	screen_format(first, sizeof(first), "  %s:", severity);
	screen_color(screen, result_color(severity));
	screen_paragraph(screen, 6, first, text);
	screen_color(screen, COLOR_NONE);
	screen_paragraph(screen, 6, "    =>", remedy);
}

static enum color
result_color(const char *result)
{
	if (strcmp(result, "ok") == 0)
		return COLOR_GOOD;
	return strcmp(result, "error") == 0 ? COLOR_BAD : COLOR_WARNING;
}
