/*
 * HTTP against a server that says odd things: dates that no clock has, and
 * answers that are longer than any small one is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http.h"

#include <event2/buffer.h>
#include <event2/http.h>

/* libevent's names for statuses are ours for what came of a request. */
#undef HTTP_OK
#undef HTTP_NOT_FOUND

/* What the server answers, and what came of it. */
struct world {
	struct event_base	*base;
	size_t			 body_len;
	const char		*date;
	struct http_answer	 answer;
};

static void
serve(struct evhttp_request *request, void *arg)
{
	struct world *world = arg;
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	struct evbuffer *body = evbuffer_new();
	size_t i;

	for (i = 0; i < world->body_len; i++)
		assert_int_equal(evbuffer_add(body, " ", 1), 0);
	evhttp_add_header(headers, "Content-Type", "application/json");
	evhttp_add_header(headers, "Date", world->date);
	evhttp_send_reply(request, 200, "OK", body);
	evbuffer_free(body);
}

static void
done(const struct http_answer *answer, void *arg)
{
	struct world *world = arg;

	world->answer = *answer;
	event_base_loopbreak(world->base);
}

/* One answer of so many bytes, with that date. */
static void
ask(struct world *world, size_t body_len, const char *date)
{
	struct http_server server = { .api_key = "k" };
	struct http_call call = { .method = HTTP_GET, .path = "/",
	    .timeout = 60, .stall_timeout = 60, .on_done = done };
	struct evhttp_bound_socket *bound;
	struct sockaddr_in address;
	socklen_t size = sizeof(address);
	struct evhttp *evhttp;
	struct http *http;
	char url[64];

	memset(world, 0, sizeof(*world));
	world->body_len = body_len;
	world->date = date;
	assert_non_null(world->base = event_base_new());
	assert_non_null(evhttp = evhttp_new(world->base));
	evhttp_set_gencb(evhttp, serve, world);
	bound = evhttp_bind_socket_with_handle(evhttp, "127.0.0.1", 0);
	assert_non_null(bound);
	assert_int_equal(getsockname(evhttp_bound_socket_get_fd(bound),
	    (struct sockaddr *)&address, &size), 0);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u",
	    ntohs(address.sin_port));
	server.url = url;
	http = http_new(world->base, &server);
	assert_non_null(http);
	call.arg = world;
	assert_non_null(http_send(http, &call));
	assert_int_equal(event_base_dispatch(world->base), 0);
	http_free(http);
	evhttp_free(evhttp);
	event_base_free(world->base);
}

static void
test_date(void **state)
{
	(void)state;
	assert_int_equal(http_date("Sun, 06 Nov 1994 08:49:37 GMT"),
	    784111777);
	assert_int_equal(http_date("Fri, 31 Dec 9999 23:59:59 GMT"),
	    INT64_C(253402300799));
	assert_int_equal(http_date("Sun, 01 Jan 1950 00:00:00 GMT"), 0);
	assert_int_equal(http_date("Wed, 31 Dec 1969 23:59:58 GMT"), 0);
	/* West of Greenwich the last year goes on. */
	assert_int_equal(http_date("Fri, 31 Dec 9999 23:59:59 -1100"), 0);
	assert_int_equal(http_date("soon"), 0);
	assert_int_equal(http_date(""), 0);
}

static void
test_answer_date(void **state)
{
	struct world world;

	(void)state;
	ask(&world, 2, "Sun, 06 Nov 1994 08:49:37 GMT");
	assert_int_equal(world.answer.failure, HTTP_OK);
	assert_int_equal(world.answer.date, 784111777);
	ask(&world, 2, "Sun, 01 Jan 1950 00:00:00 GMT");
	assert_int_equal(world.answer.failure, HTTP_OK);
	assert_int_equal(world.answer.date, 0);
}

static void
test_body_limit(void **state)
{
	struct world world;

	(void)state;
	ask(&world, HTTP_BODY_MAX, "");
	assert_int_equal(world.answer.failure, HTTP_OK);
	assert_int_equal(world.answer.body_len, HTTP_BODY_MAX);
	ask(&world, HTTP_BODY_MAX + 1, "");
	assert_int_equal(world.answer.failure, HTTP_NONSENSE);
	assert_string_equal(world.answer.error,
	    "GET /: an answer of more than 64 KiB");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_date),
		cmocka_unit_test(test_answer_date),
		cmocka_unit_test(test_body_limit)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
