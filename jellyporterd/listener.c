/*
 * The listener's role: what the parent tells it, the link to the engine, and
 * how requests are answered.
 *
 * Nothing of a request is ever logged: its query may be a token.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include "channel.h"
#include "clock.h"
#include "connections.h"
#include "listener.h"
#include "listen_socket.h"
#include "log.h"
#include "message.h"
#include "sandbox.h"
#include "users.h"
#include "webhook.h"

#define PARENT_FD		3
#define ENGINE_QUEUE_MAX	4000	/* messages that wait for the engine */
#define HEADERS_MAX		8192	/* bytes of all of a request's */
#define RETRY_AFTER		"5"	/* seconds */
#define REFUSED_EVERY		60000	/* ms between complaints of tokens */

/* Not among libevent's. */
#define HTTP_ACCEPTED		202
#define HTTP_UNAUTHORIZED	401

struct listener {
	struct event_base		*base;
	struct channel			*parent;
	struct channel			*engine;	/* or NULL */
	struct message_identity		 identity;
	struct message_listener_options	 options;
	struct evhttp			*http;
	struct connections		*connections;
	char				*path;		/* without %XX */
	int				 fds[LISTEN_SOCKETS_MAX];
	size_t				 n_fds;
	bool				 listening;
	bool				 owes_sync;	/* some were refused */
	int64_t				 complained;	/* ms; 0: not yet */
};

typedef int	 receive(struct listener *, struct imsg *);

static receive	 recv_hello, recv_identity, recv_options, recv_socket;
static receive	 recv_config_done, recv_link, recv_alive;

static int	parent_message(struct channel *, struct imsg *, void *);
static void	parent_closed(struct channel *, const char *, void *);
static int	engine_message(struct channel *, struct imsg *, void *);
static void	engine_closed(struct channel *, const char *, void *);
static void	engine_drained(struct channel *, void *);
static void	set_up_http(struct listener *);
static void	answer_request(struct evhttp_request *, void *);
static int	judge(struct listener *, struct evhttp_request *);
static bool	is_webhook(const struct listener *, struct evhttp_request *);
static bool	may(struct listener *, struct evhttp_request *);
static bool	bearer_token(struct evhttp_request *, char [TOKEN_SIZE]);
static bool	query_token(struct evhttp_request *, char [TOKEN_SIZE]);
static bool	is_same_token(const char [TOKEN_SIZE],
		    const char [TOKEN_SIZE]);
static void	take(struct listener *, struct evhttp_request *);
static void	send_sync(struct listener *);
static void	answer(struct listener *, struct evhttp_request *, int);
static void	add_header(struct evhttp_request *, const char *,
		    const char *);

static const struct channel_handlers parent_handlers = {
	parent_message, parent_closed, NULL
};
static const struct channel_handlers engine_handlers = {
	engine_message, engine_closed, engine_drained
};

static receive *const from_parent[MESSAGE_TYPE_COUNT] = {
	[MESSAGE_HELLO] =		recv_hello,
	[MESSAGE_IDENTITY] =		recv_identity,
	[MESSAGE_LISTENER_OPTIONS] =	recv_options,
	[MESSAGE_LISTEN_SOCKET] =	recv_socket,
	[MESSAGE_CONFIG_DONE] =		recv_config_done,
	[MESSAGE_LINK] =		recv_link,
	[MESSAGE_ALIVE] =		recv_alive
};

static const struct {
	int		 status;
	const char	*reason;
	const char	*header;	/* that goes with it, or NULL */
	const char	*value;
} answers[] = {
	{ HTTP_ACCEPTED, "Accepted", NULL, NULL },
	{ HTTP_UNAUTHORIZED, "Unauthorized", "WWW-Authenticate", "Bearer" },
	{ HTTP_NOTFOUND, "Not Found", NULL, NULL },
	{ HTTP_BADMETHOD, "Method Not Allowed", "Allow", "POST" },
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
	if ((listener->path = evhttp_uridecode(options->path, 0, NULL)) ==
	    NULL)
		fatalx("evhttp_uridecode");
	return 0;
}

static int
recv_socket(struct listener *listener, struct imsg *imsg)
{
	int fd;

	if (listener->http != NULL || listener->n_fds == LISTEN_SOCKETS_MAX ||
	    message_get_listen_socket(imsg, &fd) == -1)
		return -1;
	listener->fds[listener->n_fds++] = fd;
	return 0;
}

static int
recv_config_done(struct listener *listener, struct imsg *imsg)
{
	if (listener->path == NULL || listener->http != NULL ||
	    imsg_get_len(imsg) != 0)
		return -1;
	set_up_http(listener);
	users_become(&listener->identity, listener->identity.empty);
	sandbox_listener();
	return 0;
}

