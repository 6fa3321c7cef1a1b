/*
 * What the users of a server have touched: of each the sets, what an activity
 * was seen of, and by id what is in no set any more.
 */
#include <stdio.h>
#include <string.h>

#include "group.h"
#include "hear.h"
#include "log.h"
#include "outcome.h"
#include "round.h"
#include "unlisted.h"

static bool	turn_to(struct server *, struct endpoint *);
static bool	next_endpoint(struct server *);
static void	read_next(struct server *, enum listing, const int64_t *,
		    size_t);
static enum listing first_set(const struct server *);
static enum listing next_set(const struct server *);
static void	enter_unlisted(struct server *);
static bool	differs(const struct server *);
static void	note_played(struct server *);
static void	decide(struct server *);
static bool	may_have_new(const struct server *);
static void	endpoint_done(struct server *);
static void	look(struct server *, const struct lane *, int64_t,
		    const struct userdata *);

/* The first of these, or one after it, whose user is there. */
static bool
turn_to(struct server *server, struct endpoint *endpoint)
{
	while (endpoint != NULL && !endpoint->present)
		endpoint = TAILQ_NEXT(endpoint, entry);
	server->endpoint = endpoint;
	server->cursor = 0;
	server->played_read = false;
	if (endpoint == NULL)
		return false;
	server->listing = first_set(server);
	return true;
}

void
round_first_endpoint(struct server *server)
{
	(void)turn_to(server, TAILQ_FIRST(&server->endpoints));
}

/* False if that was the last one. */
static bool
next_endpoint(struct server *server)
{
	return turn_to(server, TAILQ_NEXT(server->endpoint, entry));
}

/* As many of these as can be read at once; of what is in a set, or all. */
static void
read_next(struct server *server, enum listing set, const int64_t *items,
    size_t n)
{
	n = round_read_items(server, server->endpoint, set, items, n);
	server->cursor = items[n - 1];
	if (server->small.id == 0)	/* nothing of it can be read */
		round_go_on(server);
}

void
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
		read_next(server, LISTING_COUNT, items, n);
		return;
	}
	round_enter(server, server->reading == READING_FULL ? PHASE_IDENTITY :
	    PHASE_NEWS);
}

/*
 * What was played is the long one of the sets.  Between two full readings it
 * is read only if the server counts other than what we know, as every mark and
 * unmark makes it do, unless one makes up for the other.
 */
static enum listing
first_set(const struct server *server)
{
	return server->reading == READING_DELTA && server->endpoint->sets_read ?
	    LISTING_COUNT_PLAYED : LISTING_PLAYED;
}

/* LISTING_COUNT: there is no other. */
static enum listing
next_set(const struct server *server)
{
	switch (server->listing) {
	case LISTING_COUNT_PLAYED:
		return differs(server) ?
		    LISTING_PLAYED : LISTING_RESUMABLE;
	case LISTING_PLAYED:
		return LISTING_RESUMABLE;
	case LISTING_RESUMABLE:
		return LISTING_FAVORITE;
	case LISTING_FAVORITE:
		/* A full round reads all alternate versions, by id. */
		return server->reading != READING_FULL &&
		    server->has_alternates ? LISTING_RESUME : LISTING_COUNT;
	default:
		return LISTING_COUNT;
	}
}

void
next_sets(struct server *server)
{
	if (server->endpoint == NULL) {		/* none of its users is here */
		round_done(server);
		return;
	}
	if (!turn_has_come(server))
		return;
	if (server->listing == first_set(server) && server->attempts == 0) {
		store_set_begin(server->engine->store, server->endpoint->id);
		server->sets_began = store_point(server->engine->store);
	}
	round_list(server, server->listing, server->endpoint, 0);
}

/*
 * Not if both numbers are what they were after the last look, which then has
 * explained the difference as well as it could.
 */
