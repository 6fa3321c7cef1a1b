/*
 * Upkeep: what has become old is forgotten (audit.keep_days), a little at a
 * time, so that the database stays as large as it has been once.
 */
#ifndef JELLYPORTERD_UPKEEP_H
#define JELLYPORTERD_UPKEEP_H

#include "store.h"

enum upkeep_stage {
	UPKEEP_AUDIT,
	UPKEEP_ITEMS,
	UPKEEP_SERIES,
	UPKEEP_KEYS,
	UPKEEP_DONE
};

struct upkeep {
	enum upkeep_stage	 stage;
	struct pruning		 pruning;
};

/* A pass, at this time; in seconds. */
void	 upkeep_begin(struct upkeep *, int64_t now, uint32_t keep_days);
/* A few hundred rows of it, to be committed; false once it is over. */
bool	 upkeep_step(struct store *, struct upkeep *);

#endif
