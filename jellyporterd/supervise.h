/*
 * When a child that has ended is started again, and when one that says nothing
 * is given up.  Both are functions of time and of nothing else.
 */
#ifndef JELLYPORTERD_SUPERVISE_H
#define JELLYPORTERD_SUPERVISE_H

#include <stdbool.h>
#include <stdint.h>

#define BACKOFF_FIRST		1000		/* ms before the first restart */
#define BACKOFF_MAX		300000		/* before any, but for jitter */
#define BACKOFF_STEADY		600000		/* ms up: its past is forgotten */

#define HEARTBEAT_EVERY		10000		/* ms between two questions */
#define HEARTBEAT_LIMIT		30000		/* ms without an answer */

struct backoff {
	uint32_t	ends;		/* in a row */
};

/*
 * A child has ended after so many ms.  How many ms to wait: twice as many
 * each time, and up to a quarter more, so that children which died together
 * do not all come back together.
 */
int64_t	backoff_next(struct backoff *, int64_t up);

struct heartbeat {
	int64_t		asked;		/* ms; 0: nothing is to be answered */
};

enum heartbeat_step {
	HEARTBEAT_WAIT,
	HEARTBEAT_ASK,
	HEARTBEAT_LOST		/* it does not run any more, whatever it is */
};

/*
 * To be called every HEARTBEAT_EVERY.  late: we have not run ourselves for
 * longer than that, so that an answer may wait to be read, or a child may have
 * been stopped with us: it has all of its time again.
 */
enum heartbeat_step heartbeat_look(struct heartbeat *, int64_t now, bool late);
void	heartbeat_asked(struct heartbeat *, int64_t now);
void	heartbeat_heard(struct heartbeat *);

#endif