static bool
differs(const struct server *server)
{
	const struct endpoint *endpoint = server->endpoint;
	int64_t total = server->played_total;
	int64_t ours = store_count_played(server->engine->store, endpoint->id);

	return total != ours + endpoint->played_others &&
	    (total != endpoint->played_total || ours != endpoint->played_ours);
}

const char *
round_set_read(struct server *server, const struct message_result *result)
{
	struct store *store = server->engine->store;
	struct endpoint *endpoint = server->endpoint;
	enum listing listing = server->listing;
	int64_t ours = store_set_count(store, endpoint->id, listing);
	int64_t unknown = server->bulk.unknown;
	const char *why;

	if (listing != LISTING_COUNT_PLAYED && listing != LISTING_RESUME) {
		if ((why = round_incomplete(server, ours + unknown,
		    result)) != NULL)
			return why;
		/* New items, but not what no reading of items shows. */
		if (server->reading != READING_FULL &&
		    unknown > endpoint->unknown[listing])
			server->identity_due = true;
		else if (server->reading == READING_FULL)
			endpoint->unknown[listing] = unknown;
	}
	if (listing == LISTING_COUNT_PLAYED || listing == LISTING_PLAYED)
		server->played_total = result->total;
	if (listing == LISTING_PLAYED) {
		server->played_read = true;
		endpoint->played_others = result->total - ours;
	}
	if ((listing = next_set(server)) == LISTING_COUNT) {
		round_enter(server, PHASE_ACTED);
	} else {
		server->listing = listing;
		round_enter(server, PHASE_SETS);
	}
	return NULL;
}

/* What somebody has started or stopped, whatever sets it is in now. */
void
next_acted(struct server *server)
{
	int64_t items[READ_IDS_MAX];
	size_t n;

	if (reading_must_wait(server))
		return;
	n = store_acted(server->engine->store, server->endpoint->id,
	    server->cursor, items, READ_IDS_MAX);
	if (n > 0)
		read_next(server, LISTING_COUNT, items, n);
	else
		enter_unlisted(server);
}

static void
enter_unlisted(struct server *server)
{
	server->listing = LISTING_PLAYED;
	round_enter(server, PHASE_UNLISTED);
}

/*
 * What is shown but was in no set, once more, by itself: a list may be cut
 * short more than once, and nothing is to be written over for that.
 */
void
next_unlisted(struct server *server)
{
	int64_t items[READ_IDS_MAX];
	size_t n;

	if (reading_must_wait(server))
		return;
	while (server->played_read && server->listing <= LISTING_FAVORITE) {
		n = store_unlisted(server->engine->store, server->endpoint->id,
		    server->listing, server->sets_began, server->cursor, items,
		    READ_IDS_MAX);
		if (n > 0) {
			read_next(server, server->listing, items, n);
			return;
		}
		server->listing++;
		server->cursor = 0;
	}
	round_enter(server, PHASE_LOST);
}

void
next_lost(struct server *server)
{
	int64_t items[READ_IDS_MAX];
	size_t n;

	if (reading_must_wait(server))
		return;
	n = store_lost(server->engine->store, server->endpoint->id,
	    server->reading == READING_FULL, server->played_read,
	    server->cursor, items, READ_IDS_MAX);
	if (n > 0)
		read_next(server, LISTING_COUNT, items, n);
	else
		round_enter(server, PHASE_NEW);
}

/* Between two full readings nothing can be new to it but what has appeared. */
static bool
may_have_new(const struct server *server)
{
	return server->newcomers || server->reading == READING_FULL;
}

/*
 * What is new, of works that its person has touched: no set shows a bare count
 * or date that it may come with, and our own must not be heard as a person's.
 */
void
next_new(struct server *server)
{
	int64_t items[READ_IDS_MAX];
	size_t n = 0;

	if (reading_must_wait(server))
		return;
	if (may_have_new(server)) {
		n = store_uncopied(server->engine->store, server->endpoint->id,
		    true, &server->slice, server->cursor, items, READ_IDS_MAX);
		if (n == 0 && server->slice != LAST_SLICE) {
			server->cursor = 0;
			round_slice_done(server);
			return;
		}
	}
	if (n > 0)
		read_next(server, LISTING_COUNT, items, n);
	else if (server->has_alternates)
		round_enter(server, PHASE_GROUPS);
	else
		endpoint_done(server);
}

