/*
 * message: each arrives as it was sent, and nothing else passes: not cut
 * short, not with a byte too many, not under another type, not out of range.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/socket.h>
#include <sys/wait.h>

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "message.h"
#include "text.h"

struct pair {
	struct imsgbuf	out;
	struct imsgbuf	in;
};

/* Room for any message's struct. */
union any {
	struct message_hello		hello;
	struct message_link		link;
	struct message_identity		identity;
	struct message_engine_options	engine_options;
	struct message_server		server;
	struct message_endpoint		endpoint;
	struct message_fetcher_options	fetcher_options;
	struct message_certificates	certificates;
	struct message_library		library;
	struct message_listener_options	listener_options;
	struct message_resolver_options	resolver_options;
	struct message_host		host;
	struct message_addresses	addresses;
	struct message_renewed		renewed;
	struct message_log		log;
	struct message_once_done	once_done;
	struct message_list		list;
	struct message_activity		activity;
	struct message_acted		acted;
	struct message_alternates	alternates;
	struct message_read		read;
	struct message_write		write;
	struct message_server_info	server_info;
	struct message_user		user;
	struct item_record		item;
	struct alternate_record		alternate;
	struct message_userdata		userdata;
	struct message_written		written;
	struct message_result		result;
	struct message_playing		playing;
	struct message_watch		watch;
	struct message_live		live;
	struct message_dirty		dirty;
	struct message_event		event;
	struct message_command		command;
	struct message_called		called;
	struct message_metric		metric;
	struct message_exporter_options	exporter_options;
	struct message_exported		exported;
	struct message_row		row;
	struct message_history		history;
	struct message_command_result	command_result;
};

struct subject {
	const char	*name;
	uint32_t	 type;
	size_t		 size;
	void		(*put)(struct imsgbuf *, const union any *);
	int		(*get)(const struct imsg *, union any *);
	void		(*fill)(union any *);
};

#define MEMBERS(name)							\
static void								\
put_##name(struct imsgbuf *imsgbuf, const union any *any)		\
{									\
	message_put_##name(imsgbuf, 77, &any->name);			\
}									\
									\
static int								\
get_##name(const struct imsg *imsg, union any *any)			\
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

static size_t		every = 1;	/* of the bytes, one is tried */
static union any	sent, got;
static struct pair	pair;

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
fill_hello(union any *any)
{
	any->hello.version = PROTOCOL_VERSION;
}

static void
fill_somebody(union any *any)
{
	any->identity.uid = 1;
	any->identity.gid = UINT32_MAX - 1;
	SET(any->identity.empty, "/var/empty");
}

static void
fill_engine_options(union any *any)
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
fill_server(union any *any)
{
	set_longest(any->server.name, sizeof(any->server.name));
	set_longest(any->server.url, sizeof(any->server.url));
}

static void
fill_endpoint(union any *any)
{
	SET(any->endpoint.server, "attic");
	SET(any->endpoint.person, "Zo\xc3\xab");
	SET(any->endpoint.user, "zoe");
	any->endpoint.direction = DIRECTION_TARGET;
}

static void
fill_fetcher_options(union any *any)
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
fill_certificates(union any *any)
{
	any->certificates.len = CERTIFICATES_PART;
	memset(any->certificates.bytes, 0x5a, CERTIFICATES_PART);
}

static void
fill_library(union any *any)
{
	SET(any->library.name, "Films");
	any->library.exclude = true;
}

static void
fill_resolver_options(union any *any)
{
	any->resolver_options.verbose = true;
}

static void
fill_host(union any *any)
{
	SET(any->host.server, "attic");
	set_longest(any->host.host, sizeof(any->host.host));
}

static void
fill_addresses(union any *any)
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
fill_no_address(union any *any)
{
	any->addresses.temporary = true;
	SET(any->addresses.error, "no answer");
}

static void
fill_renewed(union any *any)
{
	SET(any->renewed.server, "cellar");
}

static void
fill_log(union any *any)
{
	any->log.verbose = true;
}

static void
fill_once_done(union any *any)
{
	any->once_done.failed = 3;
}

static void
fill_list(union any *any)
{
	any->list.listing = LISTING_FAVORITE;
	fill_id(&any->list.user, 1);
	any->list.page_size = 20000;
}

static void
fill_news(union any *any)
{
	any->list.listing = LISTING_NEWS;
	any->list.since = 1764000000;
	any->list.page_size = 20000;
}

static void
fill_activity(union any *any)
{
	any->activity.since = 1764000000;
	any->activity.limit = ACTIVITY_MAX;
}

