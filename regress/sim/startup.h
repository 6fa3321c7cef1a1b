/*
 * A server that is starting up (jellyfin-api.md, server and users): what it
 * answers until it is ready.
 */
#ifndef SIM_STARTUP_H
#define SIM_STARTUP_H

#include <stdbool.h>
#include <stddef.h>

struct event;
struct request;
struct sim;

struct startup {
	struct event	*timer;
	size_t		 phase;		/* an index of the phases */
	double		 seconds;	/* that all of it takes */
};

/* Begins, or begins again. */
void	startup_begin(struct sim *, double seconds);
void	startup_end(struct sim *);		/* at once; frees the timer */
/* Nobody listens any more, and every connection is cut. */
void	startup_down(struct sim *);
/* True if it answered, because the server is not ready. */
bool	startup_answer(struct request *);

#endif
