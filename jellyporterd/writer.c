/*
 * What is written to one server: batch after batch, one at a time, whenever
 * something is owed to one of its endpoints and it is there to be written to.
 */
#include <string.h>

#include "engine.h"
#include "group.h"
#include "log.h"

#define WRITE_RETRY_FIRST	15	/* seconds */
#define WRITE_RETRY_MAX		900	/* seconds */

static bool	read_asked(struct server *, struct endpoint *);
static bool	write_batch(struct server *, struct endpoint *);
static struct endpoint *next_in_turn(struct server *, struct endpoint *);

/* Nothing under way, and nothing that could be written now. */
bool
writer_is_idle(const struct server *server)
{
	struct endpoint *endpoint;
	int64_t now = engine_now();

	if (server->small.id != 0)
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
	const struct lane *lane = &server->small;
	size_t i;

	if (lane->id == 0 || lane->type != MESSAGE_WRITE ||
	    lane->endpoint != endpoint)
		return false;
	for (i = 0; i < lane->n_items; i++) {
		if (lane->items[i] == item)
			return !lane->answered[i];
	}
	return false;
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

	n = store_asked_needed(server->engine->store, endpoint->id,
	    engine_now(), items, READ_IDS_MAX);
	if (n == 0 && server->has_alternates)
		n = group_unready(server->engine->store, endpoint->id,
		    engine_now(), items, READ_IDS_MAX);
	if (n == 0)
		return false;
	(void)round_read_items(server, endpoint, items, n);
	server->small.of_writer = true;
	return server->small.id != 0;
}

static bool
write_batch(struct server *server, struct endpoint *endpoint)
{
	static struct message_write message;
	struct engine *engine = server->engine;
	struct lane *lane = &server->small;
	int64_t items[WRITES_MAX];
	uint32_t id;
	size_t i, n;

	n = plan_batch(engine->store, &engine->merge, endpoint->id,
	    engine_now(), &message, items);
	if (n == 0)
		return false;
	store_commit(engine->store);	/* asked, before it is sent */
	id = engine_request(server, lane, MESSAGE_WRITE, endpoint);
	lane->of_writer = true;
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

	if (server->link == NULL || !server->contacted ||
	    server->plan_only || engine_plans(server->engine) ||
	    server->engine->plan_wanted || server->small.id != 0 || server->phase == PHASE_CONTACT ||
	    server->write_not_before > engine_now())
		return;
	do {
		endpoint = next_in_turn(server, endpoint);
		if (endpoint == NULL)
			return;
		if (endpoint->present && (read_asked(server, endpoint) ||
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
	struct lane *lane = &server->small;
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
	/* Read just now: no need to look for it in the sets being read. */
	store_set_seen(engine->store, lane->endpoint->id, LISTING_COUNT,
	    lane->items[i]);
	answer = *message;
	if (answer.result == WRITE_CHANGED && lane->groups[i] != 0) {
		/* Nothing of it was sent; it is heard with all of its group. */
		lane->seen[i] = true;
		lane->shown[i] = answer.userdata;
		answer.result = WRITE_NOT_SENT;
	}
	plan_answered(engine->store, &engine->merge, lane->endpoint->id,
	    lane->items[i], &answer, lane->began, engine_now(),
	    &server->counts);
	engine_changed(engine);
}

void
writer_result(struct server *server, const struct message_result *result)
{
	struct lane done = server->small;
	int64_t wait = WRITE_RETRY_FIRST, i;

	server->small.id = 0;
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
	}
	control_progress(server->engine->control, server);
	engine_changed(server->engine);
}
