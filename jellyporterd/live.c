/*
 * The live connection of a fetcher: connect, find the session that the server
 * makes of it, add the users, keep it alive, and begin anew when it is lost.
 * What comes through it goes to the engine as ids and nothing else.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "clock.h"
#include "jellyfin.h"
#include "live.h"
#include "log.h"
#include "notice.h"
#include "request.h"
#include "text.h"
#include "websocket.h"

#define LIVE_MAJOR		10	/* from 10.11 on */
#define LIVE_MINOR		11
#define DEVICE_SIZE		48
#define KEEP_ALIVE_MAX		30	/* seconds between two of ours */
#define RETRY_FIRST		1000	/* ms */
#define RETRY_MAX		300000	/* ms */
#define STEADY_AFTER		60000	/* ms: then it counts as good again */
#define QUEUE_MAX		2000	/* messages that wait for the engine */
#define SESSION_LOOKS		12	/* for a session not there yet */
#define SESSION_PAUSE		250	/* ms between them */

struct live {
	struct fetcher		*fetcher;
	/* For the WebSocket alone: another request under its DeviceId would
	 * spoil the session. */
	struct http		*http;
	char			 device[DEVICE_SIZE];
	bool			 supported;	/* by the server's version */
	struct message_watch	 watch;
	struct websocket	*socket;	/* NULL: none */
	struct http_request	*request;	/* about its session, or NULL */
	struct jellyfin_id	 session;
	unsigned int		 looks;		/* for it */
	uint32_t		 next_user;	/* to be added */
	bool			 anew;		/* from the first user on */
	uint32_t		 keep_alive;	/* seconds */
	struct event		*clock;		/* keep alive */
	struct event		*retry;		/* connect, or look, again */
	unsigned int		 failures;	/* in a row */
	int64_t			 up_since;	/* ms; 0: not up */
	bool			 missed;	/* notices, for a full queue */
	struct message_live	 told;		/* the engine knows this */
	bool			 has_told;
};

static void	tell(struct live *, enum live_state, const char *);
static void	connect_now(struct live *);
static void	disconnect(struct live *);
static void	lost(struct live *, const char *);
static void	on_retry(evutil_socket_t, short, void *);
static void	on_clock(evutil_socket_t, short, void *);
static void	socket_opened(void *);
static int	socket_text(const char *, size_t, void *);
static void	socket_closed(const char *, void *);
static void	ask(struct live *, enum http_method, const char *,
		    void (*)(const struct http_answer *, void *));
static void	find_session(struct live *);
static void	session_answered(const struct http_answer *, void *);
static bool	read_session(const struct http_answer *, struct jellyfin_id *);
static void	add_user(struct live *);
static void	user_added(const struct http_answer *, void *);
static void	forward(struct live *, const struct notice *);

static const struct websocket_handlers socket_handlers = {
	socket_opened, socket_text, socket_closed
};

struct live *
live_new(struct fetcher *fetcher, const struct http_server *server)
{
	struct http_server mine = *server;
	struct live *live;

	if ((live = calloc(1, sizeof(*live))) == NULL)
		fatal("calloc");
	live->fetcher = fetcher;
	/* Anew for each process: what an old session's state is, is unknown. */
	snprintf(live->device, sizeof(live->device),
	    "jellyporter-live-%08x%08x", arc4random(), arc4random());
	mine.device = live->device;
	live->clock = evtimer_new(fetcher->base, on_clock, live);
	live->retry = evtimer_new(fetcher->base, on_retry, live);
	if (live->clock == NULL || live->retry == NULL)
		fatal_memory("evtimer_new");
	live->http = http_new(fetcher->base, &mine);
	return live;
}

void
live_free(struct live *live)
{
	if (live == NULL)
		return;
	disconnect(live);
	event_free(live->clock);
	event_free(live->retry);
	http_free(live->http);
	free(live);
}

void
live_resolved(struct live *live)
{
	http_resolved(live->http);
}

/* Anything that is no version is none that we know to be able to. */
void
live_version(struct live *live, const char *version)
{
	int major, minor;

	live->supported = sscanf(version, "%9d.%9d", &major, &minor) == 2 &&
	    (major > LIVE_MAJOR ||
	    (major == LIVE_MAJOR && minor >= LIVE_MINOR));
}

