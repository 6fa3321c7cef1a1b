/*
 * A pause: no round is begun or goes on, nothing is read and nothing is
 * written until somebody says so.  It is kept in the database, because who
 * has stopped a sync for a restored backup does not expect a reboot, or a
 * reload, to start it again.
 *
 * What is heard meanwhile (a live server's notices, the webhook) is no more
 * than a hint, and the full reading at the end finds all of it.
 */
#include "engine.h"
#include "log.h"

bool
engine_is_paused(const struct engine *engine)
{
	return engine->paused_since != 0;
}

void
pause_load(struct engine *engine)
{
	if (engine->options.dry_run)
		return;
	engine->paused_since = store_paused_since(engine->store);
	if (engine_is_paused(engine))
		log_info("syncing is paused, and stays so until "
		    "\"jellyporterctl resume\"");
}

void
pause_begin(struct engine *engine)
{
	engine->paused_since = engine_now();
	store_set_paused(engine->store, engine->paused_since);
	store_commit(engine->store);
	log_info("syncing is paused");
	monitor_engine(engine, "paused");
	control_paused(engine->control);
}

void
pause_end(struct engine *engine)
{
	engine->paused_since = 0;
	store_set_paused(engine->store, 0);
	store_commit(engine->store);
	log_info("syncing goes on");
	monitor_engine(engine, "resumed");
	sync_begin(engine, NULL, READING_FULL);
}

void
pause_refuse_once(struct engine *engine)
{
	struct message_once_done done = { 0 };
	struct server *server;

	log_warnx("syncing is paused: start jellyporterd, and give "
	    "\"jellyporterctl resume\"");
	TAILQ_FOREACH(server, &engine->servers, entry)
		done.failed++;
	message_put_once_done(channel_imsgbuf(engine->parent), 0, &done);
	channel_written(engine->parent);
}
