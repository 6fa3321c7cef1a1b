/* The engine's side of the listener: webhooks, and who wants to know what. */
#include "child.h"
#include "engine.h"
#include "log.h"

typedef int	 receive(struct engine *, struct imsg *);

static int	recv_event(struct engine *, struct imsg *);
static int	recv_webhook_sync(struct engine *, struct imsg *);
static int	recv_metric(struct engine *, struct imsg *);
static int	recv_scrape(struct engine *, struct imsg *);
static int	recv_page(struct engine *, struct imsg *);
static int	listener_message(struct channel *, struct imsg *, void *);
static void	listener_closed(struct channel *, const char *, void *);

static const struct channel_handlers listener_handlers = {
	listener_message, listener_closed, NULL
};

static receive *const from_listener[MESSAGE_TYPE_COUNT] = {
	[MESSAGE_EVENT] = recv_event,
	[MESSAGE_SYNC_NOW] = recv_webhook_sync,
	[MESSAGE_METRIC] = recv_metric,
	[MESSAGE_SCRAPE] = recv_scrape,
	[MESSAGE_PAGE] = recv_page
};

void
engine_link_listener(struct engine *engine, int fd)
{
	channel_free(engine->listener);
	engine->listener = channel_new(engine->base, fd, &listener_handlers,
	    engine, 0);
	if (engine->listener == NULL)
		fatal("channel_new");
	channel_say_hello(engine->listener);
}

static int
recv_event(struct engine *engine, struct imsg *imsg)
{
	struct message_event message;

	if (message_get_event(imsg, &message) == -1)
		return -1;
	events_event(engine, &message);
	return 0;
}

static int
recv_webhook_sync(struct engine *engine, struct imsg *imsg)
{
	if (imsg_get_len(imsg) != 0)
		return -1;
	events_sync(engine);
	return 0;
}

static int
recv_metric(struct engine *engine, struct imsg *imsg)
{
	static struct message_metric message;

	if (message_get_metric(imsg, &message) == -1)
		return -1;
	return metrics_heard(engine, &message);
}

static int
recv_scrape(struct engine *engine, struct imsg *imsg)
{
	if (imsg_get_len(imsg) != 0)
		return -1;
	metrics_send(engine, engine->listener);
	message_put_empty(channel_imsgbuf(engine->listener), MESSAGE_SCRAPED,
	    0);
	channel_written(engine->listener);
	return 0;
}

static void
put_row(void *arg, const struct message_row *row)
{
	message_put_row(channel_imsgbuf(arg), 0, row);
}

/* Who knows of no servers yet has nothing to show. */
static int
recv_page(struct engine *engine, struct imsg *imsg)
{
	if (imsg_get_len(imsg) != 0)
		return -1;
	if (engine->configured)
		report_page(engine, put_row, engine->listener);
	message_put_empty(channel_imsgbuf(engine->listener),
	    MESSAGE_PAGE_DONE, 0);
	channel_written(engine->listener);
	return 0;
}

static int
listener_message(struct channel *channel, struct imsg *imsg, void *arg)
{
	uint32_t type = imsg_get_type(imsg);

	(void)channel;
	if (type == MESSAGE_HELLO)
		return channel_take_hello(imsg);
	if (type >= MESSAGE_TYPE_COUNT || from_listener[type] == NULL ||
	    from_listener[type](arg, imsg) == -1)
		fatalx("nonsense from the listener: %s",
		    message_type_name(type));
	return 0;
}

/* It may have been told what it did not get to tell us. */
static void
listener_closed(struct channel *channel, const char *error, void *arg)
{
	struct engine *engine = arg;

	child_lost(channel, error, "the listener");
	log_warnx("the listener is gone%s%s", error == NULL ? "" : ": ",
	    error == NULL ? "" : error);
	channel_free(channel);
	engine->listener = NULL;
	events_sync(engine);
}
