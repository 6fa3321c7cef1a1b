/*
 * What our processes send each other, marshal beside unmarshal: change one
 * and you see the other.  Their values are wire.c's.  Here is what the parent
 * says, what carries a descriptor, and the names of all.
 */
#include "message.h"
#include "wire.h"

static const char *const type_names[] = {
	[MESSAGE_HELLO] =		"hello",
	[MESSAGE_IDENTITY] =		"identity",
	[MESSAGE_LINK] =		"link",
	[MESSAGE_CONTROL_SOCKET] =	"control socket",
	[MESSAGE_ENGINE_OPTIONS] =	"engine options",
	[MESSAGE_SERVER] =		"server",
	[MESSAGE_ENDPOINT] =		"endpoint",
	[MESSAGE_FETCHER_OPTIONS] =	"fetcher options",
	[MESSAGE_CERTIFICATES] =	"certificates",
	[MESSAGE_LIBRARY] =		"library",
	[MESSAGE_LISTENER_OPTIONS] =	"listener options",
	[MESSAGE_LISTEN_SOCKET] =	"listen socket",
	[MESSAGE_RESOLVER_OPTIONS] =	"resolver options",
	[MESSAGE_HOST] =		"host",
	[MESSAGE_CONFIG_DONE] =		"config done",
	[MESSAGE_SYNC_NOW] =		"sync now",
	[MESSAGE_RENEWED] =		"renewed",
	[MESSAGE_REPLACED] =		"replaced",
	[MESSAGE_ALIVE] =		"alive",
	[MESSAGE_ONCE_DONE] =		"once done",
	[MESSAGE_RELOAD] =		"reload",
	[MESSAGE_PROCESSES] =		"processes",
	[MESSAGE_CONTACT] =		"contact",
	[MESSAGE_LIST] =		"list",
	[MESSAGE_ACTIVITY] =		"activity",
	[MESSAGE_ALTERNATES] =		"alternates",
	[MESSAGE_SESSIONS] =		"sessions",
	[MESSAGE_READ] =		"read",
	[MESSAGE_WRITE] =		"write",
	[MESSAGE_HURRY] =		"hurry",
	[MESSAGE_WATCH] =		"watch",
	[MESSAGE_SERVER_INFO] =		"server info",
	[MESSAGE_USER] =		"user",
	[MESSAGE_ITEM] =		"item",
	[MESSAGE_ALTERNATE] =		"alternate",
	[MESSAGE_ACTED] =		"acted",
	[MESSAGE_PLAYING] =		"playing",
	[MESSAGE_USERDATA] =		"userdata",
	[MESSAGE_WRITTEN] =		"written",
	[MESSAGE_RESULT] =		"result",
	[MESSAGE_LIVE] =		"live",
	[MESSAGE_DIRTY] =		"dirty",
	[MESSAGE_EVENT] =		"event",
	[MESSAGE_RESOLVE] =		"resolve",
	[MESSAGE_ADDRESSES] =		"addresses",
	[MESSAGE_COMMAND] =		"command",
	[MESSAGE_ROW] =			"row",
	[MESSAGE_HISTORY] =		"history",
	[MESSAGE_HISTORY_END] =		"history end",
	[MESSAGE_COMMAND_RESULT] =	"command result",
	[MESSAGE_READY] =		"ready",
	[MESSAGE_CALLED] =		"called",
	[MESSAGE_SCRAPE] =		"scrape",
	[MESSAGE_METRIC] =		"metric",
	[MESSAGE_SCRAPED] =		"scraped",
	[MESSAGE_LOG] =			"log",
	[MESSAGE_PAGE] =		"page",
	[MESSAGE_PAGE_DONE] =		"page done",
	[MESSAGE_CHECK] =		"check",
	[MESSAGE_EXPORTER_OPTIONS] =	"exporter options",
	[MESSAGE_EXPORTED] =		"exported",
};

