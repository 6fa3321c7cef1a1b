/*
 * Messages between processes, in the shape of OpenBSD's imsg_init(3), which
 * Debian does not ship.  Two things are stricter than upstream:
 *  - a header that arrives in two reads keeps its descriptor;
 *  - MSG_CTRUNC (the descriptor table is full) is an error (EMFILE), never a
 *    message that has quietly lost its descriptor.
 * Descriptors arrive close-on-exec.
 */
#ifndef COMMON_IMSG_H
#define COMMON_IMSG_H

#include <sys/types.h>
#include <sys/uio.h>

#include <stddef.h>
#include <stdint.h>

#define IMSG_HEADER_SIZE	sizeof(struct imsg_hdr)
#define MAX_IMSGSIZE		16384	/* bytes, header included */

/* A growing buffer to write into, or a window to read from. */
struct ibuf;
struct msgbuf;

struct ibuf_reader {
	const unsigned char	*data;
	size_t			 left;		/* bytes not read yet */
};

struct ibuf	*ibuf_open(size_t);
struct ibuf	*ibuf_dynamic(size_t, size_t);	/* first size, maximum */
int		 ibuf_add(struct ibuf *, const void *, size_t);
int		 ibuf_add_n8(struct ibuf *, uint64_t);	/* ERANGE if too big */
int		 ibuf_add_n16(struct ibuf *, uint64_t);
int		 ibuf_add_n32(struct ibuf *, uint64_t);
int		 ibuf_add_n64(struct ibuf *, uint64_t);
void		*ibuf_data(const struct ibuf *);
size_t		 ibuf_size(const struct ibuf *);
void		 ibuf_fd_set(struct ibuf *, int);	/* takes the fd over */
void		 ibuf_free(struct ibuf *);		/* closes its fd */

/* Reading never runs past the end: -1 and EBADMSG instead. */
void		 ibuf_reader_init(struct ibuf_reader *, const void *, size_t);
int		 ibuf_get(struct ibuf_reader *, void *, size_t);
int		 ibuf_get_n8(struct ibuf_reader *, uint8_t *);
int		 ibuf_get_n16(struct ibuf_reader *, uint16_t *);
int		 ibuf_get_n32(struct ibuf_reader *, uint32_t *);
int		 ibuf_get_n64(struct ibuf_reader *, uint64_t *);

struct imsg_hdr {
	uint32_t	 type;
	uint32_t	 len;		/* bytes, this header included */
	uint32_t	 peerid;	/* here: the request a message is about */
	uint32_t	 pid;
};

struct imsg {
	struct imsg_hdr	 hdr;
	unsigned char	*data;		/* hdr.len - IMSG_HEADER_SIZE bytes */
	int		 fd;		/* -1, or the descriptor that came along */
};

struct imsgbuf {
	struct msgbuf	*w;
	unsigned char	*rbuf;
	size_t		 rlen;		/* bytes in rbuf */
	size_t		 roff;		/* of these, already given out */
	size_t		 maxsize;
	int		 fds[16];	/* received, not yet claimed */
	size_t		 nfds;
	pid_t		 pid;
	int		 fd;
	int		 allow_fdpass;
};

int	 imsgbuf_init(struct imsgbuf *, int);
void	 imsgbuf_allow_fdpass(struct imsgbuf *);
int	 imsgbuf_set_maxsize(struct imsgbuf *, uint32_t);
int	 imsgbuf_read(struct imsgbuf *);	/* 1 some, 0 closed, -1 error;
						 * EAGAIN counts as 1 */
int	 imsgbuf_write(struct imsgbuf *);	/* what can go now; -1 error */
int	 imsgbuf_flush(struct imsgbuf *);	/* all of it, waiting */
void	 imsgbuf_clear(struct imsgbuf *);	/* frees; does not close fd */
size_t	 imsgbuf_queuelen(const struct imsgbuf *);	/* messages waiting */
/* Their bytes, until the next call: so that two queues can be compared. */
const void *imsgbuf_queued(const struct imsgbuf *, size_t *len);

/* The next whole message: its length, 0 if there is none yet, -1 if broken. */
ssize_t	 imsg_get(struct imsgbuf *, struct imsg *);
void	 imsg_free(struct imsg *);		/* closes an unclaimed fd */
int	 imsg_get_data(struct imsg *, void *, size_t);	/* exact size or -1 */
int	 imsg_get_strbuf(struct imsg *, char *, size_t);
int	 imsg_get_fd(struct imsg *);		/* claims it; -1 if none */
uint32_t imsg_get_id(const struct imsg *);
size_t	 imsg_get_len(const struct imsg *);	/* of the data */
pid_t	 imsg_get_pid(const struct imsg *);
uint32_t imsg_get_type(const struct imsg *);
void	 imsg_get_reader(const struct imsg *, struct ibuf_reader *);

int	 imsg_compose(struct imsgbuf *, uint32_t, uint32_t, pid_t, int,
	    const void *, size_t);
int	 imsg_composev(struct imsgbuf *, uint32_t, uint32_t, pid_t, int,
	    const struct iovec *, int);
struct ibuf *imsg_create(struct imsgbuf *, uint32_t, uint32_t, pid_t, size_t);
int	 imsg_add(struct ibuf *, const void *, size_t);	/* frees on error */
void	 imsg_close(struct imsgbuf *, struct ibuf *);

#endif
