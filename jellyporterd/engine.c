/*
 * The engine's role: what the parent tells it, who is linked to it, when a
 * sync begins and when it is over.
 */
#include <err.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "engine.h"
#include "log.h"
#include "sandbox.h"
#include "users.h"
#include "text.h"

#define PARENT_FD		3
#define ALIVE_EVERY		5000	/* ms, within a long statement */
#define COMMIT_AFTER		1	/* seconds, of what was changed */
#define KICK_AFTER		2	/* ms: not after every record */
#define KICK_EVERY		5	/* seconds: what may be tried again */
#define FETCHER_QUEUE_MAX	0	/* requests: three at most, by design */

typedef int	 receive(struct engine *, struct imsg *);
typedef int	 receive_fetcher(struct server *, struct imsg *);

static void	confine(struct engine *);
static void	database_works(void *);
static int	recv_identity(struct engine *, struct imsg *);
static int	recv_options(struct engine *, struct imsg *);
static int	recv_server(struct engine *, struct imsg *);
static int	recv_endpoint(struct engine *, struct imsg *);
static int	recv_config_done(struct engine *, struct imsg *);
static int	recv_link(struct engine *, struct imsg *);
static int	recv_control_socket(struct engine *, struct imsg *);
static int	recv_sync_now(struct engine *, struct imsg *);
static int	recv_renewed(struct engine *, struct imsg *);
static int	recv_replaced(struct engine *, struct imsg *);
static int	recv_alive(struct engine *, struct imsg *);
static int	recv_log(struct engine *, struct imsg *);
static int	recv_row(struct engine *, struct imsg *);
static int	recv_command_result(struct engine *, struct imsg *);
static int	recv_server_info(struct server *, struct imsg *);
static int	recv_user(struct server *, struct imsg *);
static int	recv_item(struct server *, struct imsg *);
static int	recv_alternate(struct server *, struct imsg *);
static int	recv_acted(struct server *, struct imsg *);
static int	recv_playing(struct server *, struct imsg *);
static int	recv_userdata(struct server *, struct imsg *);
static int	recv_written(struct server *, struct imsg *);
static int	recv_result(struct server *, struct imsg *);
static int	recv_live(struct server *, struct imsg *);
static int	recv_dirty(struct server *, struct imsg *);
static int	recv_called(struct server *, struct imsg *);
static int	recv_event(struct engine *, struct imsg *);
static int	recv_webhook_sync(struct engine *, struct imsg *);
static int	recv_metric(struct engine *, struct imsg *);
static int	recv_scrape(struct engine *, struct imsg *);

static int	parent_message(struct channel *, struct imsg *, void *);
static void	parent_closed(struct channel *, const char *, void *);
static int	fetcher_message(struct channel *, struct imsg *, void *);
static void	fetcher_closed(struct channel *, const char *, void *);
static int	link_listener(struct engine *, int);
static int	listener_message(struct channel *, struct imsg *, void *);
static void	listener_closed(struct channel *, const char *, void *);
static struct lane *lane_of(struct server *, const struct imsg *,
		    enum message_type);
static void	commit(evutil_socket_t, short, void *);
static void	count(evutil_socket_t, short, void *);
static void	kick(evutil_socket_t, short, void *);
static void	sync_due(evutil_socket_t, short, void *);
static void	plan_next_sync(struct engine *);
static void	check_sync_done(struct engine *);
static void	sync_done(struct engine *);

static const struct channel_handlers parent_handlers = {
	parent_message, parent_closed, NULL
};
static const struct channel_handlers fetcher_handlers = {
	fetcher_message, fetcher_closed, NULL
};
static const struct channel_handlers listener_handlers = {
	listener_message, listener_closed, NULL
};

