/*
 * What is read at once, because a server has said that it may have changed.
 *
 * All of it is in memory, and bounded: a notice that is lost with the process,
 * or for want of room, is made up for by a round.
 */
#include <sys/queue.h>
#include <sys/tree.h>

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "engine.h"
#include "log.h"
#include "outcome.h"

#define WAITING_MAX	5000		/* entries of a server, of each kind */
#define READ_EVERY	1000		/* ms between readings of an item, */
#define READ_BURST	3		/* but the first few go at once */
#define OWN_WINDOW	5000		/* ms: a notice may be of our write */
#define OWN_PAUSE	1000		/* ms until that is read, or more */
#define GROUP_PAUSE	2000		/* ms: an alternate version may be shown
					 * as it was until then (recent.h) */
#define POSITION_EVERY	60000		/* ms between moves of a position */
#define CATCH_UP_SOON	2000		/* ms after a gap */
#define CATCH_UP_LATER	10000		/* ms after more than was named */
#define RECENT		60000		/* ms that a person counts as there */
#define SWEEP_EVERY	1000		/* ms, for want of room */

enum entry_state {
	ENTRY_IDLE,		/* kept for its clocks */
	ENTRY_WAITING,
	ENTRY_READING
};

/* A copy; of a group its listed item, which stands for all of it. */
struct entry {
	RB_ENTRY(entry)		 by_copy;
	TAILQ_ENTRY(entry)	 waiting;	/* if it is */
	struct endpoint		*endpoint;
	int64_t			 item;
	enum entry_state	 state;
	bool			 again;		/* a notice after that */
	bool			 own;		/* most likely our own write */
	bool			 held;		/* being played: see there */
	int64_t			 due;		/* ms */
	int64_t			 spent;		/* ms: READ_EVERY for each reading */
	int64_t			 wrote;		/* ms, by us; 0: not lately */
	int64_t			 moved;		/* ms, its position; 0: not lately */
};

RB_HEAD(entries, entry);
TAILQ_HEAD(entry_queue, entry);

struct dirty {
	struct server		*server;
	struct entries		 entries;
	struct entry_queue	 waiting;
	size_t			 n_waiting;	/* or being read */
	size_t			 n_idle;
	int64_t			 swept;		/* ms */
	struct event		*timer;		/* the next that is due */
	struct event		*catch_up;
};

static int	compare(const struct entry *, const struct entry *);
static struct entry *entry_get(struct dirty *, struct endpoint *, int64_t,
		    bool);
static void	entry_free(struct dirty *, struct entry *);
static void	entry_wait(struct dirty *, struct entry *);
static void	entry_rest(struct dirty *, struct entry *);
static void	sweep(struct dirty *);
static int64_t	listed(const struct server *, int64_t);
static struct endpoint *endpoint_of(struct server *,
		    const struct jellyfin_id *);
static bool	is_told(const struct server *);
static void	mark(struct server *, struct endpoint *, int64_t, bool);
static void	wait_until(struct dirty *, int64_t);
static void	timer_fired(evutil_socket_t, short, void *);
static void	catch_up(struct server *, unsigned int);
static void	catch_up_now(evutil_socket_t, short, void *);
static size_t	choose(struct server *, bool, struct entry **,
		    struct jellyfin_id *);
static void	send_read(struct server *, struct entry **,
		    const struct jellyfin_id *, size_t);
static void	is_being_read(struct server *, struct entry *);
static bool	send_group(struct server *, struct entry *);
static void	settled(struct server *, const struct lane *, int64_t,
		    const struct plan_counts *);
static bool	is_moved_only(const struct copy_row *,
		    const struct userdata *);
static bool	hold(struct entry *, const struct copy_row *,
		    const struct userdata *, bool);

#ifndef __unused		/* OpenBSD's, which the macros below use */
#define __unused	__attribute__((__unused__))
#endif
RB_PROTOTYPE_STATIC(entries, entry, by_copy, compare)
RB_GENERATE_STATIC(entries, entry, by_copy, compare)