_Static_assert(sizeof(type_names) / sizeof(type_names[0]) ==
    MESSAGE_TYPE_COUNT, "each type of message has a name");

static const char *const listing_names[] = {
	[LISTING_IDENTITY] =	"identity",
	[LISTING_NEWS] =	"new items",
	[LISTING_COUNT_PLAYED] = "count of played",
	[LISTING_PLAYED] =	"played",
	[LISTING_RESUMABLE] =	"resumable",
	[LISTING_FAVORITE] =	"favorite",
	[LISTING_RESUME] =	"resume",
};

_Static_assert(sizeof(listing_names) / sizeof(listing_names[0]) ==
    LISTING_COUNT, "each listing has a name");

const char *
message_type_name(uint32_t type)
{
	if (type >= MESSAGE_TYPE_COUNT || type_names[type] == NULL)
		return "unknown";
	return type_names[type];
}

const char *
listing_name(enum listing listing)
{
	if ((unsigned int)listing >= LISTING_COUNT)
		return "unknown";
	return listing_names[listing];
}

bool
listing_is_of_items(enum listing listing)
{
	return listing == LISTING_IDENTITY || listing == LISTING_NEWS;
}

/* The first of every link */

static void
put_hello(struct wire_writer *w, const struct message_hello *m)
{
	wire_put_u32(w, m->version);
}

static int
get_hello(struct ibuf_reader *r, struct message_hello *m)
{
	return wire_get_u32(r, &m->version);
}

/* From the parent */

static void
put_identity(struct wire_writer *w, const struct message_identity *m)
{
	wire_put_number(w, m->uid, 1, UINT32_MAX - 1);
	wire_put_number(w, m->gid, 1, UINT32_MAX - 1);
	wire_put_text(w, m->empty, sizeof(m->empty));
}

static int
get_identity(struct ibuf_reader *r, struct message_identity *m)
{
	if (wire_get_number(r, &m->uid, 1, UINT32_MAX - 1) == -1 ||
	    wire_get_number(r, &m->gid, 1, UINT32_MAX - 1) == -1)
		return -1;
	return wire_get_text(r, m->empty, sizeof(m->empty));
}

static void
put_engine_options(struct wire_writer *w,
    const struct message_engine_options *m)
{
	wire_put_text(w, m->database_path, sizeof(m->database_path));
	wire_put_number(w, m->fields, 0, FIELD_ALL);
	wire_put_number(w, m->match, 0, MATCH_ALL);
	wire_put_u32(w, m->guard_max_items);
	wire_put_u32(w, m->guard_max_percent);
	wire_put_u32(w, m->sync_interval);
	wire_put_u32(w, m->full_sync_interval);
	wire_put_u32(w, m->audit_keep_days);
	wire_put_u32(w, m->sessions_poll);
	wire_put_bool(w, m->rewatch_follow);
	wire_put_bool(w, m->once);
	wire_put_bool(w, m->dry_run);
	wire_put_bool(w, m->verbose);
}

static int
get_engine_options(struct ibuf_reader *r, struct message_engine_options *m)
{
	if (wire_get_text(r, m->database_path, sizeof(m->database_path)) == -1 ||
	    wire_get_number(r, &m->fields, 0, FIELD_ALL) == -1 ||
	    wire_get_number(r, &m->match, 0, MATCH_ALL) == -1 ||
	    wire_get_u32(r, &m->guard_max_items) == -1 ||
	    wire_get_u32(r, &m->guard_max_percent) == -1 ||
	    wire_get_u32(r, &m->sync_interval) == -1 ||
	    wire_get_u32(r, &m->full_sync_interval) == -1 ||
	    wire_get_u32(r, &m->audit_keep_days) == -1 ||
	    wire_get_u32(r, &m->sessions_poll) == -1 ||
	    wire_get_bool(r, &m->rewatch_follow) == -1 ||
	    wire_get_bool(r, &m->once) == -1 ||
	    wire_get_bool(r, &m->dry_run) == -1 ||
	    wire_get_bool(r, &m->verbose) == -1)
		return -1;
	return 0;
}

