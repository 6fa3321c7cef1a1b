/*
 * The parent: reads the configuration, starts the children, gives each what it
 * needs and no more, and restarts what dies.
 */
#include <sys/resource.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <event2/event.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "config.h"
#include "control_socket.h"
#include "descriptors.h"
#include "dry_run.h"
#include "engine.h"
#include "fetcher.h"
#include "listen_socket.h"
#include "listener.h"
#include "log.h"
#include "message.h"
#include "process.h"
#include "sandbox.h"
#include "socket_path.h"
#include "version.h"

#define SIGNALS	5		/* that the parent handles */

struct parent {
	struct event_base	*base;
	struct event		*signals[SIGNALS];
	struct config		*config;
	struct processes	*processes;
	int			 control_fd;
	int			 listen_fds[LISTEN_SOCKETS_MAX];
	int			 n_listen;	/* 0: no listener */
	bool			 once;
	bool			 dry_run;
	bool			 verbose;
	size_t			 planned;	/* writes, in a dry run */
	int			 status;	/* to exit with */
};

static void	usage(void);
static int	check_only(const char *, bool);
__attribute__((__noreturn__))
static void	child_main(const char *, const char *, bool, bool);
static void	find_program(const char *, char *, size_t);
static int	run(struct parent *, const char *, const char *, bool);
static void	announce(const struct parent *);
static void	child_started(struct child *, void *);
static int	child_message(struct child *, struct imsg *, void *);
static void	child_misconfigured(struct child *, void *);
static void	send_engine(struct parent *, struct child *);
static void	send_fetcher(struct parent *, struct child *);
static void	send_listener(struct parent *, struct child *);
static int	open_sockets(struct parent *, const char *);
static void	start_children(struct parent *);
static void	add_signals(struct parent *);
static void	confine(const struct parent *, const char *);
static void	fit(char *, size_t, const char *);

static const struct child_handlers child_handlers = {
	child_started, child_message, child_misconfigured
};

static void
usage(void)
{
	fprintf(stderr,
	    "usage: jellyporterd [-dnoVv] [-f file] [-s socket]\n");
	exit(EX_USAGE);
}

/* What the configuration has let through fits; if not, that is a bug. */
static void
fit(char *to, size_t size, const char *from)
{
	if (strlcpy(to, from, size) >= size)
		fatalx("a value of the configuration is too long: %.40s...",
		    from);
}

static int
check_only(const char *file, bool print)
{
	struct config_report report = { stderr, 0, 0 };
	struct config *config = config_load(file, &report);

	if (config == NULL)
		return EX_CONFIG;
	if (print)
		config_print(config, stdout);
	else
		printf("configuration OK\n");
	config_free(config);
	if (fflush(stdout) == EOF || ferror(stdout))
		return 1;
	return 0;
}

/* Where a child's life begins. */
static void
child_main(const char *role, const char *name, bool foreground, bool verbose)
{
	int number = role_by_name(role);

	if (number == -1)
		usage();
	/* libevent must not die of a peer that does. */
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR ||
	    signal(SIGINT, SIG_IGN) == SIG_ERR ||
	    signal(SIGHUP, SIG_IGN) == SIG_ERR ||
	    signal(SIGUSR1, SIG_IGN) == SIG_ERR)
		err(1, "signal");
	log_init(role_name((enum role)number), foreground, verbose);
	if (name != NULL)
		setproctitle("%s %s", role, name);
	else
		setproctitle("%s", role);
	sandbox_report_to(CHILD_WORDS_FD, "");
	switch ((enum role)number) {
	case ROLE_ENGINE:
		engine_main();
	case ROLE_FETCHER:
		fetcher_main();
	case ROLE_LISTENER:
		listener_main();
	case ROLE_COUNT:
		break;
	}
	exit(1);
}

/* Children are this same program, whatever the working directory becomes. */
static void
find_program(const char *argv0, char *path, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", path, size - 1);

	if (n > 0) {
		path[n] = '\0';
		return;
	}
	if (argv0[0] != '/')
		errx(1, "start it by its absolute path");
	if (strlcpy(path, argv0, size) >= size)
		errx(1, "the program's path is too long");
}