static int
compare(const struct entry *a, const struct entry *b)
{
	if (a->endpoint->id != b->endpoint->id)
		return a->endpoint->id < b->endpoint->id ? -1 : 1;
	return a->item < b->item ? -1 : a->item > b->item;
}

void
dirty_init(struct server *server)
{
	struct event_base *base = server->engine->base;
	struct dirty *dirty;

	if ((dirty = calloc(1, sizeof(*dirty))) == NULL)
		fatal("calloc");
	dirty->server = server;
	RB_INIT(&dirty->entries);
	TAILQ_INIT(&dirty->waiting);
	dirty->timer = evtimer_new(base, timer_fired, server);
	dirty->catch_up = evtimer_new(base, catch_up_now, server);
	if (dirty->timer == NULL || dirty->catch_up == NULL)
		fatal_memory("evtimer_new");
	server->dirty = dirty;
	server->live = LIVE_OFF;
	server->live_since = engine_now();
}

/* Entries */

/* NULL if it is not there and is not made, or there is no room for it. */
static struct entry *
entry_get(struct dirty *dirty, struct endpoint *endpoint, int64_t item,
    bool make)
{
	struct entry key, *entry;

	key.endpoint = endpoint;
	key.item = item;
	if ((entry = RB_FIND(entries, &dirty->entries, &key)) != NULL || !make)
		return entry;
	if (dirty->n_idle >= WAITING_MAX / 2)
		sweep(dirty);
	if (dirty->n_idle >= WAITING_MAX)
		return NULL;
	if ((entry = calloc(1, sizeof(*entry))) == NULL)
		fatal("calloc");
	entry->endpoint = endpoint;
	entry->item = item;
	if (RB_INSERT(entries, &dirty->entries, entry) != NULL)
		fatalx("dirty: twice");
	dirty->n_idle++;
	return entry;
}

static void
entry_free(struct dirty *dirty, struct entry *entry)
{
	entry_rest(dirty, entry);
	dirty->n_idle--;
	RB_REMOVE(entries, &dirty->entries, entry);
	free(entry);
}

static void
entry_wait(struct dirty *dirty, struct entry *entry)
{
	if (entry->state == ENTRY_IDLE) {
		dirty->n_idle--;
		dirty->n_waiting++;
	}
	if (entry->state != ENTRY_WAITING)
		TAILQ_INSERT_TAIL(&dirty->waiting, entry, waiting);
	entry->state = ENTRY_WAITING;
}

static void
entry_rest(struct dirty *dirty, struct entry *entry)
{
	if (entry->state == ENTRY_WAITING)
		TAILQ_REMOVE(&dirty->waiting, entry, waiting);
	if (entry->state != ENTRY_IDLE) {
		dirty->n_waiting--;
		dirty->n_idle++;
	}
	entry->state = ENTRY_IDLE;
	entry->again = entry->own = entry->held = false;
}

/* Those whose clocks have run out say nothing any more. */
static void
sweep(struct dirty *dirty)
{
	struct entry *entry, *next;
	int64_t now = clock_ms();

	if (now - dirty->swept < SWEEP_EVERY)
		return;
	dirty->swept = now;
	RB_FOREACH_SAFE(entry, entries, &dirty->entries, next) {
		if (entry->state == ENTRY_IDLE && entry->spent <= now &&
		    (entry->wrote == 0 || entry->wrote + OWN_WINDOW <= now) &&
		    (entry->moved == 0 || entry->moved + POSITION_EVERY <= now))
			entry_free(dirty, entry);
	}
}

/* Notices */

/* The listed item of an item's group, which is read as a whole; 0: none. */
static int64_t
listed(const struct server *server, int64_t item)
{
	return server->has_alternates ?
	    store_listed(planning_lasting_store(server->engine), item) : 0;
}

