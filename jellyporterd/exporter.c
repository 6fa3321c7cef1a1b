/*
 * The exporter's role: what the parent tells it, the links to engine and
 * resolver, and its rounds.  In each of them the engine is asked for the
 * metrics, and what it answers is posted; export.c is what came of that.
 *
 * Nothing is kept for later.  Metrics go on counting whether somebody receives
 * them or not, so that the next ones say all that those before them did.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <curl/curl.h>

#include "addresses.h"
#include "certificates.h"
#include "child.h"
#include "clock.h"
#include "export.h"
#include "exporter.h"
#include "http.h"
#include "log.h"
#include "message.h"
#include "otlp.h"
#include "sandbox.h"
#include "server_host.h"
#include "users.h"
#include "version.h"

#define FIRST_AFTER	1000	/* ms, for the links to be there */
#define ANSWER_WAIT	5000	/* ms for the engine */
#define POST_TIMEOUT	10	/* seconds, as OpenTelemetry's own */

enum state {
	STATE_IDLE,		/* until the next round, by the timer */
	STATE_ASKED,		/* for the engine, by the timer at most */
	STATE_POSTED		/* for the receiver, by the clock of http.c */
};

struct exporter {
	struct event_base		*base;
	struct channel			*parent;
	struct channel			*engine;	/* or NULL */
	struct message_identity		 identity;
	struct message_exporter_options	 options;
	struct certificates		 certificates;
	struct addresses		*addresses;	/* NULL: none needed */
	struct http			*http;		/* NULL: not yet */
	char				 instance[NAME_SIZE];
	enum state			 state;
	struct event			*timer;
	bool				 asked;		/* and not answered */
	struct metrics			 received;	/* of an answer */
	int64_t				 began;		/* ms: the round */
	struct export			 export;
};

typedef int	 receive(struct exporter *, struct imsg *);

static receive	 recv_identity, recv_options, recv_certificates;
static receive	 recv_config_done, recv_link;
static receive	 recv_hello, recv_metric, recv_scraped;

static int	parent_message(struct channel *, struct imsg *, void *);
static int	engine_message(struct channel *, struct imsg *, void *);
static void	engine_closed(struct channel *, const char *, void *);
static void	link_engine(struct exporter *, int);
static void	resolved(void *);
static void	timeout(evutil_socket_t, short, void *);
static void	ask(struct exporter *);
static void	post_alone(struct exporter *);
static void	post(struct exporter *, const struct metrics *);
static void	posted(const struct http_answer *, void *);
static int64_t	wall_clock(void);

static const struct channel_handlers parent_handlers = {
	parent_message, child_closed, NULL
};
static const struct channel_handlers engine_handlers = {
	engine_message, engine_closed, NULL
};

static receive *const from_parent[MESSAGE_TYPE_COUNT] = {
	[MESSAGE_IDENTITY] =		recv_identity,
	[MESSAGE_EXPORTER_OPTIONS] =	recv_options,
	[MESSAGE_CERTIFICATES] =	recv_certificates,
	[MESSAGE_CONFIG_DONE] =		recv_config_done,
	[MESSAGE_LINK] =		recv_link
};

static receive *const from_engine[MESSAGE_TYPE_COUNT] = {
	[MESSAGE_HELLO] =	recv_hello,
	[MESSAGE_METRIC] =	recv_metric,
	[MESSAGE_SCRAPED] =	recv_scraped
};

/* From the parent */

static int
recv_identity(struct exporter *exporter, struct imsg *imsg)
{
	if (exporter->options.interval != 0)
		return -1;
	return message_get_identity(imsg, &exporter->identity);
}

static int
recv_options(struct exporter *exporter, struct imsg *imsg)
{
	struct message_exporter_options *options = &exporter->options;

	if (options->interval != 0 ||
	    message_get_exporter_options(imsg, options) == -1)
		return -1;
	explicit_bzero(imsg->data, imsg_get_len(imsg));
	log_set_verbose(options->verbose);
	return 0;
}

