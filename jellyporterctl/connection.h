/* The conversation with the daemon over its control socket. */
#ifndef JELLYPORTERCTL_CONNECTION_H
#define JELLYPORTERCTL_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "message.h"
#include "output.h"

/*
 * A connected socket.  -1 and errno on failure; ENOENT and ECONNREFUSED say
 * that no daemon is running, ENAMETOOLONG that no socket can have this path.
 */
int	 connection_open(const char *path);

/*
 * Asks the daemon and gives what it answers to the output, to the end of it.
 * -1 and a message for people (not yet safe for a terminal) if it cannot be
 * done: not understood, cut off, not printed, or the command failed.
 */
int	 connection_command(int fd, const struct message_command *,
	    struct output *, char *error, size_t size);

/* What takes part in a conversation beside the output. */
struct exchange {
	void	*arg;
	/*
	 * A row has come.  What is put on the imsgbuf goes to the daemon.  1
	 * if it was not for the output, 0 if it is, -1 and a message for
	 * people to end the conversation.
	 */
	int	(*row)(void *, const struct message_row *, struct imsgbuf *,
		    char *error, size_t size);
	/* History has come. */
	int	(*history)(void *, const struct message_history *,
		    char *error, size_t size);
	/* The daemon has done it, and says so next. */
	int	(*end)(void *, char *error, size_t size);
	/* Where another engine will answer, that is no failure. */
	bool	asks_again;
};

/*
 * connection_command() with an exchange, whose functions may be NULL.  1 if it
 * is to be asked again, of another engine.
 */
int	 connection_exchange(int fd, const struct message_command *,
	    struct output *, const struct exchange *, char *error,
	    size_t size);

#endif
