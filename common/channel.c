/*
 * An imsgbuf on an event loop.  Writes are put off to the next turn of the
 * loop, so that everything composed in one turn leaves in few calls.
 */
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"
#include "log.h"
#include "message.h"

#define LAST_READS_MAX	64	/* of a peer that takes no more from us */
#define REASON_SIZE	128
/*
 * What is in the socket waits as well, and what a person waits for comes after
 * it: no more than some dozens of records.
 */
#define CAPPED_BUFFER	8192	/* bytes */

struct channel {
	struct imsgbuf			 imsgbuf;
	struct event			*readable;
	struct event			*writable;
	const struct channel_handlers	*handlers;
	void				*arg;
	size_t				 cap;		/* messages; 0: none */
	unsigned int			 depth;		/* our calls under way */
	bool				 paused;
	bool				 was_full;
	bool				 ended;		/* closed() was called */
	bool				 peer_is_gone;
	bool				 dead;		/* freed by a handler */
};

static int	set_nonblocking(int);
static int	set_small(int);
static void	enter(struct channel *);
static void	leave(struct channel *);
static void	destroy(struct channel *);
static void	end(struct channel *, const char *);
static void	broken(struct channel *, int);
static bool	may_deliver(const struct channel *);
static void	deliver(struct channel *);
static void	hear_last_words(struct channel *);
static void	ended_by_peer(struct channel *);
static void	check_drained(struct channel *);
static void	on_readable(evutil_socket_t, short, void *);
static void	on_writable(evutil_socket_t, short, void *);

