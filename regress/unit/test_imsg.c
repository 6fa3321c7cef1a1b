/* imsg: framing, descriptors, and what a hostile or unlucky peer can do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "imsg.h"
#include "open_files.h"

#define FD_MARK	0x80000000U

struct pair {
	int		fds[2];
	struct imsgbuf	out;	/* on fds[0] */
	struct imsgbuf	in;	/* on fds[1] */
};

static int
setup(void **state)
{
	struct pair *p;
	int i;

	if ((p = calloc(1, sizeof(*p))) == NULL ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, p->fds) == -1)
		return -1;
	for (i = 0; i < 2; i++) {
		if (fcntl(p->fds[i], F_SETFL, O_NONBLOCK) == -1)
			return -1;
	}
	if (imsgbuf_init(&p->out, p->fds[0]) == -1 ||
	    imsgbuf_init(&p->in, p->fds[1]) == -1)
		return -1;
	imsgbuf_allow_fdpass(&p->in);
	*state = p;
	return 0;
}

static int
teardown(void **state)
{
	struct pair *p = *state;

	imsgbuf_clear(&p->out);
	imsgbuf_clear(&p->in);
	close(p->fds[0]);
	close(p->fds[1]);
	free(p);
	return 0;
}

/* A descriptor that can be told from others: a file with n bytes. */
static int
marked_file(int n)
{
	char name[] = "/tmp/test_imsg.XXXXXX";
	int fd;

	fd = mkstemp(name);
	assert_int_not_equal(fd, -1);
	assert_int_equal(unlink(name), 0);
	assert_int_equal(ftruncate(fd, n), 0);
	return fd;
}

static int
mark_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return (int)st.st_size;
}

/* Raw bytes with descriptors, as a peer of another make would send them. */
static void
send_raw(int fd, const void *data, size_t size, const int *fds, size_t n)
{
	union {
		struct cmsghdr	header;
		char		space[CMSG_SPACE(32 * sizeof(int))];
	} control;
	unsigned char copy[256];
	struct iovec iov;
	struct msghdr msg;

	assert_true(size <= sizeof(copy));
	memcpy(copy, data, size);
	memset(&msg, 0, sizeof(msg));
	memset(&control, 0, sizeof(control));
	iov.iov_base = copy;
	iov.iov_len = size;
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	if (n > 0) {
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(n * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(&control.header), fds, n * sizeof(int));
	}
	assert_int_equal(sendmsg(fd, &msg, 0), (ssize_t)size);
}

static void
test_round_trip(void **state)
{
	struct pair *p = *state;
	char text[16];
	struct imsg imsg;
	uint32_t value = 42, got = 0;

	assert_int_equal(imsg_compose(&p->out, 7, 99, 0, -1, &value,
	    sizeof(value)), 1);
	assert_int_equal(imsg_compose(&p->out, 8, 0, 1234, -1, NULL, 0), 1);
	memset(text, 0, sizeof(text));
	memcpy(text, "hello", 5);
	assert_int_equal(imsg_compose(&p->out, 9, 0, 0, -1, text,
	    sizeof(text)), 1);
	assert_int_equal(imsgbuf_queuelen(&p->out), 3);
	assert_int_equal(imsgbuf_write(&p->out), 0);
	assert_int_equal(imsgbuf_queuelen(&p->out), 0);

	assert_int_equal(imsgbuf_read(&p->in), 1);
	assert_int_equal(imsg_get(&p->in, &imsg), 20);
	assert_int_equal(imsg_get_type(&imsg), 7);
	assert_int_equal(imsg_get_id(&imsg), 99);
	assert_int_equal(imsg_get_pid(&imsg), getpid());
	assert_int_equal(imsg_get_len(&imsg), sizeof(value));
	assert_int_equal(imsg_get_data(&imsg, &got, sizeof(got) - 1), -1);
	assert_int_equal(imsg_get_data(&imsg, &got, sizeof(got)), 0);
	assert_int_equal(got, 42);
	assert_int_equal(imsg_get_fd(&imsg), -1);
	imsg_free(&imsg);
	assert_int_equal(imsg_get(&p->in, &imsg), 16);
	assert_int_equal(imsg_get_pid(&imsg), 1234);
	assert_int_equal(imsg_get_len(&imsg), 0);
	imsg_free(&imsg);
	assert_int_equal(imsg_get(&p->in, &imsg), 32);
	memset(text, 'x', sizeof(text));
	assert_int_equal(imsg_get_strbuf(&imsg, text, sizeof(text)), 0);
	assert_string_equal(text, "hello");
	imsg_free(&imsg);
	assert_int_equal(imsg_get(&p->in, &imsg), 0);
	assert_int_equal(imsgbuf_read(&p->in), 1);	/* EAGAIN */
	assert_int_equal(imsg_get(&p->in, &imsg), 0);
}

