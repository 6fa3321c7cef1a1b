/*
 * message: each arrives as it was sent, and nothing else passes: not cut
 * short, not with a byte too many, not under another type, not out of range.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/socket.h>
#include <sys/wait.h>

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "message.h"
#include "messages.h"
#include "text.h"

struct pair {
	struct imsgbuf	out;
	struct imsgbuf	in;
};

static size_t			every = 1;	/* of the bytes, one is tried */
static union any_message	sent, got;
static struct pair		pair;

static int
setup(void **state)
{
	int fds[2];

	(void)state;
	memset(&sent, 0, sizeof(sent));
	memset(&got, 0, sizeof(got));
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == -1 ||
	    imsgbuf_init(&pair.out, fds[0]) == -1 ||
	    imsgbuf_init(&pair.in, fds[1]) == -1)
		return -1;
	imsgbuf_allow_fdpass(&pair.in);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	close(pair.out.fd);
	close(pair.in.fd);
	imsgbuf_clear(&pair.out);
	imsgbuf_clear(&pair.in);
	return 0;
}

/* What has been put, as it comes out at the other end. */
static void
pass(struct imsg *imsg)
{
	ssize_t n;

	assert_int_equal(imsgbuf_flush(&pair.out), 0);
	while ((n = imsg_get(&pair.in, imsg)) == 0)
		assert_int_equal(imsgbuf_read(&pair.in), 1);
	assert_true(n > 0);
}

static void
pass_sample(const struct message_sample *s, struct imsg *imsg)
{
	memset(&sent, 0, sizeof(sent));
	memset(&got, 0, sizeof(got));
	s->fill(&sent);
	s->put(&pair.out, &sent);
	pass(imsg);
}

/*
 * Reads other data under the message's header.  They are on the heap, in
 * their exact length, so that a read beyond them is found out.
 */
static int
get_other(const struct message_sample *s, const struct imsg *imsg,
    const unsigned char *data, size_t size)
{
	struct imsg other = *imsg;
	int result;

	other.hdr.len = (uint32_t)(IMSG_HEADER_SIZE + size);
	other.data = malloc(size == 0 ? 1 : size);
	assert_non_null(other.data);
	memcpy(other.data, data, size);
	result = s->get(&other, &got);
	free(other.data);
	return result;
}

static void
test_round_trips(void **state)
{
	struct imsg imsg;
	size_t i;

	(void)state;
	for (i = 0; i < n_message_samples; i++) {
		pass_sample(&message_samples[i], &imsg);
		assert_int_equal(imsg_get_type(&imsg), message_samples[i].type);
		assert_int_equal(imsg_get_id(&imsg), 77);
		if (message_samples[i].get(&imsg, &got) == -1)
			fail_msg("%s", message_samples[i].name);
		if (memcmp(&sent, &got, message_samples[i].size) != 0)
			fail_msg("%s differs", message_samples[i].name);
	}
}

static void
test_exact_length_and_type(void **state)
{
	unsigned char data[MAX_IMSGSIZE];
	struct imsg imsg;
	size_t i, size, len;

	(void)state;
	for (i = 0; i < n_message_samples; i++) {
		pass_sample(&message_samples[i], &imsg);
		len = imsg_get_len(&imsg);
		memset(data, 0, sizeof(data));
		memcpy(data, imsg.data, len);
		for (size = 0; size < len; size++) {
			if (get_other(&message_samples[i], &imsg, data, size) != -1)
				fail_msg("%s, cut", message_samples[i].name);
		}
		assert_int_equal(get_other(&message_samples[i], &imsg, data, len), 0);
		if (get_other(&message_samples[i], &imsg, data, len + 1) != -1)
			fail_msg("%s, longer", message_samples[i].name);
		imsg.hdr.type++;
		if (get_other(&message_samples[i], &imsg, data, len) != -1)
			fail_msg("%s, another type", message_samples[i].name);
	}
}