static void
fill_acted(union any *any)
{
	any->acted.entry = INT64_C(1) << 40;
	any->acted.time = 1764000000;
	any->acted.played = true;
	fill_id(&any->acted.user, 3);
	fill_id(&any->acted.item, 4);
}

static void
fill_identity(union any *any)
{
	any->list.listing = LISTING_IDENTITY;
	any->list.page_size = 500;
}

static void
fill_read(union any *any)
{
	int i;

	fill_id(&any->read.user, 1);
	any->read.sessions = true;
	any->read.n_items = READ_IDS_MAX;
	for (i = 0; i < READ_IDS_MAX; i++)
		fill_id(&any->read.items[i].id, i);
	any->read.items[3].alternate = true;
	any->read.items[4].parked = true;
}

static void
fill_alternates(union any *any)
{
	int i;

	any->alternates.n_items = READ_IDS_MAX;
	for (i = 0; i < READ_IDS_MAX; i++)
		fill_id(&any->alternates.items[i], i);
}

static void
fill_write(union any *any)
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
}

static void
fill_server_info(union any *any)
{
	fill_id(&any->server_info.id, 2);
	SET(any->server_info.name, "Attic");
	SET(any->server_info.version, "10.11.11");
	any->server_info.clock_skew = -7200;
	any->server_info.took = 2300;
}

static void
fill_user(union any *any)
{
	fill_id(&any->user.id, 3);
	SET(any->user.name, "zoe");
	any->user.disabled = true;
	any->user.no_folders = true;
}

static void
fill_movie(union any *any)
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
fill_episode(union any *any)
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
fill_alternate(union any *any)
{
	fill_id(&any->alternate.listed, 6);
	fill_id(&any->alternate.id, 7);
	any->alternate.runtime = INT64_C(60000000000);
}

static void
fill_userdata(union any *any)
{
	fill_id(&any->userdata.item, 6);
	fill_userdata_value(&any->userdata.userdata, 6);
}

static void
fill_written(union any *any)
{
	fill_id(&any->written.item, 6);
	any->written.result = WRITE_CHANGED;
	fill_userdata_value(&any->written.userdata, 7);
}

static void
fill_missing(union any *any)
{
	fill_id(&any->written.item, 6);
	any->written.result = WRITE_MISSING;
}

static void
fill_result(union any *any)
{
	any->result.result = REQUEST_NONSENSE;
	any->result.records = 1;
	any->result.dropped = 2;
	any->result.total = 3;
	any->result.page_size = 4;
	SET(any->result.error, "the answer is no JSON");
}

static void
fill_playing(union any *any)
{
	fill_id(&any->playing.user, 5);
	fill_id(&any->playing.item, 6);
}

static void
fill_watch(union any *any)
{
	int i;

	any->watch.n_users = WATCHED_MAX;
	for (i = 0; i < WATCHED_MAX; i++)
		fill_id(&any->watch.users[i], i);
}

static void
fill_nobody(union any *any)
{
	any->watch.n_users = 0;
}

static void
fill_live(union any *any)
{
	any->live.state = LIVE_DOWN;
	SET(any->live.why, "the connection was cut");
}

static void
fill_dirty(union any *any)
{
	int i;

	fill_id(&any->dirty.user, 1);
	any->dirty.incomplete = true;
	any->dirty.n_items = DIRTY_MAX;
	for (i = 0; i < DIRTY_MAX; i++)
		fill_id(&any->dirty.items[i], i);
}

static void
fill_event(union any *any)
{
	fill_id(&any->event.server, 1);
	fill_id(&any->event.user, 2);
	fill_id(&any->event.item, 3);
	any->event.playing = true;
}

static void
fill_listener_options(union any *any)
{
	SET(any->listener_options.path, "/webhook");
	SET(any->listener_options.metrics_path, "/metrics");
	set_longest(any->listener_options.token,
	    sizeof(any->listener_options.token));
	any->listener_options.status_page = true;
	any->listener_options.verbose = true;
}

static void
fill_command(union any *any)
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
fill_row(union any *any)
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
fill_history(union any *any)
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
fill_called(union any *any)
{
	any->called.request = MESSAGE_WRITE;
	any->called.status = 503;
	any->called.took = INT64_C(900000001);
}

static void
fill_metric(union any *any)
{
	metric_begin(&any->metric, METRIC_WRITES, "attic", "done");
	any->metric.value = 0;
}

static void
fill_histogram(union any *any)
{
	size_t i;

	metric_begin(&any->metric, METRIC_HTTP_DURATION, "attic", "list",
	    "200");
	any->metric.value = INT64_MAX;
	for (i = 0; i <= metric_family(METRIC_HTTP_DURATION)->n_bounds; i++)
		any->metric.buckets[i] = (int64_t)i;
}

