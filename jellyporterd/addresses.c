/* Asking the resolver, and what it has answered. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addresses.h"
#include "channel.h"
#include "child.h"
#include "clock.h"
#include "log.h"
#include "message.h"
#include "text.h"

#define ANSWER_WITHIN	10000	/* ms */
/* The name, its port, and a comma and brackets around each address. */
#define ENTRY_SIZE	(NAME_SIZE + 8 + ADDRESSES_MAX * \
			(INET6_ADDRSTRLEN + 3))

struct addresses {
	struct event_base	*base;
	const char		*whose;
	struct server_host	 host;
	void			(*changed)(void *);
	void			*arg;
	struct channel		*resolver;	/* NULL: no link */
	struct event		*clock;		/* for its answer */
	enum addresses_state	 state;
	bool			 asking;
	uint32_t		 id;		/* of what was asked last */
	char			 entry[ENTRY_SIZE];	/* "": none */
	int64_t			 known;		/* ms, since */
	bool			 doubtful;
	char			 error[ERROR_SIZE];
};

static void	ask(struct addresses *);
static void	send_question(struct addresses *);
static int	resolver_message(struct channel *, struct imsg *, void *);
static void	resolver_closed(struct channel *, const char *, void *);
static int	recv_addresses(struct addresses *, const struct imsg *);
static void	take(struct addresses *, const struct message_addresses *);
static void	append(char [ENTRY_SIZE], const struct address *);
static void	fail(struct addresses *, const char *, bool);
static void	timeout(evutil_socket_t, short, void *);

static const struct channel_handlers resolver_handlers = {
	resolver_message, resolver_closed, NULL
};

struct addresses *
addresses_new(struct event_base *base, const char *whose,
    const struct server_host *host, void (*changed)(void *), void *arg)
{
	struct addresses *addresses;

	if ((addresses = calloc(1, sizeof(*addresses))) == NULL)
		fatal("calloc");
	addresses->base = base;
	addresses->whose = whose;
	addresses->host = *host;
	addresses->changed = changed;
	addresses->arg = arg;
	if ((addresses->clock = evtimer_new(base, timeout, addresses)) == NULL)
		fatal_memory("evtimer_new");
	return addresses;
}

void
addresses_free(struct addresses *addresses)
{
	if (addresses == NULL)
		return;
	channel_free(addresses->resolver);
	event_free(addresses->clock);
	free(addresses);
}

/* What the one before was asked and did not answer is asked again. */
void
addresses_link(struct addresses *addresses, int fd)
{
	channel_free(addresses->resolver);
	addresses->resolver = channel_new(addresses->base, fd,
	    &resolver_handlers, addresses, 0);
	if (addresses->resolver == NULL)
		fatal("channel_new");
	channel_say_hello(addresses->resolver);
	if (addresses->asking)
		send_question(addresses);
}

enum addresses_state
addresses_need(struct addresses *addresses)
{
	bool usable = addresses->entry[0] != '\0' && !addresses->doubtful;

	if (!usable || clock_ms() - addresses->known >= ADDRESSES_REFRESH)
		ask(addresses);
	addresses->state = usable ? ADDRESSES_KNOWN : ADDRESSES_ASKED;
	return addresses->state;
}

enum addresses_state
addresses_state(const struct addresses *addresses)
{
	return addresses->state;
}

void
addresses_doubt(struct addresses *addresses)
{
	addresses->doubtful = true;
}

const char *
addresses_whose(const struct addresses *addresses)
{
	return addresses->whose;
}

const char *
addresses_name(const struct addresses *addresses)
{
	return addresses->host.name;
}

const char *
addresses_entry(const struct addresses *addresses)
{
	return addresses->entry[0] == '\0' ? NULL : addresses->entry;
}

const char *
addresses_error(const struct addresses *addresses)
{
	return addresses->error;
}

/* Asking */

static void
ask(struct addresses *addresses)
{
	if (addresses->asking)
		return;
	addresses->asking = true;
	addresses->id++;
	clock_start(addresses->clock, ANSWER_WITHIN);
	send_question(addresses);
}

