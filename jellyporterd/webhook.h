/*
 * What the body of a request to the webhook says (interfaces: webhook).  No
 * I/O here.
 */
#ifndef JELLYPORTERD_WEBHOOK_H
#define JELLYPORTERD_WEBHOOK_H

#include <stddef.h>

#include "message.h"

#define WEBHOOK_BODY_MAX	65536	/* bytes */

enum webhook_says {
	WEBHOOK_EVENT,		/* a user's data of an item may have changed */
	WEBHOOK_SYNC,		/* something may have, and that is all */
	WEBHOOK_NOTHING		/* news that change no user's data */
};

/* Fills in the event, if it is one. */
enum webhook_says webhook_read(const char *, size_t, struct message_event *);

#endif