static void
fill_exporter_options(union any *any)
{
	SET(any->exporter_options.url, "https://otel.example.org:4318");
	set_longest(any->exporter_options.headers,
	    sizeof(any->exporter_options.headers));
	any->exporter_options.interval = 60;
	any->exporter_options.tls_verify = true;
	any->exporter_options.verbose = true;
}

static void
fill_exported(union any *any)
{
	any->exported.result = EXPORT_UNEXPECTED;
	SET(any->exported.error, "POST /v1/metrics: HTTP 404");
}

static void
fill_command_result(union any *any)
{
	any->command_result.failed = true;
	any->command_result.again = true;
	SET(any->command_result.error, "no server of this name");
}

#define SUBJECT_FILLED(name, type, fill)				\
	{ #fill, type, sizeof(((union any *)NULL)->name), put_##name,	\
	    get_##name, fill_##fill }
#define SUBJECT(name, type)	SUBJECT_FILLED(name, type, name)

static const struct subject subjects[] = {
	SUBJECT(hello, MESSAGE_HELLO),
	SUBJECT_FILLED(identity, MESSAGE_IDENTITY, somebody),
	SUBJECT(engine_options, MESSAGE_ENGINE_OPTIONS),
	SUBJECT(server, MESSAGE_SERVER),
	SUBJECT(endpoint, MESSAGE_ENDPOINT),
	SUBJECT(fetcher_options, MESSAGE_FETCHER_OPTIONS),
	SUBJECT(certificates, MESSAGE_CERTIFICATES),
	SUBJECT(library, MESSAGE_LIBRARY),
	SUBJECT(listener_options, MESSAGE_LISTENER_OPTIONS),
	SUBJECT(resolver_options, MESSAGE_RESOLVER_OPTIONS),
	SUBJECT(host, MESSAGE_HOST),
	SUBJECT(addresses, MESSAGE_ADDRESSES),
	SUBJECT_FILLED(addresses, MESSAGE_ADDRESSES, no_address),
	SUBJECT(renewed, MESSAGE_RENEWED),
	SUBJECT(log, MESSAGE_LOG),
	SUBJECT(once_done, MESSAGE_ONCE_DONE),
	SUBJECT(list, MESSAGE_LIST),
	SUBJECT_FILLED(list, MESSAGE_LIST, identity),
	SUBJECT_FILLED(list, MESSAGE_LIST, news),
	SUBJECT(activity, MESSAGE_ACTIVITY),
	SUBJECT(acted, MESSAGE_ACTED),
	SUBJECT(alternates, MESSAGE_ALTERNATES),
	SUBJECT(read, MESSAGE_READ),
	SUBJECT(write, MESSAGE_WRITE),
	SUBJECT(server_info, MESSAGE_SERVER_INFO),
	SUBJECT(user, MESSAGE_USER),
	SUBJECT_FILLED(item, MESSAGE_ITEM, movie),
	SUBJECT_FILLED(item, MESSAGE_ITEM, episode),
	SUBJECT(alternate, MESSAGE_ALTERNATE),
	SUBJECT(userdata, MESSAGE_USERDATA),
	SUBJECT(written, MESSAGE_WRITTEN),
	SUBJECT_FILLED(written, MESSAGE_WRITTEN, missing),
	SUBJECT(result, MESSAGE_RESULT),
	SUBJECT(playing, MESSAGE_PLAYING),
	SUBJECT(watch, MESSAGE_WATCH),
	SUBJECT_FILLED(watch, MESSAGE_WATCH, nobody),
	SUBJECT(live, MESSAGE_LIVE),
	SUBJECT(dirty, MESSAGE_DIRTY),
	SUBJECT(event, MESSAGE_EVENT),
	SUBJECT(called, MESSAGE_CALLED),
	SUBJECT(metric, MESSAGE_METRIC),
	SUBJECT_FILLED(metric, MESSAGE_METRIC, histogram),
	SUBJECT(exporter_options, MESSAGE_EXPORTER_OPTIONS),
	SUBJECT(exported, MESSAGE_EXPORTED),
	SUBJECT(command, MESSAGE_COMMAND),
	SUBJECT(row, MESSAGE_ROW),
	SUBJECT(history, MESSAGE_HISTORY),
	SUBJECT(command_result, MESSAGE_COMMAND_RESULT),
};

#define N_SUBJECTS	(sizeof(subjects) / sizeof(subjects[0]))

static int
setup(void **state)
{
	int fds[2];

	(void)state;
	memset(&sent, 0, sizeof(sent));
	memset(&got, 0, sizeof(got));
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == -1 ||
	    imsgbuf_init(&pair.out, fds[0]) == -1 ||
	    imsgbuf_init(&pair.in, fds[1]) == -1)
		return -1;
	imsgbuf_allow_fdpass(&pair.in);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	close(pair.out.fd);
	close(pair.in.fd);
	imsgbuf_clear(&pair.out);
	imsgbuf_clear(&pair.in);
	return 0;
}

