/*
 * Metrics as OTLP in JSON: against a document that was written by the
 * specification, metric by metric of the table, and what an answer says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <json-c/json.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "otlp.h"
#include "version.h"

#define NOW	INT64_C(1772388249123456789)

static void
add(struct metrics *metrics, struct message_metric *metric, int64_t value)
{
	metric->value = value;
	metrics_add(metrics, metric);
}

static void
test_golden(void **state)
{
	static const char golden[] =
	    "{\"resourceMetrics\":[{\"resource\":{\"attributes\":["
	    "{\"key\":\"service.name\",\"value\":{\"stringValue\":"
	    "\"jellyporter\"}},{\"key\":\"service.version\",\"value\":{"
	    "\"stringValue\":\"" JELLYPORTER_VERSION "\"}},"
	    "{\"key\":\"service.instance.id\",\"value\":{\"stringValue\":"
	    "\"host.example\"}}]},\"scopeMetrics\":[{\"scope\":{\"name\":"
	    "\"jellyporter\",\"version\":\"" JELLYPORTER_VERSION "\"},"
	    "\"metrics\":["
	    /* Nothing of a gauge begins. */
	    "{\"name\":\"jellyporter_build_info\",\"description\":"
	    "\"The version that runs.\",\"gauge\":{\"dataPoints\":[{"
	    "\"attributes\":[{\"key\":\"version\",\"value\":{"
	    "\"stringValue\":\"1/2\\\"\"}}],"
	    "\"timeUnixNano\":\"1772388249123456789\",\"asInt\":\"1\"}]}},"
	    "{\"name\":\"jellyporter_engine_start_time_seconds\","
	    "\"description\":\"When the engine was started; counters begin "
	    "there.\",\"unit\":\"s\",\"gauge\":{\"dataPoints\":[{"
	    "\"attributes\":[],\"timeUnixNano\":\"1772388249123456789\","
	    "\"asInt\":\"1772380000\"}]}},"
	    /* A counter, of two servers. */
	    "{\"name\":\"jellyporter_changes_total\",\"description\":"
	    "\"Changes of people's that were heard.\",\"sum\":{"
	    "\"dataPoints\":[{\"attributes\":[{\"key\":\"server\",\"value\":{"
	    "\"stringValue\":\"attic\"}}],"
	    "\"startTimeUnixNano\":\"1772380000000000000\","
	    "\"timeUnixNano\":\"1772388249123456789\",\"asInt\":"
	    "\"9223372036854775807\"},{\"attributes\":[{\"key\":\"server\","
	    "\"value\":{\"stringValue\":\"d\xc3\xa9n\"}}],"
	    "\"startTimeUnixNano\":\"1772380000000000000\","
	    "\"timeUnixNano\":\"1772388249123456789\",\"asInt\":\"0\"}],"
	    "\"aggregationTemporality\":2,\"isMonotonic\":true}},"
	    /* A histogram. */
	    "{\"name\":\"jellyporter_database_commit_duration_seconds\","
	    "\"description\":\"How long commits took.\",\"unit\":\"s\","
	    "\"histogram\":{\"dataPoints\":[{\"attributes\":[],"
	    "\"startTimeUnixNano\":\"1772380000000000000\","
	    "\"timeUnixNano\":\"1772388249123456789\",\"count\":\"3\","
	    "\"sum\":6.000201,\"bucketCounts\":[\"1\",\"1\",\"0\",\"0\","
	    "\"0\",\"0\",\"0\",\"0\",\"0\",\"0\",\"0\",\"1\"],"
	    "\"explicitBounds\":[0.0001,0.0005,0.001,0.005,0.01,0.025,0.05,"
	    "0.1,0.5,1,5]}],\"aggregationTemporality\":2}},"
	    /* A counter that began elsewhere; an empty label is none. */
	    "{\"name\":\"jellyporter_process_restarts_total\","
	    "\"description\":\"How often a process had to be started "
	    "again.\",\"sum\":{\"dataPoints\":[{\"attributes\":[{\"key\":"
	    "\"role\",\"value\":{\"stringValue\":\"engine\"}}],"
	    "\"timeUnixNano\":\"1772388249123456789\",\"asInt\":\"2\"}],"
	    "\"aggregationTemporality\":2,\"isMonotonic\":true}},"
	    "{\"name\":\"jellyporter_process_resident_memory_bytes\","
	    "\"description\":\"What a process had in memory when the metrics "
	    "were last asked for.\",\"unit\":\"By\",\"gauge\":{"
	    "\"dataPoints\":[{\"attributes\":[{\"key\":\"role\",\"value\":{"
	    "\"stringValue\":\"engine\"}}],\"timeUnixNano\":"
	    "\"1772388249123456789\",\"asInt\":\"4096\"}]}}"
	    "]}]}]}";
	struct histogram histogram = { 0 };
	struct message_metric metric;
	struct metrics metrics;
	char *text;

	(void)state;
	histogram_add(&histogram, METRIC_COMMIT_DURATION, 100);
	histogram_add(&histogram, METRIC_COMMIT_DURATION, 101);
	histogram_add(&histogram, METRIC_COMMIT_DURATION, 6000000);
	metrics_init(&metrics);
	metric_begin(&metric, METRIC_BUILD, "1/2\"");
	add(&metrics, &metric, 1);
	metric_begin(&metric, METRIC_ENGINE_START_TIME);
	add(&metrics, &metric, 1772380000);
	metric_begin(&metric, METRIC_CHANGES, "attic");
	add(&metrics, &metric, INT64_MAX);
	metric_begin(&metric, METRIC_CHANGES, "d\xc3\xa9n");
	add(&metrics, &metric, 0);
	metric_begin(&metric, METRIC_COMMIT_DURATION);
	memcpy(metric.buckets, histogram.buckets, sizeof(metric.buckets));
	add(&metrics, &metric, histogram.sum);
	metric_begin(&metric, METRIC_PROCESS_RESTARTS, "engine", "");
	add(&metrics, &metric, 2);
	metric_begin(&metric, METRIC_PROCESS_MEMORY, "engine", "");
	add(&metrics, &metric, 4096);
	text = otlp_metrics(&metrics, "host.example", NOW);
	assert_string_equal(text, golden);
	free(text);
	metrics_clear(&metrics);
}

