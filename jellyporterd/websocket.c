/*
 * One WebSocket to a server: a connection that libcurl makes, the handshake
 * (RFC 6455, 4.1), and frames by libwslay.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <wslay/wslay.h>

#include "clock.h"
#include "handshake.h"
#include "log.h"
#include "text.h"
#include "websocket.h"

#define HANDSHAKE_TIMEOUT	15	/* seconds, connecting included */
#define HEAD_MAX		8192	/* bytes, of ours and of the server's */
#define READS_MAX		64	/* before others have their turn */

struct websocket {
	struct event_base	*base;
	struct http		*http;
	struct http_request	*connection;
	char			*path;
	const struct websocket_handlers *handlers;
	void			*arg;
	struct event		*readable;	/* NULL: not connected yet */
	struct event		*writable;
	struct event		*clock;		/* of the handshake */
	struct event		*end;		/* tells of it, on its own */
	char			 key[HANDSHAKE_KEY_SIZE];
	char			 head[HEAD_MAX];	/* ours, then theirs */
	size_t			 head_len;
	size_t			 head_sent;
	size_t			 head_used;	/* of theirs; then come frames */
	bool			 open;
	bool			 ended;
	unsigned int		 reads;		/* in this turn */
	int64_t			 heard;		/* ms */
	size_t			 message_max;	/* bytes */
	wslay_event_context_ptr	 frames;
	char			 why[ERROR_SIZE];
};

static void	connected(const struct http_answer *, void *);
static struct event *wait_for(struct websocket *, int, short,
		    event_callback_fn);
static void	on_readable(evutil_socket_t, short, void *);
static void	on_writable(evutil_socket_t, short, void *);
static void	on_clock(evutil_socket_t, short, void *);
static void	on_end(evutil_socket_t, short, void *);
static void	fail(struct websocket *, const char *, ...)
		    __attribute__((__format__(printf, 2, 3)));
static void	send_head(struct websocket *);
static void	read_head(struct websocket *);
static void	check_head(struct websocket *, char *);
static bool	header_is(const char *, const char *, const char *);
static void	open_frames(struct websocket *);
static void	read_frames(struct websocket *);
static void	send_frames(struct websocket *);
static ssize_t	frame_read(wslay_event_context_ptr, uint8_t *, size_t, int,
		    void *);
static ssize_t	frame_write(wslay_event_context_ptr, const uint8_t *, size_t,
		    int, void *);
static int	frame_mask(wslay_event_context_ptr, uint8_t *, size_t, void *);
static void	frame_message(wslay_event_context_ptr,
		    const struct wslay_event_on_msg_recv_arg *, void *);
static void	queue(struct websocket *, uint8_t, const char *);

static const struct wslay_event_callbacks frame_callbacks = {
	.recv_callback = frame_read,
	.send_callback = frame_write,
	.genmask_callback = frame_mask,
	.on_msg_recv_callback = frame_message
};

struct websocket *
websocket_new(struct event_base *base, struct http *http, const char *path,
    size_t message_max, const struct websocket_handlers *handlers, void *arg)
{
	static const struct timeval limit = { HANDSHAKE_TIMEOUT, 0 };
	struct http_call call = { .timeout = HANDSHAKE_TIMEOUT };
	struct websocket *ws;

	if ((ws = calloc(1, sizeof(*ws))) == NULL ||
	    (ws->path = strdup(path)) == NULL)
		fatal("calloc");
	ws->base = base;
	ws->http = http;
	ws->handlers = handlers;
	ws->arg = arg;
	ws->message_max = message_max;
	ws->clock = evtimer_new(base, on_clock, ws);
	ws->end = evtimer_new(base, on_end, ws);
	if (ws->clock == NULL || ws->end == NULL ||
	    event_add(ws->clock, &limit) == -1)
		fatal_memory("evtimer_new");
	call.on_done = connected;
	call.arg = ws;
	ws->connection = http_connect(http, &call);
	return ws;
}