/* Without a resolver it waits for the next one. */
static void
send_question(struct addresses *addresses)
{
	if (addresses->resolver == NULL)
		return;
	message_put_empty(channel_imsgbuf(addresses->resolver),
	    MESSAGE_RESOLVE, addresses->id);
	channel_written(addresses->resolver);
}

static void
timeout(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	fail(arg, "there was no answer within 10 s", true);
}

/* The answer */

static int
resolver_message(struct channel *channel, struct imsg *imsg, void *arg)
{
	uint32_t type = imsg_get_type(imsg);

	(void)channel;
	if (type == MESSAGE_HELLO)
		return channel_take_hello(imsg);
	if (type != MESSAGE_ADDRESSES || recv_addresses(arg, imsg) == -1)
		fatalx("nonsense from the resolver: %s",
		    message_type_name(type));
	return 0;
}

/* The parent starts it again, and then sends a new link. */
static void
resolver_closed(struct channel *channel, const char *error, void *arg)
{
	struct addresses *addresses = arg;

	child_lost(channel, error, "the resolver");
	log_debug("the resolver is gone%s%s", error == NULL ? "" : ": ",
	    error == NULL ? "" : error);
	channel_free(channel);
	addresses->resolver = NULL;
}

/* One that comes too late is an answer all the same. */
static int
recv_addresses(struct addresses *addresses, const struct imsg *imsg)
{
	struct message_addresses message;

	if (message_get_addresses(imsg, &message) == -1)
		return -1;
	if (imsg_get_id(imsg) != addresses->id)
		return 0;
	if (message.n > 0)
		take(addresses, &message);
	else if (addresses->asking)
		fail(addresses, message.error, message.temporary);
	return 0;
}

static void
take(struct addresses *addresses, const struct message_addresses *message)
{
	uint32_t i;

	(void)snprintf(addresses->entry, sizeof(addresses->entry), "%s:%u:",
	    addresses->host.name, addresses->host.port);
	for (i = 0; i < message->n; i++) {
		if (i > 0)
			(void)strlcat(addresses->entry, ",",
			    sizeof(addresses->entry));
		append(addresses->entry, &message->addresses[i]);
	}
	addresses->asking = addresses->doubtful = false;
	addresses->known = clock_ms();
	addresses->state = ADDRESSES_KNOWN;
	(void)event_del(addresses->clock);
	addresses->changed(addresses->arg);
}

/* There is room for all of them. */
static void
append(char entry[ENTRY_SIZE], const struct address *address)
{
	char text[INET6_ADDRSTRLEN];
	bool is_6 = address->family == ADDRESS_6;

	if (inet_ntop(is_6 ? AF_INET6 : AF_INET, address->bytes, text,
	    sizeof(text)) == NULL)
		fatal("inet_ntop");
	(void)strlcat(entry, is_6 ? "[" : "", ENTRY_SIZE);
	(void)strlcat(entry, text, ENTRY_SIZE);
	(void)strlcat(entry, is_6 ? "]" : "", ENTRY_SIZE);
}

/*
 * Where nobody could be asked, what was known before is better than nothing.
 * A name that is gone is not: its address may be another's by now, who would
 * be sent the key.
 */
static void
fail(struct addresses *addresses, const char *why, bool temporary)
{
	char text[ERROR_SIZE];

	addresses->asking = false;
	(void)event_del(addresses->clock);
	(void)snprintf(text, sizeof(text), "%s %s cannot be resolved: "
	    "%s", addresses->whose, addresses->host.name, why);
	(void)text_copy(addresses->error, sizeof(addresses->error), text);
	if (temporary && addresses->entry[0] != '\0') {
		addresses->doubtful = false;
		addresses->state = ADDRESSES_KNOWN;
	} else {
		addresses->entry[0] = '\0';
		addresses->state = ADDRESSES_FAILED;
	}
	addresses->changed(addresses->arg);
}
