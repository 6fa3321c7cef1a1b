/*
 * A clock that is set while we run.  Times are noted as the clock of the day
 * has them, so that they still mean something after a restart; when that clock
 * is set, they are brought to what it says now.  How long the machine slept is
 * no such jump.
 */
#ifndef JELLYPORTERD_JUMP_H
#define JELLYPORTERD_JUMP_H

#include <stdint.h>

struct jump {
	int64_t	wall;		/* seconds; 0: not looked at yet */
	int64_t	steady;		/* ms, of a clock that is never set */
};

/*
 * How many seconds the clock of the day was set ahead (below 0: back) since the
 * last time; 0 if it was not, or by less than what it gains or loses anyway.
 */
int64_t	jump_seen(struct jump *, int64_t wall, int64_t steady);

struct engine;

/* Cheap enough to be called before whatever looks at the clock. */
void	jump_look(struct engine *);

#endif
