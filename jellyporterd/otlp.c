/* Metrics as OTLP in JSON, and what its answer says. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "json_make.h"
#include "json_read.h"
#include "log.h"
#include "otlp.h"
#include "text.h"
#include "version.h"

#define SECOND		INT64_C(1000000000)	/* in nanoseconds */
#define CUMULATIVE	2	/* AGGREGATION_TEMPORALITY_CUMULATIVE */
#define DEPTH_MAX	8	/* of an answer */

/* When what is said was so; nanoseconds. */
struct times {
	int64_t	began;		/* the engine; 0: it is not known */
	int64_t	now;
};

static struct json_object *text(const char *);
static struct json_object *number(int64_t);
static struct json_object *scaled(int64_t, int64_t);
static struct json_object *only(const char *, struct json_object *);
static struct json_object *list_of(struct json_object *);
static void	add_attribute(struct json_object *, const char *,
		    const char *);
static struct json_object *resource(const char *);
static struct json_object *scope(void);
static struct json_object *point(const struct message_metric *,
		    const struct times *);
static void	add_histogram(struct json_object *,
		    const struct message_metric *);
static struct json_object *family(enum metric, const struct metric_samples *,
		    const struct times *);
static int64_t	engine_start(const struct metrics *);
static struct json_object *member(struct json_object *, const char *);

static const char *const units[][2] = {	/* ours, and in UCUM */
	{ "seconds", "s" }, { "bytes", "By" }
};

static const char *const kinds[METRIC_TYPE_COUNT] = {
	[METRIC_GAUGE] = "gauge", [METRIC_COUNTER] = "sum",
	[METRIC_HISTOGRAM] = "histogram", [METRIC_INFO] = "gauge"
};

/* Values */

static struct json_object *
text(const char *value)
{
	return json_made(json_object_new_string(value));
}

/* Of 64 bits: as a text, since not every reader of JSON has as many. */
static struct json_object *
number(int64_t value)
{
	char digits[24];

	(void)snprintf(digits, sizeof(digits), "%" PRId64, value);
	return text(digits);
}

/* In the metric's unit, with the digits that it has in other formats. */
static struct json_object *
scaled(int64_t value, int64_t scale)
{
	char digits[METRIC_NUMBER_SIZE];

	metric_number(digits, value, scale);
	return json_made(json_object_new_double_s((double)value /
	    (double)scale, digits));
}

static struct json_object *
only(const char *name, struct json_object *value)
{
	struct json_object *object = json_made(json_object_new_object());

	json_add(object, name, value);
	return object;
}

static struct json_object *
list_of(struct json_object *value)
{
	struct json_object *list = json_made(json_object_new_array());

	json_append(list, value);
	return list;
}

/* An empty value says as much as none. */
static void
add_attribute(struct json_object *attributes, const char *name,
    const char *value)
{
	struct json_object *attribute;

	if (value[0] == '\0')
		return;
	attribute = only("key", text(name));
	json_add(attribute, "value", only("stringValue", text(value)));
	json_append(attributes, attribute);
}

/* Who says it */

static struct json_object *
resource(const char *instance)
{
	struct json_object *attributes = json_made(json_object_new_array());

	add_attribute(attributes, "service.name", "jellyporter");
	add_attribute(attributes, "service.version", JELLYPORTER_VERSION);
	add_attribute(attributes, "service.instance.id", instance);
	return only("attributes", attributes);
}

static struct json_object *
scope(void)
{
	struct json_object *object = only("name", text("jellyporter"));

	json_add(object, "version", text(JELLYPORTER_VERSION));
	return object;
}

/* Metrics */

/* What is counted began with the engine, or it is not said when it did. */
static struct json_object *
point(const struct message_metric *m, const struct times *times)
{
	const struct metric_family *family = metric_family(m->metric);
	struct json_object *attributes = json_made(json_object_new_array());
	struct json_object *object = only("attributes", attributes);
	size_t i;

	for (i = 0; i < metric_labels(m->metric); i++)
		add_attribute(attributes, family->labels[i], m->labels[i]);
	if ((family->type == METRIC_COUNTER ||
	    family->type == METRIC_HISTOGRAM) && !family->apart &&
	    times->began != 0)
		json_add(object, "startTimeUnixNano", number(times->began));
	json_add(object, "timeUnixNano", number(times->now));
	if (family->type == METRIC_HISTOGRAM)
		add_histogram(object, m);
	else if (family->scale == 1)
		json_add(object, "asInt", number(m->value));
	else
		json_add(object, "asDouble", scaled(m->value, family->scale));
	return object;
}