void
websocket_free(struct websocket *ws)
{
	if (ws == NULL)
		return;
	if (ws->frames != NULL)
		wslay_event_context_free(ws->frames);
	if (ws->readable != NULL)
		event_free(ws->readable);
	if (ws->writable != NULL)
		event_free(ws->writable);
	event_free(ws->clock);
	event_free(ws->end);
	/* After its events: it takes the socket with it. */
	if (ws->connection != NULL)
		http_cancel(ws->connection);
	explicit_bzero(ws->head, sizeof(ws->head));
	free(ws->path);
	free(ws);
}

int64_t
websocket_heard(const struct websocket *ws)
{
	return ws->heard;
}

/* The end: told in a turn of its own, since it may come out of any call. */

static void
fail(struct websocket *ws, const char *format, ...)
{
	static const struct timeval now = { 0, 0 };
	char text[2 * ERROR_SIZE];
	va_list ap;

	if (ws->ended)
		return;
	va_start(ap, format);
	if (vsnprintf(text, sizeof(text), format, ap) < 0)
		text[0] = '\0';
	va_end(ap);
	(void)text_safe(ws->why, sizeof(ws->why), text);
	ws->ended = true;
	if (ws->readable != NULL && (event_del(ws->readable) == -1 ||
	    event_del(ws->writable) == -1))
		fatalx("event_del");
	if (event_del(ws->clock) == -1 || event_add(ws->end, &now) == -1)
		fatalx("event_add");
}

static void
on_end(evutil_socket_t fd, short what, void *arg)
{
	struct websocket *ws = arg;

	(void)fd;
	(void)what;
	ws->handlers->closed(ws->why, ws->arg);
}

static void
on_clock(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	fail(arg, "WebSocket: no answer to the handshake within %d s",
	    HANDSHAKE_TIMEOUT);
}

/* Connecting */

static struct event *
wait_for(struct websocket *ws, int fd, short events, event_callback_fn call)
{
	struct event *event;

	if ((event = event_new(ws->base, fd, events | EV_PERSIST, call,
	    ws)) == NULL)
		fatal_memory("event_new");
	return event;
}

static void
connected(const struct http_answer *answer, void *arg)
{
	struct websocket *ws = arg;
	int fd;

	if (answer->failure != HTTP_OK) {
		ws->connection = NULL;
		fail(ws, "%s", answer->error);
		return;
	}
	if ((fd = http_socket(ws->connection)) == -1) {
		fail(ws, "WebSocket: the connection was lost");
		return;
	}
	handshake_key(ws->key);
	ws->head_len = http_upgrade_head(ws->http, ws->path, ws->key,
	    ws->head, sizeof(ws->head));
	if (ws->head_len == 0)
		fatalx("a handshake that is too long");
	ws->readable = wait_for(ws, fd, EV_READ, on_readable);
	ws->writable = wait_for(ws, fd, EV_WRITE, on_writable);
	if (event_add(ws->readable, NULL) == -1)
		fatalx("event_add");
	send_head(ws);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct websocket *ws = arg;

	(void)fd;
	(void)what;
	if (ws->open)
		read_frames(ws);
	else
		read_head(ws);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct websocket *ws = arg;

	(void)fd;
	(void)what;
	if (ws->open)
		send_frames(ws);
	else
		send_head(ws);
}

/* The handshake */

static void
send_head(struct websocket *ws)
{
	long n;

	while (ws->head_sent < ws->head_len) {
		n = http_write(ws->connection, ws->head + ws->head_sent,
		    ws->head_len - ws->head_sent);
		if (n == -1) {
			fail(ws, "WebSocket: the connection was closed");
			return;
		}
		if (n == 0) {
			if (event_add(ws->writable, NULL) == -1)
				fatalx("event_add");
			return;
		}
		ws->head_sent += (size_t)n;
	}
	if (event_del(ws->writable) == -1)
		fatalx("event_del");
	/* There is a key in it. */
	explicit_bzero(ws->head, sizeof(ws->head));
	ws->head_len = 0;
}

