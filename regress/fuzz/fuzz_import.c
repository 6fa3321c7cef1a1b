/*
 * A line of a history file: what is understood is in bounds, and what is
 * written of it and read again is written the same.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "history_line.h"

#define LINE_MAX_SIZE	65535	/* as import reads them */

static void	check(const struct message_history *);
static char	*print(const struct message_history *, size_t *);

static void
check(const struct message_history *line)
{
	fuzz_check_text(line->person, sizeof(line->person));
	CHECK(line->person[0] != '\0');
	CHECK(line->kind == ITEM_MOVIE || line->kind == ITEM_EPISODE);
	CHECK(line->season >= NUMBER_UNKNOWN);
	CHECK(line->episode >= NUMBER_UNKNOWN);
	CHECK(line->episode_end >= NUMBER_UNKNOWN);
	CHECK(line->year >= 0 && line->runtime >= 0);
	CHECK(line->position_runtime >= 0);
	fuzz_check_text(line->title, sizeof(line->title));
	fuzz_check_text(line->series_title, sizeof(line->series_title));
	fuzz_check_providers(line->n_ids, line->ids);
	fuzz_check_providers(line->n_series_ids, line->series_ids);
	fuzz_check_userdata(&line->userdata);
}

/* Without the end of its line. */
static char *
print(const struct message_history *line, size_t *len)
{
	char *text = NULL;
	FILE *f;

	if ((f = open_memstream(&text, len)) == NULL)
		err(1, NULL);
	export_line_print(f, line);
	if (fclose(f) != 0)
		err(1, NULL);
	CHECK(*len > 0 && text[*len - 1] == '\n');
	text[--*len] = '\0';
	CHECK(memchr(text, '\n', *len) == NULL);
	return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct message_history line;
	enum history_line what;
	char error[256], *text, *first, *second;
	size_t n_first, n_second;
	int status;

	/* The end of a line is never part of it. */
	if (size > LINE_MAX_SIZE || memchr(data, '\n', size) != NULL)
		return 0;
	text = fuzz_string(data, size);
	error[0] = '\0';
	status = import_line_parse(text, size, &what, &line, error,
	    sizeof(error));
	free(text);
	CHECK(status == 0 || (status == -1 && error[0] != '\0'));
	CHECK(strnlen(error, sizeof(error)) < sizeof(error));
	if (status == -1 || what != LINE_HISTORY)
		return 0;
	check(&line);
	first = print(&line, &n_first);
	CHECK(import_line_parse(first, n_first, &what, &line, error,
	    sizeof(error)) == 0 && what == LINE_HISTORY);
	check(&line);
	second = print(&line, &n_second);
	CHECK(n_first == n_second && memcmp(first, second, n_first) == 0);
	free(first);
	free(second);
	return 0;
}
