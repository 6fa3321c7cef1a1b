/*
 * A round: what is read of one server, and in which order.  Contact, then the
 * writes whose answers were lost, the identity of all items, the sets of each
 * endpoint, and by id what is in no set any more.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "engine.h"
#include "group.h"
#include "hear.h"
#include "log.h"
#include "text.h"
#include "works.h"

#define LISTING_ATTEMPTS	3
#define LINK_RESTARTS		5
#define ALTERNATES_AT_ONCE	50	/* items asked for their files */
#define OWN_ALTERNATES		12	/* major version from which on they
					 * have userdata of their own */
#define FORM_SLICE		200	/* items formed at a time */
#define LINK_WAIT		30	/* seconds for its fetcher to come */
#define RETRY_FIRST		15	/* seconds */

typedef void	 phase_function(struct server *);

static void	next_contact(struct server *);
static int	major_version(const struct message_server_info *);
static void	read_next(struct server *, const int64_t *, size_t);
static void	next_asked(struct server *);
static void	next_identity(struct server *);
static void	next_alternates(struct server *);
static void	next_form(struct server *);
static void	next_sets(struct server *);
static void	next_lost(struct server *);
static void	next_new(struct server *);
static void	next_groups(struct server *);
static void	wait_for(struct server *, int64_t);
static void	enter(struct server *, enum phase);
static void	first_endpoint(struct server *);
static bool	next_endpoint(struct server *);
static void	contact_done(struct server *);
static void	listing_done(struct server *, const struct message_result *);
static void	identity_done(struct server *);
static void	endpoint_done(struct server *);
static void	round_done(struct server *);
static void	round_failed(struct server *, const char *);
static void	form_slice(evutil_socket_t, short, void *);
static void	retry(evutil_socket_t, short, void *);
static void	warn_of_twin(struct server *,
		    const struct message_server_info *);

static const struct {
	const char	*name;
	phase_function	*next;		/* asks for what comes next in it */
} phases[PHASE_COUNT] = {
	[PHASE_IDLE] =		{ "", NULL },
	[PHASE_CONTACT] =	{ "contact", next_contact },
	[PHASE_ASKED] =		{ "ids", next_asked },
	[PHASE_IDENTITY] =	{ "identity", next_identity },
	[PHASE_ALTERNATES] =	{ "versions", next_alternates },
	[PHASE_FORM] =		{ "matching", next_form },
	[PHASE_SETS] =		{ NULL, next_sets },	/* the listing's name */
	[PHASE_LOST] =		{ "ids", next_lost },
	[PHASE_NEW] =		{ "ids", next_new },
	[PHASE_GROUPS] =	{ "ids", next_groups }
};

const char *
phase_name(const struct server *server)
{
	if (phases[server->phase].name == NULL)
		return listing_name(server->listing);
	return phases[server->phase].name;
}

static void
wait_for(struct server *server, int64_t seconds)
{
	clock_start(server->retry_timer, seconds * 1000);
}

void
round_go_on(struct server *server)
{
	dirty_next(server);		/* it goes before anything else */
	if (server->phase != PHASE_IDLE && server->link != NULL)
		phases[server->phase].next(server);
}

static void
enter(struct server *server, enum phase phase)
{
	server->phase = phase;
	server->attempts = 0;
	server->cursor = 0;
	control_progress(server->engine->control, server);
	round_go_on(server);
}

static void
first_endpoint(struct server *server)
{
	server->endpoint = TAILQ_FIRST(&server->endpoints);
	while (server->endpoint != NULL && !server->endpoint->present)
		server->endpoint = TAILQ_NEXT(server->endpoint, entry);
	server->listing = LISTING_PLAYED;
	server->cursor = 0;
}

/* False if that was the last one. */
static bool
next_endpoint(struct server *server)
{
	do {
		server->endpoint = TAILQ_NEXT(server->endpoint, entry);
	} while (server->endpoint != NULL && !server->endpoint->present);
	server->listing = LISTING_PLAYED;
	server->cursor = 0;
	return server->endpoint != NULL;
}

