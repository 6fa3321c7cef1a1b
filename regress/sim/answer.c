/*
 * Answers in Jellyfin's forms: JSON, problem details, plain errors; compressed,
 * cut or slowed where the client or a fault asks for it.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <zlib.h>

#include "answer.h"
#include "date.h"
#include "memory.h"
#include "sim.h"

#define TYPE_JSON	"application/json; charset=utf-8"
#define TYPE_PROBLEM	"application/problem+json; charset=utf-8"
#define TYPE_TEXT	"text/plain"

/* A body on its way: where it comes from, and what is done to it. */
struct body {
	answer_more	 more;
	void		(*done)(void *);
	void		*arg;
	struct json_out	 out;
	z_stream	 z;
	bool		 compressed;
	bool		 is_cut;
	uint64_t	 left;		/* bytes until the cut */
};

/* A body that is there as a whole. */
struct whole {
	char	*data;
	size_t	 length;
};

static void	put_headers(struct request *, const char *);
static bool	wants_gzip(const struct request *);
static void	go_down(evutil_socket_t, short, void *);
static bool	intercept(struct request *);
static void	body_done(void *);
static enum http_piece body_more(void *, struct evbuffer *);
static void	put_compressed(struct body *, struct evbuffer *, bool);
static void	put(struct body *, struct evbuffer *, const void *, size_t);
static bool	whole_more(void *, struct json_out *);
static void	whole_done(void *);
static void	answer_bytes(struct request *, int, const char *, const char *,
		    size_t);

static void
put_headers(struct request *request, const char *type)
{
	char text[DATE_TEXT_SIZE];
	int64_t took = monotonic_microseconds() - request->began;

	date_http(text, sim_now(request->sim));
	http_answer_header(request->http, "Date", text);
	http_answer_header(request->http, "Server", "Kestrel");
	(void)snprintf(text, sizeof(text), "%lld.%04lld",
	    (long long)(took / 1000), (long long)(took % 1000) * 10);
	http_answer_header(request->http, "X-Response-Time-ms", text);
	if (type != NULL)
		http_answer_header(request->http, "Content-Type", type);
}

static bool
wants_gzip(const struct request *request)
{
	const char *accepted = http_header(request->http, "Accept-Encoding");

	return accepted != NULL && strcasestr(accepted, "gzip") != NULL;
}

/* Not within a request of the server that goes. */
static void
go_down(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	startup_down(arg);
}

/*
 * True if there will be no answer: there was one (a query that made no sense
 * may be found out twice), or the client is gone, or must think so.
 */
static bool
intercept(struct request *request)
{
	uint64_t rate = request->rate;

	if (request->answered || request_is_gone(request))
		return true;
	request->answered = true;
	if (request->fault.kind == FAULT_CUT_AFTER) {
		http_hang_up(request->http, false);
		return true;
	}
	if (request->fault.kind == FAULT_DOWN_AFTER) {
		if (event_base_once(request->sim->base, -1, EV_TIMEOUT,
		    go_down, request->sim, NULL) == -1)
			errx(1, "no memory for a timer");
		return true;
	}
	if (request->fault.kind == FAULT_SLOW)
		rate = (uint64_t)request->fault.bytes;
	http_limit_rate(request->http, (size_t)rate);
	return false;
}

static void
put(struct body *body, struct evbuffer *piece, const void *data, size_t length)
{
	if (body->is_cut && length > body->left)
		length = (size_t)body->left;
	if (evbuffer_add(piece, data, length) == -1)
		errx(1, "no memory for an answer");
	body->left -= length;
}

static void
put_compressed(struct body *body, struct evbuffer *piece, bool last)
{
	unsigned char out[16 * 1024];
	int result;

	body->z.next_in = (unsigned char *)body->out.data;
	body->z.avail_in = (unsigned int)body->out.length;
	do {
		body->z.next_out = out;
		body->z.avail_out = sizeof(out);
		result = deflate(&body->z, last ? Z_FINISH : Z_NO_FLUSH);
		if (result == Z_STREAM_ERROR)
			errx(1, "deflate");
		put(body, piece, out, sizeof(out) - body->z.avail_out);
	} while (body->z.avail_out == 0);
}

static enum http_piece
body_more(void *arg, struct evbuffer *piece)
{
	struct body *body = arg;
	bool more;

	body->out.length = 0;
	more = body->more(body->arg, &body->out);
	if (body->compressed)
		put_compressed(body, piece, !more);
	else
		put(body, piece, body->out.data, body->out.length);
	if (body->is_cut && (body->left == 0 || !more))
		return HTTP_CUT;
	return more ? HTTP_MORE : HTTP_END;
}

