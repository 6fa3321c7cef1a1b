/*
 * The conversation with the daemon: both sides say hello, the tool sends its
 * command, and rows come until the result does.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "connection.h"
#include "imsg.h"

/*
 * The engine says hello at once unless it is in the middle of a transaction;
 * a daemon that hangs should not take us with it.
 */
#define HELLO_TIMEOUT	30	/* seconds */

struct connection {
	struct imsgbuf			 imsgbuf;
	const struct message_command	*command;
	struct output			*output;
	const struct exchange		*exchange;
	struct message_row		*row;	/* too large for the stack */
	struct message_history		*history;
	char				*error;
	size_t				 size;
	bool				 greeted;
	bool				 ended;
	bool				 again;
};

static int	 receive(struct connection *);
static int	 wait_for_hello(struct connection *);
static int	 recv_message(struct connection *, struct imsg *);
static int	 recv_hello(struct connection *, struct imsg *);
static int	 recv_row(struct connection *, struct imsg *);
static int	 recv_metric(struct connection *, struct imsg *);
static int	 recv_history(struct connection *, struct imsg *);
static int	 recv_command_result(struct connection *, struct imsg *);
static int	 failed(struct connection *, const char *, ...)
		    __attribute__((__format__(printf, 2, 3)));

static int	(*const receivers[MESSAGE_TYPE_COUNT])(struct connection *,
		    struct imsg *) = {
	[MESSAGE_HELLO] = recv_hello,
	[MESSAGE_ROW] = recv_row,
	[MESSAGE_METRIC] = recv_metric,
	[MESSAGE_HISTORY] = recv_history,
	[MESSAGE_COMMAND_RESULT] = recv_command_result
};

int
connection_open(const char *path)
{
	struct sockaddr_un sun;
	int fd, saved_errno;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		saved_errno = errno;
		close(fd);
		errno = saved_errno;
		return -1;
	}
	return fd;
}

int
connection_command(int fd, const struct message_command *command,
    struct output *output, char *error, size_t size)
{
	static const struct exchange nothing;

	return connection_exchange(fd, command, output, &nothing, error, size);
}

int
connection_exchange(int fd, const struct message_command *command,
    struct output *output, const struct exchange *exchange, char *error,
    size_t size)
{
	struct connection c = { .command = command, .output = output,
	    .exchange = exchange, .error = error, .size = size };
	struct message_hello hello = { PROTOCOL_VERSION };
	int status = -1;

	if (imsgbuf_init(&c.imsgbuf, fd) == -1)
		return failed(&c, "imsgbuf_init: %s", strerror(errno));
	if ((c.row = malloc(sizeof(*c.row))) == NULL ||
	    (c.history = malloc(sizeof(*c.history))) == NULL) {
		(void)failed(&c, "%s", strerror(errno));
		goto fail;
	}
	message_put_hello(&c.imsgbuf, 0, &hello);
	if (imsgbuf_flush(&c.imsgbuf) == -1) {
		(void)failed(&c, "cannot write to the daemon: %s",
		    strerror(errno));
		goto fail;
	}
	if ((status = receive(&c)) == 0 && c.again)
		status = 1;
fail:
	free(c.row);
	free(c.history);
	imsgbuf_clear(&c.imsgbuf);
	return status;
}

static int
receive(struct connection *c)
{
	struct imsg imsg;
	ssize_t n;
	int status;

	while (!c->ended) {
		if ((n = imsg_get(&c->imsgbuf, &imsg)) == -1)
			return failed(c, "the daemon sent nonsense");
		if (n > 0) {
			status = recv_message(c, &imsg);
			imsg_free(&imsg);
			if (status == -1)
				return -1;
			continue;
		}
		if (!c->greeted && wait_for_hello(c) == -1)
			return -1;
		if ((status = imsgbuf_read(&c->imsgbuf)) == -1)
			return failed(c, "cannot read from the daemon: %s",
			    strerror(errno));
		if (status == 0)
			return failed(c, "the daemon closed the connection "
			    "before its answer was complete");
	}
	return 0;
}

