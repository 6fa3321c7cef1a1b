/*
 * Metrics as text: Prometheus' own format, version 0.0.4, and OpenMetrics
 * 1.0.0.  They differ in what a family of counters is called, in units, and in
 * an end that shows a cut text for what it is.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "metric.h"

static void	 print_family(FILE *, enum metric, enum metric_format);
static void	 print_label(FILE *, const char **, const char *, const char *);
static void	 print_labels(FILE *, const struct message_metric *,
		    const char *);
static void	 print_sample(FILE *, const struct message_metric *);
static void	 print_histogram(FILE *, const struct message_metric *);
static const char *next_range(const char *, size_t *);
static const char *get_parameter(const char *, size_t, const char *,
		    size_t *);
static bool	 is_type(const char *, size_t, const char *);
static double	 quality(const char *, size_t);

const char *
metric_content_type(enum metric_format format)
{
	return format == METRIC_OPENMETRICS ?
	    "application/openmetrics-text; version=1.0.0; charset=utf-8" :
	    "text/plain; version=0.0.4; charset=utf-8";
}

void
metric_number(char text[METRIC_NUMBER_SIZE], int64_t value, int64_t scale)
{
	size_t len;

	if (scale == 1 || value % scale == 0) {
		(void)snprintf(text, METRIC_NUMBER_SIZE, "%" PRId64,
		    value / scale);
		return;
	}
	/* The only other scale there is: microseconds. */
	(void)snprintf(text, METRIC_NUMBER_SIZE, "%" PRId64 ".%06" PRId64,
	    value / scale, value % scale);
	for (len = strlen(text); text[len - 1] == '0'; len--)
		text[len - 1] = '\0';
}

static void
print_family(FILE *f, enum metric metric, enum metric_format format)
{
	const struct metric_family *family = metric_family(metric);
	const char *type = metric_type_name(family->type);
	char name[METRIC_NAME_SIZE];

	/* There a family is called as its samples are, and knows no info. */
	metric_name(name, metric);
	if (format == METRIC_OPENMETRICS)
		(void)strlcpy(name, family->name, sizeof(name));
	else if (family->type == METRIC_INFO)
		type = metric_type_name(METRIC_GAUGE);
	fprintf(f, "# HELP %s %s\n# TYPE %s %s\n", name, family->help, name,
	    type);
	if (format == METRIC_OPENMETRICS && family->unit != NULL)
		fprintf(f, "# UNIT %s %s\n", family->name, family->unit);
}

static void
print_label(FILE *f, const char **separator, const char *name,
    const char *value)
{
	fprintf(f, "%s%s=\"", *separator, name);
	for (; *value != '\0'; value++) {
		if (*value == '\n')
			fputs("\\n", f);
		else {
			if (*value == '"' || *value == '\\')
				putc('\\', f);
			putc(*value, f);
		}
	}
	putc('"', f);
	*separator = ",";
}

/* le is the bound of a bucket, or NULL. */
static void
print_labels(FILE *f, const struct message_metric *m, const char *le)
{
	const struct metric_family *family = metric_family(m->metric);
	size_t i, n = metric_labels(m->metric);
	const char *separator = "{";

	for (i = 0; i < n; i++)
		print_label(f, &separator, family->labels[i], m->labels[i]);
	if (le != NULL)
		print_label(f, &separator, "le", le);
	if (*separator == ',')
		putc('}', f);
}

static void
print_sample(FILE *f, const struct message_metric *m)
{
	const struct metric_family *family = metric_family(m->metric);
	char number[METRIC_NUMBER_SIZE], name[METRIC_NAME_SIZE];

	metric_name(name, m->metric);
	fprintf(f, "%s", name);
	print_labels(f, m, NULL);
	metric_number(number, m->value, family->scale);
	fprintf(f, " %s\n", number);
}

