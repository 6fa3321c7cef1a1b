/*
 * The parent's life: what it opens, what it gives up, and what ends it.
 */
#include <err.h>
#include <errno.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "aside.h"
#include "control_socket.h"
#include "log.h"
#include "message.h"
#include "parent.h"
#include "sandbox.h"
#include "socket_path.h"
#include "version.h"

static void	stop(evutil_socket_t, short, void *);
static void	reap(evutil_socket_t, short, void *);
static void	sync_now(evutil_socket_t, short, void *);
static void	hang_up(evutil_socket_t, short, void *);
static void	add_signals(struct parent *);
static void	confine(const struct parent *);
static void	announce(const struct parent *);
static int	find_socket_path(struct parent *);
static int	open_sockets(struct parent *);
static int	open_listeners(struct parent *);
static struct config *load(const char *);
static void	say_problems(char *, const struct config *);
static int	begin(struct parent *, const char *);

static void
stop(evutil_socket_t signo, short what, void *arg)
{
	struct parent *parent = arg;

	(void)signo;
	(void)what;
	event_base_loopexit(parent->base, NULL);
}

static void
reap(evutil_socket_t signo, short what, void *arg)
{
	struct parent *parent = arg;

	(void)signo;
	(void)what;
	processes_reap(parent->processes);
}

static void
sync_now(evutil_socket_t signo, short what, void *arg)
{
	struct parent *parent = arg;
	struct child *engine = process_first(parent->processes, ROLE_ENGINE);

	(void)signo;
	(void)what;
	if (engine->channel == NULL)
		return;			/* it begins with one anyway */
	message_put_empty(channel_imsgbuf(engine->channel), MESSAGE_SYNC_NOW,
	    0);
	channel_written(engine->channel);
}

static void
hang_up(evutil_socket_t signo, short what, void *arg)
{
	(void)signo;
	(void)what;
	parent_ask_reload(arg, 0);
}

static void
add_signals(struct parent *parent)
{
	static const struct {
		int			 signo;
		event_callback_fn	 handler;
	} signals[PARENT_SIGNALS] = {
		{ SIGTERM, stop }, { SIGINT, stop }, { SIGCHLD, reap },
		{ SIGUSR1, sync_now }, { SIGHUP, hang_up }
	};
	size_t i;

	for (i = 0; i < PARENT_SIGNALS; i++) {
		parent->signals[i] = evsignal_new(parent->base,
		    signals[i].signo, signals[i].handler, parent);
		if (parent->signals[i] == NULL ||
		    event_add(parent->signals[i], NULL) == -1)
			fatal_memory("evsignal_new");
	}
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		fatal("signal");
}

/* From here on it only starts children, and reads its configuration again. */
static void
confine(const struct parent *parent)
{
	char database[PATH_SIZE], socket[PATH_SIZE], textfile[PATH_SIZE];
	char text[ERROR_SIZE];

	if (strlcpy(database, parent->config->database_path,
	    sizeof(database)) >= sizeof(database) ||
	    strlcpy(socket, parent->socket_path, sizeof(socket)) >=
	    sizeof(socket) ||
	    strlcpy(textfile, parent_writes_textfile(parent) ?
	    parent->config->metrics_textfile : "", sizeof(textfile)) >=
	    sizeof(textfile))
		fatalx("a path of the configuration is too long");
	sandbox_describe(text, sizeof(text));
	log_info("sandbox: %s", text);
	sandbox_parent(dirname(database),
	    parent->mode.dry_run ? NULL : dirname(socket),
	    textfile[0] == '\0' ? NULL : dirname(textfile),
	    parent->users.apart);
}

bool
parent_writes_textfile(const struct parent *parent)
{
	return parent->mode.once && !parent->mode.dry_run &&
	    parent->config->metrics_textfile != NULL;
}

/* Again for the log of a daemon: on what the metrics are not served. */
static void
announce(const struct parent *parent)
{
	log_info("jellyporterd %s started", JELLYPORTER_VERSION);
	users_describe(&parent->users);
	if (parent->no_metrics)
		log_warnx("metrics_addr %s cannot be listened on: nobody is "
		    "told the metrics, all else goes on",
		    parent->config->metrics_addr);
}

/* What the command line says, then the configuration, then who starts us. */
static int
find_socket_path(struct parent *parent)
{
	const char *path = parent->socket_file;

	if (path == NULL)
		path = parent->config->control_socket;
	if (path == NULL ? control_socket_path(parent->socket_path,
	    sizeof(parent->socket_path)) != -1 :
	    strlcpy(parent->socket_path, path, sizeof(parent->socket_path)) <
	    sizeof(parent->socket_path))
		return 0;
	log_warnx("%s", path == NULL ? "no place for a control socket: use "
	    "-s or control.socket" : "the control socket's path is too long");
	return -1;
}

