/*
 * imsg without memory: whichever allocation fails, a message is there as a
 * whole or not at all, it is said, and no descriptor stays open.  These are the
 * sources themselves, with an allocator that can be told when it has no more.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "open_files.h"

#define BIG	12000	/* bytes: more than a queue has room for at first */

static unsigned int	allocations;
static unsigned int	fails;		/* this one; 0: none */

static bool
is_out(void)
{
	if (++allocations != fails)
		return false;
	errno = ENOMEM;
	return true;
}

static void *
out_malloc(size_t size)
{
	return is_out() ? NULL : malloc(size);
}

static void *
out_calloc(size_t n, size_t size)
{
	return is_out() ? NULL : calloc(n, size);
}

static void *
out_realloc(void *old, size_t size)
{
	return is_out() ? NULL : realloc(old, size);
}

#define malloc	out_malloc
#define calloc	out_calloc
#define realloc	out_realloc
#include "../../common/ibuf.c"
#include "../../common/imsg.c"
#undef malloc
#undef calloc
#undef realloc

/* A message with a descriptor, by composing; 1, or -1 and it is still ours. */
static int
compose(struct imsgbuf *out, const char *body)
{
	int fd = open("/dev/null", O_RDONLY), result;

	assert_int_not_equal(fd, -1);
	result = imsg_compose(out, 1, 0, 0, fd, body, BIG);
	if (result == -1) {
		assert_int_equal(errno, ENOMEM);
		assert_int_equal(close(fd), 0);
	}
	return result;
}

/* The same, piece by piece; whether it was queued the next write tells. */
static int
create(struct imsgbuf *out, const char *body)
{
	struct ibuf *buf;
	int fd;

	if ((buf = imsg_create(out, 2, 0, 0, 0)) == NULL ||
	    imsg_add(buf, body, BIG) == -1) {
		assert_int_equal(errno, ENOMEM);
		return -1;
	}
	fd = open("/dev/null", O_RDONLY);
	assert_int_not_equal(fd, -1);
	ibuf_fd_set(buf, fd);
	imsg_close(out, buf);
	return 0;
}

/* What has arrived is whole, with its descriptor. */
static unsigned int
take(struct imsgbuf *in, const char *body)
{
	unsigned int n = 0;
	struct imsg imsg;
	int status;

	do {
		if ((status = imsgbuf_read(in)) == -1)
			assert_int_equal(errno, ENOMEM);
		while (status == 1 && imsg_get(in, &imsg) > 0) {
			assert_int_equal(imsg_get_len(&imsg), BIG);
			assert_memory_equal(imsg.data, body, BIG);
			assert_int_not_equal(imsg.fd, -1);
			imsg_free(&imsg);
			n++;
		}
	} while (status == 1);
	return n;
}

/* How many of the two messages have arrived. */
static unsigned int
talk(const char *body)
{
	struct imsgbuf out, in;
	unsigned int sent = 0, taken = 0;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	if (imsgbuf_init(&out, fds[0]) == 0) {
		if (imsgbuf_init(&in, fds[1]) == 0) {
			imsgbuf_allow_fdpass(&in);
			sent += compose(&out, body) == 1;
			sent += create(&out, body) == 0;
			if (imsgbuf_write(&out) == -1) {
				assert_int_equal(errno, ENOMEM);
				sent = 0;
			}
			shutdown(fds[0], SHUT_WR);
			taken = take(&in, body);
			assert_true(taken == sent || taken == 0);
			imsgbuf_clear(&in);
		}
		imsgbuf_clear(&out);
	}
	close(fds[0]);
	close(fds[1]);
	return taken;
}

static void
test_each_allocation(void **state)
{
	static char body[BIG];
	unsigned int n, whole, failed = 0;
	int before = count_open();

	(void)state;
	memset(body, 'x', sizeof(body));
	fails = allocations = 0;
	assert_int_equal(talk(body), 2);
	whole = allocations;
	assert_true(whole > 5);
	for (n = 1; n <= whole; n++) {
		fails = n;
		allocations = 0;
		failed += talk(body) < 2;
		assert_int_equal(count_open(), before);
	}
	/* Each of them was needed. */
	assert_int_equal(failed, whole);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_allocation),
	};

	return cmocka_run_group_tests_name("imsg_memory", tests, NULL, NULL);
}