void
round_start(struct server *server, bool full)
{
	if (server->phase != PHASE_IDLE) {
		/* Asked for now: what was read before this does not count. */
		server->again = true;
		server->again_full = server->again_full || full;
		return;
	}
	event_del(server->retry_timer);
	server->serial++;
	server->full = full;
	server->failed = false;
	server->restarts = 0;
	server->error[0] = '\0';
	server->trouble[0] = '\0';
	if (server->link == NULL)
		wait_for(server, LINK_WAIT);
	enter(server, PHASE_CONTACT);
}

void
round_link_made(struct server *server)
{
	event_del(server->retry_timer);
	round_go_on(server);
}

void
round_link_lost(struct server *server)
{
	memset(&server->bulk, 0, sizeof(server->bulk));
	memset(&server->small, 0, sizeof(server->small));
	memset(&server->write, 0, sizeof(server->write));
	dirty_link_lost(server);
	server->contacted = false;
	event_del(server->form_timer);
	if (server->phase == PHASE_IDLE)
		return;
	if (++server->restarts > LINK_RESTARTS)
		round_failed(server, "its fetcher keeps failing: see the log");
	else
		enter(server, PHASE_CONTACT);	/* once there is a new one */
	if (server->phase != PHASE_IDLE)
		wait_for(server, LINK_WAIT);
}

/* Contact: is it ready, which server is it, who is on it? */

static void
next_contact(struct server *server)
{
	uint32_t id;

	if (server->small.id != 0 || server->write.id != 0)
		return;			/* a write's answer comes first */
	server->users[0] = '\0';
	id = engine_request(server, &server->small, MESSAGE_CONTACT, NULL);
	message_put_empty(channel_imsgbuf(server->link), MESSAGE_CONTACT, id);
	channel_written(server->link);
}

/* 0 if it has none. */
static int
major_version(const struct message_server_info *info)
{
	char text[NAME_SIZE];
	const char *error;

	(void)text_copy(text, sizeof(text), info->version);
	text[strcspn(text, ".")] = '\0';
	return (int)strtonum(text, 0, INT32_MAX, &error);
}

/* The same server twice is harmless, but hardly meant; one warning is enough. */
static void
warn_of_twin(struct server *server, const struct message_server_info *info)
{
	struct server *other;
	struct server_row row;

	TAILQ_FOREACH(other, &server->engine->servers, entry) {
		if (other == server || !other->contacted)
			continue;
		store_get_server(server->engine->store, other->id, &row);
		if (row.has_id && jellyfin_id_equal(&row.jellyfin_id,
		    &info->id))
			break;
	}
	if (other != NULL && server->twin != other && other->twin != server)
		log_server_warnx(server->name, "has the same server id as %s: "
		    "is it the same server twice, or a copy of its data?",
		    other->name);
	server->twin = other;
}

void
round_contacted(struct server *server, const struct message_server_info *info)
{
	struct endpoint *endpoint;

	TAILQ_FOREACH(endpoint, &server->endpoints, entry)
		endpoint->present = false;
	server->own_alternates = major_version(info) >= OWN_ALTERNATES;
	if (store_server_contacted(server->engine->store, server->id, info))
		log_server_warnx(server->name, "another server answers under "
		    "this name: all of it is a first contact");
	warn_of_twin(server, info);
}

void
round_user(struct server *server, const struct message_user *user)
{
	struct endpoint *endpoint;
	struct jellyfin_id known;
	char name[NAME_SIZE];
	size_t used = strlen(server->users);

	if (text_trim(name, sizeof(name), user->name) == -1)
		return;
	if (used + strlen(name) + 3 < sizeof(server->users))
		snprintf(server->users + used, sizeof(server->users) - used,
		    "%s%s", used == 0 ? "" : ", ", name);
	TAILQ_FOREACH(endpoint, &server->endpoints, entry) {
		if (text_same_name(name, endpoint->user)) {
			endpoint->present = true;
			endpoint->user_id = user->id;
		} else if (!endpoint->present && store_endpoint_known_user(
		    server->engine->store, endpoint->id, &known) &&
		    jellyfin_id_equal(&known, &user->id)) {
			/* Renamed, unless somebody else has that name now. */
			log_server_warnx(server->name, "user %s is now called "
			    "%s there: change the configuration",
			    endpoint->user, name);
			endpoint->present = true;
			endpoint->user_id = user->id;
		}
	}
}

