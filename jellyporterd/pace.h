/*
 * How fast a server is to be written to: one that gets slower than it was is
 * busy with something else, and gets more time.
 */
#ifndef JELLYPORTERD_PACE_H
#define JELLYPORTERD_PACE_H

#include <stdint.h>

/* Zero before its first use. */
struct pace {
	int64_t	usual;		/* us that a write takes; 0: none yet */
};

/*
 * Notes that a write took so many ms; how many to wait before the next one,
 * which is none as long as it takes about as long as ever.
 */
unsigned int	pace_note(struct pace *, int64_t took);

#endif
