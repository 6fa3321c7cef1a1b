/* What the engine asks its fetchers for. */
#include <string.h>

#include "wire.h"

/* What is on a server is nobody's: then user is left out. */
static void
put_list(struct wire_writer *w, const struct message_list *m)
{
	wire_put_enum(w, m->listing, LISTING_COUNT);
	if (!listing_is_of_items(m->listing))
		wire_put_id(w, &m->user);
	wire_put_long(w, m->since, 0);
	wire_put_number(w, m->page_size, 0, PAGE_SIZE_MAX);
}

static int
get_list(struct ibuf_reader *r, struct message_list *m)
{
	unsigned int listing;

	memset(m, 0, sizeof(*m));
	if (wire_get_enum(r, &listing, LISTING_COUNT) == -1)
		return -1;
	m->listing = (enum listing)listing;
	if ((!listing_is_of_items(m->listing) &&
	    wire_get_id(r, &m->user) == -1) ||
	    wire_get_long(r, &m->since, 0) == -1)
		return -1;
	return wire_get_number(r, &m->page_size, 0, PAGE_SIZE_MAX);
}

static void
put_activity(struct wire_writer *w, const struct message_activity *m)
{
	wire_put_long(w, m->since, 0);
	wire_put_number(w, m->limit, 1, ACTIVITY_MAX);
}

static int
get_activity(struct ibuf_reader *r, struct message_activity *m)
{
	if (wire_get_long(r, &m->since, 0) == -1)
		return -1;
	return wire_get_number(r, &m->limit, 1, ACTIVITY_MAX);
}

/* Never without an item: no ids at all would mean every item to Jellyfin. */
static void
put_alternates(struct wire_writer *w, const struct message_alternates *m)
{
	uint32_t i;

	wire_put_number(w, m->n_items, 1, READ_IDS_MAX);
	for (i = 0; i < m->n_items; i++)
		wire_put_id(w, &m->items[i]);
}

static int
get_alternates(struct ibuf_reader *r, struct message_alternates *m)
{
	uint32_t i;

	if (wire_get_number(r, &m->n_items, 1, READ_IDS_MAX) == -1)
		return -1;
	for (i = 0; i < m->n_items; i++) {
		if (wire_get_id(r, &m->items[i]) == -1)
			return -1;
	}
	return 0;
}

/* Nor this. */
static void
put_read(struct wire_writer *w, const struct message_read *m)
{
	uint32_t i;

	wire_put_id(w, &m->user);
	wire_put_bool(w, m->sessions);
	wire_put_enum(w, m->set, LISTING_COUNT + 1);
	wire_put_number(w, m->n_items, 1, READ_IDS_MAX);
	for (i = 0; i < m->n_items; i++) {
		wire_put_id(w, &m->items[i].id);
		wire_put_bool(w, m->items[i].alternate);
		wire_put_bool(w, m->items[i].parked);
	}
}

static int
get_read(struct ibuf_reader *r, struct message_read *m)
{
	unsigned int set;
	uint32_t i;

	if (wire_get_id(r, &m->user) == -1 ||
	    wire_get_bool(r, &m->sessions) == -1 ||
	    wire_get_enum(r, &set, LISTING_COUNT + 1) == -1 ||
	    wire_get_number(r, &m->n_items, 1, READ_IDS_MAX) == -1)
		return -1;
	m->set = (enum listing)set;
	for (i = 0; i < m->n_items; i++) {
		if (wire_get_id(r, &m->items[i].id) == -1 ||
		    wire_get_bool(r, &m->items[i].alternate) == -1 ||
		    wire_get_bool(r, &m->items[i].parked) == -1)
			return -1;
	}
	return 0;
}

static void
put_write(struct wire_writer *w, const struct message_write *m)
{
	uint32_t i;

	wire_put_id(w, &m->user);
	wire_put_number(w, m->n_writes, 1, WRITES_MAX);
	if (m->writes[0].joined)
		wire_bug(w, "joined with nothing");
	for (i = 0; i < m->n_writes; i++) {
		wire_put_id(w, &m->writes[i].item);
		wire_put_bool(w, m->writes[i].alternate);
		wire_put_bool(w, m->writes[i].joined);
		wire_put_bool(w, m->writes[i].unlisted);
		wire_put_userdata(w, &m->writes[i].expected);
		wire_put_userdata(w, &m->writes[i].wanted);
	}
}

static int
get_write(struct ibuf_reader *r, struct message_write *m)
{
	uint32_t i;

	if (wire_get_id(r, &m->user) == -1 ||
	    wire_get_number(r, &m->n_writes, 1, WRITES_MAX) == -1)
		return -1;
	for (i = 0; i < m->n_writes; i++) {
		if (wire_get_id(r, &m->writes[i].item) == -1 ||
		    wire_get_bool(r, &m->writes[i].alternate) == -1 ||
		    wire_get_bool(r, &m->writes[i].joined) == -1 ||
		    wire_get_bool(r, &m->writes[i].unlisted) == -1 ||
		    wire_get_userdata(r, &m->writes[i].expected) == -1 ||
		    wire_get_userdata(r, &m->writes[i].wanted) == -1)
			return -1;
	}
	/* The first has none before it to be joined with. */
	return m->writes[0].joined ? -1 : 0;
}

static void
put_watch(struct wire_writer *w, const struct message_watch *m)
{
	uint32_t i;

	wire_put_number(w, m->n_users, 0, WATCHED_MAX);
	for (i = 0; i < m->n_users; i++)
		wire_put_id(w, &m->users[i]);
}

static int
get_watch(struct ibuf_reader *r, struct message_watch *m)
{
	uint32_t i;

	if (wire_get_number(r, &m->n_users, 0, WATCHED_MAX) == -1)
		return -1;
	for (i = 0; i < m->n_users; i++) {
		if (wire_get_id(r, &m->users[i]) == -1)
			return -1;
	}
	return 0;
}

MESSAGE_DEFINE(list, MESSAGE_LIST, message_list);
MESSAGE_DEFINE(activity, MESSAGE_ACTIVITY, message_activity);
MESSAGE_DEFINE(alternates, MESSAGE_ALTERNATES, message_alternates);
MESSAGE_DEFINE(read, MESSAGE_READ, message_read);
MESSAGE_DEFINE(write, MESSAGE_WRITE, message_write);
MESSAGE_DEFINE(watch, MESSAGE_WATCH, message_watch);
