/*
 * The WebSockets of the server: handshake, sessions, notices.  Frames are
 * libwslay's; what is wrong on purpose is written past it.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <event2/bufferevent.h>
#include <wslay/wslay.h>

#include "answer.h"
#include "control_server.h"
#include "handlers.h"
#include "handshake.h"
#include "memory.h"
#include "sim.h"

#define USERS_MAX	64		/* of one session */
#define MESSAGE_MAX	65536		/* bytes that a client may send */
#define DRAW_SESSION	450
#define FIN		0x80		/* in a frame's first byte */

struct socket {
	TAILQ_ENTRY(socket)	 entry;
	struct sim		*sim;
	struct bufferevent	*bev;
	wslay_event_context_ptr	 frames;
	struct authorization	 authorization;
	struct jellyfin_id	 session;
	struct jellyfin_id	 users[USERS_MAX];
	size_t			 n_users;
	bool			 has_session;	/* 10.11 and later */
	bool			 spoiled;	/* its DeviceId was used */
	bool			 silent;	/* a fault: it says nothing more */
	bool			 fragmented;	/* notices in three frames */
	bool			 busy;		/* in a callback */
	bool			 dead;
	struct event		*clock;		/* lost, without a KeepAlive */
	int64_t			 notices;	/* told */
	int64_t			 kept;		/* KeepAlives heard */
};

typedef void	 socket_fault(struct socket *);

static void	socket_free(struct socket *);
static void	readable(struct bufferevent *, void *);
static void	ended(struct bufferevent *, short, void *);
static void	clock_fired(evutil_socket_t, short, void *);
static void	keep(struct socket *);
static ssize_t	frame_read(wslay_event_context_ptr, uint8_t *, size_t, int,
		    void *);
static ssize_t	frame_write(wslay_event_context_ptr, const uint8_t *, size_t,
		    int, void *);
static void	frame_message(wslay_event_context_ptr,
		    const struct wslay_event_on_msg_recv_arg *, void *);
static void	send_text(struct socket *, const char *, size_t);
static void	raw_frame(struct socket *, int, uint64_t, const void *,
		    size_t);
static bool	watches(const struct socket *, const struct jellyfin_id *);
static void	tell(evutil_socket_t, short, void *);
static void	put_folder(const struct jellyfin_id *, struct json_out *);
static void	put_change(const struct sim *, const struct user *, uint32_t,
		    struct json_out *);
static void	put_notice(const struct sim *, const struct user *,
		    struct json_out *);
static socket_fault do_cut, do_close, do_half, do_oversize, do_huge;
static socket_fault do_silence, do_garbage, do_deep, do_noise, do_fragment;
static const char *flood(struct control *);

static const struct wslay_event_callbacks callbacks = {
	.recv_callback = frame_read,
	.send_callback = frame_write,
	.on_msg_recv_callback = frame_message
};

void
sockets_init(struct sockets *sockets)
{
	TAILQ_INIT(&sockets->list);
	sockets->notice_ms = 500;
	sockets->keep_alive = 60;
}

void
sockets_free(struct sim *sim)
{
	sockets_cut(sim);
	if (sim->sockets.timer != NULL)
		event_free(sim->sockets.timer);
	free(sim->sockets.changes);
}

void
sockets_cut(struct sim *sim)
{
	struct socket *socket, *next;

	TAILQ_FOREACH_SAFE(socket, &sim->sockets.list, entry, next)
		socket_free(socket);
}

static void
socket_free(struct socket *socket)
{
	if (socket->busy) {
		socket->dead = true;
		return;
	}
	TAILQ_REMOVE(&socket->sim->sockets.list, socket, entry);
	wslay_event_context_free(socket->frames);
	bufferevent_free(socket->bev);
	event_free(socket->clock);
	free(socket);
}

/* Handshake */