static void
mark(struct server *server, struct endpoint *endpoint, int64_t item,
    bool playing)
{
	struct dirty *dirty = server->dirty;
	struct entry *entry;
	int64_t now = clock_ms(), pause = 0, due, group;

	if ((group = listed(server, item)) != 0) {
		item = group;
		pause = GROUP_PAUSE;
	}
	if (dirty->n_waiting >= WAITING_MAX ||
	    (entry = entry_get(dirty, endpoint, item, true)) == NULL) {
		catch_up(server, CATCH_UP_LATER);
		return;
	}
	if (entry->state == ENTRY_READING) {
		entry->again = true;
		return;
	}
	/* What is held is known to be playing: of its end we hear as well. */
	if (entry->state == ENTRY_WAITING && (!entry->held || playing)) {
		if (group != 0 && entry->due < now + GROUP_PAUSE)
			entry->again = true;	/* that may be too soon */
		return;
	}
	due = entry->spent - (READ_BURST - 1) * READ_EVERY;
	if (due < now)
		due = now;
	/*
	 * Our own write comes back too.  It has to be read all the same, since
	 * a person may have done something in the same moment; but nobody
	 * waits for it, and all those of a second are read at once.
	 */
	entry->own = writer_is_writing(server, endpoint, item) ||
	    (entry->wrote != 0 && now < entry->wrote + OWN_WINDOW);
	if (entry->own && pause < OWN_PAUSE)
		pause = OWN_PAUSE;
	if (due < now + pause)
		due = now + pause;
	if (entry->own)
		due += OWN_PAUSE - due % OWN_PAUSE;
	if (!entry->own)
		server->engine->last_notice = now;
	entry->wrote = 0;
	entry->held = false;
	entry->due = due;
	entry_wait(dirty, entry);
}

/* Not only those present: a contact may be finding that out now. */
static struct endpoint *
endpoint_of(struct server *server, const struct jellyfin_id *user)
{
	struct endpoint *endpoint;

	TAILQ_FOREACH(endpoint, &server->endpoints, entry) {
		if (jellyfin_id_equal(&endpoint->user_id, user))
			break;
	}
	return endpoint;
}

/* Nothing has failed of a write that waits for this: it may be tried now. */
void
dirty_stopped(struct server *server, struct endpoint *endpoint, int64_t item)
{
	struct store *store = server->engine->store;
	struct copy_row row;

	mark(server, endpoint, item, false);
	if (!engine_plans(server->engine) &&
	    store_get_copy(store, endpoint->id, item, &row) &&
	    row.need == NEED_WRITE && row.failures == 0 && !row.parked &&
	    row.not_before != 0) {
		row.not_before = 0;
		store_put_copy(store, &row);
	}
}

void
dirty_notice(struct server *server, const struct message_dirty *message)
{
	struct store *store = planning_lasting_store(server->engine);
	struct endpoint *endpoint;
	int64_t item;
	uint32_t i;

	if (message->incomplete)
		catch_up(server, CATCH_UP_LATER);
	if ((endpoint = endpoint_of(server, &message->user)) == NULL)
		return;			/* a user who is none of ours */
	for (i = 0; i < message->n_items; i++) {
		/* Folders, and what is not known yet, are no items. */
		item = store_item(store, server->id, &message->items[i]);
		if (item != 0)
			mark(server, endpoint, item, false);
	}
	dirty_next(server);
}

/*
 * The same, from outside.  An item that is not known may be a new one, which a
 * round finds; but it may also be of a library that is left alone, and played
 * for hours.
 */
void
dirty_event(struct server *server, const struct message_event *event)
{
	struct store *store = planning_lasting_store(server->engine);
	struct endpoint *endpoint;
	int64_t item;

	if (server->plan_only ||
	    (endpoint = endpoint_of(server, &event->user)) == NULL)
		return;			/* none of ours */
	item = store_item(store, server->id, &event->item);
	if (item != 0 && event->playing)
		mark(server, endpoint, item, true);
	else if (item != 0)
		dirty_stopped(server, endpoint, item);
	else if (!event->playing)
		catch_up(server, CATCH_UP_LATER);
	dirty_next(server);
}

/* Is there anybody who would tell us of our own writes? */
static bool
is_told(const struct server *server)
{
	return server->live == LIVE_UP || server->last_event != 0;
}

