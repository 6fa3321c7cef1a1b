/* What metrics are made of: requests that have ended, and samples. */
#include <string.h>

#include "wire.h"

#define STATUS_MAX	999	/* of HTTP */

static void
put_called(struct wire_writer *w, const struct message_called *m)
{
	wire_put_number(w, (uint32_t)m->request, MESSAGE_CONTACT,
	    MESSAGE_WRITE);
	wire_put_number(w, m->status, 0, STATUS_MAX);
	wire_put_long(w, m->took, 0);
}

static int
get_called(struct ibuf_reader *r, struct message_called *m)
{
	uint32_t request;

	if (wire_get_number(r, &request, MESSAGE_CONTACT, MESSAGE_WRITE) ==
	    -1 || wire_get_number(r, &m->status, 0, STATUS_MAX) == -1 ||
	    wire_get_long(r, &m->took, 0) == -1)
		return -1;
	m->request = (enum message_type)request;
	return 0;
}

/* As many buckets as the metric has, which is none if it is no histogram. */
static size_t
buckets(enum metric metric)
{
	const struct metric_family *family = metric_family(metric);

	return family->type == METRIC_HISTOGRAM ? family->n_bounds + 1 : 0;
}

static void
put_metric(struct wire_writer *w, const struct message_metric *m)
{
	size_t i;

	wire_put_enum(w, m->metric, METRIC_COUNT);
	for (i = 0; i < metric_labels(m->metric); i++)
		wire_put_text(w, m->labels[i], sizeof(m->labels[i]));
	wire_put_long(w, m->value, 0);
	for (i = 0; i < buckets(m->metric); i++)
		wire_put_long(w, m->buckets[i], 0);
}

static int
get_metric(struct ibuf_reader *r, struct message_metric *m)
{
	unsigned int metric;
	size_t i;

	memset(m, 0, sizeof(*m));
	if (wire_get_enum(r, &metric, METRIC_COUNT) == -1)
		return -1;
	m->metric = (enum metric)metric;
	for (i = 0; i < metric_labels(m->metric); i++) {
		if (wire_get_text(r, m->labels[i], sizeof(m->labels[i])) == -1)
			return -1;
	}
	if (wire_get_long(r, &m->value, 0) == -1)
		return -1;
	for (i = 0; i < buckets(m->metric); i++) {
		if (wire_get_long(r, &m->buckets[i], 0) == -1)
			return -1;
	}
	return 0;
}

MESSAGE_DEFINE(called, MESSAGE_CALLED, message_called);
MESSAGE_DEFINE(metric, MESSAGE_METRIC, message_metric);