static int
wait_for_hello(struct connection *c)
{
	struct pollfd pfd = { c->imsgbuf.fd, POLLIN, 0 };
	int n;

	do {
		n = poll(&pfd, 1, HELLO_TIMEOUT * 1000);
	} while (n == -1 && errno == EINTR);
	if (n == -1)
		return failed(c, "poll: %s", strerror(errno));
	if (n == 0)
		return failed(c, "the daemon has not answered for %d s",
		    HELLO_TIMEOUT);
	return 0;
}

static int
recv_message(struct connection *c, struct imsg *imsg)
{
	uint32_t type = imsg_get_type(imsg);

	if (type >= MESSAGE_TYPE_COUNT || receivers[type] == NULL)
		return failed(c, "the daemon sent a message of type %" PRIu32
		    ", which is none for us", type);
	if (c->greeted == (type == MESSAGE_HELLO))
		return failed(c, "the daemon sent %s out of turn",
		    message_type_name(type));
	return receivers[type](c, imsg);
}

/* The command leaves only when it is sure that both sides mean the same. */
static int
recv_hello(struct connection *c, struct imsg *imsg)
{
	struct message_hello hello;

	if (message_get_hello(imsg, &hello) == -1)
		return failed(c, "the daemon sent nonsense for a hello");
	if (hello.version != PROTOCOL_VERSION)
		return failed(c, "the daemon speaks version %" PRIu32 " of "
		    "the protocol, this jellyporterctl %d; after an upgrade "
		    "the daemon must be restarted", hello.version,
		    PROTOCOL_VERSION);
	c->greeted = true;
	message_put_command(&c->imsgbuf, 0, c->command);
	if (imsgbuf_flush(&c->imsgbuf) == -1)
		return failed(c, "cannot write to the daemon: %s",
		    strerror(errno));
	return 0;
}

static int
recv_row(struct connection *c, struct imsg *imsg)
{
	const struct exchange *exchange = c->exchange;
	int status = 0;

	if (message_get_row(imsg, c->row) == -1)
		return failed(c, "the daemon sent nonsense for a row");
	if (exchange->row != NULL)
		status = exchange->row(exchange->arg, c->row, &c->imsgbuf,
		    c->error, c->size);
	if (imsgbuf_queuelen(&c->imsgbuf) > 0 &&
	    imsgbuf_flush(&c->imsgbuf) == -1)
		return failed(c, "cannot write to the daemon: %s",
		    strerror(errno));
	if (status != 0)
		return status == -1 ? -1 : 0;
	if (output_row(c->output, c->row) == -1)
		return failed(c, "cannot print: %s", strerror(errno));
	return 0;
}

static int
recv_metric(struct connection *c, struct imsg *imsg)
{
	struct message_metric metric;

	if (c->command->command != COMMAND_SHOW_METRICS ||
	    message_get_metric(imsg, &metric) == -1)
		return failed(c, "the daemon sent nonsense for a metric");
	output_metric(c->output, &metric);
	return 0;
}

static int
recv_history(struct connection *c, struct imsg *imsg)
{
	const struct exchange *exchange = c->exchange;

	if (exchange->history == NULL ||
	    message_get_history(imsg, c->history) == -1)
		return failed(c, "the daemon sent nonsense for history");
	return exchange->history(exchange->arg, c->history, c->error,
	    c->size);
}

static int
recv_command_result(struct connection *c, struct imsg *imsg)
{
	const struct exchange *exchange = c->exchange;
	struct message_command_result result;

	if (message_get_command_result(imsg, &result) == -1)
		return failed(c, "the daemon sent nonsense for a result");
	if (!result.failed && exchange->end != NULL &&
	    exchange->end(exchange->arg, c->error, c->size) == -1)
		return -1;
	c->ended = true;
	c->again = result.again && exchange->asks_again;
	if (c->again)
		return 0;
	if (output_end(c->output, &result) == -1)
		return failed(c, "cannot print: %s", strerror(errno));
	if (result.failed)
		return failed(c, "%s", *result.error == '\0' ?
		    "the daemon could not do it" : result.error);
	return 0;
}

static int
failed(struct connection *c, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(c->error, c->size, format, ap);
	va_end(ap);
	return -1;
}
