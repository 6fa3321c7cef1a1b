/*
 * Commands whose answer is what happens from now on: a sync, a check, whatever
 * it is; and the pause of all that.
 */
#include "control_client.h"

/* Followed by control_check_done(), maybe at once. */
void
command_check(struct client *client)
{
	if (client_names_server(client))
		check_start(client->control->engine);
}

void
control_check_done(struct control *control)
{
	struct client *client;
	size_t errors;

	TAILQ_FOREACH(client, &control->clients, entry) {
		if (!client->busy || client->command.command != COMMAND_CHECK)
			continue;
		errors = report_check(control->engine, client->command.server,
		    client_put_row, client);
		client_finish(client, errors > 0 ? "not everything is in order" :
		    NULL);
	}
}

/* Until one of the two leaves. */
void
command_monitor(struct client *client)
{
	client_monitor(client, true);
}

/* Nothing is composed for nobody. */
void
client_monitor(struct client *client, bool on)
{
	struct control *control = client->control;
	bool any = false;

	if (client->monitors == on)
		return;
	client->monitors = on;
	client->missed = 0;
	TAILQ_FOREACH(client, &control->clients, entry)
		any = any || client->monitors;
	monitor_switch(control->engine, any);
}

/* Once it has read half of what waited for it. */
void
client_say_missed(struct client *client)
{
	struct message_row row;

	if (client->missed == 0)
		return;
	row_begin(&row, "missed");
	row_number(&row, "missed", VALUE_NUMBER, client->missed);
	client->missed = 0;
	client_put_row(client, &row);
}

void
control_event(struct control *control, const struct message_row *row)
{
	struct client *client;

	TAILQ_FOREACH(client, &control->clients, entry) {
		if (!client->monitors)
			continue;
		if (client->missed > 0 || channel_is_full(client->channel))
			client->missed++;
		else
			client_put_row(client, row);
	}
}

/* Who wants a server asked something is told why it is not. */
bool
client_is_paused(struct client *client)
{
	if (!engine_is_paused(client->control->engine))
		return false;
	client_finish(client, "syncing is paused; \"jellyporterctl resume\" lets it "
	    "go on");
	return true;
}

/* Since when it is, or was until now: NULL if neither. */
static void
say_pause(struct client *client, bool paused, int64_t since)
{
	struct message_row row;

	row_begin(&row, "pause");
	row_number(&row, "paused", VALUE_BOOL, paused);
	row_number(&row, "since", VALUE_TIME, since);
	client_put_row(client, &row);
	client_finish(client, NULL);
}

void
command_pause(struct client *client)
{
	struct engine *engine = client->control->engine;

	if (engine->options.once) {
		client_finish(client, "a single sync cannot be paused, but stopped");
		return;
	}
	if (!engine_is_paused(engine))
		pause_begin(engine);
	say_pause(client, true, engine->paused_since);
}

void
command_resume(struct client *client)
{
	struct engine *engine = client->control->engine;
	int64_t since = engine->paused_since;

	if (engine_is_paused(engine))
		pause_end(engine);
	say_pause(client, false, since);
}

void
control_paused(struct control *control)
{
	struct client *client;

	TAILQ_FOREACH(client, &control->clients, entry) {
		if (client->follows)
			(void)client_is_paused(client);
	}
}

void
command_sync(struct client *client)
{
	struct engine *engine = client->control->engine;

	if (!client_names_server(client) || client_is_paused(client))
		return;
	client->only = client->command.server[0] == '\0' ? NULL :
	    server_by_name(engine, client->command.server);
	client->follows = true;
	sync_begin(engine, client->only, READING_FULL);
}

void
control_progress(struct control *control, const struct server *server)
{
	struct message_row row;
	struct client *client;
	bool composed = false;

	TAILQ_FOREACH(client, &control->clients, entry) {
		if (!client->follows || channel_is_full(client->channel) ||
		    (client->only != NULL && client->only != server))
			continue;
		if (!composed)
			report_progress(server, &row);
		composed = true;
		client_put_row(client, &row);
	}
}

void
control_sync_done(struct control *control)
{
	struct message_row row;
	struct client *client;
	struct server *server;
	bool failed;

	TAILQ_FOREACH(client, &control->clients, entry) {
		if (!client->follows)
			continue;
		failed = false;
		TAILQ_FOREACH(server, &control->engine->servers, entry) {
			if (client->only != NULL ? server != client->only :
			    !server->in_sync)
				continue;
			report_summary(server, &row);
			client_put_row(client, &row);
			failed = failed || server->failed;
		}
		client_finish(client, failed ? "not every server was synced" : NULL);
	}
}