/*
 * Any byte may be wrong.  What is accepted nevertheless must be something
 * that could have been sent: put_ is fatal for what is out of range.
 */
static void
test_any_byte_wrong(void **state)
{
	static const unsigned char values[] = { 0x00, 0x01, 0x02, 0x7f, 0x80,
	    0xff };
	unsigned char data[MAX_IMSGSIZE];
	struct imsg imsg, again;
	size_t i, j, v, len;

	(void)state;
	for (i = 0; i < n_message_samples; i++) {
		pass_sample(&message_samples[i], &imsg);
		len = imsg_get_len(&imsg);
		memcpy(data, imsg.data, len);
		for (j = i % every; j < len; j += every) {
			unsigned char was = data[j];

			for (v = 0; v < sizeof(values); v++) {
				data[j] = values[v];
				if (get_other(&message_samples[i], &imsg, data,
				    len) == -1)
					continue;
				message_samples[i].put(&pair.out, &got);
				pass(&again);
				assert_int_equal(imsg_get_len(&again), len);
				assert_memory_equal(again.data, data, len);
			}
			data[j] = was;
		}
	}
}

static void
expect_refused(const struct message_sample *s, size_t at, uint8_t value)
{
	unsigned char data[MAX_IMSGSIZE];
	struct imsg imsg;

	pass_sample(s, &imsg);
	memcpy(data, imsg.data, imsg_get_len(&imsg));
	assert_int_equal(get_other(s, &imsg, data, imsg_get_len(&imsg)), 0);
	assert_int_not_equal(data[at], value);
	data[at] = value;
	assert_int_equal(get_other(s, &imsg, data, imsg_get_len(&imsg)), -1);
}