static void
test_strbuf_needs_its_end(void **state)
{
	struct pair *p = *state;
	char text[4];
	struct imsg imsg;

	assert_int_equal(imsg_compose(&p->out, 1, 0, 0, -1, "abcd", 4), 1);
	assert_int_equal(imsgbuf_write(&p->out), 0);
	assert_int_equal(imsgbuf_read(&p->in), 1);
	assert_true(imsg_get(&p->in, &imsg) > 0);
	assert_int_equal(imsg_get_strbuf(&imsg, text, sizeof(text)), -1);
	imsg_free(&imsg);
}

static void
test_composev_and_create(void **state)
{
	struct pair *p = *state;
	char one[] = "one", two[] = "two", all[9];
	struct iovec iov[2] = { { one, 3 }, { two, 3 } };
	struct ibuf *buf;
	struct imsg imsg;
	int i;

	assert_int_equal(imsg_composev(&p->out, 1, 0, 0, -1, iov, 2), 1);
	/* The second time, the buffer of the first is used again. */
	for (i = 0; i < 2; i++) {
		buf = imsg_create(&p->out, 2, 5, 0, 3);
		assert_non_null(buf);
		assert_int_equal(imsg_add(buf, "thr", 3), 3);
		assert_int_equal(imsg_add(buf, "ee", 2), 2);
		imsg_close(&p->out, buf);
	}
	assert_int_equal(imsgbuf_flush(&p->out), 0);
	assert_int_equal(imsgbuf_read(&p->in), 1);
	assert_int_equal(imsg_get(&p->in, &imsg), 22);
	assert_int_equal(imsg_get_data(&imsg, all, 6), 0);
	assert_memory_equal(all, "onetwo", 6);
	for (i = 0; i < 2; i++) {
		assert_int_equal(imsg_get(&p->in, &imsg), 21);
		assert_int_equal(imsg_get_id(&imsg), 5);
		assert_int_equal(imsg_get_data(&imsg, all, 5), 0);
		assert_memory_equal(all, "three", 5);
	}
}

static void
test_size_limits(void **state)
{
	struct pair *p = *state;
	static char big[MAX_IMSGSIZE];
	struct imsg_hdr hdr;
	struct imsg imsg;
	struct ibuf *buf;

	assert_int_equal(imsg_compose(&p->out, 1, 0, 0, -1, big,
	    MAX_IMSGSIZE - IMSG_HEADER_SIZE + 1), -1);
	assert_null(imsg_create(&p->out, 1, 0, 0, MAX_IMSGSIZE));
	buf = imsg_create(&p->out, 1, 0, 0, 0);
	assert_non_null(buf);
	assert_int_equal(imsg_add(buf, big, MAX_IMSGSIZE), -1);
	assert_int_equal(imsg_compose(&p->out, 1, 0, 0, -1, big,
	    MAX_IMSGSIZE - IMSG_HEADER_SIZE), 1);
	assert_int_equal(imsgbuf_write(&p->out), 0);
	assert_int_equal(imsgbuf_read(&p->in), 1);
	assert_int_equal(imsg_get(&p->in, &imsg), MAX_IMSGSIZE);

	memset(&hdr, 0, sizeof(hdr));
	hdr.len = MAX_IMSGSIZE + 1;
	send_raw(p->fds[0], &hdr, sizeof(hdr), NULL, 0);
	assert_int_equal(imsgbuf_read(&p->in), 1);
	assert_int_equal(imsg_get(&p->in, &imsg), -1);
}