/* Without the engine nobody knows when it began; and without a name of the
 * machine there is no instance. */
static void
test_alone(void **state)
{
	struct message_metric metric;
	struct metrics metrics;
	char *text;

	(void)state;
	metrics_init(&metrics);
	metric_begin(&metric, METRIC_CHANGES, "attic");
	add(&metrics, &metric, 1);
	text = otlp_metrics(&metrics, "", NOW);
	assert_non_null(strstr(text, "\"asInt\":\"1\""));
	assert_null(strstr(text, "startTimeUnixNano"));
	assert_null(strstr(text, "instance"));
	free(text);
	metrics_clear(&metrics);
}

static struct json_object *
child(struct json_object *object, const char *name)
{
	struct json_object *value;

	assert_true(json_object_object_get_ex(object, name, &value));
	if (json_object_is_type(value, json_type_array)) {
		assert_int_equal(json_object_array_length(value), 1);
		value = json_object_array_get_idx(value, 0);
	}
	return value;
}

/* Every metric that there is has the form of its kind. */
static void
test_each(void **state)
{
	static const char *const forms[METRIC_TYPE_COUNT] = {
		[METRIC_GAUGE] = "gauge", [METRIC_COUNTER] = "sum",
		[METRIC_HISTOGRAM] = "histogram", [METRIC_INFO] = "gauge"
	};
	struct json_object *object, *metric_object, *data, *unit;
	const struct metric_family *family;
	struct message_metric metric;
	char name[METRIC_NAME_SIZE], *text;
	struct metrics metrics;
	unsigned int i;

	(void)state;
	for (i = 0; i < METRIC_COUNT; i++) {
		family = metric_family((enum metric)i);
		metrics_init(&metrics);
		metric_begin(&metric, (enum metric)i, "a", "b", "c");
		add(&metrics, &metric, 7);
		text = otlp_metrics(&metrics, "x", NOW);
		assert_non_null(object = json_tokener_parse(text));
		metric_object = child(child(child(object, "resourceMetrics"),
		    "scopeMetrics"), "metrics");
		metric_name(name, (enum metric)i);
		assert_string_equal(json_object_get_string(child(
		    metric_object, "name")), name);
		assert_int_equal(json_object_object_get_ex(metric_object,
		    "unit", &unit), family->unit != NULL);
		data = child(metric_object, forms[family->type]);
		assert_int_equal(json_object_object_length(data),
		    family->type == METRIC_COUNTER ? 3 :
		    family->type == METRIC_HISTOGRAM ? 2 : 1);
		json_object_put(object);
		free(text);
		metrics_clear(&metrics);
	}
}

