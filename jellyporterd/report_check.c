/*
 * What a check has found, in words: of each server whether it is in order, and
 * of everything that is not what helps against it.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine.h"
#include "text.h"

#define SLOW		2000	/* ms, for its name and version */
#define SKEW		30	/* seconds; status tells of it from there, too */
#define NO_IDS_FEWEST	10	/* items, and */
#define NO_IDS_PART	5	/* one of so many, or all there are */

/* After the troubles of a request, which are findings by the same numbers. */
enum finding {
	FINDING_USER = TROUBLE_COUNT,
	FINDING_RENAMED,
	FINDING_DISABLED,
	FINDING_FOLDERS,
	FINDING_TWIN,
	FINDING_CLOCK,
	FINDING_SLOW,
	FINDING_IDS,
	FINDING_HELD,
	FINDING_ALONE,
	FINDING_PAUSED,
	FINDING_EXPORT,		/* and what is meant by each result */
	FINDING_COUNT = FINDING_EXPORT + EXPORT_RESULT_COUNT
};

/* Where a remedy has SERVER, the server's name is put. */
#define SERVER	"%"

static const struct {
	const char	*name;
	bool		 error;		/* else a warning */
	const char	*remedy;
} findings[FINDING_COUNT] = {
	[TROUBLE_OTHER] = { "failed", true,
	    "see the logs of Jellyfin on " SERVER " and of jellyporterd" },
	[TROUBLE_NAME] = { "name", true,
	    "correct the name in the url of " SERVER ", or the name server of "
	    "this machine" },
	[TROUBLE_REFUSED] = { "refused", true,
	    "start Jellyfin on " SERVER ", or correct host and port in its "
	    "url" },
	[TROUBLE_CONNECTION] = { "connection", true,
	    "see whether the machine of " SERVER " is on, and whether a firewall "
	    "keeps us from the port in its url" },
	[TROUBLE_TLS] = { "tls", true,
	    "begin the url of " SERVER " with http:// if no TLS is spoken "
	    "there, or correct its port" },
	[TROUBLE_CERTIFICATE] = { "certificate", true,
	    "name the authority's certificate in tls.ca_file of " SERVER ", and "
	    "use the name in its url that its certificate is for" },
	[TROUBLE_TIMEOUT] = { "timeout", true,
	    "see the log of Jellyfin on " SERVER ", which hangs or has too much "
	    "to do, and start it again if that does not pass" },
	[TROUBLE_STARTING] = { "starting", true,
	    "wait until " SERVER " has started, and check again" },
	[TROUBLE_URL] = { "url", true,
	    "correct the url of " SERVER ": the address in a browser's bar up "
	    "to /web, with the base path if there is one" },
	[TROUBLE_VERSION] = { "version", true,
	    "update Jellyfin on " SERVER ", or jellyporter if Jellyfin is the "
	    "newer one" },
	[TROUBLE_KEY] = { "key", true,
	    "make a key in the dashboard of " SERVER " (API Keys), put it into "
	    "its api_key or api_key_file, and reload" },
	[TROUBLE_FORBIDDEN] = { "forbidden", true,
	    "let the proxy before " SERVER " pass requests of this machine, "
	    "without a password of its own" },
	[TROUBLE_LIBRARY] = { "library", true,
	    "correct the libraries of " SERVER " in the configuration, and "
	    "reload" },
	[FINDING_USER] = { "user", true,
	    "correct the user's name on " SERVER " in the configuration, and "
	    "reload" },
	[FINDING_RENAMED] = { "renamed", false,
	    "put the new name on " SERVER " into the configuration, and "
	    "reload" },
	[FINDING_DISABLED] = { "disabled", false,
	    "enable the user in the dashboard of " SERVER ", or take it out of "
	    "the configuration" },
	[FINDING_FOLDERS] = { "folders", true,
	    "give the user access to libraries in the dashboard of " SERVER
	    " (Users, Access)" },
	[FINDING_TWIN] = { "twin", false,
	    "if it is one server, take " SERVER " or the other one out of the "
	    "configuration; if one is a copy, stop that one, delete its "
	    "data/device.txt, and start it again" },
	[FINDING_CLOCK] = { "clock", false,
	    "set the clocks of " SERVER " and of this machine by NTP, or the "
	    "later of two plays may lose" },
	[FINDING_SLOW] = { "slow", false,
	    "see what keeps " SERVER " busy; raise its timeout_secs if it fails "
	    "for that" },
	[FINDING_IDS] = { "ids", false,
	    "identify them on " SERVER ", or enable a metadata provider of their "
	    "library and refresh its metadata" },
	[FINDING_HELD] = { "held", false,
	    "see those of " SERVER " by \"jellyporterctl show held\", then "
	    "approve or discard them" },
	[FINDING_ALONE] = { "alone", false,
	    "name this person's user on another server, in users, and reload; "
	    "nothing is synced without" },
	[FINDING_PAUSED] = { "paused", false,
	    "let it go on by \"jellyporterctl resume\"" },
	[FINDING_EXPORT + EXPORT_PARTLY] = { "telemetry", false,
	    "see the log of what receives them" },
	[FINDING_EXPORT + EXPORT_UNREACHABLE] = { "telemetry", false,
	    "start what receives them, or correct telemetry.otlp_endpoint "
	    "(and tls beside it)" },
	[FINDING_EXPORT + EXPORT_REFUSED] = { "telemetry", false,
	    "correct telemetry.headers, which are to say who we are" },
	[FINDING_EXPORT + EXPORT_UNEXPECTED] = { "telemetry", false,
	    "correct telemetry.otlp_endpoint: where OTLP over HTTP is taken, "
	    "mostly port 4318, without /v1/metrics" }
};

