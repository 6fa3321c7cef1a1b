/* A clock that is set while we run. */
#include <time.h>

#include "clock.h"
#include "engine.h"
#include "jump.h"
#include "log.h"

#define LEAST		60	/* seconds: less than any wait that matters */
#define UPKEEP_AFTER	(24 * 3600 * INT64_C(1000))	/* ms */

static int64_t	steady_ms(void);
static void	shift(int64_t *, int64_t);
static void	note(struct engine *, int64_t);

int64_t
jump_seen(struct jump *jump, int64_t wall, int64_t steady)
{
	int64_t ahead = wall - jump->wall - (steady - jump->steady) / 1000;

	if (jump->wall != 0 && ahead > -LEAST && ahead < LEAST) {
		/* Fractions of seconds must not add up to a jump. */
		if (steady - jump->steady < LEAST * 1000)
			return 0;
		ahead = 0;
	}
	if (jump->wall == 0)
		ahead = 0;
	jump->wall = wall;
	jump->steady = steady;
	return ahead;
}

/* Goes on while the machine sleeps, as the clock of the day does. */
static int64_t
steady_ms(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_BOOTTIME, &now) == -1)
		fatal("clock_gettime");
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
shift(int64_t *when, int64_t ahead)
{
	if (*when != 0)
		*when += ahead;
}

/* What waits does so as long as it was meant to, and is shown when it was. */
static void
note(struct engine *engine, int64_t ahead)
{
	struct store *lasting = planning_lasting_store(engine);
	struct server *server;

	shift(&engine->started, ahead);
	shift(&engine->last_sync, ahead);
	shift(&engine->next_sync, ahead);
	TAILQ_FOREACH(server, &engine->servers, entry) {
		shift(&server->write_not_before, ahead);
		shift(&server->live_since, ahead);
		shift(&server->last_event, ahead);
		/* How far its clock is ahead of ours has to be seen anew, and
		 * what it has saved since is not known without. */
		server->contact_due = true;
		server->identity_due = true;
	}
	store_clock_set(lasting, ahead);
	if (lasting != engine->store) {
		store_commit(lasting);
		store_clock_set(engine->store, ahead);
	}
	/* It may be set right again, and what is deleted does not come back. */
	engine->upkeep.stage = UPKEEP_DONE;
	if (engine->upkeep_timer != NULL)
		clock_start(engine->upkeep_timer, UPKEEP_AFTER);
}

void
jump_look(struct engine *engine)
{
	int64_t ahead = jump_seen(&engine->jump, engine_now(), steady_ms());

	if (ahead == 0)
		return;
	if (ahead > 0)
		log_warnx("the clock was set %lld s ahead", (long long)ahead);
	else
		log_warnx("the clock was set %lld s back", -(long long)ahead);
	note(engine, ahead);
	sync_changed(engine);
}
