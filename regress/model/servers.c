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

bool
sim_is_sibling(const struct sim_server *server, const struct sim_item *item,
    size_t place)
{
	const struct sim_item *other = &server->items[place];
	size_t group = item->alternate ? item->listed :
	    (size_t)(item - server->items);

	return other->there && (place == group ||
	    (other->alternate && other->listed == group));
}

struct userdata
sim_show(const struct sim_server *server, const struct sim_item *item,
    uint32_t person)
{
	struct userdata show = item->copies[person].shown;
	const struct userdata *u, *last = NULL;
	size_t i, k;

	if (item->alternate)
		return show;
	/* Itself first, so that it wins where two are as late. */
	for (k = 0; k <= ITEMS_MAX; k++) {
		i = k == 0 ? (size_t)(item - server->items) : k - 1;
		u = &server->items[i].copies[person].shown;
		if (sim_is_sibling(server, item, i) &&
		    (u->played || u->position > 0) &&
		    (last == NULL || u->last_played > last->last_played))
			last = u;
	}
	if (last == NULL)
		return show;
	show.played = show.played || last->played;
	if (last->last_played > show.last_played)
		show.last_played = last->last_played;
	if (last != &item->copies[person].shown && last->played &&
	    last->position == 0)
		show.position = 0;
	return show;
}

static void
clear(struct userdata *userdata)
{
	userdata->played = false;
	userdata->position = 0;
	userdata->play_count = 0;
	userdata->last_played = 0;
}

void
sim_acted(struct sim_server *server, const struct sim_item *item,
    uint32_t person, enum act what)
{
	struct userdata *u;
	size_t i;

	for (i = 0; i < ITEMS_MAX; i++) {
		u = &server->items[i].copies[person].shown;
		if (&server->items[i] == item ||
		    !sim_is_sibling(server, item, i))
			continue;
		if (what == ACT_UNMARK) {
			clear(u);
		} else if (what != ACT_FAVORITE && what != ACT_START &&
		    item->copies[person].shown.played) {
			u->played = true;
			u->position = 0;
		}
	}
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
sim_record(const struct sim_server *server, const struct sim_item *item,
    struct item_record *record)
{
	size_t i;

	memset(record, 0, sizeof(*record));
	record->id = item->id;
	record->kind = ITEM_MOVIE;
	record->season = NUMBER_UNKNOWN;
	record->episode = NUMBER_UNKNOWN;
	record->episode_end = NUMBER_UNKNOWN;
	record->runtime = item->runtime;
	for (i = 0; i < ITEMS_MAX; i++)
		record->media_sources += sim_is_sibling(server, item, i);
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

static bool
compare(struct sim_server *server, uint32_t person,
    const struct write_request *writes, struct message_written *written,
    size_t n)
{
	bool missing = false, changed = false, owed = false;
	struct sim_item *item;
	size_t i;

	for (i = 0; i < n; i++) {
		memset(&written[i], 0, sizeof(written[i]));
		written[i].item = writes[i].item;
		item = sim_find(server, person, &writes[i].item);
		missing = missing || item == NULL;
		if (item == NULL)
			continue;
		written[i].userdata = sim_show(server, item, person);
		changed = changed || !userdata_equal(&written[i].userdata,
		    &writes[i].expected);
		owed = owed || !userdata_equal(&written[i].userdata,
		    &writes[i].wanted);
	}
	for (i = 0; i < n; i++) {
		if (sim_find(server, person, &writes[i].item) == NULL)
			written[i].result = WRITE_MISSING;
		else
			written[i].result = missing ? WRITE_NOT_SENT :
			    changed ? WRITE_CHANGED : WRITE_DONE;
	}
	return !missing && !changed && owed;
}

uint32_t
sim_write(struct sim_server *server, uint32_t person,
    const struct write_request *writes, struct message_written *written,
    size_t n, uint32_t most)
{
	struct sim_item *item;
	struct userdata *u;
	int64_t date;
	uint32_t sent = 0;
	size_t i, k, nth;

	if (!compare(server, person, writes, written, n))
		return 0;
	for (i = 0; i < n && sent == 0 && most > 0; i++) {
		if (writes[i].wanted.last_played != 0 ||
		    written[i].userdata.last_played == 0)
			continue;
		item = sim_find(server, person, &writes[i].item);
		for (k = 0; k < ITEMS_MAX; k++) {
			if (sim_is_sibling(server, item, k))
				clear(&server->items[k].copies[person].shown);
		}
		for (k = 0; k < n; k++)
			clear(&written[k].userdata);
		sent++;
	}
	for (nth = 0; nth < n; nth++) {
		i = writes[0].wanted.played ? nth : n - 1 - nth;
		item = sim_find(server, person, &writes[i].item);
		u = &item->copies[person].shown;
		if (userdata_equal(&written[i].userdata, &writes[i].wanted) ||
		    sent >= most)
			continue;
		date = u->last_played;
		*u = writes[i].wanted;
		if (u->last_played == 0)
			u->last_played = date;
		sent++;
		written[i].userdata = sim_show(server, item, person);
	}
	return sent;
}