struct findings {
	report_row	*put;
	void		*arg;
	const char	*server;	/* that they are of, or "" */
	size_t		 errors;
	size_t		 warnings;
};

static void	find(struct findings *, enum finding, const char *,
		    const char *, ...)
		    __attribute__((__format__(printf, 4, 5)));
static void	describe_remedy(char [ERROR_SIZE], const char *, const char *);
static void	find_answer(struct findings *, const struct server *);
static void	find_users(struct findings *, const struct server *);
static void	find_twin(struct findings *, struct server *);
static void	find_items(struct findings *, struct server *);
static void	find_people(struct findings *, struct engine *);
static void	find_pause(struct findings *, const struct engine *);
static void	find_export(struct findings *, const struct engine *);
static void	put_server(struct findings *, struct server *);

/* person may be "". */
static void
find(struct findings *found, enum finding finding, const char *person,
    const char *format, ...)
{
	char text[2 * ERROR_SIZE], safe[ERROR_SIZE], remedy[ERROR_SIZE];
	struct message_row row;
	va_list ap;

	va_start(ap, format);
	if (vsnprintf(text, sizeof(text), format, ap) < 0)
		text[0] = '\0';
	va_end(ap);
	(void)text_copy(safe, sizeof(safe), text);
	if (findings[finding].error)
		found->errors++;
	else
		found->warnings++;
	row_begin(&row, "finding");
	row_text(&row, "server", found->server);
	row_text(&row, "person", person);
	row_text(&row, "severity", findings[finding].error ? "error" :
	    "warning");
	row_text(&row, "finding", findings[finding].name);
	row_text(&row, "text", safe);
	describe_remedy(remedy, findings[finding].remedy, found->server);
	row_text(&row, "remedy", remedy);
	found->put(found->arg, &row);
}

static void
describe_remedy(char remedy[ERROR_SIZE], const char *text, const char *server)
{
	const char *rest = strstr(text, SERVER);

	if (rest == NULL)
		(void)text_copy(remedy, ERROR_SIZE, text);
	else
		(void)snprintf(remedy, ERROR_SIZE, "%.*s%s%s",
		    (int)(rest - text), text, server, rest + strlen(SERVER));
}

static void
find_answer(struct findings *found, const struct server *server)
{
	const struct server_check *check = &server->check;
	const struct message_server_info *info = &check->info;
	int64_t skew = info->clock_skew;

	if (check->result.result != REQUEST_OK)
		find(found, check->result.trouble == TROUBLE_NONE ?
		    (enum finding)TROUBLE_OTHER :
		    (enum finding)check->result.trouble, "", "%s",
		    check->result.error);
	if (!check->has_info)
		return;
	if (skew >= SKEW || skew <= -SKEW)
		find(found, FINDING_CLOCK, "", "its clock is %" PRId64 " s %s "
		    "ours", skew < 0 ? -(skew + 1) + 1 : skew,
		    skew < 0 ? "behind" : "ahead of");
	if (info->took >= SLOW)
		find(found, FINDING_SLOW, "", "it takes %u.%u s to say its "
		    "name", info->took / 1000, info->took / 100 % 10);
}

static void
find_users(struct findings *found, const struct server *server)
{
	const struct endpoint *endpoint;
	const struct endpoint_check *check;

	if (server->check.result.result != REQUEST_OK)
		return;			/* it may not have come to them */
	TAILQ_FOREACH(endpoint, &server->endpoints, entry) {
		check = &endpoint->check;
		if (!check->present)
			find(found, FINDING_USER, endpoint->person, "user %s "
			    "is not on this server; it knows: %s",
			    endpoint->user, server->check.users);
		if (check->called[0] != '\0')
			find(found, FINDING_RENAMED, endpoint->person,
			    "user %s is now called %s there", endpoint->user,
			    check->called);
		if (check->disabled)
			find(found, FINDING_DISABLED, endpoint->person,
			    "user %s is disabled there", endpoint->user);
		if (check->no_folders)
			find(found, FINDING_FOLDERS, endpoint->person,
			    "user %s may see no library there",
			    endpoint->user);
	}
}

