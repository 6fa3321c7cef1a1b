/*
 * The control socket: clients, who may look and who may change, commands and
 * their answers.  Long answers go out slice by slice, as fast as the client
 * takes them, so that no command holds up the engine.
 */
#include <sys/socket.h>

#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <unistd.h>

#include "control_client.h"
#include "log.h"

#define CLIENTS_MAX	32
#define QUEUE_MAX	1000		/* rows */
#define IDLE_MAX	60		/* seconds without a command */
#define ACCEPT_AGAIN	1		/* second, out of descriptors */

static const struct {
	command_function	*run;
	bool			 changes;
} commands[COMMAND_COUNT] = {
	[COMMAND_STATUS] =	{ command_status, false },
	[COMMAND_SYNC] =	{ command_sync, true },
	[COMMAND_SHOW_ITEM] =	{ command_show_item, false },
	[COMMAND_SHOW_SERVERS] = { command_show_servers, false },
	[COMMAND_SHOW_UNMATCHED] = { command_show_unmatched, false },
	[COMMAND_SHOW_AUDIT] =	{ command_show_audit, false },
	[COMMAND_SHOW_HELD] =	{ command_show_held, false },
	[COMMAND_SHOW_CONFLICTS] = { command_show_conflicts, false },
	[COMMAND_SHOW_PENDING] = { command_show_pending, false },
	[COMMAND_APPROVE] =	{ command_approve, true },
	[COMMAND_DISCARD] =	{ command_discard, true },
	[COMMAND_PLAN] =	{ command_plan, true },
	[COMMAND_UNDO] =	{ command_undo, true },
	[COMMAND_EXPORT] =	{ command_export, false },
	[COMMAND_IMPORT] =	{ command_import, true },
	[COMMAND_RELOAD] =	{ command_reload, true },
	[COMMAND_SHOW_PROCESSES] = { command_show_processes, false },
	[COMMAND_SHOW_METRICS] = { command_show_metrics, false },
	[COMMAND_PAUSE] =	{ command_pause, true },
	[COMMAND_RESUME] =	{ command_resume, true },
	[COMMAND_LOG_VERBOSE] =	{ command_log, true },
	[COMMAND_LOG_BRIEF] =	{ command_log, true },
	[COMMAND_CHECK] =	{ command_check, false },
	[COMMAND_MONITOR] =	{ command_monitor, false },
	[COMMAND_SHOW_PEOPLE] =	{ command_show_people, false }
};

static void	client_free(struct client *);
static int	client_message(struct channel *, struct imsg *, void *);
static void	end_answer(struct client *, bool, const char *);
static int	greeting(struct client *, struct imsg *);
static int	obey(struct client *, struct imsg *);
static void	client_closed(struct channel *, const char *, void *);
static void	client_drained(struct channel *, void *);
static void	client_idle(evutil_socket_t, short, void *);
static void	accept_client(struct evconnlistener *, evutil_socket_t,
		    struct sockaddr *, int, void *);
static void	accept_failed(struct evconnlistener *, void *);
static void	accept_again(evutil_socket_t, short, void *);
static void	go_on(evutil_socket_t, short, void *);

static const struct channel_handlers client_handlers = {
	client_message, client_closed, client_drained
};

struct control *
control_new(struct engine *engine)
{
	struct control *control;

	if ((control = calloc(1, sizeof(*control))) == NULL)
		fatal("calloc");
	control->engine = engine;
	TAILQ_INIT(&control->clients);
	control->accept_timer = evtimer_new(engine->base, accept_again,
	    control);
	if (control->accept_timer == NULL)
		fatal_memory("evtimer_new");
	return control;
}

void
control_listen(struct control *control, int fd)
{
	if (control->listener != NULL)
		evconnlistener_free(control->listener);
	control->listener = evconnlistener_new(control->engine->base,
	    accept_client, control, LEV_OPT_CLOSE_ON_FREE |
	    LEV_OPT_CLOSE_ON_EXEC, 16, fd);
	if (control->listener == NULL)
		fatal_memory("evconnlistener_new");
	evconnlistener_set_error_cb(control->listener, accept_failed);
}

