/*
 * Bodies of requests to the webhook.  Whatever they are, they say one of three
 * things; and an event is one that can be told to the engine.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "webhook.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct message_event event, again;
	enum webhook_says says;
	char *body;

	if (size > 2 * WEBHOOK_BODY_MAX)
		return 0;
	/* By itself: nothing behind it may be looked at. */
	if ((body = calloc(1, size + (size == 0))) == NULL)
		err(1, NULL);
	if (size > 0)
		memcpy(body, data, size);
	memset(&event, 0, sizeof(event));
	memset(&again, 0, sizeof(again));
	says = webhook_read(body, size, &event);
	CHECK(says == WEBHOOK_EVENT || says == WEBHOOK_SYNC ||
	    says == WEBHOOK_NOTHING);
	CHECK(size <= WEBHOOK_BODY_MAX || says == WEBHOOK_SYNC);
	CHECK(webhook_read(body, size, &again) == says);
	CHECK(says != WEBHOOK_EVENT ||
	    (jellyfin_id_equal(&event.server, &again.server) &&
	    jellyfin_id_equal(&event.user, &again.user) &&
	    jellyfin_id_equal(&event.item, &again.item) &&
	    event.playing == again.playing));
	free(body);
	return 0;
}