static void
test_ranges(void **state)
{
	const struct message_sample *library = message_sample("library");
	const struct message_sample *userdata = message_sample("userdata");
	const struct message_sample *acted = message_sample("acted");
	const struct message_sample *row = message_sample("row");

	(void)state;
	/* The text "Films": its length, a NUL in it, bytes that are none. */
	expect_refused(library, 0, 1);
	expect_refused(library, 1, 4);
	expect_refused(library, 1, 6);
	expect_refused(library, 2, 0);
	expect_refused(library, 6, 0xc3);
	expect_refused(library, 7, 2);			/* a bool */
	expect_refused(userdata, 16, 0x80);		/* position < 0 */
	expect_refused(userdata, 24, 0x80);		/* date < 0 */
	expect_refused(userdata, 27, 0x3b);		/* after 9999 */
	expect_refused(userdata, 32, 0x80);		/* count < 0 */
	expect_refused(userdata, 36, 2);
	expect_refused(userdata, 37, 0xff);
	expect_refused(acted, 8, 0x80);			/* date < 0 */
	expect_refused(acted, 11, 0x3b);		/* after 9999 */
	/* "attic" begins a row of 8 values: type, name, text. */
	expect_refused(row, 8, ROW_VALUES_MAX + 1);
	expect_refused(row, 11, 7);
	expect_refused(row, 12, VALUE_TYPE_COUNT);

	expect_refused(message_sample("list"), 0, LISTING_COUNT);
	expect_refused(message_sample("list"), 17, 0x80);
	expect_refused(message_sample("list"), 25, 1);
	expect_refused(message_sample("activity"), 0, 0x80);
	expect_refused(message_sample("activity"), 8, 1);
	expect_refused(message_sample("acted"), 0, 0x80);
	expect_refused(message_sample("acted"), 8, 0x80);
	expect_refused(message_sample("acted"), 16, 2);
	expect_refused(message_sample("read"), 16, 2);
	expect_refused(message_sample("read"), 17, LISTING_COUNT + 1);
	expect_refused(message_sample("read"), 21, READ_IDS_MAX + 1);
	expect_refused(message_sample("read"), 21, 0);
	expect_refused(message_sample("read"), 22 + 16, 2);
	expect_refused(message_sample("alternates"), 3,
	    READ_IDS_MAX + 1);
	expect_refused(message_sample("alternates"), 3, 0);
	expect_refused(message_sample("alternate"), 32, 0x80);
	expect_refused(message_sample("watch"), 3, WATCHED_MAX + 1);
	expect_refused(message_sample("live"), 0, LIVE_STATE_COUNT);
	expect_refused(message_sample("dirty"), 16, 2);
	expect_refused(message_sample("dirty"), 19, 0xff);
	expect_refused(message_sample("event"), 48, 2);
	expect_refused(message_sample("write"), 19, WRITES_MAX + 1);
	/* Root; no id at all, to setresgid(). */
	expect_refused(message_sample("somebody"), 3, 0);
	expect_refused(message_sample("somebody"), 7, 0xff);
	expect_refused(message_sample("addresses"), 3, ADDRESSES_MAX + 1);
	/* Another family is another length; one that there is not. */
	expect_refused(message_sample("addresses"), 4, ADDRESS_6);
	expect_refused(message_sample("addresses"), 4,
	    ADDRESS_FAMILY_COUNT);
	/* None, and no reason; some, for the time being. */
	expect_refused(message_sample("no_address"), 6, 0);
	expect_refused(message_sample("addresses"), 4 + 8 * 5 + 8 * 17, 1);
	/* The first of a batch, joined with nothing. */
	expect_refused(message_sample("write"), 20 + 17, 1);
	expect_refused(message_sample("movie"), 16, ITEM_KIND_COUNT);
	expect_refused(message_sample("movie"), 21, 0xfe);
	expect_refused(message_sample("movie"), 45, 0);
	expect_refused(message_sample("written"), 16, WRITE_RESULT_COUNT);
	expect_refused(message_sample("result"), 0, REQUEST_RESULT_COUNT);
	expect_refused(message_sample("command"), 0, COMMAND_COUNT);
	expect_refused(message_sample("metric"), 0, METRIC_COUNT);
	/* "bob", then the kind, which is never that of a series. */
	expect_refused(message_sample("history"), 1, 0);
	expect_refused(message_sample("history"), 5, ITEM_SERIES);
	expect_refused(message_sample("engine_options"), 37 + 3,
	    FIELD_ALL + 1);
}

/* A text as long as the field would leave no room for its end. */
static void
test_longest_text(void **state)
{
	const struct message_sample *s = message_sample("library");
	unsigned char data[2 + NAME_SIZE + 1];
	struct imsg imsg;

	(void)state;
	pass_sample(s, &imsg);
	memset(data, 'x', sizeof(data));
	data[0] = 0;
	data[1] = NAME_SIZE - 1;
	data[2 + NAME_SIZE - 1] = 0;
	assert_int_equal(get_other(s, &imsg, data, 2 + NAME_SIZE), 0);
	assert_int_equal(strlen(got.library.name), NAME_SIZE - 1);
	data[0] = NAME_SIZE >> 8;
	data[1] = NAME_SIZE & 0xff;
	data[2 + NAME_SIZE - 1] = 'x';
	data[2 + NAME_SIZE] = 0;
	assert_int_equal(get_other(s, &imsg, data, 2 + NAME_SIZE + 1), -1);
}

