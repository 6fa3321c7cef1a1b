/* Jellyfin's ids and userdata: reading, writing and comparing them. */
#include <string.h>

#include "record.h"

#define GUID_DASHES	4

static int	hex_value(char);
static bool	is_dash_place(size_t);

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* A GUID is 8-4-4-4-12: after so many digits there may be a dash. */
static bool
is_dash_place(size_t digits)
{
	return digits == 8 || digits == 12 || digits == 16 || digits == 20;
}

int
jellyfin_id_parse(const char *text, struct jellyfin_id *id)
{
	size_t digits = 0, dashes = 0;
	int value;

	memset(id, 0, sizeof(*id));
	for (; *text != '\0'; text++) {
		if (*text == '-' && is_dash_place(digits) &&
		    text[1] != '-') {
			dashes++;
			continue;
		}
		if ((value = hex_value(*text)) == -1 ||
		    digits == 2 * JELLYFIN_ID_SIZE)
			return -1;
		id->bytes[digits / 2] = (uint8_t)(id->bytes[digits / 2] << 4 |
		    value);
		digits++;
	}
	if (digits != 2 * JELLYFIN_ID_SIZE)
		return -1;
	return dashes == 0 || dashes == GUID_DASHES ? 0 : -1;
}

void
jellyfin_id_text(const struct jellyfin_id *id, char *text)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < JELLYFIN_ID_SIZE; i++) {
		*text++ = digits[id->bytes[i] >> 4];
		*text++ = digits[id->bytes[i] & 0xf];
	}
	*text = '\0';
}

bool
jellyfin_id_equal(const struct jellyfin_id *a, const struct jellyfin_id *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool
userdata_play_equal(const struct userdata *a, const struct userdata *b)
{
	return a->played == b->played && a->position == b->position &&
	    a->play_count == b->play_count &&
	    a->last_played == b->last_played;
}

bool
userdata_equal(const struct userdata *a, const struct userdata *b)
{
	return userdata_play_equal(a, b) && a->favorite == b->favorite;
}