int
main(int argc, char *argv[])
{
	const struct rlimit no_core = { 0, 0 };
	const char *file = CONFIG_PATH, *socket_file = NULL, *role = NULL;
	bool foreground = false, check = false;
	struct parent parent = { .control_fd = -1 };
	char path[PATH_SIZE];
	int c;

	if (descriptors_hold() == -1)
		return 1;		/* and nowhere to say so */
	setproctitle_init(argc, argv, environ);
	umask(S_IRWXG | S_IRWXO);	/* nobody else reads what we write */
	while ((c = getopt(argc, argv, "dnovVf:s:X:")) != -1) {
		switch (c) {
		case 'd':
			foreground = true;
			break;
		case 'n':
			check = true;
			break;
		case 'o':
			parent.once = true;
			foreground = true;
			break;
		case 'v':
			parent.verbose = true;
			break;
		case 'V':
			printf("jellyporterd %s\n", JELLYPORTER_VERSION);
			return 0;
		case 'f':
			file = optarg;
			break;
		case 's':
			socket_file = optarg;
			break;
		case 'X':		/* one of our own children */
			role = optarg;
			break;
		default:
			usage();
		}
	}
	/* Keys must not end up in a core file; children inherit this. */
	if (setrlimit(RLIMIT_CORE, &no_core) == -1)
		err(1, "setrlimit");
	if (role != NULL)
		child_main(role, argv[optind], foreground, parent.verbose);
	if (optind != argc)
		usage();
	if (check && !parent.once)
		return check_only(file, parent.verbose);
	parent.dry_run = check;
	if (socket_file == NULL) {
		if (control_socket_path(path, sizeof(path)) == -1)
			errx(1, "no place for a control socket: use -s");
		socket_file = path;
	}
	return run(&parent, file, socket_file, foreground);
}

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
	(void)arg;
	log_info("SIGHUP: the configuration is read at start only");
}

static void
add_signals(struct parent *parent)
{
	static const struct {
		int			 signo;
		event_callback_fn	 handler;
	} signals[SIGNALS] = {
		{ SIGTERM, stop }, { SIGINT, stop }, { SIGCHLD, reap },
		{ SIGUSR1, sync_now }, { SIGHUP, hang_up }
	};
	size_t i;

	for (i = 0; i < SIGNALS; i++) {
		parent->signals[i] = evsignal_new(parent->base,
		    signals[i].signo, signals[i].handler, parent);
		if (parent->signals[i] == NULL ||
		    event_add(parent->signals[i], NULL) == -1)
			fatalx("evsignal_new");
	}
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		fatal("signal");
}

/* What it opens, it has open: from here on it only starts children. */
static void
confine(const struct parent *parent, const char *socket_file)
{
	char database[PATH_SIZE], socket[PATH_SIZE], text[ERROR_SIZE];

	fit(database, sizeof(database), parent->config->database_path);
	fit(socket, sizeof(socket), socket_file);
	sandbox_describe(text, sizeof(text));
	log_info("sandbox: %s", text);
	sandbox_parent(dirname(database),
	    parent->dry_run ? NULL : dirname(socket));
}

/* What is configured and checked, but has no process yet. */
static void
announce(const struct parent *parent)
{
	const struct config *config = parent->config;

	log_info("jellyporterd %s started", JELLYPORTER_VERSION);
	if (config->metrics_addr[0] != '\0')
		log_info("metrics_addr: this version does not serve metrics");
}

/* All that anybody connects to, and a place for the database. */
static int
open_sockets(struct parent *parent, const char *socket_file)
{
	const struct config *config = parent->config;

	if (make_directory_of(config->database_path, 0700) == -1)
		return -1;
	if (parent->dry_run)
		return 0;
	if ((parent->control_fd = control_socket_open(socket_file)) == -1)
		return -1;
	/* Who syncs once and leaves need not be told of what comes after. */
	if (config->webhook_addr == NULL || parent->once)
		return 0;
	parent->n_listen = listen_sockets_open(config->webhook_addr,
	    parent->listen_fds);
	if (parent->n_listen != -1)
		return 0;
	(void)unlink(socket_file);
	return -1;
}

