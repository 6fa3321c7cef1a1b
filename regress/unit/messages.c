/*
 * One of each message.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "messages.h"
#include "text.h"

#define MEMBERS(name)							\
static void								\
put_##name(struct imsgbuf *imsgbuf, const union any_message *any)		\
{									\
	message_put_##name(imsgbuf, 77, &any->name);			\
}									\
									\
static int								\
get_##name(const struct imsg *imsg, union any_message *any)			\
{									\
	return message_get_##name(imsg, &any->name);			\
}									\
struct nothing

MEMBERS(hello);
MEMBERS(identity);
MEMBERS(engine_options);
MEMBERS(server);
MEMBERS(endpoint);
MEMBERS(fetcher_options);
MEMBERS(certificates);
MEMBERS(library);
MEMBERS(listener_options);
MEMBERS(resolver_options);
MEMBERS(host);
MEMBERS(addresses);
MEMBERS(renewed);
MEMBERS(log);
MEMBERS(once_done);
MEMBERS(list);
MEMBERS(alternates);
MEMBERS(read);
MEMBERS(write);
MEMBERS(server_info);
MEMBERS(user);
MEMBERS(item);
MEMBERS(alternate);
MEMBERS(userdata);
MEMBERS(written);
MEMBERS(result);
MEMBERS(activity);
MEMBERS(acted);
MEMBERS(playing);
MEMBERS(watch);
MEMBERS(live);
MEMBERS(dirty);
MEMBERS(event);
MEMBERS(called);
MEMBERS(metric);
MEMBERS(exporter_options);
MEMBERS(exported);
MEMBERS(command);
MEMBERS(row);
MEMBERS(history);
MEMBERS(command_result);

static void
set(char *dst, size_t size, const char *text)
{
	assert_true(strlen(text) < size);
	memcpy(dst, text, strlen(text));
}

#define SET(field, text)	set(field, sizeof(field), text)

/* The longest text that the field holds. */
static void
set_longest(char *dst, size_t size)
{
	memset(dst, 'x', size - 1);
}

static void
fill_id(struct jellyfin_id *id, int seed)
{
	int i;

	for (i = 0; i < JELLYFIN_ID_SIZE; i++)
		id->bytes[i] = (uint8_t)(seed * 7 + i * 16 + 1);
}

static void
fill_userdata_value(struct userdata *u, int seed)
{
	u->position = INT64_C(60000000000) + seed;
	u->last_played = INT64_C(4102444800) + seed;
	u->play_count = INT32_MAX - seed;
	u->played = seed % 2 == 0;
	u->favorite = seed % 3 == 0;
}

static void
fill_hello(union any_message *any)
{
	any->hello.version = PROTOCOL_VERSION;
}

static void
fill_somebody(union any_message *any)
{
	any->identity.uid = 1;
	any->identity.gid = UINT32_MAX - 1;
	SET(any->identity.empty, "/var/empty");
}

static void
fill_engine_options(union any_message *any)
{
	struct message_engine_options *m = &any->engine_options;

	SET(m->database_path, "/var/lib/jellyporter/jellyporter.db");
	m->fields = FIELD_ALL;
	m->match = MATCH_ALL;
	m->guard_max_items = 10;
	m->guard_max_percent = 11;
	m->sync_interval = 300;
	m->full_sync_interval = 21600;
	m->audit_keep_days = 365;
	m->sessions_poll = 15;
	m->rewatch_follow = true;
	m->verbose = true;
}

static void
fill_server(union any_message *any)
{
	set_longest(any->server.name, sizeof(any->server.name));
	set_longest(any->server.url, sizeof(any->server.url));
}

static void
fill_endpoint(union any_message *any)
{
	SET(any->endpoint.server, "attic");
	SET(any->endpoint.person, "Zo\xc3\xab");
	SET(any->endpoint.user, "zoe");
	any->endpoint.direction = DIRECTION_TARGET;
}

