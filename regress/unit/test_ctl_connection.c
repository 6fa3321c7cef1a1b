/*
 * The conversation in which jellyporterctl gets its answer, with a child of
 * ours as the engine: one that answers, and others that do not.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "connection.h"
#include "imsg.h"
#include "message.h"
#include "output.h"

static struct message_row row;		/* that the engine answers with */
static struct said {			/* what it says otherwise */
	uint32_t	 type;
	const void	*data;
	size_t		 len;
}			 said;
static char		*printed;	/* by the last ask() */

/* What the engine does after it has said hello. */
enum engine_act {
	ENGINE_ANSWERS,
	ENGINE_FAILS,
	ENGINE_LEAVES,		/* after a row */
	ENGINE_SAYS,		/* what is in said, and leaves */
	ENGINE_GIVES,		/* a descriptor that nobody wants */
	ENGINE_IS_CUT,		/* in the middle of a row */
	ENGINE_GREETS_ODDLY,	/* with what is in said */
	ENGINE_IS_OLD,		/* another version of the protocol */
	ENGINE_IS_RUDE,		/* a row without a hello */
	ENGINE_RAVES		/* bytes that are no message */
};

static void
engine_read(struct imsgbuf *imsgbuf, uint32_t type, struct imsg *imsg)
{
	ssize_t n;

	while ((n = imsg_get(imsgbuf, imsg)) == 0) {
		if (imsgbuf_read(imsgbuf) != 1)
			_exit(1);
	}
	if (n == -1 || imsg_get_type(imsg) != type)
		_exit(2);
}

/* All of a row but its last byte. */
static void
engine_is_cut(struct imsgbuf *imsgbuf)
{
	const void *bytes;
	size_t len;

	message_put_row(imsgbuf, 0, &row);
	bytes = imsgbuf_queued(imsgbuf, &len);
	if (write(imsgbuf->fd, bytes, len - 1) != (ssize_t)len - 1)
		_exit(8);
	_exit(0);
}

static void
engine_say(struct imsgbuf *imsgbuf, int fd)
{
	if (imsg_compose(imsgbuf, said.type, 0, 0, fd, said.data, said.len) !=
	    1)
		_exit(9);
}

static void
engine_answer(struct imsgbuf *imsgbuf, enum engine_act act)
{
	struct message_command_result result = { act == ENGINE_FAILS, false, "" };
	struct message_command command;
	struct imsg imsg;

	engine_read(imsgbuf, MESSAGE_COMMAND, &imsg);
	if (message_get_command(&imsg, &command) == -1 ||
	    command.command != COMMAND_SHOW_UNMATCHED ||
	    strcmp(command.server, "attic") != 0)
		_exit(3);
	imsg_free(&imsg);
	if (act == ENGINE_IS_CUT)
		engine_is_cut(imsgbuf);
	if (act == ENGINE_SAYS || act == ENGINE_GIVES) {
		engine_say(imsgbuf, act == ENGINE_GIVES ? dup(imsgbuf->fd) :
		    -1);
		return;
	}
	if (act == ENGINE_FAILS)
		strlcpy(result.error, "no such server",
		    sizeof(result.error));
	if (act != ENGINE_FAILS)
		message_put_row(imsgbuf, 0, &row);
	if (act != ENGINE_LEAVES)
		message_put_command_result(imsgbuf, 0, &result);
}

__attribute__((__noreturn__))
static void
engine(int fd, enum engine_act act)
{
	struct message_hello hello = { PROTOCOL_VERSION };
	struct imsgbuf imsgbuf;
	struct imsg imsg;

	if (imsgbuf_init(&imsgbuf, fd) == -1)
		_exit(4);
	if (act == ENGINE_IS_OLD)
		hello.version++;
	if (act == ENGINE_IS_RUDE)
		message_put_row(&imsgbuf, 0, &row);
	else if (act == ENGINE_RAVES &&
	    write(fd, "HTTP/1.1 400 Bad Request\r\n\r\n", 28) != 28)
		_exit(5);
	else if (act == ENGINE_GREETS_ODDLY)
		engine_say(&imsgbuf, -1);
	else if (act != ENGINE_RAVES)
		message_put_hello(&imsgbuf, 0, &hello);
	if (imsgbuf_flush(&imsgbuf) == -1)
		_exit(6);
	engine_read(&imsgbuf, MESSAGE_HELLO, &imsg);
	imsg_free(&imsg);
	if (act <= ENGINE_IS_CUT)
		engine_answer(&imsgbuf, act);
	if (imsgbuf_flush(&imsgbuf) == -1)
		_exit(7);
	imsgbuf_clear(&imsgbuf);
	_exit(0);
}