static int
recv_certificates(struct exporter *exporter, struct imsg *imsg)
{
	if (exporter->http != NULL)
		return -1;
	return certificates_take(&exporter->certificates, imsg);
}

static int
recv_config_done(struct exporter *exporter, struct imsg *imsg)
{
	struct message_exporter_options *options = &exporter->options;
	struct http_server server;
	struct server_host host;

	if (options->interval == 0 || exporter->http != NULL ||
	    imsg_get_len(imsg) != 0)
		return -1;
	if (server_host_parse(options->url, &host) == -1)
		fatalx("a url that is none");
	if (host.by_name)
		exporter->addresses = addresses_new(exporter->base,
		    "the server's name", &host, resolved, exporter);
	memset(&server, 0, sizeof(server));
	server.url = options->url;
	server.headers = options->headers;
	server.ca = exporter->certificates.bytes;
	server.ca_len = exporter->certificates.len;
	server.addresses = exporter->addresses;
	server.tls_verify = options->tls_verify;
	exporter->http = http_new(exporter->base, &server);
	/* They are in libcurl's now, and nowhere else. */
	explicit_bzero(options->headers, sizeof(options->headers));
	/* All that was to be known is; what comes next is the receiver's. */
	users_become(&exporter->identity, exporter->identity.empty);
	sandbox_exporter(host.port);
	clock_start(exporter->timer, FIRST_AFTER);
	return 0;
}

static void
resolved(void *arg)
{
	struct exporter *exporter = arg;

	http_resolved(exporter->http);
}

static int
recv_link(struct exporter *exporter, struct imsg *imsg)
{
	struct message_link link;
	int fd;

	if (exporter->http == NULL || message_get_link(imsg, &link, &fd) == -1)
		return -1;
	if (link.role == ROLE_ENGINE)
		link_engine(exporter, fd);
	else if (link.role == ROLE_RESOLVER && exporter->addresses != NULL)
		addresses_link(exporter->addresses, fd);
	else
		return -1;
	return 0;
}

/* A new one has not been asked. */
static void
link_engine(struct exporter *exporter, int fd)
{
	channel_free(exporter->engine);
	exporter->engine = channel_new(exporter->base, fd, &engine_handlers,
	    exporter, 0);
	if (exporter->engine == NULL)
		fatal("channel_new");
	channel_say_hello(exporter->engine);
	metrics_clear(&exporter->received);
	exporter->asked = false;
	if (exporter->state == STATE_ASKED)
		ask(exporter);
}

static int
parent_message(struct channel *channel, struct imsg *imsg, void *arg)
{
	struct exporter *exporter = arg;
	uint32_t type = imsg_get_type(imsg);

	if (child_obeys(channel, imsg))
		return 0;
	if (type >= MESSAGE_TYPE_COUNT || from_parent[type] == NULL ||
	    from_parent[type](exporter, imsg) == -1)
		fatalx("nonsense from the parent: %s",
		    message_type_name(type));
	return 0;
}

/* From the engine */

static int
recv_hello(struct exporter *exporter, struct imsg *imsg)
{
	(void)exporter;
	return channel_take_hello(imsg);
}

static int
recv_metric(struct exporter *exporter, struct imsg *imsg)
{
	struct message_metric metric;

	if (!exporter->asked || message_get_metric(imsg, &metric) == -1)
		return -1;
	metrics_add(&exporter->received, &metric);
	return 0;
}

/* One that comes too late is of no use to anybody. */
static int
recv_scraped(struct exporter *exporter, struct imsg *imsg)
{
	if (!exporter->asked || imsg_get_len(imsg) != 0)
		return -1;
	exporter->asked = false;
	if (exporter->state == STATE_ASKED)
		post(exporter, &exporter->received);
	metrics_clear(&exporter->received);
	return 0;
}

static int
engine_message(struct channel *channel, struct imsg *imsg, void *arg)
{
	uint32_t type = imsg_get_type(imsg);

	(void)channel;
	if (type >= MESSAGE_TYPE_COUNT || from_engine[type] == NULL ||
	    from_engine[type](arg, imsg) == -1)
		fatalx("nonsense from the engine: %s",
		    message_type_name(type));
	return 0;
}

