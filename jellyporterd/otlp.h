/*
 * Metrics in the form of OpenTelemetry: OTLP 1.x in JSON, as it is posted to
 * /v1/metrics (opentelemetry-proto, metrics/v1; protobuf's mapping to JSON,
 * with enums as numbers).
 */
#ifndef JELLYPORTERD_OTLP_H
#define JELLYPORTERD_OTLP_H

#include <stddef.h>
#include <stdint.h>

#include "metric.h"
#include "record.h"

#define OTLP_METRICS_PATH	"/v1/metrics"

/*
 * An ExportMetricsServiceRequest with all that there is, to be freed.  instance
 * tells this daemon from others; now is in nanoseconds.
 */
char	*otlp_metrics(const struct metrics *, const char *instance,
	    int64_t now);
/*
 * What an answer of success says all the same: how many data points were not
 * taken, and why ("" if it does not say).  An answer that says nothing of that,
 * or is no JSON, is taken for 0.
 */
int64_t	 otlp_rejected(const char *body, size_t len, char why[ERROR_SIZE]);

#endif
