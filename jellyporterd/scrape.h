/*
 * Scrapes: who asks the listener for the metrics of the daemon.  The engine
 * has them; while it is gone or does not answer, what is left is said at once,
 * and that it is so.
 */
#ifndef JELLYPORTERD_SCRAPE_H
#define JELLYPORTERD_SCRAPE_H

#include <event2/event.h>
#include <event2/http.h>

#include "channel.h"
#include "metric.h"

struct scrapes;

struct scrapes	*scrapes_new(struct event_base *);
/* There is an engine, or (NULL) none any more. */
void		 scrapes_engine(struct scrapes *, struct channel *);
/* A request of the webhook was answered so. */
void		 scrapes_count(struct scrapes *, enum webhook_result);
/* Answers a GET or a HEAD, at once or when the engine has. */
void		 scrapes_answer(struct scrapes *, struct evhttp_request *);
/* What the engine answers. */
void		 scrapes_metric(struct scrapes *,
		    const struct message_metric *);
void		 scrapes_done(struct scrapes *);

#endif
