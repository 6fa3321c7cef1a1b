/*
 * Framing of messages on a socket.  A received message is not copied: its
 * data lies in the imsgbuf, until that is read into or cleared.  Descriptors
 * are queued as they arrive and claimed by the header that is marked for one.
 */
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ibuf.h"

#define READ_SIZE	65536	/* bytes; what one read can bring at least */
#define FDS_MAX		(sizeof(((struct imsgbuf *)NULL)->fds) / sizeof(int))

/* Aligned for the header, room for as many descriptors as can be queued. */
union control {
	struct cmsghdr	 header;
	char		 space[CMSG_SPACE(FDS_MAX * sizeof(int))];
};

static size_t	read_room(const struct imsgbuf *);
static int	make_room(struct imsgbuf *);
static ssize_t	receive(struct imsgbuf *, struct msghdr *);
static int	take_fds(struct imsgbuf *, struct msghdr *);
static int	queue_fds(struct imsgbuf *, struct cmsghdr *);
static int	claim_fd(struct imsgbuf *);
static void	fill_header(const struct imsgbuf *, struct imsg_hdr *, uint32_t,
		    uint32_t, pid_t);

int
imsgbuf_init(struct imsgbuf *imsgbuf, int fd)
{
	memset(imsgbuf, 0, sizeof(*imsgbuf));
	if ((imsgbuf->w = msgbuf_new()) == NULL)
		return -1;
	imsgbuf->maxsize = MAX_IMSGSIZE;
	imsgbuf->pid = getpid();
	imsgbuf->fd = fd;
	return 0;
}

/* Without this, a descriptor that comes in is an error of the peer's. */
void
imsgbuf_allow_fdpass(struct imsgbuf *imsgbuf)
{
	imsgbuf->allow_fdpass = 1;
}

/* To be called before the first read: the buffer is made for this size. */
int
imsgbuf_set_maxsize(struct imsgbuf *imsgbuf, uint32_t maxsize)
{
	if (maxsize < IMSG_HEADER_SIZE || maxsize >= IMSG_FD_MARK ||
	    imsgbuf->rbuf != NULL) {
		errno = EINVAL;
		return -1;
	}
	imsgbuf->maxsize = maxsize;
	return 0;
}

/* A part of a message may be left over when the next read begins. */
static size_t
read_room(const struct imsgbuf *imsgbuf)
{
	return imsgbuf->maxsize + READ_SIZE;
}

static int
make_room(struct imsgbuf *imsgbuf)
{
	if (imsgbuf->rbuf == NULL &&
	    (imsgbuf->rbuf = malloc(read_room(imsgbuf))) == NULL)
		return -1;
	if (imsgbuf->roff != 0) {
		imsgbuf->rlen -= imsgbuf->roff;
		memmove(imsgbuf->rbuf, imsgbuf->rbuf + imsgbuf->roff,
		    imsgbuf->rlen);
		imsgbuf->roff = 0;
	}
	if (imsgbuf->rlen == read_room(imsgbuf)) {
		errno = ENOBUFS;
		return -1;
	}
	return 0;
}

static ssize_t
receive(struct imsgbuf *imsgbuf, struct msghdr *msg)
{
	struct iovec iov;
	ssize_t n;

	iov.iov_base = imsgbuf->rbuf + imsgbuf->rlen;
	iov.iov_len = read_room(imsgbuf) - imsgbuf->rlen;
	msg->msg_iov = &iov;
	msg->msg_iovlen = 1;
	do {
		n = recvmsg(imsgbuf->fd, msg, MSG_CMSG_CLOEXEC);
	} while (n == -1 && errno == EINTR);
	return n;
}

/* All are queued or closed, whatever is wrong with some of them. */
static int
queue_fds(struct imsgbuf *imsgbuf, struct cmsghdr *cmsg)
{
	size_t count = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	size_t i;
	int fd, result = 0;

	for (i = 0; i < count; i++) {
		memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof(int), sizeof(fd));
		if (imsgbuf->nfds < FDS_MAX) {
			imsgbuf->fds[imsgbuf->nfds++] = fd;
			continue;
		}
		close(fd);
		errno = EMFILE;
		result = -1;
	}
	return result;
}

static int
take_fds(struct imsgbuf *imsgbuf, struct msghdr *msg)
{
	struct cmsghdr *cmsg;
	int result = 0;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg != NULL;
	     cmsg = CMSG_NXTHDR(msg, cmsg)) {
		if (cmsg->cmsg_level == SOL_SOCKET &&
		    cmsg->cmsg_type == SCM_RIGHTS &&
		    queue_fds(imsgbuf, cmsg) == -1)
			result = -1;
	}
	if (msg->msg_flags & MSG_CTRUNC) {
		/* The table is full; or it sends what nobody asked it for. */
		errno = imsgbuf->allow_fdpass ? EMFILE : EBADMSG;
		result = -1;
	}
	return result;
}