static void
test_too_short(void **state)
{
	struct pair *p = *state;
	struct imsg_hdr hdr;
	struct imsg imsg;

	memset(&hdr, 0, sizeof(hdr));
	hdr.len = sizeof(hdr) - 1;
	send_raw(p->fds[0], &hdr, sizeof(hdr), NULL, 0);
	assert_int_equal(imsgbuf_read(&p->in), 1);
	assert_int_equal(imsg_get(&p->in, &imsg), -1);
}

static void
test_byte_by_byte(void **state)
{
	struct pair *p = *state;
	unsigned char bytes[sizeof(struct imsg_hdr) + 3];
	struct imsg_hdr hdr;
	struct imsg imsg;
	size_t i;

	memset(&hdr, 0, sizeof(hdr));
	hdr.type = 3;
	hdr.len = sizeof(bytes);
	memcpy(bytes, &hdr, sizeof(hdr));
	memcpy(bytes + sizeof(hdr), "abc", 3);
	for (i = 0; i < sizeof(bytes); i++) {
		assert_int_equal(imsg_get(&p->in, &imsg), 0);
		send_raw(p->fds[0], bytes + i, 1, NULL, 0);
		assert_int_equal(imsgbuf_read(&p->in), 1);
	}
	assert_int_equal(imsg_get(&p->in, &imsg), sizeof(bytes));
	assert_memory_equal(imsg.data, "abc", 3);
	imsg_free(&imsg);
	assert_int_equal(imsg_get(&p->in, &imsg), 0);
}

/* Far more than a socket holds, in both buffers, in many pieces. */
static void
test_many_messages(void **state)
{
	struct pair *p = *state;
	static char body[3000];
	struct imsg imsg;
	uint32_t sent = 0, got = 0, value;
	const uint32_t total = 20000;
	struct iovec iov[2];
	ssize_t n;

	while (got < total) {
		while (sent < total && imsgbuf_queuelen(&p->out) < 500) {
			iov[0].iov_base = &sent;
			iov[0].iov_len = sizeof(sent);
			iov[1].iov_base = body;
			iov[1].iov_len = sent % sizeof(body);
			assert_int_equal(imsg_composev(&p->out, 1, sent, 0, -1,
			    iov, 2), 1);
			sent++;
		}
		assert_int_equal(imsgbuf_write(&p->out), 0);
		assert_int_equal(imsgbuf_read(&p->in), 1);
		while ((n = imsg_get(&p->in, &imsg)) > 0) {
			assert_int_equal(imsg_get_id(&imsg), got);
			assert_int_equal(imsg_get_len(&imsg),
			    sizeof(value) + got % sizeof(body));
			memcpy(&value, imsg.data, sizeof(value));
			assert_int_equal(value, got);
			imsg_free(&imsg);
			got++;
		}
		assert_int_equal(n, 0);
	}
	assert_int_equal(imsgbuf_queuelen(&p->out), 0);
}

static void
test_descriptors_in_order(void **state)
{
	struct pair *p = *state;
	struct imsg imsg;
	int before, i, fd, with_fd;

	before = count_open();
	for (i = 0; i < 12; i++) {
		with_fd = i % 3 != 0;
		assert_int_equal(imsg_compose(&p->out, 1, (uint32_t)i, 0,
		    with_fd ? marked_file(100 + i) : -1, "body", 4), 1);
	}
	assert_int_equal(imsgbuf_flush(&p->out), 0);
	for (i = 0; i < 12;) {
		assert_int_equal(imsgbuf_read(&p->in), 1);
		while (imsg_get(&p->in, &imsg) > 0) {
			assert_int_equal(imsg_get_id(&imsg), i);
			fd = imsg_get_fd(&imsg);
			if (i % 3 == 0)
				assert_int_equal(fd, -1);
			else {
				assert_int_equal(mark_of(fd), 100 + i);
				assert_int_equal(fcntl(fd, F_GETFD),
				    FD_CLOEXEC);
				close(fd);
			}
			assert_int_equal(imsg_get_fd(&imsg), -1);
			imsg_free(&imsg);
			i++;
		}
	}
	assert_int_equal(count_open(), before);
}