static int
set_nonblocking(int fd)
{
	int flags;

	if ((flags = fcntl(fd, F_GETFL)) == -1)
		return -1;
	return fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

static int
set_small(int fd)
{
	int size = CAPPED_BUFFER;

	return setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

struct channel *
channel_new(struct event_base *base, int fd,
    const struct channel_handlers *handlers, void *arg, size_t cap)
{
	struct channel *channel;

	if ((channel = calloc(1, sizeof(*channel))) == NULL) {
		close(fd);
		return NULL;
	}
	channel->handlers = handlers;
	channel->arg = arg;
	channel->cap = cap;
	if (imsgbuf_init(&channel->imsgbuf, fd) == -1) {
		free(channel);
		close(fd);
		return NULL;
	}
	if (set_nonblocking(fd) == -1 || (cap > 0 && set_small(fd) == -1))
		goto fail;
	if ((channel->readable = event_new(base, fd, EV_READ | EV_PERSIST,
	    on_readable, channel)) == NULL ||
	    (channel->writable = event_new(base, fd, EV_WRITE, on_writable,
	    channel)) == NULL ||
	    event_add(channel->readable, NULL) == -1) {
		errno = ENOMEM;
		goto fail;
	}
	return channel;
 fail:
	destroy(channel);
	return NULL;
}

static void
destroy(struct channel *channel)
{
	int error = errno;

	if (channel->readable != NULL)
		event_free(channel->readable);
	if (channel->writable != NULL)
		event_free(channel->writable);
	close(channel->imsgbuf.fd);
	imsgbuf_clear(&channel->imsgbuf);
	free(channel);
	errno = error;
}

/* A handler that is running may still look at its message: then later. */
void
channel_free(struct channel *channel)
{
	if (channel == NULL)
		return;
	if (channel->depth == 0) {
		destroy(channel);
		return;
	}
	channel->dead = true;
	(void)event_del(channel->readable);
	(void)event_del(channel->writable);
}

static void
enter(struct channel *channel)
{
	channel->depth++;
}

static void
leave(struct channel *channel)
{
	if (--channel->depth == 0 && channel->dead)
		destroy(channel);
}

/* To be called between enter() and leave(). */
static void
end(struct channel *channel, const char *error)
{
	if (channel->ended || channel->dead)
		return;
	channel->ended = true;
	(void)event_del(channel->readable);
	(void)event_del(channel->writable);
	channel->handlers->closed(channel, error, channel->arg);
}

/* By errno.  A peer that is there would have had us wait. */
static void
broken(struct channel *channel, int error)
{
	channel->peer_is_gone = error == EPIPE || error == ECONNRESET;
	end(channel, strerror(error));
}

static bool
may_deliver(const struct channel *channel)
{
	return !channel->dead && !channel->ended && !channel->paused;
}

/* Hands out the messages that have arrived, as long as they are wanted. */
static void
deliver(struct channel *channel)
{
	char reason[REASON_SIZE];
	struct imsg imsg;
	ssize_t n;
	int result;

	while (may_deliver(channel)) {
		if ((n = imsg_get(&channel->imsgbuf, &imsg)) == 0)
			return;
		if (n == -1) {
			broken(channel, errno);
			return;
		}
		result = channel->handlers->message(channel, &imsg,
		    channel->arg);
		imsg_free(&imsg);
		if (result == -1) {
			(void)snprintf(reason, sizeof(reason),
			    "a message (%s) that makes no sense",
			    message_type_name(imsg_get_type(&imsg)));
			end(channel, reason);
		}
	}
}

static void
ended_by_peer(struct channel *channel)
{
	channel->peer_is_gone = true;
	if (channel->imsgbuf.rlen != channel->imsgbuf.roff)
		end(channel, "closed in the middle of a message");
	else
		end(channel, NULL);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct channel *channel = arg;

	(void)fd;
	(void)what;
	enter(channel);
	/* What was left when it was paused comes first. */
	deliver(channel);
	if (may_deliver(channel)) {
		switch (imsgbuf_read(&channel->imsgbuf)) {
		case -1:
			broken(channel, errno);
			break;
		case 0:
			ended_by_peer(channel);
			break;
		default:
			deliver(channel);
			break;
		}
	}
	leave(channel);
}

/*
 * The peer takes nothing any more.  What it said before it went still counts:
 * otherwise the last message of a process would be lost now and then.
 */
static void
hear_last_words(struct channel *channel)
{
	size_t before;
	int i, n;

	for (i = 0; i < LAST_READS_MAX; i++) {
		deliver(channel);
		if (!may_deliver(channel))
			return;
		before = channel->imsgbuf.rlen - channel->imsgbuf.roff;
		n = imsgbuf_read(&channel->imsgbuf);
		if (n == 0)
			ended_by_peer(channel);
		if (n != 1 || channel->imsgbuf.rlen == before)
			return;
	}
}

static void
check_drained(struct channel *channel)
{
	if (!channel->was_full || channel->dead || channel->ended ||
	    imsgbuf_queuelen(&channel->imsgbuf) * 2 >= channel->cap)
		return;
	channel->was_full = false;
	if (channel->handlers->drained != NULL)
		channel->handlers->drained(channel, channel->arg);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct channel *channel = arg;
	int error;

	(void)fd;
	(void)what;
	enter(channel);
	if (imsgbuf_write(&channel->imsgbuf) == -1) {
		error = errno;
		hear_last_words(channel);
		broken(channel, error);
	} else {
		if (imsgbuf_queuelen(&channel->imsgbuf) != 0 &&
		    event_add(channel->writable, NULL) == -1)
			end(channel, "cannot wait for the socket");
		check_drained(channel);
	}
	leave(channel);
}

struct imsgbuf *
channel_imsgbuf(struct channel *channel)
{
	return &channel->imsgbuf;
}

void *
channel_arg(const struct channel *channel)
{
	return channel->arg;
}

int
channel_fd(const struct channel *channel)
{
	return channel->imsgbuf.fd;
}

bool
channel_peer_is_gone(const struct channel *channel)
{
	return channel->peer_is_gone;
}

void
channel_written(struct channel *channel)
{
	if (channel->dead || channel->ended ||
	    imsgbuf_queuelen(&channel->imsgbuf) == 0)
		return;
	if (channel_is_full(channel))
		channel->was_full = true;
	/* Unless it waits for the socket already: then that is full. */
	if (!event_pending(channel->writable, EV_WRITE, NULL))
		event_active(channel->writable, EV_WRITE, 0);
}

int
channel_is_full(const struct channel *channel)
{
	return channel->cap != 0 &&
	    imsgbuf_queuelen(&channel->imsgbuf) >= channel->cap;
}

int
channel_flush(struct channel *channel)
{
	return imsgbuf_flush(&channel->imsgbuf);
}

void
channel_pause(struct channel *channel)
{
	channel->paused = true;
	if (!channel->dead)
		(void)event_del(channel->readable);
}

void
channel_resume(struct channel *channel)
{
	if (!channel->paused)
		return;
	channel->paused = false;
	if (channel->dead || channel->ended)
		return;
	if (event_add(channel->readable, NULL) == -1) {
		/* The next turn of the loop finds out what is wrong. */
		event_active(channel->readable, EV_READ, 0);
		return;
	}
	if (channel->imsgbuf.rlen != channel->imsgbuf.roff)
		event_active(channel->readable, EV_READ, 0);
}

void
channel_say_hello(struct channel *channel)
{
	static const struct message_hello hello = { PROTOCOL_VERSION };

	message_put_hello(&channel->imsgbuf, 0, &hello);
	channel_written(channel);
}

void
channel_say_alive(struct channel *channel)
{
	message_put_empty(&channel->imsgbuf, MESSAGE_ALIVE, 0);
	channel_written(channel);
}

int
channel_take_hello(const struct imsg *imsg)
{
	struct message_hello hello;

	if (message_get_hello(imsg, &hello) == -1)
		return -1;
	if (hello.version != PROTOCOL_VERSION)
		fatalx("a peer speaks protocol %u, not %u: was the program "
		    "replaced while it ran?", hello.version,
		    PROTOCOL_VERSION);
	return 0;
}