/* More text than a message holds is cut; what is short stays whole. */
static void
test_row_always_fits(void **state)
{
	char name[ROW_NAME_SIZE], text[ROW_TEXT_SIZE];
	struct imsg imsg;
	int i;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	row_begin(&sent.row, name);
	for (i = 0; i < ROW_VALUES_MAX; i++) {
		name[0] = (char)('A' + i);
		if (i == 3)
			row_text(&sent.row, name, "short");
		else if (i == 4)
			row_number(&sent.row, name, VALUE_NUMBER, 1);
		else if (i % 4 == 0)
			row_text(&sent.row, name, text);
		else	/* characters of three bytes */
			row_text(&sent.row, name, "\xe2\x82\xac"
			    "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac");
	}
	message_put_row(&pair.out, 1, &sent.row);
	pass(&imsg);
	assert_int_equal(message_get_row(&imsg, &got.row), 0);
	assert_int_equal(strlen(got.row.values[0].text), ROW_TEXT_SIZE - 1);

	for (i = 5; i < ROW_VALUES_MAX; i++)
		memcpy(sent.row.values[i].text, i % 2 == 0 ? text :
		    sent.row.values[5].text, ROW_TEXT_SIZE);
	for (i = 0; i < ROW_TEXT_SIZE - 3; i += 3)
		memcpy(sent.row.values[5].text + i, "\xe2\x82\xac", 4);
	for (i = 7; i < ROW_VALUES_MAX; i += 2)
		memcpy(sent.row.values[i].text, sent.row.values[5].text,
		    ROW_TEXT_SIZE);
	message_put_row(&pair.out, 1, &sent.row);
	pass(&imsg);
	assert_true(imsg_get_len(&imsg) > MAX_IMSGSIZE - 100);
	assert_int_equal(message_get_row(&imsg, &got.row), 0);
	assert_int_equal(got.row.n_values, ROW_VALUES_MAX);
	assert_string_equal(got.row.values[3].text, "short");
	assert_true(strlen(got.row.values[0].text) > 400);
	assert_true(strlen(got.row.values[5].text) > 400);
	assert_int_equal(strlen(got.row.values[5].text) % 3, 0);
}

static void
test_row_values(void **state)
{
	char text[2 * ROW_TEXT_SIZE];
	const struct row_value *v;

	(void)state;
	message_sample("row")->fill(&sent);
	assert_int_equal(sent.row.n_values, 8);
	v = row_get(&sent.row, "up");
	assert_non_null(v);
	assert_int_equal(v->type, VALUE_BOOL);
	assert_int_equal(v->number, 1);
	assert_int_equal(row_get(&sent.row, "null")->type, VALUE_NONE);
	assert_int_equal(row_get(&sent.row, "empty")->type, VALUE_TEXT);
	assert_null(row_get(&sent.row, "other"));

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	text[0] = (char)0xff;
	row_begin(&sent.row, "x");
	row_text(&sent.row, "long", text);
	assert_int_equal(strlen(sent.row.values[0].text), ROW_TEXT_SIZE - 1);
	assert_true(text_is_utf8(sent.row.values[0].text, ROW_TEXT_SIZE - 1));
}