/* What has been put, as it comes out at the other end. */
static void
pass(struct imsg *imsg)
{
	ssize_t n;

	assert_int_equal(imsgbuf_flush(&pair.out), 0);
	while ((n = imsg_get(&pair.in, imsg)) == 0)
		assert_int_equal(imsgbuf_read(&pair.in), 1);
	assert_true(n > 0);
}

static void
pass_subject(const struct subject *s, struct imsg *imsg)
{
	memset(&sent, 0, sizeof(sent));
	memset(&got, 0, sizeof(got));
	s->fill(&sent);
	s->put(&pair.out, &sent);
	pass(imsg);
}

/*
 * Reads other data under the message's header.  They are on the heap, in
 * their exact length, so that a read beyond them is found out.
 */
static int
get_other(const struct subject *s, const struct imsg *imsg,
    const unsigned char *data, size_t size)
{
	struct imsg other = *imsg;
	int result;

	other.hdr.len = (uint32_t)(IMSG_HEADER_SIZE + size);
	other.data = malloc(size == 0 ? 1 : size);
	assert_non_null(other.data);
	memcpy(other.data, data, size);
	result = s->get(&other, &got);
	free(other.data);
	return result;
}

static void
test_round_trips(void **state)
{
	struct imsg imsg;
	size_t i;

	(void)state;
	for (i = 0; i < N_SUBJECTS; i++) {
		pass_subject(&subjects[i], &imsg);
		assert_int_equal(imsg_get_type(&imsg), subjects[i].type);
		assert_int_equal(imsg_get_id(&imsg), 77);
		if (subjects[i].get(&imsg, &got) == -1)
			fail_msg("%s", subjects[i].name);
		if (memcmp(&sent, &got, subjects[i].size) != 0)
			fail_msg("%s differs", subjects[i].name);
	}
}

static void
test_exact_length_and_type(void **state)
{
	unsigned char data[MAX_IMSGSIZE];
	struct imsg imsg;
	size_t i, size, len;

	(void)state;
	for (i = 0; i < N_SUBJECTS; i++) {
		pass_subject(&subjects[i], &imsg);
		len = imsg_get_len(&imsg);
		memset(data, 0, sizeof(data));
		memcpy(data, imsg.data, len);
		for (size = 0; size < len; size++) {
			if (get_other(&subjects[i], &imsg, data, size) != -1)
				fail_msg("%s, cut", subjects[i].name);
		}
		assert_int_equal(get_other(&subjects[i], &imsg, data, len), 0);
		if (get_other(&subjects[i], &imsg, data, len + 1) != -1)
			fail_msg("%s, longer", subjects[i].name);
		imsg.hdr.type++;
		if (get_other(&subjects[i], &imsg, data, len) != -1)
			fail_msg("%s, another type", subjects[i].name);
	}
}

/*
 * Any byte may be wrong.  What is accepted nevertheless must be something
 * that could have been sent: put_ is fatal for what is out of range.
 */
static void
test_any_byte_wrong(void **state)
{
	static const unsigned char values[] = { 0x00, 0x01, 0x02, 0x7f, 0x80,
	    0xff };
	unsigned char data[MAX_IMSGSIZE];
	struct imsg imsg, again;
	size_t i, j, v, len;

	(void)state;
	for (i = 0; i < N_SUBJECTS; i++) {
		pass_subject(&subjects[i], &imsg);
		len = imsg_get_len(&imsg);
		memcpy(data, imsg.data, len);
		for (j = i % every; j < len; j += every) {
			unsigned char was = data[j];

			for (v = 0; v < sizeof(values); v++) {
				data[j] = values[v];
				if (get_other(&subjects[i], &imsg, data,
				    len) == -1)
					continue;
				subjects[i].put(&pair.out, &got);
				pass(&again);
				assert_int_equal(imsg_get_len(&again), len);
				assert_memory_equal(again.data, data, len);
			}
			data[j] = was;
		}
	}
}

