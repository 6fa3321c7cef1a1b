/*
 * The addresses of a server that has a name: requests over HTTP that wait for
 * them, with a resolver that says what the test wants, or nothing.
 */
#include <sys/socket.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "addresses.h"
#include "channel.h"
#include "clock.h"
#include "http.h"
#include "message.h"

#include <event2/http.h>

/* libevent's name for a status is ours for what came of a request. */
#undef HTTP_OK

#define HERE		"127.0.0.1"
#define NOBODY		"127.0.0.9"	/* listens there */

enum saying { SILENT, GONE, UNKNOWN, TEMPORARY, THERE };

static struct event_base	*base;
static struct evhttp		*evhttp;
static struct addresses		*addresses;
static struct http		*http;
static struct channel		*resolver;	/* its end of the link */
static enum saying		 saying;
static const char		*where[2];	/* what it says */
static unsigned int		 asked;
static struct http_answer	 answer;
static char			 name[64];	/* "attic.test:PORT:" */

/* The clock of all, in place of common/clock.c; it can be put forward. */

static int64_t	 ahead;

int64_t
clock_ms(void)
{
	struct timespec ts;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &ts), 0);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000 + ahead;
}

int64_t
clock_us(void)
{
	return clock_ms() * 1000;
}

void
clock_start(struct event *timer, int64_t ms)
{
	struct timeval tv = { 0, 0 };

	if (ms > 0) {
		tv.tv_sec = ms / 1000;
		tv.tv_usec = ms % 1000 * 1000;
	}
	assert_int_equal(event_add(timer, &tv), 0);
}

/* A resolver */

static void
say(uint32_t id)
{
	struct message_addresses message;
	size_t i;

	memset(&message, 0, sizeof(message));
	message.temporary = saying == TEMPORARY;
	for (i = 0; saying == THERE && i < 2 && where[i] != NULL; i++) {
		if (inet_pton(AF_INET, where[i],
		    message.addresses[i].bytes) != 1) {
			message.addresses[i].family = ADDRESS_6;
			assert_int_equal(inet_pton(AF_INET6, where[i],
			    message.addresses[i].bytes), 1);
		}
		message.n++;
	}
	if (message.n == 0)
		strlcpy(message.error, "odd", sizeof(message.error));
	message_put_addresses(channel_imsgbuf(resolver), id, &message);
	channel_written(resolver);
}

static void	link_resolver(void);

static int
heard(struct channel *channel, struct imsg *imsg, void *arg)
{
	(void)arg;
	if (imsg_get_type(imsg) == MESSAGE_HELLO)
		return channel_take_hello(imsg);
	assert_int_equal(imsg_get_type(imsg), MESSAGE_RESOLVE);
	asked++;
	if (saying == GONE) {		/* and there is another one */
		channel_free(channel);
		saying = THERE;
		link_resolver();
	} else if (saying != SILENT)
		say(imsg_get_id(imsg));
	return 0;
}

static void
left(struct channel *channel, const char *error, void *arg)
{
	(void)channel;
	(void)error;
	(void)arg;
	fail();
}

static const struct channel_handlers handlers = { heard, left, NULL };

static void
link_resolver(void)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    fds), 0);
	resolver = channel_new(base, fds[0], &handlers, NULL, 0);
	assert_non_null(resolver);
	channel_say_hello(resolver);
	addresses_link(addresses, fds[1]);
}

/* A server, at HERE */

static void
serve(struct evhttp_request *request, void *arg)
{
	(void)arg;
	evhttp_add_header(evhttp_request_get_output_headers(request),
	    "Content-Type", "application/json");
	/* The next request needs its addresses again. */
	evhttp_add_header(evhttp_request_get_output_headers(request),
	    "Connection", "close");
	evhttp_send_reply(request, 200, "OK", NULL);
}

static void
changed(void *arg)
{
	(void)arg;
	if (http != NULL)
		http_resolved(http);
}

static int
set_up(void **state)
{
	struct server_host host = { .name = "attic.test", .by_name = true };
	struct http_server server = { .api_key = "k" };
	struct evhttp_bound_socket *bound;
	struct sockaddr_in address;
	socklen_t size = sizeof(address);
	char url[64];

	(void)state;
	if ((base = event_base_new()) == NULL ||
	    (evhttp = evhttp_new(base)) == NULL || (bound =
	    evhttp_bind_socket_with_handle(evhttp, HERE, 0)) == NULL ||
	    getsockname(evhttp_bound_socket_get_fd(bound),
	    (struct sockaddr *)&address, &size) == -1)
		return -1;
	evhttp_set_gencb(evhttp, serve, NULL);
	host.port = ntohs(address.sin_port);
	addresses = addresses_new(base, "the server's name", &host, changed, NULL);
	snprintf(url, sizeof(url), "http://attic.test:%u", host.port);
	snprintf(name, sizeof(name), "attic.test:%u:", host.port);
	server.url = url;
	server.addresses = addresses;
	http = http_new(base, &server);
	saying = THERE;
	where[0] = HERE;
	where[1] = NULL;
	asked = 0;
	ahead = 0;
	link_resolver();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	http_free(http);
	http = NULL;
	addresses_free(addresses);
	channel_free(resolver);
	evhttp_free(evhttp);
	event_base_free(base);
	return 0;
}

