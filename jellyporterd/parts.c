/*
 * What each child is told of the configuration.  Two configurations are
 * compared by the messages that would be sent: so nothing that a child is
 * told can be forgotten there.
 */
#include <stdio.h>
#include <string.h>

#include "certificates.h"
#include "log.h"
#include "message.h"
#include "parts.h"
#include "server_host.h"

typedef void	 put_part(struct imsgbuf *, const struct config *,
		    const struct config_server *, const struct parts_mode *);

static put_part	 put_options, put_server, put_listener, put_resolver;
static put_part	 put_exporter;
static const char *connects_to(const struct config_server *);
static void	 put_host(struct imsgbuf *, const char *, const char *);
static void	 fit(char *, size_t, const char *);
static bool	 same(put_part *, const struct config *,
		    const struct config_server *, const struct config *,
		    const struct config_server *);
static void	 compare_server(const struct config *, const struct config *,
		    const struct config_server *, struct parts_difference *);
static void	 append(char [PARTS_TEXT_SIZE], const char *);
static void	 describe_servers(size_t, const char *,
		    char [PARTS_TEXT_SIZE]);

/* What the configuration has let through fits; if not, that is a bug. */
static void
fit(char *to, size_t size, const char *from)
{
	if (strlcpy(to, from, size) >= size)
		fatalx("a value of the configuration is too long: %.40s...",
		    from);
}

static void
put_options(struct imsgbuf *to, const struct config *config,
    const struct config_server *server, const struct parts_mode *mode)
{
	static struct message_engine_options options;

	(void)server;
	memset(&options, 0, sizeof(options));
	fit(options.database_path, sizeof(options.database_path),
	    config->database_path);
	options.fields = config->fields;
	options.match = config->match;
	options.guard_max_items = config->guard_max_items;
	options.guard_max_percent = config->guard_max_percent;
	options.sync_interval = config->sync_interval * 60;
	options.full_sync_interval = config->full_sync_interval * 60;
	options.rewatch_follow = config->rewatch_follow;
	options.audit_keep_days = config->audit_keep_days;
	options.sessions_poll = config->sessions_poll;
	options.once = mode->once;
	options.dry_run = mode->dry_run;
	options.verbose = mode->verbose;
	message_put_engine_options(to, 0, &options);
}

/* What the engine is told of one server. */
static void
put_server(struct imsgbuf *to, const struct config *config,
    const struct config_server *s, const struct parts_mode *mode)
{
	static struct message_server server;
	static struct message_endpoint endpoint;
	const struct config_user *u;

	(void)config;
	(void)mode;
	fit(server.name, sizeof(server.name), s->name);
	fit(server.url, sizeof(server.url), s->url);
	server.plan_only = s->plan_only;
	message_put_server(to, 0, &server);
	TAILQ_FOREACH(u, &s->users, entry) {
		fit(endpoint.server, sizeof(endpoint.server), s->name);
		fit(endpoint.person, sizeof(endpoint.person), u->person);
		fit(endpoint.user, sizeof(endpoint.user), u->name);
		endpoint.direction = s->direction;
		message_put_endpoint(to, 0, &endpoint);
	}
}

void
parts_engine(struct imsgbuf *to, const struct config *config,
    const struct parts_mode *mode)
{
	const struct config_server *server;

	put_options(to, config, NULL, mode);
	TAILQ_FOREACH(server, &config->servers, entry)
		put_server(to, config, server, mode);
	message_put_empty(to, MESSAGE_CONFIG_DONE, 0);
}