static void
expect_refused(const struct subject *s, size_t at, uint8_t value)
{
	unsigned char data[MAX_IMSGSIZE];
	struct imsg imsg;

	pass_subject(s, &imsg);
	memcpy(data, imsg.data, imsg_get_len(&imsg));
	assert_int_equal(get_other(s, &imsg, data, imsg_get_len(&imsg)), 0);
	assert_int_not_equal(data[at], value);
	data[at] = value;
	assert_int_equal(get_other(s, &imsg, data, imsg_get_len(&imsg)), -1);
}

static const struct subject *
subject_by_fill(void (*fill)(union any *))
{
	size_t i;

	for (i = 0; i < N_SUBJECTS; i++) {
		if (subjects[i].fill == fill)
			return &subjects[i];
	}
	fail();
	return NULL;
}

static void
test_ranges(void **state)
{
	const struct subject *library = subject_by_fill(fill_library);
	const struct subject *userdata = subject_by_fill(fill_userdata);
	const struct subject *row = subject_by_fill(fill_row);

	(void)state;
	/* The text "Films": its length, a NUL in it, bytes that are none. */
	expect_refused(library, 0, 1);
	expect_refused(library, 1, 4);
	expect_refused(library, 1, 6);
	expect_refused(library, 2, 0);
	expect_refused(library, 6, 0xc3);
	expect_refused(library, 7, 2);			/* a bool */
	expect_refused(userdata, 16, 0x80);		/* position < 0 */
	expect_refused(userdata, 24, 0x80);		/* date < 0 */
	expect_refused(userdata, 32, 0x80);		/* count < 0 */
	expect_refused(userdata, 36, 2);
	expect_refused(userdata, 37, 0xff);
	/* "attic" begins a row of 8 values: type, name, text. */
	expect_refused(row, 8, ROW_VALUES_MAX + 1);
	expect_refused(row, 11, 7);
	expect_refused(row, 12, VALUE_TYPE_COUNT);

	expect_refused(subject_by_fill(fill_list), 0, LISTING_COUNT);
	expect_refused(subject_by_fill(fill_list), 17, 0x80);
	expect_refused(subject_by_fill(fill_list), 25, 1);
	expect_refused(subject_by_fill(fill_activity), 0, 0x80);
	expect_refused(subject_by_fill(fill_activity), 8, 1);
	expect_refused(subject_by_fill(fill_acted), 0, 0x80);
	expect_refused(subject_by_fill(fill_acted), 8, 0x80);
	expect_refused(subject_by_fill(fill_acted), 16, 2);
	expect_refused(subject_by_fill(fill_read), 16, 2);
	expect_refused(subject_by_fill(fill_read), 20, READ_IDS_MAX + 1);
	expect_refused(subject_by_fill(fill_read), 20, 0);
	expect_refused(subject_by_fill(fill_read), 21 + 16, 2);
	expect_refused(subject_by_fill(fill_alternates), 3,
	    READ_IDS_MAX + 1);
	expect_refused(subject_by_fill(fill_alternates), 3, 0);
	expect_refused(subject_by_fill(fill_alternate), 32, 0x80);
	expect_refused(subject_by_fill(fill_watch), 3, WATCHED_MAX + 1);
	expect_refused(subject_by_fill(fill_live), 0, LIVE_STATE_COUNT);
	expect_refused(subject_by_fill(fill_dirty), 16, 2);
	expect_refused(subject_by_fill(fill_dirty), 19, 0xff);
	expect_refused(subject_by_fill(fill_event), 48, 2);
	expect_refused(subject_by_fill(fill_write), 19, WRITES_MAX + 1);
	/* Root; no id at all, to setresgid(). */
	expect_refused(subject_by_fill(fill_somebody), 3, 0);
	expect_refused(subject_by_fill(fill_somebody), 7, 0xff);
	expect_refused(subject_by_fill(fill_addresses), 3, ADDRESSES_MAX + 1);
	/* Another family is another length; one that there is not. */
	expect_refused(subject_by_fill(fill_addresses), 4, ADDRESS_6);
	expect_refused(subject_by_fill(fill_addresses), 4,
	    ADDRESS_FAMILY_COUNT);
	/* None, and no reason; some, for the time being. */
	expect_refused(subject_by_fill(fill_no_address), 6, 0);
	expect_refused(subject_by_fill(fill_addresses), 4 + 8 * 5 + 8 * 17, 1);
	/* The first of a batch, joined with nothing. */
	expect_refused(subject_by_fill(fill_write), 20 + 17, 1);
	expect_refused(subject_by_fill(fill_movie), 16, ITEM_KIND_COUNT);
	expect_refused(subject_by_fill(fill_movie), 21, 0xfe);
	expect_refused(subject_by_fill(fill_movie), 45, 0);
	expect_refused(subject_by_fill(fill_written), 16, WRITE_RESULT_COUNT);
	expect_refused(subject_by_fill(fill_result), 0, REQUEST_RESULT_COUNT);
	expect_refused(subject_by_fill(fill_command), 0, COMMAND_COUNT);
	expect_refused(subject_by_fill(fill_metric), 0, METRIC_COUNT);
	/* "bob", then the kind, which is never that of a series. */
	expect_refused(subject_by_fill(fill_history), 1, 0);
	expect_refused(subject_by_fill(fill_history), 5, ITEM_SERIES);
	expect_refused(subject_by_fill(fill_engine_options), 37 + 3,
	    FIELD_ALL + 1);
}

