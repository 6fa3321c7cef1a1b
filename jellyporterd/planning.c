/*
 * Plans: a full sync on a copy of the database, with everything that a sync
 * does but the writing.  What is owed at its end is the plan.  The copy is
 * thrown away, so that a plan changes nothing anywhere.
 */
#include <string.h>
#include <sysexits.h>

#include "engine.h"
#include "log.h"

static void	begin(struct engine *);
static void	row_to_parent(void *, const struct message_row *);
static void	show_dry_run(struct engine *);

bool
planning_goes_on(const struct engine *engine)
{
	return engine->kept_store != NULL;
}

struct store *
planning_lasting_store(const struct engine *engine)
{
	return planning_goes_on(engine) ? engine->kept_store : engine->store;
}

void
planning_request(struct engine *engine)
{
	engine->plan_wanted = true;
	sync_changed(engine);
}

static void
begin(struct engine *engine)
{
	char error[ERROR_SIZE];
	struct store *copy;

	engine->plan_wanted = false;
	store_commit(engine->store);
	copy = store_open_copy(engine->options.database_path, error,
	    sizeof(error));
	if (copy == NULL) {
		log_warnx("plan: %s", error);
		control_plan_done(engine->control, error);
		return;
	}
	log_info("a plan is being made: everything is read, nothing written");
	engine->kept_store = engine->store;
	engine->store = copy;
	sync_begin(engine, NULL, READING_FULL);
}

void
planning_try(struct engine *engine)
{
	if (engine->plan_wanted && engine_is_quiet(engine))
		begin(engine);
}

static void
row_to_parent(void *arg, const struct message_row *row)
{
	struct engine *engine = arg;

	message_put_row(channel_imsgbuf(engine->parent), 0, row);
	channel_written(engine->parent);
}

static void
show_dry_run(struct engine *engine)
{
	struct copy_id copy;
	bool more;

	memset(&copy, 0, sizeof(copy));
	do {
		more = report_owed(engine, "", engine_now(), &copy,
		    row_to_parent, engine);
	} while (more);
}

void
planning_done(struct engine *engine)
{
	if (engine->options.dry_run)
		show_dry_run(engine);
	else
		control_plan_done(engine->control, NULL);
}

void
planning_end(struct engine *engine)
{
	struct server *server;

	if (!planning_goes_on(engine))
		return;
	store_close(engine->store);
	engine->store = engine->kept_store;
	engine->kept_store = NULL;
	/* What the copy learnt has to be learnt again. */
	TAILQ_FOREACH(server, &engine->servers, entry) {
		memset(&server->counts, 0, sizeof(server->counts));
		server->gap = true;
		if (server->plan_only)
			server->contacted = false;
	}
	sync_changed(engine);
}
