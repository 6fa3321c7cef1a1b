/*
 * What a server says on a WebSocket, in place of libcurl's bytes.  The first
 * byte is 'h' for all of it, where '?' in the answer's head stands for the
 * right one to our key, or 'f' for frames behind a head that is right.  However
 * it is cut, it is the same messages; which of several reasons for an end is
 * seen first depends on how it is cut, but there is one at the end of all bytes.
 */
#include <sys/socket.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "handshake.h"
#include "http.h"
#include "text.h"
#include "websocket.h"

#define MESSAGE_MAX	1024	/* bytes */
#define SAID_MAX	8192	/* bytes of a server's answer and frames */
#define TURNS_MAX	100000	/* far more than there are bytes */

static const char head[] = "HTTP/1.1 101 Switching Protocols\r\n"
    "Upgrade: websocket\r\nSec-WebSocket-Accept: ?\r\n\r\n";

/* What a connection came to. */
struct reading {
	uint64_t	 sum;		/* of its messages */
	unsigned	 messages;
	bool		 opened;
	bool		 closed;
};

/* What the server says, and how far it has been read. */
struct server {
	const uint8_t		*data;
	size_t			 size;
	uint8_t			 said[SAID_MAX + HANDSHAKE_ANSWER_SIZE];
	size_t			 said_len;
	size_t			 read;
	size_t			 piece;		/* bytes of one read */
	bool			 drained;	/* and asked for more */
	bool			 gone;		/* once it was */
	struct fuzz_random	 random;
	struct http_call	 call;
};

static void	say(const char *);
static void	opened(void *);
static int	text(const char *, size_t, void *);
static void	closed(const char *, void *);
static void	turn(void);
static void	listen_to(struct reading *, size_t);

static const struct websocket_handlers handlers = { opened, text, closed };
static struct server	 server;
static struct event_base *base;
static int		 pair[2];

/* In place of http.c and http_socket.c. */

struct http_request *
http_connect(struct http *http, const struct http_call *call)
{
	(void)http;
	server.call = *call;
	return (struct http_request *)(void *)&server;
}

void
http_cancel(struct http_request *request)
{
	CHECK((void *)request == (void *)&server);
}

int
http_socket(struct http_request *request)
{
	(void)request;
	return pair[0];
}

/* The server knows what it has been asked from now on. */
size_t
http_upgrade_head(struct http *http, const char *path, const char *key,
    char *dst, size_t size)
{
	char answer[HANDSHAKE_ANSWER_SIZE];

	(void)http;
	CHECK(strcmp(path, "/socket") == 0);
	handshake_answer(key, answer);
	say(answer);
	return strlcpy(dst, "GET /socket HTTP/1.1\r\n\r\n", size);
}

long
http_write(struct http_request *request, const void *data, size_t size)
{
	(void)request;
	(void)data;
	return server.piece == 0 || size < server.piece ? (long)size :
	    (long)server.piece;
}

long
http_read(struct http_request *request, void *data, size_t size)
{
	size_t n = server.said_len - server.read;

	(void)request;
	if (server.gone)
		return -1;
	if (n > size)
		n = size;
	if (server.piece > 0 && n > server.piece)
		n = 1 + fuzz_random_below(&server.random, server.piece);
	if (n == 0)
		server.drained = true;
	memcpy(data, server.said + server.read, n);
	server.read += n;
	return (long)n;
}

static void
say(const char *answer)
{
	const uint8_t *from = server.data + 1, *mark;
	size_t len = server.size - 1, n = 0;

	if (server.data[0] == 'f') {
		n = strcspn(head, "?");
		server.said_len = (size_t)snprintf((char *)server.said,
		    sizeof(server.said), "%.*s%s%s", (int)n, head, answer,
		    head + n + 1);
	} else if ((mark = memchr(from, '?', len)) != NULL) {
		n = (size_t)(mark - from);
		memcpy(server.said, from, n);
		memcpy(server.said + n, answer, strlen(answer));
		server.said_len = n + strlen(answer);
		from = mark + 1;
		len -= n + 1;
	}
	memcpy(server.said + server.said_len, from, len);
	server.said_len += len;
}

/* Handlers */

static void
opened(void *arg)
{
	struct reading *reading = arg;

	CHECK(!reading->opened);
	reading->opened = true;
}

/* As live.c does it: one that is none ends the connection. */
static int
text(const char *message, size_t len, void *arg)
{
	struct reading *reading = arg;
	size_t i;

	CHECK(reading->opened && !reading->closed);
	CHECK(len <= MESSAGE_MAX);
	CHECK(len == 0 || text_is_utf8(message, len) ||
	    memchr(message, '\0', len) != NULL);
	for (i = 0; i < len; i++)
		reading->sum = (reading->sum ^ (unsigned char)message[i]) *
		    UINT64_C(0x100000001b3);
	reading->messages++;
	return len > 0 && message[0] == '!' ? -1 : 0;
}

static void
closed(const char *why, void *arg)
{
	struct reading *reading = arg;

	CHECK(!reading->closed);
	reading->closed = true;
	CHECK(why[0] != '\0');
	fuzz_check_text(why, ERROR_SIZE);
}

/* There is always something to do, so that the loop would go on by itself. */
static void
turn(void)
{
	if (event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK) == -1)
		errx(1, "event_base_loop");
}

static void
listen_to(struct reading *reading, size_t piece)
{
	const struct http_answer answer = { .failure = HTTP_OK };
	struct websocket *ws;
	unsigned turns;

	memset(reading, 0, sizeof(*reading));
	server.said_len = server.read = 0;
	server.piece = piece;
	server.drained = server.gone = false;
	fuzz_random_init(&server.random, server.data, server.size);
	ws = websocket_new(base, NULL, "/socket", MESSAGE_MAX, &handlers,
	    reading);
	server.call.on_done(&answer, server.call.arg);
	for (turns = 0; !reading->closed && !server.drained; turns++) {
		CHECK(turns < TURNS_MAX);
		turn();
	}
	if (reading->opened && !reading->closed) {
		websocket_ping(ws);
		websocket_send(ws, "{}");
	}
	server.gone = true;
	for (turns = 0; !reading->closed; turns++) {
		CHECK(turns < TURNS_MAX);
		turn();
	}
	websocket_free(ws);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reading whole, cut;
	size_t piece;

	if (size == 0 || size > SAID_MAX - sizeof(head) ||
	    (data[0] != 'h' && data[0] != 'f'))
		return 0;
	/* A socket that can always be read and written. */
	if (base == NULL && ((base = event_base_new()) == NULL ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == -1 ||
	    send(pair[1], "", 1, 0) != 1))
		err(1, NULL);
	server.data = data;
	server.size = size;
	listen_to(&whole, 0);
	for (piece = 1; piece <= 64; piece *= 8) {
		listen_to(&cut, piece);
		CHECK(cut.opened == whole.opened);
		CHECK(cut.messages == whole.messages);
		CHECK(cut.sum == whole.sum);
	}
	return 0;
}