/* All that anybody connects to, and a place for the database. */
static int
open_sockets(struct parent *parent)
{
	const struct config *config = parent->config;

	if (make_directory_of(config->database_path, 0700) == -1 ||
	    users_own(&parent->users, config->database_path) == -1)
		return -1;
	if (parent->mode.dry_run)
		return 0;
	if (find_socket_path(parent) == -1 ||
	    (parent->control_fd = control_socket_open(parent->socket_path,
	    config->control_group)) == -1)
		return -1;
	/* Who syncs once and leaves need not be told of what comes after. */
	if (parent->mode.once || open_listeners(parent) == 0)
		return 0;
	(void)unlink(parent->socket_path);
	return -1;
}

/*
 * Without the webhook changes would be found later than is hoped for, so that
 * its address is one to rely on.  That of the metrics has a default, and may be
 * another daemon's.
 */
static int
open_listeners(struct parent *parent)
{
	const struct config *config = parent->config;
	bool both;

	both = config->webhook_addr != NULL &&
	    strcmp(config->webhook_addr, config->metrics_addr) == 0;
	if (config->webhook_addr != NULL && listen_sockets_open(
	    &parent->listen, config->webhook_addr,
	    both ? SERVES_ALL : SERVES_WEBHOOK) == -1)
		return -1;
	if (config->metrics_addr[0] != '\0' && !both)
		parent->no_metrics = listen_sockets_open(&parent->listen,
		    config->metrics_addr, SERVES_METRICS) == -1;
	return 0;
}

/* What is wrong with it is said when it is known how its log is to look. */
static struct config *
load(const char *file)
{
	struct config_problems problems;
	struct config *config;

	config_problems_begin(&problems);
	config = config_load(file, &problems.report);
	config_problems_end(&problems);
	say_problems(problems.text, config);
	free(problems.text);
	return config;
}

static void
say_problems(char *problems, const struct config *config)
{
	char *line;

	if (config == NULL || !config->log_json) {
		fputs(problems, stderr);
		return;
	}
	log_as_json(1);
	while ((line = config_problems_next(&problems)) != NULL)
		log_warnx("%s", line);
}

/* The status to exit with; 0: go on. */
static int
begin(struct parent *parent, const char *file)
{
	log_init("parent", 1, parent->mode.verbose);
	if ((parent->config = load(file)) == NULL)
		return EX_CONFIG;
	if (users_find(&parent->users) == -1 ||
	    open_sockets(parent) == -1) {
		config_free(parent->config);
		return 1;
	}
	return 0;
}

/* With the control socket in our hands, no other one is or will be running. */
int
parent_move_database(struct parent *parent, const char *file)
{
	int status;

	parent->mode.once = true;
	if ((status = begin(parent, file)) != 0)
		return status;
	status = aside_move(parent->config->database_path) == -1;
	if (unlink(parent->socket_path) == -1)
		log_warn("%s", parent->socket_path);
	config_free(parent->config);
	return status;
}

int
parent_run(struct parent *parent, const char *file, bool foreground)
{
	size_t i;
	int status;

	metrics_init(&parent->metrics);
	if ((status = begin(parent, file)) != 0)
		return status;
	if (!foreground && (fflush(NULL) == EOF || daemon(0, 0) == -1))
		err(1, "daemon");
	log_init("parent", foreground, parent->mode.verbose);
	if ((parent->base = event_base_new()) == NULL)
		fatal("event_base_new");
	add_signals(parent);
	announce(parent);
	parent->notify = notify_new(parent->base);
	confine(parent);
	parent->processes = processes_new(parent->base,
	    &parent->programs, foreground, parent->mode.verbose,
	    &parent_children, parent);
	if (!parent->mode.dry_run)
		parent->stand_in = stand_in_new(parent->base,
		    parent->control_fd);
	parent_start_children(parent);
	event_base_dispatch(parent->base);

	notify_stopping(parent->notify);
	for (i = 0; i < PARENT_SIGNALS; i++)
		event_free(parent->signals[i]);
	/* It is stopping already; to be told again changes nothing. */
	if (signal(SIGTERM, SIG_IGN) == SIG_ERR ||
	    signal(SIGINT, SIG_IGN) == SIG_ERR)
		log_warn("signal");
	stand_in_free(parent->stand_in);
	processes_stop(parent->processes);
	notify_free(parent->notify);
	event_base_free(parent->base);
	if (!parent->mode.dry_run && unlink(parent->socket_path) == -1 &&
	    errno != ENOENT)
		log_warn("%s", parent->socket_path);
	config_free(parent->config);
	log_info("stopped");
	return parent->status;
}