static void
done(const struct http_answer *a, void *arg)
{
	unsigned int *n = arg;

	answer = *a;
	if (--*n == 0)
		event_base_loopbreak(base);
}

/* So many at the same time; what came of the last. */
static void
ask(unsigned int n)
{
	struct http_call call = { .method = HTTP_GET, .path = "/",
	    .timeout = 1, .stall_timeout = 1, .on_done = done, .arg = &n };
	unsigned int i;

	for (i = n; i > 0; i--)
		assert_non_null(http_send(http, &call));
	assert_int_equal(event_base_dispatch(base), 0);
}

static void
test_known(void **state)
{
	(void)state;
	ask(2);
	assert_int_equal(answer.failure, HTTP_OK);
	assert_int_equal(asked, 1);
	ask(1);
	assert_int_equal(answer.failure, HTTP_OK);
	assert_int_equal(asked, 1);
}

static void
test_unknown(void **state)
{
	(void)state;
	saying = UNKNOWN;
	ask(2);
	assert_int_equal(answer.failure, HTTP_NO_CONNECTION);
	assert_string_equal(answer.error, "GET /: the server's name "
	    "attic.test cannot be resolved: odd");
	assert_int_equal(asked, 1);
	saying = THERE;
	ask(1);
	assert_int_equal(answer.failure, HTTP_OK);
}

/* It is asked for again when there is no connection, and only then. */
static void
test_moves(void **state)
{
	(void)state;
	where[0] = NOBODY;
	ask(1);
	assert_int_equal(answer.failure, HTTP_REFUSED);
	assert_int_equal(asked, 1);
	where[0] = HERE;
	ask(1);
	assert_int_equal(answer.failure, HTTP_OK);
	assert_int_equal(asked, 2);
}

static void
test_several(void **state)
{
	(void)state;
	where[0] = NOBODY;
	where[1] = HERE;
	ask(1);
	assert_int_equal(answer.failure, HTTP_OK);
}

/* The old ones are used meanwhile, and once more: then there are new ones. */
static void
test_refreshed(void **state)
{
	(void)state;
	ask(1);
	where[0] = NOBODY;
	ahead += ADDRESSES_REFRESH;
	ask(1);
	assert_int_equal(answer.failure, HTTP_OK);
	ask(1);
	assert_int_equal(answer.failure, HTTP_REFUSED);
	assert_int_equal(asked, 2);
}

/* Nobody can be asked: what was known is used; but not what is gone. */
static void
test_kept(void **state)
{
	(void)state;
	ask(1);
	addresses_doubt(addresses);
	saying = TEMPORARY;
	ask(1);
	assert_int_equal(answer.failure, HTTP_OK);
	assert_int_equal(asked, 2);
	addresses_doubt(addresses);
	saying = UNKNOWN;
	ask(1);
	assert_int_equal(answer.failure, HTTP_NO_CONNECTION);
	assert_int_equal(asked, 3);
	saying = TEMPORARY;
	ask(1);
	assert_int_equal(answer.failure, HTTP_NO_CONNECTION);
}

static void
test_resolver_dies(void **state)
{
	(void)state;
	saying = GONE;
	ask(2);
	assert_int_equal(answer.failure, HTTP_OK);
	assert_int_equal(asked, 2);
}

static void
test_silent(void **state)
{
	(void)state;
	saying = SILENT;
	ask(1);
	assert_int_equal(answer.failure, HTTP_NO_CONNECTION);
	assert_string_equal(answer.error, "GET /: the server's name "
	    "attic.test was not resolved within 1 s");
}

static void
test_entry(void **state)
{
	char entry[128];

	(void)state;
	assert_null(addresses_entry(addresses));
	where[0] = "2001:db8::1";
	where[1] = "192.0.2.1";
	assert_int_equal(addresses_need(addresses), ADDRESSES_ASKED);
	while (addresses_state(addresses) == ADDRESSES_ASKED)
		assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
	snprintf(entry, sizeof(entry), "%s[2001:db8::1],192.0.2.1", name);
	assert_string_equal(addresses_entry(addresses), entry);
}

#define TEST(function)							\
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_known),
		TEST(test_unknown),
		TEST(test_moves),
		TEST(test_several),
		TEST(test_refreshed),
		TEST(test_kept),
		TEST(test_resolver_dies),
		TEST(test_silent),
		TEST(test_entry)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