static receive *const from_parent[MESSAGE_TYPE_COUNT] = {
	[MESSAGE_IDENTITY] = recv_identity,
	[MESSAGE_ENGINE_OPTIONS] = recv_options,
	[MESSAGE_SERVER] = recv_server,
	[MESSAGE_ENDPOINT] = recv_endpoint,
	[MESSAGE_CONFIG_DONE] = recv_config_done,
	[MESSAGE_LINK] = recv_link,
	[MESSAGE_CONTROL_SOCKET] = recv_control_socket,
	[MESSAGE_SYNC_NOW] = recv_sync_now,
	[MESSAGE_RENEWED] = recv_renewed,
	[MESSAGE_REPLACED] = recv_replaced,
	[MESSAGE_ALIVE] = recv_alive,
	[MESSAGE_LOG] = recv_log,
	[MESSAGE_ROW] = recv_row,
	[MESSAGE_COMMAND_RESULT] = recv_command_result
};

static receive_fetcher *const from_fetcher[MESSAGE_TYPE_COUNT] = {
	[MESSAGE_SERVER_INFO] = recv_server_info,
	[MESSAGE_USER] = recv_user,
	[MESSAGE_ITEM] = recv_item,
	[MESSAGE_ALTERNATE] = recv_alternate,
	[MESSAGE_ACTED] = recv_acted,
	[MESSAGE_PLAYING] = recv_playing,
	[MESSAGE_USERDATA] = recv_userdata,
	[MESSAGE_WRITTEN] = recv_written,
	[MESSAGE_RESULT] = recv_result,
	[MESSAGE_LIVE] = recv_live,
	[MESSAGE_DIRTY] = recv_dirty,
	[MESSAGE_CALLED] = recv_called
};

static receive *const from_listener[MESSAGE_TYPE_COUNT] = {
	[MESSAGE_EVENT] = recv_event,
	[MESSAGE_SYNC_NOW] = recv_webhook_sync,
	[MESSAGE_METRIC] = recv_metric,
	[MESSAGE_SCRAPE] = recv_scrape
};

int64_t
engine_now(void)
{
	return (int64_t)time(NULL);
}

struct server *
server_by_name(struct engine *engine, const char *name)
{
	struct server *server;

	TAILQ_FOREACH(server, &engine->servers, entry) {
		if (strcmp(server->name, name) == 0)
			return server;
	}
	return NULL;
}

bool
engine_plans(const struct engine *engine)
{
	return engine->options.dry_run || planning_goes_on(engine);
}

bool
engine_is_quiet(const struct engine *engine)
{
	const struct server *server;

	if (engine->syncing)
		return false;
	TAILQ_FOREACH(server, &engine->servers, entry) {
		if (server->phase != PHASE_IDLE || server->bulk.id != 0 ||
		    server->small.id != 0 || server->write.id != 0)
			return false;
	}
	return true;
}

/*
 * Nothing but the directory of the database is there from now on: that of the
 * file itself, if its path is a symbolic link.  For who was to become somebody
 * else, it is the root of all that there is.
 */
static void
confine(struct engine *engine)
{
	char *path = engine->options.database_path, *directory, *file;
	char real[PATH_MAX], copy[PATH_SIZE];

	if (realpath(path, real) != NULL &&
	    strlcpy(path, real, PATH_SIZE) >= PATH_SIZE)
		fatalx("the path of the database is too long");
	strlcpy(copy, path, sizeof(copy));
	directory = dirname(copy);
	if (engine->identity.uid != 0) {
		strlcpy(engine->top, directory, sizeof(engine->top));
		users_become(&engine->identity, directory);
		if ((file = strrchr(path, '/')) == NULL)
			fatalx("the path of the database is not absolute");
		memmove(path, file, strlen(file) + 1);
		strlcpy(copy, "/", sizeof(copy));
		directory = copy;
	}
	/* SQLite looks early for a place for what does not fit into memory. */
	if (setenv("SQLITE_TMPDIR", directory, 1) == -1)
		fatal("setenv");
	db_setup();
	sandbox_engine(directory);
}