void
handle_socket(struct request *request)
{
	const char *key = http_header(request->http, "Sec-WebSocket-Key");
	const char *upgrade = http_header(request->http, "Upgrade");
	char accept[HANDSHAKE_ANSWER_SIZE];
	struct sim *sim = request->sim;
	struct socket *socket;

	if (request->http->connection == NULL)
		return;			/* it has not waited */
	/* Not 401, as everywhere else (seen on 12.0.0). */
	if (!request->caller.known) {
		answer_error(request, 403);
		return;
	}
	if (key == NULL || upgrade == NULL ||
	    strcasecmp(upgrade, "websocket") != 0) {
		answer_error(request, 400);
		return;
	}
	handshake_answer(key, accept);
	socket = memory_zeroed(1, sizeof(*socket));
	socket->sim = sim;
	if (users_read_authorization(sim, request->http,
	    &socket->authorization) == -1)
		memset(&socket->authorization, 0,
		    sizeof(socket->authorization));
	socket->has_session = !sim_is_before(sim, 10, 11);
	mix_id(&socket->session, sim->options.library.seed, DRAW_SESSION,
	    sim->users.created++);
	socket->clock = evtimer_new(sim->base, clock_fired, socket);
	if (wslay_event_context_server_init(&socket->frames, &callbacks,
	    socket) != 0 || socket->clock == NULL)
		errx(1, "no memory for a socket");
	wslay_event_config_set_max_recv_msg_length(socket->frames,
	    MESSAGE_MAX);
	if ((socket->bev = http_take_over(request->http)) == NULL)
		errx(1, "a socket without a connection");
	TAILQ_INSERT_TAIL(&sim->sockets.list, socket, entry);
	bufferevent_setcb(socket->bev, readable, NULL, ended, socket);
	if (evbuffer_add_printf(bufferevent_get_output(socket->bev),
	    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
	    "Upgrade: websocket\r\nSec-WebSocket-Accept: %s\r\n\r\n",
	    accept) == -1)
		errx(1, "no memory for an answer");
	if (socket->has_session)
		keep(socket);
}

/* It asks at once to be kept alive, and again with each proof of life. */
static void
keep(struct socket *socket)
{
	struct timeval tv = { (time_t)socket->sim->sockets.keep_alive, 0 };
	char text[64];

	if (event_add(socket->clock, &tv) == -1)
		errx(1, "event_add");
	if (socket->kept > 0)
		return;
	(void)snprintf(text, sizeof(text),
	    "{\"MessageType\":\"ForceKeepAlive\",\"Data\":%lld}",
	    (long long)socket->sim->sockets.keep_alive);
	send_text(socket, text, strlen(text));
}

static void
clock_fired(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	socket_free(arg);
}

/* Frames */

static void
readable(struct bufferevent *bev, void *arg)
{
	struct socket *socket = arg;

	(void)bev;
	socket->busy = true;
	if (wslay_event_recv(socket->frames) != 0 ||
	    wslay_event_get_close_received(socket->frames))
		socket->dead = true;
	else if (!socket->silent && wslay_event_send(socket->frames) != 0)
		socket->dead = true;
	socket->busy = false;
	if (socket->dead)
		socket_free(socket);
}

static void
ended(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		socket_free(arg);
}

static ssize_t
frame_read(wslay_event_context_ptr frames, uint8_t *data, size_t size,
    int flags, void *arg)
{
	struct socket *socket = arg;
	size_t n;

	(void)flags;
	if ((n = bufferevent_read(socket->bev, data, size)) > 0)
		return (ssize_t)n;
	wslay_event_set_error(frames, WSLAY_ERR_WOULDBLOCK);
	return -1;
}

static ssize_t
frame_write(wslay_event_context_ptr frames, const uint8_t *data, size_t len,
    int flags, void *arg)
{
	struct socket *socket = arg;

	(void)frames;
	(void)flags;
	if (bufferevent_write(socket->bev, data, len) == -1)
		errx(1, "bufferevent_write");
	return (ssize_t)len;
}

static void
frame_message(wslay_event_context_ptr frames,
    const struct wslay_event_on_msg_recv_arg *message, void *arg)
{
	static const char alive[] = "{\"MessageId\":"
	    "\"6f0c2c5e9c0f4f0c8a8f0c2c5e9c0f4f\","
	    "\"MessageType\":\"KeepAlive\"}";
	struct socket *socket = arg;

	(void)frames;
	if (message->opcode != WSLAY_TEXT_FRAME || !socket->has_session ||
	    memmem(message->msg, message->msg_length, "\"KeepAlive\"", 11) ==
	    NULL)
		return;
	socket->kept++;
	keep(socket);
	send_text(socket, alive, sizeof(alive) - 1);
}

