/*
 * Shared by the files of messages, row.c and wire.c: the frame and the values of messages,
 * each put beside its get.  A put is fatal when memory is out or the value is
 * one that the get would refuse; a get returns -1 (EBADMSG) then.
 */
#ifndef COMMON_WIRE_H
#define COMMON_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message.h"

struct wire_writer {
	struct imsgbuf		*imsgbuf;
	struct ibuf		*buf;
	enum message_type	 type;
};

void	wire_put_begin(struct wire_writer *, struct imsgbuf *,
	    enum message_type, uint32_t id);
int	wire_get_begin(struct ibuf_reader *, const struct imsg *,
	    enum message_type);
void	wire_put_end(struct wire_writer *);
int	wire_get_end(const struct ibuf_reader *);	/* nothing is left */
__attribute__((__noreturn__))
void	wire_bug(const struct wire_writer *, const char *);
int	wire_nonsense(void);				/* -1, EBADMSG */

void	wire_put_bytes(struct wire_writer *, const void *, size_t);
void	wire_put_bool(struct wire_writer *, bool);
int	wire_get_bool(struct ibuf_reader *, bool *);
/* A constant of an enum of so many, the first of them 0. */
void	wire_put_enum(struct wire_writer *, unsigned int, unsigned int count);
int	wire_get_enum(struct ibuf_reader *, unsigned int *,
	    unsigned int count);
void	wire_put_u32(struct wire_writer *, uint32_t);
int	wire_get_u32(struct ibuf_reader *, uint32_t *);
void	wire_put_number(struct wire_writer *, uint32_t, uint32_t min,
	    uint32_t max);
int	wire_get_number(struct ibuf_reader *, uint32_t *, uint32_t min,
	    uint32_t max);
void	wire_put_signed(struct wire_writer *, int32_t, int32_t min);
int	wire_get_signed(struct ibuf_reader *, int32_t *, int32_t min);
void	wire_put_long(struct wire_writer *, int64_t, int64_t min);
int	wire_get_long(struct ibuf_reader *, int64_t *, int64_t min);
/* Of a server, in seconds: none is after the year 9999, as none is read so. */
void	wire_put_date(struct wire_writer *, int64_t);
int	wire_get_date(struct ibuf_reader *, int64_t *);
/* size is that of the field: a text is shorter, by its NUL at least. */
void	wire_put_text(struct wire_writer *, const char *, size_t size);
int	wire_get_text(struct ibuf_reader *, char *, size_t size);
void	wire_put_id(struct wire_writer *, const struct jellyfin_id *);
int	wire_get_id(struct ibuf_reader *, struct jellyfin_id *);
void	wire_put_userdata(struct wire_writer *, const struct userdata *);
int	wire_get_userdata(struct ibuf_reader *, struct userdata *);
void	wire_put_providers(struct wire_writer *, uint32_t,
	    const struct provider_id *);
int	wire_get_providers(struct ibuf_reader *, uint32_t *,
	    struct provider_id *);

/*
 * Both public halves of a message, around the file's own put_name() and
 * get_name().  (The declaration at the end takes the semicolon.)
 */
#define MESSAGE_DEFINE(name, type, record)				\
void									\
message_put_##name(struct imsgbuf *imsgbuf, uint32_t id,		\
    const struct record *m)						\
{									\
	struct wire_writer w;						\
									\
	wire_put_begin(&w, imsgbuf, type, id);				\
	put_##name(&w, m);						\
	wire_put_end(&w);						\
}									\
									\
int									\
message_get_##name(const struct imsg *imsg, struct record *m)		\
{									\
	struct ibuf_reader r;						\
									\
	if (wire_get_begin(&r, imsg, type) == -1 ||			\
	    get_##name(&r, m) == -1)					\
		return -1;						\
	return wire_get_end(&r);					\
}									\
struct record

#endif
