/* Items read by their ids, for readings and before writes. */
#include <stdlib.h>

#include "items.h"

static void	take_item(struct json_object *, void *);
static bool	was_asked(const struct items *, const struct jellyfin_id *);

struct items *
items_new(void)
{
	struct items *items;

	if ((items = calloc(1, sizeof(*items))) == NULL)
		return NULL;
	items->decoder = listing_new(LISTING_OBJECT, take_item, items);
	if (items->decoder == NULL) {
		free(items);
		return NULL;
	}
	return items;
}

void
items_free(struct items *items)
{
	if (items == NULL)
		return;
	listing_free(items->decoder);
	free(items);
}

static bool
was_asked(const struct items *items, const struct jellyfin_id *id)
{
	size_t i;

	for (i = 0; i < items->n_asked; i++) {
		if (jellyfin_id_equal(&items->asked[i], id))
			return true;
	}
	return false;
}

static void
take_item(struct json_object *object, void *arg)
{
	struct items *items = arg;
	struct message_userdata message;

	if (items->n == READ_IDS_MAX ||
	    jellyfin_item_userdata(object, &message) == -1 ||
	    !was_asked(items, &message.item))
		items->dropped++;
	else
		items->read[items->n++] = message;
}

void
items_get(struct request *request, struct items *items,
    const struct jellyfin_id *user, const struct jellyfin_id *asked, size_t n,
    request_done *done)
{
	char path[JELLYFIN_PATH_SIZE];

	items->asked = asked;
	items->n_asked = n;
	items->n = items->dropped = 0;
	jellyfin_ids_path(path, user, asked, n);
	request_get(request, path, items->decoder, done);
}

const struct userdata *
items_find(const struct items *items, const struct jellyfin_id *id)
{
	uint32_t i;

	for (i = 0; i < items->n; i++) {
		if (jellyfin_id_equal(&items->read[i].item, id))
			return &items->read[i].userdata;
	}
	return NULL;
}
