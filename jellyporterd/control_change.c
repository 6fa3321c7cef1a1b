/*
 * Commands that decide, plan, put back, take out and in what is agreed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control_client.h"
#include "log.h"

static bool	more_word(struct client *);
static bool	more_plan(struct client *);
static bool	more_undo(struct client *);
static bool	more_export(struct client *);

/* A slice of one endpoint's held changes, on any of the servers meant. */
static size_t
say_word(struct client *client, struct server *server)
{
	struct engine *engine = client->control->engine;
	size_t (*word)(struct store *, const struct merge_options *, int64_t,
	    int64_t, struct plan_counts *) =
	    client->command.command == COMMAND_APPROVE ? guard_approve :
	    guard_discard;
	struct endpoint *endpoint;
	size_t n = 0;

	TAILQ_FOREACH(endpoint, &server->endpoints, entry) {
		n = word(engine->store, &engine->merge, endpoint->id,
		    engine_now(), &server->counts);
		if (n > 0)
			break;
	}
	return n;
}

static bool
more_word(struct client *client)
{
	struct engine *engine = client->control->engine;
	struct message_row row;
	struct server *server;
	size_t n = 0;

	TAILQ_FOREACH(server, &engine->servers, entry) {
		if (client->command.server[0] != '\0' &&
		    strcmp(server->name, client->command.server) != 0)
			continue;
		if ((n = say_word(client, server)) > 0)
			break;
	}
	client->cursor += (int64_t)n;
	if (n > 0) {
		sync_changed(engine);
		return true;
	}
	row_begin(&row, "decision");
	row_text(&row, "decision", client->command.command ==
	    COMMAND_APPROVE ? "approved" : "discarded");
	row_number(&row, "changes", VALUE_NUMBER, client->cursor);
	client_put_row(client, &row);
	return false;
}

void
command_approve(struct client *client)
{
	if (client_names_server(client))
		client_answer(client, more_word, 0);
}

void
command_discard(struct client *client)
{
	command_approve(client);
}

/* It is asked for, begins when nothing else goes on, and is followed. */
void
command_plan(struct client *client)
{
	if (!client_names_server(client) || client_is_paused(client))
		return;
	client->only = NULL;
	client->follows = true;
	planning_request(client->control->engine);
}

static bool
more_plan(struct client *client)
{
	if (report_owed(client->control->engine, client->command.server,
	    engine_now(), &client->copy, client_put_row, client))
		return true;
	planning_end(client->control->engine);
	return false;
}

static void
show_plan(struct client *client)
{
	struct engine *engine = client->control->engine;
	struct message_row row;
	struct server *server;

	const char *failure = NULL;

	client->follows = false;
	TAILQ_FOREACH(server, &engine->servers, entry) {
		if (!server->failed)
			continue;
		report_summary(server, &row);
		client_put_row(client, &row);
		failure = "not every server was read: the plan may lack "
		    "something";
	}
	client->failure = failure;
	client_answer(client, more_plan, 0);
}

void
control_plan_done(struct control *control, const char *error)
{
	struct client *client;

	TAILQ_FOREACH(client, &control->clients, entry) {
		if (client->follows &&
		    client->command.command == COMMAND_PLAN)
			break;
	}
	if (client == NULL)
		planning_end(control->engine);	/* nobody waits for it */
	else if (error != NULL)
		client_finish(client, error);
	else
		show_plan(client);
}

static bool
more_undo(struct client *client)
{
	struct engine *engine = client->control->engine;
	struct message_row row;
	bool more;

	more = undo_go_on(engine->store, &engine->merge, &client->undo);
	sync_changed(engine);
	if (more)
		return true;
	row_begin(&row, "decision");
	row_text(&row, "decision", "undone");
	row_number(&row, "changes", VALUE_NUMBER, client->undo.undone);
	client_put_row(client, &row);
	return false;
}

void
command_undo(struct client *client)
{
	const struct message_command *command = &client->command;
	const char *error;

	if (!client_names_server(client))
		return;
	memset(&client->undo, 0, sizeof(client->undo));
	client->undo.id = command->id;
	client->undo.since = command->since;
	client->undo.server = command->server;
	client->undo.person = command->person;
	error = undo_begin(client->control->engine->store, &client->undo);
	if (error != NULL)
		client_finish(client, error);
	else
		client_answer(client, more_undo, 0);
}

/* A snapshot is not kept for a client that has stopped reading it. */
static bool
more_export(struct client *client)
{
	client_watch(client);
	return transfer_more(client->transfer);
}

void
command_export(struct client *client)
{
	char error[ERROR_SIZE];

	client->transfer = transfer_export(client->control->engine,
	    client->channel, error, sizeof(error));
	if (client->transfer == NULL) {
		client_finish(client, error);
		return;
	}
	client_answer(client, more_export, 0);
}

void
command_import(struct client *client)
{
	client->transfer = transfer_import(client->control->engine,
	    client->channel, client->command.force);
	client_watch(client);
}

int
client_import(struct client *client, struct imsg *imsg)
{
	bool ended;

	if (transfer_receive(client->transfer, imsg, &ended) == -1)
		return -1;
	client_watch(client);
	if (ended)
		client_finish(client, NULL);
	return 0;
}
