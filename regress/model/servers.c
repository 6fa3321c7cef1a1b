/* Simulated Jellyfin servers, in memory. */
#include <stdio.h>
#include <string.h>

#include "servers.h"

struct jellyfin_id
sim_new_id(uint32_t number)
{
	struct jellyfin_id id;

	memset(&id, 0, sizeof(id));
	memcpy(id.bytes, &number, sizeof(number));
	return id;
}

struct sim_item *
sim_find(struct sim_server *server, uint32_t person,
    const struct jellyfin_id *id)
{
	struct sim_item *item;
	size_t i;

	for (i = 0; i < ITEMS_MAX; i++) {
		item = &server->items[i];
		if (item->there && jellyfin_id_equal(&item->id, id))
			return item->copies[person].hidden ? NULL : item;
	}
	return NULL;
}

static void
add_provider(struct item_record *record, const char *name, const char *prefix,
    unsigned number)
{
	struct provider_id *id = &record->providers[record->n_providers];

	if (number == 0)
		return;
	snprintf(id->name, sizeof(id->name), "%s", name);
	snprintf(id->value, sizeof(id->value), "%s%u", prefix, number);
	record->n_providers++;
}

void
sim_record(const struct sim_item *item, struct item_record *record)
{
	memset(record, 0, sizeof(*record));
	record->id = item->id;
	record->kind = ITEM_MOVIE;
	record->season = NUMBER_UNKNOWN;
	record->episode = NUMBER_UNKNOWN;
	record->episode_end = NUMBER_UNKNOWN;
	record->runtime = item->runtime;
	record->media_sources = 1;
	snprintf(record->title, sizeof(record->title), "A film");
	add_provider(record, "Imdb", "tt000000", item->imdb);
	add_provider(record, "Tmdb", "100", item->tmdb);
}

bool
sim_in_listing(const struct sim_copy *copy, enum listing listing)
{
	if (copy->hidden)
		return false;
	switch (listing) {
	case LISTING_PLAYED:
		return copy->shown.played;
	case LISTING_RESUMABLE:
		return copy->shown.position > 0;
	case LISTING_FAVORITE:
		return copy->shown.favorite;
	default:
		return true;
	}
}

bool
sim_write(struct sim_server *server, uint32_t person,
    const struct write_request *write, struct message_written *written)
{
	struct sim_item *item = sim_find(server, person, &write->item);
	struct userdata *shown;

	memset(written, 0, sizeof(*written));
	written->item = write->item;
	if (item == NULL) {
		written->result = WRITE_MISSING;
		return false;
	}
	shown = &item->copies[person].shown;
	written->result = userdata_equal(shown, &write->expected) ?
	    WRITE_DONE : WRITE_CHANGED;
	if (written->result == WRITE_CHANGED ||
	    userdata_equal(shown, &write->wanted)) {
		written->userdata = *shown;
		return false;
	}
	*shown = write->wanted;
	written->userdata = *shown;
	return true;
}
