/*
 * The fetcher's role: what the parent tells it, the link to the engine, and
 * which of the engine's requests goes where.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "child.h"
#include "clock.h"
#include "fetcher.h"
#include "live.h"
#include "log.h"
#include "request.h"
#include "sandbox.h"
#include "server_host.h"
#include "users.h"

#define ENGINE_QUEUE_MAX	50	/* records that wait for the engine */

typedef int	 receive(struct fetcher *, struct imsg *);

static receive	 recv_hello, recv_identity, recv_options, recv_certificates;
static receive	 recv_library, recv_config_done, recv_link, recv_check;
static receive	 recv_contact, recv_list, recv_activity, recv_alternates;
static receive	 recv_read, recv_sessions, recv_write, recv_hurry, recv_watch;

static int	parent_message(struct channel *, struct imsg *, void *);
static void	parent_closed(struct channel *, const char *, void *);
static int	engine_message(struct channel *, struct imsg *, void *);
static void	engine_closed(struct channel *, const char *, void *);
static void	engine_drained(struct channel *, void *);
static void	resolved(void *);
static void	link_engine(struct fetcher *, int);
static void	drop_link(struct fetcher *);

static const struct channel_handlers parent_handlers = {
	parent_message, parent_closed, NULL
};
static const struct channel_handlers engine_handlers = {
	engine_message, engine_closed, engine_drained
};

static receive *const from_parent[MESSAGE_TYPE_COUNT] = {
	[MESSAGE_IDENTITY] =		recv_identity,
	[MESSAGE_FETCHER_OPTIONS] =	recv_options,
	[MESSAGE_CERTIFICATES] =	recv_certificates,
	[MESSAGE_LIBRARY] =		recv_library,
	[MESSAGE_CONFIG_DONE] =		recv_config_done,
	[MESSAGE_LINK] =		recv_link
};

static receive *const from_engine[MESSAGE_TYPE_COUNT] = {
	[MESSAGE_HELLO] =	recv_hello,
	[MESSAGE_CONTACT] =	recv_contact,
	[MESSAGE_LIST] =	recv_list,
	[MESSAGE_ACTIVITY] =	recv_activity,
	[MESSAGE_ALTERNATES] =	recv_alternates,
	[MESSAGE_READ] =	recv_read,
	[MESSAGE_SESSIONS] =	recv_sessions,
	[MESSAGE_WRITE] =	recv_write,
	[MESSAGE_HURRY] =	recv_hurry,
	[MESSAGE_WATCH] =	recv_watch,
	[MESSAGE_CHECK] =	recv_check
};

static int
recv_hello(struct fetcher *fetcher, struct imsg *imsg)
{
	(void)fetcher;
	return channel_take_hello(imsg);
}

/* From the parent */

static int
recv_identity(struct fetcher *fetcher, struct imsg *imsg)
{
	if (fetcher->options.timeout != 0)
		return -1;
	return message_get_identity(imsg, &fetcher->identity);
}

static int
recv_options(struct fetcher *fetcher, struct imsg *imsg)
{
	struct message_fetcher_options *options = &fetcher->options;

	if (options->timeout != 0 ||
	    message_get_fetcher_options(imsg, options) == -1 ||
	    options->timeout == 0)
		return -1;
	explicit_bzero(imsg->data, imsg_get_len(imsg));
	log_set_verbose(options->verbose);
	return 0;
}

static int
recv_certificates(struct fetcher *fetcher, struct imsg *imsg)
{
	if (fetcher->http != NULL)
		return -1;
	return certificates_take(&fetcher->certificates, imsg);
}

static int
recv_library(struct fetcher *fetcher, struct imsg *imsg)
{
	struct libraries *libraries = &fetcher->libraries;
	struct message_library *wanted;

	wanted = reallocarray(libraries->wanted, libraries->n_wanted + 1,
	    sizeof(*wanted));
	if (wanted == NULL)
		fatal("reallocarray");
	libraries->wanted = wanted;
	if (fetcher->http != NULL ||
	    message_get_library(imsg, &wanted[libraries->n_wanted]) == -1)
		return -1;
	libraries->n_wanted++;
	return 0;
}

static int
recv_config_done(struct fetcher *fetcher, struct imsg *imsg)
{
	struct message_fetcher_options *options = &fetcher->options;
	struct http_server server;
	struct server_host host;
	bool proxy = options->proxy[0] != '\0';

	if (options->timeout == 0 || fetcher->http != NULL ||
	    imsg_get_len(imsg) != 0)
		return -1;
	if (server_host_parse(proxy ? options->proxy : options->url,
	    &host) == -1)
		fatalx("a url that is none");
	if (host.by_name)
		fetcher->addresses = addresses_new(fetcher->base, proxy ?
		    "the proxy's name" : "the server's name", &host, resolved,
		    fetcher);
	memset(&server, 0, sizeof(server));
	server.url = options->url;
	if (proxy) {
		server.proxy = options->proxy;
		server.proxy_port = host.port;
	}
	server.api_key = options->api_key;
	server.ca = fetcher->certificates.bytes;
	server.ca_len = fetcher->certificates.len;
	server.addresses = fetcher->addresses;
	server.tls_verify = options->tls_verify;
	fetcher->http = http_new(fetcher->base, &server);
	fetcher->live = live_new(fetcher, &server);
	/* It is in the headers now, and nowhere else. */
	explicit_bzero(options->api_key, sizeof(options->api_key));
	/* All that was to be known is; what comes next is the server's. */
	users_become(&fetcher->identity, fetcher->identity.empty);
	sandbox_fetcher(host.port);
	return 0;
}

static void
resolved(void *arg)
{
	struct fetcher *fetcher = arg;

	http_resolved(fetcher->http);
	live_resolved(fetcher->live);
}

