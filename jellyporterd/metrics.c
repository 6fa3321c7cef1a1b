/* What the engine counts, and says of itself in metrics. */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "engine.h"
#include "log.h"
#include "version.h"

#define SUMS_SHARE	100	/* counting may take one part in so many */

/* Codes of HTTP that say something by themselves; others by their class. */
static const struct {
	uint32_t	 status;
	const char	*name;
} codes[METRICS_CODES] = {
	{ 0, "none" },		/* no answer at all */
	{ 200, "200" }, { 204, "204" }, { 400, "400" }, { 401, "401" },
	{ 403, "403" }, { 404, "404" }, { 429, "429" }, { 500, "500" },
	{ 502, "502" }, { 503, "503" }, { 504, "504" },
	{ 2, "2xx" }, { 3, "3xx" }, { 4, "4xx" }, { 5, "5xx" }
};

static const char *const write_results[WRITE_RESULT_COUNT] = {
	[WRITE_DONE] = "done", [WRITE_CHANGED] = "changed",
	[WRITE_PLAYING] = "playing", [WRITE_MISSING] = "missing",
	[WRITE_FAILED] = "failed", [WRITE_NOT_SENT] = "not_sent"
};

static const char *const sync_results[2] = { "done", "failed" };

struct report {
	struct engine		*engine;
	metrics_put		*put;
	void			*arg;
	struct message_metric	 metric;	/* that is being said */
};

static size_t	 code_of(uint32_t);
static void	 add_counts(struct plan_counts *, const struct plan_counts *);
static void	 count_server(struct db *, struct server *);
static void	 count_sums(struct engine *);
static void	 put_value(struct report *, int64_t);
static void	 put_histogram(struct report *, const struct histogram *);
static void	 put_server_value(struct report *, enum metric,
		    const struct server *, int64_t);
static void	 report_state(struct report *, const struct server *);
static void	 report_sums(struct report *, const struct server *);
static void	 report_counts(struct report *, const struct server *);
static void	 report_results(struct report *, const struct server *);
static void	 report_http(struct report *, const struct server *);
static void	 report_database(struct report *);

/* Counting */

static size_t
code_of(uint32_t status)
{
	size_t i;

	for (i = 0; i < METRICS_CODES; i++) {
		if (codes[i].status == status)
			return i;
	}
	for (i = 0; i < METRICS_CODES; i++) {
		if (codes[i].status == status / 100)
			return i;
	}
	return 0;	/* 1xx is no answer, and beyond 5xx there is nothing */
}

static void
add_counts(struct plan_counts *sum, const struct plan_counts *counts)
{
	sum->heard += counts->heard;
	sum->written += counts->written;
	sum->conflicts += counts->conflicts;
	sum->failed += counts->failed;
	sum->kept += counts->kept;
}

void
metrics_sync_begins(struct server *server)
{
	add_counts(&server->metrics.counts, &server->counts);
}

void
metrics_sync_ended(struct server *server)
{
	if (engine_plans(server->engine))
		return;
	server->metrics.syncs[server->failed]++;
	histogram_add(&server->metrics.sync_durations, METRIC_SYNC_DURATION,
	    server->took_ms * 1000);
}

void
metrics_called(struct server *server, const struct message_called *called)
{
	struct histogram **histogram;

	histogram = &server->metrics.http[called->request - MESSAGE_CONTACT]
	    [code_of(called->status)];
	if (*histogram == NULL && (*histogram = calloc(1,
	    sizeof(**histogram))) == NULL)
		fatal("calloc");
	histogram_add(*histogram, METRIC_HTTP_DURATION, called->took);
}

int
metrics_heard(struct engine *engine, const struct message_metric *metric)
{
	enum webhook_result result = webhook_result_by_name(metric->labels[0]);

	if (metric->metric != METRIC_WEBHOOK_REQUESTS ||
	    result == WEBHOOK_RESULT_COUNT)
		return -1;
	engine->metrics.webhook[result] = metric->value;
	return 0;
}

static void
count_server(struct db *db, struct server *server)
{
	struct server_sums *sums = &server->metrics.sums;
	sqlite3_stmt *stmt;

	stmt = db_query(db, "SELECT items, unmatched, last_success,"
	    " failing_since FROM server WHERE id = ?", "i", server->id);
	if (db_row(db, stmt)) {
		sums->items = sqlite3_column_int64(stmt, 0);
		sums->unmatched = sqlite3_column_int64(stmt, 1);
		sums->last_success = sqlite3_column_int64(stmt, 2);
		sums->failing_since = sqlite3_column_int64(stmt, 3);
		db_done(stmt);
	}
	sums->owed = db_number(db, 0, "SELECT count(*) FROM endpoint AS e"
	    " JOIN copy AS c ON c.endpoint = e.id AND c.need = 1"
	    " AND c.need > 0 WHERE e.server = ? AND e.configured", "i",
	    server->id);
	sums->parked = db_number(db, 0, "SELECT count(*) FROM endpoint AS e"
	    " JOIN copy AS c ON c.endpoint = e.id AND c.need > 0"
	    " AND c.parked WHERE e.server = ? AND e.configured", "i",
	    server->id);
	sums->held = db_number(db, 0, "SELECT count(*) FROM endpoint AS e"
	    " JOIN held AS h ON h.endpoint = e.id AND h.state = 1"
	    " WHERE e.server = ? AND e.configured", "i", server->id);
}

/* Of the lasting database: a plan's copy shows what may never be. */
static void
count_sums(struct engine *engine)
{
	struct db *db = store_db(planning_lasting_store(engine));
	int64_t began = clock_us(), took;
	struct server *server;

	if (began < engine->metrics.next_sums)
		return;
	TAILQ_FOREACH(server, &engine->servers, entry)
		count_server(db, server);
	engine->metrics.works = db_number(db, 0, "SELECT works FROM total",
	    "");
	took = clock_us() - began;
	engine->metrics.next_sums = began + took * SUMS_SHARE;
}

