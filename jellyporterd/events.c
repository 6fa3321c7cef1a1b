/*
 * What the listener has been told, as far as it concerns the engine: whose
 * server it is, or that all of them are to be looked at.
 */
#include "clock.h"
#include "engine.h"
#include "log.h"

#define SYNC_EVERY	10000	/* ms between rounds for the asking */

static void	sync_due(evutil_socket_t, short, void *);

void
events_init(struct engine *engine)
{
	engine->event_timer = evtimer_new(engine->base, sync_due, engine);
	if (engine->event_timer == NULL)
		fatal_memory("evtimer_new");
}

/* More than one if a server is configured under several names. */
void
events_event(struct engine *engine, const struct message_event *event)
{
	struct server *server;
	bool known = false;

	TAILQ_FOREACH(server, &engine->servers, entry) {
		if (!server->has_answered || !jellyfin_id_equal(
		    &server->jellyfin_id, &event->server))
			continue;
		known = true;
		server->last_event = engine_now();
		dirty_event(server, event);
	}
	/* That somebody goes on playing there is no reason to look here. */
	if (!known && !event->playing)
		events_sync(engine);
}

/* At once, or some time after the one before: but after this was asked for. */
void
events_sync(struct engine *engine)
{
	if (evtimer_pending(engine->event_timer, NULL))
		return;
	clock_start(engine->event_timer, engine->event_sync == 0 ? 0 :
	    engine->event_sync + SYNC_EVERY - clock_ms());
}

static void
sync_due(evutil_socket_t fd, short what, void *arg)
{
	struct engine *engine = arg;
	struct server *server;

	(void)fd;
	(void)what;
	engine->event_sync = clock_ms();
	TAILQ_FOREACH(server, &engine->servers, entry) {
		if (!server->plan_only)
			dirty_catch_up(server);
	}
}
