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

static int64_t	sure_time(struct engine *);
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

/*
 * What is deleted by a clock that is ahead does not come back when that is set
 * right.  So what is old is old by the clock of a server as well; 0: none has
 * been asked for it.
 */
static int64_t
sure_time(struct engine *engine)
{
	int64_t now = engine_now(), latest = 0;
	struct server_row row;
	struct server *server;

	TAILQ_FOREACH(server, &engine->servers, entry) {
		if (!server->contacted)
			continue;
		store_get_server(engine->store, server->id, &row);
		if (now + row.clock_skew > latest)
			latest = now + row.clock_skew;
	}
	return latest < now ? latest : now;
}

/* Nothing waits for it: while anything else goes on, it does not. */
static void
due(evutil_socket_t fd, short what, void *arg)
{
	struct engine *engine = arg;
	int64_t now;

	(void)fd;
	(void)what;
	if (engine->plan_wanted || engine_plans(engine) ||
	    !engine_is_quiet(engine)) {
		clock_start(engine->upkeep_timer, BUSY);
		return;
	}
	if (engine->upkeep.stage == UPKEEP_DONE) {
		if ((now = sure_time(engine)) == 0) {
			clock_start(engine->upkeep_timer, AGAIN);
			return;
		}
		upkeep_begin(&engine->upkeep, now,
		    engine->options.audit_keep_days);
	}
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
		fatal_memory("evtimer_new");
	clock_start(engine->upkeep_timer, FIRST);
}

void
upkeep_once(struct engine *engine)
{
	int64_t now = sure_time(engine);
	struct upkeep upkeep;
	int i;

	if (now == 0)
		return;
	upkeep_begin(&upkeep, now, engine->options.audit_keep_days);
	for (i = 0; i < STEPS_ONCE && upkeep_step(engine->store, &upkeep); i++)
		;
}
