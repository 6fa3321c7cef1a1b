/* The daemon's metrics as JSON. */
#include <err.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "json_make.h"
#include "metrics_view.h"

static struct json_object *number(int64_t, int64_t);
static struct json_object *labels(const struct message_metric *);
static struct json_object *buckets(const struct message_metric *, int64_t *);
static struct json_object *sample(const struct message_metric *);
static struct json_object *family(enum metric, const struct metric_samples *);

/* Digit for digit as in the text. */
static struct json_object *
number(int64_t value, int64_t scale)
{
	char text[METRIC_NUMBER_SIZE];

	metric_number(text, value, scale);
	return json_made(scale == 1 ? json_object_new_int64(value) :
	    json_object_new_double_s((double)value / (double)scale, text));
}

static struct json_object *
labels(const struct message_metric *m)
{
	struct json_object *object = json_made(json_object_new_object());
	size_t i;

	for (i = 0; i < metric_labels(m->metric); i++)
		json_add(object, metric_family(m->metric)->labels[i],
		    json_made(json_object_new_string(m->labels[i])));
	return object;
}

/* Each with all before it, as in the text; the last one has no bound. */
static struct json_object *
buckets(const struct message_metric *m, int64_t *count)
{
	const struct metric_family *f = metric_family(m->metric);
	struct json_object *array = json_made(json_object_new_array()), *bucket;
	size_t i;

	*count = 0;
	for (i = 0; i <= f->n_bounds; i++) {
		*count += m->buckets[i];
		bucket = json_made(json_object_new_object());
		json_add(bucket, "le", i == f->n_bounds ? NULL :
		    number(f->bounds[i], f->scale));
		json_add(bucket, "count", json_made(json_object_new_int64(*count)));
		if (json_object_array_add(array, bucket) != 0)
			err(1, NULL);
	}
	return array;
}

static struct json_object *
sample(const struct message_metric *m)
{
	const struct metric_family *f = metric_family(m->metric);
	struct json_object *object = json_made(json_object_new_object()), *array;
	int64_t count;

	json_add(object, "labels", labels(m));
	if (f->type != METRIC_HISTOGRAM) {
		json_add(object, "value", number(m->value, f->scale));
		return object;
	}
	array = buckets(m, &count);
	json_add(object, "sum", number(m->value, f->scale));
	json_add(object, "count", json_made(json_object_new_int64(count)));
	json_add(object, "buckets", array);
	return object;
}

static struct json_object *
family(enum metric metric, const struct metric_samples *samples)
{
	const struct metric_family *f = metric_family(metric);
	struct json_object *object = json_made(json_object_new_object()), *array;
	const struct metric_sample *s;
	char name[METRIC_NAME_SIZE];

	metric_name(name, metric);
	json_add(object, "name", json_made(json_object_new_string(name)));
	json_add(object, "type", json_made(json_object_new_string(
	    metric_type_name(f->type))));
	json_add(object, "unit", f->unit == NULL ? NULL :
	    json_made(json_object_new_string(f->unit)));
	json_add(object, "help", json_made(json_object_new_string(f->help)));
	array = json_made(json_object_new_array());
	json_add(object, "samples", array);
	STAILQ_FOREACH(s, samples, entry) {
		if (json_object_array_add(array, sample(&s->metric)) != 0)
			err(1, NULL);
	}
	return object;
}

void
metrics_view_json(const struct metrics *metrics, struct json_object *array)
{
	unsigned int i;

	for (i = 0; i < METRIC_COUNT; i++) {
		if (STAILQ_EMPTY(&metrics->families[i]))
			continue;
		if (json_object_array_add(array, family((enum metric)i,
		    &metrics->families[i])) != 0)
			err(1, NULL);
	}
}