/* Only when there is somebody to tell is anybody heard. */
static int
recv_link(struct listener *listener, struct imsg *imsg)
{
	struct message_name name;
	size_t i;
	int fd;

	if (listener->http == NULL ||
	    message_get_link(imsg, &name, &fd) == -1)
		return -1;
	channel_free(listener->engine);
	listener->engine = channel_new(listener->base, fd, &engine_handlers,
	    listener, ENGINE_QUEUE_MAX);
	if (listener->engine == NULL)
		fatal("channel_new");
	channel_say_hello(listener->engine);
	for (i = 0; i < listener->n_fds && !listener->listening; i++)
		connections_accept(listener->connections, listener->fds[i]);
	listener->listening = true;
	return 0;
}

static int
recv_alive(struct listener *listener, struct imsg *imsg)
{
	if (imsg_get_len(imsg) != 0)
		return -1;
	channel_say_alive(listener->parent);
	return 0;
}

static int
parent_message(struct channel *channel, struct imsg *imsg, void *arg)
{
	struct listener *listener = arg;
	uint32_t type = imsg_get_type(imsg);

	(void)channel;
	if (type >= MESSAGE_TYPE_COUNT || from_parent[type] == NULL ||
	    from_parent[type](listener, imsg) == -1)
		fatalx("nonsense from the parent: %s",
		    message_type_name(type));
	return 0;
}

/* The parent stops us, or is no more. */
static void
parent_closed(struct channel *channel, const char *error, void *arg)
{
	(void)channel;
	(void)arg;
	if (error != NULL)
		log_warnx("parent: %s", error);
	exit(0);
}

/* From the engine, which says nothing but that it is there. */

static int
engine_message(struct channel *channel, struct imsg *imsg, void *arg)
{
	(void)channel;
	if (imsg_get_type(imsg) != MESSAGE_HELLO ||
	    recv_hello(arg, imsg) == -1)
		fatalx("nonsense from the engine: %s",
		    message_type_name(imsg_get_type(imsg)));
	return 0;
}

/* The next one begins by reading everything: it has missed nothing. */
static void
engine_closed(struct channel *channel, const char *error, void *arg)
{
	struct listener *listener = arg;

	log_debug("the engine is gone%s%s", error == NULL ? "" : ": ",
	    error == NULL ? "" : error);
	channel_free(channel);
	listener->engine = NULL;
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

static void
take(struct listener *listener, struct evhttp_request *req)
{
	struct evbuffer *body = evhttp_request_get_input_buffer(req);
	struct message_event event;
	size_t len = evbuffer_get_length(body);
	const char *text = "";

	if (len > 0 &&
	    (text = (const char *)evbuffer_pullup(body, -1)) == NULL)
		fatalx("evbuffer_pullup");
	switch (webhook_read(text, len, &event)) {
	case WEBHOOK_EVENT:
		message_put_event(channel_imsgbuf(listener->engine), 0,
		    &event);
		channel_written(listener->engine);
		break;
	case WEBHOOK_SYNC:
		send_sync(listener);
		break;
	case WEBHOOK_NOTHING:
		break;
	}
}

/* Requests */

static void
set_up_http(struct listener *listener)
{
	/* All it knows: what may not be used here is answered with 405. */
	const ev_uint16_t methods = EVHTTP_REQ_GET | EVHTTP_REQ_POST |
	    EVHTTP_REQ_HEAD | EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE |
	    EVHTTP_REQ_OPTIONS | EVHTTP_REQ_TRACE | EVHTTP_REQ_CONNECT |
	    EVHTTP_REQ_PATCH;

	if ((listener->http = evhttp_new(listener->base)) == NULL)
		fatalx("evhttp_new");
	evhttp_set_allowed_methods(listener->http, methods);
	evhttp_set_max_headers_size(listener->http, HEADERS_MAX);
	evhttp_set_max_body_size(listener->http, WEBHOOK_BODY_MAX);
	evhttp_set_default_content_type(listener->http, NULL);
	evhttp_set_gencb(listener->http, answer_request, listener);
	listener->connections = connections_new(listener->base,
	    listener->http);
}

static void
answer_request(struct evhttp_request *req, void *arg)
{
	struct listener *listener = arg;
	int status = judge(listener, req);

	if (status == HTTP_ACCEPTED)
		take(listener, req);
	/* Whoever was told to come later need not. */
	if (status == HTTP_SERVUNAVAIL && listener->engine != NULL)
		listener->owes_sync = true;
	answer(listener, req, status);
}

static int
judge(struct listener *listener, struct evhttp_request *req)
{
	if (!is_webhook(listener, req))
		return HTTP_NOTFOUND;
	if (evhttp_request_get_command(req) != EVHTTP_REQ_POST)
		return HTTP_BADMETHOD;
	if (listener->options.token[0] != '\0' && !may(listener, req))
		return HTTP_UNAUTHORIZED;
	if (listener->engine == NULL || channel_is_full(listener->engine))
		return HTTP_SERVUNAVAIL;
	return HTTP_ACCEPTED;
}

static bool
is_webhook(const struct listener *listener, struct evhttp_request *req)
{
	const char *path;
	char *decoded;
	bool same;

	path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(req));
	if (path == NULL || (decoded = evhttp_uridecode(path, 0, NULL)) == NULL)
		return false;
	same = strcmp(decoded, listener->path) == 0;
	free(decoded);
	return same;
}

