/*
 * A round: what is read of one server, and in which order.  Contact, then the
 * writes whose answers were lost, the identity of all items or of those that
 * are new, what was played, the sets of each endpoint, and by id what is in no
 * set any more.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "round.h"
#include "text.h"

#define LISTING_ATTEMPTS	3
#define LINK_RESTARTS		5
#define OWN_ALTERNATES		12	/* major version from which on they
					 * have userdata of their own */
#define LINK_WAIT		30	/* seconds for its fetcher to come */
#define RETRY_FIRST		15	/* seconds */
#define LIVE_CHECKED		3600	/* seconds between delta readings of a
					 * server that tells us of changes */

typedef void	 phase_function(struct server *);

static void	next_contact(struct server *);
static int	major_version(const struct message_server_info *);
static void	wait_for(struct server *, int64_t);
static void	choose_reading(struct server *);
static void	contact_done(struct server *);
static void	listing_done(struct server *, const struct message_result *);
static void	retry(evutil_socket_t, short, void *);
static void	take_slice(evutil_socket_t, short, void *);
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
	[PHASE_GONE] =		{ "gone items", next_gone },
	[PHASE_NEWS] =		{ "new items", next_news },
	[PHASE_ALTERNATES] =	{ "versions", next_alternates },
	[PHASE_FORM] =		{ "matching", next_form },
	[PHASE_ACTIVITY] =	{ "activity", next_activity },
	[PHASE_SETS] =		{ NULL, next_sets },	/* the listing's name */
	[PHASE_ACTED] =		{ "ids", next_acted },
	[PHASE_UNLISTED] =	{ "ids", next_unlisted },
	[PHASE_LOST] =		{ "ids", next_lost },
	[PHASE_NEW] =		{ "ids", next_new },
	[PHASE_GROUPS] =	{ "ids", next_groups },
	[PHASE_PLAN] =		{ "planning", next_plan }
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
	if (engine_is_paused(server->engine))
		return;
	dirty_next(server);		/* it goes before anything else */
	if (server->phase != PHASE_IDLE && server->link != NULL)
		phases[server->phase].next(server);
}

void
round_slice_done(struct server *server)
{
	const struct timeval now = { 0, 0 };

	sync_changed(server->engine);
	if (event_add(server->slice_timer, &now) == -1)
		fatal("event_add");
}

static void
take_slice(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	round_go_on(arg);
}

void
round_enter(struct server *server, enum phase phase)
{
	server->phase = phase;
	server->attempts = 0;
	server->cursor = 0;
	server->slice = FIRST_SLICE;
	control_progress(server->engine->control, server);
	round_go_on(server);
}

void
round_start(struct server *server, enum reading reading)
{
	if (engine_is_paused(server->engine))
		return;
	if (server->phase != PHASE_IDLE) {
		/* Asked for now: what was read before this does not count. */
		if (!server->again || server->again_reading < reading)
			server->again_reading = reading;
		server->again = true;
		server->hurried |= reading == READING_FULL;
		return;
	}
	event_del(server->retry_timer);
	server->serial++;
	server->reading = reading;
	server->hurried = reading == READING_FULL;
	server->round_began = clock_ms();
	server->failed = false;
	server->restarts = 0;
	server->error[0] = '\0';
	server->trouble[0] = '\0';
	if (server->link == NULL)
		wait_for(server, LINK_WAIT);
	round_enter(server, PHASE_CONTACT);
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
	sessions_link_lost(server);
	check_link_lost(server);
	server->contacted = false;
	event_del(server->slice_timer);
	turn_give_up(server);
	if (server->phase == PHASE_IDLE)
		return;
	if (++server->restarts > LINK_RESTARTS)
		round_failed(server, "its fetcher keeps failing: see the log");
	else
		round_enter(server, PHASE_CONTACT);	/* once there is a new one */
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
	if (server->contacted && !server->contact_due &&
	    server->reading < READING_SETS) {
		choose_reading(server);
		if (server->reading < READING_SETS) {
			round_enter(server, PHASE_ASKED);
			return;
		}
	}
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
	server->has_answered = true;
	server->jellyfin_id = info->id;
	server->own_alternates = major_version(info) >= OWN_ALTERNATES;
	if (store_server_contacted(server->engine->store, server->id, info)) {
		log_server_warnx(server->name, "another server answers under "
		    "this name: all of it is a first contact");
		round_forget_sets(server);
		server->newcomers = true;
		server->news_since = 0;
	}
	warn_of_twin(server, info);
}

