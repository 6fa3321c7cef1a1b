/*
 * The listener's role: what the parent tells it, the link to the engine, and
 * how requests are answered.
 *
 * Nothing of a request is ever logged: its query may be a token.
 *
 * What is served at one address is not at another one, so that nobody reaches
 * the metrics where only the webhook is meant to be reached.  The status page,
 * which somebody has asked for, is at each.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>

#include "channel.h"
#include "child.h"
#include "clock.h"
#include "connections.h"
#include "listener.h"
#include "listen_socket.h"
#include "log.h"
#include "message.h"
#include "page.h"
#include "page_files.h"
#include "sandbox.h"
#include "scrape.h"
#include "token.h"
#include "users.h"
#include "webhook.h"

#define ENGINE_QUEUE_MAX	4000	/* messages that wait for the engine */
#define HEADERS_MAX		8192	/* bytes of all of a request's */
#define RETRY_AFTER		"5"	/* seconds */
#define REFUSED_EVERY		60000	/* ms between complaints of tokens */
#define PLACES_MAX		2	/* the webhook's, and the metrics' */

/* Not among libevent's. */
#define HTTP_ACCEPTED		202
#define HTTP_UNAUTHORIZED	401

/* An address, or several: all on which the same is served. */
struct place {
	struct listener		*listener;
	uint32_t		 serves;	/* enum serves */
	struct evhttp		*http;
	struct connections	*connections;
	int			 fds[LISTEN_SOCKETS_MAX];
	size_t			 n_fds;
};

struct listener {
	struct event_base		*base;
	struct channel			*parent;
	struct channel			*engine;	/* or NULL */
	struct message_identity		 identity;
	struct message_listener_options	 options;
	char				*path;		/* without %XX */
	char				*metrics_path;	/* the same */
	struct place			 places[PLACES_MAX];
	size_t				 n_places;
	struct scrapes			*scrapes;
	struct pages			*pages;
	bool				 configured;
	bool				 listening;
	bool				 owes_sync;	/* some were refused */
	int64_t				 complained;	/* ms; 0: not yet */
};

typedef int	 receive(struct listener *, struct imsg *);

static receive	 recv_hello, recv_identity, recv_options, recv_socket;
static receive	 recv_config_done, recv_link, recv_metric, recv_scraped;
static receive	 recv_row, recv_page_done;

static int	parent_message(struct channel *, struct imsg *, void *);
static int	engine_message(struct channel *, struct imsg *, void *);
static void	engine_closed(struct channel *, const char *, void *);
static void	engine_drained(struct channel *, void *);
static void	begin_listening(struct listener *);
static struct place *place_for(struct listener *, uint32_t);
static void	set_up_http(struct place *);
static void	answer_request(struct evhttp_request *, void *);
static void	answer_webhook(struct place *, struct evhttp_request *);
static bool	only_looks(struct place *, struct evhttp_request *);
static void	answer_metrics(struct place *, struct evhttp_request *);
static void	answer_page(struct place *, struct evhttp_request *);
static const struct page_file *file_wanted(struct evhttp_request *);
static void	answer_file(struct place *, struct evhttp_request *,
		    const struct page_file *);
static int	judge(struct listener *, struct evhttp_request *);
static bool	is_path(const char *, struct evhttp_request *);
static bool	may(struct listener *, struct evhttp_request *, bool);
static void	complain(struct listener *);
static enum webhook_result take(struct listener *,
		    struct evhttp_request *);
static void	send_sync(struct listener *);
static void	answer(struct place *, struct evhttp_request *, int,
		    const char *);
static void	add_header(struct evhttp_request *, const char *,
		    const char *);

static const struct channel_handlers parent_handlers = {
	parent_message, child_closed, NULL
};
static const struct channel_handlers engine_handlers = {
	engine_message, engine_closed, engine_drained
};

static receive *const from_parent[MESSAGE_TYPE_COUNT] = {
	[MESSAGE_IDENTITY] =		recv_identity,
	[MESSAGE_LISTENER_OPTIONS] =	recv_options,
	[MESSAGE_LISTEN_SOCKET] =	recv_socket,
	[MESSAGE_CONFIG_DONE] =		recv_config_done,
	[MESSAGE_LINK] =		recv_link
};

static receive *const from_engine[MESSAGE_TYPE_COUNT] = {
	[MESSAGE_HELLO] =		recv_hello,
	[MESSAGE_METRIC] =		recv_metric,
	[MESSAGE_SCRAPED] =		recv_scraped,
	[MESSAGE_ROW] =			recv_row,
	[MESSAGE_PAGE_DONE] =		recv_page_done
};

