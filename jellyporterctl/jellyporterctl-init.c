/* jellyporterctl init: what jellyporterctl starts for it. */
#include <unistd.h>

#include "command_line.h"
#include "init.h"

static init_runner	run_init;

/* Nobody is there to be asked in a script. */
static enum exit_status
run_init(const struct options *options, struct output *output,
    struct init_request *init, char **argv)
{
	char error[INIT_ERROR_SIZE];

	(void)argv;
	if (init->n_servers == 0 && (options->json || !isatty(STDIN_FILENO)))
		return command_line_failed(output, EXIT_USAGE, "init asks on "
		    "a terminal only, and not with -j; without that, it needs "
		    "\"server\", \"url\", \"user\" and a key");
	if (init_run(init, output, error) == -1)
		return command_line_failed(output, EXIT_ERROR, error);
	return command_line_ended(output);
}

int
main(int argc, char **argv)
{
	return command_line_run(argc, argv, run_init);
}
