/* Metrics as JSON. */
#ifndef JELLYPORTERCTL_METRICS_VIEW_H
#define JELLYPORTERCTL_METRICS_VIEW_H

#include "metric.h"

struct json_object;

/* An object for each metric there is, into an array. */
void	 metrics_view_json(const struct metrics *, struct json_object *);

#endif
