/*
 * The parent: reads the configuration, starts the children, gives each what it
 * needs and no more, and restarts what dies.
 */
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

#include "aside.h"
#include "certificates.h"
#include "config.h"
#include "control_socket.h"
#include "descriptors.h"
#include "dry_run.h"
#include "engine.h"
#include "exporter.h"
#include "fetcher.h"
#include "listen_socket.h"
#include "listener.h"
#include "log.h"
#include "message.h"
#include "notify.h"
#include "parts.h"
#include "process.h"
#include "process_report.h"
#include "reload.h"
#include "resolver.h"
#include "sandbox.h"
#include "socket_path.h"
#include "stand_in.h"
#include "textfile.h"
#include "users.h"
#include "version.h"

#define SIGNALS	5		/* that the parent handles */

struct parent {
	const char		*argv0;		/* as it was started */
	struct event_base	*base;
	struct event		*signals[SIGNALS];
	struct config		*config;
	struct processes	*processes;
	struct users		 users;
	struct notify		*notify;
	int			 control_fd;
	struct stand_in		*stand_in;	/* NULL in a dry run */
	struct listen_sockets	 listen;	/* none: no listener */
	struct metrics		 metrics;	/* of a single sync */
	bool			 no_metrics;	/* though they are wanted */
	struct parts_mode	 mode;
	bool			 ready;		/* the engine was, once */
	size_t			 planned;	/* writes, in a dry run */
	int			 status;	/* to exit with */
};

static void	usage(void);
static int	check_only(const char *, bool);
__attribute__((__noreturn__))
static void	child_main(const char *, const char *, bool, bool);
static void	find_program(const char *, char *, size_t);
static int	run(struct parent *, const char *, const char *, bool);
static int	begin(struct parent *, const char *, const char *);
static int	move_database(struct parent *, const char *, const char *);
static void	announce(const struct parent *);
static void	child_started(struct child *, void *);
static int	child_message(struct child *, struct imsg *, void *);
static void	child_waits(struct child *, void *);
static bool	is_hopeless(const struct parent *, const struct child *);
static void	send_engine(struct parent *, struct child *);
static void	send_fetcher(struct parent *, struct child *);
static void	send_listener(struct parent *, struct child *);
static void	send_resolver(struct parent *, struct child *);
static void	send_exporter(struct parent *, struct child *);
static void	send_system_certificates(struct imsgbuf *, const char *,
		    const struct config_tls *);
static void	link_resolver(struct parent *, struct child *);
static bool	writes_textfile(const struct parent *);
static int	open_sockets(struct parent *, const char *);
static int	open_listeners(struct parent *);
static void	start_children(struct parent *);
static void	ask_reload(struct parent *, uint32_t);
static int	log_message(struct parent *, struct child *, struct imsg *);
static int	once_message(struct parent *, struct imsg *);
static void	add_signals(struct parent *);
static void	confine(const struct parent *, const char *);

static const struct child_handlers child_handlers = {
	child_started, child_message, child_waits
};

