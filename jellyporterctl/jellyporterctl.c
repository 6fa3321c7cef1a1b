/*
 * jellyporterctl looks at a running jellyporterd and steers it: one command,
 * one connection, one answer.
 */
#include <sys/types.h>

#include <err.h>
#include <errno.h>
#include <libgen.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "completion.h"
#include "connection.h"
#include "descriptors.h"
#include "export_file.h"
#include "import_file.h"
#include "init.h"
#include "log.h"
#include "output.h"
#include "parser.h"
#include "sandbox.h"
#include "screen.h"
#include "socket_path.h"
#include "text.h"
#include "version.h"

enum exit_status {
	EXIT_DONE,
	EXIT_ERROR,		/* any, the daemon's included */
	EXIT_USAGE,
	EXIT_NOT_RUNNING
};

struct options {
	const char	*socket;	/* NULL: the default one */
	bool		 json;
	bool		 version;
};

static int	 parse_options(int, char **, struct options *);
static enum exit_status run(const struct options *,
		    const struct message_command *);
static enum exit_status run_export(struct options *,
		    const struct message_command *, const char *);
static enum exit_status run_import(const struct options *,
		    const struct message_command *, const char *);
static enum exit_status run_init(struct init_request *);
static enum exit_status talk(const struct options *,
		    const struct message_command *, const struct exchange *,
		    const char *);
static int	 connect_to(const char *, enum exit_status *);
static enum exit_status usage(void);
static enum exit_status print_version(void);
static enum exit_status print_completion(const char *);
static enum exit_status printed(void);
static void	 complain(const char *);

int
main(int argc, char **argv)
{
	static struct init_request init;
	struct options options;
	struct message_command command;
	const char *file;
	char error[ERROR_SIZE];

	if (descriptors_hold() == -1)
		return EXIT_ERROR;	/* and nowhere to say so */
	/* A reader of our output that leaves is an error of writing. */
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		err(EXIT_ERROR, "signal");
	tzset();
	log_init("jellyporterctl", 1, 0);
	sandbox_hide_memory();		/* init asks for passwords and keys */
	if (parse_options(argc, argv, &options) == -1)
		return usage();
	if (options.version)
		return print_version();
	argc -= optind;
	argv += optind;
	if (argc == 0)
		return usage();
	if (parser_parse(argc, argv, (int64_t)time(NULL), &command, &file,
	    &init, error, sizeof(error)) == -1) {
		complain(error);
		return EXIT_USAGE;
	}
	if (command.command == COMMAND_COMPLETION)
		return print_completion(command.argument);
	if (command.command == COMMAND_INIT)
		return run_init(&init);
	if (command.command == COMMAND_EXPORT)
		return run_export(&options, &command, file);
	if (command.command == COMMAND_IMPORT)
		return run_import(&options, &command, file);
	return run(&options, &command);
}

/* The "+" keeps glibc from taking a title's "-j" for our option. */
static int
parse_options(int argc, char **argv, struct options *options)
{
	int ch;

	memset(options, 0, sizeof(*options));
	while ((ch = getopt(argc, argv, "+jVs:")) != -1) {
		if (ch == 'j')
			options->json = true;
		else if (ch == 'V')
			options->version = true;
		else if (ch == 's')
			options->socket = optarg;
		else
			return -1;
	}
	return 0;
}

static enum exit_status
run(const struct options *options, const struct message_command *command)
{
	static const struct exchange nothing;

	return talk(options, command, &nothing, NULL);
}

/* Where the history itself goes to stdout, nothing else does. */
static enum exit_status
run_export(struct options *options, const struct message_command *command,
    const char *path)
{
	struct exchange exchange;
	struct export_file *file;
	enum exit_status status;
	char error[ERROR_SIZE], copy[PATH_SIZE];

	if (strcmp(path, "-") == 0)
		options->json = false;
	file = export_file_open(path, command->force, error, sizeof(error));
	if (file == NULL) {
		complain(error);
		return EXIT_ERROR;
	}
	export_file_exchange(file, &exchange);
	/* As long as PATH_SIZE, or it could not have been opened. */
	(void)strlcpy(copy, path, sizeof(copy));
	status = talk(options, command, &exchange,
	    strcmp(path, "-") == 0 ? NULL : dirname(copy));
	export_file_close(file);
	return status;
}