void
dirty_wrote(struct server *server, struct endpoint *endpoint, int64_t item)
{
	int64_t group = listed(server, item);
	struct entry *entry;

	if (is_told(server) && (entry = entry_get(server->dirty,
	    endpoint, group != 0 ? group : item, true)) != NULL &&
	    entry->state == ENTRY_IDLE)
		entry->wrote = clock_ms();
}

bool
dirty_is_recent(const struct engine *engine)
{
	return engine->last_notice != 0 &&
	    clock_ms() - engine->last_notice < RECENT;
}

/* Clocks */

static void
wait_until(struct dirty *dirty, int64_t due)
{
	clock_start(dirty->timer, due - clock_ms());
}

static void
timer_fired(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	dirty_next(arg);
}

/* A round, somewhat later: for all servers that come back at once. */
static void
catch_up(struct server *server, unsigned int ms)
{
	server->gap = true;
	if (evtimer_pending(server->dirty->catch_up, NULL) ||
	    server->engine->options.once)
		return;
	clock_start(server->dirty->catch_up, ms + arc4random_uniform(ms / 2));
}

static void
catch_up_now(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	dirty_catch_up(arg);
}

void
dirty_catch_up(struct server *server)
{
	if (engine_plans(server->engine))
		catch_up(server, CATCH_UP_LATER);
	else if (server->phase == PHASE_IDLE)
		sync_begin(server->engine, server, READING_DELTA);
	else
		round_start(server, READING_DELTA);	/* one more after this one */
}

/* Reading */

/*
 * Of one endpoint, in the order in which they were named, into its lane.  A
 * group is read by itself, and not while any of them is written.
 */
static size_t
choose(struct server *server, bool own, struct entry **chosen,
    struct jellyfin_id *ids)
{
	struct dirty *dirty = server->dirty;
	struct entry *entry, *next;
	int64_t now = clock_ms();
	bool group;
	size_t n = 0;

	TAILQ_FOREACH_SAFE(entry, &dirty->waiting, waiting, next) {
		if (n == READ_IDS_MAX)
			break;
		if (entry->own != own || entry->due > now ||
		    (n > 0 && entry->endpoint != chosen[0]->endpoint))
			continue;
		group = listed(server, entry->item) != 0;
		if (group && (n > 0 || reading_of_groups(&server->write)))
			continue;
		/* It, or its user, may have gone meanwhile. */
		if (!entry->endpoint->present || !store_item_id(
		    server->engine->store, entry->item, &ids[n]))
			entry_rest(dirty, entry);
		else
			chosen[n++] = entry;
		if (group && n > 0)
			break;
	}
	return n;
}

static void
is_being_read(struct server *server, struct entry *entry)
{
	int64_t now = clock_ms();

	TAILQ_REMOVE(&server->dirty->waiting, entry, waiting);
	entry->state = ENTRY_READING;
	if (entry->spent < now)
		entry->spent = now;
	entry->spent += READ_EVERY;
}

/* False if nothing of it can be asked for. */
static bool
send_group(struct server *server, struct entry *entry)
{
	(void)round_read_items(server, entry->endpoint, LISTING_COUNT,
	    &entry->item, 1);
	if (server->small.id == 0) {
		entry_rest(server->dirty, entry);
		return false;
	}
	server->small.owner = OWNER_DIRTY;
	is_being_read(server, entry);
	return true;
}

static void
send_read(struct server *server, struct entry **chosen,
    const struct jellyfin_id *ids, size_t n)
{
	struct lane *lane = &server->small;
	struct message_read message;
	struct copy_row row;
	int64_t now = clock_ms();
	uint32_t id;
	size_t i;

	id = engine_request(server, lane, MESSAGE_READ, chosen[0]->endpoint);
	lane->owner = OWNER_DIRTY;
	lane->n_items = n;
	message.user = lane->endpoint->user_id;
	message.sessions = false;
	message.set = LISTING_COUNT;
	message.n_items = (uint32_t)n;
	for (i = 0; i < n; i++) {
		is_being_read(server, chosen[i]);
		if (chosen[i]->moved != 0 &&
		    now < chosen[i]->moved + POSITION_EVERY)
			message.sessions = true;
		lane->items[i] = chosen[i]->item;
		lane->ids[i] = ids[i];
		message.items[i].id = ids[i];
		message.items[i].alternate = false;
		message.items[i].parked = store_get_copy(
		    server->engine->store, chosen[i]->endpoint->id,
		    chosen[i]->item, &row) && row.parked;
	}
	message_put_read(channel_imsgbuf(server->link), id, &message);
	channel_written(server->link);
}

