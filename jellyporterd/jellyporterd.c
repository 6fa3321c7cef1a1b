/*
 * The command line: a parent, one of its children, or a look at the
 * configuration.
 */
#include <sys/stat.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "child.h"
#include "config.h"
#include "descriptors.h"
#include "engine.h"
#include "executable.h"
#include "listener.h"
#include "log.h"
#include "log_event.h"
#include "parent.h"
#include "process.h"
#include "resolver.h"
#include "sandbox.h"
#include "version.h"

__attribute__((__noreturn__))
static void	usage(void);
static int	check_only(const char *, bool);
__attribute__((__noreturn__))
static void	child_main(const struct child_options *);
static void	find_programs(const char *, struct programs *);

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

/* Where the life of one begins that is this same executable. */
static void
child_main(const struct child_options *options)
{
	switch (child_begin(options)) {
	case ROLE_ENGINE:
		engine_main();
	case ROLE_LISTENER:
		listener_main();
	case ROLE_RESOLVER:
		resolver_main();
	default:
		usage();
	}
}

/* Where they are, whatever the working directory becomes. */
static void
find_programs(const char *argv0, struct programs *programs)
{
	static char own[PATH_SIZE], http[PATH_SIZE];

	if (executable_own(argv0, own, sizeof(own)) == -1)
		errx(1, "start it by its absolute path");
	if (executable_other(own, "jellyporterd-http", http,
	    sizeof(http)) == -1)
		errx(1, "the program's path is too long");
	if (access(http, X_OK) == -1)
		err(1, "%s, which is a part of it", http);
	programs->own = own;
	programs->http = http;
}

int
main(int argc, char *argv[])
{
	const char *file = CONFIG_PATH, *role = NULL;
	bool foreground = false, check = false, aside = false;
	struct parent parent = { .control_fd = -1 };
	int c;

	if (descriptors_hold() == -1)
		return 1;		/* and nowhere to say so */
	log_event_init();
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
		child_main(&(struct child_options){ role, argv[optind],
		    foreground, parent.mode.verbose });
	if (optind != argc || (aside && foreground) || log_is_json())
		usage();
	if (check && !parent.mode.once)
		return check_only(file, parent.mode.verbose);
	parent.mode.dry_run = check;
	if (aside)
		return parent_move_database(&parent, file);
	find_programs(argv[0], &parent.programs);
	return parent_run(&parent, file, foreground);
}
