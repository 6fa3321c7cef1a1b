/* What fetchers and the listener tell the engine. */
#include <string.h>

#include "wire.h"

static void
put_server_info(struct wire_writer *w, const struct message_server_info *m)
{
	wire_put_id(w, &m->id);
	wire_put_text(w, m->name, sizeof(m->name));
	wire_put_text(w, m->version, sizeof(m->version));
	wire_put_long(w, m->clock_skew, INT64_MIN);
	wire_put_u32(w, m->took);
}

static int
get_server_info(struct ibuf_reader *r, struct message_server_info *m)
{
	if (wire_get_id(r, &m->id) == -1 ||
	    wire_get_text(r, m->name, sizeof(m->name)) == -1 ||
	    wire_get_text(r, m->version, sizeof(m->version)) == -1 ||
	    wire_get_long(r, &m->clock_skew, INT64_MIN) == -1 ||
	    wire_get_u32(r, &m->took) == -1)
		return -1;
	return 0;
}

static void
put_user(struct wire_writer *w, const struct message_user *m)
{
	wire_put_id(w, &m->id);
	wire_put_text(w, m->name, sizeof(m->name));
	wire_put_bool(w, m->disabled);
	wire_put_bool(w, m->no_folders);
}

static int
get_user(struct ibuf_reader *r, struct message_user *m)
{
	if (wire_get_id(r, &m->id) == -1 ||
	    wire_get_text(r, m->name, sizeof(m->name)) == -1 ||
	    wire_get_bool(r, &m->disabled) == -1 ||
	    wire_get_bool(r, &m->no_folders) == -1)
		return -1;
	return 0;
}

static void
put_item_numbers(struct wire_writer *w, const struct item_record *m)
{
	wire_put_signed(w, m->season, NUMBER_UNKNOWN);
	wire_put_signed(w, m->episode, NUMBER_UNKNOWN);
	wire_put_signed(w, m->episode_end, NUMBER_UNKNOWN);
	wire_put_signed(w, m->year, 0);
	wire_put_long(w, m->runtime, 0);
	wire_put_number(w, m->media_sources, 1, UINT32_MAX);
}

static int
get_item_numbers(struct ibuf_reader *r, struct item_record *m)
{
	if (wire_get_signed(r, &m->season, NUMBER_UNKNOWN) == -1 ||
	    wire_get_signed(r, &m->episode, NUMBER_UNKNOWN) == -1 ||
	    wire_get_signed(r, &m->episode_end, NUMBER_UNKNOWN) == -1 ||
	    wire_get_signed(r, &m->year, 0) == -1 ||
	    wire_get_long(r, &m->runtime, 0) == -1 ||
	    wire_get_number(r, &m->media_sources, 1, UINT32_MAX) == -1)
		return -1;
	return 0;
}

static void
put_item_texts(struct wire_writer *w, const struct item_record *m)
{
	wire_put_text(w, m->title, sizeof(m->title));
	wire_put_text(w, m->series_title, sizeof(m->series_title));
	wire_put_providers(w, m->n_providers, m->providers);
}

static int
get_item_texts(struct ibuf_reader *r, struct item_record *m)
{
	if (wire_get_text(r, m->title, sizeof(m->title)) == -1 ||
	    wire_get_text(r, m->series_title, sizeof(m->series_title)) == -1)
		return -1;
	return wire_get_providers(r, &m->n_providers, m->providers);
}

static void
put_item(struct wire_writer *w, const struct item_record *m)
{
	wire_put_id(w, &m->id);
	wire_put_enum(w, m->kind, ITEM_KIND_COUNT);
	wire_put_bool(w, m->has_series);
	if (m->has_series)
		wire_put_id(w, &m->series);
	put_item_numbers(w, m);
	put_item_texts(w, m);
}