static void
put_server(struct wire_writer *w, const struct message_server *m)
{
	wire_put_text(w, m->name, sizeof(m->name));
	wire_put_text(w, m->url, sizeof(m->url));
	wire_put_bool(w, m->plan_only);
}

static int
get_server(struct ibuf_reader *r, struct message_server *m)
{
	if (wire_get_text(r, m->name, sizeof(m->name)) == -1 ||
	    wire_get_text(r, m->url, sizeof(m->url)) == -1 ||
	    wire_get_bool(r, &m->plan_only) == -1)
		return -1;
	return 0;
}

static void
put_endpoint(struct wire_writer *w, const struct message_endpoint *m)
{
	wire_put_text(w, m->server, sizeof(m->server));
	wire_put_text(w, m->person, sizeof(m->person));
	wire_put_text(w, m->user, sizeof(m->user));
	wire_put_enum(w, m->direction, DIRECTION_COUNT);
}

static int
get_endpoint(struct ibuf_reader *r, struct message_endpoint *m)
{
	unsigned int direction;

	if (wire_get_text(r, m->server, sizeof(m->server)) == -1 ||
	    wire_get_text(r, m->person, sizeof(m->person)) == -1 ||
	    wire_get_text(r, m->user, sizeof(m->user)) == -1 ||
	    wire_get_enum(r, &direction, DIRECTION_COUNT) == -1)
		return -1;
	m->direction = (enum direction)direction;
	return 0;
}

static void
put_fetcher_options(struct wire_writer *w,
    const struct message_fetcher_options *m)
{
	wire_put_text(w, m->name, sizeof(m->name));
	wire_put_text(w, m->url, sizeof(m->url));
	wire_put_text(w, m->proxy, sizeof(m->proxy));
	wire_put_text(w, m->api_key, sizeof(m->api_key));
	wire_put_u32(w, m->timeout);
	wire_put_number(w, m->page_size, 0, PAGE_SIZE_MAX);
	wire_put_bool(w, m->tls_verify);
	wire_put_bool(w, m->live);
	wire_put_bool(w, m->verbose);
}

static int
get_fetcher_options(struct ibuf_reader *r, struct message_fetcher_options *m)
{
	if (wire_get_text(r, m->name, sizeof(m->name)) == -1 ||
	    wire_get_text(r, m->url, sizeof(m->url)) == -1 ||
	    wire_get_text(r, m->proxy, sizeof(m->proxy)) == -1 ||
	    wire_get_text(r, m->api_key, sizeof(m->api_key)) == -1 ||
	    wire_get_u32(r, &m->timeout) == -1 ||
	    wire_get_number(r, &m->page_size, 0, PAGE_SIZE_MAX) == -1 ||
	    wire_get_bool(r, &m->tls_verify) == -1 ||
	    wire_get_bool(r, &m->live) == -1 ||
	    wire_get_bool(r, &m->verbose) == -1)
		return -1;
	return 0;
}

static void
put_certificates(struct wire_writer *w, const struct message_certificates *m)
{
	wire_put_number(w, m->len, 1, CERTIFICATES_PART);
	wire_put_bytes(w, m->bytes, m->len);
}

static int
get_certificates(struct ibuf_reader *r, struct message_certificates *m)
{
	if (wire_get_number(r, &m->len, 1, CERTIFICATES_PART) == -1)
		return -1;
	return ibuf_get(r, m->bytes, m->len);
}

static void
put_library(struct wire_writer *w, const struct message_library *m)
{
	wire_put_text(w, m->name, sizeof(m->name));
	wire_put_bool(w, m->exclude);
}

static int
get_library(struct ibuf_reader *r, struct message_library *m)
{
	if (wire_get_text(r, m->name, sizeof(m->name)) == -1 ||
	    wire_get_bool(r, &m->exclude) == -1)
		return -1;
	return 0;
}