void
live_watch(struct live *live, const struct message_watch *watch)
{
	bool same = watch->n_users == live->watch.n_users &&
	    memcmp(watch->users, live->watch.users,
	    watch->n_users * sizeof(watch->users[0])) == 0;

	live->watch = *watch;
	if (!live->fetcher->options.live || watch->n_users == 0) {
		disconnect(live);
		tell(live, LIVE_OFF, "");
	} else if (!live->supported) {
		disconnect(live);
		tell(live, LIVE_UNSUPPORTED, "");
	} else if (live->socket == NULL) {
		/* The server has just answered: no reason to wait any longer. */
		connect_now(live);
	} else if (!same && live->request != NULL) {
		live->anew = true;
	} else if (!same && live->up_since != 0) {
		live->next_user = 0;
		add_user(live);
	}
}

void
live_stop(struct live *live)
{
	if (live == NULL)
		return;			/* stopped before it was told anything */
	disconnect(live);
	memset(&live->watch, 0, sizeof(live->watch));
	live->failures = 0;
	live->has_told = false;
}

void
live_refused(struct live *live, const char *why)
{
	if (live != NULL && live->socket != NULL)
		lost(live, why);
}

/* The engine hears of what has changed, and only then. */
static void
tell(struct live *live, enum live_state state, const char *why)
{
	struct message_live message;

	memset(&message, 0, sizeof(message));
	message.state = state;
	(void)text_copy(message.why, sizeof(message.why), why);
	if (live->fetcher->engine == NULL || (live->has_told &&
	    live->told.state == state &&
	    strcmp(live->told.why, message.why) == 0))
		return;
	message_put_live(channel_imsgbuf(live->fetcher->engine), 0, &message);
	channel_written(live->fetcher->engine);
	live->told = message;
	live->has_told = true;
}

/* Connecting, and again */

static void
connect_now(struct live *live)
{
	disconnect(live);
	live->socket = websocket_new(live->fetcher->base, live->http,
	    "/socket", NOTICE_SIZE_MAX, &socket_handlers, live);
}

static void
disconnect(struct live *live)
{
	if (live->request != NULL)
		http_cancel(live->request);
	live->request = NULL;
	websocket_free(live->socket);
	live->socket = NULL;
	live->up_since = 0;
	live->missed = live->anew = false;
	if (event_del(live->clock) == -1 || event_del(live->retry) == -1)
		fatalx("event_del");
}

/*
 * Not to be called out of the socket's handlers but the last.  The pause is
 * drawn around its middle, so that a server that comes back is not asked by
 * all at once.
 */
static void
lost(struct live *live, const char *why)
{
	unsigned int pause = RETRY_FIRST, i;

	if (live->up_since != 0 &&
	    clock_ms() - live->up_since > STEADY_AFTER)
		live->failures = 0;
	log_server_debug(live->fetcher->options.name, "not live: %s", why);
	tell(live, LIVE_DOWN, why);
	disconnect(live);		/* and why is gone with it */
	for (i = 0; i < live->failures && pause < RETRY_MAX; i++)
		pause *= 2;
	if (pause > RETRY_MAX)
		pause = RETRY_MAX;
	live->failures++;
	clock_start(live->retry,
	    pause - pause / 4 + arc4random_uniform(pause / 2));
}

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct live *live = arg;

	(void)fd;
	(void)what;
	if (live->socket == NULL)
		connect_now(live);
	else
		find_session(live);
}

static void
socket_closed(const char *why, void *arg)
{
	lost(arg, why);
}

/* Keeping it alive: a ping makes even a server talk that has nothing to say. */

static void
on_clock(evutil_socket_t fd, short what, void *arg)
{
	struct live *live = arg;
	int64_t silent = clock_ms() - websocket_heard(live->socket);

	(void)fd;
	(void)what;
	if (silent > (int64_t)live->keep_alive * 2500) {
		lost(live, "WebSocket: the server has fallen silent");
		return;
	}
	clock_start(live->clock, live->keep_alive * 1000);
	websocket_send(live->socket, "{\"MessageType\":\"KeepAlive\"}");
	websocket_ping(live->socket);
}

/* The session that the server makes of the connection */

static void
socket_opened(void *arg)
{
	struct live *live = arg;

	live->keep_alive = KEEP_ALIVE_MAX;
	clock_start(live->clock, live->keep_alive * 1000);
	live->looks = 0;
	find_session(live);
}

/*
 * Under the DeviceId of all other requests, on a connection that was kept, and
 * that a proxy may close at that moment: then once more.
 */
static void
ask(struct live *live, enum http_method method, const char *path,
    void (*done)(const struct http_answer *, void *))
{
	struct http_call call;

	memset(&call, 0, sizeof(call));
	call.method = method;
	call.path = path;
	call.body = "";
	call.repeatable = true;
	call.timeout = call.stall_timeout = live->fetcher->options.timeout;
	call.on_done = done;
	call.arg = live;
	live->request = http_send(live->fetcher->http, &call);
}

