/*
 * Buffers: one that grows while a message is composed, a window that is read
 * without running past its end, and the queue of messages on their way out.
 */
#include <sys/queue.h>
#include <sys/socket.h>

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ibuf.h"

#define QUEUE_FIRST_ROOM	16384		/* bytes */
#define QUEUE_KEEP_ROOM		(1024 * 1024)	/* bytes, when it is empty */

struct fd_mark {
	TAILQ_ENTRY(fd_mark)	 entry;
	size_t			 at;	/* where its message starts */
	int			 fd;
};

struct msgbuf {
	unsigned char		*data;
	size_t			 size;		/* bytes in data */
	size_t			 room;
	size_t			 head;		/* first message not wholly sent */
	size_t			 sent;		/* bytes sent, >= head */
	size_t			 messages;
	bool			 failed;
	struct ibuf		*spare;
	TAILQ_HEAD(, fd_mark)	 marks;		/* unsent, in order */
};

static int	ibuf_reserve(struct ibuf *, size_t);
static int	msgbuf_reserve(struct msgbuf *, size_t);
static void	msgbuf_compact(struct msgbuf *);
static void	msgbuf_append(struct msgbuf *, const void *, size_t);
static ssize_t	msgbuf_send(struct msgbuf *, int);
static void	msgbuf_sent(struct msgbuf *, size_t);
static void	fd_mark_free(struct msgbuf *, struct fd_mark *);

struct ibuf *
ibuf_open(size_t size)
{
	return ibuf_dynamic(size, size);
}

struct ibuf *
ibuf_dynamic(size_t size, size_t max)
{
	struct ibuf *buf;

	if (size > max) {
		errno = EINVAL;
		return NULL;
	}
	if ((buf = calloc(1, sizeof(*buf))) == NULL)
		return NULL;
	buf->fd = -1;
	buf->max = max;
	if (size != 0 && (buf->data = malloc(size)) == NULL) {
		free(buf);
		return NULL;
	}
	buf->room = size;
	return buf;
}

/* Makes room for size more bytes.  ERANGE beyond the maximum. */
static int
ibuf_reserve(struct ibuf *buf, size_t size)
{
	unsigned char *data;
	size_t room;

	if (size > buf->max - buf->size) {
		errno = ERANGE;
		return -1;
	}
	if (size <= buf->room - buf->size)
		return 0;
	room = buf->room > buf->max / 2 ? buf->max : buf->room * 2;
	if (room < buf->size + size)
		room = buf->size + size;
	if ((data = realloc(buf->data, room)) == NULL)
		return -1;
	buf->data = data;
	buf->room = room;
	return 0;
}

int
ibuf_add(struct ibuf *buf, const void *data, size_t size)
{
	if (ibuf_reserve(buf, size) == -1)
		return -1;
	if (size != 0)
		memcpy(buf->data + buf->size, data, size);
	buf->size += size;
	return 0;
}

int
ibuf_add_n8(struct ibuf *buf, uint64_t value)
{
	uint8_t n = (uint8_t)value;

	if (value > UINT8_MAX) {
		errno = ERANGE;
		return -1;
	}
	return ibuf_add(buf, &n, sizeof(n));
}

int
ibuf_add_n16(struct ibuf *buf, uint64_t value)
{
	uint16_t n = htobe16((uint16_t)value);

	if (value > UINT16_MAX) {
		errno = ERANGE;
		return -1;
	}
	return ibuf_add(buf, &n, sizeof(n));
}

int
ibuf_add_n32(struct ibuf *buf, uint64_t value)
{
	uint32_t n = htobe32((uint32_t)value);

	if (value > UINT32_MAX) {
		errno = ERANGE;
		return -1;
	}
	return ibuf_add(buf, &n, sizeof(n));
}

int
ibuf_add_n64(struct ibuf *buf, uint64_t value)
{
	uint64_t n = htobe64(value);

	return ibuf_add(buf, &n, sizeof(n));
}

void *
ibuf_data(const struct ibuf *buf)
{
	return buf->data;
}

size_t
ibuf_size(const struct ibuf *buf)
{
	return buf->size;
}