static void
test_unclaimed_is_closed(void **state)
{
	struct pair *p = *state;
	struct imsg imsg;
	int before;

	before = count_open();
	assert_int_equal(imsg_compose(&p->out, 1, 0, 0, marked_file(1), NULL,
	    0), 1);
	assert_int_equal(imsgbuf_write(&p->out), 0);
	assert_int_equal(imsgbuf_read(&p->in), 1);
	assert_true(imsg_get(&p->in, &imsg) > 0);
	assert_int_equal(count_open(), before + 1);
	imsg_free(&imsg);
	assert_int_equal(count_open(), before);

	/* Never sent, and never asked for: closed with the buffers. */
	assert_int_equal(imsg_compose(&p->out, 1, 0, 0, marked_file(1), NULL,
	    0), 1);
	assert_int_equal(imsgbuf_write(&p->out), 0);
	assert_int_equal(imsg_compose(&p->out, 1, 0, 0, marked_file(1), NULL,
	    0), 1);
	assert_int_equal(imsgbuf_read(&p->in), 1);
	imsgbuf_clear(&p->in);
	imsgbuf_clear(&p->out);
	assert_int_equal(count_open(), before);
	assert_int_equal(imsgbuf_init(&p->out, p->fds[0]), 0);
	assert_int_equal(imsgbuf_init(&p->in, p->fds[1]), 0);
}

/* Wherever the message is cut in two, in its header or behind it. */
static void
test_split_keeps_descriptor(void **state)
{
	struct pair *p = *state;
	unsigned char bytes[sizeof(struct imsg_hdr) + 4];
	struct imsg_hdr hdr;
	struct imsg imsg;
	size_t cut;
	int fd;

	memset(&hdr, 0, sizeof(hdr));
	hdr.len = sizeof(bytes) | FD_MARK;
	memcpy(bytes, &hdr, sizeof(hdr));
	memcpy(bytes + sizeof(hdr), "body", 4);
	for (cut = 1; cut < sizeof(bytes); cut++) {
		fd = marked_file((int)(77 + cut));
		send_raw(p->fds[0], bytes, cut, &fd, 1);
		close(fd);
		assert_int_equal(imsgbuf_read(&p->in), 1);
		assert_int_equal(imsg_get(&p->in, &imsg), 0);
		send_raw(p->fds[0], bytes + cut, sizeof(bytes) - cut, NULL, 0);
		assert_int_equal(imsgbuf_read(&p->in), 1);
		assert_int_equal(imsg_get(&p->in, &imsg), sizeof(bytes));
		fd = imsg_get_fd(&imsg);
		assert_int_equal(mark_of(fd), 77 + cut);
		close(fd);
	}
}

/* Among more messages than a socket holds, while others are added. */
static void
test_descriptors_in_long_queue(void **state)
{
	struct pair *p = *state;
	static char body[3000];
	struct imsg imsg;
	uint32_t sent = 0, got = 0;
	const uint32_t total = 5000;
	int fd;

	while (got < total) {
		for (; sent < total && imsgbuf_queuelen(&p->out) < 400; sent++)
			assert_int_equal(imsg_compose(&p->out, 1, sent, 0,
			    sent % 37 == 0 ? marked_file((int)sent) : -1, body,
			    sizeof(body)), 1);
		assert_int_equal(imsgbuf_write(&p->out), 0);
		assert_int_equal(imsgbuf_read(&p->in), 1);
		while (imsg_get(&p->in, &imsg) > 0) {
			assert_int_equal(imsg_get_id(&imsg), got);
			fd = imsg_get_fd(&imsg);
			if (got % 37 == 0) {
				assert_int_equal(mark_of(fd), got);
				close(fd);
			} else
				assert_int_equal(fd, -1);
			imsg_free(&imsg);
			got++;
		}
	}
}

static void
test_marked_without_descriptor(void **state)
{
	struct pair *p = *state;
	struct imsg_hdr hdr;
	struct imsg imsg;

	memset(&hdr, 0, sizeof(hdr));
	hdr.len = sizeof(hdr) | FD_MARK;
	send_raw(p->fds[0], &hdr, sizeof(hdr), NULL, 0);
	assert_int_equal(imsgbuf_read(&p->in), 1);
	assert_int_equal(imsg_get(&p->in, &imsg), -1);
}