/* From the parent. */

static int
recv_identity(struct engine *engine, struct imsg *imsg)
{
	if (engine->store != NULL)
		return -1;
	return message_get_identity(imsg, &engine->identity);
}

static int
recv_options(struct engine *engine, struct imsg *imsg)
{
	char error[ERROR_SIZE];

	if (engine->store != NULL ||
	    message_get_engine_options(imsg, &engine->options) == -1)
		return -1;
	log_set_verbose(engine->options.verbose);
	confine(engine);
	db_report_work(database_works, engine);
	engine->merge.fields = engine->options.fields;
	engine->merge.rewatch_follow = engine->options.rewatch_follow;
	engine->guard.max_items = engine->options.guard_max_items;
	engine->guard.max_percent = engine->options.guard_max_percent;
	engine->store = engine->options.dry_run ?
	    store_open_copy(engine->options.database_path, error,
	    sizeof(error)) :
	    store_open(engine->options.database_path, error, sizeof(error));
	if (engine->store == NULL) {
		log_warnx("%s%s", engine->top, error);
		exit(EX_CONFIG);
	}
	store_configure(engine->store);
	return 0;
}

static int
recv_server(struct engine *engine, struct imsg *imsg)
{
	struct message_server message;
	struct server *server;

	if (engine->store == NULL || message_get_server(imsg, &message) == -1)
		return -1;
	if ((server = calloc(1, sizeof(*server))) == NULL)
		fatal("calloc");
	server->engine = engine;
	TAILQ_INIT(&server->endpoints);
	strlcpy(server->name, message.name, sizeof(server->name));
	server->plan_only = message.plan_only;
	server->id = store_server(engine->store, message.name, message.url);
	round_init(server);
	urgent_init(server);
	writer_init(server);
	dirty_init(server);
	sessions_init(server);
	turn_init(server, message.url);
	TAILQ_INSERT_TAIL(&engine->servers, server, entry);
	return 0;
}

static int
recv_endpoint(struct engine *engine, struct imsg *imsg)
{
	struct message_endpoint message;
	struct endpoint *endpoint;
	struct server *server;

	if (message_get_endpoint(imsg, &message) == -1 ||
	    (server = server_by_name(engine, message.server)) == NULL)
		return -1;
	if ((endpoint = calloc(1, sizeof(*endpoint))) == NULL)
		fatal("calloc");
	strlcpy(endpoint->person, message.person, sizeof(endpoint->person));
	strlcpy(endpoint->user, message.user, sizeof(endpoint->user));
	endpoint->id = store_endpoint(engine->store, server->id,
	    message.person, message.user, message.direction);
	TAILQ_INSERT_TAIL(&server->endpoints, endpoint, entry);
	return 0;
}

static int
recv_config_done(struct engine *engine, struct imsg *imsg)
{
	(void)imsg;
	if (engine->store == NULL || engine->configured)
		return -1;
	store_commit(engine->store);
	engine->configured = true;
	pause_load(engine);
	if (!engine->options.once) {
		plan_next_sync(engine);
		upkeep_start(engine);
	} else if (engine_is_paused(engine)) {
		pause_refuse_once(engine);
		return 0;
	}
	engine_sync(engine, NULL, READING_FULL);
	return 0;
}

/* A fetcher is there, for the first time or again; or the listener is. */
static int
recv_link(struct engine *engine, struct imsg *imsg)
{
	struct message_name name;
	struct server *server;
	int fd;

	if (message_get_link(imsg, &name, &fd) == -1)
		return -1;
	metrics_ask_processes(engine);
	if (name.name[0] == '\0')
		return link_listener(engine, fd);
	if ((server = server_by_name(engine, name.name)) == NULL)
		return -1;
	if (server->link != NULL) {
		channel_free(server->link);
		server->link = NULL;
		round_link_lost(server);
	}
	server->link = channel_new(engine->base, fd, &fetcher_handlers, server,
	    FETCHER_QUEUE_MAX);
	if (server->link == NULL)
		fatal("channel_new");
	channel_say_hello(server->link);
	round_link_made(server);
	return 0;
}