void
ibuf_fd_set(struct ibuf *buf, int fd)
{
	if (buf->fd != -1)
		close(buf->fd);
	buf->fd = fd;
}

int
ibuf_take_fd(struct ibuf *buf)
{
	int fd = buf->fd;

	buf->fd = -1;
	return fd;
}

void
ibuf_reset(struct ibuf *buf, size_t max)
{
	ibuf_fd_set(buf, -1);
	buf->size = 0;
	buf->max = max;
}

void
ibuf_free(struct ibuf *buf)
{
	if (buf == NULL)
		return;
	if (buf->fd != -1)
		close(buf->fd);
	/* Keys of servers pass through here. */
	freezero(buf->data, buf->room);
	free(buf);
}

void
ibuf_reader_init(struct ibuf_reader *reader, const void *data, size_t size)
{
	reader->data = data;
	reader->left = size;
}

int
ibuf_get(struct ibuf_reader *reader, void *data, size_t size)
{
	if (size > reader->left) {
		errno = EBADMSG;
		return -1;
	}
	if (size != 0) {
		memcpy(data, reader->data, size);
		reader->data += size;
		reader->left -= size;
	}
	return 0;
}

int
ibuf_get_n8(struct ibuf_reader *reader, uint8_t *value)
{
	return ibuf_get(reader, value, sizeof(*value));
}

int
ibuf_get_n16(struct ibuf_reader *reader, uint16_t *value)
{
	if (ibuf_get(reader, value, sizeof(*value)) == -1)
		return -1;
	*value = be16toh(*value);
	return 0;
}

int
ibuf_get_n32(struct ibuf_reader *reader, uint32_t *value)
{
	if (ibuf_get(reader, value, sizeof(*value)) == -1)
		return -1;
	*value = be32toh(*value);
	return 0;
}

int
ibuf_get_n64(struct ibuf_reader *reader, uint64_t *value)
{
	if (ibuf_get(reader, value, sizeof(*value)) == -1)
		return -1;
	*value = be64toh(*value);
	return 0;
}

struct msgbuf *
msgbuf_new(void)
{
	struct msgbuf *queue;

	if ((queue = calloc(1, sizeof(*queue))) == NULL)
		return NULL;
	TAILQ_INIT(&queue->marks);
	return queue;
}

static void
fd_mark_free(struct msgbuf *queue, struct fd_mark *mark)
{
	TAILQ_REMOVE(&queue->marks, mark, entry);
	close(mark->fd);
	free(mark);
}

void
msgbuf_free(struct msgbuf *queue)
{
	struct fd_mark *mark;

	if (queue == NULL)
		return;
	while ((mark = TAILQ_FIRST(&queue->marks)) != NULL)
		fd_mark_free(queue, mark);
	ibuf_free(queue->spare);
	freezero(queue->data, queue->room);
	free(queue);
}

size_t
msgbuf_queuelen(const struct msgbuf *queue)
{
	return queue->messages;
}

const void *
msgbuf_unsent(const struct msgbuf *queue, size_t *len)
{
	*len = queue->size - queue->head;
	return *len == 0 ? NULL : queue->data + queue->head;
}

struct ibuf *
msgbuf_spare(struct msgbuf *queue)
{
	struct ibuf *buf = queue->spare;

	queue->spare = NULL;
	return buf;
}

void
msgbuf_keep(struct msgbuf *queue, struct ibuf *buf)
{
	ibuf_free(queue->spare);
	queue->spare = buf;
}

void
msgbuf_fail(struct msgbuf *queue)
{
	queue->failed = true;
}

/* Moves what is unsent to the front, the whole of its first message. */
static void
msgbuf_compact(struct msgbuf *queue)
{
	struct fd_mark *mark;

	TAILQ_FOREACH(mark, &queue->marks, entry)
		mark->at -= queue->head;
	queue->size -= queue->head;
	queue->sent -= queue->head;
	memmove(queue->data, queue->data + queue->head, queue->size);
	queue->head = 0;
}

/*
 * Makes room for size more bytes.  Moving is only worth it when at least half
 * of the buffer has been sent; so each byte moves once, on average.
 */
