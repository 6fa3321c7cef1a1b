/*
 * Values as they travel in messages: integers in network order, a text as its
 * length in 16 bits and its bytes.  What one side refuses to read, the other
 * refuses to write: a sender that tries has a bug, and says so itself, since
 * its receiver would only know that the peer talks nonsense.
 */
#include <errno.h>
#include <string.h>

#include "log.h"
#include "text.h"
#include "wire.h"

static void	wire_put_u8(struct wire_writer *, uint8_t);
static void	wire_put_u16(struct wire_writer *, uint16_t);
static void	wire_put_u64(struct wire_writer *, uint64_t);

void
wire_bug(const struct wire_writer *w, const char *what)
{
	fatalx("message %s: %s", message_type_name(w->type), what);
}

void
wire_put_begin(struct wire_writer *w, struct imsgbuf *imsgbuf,
    enum message_type type, uint32_t id)
{
	w->imsgbuf = imsgbuf;
	w->type = type;
	if ((w->buf = imsg_create(imsgbuf, type, id, 0, 0)) == NULL)
		fatal("message %s", message_type_name(type));
}

void
wire_put_end(struct wire_writer *w)
{
	size_t before = imsgbuf_queuelen(w->imsgbuf);

	imsg_close(w->imsgbuf, w->buf);
	if (imsgbuf_queuelen(w->imsgbuf) == before)
		fatal("message %s", message_type_name(w->type));
}

int
wire_nonsense(void)
{
	errno = EBADMSG;
	return -1;
}

int
wire_get_begin(struct ibuf_reader *r, const struct imsg *imsg,
    enum message_type type)
{
	imsg_get_reader(imsg, r);
	return imsg_get_type(imsg) == type ? 0 : wire_nonsense();
}

int
wire_get_end(const struct ibuf_reader *r)
{
	return r->left == 0 ? 0 : wire_nonsense();
}

/* Numbers as they are */

void
wire_put_bytes(struct wire_writer *w, const void *bytes, size_t size)
{
	if (ibuf_add(w->buf, bytes, size) == -1)
		fatal("message %s", message_type_name(w->type));
}

static void
wire_put_u8(struct wire_writer *w, uint8_t value)
{
	if (ibuf_add_n8(w->buf, value) == -1)
		fatal("message %s", message_type_name(w->type));
}

static void
wire_put_u16(struct wire_writer *w, uint16_t value)
{
	if (ibuf_add_n16(w->buf, value) == -1)
		fatal("message %s", message_type_name(w->type));
}

void
wire_put_u32(struct wire_writer *w, uint32_t value)
{
	if (ibuf_add_n32(w->buf, value) == -1)
		fatal("message %s", message_type_name(w->type));
}

int
wire_get_u32(struct ibuf_reader *r, uint32_t *value)
{
	return ibuf_get_n32(r, value);
}

static void
wire_put_u64(struct wire_writer *w, uint64_t value)
{
	if (ibuf_add_n64(w->buf, value) == -1)
		fatal("message %s", message_type_name(w->type));
}

/* Values, each checked against the same limits on both sides */

void
wire_put_bool(struct wire_writer *w, bool value)
{
	wire_put_u8(w, value ? 1 : 0);
}

int
wire_get_bool(struct ibuf_reader *r, bool *value)
{
	uint8_t n;

	if (ibuf_get_n8(r, &n) == -1 || n > 1)
		return wire_nonsense();
	*value = n == 1;
	return 0;
}

/* A constant of an enum of count constants, the first of them 0. */
void
wire_put_enum(struct wire_writer *w, unsigned int value, unsigned int count)
{
	if (value >= count)
		wire_bug(w, "an unknown constant");
	wire_put_u8(w, (uint8_t)value);
}

int
wire_get_enum(struct ibuf_reader *r, unsigned int *value, unsigned int count)
{
	uint8_t n;

	if (ibuf_get_n8(r, &n) == -1 || n >= count)
		return wire_nonsense();
	*value = n;
	return 0;
}

void
wire_put_number(struct wire_writer *w, uint32_t value, uint32_t min,
    uint32_t max)
{
	if (value < min || value > max)
		wire_bug(w, "a number out of range");
	wire_put_u32(w, value);
}

int
wire_get_number(struct ibuf_reader *r, uint32_t *value, uint32_t min,
    uint32_t max)
{
	if (wire_get_u32(r, value) == -1 || *value < min || *value > max)
		return wire_nonsense();
	return 0;
}

