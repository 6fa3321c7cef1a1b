/* The control socket against clients that do not behave. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine.h"

#define COMMANDS_MAX	100000	/* far more than sockets and queue hold */
#define TURNS		1000	/* of the loop; more than any test needs */

#define ENGINES_MAX	2	/* one for each test */

/*
 * An engine that is still starting: it has a short answer to everything.  It
 * ends with its process, so those of earlier tests are kept.
 */
static struct engine	 engines[ENGINES_MAX];
static struct engine	*engine = engines;
static struct imsgbuf	 client;
static char		 failure[ERROR_SIZE];	/* of the last answer */

static void
turn(void)
{
	assert_int_not_equal(event_base_loop(engine->base, EVLOOP_NONBLOCK),
	    -1);
}

static int
begin(void **state)
{
	char directory[] = "/tmp/jellyporter-control.XXXXXX";
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, listener;

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/s",
	    directory);
	assert_true(engine < engines + ENGINES_MAX);
	TAILQ_INIT(&engine->servers);
	assert_non_null(engine->base = event_base_new());
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_not_equal(listener, -1);
	assert_int_equal(bind(listener, (struct sockaddr *)&address,
	    sizeof(address)), 0);
	assert_int_equal(listen(listener, 1), 0);
	engine->control = control_new(engine);
	control_listen(engine->control, listener);
	assert_int_not_equal(fd = socket(AF_UNIX, SOCK_STREAM, 0), -1);
	assert_int_equal(connect(fd, (struct sockaddr *)&address,
	    sizeof(address)), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(imsgbuf_init(&client, fd), 0);
	assert_int_equal(unlink(address.sun_path), 0);
	assert_int_equal(rmdir(directory), 0);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	imsgbuf_clear(&client);
	close(client.fd);
	turn();				/* it notices, and frees its client */
	engine++;
	return 0;
}

static void
say_hello(uint32_t version)
{
	struct message_hello hello = { version };

	message_put_hello(&client, 0, &hello);
}

static void
say_status(void)
{
	struct message_command command;

	memset(&command, 0, sizeof(command));
	command.command = COMMAND_STATUS;
	message_put_command(&client, 0, &command);
}

/* False if the engine takes no more for now. */
static bool
write_out(void)
{
	int i;

	for (i = 0; i < TURNS; i++) {
		assert_int_not_equal(imsgbuf_write(&client), -1);
		turn();
		if (imsgbuf_queuelen(&client) == 0)
			return true;
	}
	return false;
}

/* Everything the engine has to say; how many answers that were. */
static size_t
read_answers(void)
{
	struct message_command_result result;
	struct imsg imsg;
	size_t n = 0;
	int quiet = 0;

	while (quiet < TURNS) {
		quiet++;
		assert_int_not_equal(imsgbuf_write(&client), -1);
		turn();
		if (imsgbuf_read(&client) != 1)
			break;			/* it has hung up */
		while (imsg_get(&client, &imsg) > 0) {
			quiet = 0;
			if (imsg_get_type(&imsg) == MESSAGE_COMMAND_RESULT) {
				assert_int_equal(message_get_command_result(
				    &imsg, &result), 0);
				strlcpy(failure, result.error,
				    sizeof(failure));
				n++;
			}
			imsg_free(&imsg);
		}
	}
	return n;
}

/* Who reads no answer is not heard; who reads again has all of them. */
static void
test_deaf(void **state)
{
	size_t n = 0;

	(void)state;
	say_hello(PROTOCOL_VERSION);
	do {
		say_status();
		n++;
	} while (write_out() && n < COMMANDS_MAX);
	assert_in_range(n, 1000, COMMANDS_MAX - 1);
	assert_int_equal(read_answers(), n);
	assert_string_equal(failure, "the daemon is still starting");
	say_status();
	assert_int_equal(read_answers(), 1);
}

/* What a command of another version means is not known. */
static void
test_other_version(void **state)
{
	(void)state;
	say_hello(PROTOCOL_VERSION + 1);
	say_status();
	assert_int_equal(read_answers(), 1);
	assert_string_equal(failure, "jellyporterctl and jellyporterd are of "
	    "different versions");
	say_status();
	say_hello(PROTOCOL_VERSION);
	say_status();
	assert_int_equal(read_answers(), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_deaf, begin, end),
		cmocka_unit_test_setup_teardown(test_other_version, begin,
		    end)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