static void
contact_done(struct server *server)
{
	struct store *store = server->engine->store;
	struct endpoint *endpoint;
	struct server_row row;

	server->contacted = true;
	server->has_alternates = server->own_alternates &&
	    store_has_alternates(store, server->id);
	server->write_not_before = 0;
	server->write_failures = 0;
	TAILQ_FOREACH(endpoint, &server->endpoints, entry) {
		if (!endpoint->present) {
			snprintf(server->trouble, sizeof(server->trouble),
			    "user %.120s is not on this server; it knows: %.300s",
			    endpoint->user, server->users);
			log_server_warnx(server->name, "%s", server->trouble);
			continue;
		}
		if (store_endpoint_user(store, endpoint->id,
		    &endpoint->user_id))
			log_server_warnx(server->name, "user %s is another "
			    "user than before: first contact", endpoint->user);
	}
	dirty_watch(server);
	store_get_server(store, server->id, &row);
	server->round = row.round;
	if (row.round == 0 || server->identity_due ||
	    row.identity_at + (int64_t)server->engine->options.
	    full_sync_interval <= engine_now())
		server->full = true;
	first_endpoint(server);
	enter(server, PHASE_ASKED);
}

/* Items by their ids. */

/* As many of these as can be read at once. */
static void
read_next(struct server *server, const int64_t *items, size_t n)
{
	n = round_read_items(server, server->endpoint, items, n);
	server->cursor = items[n - 1];
	if (server->small.id == 0)	/* nothing of it can be read */
		round_go_on(server);
}

static void
next_asked(struct server *server)
{
	int64_t items[READ_IDS_MAX];
	size_t n;

	if (reading_must_wait(server))
		return;
	for (; server->endpoint != NULL; next_endpoint(server)) {
		n = store_asked(server->engine->store, server->endpoint->id,
		    server->cursor, items, READ_IDS_MAX);
		if (n == 0)
			continue;
		read_next(server, items, n);
		return;
	}
	first_endpoint(server);
	enter(server, server->full ? PHASE_IDENTITY : PHASE_SETS);
}

static void
next_lost(struct server *server)
{
	int64_t items[READ_IDS_MAX];
	size_t n;

	if (reading_must_wait(server))
		return;
	n = store_lost(server->engine->store, server->endpoint->id,
	    server->full, server->cursor, items, READ_IDS_MAX);
	if (n > 0)
		read_next(server, items, n);
	else
		enter(server, PHASE_NEW);
}

/*
 * What is new, of works that its person has touched: no set shows a bare count
 * or date that it may come with, and our own must not be heard as a person's.
 */
static void
next_new(struct server *server)
{
	int64_t items[READ_IDS_MAX];
	size_t n;

	if (reading_must_wait(server))
		return;
	n = store_uncopied(server->engine->store, server->endpoint->id, true,
	    server->cursor, items, READ_IDS_MAX);
	if (n > 0)
		read_next(server, items, n);
	else if (server->has_alternates)
		enter(server, PHASE_GROUPS);
	else
		endpoint_done(server);
}

/* All of them, as no listing shows them; or those that may have changed. */
static void
next_groups(struct server *server)
{
	struct store *store = server->engine->store;
	int64_t items[READ_IDS_MAX];
	size_t n;

	if (reading_must_wait(server))
		return;
	if (server->full)
		n = store_groups(store, server->id, server->cursor, items,
		    READ_IDS_MAX);
	else
		n = store_touched_groups(store, server->endpoint->id,
		    server->cursor, items, READ_IDS_MAX);
	if (n > 0)
		read_next(server, items, n);
	else
		endpoint_done(server);
}

/*
 * What was seen outside of a round, or too late in one, is decided on after a
 * reading of all of its endpoint: only that tells one unmark from hundreds.
 * A server that has just failed is not asked again for this alone.
 */
void
round_decide(struct server *server)
{
	struct endpoint *endpoint;

	if (server->phase != PHASE_IDLE || server->plan_only ||
	    server->failed || engine_plans(server->engine))
		return;
	TAILQ_FOREACH(endpoint, &server->endpoints, entry) {
		if (endpoint->present && store_count_held(
		    server->engine->store, endpoint->id,
		    HELD_UNDECIDED) > 0) {
			round_start(server, false);
			return;
		}
	}
}