static int
recv_link(struct fetcher *fetcher, struct imsg *imsg)
{
	struct message_link link;
	int fd;

	if (fetcher->http == NULL || message_get_link(imsg, &link, &fd) == -1)
		return -1;
	if (link.role == ROLE_ENGINE)
		link_engine(fetcher, fd);
	else if (link.role == ROLE_RESOLVER && fetcher->addresses != NULL)
		addresses_link(fetcher->addresses, fd);
	else
		return -1;
	return 0;
}

/* Whatever was going on with the engine before: it begins afresh. */
static void
link_engine(struct fetcher *fetcher, int fd)
{
	drop_link(fetcher);
	fetcher->engine = channel_new(fetcher->base, fd, &engine_handlers,
	    fetcher, ENGINE_QUEUE_MAX);
	if (fetcher->engine == NULL)
		fatal("channel_new");
	channel_say_hello(fetcher->engine);
}

static int
parent_message(struct channel *channel, struct imsg *imsg, void *arg)
{
	struct fetcher *fetcher = arg;
	uint32_t type = imsg_get_type(imsg);

	if (child_obeys(channel, imsg))
		return 0;
	if (type >= MESSAGE_TYPE_COUNT || from_parent[type] == NULL ||
	    from_parent[type](fetcher, imsg) == -1)
		fatalx("nonsense from the parent: %s",
		    message_type_name(type));
	return 0;
}

/* The parent stops us, or is no more. */
static void
parent_closed(struct channel *channel, const char *error, void *arg)
{
	struct fetcher *fetcher = arg;

	child_orphaned(channel, error);
	drop_link(fetcher);
	live_free(fetcher->live);
	http_free(fetcher->http);
	addresses_free(fetcher->addresses);
	free(fetcher->certificates.bytes);
	exit(0);
}

/* From the engine: one listing, one other request, one of writes and one check
 * at a time. */

static int
recv_contact(struct fetcher *fetcher, struct imsg *imsg)
{
	return request_begin(fetcher, &fetcher->small, &request_contact, imsg);
}

static int
recv_list(struct fetcher *fetcher, struct imsg *imsg)
{
	return request_begin(fetcher, &fetcher->bulk, &request_list, imsg);
}

static int
recv_activity(struct fetcher *fetcher, struct imsg *imsg)
{
	return request_begin(fetcher, &fetcher->small, &request_activity,
	    imsg);
}

static int
recv_alternates(struct fetcher *fetcher, struct imsg *imsg)
{
	return request_begin(fetcher, &fetcher->small, &request_alternates,
	    imsg);
}

static int
recv_read(struct fetcher *fetcher, struct imsg *imsg)
{
	return request_begin(fetcher, &fetcher->small, &request_read, imsg);
}

static int
recv_sessions(struct fetcher *fetcher, struct imsg *imsg)
{
	return request_begin(fetcher, &fetcher->small, &request_sessions,
	    imsg);
}

static int
recv_write(struct fetcher *fetcher, struct imsg *imsg)
{
	return request_begin(fetcher, &fetcher->write, &request_write, imsg);
}

/* Unless it has ended meanwhile. */
static int
recv_hurry(struct fetcher *fetcher, struct imsg *imsg)
{
	if (imsg_get_len(imsg) != 0)
		return -1;
	if (fetcher->write != NULL && fetcher->write->id == imsg_get_id(imsg))
		request_write_hurry(fetcher->write);
	return 0;
}

static int
recv_watch(struct fetcher *fetcher, struct imsg *imsg)
{
	struct message_watch message;

	if (message_get_watch(imsg, &message) == -1)
		return -1;
	live_watch(fetcher->live, &message);
	return 0;
}

static int
recv_check(struct fetcher *fetcher, struct imsg *imsg)
{
	return request_begin(fetcher, &fetcher->check, &request_check, imsg);
}

static int
engine_message(struct channel *channel, struct imsg *imsg, void *arg)
{
	struct fetcher *fetcher = arg;
	uint32_t type = imsg_get_type(imsg);

	(void)channel;
	if (type >= MESSAGE_TYPE_COUNT || from_engine[type] == NULL ||
	    from_engine[type](fetcher, imsg) == -1)
		fatalx("nonsense from the engine: %s",
		    message_type_name(type));
	return 0;
}

static void
drop_link(struct fetcher *fetcher)
{
	request_drop(fetcher->bulk);
	request_drop(fetcher->small);
	request_drop(fetcher->write);
	request_drop(fetcher->check);
	live_stop(fetcher->live);
	channel_free(fetcher->engine);
	fetcher->engine = NULL;
}

/* The parent starts it again, and then sends a new link. */
static void
engine_closed(struct channel *channel, const char *error, void *arg)
{
	struct fetcher *fetcher = arg;

	child_lost(channel, error, "the engine");
	log_server_debug(fetcher->options.name, "the engine is gone%s%s",
	    error == NULL ? "" : ": ", error == NULL ? "" : error);
	drop_link(fetcher);
}

static void
engine_drained(struct channel *channel, void *arg)
{
	struct fetcher *fetcher = arg;

	(void)channel;
	if (fetcher->bulk != NULL && fetcher->bulk->http != NULL)
		http_resume(fetcher->bulk->http);
	live_drained(fetcher->live);
}

_Noreturn void
fetcher_main(void)
{
	static struct fetcher fetcher;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		fatalx("libcurl cannot be set up");
	if ((fetcher.base = event_base_new()) == NULL)
		fatal("event_base_new");
	recent_begin(&fetcher.recent, clock_ms());
	fetcher.parent = child_channel(fetcher.base, &parent_handlers,
	    &fetcher);
	child_run(fetcher.base);
}