void
parts_fetcher(struct imsgbuf *to, const struct config *config,
    const struct config_server *s, const struct parts_mode *mode)
{
	static struct message_fetcher_options options;
	static struct message_library library;
	const struct config_library *l;

	memset(&options, 0, sizeof(options));
	fit(options.name, sizeof(options.name), s->name);
	fit(options.url, sizeof(options.url), s->url);
	if (s->proxy != NULL)
		fit(options.proxy, sizeof(options.proxy), s->proxy);
	fit(options.api_key, sizeof(options.api_key), s->api_key);
	options.timeout = s->timeout;
	options.page_size = s->page_size;
	options.tls_verify = s->tls.verify;
	/* Who syncs once and leaves need not be told of what comes after. */
	options.live = !config->live_off && !mode->once && !mode->dry_run;
	options.verbose = mode->verbose;
	message_put_fetcher_options(to, 0, &options);
	explicit_bzero(&options, sizeof(options));
	if (s->tls.ca != NULL)
		certificates_put(to, s->tls.ca, strlen(s->tls.ca));
	TAILQ_FOREACH(l, &s->libraries, entry) {
		fit(library.name, sizeof(library.name), l->name);
		library.exclude = l->exclude;
		message_put_library(to, 0, &library);
	}
}

/* The paths are there whether somebody listens or not. */
static void
put_listener(struct imsgbuf *to, const struct config *config,
    const struct config_server *server, const struct parts_mode *mode)
{
	static struct message_listener_options options;

	(void)server;
	memset(&options, 0, sizeof(options));
	fit(options.path, sizeof(options.path), config->webhook_path);
	if (config->webhook_token != NULL)
		fit(options.token, sizeof(options.token),
		    config->webhook_token);
	fit(options.metrics_path, sizeof(options.metrics_path),
	    config->metrics_path);
	options.status_page = config->status_page;
	options.verbose = mode->verbose;
	message_put_listener_options(to, 0, &options);
	explicit_bzero(&options, sizeof(options));
}

void
parts_listener(struct imsgbuf *to, const struct config *config,
    const struct parts_mode *mode)
{
	put_listener(to, config, NULL, mode);
}

static void
put_exporter(struct imsgbuf *to, const struct config *config,
    const struct config_server *server, const struct parts_mode *mode)
{
	static struct message_exporter_options options;

	(void)server;
	if (config->otlp_endpoint == NULL)
		return;
	memset(&options, 0, sizeof(options));
	fit(options.url, sizeof(options.url), config->otlp_endpoint);
	if (config->otlp_headers != NULL)
		fit(options.headers, sizeof(options.headers),
		    config->otlp_headers);
	options.interval = config->otlp_interval;
	options.tls_verify = config->otlp_tls.verify;
	options.verbose = mode->verbose;
	message_put_exporter_options(to, 0, &options);
	explicit_bzero(&options, sizeof(options));
	if (config->otlp_tls.ca != NULL)
		certificates_put(to, config->otlp_tls.ca,
		    strlen(config->otlp_tls.ca));
}

void
parts_exporter(struct imsgbuf *to, const struct config *config,
    const struct parts_mode *mode)
{
	put_exporter(to, config, NULL, mode);
}

/* A proxy resolves the name of the server itself. */
static const char *
connects_to(const struct config_server *server)
{
	return server->proxy != NULL ? server->proxy : server->url;
}

/* The name of a url's host, if it is one that has to be resolved. */
static void
put_host(struct imsgbuf *to, const char *server, const char *url)
{
	static struct message_host message;
	struct server_host host;

	if (server_host_parse(url, &host) == -1)
		fatalx("a url that is none");
	if (!host.by_name)
		return;
	fit(message.server, sizeof(message.server), server);
	fit(message.host, sizeof(message.host), host.name);
	message_put_host(to, 0, &message);
}

/* Names only: it has to do with nothing else. */
static void
put_resolver(struct imsgbuf *to, const struct config *config,
    const struct config_server *server, const struct parts_mode *mode)
{
	struct message_resolver_options options;

	options.verbose = mode->verbose;
	message_put_resolver_options(to, 0, &options);
	TAILQ_FOREACH(server, &config->servers, entry)
		put_host(to, server->name, connects_to(server));
	if (config->otlp_endpoint != NULL)
		put_host(to, "", config->otlp_endpoint);
	message_put_empty(to, MESSAGE_CONFIG_DONE, 0);
}

void
parts_resolver(struct imsgbuf *to, const struct config *config,
    const struct parts_mode *mode)
{
	put_resolver(to, config, NULL, mode);
}