static void
decide(struct server *server)
{
	struct engine *engine = server->engine;
	int64_t held;

	held = guard_decide(engine->store, &engine->merge, &engine->guard,
	    server->endpoint->id, engine_now(), &server->counts);
	if (held > 0)
		log_server_warnx(server->name, "user %s: %lld changes would "
		    "take something back; they are held until they are "
		    "approved or discarded (jellyporterctl show held)",
		    server->endpoint->user, (long long)held);
}

static void
endpoint_done(struct server *server)
{
	struct engine *engine = server->engine;

	decide(server);
	store_endpoint_read(engine->store, server->endpoint->id,
	    server->round);
	store_set_end(engine->store, server->endpoint->id);
	plan_endpoint(engine->store, &engine->merge, server->endpoint->id);
	engine_changed(engine);
	if (next_endpoint(server))
		enter(server, PHASE_SETS);
	else
		round_done(server);
}

/* Listings. */

static void
send_list(struct server *server, enum listing listing,
    struct endpoint *endpoint)
{
	struct message_list message;
	struct server_row row;
	uint32_t id;

	store_get_server(server->engine->store, server->id, &row);
	memset(&message, 0, sizeof(message));
	message.listing = listing;
	message.page_size = (uint32_t)row.page_size;
	if (endpoint != NULL)
		message.user = endpoint->user_id;
	id = engine_request(server, &server->bulk, MESSAGE_LIST, endpoint);
	server->bulk.listing = listing;
	message_put_list(channel_imsgbuf(server->link), id, &message);
	channel_written(server->link);
}

static void
next_identity(struct server *server)
{
	if (server->bulk.id != 0)
		return;
	store_identity_begin(server->engine->store, &server->identity,
	    server->id, server->round + 1);
	send_list(server, LISTING_IDENTITY, NULL);
}

/*
 * Of which files do items consist?  Asked only where there are several, and
 * only what is new or has changed, as it is dear.
 */
static void
next_alternates(struct server *server)
{
	struct store *store = server->engine->store;
	struct message_alternates message;
	int64_t items[ALTERNATES_AT_ONCE];
	uint32_t id;
	size_t i, n = 0;

	if (server->small.id != 0)
		return;
	if (server->own_alternates)
		n = store_alternates_due(store, server->id, server->cursor,
		    items, ALTERNATES_AT_ONCE);
	else
		store_no_alternates(store, server->id, engine_now());
	if (n == 0) {
		server->has_alternates = server->own_alternates &&
		    store_has_alternates(store, server->id);
		enter(server, PHASE_FORM);
		return;
	}
	server->cursor = items[n - 1];
	store_alternates_begin(store, server->id);
	message.n_items = 0;
	for (i = 0; i < n; i++) {
		if (store_item_id(store, items[i],
		    &message.items[message.n_items]))
			message.n_items++;
	}
	id = engine_request(server, &server->small, MESSAGE_ALTERNATES, NULL);
	message_put_alternates(channel_imsgbuf(server->link), id, &message);
	channel_written(server->link);
}

void
round_alternate(struct server *server, const struct alternate_record *record)
{
	store_alternate(server->engine->store, server->id, server->round,
	    record);
	engine_changed(server->engine);
}

static void
next_sets(struct server *server)
{
	if (server->bulk.id != 0)
		return;
	if (server->endpoint == NULL) {		/* none of its users is here */
		round_done(server);
		return;
	}
	if (server->listing == LISTING_PLAYED && server->attempts == 0)
		store_set_begin(server->engine->store, server->endpoint->id);
	send_list(server, server->listing, server->endpoint);
}

void
round_item(struct server *server, const struct item_record *record)
{
	server->bulk.received++;
	works_add(server->engine->store, &server->engine->merge,
	    server->engine->options.match, &server->identity, record);
	engine_changed(server->engine);
	if (server->bulk.received % 1000 == 0)
		control_progress(server->engine->control, server);
}

