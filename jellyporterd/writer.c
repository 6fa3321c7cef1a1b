/*
 * What is written to one server: batch after batch, one at a time, whenever
 * something is owed to one of its endpoints and it is there to be written to.
 */
#include <string.h>

#include "batch.h"
#include "clock.h"
#include "engine.h"
#include "group.h"
#include "log.h"
#include "outcome.h"

#define WRITE_RETRY_FIRST	15	/* seconds */
#define WRITE_RETRY_MAX		900	/* seconds */
/*
 * A person's change waits for the write under way, and what else of its batch
 * has been looked at is looked at again: that is a short one while somebody is
 * there, and never a very long one.
 */
#define BATCH_HURRIED		100000	/* us, about */
#define BATCH_AT_EASE		1000000	/* us, about */
/*
 * Servers up to 12.0 tell of changes once there was none for half a second:
 * while we write without a pause, nobody is told of anything.
 */
#define SPEECHLESS_MAX		5000	/* ms */
#define SPEECH_PAUSE		700	/* ms */

static bool	must_meet(const struct server *, const char *);
static bool	may_be_written(const struct endpoint *,
		    const struct engine *);
static bool	read_asked(struct server *, struct endpoint *);
static bool	write_batch(struct server *, struct endpoint *);
static bool	write_urgent(struct server *);
static void	hurry(struct server *);
static bool	send_writes(struct server *, struct endpoint *,
		    int64_t *, size_t, size_t);
static size_t	drop_groups(struct store *, int64_t *, size_t);
static size_t	batch_size(const struct server *);
static bool	must_pause(struct server *);
static void	pause_over(evutil_socket_t, short, void *);
static void	measure(struct server *, const struct lane *);
static struct endpoint *next_in_turn(struct server *, struct endpoint *);

/* Nothing under way, and nothing that could be written now. */
bool
writer_is_idle(const struct server *server)
{
	struct endpoint *endpoint;
	int64_t now = engine_now();

	if ((server->small.id != 0 && server->small.owner != OWNER_DIRTY &&
	    server->small.owner != OWNER_SESSIONS) || server->write.id != 0)
		return false;
	if (!server->contacted || server->link == NULL ||
	    server->plan_only || engine_plans(server->engine) ||
	    server->write_not_before > now)
		return true;
	TAILQ_FOREACH(endpoint, &server->endpoints, entry) {
		if (endpoint->present && store_count_needed(
		    server->engine->store, endpoint->id, now) > 0)
			return false;
	}
	return true;
}

bool
writer_is_writing(const struct server *server, const struct endpoint *endpoint,
    int64_t item)
{
	const struct lane *lane = &server->write;
	size_t i;

	if (lane->id == 0 || lane->endpoint != endpoint)
		return false;
	for (i = 0; i < lane->n_items; i++) {
		if (lane->items[i] == item)
			return !lane->answered[i];
	}
	return false;
}

/*
 * A person's first contact with a server adds to what is owed to all others.
 * While it is being made it is waited for, so that each copy is written once,
 * and is what a plan has shown; but not for a server that is in trouble.
 */
static bool
must_meet(const struct server *server, const char *person)
{
	const struct endpoint *endpoint;

	if (server->phase == PHASE_IDLE || server->failures > 0)
		return false;
	TAILQ_FOREACH(endpoint, &server->endpoints, entry) {
		if (!endpoint->met && strcmp(endpoint->person, person) == 0 &&
		    (endpoint->present || server->phase == PHASE_CONTACT))
			return true;
	}
	return false;
}

static bool
may_be_written(const struct endpoint *endpoint, const struct engine *engine)
{
	const struct server *server;

	if (!endpoint->present)
		return false;
	TAILQ_FOREACH(server, &engine->servers, entry) {
		if (must_meet(server, endpoint->person))
			return false;
	}
	return true;
}

/*
 * Nobody knows whether these writes arrived, or what these hold: look before
 * writing.
 */
static bool
read_asked(struct server *server, struct endpoint *endpoint)
{
	int64_t items[READ_IDS_MAX];
	size_t n;

	if (reading_must_wait(server))
		return false;
	n = store_asked_needed(server->engine->store, endpoint->id,
	    engine_now(), items, READ_IDS_MAX);
	if (n == 0 && server->has_alternates)
		n = group_unready(server->engine->store, endpoint->id,
		    engine_now(), items, READ_IDS_MAX);
	if (n == 0)
		return false;
	(void)round_read_items(server, endpoint, LISTING_COUNT, items, n);
	server->small.owner = OWNER_WRITER;
	return server->small.id != 0;
}

