/*
 * The control socket without an engine.
 *
 * What a client says is not looked at: whatever it is, the answer is the same.
 */
#include <sys/socket.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/listener.h>

#include "log.h"
#include "message.h"
#include "stand_in.h"
#include "text.h"

#define SOON		4	/* seconds that a client may as well wait */
#define CLIENTS_MAX	8	/* at once; more wait to be accepted */
#define CLIENT_TIME	5	/* seconds until it has to be gone */
#define AGAIN		1	/* second until descriptors may be free */

struct stand_in {
	struct event_base	*base;
	struct evconnlistener	*listener;
	struct event		*again_timer;
	const struct child	*engine;	/* that waits; NULL: it runs */
	struct event		*clients[CLIENTS_MAX];
	size_t			 n;
};

static void	accepted(struct evconnlistener *, evutil_socket_t,
		    struct sockaddr *, int, void *);
static void	accept_failed(struct evconnlistener *, void *);
static void	again(evutil_socket_t, short, void *);
static void	listen_if_room(struct stand_in *);
static int	say(const struct child *, int);
static void	describe(const struct child *, char *, size_t);
static void	client_heard(evutil_socket_t, short, void *);
static void	forget(struct stand_in *, size_t);

struct stand_in *
stand_in_new(struct event_base *base, int fd)
{
	struct stand_in *stand_in;

	if ((stand_in = calloc(1, sizeof(*stand_in))) == NULL)
		fatal("calloc");
	stand_in->base = base;
	stand_in->listener = evconnlistener_new(base, accepted, stand_in,
	    LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_DISABLED, 0, fd);
	stand_in->again_timer = evtimer_new(base, again, stand_in);
	if (stand_in->listener == NULL || stand_in->again_timer == NULL)
		fatal_memory("evconnlistener_new");
	evconnlistener_set_error_cb(stand_in->listener, accept_failed);
	return stand_in;
}

void
stand_in_free(struct stand_in *stand_in)
{
	if (stand_in == NULL)
		return;
	while (stand_in->n > 0)
		forget(stand_in, 0);
	event_free(stand_in->again_timer);
	evconnlistener_free(stand_in->listener);
	free(stand_in);
}

void
stand_in_begin(struct stand_in *stand_in, const struct child *engine)
{
	if (stand_in == NULL || (!engine->misconfigured &&
	    engine->next_start - engine->since < SOON))
		return;
	stand_in->engine = engine;
	listen_if_room(stand_in);
}

void
stand_in_end(struct stand_in *stand_in)
{
	if (stand_in == NULL)
		return;
	stand_in->engine = NULL;
	listen_if_room(stand_in);
}

static void
listen_if_room(struct stand_in *stand_in)
{
	int result;

	result = stand_in->engine != NULL && stand_in->n < CLIENTS_MAX ?
	    evconnlistener_enable(stand_in->listener) :
	    evconnlistener_disable(stand_in->listener);
	if (result == -1)
		fatalx("evconnlistener");
}

/* Out of descriptors: those who connect wait. */
static void
accept_failed(struct evconnlistener *listener, void *arg)
{
	const struct timeval wait = { AGAIN, 0 };
	struct stand_in *stand_in = arg;

	log_warn("control socket: clients have to wait");
	if (evconnlistener_disable(listener) == -1 ||
	    event_add(stand_in->again_timer, &wait) == -1)
		fatalx("evconnlistener");
}

static void
again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	listen_if_room(arg);
}

static void
accepted(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *address, int length, void *arg)
{
	const struct timeval wait = { CLIENT_TIME, 0 };
	struct stand_in *stand_in = arg;
	struct event *event;

	(void)listener;
	(void)address;
	(void)length;
	event = event_new(stand_in->base, fd, EV_READ | EV_PERSIST,
	    client_heard, stand_in);
	if (event == NULL || event_add(event, &wait) == -1 ||
	    say(stand_in->engine, fd) == -1) {
		if (event != NULL)
			event_free(event);
		close(fd);
		return;
	}
	stand_in->clients[stand_in->n++] = event;
	listen_if_room(stand_in);
}

/* It fits into the socket, which is empty yet. */
static int
say(const struct child *engine, int fd)
{
	const struct message_hello hello = { PROTOCOL_VERSION };
	struct message_command_result result;
	struct imsgbuf imsgbuf;
	int status;

	memset(&result, 0, sizeof(result));
	result.failed = true;
	describe(engine, result.error, sizeof(result.error));
	if (imsgbuf_init(&imsgbuf, fd) == -1)
		return -1;
	message_put_hello(&imsgbuf, 0, &hello);
	message_put_command_result(&imsgbuf, 0, &result);
	status = imsgbuf_flush(&imsgbuf);
	imsgbuf_clear(&imsgbuf);
	return status;
}

static void
describe(const struct child *engine, char *text, size_t size)
{
	int64_t seconds = engine->next_start - (int64_t)time(NULL);
	char whole[ERROR_SIZE + CHILD_END_SIZE];

	if (engine->misconfigured)
		(void)snprintf(whole, sizeof(whole), "the engine waits until "
		    "jellyporterd is sent SIGHUP: it %s", engine->last_end);
	else
		(void)snprintf(whole, sizeof(whole), "the engine is started "
		    "again in %lld s: it %s",
		    (long long)(seconds < 0 ? 0 : seconds), engine->last_end);
	(void)text_safe(text, size, whole);
}

/* Closed before it was read, its command would seem to have failed itself. */
static void
client_heard(evutil_socket_t fd, short what, void *arg)
{
	struct stand_in *stand_in = arg;
	char nothing[512];
	size_t i;

	if ((what & EV_READ) && recv(fd, nothing, sizeof(nothing), 0) > 0)
		return;
	for (i = 0; i < stand_in->n; i++) {
		if (event_get_fd(stand_in->clients[i]) == fd) {
			forget(stand_in, i);
			break;
		}
	}
	listen_if_room(stand_in);
}

static void
forget(struct stand_in *stand_in, size_t i)
{
	int fd = event_get_fd(stand_in->clients[i]);

	event_free(stand_in->clients[i]);
	close(fd);
	stand_in->clients[i] = stand_in->clients[--stand_in->n];
}