static void
fill_fetcher_options(union any_message *any)
{
	struct message_fetcher_options *m = &any->fetcher_options;

	SET(m->name, "attic");
	SET(m->url, "https://attic.example/jellyfin");
	SET(m->proxy, "http://proxy.example:3128");
	SET(m->api_key, "0123456789abcdef");
	m->timeout = 120;
	m->page_size = PAGE_SIZE_MAX;
	m->tls_verify = m->live = true;
}

static void
fill_certificates(union any_message *any)
{
	any->certificates.len = CERTIFICATES_PART;
	memset(any->certificates.bytes, 0x5a, CERTIFICATES_PART);
}

static void
fill_library(union any_message *any)
{
	SET(any->library.name, "Films");
	any->library.exclude = true;
}

static void
fill_resolver_options(union any_message *any)
{
	any->resolver_options.verbose = true;
}

static void
fill_host(union any_message *any)
{
	SET(any->host.server, "attic");
	set_longest(any->host.host, sizeof(any->host.host));
}

static void
fill_addresses(union any_message *any)
{
	uint32_t i;

	any->addresses.n = ADDRESSES_MAX;
	for (i = 0; i < ADDRESSES_MAX; i++) {
		any->addresses.addresses[i].family = i % 2 == 0 ? ADDRESS_4 :
		    ADDRESS_6;
		memset(any->addresses.addresses[i].bytes, (int)i,
		    i % 2 == 0 ? 4 : 16);
	}
}

static void
fill_no_address(union any_message *any)
{
	any->addresses.temporary = true;
	SET(any->addresses.error, "no answer");
}

static void
fill_renewed(union any_message *any)
{
	SET(any->renewed.server, "cellar");
}

static void
fill_log(union any_message *any)
{
	any->log.verbose = true;
}

static void
fill_once_done(union any_message *any)
{
	any->once_done.failed = 3;
}

static void
fill_list(union any_message *any)
{
	any->list.listing = LISTING_FAVORITE;
	fill_id(&any->list.user, 1);
	any->list.page_size = 20000;
}

static void
fill_news(union any_message *any)
{
	any->list.listing = LISTING_NEWS;
	any->list.since = 1764000000;
	any->list.page_size = 20000;
}

static void
fill_activity(union any_message *any)
{
	any->activity.since = 1764000000;
	any->activity.limit = ACTIVITY_MAX;
}

static void
fill_acted(union any_message *any)
{
	any->acted.entry = INT64_C(1) << 40;
	any->acted.time = 1764000000;
	any->acted.played = true;
	fill_id(&any->acted.user, 3);
	fill_id(&any->acted.item, 4);
}

static void
fill_identity(union any_message *any)
{
	any->list.listing = LISTING_IDENTITY;
	any->list.page_size = 500;
}

static void
fill_read(union any_message *any)
{
	int i;

	fill_id(&any->read.user, 1);
	any->read.sessions = true;
	any->read.set = LISTING_FAVORITE;
	any->read.n_items = READ_IDS_MAX;
	for (i = 0; i < READ_IDS_MAX; i++)
		fill_id(&any->read.items[i].id, i);
	any->read.items[3].alternate = true;
	any->read.items[4].parked = true;
}

static void
fill_alternates(union any_message *any)
{
	int i;

	any->alternates.n_items = READ_IDS_MAX;
	for (i = 0; i < READ_IDS_MAX; i++)
		fill_id(&any->alternates.items[i], i);
}

static void
fill_write(union any_message *any)
{
	int i;

	fill_id(&any->write.user, 1);
	any->write.n_writes = WRITES_MAX;
	for (i = 0; i < WRITES_MAX; i++) {
		fill_id(&any->write.writes[i].item, i);
		fill_userdata_value(&any->write.writes[i].expected, i);
		fill_userdata_value(&any->write.writes[i].wanted, i + 1);
	}
	any->write.writes[3].alternate = true;
	any->write.writes[3].joined = true;
	any->write.writes[4].unlisted = true;
}