/* The listener and the parent count from their own beginning on, which nobody is
 * told; all else that is counted began with the engine, and says so. */
static bool
begins_apart(enum metric metric)
{
	return metric == METRIC_WEBHOOK_REQUESTS ||
	    metric == METRIC_PROCESS_RESTARTS;
}

static bool
is_counted(enum metric metric)
{
	enum metric_type type = metric_family(metric)->type;

	return type == METRIC_COUNTER || type == METRIC_HISTOGRAM;
}

static void
test_beginning(void **state)
{
	struct message_metric metric;
	struct metrics metrics;
	unsigned int i;
	char *text;
	bool said;

	(void)state;
	for (i = 0; i < METRIC_COUNT; i++) {
		if (i == METRIC_ENGINE_START_TIME)
			continue;
		metrics_init(&metrics);
		metric_begin(&metric, METRIC_ENGINE_START_TIME);
		add(&metrics, &metric, 1772380000);
		metric_begin(&metric, (enum metric)i, "a", "b", "c");
		add(&metrics, &metric, 7);
		text = otlp_metrics(&metrics, "x", NOW);
		said = strstr(text, "\"startTimeUnixNano\":"
		    "\"1772380000000000000\"") != NULL;
		if (said != (is_counted((enum metric)i) &&
		    !begins_apart((enum metric)i)))
			fail_msg("%s: its beginning is %ssaid",
			    metric_family((enum metric)i)->name,
			    said ? "" : "not ");
		assert_int_equal(metric_family((enum metric)i)->apart,
		    begins_apart((enum metric)i));
		free(text);
		metrics_clear(&metrics);
	}
}

static void
test_rejected(void **state)
{
	static const struct {
		const char	*body;
		int64_t		 rejected;
		const char	*why;
	} answers[] = {
		{ "", 0, "" }, { "{}", 0, "" }, { "[]", 0, "" },
		{ "null", 0, "" }, { "{", 0, "" }, { "\xff", 0, "" },
		{ "{\"partialSuccess\":null}", 0, "" },
		{ "{\"partialSuccess\":{}}", 0, "" },
		{ "{\"partialSuccess\":[1]}", 0, "" },
		{ "{\"partialSuccess\":{\"rejectedDataPoints\":\"3\"}}", 3,
		    "" },
		{ "{\"partialSuccess\":{\"rejectedDataPoints\":3,"
		    "\"errorMessage\":\"too\\u001b many\"}}", 3, "too? many" },
		{ "{\"partialSuccess\":{\"errorMessage\":\"old\"}}", 0,
		    "old" },
		{ "{\"partialSuccess\":{\"rejectedDataPoints\":-1,"
		    "\"errorMessage\":7}}", 0, "" },
		{ "{\"a\":[[[[[[[[[[1]]]]]]]]]]}", 0, "" }
	};
	char why[ERROR_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		assert_int_equal(otlp_rejected(answers[i].body,
		    strlen(answers[i].body), why), answers[i].rejected);
		assert_string_equal(why, answers[i].why);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_alone),
		cmocka_unit_test(test_each),
		cmocka_unit_test(test_beginning),
		cmocka_unit_test(test_rejected)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
