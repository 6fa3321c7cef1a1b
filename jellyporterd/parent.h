/*
 * The parent: reads the configuration, starts the children, gives each what it
 * needs and no more, and restarts what dies.
 */
#ifndef JELLYPORTERD_PARENT_H
#define JELLYPORTERD_PARENT_H

#include <event2/event.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "listen_socket.h"
#include "metric.h"
#include "notify.h"
#include "parts.h"
#include "process.h"
#include "stand_in.h"
#include "users.h"

#define PARENT_SIGNALS	5		/* that it handles */

struct parent {
	struct programs		 programs;	/* of its children */
	struct event_base	*base;
	struct event		*signals[PARENT_SIGNALS];
	struct config		*config;
	struct processes	*processes;
	struct users		 users;
	struct notify		*notify;
	const char		*socket_file;	/* of -s; else NULL */
	char			 socket_path[PATH_SIZE];	/* of the control
								 * socket */
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

/*
 * Runs until it is told to stop, or has done what it was started for.  file is
 * the configuration's.  The status to exit with.
 */
int	 parent_run(struct parent *, const char *file, bool foreground);
/* Only moves the database aside.  The status to exit with. */
int	 parent_move_database(struct parent *, const char *file);
bool	 parent_writes_textfile(const struct parent *);

/* parent_children.c: what each is given when it starts, and where one stays. */
extern const struct child_handlers parent_children;
void	 parent_start_children(struct parent *);

/* parent_message.c: what they say.  Who says nonsense ends all. */
int	 parent_message(struct child *, struct imsg *, void *parent);
/* request is whom to answer; 0: nobody. */
void	 parent_ask_reload(struct parent *, uint32_t request);

#endif
