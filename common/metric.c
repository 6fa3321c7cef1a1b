/* Which metrics there are, samples of them, and histograms. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "metric.h"

#define SECONDS		INT64_C(1000000)	/* in microseconds */

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))
#define BOUNDS(array)	.bounds = (array), .n_bounds = COUNT(array)

/* From a small request to a list of a million items. */
static const int64_t request_bounds[] = {
	5000, 10000, 25000, 50000, 100000, 250000, 500000, SECONDS,
	2500000, 10 * SECONDS, 30 * SECONDS, 120 * SECONDS, 900 * SECONDS
};

static const int64_t sync_bounds[] = {
	100000, 250000, 500000, SECONDS, 2500000, 5 * SECONDS, 10 * SECONDS,
	30 * SECONDS, 60 * SECONDS, 300 * SECONDS, 900 * SECONDS,
	3600 * SECONDS
};

static const int64_t query_bounds[] = {
	10, 25, 50, 100, 250, 500, 1000, 10000, 100000, SECONDS, 10 * SECONDS
};

static const int64_t commit_bounds[] = {
	100, 500, 1000, 5000, 10000, 25000, 50000, 100000, 500000, SECONDS,
	5 * SECONDS
};

_Static_assert(COUNT(request_bounds) < METRIC_BUCKETS_MAX &&
    COUNT(sync_bounds) < METRIC_BUCKETS_MAX &&
    COUNT(query_bounds) < METRIC_BUCKETS_MAX &&
    COUNT(commit_bounds) < METRIC_BUCKETS_MAX,
    "there is room for the rest behind the last bound");

static const struct metric_family families[METRIC_COUNT] = {
	[METRIC_BUILD] = { "jellyporter_build", METRIC_INFO, NULL, 1,
	    { "version" }, .help = "The version that runs." },
	[METRIC_ENGINE_UP] = { "jellyporter_engine_up", METRIC_GAUGE, NULL, 1,
	    .help = "Whether the engine answers; if not, nearly all of the "
	    "others are missing." },
	[METRIC_ENGINE_START_TIME] = {
	    "jellyporter_engine_start_time_seconds", METRIC_GAUGE, "seconds",
	    1, .help = "When the engine was started; counters begin there." },
	[METRIC_UP] = { "jellyporter_up", METRIC_GAUGE, NULL, 1,
	    { "server" }, .help = "Whether the last attempt to sync with the "
	    "server went well and its fetcher runs." },
	[METRIC_LAST_SUCCESS] = {
	    "jellyporter_last_success_timestamp_seconds", METRIC_GAUGE,
	    "seconds", 1, { "server" }, .help = "When a reading of the server "
	    "last came to its end; 0 for never." },
	[METRIC_LIVE] = { "jellyporter_live_connected", METRIC_GAUGE, NULL, 1,
	    { "server" }, .help = "Whether the server tells of changes at "
	    "once, over its WebSocket." },
	[METRIC_SYNCS] = { "jellyporter_syncs", METRIC_COUNTER, NULL, 1,
	    { "server", "result" }, .help = "Syncs that have ended." },
	[METRIC_SYNC_DURATION] = { "jellyporter_sync_duration_seconds",
	    METRIC_HISTOGRAM, "seconds", SECONDS, { "server" },
	    BOUNDS(sync_bounds), .help = "How long syncs took." },
	[METRIC_ITEMS] = { "jellyporter_items", METRIC_GAUGE, NULL, 1,
	    { "server" }, .help = "Movies and episodes on the server, as of "
	    "the last sync." },
	[METRIC_UNMATCHED_ITEMS] = { "jellyporter_unmatched_items",
	    METRIC_GAUGE, NULL, 1, { "server" }, .help = "Items that are "
	    "on no other server, or cannot be told apart." },
	[METRIC_WORKS] = { "jellyporter_works", METRIC_GAUGE, NULL, 1,
	    .help = "Different movies and episodes on all servers." },
	[METRIC_OBSERVATIONS] = { "jellyporter_observations", METRIC_COUNTER,
	    NULL, 1, { "server" }, .help = "User data of single items that "
	    "was read." },
	[METRIC_CHANGES] = { "jellyporter_changes", METRIC_COUNTER, NULL, 1,
	    { "server" }, .help = "Changes of people's that were heard." },
	[METRIC_CONFLICTS] = { "jellyporter_conflicts", METRIC_COUNTER, NULL,
	    1, { "server" }, .help = "Changes in which something was lost." },
	[METRIC_HELD] = { "jellyporter_held_changes", METRIC_GAUGE, NULL, 1,
	    { "server" }, .help = "Changes that wait to be approved or "
	    "discarded." },
	[METRIC_WRITES] = { "jellyporter_writes", METRIC_COUNTER, NULL, 1,
	    { "server", "result" }, .help = "Writes that were tried, by what "
	    "came of them." },
	[METRIC_WRITES_OWED] = { "jellyporter_owed_writes", METRIC_GAUGE,
	    NULL, 1, { "server" }, .help = "Writes that are owed." },
	[METRIC_WRITES_PARKED] = { "jellyporter_parked_writes", METRIC_GAUGE,
	    NULL, 1, { "server" }, .help = "Owed writes to items that do "
	    "not answer to their id." },
	[METRIC_WEBHOOK_REQUESTS] = { "jellyporter_webhook_requests",
	    METRIC_COUNTER, NULL, 1, { "result" }, .apart = true,
	    .help = "Requests to the webhook, by what came of them." },
	[METRIC_HTTP_DURATION] = { "jellyporter_http_request_duration_seconds",
	    METRIC_HISTOGRAM, "seconds", SECONDS,
	    { "server", "endpoint", "code" }, BOUNDS(request_bounds),
	    .help = "How long requests to the server took." },
	[METRIC_DATABASE_SIZE] = { "jellyporter_database_size_bytes",
	    METRIC_GAUGE, "bytes", 1, .help = "The database, without its "
	    "write-ahead log." },
	[METRIC_QUERY_DURATION] = {
	    "jellyporter_database_query_duration_seconds", METRIC_HISTOGRAM,
	    "seconds", SECONDS, BOUNDS(query_bounds), .help = "How long a step "
	    "of a query took, of one step in 64." },
	[METRIC_COMMIT_DURATION] = {
	    "jellyporter_database_commit_duration_seconds", METRIC_HISTOGRAM,
	    "seconds", SECONDS, BOUNDS(commit_bounds), .help = "How long "
	    "commits took." },
	[METRIC_PROCESS_RESTARTS] = { "jellyporter_process_restarts",
	    METRIC_COUNTER, NULL, 1, { "role", "server" }, .apart = true,
	    .help = "How often a process had to be started again." },
	[METRIC_PROCESS_MEMORY] = {
	    "jellyporter_process_resident_memory_bytes", METRIC_GAUGE,
	    "bytes", 1, { "role", "server" }, .help = "What a process had in "
	    "memory when the metrics were last asked for." }
};

