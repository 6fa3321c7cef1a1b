/*
 * GET /Items: what was asked, which items that is, and their JSON
 * (jellyfin-api.md, listing).
 */
#ifndef SIM_ITEMS_H
#define SIM_ITEMS_H

#include <stdbool.h>
#include <stdint.h>

#include "pace.h"
#include "request.h"

enum item_field {		/* bits of fields= that are known */
	ITEM_FIELD_PROVIDER_IDS		= 1 << 0,
	ITEM_FIELD_MEDIA_SOURCE_COUNT	= 1 << 1,
	ITEM_FIELD_MEDIA_SOURCES	= 1 << 2,
	ITEM_FIELD_DATE_CREATED		= 1 << 3,
	ITEM_FIELD_PATH			= 1 << 4,
	ITEM_FIELD_IMAGES		= 1 << 5	/* enableImages */
};

/* What a listing of this query is counted as. */
enum request_kind items_kind(const struct request *);
/* What this listing costs; -1 if the request is none. */
int	 items_load(struct request *, struct pace_load *);

/* One item; state is NULL where there is no user. */
void	 item_json(const struct sim *, uint32_t item, uint32_t fields,
	    const struct state *, struct json_out *);
/* A library itself, as an item. */
void	 item_folder_json(const struct sim *, const struct library_folder *,
	    struct json_out *);

#endif