static void
fill_server_info(union any_message *any)
{
	fill_id(&any->server_info.id, 2);
	SET(any->server_info.name, "Attic");
	SET(any->server_info.version, "10.11.11");
	any->server_info.clock_skew = -7200;
	any->server_info.took = 2300;
}

static void
fill_user(union any_message *any)
{
	fill_id(&any->user.id, 3);
	SET(any->user.name, "zoe");
	any->user.disabled = true;
	any->user.no_folders = true;
}

static void
fill_movie(union any_message *any)
{
	struct item_record *m = &any->item;
	int i;

	fill_id(&m->id, 4);
	m->kind = ITEM_MOVIE;
	m->season = m->episode = m->episode_end = NUMBER_UNKNOWN;
	m->media_sources = 1;
	set_longest(m->title, sizeof(m->title));
	m->n_providers = PROVIDERS_MAX;
	for (i = 0; i < PROVIDERS_MAX; i++) {
		set_longest(m->providers[i].name, PROVIDER_NAME_SIZE);
		set_longest(m->providers[i].value, PROVIDER_VALUE_SIZE);
	}
}

static void
fill_episode(union any_message *any)
{
	struct item_record *m = &any->item;

	fill_id(&m->id, 4);
	m->kind = ITEM_EPISODE;
	m->has_series = true;
	fill_id(&m->series, 5);
	m->season = 0;
	m->episode = 11;
	m->episode_end = 12;
	m->year = 1981;
	m->runtime = INT64_C(60000000000);
	m->media_sources = 2;
	SET(m->title, "\xe7\xac\xac\xe4\xb8\x80\xe8\xa9\xb1");
	SET(m->series_title, "A series");
	m->n_providers = 1;
	SET(m->providers[0].name, "Imdb");
	SET(m->providers[0].value, "https://www.imdb.com/title/tt0020004/");
}

static void
fill_alternate(union any_message *any)
{
	fill_id(&any->alternate.listed, 6);
	fill_id(&any->alternate.id, 7);
	any->alternate.runtime = INT64_C(60000000000);
}

static void
fill_userdata(union any_message *any)
{
	fill_id(&any->userdata.item, 6);
	fill_userdata_value(&any->userdata.userdata, 6);
}

static void
fill_written(union any_message *any)
{
	fill_id(&any->written.item, 6);
	any->written.result = WRITE_CHANGED;
	fill_userdata_value(&any->written.userdata, 7);
}

static void
fill_missing(union any_message *any)
{
	fill_id(&any->written.item, 6);
	any->written.result = WRITE_MISSING;
}

static void
fill_result(union any_message *any)
{
	any->result.result = REQUEST_NONSENSE;
	any->result.records = 1;
	any->result.dropped = 2;
	any->result.total = 3;
	any->result.page_size = 4;
	SET(any->result.error, "the answer is no JSON");
}

static void
fill_playing(union any_message *any)
{
	fill_id(&any->playing.user, 5);
	fill_id(&any->playing.item, 6);
}

static void
fill_watch(union any_message *any)
{
	int i;

	any->watch.n_users = WATCHED_MAX;
	for (i = 0; i < WATCHED_MAX; i++)
		fill_id(&any->watch.users[i], i);
}

static void
fill_nobody(union any_message *any)
{
	any->watch.n_users = 0;
}

static void
fill_live(union any_message *any)
{
	any->live.state = LIVE_DOWN;
	SET(any->live.why, "the connection was cut");
}

static void
fill_dirty(union any_message *any)
{
	int i;

	fill_id(&any->dirty.user, 1);
	any->dirty.incomplete = true;
	any->dirty.n_items = DIRTY_MAX;
	for (i = 0; i < DIRTY_MAX; i++)
		fill_id(&any->dirty.items[i], i);
}