static int
recv_control_socket(struct engine *engine, struct imsg *imsg)
{
	int fd;

	if (message_get_control_socket(imsg, &fd) == -1)
		return -1;
	control_listen(engine->control, fd);
	message_put_empty(channel_imsgbuf(engine->parent), MESSAGE_READY, 0);
	channel_written(engine->parent);
	return 0;
}

static int
recv_sync_now(struct engine *engine, struct imsg *imsg)
{
	(void)imsg;
	if (!engine->configured)
		return -1;
	if (engine_is_paused(engine))
		log_info("no sync is made: it is paused until "
		    "\"jellyporterctl resume\"");
	else if (!planning_goes_on(engine))
		engine_sync(engine, NULL, READING_NEWS);
	return 0;
}

/* Its fetcher will be another one, which may see more of it, or less. */
static int
recv_renewed(struct engine *engine, struct imsg *imsg)
{
	struct message_renewed message;
	struct server *server;

	if (!engine->configured || message_get_renewed(imsg, &message) == -1 ||
	    (server = server_by_name(engine, message.server)) == NULL)
		return -1;
	server->identity_due = true;
	if (!planning_goes_on(engine))
		engine_sync(engine, server, READING_FULL);
	return 0;
}

static int
recv_replaced(struct engine *engine, struct imsg *imsg)
{
	if (imsg_get_len(imsg) != 0)
		return -1;
	control_replaced(engine->control, imsg_get_id(imsg));
	return 0;
}

static int
recv_alive(struct engine *engine, struct imsg *imsg)
{
	if (imsg_get_len(imsg) != 0)
		return -1;
	engine->said_alive = clock_ms();
	channel_say_alive(engine->parent);
	return 0;
}

/*
 * The database is at work: a migration of a large one may take minutes, and
 * nothing else is heard meanwhile.  A statement comes to an end.  (An endless
 * loop of ours, with statements in it, would pass for that: there is none that
 * does not end with the rows.)
 */
static void
database_works(void *arg)
{
	struct engine *engine = arg;
	int64_t now = clock_ms();

	if (now - engine->said_alive < ALIVE_EVERY)
		return;
	engine->said_alive = now;
	channel_say_alive(engine->parent);
	/* What cannot be written now is, later. */
	(void)imsgbuf_write(channel_imsgbuf(engine->parent));
}

static int
recv_log(struct engine *engine, struct imsg *imsg)
{
	struct message_log message;

	(void)engine;
	if (message_get_log(imsg, &message) == -1)
		return -1;
	log_set_verbose(message.verbose);
	return 0;
}

/* These two are the answer to a request of jellyporterctl's, or of ours. */

static int
recv_row(struct engine *engine, struct imsg *imsg)
{
	static struct message_row row;

	if (message_get_row(imsg, &row) == -1)
		return -1;
	if (imsg_get_id(imsg) == METRICS_REQUEST)
		return metrics_process(engine, &row);
	control_answer_row(engine->control, imsg_get_id(imsg), &row);
	return 0;
}

static int
recv_command_result(struct engine *engine, struct imsg *imsg)
{
	struct message_command_result result;

	if (message_get_command_result(imsg, &result) == -1)
		return -1;
	if (imsg_get_id(imsg) == METRICS_REQUEST)
		return metrics_processes_known(engine);
	control_answer_end(engine->control, imsg_get_id(imsg), &result);
	return 0;
}

static int
parent_message(struct channel *channel, struct imsg *imsg, void *arg)
{
	struct engine *engine = arg;
	uint32_t type = imsg_get_type(imsg);

	(void)channel;
	if (type == MESSAGE_HELLO)
		return channel_take_hello(imsg);
	if (type >= MESSAGE_TYPE_COUNT || from_parent[type] == NULL ||
	    from_parent[type](engine, imsg) == -1)
		fatalx("nonsense from the parent: %s",
		    message_type_name(type));
	return 0;
}