/* All of them, as no listing shows them; or those that may have changed. */
void
next_groups(struct server *server)
{
	struct store *store = server->engine->store;
	int64_t items[READ_IDS_MAX];
	size_t n;

	if (reading_must_wait(server))
		return;
	if (server->reading == READING_FULL)
		n = store_groups(store, server->id, server->cursor, items,
		    READ_IDS_MAX);
	else
		n = store_touched_groups(store, server->endpoint->id,
		    server->cursor, items, READ_IDS_MAX);
	if (n > 0)
		read_next(server, LISTING_COUNT, items, n);
	else
		endpoint_done(server);
}

static void
decide(struct server *server)
{
	struct engine *engine = server->engine;
	char text[64];
	int64_t held;

	held = guard_decide(engine->store, &engine->merge, &engine->guard,
	    server->endpoint->id, engine_now(), &server->counts);
	if (held == 0)
		return;
	snprintf(text, sizeof(text), "%lld %s something back",
	    (long long)held, held == 1 ? "change that takes" :
	    "changes that take");
	if (!engine_plans(engine))
		monitor_server(server, "held", server->endpoint->person, text);
	log_server_warnx(server->name, "user %s: %lld %s would take something "
	    "back; %s held until %s approved or discarded (jellyporterctl "
	    "show held)", server->endpoint->user, (long long)held,
	    held == 1 ? "change" : "changes", held == 1 ? "it is" :
	    "they are", held == 1 ? "it is" : "they are");
}

static void
note_played(struct server *server)
{
	struct endpoint *endpoint = server->endpoint;

	if (!server->played_read || engine_plans(server->engine))
		return;
	endpoint->sets_read = true;
	endpoint->played_total = server->played_total;
	endpoint->played_ours = store_count_played(server->engine->store,
	    endpoint->id);
}

static void
endpoint_done(struct server *server)
{
	struct engine *engine = server->engine;

	decide(server);
	note_played(server);
	if (server->played_read)
		store_confirm_unlisted(engine->store, server->endpoint->id,
		    server->sets_began);
	store_endpoint_read(engine->store, server->endpoint->id,
	    server->round);
	server->endpoint->met = true;
	store_set_end(engine->store, server->endpoint->id);
	sync_changed(engine);
	round_enter(server, PHASE_PLAN);
}

/* Until now nothing was known of what those that are new to it show. */
void
next_plan(struct server *server)
{
	struct engine *engine = server->engine;

	if (may_have_new(server))
		plan_endpoint(engine->store, &engine->merge,
		    server->endpoint->id, &server->slice);
	if (may_have_new(server) && server->slice != LAST_SLICE)
		round_slice_done(server);
	else if (next_endpoint(server))
		round_enter(server, PHASE_SETS);
	else
		round_done(server);
}

/* By its id; of what somebody has started or stopped we know who did it, and
 * what is in a set after all is held. */
static void
look(struct server *server, const struct lane *lane, int64_t item,
    const struct userdata *shown)
{
	struct engine *engine = server->engine;
	bool of_round = lane->owner == OWNER_ROUND;

	if ((of_round && (server->phase == PHASE_ACTED ||
	    server->phase == PHASE_UNLISTED)) ||
	    !unlisted_look(engine->store, &engine->merge, lane->endpoint->id,
	    item, shown, of_round && server->played_read, lane->began,
	    engine_now(), &server->counts))
		outcome_read(engine->store, &engine->merge, lane->endpoint->id,
		    item, shown, lane->began, engine_now(), &server->counts);
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
			look(server, lane, lane->items[i], &message->userdata);
	}
	sync_changed(engine);
	if (lane->received % 1000 == 0)
		control_progress(engine->control, server);
}