static void
send_text(struct socket *socket, const char *text, size_t length)
{
	struct wslay_event_msg message = {
		WSLAY_TEXT_FRAME, (const uint8_t *)text, length
	};

	size_t third = length / 3;

	if (socket->silent)
		return;
	if (socket->fragmented) {
		raw_frame(socket, WSLAY_TEXT_FRAME, third, text, third);
		raw_frame(socket, WSLAY_CONTINUATION_FRAME, third,
		    text + third, third);
		raw_frame(socket, FIN | WSLAY_CONTINUATION_FRAME,
		    length - 2 * third, text + 2 * third, length - 2 * third);
		return;
	}
	/* Once it is being closed, nothing can be said any more. */
	if (wslay_event_queue_msg(socket->frames, &message) == 0 &&
	    wslay_event_send(socket->frames) != 0)
		errx(1, "a frame cannot be sent");
}

/* Sessions */

void
sockets_device_seen(struct sim *sim, const char *device_id)
{
	struct socket *socket;

	TAILQ_FOREACH(socket, &sim->sockets.list, entry)
		if (*device_id != '\0' && strcasecmp(device_id,
		    socket->authorization.device_id) == 0)
			socket->spoiled = true;
}

void
sockets_put_sessions(const struct sim *sim, const char *device_id,
    struct json_out *out, bool *first)
{
	const struct socket *socket;

	TAILQ_FOREACH(socket, &sim->sockets.list, entry) {
		if (!socket->has_session || (device_id != NULL && strcasecmp(
		    device_id, socket->authorization.device_id) != 0))
			continue;
		if (!*first)
			out_literal(out, ",");
		*first = false;
		out_literal(out, "{\"PlayState\":{\"CanSeek\":false},\"Id\":");
		out_id(out, &socket->session);
		out_literal(out, ",\"UserId\":"
		    "\"00000000000000000000000000000000\",\"Client\":");
		out_string(out, socket->authorization.client);
		out_literal(out, ",\"DeviceName\":");
		out_string(out, socket->authorization.device);
		out_literal(out, ",\"DeviceId\":");
		out_string(out, socket->authorization.device_id);
		out_literal(out, ",\"IsActive\":true}");
	}
}

/* POST /Sessions/{Id}/User/{user} */
void
handle_session_user(struct request *request)
{
	const char *path = request->path + strlen("/Sessions/");
	struct jellyfin_id session, user;
	struct socket *socket;
	char text[64];
	size_t length = strcspn(path, "/");

	if (length >= sizeof(text)) {
		answer_problem(request, 400);
		return;
	}
	memcpy(text, path, length);
	text[length] = '\0';
	if (jellyfin_id_parse(text, &session) == -1 ||
	    jellyfin_id_parse(request->id, &user) == -1) {
		answer_problem(request, 400);
		return;
	}
	TAILQ_FOREACH(socket, &request->sim->sockets.list, entry)
		if (socket->has_session &&
		    jellyfin_id_equal(&socket->session, &session))
			break;
	if (socket == NULL ||
	    users_by_id(&request->sim->users, &user) == NULL) {
		answer_error(request, 404);
		return;
	}
	if (!watches(socket, &user) && socket->n_users < USERS_MAX)
		socket->users[socket->n_users++] = user;
	answer_empty(request, 204);
}

static bool
watches(const struct socket *socket, const struct jellyfin_id *user)
{
	size_t i;

	for (i = 0; i < socket->n_users; i++)
		if (jellyfin_id_equal(&socket->users[i], user))
			return true;
	return false;
}

/* Notices */

/* As servers up to 12.0: each change puts the notice of all of them off. */
void
sockets_changed(struct sim *sim, const struct user *user, uint32_t item)
{
	struct sockets *sockets = &sim->sockets;
	struct timeval tv;
	size_t i;

	tv.tv_sec = (time_t)(sockets->notice_ms / 1000);
	tv.tv_usec = (suseconds_t)(sockets->notice_ms % 1000 * 1000);
	if (sockets->timer == NULL && (sockets->timer =
	    evtimer_new(sim->base, tell, sim)) == NULL)
		errx(1, "evtimer_new");
	if (event_add(sockets->timer, &tv) == -1)
		errx(1, "event_add");
	for (i = 0; i < sockets->n_changes; i++)
		if (sockets->changes[i].item == item && jellyfin_id_equal(
		    &sockets->changes[i].user, &user->id))
			return;
	if (sockets->n_changes == sockets->size) {
		sockets->size = sockets->size * 2 + 64;
		sockets->changes = memory_grown(sockets->changes,
		    sockets->size, sizeof(*sockets->changes));
	}
	sockets->changes[sockets->n_changes].user = user->id;
	sockets->changes[sockets->n_changes++].item = item;
}