static void
put_listener_options(struct wire_writer *w,
    const struct message_listener_options *m)
{
	wire_put_text(w, m->path, sizeof(m->path));
	wire_put_text(w, m->token, sizeof(m->token));
	wire_put_text(w, m->metrics_path, sizeof(m->metrics_path));
	wire_put_bool(w, m->status_page);
	wire_put_bool(w, m->verbose);
}

static int
get_listener_options(struct ibuf_reader *r,
    struct message_listener_options *m)
{
	if (wire_get_text(r, m->path, sizeof(m->path)) == -1 ||
	    wire_get_text(r, m->token, sizeof(m->token)) == -1 ||
	    wire_get_text(r, m->metrics_path, sizeof(m->metrics_path)) == -1 ||
	    wire_get_bool(r, &m->status_page) == -1 ||
	    wire_get_bool(r, &m->verbose) == -1)
		return -1;
	return 0;
}

static void
put_resolver_options(struct wire_writer *w,
    const struct message_resolver_options *m)
{
	wire_put_bool(w, m->verbose);
}

static int
get_resolver_options(struct ibuf_reader *r,
    struct message_resolver_options *m)
{
	return wire_get_bool(r, &m->verbose);
}

static void
put_host(struct wire_writer *w, const struct message_host *m)
{
	wire_put_text(w, m->server, sizeof(m->server));
	wire_put_text(w, m->host, sizeof(m->host));
}

static int
get_host(struct ibuf_reader *r, struct message_host *m)
{
	if (wire_get_text(r, m->server, sizeof(m->server)) == -1 ||
	    wire_get_text(r, m->host, sizeof(m->host)) == -1)
		return -1;
	return 0;
}

static void
put_renewed(struct wire_writer *w, const struct message_renewed *m)
{
	wire_put_text(w, m->server, sizeof(m->server));
}

static int
get_renewed(struct ibuf_reader *r, struct message_renewed *m)
{
	return wire_get_text(r, m->server, sizeof(m->server));
}

static void
put_log(struct wire_writer *w, const struct message_log *m)
{
	wire_put_bool(w, m->verbose);
}

static int
get_log(struct ibuf_reader *r, struct message_log *m)
{
	return wire_get_bool(r, &m->verbose);
}

static void
put_once_done(struct wire_writer *w, const struct message_once_done *m)
{
	wire_put_u32(w, m->failed);
}

static int
get_once_done(struct ibuf_reader *r, struct message_once_done *m)
{
	return wire_get_u32(r, &m->failed);
}

MESSAGE_DEFINE(hello, MESSAGE_HELLO, message_hello);
MESSAGE_DEFINE(identity, MESSAGE_IDENTITY, message_identity);
MESSAGE_DEFINE(engine_options, MESSAGE_ENGINE_OPTIONS,
    message_engine_options);
MESSAGE_DEFINE(server, MESSAGE_SERVER, message_server);
MESSAGE_DEFINE(endpoint, MESSAGE_ENDPOINT, message_endpoint);
MESSAGE_DEFINE(fetcher_options, MESSAGE_FETCHER_OPTIONS,
    message_fetcher_options);
MESSAGE_DEFINE(certificates, MESSAGE_CERTIFICATES, message_certificates);
MESSAGE_DEFINE(library, MESSAGE_LIBRARY, message_library);
MESSAGE_DEFINE(listener_options, MESSAGE_LISTENER_OPTIONS,
    message_listener_options);
MESSAGE_DEFINE(resolver_options, MESSAGE_RESOLVER_OPTIONS,
    message_resolver_options);
MESSAGE_DEFINE(host, MESSAGE_HOST, message_host);
MESSAGE_DEFINE(renewed, MESSAGE_RENEWED, message_renewed);
MESSAGE_DEFINE(log, MESSAGE_LOG, message_log);
MESSAGE_DEFINE(once_done, MESSAGE_ONCE_DONE, message_once_done);

/* What carries a descriptor */

