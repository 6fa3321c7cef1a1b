/*
 * JSON, written by hand.  Strings are escaped as .NET's default encoder does
 * it, which is what Jellyfin uses: everything but plain ASCII, and some of
 * that too, becomes \uXXXX.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "date.h"
#include "json_out.h"
#include "memory.h"

static void	reserve(struct json_out *, size_t);
static void	put_unit(struct json_out *, unsigned int);
static size_t	decode(const unsigned char *, unsigned int *);
static void	put_character(struct json_out *, const unsigned char **);

void
json_out_init(struct json_out *out, bool raw)
{
	memset(out, 0, sizeof(*out));
	out->raw = raw;
}

void
json_out_free(struct json_out *out)
{
	free(out->data);
	json_out_init(out, out->raw);
}

static void
reserve(struct json_out *out, size_t more)
{
	if (out->length + more <= out->size)
		return;
	out->size = (out->size + more) * 2 + 256;
	out->data = memory_grown(out->data, out->size, 1);
}

void
out_bytes(struct json_out *out, const char *bytes, size_t length)
{
	reserve(out, length);
	memcpy(out->data + out->length, bytes, length);
	out->length += length;
}

void
out_text(struct json_out *out, const char *text)
{
	out_bytes(out, text, strlen(text));
}

static void
put_unit(struct json_out *out, unsigned int unit)
{
	char text[8];

	out_bytes(out, text,
	    (size_t)snprintf(text, sizeof(text), "\\u%04X", unit & 0xffff));
}

/* Our own strings are valid UTF-8; anything else becomes U+FFFD. */
static size_t
decode(const unsigned char *p, unsigned int *c)
{
	size_t length, i;

	if (*p >= 0xf0 && *p <= 0xf4)
		length = 4;
	else if (*p >= 0xe0)
		length = 3;
	else
		length = 2;
	*c = *p & (0xffU >> (length + 1));
	for (i = 1; i < length; i++) {
		if ((p[i] & 0xc0) != 0x80) {
			*c = 0xfffd;
			return i;
		}
		*c = *c << 6 | (p[i] & 0x3f);
	}
	return length;
}

static void
put_character(struct json_out *out, const unsigned char **p)
{
	static const char controls[] = "\b\t\n\f\r\\", letters[] = "btnfr\\";
	const char *control;
	unsigned int c;
	size_t length;

	if (**p < 0x80) {
		c = *(*p)++;
		if (c != 0 && (control = strchr(controls, (int)c)) != NULL) {
			out_literal(out, "\\");
			out_bytes(out, &letters[control - controls], 1);
		} else
			put_unit(out, c);
		return;
	}
	length = decode(*p, &c);
	if (out->raw)
		out_bytes(out, (const char *)*p, length);
	else if (c > 0xffff) {
		put_unit(out, 0xd800 + ((c - 0x10000) >> 10));
		put_unit(out, 0xdc00 + ((c - 0x10000) & 0x3ff));
	} else
		put_unit(out, c);
	*p += length;
}

void
out_string(struct json_out *out, const char *text)
{
	const unsigned char *p = (const unsigned char *)text, *plain;

	if (text == NULL) {
		out_literal(out, "null");
		return;
	}
	out_literal(out, "\"");
	while (*p != '\0') {
		for (plain = p; *p >= 0x20 && *p < 0x7f && *p != '"' &&
		    *p != '\\' && *p != '\'' && *p != '&' && *p != '+' &&
		    *p != '<' && *p != '>' && *p != '`'; p++)
			continue;
		out_bytes(out, (const char *)plain, (size_t)(p - plain));
		if (*p != '\0')
			put_character(out, &p);
	}
	out_literal(out, "\"");
}

void
out_number(struct json_out *out, int64_t number)
{
	char digits[24], *p = digits + sizeof(digits);
	uint64_t rest;

	rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
	do {
		*--p = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest != 0);
	if (number < 0)
		*--p = '-';
	out_bytes(out, p, (size_t)(digits + sizeof(digits) - p));
}

void
out_bool(struct json_out *out, bool value)
{
	out_text(out, value ? "true" : "false");
}

void
out_id(struct json_out *out, const struct jellyfin_id *id)
{
	static const char hex[] = "0123456789abcdef";
	char text[JELLYFIN_ID_SIZE * 2 + 2], *p = text;
	size_t i;

	*p++ = '"';
	for (i = 0; i < JELLYFIN_ID_SIZE; i++) {
		*p++ = hex[id->bytes[i] >> 4];
		*p++ = hex[id->bytes[i] & 15];
	}
	*p = '"';
	out_bytes(out, text, sizeof(text));
}

void
out_date(struct json_out *out, int64_t ticks)
{
	char text[DATE_TEXT_SIZE];
	int length = date_text(text, ticks);

	out_literal(out, "\"");
	out_bytes(out, text, (size_t)length);
	out_literal(out, "\"");
}
