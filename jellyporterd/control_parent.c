/* Commands that only the parent can answer, by a request to it. */
#include <string.h>

#include "control_client.h"

static struct client *client_by_request(struct control *, uint32_t);
static uint32_t	number_request(struct client *);

/* The parent's answer will come with this number. */
static uint32_t
number_request(struct client *client)
{
	if (++client->control->last_request == 0)
		client->control->last_request = 1;
	client->request = client->control->last_request;
	return client->request;
}

/* Something that only the parent can answer. */
static void
ask_parent(struct client *client, enum message_type type)
{
	struct channel *parent = client->control->engine->parent;

	message_put_empty(channel_imsgbuf(parent), type,
	    number_request(client));
	channel_written(parent);
}

/* It knows all the processes. */
void
command_log(struct client *client)
{
	struct channel *parent = client->control->engine->parent;
	struct message_log message;

	memset(&message, 0, sizeof(message));
	message.verbose = client->command.command == COMMAND_LOG_VERBOSE;
	message_put_log(channel_imsgbuf(parent), number_request(client),
	    &message);
	channel_written(parent);
}

void
command_reload(struct client *client)
{
	ask_parent(client, MESSAGE_RELOAD);
}

void
command_show_processes(struct client *client)
{
	ask_parent(client, MESSAGE_PROCESSES);
}

/* NULL: it has not waited for its answer. */
static struct client *
client_by_request(struct control *control, uint32_t request)
{
	struct client *client;

	TAILQ_FOREACH(client, &control->clients, entry) {
		if (client->request != 0 && client->request == request)
			break;
	}
	return client;
}

void
control_answer_row(struct control *control, uint32_t request,
    const struct message_row *row)
{
	struct client *client = client_by_request(control, request);

	if (client != NULL)
		client_put_row(client, row);
}

void
control_answer_end(struct control *control, uint32_t request,
    const struct message_command_result *result)
{
	struct client *client = client_by_request(control, request);

	if (client != NULL)
		client_finish(client, result->failed ? result->error : NULL);
}