static void
read_head(struct websocket *ws)
{
	char *end;
	long n;

	if (ws->head_sent < ws->head_len) {
		fail(ws, "WebSocket: answered before it was asked");
		return;
	}
	ws->head_sent = 0;
	for (;;) {
		n = http_read(ws->connection, ws->head + ws->head_len,
		    sizeof(ws->head) - 1 - ws->head_len);
		if (n == 0)
			return;
		if (n == -1) {
			fail(ws, "WebSocket: the connection was closed "
			    "without an answer");
			return;
		}
		ws->head_len += (size_t)n;
		ws->head[ws->head_len] = '\0';
		if ((end = strstr(ws->head, "\r\n\r\n")) != NULL)
			break;
		if (ws->head_len == sizeof(ws->head) - 1) {
			fail(ws, "WebSocket: an answer without an end");
			return;
		}
	}
	ws->heard = clock_ms();
	*end = '\0';
	ws->head_used = (size_t)(end - ws->head) + 4;
	check_head(ws, ws->head);
	if (!ws->ended)
		open_frames(ws);
}

/* Is this line the header of that name, with that value? */
static bool
header_is(const char *line, const char *name, const char *value)
{
	size_t len = strlen(name);

	if (strncasecmp(line, name, len) != 0 || line[len] != ':')
		return false;
	line += len + 1;
	line += strspn(line, " \t");
	return strcasecmp(line, value) == 0;
}

static void
check_head(struct websocket *ws, char *head)
{
	char accept[HANDSHAKE_ANSWER_SIZE], *line;
	bool upgraded = false, accepted = false;
	int status;

	if (sscanf(head, "HTTP/1.%*1[01] %3d", &status) != 1) {
		fail(ws, "WebSocket: it does not answer in HTTP");
		return;
	}
	if (status == 401 || status == 403) {
		fail(ws, "WebSocket: HTTP %d: the API key is wrong or was "
		    "revoked", status);
		return;
	}
	if (status != 101) {
		fail(ws, "WebSocket: HTTP %d%s", status,
		    status >= 500 ? "" : ": does a proxy before the server "
		    "keep WebSockets away?");
		return;
	}
	handshake_answer(ws->key, accept);
	while ((line = strsep(&head, "\n")) != NULL) {
		line[strcspn(line, "\r")] = '\0';
		upgraded = upgraded || header_is(line, "Upgrade", "websocket");
		accepted = accepted ||
		    header_is(line, "Sec-WebSocket-Accept", accept);
	}
	if (!upgraded || !accepted)
		fail(ws, "WebSocket: the handshake's answer is wrong");
}

/* Frames */

static void
open_frames(struct websocket *ws)
{
	if (wslay_event_context_client_init(&ws->frames, &frame_callbacks,
	    ws) != 0)
		fatal_memory("wslay_event_context_client_init");
	wslay_event_config_set_max_recv_msg_length(ws->frames,
	    ws->message_max);
	if (event_del(ws->clock) == -1)
		fatalx("event_del");
	ws->open = true;
	ws->handlers->opened(ws->arg);
	read_frames(ws);		/* what came with the head */
}

static void
read_frames(struct websocket *ws)
{
	int result;

	if (ws->ended)
		return;
	ws->reads = 0;
	result = wslay_event_recv(ws->frames);
	if (result == WSLAY_ERR_NOMEM)
		fatal_memory("wslay_event_recv");
	if (result != 0)
		fail(ws, "WebSocket: the connection was cut");
	else if (wslay_event_get_close_received(ws->frames))
		fail(ws, "WebSocket: closed by the server, status %d",
		    wslay_event_get_status_code_received(ws->frames));
	else if (!wslay_event_get_read_enabled(ws->frames))
		fail(ws, "WebSocket: the server does not keep to the "
		    "protocol, or says too much at once");
	/* TLS may hold bytes of which the socket says nothing any more. */
	if (!ws->ended && ws->reads > READS_MAX)
		event_active(ws->readable, EV_READ, 0);
	send_frames(ws);		/* a ping wants an answer */
}

