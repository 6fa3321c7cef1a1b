/*
 * The rules (sync-model: merge).  Pure functions: no I/O, no clock, no
 * globals.
 */
#ifndef JELLYPORTERD_MERGE_H
#define JELLYPORTERD_MERGE_H

#include <stdbool.h>
#include <stdint.h>

#include "record.h"

/*
 * A version is the point, on one rising sequence for the whole database, at
 * which a part of an agreed was last changed or confirmed; 0 before that.
 * A copy has the point up to which it is known to show what was agreed then.
 */
struct versions {
	int64_t	play;
	int64_t	favorite;
};

#define VERSION_STALE	INT64_C(-1)	/* shows something else */
#define VERSION_NEW	INT64_C(-2)	/* and always has: a first contact */

/* What a person has agreed for a work. */
struct agreed {
	struct userdata	userdata;
	int64_t		runtime;	/* ticks, of the copy that the
					 * position came from */
	struct versions	versions;
};

/* A copy, as far as it is known. */
struct copy {
	int64_t		runtime;	/* ticks, of its item; 0: unknown */
	bool		has_base;	/* else it was never heard */
	struct userdata	base;
	struct versions	versions;	/* that base was brought up to */
	int64_t		settled;	/* point at which base became known,
					 * or a write was asked; see merge_hear */
	bool		has_asked;	/* a write without a recorded answer */
	struct userdata	asked;
	struct versions	asked_versions;
};

struct merge_options {
	uint32_t	fields;		/* enum sync_field: what is written */
	bool		rewatch_follow;	/* a rewatch unmarks, as it used to */
};

struct merge_outcome {
	bool		quiet;		/* equals its base: it did not vote */
	bool		settled;	/* its base is another now: the point
					 * given as now has been used */
	bool		stale;		/* older than its base: passed over */
	bool		play_heard;	/* these parts voted: the agreed's */
	bool		favorite_heard;	/* version has been raised */
	bool		conflict;	/* of the play group */
	bool		current_lost;	/* in it, something that was current */
	bool		agreed_lost;	/* in it, something that was agreed */
};

/*
 * Hears what a copy holds: merges it into what is agreed, in place, and makes
 * it the copy's base.  began is the point in the sequence at which the reading
 * was asked for; now is the point that a change heard here gets, greater than
 * any before.  A copy that shows what is agreed is brought up to date by it.
 * A reading that was asked for before the base became known, and shows
 * something else, may show what was there before: nothing is concluded from
 * it, the next one will tell.
 */
void	merge_hear(struct copy *, const struct userdata *current,
	    struct agreed *, const struct merge_options *, int64_t began,
	    int64_t now, struct merge_outcome *);

/*
 * Whether hearing this would take back something that the copy holds: an
 * unmark, a position or a favourite that is gone, a count that fell, a date
 * that went back.  People do that now and then; a restored backup or an
 * emptied user does it many times at once (sync-model: guards).
 */
bool	merge_takes_back(const struct copy *,
	    const struct userdata *current);

/*
 * Whether a reading that was asked for at began may be older than the base: it
 * shows something else, and merge_hear() would pass over it.
 */
bool	merge_is_stale(const struct copy *, const struct userdata *current,
	    int64_t began);

/*
 * Notes what a copy holds without hearing it: nothing is agreed because of it.
 * So for an endpoint that is a target, a change that was discarded, a write
 * that its server has undone.
 */
void	merge_note(struct copy *, const struct userdata *current,
	    const struct agreed *, const struct merge_options *,
	    int64_t began);

/* Two works have become one: what both have agreed, as in a first contact. */
void	merge_union(struct agreed *, const struct agreed *other);

/* agreed, as this copy can hold it. */
void	merge_project(const struct agreed *, const struct copy *,
	    const struct merge_options *, struct userdata *);

/* True if a write is owed: the projection differs from the base. */
bool	merge_owed(const struct agreed *, const struct copy *,
	    const struct merge_options *, struct userdata *wanted);

/*
 * A write was answered with what the copy holds now, whether that is what was
 * asked or not.  now is a new point.
 */
void	merge_answered(struct copy *, const struct userdata *answer,
	    int64_t now);

#endif