static void
test_descriptors(void **state)
{
	struct message_link link;
	struct imsg imsg;
	uint32_t serves;
	int fd;

	(void)state;
	memset(&link, 0, sizeof(link));
	link.role = ROLE_FETCHER;
	assert_int_equal(text_copy(link.server, sizeof(link.server), "attic"),
	    0);
	message_put_link(&pair.out, &link, open("/dev/null", O_RDONLY));
	memset(&link, 0, sizeof(link));
	pass(&imsg);
	assert_int_equal(message_get_link(&imsg, &link, &fd), 0);
	assert_int_equal(link.role, ROLE_FETCHER);
	assert_string_equal(link.server, "attic");
	assert_int_not_equal(fd, -1);
	close(fd);
	imsg_free(&imsg);

	message_put_control_socket(&pair.out, open("/dev/null", O_RDONLY));
	pass(&imsg);
	assert_int_equal(message_get_link(&imsg, &link, &fd), -1);
	assert_int_equal(fd, -1);
	assert_int_equal(message_get_listen_socket(&imsg, &serves, &fd), -1);
	assert_int_equal(message_get_control_socket(&imsg, &fd), 0);
	close(fd);
	message_put_listen_socket(&pair.out, SERVES_METRICS,
	    open("/dev/null", O_RDONLY));
	pass(&imsg);
	assert_int_equal(message_get_listen_socket(&imsg, &serves, &fd), 0);
	assert_int_equal(serves, SERVES_METRICS);
	close(fd);
	/* On which nothing is served. */
	assert_int_equal(imsg_compose(&pair.out, MESSAGE_LISTEN_SOCKET, 0, 0,
	    -1, "\0\0\0\0", 4), 1);
	pass(&imsg);
	assert_int_equal(message_get_listen_socket(&imsg, &serves, &fd), -1);

	/* Without what they are about. */
	assert_int_equal(imsg_compose(&pair.out, MESSAGE_CONTROL_SOCKET, 0, 0,
	    -1, NULL, 0), 1);
	pass(&imsg);
	assert_int_equal(message_get_control_socket(&imsg, &fd), -1);
	assert_int_equal(imsg_compose(&pair.out, MESSAGE_LINK, 0, 0, -1,
	    "\1\0\1x", 4), 1);
	pass(&imsg);
	assert_int_equal(message_get_link(&imsg, &link, &fd), -1);
	/* Somebody who has no name that is known. */
	assert_int_equal(imsg_compose(&pair.out, MESSAGE_LINK, 0, 0,
	    open("/dev/null", O_RDONLY), "\x7f\0\0", 3), 1);
	pass(&imsg);
	assert_int_equal(message_get_link(&imsg, &link, &fd), -1);
	imsg_free(&imsg);
	/* A body too many; its descriptor stays with the message. */
	assert_int_equal(imsg_compose(&pair.out, MESSAGE_CONTROL_SOCKET, 0, 0,
	    open("/dev/null", O_RDONLY), "x", 1), 1);
	pass(&imsg);
	assert_int_equal(message_get_control_socket(&imsg, &fd), -1);
	assert_int_not_equal(imsg.fd, -1);
	imsg_free(&imsg);
}

static void
test_empty_and_names(void **state)
{
	struct imsg imsg;
	uint32_t i;

	(void)state;
	message_put_empty(&pair.out, MESSAGE_CONTACT, 5);
	pass(&imsg);
	assert_int_equal(imsg_get_type(&imsg), MESSAGE_CONTACT);
	assert_int_equal(imsg_get_id(&imsg), 5);
	assert_int_equal(imsg_get_len(&imsg), 0);
	message_put_empty(&pair.out, MESSAGE_HISTORY_END, 6);
	pass(&imsg);
	assert_int_equal(imsg_get_type(&imsg), MESSAGE_HISTORY_END);
	message_put_empty(&pair.out, MESSAGE_RELOAD, 7);
	pass(&imsg);
	assert_int_equal(imsg_get_type(&imsg), MESSAGE_RELOAD);
	message_put_empty(&pair.out, MESSAGE_ALIVE, 0);
	pass(&imsg);
	assert_int_equal(imsg_get_type(&imsg), MESSAGE_ALIVE);
	message_put_empty(&pair.out, MESSAGE_PROCESSES, 9);
	pass(&imsg);
	assert_int_equal(imsg_get_type(&imsg), MESSAGE_PROCESSES);
	message_put_empty(&pair.out, MESSAGE_REPLACED, 8);
	pass(&imsg);
	assert_int_equal(imsg_get_type(&imsg), MESSAGE_REPLACED);
	assert_string_equal(message_type_name(MESSAGE_HELLO), "hello");
	assert_string_equal(message_type_name(0), "unknown");
	assert_string_equal(message_type_name(MESSAGE_TYPE_COUNT), "unknown");
	assert_string_equal(message_type_name(UINT32_MAX), "unknown");
	for (i = MESSAGE_HELLO; i < MESSAGE_TYPE_COUNT; i++)
		assert_string_not_equal(message_type_name(i), "unknown");
	assert_string_equal(listing_name(LISTING_FAVORITE), "favorite");
}

/* True if the function ends the process as fatalx() does. */
static bool
is_fatal(void (*function)(void))
{
	int status;
	pid_t pid;

	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		if (freopen("/dev/null", "w", stderr) == NULL)
			_exit(3);
		function();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status) == 1;
}