void
dirty_next(struct server *server)
{
	struct dirty *dirty = server->dirty;
	struct entry *chosen[READ_IDS_MAX], *entry;
	struct jellyfin_id ids[READ_IDS_MAX];
	int64_t due = 0;
	size_t n;

	if (TAILQ_EMPTY(&dirty->waiting) || server->link == NULL ||
	    !server->contacted || server->small.id != 0 ||
	    server->phase == PHASE_CONTACT || server->plan_only ||
	    engine_plans(server->engine) || server->engine->plan_wanted ||
	    engine_is_paused(server->engine))
		return;
	if ((n = choose(server, false, chosen, ids)) == 0)
		n = choose(server, true, chosen, ids);
	if (n == 1 && listed(server, chosen[0]->item) != 0) {
		if (!send_group(server, chosen[0]))
			wait_until(dirty, clock_ms());
		return;
	}
	if (n > 0) {
		send_read(server, chosen, ids, n);
		return;
	}
	TAILQ_FOREACH(entry, &dirty->waiting, waiting) {
		if (due == 0 || entry->due < due)
			due = entry->due;
	}
	if (due != 0)
		wait_until(dirty, due);
}

void
dirty_playing(struct lane *lane, const struct message_playing *message)
{
	size_t i;

	for (i = 0; i < lane->n_items; i++) {
		if (jellyfin_id_equal(&lane->ids[i], &message->item))
			lane->playing[i] = true;
	}
}

static bool
is_moved_only(const struct copy_row *row, const struct userdata *current)
{
	struct userdata moved = row->copy.base;

	moved.position = current->position;
	return row->copy.has_base && !row->copy.has_asked &&
	    moved.position != row->copy.base.position &&
	    userdata_equal(&moved, current);
}

/*
 * The position of what is being played moves all the time.  That goes to the
 * other servers once a minute: until then it is not even heard.  A stop, a
 * mark, or whatever else is more than that, is heard at once.
 */
static bool
hold(struct entry *entry, const struct copy_row *row,
    const struct userdata *current, bool playing)
{
	int64_t now = clock_ms();

	if (!is_moved_only(row, current))
		return false;
	if (playing && entry->moved != 0 &&
	    now < entry->moved + POSITION_EVERY) {
		entry->held = true;
		entry->due = entry->moved + POSITION_EVERY;
		return true;
	}
	entry->moved = now;
	return false;
}

/*
 * What was heard is owed elsewhere, at once.  What takes something back waits
 * for a decision (guard.h), for which the endpoint has to be read: by a round
 * that begins now, or one more, as the one that goes on may be past that.
 */
static void
settled(struct server *server, const struct lane *lane, int64_t item,
    const struct plan_counts *before)
{
	if (server->counts.heard != before->heard)
		urgent_for(server->engine, lane->endpoint, item);
	if (server->counts.kept != before->kept &&
	    server->phase != PHASE_IDLE)
		round_start(server, READING_SETS);
}

void
dirty_userdata(struct server *server, struct lane *lane,
    const struct message_userdata *message)
{
	struct engine *engine = server->engine;
	struct plan_counts before = server->counts;
	struct entry *entry;
	struct copy_row row;
	size_t i;

	lane->received++;
	for (i = 0; i < lane->n_items; i++) {
		if (!lane->answered[i] &&
		    jellyfin_id_equal(&lane->ids[i], &message->item))
			break;
	}
	if (i == lane->n_items)
		return;
	if (lane->groups[i] != 0) {
		lane->answered[i] = lane->seen[i] = true;
		lane->shown[i] = message->userdata;
		return;
	}
	if ((entry = entry_get(server->dirty, lane->endpoint, lane->items[i],
	    false)) == NULL)
		return;
	lane->answered[i] = true;
	if (writer_is_writing(server, lane->endpoint, lane->items[i])) {
		entry->again = true;	/* only the write's answer counts now */
		return;
	}
	if (store_get_copy(engine->store, lane->endpoint->id, lane->items[i],
	    &row) && hold(entry, &row, &message->userdata, lane->playing[i]))
		return;
	outcome_read(engine->store, &engine->merge, lane->endpoint->id,
	    lane->items[i], &message->userdata, lane->began, engine_now(),
	    &server->counts);
	settled(server, lane, lane->items[i], &before);
}