/* A text as long as the field would leave no room for its end. */
static void
test_longest_text(void **state)
{
	const struct subject *s = subject_by_fill(fill_library);
	unsigned char data[2 + NAME_SIZE + 1];
	struct imsg imsg;

	(void)state;
	pass_subject(s, &imsg);
	memset(data, 'x', sizeof(data));
	data[0] = 0;
	data[1] = NAME_SIZE - 1;
	data[2 + NAME_SIZE - 1] = 0;
	assert_int_equal(get_other(s, &imsg, data, 2 + NAME_SIZE), 0);
	assert_int_equal(strlen(got.library.name), NAME_SIZE - 1);
	data[0] = NAME_SIZE >> 8;
	data[1] = NAME_SIZE & 0xff;
	data[2 + NAME_SIZE - 1] = 'x';
	data[2 + NAME_SIZE] = 0;
	assert_int_equal(get_other(s, &imsg, data, 2 + NAME_SIZE + 1), -1);
}

/* More text than a message holds is cut; what is short stays whole. */
static void
test_row_always_fits(void **state)
{
	char name[ROW_NAME_SIZE], text[ROW_TEXT_SIZE];
	struct imsg imsg;
	int i;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	row_begin(&sent.row, name);
	for (i = 0; i < ROW_VALUES_MAX; i++) {
		name[0] = (char)('A' + i);
		if (i == 3)
			row_text(&sent.row, name, "short");
		else if (i == 4)
			row_number(&sent.row, name, VALUE_NUMBER, 1);
		else if (i % 4 == 0)
			row_text(&sent.row, name, text);
		else	/* characters of three bytes */
			row_text(&sent.row, name, "\xe2\x82\xac"
			    "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac");
	}
	message_put_row(&pair.out, 1, &sent.row);
	pass(&imsg);
	assert_int_equal(message_get_row(&imsg, &got.row), 0);
	assert_int_equal(strlen(got.row.values[0].text), ROW_TEXT_SIZE - 1);

	for (i = 5; i < ROW_VALUES_MAX; i++)
		memcpy(sent.row.values[i].text, i % 2 == 0 ? text :
		    sent.row.values[5].text, ROW_TEXT_SIZE);
	for (i = 0; i < ROW_TEXT_SIZE - 3; i += 3)
		memcpy(sent.row.values[5].text + i, "\xe2\x82\xac", 4);
	for (i = 7; i < ROW_VALUES_MAX; i += 2)
		memcpy(sent.row.values[i].text, sent.row.values[5].text,
		    ROW_TEXT_SIZE);
	message_put_row(&pair.out, 1, &sent.row);
	pass(&imsg);
	assert_true(imsg_get_len(&imsg) > MAX_IMSGSIZE - 100);
	assert_int_equal(message_get_row(&imsg, &got.row), 0);
	assert_int_equal(got.row.n_values, ROW_VALUES_MAX);
	assert_string_equal(got.row.values[3].text, "short");
	assert_true(strlen(got.row.values[0].text) > 400);
	assert_true(strlen(got.row.values[5].text) > 400);
	assert_int_equal(strlen(got.row.values[5].text) % 3, 0);
}

static void
test_row_values(void **state)
{
	char text[2 * ROW_TEXT_SIZE];
	const struct row_value *v;

	(void)state;
	fill_row(&sent);
	assert_int_equal(sent.row.n_values, 8);
	v = row_get(&sent.row, "up");
	assert_non_null(v);
	assert_int_equal(v->type, VALUE_BOOL);
	assert_int_equal(v->number, 1);
	assert_int_equal(row_get(&sent.row, "null")->type, VALUE_NONE);
	assert_int_equal(row_get(&sent.row, "empty")->type, VALUE_TEXT);
	assert_null(row_get(&sent.row, "other"));

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	text[0] = (char)0xff;
	row_begin(&sent.row, "x");
	row_text(&sent.row, "long", text);
	assert_int_equal(strlen(sent.row.values[0].text), ROW_TEXT_SIZE - 1);
	assert_true(text_is_utf8(sent.row.values[0].text, ROW_TEXT_SIZE - 1));
}

