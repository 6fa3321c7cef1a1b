/* Shared by match.c, match_groups.c and match_key.c only. */
#ifndef JELLYPORTERD_MATCH_INTERNAL_H
#define JELLYPORTERD_MATCH_INTERNAL_H

#include <stdbool.h>

#include "match.h"

/* The providers whose ids count most; the others follow by name. */
#define MATCH_STRONG_PROVIDERS	3

/* Which episode an item is, if all that is needed to say so is known. */
struct numbers {
	bool	known;
	int32_t	season;
	int32_t	episode;
	int32_t	episode_end;
};

/* 0 for the strongest, up to MATCH_STRONG_PROVIDERS for all the others. */
size_t		match_provider_rank(const char *);

struct numbers	match_numbers(const struct match_item *);
bool		match_numbers_differ(const struct numbers *,
		    const struct numbers *);

/*
 * Runtimes in ticks, 0 where unknown.  Clearly different: farther apart than
 * two cuts of one work are, by more than 25 % and 60 s.
 */
bool		match_runtimes_differ(int64_t shorter, int64_t longer);
/* Both known and within 1 %, as a match by title demands. */
bool		match_runtimes_same(int64_t, int64_t);

/*
 * As match_form(), for items sorted by .item, and whatever they have in
 * common.  -1 if memory is out.
 */
int		match_form_groups(struct match_item *, size_t, uint32_t);

#endif
