/*
 * Reloading the configuration: all of it or nothing, and only those children
 * begin anew that are told something else by it.
 *
 * The engine is one of them whenever anything of a server or of the sync has
 * changed, rather than that it changed itself in place.  It can be ended at
 * any moment, and how it begins is how it begins after a crash, so that there
 * is nothing here that is done by a reload alone.
 */
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "log.h"
#include "message.h"
#include "parts.h"
#include "reload.h"

static void	say_problems(struct child *, uint32_t, char *);
static void	say_difference(struct child *, uint32_t,
		    const struct parts_difference *, const char *);
static void	say_empty(struct child *, enum message_type, uint32_t);
static void	take_over(struct processes *, const struct config *,
		    const struct config *, const struct parts_difference *);
static void	renew_fetchers(struct processes *, const struct config *,
		    const struct config *, struct child *);
static void	change_exporter(struct processes *, const struct config *,
		    bool);
static void	renew_if(struct child *, bool);
static void	say_renewed(struct child *, const char *);

void
reload(struct processes *processes, struct config **running, uint32_t request)
{
	struct child *engine = process_first(processes, ROLE_ENGINE);
	struct config_problems problems;
	struct parts_difference difference;
	struct config *before = *running, *config;
	char text[PARTS_TEXT_SIZE];

	config_problems_begin(&problems);
	config = config_reload(before, &problems.report);
	config_problems_end(&problems);
	say_problems(engine, request, problems.text);
	free(problems.text);
	if (config == NULL) {
		reload_refuse(processes, request, "the configuration is "
		    "wrong: nothing was changed");
		return;
	}
	parts_compare(before, config, &difference);
	parts_describe(&difference, text);
	log_info("configuration reloaded: %s", text);
	/* Whoever has the answer is served by the next engine from then on. */
	if (difference.engine)
		say_empty(engine, MESSAGE_REPLACED, request);
	say_difference(engine, request, &difference, text);
	answer_end(engine, request, NULL);
	*running = config;
	take_over(processes, before, config, &difference);
	config_free(before);
}

void
reload_refuse(struct processes *processes, uint32_t request, const char *why)
{
	log_warnx("reload: %s", why);
	answer_end(process_first(processes, ROLE_ENGINE), request, why);
}

/* Each line for itself, to the log and to who asks. */
static void
say_problems(struct child *engine, uint32_t request, char *problems)
{
	static struct message_row row;
	char *line;

	while ((line = config_problems_next(&problems)) != NULL) {
		log_warnx("%s", line);
		row_begin(&row, "problem");
		row_text(&row, "message", line);
		answer_row(engine, request, &row);
	}
}

static void
say_difference(struct child *engine, uint32_t request,
    const struct parts_difference *difference, const char *text)
{
	static struct message_row row;

	row_begin(&row, "reload");
	row_number(&row, "added", VALUE_NUMBER, (int64_t)difference->added);
	row_number(&row, "removed", VALUE_NUMBER,
	    (int64_t)difference->removed);
	row_number(&row, "changed", VALUE_NUMBER,
	    (int64_t)difference->changed);
	row_number(&row, "settings", VALUE_BOOL, difference->settings);
	row_text(&row, "text", text);
	answer_row(engine, request, &row);
}

static void
say_empty(struct child *engine, enum message_type type, uint32_t request)
{
	if (engine->channel == NULL)
		return;
	message_put_empty(channel_imsgbuf(engine->channel), type, request);
	channel_written(engine->channel);
}

/*
 * A link to a fetcher of a server that it does not know is nonsense to an
 * engine: so those that go do so before it begins anew, and those that come
 * do so after.  To the resolver it is as well, which begins anew before there
 * are new links to it.
 */
static void
take_over(struct processes *processes, const struct config *before,
    const struct config *after, const struct parts_difference *difference)
{
	struct child *engine = process_first(processes, ROLE_ENGINE);
	const struct config_server *server;

	if (difference->resolver)
		process_renew(process_first(processes, ROLE_RESOLVER));
	renew_fetchers(processes, before, after,
	    difference->engine ? NULL : engine);
	renew_if(engine, difference->engine);
	renew_if(process_first(processes, ROLE_LISTENER),
	    difference->listener);
	change_exporter(processes, after, difference->exporter);
	TAILQ_FOREACH(server, &after->servers, entry) {
		if (config_server_by_name(before, server->name) == NULL)
			process_start(process_add(processes, ROLE_FETCHER,
			    server->name));
	}
}

/* It comes, goes, or begins anew. */
static void
change_exporter(struct processes *processes, const struct config *after,
    bool is_other)
{
	struct child *exporter = process_first(processes, ROLE_EXPORTER);

	if (after->otlp_endpoint == NULL && exporter != NULL)
		process_remove(exporter);
	else if (after->otlp_endpoint != NULL && exporter == NULL)
		process_start(process_add(processes, ROLE_EXPORTER, ""));
	else
		renew_if(exporter, is_other);
}

/* Who waits, for a reload or for its time, begins anew in any case.  NULL is
 * fine. */
static void
renew_if(struct child *child, bool is_other)
{
	if (child != NULL && (is_other || child->pid == 0))
		process_renew(child);
}

/* An engine that goes on is told; another one begins by reading anyway. */
static void
renew_fetchers(struct processes *processes, const struct config *before,
    const struct config *after, struct child *engine)
{
	struct child *child, *next;

	for (child = process_first(processes, ROLE_FETCHER); child != NULL;
	    child = next) {
		next = process_next(child);
		if (config_server_by_name(after, child->name) == NULL)
			process_remove(child);
		else if (child->pid == 0 ||
		    !parts_same_fetcher(before, after, child->name)) {
			process_renew(child);
			say_renewed(engine, child->name);
		}
	}
}

static void
say_renewed(struct child *engine, const char *server)
{
	struct message_renewed message;

	if (engine == NULL || engine->channel == NULL)
		return;
	memset(&message, 0, sizeof(message));
	(void)strlcpy(message.server, server, sizeof(message.server));
	message_put_renewed(channel_imsgbuf(engine->channel), 0, &message);
	channel_written(engine->channel);
}