static void
put_folder(const struct jellyfin_id *id, struct json_out *out)
{
	out_literal(out, ",{\"UnplayedItemCount\":7,"
	    "\"PlaybackPositionTicks\":0,\"PlayCount\":0,"
	    "\"IsFavorite\":false,\"Played\":false,\"Key\":");
	out_id(out, id);
	out_literal(out, ",\"ItemId\":");
	out_id(out, id);
	out_literal(out, "}");
}

/* The item and what is above it: a season and its series, or a folder. */
static void
put_change(const struct sim *sim, const struct user *user, uint32_t index,
    struct json_out *out)
{
	const struct library *library = &sim->library;
	const struct library_item *item = &library->items[index];
	struct state state;

	userdata_get(sim, user, index, &state);
	userdata_json(sim, index, &state, out);
	if (item->season_item != NO_ITEM)
		put_folder(&library->items[item->season_item].id, out);
	if (item->series != NO_ITEM)
		put_folder(&library->items[item->series].id, out);
	if (item->kind == ITEM_MOVIE)
		put_folder(&library->folders[library_of(item)].id, out);
}

static void
put_notice(const struct sim *sim, const struct user *user,
    struct json_out *out)
{
	const struct sockets *sockets = &sim->sockets;
	bool first = true;
	size_t i;

	out_literal(out, "{\"Data\":{\"UserId\":");
	out_id(out, &user->id);
	out_literal(out, ",\"UserDataList\":[");
	for (i = 0; i < sockets->n_changes; i++) {
		if (!jellyfin_id_equal(&sockets->changes[i].user, &user->id))
			continue;
		if (!first)
			out_literal(out, ",");
		first = false;
		put_change(sim, user, sockets->changes[i].item, out);
	}
	out_literal(out, "]},\"MessageId\":"
	    "\"6f0c2c5e9c0f4f0c8a8f0c2c5e9c0f4e\","
	    "\"MessageType\":\"UserDataChanged\"}");
}

static void
tell(evutil_socket_t fd, short what, void *arg)
{
	struct sim *sim = arg;
	struct sockets *sockets = &sim->sockets;
	struct socket *socket;
	struct user *user;
	struct json_out out;
	size_t i;

	(void)fd;
	(void)what;
	TAILQ_FOREACH(user, &sim->users.list, entry) {
		for (i = 0; i < sockets->n_changes; i++)
			if (jellyfin_id_equal(&sockets->changes[i].user,
			    &user->id))
				break;
		if (i == sockets->n_changes)
			continue;
		json_out_init(&out, sim->options.raw);
		put_notice(sim, user, &out);
		TAILQ_FOREACH(socket, &sockets->list, entry) {
			if (socket->spoiled || !watches(socket, &user->id))
				continue;
			socket->notices++;
			send_text(socket, out.data, out.length);
		}
		json_out_free(&out);
	}
	sockets->n_changes = 0;
}

/* What goes wrong, on request */

/* A frame that says it is of declared bytes, and has n of them. */
static void
raw_frame(struct socket *socket, int first, uint64_t declared,
    const void *data, size_t n)
{
	uint8_t head[10] = { (uint8_t)first, 127 };
	int i;

	for (i = 0; i < 8; i++)
		head[2 + i] = (uint8_t)(declared >> (56 - 8 * i));
	if (declared < 126) {
		head[1] = (uint8_t)declared;
		(void)frame_write(NULL, head, 2, 0, socket);
	} else if (declared < 65536) {
		head[1] = 126;
		head[2] = head[8];
		head[3] = head[9];
		(void)frame_write(NULL, head, 4, 0, socket);
	} else
		(void)frame_write(NULL, head, 10, 0, socket);
	if (n > 0)
		(void)frame_write(NULL, data, n, 0, socket);
}

static void
do_cut(struct socket *socket)
{
	socket_free(socket);
}

static void
do_close(struct socket *socket)
{
	if (wslay_event_queue_close(socket->frames, 1001, NULL, 0) != 0 ||
	    wslay_event_send(socket->frames) != 0)
		errx(1, "a close that cannot be sent");
}

static void
do_half(struct socket *socket)
{
	static const char text[] = "{\"MessageType\":\"UserDa";

	raw_frame(socket, FIN | WSLAY_TEXT_FRAME, 1000, text,
	    sizeof(text) - 1);
	socket->silent = true;
}

