/*
 * What all requests of the engine's have in common: calls to the server, tries
 * and pauses between them, messages to the engine, and the result at the end.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "live.h"
#include "log.h"
#include "request.h"
#include "text.h"

static enum http_body take_body(const char *, size_t, void *);
static void	call_done(const struct http_answer *, void *);
static void	say_called(struct request *, const struct http_answer *);
static void	check_list(struct request *, struct http_answer *);
static void	take_step(evutil_socket_t, short, void *);
static enum trouble trouble_of(const struct http_answer *);

/* Before the second try, the third and the fourth. */
static const unsigned int pauses[] = { 500, 1000, 2000 };	/* ms */

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static const struct {
	enum request_result	result;
	bool			passes;		/* it is worth another try */
	bool			uncertain;	/* it may have been obeyed */
	enum trouble		trouble;
} failures[HTTP_FAILURE_COUNT] = {
	[HTTP_OK] =		{ REQUEST_OK, false, true, TROUBLE_NONE },
	[HTTP_REFUSED] =	{ REQUEST_UNREACHABLE, true, false,
	    TROUBLE_REFUSED },
	[HTTP_NO_CONNECTION] =	{ REQUEST_UNREACHABLE, false, false,
	    TROUBLE_CONNECTION },
	[HTTP_TIMEOUT] =	{ REQUEST_UNREACHABLE, true, true,
	    TROUBLE_TIMEOUT },
	[HTTP_CUT] =		{ REQUEST_UNREACHABLE, true, true,
	    TROUBLE_OTHER },
	[HTTP_SERVER_ERROR] =	{ REQUEST_UNREACHABLE, true, true,
	    TROUBLE_OTHER },
	[HTTP_UNAUTHORIZED] =	{ REQUEST_REFUSED, false, false, TROUBLE_KEY },
	[HTTP_NOT_FOUND] =	{ REQUEST_MISSING, false, false, TROUBLE_URL },
	[HTTP_UNEXPECTED] =	{ REQUEST_NONSENSE, false, false, TROUBLE_OTHER },
	[HTTP_NONSENSE] =	{ REQUEST_NONSENSE, false, true, TROUBLE_URL }
};

static const enum trouble doubts[HTTP_DOUBT_COUNT] = {
	[HTTP_DOUBT_NAME] =		TROUBLE_NAME,
	[HTTP_DOUBT_TLS] =		TROUBLE_TLS,
	[HTTP_DOUBT_CERTIFICATE] =	TROUBLE_CERTIFICATE,
	[HTTP_DOUBT_URL] =		TROUBLE_URL
};

int
request_begin(struct fetcher *fetcher, struct request **place,
    const struct request_kind *kind, const struct imsg *imsg)
{
	struct request *request;

	if (*place != NULL || imsg_get_id(imsg) == 0)
		return -1;
	if ((request = calloc(1, sizeof(*request))) == NULL ||
	    (request->state = calloc(1, kind->state_size)) == NULL ||
	    (request->timer = evtimer_new(fetcher->base, take_step,
	    request)) == NULL)
		fatal("calloc");
	request->fetcher = fetcher;
	request->kind = kind;
	request->place = place;
	request->id = imsg_get_id(imsg);
	request->type = (enum message_type)imsg_get_type(imsg);
	*place = request;
	return kind->begin(request, imsg);
}

void
request_drop(struct request *request)
{
	if (request == NULL)
		return;
	if (request->http != NULL)
		http_cancel(request->http);
	if (request->kind->clear != NULL)
		request->kind->clear(request);
	event_free(request->timer);
	*request->place = NULL;
	free(request->state);
	free(request);
}

/* Calls */

void
request_call(struct request *request, struct http_call *call,
    struct decoder *decoder, request_done *done)
{
	const struct message_fetcher_options *options =
	    &request->fetcher->options;

	if (call->timeout == 0)
		call->timeout = options->timeout;
	call->stall_timeout = options->timeout;
	call->on_body = decoder == NULL ? NULL : take_body;
	call->on_done = call_done;
	call->arg = request;
	request->done = done;
	request->decoder = decoder;
	if (decoder != NULL)
		listing_reset(decoder);
	request->http = http_send(request->fetcher->http, call);
}

void
request_get(struct request *request, const char *path,
    struct decoder *decoder, request_done *done)
{
	struct http_call call;

	memset(&call, 0, sizeof(call));
	call.method = HTTP_GET;
	call.path = path;
	request_call(request, &call, decoder, done);
}

/*
 * A bulk request sends as much as there is: it waits for the engine.  What a
 * small one sends is bounded.
 */
static enum http_body
take_body(const char *data, size_t len, void *arg)
{
	struct request *request = arg;
	struct fetcher *fetcher = request->fetcher;
	int result;

	if (request == fetcher->bulk && channel_is_full(fetcher->engine))
		return HTTP_BODY_WAIT;
	result = listing_feed(request->decoder, data, len);
	request_sent(request);
	return result == -1 ? HTTP_BODY_REFUSED : HTTP_BODY_TAKEN;
}