/* How many writes to ask for at once, by how long they take there. */
static size_t
batch_size(const struct server *server)
{
	int64_t n, target = BATCH_AT_EASE;

	if (dirty_is_recent(server->engine))
		target = BATCH_HURRIED;
	if (server->write_us == 0)
		return WRITES_MAX;
	n = target / server->write_us;
	return n < 1 ? 1 : n > WRITES_MAX ? WRITES_MAX : (size_t)n;
}

/* Leaves out what is in a group; how many are left. */
static size_t
drop_groups(struct store *store, int64_t *items, size_t n)
{
	size_t i, left = 0;

	for (i = 0; i < n; i++) {
		if (store_listed(store, items[i]) == 0)
			items[left++] = items[i];
	}
	return left;
}

static bool
send_writes(struct server *server, struct endpoint *endpoint,
    int64_t *needed, size_t n_needed, size_t max)
{
	static struct message_write message;
	struct engine *engine = server->engine;
	struct lane *lane = &server->write;
	int64_t items[WRITES_MAX];
	uint32_t id;
	size_t i, n;

	if (reading_of_groups(&server->small))
		n_needed = drop_groups(engine->store, needed, n_needed);
	n = batch_writes(engine->store, &engine->merge, endpoint->id, needed,
	    n_needed, max, engine_now(), &message, items);
	if (n == 0)
		return false;
	store_commit(engine->store);	/* asked, before it is sent */
	id = engine_request(server, lane, MESSAGE_WRITE, endpoint);
	lane->owner = OWNER_WRITER;
	lane->n_items = n;
	for (i = 0; i < n; i++) {
		lane->items[i] = items[i];
		lane->ids[i] = message.writes[i].item;
		lane->groups[i] = server->has_alternates ?
		    store_listed(engine->store, items[i]) : 0;
	}
	message.user = endpoint->user_id;
	message_put_write(channel_imsgbuf(server->link), id, &message);
	channel_written(server->link);
	return true;
}

static bool
write_batch(struct server *server, struct endpoint *endpoint)
{
	int64_t needed[WRITES_MAX];
	size_t n;

	n = store_needed(server->engine->store, endpoint->id, engine_now(),
	    needed, WRITES_MAX);
	return send_writes(server, endpoint, needed, n, batch_size(server));
}

/* What became owed just now, because somebody does something somewhere. */
static bool
write_urgent(struct server *server)
{
	struct endpoint *endpoint;
	int64_t items[WRITES_MAX];
	size_t n;

	while (urgent_is_there(server)) {
		n = urgent_take(server, &endpoint, items,
		    batch_size(server));
		if (n > 0 && send_writes(server, endpoint, items, n, n)) {
			server->write.urgent = true;
			return true;
		}
	}
	return false;
}

/* A person waits: the batch under way is to end with the write under way. */
static void
hurry(struct server *server)
{
	if (!urgent_is_there(server) || server->write.urgent)
		return;
	server->write.urgent = true;
	message_put_empty(channel_imsgbuf(server->link), MESSAGE_HURRY,
	    server->write.id);
	channel_written(server->link);
}

/* Lets a live server speak, if we have not let it for too long. */
static bool
must_pause(struct server *server)
{
	int64_t now = clock_ms();

	if (server->live != LIVE_UP)
		return false;
	if (now < server->write_pause)
		return true;
	if (server->write_pause != 0 || now - server->wrote > SPEECH_PAUSE) {
		server->write_pause = 0;
		server->writing_since = now;
	}
	if (now - server->writing_since < SPEECHLESS_MAX)
		return false;
	server->write_pause = now + SPEECH_PAUSE;
	clock_start(server->pause_timer, SPEECH_PAUSE);
	return true;
}

static void
pause_over(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	writer_next(arg);
}

void
writer_init(struct server *server)
{
	if ((server->pause_timer = evtimer_new(server->engine->base,
	    pause_over, server)) == NULL)
		fatal_memory("evtimer_new");
}

