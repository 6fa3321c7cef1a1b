/*
 * Scrapes.  One question to the engine is the answer to all who ask meanwhile,
 * so that however many there are, it is asked no faster than it answers.
 *
 * The listener's own counters go to the engine, for jellyporterctl, who asks
 * that one: before a scrape, and otherwise at most once a second.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>

#include "clock.h"
#include "log.h"
#include "message.h"
#include "scrape.h"
#include "version.h"
#include "waiting.h"

#define COUNTS_EVERY	1000	/* ms */

struct scrapes {
	struct channel		*engine;	/* or NULL */
	bool			 asked;		/* and not answered */
	struct waiting		*waiting;
	struct metrics		 received;	/* of an answer so far */
	int64_t			 counts[WEBHOOK_RESULT_COUNT];
	bool			 sent[WEBHOOK_RESULT_COUNT];	/* as it is */
	struct event		*counts_timer;
};

static void	ask(struct scrapes *);
static void	send_counts(struct scrapes *);
static void	counts_due(evutil_socket_t, short, void *);
static void	answer_all(struct scrapes *, const struct metrics *);
static void	answer_alone(void *);
static void	answer(struct evhttp_request *, const struct metrics *);
static void	add_value(struct metrics *, struct message_metric *, int64_t);

struct scrapes *
scrapes_new(struct event_base *base)
{
	struct scrapes *scrapes;

	if ((scrapes = calloc(1, sizeof(*scrapes))) == NULL)
		fatal("calloc");
	scrapes->waiting = waiting_new(base, answer_alone, scrapes);
	metrics_init(&scrapes->received);
	scrapes->counts_timer = evtimer_new(base, counts_due, scrapes);
	if (scrapes->counts_timer == NULL)
		fatal_memory("evtimer_new");
	return scrapes;
}

/* The engine */

/* A new one knows nothing of ours, and has not been asked. */
void
scrapes_engine(struct scrapes *scrapes, struct channel *engine)
{
	scrapes->engine = engine;
	scrapes->asked = false;
	metrics_clear(&scrapes->received);
	memset(scrapes->sent, 0, sizeof(scrapes->sent));
	if (engine == NULL) {
		answer_alone(scrapes);
		return;
	}
	send_counts(scrapes);
	if (waiting_any(scrapes->waiting))
		ask(scrapes);
}

static void
ask(struct scrapes *scrapes)
{
	send_counts(scrapes);
	message_put_empty(channel_imsgbuf(scrapes->engine), MESSAGE_SCRAPE,
	    0);
	channel_written(scrapes->engine);
	scrapes->asked = true;
}

void
scrapes_metric(struct scrapes *scrapes, const struct message_metric *metric)
{
	metrics_add(&scrapes->received, metric);
}

void
scrapes_done(struct scrapes *scrapes)
{
	scrapes->asked = false;
	answer_all(scrapes, &scrapes->received);
	metrics_clear(&scrapes->received);
}

/* Our own counters */

void
scrapes_count(struct scrapes *scrapes, enum webhook_result result)
{
	scrapes->counts[result]++;
	scrapes->sent[result] = false;
	if (!evtimer_pending(scrapes->counts_timer, NULL))
		clock_start(scrapes->counts_timer, COUNTS_EVERY);
}

static void
counts_due(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	send_counts(arg);
}

static void
send_counts(struct scrapes *scrapes)
{
	struct message_metric metric;
	unsigned int i;

	if (scrapes->engine == NULL)
		return;
	for (i = 0; i < WEBHOOK_RESULT_COUNT; i++) {
		if (scrapes->sent[i])
			continue;
		metric_begin(&metric, METRIC_WEBHOOK_REQUESTS,
		    webhook_result_name((enum webhook_result)i));
		metric.value = scrapes->counts[i];
		message_put_metric(channel_imsgbuf(scrapes->engine), 0,
		    &metric);
		scrapes->sent[i] = true;
	}
	channel_written(scrapes->engine);
}

/* Requests */

void
scrapes_answer(struct scrapes *scrapes, struct evhttp_request *request)
{
	waiting_add(scrapes->waiting, request);
	if (scrapes->engine == NULL)
		answer_alone(scrapes);
	else if (!scrapes->asked)
		ask(scrapes);
}

static void
answer_all(struct scrapes *scrapes, const struct metrics *metrics)
{
	struct evhttp_request *request;

	while ((request = waiting_take(scrapes->waiting)) != NULL)
		answer(request, metrics);
}

static void
add_value(struct metrics *metrics, struct message_metric *metric,
    int64_t value)
{
	metric->value = value;
	metrics_add(metrics, metric);
}

/* All that is known without the engine. */
static void
answer_alone(void *arg)
{
	struct scrapes *scrapes = arg;
	struct message_metric metric;
	struct metrics metrics;
	unsigned int i;

	metrics_init(&metrics);
	metric_begin(&metric, METRIC_BUILD, JELLYPORTER_VERSION);
	add_value(&metrics, &metric, 1);
	metric_begin(&metric, METRIC_ENGINE_UP);
	add_value(&metrics, &metric, 0);
	for (i = 0; i < WEBHOOK_RESULT_COUNT; i++) {
		metric_begin(&metric, METRIC_WEBHOOK_REQUESTS,
		    webhook_result_name((enum webhook_result)i));
		add_value(&metrics, &metric, scrapes->counts[i]);
	}
	answer_all(scrapes, &metrics);
	metrics_clear(&metrics);
}

static void
answer(struct evhttp_request *request, const struct metrics *metrics)
{
	enum metric_format format;
	struct evbuffer *body;
	char *text;
	size_t len;
	FILE *f;

	format = metric_format_wanted(evhttp_find_header(
	    evhttp_request_get_input_headers(request), "Accept"));
	if ((f = open_memstream(&text, &len)) == NULL)
		fatal("open_memstream");
	metrics_print(f, metrics, format);
	if (fclose(f) == EOF || (body = evbuffer_new()) == NULL ||
	    evbuffer_add(body, text, len) == -1 || evhttp_add_header(
	    evhttp_request_get_output_headers(request), "Content-Type",
	    metric_content_type(format)) == -1)
		fatal("metrics");
	free(text);
	evhttp_send_reply(request, HTTP_OK, "OK", body);
	evbuffer_free(body);
}