/* Out of descriptors, most likely: those that are there go on, and those that
 * would like to be wait, without keeping us busy. */
static void
accept_failed(struct evconnlistener *listener, void *arg)
{
	const struct timeval wait = { ACCEPT_AGAIN, 0 };
	struct control *control = arg;

	if (!control->starved)
		log_warn("control socket: clients have to wait");
	control->starved = true;
	if (evconnlistener_disable(listener) == -1 ||
	    event_add(control->accept_timer, &wait) == -1)
		fatalx("evconnlistener");
}

static void
accept_again(evutil_socket_t fd, short what, void *arg)
{
	struct control *control = arg;

	(void)fd;
	(void)what;
	if (control->listener != NULL &&
	    evconnlistener_enable(control->listener) == -1)
		fatalx("evconnlistener");
}

static void
accept_client(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *address, int length, void *arg)
{
	const struct timeval idle = { IDLE_MAX, 0 };
	struct control *control = arg;
	struct client *client;
	uid_t uid;
	gid_t gid;

	(void)listener;
	(void)address;
	(void)length;
	control->starved = false;
	if (control->n_clients == CLIENTS_MAX ||
	    getpeereid(fd, &uid, &gid) == -1 ||
	    (client = calloc(1, sizeof(*client))) == NULL) {
		log_warnx("control socket: a client was turned away");
		close(fd);
		return;
	}
	client->control = control;
	/* The group may look; who started the daemon may change. */
	client->may_change = uid == 0 || uid == geteuid();
	client->idle_timer = evtimer_new(control->engine->base, client_idle,
	    client);
	client->turn = evtimer_new(control->engine->base, go_on, client);
	client->channel = channel_new(control->engine->base, fd,
	    &client_handlers, client, QUEUE_MAX);
	if (client->channel == NULL || client->idle_timer == NULL ||
	    client->turn == NULL ||
	    event_add(client->idle_timer, &idle) == -1)
		fatal("control socket");
	TAILQ_INSERT_TAIL(&control->clients, client, entry);
	control->n_clients++;
	channel_say_hello(client->channel);
}

static void
client_free(struct client *client)
{
	/* The only one there is: it was let in because none went on. */
	if (client->busy && client->command.command == COMMAND_PLAN) {
		client->control->engine->plan_wanted = false;
		if (!client->control->engine->syncing)
			planning_end(client->control->engine);
	}
	client_monitor(client, false);
	TAILQ_REMOVE(&client->control->clients, client, entry);
	client->control->n_clients--;
	event_free(client->idle_timer);
	event_free(client->turn);
	transfer_free(client->transfer);
	channel_free(client->channel);
	free(client);
}

static void
client_closed(struct channel *channel, const char *error, void *arg)
{
	(void)channel;
	if (error != NULL)
		log_debug("control client: %s", error);
	client_free(arg);
}

static void
client_idle(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	client_free(arg);
}

/*
 * Who asks and does not read the answers is heard no more until he does: the
 * queue would grow without an end.
 */
static int
client_message(struct channel *channel, struct imsg *imsg, void *arg)
{
	struct client *client = arg;
	int result;

	if (client->refused)
		return 0;		/* it has been told why */
	if (!client->greeted)
		result = greeting(client, imsg);
	else if (client->transfer != NULL)
		result = client_import(client, imsg);
	else
		result = obey(client, imsg);
	if (result == 0 && channel_is_full(channel))
		channel_pause(channel);
	return result;
}

static int
greeting(struct client *client, struct imsg *imsg)
{
	struct message_hello hello;

	if (imsg_get_type(imsg) != MESSAGE_HELLO ||
	    message_get_hello(imsg, &hello) == -1)
		return -1;
	client->greeted = true;
	client->refused = hello.version != PROTOCOL_VERSION;
	if (client->refused)
		client_finish(client, "jellyporterctl and jellyporterd are of "
		    "different versions");
	return 0;
}