/* Each of its buckets has all of those before it. */
static void
print_histogram(FILE *f, const struct message_metric *m)
{
	const struct metric_family *family = metric_family(m->metric);
	char number[METRIC_NUMBER_SIZE];
	int64_t count = 0;
	size_t i;

	for (i = 0; i <= family->n_bounds; i++) {
		count += m->buckets[i];
		if (i == family->n_bounds)
			(void)strlcpy(number, "+Inf", sizeof(number));
		else
			metric_number(number, family->bounds[i],
			    family->scale);
		/* The same series in both formats: OpenMetrics wants it so. */
		if (i < family->n_bounds && strchr(number, '.') == NULL)
			(void)strlcat(number, ".0", sizeof(number));
		fprintf(f, "%s_bucket", family->name);
		print_labels(f, m, number);
		fprintf(f, " %" PRId64 "\n", count);
	}
	metric_number(number, m->value, family->scale);
	fprintf(f, "%s_sum", family->name);
	print_labels(f, m, NULL);
	fprintf(f, " %s\n%s_count", number, family->name);
	print_labels(f, m, NULL);
	fprintf(f, " %" PRId64 "\n", count);
}

void
metrics_print(FILE *f, const struct metrics *metrics,
    enum metric_format format)
{
	const struct metric_samples *family;
	const struct metric_sample *sample;
	unsigned int i;

	for (i = 0; i < METRIC_COUNT; i++) {
		family = &metrics->families[i];
		if (STAILQ_EMPTY(family))
			continue;
		print_family(f, (enum metric)i, format);
		STAILQ_FOREACH(sample, family, entry) {
			if (metric_family((enum metric)i)->type ==
			    METRIC_HISTOGRAM)
				print_histogram(f, &sample->metric);
			else
				print_sample(f, &sample->metric);
		}
	}
	if (format == METRIC_OPENMETRICS)
		fputs("# EOF\n", f);
}

/* Which of them */

/* The first range of a header, and how long it is; NULL at its end. */
static const char *
next_range(const char *accept, size_t *len)
{
	accept += strspn(accept, ", \t");
	*len = strcspn(accept, ",");
	return *len == 0 ? NULL : accept;
}

static bool
is_type(const char *range, size_t len, const char *type)
{
	size_t n = strcspn(range, ";, \t");

	return n <= len && n == strlen(type) &&
	    strncasecmp(range, type, n) == 0;
}

/* A parameter's value and its length; NULL if it has none of that name. */
static const char *
get_parameter(const char *range, size_t len, const char *name,
    size_t *value_len)
{
	const char *end = range + len, *p = range;
	size_t n = strlen(name);

	while ((p = memchr(p, ';', (size_t)(end - p))) != NULL) {
		p++;
		p += strspn(p, " \t");
		if ((size_t)(end - p) > n && strncasecmp(p, name, n) == 0 &&
		    p[n] == '=') {
			*value_len = strcspn(p + n + 1, ";, \t");
			return p + n + 1;
		}
	}
	return NULL;
}

/* From 0 to 1; without one it is 1. */
static double
quality(const char *range, size_t len)
{
	const char *value;
	size_t n;
	double q;

	if ((value = get_parameter(range, len, "q", &n)) == NULL)
		return 1;
	q = strtod(value, NULL);
	return q >= 0 && q <= 1 ? q : 0;
}

/*
 * OpenMetrics is for who asks for it by its name, in a version that this is,
 * and does not like the other one better.
 */
enum metric_format
metric_format_wanted(const char *accept)
{
	double q, open = 0, text = 0;
	const char *range, *version;
	size_t len, n;

	if (accept == NULL)
		return METRIC_PROMETHEUS;
	for (; (range = next_range(accept, &len)) != NULL;
	    accept = range + len) {
		q = quality(range, len);
		if (is_type(range, len, "application/openmetrics-text")) {
			version = get_parameter(range, len, "version", &n);
			if (q > open && (version == NULL || (n == 5 &&
			    strncmp(version, "1.0.0", n) == 0)))
				open = q;
		} else if (q > text && is_type(range, len, "text/plain"))
			text = q;
	}
	return open > 0 && open >= text ? METRIC_OPENMETRICS :
	    METRIC_PROMETHEUS;
}
