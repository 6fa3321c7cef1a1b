/*
 * What our processes send each other, marshal beside unmarshal: change one
 * and you see the other.  Their values are wire.c's.
 */
#include <string.h>

#include "message.h"
#include "wire.h"

static const char *const type_names[] = {
	[MESSAGE_HELLO] =		"hello",
	[MESSAGE_LINK] =		"link",
	[MESSAGE_CONTROL_SOCKET] =	"control socket",
	[MESSAGE_ENGINE_OPTIONS] =	"engine options",
	[MESSAGE_SERVER] =		"server",
	[MESSAGE_ENDPOINT] =		"endpoint",
	[MESSAGE_FETCHER_OPTIONS] =	"fetcher options",
	[MESSAGE_LIBRARY] =		"library",
	[MESSAGE_LISTENER_OPTIONS] =	"listener options",
	[MESSAGE_LISTEN_SOCKET] =	"listen socket",
	[MESSAGE_CONFIG_DONE] =		"config done",
	[MESSAGE_SYNC_NOW] =		"sync now",
	[MESSAGE_RENEWED] =		"renewed",
	[MESSAGE_REPLACED] =		"replaced",
	[MESSAGE_ONCE_DONE] =		"once done",
	[MESSAGE_RELOAD] =		"reload",
	[MESSAGE_CONTACT] =		"contact",
	[MESSAGE_LIST] =		"list",
	[MESSAGE_ACTIVITY] =		"activity",
	[MESSAGE_ALTERNATES] =		"alternates",
	[MESSAGE_SESSIONS] =		"sessions",
	[MESSAGE_READ] =		"read",
	[MESSAGE_WRITE] =		"write",
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
	[MESSAGE_COMMAND] =		"command",
	[MESSAGE_ROW] =			"row",
	[MESSAGE_HISTORY] =		"history",
	[MESSAGE_HISTORY_END] =		"history end",
	[MESSAGE_COMMAND_RESULT] =	"command result",
	[MESSAGE_READY] =		"ready",
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
	wire_put_text(w, m->api_key, sizeof(m->api_key));
	wire_put_text(w, m->ca_file, sizeof(m->ca_file));
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
	    wire_get_text(r, m->api_key, sizeof(m->api_key)) == -1 ||
	    wire_get_text(r, m->ca_file, sizeof(m->ca_file)) == -1 ||
	    wire_get_u32(r, &m->timeout) == -1 ||
	    wire_get_number(r, &m->page_size, 0, PAGE_SIZE_MAX) == -1 ||
	    wire_get_bool(r, &m->tls_verify) == -1 ||
	    wire_get_bool(r, &m->live) == -1 ||
	    wire_get_bool(r, &m->verbose) == -1)
		return -1;
	return 0;
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
	wire_put_bool(w, m->verbose);
}

