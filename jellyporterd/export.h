/*
 * What comes of metrics that are posted, and when to post again (OTLP
 * specification 1.x: OTLP/HTTP response, retryable status codes).
 */
#ifndef JELLYPORTERD_EXPORT_H
#define JELLYPORTERD_EXPORT_H

#include "http.h"
#include "message.h"
#include "supervise.h"

#define EXPORT_RETRY_AFTER_MAX	3600	/* seconds that we may be sent away */

/* All zero at first. */
struct export {
	struct message_exported	last;
	struct backoff		backoff;	/* of what is tried again */
};

/*
 * A post has ended.  Says in the log what has changed by that, notes it in
 * export->last, and returns in how many ms to post again: in regular ms, or
 * sooner or later if the receiver was not there or has asked for it.
 */
int64_t	export_ended(struct export *, const struct http_answer *,
	    int64_t regular);

#endif
