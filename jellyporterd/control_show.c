/* Commands that show something. */
#include <string.h>

#include "control_client.h"

#define AUDIT_LIMIT	50	/* rows, unless more are asked for */

static bool	more_item(struct client *);
static bool	more_unmatched(struct client *);
static bool	more_audit(struct client *);
static bool	more_held(struct client *);
static bool	more_pending(struct client *);

void
command_status(struct client *client)
{
	report_status(client->control->engine, client_put_row, client);
	client_finish(client, NULL);
}

void
command_show_servers(struct client *client)
{
	report_servers(client->control->engine, client_put_row, client);
	client_finish(client, NULL);
}

void
command_show_people(struct client *client)
{
	report_people(client->control->engine, client_put_row, client);
	client_finish(client, NULL);
}

static bool
more_item(struct client *client)
{
	return report_item(client->control->engine, client->command.argument,
	    &client->search, client_put_row, client);
}

void
command_show_item(struct client *client)
{
	memset(&client->search, 0, sizeof(client->search));
	client_answer(client, more_item, 0);
}

void
command_show_metrics(struct client *client)
{
	metrics_send(client->control->engine, client->channel);
	channel_written(client->channel);
	client_finish(client, NULL);
}

/* Of the history too: persons who are in the configuration no more. */
static bool
person_is_known(struct client *client)
{
	char error[ERROR_SIZE];

	if (client->command.person[0] == '\0' || report_knows_person(
	    client->control->engine, client->command.person))
		return true;
	snprintf(error, sizeof(error), "there is no person %s",
	    client->command.person);
	client_finish(client, error);
	return false;
}

static bool
more_unmatched(struct client *client)
{
	client->cursor = report_unmatched(client->control->engine,
	    client->command.server, client->cursor, client_put_row, client);
	return client->cursor != 0;
}

void
command_show_unmatched(struct client *client)
{
	if (!client_names_server(client))
		return;
	client_answer(client, more_unmatched, 0);
}

static bool
more_audit(struct client *client)
{
	client->cursor = report_audit(client->control->engine,
	    &client->command, client->cursor, &client->left, client_put_row, client);
	return client->cursor != 0;
}

void
command_show_audit(struct client *client)
{
	if (!client_names_server(client) || !person_is_known(client))
		return;
	client->left = client->command.limit != 0 ? client->command.limit :
	    AUDIT_LIMIT;
	client_answer(client, more_audit, INT64_MAX);
}

/* The audit of what lost. */
void
command_show_conflicts(struct client *client)
{
	command_show_audit(client);
}

static bool
more_held(struct client *client)
{
	return report_held(client->control->engine, client->command.server,
	    &client->copy, client_put_row, client);
}

void
command_show_held(struct client *client)
{
	if (client_names_server(client))
		client_answer(client, more_held, 0);
}

static bool
more_pending(struct client *client)
{
	return report_owed(client->control->engine, client->command.server,
	    REPORT_ALL, &client->copy, client_put_row, client);
}

void
command_show_pending(struct client *client)
{
	if (client_names_server(client))
		client_answer(client, more_pending, 0);
}
