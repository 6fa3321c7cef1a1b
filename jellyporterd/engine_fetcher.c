/* The engine's side of a fetcher: what it is told of its server. */
#include "child.h"
#include "clock.h"
#include "engine.h"
#include "log.h"

#define FETCHER_QUEUE_MAX	0	/* requests: three at most, by design */

typedef int	 receive_fetcher(struct server *, struct imsg *);

static int	recv_server_info(struct server *, struct imsg *);
static int	recv_user(struct server *, struct imsg *);
static int	recv_item(struct server *, struct imsg *);
static int	recv_alternate(struct server *, struct imsg *);
static int	recv_acted(struct server *, struct imsg *);
static int	recv_playing(struct server *, struct imsg *);
static int	recv_userdata(struct server *, struct imsg *);
static int	recv_written(struct server *, struct imsg *);
static int	recv_result(struct server *, struct imsg *);
static int	recv_live(struct server *, struct imsg *);
static int	recv_dirty(struct server *, struct imsg *);
static int	recv_called(struct server *, struct imsg *);
static int	fetcher_message(struct channel *, struct imsg *, void *);
static void	fetcher_closed(struct channel *, const char *, void *);
static struct lane *lane_of(struct server *, const struct imsg *,
		    enum message_type);

static const struct channel_handlers fetcher_handlers = {
	fetcher_message, fetcher_closed, NULL
};

static receive_fetcher *const from_fetcher[MESSAGE_TYPE_COUNT] = {
	[MESSAGE_SERVER_INFO] = recv_server_info,
	[MESSAGE_USER] = recv_user,
	[MESSAGE_ITEM] = recv_item,
	[MESSAGE_ALTERNATE] = recv_alternate,
	[MESSAGE_ACTED] = recv_acted,
	[MESSAGE_PLAYING] = recv_playing,
	[MESSAGE_USERDATA] = recv_userdata,
	[MESSAGE_WRITTEN] = recv_written,
	[MESSAGE_RESULT] = recv_result,
	[MESSAGE_LIVE] = recv_live,
	[MESSAGE_DIRTY] = recv_dirty,
	[MESSAGE_CALLED] = recv_called
};

/* For the first time, or again: that conversation begins afresh. */
void
engine_link_fetcher(struct server *server, int fd)
{
	if (server->link != NULL) {
		channel_free(server->link);
		server->link = NULL;
		round_link_lost(server);
	}
	server->link = channel_new(server->engine->base, fd,
	    &fetcher_handlers, server, FETCHER_QUEUE_MAX);
	if (server->link == NULL)
		fatal("channel_new");
	channel_say_hello(server->link);
	round_link_made(server);
}

static struct lane *
lane_of(struct server *server, const struct imsg *imsg,
    enum message_type type)
{
	uint32_t id = imsg_get_id(imsg);
	struct lane *lane;

	if (id != 0 && id == server->bulk.id)
		lane = &server->bulk;
	else if (id != 0 && id == server->small.id)
		lane = &server->small;
	else if (id != 0 && id == server->write.id)
		lane = &server->write;
	else if (id != 0 && id == server->check_lane.id)
		lane = &server->check_lane;
	else
		return NULL;
	return type == 0 || lane->type == type ? lane : NULL;
}

static int
recv_server_info(struct server *server, struct imsg *imsg)
{
	struct message_server_info message;

	if (message_get_server_info(imsg, &message) == -1)
		return -1;
	if (lane_of(server, imsg, MESSAGE_CHECK) != NULL)
		check_info(server, &message);
	else if (lane_of(server, imsg, MESSAGE_CONTACT) != NULL)
		round_contacted(server, &message);
	else
		return -1;
	return 0;
}

static int
recv_user(struct server *server, struct imsg *imsg)
{
	struct message_user message;

	if (message_get_user(imsg, &message) == -1)
		return -1;
	if (lane_of(server, imsg, MESSAGE_CHECK) != NULL)
		check_user(server, &message);
	else if (lane_of(server, imsg, MESSAGE_CONTACT) != NULL)
		round_user(server, &message);
	else
		return -1;
	return 0;
}

static int
recv_item(struct server *server, struct imsg *imsg)
{
	static struct item_record message;
	struct lane *lane = lane_of(server, imsg, MESSAGE_LIST);

	if (lane == NULL || !listing_is_of_items(lane->listing) ||
	    message_get_item(imsg, &message) == -1)
		return -1;
	round_item(server, &message);
	return 0;
}