static const char *const webhook_results[WEBHOOK_RESULT_COUNT] = {
	[WEBHOOK_RESULT_EVENT] = "event",
	[WEBHOOK_RESULT_SYNC] = "sync",
	[WEBHOOK_RESULT_NOTHING] = "nothing",
	[WEBHOOK_RESULT_UNAUTHORIZED] = "unauthorized",
	[WEBHOOK_RESULT_METHOD] = "method",
	[WEBHOOK_RESULT_UNAVAILABLE] = "unavailable"
};

static const char *const type_names[METRIC_TYPE_COUNT] = {
	[METRIC_GAUGE] = "gauge", [METRIC_COUNTER] = "counter",
	[METRIC_HISTOGRAM] = "histogram", [METRIC_INFO] = "info"
};

const char *
metric_type_name(enum metric_type type)
{
	return type_names[type];
}

void
metric_name(char name[METRIC_NAME_SIZE], enum metric metric)
{
	const struct metric_family *family = &families[metric];

	(void)strlcpy(name, family->name, METRIC_NAME_SIZE);
	if (family->type == METRIC_COUNTER)
		(void)strlcat(name, "_total", METRIC_NAME_SIZE);
	else if (family->type == METRIC_INFO)
		(void)strlcat(name, "_info", METRIC_NAME_SIZE);
}

const struct metric_family *
metric_family(enum metric metric)
{
	return &families[metric];
}

size_t
metric_labels(enum metric metric)
{
	size_t n = 0;

	while (n < METRIC_LABELS_MAX && families[metric].labels[n] != NULL)
		n++;
	return n;
}

const char *
webhook_result_name(enum webhook_result result)
{
	return webhook_results[result];
}

enum webhook_result
webhook_result_by_name(const char *name)
{
	unsigned int i;

	for (i = 0; i < WEBHOOK_RESULT_COUNT; i++) {
		if (strcmp(webhook_results[i], name) == 0)
			break;
	}
	return (enum webhook_result)i;
}

void
histogram_add(struct histogram *histogram, enum metric metric, int64_t us)
{
	const struct metric_family *family = &families[metric];
	size_t i;

	for (i = 0; i < family->n_bounds && us > family->bounds[i]; i++)
		;
	histogram->buckets[i]++;
	histogram->sum += us;
}

void
metric_begin(struct message_metric *m, enum metric metric, ...)
{
	size_t i, n = metric_labels(metric);
	va_list ap;

	memset(m, 0, sizeof(*m));
	m->metric = metric;
	va_start(ap, metric);
	for (i = 0; i < n; i++) {
		if (strlcpy(m->labels[i], va_arg(ap, const char *),
		    sizeof(m->labels[i])) >= sizeof(m->labels[i]))
			fatalx("%s: too long a label", families[metric].name);
	}
	va_end(ap);
}

void
metrics_init(struct metrics *metrics)
{
	size_t i;

	for (i = 0; i < METRIC_COUNT; i++)
		STAILQ_INIT(&metrics->families[i]);
}

void
metrics_add(struct metrics *metrics, const struct message_metric *metric)
{
	struct metric_sample *sample;

	if ((sample = malloc(sizeof(*sample))) == NULL)
		fatal("malloc");
	sample->metric = *metric;
	STAILQ_INSERT_TAIL(&metrics->families[metric->metric], sample, entry);
}

void
metrics_clear(struct metrics *metrics)
{
	struct metric_samples *family;
	struct metric_sample *sample;
	size_t i;

	for (i = 0; i < METRIC_COUNT; i++) {
		family = &metrics->families[i];
		while ((sample = STAILQ_FIRST(family)) != NULL) {
			STAILQ_REMOVE_HEAD(family, entry);
			free(sample);
		}
	}
}
