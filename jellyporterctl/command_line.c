/* One command line: one command, one connection, one answer. */
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

#include "command_line.h"
#include "completion.h"
#include "connection.h"
#include "connector.h"
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

static int	 parse_options(int, char **, struct options *);
static enum exit_status run(const struct options *, struct output *,
		    int, char **, init_runner *, char **);
static enum exit_status run_export(const struct options *, struct output *,
		    const struct message_command *, const char *);
static enum exit_status run_import(const struct options *, struct output *,
		    const struct message_command *, const char *);
static enum exit_status run_completion(const struct options *,
		    struct output *, const char *);
static enum exit_status talk(const struct options *, struct output *,
		    const struct message_command *, const struct exchange *,
		    const char *);
static enum exit_status find_socket(const struct options *,
		    struct output *, char *, size_t);
static int	 connect_to(struct output *, const char *,
		    enum exit_status *);
static int	 connect_again(int, char *, size_t);
static enum exit_status usage(struct output *);
static enum exit_status print_version(struct output *);

enum exit_status
command_line_run(int argc, char **argv, init_runner *run_init)
{
	struct options options;
	struct output output;
	struct screen screen;
	enum exit_status status;
	int known;

	if (descriptors_hold() == -1)
		return EXIT_ERROR;	/* and nowhere to say so */
	/* A reader of our output that leaves is an error of writing. */
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		err(EXIT_ERROR, "signal");
	tzset();
	log_init("jellyporterctl", 1, 0);
	sandbox_hide_memory();		/* init asks for passwords and keys */
	known = parse_options(argc, argv, &options);
	screen_init(&screen, stdout);
	output_init(&output, options.json ? &output_json : &output_text,
	    COMMAND_NONE, &screen);
	if (known == -1 || (argc == optind && !options.version))
		status = usage(&output);
	else if (options.version)
		status = print_version(&output);
	else
		status = run(&options, &output, argc - optind, argv + optind,
		    run_init, argv);
	output_clear(&output);
	return status;
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
run(const struct options *options, struct output *output, int argc,
    char **argv, init_runner *run_init, char **whole)
{
	static struct exchange exchange;
	static struct init_request init;
	struct message_command command;
	const char *file;
	char error[ERROR_SIZE];

	if (parser_parse(argc, argv, (int64_t)time(NULL), &command, &file,
	    &init, error, sizeof(error)) == -1)
		return command_line_failed(output, EXIT_USAGE, error);
	output->command = command.command;
	if (command.command == COMMAND_COMPLETION)
		return run_completion(options, output, command.argument);
	if (command.command == COMMAND_INIT)
		return run_init(options, output, &init, whole);
	if (command.command == COMMAND_EXPORT)
		return run_export(options, output, &command, file);
	if (command.command == COMMAND_IMPORT)
		return run_import(options, output, &command, file);
	exchange.asks_again = command.command == COMMAND_MONITOR;
	return talk(options, output, &command, &exchange, NULL);
}

/* Where the history itself goes to stdout, nothing else does. */
static enum exit_status
run_export(const struct options *options, struct output *output,
    const struct message_command *command, const char *path)
{
	struct exchange exchange;
	struct export_file *file;
	enum exit_status status;
	char error[ERROR_SIZE], copy[PATH_SIZE];

	if (strcmp(path, "-") == 0)
		output->format = &output_text;
	file = export_file_open(path, command->force, error, sizeof(error));
	if (file == NULL)
		return command_line_failed(output, EXIT_ERROR, error);
	export_file_exchange(file, &exchange);
	/* As long as PATH_SIZE, or it could not have been opened. */
	(void)strlcpy(copy, path, sizeof(copy));
	status = talk(options, output, command, &exchange,
	    strcmp(path, "-") == 0 ? NULL : dirname(copy));
	export_file_close(file);
	return status;
}

static enum exit_status
run_import(const struct options *options, struct output *output,
    const struct message_command *command, const char *path)
{
	struct exchange exchange;
	struct import_file *file;
	enum exit_status status;
	char error[ERROR_SIZE];

	if ((file = import_file_open(path, error, sizeof(error))) == NULL)
		return command_line_failed(output, EXIT_ERROR, error);
	import_file_exchange(file, options->json ? NULL : &output->screen,
	    &exchange);
	status = talk(options, output, command, &exchange, NULL);
	import_file_close(file);
	return status;
}

static enum exit_status
run_completion(const struct options *options, struct output *output,
    const char *shell)
{
	char *script;
	size_t size;
	FILE *f;

	if ((f = open_memstream(&script, &size)) == NULL)
		err(EXIT_ERROR, NULL);
	completion_print(f, shell);
	if (fclose(f) == EOF)
		err(EXIT_ERROR, NULL);
	if (options->json)
		output_json_text(output, "script", script);
	else
		fputs(script, output->screen.file);
	free(script);
	return command_line_ended(output);
}

/* directory: where a file gets its name in the end, or NULL. */
static enum exit_status
talk(const struct options *options, struct output *output,
    const struct message_command *command, const struct exchange *exchange,
    const char *directory)
{
	enum exit_status status;
	char path[PATH_SIZE], error[ERROR_SIZE];
	int fd, connector = -1, result;

	if ((status = find_socket(options, output, path, sizeof(path))) !=
	    EXIT_DONE)
		return status;
	if ((fd = connect_to(output, path, &status)) == -1)
		return status;
	if (exchange->asks_again &&
	    (connector = connector_start(path)) == -1)
		err(EXIT_ERROR, "connector");
	sandbox_report_to(STDERR_FILENO,
	    "jellyporterctl: its sandbox forbids system call ");
	sandbox_ctl(directory);
	do {
		result = connection_exchange(fd, command, output, exchange,
		    error, sizeof(error));
		close(fd);
	} while (result == 1 &&
	    (fd = connect_again(connector, error, sizeof(error))) != -1);
	return result == 0 ? EXIT_DONE :
	    command_line_failed(output, EXIT_ERROR, error);
}

static enum exit_status
find_socket(const struct options *options, struct output *output, char *path,
    size_t size)
{
	if (options->socket == NULL) {
		if (control_socket_find(path, size) == 0)
			return EXIT_DONE;
		return command_line_failed(output, EXIT_ERROR,
		    "no default for the socket's path; use -s");
	}
	if (options->socket[0] == '\0')
		return command_line_failed(output, EXIT_USAGE,
		    "the socket's path is empty");
	if (strlcpy(path, options->socket, size) >= size)
		return command_line_failed(output, EXIT_ERROR,
		    "the socket's path is too long");
	return EXIT_DONE;
}

static int
connect_to(struct output *output, const char *path, enum exit_status *status)
{
	char error[ERROR_SIZE + PATH_SIZE];
	const char *advice = "";
	int fd;

	if ((fd = connection_open(path)) != -1)
		return fd;
	*status = EXIT_ERROR;
	if (errno == ENOENT || errno == ECONNREFUSED) {
		*status = EXIT_NOT_RUNNING;
		advice = " (jellyporterd is not running)";
	} else if (errno == EACCES)
		advice = " (only root and the socket's group may connect)";
	snprintf(error, sizeof(error), "%s: %s%s", path, strerror(errno),
	    advice);
	(void)command_line_failed(output, *status, error);
	return -1;
}

/* To the next engine, which may need a moment. */
static int
connect_again(int connector, char *error, size_t size)
{
	const struct timespec moment = { 0, 100000000 };
	int fd;

	nanosleep(&moment, NULL);
	if ((fd = connector_connect(connector)) == -1)
		snprintf(error, size, "cannot connect again: %s",
		    strerror(errno));
	return fd;
}

static enum exit_status
usage(struct output *output)
{
	parser_usage(stderr);
	(void)output_broken(output, "wrong usage");
	return EXIT_USAGE;
}

static enum exit_status
print_version(struct output *output)
{
	output->format = &output_text;
	fprintf(output->screen.file, "jellyporterctl %s\n",
	    JELLYPORTER_VERSION);
	return command_line_ended(output);
}

enum exit_status
command_line_ended(struct output *output)
{
	static const struct message_command_result done;

	if (output_end(output, &done) == -1)
		return command_line_failed(output, EXIT_ERROR, "cannot print");
	return EXIT_DONE;
}

enum exit_status
command_line_failed(struct output *output, enum exit_status status,
    const char *message)
{
	char safe[2 * (ERROR_SIZE + PATH_SIZE)];
	struct screen screen;

	(void)text_safe(safe, sizeof(safe), message);
	screen_init(&screen, stderr);
	screen_paragraph(&screen, 4, "jellyporterctl:", safe);
	(void)output_broken(output, message);
	return status;
}
