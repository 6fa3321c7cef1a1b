/*
 * Frames: a stream of bytes, cut anywhere, is the same messages however it is
 * cut; what is sent on again is the same bytes; and no descriptor is lost.
 */
#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "imsg.h"

#define STREAM_MAX	60000	/* bytes; a socket takes that much at once */
#define CUTS		3
#define FDS		3	/* descriptors that come along */

/* What a stream was taken for. */
struct reading {
	unsigned char	*bytes;		/* messages, sent on again */
	size_t		 size;
	unsigned	 messages;
	unsigned	 fds;
	bool		 broken;	/* and went no further */
};

static void	send_piece(int, const uint8_t *, size_t, bool);
static void	send_on(struct reading *, struct imsg *);
static bool	take_messages(struct imsgbuf *, struct reading *);
static void	read_stream(struct reading *, const uint8_t *, size_t,
		    const size_t *, size_t, bool);
static int	lowest_fd(void);

/* With descriptors or without. */
static void
send_piece(int fd, const uint8_t *data, size_t size, bool with_fds)
{
	union {
		struct cmsghdr	 header;
		char		 space[CMSG_SPACE(FDS * sizeof(int))];
	} control;
	struct msghdr msg;
	struct iovec iov;
	int fds[FDS] = { fd, fd, fd };

	memset(&msg, 0, sizeof(msg));
	memset(&control, 0, sizeof(control));
	iov.iov_base = (void *)(uintptr_t)data;
	iov.iov_len = size;
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	if (with_fds) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control.space);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(fds));
		memcpy(CMSG_DATA(&control.header), fds, sizeof(fds));
	}
	if (sendmsg(fd, &msg, MSG_NOSIGNAL) != (ssize_t)size)
		err(1, "sendmsg");
}

/* The message as it leaves again, without its descriptor. */
static void
send_on(struct reading *reading, struct imsg *imsg)
{
	struct imsg_hdr hdr = imsg->hdr;
	size_t len = imsg_get_len(imsg);

	CHECK(hdr.len == IMSG_HEADER_SIZE + len);
	CHECK(hdr.len <= MAX_IMSGSIZE);
	CHECK(imsg_get_id(imsg) == hdr.peerid);
	CHECK(imsg_get_type(imsg) == hdr.type);
	reading->bytes = realloc(reading->bytes, reading->size + hdr.len);
	if (reading->bytes == NULL)
		err(1, NULL);
	memcpy(reading->bytes + reading->size, &hdr, sizeof(hdr));
	CHECK(imsg_get_data(imsg, reading->bytes + reading->size +
	    sizeof(hdr), len) == 0);
	reading->size += hdr.len;
	reading->messages++;
	if (imsg->fd != -1) {
		reading->fds++;
		CHECK((fcntl(imsg->fd, F_GETFD) & FD_CLOEXEC) != 0);
	}
}

/* False when the stream makes no sense any more. */
static bool
take_messages(struct imsgbuf *imsgbuf, struct reading *reading)
{
	struct imsg imsg;
	ssize_t n;
	int fd;

	while ((n = imsg_get(imsgbuf, &imsg)) > 0) {
		CHECK((size_t)n == imsg.hdr.len);
		send_on(reading, &imsg);
		/* Claimed or not, it is closed. */
		if (reading->messages % 2 == 0 &&
		    (fd = imsg_get_fd(&imsg)) != -1)
			close(fd);
		imsg_free(&imsg);
	}
	return n == 0;
}

static void
read_stream(struct reading *reading, const uint8_t *data, size_t size,
    const size_t *cuts, size_t n_cuts, bool with_fds)
{
	struct imsgbuf imsgbuf;
	size_t from = 0, to, i;
	int pair[2];

	memset(reading, 0, sizeof(*reading));
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
	    pair) == -1 || imsgbuf_init(&imsgbuf, pair[0]) == -1)
		err(1, "socketpair");
	if (with_fds)
		imsgbuf_allow_fdpass(&imsgbuf);
	for (i = 0; i <= n_cuts && !reading->broken; i++) {
		to = i == n_cuts ? size : cuts[i];
		if (to == from)
			continue;
		send_piece(pair[1], data + from, to - from,
		    with_fds && from == 0);
		CHECK(imsgbuf_read(&imsgbuf) == 1);
		reading->broken = !take_messages(&imsgbuf, reading);
		from = to;
	}
	imsgbuf_clear(&imsgbuf);
	close(pair[0]);
	close(pair[1]);
}

static int
lowest_fd(void)
{
	int fd;

	if ((fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) == -1)
		err(1, "/dev/null");
	close(fd);
	return fd;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reading whole, cut;
	struct fuzz_random r;
	size_t cuts[CUTS], i, k;
	bool with_fds;
	int fd;

	if (size == 0 || size > STREAM_MAX)
		return 0;
	with_fds = data[0] & 1;
	data++;
	size--;
	fd = lowest_fd();
	fuzz_random_init(&r, data, size);
	for (i = 0; i < CUTS; i++) {
		cuts[i] = fuzz_random_below(&r, size);
		for (k = i; k > 0 && cuts[k] < cuts[k - 1]; k--) {
			size_t swap = cuts[k];

			cuts[k] = cuts[k - 1];
			cuts[k - 1] = swap;
		}
	}
	read_stream(&whole, data, size, NULL, 0, with_fds);
	read_stream(&cut, data, size, cuts, CUTS, with_fds);
	CHECK(whole.messages == cut.messages && whole.fds == cut.fds);
	CHECK(whole.size == cut.size && whole.broken == cut.broken);
	CHECK(whole.size == 0 ||
	    memcmp(whole.bytes, cut.bytes, whole.size) == 0);
	CHECK(whole.fds <= (with_fds ? FDS : 0));
	free(whole.bytes);
	free(cut.bytes);
	CHECK(lowest_fd() == fd);
	return 0;
}
