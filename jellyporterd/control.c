/*
 * The control socket: clients, who may look and who may change, commands and
 * their answers.  Long answers go out slice by slice, as fast as the client
 * takes them, so that no command holds up the engine.
 */
#include <sys/queue.h>
#include <sys/socket.h>

#include <event2/listener.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine.h"
#include "log.h"
#include "transfer.h"
#include "undo.h"

#define CLIENTS_MAX	32
#define QUEUE_MAX	1000		/* rows */
#define AUDIT_LIMIT	50		/* rows, unless more are asked for */
#define IDLE_MAX	60		/* seconds without a command */

struct client;

typedef bool	 more_function(struct client *);

struct client {
	TAILQ_ENTRY(client)	 entry;
	struct control		*control;
	struct channel		*channel;
	struct event		*idle_timer;
	bool			 may_change;
	bool			 greeted;
	bool			 refused;	/* of another version */
	bool			 busy;		/* with a command */
	bool			 follows;	/* a sync */
	bool			 monitors;	/* what happens */
	int64_t			 missed;	/* events, for want of room */
	struct server		*only;		/* that it asked to sync */
	struct message_command	 command;
	more_function		*more;		/* the rest of a long answer */
	struct event		*turn;		/* for the next slice of it */
	const char		*failure;	/* to end it with, or NULL */
	struct transfer		*transfer;	/* export or import, or NULL */
	uint32_t		 request;	/* to the parent, or 0 */
	int64_t			 cursor;
	struct copy_id		 copy;		/* the last one shown */
	struct undo		 undo;
	size_t			 left;
};

struct control {
	struct engine		*engine;
	struct evconnlistener	*listener;
	TAILQ_HEAD(, client)	 clients;
	size_t			 n_clients;
	uint32_t		 last_request;
};

typedef void	 command_function(struct client *);

static void	do_status(struct client *);
static void	do_sync(struct client *);
static void	do_show_item(struct client *);
static void	do_show_people(struct client *);
static void	do_show_servers(struct client *);
static void	do_show_unmatched(struct client *);
static void	do_show_audit(struct client *);
static void	do_show_held(struct client *);
static void	do_show_conflicts(struct client *);
static void	do_show_pending(struct client *);
static void	do_approve(struct client *);
static void	do_discard(struct client *);
static void	do_plan(struct client *);
static void	do_undo(struct client *);
static void	do_export(struct client *);
static void	do_import(struct client *);
static void	do_reload(struct client *);
static void	do_show_processes(struct client *);
static void	do_show_metrics(struct client *);
static void	do_pause(struct client *);
static void	do_resume(struct client *);
static void	do_log(struct client *);
static void	do_check(struct client *);
static void	do_monitor(struct client *);

static const struct {
	command_function	*run;
	bool			 changes;
} commands[COMMAND_COUNT] = {
	[COMMAND_STATUS] =	{ do_status, false },
	[COMMAND_SYNC] =	{ do_sync, true },
	[COMMAND_SHOW_ITEM] =	{ do_show_item, false },
	[COMMAND_SHOW_SERVERS] = { do_show_servers, false },
	[COMMAND_SHOW_UNMATCHED] = { do_show_unmatched, false },
	[COMMAND_SHOW_AUDIT] =	{ do_show_audit, false },
	[COMMAND_SHOW_HELD] =	{ do_show_held, false },
	[COMMAND_SHOW_CONFLICTS] = { do_show_conflicts, false },
	[COMMAND_SHOW_PENDING] = { do_show_pending, false },
	[COMMAND_APPROVE] =	{ do_approve, true },
	[COMMAND_DISCARD] =	{ do_discard, true },
	[COMMAND_PLAN] =	{ do_plan, true },
	[COMMAND_UNDO] =	{ do_undo, true },
	[COMMAND_EXPORT] =	{ do_export, false },
	[COMMAND_IMPORT] =	{ do_import, true },
	[COMMAND_RELOAD] =	{ do_reload, true },
	[COMMAND_SHOW_PROCESSES] = { do_show_processes, false },
	[COMMAND_SHOW_METRICS] = { do_show_metrics, false },
	[COMMAND_PAUSE] =	{ do_pause, true },
	[COMMAND_RESUME] =	{ do_resume, true },
	[COMMAND_LOG_VERBOSE] =	{ do_log, true },
	[COMMAND_LOG_BRIEF] =	{ do_log, true },
	[COMMAND_CHECK] =	{ do_check, false },
	[COMMAND_MONITOR] =	{ do_monitor, false },
	[COMMAND_SHOW_PEOPLE] =	{ do_show_people, false }
};

