/*
 * Metrics (interfaces: metrics): which there are, samples of them, and how
 * these read in the formats of Prometheus and of OpenMetrics.  No label names
 * a person, a user or an item.
 */
#ifndef COMMON_METRIC_H
#define COMMON_METRIC_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "record.h"

#define METRIC_LABELS_MAX	3
#define METRIC_BUCKETS_MAX	14	/* of a histogram, the last has the rest */

enum metric {
	METRIC_BUILD,
	METRIC_ENGINE_UP,
	METRIC_ENGINE_START_TIME,
	METRIC_UP,
	METRIC_LAST_SUCCESS,
	METRIC_LIVE,
	METRIC_SYNCS,
	METRIC_SYNC_DURATION,
	METRIC_ITEMS,
	METRIC_UNMATCHED_ITEMS,
	METRIC_WORKS,
	METRIC_OBSERVATIONS,
	METRIC_CHANGES,
	METRIC_CONFLICTS,
	METRIC_HELD,
	METRIC_WRITES,
	METRIC_WRITES_OWED,
	METRIC_WRITES_PARKED,
	METRIC_WEBHOOK_REQUESTS,
	METRIC_HTTP_DURATION,
	METRIC_DATABASE_SIZE,
	METRIC_QUERY_DURATION,
	METRIC_COMMIT_DURATION,
	METRIC_PROCESS_RESTARTS,
	METRIC_PROCESS_MEMORY,
	METRIC_COUNT
};

enum metric_type {
	METRIC_GAUGE,
	METRIC_COUNTER,
	METRIC_HISTOGRAM,
	METRIC_INFO,		/* always 1: the labels say it */
	METRIC_TYPE_COUNT
};

struct metric_family {
	const char		*name;	/* without _total and _info */
	enum metric_type	 type;
	const char		*unit;	/* its name ends in it; or NULL */
	int64_t			 scale;	/* the unit is so many of a value's */
	const char		*labels[METRIC_LABELS_MAX];	/* or NULL */
	const int64_t		*bounds;	/* of buckets, upper, rising */
	size_t			 n_bounds;
	bool			 apart;	/* did not begin with the engine */
	const char		*help;
};

const struct metric_family *metric_family(enum metric);
const char	*metric_type_name(enum metric_type);	/* as in OpenMetrics */
/* As its samples are called: "jellyporter_writes_total". */
#define METRIC_NAME_SIZE	64
void		 metric_name(char [METRIC_NAME_SIZE], enum metric);
size_t		 metric_labels(enum metric);	/* how many it has */

/* A sample of one: a value, or a histogram's sum and its buckets. */
struct message_metric {
	enum metric	metric;
	char		labels[METRIC_LABELS_MAX][NAME_SIZE];
	int64_t		value;		/* never negative */
	int64_t		buckets[METRIC_BUCKETS_MAX];	/* each for itself */
};

/* Durations, in microseconds. */
struct histogram {
	int64_t	sum;
	int64_t	buckets[METRIC_BUCKETS_MAX];
};

void		 histogram_add(struct histogram *, enum metric, int64_t us);

/* What a request to the webhook came to. */
enum webhook_result {
	WEBHOOK_RESULT_EVENT,		/* something may have changed */
	WEBHOOK_RESULT_SYNC,		/* anything may have */
	WEBHOOK_RESULT_NOTHING,		/* news of no concern */
	WEBHOOK_RESULT_UNAUTHORIZED,
	WEBHOOK_RESULT_METHOD,
	WEBHOOK_RESULT_UNAVAILABLE,	/* no engine, or its queue is full */
	WEBHOOK_RESULT_COUNT
};

const char	*webhook_result_name(enum webhook_result);
/* WEBHOOK_RESULT_COUNT if there is none of that name. */
enum webhook_result webhook_result_by_name(const char *);

/* A sample of a metric with these labels, of which it has so many. */
void		 metric_begin(struct message_metric *, enum metric, ...);

/* Samples, each at the end of its family. */
struct metric_sample {
	STAILQ_ENTRY(metric_sample)	 entry;
	struct message_metric		 metric;
};

STAILQ_HEAD(metric_samples, metric_sample);

struct metrics {
	struct metric_samples	 families[METRIC_COUNT];
};

void		 metrics_init(struct metrics *);
void		 metrics_add(struct metrics *, const struct message_metric *);
void		 metrics_clear(struct metrics *);

enum metric_format {
	METRIC_PROMETHEUS,	/* text, version 0.0.4 */
	METRIC_OPENMETRICS	/* 1.0.0 */
};

const char	*metric_content_type(enum metric_format);
/* By the Accept header of a request (NULL: there is none). */
enum metric_format metric_format_wanted(const char *accept);

/* An error of writing stays on the file. */
void		 metrics_print(FILE *, const struct metrics *,
		    enum metric_format);
/* A value in its unit: "12", "0.25". */
#define METRIC_NUMBER_SIZE	48
void		 metric_number(char [METRIC_NUMBER_SIZE], int64_t value,
		    int64_t scale);

#endif
