/* Shared by ibuf.c and imsg.c only: what is behind imsg.h's buffers. */
#ifndef COMMON_IBUF_H
#define COMMON_IBUF_H

#include "imsg.h"

/* This bit of a header's len says that a descriptor belongs to the message. */
#define IMSG_FD_MARK	0x80000000U

struct ibuf {
	unsigned char	*data;
	size_t		 size;		/* bytes written */
	size_t		 room;		/* bytes allocated */
	size_t		 max;		/* it never grows beyond this */
	int		 fd;		/* ours, or -1 */
};

/* Empties a buffer for the next message; its memory stays. */
void		 ibuf_reset(struct ibuf *, size_t max);
int		 ibuf_take_fd(struct ibuf *);

/*
 * The output queue: whole messages, one after the other in one buffer, so
 * that many leave in one call and none needs an allocation of its own.
 */
struct msgbuf	*msgbuf_new(void);
void		 msgbuf_free(struct msgbuf *);	/* closes what is unsent */
size_t		 msgbuf_queuelen(const struct msgbuf *);
/* The bytes that wait; NULL if there are none. */
const void	*msgbuf_unsent(const struct msgbuf *, size_t *len);
/*
 * Appends one message: the header, then the parts of its body.  fd (or -1) is
 * taken over.  -1 and ENOMEM leave the queue, and fd, as they were.
 */
int		 msgbuf_add(struct msgbuf *, int fd, const struct imsg_hdr *,
		    const struct iovec *, int);
/* Sends what can go now on a socket.  0, or -1 if the socket is broken. */
int		 msgbuf_write(struct msgbuf *, int);
/* One buffer is kept for the next message to be composed in. */
struct ibuf	*msgbuf_spare(struct msgbuf *);		/* or NULL */
void		 msgbuf_keep(struct msgbuf *, struct ibuf *);
/* Memory was out where nothing could be returned: the next write says so. */
void		 msgbuf_fail(struct msgbuf *);

#endif
