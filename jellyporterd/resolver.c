/*
 * The resolver's role: the parent tells which name belongs to which server,
 * and a fetcher can ask for its own server's and for no other.  So nobody who
 * gets hold of a fetcher can make it ask the world anything, nor send anything
 * out by the names that it asks for.
 *
 * One name after the other: whoever is asked meanwhile waits some seconds at
 * most, and then does what it does when there is no answer.
 */
#include <sys/queue.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "channel.h"
#include "child.h"
#include "clock.h"
#include "log.h"
#include "lookup.h"
#include "message.h"
#include "resolver.h"
#include "sandbox.h"
#include "users.h"

#define ANSWERS_MAX	10	/* that wait for one fetcher */
#define REPEAT		1000	/* ms in which an answer is repeated */

struct client {			/* a fetcher, by its server */
	TAILQ_ENTRY(client)	 entry;
	struct resolver		*resolver;
	struct message_host	 host;
	struct channel		*channel;	/* NULL: no link */
	struct message_addresses last;
	int64_t			 looked;	/* ms; 0: never */
};

struct resolver {
	struct event_base	*base;
	struct channel		*parent;
	TAILQ_HEAD(, client)	 clients;
	struct message_identity	 identity;
	bool			 has_options;
	bool			 confined;
};

typedef int	 receive(struct resolver *, struct imsg *);

static receive	 recv_identity, recv_options, recv_host, recv_config_done;
static receive	 recv_link;

static int	parent_message(struct channel *, struct imsg *, void *);
static int	fetcher_message(struct channel *, struct imsg *, void *);
static void	fetcher_closed(struct channel *, const char *, void *);
static void	fetcher_drained(struct channel *, void *);
static struct client *client_by_server(struct resolver *, const char *);
static void	say_alive_now(struct resolver *);
static void	answer(struct client *, uint32_t);

static const struct channel_handlers parent_handlers = {
	parent_message, child_closed, NULL
};
static const struct channel_handlers fetcher_handlers = {
	fetcher_message, fetcher_closed, fetcher_drained
};

static receive *const from_parent[MESSAGE_TYPE_COUNT] = {
	[MESSAGE_IDENTITY] =		recv_identity,
	[MESSAGE_RESOLVER_OPTIONS] =	recv_options,
	[MESSAGE_HOST] =		recv_host,
	[MESSAGE_CONFIG_DONE] =		recv_config_done,
	[MESSAGE_LINK] =		recv_link
};

static struct client *
client_by_server(struct resolver *resolver, const char *server)
{
	struct client *client;

	TAILQ_FOREACH(client, &resolver->clients, entry) {
		if (strcmp(client->host.server, server) == 0)
			return client;
	}
	return NULL;
}

/* From the parent */

static int
recv_identity(struct resolver *resolver, struct imsg *imsg)
{
	if (resolver->has_options)
		return -1;
	return message_get_identity(imsg, &resolver->identity);
}

static int
recv_options(struct resolver *resolver, struct imsg *imsg)
{
	struct message_resolver_options options;

	if (resolver->has_options ||
	    message_get_resolver_options(imsg, &options) == -1)
		return -1;
	log_set_verbose(options.verbose);
	resolver->has_options = true;
	return 0;
}

static int
recv_host(struct resolver *resolver, struct imsg *imsg)
{
	struct client *client;

	if ((client = calloc(1, sizeof(*client))) == NULL)
		fatal("calloc");
	client->resolver = resolver;
	TAILQ_INSERT_TAIL(&resolver->clients, client, entry);
	return resolver->confined ? -1 :
	    message_get_host(imsg, &client->host);
}

static int
recv_config_done(struct resolver *resolver, struct imsg *imsg)
{
	if (!resolver->has_options || resolver->confined ||
	    imsg_get_len(imsg) != 0)
		return -1;
	users_become(&resolver->identity, NULL);
	sandbox_resolver(lookup_prepare());
	resolver->confined = true;
	return 0;
}

/* Whatever was asked before: both sides begin afresh. */
static int
recv_link(struct resolver *resolver, struct imsg *imsg)
{
	struct message_link link;
	struct client *client;
	int fd;

	if (!resolver->confined || message_get_link(imsg, &link, &fd) == -1 ||
	    (client = client_by_server(resolver, link.server)) == NULL)
		return -1;
	channel_free(client->channel);
	client->channel = channel_new(resolver->base, fd, &fetcher_handlers,
	    client, ANSWERS_MAX);
	if (client->channel == NULL)
		fatal("channel_new");
	channel_say_hello(client->channel);
	return 0;
}

static int
parent_message(struct channel *channel, struct imsg *imsg, void *arg)
{
	struct resolver *resolver = arg;
	uint32_t type = imsg_get_type(imsg);

	if (child_obeys(channel, imsg))
		return 0;
	if (type >= MESSAGE_TYPE_COUNT || from_parent[type] == NULL ||
	    from_parent[type](resolver, imsg) == -1)
		fatalx("nonsense from the parent: %s",
		    message_type_name(type));
	return 0;
}

/* From a fetcher */

static int
fetcher_message(struct channel *channel, struct imsg *imsg, void *arg)
{
	struct client *client = arg;

	(void)channel;
	if (imsg_get_type(imsg) == MESSAGE_HELLO)
		return channel_take_hello(imsg);
	if (imsg_get_type(imsg) != MESSAGE_RESOLVE || imsg_get_len(imsg) != 0)
		fatalx("nonsense from fetcher %s: %s", client->host.server,
		    message_type_name(imsg_get_type(imsg)));
	if (lookup_is_stale()) {
		log_info("begins anew: how names are resolved has changed");
		exit(0);
	}
	answer(client, imsg_get_id(imsg));
	return 0;
}

/* The parent may have asked: when many wait for names that nobody answers
 * for, it is a while until that is heard. */
static void
say_alive_now(struct resolver *resolver)
{
	channel_say_alive(resolver->parent);
	(void)imsgbuf_write(channel_imsgbuf(resolver->parent));
}

/* Whoever asks again and again gets what there is, and keeps nobody else
 * waiting. */
static void
answer(struct client *client, uint32_t id)
{
	int64_t now = clock_ms();

	if (client->looked == 0 || now - client->looked >= REPEAT) {
		say_alive_now(client->resolver);
		lookup(client->host.host, &client->last);
		client->looked = clock_ms();
		log_debug("%s: %u %s, %lld ms%s%s", client->host.host,
		    client->last.n,
		    client->last.n == 1 ? "address" : "addresses",
		    (long long)(client->looked - now),
		    client->last.n > 0 ? "" : ": ", client->last.error);
	}
	message_put_addresses(channel_imsgbuf(client->channel), id,
	    &client->last);
	channel_written(client->channel);
	if (channel_is_full(client->channel))
		channel_pause(client->channel);
}

static void
fetcher_drained(struct channel *channel, void *arg)
{
	(void)arg;
	channel_resume(channel);
}

static void
fetcher_closed(struct channel *channel, const char *error, void *arg)
{
	struct client *client = arg;

	child_lost(channel, error, client->host.server);
	log_debug("fetcher %s is gone%s%s", client->host.server,
	    error == NULL ? "" : ": ", error == NULL ? "" : error);
	channel_free(channel);
	client->channel = NULL;
}

_Noreturn void
resolver_main(void)
{
	static struct resolver resolver;

	TAILQ_INIT(&resolver.clients);
	if ((resolver.base = event_base_new()) == NULL)
		fatal("event_base_new");
	resolver.parent = child_channel(resolver.base, &parent_handlers,
	    &resolver);
	child_run(resolver.base);
}