static enum exit_status
run_import(const struct options *options, const struct message_command *command,
    const char *path)
{
	struct exchange exchange;
	struct import_file *file;
	struct screen screen;
	enum exit_status status;
	char error[ERROR_SIZE];

	if ((file = import_file_open(path, error, sizeof(error))) == NULL) {
		complain(error);
		return EXIT_ERROR;
	}
	screen_init(&screen, stdout);
	import_file_exchange(file, options->json ? NULL : &screen, &exchange);
	status = talk(options, command, &exchange, NULL);
	import_file_close(file);
	return status;
}

/* Nobody is there to be asked in a script. */
static enum exit_status
run_init(struct init_request *init)
{
	char error[INIT_ERROR_SIZE];

	if (init->n_servers == 0 && !isatty(STDIN_FILENO)) {
		complain("init asks on a terminal only; without one, it "
		    "needs \"server\", \"url\", \"user\" and a key");
		return EXIT_USAGE;
	}
	if (init_run(init, error) == -1) {
		complain(error);
		return EXIT_ERROR;
	}
	return printed();
}

/* directory: where a file gets its name in the end, or NULL. */
static enum exit_status
talk(const struct options *options, const struct message_command *command,
    const struct exchange *exchange, const char *directory)
{
	struct output output;
	struct screen screen;
	enum exit_status status;
	char error[ERROR_SIZE];
	int fd;

	if ((fd = connect_to(options->socket, &status)) == -1)
		return status;
	sandbox_report_to(STDERR_FILENO,
	    "jellyporterctl: its sandbox forbids system call ");
	sandbox_ctl(directory);
	screen_init(&screen, stdout);
	output_init(&output, options->json ? &output_json : &output_text,
	    command->command, &screen);
	if (connection_exchange(fd, command, &output, exchange, error,
	    sizeof(error)) == -1) {
		complain(error);
		status = EXIT_ERROR;
	}
	output_clear(&output);
	close(fd);
	return status;
}

static int
connect_to(const char *path, enum exit_status *status)
{
	char default_path[PATH_SIZE], error[ERROR_SIZE + PATH_SIZE];
	const char *advice = "";
	int fd;

	*status = EXIT_ERROR;		/* unless we get there */
	if (path == NULL) {
		if (control_socket_find(default_path, sizeof(default_path)) ==
		    -1) {
			complain("no default for the socket's path; use -s");
			return -1;
		}
		path = default_path;
	}
	if (path[0] == '\0') {
		complain("the socket's path is empty");
		*status = EXIT_USAGE;
		return -1;
	}
	if ((fd = connection_open(path)) != -1) {
		*status = EXIT_DONE;
		return fd;
	}
	if (errno == ENOENT || errno == ECONNREFUSED) {
		*status = EXIT_NOT_RUNNING;
		advice = " (jellyporterd is not running)";
	} else if (errno == EACCES)
		advice = " (only root and the socket's group may connect)";
	snprintf(error, sizeof(error), "%.*s: %s%s", PATH_SIZE, path,
	    strerror(errno), advice);
	complain(error);
	return -1;
}

static enum exit_status
usage(void)
{
	parser_usage(stderr);
	return EXIT_USAGE;
}

static enum exit_status
print_version(void)
{
	(void)printf("jellyporterctl %s\n", JELLYPORTER_VERSION);
	return printed();
}

static enum exit_status
print_completion(const char *shell)
{
	completion_print(stdout, shell);
	return printed();
}

static enum exit_status
printed(void)
{
	if (fflush(stdout) == EOF || ferror(stdout)) {
		complain("cannot print");
		return EXIT_ERROR;
	}
	return EXIT_DONE;
}

/* The message may quote the command line, a path or the daemon. */
static void
complain(const char *message)
{
	char safe[2 * (ERROR_SIZE + PATH_SIZE)];

	(void)text_safe(safe, sizeof(safe), message);
	fprintf(stderr, "jellyporterctl: %s\n", safe);
}