static int
msgbuf_reserve(struct msgbuf *queue, size_t size)
{
	unsigned char *data;
	size_t room;

	if (size <= queue->room - queue->size)
		return 0;
	if (queue->head != 0 && queue->head >= queue->size / 2)
		msgbuf_compact(queue);
	room = queue->room == 0 ? QUEUE_FIRST_ROOM : queue->room;
	while (room - queue->size < size) {
		if (room > SIZE_MAX / 2) {
			errno = ENOMEM;
			return -1;
		}
		room *= 2;
	}
	if (room == queue->room)
		return 0;
	if ((data = realloc(queue->data, room)) == NULL)
		return -1;
	queue->data = data;
	queue->room = room;
	return 0;
}

/* There must be room. */
static void
msgbuf_append(struct msgbuf *queue, const void *data, size_t size)
{
	if (size == 0)
		return;
	memcpy(queue->data + queue->size, data, size);
	queue->size += size;
}

int
msgbuf_add(struct msgbuf *queue, int fd, const struct imsg_hdr *hdr,
    const struct iovec *iov, int count)
{
	struct fd_mark *mark;
	int i;

	if (msgbuf_reserve(queue, hdr->len & ~IMSG_FD_MARK) == -1)
		return -1;
	if (fd != -1) {
		if ((mark = malloc(sizeof(*mark))) == NULL)
			return -1;
		mark->at = queue->size;
		mark->fd = fd;
		TAILQ_INSERT_TAIL(&queue->marks, mark, entry);
	}
	msgbuf_append(queue, hdr, sizeof(*hdr));
	for (i = 0; i < count; i++)
		msgbuf_append(queue, iov[i].iov_base, iov[i].iov_len);
	queue->messages++;
	return 0;
}

/*
 * One sendmsg, at most up to the next message that brings a descriptor: that
 * one starts a call of its own, so that the descriptor arrives with the first
 * byte of its message, however the bytes are cut up on the way.
 */
static ssize_t
msgbuf_send(struct msgbuf *queue, int fd)
{
	union {
		struct cmsghdr	 header;
		char		 space[CMSG_SPACE(sizeof(int))];
	} control;
	struct fd_mark *mark = TAILQ_FIRST(&queue->marks);
	struct fd_mark *next = mark;
	struct msghdr msg;
	struct iovec iov;
	ssize_t n;

	memset(&msg, 0, sizeof(msg));
	memset(&control, 0, sizeof(control));
	if (mark != NULL && mark->at == queue->sent) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control.space);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &mark->fd, sizeof(int));
		next = TAILQ_NEXT(mark, entry);
	}
	iov.iov_base = queue->data + queue->sent;
	iov.iov_len = (next != NULL ? next->at : queue->size) - queue->sent;
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	n = sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n > 0 && msg.msg_control != NULL)
		fd_mark_free(queue, mark);
	return n;
}

/* Notes that n more bytes have left, and which messages are complete by it. */
static void
msgbuf_sent(struct msgbuf *queue, size_t n)
{
	struct imsg_hdr hdr;

	queue->sent += n;
	while (queue->head < queue->sent) {
		memcpy(&hdr, queue->data + queue->head, sizeof(hdr));
		hdr.len &= ~IMSG_FD_MARK;
		if (queue->sent - queue->head < hdr.len)
			break;
		queue->head += hdr.len;
		queue->messages--;
	}
	if (queue->sent < queue->size)
		return;
	queue->head = queue->sent = queue->size = 0;
	if (queue->room > QUEUE_KEEP_ROOM) {
		freezero(queue->data, queue->room);
		queue->data = NULL;
		queue->room = 0;
	}
}

int
msgbuf_write(struct msgbuf *queue, int fd)
{
	ssize_t n;

	if (queue->failed) {
		errno = ENOMEM;
		return -1;
	}
	while (queue->sent < queue->size) {
		n = msgbuf_send(queue, fd);
		if (n == -1) {
			if (errno == EINTR)
				continue;
			if (errno == EAGAIN || errno == ENOBUFS)
				return 0;
			return -1;
		}
		msgbuf_sent(queue, (size_t)n);
	}
	return 0;
}
