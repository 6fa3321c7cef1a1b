/* Starting, linking and restarting the children. */
#ifndef JELLYPORTERD_PROCESS_H
#define JELLYPORTERD_PROCESS_H

#include <sys/queue.h>
#include <sys/types.h>

#include <event2/event.h>

#include <stdbool.h>
#include <stdint.h>

#include "channel.h"
#include "message.h"
#include "role.h"
#include "supervise.h"

#define CHILD_END_SIZE	640	/* of a text that says how it ended, and why */

/* Absolute paths of our own executable, and of jellyporterd-http. */
struct programs {
	const char	*own;
	const char	*http;
};

struct child;

struct child_handlers {
	/* It runs: what it needs is to be sent. */
	void	(*started)(struct child *, void *);
	int	(*message)(struct child *, struct imsg *, void *);
	/* It has ended, and waits: until next_start or, if misconfigured, for
	 * another configuration. */
	void	(*waits)(struct child *, void *);
};

struct child {
	TAILQ_ENTRY(child)	 entry;
	enum role		 role;
	char			 name[NAME_SIZE];	/* of its server, or "" */
	char			 title[NAME_SIZE + 16];	/* "fetcher attic" */
	pid_t			 pid;		/* 0: not running */
	struct channel		*channel;	/* NULL: not running */
	int			 last_words;	/* while it runs: a pipe's end */
	int64_t			 started;	/* ms */
	bool			 up;		/* it has answered since then */
	struct heartbeat	 heartbeat;
	struct backoff		 backoff;
	int64_t			 since;		/* seconds, of its state */
	int64_t			 next_start;	/* seconds; 0: not planned */
	uint32_t		 restarts;	/* of those that had died */
	int64_t			 ended;		/* seconds, last; 0: never */
	int			 status;	/* that it ended with; -1: none */
	char			 last_end[CHILD_END_SIZE];	/* and how */
	char			 killed_for[CHILD_END_SIZE];	/* by us; or "" */
	bool			 misconfigured;	/* waits for a reload */
	bool			 renewed;	/* to end, and start again */
	bool			 removed;	/* to end, for good */
	struct event		*timer;
	struct processes	*processes;
};

struct processes;

/* The programs are borrowed. */
struct processes *processes_new(struct event_base *, const struct programs *,
		    bool foreground, bool verbose,
		    const struct child_handlers *, void *arg);
/* Of those that are started from now on. */
void		 processes_set_verbose(struct processes *, bool);
struct child	*process_add(struct processes *, enum role, const char *name);
void		 process_start(struct child *);
/* When they began; seconds. */
int64_t		 processes_since(const struct processes *);
/* Without those that were removed. */
struct child	*process_first(struct processes *, enum role);
struct child	*process_next(struct child *);	/* of the same role */
/* Gives two running children a new link; each learns who the other one is. */
void		 process_link(struct child *, struct child *);
/*
 * Both ask it to end, and have no channel to it any more.  Then it is started
 * again at once, or forgotten; a child that is removed must not be used again.
 */
void		 process_renew(struct child *);
void		 process_remove(struct child *);
/* It cannot be given its part (errno), and is of no use without: it is ended,
 * and its successor gets another. */
void		 process_spoilt(struct child *, const char *what);
/* Reaps what has ended, and starts it again after a while. */
void		 processes_reap(struct processes *);
/* Ends all of them: asks, waits, kills.  Returns when none is left, and frees
 * what is known of them. */
void		 processes_stop(struct processes *);

#endif