int
imsgbuf_read(struct imsgbuf *imsgbuf)
{
	union control control;
	struct msghdr msg;
	ssize_t n;

	if (make_room(imsgbuf) == -1)
		return -1;
	memset(&msg, 0, sizeof(msg));
	if (imsgbuf->allow_fdpass) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control.space);
	}
	if ((n = receive(imsgbuf, &msg)) == -1)
		return errno == EAGAIN ? 1 : -1;
	if (take_fds(imsgbuf, &msg) == -1)
		return -1;
	imsgbuf->rlen += (size_t)n;
	return n == 0 ? 0 : 1;
}

int
imsgbuf_write(struct imsgbuf *imsgbuf)
{
	return msgbuf_write(imsgbuf->w, imsgbuf->fd);
}

int
imsgbuf_flush(struct imsgbuf *imsgbuf)
{
	struct pollfd pfd;

	for (;;) {
		if (imsgbuf_write(imsgbuf) == -1)
			return -1;
		if (imsgbuf_queuelen(imsgbuf) == 0)
			return 0;
		memset(&pfd, 0, sizeof(pfd));
		pfd.fd = imsgbuf->fd;
		pfd.events = POLLOUT;
		if (poll(&pfd, 1, -1) == -1 && errno != EINTR)
			return -1;
	}
}

void
imsgbuf_clear(struct imsgbuf *imsgbuf)
{
	size_t i;

	for (i = 0; i < imsgbuf->nfds; i++)
		close(imsgbuf->fds[i]);
	imsgbuf->nfds = 0;
	msgbuf_free(imsgbuf->w);
	imsgbuf->w = NULL;
	if (imsgbuf->rbuf != NULL)
		freezero(imsgbuf->rbuf, read_room(imsgbuf));
	imsgbuf->rbuf = NULL;
	imsgbuf->rlen = imsgbuf->roff = 0;
}

size_t
imsgbuf_queuelen(const struct imsgbuf *imsgbuf)
{
	return msgbuf_queuelen(imsgbuf->w);
}

const void *
imsgbuf_queued(const struct imsgbuf *imsgbuf, size_t *len)
{
	return msgbuf_unsent(imsgbuf->w, len);
}

/* The oldest descriptor belongs to the oldest message that is marked. */
static int
claim_fd(struct imsgbuf *imsgbuf)
{
	int fd;

	if (imsgbuf->nfds == 0) {
		errno = EBADMSG;
		return -1;
	}
	fd = imsgbuf->fds[0];
	imsgbuf->nfds--;
	memmove(imsgbuf->fds, imsgbuf->fds + 1, imsgbuf->nfds * sizeof(int));
	return fd;
}

ssize_t
imsg_get(struct imsgbuf *imsgbuf, struct imsg *imsg)
{
	size_t left = imsgbuf->rlen - imsgbuf->roff;
	uint32_t marked;

	if (left < IMSG_HEADER_SIZE)
		return 0;
	memcpy(&imsg->hdr, imsgbuf->rbuf + imsgbuf->roff, IMSG_HEADER_SIZE);
	marked = imsg->hdr.len & IMSG_FD_MARK;
	imsg->hdr.len &= ~IMSG_FD_MARK;
	if (imsg->hdr.len < IMSG_HEADER_SIZE) {
		errno = EBADMSG;
		return -1;
	}
	if (imsg->hdr.len > imsgbuf->maxsize) {
		errno = EMSGSIZE;
		return -1;
	}
	if (left < imsg->hdr.len)
		return 0;
	imsg->fd = -1;
	if (marked && (imsg->fd = claim_fd(imsgbuf)) == -1)
		return -1;
	imsg->data = imsgbuf->rbuf + imsgbuf->roff + IMSG_HEADER_SIZE;
	imsgbuf->roff += imsg->hdr.len;
	return (ssize_t)imsg->hdr.len;
}

void
imsg_free(struct imsg *imsg)
{
	if (imsg->fd != -1)
		close(imsg->fd);
	imsg->fd = -1;
	imsg->data = NULL;
}

int
imsg_get_data(struct imsg *imsg, void *data, size_t size)
{
	if (imsg_get_len(imsg) != size) {
		errno = EBADMSG;
		return -1;
	}
	if (size != 0)
		memcpy(data, imsg->data, size);
	return 0;
}