static void
put_nothing_wrong(void)
{
	message_put_library(&pair.out, 0, &sent.library);
}

static void
put_unterminated(void)
{
	memset(sent.library.name, 'x', sizeof(sent.library.name));
	message_put_library(&pair.out, 0, &sent.library);
}

static void
put_not_utf8(void)
{
	memset(sent.library.name, 0, sizeof(sent.library.name));
	sent.library.name[0] = (char)0xff;
	message_put_library(&pair.out, 0, &sent.library);
}

static void
put_negative(void)
{
	sent.userdata.userdata.play_count = -1;
	message_put_userdata(&pair.out, 0, &sent.userdata);
}

static void
put_late_date(void)
{
	sent.userdata.userdata.last_played = TEXT_TIME_MAX + 1;
	message_put_userdata(&pair.out, 0, &sent.userdata);
}

static void
put_bad_enum(void)
{
	unsigned int direction = DIRECTION_COUNT;

	memcpy(&sent.endpoint.direction, &direction, sizeof(direction));
	message_put_endpoint(&pair.out, 0, &sent.endpoint);
}

static void
put_read_of_nothing(void)
{
	message_put_read(&pair.out, 0, &sent.read);
}

static void
put_joined_with_nothing(void)
{
	sent.write.n_writes = 1;
	sent.write.writes[0].joined = true;
	message_put_write(&pair.out, 0, &sent.write);
}

static void
put_alternates_of_nothing(void)
{
	message_put_alternates(&pair.out, 0, &sent.alternates);
}

static void
put_too_many(void)
{
	sent.read.n_items = READ_IDS_MAX + 1;
	message_put_read(&pair.out, 0, &sent.read);
}

static void
put_too_many_values(void)
{
	int i;

	row_begin(&sent.row, "x");
	for (i = 0; i < ROW_VALUES_MAX + 1; i++)
		row_none(&sent.row, "x");
}

static void
put_long_value_name(void)
{
	row_begin(&sent.row, "x");
	row_none(&sent.row, "a name of more than thirty-one bytes");
}

static void
put_history_of_nobody(void)
{
	message_put_history(&pair.out, 0, &sent.history);
}

static void
put_empty_with_body(void)
{
	message_put_empty(&pair.out, MESSAGE_HELLO, 0);
}

static void
put_link_without_fd(void)
{
	message_put_link(&pair.out, &sent.link, -1);
}

static void
test_bugs_are_fatal(void **state)
{
	(void)state;
	assert_false(is_fatal(put_nothing_wrong));
	assert_true(is_fatal(put_unterminated));
	assert_true(is_fatal(put_not_utf8));
	assert_true(is_fatal(put_negative));
	assert_true(is_fatal(put_late_date));
	assert_true(is_fatal(put_bad_enum));
	assert_true(is_fatal(put_read_of_nothing));
	assert_true(is_fatal(put_joined_with_nothing));
	assert_true(is_fatal(put_alternates_of_nothing));
	assert_true(is_fatal(put_too_many));
	assert_true(is_fatal(put_too_many_values));
	assert_true(is_fatal(put_long_value_name));
	assert_true(is_fatal(put_history_of_nobody));
	assert_true(is_fatal(put_empty_with_body));
	assert_true(is_fatal(put_link_without_fd));
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		TEST(test_round_trips),
		TEST(test_exact_length_and_type),
		TEST(test_any_byte_wrong),
		TEST(test_ranges),
		TEST(test_longest_text),
		TEST(test_row_always_fits),
		TEST(test_row_values),
		TEST(test_descriptors),
		TEST(test_empty_and_names),
		TEST(test_bugs_are_fatal),
	};

	if (argc == 2 && (every = strtoul(argv[1], NULL, 10)) < 1)
		errx(2, "usage: test_message [one in so many bytes]");
	return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