static void
start_children(struct parent *parent)
{
	const struct config_server *server;
	struct child *child;

	process_add(parent->processes, ROLE_ENGINE, "");
	TAILQ_FOREACH(server, &parent->config->servers, entry)
		process_add(parent->processes, ROLE_FETCHER, server->name);
	if (parent->n_listen > 0)
		process_add(parent->processes, ROLE_LISTENER, "");
	process_start(process_first(parent->processes, ROLE_ENGINE));
	for (child = process_first(parent->processes, ROLE_FETCHER);
	    child != NULL; child = process_next(child))
		process_start(child);
	if (parent->n_listen > 0)
		process_start(process_first(parent->processes,
		    ROLE_LISTENER));
}

static int
run(struct parent *parent, const char *file, const char *socket_file,
    bool foreground)
{
	struct config_report report = { stderr, 0, 0 };
	static char program[PATH_SIZE];
	size_t i;

	log_init("parent", 1, parent->verbose);
	if ((parent->config = config_load(file, &report)) == NULL)
		return EX_CONFIG;
	find_program(getprogname(), program, sizeof(program));
	if (open_sockets(parent, socket_file) == -1) {
		config_free(parent->config);
		return 1;
	}
	if (!foreground && (fflush(NULL) == EOF || daemon(0, 0) == -1))
		err(1, "daemon");
	log_init("parent", foreground, parent->verbose);
	if ((parent->base = event_base_new()) == NULL)
		fatalx("event_base_new");
	add_signals(parent);
	announce(parent);
	confine(parent, socket_file);
	parent->processes = processes_new(parent->base, program, foreground,
	    parent->verbose, &child_handlers, parent);
	start_children(parent);
	event_base_dispatch(parent->base);

	for (i = 0; i < SIGNALS; i++)
		event_free(parent->signals[i]);
	/* It is stopping already; to be told again changes nothing. */
	if (signal(SIGTERM, SIG_IGN) == SIG_ERR ||
	    signal(SIGINT, SIG_IGN) == SIG_ERR)
		log_warn("signal");
	processes_stop(parent->processes);
	event_base_free(parent->base);
	if (!parent->dry_run && unlink(socket_file) == -1 && errno != ENOENT)
		log_warn("%s", socket_file);
	config_free(parent->config);
	log_info("stopped");
	return parent->status;
}

/* A child runs: it gets its part of the configuration, then its links. */
static void
child_started(struct child *child, void *arg)
{
	struct parent *parent = arg;
	struct child *engine = process_first(parent->processes, ROLE_ENGINE);
	struct child *fetcher, *listener;

	if (child->role == ROLE_FETCHER) {
		send_fetcher(parent, child);
		process_link(engine, child);
		return;
	}
	if (child->role == ROLE_LISTENER) {
		send_listener(parent, child);
		process_link(engine, child);
		return;
	}
	send_engine(parent, child);
	listener = process_first(parent->processes, ROLE_LISTENER);
	if (listener != NULL)
		process_link(engine, listener);
	for (fetcher = process_first(parent->processes, ROLE_FETCHER);
	    fetcher != NULL; fetcher = process_next(fetcher))
		process_link(engine, fetcher);
}

static void
send_engine(struct parent *parent, struct child *child)
{
	static struct message_engine_options options;
	static struct message_server server;
	static struct message_endpoint endpoint;
	struct imsgbuf *to = channel_imsgbuf(child->channel);
	const struct config *config = parent->config;
	const struct config_server *s;
	const struct config_user *u;
	int fd;

	memset(&options, 0, sizeof(options));
	fit(options.database_path, sizeof(options.database_path),
	    config->database_path);
	options.fields = config->fields;
	options.match = config->match;
	options.guard_max_items = config->guard_max_items;
	options.guard_max_percent = config->guard_max_percent;
	options.sync_interval = config->sync_interval * 60;
	options.full_sync_interval = config->full_sync_interval * 60;
	options.rewatch_follow = config->rewatch_follow;
	options.audit_keep_days = config->audit_keep_days;
	options.sessions_poll = config->sessions_poll;
	options.once = parent->once;
	options.dry_run = parent->dry_run;
	options.verbose = parent->verbose;
	message_put_engine_options(to, 0, &options);
	TAILQ_FOREACH(s, &config->servers, entry) {
		fit(server.name, sizeof(server.name), s->name);
		fit(server.url, sizeof(server.url), s->url);
		server.plan_only = s->plan_only;
		message_put_server(to, 0, &server);
		TAILQ_FOREACH(u, &s->users, entry) {
			fit(endpoint.server, sizeof(endpoint.server),
			    s->name);
			fit(endpoint.person, sizeof(endpoint.person),
			    u->person);
			fit(endpoint.user, sizeof(endpoint.user), u->name);
			endpoint.direction = s->direction;
			message_put_endpoint(to, 0, &endpoint);
		}
	}
	message_put_empty(to, MESSAGE_CONFIG_DONE, 0);
	if (parent->dry_run)
		return;			/* nobody can ask it anything */
	if ((fd = dup(parent->control_fd)) == -1)
		fatal("dup");
	message_put_control_socket(to, fd);
}