/* More than anybody can claim: an error, and nothing stays open. */
static void
test_too_many_descriptors(void **state)
{
	struct pair *p = *state;
	struct imsg_hdr hdr;
	int fds[24], before, i;

	before = count_open();
	memset(&hdr, 0, sizeof(hdr));
	hdr.len = sizeof(hdr);
	for (i = 0; i < 24; i++)
		fds[i] = marked_file(i);
	send_raw(p->fds[0], &hdr, sizeof(hdr), fds, 24);
	for (i = 0; i < 24; i++)
		close(fds[i]);
	assert_int_equal(imsgbuf_read(&p->in), -1);
	assert_int_equal(errno, EMFILE);
	imsgbuf_clear(&p->in);
	assert_int_equal(count_open(), before);
	assert_int_equal(imsgbuf_init(&p->in, p->fds[1]), 0);
}

/* Nor may they pile up, a few with each read. */
static void
test_too_many_by_and_by(void **state)
{
	struct pair *p = *state;
	int fds[10], before = count_open(), i, k, status = 1;

	for (k = 0; k < 8 && status == 1; k++) {
		for (i = 0; i < 10; i++)
			fds[i] = marked_file(i);
		send_raw(p->fds[0], "x", 1, fds, 10);
		for (i = 0; i < 10; i++)
			close(fds[i]);
		status = imsgbuf_read(&p->in);
	}
	assert_int_equal(status, -1);
	assert_int_equal(errno, EMFILE);
	imsgbuf_clear(&p->in);
	assert_int_equal(count_open(), before);
	assert_int_equal(imsgbuf_init(&p->in, p->fds[1]), 0);
}