static int
obey(struct client *client, struct imsg *imsg)
{
	if (imsg_get_type(imsg) != MESSAGE_COMMAND || client->busy ||
	    message_get_command(imsg, &client->command) == -1)
		return -1;
	event_del(client->idle_timer);
	client->busy = true;
	if (!client->control->engine->configured)
		client_send_away(client, "the daemon is still starting");
	else if (commands[client->command.command].changes &&
	    !client->may_change)
		client_finish(client, "only root or the daemon's user may do this");
	else if (commands[client->command.command].changes &&
	    (planning_goes_on(client->control->engine) ||
	    client->control->engine->plan_wanted))
		client_finish(client, "a plan is being made; try again when it is "
		    "done");
	else
		commands[client->command.command].run(client);
	return 0;
}

static void
client_drained(struct channel *channel, void *arg)
{
	channel_resume(channel);
	client_say_missed(arg);
	go_on(-1, 0, arg);
}

void
client_put_row(void *arg, const struct message_row *row)
{
	struct client *client = arg;

	message_put_row(channel_imsgbuf(client->channel), 0, row);
	channel_written(client->channel);
}

/* The end of an answer; error is NULL if all went well. */
static void
end_answer(struct client *client, bool again, const char *error)
{
	struct message_command_result result;

	memset(&result, 0, sizeof(result));
	result.failed = error != NULL;
	result.again = again;
	if (error != NULL)
		strlcpy(result.error, error, sizeof(result.error));
	client->busy = false;
	client->follows = false;
	client_monitor(client, false);
	client->more = NULL;
	client->failure = NULL;
	client->request = 0;
	transfer_free(client->transfer);
	client->transfer = NULL;
	message_put_command_result(channel_imsgbuf(client->channel), 0,
	    &result);
	channel_written(client->channel);
	client_watch(client);
}

void
client_finish(struct client *client, const char *error)
{
	end_answer(client, false, error);
}

void
client_send_away(struct client *client, const char *error)
{
	end_answer(client, true, error);
}

/* A client that does nothing from now on does not stay. */
void
client_watch(struct client *client)
{
	const struct timeval idle = { IDLE_MAX, 0 };

	if (event_add(client->idle_timer, &idle) == -1)
		fatal("event_add");
}

/* One slice; between two of them everybody else has a turn. */
static void
go_on(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval at_once = { 0, 0 };
	struct client *client = arg;

	(void)fd;
	(void)what;
	if (client->more == NULL || channel_is_full(client->channel))
		return;			/* the client drains it first */
	if (!client->more(client))
		client_finish(client, client->failure);
	else if (event_add(client->turn, &at_once) == -1)
		fatal("event_add");
}

void
client_answer(struct client *client, more_function *more, int64_t cursor)
{
	client->cursor = cursor;
	memset(&client->copy, 0, sizeof(client->copy));
	client->more = more;
	go_on(-1, 0, client);
}

/* Unknown names are said, not taken for a server without anything. */
bool
client_names_server(struct client *client)
{
	char error[ERROR_SIZE];

	if (client->command.server[0] == '\0' || server_by_name(
	    client->control->engine, client->command.server) != NULL)
		return true;
	snprintf(error, sizeof(error), "there is no server %s in the "
	    "configuration", client->command.server);
	client_finish(client, error);
	return false;
}

void
control_replaced(struct control *control, uint32_t request)
{
	struct client *client;

	if (control->listener != NULL)
		evconnlistener_free(control->listener);
	control->listener = NULL;
	monitor_engine(control->engine, "reloaded");
	TAILQ_FOREACH(client, &control->clients, entry) {
		if (client->busy &&
		    (request == 0 || client->request != request))
			client_send_away(client, "the configuration was reloaded; "
			    "try again");
	}
}

void
control_end(struct control *control)
{
	struct client *client;

	TAILQ_FOREACH(client, &control->clients, entry) {
		if (client->monitors)
			client_finish(client, "jellyporterd was stopped");
		(void)imsgbuf_write(channel_imsgbuf(client->channel));
	}
}