static void
send_fetcher(struct parent *parent, struct child *child)
{
	static struct message_fetcher_options options;
	static struct message_library library;
	struct imsgbuf *to = channel_imsgbuf(child->channel);
	const struct config_server *s;
	const struct config_library *l;

	if ((s = config_server_by_name(parent->config, child->name)) == NULL)
		fatalx("no server %s", child->name);
	memset(&options, 0, sizeof(options));
	fit(options.name, sizeof(options.name), s->name);
	fit(options.url, sizeof(options.url), s->url);
	fit(options.api_key, sizeof(options.api_key), s->api_key);
	if (s->ca_file != NULL)
		fit(options.ca_file, sizeof(options.ca_file), s->ca_file);
	options.timeout = s->timeout;
	options.page_size = s->page_size;
	options.tls_verify = s->tls_verify;
	/* Who syncs once and leaves need not be told of what comes after. */
	options.live = !parent->config->live_off && !parent->once &&
	    !parent->dry_run;
	options.verbose = parent->verbose;
	message_put_fetcher_options(to, 0, &options);
	explicit_bzero(&options, sizeof(options));
	TAILQ_FOREACH(l, &s->libraries, entry) {
		fit(library.name, sizeof(library.name), l->name);
		library.exclude = l->exclude;
		message_put_library(to, 0, &library);
	}
	message_put_empty(to, MESSAGE_CONFIG_DONE, 0);
}

/* The sockets stay open here, for whoever connects while it is restarted. */
static void
send_listener(struct parent *parent, struct child *child)
{
	static struct message_listener_options options;
	struct imsgbuf *to = channel_imsgbuf(child->channel);
	const struct config *config = parent->config;
	int i, fd;

	memset(&options, 0, sizeof(options));
	fit(options.path, sizeof(options.path), config->webhook_path);
	if (config->webhook_token != NULL)
		fit(options.token, sizeof(options.token),
		    config->webhook_token);
	options.verbose = parent->verbose;
	message_put_listener_options(to, 0, &options);
	explicit_bzero(&options, sizeof(options));
	for (i = 0; i < parent->n_listen; i++) {
		if ((fd = dup(parent->listen_fds[i])) == -1)
			fatal("dup");
		message_put_listen_socket(to, fd);
	}
	message_put_empty(to, MESSAGE_CONFIG_DONE, 0);
}

static int
child_message(struct child *child, struct imsg *imsg, void *arg)
{
	struct message_once_done done;
	struct parent *parent = arg;

	if (child->role == ROLE_ENGINE && parent->dry_run &&
	    imsg_get_type(imsg) == MESSAGE_ROW) {
		dry_run_row(imsg);
		parent->planned++;
		return 0;
	}
	if (child->role != ROLE_ENGINE || !parent->once ||
	    imsg_get_type(imsg) != MESSAGE_ONCE_DONE ||
	    message_get_once_done(imsg, &done) == -1)
		fatalx("nonsense from %s %s: %s", role_name(child->role),
		    child->name, message_type_name(imsg_get_type(imsg)));
	parent->status = done.failed == 0 ? 0 : 1;
	if (parent->dry_run && (printf("%zu %s would be made\n",
	    parent->planned, parent->planned == 1 ? "write" : "writes") < 0 ||
	    fflush(stdout) == EOF))
		parent->status = 1;
	event_base_loopexit(parent->base, NULL);
	return 0;
}

/* It has said why; starting it again would only say it again. */
static void
child_misconfigured(struct child *child, void *arg)
{
	struct parent *parent = arg;

	(void)child;
	parent->status = EX_CONFIG;
	event_base_loopexit(parent->base, NULL);
}
