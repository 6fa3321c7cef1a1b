/*
 * When a sync begins and when it is over; and what follows from any change:
 * it is committed soon, and whatever waits for one is tried.
 */
#include <string.h>

#include "clock.h"
#include "engine.h"
#include "log.h"

#define COMMIT_AFTER		1	/* seconds, of what was changed */
#define KICK_AFTER		2	/* ms: not after every record */
#define KICK_EVERY		5	/* seconds: what may be tried again */

static void	commit(evutil_socket_t, short, void *);
static void	count(evutil_socket_t, short, void *);
static void	kick(evutil_socket_t, short, void *);
static void	sync_due(evutil_socket_t, short, void *);
static void	check_sync_done(struct engine *);
static void	sync_done(struct engine *);

void
sync_init(struct engine *engine)
{
	struct event_base *base = engine->base;

	engine->commit_timer = evtimer_new(base, commit, engine);
	engine->count_timer = evtimer_new(base, count, engine);
	engine->sync_timer = evtimer_new(base, sync_due, engine);
	engine->kick_timer = evtimer_new(base, kick, engine);
	if (engine->commit_timer == NULL || engine->count_timer == NULL ||
	    engine->sync_timer == NULL || engine->kick_timer == NULL)
		fatal_memory("evtimer_new");
}

void
sync_changed(struct engine *engine)
{
	const struct timeval soon = { COMMIT_AFTER, 0 };
	const struct timeval shortly = { 0, KICK_AFTER * 1000 };

	if (store_is_touched(engine->store) &&
	    !evtimer_pending(engine->commit_timer, NULL) &&
	    event_add(engine->commit_timer, &soon) == -1)
		fatal("event_add");
	if (!engine->kick_soon && event_add(engine->kick_timer, &shortly) == -1)
		fatal("event_add");
	engine->kick_soon = true;
}

static void
commit(evutil_socket_t fd, short what, void *arg)
{
	struct engine *engine = arg;

	(void)fd;
	(void)what;
	store_commit(engine->store);
}

void
sync_kick(struct engine *engine)
{
	struct server *server;

	planning_try(engine);
	TAILQ_FOREACH(server, &engine->servers, entry) {
		round_decide(server);
		round_go_on(server);	/* it may wait for the small lane */
		writer_next(server);
	}
	check_sync_done(engine);
}

static void
kick(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval later = { KICK_EVERY, 0 };
	struct engine *engine = arg;

	(void)fd;
	(void)what;
	engine->kick_soon = false;
	if (event_add(engine->kick_timer, &later) == -1)
		fatal("event_add");
	sync_kick(engine);
}

void
sync_begin(struct engine *engine, struct server *only, enum reading reading)
{
	struct server *server;

	if (engine_is_paused(engine))
		return;			/* its end makes up for it */
	if (reading == READING_FULL)
		store_try_now(engine->store);
	TAILQ_FOREACH(server, &engine->servers, entry) {
		if ((only != NULL && server != only) ||
		    (server->plan_only && !engine_plans(engine)))
			continue;
		/* A slow server is not asked to begin anew by the clock. */
		if (reading != READING_FULL && server->phase != PHASE_IDLE)
			continue;
		if (!server->in_sync || server->phase == PHASE_IDLE) {
			metrics_sync_begins(server);
			memset(&server->counts, 0, sizeof(server->counts));
			server->began_ms = clock_ms();
			server->failed = false;
			server->error[0] = '\0';
		}
		server->in_sync = true;
		round_start(server, reading);
	}
	engine->syncing = true;
	sync_changed(engine);
}

static void
count(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	check_sync_done(arg);
}

/* At its end items are counted: nobody waits for more than a slice of that. */
static void
check_sync_done(struct engine *engine)
{
	static const struct timeval now = { 0, 0 };
	struct server *server;

	if (!engine->syncing)
		return;
	TAILQ_FOREACH(server, &engine->servers, entry) {
		if (server->phase != PHASE_IDLE || server->bulk.id != 0 ||
		    !writer_is_idle(server))
			return;
	}
	if (!store_count(engine->store))
		sync_done(engine);
	else if (event_add(engine->count_timer, &now) == -1)
		fatal("event_add");
}

static void
sync_done(struct engine *engine)
{
	struct message_once_done done = { 0 };
	struct server *server;

	engine->syncing = false;
	if (engine->options.once && !engine_plans(engine))
		upkeep_once(engine);
	store_commit(engine->store);
	if (!engine_plans(engine))
		engine->last_sync = engine_now();
	TAILQ_FOREACH(server, &engine->servers, entry) {
		if (!server->in_sync)
			continue;
		server->took_ms = clock_ms() - server->began_ms;
		done.failed += server->failed;
		log_server_info(server->name, "sync %s heard=%lld "
		    "written=%lld conflicts=%lld ms=%lld",
		    server->failed ? "failed" : "done",
		    (long long)server->counts.heard,
		    (long long)server->counts.written,
		    (long long)server->counts.conflicts,
		    (long long)server->took_ms);
		metrics_sync_ended(server);
		control_progress(engine->control, server);
	}
	if (engine_plans(engine))
		planning_done(engine);
	else
		control_sync_done(engine->control);
	TAILQ_FOREACH(server, &engine->servers, entry)
		server->in_sync = false;
	if (engine->options.once) {
		if (!engine->options.dry_run)
			metrics_send(engine, engine->parent);
		message_put_once_done(channel_imsgbuf(engine->parent), 0,
		    &done);
		channel_written(engine->parent);
		return;
	}
}

void
sync_plan_next(struct engine *engine)
{
	struct timeval wait = { 0, 0 };

	wait.tv_sec = engine->options.sync_interval;
	engine->next_sync = engine_now() + wait.tv_sec;
	if (event_add(engine->sync_timer, &wait) == -1)
		fatal("event_add");
}

static void
sync_due(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	sync_plan_next(arg);
	if (!planning_goes_on(arg))
		sync_begin(arg, NULL, READING_NEWS);
}