static void
body_done(void *arg)
{
	struct body *body = arg;

	if (body->done != NULL)
		body->done(body->arg);
	if (body->compressed)
		(void)deflateEnd(&body->z);
	json_out_free(&body->out);
	free(body);
}

void
answer_typed_stream(struct request *request, int status, const char *type,
    answer_more more, void (*done)(void *), void *arg)
{
	struct http_stream stream = { body_more, body_done, NULL };
	struct body *body;

	if (intercept(request)) {
		if (done != NULL)
			done(arg);
		return;
	}
	stream.arg = body = memory_zeroed(1, sizeof(*body));
	body->more = more;
	body->done = done;
	body->arg = arg;
	json_out_init(&body->out, request->sim->options.raw);
	body->is_cut = request->fault.kind == FAULT_CUT_BODY;
	body->left = body->is_cut ? (uint64_t)request->fault.bytes : UINT64_MAX;
	put_headers(request, type);
	if (wants_gzip(request)) {
		/* 16 asks for a gzip header; speed matters more than size. */
		if (deflateInit2(&body->z, Z_BEST_SPEED, Z_DEFLATED,
		    15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
			errx(1, "deflateInit2");
		body->compressed = true;
		http_answer_header(request->http, "Content-Encoding", "gzip");
		http_answer_header(request->http, "Vary", "Accept-Encoding");
	}
	http_answer_stream(request->http, status, &stream);
}

void
answer_stream(struct request *request, answer_more more, void (*done)(void *),
    void *arg)
{
	answer_typed_stream(request, 200, TYPE_JSON, more, done, arg);
}

static bool
whole_more(void *arg, struct json_out *out)
{
	const struct whole *whole = arg;

	out_bytes(out, whole->data, whole->length);
	return false;
}

static void
whole_done(void *arg)
{
	struct whole *whole = arg;

	free(whole->data);
	free(whole);
}

static void
answer_bytes(struct request *request, int status, const char *type,
    const char *data, size_t length)
{
	struct whole *whole;

	if (length > 0 && (wants_gzip(request) ||
	    request->fault.kind == FAULT_CUT_BODY)) {
		whole = memory_zeroed(1, sizeof(*whole));
		whole->data = memory_zeroed(length, 1);
		whole->length = length;
		memcpy(whole->data, data, length);
		answer_typed_stream(request, status, type, whole_more,
		    whole_done, whole);
		return;
	}
	if (intercept(request))
		return;
	put_headers(request, type);
	http_answer(request->http, status, data, length);
}

void
answer_json(struct request *request, const struct json_out *out)
{
	answer_bytes(request, 200, TYPE_JSON, out->data, out->length);
}

void
answer_object(struct request *request, struct json_object *object)
{
	size_t length;
	const char *text = json_object_to_json_string_length(object,
	    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &length);

	answer_bytes(request, 200, TYPE_JSON, text, length);
	json_object_put(object);
}

void
answer_text(struct request *request, int status, const char *type,
    const char *text)
{
	answer_bytes(request, status, type, text, strlen(text));
}

void
answer_empty(struct request *request, int status)
{
	answer_bytes(request, status, NULL, "", 0);
}

void
answer_error(struct request *request, int status)
{
	answer_text(request, status, TYPE_TEXT, "Error processing request.");
}

void
answer_problem(struct request *request, int status)
{
	static const struct {
		int		 status;
		const char	*section;
		const char	*title;
	} problems[] = {
		{ 400, "15.5.1", "One or more validation errors occurred." },
		{ 404, "15.5.5", "Not Found" },
		{ 415, "15.5.16", "Unsupported Media Type" },
	};
	const char *accepted = http_header(request->http, "Accept");
	const char *type = TYPE_JSON;
	char text[256];
	size_t i;

	/* Plain JSON, by its type, to whoever does not ask for problems. */
	if (accepted != NULL &&
	    strstr(accepted, "application/problem+json") != NULL)
		type = TYPE_PROBLEM;
	for (i = 0; i < sizeof(problems) / sizeof(problems[0]); i++) {
		if (problems[i].status != status)
			continue;
		(void)snprintf(text, sizeof(text), "{\"type\":"
		    "\"https://tools.ietf.org/html/rfc9110#section-%s\","
		    "\"title\":\"%s\",\"status\":%d,\"traceId\":\"00-%016llx-00\"}",
		    problems[i].section, problems[i].title, status,
		    (unsigned long long)request->sim->serial);
		answer_text(request, status, type, text);
		return;
	}
	errx(1, "no problem %d", status);
}