/* The parent stops us, or is no more: everything that matters is stored. */
static void
parent_closed(struct channel *channel, const char *error, void *arg)
{
	struct engine *engine = arg;

	(void)channel;
	if (error != NULL)
		log_warnx("parent: %s", error);
	control_end(engine->control);
	store_close(engine->store);
	_exit(0);
}

/* From a fetcher. */

static struct lane *
lane_of(struct server *server, const struct imsg *imsg,
    enum message_type type)
{
	uint32_t id = imsg_get_id(imsg);
	struct lane *lane;

	if (id != 0 && id == server->bulk.id)
		lane = &server->bulk;
	else if (id != 0 && id == server->small.id)
		lane = &server->small;
	else if (id != 0 && id == server->write.id)
		lane = &server->write;
	else if (id != 0 && id == server->check_lane.id)
		lane = &server->check_lane;
	else
		return NULL;
	return type == 0 || lane->type == type ? lane : NULL;
}

static int
recv_server_info(struct server *server, struct imsg *imsg)
{
	struct message_server_info message;

	if (message_get_server_info(imsg, &message) == -1)
		return -1;
	if (lane_of(server, imsg, MESSAGE_CHECK) != NULL)
		check_info(server, &message);
	else if (lane_of(server, imsg, MESSAGE_CONTACT) != NULL)
		round_contacted(server, &message);
	else
		return -1;
	return 0;
}

static int
recv_user(struct server *server, struct imsg *imsg)
{
	struct message_user message;

	if (message_get_user(imsg, &message) == -1)
		return -1;
	if (lane_of(server, imsg, MESSAGE_CHECK) != NULL)
		check_user(server, &message);
	else if (lane_of(server, imsg, MESSAGE_CONTACT) != NULL)
		round_user(server, &message);
	else
		return -1;
	return 0;
}

static int
recv_item(struct server *server, struct imsg *imsg)
{
	static struct item_record message;
	struct lane *lane = lane_of(server, imsg, MESSAGE_LIST);

	if (lane == NULL || !listing_is_of_items(lane->listing) ||
	    message_get_item(imsg, &message) == -1)
		return -1;
	round_item(server, &message);
	return 0;
}

static int
recv_acted(struct server *server, struct imsg *imsg)
{
	struct message_acted message;

	if (lane_of(server, imsg, MESSAGE_ACTIVITY) == NULL ||
	    message_get_acted(imsg, &message) == -1)
		return -1;
	round_acted(server, &message);
	return 0;
}

static int
recv_alternate(struct server *server, struct imsg *imsg)
{
	struct alternate_record message;

	if (lane_of(server, imsg, MESSAGE_ALTERNATES) == NULL ||
	    message_get_alternate(imsg, &message) == -1)
		return -1;
	round_alternate(server, &message);
	return 0;
}

static int
recv_playing(struct server *server, struct imsg *imsg)
{
	struct message_playing message;
	struct lane *lane = lane_of(server, imsg, 0);

	if (lane == NULL || message_get_playing(imsg, &message) == -1)
		return -1;
	if (lane->owner == OWNER_SESSIONS)
		sessions_playing(server, &message);
	else if (lane->owner == OWNER_DIRTY)
		dirty_playing(lane, &message);
	else
		return -1;
	return 0;
}

static int
recv_userdata(struct server *server, struct imsg *imsg)
{
	struct message_userdata message;
	struct lane *lane = lane_of(server, imsg, 0);

	if (lane == NULL || lane->endpoint == NULL ||
	    (lane->type != MESSAGE_LIST && lane->type != MESSAGE_READ) ||
	    message_get_userdata(imsg, &message) == -1)
		return -1;
	server->metrics.observations++;
	if (lane->owner == OWNER_DIRTY)
		dirty_userdata(server, lane, &message);
	else
		round_userdata(server, lane, &message);
	return 0;
}

