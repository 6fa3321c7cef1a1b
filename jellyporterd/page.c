/*
 * Who wants to see the status page.  One question to the engine is the answer
 * to all who ask meanwhile, and to those who ask soon after: the longer it took
 * the engine, the longer is it good for.  So however many look, and however
 * often, little of the engine's time goes into it.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <event2/buffer.h>

#include "clock.h"
#include "log.h"
#include "page.h"
#include "page_html.h"
#include "rows.h"
#include "waiting.h"

#define ENGINE_SHARE	20	/* pages may take one part in so many */
#define GOOD_MIN	1000	/* ms that an answer is good for, at least, */
#define GOOD_MAX	10000	/* and at most */
#define RETRY_AFTER	"5"	/* seconds */
#define HTTP_UNAUTHORIZED	401	/* not among libevent's */

struct pages {
	struct channel		*engine;	/* or NULL */
	bool			 asked;		/* and not answered */
	struct waiting		*waiting;
	struct rows		 received;	/* of an answer so far */
	struct rows		 shown;		/* of the last one */
	int64_t			 asked_at;	/* ms */
	int64_t			 good_until;	/* ms */
	int64_t			 answered;	/* seconds, by the wall; or 0 */
};

static void	ask(struct pages *);
static void	answer_all(struct pages *);
static void	answer_alone(void *);
static void	answer(struct pages *, struct evhttp_request *);
static void	send_gone(struct pages *, struct evhttp_request *);
static void	send_html(struct evhttp_request *, int, const char *,
		    const char *);
static void	send_text(struct evhttp_request *, int, const char *,
		    const char *, const char *);
static void	add_header(struct evhttp_request *, const char *,
		    const char *);

/*
 * All that it needs is its own two files and a picture; nothing that a title
 * might smuggle in is run, fetched or sent anywhere.
 */
static const struct {
	const char	*name;
	const char	*value;
} headers[] = {
	{ "Content-Security-Policy", "default-src 'none'; style-src 'self'; "
	    "script-src 'self'; img-src 'self'; connect-src 'self'; "
	    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "Referrer-Policy", "no-referrer" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ "Cache-Control", "no-store" }
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

struct pages *
pages_new(struct event_base *base)
{
	struct pages *pages;

	if ((pages = calloc(1, sizeof(*pages))) == NULL)
		fatal("calloc");
	TAILQ_INIT(&pages->received);
	TAILQ_INIT(&pages->shown);
	pages->waiting = waiting_new(base, answer_alone, pages);
	return pages;
}

/* The engine */

/* A new one has not been asked. */
void
pages_engine(struct pages *pages, struct channel *engine)
{
	pages->engine = engine;
	pages->asked = false;
	pages->good_until = 0;
	rows_free(&pages->received);
	if (engine == NULL)
		answer_alone(pages);
	else if (waiting_any(pages->waiting))
		ask(pages);
}

static void
ask(struct pages *pages)
{
	message_put_empty(channel_imsgbuf(pages->engine), MESSAGE_PAGE, 0);
	channel_written(pages->engine);
	pages->asked = true;
	pages->asked_at = clock_ms();
}

void
pages_row(struct pages *pages, const struct message_row *message)
{
	struct row *row = row_keep(message);

	TAILQ_INSERT_TAIL(&pages->received, row, entry);
}

/* One that has not read its configuration yet has no rows. */
void
pages_done(struct pages *pages)
{
	int64_t now = clock_ms(), good;

	pages->asked = false;
	if (TAILQ_EMPTY(&pages->received)) {
		answer_alone(pages);
		return;
	}
	rows_free(&pages->shown);
	TAILQ_CONCAT(&pages->shown, &pages->received, entry);
	good = (now - pages->asked_at) * ENGINE_SHARE;
	pages->good_until = now + (good < GOOD_MIN ? GOOD_MIN :
	    good > GOOD_MAX ? GOOD_MAX : good);
	pages->answered = time(NULL);
	answer_all(pages);
}

/* Requests */

void
pages_answer(struct pages *pages, struct evhttp_request *request)
{
	if (clock_ms() < pages->good_until) {
		answer(pages, request);
		return;
	}
	waiting_add(pages->waiting, request);
	if (pages->engine == NULL)
		answer_alone(pages);
	else if (!pages->asked)
		ask(pages);
}

static void
answer_all(struct pages *pages)
{
	struct evhttp_request *request;

	while ((request = waiting_take(pages->waiting)) != NULL)
		answer(pages, request);
}

/* All that is known without the engine. */
static void
answer_alone(void *arg)
{
	struct pages *pages = arg;
	struct evhttp_request *request;

	while ((request = waiting_take(pages->waiting)) != NULL)
		send_gone(pages, request);
}

static void
answer(struct pages *pages, struct evhttp_request *request)
{
	char *text;
	size_t len;
	FILE *f;

	if ((f = open_memstream(&text, &len)) == NULL)
		fatal("open_memstream");
	page_print(f, &pages->shown, pages->answered);
	if (fclose(f) == EOF)
		fatal("page");
	send_html(request, HTTP_OK, "OK", text);
	free(text);
}

static void
send_gone(struct pages *pages, struct evhttp_request *request)
{
	char *text;
	size_t len;
	FILE *f;

	if ((f = open_memstream(&text, &len)) == NULL)
		fatal("open_memstream");
	page_print_gone(f, pages->answered, time(NULL));
	if (fclose(f) == EOF)
		fatal("page");
	add_header(request, "Retry-After", RETRY_AFTER);
	send_html(request, HTTP_SERVUNAVAIL, "Service Unavailable", text);
	free(text);
}

static void
send_html(struct evhttp_request *request, int status, const char *reason,
    const char *text)
{
	send_text(request, status, reason, "text/html; charset=utf-8", text);
}

static void
send_text(struct evhttp_request *request, int status, const char *reason,
    const char *type, const char *text)
{
	struct evbuffer *body;
	size_t i;

	for (i = 0; i < COUNT(headers); i++)
		add_header(request, headers[i].name, headers[i].value);
	add_header(request, "Content-Type", type);
	if ((body = evbuffer_new()) == NULL ||
	    evbuffer_add(body, text, strlen(text)) == -1)
		fatal_memory("evbuffer_add");
	evhttp_send_reply(request, status, reason, body);
	evbuffer_free(body);
}

void
page_send_file(struct evhttp_request *request, const struct page_file *file)
{
	send_text(request, HTTP_OK, "OK", file->type, file->text);
}

/* What is said is seen by who does not want to answer the browser. */
void
page_refuse(struct evhttp_request *request)
{
	static const char text[] = "<!DOCTYPE html>\n<html lang=\"en\">"
	    "<title>jellyporter: a token is needed</title>\n"
	    "<p>The password is the token of the configuration "
	    "(events.webhook.token); the user name may be any.\n";

	add_header(request, "WWW-Authenticate",
	    "Basic realm=\"jellyporter\", charset=\"UTF-8\"");
	add_header(request, "Connection", "close");
	send_html(request, HTTP_UNAUTHORIZED, "Unauthorized", text);
}

static void
add_header(struct evhttp_request *request, const char *name,
    const char *value)
{
	if (evhttp_add_header(evhttp_request_get_output_headers(request),
	    name, value) == -1)
		fatal_memory("evhttp_add_header");
}