static const struct {
	int		 status;
	const char	*reason;
	const char	*header;	/* that goes with it, or NULL */
	const char	*value;		/* NULL: it depends */
} answers[] = {
	{ HTTP_ACCEPTED, "Accepted", NULL, NULL },
	{ HTTP_UNAUTHORIZED, "Unauthorized", "WWW-Authenticate", "Bearer" },
	{ HTTP_NOTFOUND, "Not Found", NULL, NULL },
	{ HTTP_BADMETHOD, "Method Not Allowed", "Allow", NULL },
	{ HTTP_SERVUNAVAIL, "Service Unavailable", "Retry-After", RETRY_AFTER }
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static int
recv_hello(struct listener *listener, struct imsg *imsg)
{
	(void)listener;
	return channel_take_hello(imsg);
}

/* From the parent */

static int
recv_identity(struct listener *listener, struct imsg *imsg)
{
	if (listener->path != NULL)
		return -1;
	return message_get_identity(imsg, &listener->identity);
}

static int
recv_options(struct listener *listener, struct imsg *imsg)
{
	struct message_listener_options *options = &listener->options;

	if (listener->path != NULL ||
	    message_get_listener_options(imsg, options) == -1)
		return -1;
	explicit_bzero(imsg->data, imsg_get_len(imsg));
	log_set_verbose(options->verbose);
	listener->path = evhttp_uridecode(options->path, 0, NULL);
	listener->metrics_path = evhttp_uridecode(options->metrics_path, 0,
	    NULL);
	if (listener->path == NULL || listener->metrics_path == NULL)
		fatal_memory("evhttp_uridecode");
	return 0;
}

/* NULL: there would be too many. */
static struct place *
place_for(struct listener *listener, uint32_t serves)
{
	struct place *place;
	size_t i;

	for (i = 0; i < listener->n_places; i++) {
		if (listener->places[i].serves == serves)
			return &listener->places[i];
	}
	if (i == PLACES_MAX)
		return NULL;
	place = &listener->places[listener->n_places++];
	place->listener = listener;
	place->serves = serves;
	return place;
}

static int
recv_socket(struct listener *listener, struct imsg *imsg)
{
	struct place *place;
	uint32_t serves;
	int fd;

	if (listener->configured ||
	    message_get_listen_socket(imsg, &serves, &fd) == -1 ||
	    (place = place_for(listener, serves)) == NULL ||
	    place->n_fds == LISTEN_SOCKETS_MAX)
		return -1;
	place->fds[place->n_fds++] = fd;
	return 0;
}

static int
recv_config_done(struct listener *listener, struct imsg *imsg)
{
	size_t i;

	if (listener->path == NULL || listener->configured ||
	    imsg_get_len(imsg) != 0)
		return -1;
	for (i = 0; i < listener->n_places; i++)
		set_up_http(&listener->places[i]);
	listener->configured = true;
	users_become(&listener->identity, listener->identity.empty);
	sandbox_listener();
	return 0;
}

/* Only when there is somebody to tell is anybody heard. */
static int
recv_link(struct listener *listener, struct imsg *imsg)
{
	struct message_link link;
	int fd;

	if (!listener->configured ||
	    message_get_link(imsg, &link, &fd) == -1 ||
	    link.role != ROLE_ENGINE)
		return -1;
	channel_free(listener->engine);
	listener->engine = channel_new(listener->base, fd, &engine_handlers,
	    listener, ENGINE_QUEUE_MAX);
	if (listener->engine == NULL)
		fatal("channel_new");
	channel_say_hello(listener->engine);
	scrapes_engine(listener->scrapes, listener->engine);
	pages_engine(listener->pages, listener->engine);
	begin_listening(listener);
	return 0;
}

static void
begin_listening(struct listener *listener)
{
	struct place *place;
	size_t i, j;

	if (listener->listening)
		return;
	listener->listening = true;
	for (i = 0; i < listener->n_places; i++) {
		place = &listener->places[i];
		for (j = 0; j < place->n_fds; j++)
			connections_accept(place->connections, place->fds[j]);
	}
}

static int
parent_message(struct channel *channel, struct imsg *imsg, void *arg)
{
	struct listener *listener = arg;
	uint32_t type = imsg_get_type(imsg);

	if (child_obeys(channel, imsg))
		return 0;
	if (type >= MESSAGE_TYPE_COUNT || from_parent[type] == NULL ||
	    from_parent[type](listener, imsg) == -1)
		fatalx("nonsense from the parent: %s",
		    message_type_name(type));
	return 0;
}

/* From the engine: that it is there, its metrics, and what pages show. */

static int
recv_metric(struct listener *listener, struct imsg *imsg)
{
	struct message_metric metric;

	if (message_get_metric(imsg, &metric) == -1)
		return -1;
	scrapes_metric(listener->scrapes, &metric);
	return 0;
}

static int
recv_scraped(struct listener *listener, struct imsg *imsg)
{
	if (imsg_get_len(imsg) != 0)
		return -1;
	scrapes_done(listener->scrapes);
	return 0;
}

static int
recv_row(struct listener *listener, struct imsg *imsg)
{
	static struct message_row row;

	if (message_get_row(imsg, &row) == -1)
		return -1;
	pages_row(listener->pages, &row);
	return 0;
}

static int
recv_page_done(struct listener *listener, struct imsg *imsg)
{
	if (imsg_get_len(imsg) != 0)
		return -1;
	pages_done(listener->pages);
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

/* The next one begins by reading everything: it has missed nothing. */
static void
engine_closed(struct channel *channel, const char *error, void *arg)
{
	struct listener *listener = arg;

	child_lost(channel, error, "the engine");
	log_debug("the engine is gone%s%s", error == NULL ? "" : ": ",
	    error == NULL ? "" : error);
	channel_free(channel);
	listener->engine = NULL;
	scrapes_engine(listener->scrapes, NULL);
	pages_engine(listener->pages, NULL);
}

static void
engine_drained(struct channel *channel, void *arg)
{
	struct listener *listener = arg;

	(void)channel;
	if (listener->owes_sync)
		send_sync(listener);
}

/* To the engine */

static void
send_sync(struct listener *listener)
{
	listener->owes_sync = false;
	message_put_empty(channel_imsgbuf(listener->engine),
	    MESSAGE_SYNC_NOW, 0);
	channel_written(listener->engine);
}

static enum webhook_result
take(struct listener *listener, struct evhttp_request *req)
{
	struct evbuffer *body = evhttp_request_get_input_buffer(req);
	struct message_event event;
	size_t len = evbuffer_get_length(body);
	const char *text = "";

	if (len > 0 &&
	    (text = (const char *)evbuffer_pullup(body, -1)) == NULL)
		fatal_memory("evbuffer_pullup");
	switch (webhook_read(text, len, &event)) {
	case WEBHOOK_EVENT:
		message_put_event(channel_imsgbuf(listener->engine), 0,
		    &event);
		channel_written(listener->engine);
		return WEBHOOK_RESULT_EVENT;
	case WEBHOOK_SYNC:
		send_sync(listener);
		return WEBHOOK_RESULT_SYNC;
	case WEBHOOK_NOTHING:
		break;
	}
	return WEBHOOK_RESULT_NOTHING;
}

/* Requests */

static void
set_up_http(struct place *place)
{
	struct event_base *base = place->listener->base;

	/* All it knows: what may not be used here is answered with 405. */
	const ev_uint16_t methods = EVHTTP_REQ_GET | EVHTTP_REQ_POST |
	    EVHTTP_REQ_HEAD | EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE |
	    EVHTTP_REQ_OPTIONS | EVHTTP_REQ_TRACE | EVHTTP_REQ_CONNECT |
	    EVHTTP_REQ_PATCH;

	if ((place->http = evhttp_new(base)) == NULL)
		fatal_memory("evhttp_new");
	evhttp_set_allowed_methods(place->http, methods);
	evhttp_set_max_headers_size(place->http, HEADERS_MAX);
	evhttp_set_max_body_size(place->http, WEBHOOK_BODY_MAX);
	evhttp_set_default_content_type(place->http, NULL);
	evhttp_set_gencb(place->http, answer_request, place);
	place->connections = connections_new(base, place->http);
}

static void
answer_request(struct evhttp_request *req, void *arg)
{
	struct place *place = arg;
	const struct listener *listener = place->listener;
	const struct page_file *file;

	if ((place->serves & SERVES_WEBHOOK) && is_path(listener->path, req))
		answer_webhook(place, req);
	else if ((place->serves & SERVES_METRICS) &&
	    is_path(listener->metrics_path, req))
		answer_metrics(place, req);
	else if (listener->options.status_page && is_path("/", req))
		answer_page(place, req);
	else if (listener->options.status_page &&
	    (file = file_wanted(req)) != NULL)
		answer_file(place, req, file);
	else
		answer(place, req, HTTP_NOTFOUND, NULL);
}

/* Of a request that is not accepted. */
static enum webhook_result
refusal(int status)
{
	switch (status) {
	case HTTP_UNAUTHORIZED:
		return WEBHOOK_RESULT_UNAUTHORIZED;
	case HTTP_BADMETHOD:
		return WEBHOOK_RESULT_METHOD;
	default:
		return WEBHOOK_RESULT_UNAVAILABLE;
	}
}

static void
answer_webhook(struct place *place, struct evhttp_request *req)
{
	struct listener *listener = place->listener;
	int status = judge(listener, req);

	scrapes_count(listener->scrapes, status == HTTP_ACCEPTED ?
	    take(listener, req) : refusal(status));
	/* Whoever was told to come later need not. */
	if (status == HTTP_SERVUNAVAIL && listener->engine != NULL)
		listener->owes_sync = true;
	answer(place, req, status, "POST");
}

/* Else it has been answered, that it asks for something else than to see. */
static bool
only_looks(struct place *place, struct evhttp_request *req)
{
	enum evhttp_cmd_type method = evhttp_request_get_command(req);

	if (method == EVHTTP_REQ_GET || method == EVHTTP_REQ_HEAD)
		return true;
	answer(place, req, HTTP_BADMETHOD, "GET, HEAD");
	return false;
}

static void
answer_metrics(struct place *place, struct evhttp_request *req)
{
	if (!only_looks(place, req))
		return;
	connections_keep(place->connections, req);
	scrapes_answer(place->listener->scrapes, req);
}

/* A browser asks without a token first, and then whoever sits before it. */
static void
answer_page(struct place *place, struct evhttp_request *req)
{
	struct listener *listener = place->listener;

	if (!only_looks(place, req))
		return;
	if (!may(listener, req, false)) {
		page_refuse(req);
		return;
	}
	connections_keep(place->connections, req);
	pages_answer(listener->pages, req);
}

static const struct page_file *
file_wanted(struct evhttp_request *req)
{
	size_t i;

	for (i = 0; i < PAGE_FILES; i++) {
		if (is_path(page_files[i].path, req))
			return &page_files[i];
	}
	return NULL;
}

/* Nothing that is ours alone is in them: they need no token. */
static void
answer_file(struct place *place, struct evhttp_request *req,
    const struct page_file *file)
{
	if (!only_looks(place, req))
		return;
	connections_keep(place->connections, req);
	page_send_file(req, file);
}

static int
judge(struct listener *listener, struct evhttp_request *req)
{
	if (evhttp_request_get_command(req) != EVHTTP_REQ_POST)
		return HTTP_BADMETHOD;
	if (!may(listener, req, true))
		return HTTP_UNAUTHORIZED;
	if (listener->engine == NULL || channel_is_full(listener->engine))
		return HTTP_SERVUNAVAIL;
	return HTTP_ACCEPTED;
}

static bool
is_path(const char *wanted, struct evhttp_request *req)
{
	const char *path;
	char *decoded;
	bool same;

	path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(req));
	if (path == NULL || (decoded = evhttp_uridecode(path, 0, NULL)) == NULL)
		return false;
	same = strcmp(decoded, wanted) == 0;
	free(decoded);
	return same;
}

/* Where no token is set, everybody may. */
static bool
may(struct listener *listener, struct evhttp_request *req, bool none_is_wrong)
{
	enum token_found found;

	if (listener->options.token[0] == '\0')
		return true;
	found = token_find(req, listener->options.token);
	if (found == TOKEN_WRONG || (found == TOKEN_NONE && none_is_wrong))
		complain(listener);
	return found == TOKEN_RIGHT;
}

static void
complain(struct listener *listener)
{
	int64_t now = clock_ms();

	if (listener->complained != 0 &&
	    now - listener->complained < REFUSED_EVERY)
		return;
	listener->complained = now;
	log_warnx("a request without the right token was refused; others "
	    "are, within a minute, without a word");
}

static void
add_header(struct evhttp_request *req, const char *name, const char *value)
{
	if (evhttp_add_header(evhttp_request_get_output_headers(req), name,
	    value) == -1)
		fatal_memory("evhttp_add_header");
}

/* Only who is welcome may stay.  allowed: methods, for who has another. */
static void
answer(struct place *place, struct evhttp_request *req, int status,
    const char *allowed)
{
	size_t i;

	for (i = 0; i < COUNT(answers); i++) {
		if (answers[i].status == status)
			break;
	}
	if (i == COUNT(answers))
		fatalx("no answer %d", status);
	if (answers[i].header != NULL)
		add_header(req, answers[i].header, answers[i].value == NULL ?
		    allowed : answers[i].value);
	if (status == HTTP_ACCEPTED)
		connections_keep(place->connections, req);
	else
		add_header(req, "Connection", "close");
	evhttp_send_reply(req, status, answers[i].reason, NULL);
}

_Noreturn void
listener_main(void)
{
	static struct listener listener;

	if ((listener.base = event_base_new()) == NULL)
		fatal("event_base_new");
	listener.scrapes = scrapes_new(listener.base);
	listener.pages = pages_new(listener.base);
	listener.parent = child_channel(listener.base, &parent_handlers,
	    &listener);
	child_run(listener.base);
}