static void
fill_event(union any_message *any)
{
	fill_id(&any->event.server, 1);
	fill_id(&any->event.user, 2);
	fill_id(&any->event.item, 3);
	any->event.playing = true;
}

static void
fill_listener_options(union any_message *any)
{
	SET(any->listener_options.path, "/webhook");
	SET(any->listener_options.metrics_path, "/metrics");
	set_longest(any->listener_options.token,
	    sizeof(any->listener_options.token));
	any->listener_options.status_page = true;
	any->listener_options.verbose = true;
}

static void
fill_command(union any_message *any)
{
	any->command.command = COMMAND_SHOW_AUDIT;
	SET(any->command.argument, "a");
	SET(any->command.person, "b");
	SET(any->command.server, "c");
	any->command.since = 1772388249;
	any->command.limit = 20;
	any->command.force = true;
}

static void
fill_row(union any_message *any)
{
	row_begin(&any->row, "server");
	row_text(&any->row, "name", "attic");
	row_number(&any->row, "items", VALUE_NUMBER, -5);
	row_number(&any->row, "up", VALUE_BOOL, 17);
	row_none(&any->row, "error");
	row_number(&any->row, "seen", VALUE_TIME, INT64_C(4102444800));
	row_number(&any->row, "position", VALUE_TICKS, INT64_MAX);
	row_text(&any->row, "empty", "");
	row_text(&any->row, "null", NULL);
}

/* The longest that there can be. */
static void
fill_history(union any_message *any)
{
	struct message_history *m = &any->history;
	int i;

	SET(m->person, "bob");
	m->kind = ITEM_EPISODE;
	m->season = 0;
	m->episode = 11;
	m->episode_end = 12;
	m->year = 1981;
	m->runtime = INT64_C(60000000000);
	set_longest(m->title, sizeof(m->title));
	set_longest(m->series_title, sizeof(m->series_title));
	m->n_ids = m->n_series_ids = PROVIDERS_MAX;
	for (i = 0; i < PROVIDERS_MAX; i++) {
		set_longest(m->ids[i].name, PROVIDER_NAME_SIZE);
		set_longest(m->ids[i].value, PROVIDER_VALUE_SIZE);
		set_longest(m->series_ids[i].name, PROVIDER_NAME_SIZE);
		set_longest(m->series_ids[i].value, PROVIDER_VALUE_SIZE);
	}
	fill_userdata_value(&m->userdata, 8);
	m->position_runtime = INT64_C(60010000000);
}

static void
fill_called(union any_message *any)
{
	any->called.request = MESSAGE_WRITE;
	any->called.status = 503;
	any->called.took = INT64_C(900000001);
}

static void
fill_metric(union any_message *any)
{
	metric_begin(&any->metric, METRIC_WRITES, "attic", "done");
	any->metric.value = 0;
}

static void
fill_histogram(union any_message *any)
{
	size_t i;

	metric_begin(&any->metric, METRIC_HTTP_DURATION, "attic", "list",
	    "200");
	any->metric.value = INT64_MAX;
	for (i = 0; i <= metric_family(METRIC_HTTP_DURATION)->n_bounds; i++)
		any->metric.buckets[i] = (int64_t)i;
}

static void
fill_exporter_options(union any_message *any)
{
	SET(any->exporter_options.url, "https://otel.example.org:4318");
	set_longest(any->exporter_options.headers,
	    sizeof(any->exporter_options.headers));
	any->exporter_options.interval = 60;
	any->exporter_options.tls_verify = true;
	any->exporter_options.verbose = true;
}

static void
fill_exported(union any_message *any)
{
	any->exported.result = EXPORT_UNEXPECTED;
	SET(any->exported.error, "POST /v1/metrics: HTTP 404");
}

static void
fill_command_result(union any_message *any)
{
	any->command_result.failed = true;
	any->command_result.again = true;
	SET(any->command_result.error, "no server of this name");
}

