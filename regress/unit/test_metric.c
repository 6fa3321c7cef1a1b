/* Metrics as text: numbers, escapes, buckets, and which format is wanted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "metric.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/* The text of all samples, to be freed. */
static char *
text_of(const struct metrics *metrics, enum metric_format format)
{
	char *text;
	size_t len;
	FILE *f;

	assert_non_null(f = open_memstream(&text, &len));
	metrics_print(f, metrics, format);
	assert_int_equal(fclose(f), 0);
	return text;
}

static void
test_number(void **state)
{
	static const struct {
		int64_t		 value;
		int64_t		 scale;
		const char	*text;
	} numbers[] = {
		{ 0, 1, "0" }, { 7, 1, "7" }, { INT64_MAX, 1,
		    "9223372036854775807" }, { 0, 1000000, "0" },
		{ 1000000, 1000000, "1" }, { 2500000, 1000000, "2.5" },
		{ 1, 1000000, "0.000001" }, { 100000, 1000000, "0.1" },
		{ 12000010, 1000000, "12.00001" },
		{ INT64_MAX, 1000000, "9223372036854.775807" }
	};
	char text[METRIC_NUMBER_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(numbers); i++) {
		metric_number(text, numbers[i].value, numbers[i].scale);
		assert_string_equal(text, numbers[i].text);
	}
}

static void
test_label(void **state)
{
	struct message_metric metric;
	struct metrics metrics;
	char *text;

	(void)state;
	metrics_init(&metrics);
	metric_begin(&metric, METRIC_WRITES, "a\"b\\c\nd\xc3\xa9{},=", "done");
	metric.value = 3;
	metrics_add(&metrics, &metric);
	text = text_of(&metrics, METRIC_PROMETHEUS);
	assert_non_null(strstr(text, "# TYPE jellyporter_writes_total "
	    "counter\njellyporter_writes_total{server=\"a\\\"b\\\\c\\nd"
	    "\xc3\xa9{},=\",result=\"done\"} 3\n"));
	assert_null(strstr(text, "EOF"));
	free(text);
	text = text_of(&metrics, METRIC_OPENMETRICS);
	assert_non_null(strstr(text, "# TYPE jellyporter_writes counter\n"
	    "jellyporter_writes_total{"));
	assert_string_equal(text + strlen(text) - 6, "# EOF\n");
	free(text);
	metrics_clear(&metrics);
}

static void
test_histogram(void **state)
{
	struct histogram histogram = { 0 };
	struct message_metric metric;
	struct metrics metrics;
	char *text;

	(void)state;
	/* At a bound, and one behind it; behind the last one. */
	histogram_add(&histogram, METRIC_COMMIT_DURATION, 100);
	histogram_add(&histogram, METRIC_COMMIT_DURATION, 101);
	histogram_add(&histogram, METRIC_COMMIT_DURATION, 6000000);
	metrics_init(&metrics);
	metric_begin(&metric, METRIC_COMMIT_DURATION);
	metric.value = histogram.sum;
	memcpy(metric.buckets, histogram.buckets, sizeof(metric.buckets));
	metrics_add(&metrics, &metric);
	text = text_of(&metrics, METRIC_OPENMETRICS);
#define NAME	"jellyporter_database_commit_duration_seconds"
	assert_non_null(strstr(text, "# TYPE " NAME " histogram\n"
	    "# UNIT " NAME " seconds\n" NAME "_bucket{le=\"0.0001\"} 1\n"
	    NAME "_bucket{le=\"0.0005\"} 2\n"));
	assert_non_null(strstr(text, NAME "_bucket{le=\"5.0\"} 2\n"
	    NAME "_bucket{le=\"+Inf\"} 3\n" NAME "_sum 6.000201\n"
	    NAME "_count 3\n# EOF\n"));
#undef NAME
	free(text);
	metrics_clear(&metrics);
}

/* The rules of both formats for names, and those of Prometheus for people. */
static void
test_families(void **state)
{
	const struct metric_family *family;
	char name[METRIC_NAME_SIZE];
	const char *unit;
	unsigned int i;
	size_t j, len;

	(void)state;
	for (i = 0; i < METRIC_COUNT; i++) {
		family = metric_family((enum metric)i);
		assert_non_null(family->name);
		assert_int_equal(strncmp(family->name, "jellyporter_", 12), 0);
		assert_null(strstr(family->name, "_total"));
		metric_name(name, (enum metric)i);
		assert_true(strlen(name) < METRIC_NAME_SIZE - 1);
		len = strlen(family->help);
		assert_true(isupper((unsigned char)family->help[0]));
		assert_int_equal(family->help[len - 1], '.');
		assert_null(strpbrk(family->help, "\\\"\n"));
		if (family->unit != NULL) {
			assert_non_null(unit = strrchr(family->name, '_'));
			assert_string_equal(unit + 1, family->unit);
		}
		assert_int_equal(family->type == METRIC_HISTOGRAM,
		    family->n_bounds > 0);
		for (j = 1; j < family->n_bounds; j++)
			assert_true(family->bounds[j] > family->bounds[j - 1]);
	}
}

static void
test_wanted(void **state)
{
	static const struct {
		const char	*accept;
		bool		 open;
	} wanted[] = {
		{ NULL, false }, { "", false }, { "*/*", false },
		{ "text/plain", false }, { "application/json", false },
		{ "application/openmetrics-text", true },
		{ "Application/OpenMetrics-Text; version=1.0.0", true },
		{ "application/openmetrics-text;version=0.0.1", false },
		{ "application/openmetrics-text;version=1.0.0;q=0", false },
		{ "application/openmetrics-text;q=nonsense", false },
		{ "application/openmetrics-text;q=0.2,text/plain", false },
		{ "text/plain;q=0.2, application/openmetrics-text;q=0.3",
		    true },
		{ "application/openmetrics-textile", false },
		{ "text/plain;q=0.5,application/openmetrics-text;q=0.5",
		    true },
		{ "application/openmetrics-text;q", true },
		{ ",;,", false },
		/* Prometheus 2.42, and 3. */
		{ "application/openmetrics-text;version=1.0.0,"
		    "application/openmetrics-text;version=0.0.1;q=0.75,"
		    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", true },
		{ "application/openmetrics-text;version=1.0.0;"
		    "escaping=allow-utf-8;q=0.6,application/openmetrics-text;"
		    "version=0.0.1;q=0.5,text/plain;version=1.0.0;q=0.4,"
		    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2", true }
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(wanted); i++) {
		if ((metric_format_wanted(wanted[i].accept) ==
		    METRIC_OPENMETRICS) != wanted[i].open)
			fail_msg("%s", wanted[i].accept);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_label),
		cmocka_unit_test(test_histogram),
		cmocka_unit_test(test_families),
		cmocka_unit_test(test_wanted)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
