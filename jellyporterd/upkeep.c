/*
 * Upkeep, a step at a time: by the engine's timer while nothing else goes on,
 * and at the end of a single sync.
 */
#include <string.h>

#include "clock.h"
#include "engine.h"
#include "log.h"

#define DAY		86400	/* seconds */
#define FIRST		10000	/* ms after the start */
#define AGAIN		3600000	/* ms from pass to pass */
#define BUSY		10000	/* ms until it is tried again */
#define BETWEEN		100	/* ms from step to step */
#define STEPS_ONCE	20	/* at the end of a single sync */

static void	due(evutil_socket_t, short, void *);

void
upkeep_begin(struct upkeep *upkeep, int64_t now, uint32_t keep_days)
{
	memset(upkeep, 0, sizeof(*upkeep));
	upkeep->stage = UPKEEP_AUDIT;
	upkeep->pruning.before = now - (int64_t)keep_days * DAY;
	upkeep->pruning.hash = upkeep->pruning.work = INT64_MIN;
}

bool
upkeep_step(struct store *store, struct upkeep *upkeep)
{
	struct pruning *pruning = &upkeep->pruning;
	bool more = false;

	switch (upkeep->stage) {
	case UPKEEP_AUDIT:
		more = store_prune_audit(store, pruning);
		break;
	case UPKEEP_ITEMS:
		more = store_prune_items(store, pruning);
		break;
	case UPKEEP_SERIES:
		more = store_prune_series(store, pruning);
		break;
	case UPKEEP_KEYS:
		more = pruning->emptied > 0 &&
		    store_prune_keys(store, pruning);
		break;
	case UPKEEP_DONE:
		return false;
	}
	if (!more)
		upkeep->stage++;
	return upkeep->stage != UPKEEP_DONE;
}

/* Nothing waits for it: while anything else goes on, it does not. */
static void
due(evutil_socket_t fd, short what, void *arg)
{
	struct engine *engine = arg;

	(void)fd;
	(void)what;
	if (engine->plan_wanted || engine_plans(engine) ||
	    !engine_is_quiet(engine)) {
		clock_start(engine->upkeep_timer, BUSY);
		return;
	}
	if (engine->upkeep.stage == UPKEEP_DONE)
		upkeep_begin(&engine->upkeep, engine_now(),
		    engine->options.audit_keep_days);
	if (upkeep_step(engine->store, &engine->upkeep))
		clock_start(engine->upkeep_timer, BETWEEN);
	else
		clock_start(engine->upkeep_timer, AGAIN);
	sync_changed(engine);
}

void
upkeep_start(struct engine *engine)
{
	engine->upkeep.stage = UPKEEP_DONE;
	engine->upkeep_timer = evtimer_new(engine->base, due, engine);
	if (engine->upkeep_timer == NULL)
		fatalx("evtimer_new");
	clock_start(engine->upkeep_timer, FIRST);
}

void
upkeep_once(struct engine *engine)
{
	struct upkeep upkeep;
	int i;

	upkeep_begin(&upkeep, engine_now(), engine->options.audit_keep_days);
	for (i = 0; i < STEPS_ONCE && upkeep_step(engine->store, &upkeep); i++)
		;
}