/* The data are a whole buffer of this size, with a string in it. */
int
imsg_get_strbuf(struct imsg *imsg, char *string, size_t size)
{
	if (size == 0 || imsg_get_len(imsg) != size ||
	    memchr(imsg->data, '\0', size) == NULL) {
		errno = EBADMSG;
		return -1;
	}
	memcpy(string, imsg->data, size);
	return 0;
}

int
imsg_get_fd(struct imsg *imsg)
{
	int fd = imsg->fd;

	imsg->fd = -1;
	return fd;
}

uint32_t
imsg_get_id(const struct imsg *imsg)
{
	return imsg->hdr.peerid;
}

size_t
imsg_get_len(const struct imsg *imsg)
{
	return imsg->hdr.len - IMSG_HEADER_SIZE;
}

pid_t
imsg_get_pid(const struct imsg *imsg)
{
	return (pid_t)imsg->hdr.pid;
}

uint32_t
imsg_get_type(const struct imsg *imsg)
{
	return imsg->hdr.type;
}

void
imsg_get_reader(const struct imsg *imsg, struct ibuf_reader *reader)
{
	ibuf_reader_init(reader, imsg->data, imsg_get_len(imsg));
}

static void
fill_header(const struct imsgbuf *imsgbuf, struct imsg_hdr *hdr, uint32_t type,
    uint32_t id, pid_t pid)
{
	hdr->type = type;
	hdr->len = IMSG_HEADER_SIZE;
	hdr->peerid = id;
	hdr->pid = (uint32_t)(pid != 0 ? pid : imsgbuf->pid);
}

/* 1, or -1: then fd is still the caller's. */
int
imsg_compose(struct imsgbuf *imsgbuf, uint32_t type, uint32_t id, pid_t pid,
    int fd, const void *data, size_t size)
{
	struct iovec iov;

	iov.iov_base = (void *)(uintptr_t)data;	/* only read */
	iov.iov_len = size;
	return imsg_composev(imsgbuf, type, id, pid, fd, &iov, 1);
}

int
imsg_composev(struct imsgbuf *imsgbuf, uint32_t type, uint32_t id, pid_t pid,
    int fd, const struct iovec *iov, int count)
{
	struct imsg_hdr hdr;
	size_t left = imsgbuf->maxsize - IMSG_HEADER_SIZE;
	int i;

	fill_header(imsgbuf, &hdr, type, id, pid);
	for (i = 0; i < count; i++) {
		if (iov[i].iov_len > left) {
			errno = ERANGE;
			return -1;
		}
		left -= iov[i].iov_len;
		hdr.len += (uint32_t)iov[i].iov_len;
	}
	if (fd != -1)
		hdr.len |= IMSG_FD_MARK;
	return msgbuf_add(imsgbuf->w, fd, &hdr, iov, count) == -1 ? -1 : 1;
}

struct ibuf *
imsg_create(struct imsgbuf *imsgbuf, uint32_t type, uint32_t id, pid_t pid,
    size_t size)
{
	struct imsg_hdr hdr;
	struct ibuf *buf;

	if (size > imsgbuf->maxsize - IMSG_HEADER_SIZE) {
		errno = ERANGE;
		return NULL;
	}
	if ((buf = msgbuf_spare(imsgbuf->w)) != NULL)
		ibuf_reset(buf, imsgbuf->maxsize);
	else if ((buf = ibuf_dynamic(IMSG_HEADER_SIZE + size,
	    imsgbuf->maxsize)) == NULL)
		return NULL;
	fill_header(imsgbuf, &hdr, type, id, pid);
	if (imsg_add(buf, &hdr, sizeof(hdr)) == -1)
		return NULL;
	return buf;
}

int
imsg_add(struct ibuf *buf, const void *data, size_t size)
{
	if (ibuf_add(buf, data, size) == -1) {
		ibuf_free(buf);
		return -1;
	}
	return (int)size;
}

/*
 * Queues the message.  When memory is out it is lost, which can only be said
 * later: the next write fails with ENOMEM.
 */
void
imsg_close(struct imsgbuf *imsgbuf, struct ibuf *buf)
{
	struct imsg_hdr hdr;
	struct iovec iov;
	int fd = ibuf_take_fd(buf);

	memcpy(&hdr, ibuf_data(buf), sizeof(hdr));
	hdr.len = (uint32_t)ibuf_size(buf);
	if (fd != -1)
		hdr.len |= IMSG_FD_MARK;
	iov.iov_base = (unsigned char *)ibuf_data(buf) + sizeof(hdr);
	iov.iov_len = ibuf_size(buf) - sizeof(hdr);
	if (msgbuf_add(imsgbuf->w, fd, &hdr, &iov, 1) == -1) {
		msgbuf_fail(imsgbuf->w);
		if (fd != -1)
			close(fd);
	}
	msgbuf_keep(imsgbuf->w, buf);
}