static int
get_item(struct ibuf_reader *r, struct item_record *m)
{
	unsigned int kind;

	memset(&m->series, 0, sizeof(m->series));
	if (wire_get_id(r, &m->id) == -1 ||
	    wire_get_enum(r, &kind, ITEM_KIND_COUNT) == -1 ||
	    wire_get_bool(r, &m->has_series) == -1)
		return -1;
	m->kind = (enum item_kind)kind;
	if (m->has_series && wire_get_id(r, &m->series) == -1)
		return -1;
	if (get_item_numbers(r, m) == -1)
		return -1;
	return get_item_texts(r, m);
}

static void
put_alternate(struct wire_writer *w, const struct alternate_record *m)
{
	wire_put_id(w, &m->listed);
	wire_put_id(w, &m->id);
	wire_put_long(w, m->runtime, 0);
}

static int
get_alternate(struct ibuf_reader *r, struct alternate_record *m)
{
	if (wire_get_id(r, &m->listed) == -1 ||
	    wire_get_id(r, &m->id) == -1 ||
	    wire_get_long(r, &m->runtime, 0) == -1)
		return -1;
	return 0;
}

static void
put_userdata(struct wire_writer *w, const struct message_userdata *m)
{
	wire_put_id(w, &m->item);
	wire_put_userdata(w, &m->userdata);
}

static int
get_userdata(struct ibuf_reader *r, struct message_userdata *m)
{
	if (wire_get_id(r, &m->item) == -1)
		return -1;
	return wire_get_userdata(r, &m->userdata);
}

static void
put_playing(struct wire_writer *w, const struct message_playing *m)
{
	wire_put_id(w, &m->user);
	wire_put_id(w, &m->item);
}

static int
get_playing(struct ibuf_reader *r, struct message_playing *m)
{
	if (wire_get_id(r, &m->user) == -1)
		return -1;
	return wire_get_id(r, &m->item);
}

static void
put_acted(struct wire_writer *w, const struct message_acted *m)
{
	wire_put_long(w, m->entry, 0);
	wire_put_date(w, m->time);
	wire_put_bool(w, m->played);
	wire_put_id(w, &m->user);
	wire_put_id(w, &m->item);
}

static int
get_acted(struct ibuf_reader *r, struct message_acted *m)
{
	if (wire_get_long(r, &m->entry, 0) == -1 ||
	    wire_get_date(r, &m->time) == -1 ||
	    wire_get_bool(r, &m->played) == -1 ||
	    wire_get_id(r, &m->user) == -1)
		return -1;
	return wire_get_id(r, &m->item);
}

/* Other results say nothing about what the copy holds. */
static bool
has_userdata(enum write_result result)
{
	return result == WRITE_DONE || result == WRITE_CHANGED;
}

static void
put_written(struct wire_writer *w, const struct message_written *m)
{
	wire_put_id(w, &m->item);
	wire_put_enum(w, m->result, WRITE_RESULT_COUNT);
	if (has_userdata(m->result))
		wire_put_userdata(w, &m->userdata);
}

static int
get_written(struct ibuf_reader *r, struct message_written *m)
{
	unsigned int result;

	memset(m, 0, sizeof(*m));
	if (wire_get_id(r, &m->item) == -1 ||
	    wire_get_enum(r, &result, WRITE_RESULT_COUNT) == -1)
		return -1;
	m->result = (enum write_result)result;
	if (!has_userdata(m->result))
		return 0;
	return wire_get_userdata(r, &m->userdata);
}

static void
put_result(struct wire_writer *w, const struct message_result *m)
{
	wire_put_enum(w, m->result, REQUEST_RESULT_COUNT);
	wire_put_enum(w, m->trouble, TROUBLE_COUNT);
	wire_put_u32(w, m->records);
	wire_put_u32(w, m->dropped);
	wire_put_u32(w, m->total);
	wire_put_number(w, m->page_size, 0, PAGE_SIZE_MAX);
	wire_put_text(w, m->error, sizeof(m->error));
}