bool
parts_needs_resolver(const struct config *config, const char *name)
{
	struct server_host host;
	const char *url;

	url = name[0] == '\0' ? config->otlp_endpoint :
	    connects_to(config_server_by_name(config, name));
	return server_host_parse(url, &host) == 0 && host.by_name;
}

/* Is it the same, byte for byte, what of the one and of the other is sent? */
static bool
same(put_part *put, const struct config *before,
    const struct config_server *a, const struct config *after,
    const struct config_server *b)
{
	static const struct parts_mode mode;
	struct imsgbuf one, other;
	const void *one_bytes, *other_bytes;
	size_t one_len, other_len;
	bool result;

	if (imsgbuf_init(&one, -1) == -1 || imsgbuf_init(&other, -1) == -1)
		fatal("imsgbuf_init");
	put(&one, before, a, &mode);
	put(&other, after, b, &mode);
	one_bytes = imsgbuf_queued(&one, &one_len);
	other_bytes = imsgbuf_queued(&other, &other_len);
	result = one_len == other_len && (one_len == 0 ||
	    memcmp(one_bytes, other_bytes, one_len) == 0);
	imsgbuf_clear(&one);		/* which wipes the keys */
	imsgbuf_clear(&other);
	return result;
}

bool
parts_same_fetcher(const struct config *before, const struct config *after,
    const char *name)
{
	const struct config_server *a = config_server_by_name(before, name);
	const struct config_server *b = config_server_by_name(after, name);

	return same(parts_fetcher, before, a, after, b);
}

static void
compare_server(const struct config *before, const struct config *after,
    const struct config_server *server, struct parts_difference *difference)
{
	const struct config_server *old;

	if ((old = config_server_by_name(before, server->name)) == NULL) {
		difference->added++;
		return;
	}
	if (!same(put_server, before, old, after, server)) {
		difference->changed++;
		difference->engine = true;
	} else if (!parts_same_fetcher(before, after, server->name))
		difference->changed++;
}

void
parts_compare(const struct config *before, const struct config *after,
    struct parts_difference *difference)
{
	const struct config_server *server;

	memset(difference, 0, sizeof(*difference));
	TAILQ_FOREACH(server, &after->servers, entry)
		compare_server(before, after, server, difference);
	TAILQ_FOREACH(server, &before->servers, entry) {
		if (config_server_by_name(after, server->name) == NULL)
			difference->removed++;
	}
	if (!same(put_options, before, NULL, after, NULL))
		difference->settings = difference->engine = true;
	if (difference->added > 0 || difference->removed > 0)
		difference->engine = true;
	difference->listener = (after->webhook_addr != NULL ||
	    after->metrics_addr[0] != '\0') &&
	    !same(put_listener, before, NULL, after, NULL);
	difference->exporter = !same(put_exporter, before, NULL, after, NULL);
	if (difference->listener || difference->exporter)
		difference->settings = true;
	difference->resolver = !same(put_resolver, before, NULL, after, NULL);
}

/* It fits, whatever the numbers are. */
static void
append(char text[PARTS_TEXT_SIZE], const char *part)
{
	if (text[0] != '\0')
		(void)strlcat(text, ", ", PARTS_TEXT_SIZE);
	(void)strlcat(text, part, PARTS_TEXT_SIZE);
}

/* The first says what is counted. */
static void
describe_servers(size_t n, const char *what, char text[PARTS_TEXT_SIZE])
{
	char part[64];

	if (n == 0)
		return;
	(void)snprintf(part, sizeof(part), "%zu %s%s", n,
	    text[0] != '\0' ? "" : n == 1 ? "server " : "servers ", what);
	append(text, part);
}

void
parts_describe(const struct parts_difference *difference,
    char text[PARTS_TEXT_SIZE])
{
	text[0] = '\0';
	describe_servers(difference->added, "added", text);
	describe_servers(difference->removed, "removed", text);
	describe_servers(difference->changed, "changed", text);
	if (difference->settings)
		append(text, "settings changed");
	if (text[0] == '\0')
		append(text, "nothing has changed");
}