#define SAMPLE_FILLED(name, type, fill)				\
	{ #fill, type, sizeof(((union any_message *)NULL)->name), put_##name,	\
	    get_##name, fill_##fill }
#define SAMPLE(name, type)	SAMPLE_FILLED(name, type, name)

const struct message_sample message_samples[] = {
	SAMPLE(hello, MESSAGE_HELLO),
	SAMPLE_FILLED(identity, MESSAGE_IDENTITY, somebody),
	SAMPLE(engine_options, MESSAGE_ENGINE_OPTIONS),
	SAMPLE(server, MESSAGE_SERVER),
	SAMPLE(endpoint, MESSAGE_ENDPOINT),
	SAMPLE(fetcher_options, MESSAGE_FETCHER_OPTIONS),
	SAMPLE(certificates, MESSAGE_CERTIFICATES),
	SAMPLE(library, MESSAGE_LIBRARY),
	SAMPLE(listener_options, MESSAGE_LISTENER_OPTIONS),
	SAMPLE(resolver_options, MESSAGE_RESOLVER_OPTIONS),
	SAMPLE(host, MESSAGE_HOST),
	SAMPLE(addresses, MESSAGE_ADDRESSES),
	SAMPLE_FILLED(addresses, MESSAGE_ADDRESSES, no_address),
	SAMPLE(renewed, MESSAGE_RENEWED),
	SAMPLE(log, MESSAGE_LOG),
	SAMPLE(once_done, MESSAGE_ONCE_DONE),
	SAMPLE(list, MESSAGE_LIST),
	SAMPLE_FILLED(list, MESSAGE_LIST, identity),
	SAMPLE_FILLED(list, MESSAGE_LIST, news),
	SAMPLE(activity, MESSAGE_ACTIVITY),
	SAMPLE(acted, MESSAGE_ACTED),
	SAMPLE(alternates, MESSAGE_ALTERNATES),
	SAMPLE(read, MESSAGE_READ),
	SAMPLE(write, MESSAGE_WRITE),
	SAMPLE(server_info, MESSAGE_SERVER_INFO),
	SAMPLE(user, MESSAGE_USER),
	SAMPLE_FILLED(item, MESSAGE_ITEM, movie),
	SAMPLE_FILLED(item, MESSAGE_ITEM, episode),
	SAMPLE(alternate, MESSAGE_ALTERNATE),
	SAMPLE(userdata, MESSAGE_USERDATA),
	SAMPLE(written, MESSAGE_WRITTEN),
	SAMPLE_FILLED(written, MESSAGE_WRITTEN, missing),
	SAMPLE(result, MESSAGE_RESULT),
	SAMPLE(playing, MESSAGE_PLAYING),
	SAMPLE(watch, MESSAGE_WATCH),
	SAMPLE_FILLED(watch, MESSAGE_WATCH, nobody),
	SAMPLE(live, MESSAGE_LIVE),
	SAMPLE(dirty, MESSAGE_DIRTY),
	SAMPLE(event, MESSAGE_EVENT),
	SAMPLE(called, MESSAGE_CALLED),
	SAMPLE(metric, MESSAGE_METRIC),
	SAMPLE_FILLED(metric, MESSAGE_METRIC, histogram),
	SAMPLE(exporter_options, MESSAGE_EXPORTER_OPTIONS),
	SAMPLE(exported, MESSAGE_EXPORTED),
	SAMPLE(command, MESSAGE_COMMAND),
	SAMPLE(row, MESSAGE_ROW),
	SAMPLE(history, MESSAGE_HISTORY),
	SAMPLE(command_result, MESSAGE_COMMAND_RESULT),
};

const size_t	n_message_samples =
    sizeof(message_samples) / sizeof(message_samples[0]);

const struct message_sample *
message_sample(const char *name)
{
	size_t i;

	for (i = 0; i < n_message_samples; i++) {
		if (strcmp(message_samples[i].name, name) == 0)
			return &message_samples[i];
	}
	fail_msg("no message is filled with %s", name);
	return NULL;
}