static void
usage(void)
{
	fprintf(stderr,
	    "usage: jellyporterd [-dnoRVv] [-f file] [-s socket]\n");
	exit(EX_USAGE);
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
	log_last_words_to(CHILD_WORDS_FD);
	switch ((enum role)number) {
	case ROLE_ENGINE:
		engine_main();
	case ROLE_FETCHER:
		fetcher_main();
	case ROLE_LISTENER:
		listener_main();
	case ROLE_RESOLVER:
		resolver_main();
	case ROLE_EXPORTER:
		exporter_main();
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
	const char *file = CONFIG_PATH, *socket_file = NULL, *role = NULL;
	bool foreground = false, check = false, aside = false;
	struct parent parent = { .argv0 = argv[0], .control_fd = -1 };
	char path[PATH_SIZE];
	int c;

	if (descriptors_hold() == -1)
		return 1;		/* and nowhere to say so */
	setproctitle_init(argc, argv, environ);
	umask(S_IRWXG | S_IRWXO);	/* nobody else reads what we write */
	while ((c = getopt(argc, argv, "dnoRvVf:s:X:")) != -1) {
		switch (c) {
		case 'd':
			foreground = true;
			break;
		case 'n':
			check = true;
			break;
		case 'o':
			parent.mode.once = true;
			foreground = true;
			break;
		case 'R':
			aside = true;
			break;
		case 'v':
			parent.mode.verbose = true;
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
	sandbox_hide_memory();
	if (role != NULL)
		child_main(role, argv[optind], foreground, parent.mode.verbose);
	if (optind != argc || (aside && foreground))
		usage();
	if (check && !parent.mode.once)
		return check_only(file, parent.mode.verbose);
	parent.mode.dry_run = check;
	if (socket_file == NULL) {
		if (control_socket_path(path, sizeof(path)) == -1)
			errx(1, "no place for a control socket: use -s");
		socket_file = path;
	}
	if (aside)
		return move_database(&parent, file, socket_file);
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
	ask_reload(arg, 0);
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

/* From here on it only starts children, and reads its configuration again. */
static void
confine(const struct parent *parent, const char *socket_file)
{
	char database[PATH_SIZE], socket[PATH_SIZE], textfile[PATH_SIZE];
	char text[ERROR_SIZE];

	if (strlcpy(database, parent->config->database_path,
	    sizeof(database)) >= sizeof(database) ||
	    strlcpy(socket, socket_file, sizeof(socket)) >= sizeof(socket) ||
	    strlcpy(textfile, writes_textfile(parent) ?
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

static bool
writes_textfile(const struct parent *parent)
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

/* All that anybody connects to, and a place for the database. */
static int
open_sockets(struct parent *parent, const char *socket_file)
{
	const struct config *config = parent->config;

	if (make_directory_of(config->database_path, 0700) == -1 ||
	    users_own(&parent->users, config->database_path) == -1)
		return -1;
	if (parent->mode.dry_run)
		return 0;
	if ((parent->control_fd = control_socket_open(socket_file)) == -1)
		return -1;
	/* Who syncs once and leaves need not be told of what comes after. */
	if (parent->mode.once || open_listeners(parent) == 0)
		return 0;
	(void)unlink(socket_file);
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

static void
start_children(struct parent *parent)
{
	const struct config_server *server;
	struct child *child;

	process_add(parent->processes, ROLE_ENGINE, "");
	process_add(parent->processes, ROLE_RESOLVER, "");
	TAILQ_FOREACH(server, &parent->config->servers, entry)
		process_add(parent->processes, ROLE_FETCHER, server->name);
	if (parent->listen.n > 0)
		process_add(parent->processes, ROLE_LISTENER, "");
	process_start(process_first(parent->processes, ROLE_ENGINE));
	process_start(process_first(parent->processes, ROLE_RESOLVER));
	for (child = process_first(parent->processes, ROLE_FETCHER);
	    child != NULL; child = process_next(child))
		process_start(child);
	if (parent->listen.n > 0)
		process_start(process_first(parent->processes,
		    ROLE_LISTENER));
	if (parent->config->otlp_endpoint != NULL && !parent->mode.once)
		process_start(process_add(parent->processes, ROLE_EXPORTER,
		    ""));
}

/* The status to exit with; 0: go on. */
static int
begin(struct parent *parent, const char *file, const char *socket_file)
{
	struct config_report report = { stderr, 0, 0 };

	log_init("parent", 1, parent->mode.verbose);
	if ((parent->config = config_load(file, &report)) == NULL)
		return EX_CONFIG;
	if (users_find(&parent->users) == -1 ||
	    open_sockets(parent, socket_file) == -1) {
		config_free(parent->config);
		return 1;
	}
	return 0;
}

/* With the control socket in our hands, no other one is or will be running. */
static int
move_database(struct parent *parent, const char *file,
    const char *socket_file)
{
	int status;

	parent->mode.once = true;
	if ((status = begin(parent, file, socket_file)) != 0)
		return status;
	status = aside_move(parent->config->database_path) == -1;
	if (unlink(socket_file) == -1)
		log_warn("%s", socket_file);
	config_free(parent->config);
	return status;
}

static int
run(struct parent *parent, const char *file, const char *socket_file,
    bool foreground)
{
	static char program[PATH_SIZE];
	size_t i;
	int status;

	metrics_init(&parent->metrics);
	find_program(parent->argv0, program, sizeof(program));
	if ((status = begin(parent, file, socket_file)) != 0)
		return status;
	if (!foreground && (fflush(NULL) == EOF || daemon(0, 0) == -1))
		err(1, "daemon");
	log_init("parent", foreground, parent->mode.verbose);
	if ((parent->base = event_base_new()) == NULL)
		fatalx("event_base_new");
	add_signals(parent);
	announce(parent);
	parent->notify = notify_new(parent->base);
	confine(parent, socket_file);
	parent->processes = processes_new(parent->base, program, foreground,
	    parent->mode.verbose, &child_handlers, parent);
	if (!parent->mode.dry_run)
		parent->stand_in = stand_in_new(parent->base,
		    parent->control_fd);
	start_children(parent);
	event_base_dispatch(parent->base);

	notify_stopping(parent->notify);
	for (i = 0; i < SIGNALS; i++)
		event_free(parent->signals[i]);
	/* It is stopping already; to be told again changes nothing. */
	if (signal(SIGTERM, SIG_IGN) == SIG_ERR ||
	    signal(SIGINT, SIG_IGN) == SIG_ERR)
		log_warn("signal");
	stand_in_free(parent->stand_in);
	processes_stop(parent->processes);
	notify_free(parent->notify);
	event_base_free(parent->base);
	if (!parent->mode.dry_run && unlink(socket_file) == -1 &&
	    errno != ENOENT)
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
	struct child *fetcher, *other;

	users_put(&parent->users, child->role, channel_imsgbuf(child->channel));
	if (child->role == ROLE_FETCHER) {
		send_fetcher(parent, child);
		process_link(engine, child);
		link_resolver(parent, child);
		return;
	}
	if (child->role == ROLE_RESOLVER) {
		send_resolver(parent, child);
		return;
	}
	if (child->role == ROLE_LISTENER) {
		send_listener(parent, child);
		process_link(engine, child);
		return;
	}
	if (child->role == ROLE_EXPORTER) {
		send_exporter(parent, child);
		process_link(engine, child);
		link_resolver(parent, child);
		return;
	}
	stand_in_end(parent->stand_in);
	send_engine(parent, child);
	if ((other = process_first(parent->processes, ROLE_LISTENER)) != NULL)
		process_link(engine, other);
	if ((other = process_first(parent->processes, ROLE_EXPORTER)) != NULL)
		process_link(engine, other);
	for (fetcher = process_first(parent->processes, ROLE_FETCHER);
	    fetcher != NULL; fetcher = process_next(fetcher))
		process_link(engine, fetcher);
}

/* Of who is about to go, the configuration knows nothing any more. */
static void
link_resolver(struct parent *parent, struct child *child)
{
	const struct config *config = parent->config;
	bool known;

	known = child->role == ROLE_EXPORTER ? config->otlp_endpoint != NULL :
	    config_server_by_name(config, child->name) != NULL;
	if (known && parts_needs_resolver(config, child->name))
		process_link(process_first(parent->processes, ROLE_RESOLVER),
		    child);
}

static void
send_resolver(struct parent *parent, struct child *child)
{
	struct child *fetcher, *exporter;

	parts_resolver(channel_imsgbuf(child->channel), parent->config,
	    &parent->mode);
	exporter = process_first(parent->processes, ROLE_EXPORTER);
	if (exporter != NULL)
		link_resolver(parent, exporter);
	for (fetcher = process_first(parent->processes, ROLE_FETCHER);
	    fetcher != NULL; fetcher = process_next(fetcher))
		link_resolver(parent, fetcher);
}

static void
send_engine(struct parent *parent, struct child *child)
{
	struct imsgbuf *to = channel_imsgbuf(child->channel);
	int fd;

	parts_engine(to, parent->config, &parent->mode);
	if (parent->mode.dry_run)
		return;			/* nobody can ask it anything */
	if ((fd = dup(parent->control_fd)) == -1) {
		process_spoilt(child, "cannot be given its socket");
		return;
	}
	message_put_control_socket(to, fd);
}

static void
send_fetcher(struct parent *parent, struct child *child)
{
	struct imsgbuf *to = channel_imsgbuf(child->channel);
	const struct config_server *server;

	server = config_server_by_name(parent->config, child->name);
	if (server == NULL)
		fatalx("no server %s", child->name);
	parts_fetcher(to, parent->config, server, &parent->mode);
	send_system_certificates(to, server->url, &server->tls);
	message_put_empty(to, MESSAGE_CONFIG_DONE, 0);
}

static void
send_exporter(struct parent *parent, struct child *child)
{
	struct imsgbuf *to = channel_imsgbuf(child->channel);
	const struct config *config = parent->config;

	if (config->otlp_endpoint == NULL)
		fatalx("no telemetry");
	parts_exporter(to, config, &parent->mode);
	send_system_certificates(to, config->otlp_endpoint, &config->otlp_tls);
	message_put_empty(to, MESSAGE_CONFIG_DONE, 0);
}

/* Where there is TLS, and no others were named. */
static void
send_system_certificates(struct imsgbuf *to, const char *url,
    const struct config_tls *tls)
{
	if (tls->ca == NULL && tls->verify &&
	    strncmp(url, "https:", strlen("https:")) == 0)
		certificates_put_system(to);
}

/* The sockets stay open here, for whoever connects while it is restarted. */
static void
send_listener(struct parent *parent, struct child *child)
{
	struct imsgbuf *to = channel_imsgbuf(child->channel);
	size_t i;
	int fd;

	parts_listener(to, parent->config, &parent->mode);
	for (i = 0; i < parent->listen.n; i++) {
		if ((fd = dup(parent->listen.fds[i])) == -1) {
			process_spoilt(child, "cannot be given its sockets");
			return;
		}
		message_put_listen_socket(to, parent->listen.serves[i], fd);
	}
	message_put_empty(to, MESSAGE_CONFIG_DONE, 0);
}

/* request is whom to answer; 0: nobody. */
static void
ask_reload(struct parent *parent, uint32_t request)
{
	if (parent->mode.once)
		reload_refuse(parent->processes, request, "a single sync goes "
		    "on with the configuration that it began with");
	else
		reload(parent->processes, &parent->config, request);
}

static int
child_message(struct child *child, struct imsg *imsg, void *arg)
{
	struct parent *parent = arg;
	uint32_t type = imsg_get_type(imsg);

	if (child->role == ROLE_ENGINE && type == MESSAGE_RELOAD &&
	    imsg_get_len(imsg) == 0)
		ask_reload(parent, imsg_get_id(imsg));
	else if (child->role == ROLE_ENGINE && type == MESSAGE_PROCESSES &&
	    imsg_get_len(imsg) == 0)
		process_report(parent->processes, imsg_get_id(imsg));
	else if (child->role == ROLE_ENGINE && type == MESSAGE_READY &&
	    imsg_get_len(imsg) == 0) {
		parent->ready = true;
		notify_ready(parent->notify);
	} else if (child->role == ROLE_ENGINE && type == MESSAGE_LOG &&
	    log_message(parent, child, imsg) == 0)
		return 0;
	else if (child->role != ROLE_ENGINE || !parent->mode.once ||
	    once_message(parent, imsg) == -1)
		fatalx("nonsense from %s: %s", child->title,
		    message_type_name(type));
	return 0;
}

/* All that run, and all that are started from now on. */
static int
log_message(struct parent *parent, struct child *engine, struct imsg *imsg)
{
	struct message_command_result result = { false, false, "" };
	struct message_log message;
	struct child *child;
	int role;

	if (message_get_log(imsg, &message) == -1)
		return -1;
	parent->mode.verbose = message.verbose;
	processes_set_verbose(parent->processes, message.verbose);
	log_set_verbose(message.verbose);
	log_info("the log is %s from now on", message.verbose ? "verbose" :
	    "brief");
	for (role = 0; role < ROLE_COUNT; role++) {
		for (child = process_first(parent->processes,
		    (enum role)role); child != NULL;
		    child = process_next(child)) {
			if (child->channel == NULL)
				continue;
			message_put_log(channel_imsgbuf(child->channel), 0,
			    &message);
			channel_written(child->channel);
		}
	}
	message_put_command_result(channel_imsgbuf(engine->channel),
	    imsg_get_id(imsg), &result);
	channel_written(engine->channel);
	return 0;
}

/* What comes of a single sync, or of a dry run. */
static int
once_message(struct parent *parent, struct imsg *imsg)
{
	struct message_once_done done;
	struct message_metric metric;

	if (imsg_get_type(imsg) == MESSAGE_METRIC) {
		if (message_get_metric(imsg, &metric) == -1)
			return -1;
		metrics_add(&parent->metrics, &metric);
		return 0;
	}
	if (parent->mode.dry_run && imsg_get_type(imsg) == MESSAGE_ROW) {
		dry_run_row(imsg);
		parent->planned++;
		return 0;
	}
	if (imsg_get_type(imsg) != MESSAGE_ONCE_DONE ||
	    message_get_once_done(imsg, &done) == -1)
		return -1;
	parent->status = done.failed == 0 ? 0 : 1;
	if (writes_textfile(parent))
		textfile_write(parent->config->metrics_textfile,
		    &parent->metrics);
	metrics_clear(&parent->metrics);
	if (parent->mode.dry_run && (printf("%zu %s would be made\n",
	    parent->planned, parent->planned == 1 ? "write" : "writes") < 0 ||
	    fflush(stdout) == EOF))
		parent->status = 1;
	event_base_loopexit(parent->base, NULL);
	return 0;
}

/*
 * It has said why; starting it again would only say it again.  Without one of
 * the servers the others are synced.  Without the engine nothing is: who has
 * just started us is to see that, but what has worked once stays for who puts
 * it right, and the control socket with it.  Who syncs once does not wait for
 * a disk to have room.
 */
static void
child_waits(struct child *child, void *arg)
{
	struct parent *parent = arg;

	if (is_hopeless(parent, child)) {
		parent->status = child->status;
		event_base_loopexit(parent->base, NULL);
		return;
	}
	if (child->misconfigured)
		log_warnx("%s waits for another configuration: reload it",
		    child->title);
	if (child->role == ROLE_ENGINE)
		stand_in_begin(parent->stand_in, child);
}

static bool
is_hopeless(const struct parent *parent, const struct child *child)
{
	if (child->misconfigured)
		return parent->mode.once ||
		    (child->role == ROLE_ENGINE && !parent->ready);
	return parent->mode.once && child->role == ROLE_ENGINE &&
	    child->status == EX_TEMPFAIL;
}
