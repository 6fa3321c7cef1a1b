/* The engine's side of the exporter: it is given the metrics, and says what has
 * come of them. */
#include <string.h>

#include "child.h"
#include "engine.h"
#include "log.h"

static int	recv_scrape(struct engine *, struct imsg *);
static int	exporter_message(struct channel *, struct imsg *, void *);
static void	exporter_closed(struct channel *, const char *, void *);

static const struct channel_handlers exporter_handlers = {
	exporter_message, exporter_closed, NULL
};

void
engine_link_exporter(struct engine *engine, int fd)
{
	channel_free(engine->exporter);
	engine->exporter = channel_new(engine->base, fd, &exporter_handlers,
	    engine, 0);
	if (engine->exporter == NULL)
		fatal("channel_new");
	channel_say_hello(engine->exporter);
}

static int
recv_scrape(struct engine *engine, struct imsg *imsg)
{
	if (imsg_get_len(imsg) != 0)
		return -1;
	metrics_send(engine, engine->exporter);
	message_put_empty(channel_imsgbuf(engine->exporter), MESSAGE_SCRAPED,
	    0);
	channel_written(engine->exporter);
	return 0;
}

static int
exporter_message(struct channel *channel, struct imsg *imsg, void *arg)
{
	struct engine *engine = arg;
	uint32_t type = imsg_get_type(imsg);

	(void)channel;
	if (type == MESSAGE_HELLO)
		return channel_take_hello(imsg);
	if ((type != MESSAGE_SCRAPE || recv_scrape(engine, imsg) == -1) &&
	    message_get_exported(imsg, &engine->exported) == -1)
		fatalx("nonsense from the exporter: %s",
		    message_type_name(type));
	return 0;
}

/* Started again, or not configured any more. */
static void
exporter_closed(struct channel *channel, const char *error, void *arg)
{
	struct engine *engine = arg;

	child_lost(channel, error, "the exporter");
	log_debug("the exporter is gone%s%s", error == NULL ? "" : ": ",
	    error == NULL ? "" : error);
	channel_free(channel);
	engine->exporter = NULL;
	memset(&engine->exported, 0, sizeof(engine->exported));
}
