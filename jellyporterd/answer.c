/* The parent's answers to what the engine asks it for jellyporterctl. */
#include <string.h>

#include "answer.h"

void
answer_row(struct child *engine, uint32_t request,
    const struct message_row *row)
{
	if (request == 0 || engine->channel == NULL)
		return;
	message_put_row(channel_imsgbuf(engine->channel), request, row);
	channel_written(engine->channel);
}

void
answer_end(struct child *engine, uint32_t request, const char *error)
{
	struct message_command_result result;

	if (request == 0 || engine->channel == NULL)
		return;
	memset(&result, 0, sizeof(result));
	result.failed = error != NULL;
	if (error != NULL)
		(void)strlcpy(result.error, error, sizeof(result.error));
	message_put_command_result(channel_imsgbuf(engine->channel), request,
	    &result);
	channel_written(engine->channel);
}