static bool
may(struct listener *listener, struct evhttp_request *req)
{
	char token[TOKEN_SIZE];
	int64_t now = clock_ms();
	bool same;

	memset(token, 0, sizeof(token));
	same = (bearer_token(req, token) || query_token(req, token)) &&
	    is_same_token(token, listener->options.token);
	explicit_bzero(token, sizeof(token));
	if (!same && (listener->complained == 0 ||
	    now - listener->complained >= REFUSED_EVERY)) {
		listener->complained = now;
		log_warnx("a request without the right token was refused; "
		    "others are, within a minute, without a word");
	}
	return same;
}

static bool
bearer_token(struct evhttp_request *req, char token[TOKEN_SIZE])
{
	static const char scheme[] = "Bearer ";
	const char *value;

	value = evhttp_find_header(evhttp_request_get_input_headers(req),
	    "Authorization");
	if (value == NULL || strncasecmp(value, scheme, strlen(scheme)) != 0)
		return false;
	value += strlen(scheme);
	value += strspn(value, " ");
	return strlcpy(token, value, TOKEN_SIZE) < TOKEN_SIZE;
}

/* token= of the query, the first of them; a + is no space in it. */
static bool
query_token(struct evhttp_request *req, char token[TOKEN_SIZE])
{
	static const char name[] = "token=";
	const char *query;
	char *copy, *decoded, *next, *part;
	bool found = false;

	query = evhttp_uri_get_query(evhttp_request_get_evhttp_uri(req));
	if (query == NULL)
		return false;
	if ((copy = next = strdup(query)) == NULL)
		fatal("strdup");
	while ((part = strsep(&next, "&")) != NULL) {
		if (strncmp(part, name, strlen(name)) == 0)
			break;
	}
	if (part != NULL && (decoded = evhttp_uridecode(part + strlen(name),
	    0, NULL)) != NULL) {
		found = strlcpy(token, decoded, TOKEN_SIZE) < TOKEN_SIZE;
		freezero(decoded, strlen(decoded));
	}
	freezero(copy, strlen(query));
	return found;
}

/* All of both is looked at, whatever is in them: how long that takes says
 * nothing.  What is behind their ends is zero. */
static bool
is_same_token(const char a[TOKEN_SIZE], const char b[TOKEN_SIZE])
{
	volatile unsigned char differs = 0;
	size_t i;

	for (i = 0; i < TOKEN_SIZE; i++)
		differs |= (unsigned char)(a[i] ^ b[i]);
	return differs == 0;
}

static void
add_header(struct evhttp_request *req, const char *name, const char *value)
{
	if (evhttp_add_header(evhttp_request_get_output_headers(req), name,
	    value) == -1)
		fatalx("evhttp_add_header");
}

/* Only who is welcome may stay. */
static void
answer(struct listener *listener, struct evhttp_request *req, int status)
{
	size_t i;

	for (i = 0; i < COUNT(answers); i++) {
		if (answers[i].status == status)
			break;
	}
	if (i == COUNT(answers))
		fatalx("no answer %d", status);
	if (answers[i].header != NULL)
		add_header(req, answers[i].header, answers[i].value);
	if (status == HTTP_ACCEPTED)
		connections_keep(listener->connections, req);
	else
		add_header(req, "Connection", "close");
	evhttp_send_reply(req, status, answers[i].reason, NULL);
}

_Noreturn void
listener_main(void)
{
	static struct listener listener;

	if ((listener.base = event_base_new()) == NULL)
		fatalx("event_base_new");
	listener.parent = channel_new(listener.base, PARENT_FD,
	    &parent_handlers, &listener, 0);
	if (listener.parent == NULL)
		fatal("channel_new");
	imsgbuf_allow_fdpass(channel_imsgbuf(listener.parent));
	channel_say_hello(listener.parent);
	if (event_base_dispatch(listener.base) == -1)
		fatalx("event_base_dispatch");
	fatalx("nothing left to wait for");
}