void
round_userdata(struct server *server, struct lane *lane,
    const struct message_userdata *message)
{
	struct engine *engine = server->engine;
	int64_t item;
	size_t i;

	lane->received++;
	if (lane->type == MESSAGE_LIST) {
		item = store_item(engine->store, server->id, &message->item);
		if (item == 0) {
			lane->unknown++;
			return;
		}
		store_set_seen(engine->store, lane->endpoint->id,
		    lane->listing, item);
		/* While it is being written, only that answer counts. */
		if (!writer_is_writing(server, lane->endpoint, item) &&
		    !(server->has_alternates &&
		    group_must_be_read(engine->store, lane->endpoint->id, item,
		    &message->userdata)))
			hear(engine->store, &engine->merge,
			    lane->endpoint->id, item, &message->userdata,
			    lane->began, engine_now(), &server->counts);
	} else {
		for (i = 0; i < lane->n_items; i++) {
			if (!lane->answered[i] && jellyfin_id_equal(
			    &lane->ids[i], &message->item))
				break;
		}
		if (i == lane->n_items)
			return;
		lane->answered[i] = true;
		/* While it is being written, only that answer counts. */
		if (writer_is_writing(server, lane->endpoint, lane->items[i]))
			return;
		lane->seen[i] = lane->groups[i] != 0;
		lane->shown[i] = message->userdata;
		if (!lane->seen[i])
			plan_settle(engine->store, &engine->merge,
			    lane->endpoint->id, lane->items[i],
			    &message->userdata, lane->began, engine_now(),
			    &server->counts);
	}
	engine_changed(engine);
	if (lane->received % 1000 == 0)
		control_progress(engine->control, server);
}

/*
 * Nothing is concluded from a reading that does not hold what the server
 * itself counts; NULL if this one does.
 */
static const char *
incomplete(struct server *server, const struct message_result *result)
{
	static char why[ERROR_SIZE];
	struct store *store = server->engine->store;
	struct server_row row;
	int64_t unique;

	if (server->bulk.listing == LISTING_RESUME)
		return NULL;		/* one of several, anyway */
	if (server->phase == PHASE_IDENTITY) {
		unique = server->identity.unique;
		store_get_server(store, server->id, &row);
		if (unique == 0 && row.items > 0) {
			snprintf(why, sizeof(why), "lists no items at all, "
			    "but had %lld: not believed",
			    (long long)row.items);
			return why;
		}
	} else {
		unique = store_set_count(store, server->endpoint->id,
		    server->listing) + server->bulk.unknown;
	}
	if (unique + result->dropped >= result->total)
		return NULL;
	snprintf(why, sizeof(why), "its list (%s) holds %lld different items, "
	    "but it counts %u: not believed", phase_name(server),
	    (long long)(unique + result->dropped), result->total);
	return why;
}

static void
listing_done(struct server *server, const struct message_result *result)
{
	const char *why = incomplete(server, result);

	store_server_page_size(server->engine->store, server->id,
	    result->page_size);
	if (why != NULL) {
		if (++server->attempts < LISTING_ATTEMPTS)
			round_go_on(server);
		else
			round_failed(server, why);
		return;
	}
	if (server->phase == PHASE_IDENTITY) {
		identity_done(server);
		return;
	}
	if (server->bulk.unknown > 0 && !server->full)
		server->identity_due = true;
	server->attempts = 0;
	/* A full round reads all alternate versions, by id. */
	if (server->listing == LISTING_RESUME ||
	    (server->listing == LISTING_FAVORITE &&
	    (server->full || !server->has_alternates))) {
		enter(server, PHASE_LOST);
	} else {
		server->listing++;
		enter(server, PHASE_SETS);
	}
}

static void
identity_done(struct server *server)
{
	struct engine *engine = server->engine;
	int64_t gone;

	gone = store_identity_end(engine->store, &server->identity,
	    engine_now());
	server->round = server->identity.round;
	server->identity_due = false;
	if (gone > 0)
		log_server_info(server->name, "%lld items are gone",
		    (long long)gone);
	enter(server, PHASE_ALTERNATES);
}

/* Works are formed a slice at a time, so that nobody waits for all of them. */