void
message_put_link(struct imsgbuf *imsgbuf, const struct message_link *m, int fd)
{
	struct wire_writer w;

	wire_put_begin(&w, imsgbuf, MESSAGE_LINK, 0);
	if (fd == -1)
		wire_bug(&w, "no descriptor");
	wire_put_enum(&w, m->role, ROLE_COUNT);
	wire_put_text(&w, m->server, sizeof(m->server));
	ibuf_fd_set(w.buf, fd);
	wire_put_end(&w);
}

int
message_get_link(struct imsg *imsg, struct message_link *m, int *fd)
{
	struct ibuf_reader r;
	unsigned int role;

	*fd = -1;
	if (wire_get_begin(&r, imsg, MESSAGE_LINK) == -1 ||
	    wire_get_enum(&r, &role, ROLE_COUNT) == -1 ||
	    wire_get_text(&r, m->server, sizeof(m->server)) == -1 ||
	    wire_get_end(&r) == -1)
		return -1;
	m->role = (enum role)role;
	*fd = imsg_get_fd(imsg);
	return *fd == -1 ? wire_nonsense() : 0;
}

void
message_put_control_socket(struct imsgbuf *imsgbuf, int fd)
{
	struct wire_writer w;

	wire_put_begin(&w, imsgbuf, MESSAGE_CONTROL_SOCKET, 0);
	if (fd == -1)
		wire_bug(&w, "no descriptor");
	ibuf_fd_set(w.buf, fd);
	wire_put_end(&w);
}

int
message_get_control_socket(struct imsg *imsg, int *fd)
{
	struct ibuf_reader r;

	*fd = -1;
	if (wire_get_begin(&r, imsg, MESSAGE_CONTROL_SOCKET) == -1 ||
	    wire_get_end(&r) == -1)
		return -1;
	*fd = imsg_get_fd(imsg);
	return *fd == -1 ? wire_nonsense() : 0;
}

void
message_put_listen_socket(struct imsgbuf *imsgbuf, uint32_t serves, int fd)
{
	struct wire_writer w;

	wire_put_begin(&w, imsgbuf, MESSAGE_LISTEN_SOCKET, 0);
	if (fd == -1)
		wire_bug(&w, "no descriptor");
	wire_put_number(&w, serves, 1, SERVES_ALL);
	ibuf_fd_set(w.buf, fd);
	wire_put_end(&w);
}

int
message_get_listen_socket(struct imsg *imsg, uint32_t *serves, int *fd)
{
	struct ibuf_reader r;

	*fd = -1;
	if (wire_get_begin(&r, imsg, MESSAGE_LISTEN_SOCKET) == -1 ||
	    wire_get_number(&r, serves, 1, SERVES_ALL) == -1 ||
	    wire_get_end(&r) == -1)
		return -1;
	*fd = imsg_get_fd(imsg);
	return *fd == -1 ? wire_nonsense() : 0;
}

void
message_put_empty(struct imsgbuf *imsgbuf, enum message_type type, uint32_t id)
{
	struct wire_writer w;

	wire_put_begin(&w, imsgbuf, type, id);
	if (type != MESSAGE_CONFIG_DONE && type != MESSAGE_SYNC_NOW &&
	    type != MESSAGE_REPLACED && type != MESSAGE_ALIVE &&
	    type != MESSAGE_RELOAD && type != MESSAGE_PROCESSES &&
	    type != MESSAGE_CONTACT && type != MESSAGE_CHECK &&
	    type != MESSAGE_SESSIONS &&
	    type != MESSAGE_HURRY && type != MESSAGE_RESOLVE &&
	    type != MESSAGE_HISTORY_END && type != MESSAGE_READY &&
	    type != MESSAGE_SCRAPE && type != MESSAGE_SCRAPED &&
	    type != MESSAGE_PAGE && type != MESSAGE_PAGE_DONE)
		wire_bug(&w, "it has a body");
	wire_put_end(&w);
}
