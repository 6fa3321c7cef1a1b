/*
 * The engine's role: what the parent tells it, and who is linked to it.
 */
#include <libgen.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "clock.h"
#include "engine.h"
#include "log.h"
#include "sandbox.h"
#include "users.h"

#define ALIVE_EVERY		5000	/* ms, within a long statement */

typedef int	 receive(struct engine *, struct imsg *);

static void	describe(struct engine *);
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
static int	recv_row(struct engine *, struct imsg *);
static int	recv_command_result(struct engine *, struct imsg *);
static int	parent_message(struct channel *, struct imsg *, void *);
static void	parent_closed(struct channel *, const char *, void *);

static const struct channel_handlers parent_handlers = {
	parent_message, parent_closed, NULL
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
	[MESSAGE_ROW] = recv_row,
	[MESSAGE_COMMAND_RESULT] = recv_command_result
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

/* Who may not write to the database, if it comes to that. */
static void
describe(struct engine *engine)
{
	uid_t uid = engine->identity.uid != 0 ? engine->identity.uid :
	    geteuid();
	const struct passwd *passwd = getpwuid(uid);

	if (passwd != NULL)
		(void)snprintf(engine->user, sizeof(engine->user), "%s",
		    passwd->pw_name);
	else
		(void)snprintf(engine->user, sizeof(engine->user), "user %ld",
		    (long)uid);
	db_describe(engine->top, engine->user);
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
	describe(engine);
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
	bool passes = false;

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
	    store_open(engine->options.database_path, &passes, error,
	    sizeof(error));
	if (engine->store == NULL)
		fatal_status(passes ? EX_TEMPFAIL : EX_CONFIG, "%s", error);
	store_clock_begin(engine->store, engine_now());
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
		sync_plan_next(engine);
		upkeep_start(engine);
	} else if (engine_is_paused(engine)) {
		pause_refuse_once(engine);
		return 0;
	}
	sync_begin(engine, NULL, READING_FULL);
	return 0;
}

/* Somebody is there, for the first time or again. */
static int
recv_link(struct engine *engine, struct imsg *imsg)
{
	struct message_link link;
	struct server *server;
	int fd;

	if (message_get_link(imsg, &link, &fd) == -1)
		return -1;
	metrics_ask_processes(engine);
	if (link.role == ROLE_LISTENER) {
		engine_link_listener(engine, fd);
		return 0;
	}
	if (link.role == ROLE_EXPORTER) {
		engine_link_exporter(engine, fd);
		return 0;
	}
	if ((server = server_by_name(engine, link.server)) == NULL)
		return -1;
	engine_link_fetcher(server, fd);
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
		sync_begin(engine, NULL, READING_NEWS);
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
		sync_begin(engine, server, READING_FULL);
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

	if (child_obeys(channel, imsg)) {
		if (type == MESSAGE_ALIVE)
			engine->said_alive = clock_ms();
		if (engine->configured)
			jump_look(engine);
		return 0;
	}
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

	child_orphaned(channel, error);
	control_end(engine->control);
	store_close(engine->store);
	_exit(0);
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

void
engine_main(void)
{
	struct engine *engine;

	if ((engine = calloc(1, sizeof(*engine))) == NULL)
		fatal("calloc");
	TAILQ_INIT(&engine->servers);
	engine->started = engine_now();
	if ((engine->base = event_base_new()) == NULL)
		fatal("event_base_new");
	sync_init(engine);
	engine->control = control_new(engine);
	events_init(engine);
	engine->parent = child_channel(engine->base, &parent_handlers,
	    engine);
	child_run(engine->base);
}