static void
send_frames(struct websocket *ws)
{
	int result;

	if (ws->ended)
		return;
	if ((result = wslay_event_send(ws->frames)) == WSLAY_ERR_NOMEM)
		fatal_memory("wslay_event_send");
	if (result != 0)
		fail(ws, "WebSocket: the connection was cut");
	else if (wslay_event_want_write(ws->frames) ?
	    event_add(ws->writable, NULL) == -1 :
	    event_del(ws->writable) == -1)
		fatalx("event_add");
}

/* What came with the handshake's answer is the beginning of the frames. */
static ssize_t
frame_read(wslay_event_context_ptr frames, uint8_t *data, size_t size,
    int flags, void *arg)
{
	struct websocket *ws = arg;
	size_t left = ws->head_len - ws->head_used;
	long n;

	(void)flags;
	if (ws->ended || ++ws->reads > READS_MAX) {
		wslay_event_set_error(frames, WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	if (left > 0) {
		n = (long)(left < size ? left : size);
		memcpy(data, ws->head + ws->head_used, (size_t)n);
		ws->head_used += (size_t)n;
		return n;
	}
	if ((n = http_read(ws->connection, data, size)) > 0) {
		ws->heard = clock_ms();
		return n;
	}
	wslay_event_set_error(frames, n == 0 ? WSLAY_ERR_WOULDBLOCK :
	    WSLAY_ERR_CALLBACK_FAILURE);
	return -1;
}

static ssize_t
frame_write(wslay_event_context_ptr frames, const uint8_t *data, size_t len,
    int flags, void *arg)
{
	struct websocket *ws = arg;
	long n;

	(void)flags;
	if ((n = http_write(ws->connection, data, len)) > 0)
		return n;
	wslay_event_set_error(frames, n == 0 ? WSLAY_ERR_WOULDBLOCK :
	    WSLAY_ERR_CALLBACK_FAILURE);
	return -1;
}

static int
frame_mask(wslay_event_context_ptr frames, uint8_t *mask, size_t len,
    void *arg)
{
	(void)frames;
	(void)arg;
	arc4random_buf(mask, len);
	return 0;
}

static void
frame_message(wslay_event_context_ptr frames,
    const struct wslay_event_on_msg_recv_arg *message, void *arg)
{
	struct websocket *ws = arg;

	(void)frames;
	if (ws->ended || wslay_is_ctrl_frame(message->opcode))
		return;
	if (message->opcode != WSLAY_TEXT_FRAME ||
	    ws->handlers->text((const char *)message->msg,
	    message->msg_length, ws->arg) == -1)
		fail(ws, "WebSocket: a message that makes no sense");
}

static void
queue(struct websocket *ws, uint8_t opcode, const char *text)
{
	struct wslay_event_msg message;

	if (!ws->open || ws->ended)
		return;
	message.opcode = opcode;
	message.msg = (const uint8_t *)text;
	message.msg_length = strlen(text);
	switch (wslay_event_queue_msg(ws->frames, &message)) {
	case 0:
		break;
	case WSLAY_ERR_NOMEM:
		fatal_memory("wslay_event_queue_msg");
	default:		/* it is being closed: that is told elsewhere */
		return;
	}
	send_frames(ws);
}

void
websocket_send(struct websocket *ws, const char *text)
{
	queue(ws, WSLAY_TEXT_FRAME, text);
}

void
websocket_ping(struct websocket *ws)
{
	queue(ws, WSLAY_PING, "");
}