/* More than the socket takes, to a peer that reads it later. */
static void
test_flush_waits(void **state)
{
	struct pair *p = *state;
	static char body[16000];
	const struct timespec later = { 0, 50000000 };
	struct imsg imsg;
	int i, n = 0, status;
	pid_t pid;

	for (i = 0; i < 100; i++)
		assert_int_equal(imsg_compose(&p->out, 1, 0, 0, -1, body,
		    sizeof(body)), 1);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		nanosleep(&later, NULL);
		while (n < 100 && imsgbuf_read(&p->in) == 1) {
			while (imsg_get(&p->in, &imsg) > 0)
				n++;
		}
		_exit(n == 100 ? 0 : 1);
	}
	assert_int_equal(imsgbuf_flush(&p->out), 0);
	assert_int_equal(imsgbuf_queuelen(&p->out), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* The table is full: never a message that has lost what it brought. */
static void
test_full_table(void **state)
{
	struct pair *p = *state;
	struct rlimit old, low;
	int fd, result, error;

	assert_int_equal(imsg_compose(&p->out, 1, 0, 0, marked_file(1), NULL,
	    0), 1);
	assert_int_equal(imsgbuf_write(&p->out), 0);
	/* The lowest free number is where the next one would go. */
	fd = dup(p->fds[0]);
	assert_int_not_equal(fd, -1);
	close(fd);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	low = old;
	low.rlim_cur = (rlim_t)fd;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	result = imsgbuf_read(&p->in);
	error = errno;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	/* valgrind only pretends to set this limit. */
	if (getenv("TEST_NO_RLIMIT") != NULL)
		skip();
	assert_int_equal(result, -1);
	assert_int_equal(error, EMFILE);
}

static void
test_descriptor_not_allowed(void **state)
{
	struct pair *p = *state;
	int before;

	before = count_open();
	p->in.allow_fdpass = 0;
	assert_int_equal(imsg_compose(&p->out, 1, 0, 0, marked_file(1), NULL,
	    0), 1);
	assert_int_equal(imsgbuf_write(&p->out), 0);
	assert_int_equal(imsgbuf_read(&p->in), -1);
	assert_int_equal(errno, EBADMSG);
	assert_int_equal(count_open(), before);
}

static void
test_end_and_broken(void **state)
{
	struct pair *p = *state;
	struct imsg imsg;

	assert_int_equal(imsg_compose(&p->out, 1, 0, 0, -1, "x", 1), 1);
	assert_int_equal(imsgbuf_write(&p->out), 0);
	assert_int_equal(shutdown(p->fds[0], SHUT_RDWR), 0);
	assert_int_equal(imsgbuf_read(&p->in), 1);
	assert_true(imsg_get(&p->in, &imsg) > 0);
	assert_int_equal(imsgbuf_read(&p->in), 0);
	assert_int_equal(imsg_compose(&p->in, 1, 0, 0, -1, "x", 1), 1);
	assert_int_equal(imsgbuf_write(&p->in), -1);	/* and no SIGPIPE */
	assert_int_equal(errno, EPIPE);
	assert_int_equal(imsgbuf_flush(&p->in), -1);
}

static void
test_maxsize(void **state)
{
	struct pair *p = *state;
	struct imsg imsg;
	static char big[40000];

	assert_int_equal(imsgbuf_set_maxsize(&p->out, 1), -1);
	assert_int_equal(imsgbuf_set_maxsize(&p->out, FD_MARK), -1);
	assert_int_equal(imsgbuf_set_maxsize(&p->out, 65536), 0);
	assert_int_equal(imsgbuf_set_maxsize(&p->in, 65536), 0);
	assert_int_equal(imsg_compose(&p->out, 1, 0, 0, -1, big, sizeof(big)),
	    1);
	assert_int_equal(imsgbuf_write(&p->out), 0);
	assert_int_equal(imsgbuf_read(&p->in), 1);
	while (imsg_get(&p->in, &imsg) == 0)
		assert_int_equal(imsgbuf_read(&p->in), 1);
	assert_int_equal(imsg_get_len(&imsg), sizeof(big));
	assert_int_equal(imsgbuf_set_maxsize(&p->in, 70000), -1);
}

/* A peer that ends in the middle, wherever: it is an end, and no message. */
static void
test_cut_off(void **state)
{
	struct pair *p = *state;
	unsigned char bytes[sizeof(struct imsg_hdr) + 3] = { 0 };
	struct imsg_hdr hdr;
	struct imsg imsg;
	size_t cut;
	int fds[2];

	memset(&hdr, 0, sizeof(hdr));
	hdr.len = sizeof(bytes);
	memcpy(bytes, &hdr, sizeof(hdr));
	for (cut = 1; cut < sizeof(bytes); cut++) {
		imsgbuf_clear(&p->in);
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
		assert_int_equal(imsgbuf_init(&p->in, fds[1]), 0);
		send_raw(fds[0], bytes, cut, NULL, 0);
		close(fds[0]);
		assert_int_equal(imsgbuf_read(&p->in), 1);
		assert_int_equal(imsg_get(&p->in, &imsg), 0);
		assert_int_equal(imsgbuf_read(&p->in), 0);
		assert_int_equal(imsg_get(&p->in, &imsg), 0);
		close(fds[1]);
	}
}

/* It is read as what it is, or not at all. */
static void
test_other_sizes(void **state)
{
	struct pair *p = *state;
	char data[8] = "abc";
	struct ibuf_reader r;
	struct imsg imsg;
	uint64_t n64;
	size_t size;

	assert_int_equal(imsg_compose(&p->out, 1, 0, 0, -1, data, 4), 1);
	assert_int_equal(imsgbuf_write(&p->out), 0);
	assert_int_equal(imsgbuf_read(&p->in), 1);
	assert_true(imsg_get(&p->in, &imsg) > 0);
	for (size = 0; size <= sizeof(data); size++) {
		errno = 0;
		assert_int_equal(imsg_get_data(&imsg, data, size),
		    size == 4 ? 0 : -1);
		assert_int_equal(errno, size == 4 ? 0 : EBADMSG);
		errno = 0;
		assert_int_equal(imsg_get_strbuf(&imsg, data, size),
		    size == 4 ? 0 : -1);
		assert_int_equal(errno, size == 4 ? 0 : EBADMSG);
	}
	imsg_get_reader(&imsg, &r);
	assert_int_equal(r.left, 4);
	errno = 0;
	assert_int_equal(ibuf_get_n64(&r, &n64), -1);
	assert_int_equal(errno, EBADMSG);
	assert_int_equal(r.left, 4);
	imsg_free(&imsg);
}

/* One byte more than there may be, in whatever part it is. */
static void
test_too_long(void **state)
{
	struct pair *p = *state;
	static char big[MAX_IMSGSIZE];
	struct iovec iov[3] = { { big, 1 }, { big, MAX_IMSGSIZE -
	    IMSG_HEADER_SIZE - 1 }, { big, 1 } };
	int fd = marked_file(1), before;

	errno = 0;
	assert_int_equal(imsg_composev(&p->out, 1, 0, 0, fd, iov, 3), -1);
	assert_int_equal(errno, ERANGE);
	assert_int_equal(imsgbuf_queuelen(&p->out), 0);
	assert_int_equal(mark_of(fd), 1);	/* it is ours still */
	before = count_open();
	assert_int_equal(imsg_composev(&p->out, 1, 0, 0, fd, iov, 2), 1);
	assert_int_equal(count_open(), before);
	assert_int_equal(imsgbuf_write(&p->out), 0);
}

/* Marked for a descriptor, and shorter than a header can be. */
static void
test_too_short_and_marked(void **state)
{
	struct pair *p = *state;
	struct imsg_hdr hdr;
	struct imsg imsg;
	uint32_t len;
	int fd;

	for (len = 0; len < sizeof(hdr); len += 5) {
		memset(&hdr, 0, sizeof(hdr));
		hdr.len = len | FD_MARK;
		fd = marked_file(1);
		send_raw(p->fds[0], &hdr, sizeof(hdr), &fd, 1);
		close(fd);
		assert_int_equal(imsgbuf_read(&p->in), 1);
		errno = 0;
		assert_int_equal(imsg_get(&p->in, &imsg), -1);
		assert_int_equal(errno, EBADMSG);
		imsgbuf_clear(&p->in);
		assert_int_equal(imsgbuf_init(&p->in, p->fds[1]), 0);
		imsgbuf_allow_fdpass(&p->in);
	}
}

/* Whoever takes no message out has no room for more some day. */
static void
test_nothing_taken(void **state)
{
	struct pair *p = *state;
	static char body[10000];
	int i, status = 1;

	for (i = 0; i < 100 && status == 1; i++) {
		assert_int_equal(imsg_compose(&p->out, 1, 0, 0, -1, body,
		    sizeof(body)), 1);
		assert_int_equal(imsgbuf_write(&p->out), 0);
		status = imsgbuf_read(&p->in);
	}
	assert_int_equal(status, -1);
	assert_int_equal(errno, ENOBUFS);
}

static void
test_no_socket(void **state)
{
	struct imsgbuf imsgbuf;
	size_t len = 1;

	(void)state;
	assert_int_equal(imsgbuf_init(&imsgbuf, -1), 0);
	assert_int_equal(imsgbuf_read(&imsgbuf), -1);
	assert_int_equal(errno, EBADF);
	assert_null(imsgbuf_queued(&imsgbuf, &len));
	assert_int_equal(len, 0);
	assert_int_equal(imsg_compose(&imsgbuf, 1, 0, 0, -1, "abc", 3), 1);
	assert_non_null(imsgbuf_queued(&imsgbuf, &len));
	assert_int_equal(len, IMSG_HEADER_SIZE + 3);
	assert_int_equal(imsgbuf_write(&imsgbuf), -1);
	assert_int_equal(errno, EBADF);
	imsgbuf_clear(&imsgbuf);
}

/* A descriptor goes with the buffer that it was given to, sent or not. */
static void
test_descriptor_of_a_buffer(void **state)
{
	struct pair *p = *state;
	struct imsg imsg;
	struct ibuf *buf;
	int before = count_open(), fd;

	buf = imsg_create(&p->out, 1, 0, 0, 0);
	assert_non_null(buf);
	ibuf_fd_set(buf, marked_file(1));
	ibuf_fd_set(buf, marked_file(2));
	assert_int_equal(count_open(), before + 1);
	imsg_close(&p->out, buf);
	assert_int_equal(imsgbuf_write(&p->out), 0);
	assert_int_equal(imsgbuf_read(&p->in), 1);
	assert_true(imsg_get(&p->in, &imsg) > 0);
	fd = imsg_get_fd(&imsg);
	assert_int_equal(mark_of(fd), 2);
	close(fd);
	assert_int_equal(count_open(), before);
	buf = ibuf_open(1);
	assert_non_null(buf);
	ibuf_fd_set(buf, marked_file(3));
	ibuf_free(buf);
	assert_int_equal(count_open(), before);
}

static void
test_ibuf(void **state)
{
	struct ibuf_reader r;
	struct ibuf *buf;
	uint8_t n8;
	uint16_t n16;
	uint32_t n32;
	uint64_t n64;

	(void)state;
	assert_null(ibuf_dynamic(2, 1));
	buf = ibuf_dynamic(1, 16);
	assert_non_null(buf);
	assert_int_equal(ibuf_add_n8(buf, 256), -1);
	assert_int_equal(errno, ERANGE);
	assert_int_equal(ibuf_add_n16(buf, 65536), -1);
	assert_int_equal(ibuf_add_n32(buf, UINT64_C(1) << 32), -1);
	assert_int_equal(ibuf_size(buf), 0);
	assert_int_equal(ibuf_add_n8(buf, 255), 0);
	assert_int_equal(ibuf_add_n16(buf, 0x1234), 0);
	assert_int_equal(ibuf_add_n32(buf, 0xdeadbeef), 0);
	assert_int_equal(ibuf_add_n64(buf, UINT64_C(0x0102030405060708)), 0);
	assert_int_equal(ibuf_size(buf), 15);
	assert_int_equal(ibuf_add_n16(buf, 1), -1);	/* beyond the maximum */
	assert_memory_equal(ibuf_data(buf), "\xff\x12\x34\xde\xad\xbe\xef\1",
	    8);
	ibuf_reader_init(&r, ibuf_data(buf), ibuf_size(buf));
	assert_int_equal(ibuf_get_n8(&r, &n8), 0);
	assert_int_equal(n8, 255);
	assert_int_equal(ibuf_get_n16(&r, &n16), 0);
	assert_int_equal(n16, 0x1234);
	assert_int_equal(ibuf_get_n32(&r, &n32), 0);
	assert_int_equal(n32, 0xdeadbeef);
	assert_int_equal(ibuf_get_n64(&r, &n64), 0);
	assert_true(n64 == UINT64_C(0x0102030405060708));
	assert_int_equal(r.left, 0);
	assert_int_equal(ibuf_get_n8(&r, &n8), -1);
	assert_int_equal(errno, EBADMSG);
	/* Of each as many bytes as are not enough, which stay. */
	ibuf_reader_init(&r, ibuf_data(buf), 7);
	assert_int_equal(ibuf_get_n64(&r, &n64), -1);
	assert_int_equal(r.left, 7);
	ibuf_reader_init(&r, ibuf_data(buf), 3);
	assert_int_equal(ibuf_get_n32(&r, &n32), -1);
	assert_int_equal(r.left, 3);
	ibuf_reader_init(&r, ibuf_data(buf), 1);
	assert_int_equal(ibuf_get_n16(&r, &n16), -1);
	assert_int_equal(r.left, 1);
	ibuf_free(buf);
	ibuf_free(NULL);
	/* One that may not grow. */
	buf = ibuf_open(1);
	assert_non_null(buf);
	assert_int_equal(ibuf_add_n8(buf, 1), 0);
	errno = 0;
	assert_int_equal(ibuf_add_n8(buf, 1), -1);
	assert_int_equal(errno, ERANGE);
	ibuf_free(buf);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_round_trip),
		TEST(test_strbuf_needs_its_end),
		TEST(test_composev_and_create),
		TEST(test_size_limits),
		TEST(test_too_short),
		TEST(test_byte_by_byte),
		TEST(test_many_messages),
		TEST(test_descriptors_in_order),
		TEST(test_unclaimed_is_closed),
		TEST(test_split_keeps_descriptor),
		TEST(test_descriptors_in_long_queue),
		TEST(test_marked_without_descriptor),
		TEST(test_too_many_descriptors),
		TEST(test_too_many_by_and_by),
		TEST(test_flush_waits),
		TEST(test_full_table),
		TEST(test_descriptor_not_allowed),
		TEST(test_end_and_broken),
		TEST(test_maxsize),
		TEST(test_cut_off),
		TEST(test_other_sizes),
		TEST(test_too_long),
		TEST(test_too_short_and_marked),
		TEST(test_nothing_taken),
		cmocka_unit_test(test_no_socket),
		TEST(test_descriptor_of_a_buffer),
		cmocka_unit_test(test_ibuf),
	};

	return cmocka_run_group_tests_name("imsg", tests, NULL, NULL);
}