static void	put_row(void *, const struct message_row *);
static void	finish(struct client *, const char *);
static void	client_free(struct client *);
static int	client_message(struct channel *, struct imsg *, void *);
static int	greeting(struct client *, struct imsg *);
static int	obey(struct client *, struct imsg *);
static void	client_closed(struct channel *, const char *, void *);
static void	client_drained(struct channel *, void *);
static void	client_idle(evutil_socket_t, short, void *);
static void	accept_client(struct evconnlistener *, evutil_socket_t,
		    struct sockaddr *, int, void *);
static void	accept_failed(struct evconnlistener *, void *);
static void	go_on(evutil_socket_t, short, void *);
static void	answer_in_slices(struct client *, more_function *,
		    int64_t cursor);
static bool	more_unmatched(struct client *);
static bool	more_audit(struct client *);
static bool	more_held(struct client *);
static bool	more_pending(struct client *);
static bool	more_word(struct client *);
static bool	more_plan(struct client *);
static bool	more_undo(struct client *);
static bool	more_export(struct client *);
static int	import_message(struct client *, struct imsg *);
static void	watch(struct client *);
static struct client *client_by_request(struct control *, uint32_t);
static uint32_t	number_request(struct client *);
static bool	is_paused(struct client *);
static void	watch_events(struct client *, bool);
static void	say_missed(struct client *);

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
		fatalx("evconnlistener_new");
	evconnlistener_set_error_cb(control->listener, accept_failed);
}

/* Out of descriptors, most likely: those that are there go on. */
static void
accept_failed(struct evconnlistener *listener, void *arg)
{
	(void)listener;
	(void)arg;
	log_warn("control socket: accept");
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
	watch_events(client, false);
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
		result = import_message(client, imsg);
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
		finish(client, "jellyporterctl and jellyporterd are of "
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
		finish(client, "the daemon is still starting");
	else if (commands[client->command.command].changes &&
	    !client->may_change)
		finish(client, "only root or the daemon's user may do this");
	else if (commands[client->command.command].changes &&
	    (planning_goes_on(client->control->engine) ||
	    client->control->engine->plan_wanted))
		finish(client, "a plan is being made; try again when it is "
		    "done");
	else
		commands[client->command.command].run(client);
	return 0;
}

static void
client_drained(struct channel *channel, void *arg)
{
	channel_resume(channel);
	say_missed(arg);
	go_on(-1, 0, arg);
}

static void
put_row(void *arg, const struct message_row *row)
{
	struct client *client = arg;

	message_put_row(channel_imsgbuf(client->channel), 0, row);
	channel_written(client->channel);
}

/* The end of an answer; error is NULL if all went well. */
static void
finish(struct client *client, const char *error)
{
	struct message_command_result result;

	memset(&result, 0, sizeof(result));
	result.failed = error != NULL;
	if (error != NULL)
		strlcpy(result.error, error, sizeof(result.error));
	client->busy = false;
	client->follows = false;
	watch_events(client, false);
	client->more = NULL;
	client->failure = NULL;
	client->request = 0;
	transfer_free(client->transfer);
	client->transfer = NULL;
	message_put_command_result(channel_imsgbuf(client->channel), 0,
	    &result);
	channel_written(client->channel);
	watch(client);
}

/* A client that does nothing from now on does not stay. */
static void
watch(struct client *client)
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
		finish(client, client->failure);
	else if (event_add(client->turn, &at_once) == -1)
		fatal("event_add");
}

static void
answer_in_slices(struct client *client, more_function *more, int64_t cursor)
{
	client->cursor = cursor;
	memset(&client->copy, 0, sizeof(client->copy));
	client->more = more;
	go_on(-1, 0, client);
}

static void
do_status(struct client *client)
{
	report_status(client->control->engine, put_row, client);
	finish(client, NULL);
}

static void
do_show_servers(struct client *client)
{
	report_servers(client->control->engine, put_row, client);
	finish(client, NULL);
}

static void
do_show_people(struct client *client)
{
	report_people(client->control->engine, put_row, client);
	finish(client, NULL);
}