static int
recv_written(struct server *server, struct imsg *imsg)
{
	struct message_written message;

	if (lane_of(server, imsg, MESSAGE_WRITE) == NULL ||
	    message_get_written(imsg, &message) == -1)
		return -1;
	writer_written(server, &message);
	return 0;
}

static int
recv_result(struct server *server, struct imsg *imsg)
{
	struct message_result message;
	struct lane *lane = lane_of(server, imsg, 0);

	if (lane == NULL || message_get_result(imsg, &message) == -1)
		return -1;
	switch (lane->owner) {
	case OWNER_ROUND:
		round_result(server, lane, &message);
		break;
	case OWNER_WRITER:
		writer_result(server, lane, &message);
		break;
	case OWNER_DIRTY:
		dirty_result(server, &message);
		break;
	case OWNER_SESSIONS:
		sessions_result(server, &message);
		break;
	case OWNER_CHECK:
		check_result(server, &message);
		return 0;	/* no round waits for it */
	}
	dirty_next(server);
	return 0;
}

static int
recv_live(struct server *server, struct imsg *imsg)
{
	struct message_live message;

	if (message_get_live(imsg, &message) == -1)
		return -1;
	dirty_live(server, &message);
	return 0;
}

static int
recv_dirty(struct server *server, struct imsg *imsg)
{
	struct message_dirty message;

	if (message_get_dirty(imsg, &message) == -1)
		return -1;
	dirty_notice(server, &message);
	return 0;
}

static int
recv_called(struct server *server, struct imsg *imsg)
{
	struct message_called message;

	if (message_get_called(imsg, &message) == -1)
		return -1;
	metrics_called(server, &message);
	return 0;
}

static int
fetcher_message(struct channel *channel, struct imsg *imsg, void *arg)
{
	struct server *server = arg;
	uint32_t type = imsg_get_type(imsg);

	(void)channel;
	if (type == MESSAGE_HELLO)
		return channel_take_hello(imsg);
	if (type >= MESSAGE_TYPE_COUNT || from_fetcher[type] == NULL ||
	    from_fetcher[type](server, imsg) == -1)
		fatalx("nonsense from the fetcher of %s: %s", server->name,
		    message_type_name(type));
	return 0;
}

static void
fetcher_closed(struct channel *channel, const char *error, void *arg)
{
	struct server *server = arg;

	log_server_warnx(server->name, "its fetcher is gone%s%s",
	    error == NULL ? "" : ": ", error == NULL ? "" : error);
	channel_free(channel);
	server->link = NULL;
	round_link_lost(server);
	engine_changed(server->engine);
}

/* From the listener. */

static int
link_listener(struct engine *engine, int fd)
{
	channel_free(engine->listener);
	engine->listener = channel_new(engine->base, fd, &listener_handlers,
	    engine, 0);
	if (engine->listener == NULL)
		fatal("channel_new");
	channel_say_hello(engine->listener);
	return 0;
}

static int
recv_event(struct engine *engine, struct imsg *imsg)
{
	struct message_event message;

	if (message_get_event(imsg, &message) == -1)
		return -1;
	events_event(engine, &message);
	return 0;
}

static int
recv_webhook_sync(struct engine *engine, struct imsg *imsg)
{
	if (imsg_get_len(imsg) != 0)
		return -1;
	events_sync(engine);
	return 0;
}

static int
recv_metric(struct engine *engine, struct imsg *imsg)
{
	static struct message_metric message;

	if (message_get_metric(imsg, &message) == -1)
		return -1;
	return metrics_heard(engine, &message);
}

static void
metric_to_channel(void *arg, const struct message_metric *metric)
{
	message_put_metric(channel_imsgbuf(arg), 0, metric);
}

