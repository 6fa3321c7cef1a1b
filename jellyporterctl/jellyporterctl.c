/*
 * jellyporterctl looks at a running jellyporterd and steers it.  Its init is a
 * program of its own, so that the others do not wait until libcurl, which it
 * alone needs, and all of its libraries are loaded.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command_line.h"
#include "executable.h"
#include "message.h"

static init_runner	exec_init;

static enum exit_status
exec_init(const struct options *options, struct output *output,
    struct init_request *init, char **argv)
{
	char own[PATH_SIZE], other[PATH_SIZE], error[PATH_SIZE + 128];

	(void)options;
	(void)init;
	if (executable_own(argv[0], own, sizeof(own)) == -1 ||
	    executable_other(own, "jellyporterctl-init", other,
	    sizeof(other)) == -1)
		return command_line_failed(output, EXIT_ERROR,
		    "start it by its absolute path");
	execv(other, argv);
	(void)snprintf(error, sizeof(error), "%s, which is a part of it: %s",
	    other, strerror(errno));
	return command_line_failed(output, EXIT_ERROR, error);
}

int
main(int argc, char **argv)
{
	return command_line_run(argc, argv, exec_init);
}