static void
do_show_item(struct client *client)
{
	report_item(client->control->engine, client->command.argument,
	    put_row, client);
	finish(client, NULL);
}

static void
put_metric(void *arg, const struct message_metric *metric)
{
	struct client *client = arg;

	message_put_metric(channel_imsgbuf(client->channel), 0, metric);
	channel_written(client->channel);
}

static void
do_show_metrics(struct client *client)
{
	metrics_report(client->control->engine, put_metric, client);
	finish(client, NULL);
}

/* Unknown names are said, not taken for a server without anything. */
static bool
server_is_known(struct client *client)
{
	char error[ERROR_SIZE];

	if (client->command.server[0] == '\0' || server_by_name(
	    client->control->engine, client->command.server) != NULL)
		return true;
	snprintf(error, sizeof(error), "there is no server %s in the "
	    "configuration", client->command.server);
	finish(client, error);
	return false;
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
	finish(client, error);
	return false;
}

static bool
more_unmatched(struct client *client)
{
	client->cursor = report_unmatched(client->control->engine,
	    client->command.server, client->cursor, put_row, client);
	return client->cursor != 0;
}

static void
do_show_unmatched(struct client *client)
{
	if (!server_is_known(client))
		return;
	answer_in_slices(client, more_unmatched, 0);
}

static bool
more_audit(struct client *client)
{
	client->cursor = report_audit(client->control->engine,
	    &client->command, client->cursor, &client->left, put_row, client);
	return client->cursor != 0;
}

static void
do_show_audit(struct client *client)
{
	if (!server_is_known(client) || !person_is_known(client))
		return;
	client->left = client->command.limit != 0 ? client->command.limit :
	    AUDIT_LIMIT;
	answer_in_slices(client, more_audit, INT64_MAX);
}

/* The audit of what lost. */
static void
do_show_conflicts(struct client *client)
{
	do_show_audit(client);
}

static bool
more_held(struct client *client)
{
	return report_held(client->control->engine, client->command.server,
	    &client->copy, put_row, client);
}

static void
do_show_held(struct client *client)
{
	if (server_is_known(client))
		answer_in_slices(client, more_held, 0);
}

static bool
more_pending(struct client *client)
{
	return report_owed(client->control->engine, client->command.server,
	    REPORT_ALL, &client->copy, put_row, client);
}

static void
do_show_pending(struct client *client)
{
	if (server_is_known(client))
		answer_in_slices(client, more_pending, 0);
}

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
		engine_changed(engine);
		return true;
	}
	row_begin(&row, "decision");
	row_text(&row, "decision", client->command.command ==
	    COMMAND_APPROVE ? "approved" : "discarded");
	row_number(&row, "changes", VALUE_NUMBER, client->cursor);
	put_row(client, &row);
	return false;
}

static void
do_approve(struct client *client)
{
	if (server_is_known(client))
		answer_in_slices(client, more_word, 0);
}

static void
do_discard(struct client *client)
{
	do_approve(client);
}

/* It is asked for, begins when nothing else goes on, and is followed. */
static void
do_plan(struct client *client)
{
	if (!server_is_known(client) || is_paused(client))
		return;
	client->only = NULL;
	client->follows = true;
	planning_request(client->control->engine);
}

static bool
more_plan(struct client *client)
{
	if (report_owed(client->control->engine, client->command.server,
	    engine_now(), &client->copy, put_row, client))
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
		put_row(client, &row);
		failure = "not every server was read: the plan may lack "
		    "something";
	}
	client->failure = failure;
	answer_in_slices(client, more_plan, 0);
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
		finish(client, error);
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
	engine_changed(engine);
	if (more)
		return true;
	row_begin(&row, "decision");
	row_text(&row, "decision", "undone");
	row_number(&row, "changes", VALUE_NUMBER, client->undo.undone);
	put_row(client, &row);
	return false;
}

static void
do_undo(struct client *client)
{
	const struct message_command *command = &client->command;
	const char *error;

	if (!server_is_known(client))
		return;
	memset(&client->undo, 0, sizeof(client->undo));
	client->undo.id = command->id;
	client->undo.since = command->since;
	client->undo.server = command->server;
	client->undo.person = command->person;
	error = undo_begin(client->control->engine->store, &client->undo);
	if (error != NULL)
		finish(client, error);
	else
		answer_in_slices(client, more_undo, 0);
}