/* Asks an engine in a child; what connection_command() came back with. */
static int
ask(enum engine_act act, char *error, size_t size)
{
	struct message_command command;
	struct output output;
	struct screen screen;
	size_t printed_size;
	int fds[2], result, status;
	pid_t pid;

	memset(&command, 0, sizeof(command));
	command.command = COMMAND_SHOW_UNMATCHED;
	strlcpy(command.server, "attic", sizeof(command.server));
	row_begin(&row, "unmatched");
	row_text(&row, "title", "Heat");
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		close(fds[0]);
		engine(fds[1], act);
	}
	close(fds[1]);
	memset(&screen, 0, sizeof(screen));
	screen.file = open_memstream(&printed, &printed_size);
	assert_non_null(screen.file);
	output_init(&output, &output_json, COMMAND_SHOW_UNMATCHED, &screen);
	error[0] = '\0';
	result = connection_command(fds[0], &command, &output, error, size);
	output_clear(&output);
	assert_int_equal(fclose(screen.file), 0);
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	return result;
}

static void
assert_printed(const char *expected)
{
	assert_string_equal(printed, expected);
	free(printed);
	printed = NULL;
}

static void
test_conversation(void **state)
{
	char error[ERROR_SIZE];

	(void)state;
	assert_int_equal(ask(ENGINE_ANSWERS, error, sizeof(error)), 0);
	assert_printed("{\"unmatched\":[{\"title\":\"Heat\"}]}\n");
	assert_int_equal(ask(ENGINE_FAILS, error, sizeof(error)), -1);
	assert_string_equal(error, "no such server");
	assert_printed("{\"unmatched\":[],\"error\":\"no such server\"}\n");
}

static void
test_conversation_breaks(void **state)
{
	static const struct {
		enum engine_act	 act;
		const char	*error;
	} cases[] = {
		{ ENGINE_LEAVES, "before its answer was complete" },
		{ ENGINE_IS_CUT, "before its answer was complete" },
		{ ENGINE_IS_OLD, "version 2 of the protocol" },
		{ ENGINE_IS_RUDE, "out of turn" },
		{ ENGINE_RAVES, "nonsense" }
	};
	char error[ERROR_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(ask(cases[i].act, error, sizeof(error)), -1);
		if (strstr(error, cases[i].error) == NULL)
			fail_msg("\"%s\" does not say \"%s\"", error,
			    cases[i].error);
		/* Half of an answer must not look like an answer. */
		assert_printed("");
	}
}