void
round_user(struct server *server, const struct message_user *user)
{
	struct endpoint *endpoint;
	enum user_match match;
	char name[NAME_SIZE];

	if (text_trim(name, sizeof(name), user->name) == -1)
		return;
	endpoint_list_user(server->users, name);
	TAILQ_FOREACH(endpoint, &server->endpoints, entry) {
		match = endpoint_user(server, endpoint, endpoint->present,
		    name, &user->id);
		if (match == USER_OTHER)
			continue;
		/* Unless somebody else has that name now, who comes later. */
		if (match == USER_RENAMED)
			log_server_warnx(server->name, "user %s is now called "
			    "%s there: change the configuration",
			    endpoint->user, name);
		endpoint->present = true;
		endpoint->user_id = user->id;
	}
}

/* What has to be read, which may be more than was asked for. */
static void
choose_reading(struct server *server)
{
	struct engine *engine = server->engine;
	struct server_row row;

	store_get_server(engine->store, server->id, &row);
	server->round = row.round;
	if (row.round == 0 || server->identity_due || row.identity_at +
	    (int64_t)engine->options.full_sync_interval <= engine_now())
		server->reading = READING_FULL;
	else if (server->reading == READING_NEWS &&
	    (server->live != LIVE_UP || server->gap ||
	    clock_ms() - server->checked >= LIVE_CHECKED * 1000))
		server->reading = READING_DELTA;
	if (server->reading >= READING_DELTA && server->live == LIVE_UP)
		server->gap = false;	/* what comes now is told */
	round_first_endpoint(server);
}

static void
contact_done(struct server *server)
{
	struct store *store = server->engine->store;
	struct endpoint *endpoint;

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
		    &endpoint->user_id)) {
			endpoint->sets_read = false;
			server->newcomers = true;
			log_server_warnx(server->name, "user %s is another "
			    "user than before: first contact", endpoint->user);
		}
		store_endpoint_forget_former(store, endpoint->id);
		endpoint->met = store_endpoint_is_met(store, endpoint->id);
	}
	dirty_watch(server);
	server->contact_due = false;
	choose_reading(server);
	round_enter(server, PHASE_ASKED);
}

/*
 * What was seen outside of a round, or too late in one, is decided on after a
 * reading of all of its endpoint: only that tells one unmark from hundreds,
 * and what is shown but not held from what somebody has just done.
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
		if (endpoint->present && (store_count_held(
		    server->engine->store, endpoint->id,
		    HELD_UNDECIDED) > 0 || store_count_unlisted(
		    server->engine->store, endpoint->id) > 0)) {
			round_start(server, READING_SETS);
			return;
		}
	}
}

/* Listings. */

void
round_list(struct server *server, enum listing listing,
    struct endpoint *endpoint, int64_t since)
{
	struct message_list message;
	struct server_row row;
	uint32_t id;

	store_get_server(server->engine->store, server->id, &row);
	memset(&message, 0, sizeof(message));
	message.listing = listing;
	message.since = since;
	message.page_size = (uint32_t)row.page_size;
	if (endpoint != NULL)
		message.user = endpoint->user_id;
	id = engine_request(server, &server->bulk, MESSAGE_LIST, endpoint);
	server->bulk.listing = listing;
	message_put_list(channel_imsgbuf(server->link), id, &message);
	channel_written(server->link);
}


