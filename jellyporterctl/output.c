/* What both formats share: an output's life, and whether it was printed. */
#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include "output.h"
#include "text.h"

static int	 printed(const struct output *, int);

void
output_init(struct output *output, const struct output_format *format,
    enum command command, const struct screen *screen)
{
	memset(output, 0, sizeof(*output));
	output->format = format;
	output->command = command;
	output->screen = *screen;
	TAILQ_INIT(&output->rows);
	metrics_init(&output->metrics);
}

void
output_clear(struct output *output)
{
	rows_free(&output->rows);
	metrics_clear(&output->metrics);
	json_object_put(output->json);
	output->json = NULL;
	output->json_work = NULL;
}

void
output_metric(struct output *output, const struct message_metric *metric)
{
	metrics_add(&output->metrics, metric);
}

int
output_row(struct output *output, const struct message_row *row)
{
	errno = 0;
	output->format->row(output, row);
	return printed(output, 0);
}

int
output_end(struct output *output, const struct message_command_result *result)
{
	errno = 0;
	output->ended = true;
	output->format->end(output, result);
	return printed(output, fflush(output->screen.file));
}

int
output_broken(struct output *output, const char *error)
{
	struct message_command_result result = { .failed = true };

	if (output->ended || !output->format->whole)
		return 0;
	(void)text_safe(result.error, sizeof(result.error), error);
	return output_end(output, &result);
}

/* A full disk or a reader that left must not look like an empty answer. */
static int
printed(const struct output *output, int status)
{
	if (status == 0 && !ferror(output->screen.file))
		return 0;
	if (errno == 0)
		errno = EIO;
	return -1;
}