static void
do_oversize(struct socket *socket)
{
	raw_frame(socket, FIN | WSLAY_TEXT_FRAME, UINT64_C(1) << 40,
	    "{\"Me", 4);
}

/* Within what a frame may be, and all of it is sent. */
static void
do_huge(struct socket *socket)
{
	size_t length = 3 * 1024 * 1024;
	char *text = memory_zeroed(length, 1);

	memset(text, ' ', length);
	raw_frame(socket, FIN | WSLAY_TEXT_FRAME, length, text, length);
	free(text);
}

static void
do_silence(struct socket *socket)
{
	socket->silent = true;
}

static void
do_garbage(struct socket *socket)
{
	static const char text[] = "{\"MessageType\":\"UserDataChanged\",[}";

	raw_frame(socket, FIN | WSLAY_TEXT_FRAME, sizeof(text) - 1, text,
	    sizeof(text) - 1);
}

static void
do_deep(struct socket *socket)
{
	char text[20000];

	memset(text, '[', sizeof(text));
	raw_frame(socket, FIN | WSLAY_TEXT_FRAME, sizeof(text), text,
	    sizeof(text));
}

static void
do_noise(struct socket *socket)
{
	static const char noise[] = "\xff\xfe\xfd HTTP/1.1 400 Bad Request\r\n";

	(void)frame_write(NULL, (const uint8_t *)noise, sizeof(noise) - 1, 0,
	    socket);
}

static void
do_fragment(struct socket *socket)
{
	socket->fragmented = true;
}

/* user=, item=, n=: so many notices of one item, one after the other. */
static const char *
flood(struct control *control)
{
	struct sim *sim = control->sim;
	const char *text = http_query(control->http, "item"), *error;
	struct socket *socket;
	struct json_out out;
	struct user *user;
	uint32_t item;
	int64_t n = 1000, i;

	if ((error = control_query_user(control, "user", &user)) != NULL ||
	    (error = control_query_number(control, "n", &n)) != NULL)
		return error;
	if (text == NULL ||
	    (item = library_find(&sim->library, text)) == NO_ITEM)
		return "no such item";
	sockets_changed(sim, user, item);
	json_out_init(&out, sim->options.raw);
	put_notice(sim, user, &out);
	TAILQ_FOREACH(socket, &sim->sockets.list, entry) {
		for (i = 0; i < n && watches(socket, &user->id); i++)
			send_text(socket, out.data, out.length);
	}
	json_out_free(&out);
	return NULL;
}

const char *
control_sockets(struct control *control)
{
	static const struct {
		const char	*what;
		socket_fault	*fault;
	} faults[] = {
		{ "cut", do_cut },
		{ "close", do_close },
		{ "half", do_half },
		{ "oversize", do_oversize },
		{ "huge", do_huge },
		{ "silence", do_silence },
		{ "garbage", do_garbage },
		{ "deep", do_deep },
		{ "noise", do_noise },
		{ "fragment", do_fragment }
	};
	const char *what = http_query(control->http, "what");
	struct socket *socket, *next;
	size_t i;

	if (what != NULL && strcmp(what, "flood") == 0)
		return flood(control);
	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (what != NULL && strcmp(faults[i].what, what) == 0)
			break;
	if (i == sizeof(faults) / sizeof(faults[0]))
		return "no such fault";
	TAILQ_FOREACH_SAFE(socket, &control->sim->sockets.list, entry, next)
		faults[i].fault(socket);
	return NULL;
}

/* Who is connected, as tests wait for. */
const char *
control_sockets_show(struct control *control)
{
	const struct socket *socket;
	struct json_out *out = &control->out;
	bool first = true;

	out_literal(out, "[");
	TAILQ_FOREACH(socket, &control->sim->sockets.list, entry) {
		if (!first)
			out_literal(out, ",");
		first = false;
		out_literal(out, "{\"DeviceId\":");
		out_string(out, socket->authorization.device_id);
		out_literal(out, ",\"Users\":");
		out_number(out, (int64_t)socket->n_users);
		out_literal(out, ",\"Notices\":");
		out_number(out, socket->notices);
		out_literal(out, ",\"KeepAlives\":");
		out_number(out, socket->kept);
		out_literal(out, ",\"Spoiled\":");
		out_bool(out, socket->spoiled);
		out_literal(out, "}");
	}
	out_literal(out, "]");
	return NULL;
}