static int
recv_scrape(struct engine *engine, struct imsg *imsg)
{
	if (imsg_get_len(imsg) != 0)
		return -1;
	metrics_report(engine, metric_to_channel, engine->listener);
	message_put_empty(channel_imsgbuf(engine->listener), MESSAGE_SCRAPED,
	    0);
	channel_written(engine->listener);
	return 0;
}

static int
listener_message(struct channel *channel, struct imsg *imsg, void *arg)
{
	uint32_t type = imsg_get_type(imsg);

	(void)channel;
	if (type == MESSAGE_HELLO)
		return channel_take_hello(imsg);
	if (type >= MESSAGE_TYPE_COUNT || from_listener[type] == NULL ||
	    from_listener[type](arg, imsg) == -1)
		fatalx("nonsense from the listener: %s",
		    message_type_name(type));
	return 0;
}

/* It may have been told what it did not get to tell us. */
static void
listener_closed(struct channel *channel, const char *error, void *arg)
{
	struct engine *engine = arg;

	log_warnx("the listener is gone%s%s", error == NULL ? "" : ": ",
	    error == NULL ? "" : error);
	channel_free(channel);
	engine->listener = NULL;
	events_sync(engine);
}

uint32_t
engine_request(struct server *server, struct lane *lane,
    enum message_type type, struct endpoint *endpoint)
{
	if (lane->id != 0)
		fatalx("%s: two requests at once", server->name);
	memset(lane, 0, sizeof(*lane));
	if (++server->engine->last_request == 0)
		server->engine->last_request = 1;
	lane->id = server->engine->last_request;
	lane->type = type;
	lane->serial = server->serial;
	lane->endpoint = endpoint;
	lane->began = store_point(server->engine->store);
	lane->began_ms = clock_ms();
	return lane->id;
}

/* Commits, and what comes after. */

void
engine_changed(struct engine *engine)
{
	const struct timeval soon = { COMMIT_AFTER, 0 };
	const struct timeval shortly = { 0, KICK_AFTER * 1000 };

	if (store_is_touched(engine->store) &&
	    !evtimer_pending(engine->commit_timer, NULL) &&
	    event_add(engine->commit_timer, &soon) == -1)
		fatal("event_add");
	if (!engine->kick_soon && event_add(engine->kick_timer, &shortly) == -1)
		fatal("event_add");
	engine->kick_soon = true;
}

static void
commit(evutil_socket_t fd, short what, void *arg)
{
	struct engine *engine = arg;

	(void)fd;
	(void)what;
	store_commit(engine->store);
}

void
engine_kick(struct engine *engine)
{
	struct server *server;

	planning_try(engine);
	TAILQ_FOREACH(server, &engine->servers, entry) {
		round_decide(server);
		round_go_on(server);	/* it may wait for the small lane */
		writer_next(server);
	}
	check_sync_done(engine);
}

static void
kick(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval later = { KICK_EVERY, 0 };
	struct engine *engine = arg;

	(void)fd;
	(void)what;
	engine->kick_soon = false;
	if (event_add(engine->kick_timer, &later) == -1)
		fatal("event_add");
	engine_kick(engine);
}

/* Syncs. */

void
engine_sync(struct engine *engine, struct server *only, enum reading reading)
{
	struct server *server;

	if (engine_is_paused(engine))
		return;			/* its end makes up for it */
	if (reading == READING_FULL)
		store_try_now(engine->store);
	TAILQ_FOREACH(server, &engine->servers, entry) {
		if ((only != NULL && server != only) ||
		    (server->plan_only && !engine_plans(engine)))
			continue;
		/* A slow server is not asked to begin anew by the clock. */
		if (reading != READING_FULL && server->phase != PHASE_IDLE)
			continue;
		if (!server->in_sync || server->phase == PHASE_IDLE) {
			metrics_sync_begins(server);
			memset(&server->counts, 0, sizeof(server->counts));
			server->began_ms = clock_ms();
			server->failed = false;
			server->error[0] = '\0';
		}
		server->in_sync = true;
		round_start(server, reading);
	}
	engine->syncing = true;
	engine_changed(engine);
}

