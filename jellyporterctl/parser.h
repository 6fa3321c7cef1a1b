/* The command line: words into a command for the daemon. */
#ifndef JELLYPORTERCTL_PARSER_H
#define JELLYPORTERCTL_PARSER_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "init.h"
#include "message.h"

/*
 * Reads the words of a command, which may be cut short while they are
 * unambiguous.  now (seconds since the epoch) is what "2h ago" counts from.
 * file is that of an export or import, one of the words; else NULL.  init is
 * filled for that command, path being one of the words.
 * -1 and a sentence for people in error if they are no command; the words are
 * quoted in it as they were given, so it is not yet safe for a terminal.
 */
int	 parser_parse(int argc, char *const *argv, int64_t now,
	    struct message_command *, const char **file,
	    struct init_request *init, char *error, size_t size);

/*
 * The commands of what is done without the daemon.  Of the first one the
 * argument is the shell whose completion is wanted.
 */
#define COMMAND_COMPLETION	COMMAND_COUNT
#define COMMAND_INIT		(COMMAND_COUNT + 1)
/* And what is none. */
#define COMMAND_NONE		(COMMAND_COUNT + 2)

/* What may stand at a place of the command line. */
enum parser_word {
	PARSER_WORD,		/* itself */
	PARSER_OPTION,		/* itself, and a value after it */
	PARSER_FLAG,		/* itself, and then a FILE */
	PARSER_FILE
};

/* path: the words before it, each with a space before it ("", " show"). */
typedef void	 parser_visit(void *, const char *path, enum parser_word,
		    const char *word, const char *help);

/* The grammar: every place, and all that may stand there one after another. */
void	 parser_walk(parser_visit *, void *);

/* Every command there is, from the same table that is parsed by. */
void	 parser_usage(FILE *);

#endif