/* Saying */

static void
put_value(struct report *report, int64_t value)
{
	report->metric.value = value;
	report->put(report->arg, &report->metric);
}

static void
put_histogram(struct report *report, const struct histogram *histogram)
{
	memcpy(report->metric.buckets, histogram->buckets,
	    sizeof(report->metric.buckets));
	put_value(report, histogram->sum);
}

static void
put_server_value(struct report *report, enum metric metric,
    const struct server *server, int64_t value)
{
	metric_begin(&report->metric, metric, server->name);
	put_value(report, value);
}

static void
report_state(struct report *report, const struct server *server)
{
	const struct server_sums *sums = &server->metrics.sums;

	put_server_value(report, METRIC_UP, server, server->link != NULL &&
	    sums->last_success != 0 && sums->failing_since == 0);
	put_server_value(report, METRIC_LAST_SUCCESS, server,
	    sums->last_success);
	put_server_value(report, METRIC_LIVE, server,
	    server->live == LIVE_UP);
}

static void
report_sums(struct report *report, const struct server *server)
{
	const struct server_sums *sums = &server->metrics.sums;

	put_server_value(report, METRIC_ITEMS, server, sums->items);
	put_server_value(report, METRIC_UNMATCHED_ITEMS, server,
	    sums->unmatched);
	put_server_value(report, METRIC_HELD, server, sums->held);
	put_server_value(report, METRIC_WRITES_OWED, server, sums->owed);
	put_server_value(report, METRIC_WRITES_PARKED, server, sums->parked);
}

static void
report_counts(struct report *report, const struct server *server)
{
	struct plan_counts counts = server->metrics.counts;

	/* What a plan counts has not happened; it is zero at its end. */
	if (!engine_plans(report->engine))
		add_counts(&counts, &server->counts);
	put_server_value(report, METRIC_OBSERVATIONS, server,
	    server->metrics.observations);
	put_server_value(report, METRIC_CHANGES, server, counts.heard);
	put_server_value(report, METRIC_CONFLICTS, server, counts.conflicts);
}

static void
report_results(struct report *report, const struct server *server)
{
	size_t i;

	for (i = 0; i < 2; i++) {
		metric_begin(&report->metric, METRIC_SYNCS, server->name,
		    sync_results[i]);
		put_value(report, server->metrics.syncs[i]);
	}
	metric_begin(&report->metric, METRIC_SYNC_DURATION, server->name);
	put_histogram(report, &server->metrics.sync_durations);
	for (i = 0; i < WRITE_RESULT_COUNT; i++) {
		metric_begin(&report->metric, METRIC_WRITES, server->name,
		    write_results[i]);
		put_value(report, server->metrics.writes[i]);
	}
}

static void
report_http(struct report *report, const struct server *server)
{
	const struct histogram *histogram;
	uint32_t request;
	size_t code;

	for (request = 0; request < METRICS_REQUESTS; request++) {
		for (code = 0; code < METRICS_CODES; code++) {
			histogram = server->metrics.http[request][code];
			if (histogram == NULL)
				continue;
			metric_begin(&report->metric, METRIC_HTTP_DURATION,
			    server->name, message_type_name(MESSAGE_CONTACT +
			    request), codes[code].name);
			put_histogram(report, histogram);
		}
	}
}

static void
report_database(struct report *report)
{
	struct store *store = planning_lasting_store(report->engine);
	struct db *db = store_db(store);

	metric_begin(&report->metric, METRIC_DATABASE_SIZE);
	put_value(report, db_number(db, 0, "PRAGMA page_count", "") *
	    db_number(db, 0, "PRAGMA page_size", ""));
	metric_begin(&report->metric, METRIC_QUERY_DURATION);
	put_histogram(report, db_durations(db));
	metric_begin(&report->metric, METRIC_COMMIT_DURATION);
	put_histogram(report, store_commits(store));
}

void
metrics_report(struct engine *engine, metrics_put *put, void *arg)
{
	struct report report = { .engine = engine, .put = put, .arg = arg };
	const struct server *server;
	unsigned int i;

	metric_begin(&report.metric, METRIC_BUILD, JELLYPORTER_VERSION);
	put_value(&report, 1);
	metric_begin(&report.metric, METRIC_ENGINE_UP);
	put_value(&report, 1);
	metric_begin(&report.metric, METRIC_ENGINE_START_TIME);
	put_value(&report, engine->started);
	for (i = 0; i < WEBHOOK_RESULT_COUNT; i++) {
		metric_begin(&report.metric, METRIC_WEBHOOK_REQUESTS,
		    webhook_result_name((enum webhook_result)i));
		put_value(&report, engine->metrics.webhook[i]);
	}
	metrics_report_processes(engine, put, arg);
	if (!engine->configured)
		return;
	metrics_ask_processes(engine);
	count_sums(engine);
	metric_begin(&report.metric, METRIC_WORKS);
	put_value(&report, engine->metrics.works);
	TAILQ_FOREACH(server, &engine->servers, entry) {
		/* One that only plans know of is neither up nor down. */
		if (!server->plan_only)
			report_state(&report, server);
		report_sums(&report, server);
		report_counts(&report, server);
		report_results(&report, server);
		report_http(&report, server);
	}
	report_database(&report);
}

static void
put_message(void *arg, const struct message_metric *metric)
{
	message_put_metric(channel_imsgbuf(arg), 0, metric);
}

void
metrics_send(struct engine *engine, struct channel *channel)
{
	metrics_report(engine, put_message, channel);
}
