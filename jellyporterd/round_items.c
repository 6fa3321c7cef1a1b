/*
 * What there is on a server: the identity of all its items, or of what is new
 * or changed among them, the files of those that have several, and the works
 * that they are copies of.
 */
#include <stdio.h>

#include "log.h"
#include "round.h"
#include "works.h"

#define ALTERNATES_AT_ONCE	50	/* items asked for their files */
#define FORM_SLICE		100	/* items formed at a time */
#define CLOCK_MARGIN		120	/* seconds; items are read again */
#define LISTING_TAKES		1800	/* seconds, at most */

static int64_t	server_clock(const struct server *);
static void	news_read(struct server *);

void
next_identity(struct server *server)
{
	if (!turn_has_come(server))
		return;
	server->news_next = server_clock(server);
	store_identity_begin(server->engine->store, &server->identity,
	    server->id, server->round + 1);
	round_list(server, LISTING_IDENTITY, NULL, 0);
}

/*
 * What was saved since the last reading of items began.  Of one that an
 * earlier process made, only the end is known.
 */
void
next_news(struct server *server)
{
	struct server_row row;
	int64_t since = server->news_since;

	if (!turn_has_come(server))
		return;
	if (since == 0) {
		store_get_server(server->engine->store, server->id, &row);
		since = row.identity_at + row.clock_skew - LISTING_TAKES;
	}
	server->news_next = server_clock(server);
	store_identity_begin(server->engine->store, &server->identity,
	    server->id, server->round + 1);
	round_list(server, LISTING_NEWS, NULL, since > 0 ? since : 0);
}

/*
 * Of which files do items consist?  Asked only where there are several, and
 * only what is new or has changed, as it is dear.
 */
void
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
		round_enter(server, PHASE_FORM);
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
	server->newcomers = true;
	sync_changed(server->engine);
}

void
round_item(struct server *server, const struct item_record *record)
{
	server->bulk.received++;
	works_add(server->engine->store, &server->engine->merge,
	    server->engine->options.match, &server->identity, record);
	sync_changed(server->engine);
	if (server->bulk.received % 1000 == 0)
		control_progress(server->engine->control, server);
}

/* The clock by which it says when something was saved, and a bit before. */
static int64_t
server_clock(const struct server *server)
{
	struct server_row row;

	store_get_server(server->engine->store, server->id, &row);
	return engine_now() + row.clock_skew - CLOCK_MARGIN;
}

/* What it did not show is gone, some of it at a time. */
void
next_gone(struct server *server)
{
	struct store *store = server->engine->store;
	int64_t gone;

	if (store_identity_gone(store, &server->identity, engine_now())) {
		round_slice_done(server);
		return;
	}
	gone = store_identity_end(store, &server->identity, engine_now());
	server->round = server->identity.round;
	server->identity_due = false;
	if (gone > 0)
		log_server_info(server->name, "%lld %s gone",
		    (long long)gone, gone == 1 ? "item is" : "items are");
	round_enter(server, PHASE_ALTERNATES);
}

/* Who has new items to look at is read, even if nothing else is due. */
static void
news_read(struct server *server)
{
	if (server->identity.changed == 0 &&
	    server->reading == READING_NEWS) {
		round_done(server);
		return;
	}
	if (server->reading == READING_NEWS)
		server->reading = READING_DELTA;
	if (server->identity.changed > 0) {
		store_news_end(server->engine->store, &server->identity);
		server->round = server->identity.round;
	}
	round_enter(server, PHASE_ALTERNATES);
}

const char *
round_items_read(struct server *server, const struct message_result *result)
{
	static char why[ERROR_SIZE];
	const char *incomplete;
	struct server_row row;

	store_get_server(server->engine->store, server->id, &row);
	if (server->phase == PHASE_IDENTITY && server->identity.unique == 0 &&
	    row.items > 0) {
		snprintf(why, sizeof(why), "lists no items at all, but had "
		    "%lld: not believed", (long long)row.items);
		return why;
	}
	incomplete = round_incomplete(server, server->identity.unique, result);
	if (incomplete != NULL)
		return incomplete;
	if (server->identity.changed > 0)
		server->newcomers = true;
	if (server->phase == PHASE_IDENTITY)
		round_enter(server, PHASE_GONE);
	else
		news_read(server);
	return NULL;
}

/* Works are formed a slice at a time. */
void
next_form(struct server *server)
{
	struct engine *engine = server->engine;
	int64_t items[FORM_SLICE];
	size_t i, n;

	n = store_unformed(engine->store, server->id, items, FORM_SLICE);
	for (i = 0; i < n; i++)
		works_form(engine->store, &engine->merge,
		    engine->options.match, items[i]);
	if (n > 0)
		round_slice_done(server);
	else
		round_enter(server, PHASE_ACTIVITY);
}