static int
recv_acted(struct server *server, struct imsg *imsg)
{
	struct message_acted message;

	if (lane_of(server, imsg, MESSAGE_ACTIVITY) == NULL ||
	    message_get_acted(imsg, &message) == -1)
		return -1;
	round_acted(server, &message);
	return 0;
}

static int
recv_alternate(struct server *server, struct imsg *imsg)
{
	struct alternate_record message;

	if (lane_of(server, imsg, MESSAGE_ALTERNATES) == NULL ||
	    message_get_alternate(imsg, &message) == -1)
		return -1;
	round_alternate(server, &message);
	return 0;
}

static int
recv_playing(struct server *server, struct imsg *imsg)
{
	struct message_playing message;
	struct lane *lane = lane_of(server, imsg, 0);

	if (lane == NULL || message_get_playing(imsg, &message) == -1)
		return -1;
	if (lane->owner == OWNER_SESSIONS)
		sessions_playing(server, &message);
	else if (lane->owner == OWNER_DIRTY)
		dirty_playing(lane, &message);
	else
		return -1;
	return 0;
}

static int
recv_userdata(struct server *server, struct imsg *imsg)
{
	struct message_userdata message;
	struct lane *lane = lane_of(server, imsg, 0);

	if (lane == NULL || lane->endpoint == NULL ||
	    (lane->type != MESSAGE_LIST && lane->type != MESSAGE_READ) ||
	    message_get_userdata(imsg, &message) == -1)
		return -1;
	server->metrics.observations++;
	if (lane->owner == OWNER_DIRTY)
		dirty_userdata(server, lane, &message);
	else
		round_userdata(server, lane, &message);
	return 0;
}

static int
recv_written(struct server *server, struct imsg *imsg)
{
	struct message_written message;

	if (lane_of(server, imsg, MESSAGE_WRITE) == NULL ||
	    message_get_written(imsg, &message) == -1)
		return -1;
	writer_written(server, &message);
	return 0;
}

static int
recv_result(struct server *server, struct imsg *imsg)
{
	struct message_result message;
	struct lane *lane = lane_of(server, imsg, 0);

	if (lane == NULL || message_get_result(imsg, &message) == -1)
		return -1;
	switch (lane->owner) {
	case OWNER_ROUND:
		round_result(server, lane, &message);
		break;
	case OWNER_WRITER:
		writer_result(server, lane, &message);
		break;
	case OWNER_DIRTY:
		dirty_result(server, &message);
		break;
	case OWNER_SESSIONS:
		sessions_result(server, &message);
		break;
	case OWNER_CHECK:
		check_result(server, &message);
		return 0;	/* no round waits for it */
	}
	dirty_next(server);
	return 0;
}

static int
recv_live(struct server *server, struct imsg *imsg)
{
	struct message_live message;

	if (message_get_live(imsg, &message) == -1)
		return -1;
	dirty_live(server, &message);
	return 0;
}

static int
recv_dirty(struct server *server, struct imsg *imsg)
{
	struct message_dirty message;

	if (message_get_dirty(imsg, &message) == -1)
		return -1;
	dirty_notice(server, &message);
	return 0;
}

static int
recv_called(struct server *server, struct imsg *imsg)
{
	struct message_called message;

	if (message_get_called(imsg, &message) == -1)
		return -1;
	metrics_called(server, &message);
	return 0;
}

static int
fetcher_message(struct channel *channel, struct imsg *imsg, void *arg)
{
	struct server *server = arg;
	uint32_t type = imsg_get_type(imsg);

	(void)channel;
	if (type == MESSAGE_HELLO)
		return channel_take_hello(imsg);
	jump_look(server->engine);
	if (type >= MESSAGE_TYPE_COUNT || from_fetcher[type] == NULL ||
	    from_fetcher[type](server, imsg) == -1)
		fatalx("nonsense from the fetcher of %s: %s", server->name,
		    message_type_name(type));
	return 0;
}

static void
fetcher_closed(struct channel *channel, const char *error, void *arg)
{
	struct server *server = arg;

	child_lost(channel, error, server->name);
	log_server_warnx(server->name, "its fetcher is gone%s%s",
	    error == NULL ? "" : ": ", error == NULL ? "" : error);
	channel_free(channel);
	server->link = NULL;
	round_link_lost(server);
	sync_changed(server->engine);
}