static struct endpoint *
next_in_turn(struct server *server, struct endpoint *endpoint)
{
	if (endpoint != NULL)
		endpoint = TAILQ_NEXT(endpoint, entry);
	return endpoint != NULL ? endpoint : TAILQ_FIRST(&server->endpoints);
}

/* Its endpoints take turns, so that none waits for all of another's. */
void
writer_next(struct server *server)
{
	struct endpoint *endpoint = server->write_turn;

	if (server->link != NULL && server->write.id != 0)
		hurry(server);
	if (server->link == NULL || !server->contacted ||
	    server->plan_only || engine_plans(server->engine) ||
	    server->engine->plan_wanted || server->write.id != 0 ||
	    server->phase == PHASE_CONTACT ||
	    engine_is_paused(server->engine) ||
	    server->write_not_before > engine_now() || write_urgent(server) ||
	    must_pause(server))
		return;
	do {
		endpoint = next_in_turn(server, endpoint);
		if (endpoint == NULL)
			return;
		if (may_be_written(endpoint, server->engine) &&
		    (read_asked(server, endpoint) ||
		    write_batch(server, endpoint))) {
			server->write_turn = endpoint;
			return;
		}
	} while (endpoint != server->write_turn &&
	    !(server->write_turn == NULL &&
	    TAILQ_NEXT(endpoint, entry) == NULL));
}

void
writer_written(struct server *server, const struct message_written *message)
{
	struct engine *engine = server->engine;
	struct lane *lane = &server->write;
	struct message_written answer;
	size_t i;

	for (i = 0; i < lane->n_items; i++) {
		if (!lane->answered[i] &&
		    jellyfin_id_equal(&lane->ids[i], &message->item))
			break;
	}
	if (i == lane->n_items)
		fatalx("%s: an answer to a write that was not asked for",
		    server->name);
	lane->answered[i] = true;
	lane->received += message->result != WRITE_NOT_SENT;
	server->metrics.writes[message->result]++;
	/* Read just now: no need to look for it in the sets being read. */
	store_set_seen(engine->store, lane->endpoint->id, LISTING_COUNT,
	    lane->items[i]);
	dirty_wrote(server, lane->endpoint, lane->items[i]);
	answer = *message;
	if (answer.result == WRITE_CHANGED && lane->groups[i] != 0) {
		/* Nothing of it was sent; it is heard with all of its group. */
		lane->seen[i] = true;
		lane->shown[i] = answer.userdata;
		answer.result = WRITE_NOT_SENT;
	}
	outcome_written(engine->store, &engine->merge, lane->endpoint->id,
	    lane->items[i], &answer, lane->began, engine_now(),
	    &server->counts);
	sync_changed(engine);
}

/* How long a write takes there, two looks at the items included. */
static void
measure(struct server *server, const struct lane *lane)
{
	int64_t now = clock_ms(), each;

	if (lane->received == 0)
		return;
	each = (now - lane->began_ms) * 1000 / lane->received;
	server->write_us = server->write_us == 0 ? each :
	    (3 * server->write_us + each) / 4;
	server->wrote = now;
}

void
writer_result(struct server *server, struct lane *lane,
    const struct message_result *result)
{
	struct lane done = *lane;
	int64_t wait = WRITE_RETRY_FIRST, i;

	lane->id = 0;
	if (done.type == MESSAGE_WRITE)
		measure(server, &done);
	if (done.type == MESSAGE_READ && result->result == REQUEST_OK)
		round_read_done(server, &done);
	if (done.type == MESSAGE_WRITE)
		round_settle_groups(server, &done);
	if (result->result == REQUEST_OK) {
		if (server->write_failures > 0 && server->failures == 0 &&
		    server->phase == PHASE_IDLE)
			store_server_succeeded(server->engine->store,
			    server->id, engine_now());
		server->write_failures = 0;
	} else {
		for (i = 0; i < server->write_failures &&
		    wait < WRITE_RETRY_MAX; i++)
			wait *= 2;
		server->write_failures++;
		server->write_not_before = engine_now() + wait;
		store_server_failed(server->engine->store, server->id,
		    engine_now(), result->error);
		strlcpy(server->error, result->error, sizeof(server->error));
		server->failed = true;
		log_server_warnx(server->name, "writing: %s", result->error);
		monitor_server(server, "failing", "", result->error);
	}
	control_progress(server->engine->control, server);
	sync_changed(server->engine);
	if (urgent_is_there(server))
		writer_next(server);
}
