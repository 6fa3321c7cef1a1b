/*
 * Random histories of random people, and what must hold of each (sync-model:
 * what must hold).  A history is a seed, which says how its world is made, and
 * steps; the same history always goes the same way, and one with a step less
 * is a history too, so that a failing one can be made short.
 */
#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "record.h"

#define STEPS_MAX	40

enum property {
	CONVERGENCE,
	QUIESCENCE,
	NOTHING_LOST,
	EXACTLY_ONCE,
	ORDER_INDEPENDENCE,
	NO_INVENTION,
	DIRECTIONS,
	PROPERTY_COUNT
};

struct step {
	uint32_t	what;		/* a world takes it modulo its kinds */
	uint32_t	who;		/* copy, server, person */
	uint32_t	how;
};

struct history {
	uint64_t	seed;
	size_t		n;
	struct step	steps[STEPS_MAX];
};

/* The first thing that did not hold. */
struct verdict {
	bool		broken;
	enum property	property;
	char		why[256];
};

/* A world runs a history and judges it; trace, unless NULL, gets each step in
 * words. */
struct world {
	const char	*name;
	size_t		 histories;	/* as many, unless told otherwise */
	unsigned	 judges;	/* bits: properties it has an eye on */
	void		(*run)(const struct history *, struct verdict *,
			    FILE *trace);
};

extern const struct world pure_world;		/* pure.c */
extern const struct world stored_world;		/* stored.c */

__attribute__((__format__(printf, 3, 4)))
void	 broken(struct verdict *, enum property, const char *, ...);

/* A sequence of numbers that a seed determines. */
uint64_t random_next(uint64_t *state);
uint32_t random_below(uint64_t *state, uint32_t bound);

/* A history that a seed determines (history.c). */
void	 history_make(struct history *, uint64_t seed);

/* Does it still do what it is kept for? */
typedef bool	 history_test(const struct history *, void *);

/* Drops steps while the rest still does; tries as many as runs_max. */
void	 history_shorten(struct history *, history_test *, void *,
	    size_t runs_max);

/* What people do, with what Jellyfin makes of it (people.c). */

enum act {
	ACT_START,		/* and no more is heard of it */
	ACT_GLANCE,		/* start, stop below 5 % */
	ACT_PARTIAL,		/* start, stop in the middle */
	ACT_FINISH,		/* start, stop beyond 90 % */
	ACT_PROGRESS,		/* of what has been started */
	ACT_MARK_DATED,		/* played, with a date */
	ACT_FAVORITE,		/* on or off */
	ACT_MARK,		/* played */
	ACT_UNMARK,
	ACT_COUNT
};

#define ACT_HARMLESS	ACT_MARK	/* those before it take nothing back,
					 * and the count says how many */

const char *act_name(enum act);
/* How often the count grows by it. */
int32_t	 act_adds(enum act);
/* True if it makes a work played that somebody wants to have been played. */
bool	 act_plays(enum act);
bool	 act_starts(enum act);
void	 act_do(enum act, bool before_12, int64_t now, int64_t position,
	    struct userdata *);

/* Userdata in words, in one of a few static buffers. */
const char *in_words(const struct userdata *);

#endif