static void
count(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	check_sync_done(arg);
}

/* At its end items are counted: nobody waits for more than a slice of that. */
static void
check_sync_done(struct engine *engine)
{
	static const struct timeval now = { 0, 0 };
	struct server *server;

	if (!engine->syncing)
		return;
	TAILQ_FOREACH(server, &engine->servers, entry) {
		if (server->phase != PHASE_IDLE || server->bulk.id != 0 ||
		    !writer_is_idle(server))
			return;
	}
	if (!store_count(engine->store))
		sync_done(engine);
	else if (event_add(engine->count_timer, &now) == -1)
		fatal("event_add");
}

static void
sync_done(struct engine *engine)
{
	struct message_once_done done = { 0 };
	struct server *server;

	engine->syncing = false;
	if (engine->options.once && !engine_plans(engine))
		upkeep_once(engine);
	store_commit(engine->store);
	if (!engine_plans(engine))
		engine->last_sync = engine_now();
	TAILQ_FOREACH(server, &engine->servers, entry) {
		if (!server->in_sync)
			continue;
		server->took_ms = clock_ms() - server->began_ms;
		done.failed += server->failed;
		log_server_info(server->name, "sync %s heard=%lld "
		    "written=%lld conflicts=%lld ms=%lld",
		    server->failed ? "failed" : "done",
		    (long long)server->counts.heard,
		    (long long)server->counts.written,
		    (long long)server->counts.conflicts,
		    (long long)server->took_ms);
		metrics_sync_ended(server);
		control_progress(engine->control, server);
	}
	if (engine_plans(engine))
		planning_done(engine);
	else
		control_sync_done(engine->control);
	TAILQ_FOREACH(server, &engine->servers, entry)
		server->in_sync = false;
	if (engine->options.once) {
		if (!engine->options.dry_run)
			metrics_report(engine, metric_to_channel,
			    engine->parent);
		message_put_once_done(channel_imsgbuf(engine->parent), 0,
		    &done);
		channel_written(engine->parent);
		return;
	}
}

static void
plan_next_sync(struct engine *engine)
{
	struct timeval wait = { 0, 0 };

	wait.tv_sec = engine->options.sync_interval;
	engine->next_sync = engine_now() + wait.tv_sec;
	if (event_add(engine->sync_timer, &wait) == -1)
		fatal("event_add");
}

static void
sync_due(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	plan_next_sync(arg);
	if (!planning_goes_on(arg))
		engine_sync(arg, NULL, READING_NEWS);
}

void
engine_main(void)
{
	struct engine *engine;

	if ((engine = calloc(1, sizeof(*engine))) == NULL)
		fatal("calloc");
	TAILQ_INIT(&engine->servers);
	engine->started = engine_now();
	if ((engine->base = event_base_new()) == NULL)
		fatalx("event_base_new");
	engine->commit_timer = evtimer_new(engine->base, commit, engine);
	engine->count_timer = evtimer_new(engine->base, count, engine);
	engine->sync_timer = evtimer_new(engine->base, sync_due, engine);
	engine->kick_timer = evtimer_new(engine->base, kick, engine);
	engine->parent = channel_new(engine->base, PARENT_FD, &parent_handlers,
	    engine, 0);
	if (engine->commit_timer == NULL || engine->count_timer == NULL ||
	    engine->sync_timer == NULL || engine->kick_timer == NULL ||
	    engine->parent == NULL)
		fatal("engine");
	engine->control = control_new(engine);
	events_init(engine);
	imsgbuf_allow_fdpass(channel_imsgbuf(engine->parent));
	channel_say_hello(engine->parent);
	event_base_dispatch(engine->base);
	fatalx("nothing left to wait for");
}
