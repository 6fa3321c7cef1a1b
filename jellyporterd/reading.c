/*
 * Readings of items by their ids: each with all of its group, and what was
 * seen of a group heard together, at the end.
 */
#include <string.h>

#include "engine.h"
#include "group.h"
#include "outcome.h"

static void	add_to_lane(struct server *, const struct endpoint *,
		    struct lane *, struct message_read *, int64_t, int64_t);

static void
add_to_lane(struct server *server, const struct endpoint *endpoint,
    struct lane *lane, struct message_read *message, int64_t item,
    int64_t listed)
{
	struct read_item *read = &message->items[lane->n_items];
	struct copy_row row;

	if (!store_item_id(server->engine->store, item, &read->id))
		return;
	read->alternate = listed != 0 && item != listed;
	read->parked = store_get_copy(server->engine->store, endpoint->id,
	    item, &row) && row.parked;
	lane->ids[lane->n_items] = read->id;
	lane->groups[lane->n_items] = listed;
	lane->items[lane->n_items++] = item;
	message->n_items++;
}

bool
reading_of_groups(const struct lane *lane)
{
	size_t i;

	for (i = 0; lane->id != 0 && i < lane->n_items; i++) {
		if (lane->groups[i] != 0)
			return true;
	}
	return false;
}

bool
reading_must_wait(const struct server *server)
{
	return server->small.id != 0 || reading_of_groups(&server->write);
}

size_t
round_read_items(struct server *server, struct endpoint *endpoint,
    enum listing set, const int64_t *items, size_t n)
{
	static struct message_read message;
	static struct lane wanted;
	struct store *store = server->engine->store;
	int64_t group[GROUP_MAX], listed;
	uint32_t id;
	size_t i, k, n_group;

	memset(&wanted, 0, sizeof(wanted));
	message.user = endpoint->user_id;
	message.sessions = false;
	message.set = set;
	message.n_items = 0;
	for (i = 0; i < n && wanted.n_items < READ_IDS_MAX; i++) {
		group[0] = items[i];
		n_group = 1;
		listed = server->has_alternates ?
		    store_listed(store, items[i]) : 0;
		for (k = 0; k < wanted.n_items && listed != 0 &&
		    wanted.groups[k] != listed; k++)
			;
		if (k < wanted.n_items && listed != 0)
			continue;
		if (listed != 0)
			n_group = store_group(store, endpoint->id, listed,
			    server->reading == READING_FULL && server->phase != PHASE_IDLE ?
			    INT64_MAX : engine_now(), group, GROUP_MAX);
		if (wanted.n_items + n_group > READ_IDS_MAX)
			break;
		for (k = 0; k < n_group; k++)
			add_to_lane(server, endpoint, &wanted, &message,
			    group[k], listed);
	}
	if (message.n_items == 0)
		return i;
	id = engine_request(server, &server->small, MESSAGE_READ, endpoint);
	server->small.n_items = wanted.n_items;
	memcpy(server->small.items, wanted.items, sizeof(wanted.items));
	memcpy(server->small.ids, wanted.ids, sizeof(wanted.ids));
	memcpy(server->small.groups, wanted.groups, sizeof(wanted.groups));
	message_put_read(channel_imsgbuf(server->link), id, &message);
	channel_written(server->link);
	return i;
}

/* Of a group, whatever was seen; and if it was read, also what was not. */
void
round_settle_groups(struct server *server, const struct lane *lane)
{
	struct group_reading reading;
	size_t i, k;

	for (i = 0; i < lane->n_items; i = k) {
		memset(&reading, 0, sizeof(reading));
		reading.listed = lane->groups[i];
		reading.began = lane->began;
		for (k = i; k < lane->n_items &&
		    lane->groups[k] == lane->groups[i]; k++) {
			if (reading.n == GROUP_MAX || (!lane->seen[k] &&
			    lane->type != MESSAGE_READ))
				continue;
			reading.items[reading.n] = lane->items[k];
			reading.answered[reading.n] = lane->seen[k];
			reading.shown[reading.n++] = lane->shown[k];
		}
		if (reading.listed != 0)
			group_settle(server->engine->store,
			    &server->engine->merge, lane->endpoint->id,
			    &reading, engine_now(), &server->counts);
	}
}

/* What was asked for and did not come is gone, or not for this user. */
void
round_read_done(struct server *server, const struct lane *lane)
{
	size_t i;

	round_settle_groups(server, lane);
	for (i = 0; i < lane->n_items; i++) {
		if (!lane->answered[i] && lane->groups[i] == 0 &&
		    !writer_is_writing(server, lane->endpoint, lane->items[i]))
			outcome_read(server->engine->store,
			    &server->engine->merge, lane->endpoint->id,
			    lane->items[i], NULL, lane->began, engine_now(),
			    &server->counts);
	}
}