const char *
round_incomplete(const struct server *server, int64_t unique,
    const struct message_result *result)
{
	static char why[ERROR_SIZE];
	int64_t held = unique + result->dropped;

	if (held >= result->total)
		return NULL;
	snprintf(why, sizeof(why), "its list (%s) holds %lld %s, but it counts "
	    "%u: not believed", phase_name(server), (long long)held,
	    held == 1 ? "item" : "different items", result->total);
	return why;
}

static void
listing_done(struct server *server, const struct message_result *result)
{
	const char *why;

	store_server_page_size(server->engine->store, server->id,
	    result->page_size);
	if (server->phase == PHASE_SETS)
		why = round_set_read(server, result);
	else
		why = round_items_read(server, result);
	if (why == NULL)
		return;
	if (++server->attempts < LISTING_ATTEMPTS)
		round_go_on(server);
	else
		round_failed(server, why);
}

/* The end of a request, and of a round. */

void
round_result(struct server *server, struct lane *lane,
    const struct message_result *result)
{
	struct lane done = *lane;

	lane->id = 0;
	if (done.type == MESSAGE_LIST)
		turn_over(server, &done);
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
	if (done.type == MESSAGE_ACTIVITY &&
	    (result->result == REQUEST_OK ||
	    result->result == REQUEST_NONSENSE)) {
		round_activity_read(server, result);
		sync_changed(server->engine);
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
		/* What is not in a set is there all the same. */
		if (server->phase != PHASE_UNLISTED)
			round_read_done(server, &done);
		round_go_on(server);
		break;
	}
	sync_changed(server->engine);
}

static void
round_end(struct server *server)
{
	enum reading reading = server->again_reading;

	server->phase = PHASE_IDLE;
	server->endpoint = NULL;
	turn_give_up(server);
	event_del(server->slice_timer);
	if (server->again) {
		server->again = false;
		if (server->failed && reading < server->reading)
			reading = server->reading;
		round_start(server, reading);
	}
	control_progress(server->engine->control, server);
	sync_changed(server->engine);
}

/* Where the next round has to begin, if it is one of what is new. */
static void
note_complete(struct server *server)
{
	if (engine_plans(server->engine))
		return;			/* all of it is forgotten again */
	server->news_since = server->news_next;
	if (server->reading == READING_NEWS)
		return;
	server->newcomers = server->trouble[0] != '\0';
	server->checked = server->round_began;
	round_activity_done(server);
}

void
round_done(struct server *server)
{
	struct store *store = server->engine->store;

	note_complete(server);
	if (server->trouble[0] != '\0') {	/* one of its users is not */
		round_failed(server, server->trouble);
		return;
	}
	if (server->failures > 0)
		monitor_server(server, "up", "", "");
	server->failures = 0;
	/* What was wrong with writing since its contact is not over yet. */
	if (server->write_failures == 0)
		store_server_succeeded(store, server->id, engine_now());
	round_end(server);
}

void
round_failed(struct server *server, const char *why)
{
	struct engine *engine = server->engine;
	int64_t seconds;

	server->failed = server->contact_due = server->gap = true;
	if (why != server->error)
		text_copy(server->error, sizeof(server->error), why);
	log_server_warnx(server->name, "%s", server->error);
	monitor_server(server, server->failures == 0 ? "down" : "failing", "",
	    server->error);
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
	if (server->phase == PHASE_IDLE) {
		round_start(server, server->reading);
		server->hurried = false;	/* it has enough to do */
	} else if (server->link == NULL)
		round_failed(server, "its fetcher does not start: see the log");
}

void
round_init(struct server *server)
{
	struct event_base *base = server->engine->base;

	server->newcomers = true;
	if ((server->slice_timer = evtimer_new(base, take_slice,
	    server)) == NULL ||
	    (server->retry_timer = evtimer_new(base, retry, server)) == NULL)
		fatal_memory("evtimer_new");
}
