/*
 * The status page: who asks the listener for it, and how it is sent.  What it
 * shows comes from the engine, as rows; while that is gone or does not answer,
 * the page says so, and since when.
 */
#ifndef JELLYPORTERD_PAGE_H
#define JELLYPORTERD_PAGE_H

#include <event2/event.h>
#include <event2/http.h>

#include "channel.h"
#include "message.h"
#include "page_files.h"

struct pages;

struct pages	*pages_new(struct event_base *);
/* There is an engine, or (NULL) none any more. */
void		 pages_engine(struct pages *, struct channel *);
/* Answers a GET or a HEAD, at once or when the engine has. */
void		 pages_answer(struct pages *, struct evhttp_request *);
/* What the engine answers. */
void		 pages_row(struct pages *, const struct message_row *);
void		 pages_done(struct pages *);

/* What is always the same: a file that belongs to the page; and that there is
 * no page for who has no token, for whom a browser then asks. */
void		 page_send_file(struct evhttp_request *,
		    const struct page_file *);
void		 page_refuse(struct evhttp_request *);

#endif