static int
get_result(struct ibuf_reader *r, struct message_result *m)
{
	unsigned int result, trouble;

	if (wire_get_enum(r, &result, REQUEST_RESULT_COUNT) == -1 ||
	    wire_get_enum(r, &trouble, TROUBLE_COUNT) == -1 ||
	    wire_get_u32(r, &m->records) == -1 ||
	    wire_get_u32(r, &m->dropped) == -1 ||
	    wire_get_u32(r, &m->total) == -1 ||
	    wire_get_number(r, &m->page_size, 0, PAGE_SIZE_MAX) == -1 ||
	    wire_get_text(r, m->error, sizeof(m->error)) == -1)
		return -1;
	m->result = (enum request_result)result;
	m->trouble = (enum trouble)trouble;
	return 0;
}

/* A fetcher's, unasked */

static void
put_live(struct wire_writer *w, const struct message_live *m)
{
	wire_put_enum(w, m->state, LIVE_STATE_COUNT);
	wire_put_text(w, m->why, sizeof(m->why));
}

static int
get_live(struct ibuf_reader *r, struct message_live *m)
{
	unsigned int state;

	if (wire_get_enum(r, &state, LIVE_STATE_COUNT) == -1 ||
	    wire_get_text(r, m->why, sizeof(m->why)) == -1)
		return -1;
	m->state = (enum live_state)state;
	return 0;
}

static void
put_dirty(struct wire_writer *w, const struct message_dirty *m)
{
	uint32_t i;

	wire_put_id(w, &m->user);
	wire_put_bool(w, m->incomplete);
	wire_put_number(w, m->n_items, 0, DIRTY_MAX);
	for (i = 0; i < m->n_items; i++)
		wire_put_id(w, &m->items[i]);
}

static int
get_dirty(struct ibuf_reader *r, struct message_dirty *m)
{
	uint32_t i;

	if (wire_get_id(r, &m->user) == -1 ||
	    wire_get_bool(r, &m->incomplete) == -1 ||
	    wire_get_number(r, &m->n_items, 0, DIRTY_MAX) == -1)
		return -1;
	for (i = 0; i < m->n_items; i++) {
		if (wire_get_id(r, &m->items[i]) == -1)
			return -1;
	}
	return 0;
}

/* From the listener */

static void
put_event(struct wire_writer *w, const struct message_event *m)
{
	wire_put_id(w, &m->server);
	wire_put_id(w, &m->user);
	wire_put_id(w, &m->item);
	wire_put_bool(w, m->playing);
}

static int
get_event(struct ibuf_reader *r, struct message_event *m)
{
	if (wire_get_id(r, &m->server) == -1 ||
	    wire_get_id(r, &m->user) == -1 ||
	    wire_get_id(r, &m->item) == -1 ||
	    wire_get_bool(r, &m->playing) == -1)
		return -1;
	return 0;
}

MESSAGE_DEFINE(acted, MESSAGE_ACTED, message_acted);
MESSAGE_DEFINE(server_info, MESSAGE_SERVER_INFO, message_server_info);
MESSAGE_DEFINE(user, MESSAGE_USER, message_user);
MESSAGE_DEFINE(item, MESSAGE_ITEM, item_record);
MESSAGE_DEFINE(alternate, MESSAGE_ALTERNATE, alternate_record);
MESSAGE_DEFINE(userdata, MESSAGE_USERDATA, message_userdata);
MESSAGE_DEFINE(written, MESSAGE_WRITTEN, message_written);
MESSAGE_DEFINE(result, MESSAGE_RESULT, message_result);
MESSAGE_DEFINE(playing, MESSAGE_PLAYING, message_playing);
MESSAGE_DEFINE(live, MESSAGE_LIVE, message_live);
MESSAGE_DEFINE(dirty, MESSAGE_DIRTY, message_dirty);
MESSAGE_DEFINE(event, MESSAGE_EVENT, message_event);