/* Each bucket is for itself, as it is here. */
static void
add_histogram(struct json_object *object, const struct message_metric *m)
{
	const struct metric_family *family = metric_family(m->metric);
	struct json_object *counts = json_made(json_object_new_array());
	struct json_object *bounds = json_made(json_object_new_array());
	int64_t count = 0;
	size_t i;

	for (i = 0; i <= family->n_bounds; i++) {
		count += m->buckets[i];
		json_append(counts, number(m->buckets[i]));
		if (i < family->n_bounds)
			json_append(bounds, scaled(family->bounds[i],
			    family->scale));
	}
	json_add(object, "count", number(count));
	json_add(object, "sum", scaled(m->value, family->scale));
	json_add(object, "bucketCounts", counts);
	json_add(object, "explicitBounds", bounds);
}

/* Under the name that its samples have elsewhere. */
static struct json_object *
family(enum metric metric, const struct metric_samples *samples,
    const struct times *times)
{
	const struct metric_family *f = metric_family(metric);
	struct json_object *points = json_made(json_object_new_array());
	struct json_object *data = only("dataPoints", points), *object;
	const struct metric_sample *sample;
	char name[METRIC_NAME_SIZE];
	size_t i;

	STAILQ_FOREACH(sample, samples, entry)
		json_append(points, point(&sample->metric, times));
	if (f->type == METRIC_COUNTER || f->type == METRIC_HISTOGRAM)
		json_add(data, "aggregationTemporality",
		    json_made(json_object_new_int(CUMULATIVE)));
	if (f->type == METRIC_COUNTER)
		json_add(data, "isMonotonic",
		    json_made(json_object_new_boolean(1)));
	metric_name(name, metric);
	object = only("name", text(name));
	json_add(object, "description", text(f->help));
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (f->unit != NULL && strcmp(units[i][0], f->unit) == 0)
			json_add(object, "unit", text(units[i][1]));
	}
	json_add(object, kinds[f->type], data);
	return object;
}

static int64_t
engine_start(const struct metrics *metrics)
{
	const struct metric_sample *sample;

	sample = STAILQ_FIRST(&metrics->families[METRIC_ENGINE_START_TIME]);
	return sample == NULL || sample->metric.value > INT64_MAX / SECOND ?
	    0 : sample->metric.value * SECOND;
}

char *
otlp_metrics(const struct metrics *metrics, const char *instance, int64_t now)
{
	const struct times times = { engine_start(metrics), now };
	struct json_object *list = json_made(json_object_new_array());
	struct json_object *scoped = only("scope", scope());
	struct json_object *whole = only("resource", resource(instance));
	unsigned int i;
	char *copy;

	for (i = 0; i < METRIC_COUNT; i++) {
		if (!STAILQ_EMPTY(&metrics->families[i]))
			json_append(list, family((enum metric)i,
			    &metrics->families[i], &times));
	}
	json_add(scoped, "metrics", list);
	json_add(whole, "scopeMetrics", list_of(scoped));
	whole = only("resourceMetrics", list_of(whole));
	if ((copy = strdup(json_object_to_json_string_ext(whole,
	    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE))) == NULL)
		fatal("strdup");
	json_object_put(whole);
	return copy;
}

/* The answer */

/* NULL is fine, and so is what has no members. */
static struct json_object *
member(struct json_object *object, const char *name)
{
	struct json_object *value;

	return json_object_is_type(object, json_type_object) &&
	    json_object_object_get_ex(object, name, &value) ? value : NULL;
}

/* Its number comes as a text, or as a number. */
int64_t
otlp_rejected(const char *body, size_t len, char why[ERROR_SIZE])
{
	struct json_object *answer = json_read(body, len, DEPTH_MAX);
	struct json_object *success, *message;
	int64_t rejected;

	why[0] = '\0';
	success = member(answer, "partialSuccess");
	rejected = json_object_get_int64(member(success,
	    "rejectedDataPoints"));
	message = member(success, "errorMessage");
	if (json_object_is_type(message, json_type_string))
		(void)text_safe(why, ERROR_SIZE,
		    json_object_get_string(message));
	json_object_put(answer);
	return rejected > 0 ? rejected : 0;
}