static void
next_form(struct server *server)
{
	const struct timeval now = { 0, 0 };

	if (event_add(server->form_timer, &now) == -1)
		fatal("event_add");
}

static void
form_slice(evutil_socket_t fd, short what, void *arg)
{
	struct server *server = arg;
	struct engine *engine = server->engine;
	int64_t items[FORM_SLICE];
	size_t i, n;

	(void)fd;
	(void)what;
	if (server->phase != PHASE_FORM)
		return;
	n = store_unformed(engine->store, server->id, items, FORM_SLICE);
	for (i = 0; i < n; i++)
		works_form(engine->store, &engine->merge,
		    engine->options.match, items[i]);
	engine_changed(engine);
	if (n > 0) {
		round_go_on(server);
		return;
	}
	first_endpoint(server);
	enter(server, PHASE_SETS);
}

/* The end of a request, and of a round. */

void
round_result(struct server *server, struct lane *lane,
    const struct message_result *result)
{
	struct lane done = *lane;

	lane->id = 0;
	if (done.serial != server->serial || server->phase == PHASE_IDLE) {
		round_go_on(server);		/* its round was given up before */
		return;
	}
	if (done.type == MESSAGE_ALTERNATES &&
	    result->result == REQUEST_NONSENSE) {
		/* The items themselves are synced as well without. */
		log_server_warnx(server->name, "alternate versions: %s",
		    result->error);
		round_go_on(server);
		return;
	}
	if (result->result != REQUEST_OK) {
		if (result->result == REQUEST_UNREACHABLE ||
		    result->result == REQUEST_REFUSED)
			server->contacted = false;
		round_failed(server, result->error);
		return;
	}
	switch (done.type) {
	case MESSAGE_CONTACT:
		contact_done(server);
		break;
	case MESSAGE_LIST:
		listing_done(server, result);
		break;
	case MESSAGE_ALTERNATES:
		store_alternates_end(server->engine->store, server->id,
		    engine_now());
		round_go_on(server);
		break;
	default:
		round_read_done(server, &done);
		round_go_on(server);
		break;
	}
	engine_changed(server->engine);
}

static void
round_end(struct server *server)
{
	server->phase = PHASE_IDLE;
	server->endpoint = NULL;
	event_del(server->form_timer);
	if (server->again) {
		server->again = false;
		round_start(server, server->again_full ||
		    (server->failed && server->full));
		server->again_full = false;
	}
	control_progress(server->engine->control, server);
	engine_changed(server->engine);
}

static void
round_done(struct server *server)
{
	struct store *store = server->engine->store;

	if (server->trouble[0] != '\0') {	/* one of its users is not */
		round_failed(server, server->trouble);
		return;
	}
	server->failures = 0;
	/* What was wrong with writing since its contact is not over yet. */
	if (server->write_failures == 0)
		store_server_succeeded(store, server->id, engine_now());
	round_end(server);
}

static void
round_failed(struct server *server, const char *why)
{
	struct engine *engine = server->engine;
	int64_t seconds;

	server->failed = true;
	if (why != server->error)
		text_copy(server->error, sizeof(server->error), why);
	log_server_warnx(server->name, "%s", server->error);
	store_server_failed(engine->store, server->id, engine_now(),
	    server->error);
	for (seconds = RETRY_FIRST; seconds < server->failures * RETRY_FIRST;
	    seconds *= 2)
		;
	if (seconds > (int64_t)engine->options.sync_interval)
		seconds = (int64_t)engine->options.sync_interval;
	server->failures++;
	if (!engine->options.once)
		wait_for(server, seconds);
	round_end(server);
}

static void
retry(evutil_socket_t fd, short what, void *arg)
{
	struct server *server = arg;

	(void)fd;
	(void)what;
	if (server->phase == PHASE_IDLE)
		round_start(server, server->full);
	else if (server->link == NULL)
		round_failed(server, "its fetcher does not start: see the log");
}

void
round_init(struct server *server)
{
	struct event_base *base = server->engine->base;

	if ((server->form_timer = evtimer_new(base, form_slice, server)) ==
	    NULL ||
	    (server->retry_timer = evtimer_new(base, retry, server)) == NULL)
		fatalx("evtimer_new");
}