static void
call_done(const struct http_answer *answer, void *arg)
{
	struct request *request = arg;
	struct http_answer checked;

	request->http = NULL;
	say_called(request, answer);
	if (request->decoder == NULL || (answer->failure != HTTP_OK &&
	    answer->failure != HTTP_NONSENSE)) {
		request->done(request, answer);
		return;
	}
	checked = *answer;
	check_list(request, &checked);
	request->done(request, &checked);
}

/* For the metrics. */
static void
say_called(struct request *request, const struct http_answer *answer)
{
	struct message_called called;

	called.request = request->type;
	called.status = answer->status > 0 && answer->status <= 999 ?
	    (uint32_t)answer->status : 0;
	called.took = answer->took;
	message_put_called(request_imsgbuf(request), 0, &called);
	request_sent(request);
}

/* An answer without a length may be cut without libcurl's noticing. */
static void
check_list(struct request *request, struct http_answer *answer)
{
	struct decoder *decoder = request->decoder;
	char text[2 * ERROR_SIZE];
	bool cut;

	if (answer->failure == HTTP_NONSENSE && !listing_has_failed(decoder))
		return;			/* it was not even JSON */
	cut = !listing_has_failed(decoder) && !listing_is_whole(decoder);
	if (listing_finish(decoder, &request->counts) == 0)
		return;
	answer->failure = cut ? HTTP_CUT : HTTP_NONSENSE;
	snprintf(text, sizeof(text), "%s: %s", answer->asked,
	    listing_error(decoder));
	(void)text_copy(answer->error, sizeof(answer->error), text);
}

void
request_later(struct request *request, unsigned int ms, request_step *step)
{
	request->step = step;
	clock_start(request->timer, ms);
}

static void
take_step(evutil_socket_t fd, short what, void *arg)
{
	struct request *request = arg;

	(void)fd;
	(void)what;
	request->step(request);
}

bool
request_again(struct request *request, const struct http_answer *answer,
    request_step *step)
{
	if (!failures[answer->failure].passes ||
	    request->tries >= COUNT(pauses))
		return false;
	log_server_debug(request->fetcher->options.name,
	    "%s: trying again in %u ms", answer->error,
	    pauses[request->tries]);
	request_later(request, pauses[request->tries], step);
	request->tries++;
	return true;
}

bool
request_is_uncertain(const struct http_answer *answer)
{
	return failures[answer->failure].uncertain;
}

void
request_no_userdata(struct http_answer *answer)
{
	answer->failure = HTTP_NONSENSE;
	(void)strlcpy(answer->error, answer->asked, sizeof(answer->error));
	(void)strlcat(answer->error, ": the answer is no userdata",
	    sizeof(answer->error));
}

/* The engine */

struct imsgbuf *
request_imsgbuf(struct request *request)
{
	return channel_imsgbuf(request->fetcher->engine);
}

void
request_sent(struct request *request)
{
	channel_written(request->fetcher->engine);
}

void
request_end(struct request *request, const struct message_result *result)
{
	message_put_result(request_imsgbuf(request), request->id, result);
	request_sent(request);
	request_drop(request);
}

void
request_succeeded(struct request *request, uint32_t records, uint32_t dropped,
    uint32_t total)
{
	struct message_result result;

	memset(&result, 0, sizeof(result));
	result.result = REQUEST_OK;
	result.records = records;
	result.dropped = dropped;
	result.total = total;
	request_end(request, &result);
}

/* The more certain things first. */
static enum trouble
trouble_of(const struct http_answer *answer)
{
	if (answer->doubt != HTTP_DOUBT_NONE)
		return doubts[answer->doubt];
	if (answer->status == 403)
		return TROUBLE_FORBIDDEN;
	return failures[answer->failure].trouble;
}

void
request_describe(const struct http_answer *answer,
    struct message_result *result)
{
	static const char *const remedies[] = {
		": the API key is wrong or was revoked",
		": the API key may not do this"
	};
	const char *remedy = "";
	char text[2 * ERROR_SIZE];

	result->result = failures[answer->failure].result;
	result->trouble = trouble_of(answer);
	if (answer->failure == HTTP_UNAUTHORIZED)
		remedy = remedies[answer->status == 403];
	snprintf(text, sizeof(text), "%s%s", answer->error, remedy);
	(void)text_copy(result->error, sizeof(result->error), text);
}

void
request_failed(struct request *request, const struct http_answer *answer)
{
	struct message_result result;

	memset(&result, 0, sizeof(result));
	request_describe(answer, &result);
	if (result.trouble == TROUBLE_KEY)
		live_refused(request->fetcher->live, result.error);
	request_end(request, &result);
}

void
request_refuse(struct request *request, enum request_result why,
    const char *format, ...)
{
	struct message_result result;
	char text[2 * ERROR_SIZE];
	va_list ap;

	va_start(ap, format);
	if (vsnprintf(text, sizeof(text), format, ap) < 0)
		text[0] = '\0';
	va_end(ap);
	memset(&result, 0, sizeof(result));
	result.result = why;
	result.trouble = request->trouble == TROUBLE_NONE ? TROUBLE_OTHER :
	    request->trouble;
	(void)text_safe(result.error, sizeof(result.error), text);
	request_end(request, &result);
}