static void
test_descriptors(void **state)
{
	struct message_link link;
	struct imsg imsg;
	uint32_t serves;
	int fd;

	(void)state;
	memset(&link, 0, sizeof(link));
	link.role = ROLE_FETCHER;
	SET(link.server, "attic");
	message_put_link(&pair.out, &link, open("/dev/null", O_RDONLY));
	memset(&link, 0, sizeof(link));
	pass(&imsg);
	assert_int_equal(message_get_link(&imsg, &link, &fd), 0);
	assert_int_equal(link.role, ROLE_FETCHER);
	assert_string_equal(link.server, "attic");
	assert_int_not_equal(fd, -1);
	close(fd);
	imsg_free(&imsg);

	message_put_control_socket(&pair.out, open("/dev/null", O_RDONLY));
	pass(&imsg);
	assert_int_equal(message_get_link(&imsg, &link, &fd), -1);
	assert_int_equal(fd, -1);
	assert_int_equal(message_get_listen_socket(&imsg, &serves, &fd), -1);
	assert_int_equal(message_get_control_socket(&imsg, &fd), 0);
	close(fd);
	message_put_listen_socket(&pair.out, SERVES_METRICS,
	    open("/dev/null", O_RDONLY));
	pass(&imsg);
	assert_int_equal(message_get_listen_socket(&imsg, &serves, &fd), 0);
	assert_int_equal(serves, SERVES_METRICS);
	close(fd);
	/* On which nothing is served. */
	assert_int_equal(imsg_compose(&pair.out, MESSAGE_LISTEN_SOCKET, 0, 0,
	    -1, "\0\0\0\0", 4), 1);
	pass(&imsg);
	assert_int_equal(message_get_listen_socket(&imsg, &serves, &fd), -1);

	/* Without what they are about. */
	assert_int_equal(imsg_compose(&pair.out, MESSAGE_CONTROL_SOCKET, 0, 0,
	    -1, NULL, 0), 1);
	pass(&imsg);
	assert_int_equal(message_get_control_socket(&imsg, &fd), -1);
	assert_int_equal(imsg_compose(&pair.out, MESSAGE_LINK, 0, 0, -1,
	    "\1\0\1x", 4), 1);
	pass(&imsg);
	assert_int_equal(message_get_link(&imsg, &link, &fd), -1);
	/* Somebody who has no name that is known. */
	assert_int_equal(imsg_compose(&pair.out, MESSAGE_LINK, 0, 0,
	    open("/dev/null", O_RDONLY), "\x7f\0\0", 3), 1);
	pass(&imsg);
	assert_int_equal(message_get_link(&imsg, &link, &fd), -1);
	imsg_free(&imsg);
	/* A body too many; its descriptor stays with the message. */
	assert_int_equal(imsg_compose(&pair.out, MESSAGE_CONTROL_SOCKET, 0, 0,
	    open("/dev/null", O_RDONLY), "x", 1), 1);
	pass(&imsg);
	assert_int_equal(message_get_control_socket(&imsg, &fd), -1);
	assert_int_not_equal(imsg.fd, -1);
	imsg_free(&imsg);
}

static void
test_empty_and_names(void **state)
{
	struct imsg imsg;
	uint32_t i;

	(void)state;
	message_put_empty(&pair.out, MESSAGE_CONTACT, 5);
	pass(&imsg);
	assert_int_equal(imsg_get_type(&imsg), MESSAGE_CONTACT);
	assert_int_equal(imsg_get_id(&imsg), 5);
	assert_int_equal(imsg_get_len(&imsg), 0);
	message_put_empty(&pair.out, MESSAGE_HISTORY_END, 6);
	pass(&imsg);
	assert_int_equal(imsg_get_type(&imsg), MESSAGE_HISTORY_END);
	message_put_empty(&pair.out, MESSAGE_RELOAD, 7);
	pass(&imsg);
	assert_int_equal(imsg_get_type(&imsg), MESSAGE_RELOAD);
	message_put_empty(&pair.out, MESSAGE_ALIVE, 0);
	pass(&imsg);
	assert_int_equal(imsg_get_type(&imsg), MESSAGE_ALIVE);
	message_put_empty(&pair.out, MESSAGE_PROCESSES, 9);
	pass(&imsg);
	assert_int_equal(imsg_get_type(&imsg), MESSAGE_PROCESSES);
	message_put_empty(&pair.out, MESSAGE_REPLACED, 8);
	pass(&imsg);
	assert_int_equal(imsg_get_type(&imsg), MESSAGE_REPLACED);
	assert_string_equal(message_type_name(MESSAGE_HELLO), "hello");
	assert_string_equal(message_type_name(0), "unknown");
	assert_string_equal(message_type_name(MESSAGE_TYPE_COUNT), "unknown");
	assert_string_equal(message_type_name(UINT32_MAX), "unknown");
	for (i = MESSAGE_HELLO; i < MESSAGE_TYPE_COUNT; i++)
		assert_string_not_equal(message_type_name(i), "unknown");
	assert_string_equal(listing_name(LISTING_FAVORITE), "favorite");
}