void
dirty_result(struct server *server, const struct message_result *result)
{
	struct lane done = server->small;
	struct plan_counts before = server->counts;
	struct dirty *dirty = server->dirty;
	struct server *other;
	struct entry *entry;
	bool held, again;
	size_t i;

	server->small.id = 0;
	if (result->result == REQUEST_OK) {
		round_read_done(server, &done);
		settled(server, &done, done.items[0], &before);
	} else if (result->result != REQUEST_MISSING) {
		catch_up(server, CATCH_UP_SOON);
	}
	for (i = 0; i < done.n_items; i++) {
		if ((entry = entry_get(dirty, done.endpoint, done.items[i],
		    false)) == NULL)
			continue;
		held = entry->held;
		again = entry->again;
		entry_rest(dirty, entry);
		if (again) {
			mark(server, done.endpoint, done.items[i], false);
		} else if (held) {
			entry->held = true;
			entry_wait(dirty, entry);
		}
	}
	sync_changed(server->engine);
	TAILQ_FOREACH(other, &server->engine->servers, entry) {
		if (urgent_is_there(other))
			writer_next(other);
	}
}

/* The live connection */

void
dirty_watch(struct server *server)
{
	struct message_watch message;
	struct endpoint *endpoint;

	if (server->plan_only)
		return;			/* it is not there but for plans */
	message.n_users = 0;
	TAILQ_FOREACH(endpoint, &server->endpoints, entry) {
		if (endpoint->present && message.n_users < WATCHED_MAX)
			message.users[message.n_users++] = endpoint->user_id;
	}
	message_put_watch(channel_imsgbuf(server->link), 0, &message);
	channel_written(server->link);
}

void
dirty_live(struct server *server, const struct message_live *message)
{
	bool was_up = server->live == LIVE_UP;

	server->gap = true;
	if (server->live != message->state)
		server->live_since = engine_now();
	server->live = message->state;
	strlcpy(server->live_why, message->why, sizeof(server->live_why));
	switch (message->state) {
	case LIVE_UP:
		log_server_info(server->name, "live: changes there are known "
		    "at once");
		monitor_server(server, "live", "", "");
		/* Of what was before, the sets that are still to be read tell. */
		if (server->phase == PHASE_IDLE || server->phase > PHASE_FORM)
			catch_up(server, CATCH_UP_SOON);
		break;
	case LIVE_DOWN:
		if (was_up) {
			log_server_warnx(server->name, "not live any more: %s",
			    message->why);
			monitor_server(server, "not live", "", message->why);
		} else
			log_server_info(server->name, "not live: %s",
			    message->why);
		break;
	case LIVE_OFF:
	case LIVE_UNSUPPORTED:
	case LIVE_STATE_COUNT:
		break;
	}
}

/* What was said before is made up for by the round that follows. */
void
dirty_link_lost(struct server *server)
{
	struct dirty *dirty = server->dirty;
	struct entry *entry, *next;

	RB_FOREACH_SAFE(entry, entries, &dirty->entries, next)
		entry_free(dirty, entry);
	urgent_clear(server);
	if (event_del(dirty->timer) == -1)
		fatal("event_del");
	if (is_told(server) || server->live == LIVE_DOWN)
		catch_up(server, CATCH_UP_SOON);
	if (server->live != LIVE_OFF)
		server->live_since = engine_now();
	server->live = LIVE_OFF;
	server->live_why[0] = '\0';
}
