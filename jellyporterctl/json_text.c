/* Objects into text; json_text.h says what is escaped. */
#include <err.h>

#include <json-c/json.h>

#include "json_text.h"

static size_t	 unsafe_character(const char *, unsigned int *);

/* Characters beyond ASCII's controls, which json-c escapes, that a terminal
 * obeys: DEL, C1, line separators and the bidirectional ones. */
static const struct {
	unsigned int	first;
	unsigned int	last;
} unsafe[] = {
	{ 0x7f, 0x9f },
	{ 0x61c, 0x61c },
	{ 0x200e, 0x200f },
	{ 0x2028, 0x202e },
	{ 0x2066, 0x2069 }
};

/*
 * Unsafe characters can only stand inside of strings, where an escape means
 * the same: so nothing is lost by writing them as one.
 */
void
json_text_print(FILE *f, struct json_object *object)
{
	const char *text, *safe;
	unsigned int character = 0;
	size_t len = 0;

	text = json_object_to_json_string_ext(object,
	    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	if (text == NULL)
		err(1, NULL);
	while (*text != '\0') {
		for (safe = text; *text != '\0' &&
		    (len = unsafe_character(text, &character)) == 0; text++)
			continue;
		if (text != safe)
			(void)fwrite(safe, 1, (size_t)(text - safe), f);
		if (*text != '\0') {
			fprintf(f, "\\u%04x", character);
			text += len;
		}
	}
	putc('\n', f);
}

/* The bytes of an unsafe character that stands here; 0 if none does. */
static size_t
unsafe_character(const char *text, unsigned int *character)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t i, len;

	if (s[0] == 0x7f) {
		*character = s[0];
		len = 1;
	} else if ((s[0] & 0xe0) == 0xc0 && s[1] != '\0') {
		*character = (s[0] & 0x1fu) << 6 | (s[1] & 0x3fu);
		len = 2;
	} else if ((s[0] & 0xf0) == 0xe0 && s[1] != '\0' && s[2] != '\0') {
		*character = (s[0] & 0x0fu) << 12 | (s[1] & 0x3fu) << 6 |
		    (s[2] & 0x3fu);
		len = 3;
	} else
		return 0;
	for (i = 0; i < sizeof(unsafe) / sizeof(unsafe[0]); i++) {
		if (*character >= unsafe[i].first &&
		    *character <= unsafe[i].last)
			return len;
	}
	return 0;
}