/* It is said what of it made no sense, and nothing of it is shown. */
static void
assert_refused(enum engine_act act, const char *words)
{
	char error[ERROR_SIZE];

	assert_int_equal(ask(act, error, sizeof(error)), -1);
	if (strstr(error, words) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", error, words);
	assert_printed("");
}

static void
test_messages_that_are_none(void **state)
{
	static const struct {
		enum engine_act	 act;
		struct said	 said;
		const char	*error;
	} cases[] = {
		{ ENGINE_SAYS, { MESSAGE_TYPE_COUNT, "", 0 },
		    "which is none for us" },
		{ ENGINE_SAYS, { UINT32_MAX, "x", 1 },
		    "of type 4294967295, which is none for us" },
		{ ENGINE_SAYS, { MESSAGE_ITEM, "", 0 },
		    "which is none for us" },
		{ ENGINE_SAYS, { MESSAGE_HELLO, "\0\0\0\1", 4 },
		    "hello out of turn" },
		{ ENGINE_SAYS, { MESSAGE_ROW, "", 0 }, "nonsense for a row" },
		{ ENGINE_SAYS, { MESSAGE_METRIC, "", 0 },
		    "nonsense for a metric" },
		{ ENGINE_SAYS, { MESSAGE_HISTORY, "", 0 },
		    "nonsense for history" },
		{ ENGINE_SAYS, { MESSAGE_COMMAND_RESULT, "\0\0\0", 3 },
		    "nonsense for a result" },
		{ ENGINE_GREETS_ODDLY, { MESSAGE_HELLO, "\0\0\0", 3 },
		    "nonsense for a hello" },
		{ ENGINE_GREETS_ODDLY, { MESSAGE_HELLO, "\0\0\0\1\0", 5 },
		    "nonsense for a hello" },
		{ ENGINE_GIVES, { MESSAGE_ROW, "", 0 },
		    "cannot read from the daemon" }
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		said = cases[i].said;
		assert_refused(cases[i].act, cases[i].error);
	}
}

/* A row that ends anywhere but at its end, and one that goes on behind it. */
static void
test_rows_of_other_lengths(void **state)
{
	unsigned char bytes[512] = { 0 };
	struct imsgbuf imsgbuf;
	const void *queued;
	size_t len, whole;

	(void)state;
	assert_int_equal(imsgbuf_init(&imsgbuf, -1), 0);
	row_begin(&row, "unmatched");
	row_text(&row, "title", "Heat");
	message_put_row(&imsgbuf, 0, &row);
	queued = imsgbuf_queued(&imsgbuf, &whole);
	whole -= IMSG_HEADER_SIZE;
	assert_true(whole < sizeof(bytes));
	memcpy(bytes, (const char *)queued + IMSG_HEADER_SIZE, whole);
	imsgbuf_clear(&imsgbuf);
	said.type = MESSAGE_ROW;
	said.data = bytes;
	for (len = 0; len <= whole + 1; len++) {
		said.len = len;
		assert_refused(ENGINE_SAYS, len == whole ?
		    "before its answer was complete" : "nonsense for a row");
	}
}

/* One that fails and has no words for it. */
static void
test_no_words(void **state)
{
	static const struct message_command_result result = { true, false,
	    "" };
	struct imsgbuf imsgbuf;
	char error[ERROR_SIZE];
	const void *queued;

	(void)state;
	assert_int_equal(imsgbuf_init(&imsgbuf, -1), 0);
	message_put_command_result(&imsgbuf, 0, &result);
	queued = imsgbuf_queued(&imsgbuf, &said.len);
	said.type = MESSAGE_COMMAND_RESULT;
	said.data = (const char *)queued + IMSG_HEADER_SIZE;
	said.len -= IMSG_HEADER_SIZE;
	assert_int_equal(ask(ENGINE_SAYS, error, sizeof(error)), -1);
	assert_string_equal(error, "the daemon could not do it");
	free(printed);
	imsgbuf_clear(&imsgbuf);
}

static void
test_nobody_there(void **state)
{
	static const struct message_command command = {
		.command = COMMAND_STATUS
	};
	char error[ERROR_SIZE];
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	close(fds[1]);
	assert_int_equal(connection_command(fds[0], &command, NULL, error,
	    sizeof(error)), -1);
	assert_string_equal(error, "cannot write to the daemon: Broken pipe");
	close(fds[0]);
}

static void
test_open(void **state)
{
	char long_path[200];

	(void)state;
	assert_int_equal(connection_open("/nonexistent/socket"), -1);
	assert_int_equal(errno, ENOENT);
	memset(long_path, 'x', sizeof(long_path) - 1);
	long_path[sizeof(long_path) - 1] = '\0';
	assert_int_equal(connection_open(long_path), -1);
	assert_int_equal(errno, ENAMETOOLONG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conversation),
		cmocka_unit_test(test_conversation_breaks),
		cmocka_unit_test(test_messages_that_are_none),
		cmocka_unit_test(test_rows_of_other_lengths),
		cmocka_unit_test(test_no_words),
		cmocka_unit_test(test_nobody_there),
		cmocka_unit_test(test_open)
	};

	return cmocka_run_group_tests_name("ctl_connection", tests, NULL,
	    NULL);
}