/* True if the function ends the process as fatalx() does. */
static bool
is_fatal(void (*function)(void))
{
	int status;
	pid_t pid;

	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		if (freopen("/dev/null", "w", stderr) == NULL)
			_exit(3);
		function();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status) == 1;
}

static void
put_nothing_wrong(void)
{
	message_put_library(&pair.out, 0, &sent.library);
}

static void
put_unterminated(void)
{
	memset(sent.library.name, 'x', sizeof(sent.library.name));
	message_put_library(&pair.out, 0, &sent.library);
}

static void
put_not_utf8(void)
{
	SET(sent.library.name, "\xff");
	message_put_library(&pair.out, 0, &sent.library);
}

static void
put_negative(void)
{
	sent.userdata.userdata.play_count = -1;
	message_put_userdata(&pair.out, 0, &sent.userdata);
}

static void
put_bad_enum(void)
{
	unsigned int direction = DIRECTION_COUNT;

	memcpy(&sent.endpoint.direction, &direction, sizeof(direction));
	message_put_endpoint(&pair.out, 0, &sent.endpoint);
}

static void
put_read_of_nothing(void)
{
	message_put_read(&pair.out, 0, &sent.read);
}

static void
put_joined_with_nothing(void)
{
	sent.write.n_writes = 1;
	sent.write.writes[0].joined = true;
	message_put_write(&pair.out, 0, &sent.write);
}

static void
put_alternates_of_nothing(void)
{
	message_put_alternates(&pair.out, 0, &sent.alternates);
}

static void
put_too_many(void)
{
	sent.read.n_items = READ_IDS_MAX + 1;
	message_put_read(&pair.out, 0, &sent.read);
}

static void
put_too_many_values(void)
{
	int i;

	row_begin(&sent.row, "x");
	for (i = 0; i < ROW_VALUES_MAX + 1; i++)
		row_none(&sent.row, "x");
}

static void
put_long_value_name(void)
{
	row_begin(&sent.row, "x");
	row_none(&sent.row, "a name of more than thirty-one bytes");
}

static void
put_history_of_nobody(void)
{
	message_put_history(&pair.out, 0, &sent.history);
}

static void
put_empty_with_body(void)
{
	message_put_empty(&pair.out, MESSAGE_HELLO, 0);
}

static void
put_link_without_fd(void)
{
	message_put_link(&pair.out, &sent.link, -1);
}

static void
test_bugs_are_fatal(void **state)
{
	(void)state;
	assert_false(is_fatal(put_nothing_wrong));
	assert_true(is_fatal(put_unterminated));
	assert_true(is_fatal(put_not_utf8));
	assert_true(is_fatal(put_negative));
	assert_true(is_fatal(put_bad_enum));
	assert_true(is_fatal(put_read_of_nothing));
	assert_true(is_fatal(put_joined_with_nothing));
	assert_true(is_fatal(put_alternates_of_nothing));
	assert_true(is_fatal(put_too_many));
	assert_true(is_fatal(put_too_many_values));
	assert_true(is_fatal(put_long_value_name));
	assert_true(is_fatal(put_history_of_nobody));
	assert_true(is_fatal(put_empty_with_body));
	assert_true(is_fatal(put_link_without_fd));
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		TEST(test_round_trips),
		TEST(test_exact_length_and_type),
		TEST(test_any_byte_wrong),
		TEST(test_ranges),
		TEST(test_longest_text),
		TEST(test_row_always_fits),
		TEST(test_row_values),
		TEST(test_descriptors),
		TEST(test_empty_and_names),
		TEST(test_bugs_are_fatal),
	};

	if (argc == 2 && (every = strtoul(argv[1], NULL, 10)) < 1)
		errx(2, "usage: test_message [one in so many bytes]");
	return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