void
wire_put_signed(struct wire_writer *w, int32_t value, int32_t min)
{
	if (value < min)
		wire_bug(w, "a number that is too small");
	wire_put_u32(w, (uint32_t)value);
}

int
wire_get_signed(struct ibuf_reader *r, int32_t *value, int32_t min)
{
	uint32_t n;

	if (wire_get_u32(r, &n) == -1)
		return wire_nonsense();
	*value = (int32_t)n;
	return *value < min ? wire_nonsense() : 0;
}

void
wire_put_long(struct wire_writer *w, int64_t value, int64_t min)
{
	if (value < min)
		wire_bug(w, "a number that is too small");
	wire_put_u64(w, (uint64_t)value);
}

int
wire_get_long(struct ibuf_reader *r, int64_t *value, int64_t min)
{
	uint64_t n;

	if (ibuf_get_n64(r, &n) == -1)
		return wire_nonsense();
	*value = (int64_t)n;
	return *value < min ? wire_nonsense() : 0;
}

void
wire_put_date(struct wire_writer *w, int64_t date)
{
	if (date > TEXT_TIME_MAX)
		wire_bug(w, "a date after the year 9999");
	wire_put_long(w, date, 0);
}

int
wire_get_date(struct ibuf_reader *r, int64_t *date)
{
	if (wire_get_long(r, date, 0) == -1)
		return -1;
	return *date > TEXT_TIME_MAX ? wire_nonsense() : 0;
}

/* size is that of the field, so a text is shorter by the NUL at least. */
void
wire_put_text(struct wire_writer *w, const char *text, size_t size)
{
	size_t len = strnlen(text, size);

	if (len == size || len > UINT16_MAX)
		wire_bug(w, "a text that is too long");
	if (!text_is_utf8(text, len))
		wire_bug(w, "a text that is not UTF-8");
	wire_put_u16(w, (uint16_t)len);
	wire_put_bytes(w, text, len);
}

int
wire_get_text(struct ibuf_reader *r, char *text, size_t size)
{
	uint16_t len;

	text[0] = '\0';
	if (ibuf_get_n16(r, &len) == -1 || len >= size ||
	    ibuf_get(r, text, len) == -1 || !text_is_utf8(text, len)) {
		text[0] = '\0';
		return wire_nonsense();
	}
	text[len] = '\0';
	return 0;
}

void
wire_put_id(struct wire_writer *w, const struct jellyfin_id *id)
{
	wire_put_bytes(w, id->bytes, sizeof(id->bytes));
}

int
wire_get_id(struct ibuf_reader *r, struct jellyfin_id *id)
{
	return ibuf_get(r, id->bytes, sizeof(id->bytes));
}

void
wire_put_userdata(struct wire_writer *w, const struct userdata *u)
{
	wire_put_long(w, u->position, 0);
	wire_put_date(w, u->last_played);
	wire_put_signed(w, u->play_count, 0);
	wire_put_bool(w, u->played);
	wire_put_bool(w, u->favorite);
}

int
wire_get_userdata(struct ibuf_reader *r, struct userdata *u)
{
	if (wire_get_long(r, &u->position, 0) == -1 ||
	    wire_get_date(r, &u->last_played) == -1 ||
	    wire_get_signed(r, &u->play_count, 0) == -1 ||
	    wire_get_bool(r, &u->played) == -1 ||
	    wire_get_bool(r, &u->favorite) == -1)
		return -1;
	return 0;
}

void
wire_put_providers(struct wire_writer *w, uint32_t n,
    const struct provider_id *ids)
{
	uint32_t i;

	wire_put_number(w, n, 0, PROVIDERS_MAX);
	for (i = 0; i < n; i++) {
		wire_put_text(w, ids[i].name, sizeof(ids[i].name));
		wire_put_text(w, ids[i].value, sizeof(ids[i].value));
	}
}

int
wire_get_providers(struct ibuf_reader *r, uint32_t *n,
    struct provider_id *ids)
{
	uint32_t i;

	if (wire_get_number(r, n, 0, PROVIDERS_MAX) == -1)
		return -1;
	for (i = 0; i < *n; i++) {
		if (wire_get_text(r, ids[i].name, sizeof(ids[i].name)) == -1 ||
		    wire_get_text(r, ids[i].value, sizeof(ids[i].value)) == -1)
			return -1;
	}
	return 0;
}