static int
get_listener_options(struct ibuf_reader *r,
    struct message_listener_options *m)
{
	if (wire_get_text(r, m->path, sizeof(m->path)) == -1 ||
	    wire_get_text(r, m->token, sizeof(m->token)) == -1 ||
	    wire_get_bool(r, &m->verbose) == -1)
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
put_once_done(struct wire_writer *w, const struct message_once_done *m)
{
	wire_put_u32(w, m->failed);
}

static int
get_once_done(struct ibuf_reader *r, struct message_once_done *m)
{
	return wire_get_u32(r, &m->failed);
}

/* Requests of the engine's */

/* What is on a server is nobody's: then user is left out. */
static void
put_list(struct wire_writer *w, const struct message_list *m)
{
	wire_put_enum(w, m->listing, LISTING_COUNT);
	if (!listing_is_of_items(m->listing))
		wire_put_id(w, &m->user);
	wire_put_long(w, m->since, 0);
	wire_put_number(w, m->page_size, 0, PAGE_SIZE_MAX);
}

static int
get_list(struct ibuf_reader *r, struct message_list *m)
{
	unsigned int listing;

	memset(m, 0, sizeof(*m));
	if (wire_get_enum(r, &listing, LISTING_COUNT) == -1)
		return -1;
	m->listing = (enum listing)listing;
	if ((!listing_is_of_items(m->listing) &&
	    wire_get_id(r, &m->user) == -1) ||
	    wire_get_long(r, &m->since, 0) == -1)
		return -1;
	return wire_get_number(r, &m->page_size, 0, PAGE_SIZE_MAX);
}

static void
put_activity(struct wire_writer *w, const struct message_activity *m)
{
	wire_put_long(w, m->since, 0);
	wire_put_number(w, m->limit, 1, ACTIVITY_MAX);
}

static int
get_activity(struct ibuf_reader *r, struct message_activity *m)
{
	if (wire_get_long(r, &m->since, 0) == -1)
		return -1;
	return wire_get_number(r, &m->limit, 1, ACTIVITY_MAX);
}

/* Never without an item: no ids at all would mean every item to Jellyfin. */
static void
put_alternates(struct wire_writer *w, const struct message_alternates *m)
{
	uint32_t i;

	wire_put_number(w, m->n_items, 1, READ_IDS_MAX);
	for (i = 0; i < m->n_items; i++)
		wire_put_id(w, &m->items[i]);
}

static int
get_alternates(struct ibuf_reader *r, struct message_alternates *m)
{
	uint32_t i;

	if (wire_get_number(r, &m->n_items, 1, READ_IDS_MAX) == -1)
		return -1;
	for (i = 0; i < m->n_items; i++) {
		if (wire_get_id(r, &m->items[i]) == -1)
			return -1;
	}
	return 0;
}

/* Nor this. */
static void
put_read(struct wire_writer *w, const struct message_read *m)
{
	uint32_t i;

	wire_put_id(w, &m->user);
	wire_put_bool(w, m->sessions);
	wire_put_number(w, m->n_items, 1, READ_IDS_MAX);
	for (i = 0; i < m->n_items; i++) {
		wire_put_id(w, &m->items[i].id);
		wire_put_bool(w, m->items[i].alternate);
		wire_put_bool(w, m->items[i].parked);
	}
}

static int
get_read(struct ibuf_reader *r, struct message_read *m)
{
	uint32_t i;

	if (wire_get_id(r, &m->user) == -1 ||
	    wire_get_bool(r, &m->sessions) == -1 ||
	    wire_get_number(r, &m->n_items, 1, READ_IDS_MAX) == -1)
		return -1;
	for (i = 0; i < m->n_items; i++) {
		if (wire_get_id(r, &m->items[i].id) == -1 ||
		    wire_get_bool(r, &m->items[i].alternate) == -1 ||
		    wire_get_bool(r, &m->items[i].parked) == -1)
			return -1;
	}
	return 0;
}

static void
put_write(struct wire_writer *w, const struct message_write *m)
{
	uint32_t i;

	wire_put_id(w, &m->user);
	wire_put_number(w, m->n_writes, 1, WRITES_MAX);
	if (m->writes[0].joined)
		wire_bug(w, "joined with nothing");
	for (i = 0; i < m->n_writes; i++) {
		wire_put_id(w, &m->writes[i].item);
		wire_put_bool(w, m->writes[i].alternate);
		wire_put_bool(w, m->writes[i].joined);
		wire_put_userdata(w, &m->writes[i].expected);
		wire_put_userdata(w, &m->writes[i].wanted);
	}
}

static int
get_write(struct ibuf_reader *r, struct message_write *m)
{
	uint32_t i;

	if (wire_get_id(r, &m->user) == -1 ||
	    wire_get_number(r, &m->n_writes, 1, WRITES_MAX) == -1)
		return -1;
	for (i = 0; i < m->n_writes; i++) {
		if (wire_get_id(r, &m->writes[i].item) == -1 ||
		    wire_get_bool(r, &m->writes[i].alternate) == -1 ||
		    wire_get_bool(r, &m->writes[i].joined) == -1 ||
		    wire_get_userdata(r, &m->writes[i].expected) == -1 ||
		    wire_get_userdata(r, &m->writes[i].wanted) == -1)
			return -1;
	}
	/* The first has none before it to be joined with. */
	return m->writes[0].joined ? -1 : 0;
}

static void
put_watch(struct wire_writer *w, const struct message_watch *m)
{
	uint32_t i;

	wire_put_number(w, m->n_users, 0, WATCHED_MAX);
	for (i = 0; i < m->n_users; i++)
		wire_put_id(w, &m->users[i]);
}

static int
get_watch(struct ibuf_reader *r, struct message_watch *m)
{
	uint32_t i;

	if (wire_get_number(r, &m->n_users, 0, WATCHED_MAX) == -1)
		return -1;
	for (i = 0; i < m->n_users; i++) {
		if (wire_get_id(r, &m->users[i]) == -1)
			return -1;
	}
	return 0;
}

/* Answers of a fetcher's */

static void
put_server_info(struct wire_writer *w, const struct message_server_info *m)
{
	wire_put_id(w, &m->id);
	wire_put_text(w, m->name, sizeof(m->name));
	wire_put_text(w, m->version, sizeof(m->version));
	wire_put_long(w, m->clock_skew, INT64_MIN);
}

static int
get_server_info(struct ibuf_reader *r, struct message_server_info *m)
{
	if (wire_get_id(r, &m->id) == -1 ||
	    wire_get_text(r, m->name, sizeof(m->name)) == -1 ||
	    wire_get_text(r, m->version, sizeof(m->version)) == -1 ||
	    wire_get_long(r, &m->clock_skew, INT64_MIN) == -1)
		return -1;
	return 0;
}

static void
put_user(struct wire_writer *w, const struct message_user *m)
{
	wire_put_id(w, &m->id);
	wire_put_text(w, m->name, sizeof(m->name));
	wire_put_bool(w, m->disabled);
}

static int
get_user(struct ibuf_reader *r, struct message_user *m)
{
	if (wire_get_id(r, &m->id) == -1 ||
	    wire_get_text(r, m->name, sizeof(m->name)) == -1 ||
	    wire_get_bool(r, &m->disabled) == -1)
		return -1;
	return 0;
}

static void
put_item_numbers(struct wire_writer *w, const struct item_record *m)
{
	wire_put_signed(w, m->season, NUMBER_UNKNOWN);
	wire_put_signed(w, m->episode, NUMBER_UNKNOWN);
	wire_put_signed(w, m->episode_end, NUMBER_UNKNOWN);
	wire_put_signed(w, m->year, 0);
	wire_put_long(w, m->runtime, 0);
	wire_put_number(w, m->media_sources, 1, UINT32_MAX);
}

static int
get_item_numbers(struct ibuf_reader *r, struct item_record *m)
{
	if (wire_get_signed(r, &m->season, NUMBER_UNKNOWN) == -1 ||
	    wire_get_signed(r, &m->episode, NUMBER_UNKNOWN) == -1 ||
	    wire_get_signed(r, &m->episode_end, NUMBER_UNKNOWN) == -1 ||
	    wire_get_signed(r, &m->year, 0) == -1 ||
	    wire_get_long(r, &m->runtime, 0) == -1 ||
	    wire_get_number(r, &m->media_sources, 1, UINT32_MAX) == -1)
		return -1;
	return 0;
}

static void
put_providers(struct wire_writer *w, uint32_t n, const struct provider_id *ids)
{
	uint32_t i;

	wire_put_number(w, n, 0, PROVIDERS_MAX);
	for (i = 0; i < n; i++) {
		wire_put_text(w, ids[i].name, sizeof(ids[i].name));
		wire_put_text(w, ids[i].value, sizeof(ids[i].value));
	}
}

static int
get_providers(struct ibuf_reader *r, uint32_t *n, struct provider_id *ids)
{
	uint32_t i;

	if (wire_get_number(r, n, 0, PROVIDERS_MAX) == -1)
		return -1;
	for (i = 0; i < *n; i++) {
		if (wire_get_text(r, ids[i].name, sizeof(ids[i].name)) == -1 ||
		    wire_get_text(r, ids[i].value, sizeof(ids[i].value)) == -1)
			return -1;
	}
	return 0;
}

static void
put_item_texts(struct wire_writer *w, const struct item_record *m)
{
	wire_put_text(w, m->title, sizeof(m->title));
	wire_put_text(w, m->series_title, sizeof(m->series_title));
	put_providers(w, m->n_providers, m->providers);
}

static int
get_item_texts(struct ibuf_reader *r, struct item_record *m)
{
	if (wire_get_text(r, m->title, sizeof(m->title)) == -1 ||
	    wire_get_text(r, m->series_title, sizeof(m->series_title)) == -1)
		return -1;
	return get_providers(r, &m->n_providers, m->providers);
}

static void
put_item(struct wire_writer *w, const struct item_record *m)
{
	wire_put_id(w, &m->id);
	wire_put_enum(w, m->kind, ITEM_KIND_COUNT);
	wire_put_bool(w, m->has_series);
	if (m->has_series)
		wire_put_id(w, &m->series);
	put_item_numbers(w, m);
	put_item_texts(w, m);
}

static int
get_item(struct ibuf_reader *r, struct item_record *m)
{
	unsigned int kind;

	memset(&m->series, 0, sizeof(m->series));
	if (wire_get_id(r, &m->id) == -1 ||
	    wire_get_enum(r, &kind, ITEM_KIND_COUNT) == -1 ||
	    wire_get_bool(r, &m->has_series) == -1)
		return -1;
	m->kind = (enum item_kind)kind;
	if (m->has_series && wire_get_id(r, &m->series) == -1)
		return -1;
	if (get_item_numbers(r, m) == -1)
		return -1;
	return get_item_texts(r, m);
}

static void
put_alternate(struct wire_writer *w, const struct alternate_record *m)
{
	wire_put_id(w, &m->listed);
	wire_put_id(w, &m->id);
	wire_put_long(w, m->runtime, 0);
}

static int
get_alternate(struct ibuf_reader *r, struct alternate_record *m)
{
	if (wire_get_id(r, &m->listed) == -1 ||
	    wire_get_id(r, &m->id) == -1 ||
	    wire_get_long(r, &m->runtime, 0) == -1)
		return -1;
	return 0;
}

static void
put_userdata(struct wire_writer *w, const struct message_userdata *m)
{
	wire_put_id(w, &m->item);
	wire_put_userdata(w, &m->userdata);
}

static int
get_userdata(struct ibuf_reader *r, struct message_userdata *m)
{
	if (wire_get_id(r, &m->item) == -1)
		return -1;
	return wire_get_userdata(r, &m->userdata);
}

static void
put_playing(struct wire_writer *w, const struct message_playing *m)
{
	wire_put_id(w, &m->user);
	wire_put_id(w, &m->item);
}

static int
get_playing(struct ibuf_reader *r, struct message_playing *m)
{
	if (wire_get_id(r, &m->user) == -1)
		return -1;
	return wire_get_id(r, &m->item);
}

static void
put_acted(struct wire_writer *w, const struct message_acted *m)
{
	wire_put_long(w, m->entry, 0);
	wire_put_long(w, m->time, 0);
	wire_put_bool(w, m->played);
	wire_put_id(w, &m->user);
	wire_put_id(w, &m->item);
}

static int
get_acted(struct ibuf_reader *r, struct message_acted *m)
{
	if (wire_get_long(r, &m->entry, 0) == -1 ||
	    wire_get_long(r, &m->time, 0) == -1 ||
	    wire_get_bool(r, &m->played) == -1 ||
	    wire_get_id(r, &m->user) == -1)
		return -1;
	return wire_get_id(r, &m->item);
}

/* Other results say nothing about what the copy holds. */
static bool
has_userdata(enum write_result result)
{
	return result == WRITE_DONE || result == WRITE_CHANGED;
}

static void
put_written(struct wire_writer *w, const struct message_written *m)
{
	wire_put_id(w, &m->item);
	wire_put_enum(w, m->result, WRITE_RESULT_COUNT);
	if (has_userdata(m->result))
		wire_put_userdata(w, &m->userdata);
}

static int
get_written(struct ibuf_reader *r, struct message_written *m)
{
	unsigned int result;

	memset(m, 0, sizeof(*m));
	if (wire_get_id(r, &m->item) == -1 ||
	    wire_get_enum(r, &result, WRITE_RESULT_COUNT) == -1)
		return -1;
	m->result = (enum write_result)result;
	if (!has_userdata(m->result))
		return 0;
	return wire_get_userdata(r, &m->userdata);
}

static void
put_result(struct wire_writer *w, const struct message_result *m)
{
	wire_put_enum(w, m->result, REQUEST_RESULT_COUNT);
	wire_put_u32(w, m->records);
	wire_put_u32(w, m->dropped);
	wire_put_u32(w, m->total);
	wire_put_number(w, m->page_size, 0, PAGE_SIZE_MAX);
	wire_put_text(w, m->error, sizeof(m->error));
}

static int
get_result(struct ibuf_reader *r, struct message_result *m)
{
	unsigned int result;

	if (wire_get_enum(r, &result, REQUEST_RESULT_COUNT) == -1 ||
	    wire_get_u32(r, &m->records) == -1 ||
	    wire_get_u32(r, &m->dropped) == -1 ||
	    wire_get_u32(r, &m->total) == -1 ||
	    wire_get_number(r, &m->page_size, 0, PAGE_SIZE_MAX) == -1 ||
	    wire_get_text(r, m->error, sizeof(m->error)) == -1)
		return -1;
	m->result = (enum request_result)result;
	return 0;
}

/* A fetcher's, unasked */

static void
put_live(struct wire_writer *w, const struct message_live *m)
{
	wire_put_enum(w, m->state, LIVE_STATE_COUNT);
	wire_put_text(w, m->why, sizeof(m->why));
}

static int
get_live(struct ibuf_reader *r, struct message_live *m)
{
	unsigned int state;

	if (wire_get_enum(r, &state, LIVE_STATE_COUNT) == -1 ||
	    wire_get_text(r, m->why, sizeof(m->why)) == -1)
		return -1;
	m->state = (enum live_state)state;
	return 0;
}

static void
put_dirty(struct wire_writer *w, const struct message_dirty *m)
{
	uint32_t i;

	wire_put_id(w, &m->user);
	wire_put_bool(w, m->incomplete);
	wire_put_number(w, m->n_items, 0, DIRTY_MAX);
	for (i = 0; i < m->n_items; i++)
		wire_put_id(w, &m->items[i]);
}

static int
get_dirty(struct ibuf_reader *r, struct message_dirty *m)
{
	uint32_t i;

	if (wire_get_id(r, &m->user) == -1 ||
	    wire_get_bool(r, &m->incomplete) == -1 ||
	    wire_get_number(r, &m->n_items, 0, DIRTY_MAX) == -1)
		return -1;
	for (i = 0; i < m->n_items; i++) {
		if (wire_get_id(r, &m->items[i]) == -1)
			return -1;
	}
	return 0;
}

/* From the listener */

static void
put_event(struct wire_writer *w, const struct message_event *m)
{
	wire_put_id(w, &m->server);
	wire_put_id(w, &m->user);
	wire_put_id(w, &m->item);
	wire_put_bool(w, m->playing);
}

static int
get_event(struct ibuf_reader *r, struct message_event *m)
{
	if (wire_get_id(r, &m->server) == -1 ||
	    wire_get_id(r, &m->user) == -1 ||
	    wire_get_id(r, &m->item) == -1 ||
	    wire_get_bool(r, &m->playing) == -1)
		return -1;
	return 0;
}

/* jellyporterctl and the engine */

static void
put_command(struct wire_writer *w, const struct message_command *m)
{
	wire_put_enum(w, m->command, COMMAND_COUNT);
	wire_put_text(w, m->argument, sizeof(m->argument));
	wire_put_text(w, m->person, sizeof(m->person));
	wire_put_text(w, m->server, sizeof(m->server));
	wire_put_long(w, m->since, 0);
	wire_put_u32(w, m->limit);
	wire_put_long(w, m->id, 0);
	wire_put_bool(w, m->force);
}

static int
get_command(struct ibuf_reader *r, struct message_command *m)
{
	unsigned int command;

	if (wire_get_enum(r, &command, COMMAND_COUNT) == -1 ||
	    wire_get_text(r, m->argument, sizeof(m->argument)) == -1 ||
	    wire_get_text(r, m->person, sizeof(m->person)) == -1 ||
	    wire_get_text(r, m->server, sizeof(m->server)) == -1 ||
	    wire_get_long(r, &m->since, 0) == -1 ||
	    wire_get_u32(r, &m->limit) == -1 ||
	    wire_get_long(r, &m->id, 0) == -1 ||
	    wire_get_bool(r, &m->force) == -1)
		return -1;
	m->command = (enum command)command;
	return 0;
}

/* Whose history, of what: never a series, never nobody's. */
static void
put_history_work(struct wire_writer *w, const struct message_history *m)
{
	if (m->person[0] == '\0')
		wire_bug(w, "it is nobody's");
	wire_put_text(w, m->person, sizeof(m->person));
	wire_put_enum(w, m->kind, ITEM_SERIES);
	wire_put_signed(w, m->season, NUMBER_UNKNOWN);
	wire_put_signed(w, m->episode, NUMBER_UNKNOWN);
	wire_put_signed(w, m->episode_end, NUMBER_UNKNOWN);
	wire_put_signed(w, m->year, 0);
	wire_put_long(w, m->runtime, 0);
	wire_put_text(w, m->title, sizeof(m->title));
	wire_put_text(w, m->series_title, sizeof(m->series_title));
}

static int
get_history_work(struct ibuf_reader *r, struct message_history *m)
{
	unsigned int kind;

	if (wire_get_text(r, m->person, sizeof(m->person)) == -1)
		return -1;
	if (m->person[0] == '\0')
		return wire_nonsense();
	if (wire_get_enum(r, &kind, ITEM_SERIES) == -1 ||
	    wire_get_signed(r, &m->season, NUMBER_UNKNOWN) == -1 ||
	    wire_get_signed(r, &m->episode, NUMBER_UNKNOWN) == -1 ||
	    wire_get_signed(r, &m->episode_end, NUMBER_UNKNOWN) == -1 ||
	    wire_get_signed(r, &m->year, 0) == -1 ||
	    wire_get_long(r, &m->runtime, 0) == -1 ||
	    wire_get_text(r, m->title, sizeof(m->title)) == -1 ||
	    wire_get_text(r, m->series_title, sizeof(m->series_title)) == -1)
		return -1;
	m->kind = (enum item_kind)kind;
	return 0;
}

static void
put_history(struct wire_writer *w, const struct message_history *m)
{
	put_history_work(w, m);
	put_providers(w, m->n_ids, m->ids);
	put_providers(w, m->n_series_ids, m->series_ids);
	wire_put_userdata(w, &m->userdata);
	wire_put_long(w, m->position_runtime, 0);
}

static int
get_history(struct ibuf_reader *r, struct message_history *m)
{
	if (get_history_work(r, m) == -1 ||
	    get_providers(r, &m->n_ids, m->ids) == -1 ||
	    get_providers(r, &m->n_series_ids, m->series_ids) == -1 ||
	    wire_get_userdata(r, &m->userdata) == -1 ||
	    wire_get_long(r, &m->position_runtime, 0) == -1)
		return -1;
	return 0;
}

static void
put_command_result(struct wire_writer *w,
    const struct message_command_result *m)
{
	wire_put_bool(w, m->failed);
	wire_put_text(w, m->error, sizeof(m->error));
}

static int
get_command_result(struct ibuf_reader *r, struct message_command_result *m)
{
	if (wire_get_bool(r, &m->failed) == -1 ||
	    wire_get_text(r, m->error, sizeof(m->error)) == -1)
		return -1;
	return 0;
}

MESSAGE_DEFINE(hello, MESSAGE_HELLO, message_hello);
MESSAGE_DEFINE(engine_options, MESSAGE_ENGINE_OPTIONS,
    message_engine_options);
MESSAGE_DEFINE(server, MESSAGE_SERVER, message_server);
MESSAGE_DEFINE(endpoint, MESSAGE_ENDPOINT, message_endpoint);
MESSAGE_DEFINE(fetcher_options, MESSAGE_FETCHER_OPTIONS,
    message_fetcher_options);
MESSAGE_DEFINE(library, MESSAGE_LIBRARY, message_library);
MESSAGE_DEFINE(listener_options, MESSAGE_LISTENER_OPTIONS,
    message_listener_options);
MESSAGE_DEFINE(renewed, MESSAGE_RENEWED, message_renewed);
MESSAGE_DEFINE(once_done, MESSAGE_ONCE_DONE, message_once_done);
MESSAGE_DEFINE(list, MESSAGE_LIST, message_list);
MESSAGE_DEFINE(activity, MESSAGE_ACTIVITY, message_activity);
MESSAGE_DEFINE(acted, MESSAGE_ACTED, message_acted);
MESSAGE_DEFINE(alternates, MESSAGE_ALTERNATES, message_alternates);
MESSAGE_DEFINE(read, MESSAGE_READ, message_read);
MESSAGE_DEFINE(write, MESSAGE_WRITE, message_write);
MESSAGE_DEFINE(server_info, MESSAGE_SERVER_INFO, message_server_info);
MESSAGE_DEFINE(user, MESSAGE_USER, message_user);
MESSAGE_DEFINE(item, MESSAGE_ITEM, item_record);
MESSAGE_DEFINE(alternate, MESSAGE_ALTERNATE, alternate_record);
MESSAGE_DEFINE(userdata, MESSAGE_USERDATA, message_userdata);
MESSAGE_DEFINE(written, MESSAGE_WRITTEN, message_written);
MESSAGE_DEFINE(result, MESSAGE_RESULT, message_result);
MESSAGE_DEFINE(playing, MESSAGE_PLAYING, message_playing);
MESSAGE_DEFINE(watch, MESSAGE_WATCH, message_watch);
MESSAGE_DEFINE(live, MESSAGE_LIVE, message_live);
MESSAGE_DEFINE(dirty, MESSAGE_DIRTY, message_dirty);
MESSAGE_DEFINE(event, MESSAGE_EVENT, message_event);
MESSAGE_DEFINE(command, MESSAGE_COMMAND, message_command);
MESSAGE_DEFINE(history, MESSAGE_HISTORY, message_history);
MESSAGE_DEFINE(command_result, MESSAGE_COMMAND_RESULT,
    message_command_result);

/* What carries a descriptor */

void
message_put_link(struct imsgbuf *imsgbuf, const struct message_name *m, int fd)
{
	struct wire_writer w;

	wire_put_begin(&w, imsgbuf, MESSAGE_LINK, 0);
	if (fd == -1)
		wire_bug(&w, "no descriptor");
	wire_put_text(&w, m->name, sizeof(m->name));
	ibuf_fd_set(w.buf, fd);
	wire_put_end(&w);
}

int
message_get_link(struct imsg *imsg, struct message_name *m, int *fd)
{
	struct ibuf_reader r;

	*fd = -1;
	if (wire_get_begin(&r, imsg, MESSAGE_LINK) == -1 ||
	    wire_get_text(&r, m->name, sizeof(m->name)) == -1 ||
	    wire_get_end(&r) == -1)
		return -1;
	*fd = imsg_get_fd(imsg);
	return *fd == -1 ? wire_nonsense() : 0;
}

/* A descriptor, and nothing else. */
static void
put_descriptor(struct imsgbuf *imsgbuf, enum message_type type, int fd)
{
	struct wire_writer w;

	wire_put_begin(&w, imsgbuf, type, 0);
	if (fd == -1)
		wire_bug(&w, "no descriptor");
	ibuf_fd_set(w.buf, fd);
	wire_put_end(&w);
}

static int
get_descriptor(struct imsg *imsg, enum message_type type, int *fd)
{
	struct ibuf_reader r;

	*fd = -1;
	if (wire_get_begin(&r, imsg, type) == -1 || wire_get_end(&r) == -1)
		return -1;
	*fd = imsg_get_fd(imsg);
	return *fd == -1 ? wire_nonsense() : 0;
}

void
message_put_control_socket(struct imsgbuf *imsgbuf, int fd)
{
	put_descriptor(imsgbuf, MESSAGE_CONTROL_SOCKET, fd);
}

int
message_get_control_socket(struct imsg *imsg, int *fd)
{
	return get_descriptor(imsg, MESSAGE_CONTROL_SOCKET, fd);
}

void
message_put_listen_socket(struct imsgbuf *imsgbuf, int fd)
{
	put_descriptor(imsgbuf, MESSAGE_LISTEN_SOCKET, fd);
}

int
message_get_listen_socket(struct imsg *imsg, int *fd)
{
	return get_descriptor(imsg, MESSAGE_LISTEN_SOCKET, fd);
}

void
message_put_empty(struct imsgbuf *imsgbuf, enum message_type type, uint32_t id)
{
	struct wire_writer w;

	wire_put_begin(&w, imsgbuf, type, id);
	if (type != MESSAGE_CONFIG_DONE && type != MESSAGE_SYNC_NOW &&
	    type != MESSAGE_REPLACED && type != MESSAGE_RELOAD &&
	    type != MESSAGE_CONTACT && type != MESSAGE_SESSIONS &&
	    type != MESSAGE_HISTORY_END && type != MESSAGE_READY)
		wire_bug(&w, "it has a body");
	wire_put_end(&w);
}