static void
find_session(struct live *live)
{
	char path[64 + DEVICE_SIZE];

	snprintf(path, sizeof(path), "/Sessions?deviceId=%s", live->device);
	ask(live, HTTP_GET, path, session_answered);
}

/* False if there is none (yet). */
static bool
read_session(const struct http_answer *answer, struct jellyfin_id *id)
{
	struct json_object *sessions, *session, *value;
	bool found = false;

	sessions = jellyfin_parse(answer->body, answer->body_len);
	if (json_object_is_type(sessions, json_type_array) &&
	    (session = json_object_array_get_idx(sessions, 0)) != NULL &&
	    json_object_is_type(session, json_type_object) &&
	    json_object_object_get_ex(session, "Id", &value))
		found = jellyfin_id_read(value, id) == 0;
	json_object_put(sessions);
	return found;
}

static void
session_answered(const struct http_answer *answer, void *arg)
{
	struct live *live = arg;

	live->request = NULL;
	if (answer->failure != HTTP_OK) {
		lost(live, answer->error);
	} else if (read_session(answer, &live->session)) {
		live->next_user = 0;
		add_user(live);
	} else if (++live->looks < SESSION_LOOKS) {
		clock_start(live->retry, SESSION_PAUSE);
	} else {
		lost(live, "WebSocket: the server makes no session of it");
	}
}

static void
add_user(struct live *live)
{
	char session[JELLYFIN_ID_TEXT_SIZE], user[JELLYFIN_ID_TEXT_SIZE];
	char path[128];

	if (live->next_user == live->watch.n_users) {
		if (live->up_since == 0)
			live->up_since = clock_ms();
		tell(live, LIVE_UP, "");
		return;
	}
	jellyfin_id_text(&live->session, session);
	jellyfin_id_text(&live->watch.users[live->next_user], user);
	snprintf(path, sizeof(path), "/Sessions/%s/User/%s", session, user);
	ask(live, HTTP_POST, path, user_added);
}

/* 204: there is nothing to be said about it. */
static void
user_added(const struct http_answer *answer, void *arg)
{
	struct live *live = arg;

	live->request = NULL;
	if (answer->status != 204 && answer->failure != HTTP_OK) {
		lost(live, answer->error);
		return;
	}
	live->next_user = live->anew ? 0 : live->next_user + 1;
	live->anew = false;
	add_user(live);
}

/* What it says */

static int
socket_text(const char *text, size_t len, void *arg)
{
	static struct notice notice;
	struct live *live = arg;

	switch (notice_read(text, len, &notice)) {
	case NOTICE_NONSENSE:
		return -1;
	case NOTICE_FORCE_KEEP_ALIVE:
		/* Half of what it waits for us. */
		live->keep_alive = notice.seconds / 2;
		if (live->keep_alive > KEEP_ALIVE_MAX)
			live->keep_alive = KEEP_ALIVE_MAX;
		if (live->keep_alive == 0)
			live->keep_alive = 1;
		clock_start(live->clock, live->keep_alive * 1000);
		websocket_send(live->socket,
		    "{\"MessageType\":\"KeepAlive\"}");
		break;
	case NOTICE_USER_DATA:
		forward(live, &notice);
		break;
	case NOTICE_KEEP_ALIVE:
	case NOTICE_OTHER:
		break;
	}
	return 0;
}

/* An engine that cannot keep up reads everything once more: that is less. */
static void
forward(struct live *live, const struct notice *notice)
{
	struct channel *engine = live->fetcher->engine;
	struct message_dirty message;
	uint32_t done = 0;

	if (engine == NULL ||
	    imsgbuf_queuelen(channel_imsgbuf(engine)) > QUEUE_MAX) {
		live->missed = true;
		return;
	}
	do {
		message.user = notice->user;
		message.incomplete = notice->incomplete;
		message.n_items = notice->n_items - done;
		if (message.n_items > DIRTY_MAX)
			message.n_items = DIRTY_MAX;
		memcpy(message.items, notice->items + done,
		    message.n_items * sizeof(message.items[0]));
		message_put_dirty(channel_imsgbuf(engine), 0, &message);
		done += message.n_items;
	} while (done < notice->n_items);
	channel_written(engine);
}

void
live_drained(struct live *live)
{
	struct message_dirty message;

	if (!live->missed || live->fetcher->engine == NULL)
		return;
	live->missed = false;
	memset(&message, 0, sizeof(message));
	message.incomplete = true;
	message_put_dirty(channel_imsgbuf(live->fetcher->engine), 0, &message);
	channel_written(live->fetcher->engine);
}