/* The parent starts it again, and then sends a new link. */
static void
engine_closed(struct channel *channel, const char *error, void *arg)
{
	struct exporter *exporter = arg;

	child_lost(channel, error, "the engine");
	log_debug("the engine is gone%s%s", error == NULL ? "" : ": ",
	    error == NULL ? "" : error);
	channel_free(channel);
	exporter->engine = NULL;
	exporter->asked = false;
	metrics_clear(&exporter->received);
	if (exporter->state == STATE_ASKED)
		post_alone(exporter);
}

/* Rounds */

/* It is time for one; or the engine has had enough of it. */
static void
timeout(evutil_socket_t fd, short what, void *arg)
{
	struct exporter *exporter = arg;

	(void)fd;
	(void)what;
	if (exporter->state == STATE_ASKED) {
		post_alone(exporter);
		return;
	}
	exporter->began = clock_ms();
	if (exporter->engine == NULL) {
		post_alone(exporter);
		return;
	}
	exporter->state = STATE_ASKED;
	clock_start(exporter->timer, ANSWER_WAIT);
	ask(exporter);
}

/* Who owes an answer still is not asked for another one. */
static void
ask(struct exporter *exporter)
{
	if (exporter->asked)
		return;
	exporter->asked = true;
	message_put_empty(channel_imsgbuf(exporter->engine), MESSAGE_SCRAPE,
	    0);
	channel_written(exporter->engine);
}

/* All that is known without the engine. */
static void
post_alone(struct exporter *exporter)
{
	struct message_metric metric;
	struct metrics metrics;

	metrics_init(&metrics);
	metric_begin(&metric, METRIC_BUILD, JELLYPORTER_VERSION);
	metric.value = 1;
	metrics_add(&metrics, &metric);
	metric_begin(&metric, METRIC_ENGINE_UP);
	metrics_add(&metrics, &metric);
	post(exporter, &metrics);
	metrics_clear(&metrics);
}

static int64_t
wall_clock(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now) == -1)
		fatal("clock_gettime");
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void
post(struct exporter *exporter, const struct metrics *metrics)
{
	struct http_call call = {
		.method = HTTP_POST, .path = OTLP_METRICS_PATH,
		.timeout = POST_TIMEOUT, .stall_timeout = POST_TIMEOUT,
		.on_done = posted, .arg = exporter
	};
	char *body = otlp_metrics(metrics, exporter->instance, wall_clock());

	exporter->state = STATE_POSTED;
	if (event_del(exporter->timer) == -1)
		fatalx("event_del");
	call.body = body;
	(void)http_send(exporter->http, &call);
	free(body);
}

static void
posted(const struct http_answer *answer, void *arg)
{
	struct exporter *exporter = arg;
	int64_t now = clock_ms();

	exporter->state = STATE_IDLE;
	clock_start(exporter->timer, export_ended(&exporter->export, answer,
	    exporter->began + (int64_t)exporter->options.interval * 1000 -
	    now));
	if (exporter->engine == NULL)
		return;
	message_put_exported(channel_imsgbuf(exporter->engine), 0,
	    &exporter->export.last);
	channel_written(exporter->engine);
}

_Noreturn void
exporter_main(void)
{
	static struct exporter exporter;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		fatalx("libcurl cannot be set up");
	/* One of a machine, as a rule. */
	if (gethostname(exporter.instance, sizeof(exporter.instance) - 1) ==
	    -1)
		exporter.instance[0] = '\0';
	metrics_init(&exporter.received);
	if ((exporter.base = event_base_new()) == NULL ||
	    (exporter.timer = evtimer_new(exporter.base, timeout,
	    &exporter)) == NULL)
		fatal("event_base_new");
	exporter.parent = child_channel(exporter.base, &parent_handlers,
	    &exporter);
	child_run(exporter.base);
}