/* A snapshot is not kept for a client that has stopped reading it. */
static bool
more_export(struct client *client)
{
	watch(client);
	return transfer_more(client->transfer);
}

static void
do_export(struct client *client)
{
	char error[ERROR_SIZE];

	client->transfer = transfer_export(client->control->engine,
	    client->channel, error, sizeof(error));
	if (client->transfer == NULL) {
		finish(client, error);
		return;
	}
	answer_in_slices(client, more_export, 0);
}

static void
do_import(struct client *client)
{
	client->transfer = transfer_import(client->control->engine,
	    client->channel, client->command.force);
	watch(client);
}

static int
import_message(struct client *client, struct imsg *imsg)
{
	bool ended;

	if (transfer_receive(client->transfer, imsg, &ended) == -1)
		return -1;
	watch(client);
	if (ended)
		finish(client, NULL);
	return 0;
}

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
static void
do_log(struct client *client)
{
	struct channel *parent = client->control->engine->parent;
	struct message_log message;

	memset(&message, 0, sizeof(message));
	message.verbose = client->command.command == COMMAND_LOG_VERBOSE;
	message_put_log(channel_imsgbuf(parent), number_request(client),
	    &message);
	channel_written(parent);
}

static void
do_reload(struct client *client)
{
	ask_parent(client, MESSAGE_RELOAD);
}

static void
do_show_processes(struct client *client)
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
		put_row(client, row);
}

void
control_answer_end(struct control *control, uint32_t request,
    const struct message_command_result *result)
{
	struct client *client = client_by_request(control, request);

	if (client != NULL)
		finish(client, result->failed ? result->error : NULL);
}

void
control_replaced(struct control *control, uint32_t request)
{
	struct client *client;

	if (control->listener != NULL)
		evconnlistener_free(control->listener);
	control->listener = NULL;
	TAILQ_FOREACH(client, &control->clients, entry) {
		if (client->busy &&
		    (request == 0 || client->request != request))
			finish(client, "the configuration was reloaded; try "
			    "again");
	}
}

void
control_end(struct control *control)
{
	struct client *client;

	TAILQ_FOREACH(client, &control->clients, entry) {
		if (client->monitors)
			finish(client, "jellyporterd was stopped");
		(void)imsgbuf_write(channel_imsgbuf(client->channel));
	}
}

/* Followed by control_check_done(), maybe at once. */
static void
do_check(struct client *client)
{
	if (server_is_known(client))
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
		    put_row, client);
		finish(client, errors > 0 ? "not everything is in order" :
		    NULL);
	}
}

/* Until one of the two leaves. */
static void
do_monitor(struct client *client)
{
	watch_events(client, true);
}

/* Nothing is composed for nobody. */
static void
watch_events(struct client *client, bool on)
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
static void
say_missed(struct client *client)
{
	struct message_row row;

	if (client->missed == 0)
		return;
	row_begin(&row, "missed");
	row_number(&row, "missed", VALUE_NUMBER, client->missed);
	client->missed = 0;
	put_row(client, &row);
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
			put_row(client, row);
	}
}

/* Who wants a server asked something is told why it is not. */
static bool
is_paused(struct client *client)
{
	if (!engine_is_paused(client->control->engine))
		return false;
	finish(client, "syncing is paused; \"jellyporterctl resume\" lets it "
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
	put_row(client, &row);
	finish(client, NULL);
}

static void
do_pause(struct client *client)
{
	struct engine *engine = client->control->engine;

	if (engine->options.once) {
		finish(client, "a single sync cannot be paused, but stopped");
		return;
	}
	if (!engine_is_paused(engine))
		pause_begin(engine);
	say_pause(client, true, engine->paused_since);
}

static void
do_resume(struct client *client)
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
			(void)is_paused(client);
	}
}

static void
do_sync(struct client *client)
{
	struct engine *engine = client->control->engine;

	if (!server_is_known(client) || is_paused(client))
		return;
	client->only = client->command.server[0] == '\0' ? NULL :
	    server_by_name(engine, client->command.server);
	client->follows = true;
	engine_sync(engine, client->only, READING_FULL);
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
		put_row(client, &row);
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
			put_row(client, &row);
			failed = failed || server->failed;
		}
		finish(client, failed ? "not every server was synced" : NULL);
	}
}
