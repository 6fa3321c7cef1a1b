/*
 * The activity log of a server: whose item was started or stopped since it was
 * looked at last.  It finds what no set shows: a play that was stopped at once
 * leaves but a count and a date.
 */
#include "log.h"
#include "round.h"

#define ENTRIES		500	/* more since then are not looked at */
#define CLOCK_MARGIN	2	/* seconds: dates are cut */

void
next_activity(struct server *server)
{
	struct message_activity message;
	uint32_t id;

	if (server->small.id != 0)
		return;
	store_get_activity(server->engine->store, server->id,
	    &server->activity);
	server->activity_next = server->activity;
	server->activity_met = false;
	message.limit = server->activity.entry == ACTIVITY_UNKNOWN ? 1 :
	    ENTRIES;
	message.since = server->activity.time > CLOCK_MARGIN ?
	    server->activity.time - CLOCK_MARGIN : 0;
	id = engine_request(server, &server->small, MESSAGE_ACTIVITY, NULL);
	message_put_activity(channel_imsgbuf(server->link), id, &message);
	channel_written(server->link);
}

void
round_acted(struct server *server, const struct message_acted *message)
{
	struct activity *next = &server->activity_next;
	struct store *store = server->engine->store;
	struct endpoint *endpoint;
	int64_t item;

	server->small.received++;
	if (server->small.received == 1) {	/* the newest comes first */
		next->entry = message->entry;
		next->time = message->time;
	}
	if (message->entry == server->activity.entry)
		server->activity_met = true;
	if (server->activity.entry == ACTIVITY_UNKNOWN || !message->played ||
	    message->entry <= server->activity.entry ||
	    (item = store_item(store, server->id, &message->item)) == 0)
		return;
	/* Who was renamed may be configured under both names. */
	TAILQ_FOREACH(endpoint, &server->endpoints, entry) {
		if (endpoint->present &&
		    jellyfin_id_equal(&endpoint->user_id, &message->user))
			store_set_acted(store, endpoint->id, item);
	}
}

void
round_forget_sets(struct server *server)
{
	struct endpoint *endpoint;

	TAILQ_FOREACH(endpoint, &server->endpoints, entry)
		endpoint->sets_read = false;
}

/*
 * The entry that was the newest the last time has to be there still.  If it is
 * not, the log was cut, or its server set back to an older state; or there
 * were more than we look at.  Then the sets have to tell, all of them.
 */
void
round_activity_read(struct server *server, const struct message_result *result)
{
	bool known = server->activity.entry != ACTIVITY_UNKNOWN, gap;

	gap = result->result != REQUEST_OK ||
	    (server->activity.entry > 0 && !server->activity_met) ||
	    result->total > result->records + result->dropped;
	if (known && gap) {
		log_server_debug(server->name, "its activity log does not "
		    "tell all: the sets are read");
		round_forget_sets(server);
	}
	if (server->small.received == 0 && (gap || !known)) {
		server->activity_next.entry = 0;
		server->activity_next.time = 0;
	}
	round_first_endpoint(server);
	round_enter(server, PHASE_SETS);
}

void
round_activity_done(struct server *server)
{
	struct store *store = server->engine->store;

	store_put_activity(store, server->id, &server->activity_next);
}
