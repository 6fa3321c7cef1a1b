/*
 * The resolver's role, in a process and a sandbox of its own: it answers for
 * the names that the parent has told it, to whom they belong, and ends of
 * anything else.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "message.h"
#include "resolver.h"

static struct imsgbuf	parent, fetcher;
static pid_t		pid;

/* A new link of this server's fetcher. */
static void
link_as(const char *server)
{
	static const struct message_hello hello = { PROTOCOL_VERSION };
	struct message_link link;
	int fds[2];

	memset(&link, 0, sizeof(link));
	link.role = ROLE_FETCHER;
	strlcpy(link.server, server, sizeof(link.server));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    fds), 0);
	message_put_link(&parent, &link, fds[1]);
	assert_int_equal(imsgbuf_flush(&parent), 0);
	assert_int_equal(imsgbuf_init(&fetcher, fds[0]), 0);
	message_put_hello(&fetcher, 0, &hello);
}

static void
tell_host(const char *server, const char *host)
{
	struct message_host message;

	memset(&message, 0, sizeof(message));
	strlcpy(message.server, server, sizeof(message.server));
	strlcpy(message.host, host, sizeof(message.host));
	message_put_host(&parent, 0, &message);
}

static int
set_up(void **state)
{
	static const struct message_hello hello = { PROTOCOL_VERSION };
	static const struct message_resolver_options options;
	int fds[2];

	(void)state;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == -1 ||
	    (pid = fork()) == -1)
		return -1;
	if (pid == 0) {
		close(fds[0]);
		if (dup2(fds[1], 3) == -1)
			_exit(1);
		log_init("resolver", 1, 0);
		resolver_main();
	}
	close(fds[1]);
	if (imsgbuf_init(&parent, fds[0]) == -1)
		return -1;
	imsgbuf_allow_fdpass(&parent);
	message_put_hello(&parent, 0, &hello);
	message_put_resolver_options(&parent, 0, &options);
	tell_host("attic", "localhost");
	tell_host("cellar", "nowhere.invalid.");
	message_put_empty(&parent, MESSAGE_CONFIG_DONE, 0);
	link_as("attic");
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	close(parent.fd);
	close(fetcher.fd);
	imsgbuf_clear(&parent);
	imsgbuf_clear(&fetcher);
	return 0;
}

/* Its status: 0, as it was told to end; 1, as it heard nonsense. */
static int
ended(void)
{
	const struct timespec moment = { 0, 10000000 };
	int status, i;

	for (i = 0; i < 1000 && waitpid(pid, &status, WNOHANG) == 0; i++)
		nanosleep(&moment, NULL);
	if (i == 1000) {
		kill(pid, SIGKILL);
		fail_msg("it goes on");
	}
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
ask(uint32_t id, struct message_addresses *addresses)
{
	struct imsg imsg;
	ssize_t n;

	message_put_empty(&fetcher, MESSAGE_RESOLVE, id);
	assert_int_equal(imsgbuf_flush(&fetcher), 0);
	for (;;) {
		assert_int_not_equal(n = imsg_get(&fetcher, &imsg), -1);
		if (n == 0) {
			assert_int_equal(imsgbuf_read(&fetcher), 1);
			continue;
		}
		if (imsg_get_type(&imsg) != MESSAGE_HELLO)
			break;
		imsg_free(&imsg);
	}
	assert_int_equal(imsg_get_id(&imsg), id);
	assert_int_equal(message_get_addresses(&imsg, addresses), 0);
	imsg_free(&imsg);
}

static void
test_own_name(void **state)
{
	static const unsigned char loopback[] = { 127, 0, 0, 1 };
	struct message_addresses addresses;
	uint32_t i;

	(void)state;
	ask(7, &addresses);
	assert_int_not_equal(addresses.n, 0);
	for (i = 0; i < addresses.n; i++) {
		if (addresses.addresses[i].family == ADDRESS_4 &&
		    memcmp(addresses.addresses[i].bytes, loopback,
		    sizeof(loopback)) == 0)
			break;
	}
	assert_int_not_equal(i, addresses.n);
	ask(8, &addresses);
	assert_int_not_equal(addresses.n, 0);
	close(parent.fd);
	parent.fd = -1;
	assert_int_equal(ended(), 0);
}

static void
test_other_server(void **state)
{
	(void)state;
	close(fetcher.fd);
	imsgbuf_clear(&fetcher);
	link_as("den");
	assert_int_equal(ended(), 1);
}

/* A fetcher may not say for whom it asks. */
static void
test_other_name(void **state)
{
	(void)state;
	assert_int_equal(imsg_compose(&fetcher, MESSAGE_RESOLVE, 1, 0, -1,
	    "cellar", 6), 1);
	assert_int_equal(imsgbuf_flush(&fetcher), 0);
	assert_int_equal(ended(), 1);
}

/* Nor does the parent tell it more once it is confined. */
static void
test_too_late(void **state)
{
	(void)state;
	tell_host("den", "localhost");
	assert_int_equal(imsgbuf_flush(&parent), 0);
	assert_int_equal(ended(), 1);
}

#define TEST(function)							\
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_own_name),
		TEST(test_other_server),
		TEST(test_other_name),
		TEST(test_too_late)
	};

	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