static void
find_twin(struct findings *found, struct server *server)
{
	const struct server_check *check = &server->check;
	struct server *other;

	TAILQ_FOREACH(other, &server->engine->servers, entry) {
		if (other != server && check->has_info &&
		    other->check.has_info && jellyfin_id_equal(
		    &other->check.info.id, &check->info.id))
			find(found, FINDING_TWIN, "", "it has the same server "
			    "id as %s", other->name);
	}
}

/* As they were last read. */
static void
find_items(struct findings *found, struct server *server)
{
	struct db *db = store_db(server->engine->store);
	int64_t held, items, bare;

	items = db_number(db, 0, "SELECT count(*) FROM item WHERE server = ?1"
	    " AND gone_since = 0 AND listed IS NULL AND kind != ?2", "ii",
	    server->id, (int64_t)ITEM_EPISODE);
	bare = db_number(db, 0, "SELECT count(*) FROM item WHERE server = ?1"
	    " AND gone_since = 0 AND listed IS NULL AND kind != ?2"
	    " AND ids = ''", "ii", server->id, (int64_t)ITEM_EPISODE);
	if (bare > 0 && (bare == items || (bare >= NO_IDS_FEWEST &&
	    bare * NO_IDS_PART >= items)))
		find(found, FINDING_IDS, "", "%" PRId64 " of %" PRId64 " "
		    "movies and series %s no provider ids to be matched by",
		    bare, items, bare == 1 ? "has" : "have");
	held = db_number(db, 0, "SELECT count(*) FROM endpoint AS e"
	    " JOIN held AS h ON h.endpoint = e.id AND h.state = 1"
	    " WHERE e.server = ? AND e.configured", "i", server->id);
	if (held > 0)
		find(found, FINDING_HELD, "", "%" PRId64 " %s for a word",
		    held, held == 1 ? "change that takes something back waits" :
		    "changes that take something back wait");
}

static void
find_people(struct findings *found, struct engine *engine)
{
	struct db *db = store_db(engine->store);
	sqlite3_stmt *stmt;

	stmt = db_query(db, "SELECT p.name, min(s.name) FROM person AS p"
	    " JOIN endpoint AS e ON e.person = p.id AND e.configured"
	    " JOIN server AS s ON s.id = e.server GROUP BY p.id"
	    " HAVING count(DISTINCT e.server) = 1 ORDER BY p.name", "");
	while (db_row(db, stmt))
		find(found, FINDING_ALONE, db_text(stmt, 0), "%s is only on "
		    "%s", db_text(stmt, 0), db_text(stmt, 1));
}

static void
find_pause(struct findings *found, const struct engine *engine)
{
	char since[TEXT_TIME_SIZE];

	if (!engine_is_paused(engine))
		return;
	text_time_utc(since, sizeof(since), engine->paused_since);
	find(found, FINDING_PAUSED, "", "syncing is paused since %s", since);
}

/* The metrics are nobody's but ours: all else goes on without. */
static void
find_export(struct findings *found, const struct engine *engine)
{
	if (engine->exported.result != EXPORT_DONE)
		find(found, (enum finding)((unsigned int)FINDING_EXPORT +
		    engine->exported.result), "", "the metrics: %s",
		    engine->exported.error);
}

/* Its findings, and then what they come to. */
static void
put_server(struct findings *found, struct server *server)
{
	const struct server_check *check = &server->check;
	size_t errors = found->errors, warnings = found->warnings;
	struct message_row row;

	found->server = server->name;
	find_answer(found, server);
	find_users(found, server);
	find_twin(found, server);
	find_items(found, server);
	found->server = "";
	row_begin(&row, "check");
	row_text(&row, "server", server->name);
	row_text(&row, "result", found->errors > errors ? "error" :
	    found->warnings > warnings ? "warning" : "ok");
	row_text(&row, "version", check->has_info ? check->info.version : "");
	if (check->has_info)
		row_number(&row, "milliseconds", VALUE_NUMBER,
		    check->info.took);
	else
		row_none(&row, "milliseconds");
	found->put(found->arg, &row);
}

size_t
report_check(struct engine *engine, const char *only, report_row *put,
    void *arg)
{
	struct findings found = { .put = put, .arg = arg, .server = "" };
	struct server *server;

	TAILQ_FOREACH(server, &engine->servers, entry) {
		if (only[0] == '\0' || strcmp(server->name, only) == 0)
			put_server(&found, server);
	}
	find_people(&found, engine);
	find_pause(&found, engine);
	find_export(&found, engine);
	return found.errors;
}
