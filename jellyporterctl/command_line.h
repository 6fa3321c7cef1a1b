/*
 * One command line: one command, one connection, one answer.  Shared by
 * jellyporterctl and by jellyporterctl-init, which is init alone.
 */
#ifndef JELLYPORTERCTL_COMMAND_LINE_H
#define JELLYPORTERCTL_COMMAND_LINE_H

#include <stdbool.h>

struct init_request;
struct output;

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

/* What is done where the command is init; argv is the whole command line. */
typedef enum exit_status init_runner(const struct options *, struct output *,
		    struct init_request *, char **argv);

enum exit_status command_line_run(int argc, char **argv, init_runner *);
/* What is done without a daemon is done; was it printed? */
enum exit_status command_line_ended(struct output *);
/* Says so; the message may quote the command line, a path or the daemon. */
enum exit_status command_line_failed(struct output *, enum exit_status,
		    const char *);

#endif
