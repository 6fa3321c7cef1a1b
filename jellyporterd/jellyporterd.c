/*
 * The command line: a parent, one of its children, or a look at the
 * configuration.
 */
#include <sys/stat.h>

#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <event2/event.h>

#include "config.h"
#include "descriptors.h"
#include "engine.h"
#include "exporter.h"
#include "fetcher.h"
#include "listener.h"
#include "log.h"
#include "parent.h"
#include "process.h"
#include "resolver.h"
#include "sandbox.h"
#include "version.h"

static void	usage(void);
static void	libevent_says(int, const char *);
static int	check_only(const char *, bool);
__attribute__((__noreturn__))
static void	child_main(const char *, const char *, bool, bool);
static void	find_program(const char *, char *, size_t);

static void
usage(void)
{
	fprintf(stderr,
	    "usage: jellyporterd [-dnoRVv] [-f file] [-s socket]\n");
	exit(EX_USAGE);
}

/* Of a connection that it had to give up, for one: nobody else tells of it. */
static void
libevent_says(int severity, const char *text)
{
	if (severity >= EVENT_LOG_WARN)
		log_warnx("%s", text);
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
	const char *file = CONFIG_PATH, *role = NULL;
	bool foreground = false, check = false, aside = false;
	static char program[PATH_SIZE];
	struct parent parent = { .program = program, .control_fd = -1 };
	int c;

	if (descriptors_hold() == -1)
		return 1;		/* and nowhere to say so */
	event_set_log_callback(libevent_says);
	setproctitle_init(argc, argv, environ);
	umask(S_IRWXG | S_IRWXO);	/* nobody else reads what we write */
	while ((c = getopt(argc, argv, "dJnoRvVf:s:X:")) != -1) {
		switch (c) {
		case 'd':
			foreground = true;
			break;
		case 'J':		/* as -X, and its log is JSON */
			log_as_json(true);
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
			parent.socket_file = optarg;
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
	if (optind != argc || (aside && foreground) || log_is_json())
		usage();
	if (check && !parent.mode.once)
		return check_only(file, parent.mode.verbose);
	parent.mode.dry_run = check;
	if (aside)
		return parent_move_database(&parent, file);
	find_program(argv[0], program, sizeof(program));
	return parent_run(&parent, file, foreground);
}
