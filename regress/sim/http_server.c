/*
 * HTTP/1.1: connections, requests in, answers out.
 */
#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <strings.h>

#include <event2/bufferevent.h>
#include <event2/listener.h>

#include "http_server.h"
#include "memory.h"

#define OUTPUT_HIGH	(256 * 1024)	/* bytes a stream may run ahead */
#define OUTPUT_LOW	(64 * 1024)

struct http_connection {
	TAILQ_ENTRY(http_connection)	 entry;
	struct http_server		*server;
	struct bufferevent		*bev;
	struct http_request		*request;
	size_t				 body_wanted;	/* bytes */
	struct http_stream		 stream;
	struct evbuffer			*piece;
	struct ev_token_bucket_cfg	*rate;
	bool				 complete;	/* given to the handler */
	bool				 answered;
	bool				 close_when_sent;
	bool				 busy;		/* in a callback */
	bool				 dead;
};

TAILQ_HEAD(http_connections, http_connection);

struct http_server {
	struct event_base	*base;
	struct evconnlistener	*listener;
	int			 placeholder;	/* while it is down, or -1 */
	struct http_connections	 connections;
	http_handler		 handler;
	void			*arg;
	uint16_t		 port;
};

static const struct {
	int		 status;
	const char	*text;
} statuses[] = {
	{ 200, "OK" },
	{ 204, "No Content" },
	{ 302, "Found" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 411, "Length Required" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
};

static int	 bound_socket(uint16_t);
static void	 accepted(struct evconnlistener *, evutil_socket_t,
		    struct sockaddr *, int, void *);
static void	 readable(struct bufferevent *, void *);
static void	 written(struct bufferevent *, void *);
static void	 ended(struct bufferevent *, short, void *);
static int	 read_head(struct http_connection *);
static int	 read_body(struct http_connection *);
static int	 parse_head(struct http_connection *, char *);
static int	 parse_line(struct http_request *, char *);
static void	 refuse(struct http_connection *, int);
static void	 pump(struct http_connection *);
static void	 stream_end(struct http_connection *);
static void	 request_finish(struct http_connection *);
static void	 connection_free(struct http_connection *);
static const char *status_text(int);

struct http_server *
http_server_new(struct event_base *base, uint16_t port, http_handler handler,
    void *arg)
{
	struct http_server *server = memory_zeroed(1, sizeof(*server));

	server->placeholder = -1;
	server->base = base;
	server->port = port;
	server->handler = handler;
	server->arg = arg;
	TAILQ_INIT(&server->connections);
	if (http_server_up(server) == -1) {
		free(server);
		return NULL;
	}
	return server;
}

void
http_server_free(struct http_server *server)
{
	if (server == NULL)
		return;
	http_server_down(server);
	if (server->placeholder != -1)
		close(server->placeholder);
	free(server);
}

uint16_t
http_server_port(const struct http_server *server)
{
	return server->port;
}

/*
 * Bound, but not listening: connections are refused, and nobody else is given
 * this port meanwhile.  -1 if it cannot be had; then that may happen.
 */
static int
bound_socket(uint16_t port)
{
	struct sockaddr_in sin;
	int fd, on = 1;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sin.sin_port = htons(port);
	if ((fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1 ||
	    bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1) {
		warn("port %u", port);
		close(fd);
		return -1;
	}
	return fd;
}

void
http_server_down(struct http_server *server)
{
	struct http_connection *c, *next;

	if (server->listener != NULL) {
		evconnlistener_free(server->listener);
		server->placeholder = bound_socket(server->port);
	}
	server->listener = NULL;
	TAILQ_FOREACH_SAFE(c, &server->connections, entry, next)
		connection_free(c);
}

int
http_server_up(struct http_server *server)
{
	struct sockaddr_in sin;
	socklen_t length = sizeof(sin);

	if (server->listener != NULL)
		return 0;
	if (server->placeholder != -1)
		close(server->placeholder);
	server->placeholder = -1;
	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sin.sin_port = htons(server->port);
	server->listener = evconnlistener_new_bind(server->base, accepted,
	    server, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC |
	    LEV_OPT_REUSEABLE, 128, (struct sockaddr *)&sin, sizeof(sin));
	if (server->listener == NULL)
		return -1;
	if (getsockname(evconnlistener_get_fd(server->listener),
	    (struct sockaddr *)&sin, &length) == -1)
		err(1, "getsockname");
	server->port = ntohs(sin.sin_port);
	return 0;
}

static void
accepted(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *address, int length, void *arg)
{
	struct http_server *server = arg;
	struct http_connection *c = memory_zeroed(1, sizeof(*c));
	int on = 1;

	(void)listener;
	(void)address;
	(void)length;
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == -1)
		warn("TCP_NODELAY");
	c->server = server;
	c->bev = bufferevent_socket_new(server->base, fd,
	    BEV_OPT_CLOSE_ON_FREE);
	c->piece = evbuffer_new();
	if (c->bev == NULL || c->piece == NULL)
		errx(1, "no memory for a connection");
	bufferevent_setcb(c->bev, readable, written, ended, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0, 2 * HTTP_BODY_MAX);
	bufferevent_setwatermark(c->bev, EV_WRITE, OUTPUT_LOW, 0);
	if (bufferevent_enable(c->bev, EV_READ | EV_WRITE) == -1)
		errx(1, "bufferevent_enable");
	TAILQ_INSERT_TAIL(&server->connections, c, entry);
}

static void
connection_free(struct http_connection *c)
{
	if (c->busy) {
		c->dead = true;
		return;
	}
	TAILQ_REMOVE(&c->server->connections, c, entry);
	request_finish(c);
	if (c->bev != NULL)
		bufferevent_free(c->bev);
	evbuffer_free(c->piece);
	if (c->rate != NULL)
		ev_token_bucket_cfg_free(c->rate);
	free(c);
}

static void
request_finish(struct http_connection *c)
{
	struct http_request *request = c->request;

	stream_end(c);
	c->request = NULL;
	c->complete = c->answered = false;
	if (request == NULL)
		return;
	request->connection = NULL;
	if (request->gone != NULL)
		request->gone(request, request->gone_arg);
	else
		http_request_free(request);
}

void
http_request_free(struct http_request *request)
{
	evhttp_clear_headers(&request->query);
	evhttp_clear_headers(&request->headers);
	evhttp_clear_headers(&request->answer_headers);
	free(request->target);
	free(request->path);
	free(request->body);
	free(request);
}

/* What is in the input may be no request yet, or one, or more than one. */
static void
readable(struct bufferevent *bev, void *arg)
{
	struct http_connection *c = arg;
	int ready;

	(void)bev;
	if (c->complete || c->close_when_sent)
		return;
	if (c->request == NULL && read_head(c) != 1)
		return;
	if ((ready = read_body(c)) != 1)
		return;
	c->complete = true;
	c->busy = true;
	c->server->handler(c->request, c->server->arg);
	c->busy = false;
	if (c->dead)
		connection_free(c);
}

/* 1 if there is a whole head, 0 if not yet, -1 if it was refused. */
static int
read_head(struct http_connection *c)
{
	struct evbuffer *input = bufferevent_get_input(c->bev);
	struct evbuffer_ptr line, end;
	size_t length = evbuffer_get_length(input);
	char *head;
	int result;

	line = evbuffer_search(input, "\r\n", 2, NULL);
	if ((line.pos == -1 ? (ssize_t)length : line.pos) > HTTP_LINE_MAX) {
		refuse(c, 414);
		return -1;
	}
	end = evbuffer_search(input, "\r\n\r\n", 4, NULL);
	if (end.pos == -1) {
		if (length > HTTP_HEADERS_MAX) {
			refuse(c, 431);
			return -1;
		}
		return 0;
	}
	head = memory_zeroed((size_t)end.pos + 3, 1);
	if (evbuffer_remove(input, head, (size_t)end.pos + 2) == -1 ||
	    evbuffer_drain(input, 2) == -1)
		errx(1, "evbuffer_remove");
	result = parse_head(c, head);
	free(head);
	return result;
}

static int
parse_head(struct http_connection *c, char *head)
{
	struct http_request *request = memory_zeroed(1, sizeof(*request));
	const char *length, *error;
	char *line, *colon;

	TAILQ_INIT(&request->query);
	TAILQ_INIT(&request->headers);
	TAILQ_INIT(&request->answer_headers);
	request->connection = c;
	c->request = request;
	line = strsep(&head, "\n");
	line[strcspn(line, "\r")] = '\0';
	if (parse_line(request, line) == -1)
		goto fail;
	while ((line = strsep(&head, "\n")) != NULL && *line != '\0') {
		line[strcspn(line, "\r")] = '\0';
		if ((colon = strchr(line, ':')) == NULL)
			goto fail;
		*colon++ = '\0';
		if (evhttp_add_header(&request->headers, line,
		    colon + strspn(colon, " \t")) == -1)
			goto fail;
	}
	c->body_wanted = 0;
	if ((length = http_header(request, "Content-Length")) != NULL) {
		c->body_wanted = (size_t)strtonum(length, 0, HTTP_BODY_MAX,
		    &error);
		if (error != NULL) {
			refuse(c, 413);
			return -1;
		}
	} else if (http_header(request, "Transfer-Encoding") != NULL) {
		refuse(c, 411);
		return -1;
	}
	return 1;
fail:
	refuse(c, 400);
	return -1;
}

static int
parse_line(struct http_request *request, char *line)
{
	char *method, *target, *question;
	size_t length;

	method = strsep(&line, " ");
	target = strsep(&line, " ");
	if (target == NULL || line == NULL || *target != '/' ||
	    strlcpy(request->method, method, sizeof(request->method)) >=
	    sizeof(request->method) || strncmp(line, "HTTP/1.", 7) != 0)
		return -1;
	request->target = memory_copy(target);
	if ((question = strchr(target, '?')) != NULL) {
		*question++ = '\0';
		if (evhttp_parse_query_str(question, &request->query) == -1)
			return -1;
	}
	if ((request->path = evhttp_uridecode(target, 0, &length)) == NULL)
		errx(1, "evhttp_uridecode");
	return strlen(request->path) == length ? 0 : -1;
}

static int
read_body(struct http_connection *c)
{
	struct evbuffer *input = bufferevent_get_input(c->bev);
	struct http_request *request = c->request;

	if (evbuffer_get_length(input) < c->body_wanted)
		return 0;
	request->body = memory_zeroed(c->body_wanted + 1, 1);
	request->body_length = c->body_wanted;
	if (c->body_wanted > 0 && evbuffer_remove(input, request->body,
	    c->body_wanted) != (int)c->body_wanted)
		errx(1, "evbuffer_remove");
	return 1;
}

/* What is no request at all is answered here, and the connection closed. */
static void
refuse(struct http_connection *c, int status)
{
	c->close_when_sent = true;
	c->answered = true;
	if (evbuffer_add_printf(bufferevent_get_output(c->bev),
	    "HTTP/1.1 %d %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
	    status, status_text(status)) == -1)
		errx(1, "evbuffer_add_printf");
}

static void
ended(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		connection_free(arg);
}

static void
written(struct bufferevent *bev, void *arg)
{
	struct http_connection *c = arg;

	if (c->stream.more != NULL) {
		pump(c);
		return;
	}
	if (!c->answered ||
	    evbuffer_get_length(bufferevent_get_output(bev)) > 0)
		return;
	if (c->close_when_sent) {
		connection_free(c);
		return;
	}
	request_finish(c);
	readable(bev, c);
}

static void
pump(struct http_connection *c)
{
	struct evbuffer *output = bufferevent_get_output(c->bev);
	enum http_piece piece = HTTP_MORE;
	size_t length;

	while (piece == HTTP_MORE &&
	    evbuffer_get_length(output) < OUTPUT_HIGH) {
		piece = c->stream.more(c->stream.arg, c->piece);
		length = evbuffer_get_length(c->piece);
		c->request->sent += length;
		if (length > 0 && (evbuffer_add_printf(output, "%zx\r\n",
		    length) == -1 || evbuffer_add_buffer(output, c->piece) == -1 ||
		    evbuffer_add(output, "\r\n", 2) == -1))
			errx(1, "no memory for an answer");
	}
	if (piece == HTTP_END && evbuffer_add(output, "0\r\n\r\n", 5) == -1)
		errx(1, "no memory for an answer");
	if (piece == HTTP_CUT)
		c->close_when_sent = true;
	if (piece != HTTP_MORE)
		stream_end(c);
	/* A cut may leave nothing to write, and so nothing to wait for. */
	if (piece == HTTP_CUT && evbuffer_get_length(output) == 0)
		connection_free(c);
}

static void
stream_end(struct http_connection *c)
{
	if (c->stream.done != NULL)
		c->stream.done(c->stream.arg);
	memset(&c->stream, 0, sizeof(c->stream));
}

static const char *
status_text(int status)
{
	size_t i;

	for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (statuses[i].status == status)
			return statuses[i].text;
	return "Unknown";
}

const char *
http_query(const struct http_request *request, const char *name)
{
	return evhttp_find_header(&request->query, name);
}

const char *
http_header(const struct http_request *request, const char *name)
{
	return evhttp_find_header(&request->headers, name);
}

void
http_answer_header(struct http_request *request, const char *name,
    const char *value)
{
	if (evhttp_add_header(&request->answer_headers, name, value) == -1)
		errx(1, "evhttp_add_header");
}

static void
put_head(struct http_connection *c, int status)
{
	struct evbuffer *output = bufferevent_get_output(c->bev);
	const char *connection = http_header(c->request, "Connection");
	struct evkeyval *header;
	int failed;

	if (connection != NULL && strcasecmp(connection, "close") == 0)
		c->close_when_sent = true;
	c->answered = true;
	failed = evbuffer_add_printf(output, "HTTP/1.1 %d %s\r\n", status,
	    status_text(status)) == -1;
	TAILQ_FOREACH(header, &c->request->answer_headers, next)
		failed |= evbuffer_add_printf(output, "%s: %s\r\n", header->key,
		    header->value) == -1;
	if (c->close_when_sent)
		failed |= evbuffer_add_printf(output,
		    "Connection: close\r\n") == -1;
	if (failed)
		errx(1, "no memory for an answer");
}

void
http_answer(struct http_request *request, int status, const char *body,
    size_t length)
{
	struct http_connection *c = request->connection;
	struct evbuffer *output;

	if (c == NULL)
		return;
	put_head(c, status);
	output = bufferevent_get_output(c->bev);
	request->sent = length;
	/* 204 has no body by its nature, and so no length. */
	if ((status != 204 && evbuffer_add_printf(output,
	    "Content-Length: %zu\r\n", length) == -1) ||
	    evbuffer_add(output, "\r\n", 2) == -1 ||
	    evbuffer_add(output, body, length) == -1)
		errx(1, "no memory for an answer");
}

void
http_answer_stream(struct http_request *request, int status,
    const struct http_stream *stream)
{
	struct http_connection *c = request->connection;

	if (c == NULL) {
		stream->done(stream->arg);
		return;
	}
	put_head(c, status);
	if (evbuffer_add_printf(bufferevent_get_output(c->bev),
	    "Transfer-Encoding: chunked\r\n\r\n") == -1)
		errx(1, "no memory for an answer");
	c->stream = *stream;
	pump(c);
}

void
http_hang_up(struct http_request *request, bool reset)
{
	struct http_connection *c = request->connection;
	struct linger linger = { 1, 0 };

	if (c == NULL)
		return;
	if (reset && setsockopt(bufferevent_getfd(c->bev), SOL_SOCKET,
	    SO_LINGER, &linger, sizeof(linger)) == -1)
		warn("SO_LINGER");
	connection_free(c);
}

struct bufferevent *
http_take_over(struct http_request *request)
{
	struct http_connection *c = request->connection;
	struct bufferevent *bev;

	if (c == NULL)
		return NULL;
	bev = c->bev;
	if (c->rate != NULL && bufferevent_set_rate_limit(bev, NULL) == -1)
		errx(1, "bufferevent_set_rate_limit");
	bufferevent_setcb(bev, NULL, NULL, NULL, NULL);
	bufferevent_setwatermark(bev, EV_WRITE, 0, 0);
	c->bev = NULL;
	connection_free(c);
	return bev;
}

void
http_limit_rate(struct http_request *request, size_t bytes_per_second)
{
	struct http_connection *c = request->connection;
	const struct timeval tick = { 0, 50000 };
	struct ev_token_bucket_cfg *old;
	size_t per_tick = bytes_per_second / 20 + 1;

	if (c == NULL)
		return;
	old = c->rate;
	c->rate = NULL;
	if (bytes_per_second > 0 && (c->rate = ev_token_bucket_cfg_new(
	    EV_RATE_LIMIT_MAX, EV_RATE_LIMIT_MAX, per_tick, per_tick,
	    &tick)) == NULL)
		errx(1, "ev_token_bucket_cfg_new");
	if ((old != NULL || c->rate != NULL) &&
	    bufferevent_set_rate_limit(c->bev, c->rate) == -1)
		errx(1, "bufferevent_set_rate_limit");
	if (old != NULL)
		ev_token_bucket_cfg_free(old);
}
