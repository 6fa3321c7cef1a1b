/*
 * What an item can be matched by (sync-model: matching): its ids in their
 * normal form, its title in a comparable one, and the keys made of them.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "match_internal.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

#define IMDB_DIGITS_MIN	7
#define DIGITS_MAX	10		/* of an Imdb, Tmdb or Tvdb id */

/* What is left of a key for a title, beside "title " and three numbers. */
#define KEY_TITLE_SIZE	(MATCH_KEY_SIZE - 6 - 3 * 12)
#define FNV_OFFSET	UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME	UINT64_C(0x100000001b3)

struct range {
	uint32_t	first;
	uint32_t	last;
};

static const char *const strong_providers[MATCH_STRONG_PROVIDERS] = {
	"imdb", "tmdb", "tvdb"
};

/* Beyond ASCII, what stands between words: punctuation and symbols. */
static const struct range separators[] = {
	{ 0x0080, 0x00a9 }, { 0x00ab, 0x00b1 }, { 0x00b4, 0x00b4 },
	{ 0x00b6, 0x00b8 }, { 0x00bb, 0x00bb }, { 0x00bf, 0x00bf },
	{ 0x00d7, 0x00d7 }, { 0x00f7, 0x00f7 }, { 0x2000, 0x206f },
	{ 0x2190, 0x2bff }, { 0x3000, 0x3004 }, { 0x3008, 0x3020 },
	{ 0x30fb, 0x30fb }, { 0xff00, 0xff0f }, { 0xff1a, 0xff20 },
	{ 0xff3b, 0xff40 }, { 0xff5b, 0xff65 }, { 0xfffd, 0xfffd }
};

/*
 * Every step-th from first to last is upper case, and its lower case is that
 * far on: the letters that text_same_name() holds equal.
 */
static const struct {
	struct range	range;
	uint32_t	step;
	uint32_t	on;
} upper_case[] = {
	{ { 'A', 'Z' }, 1, 32 },
	{ { 0x00c0, 0x00d6 }, 1, 32 }, { { 0x00d8, 0x00de }, 1, 32 },
	{ { 0x0100, 0x012e }, 2, 1 }, { { 0x0132, 0x0136 }, 2, 1 },
	{ { 0x0139, 0x0147 }, 2, 1 }, { { 0x014a, 0x0176 }, 2, 1 },
	{ { 0x0179, 0x017d }, 2, 1 }, { { 0x0386, 0x0386 }, 1, 38 },
	{ { 0x0388, 0x038a }, 1, 37 }, { { 0x038c, 0x038c }, 1, 64 },
	{ { 0x038e, 0x038f }, 1, 63 }, { { 0x0391, 0x03a1 }, 1, 32 },
	{ { 0x03a3, 0x03ab }, 1, 32 }, { { 0x03c2, 0x03c2 }, 1, 1 },
	{ { 0x0400, 0x040f }, 1, 80 }, { { 0x0410, 0x042f }, 1, 32 },
	{ { 0x0460, 0x0480 }, 2, 1 }, { { 0x048a, 0x04be }, 2, 1 },
	{ { 0x04c1, 0x04cd }, 2, 1 }, { { 0x04d0, 0x052e }, 2, 1 }
};

static int	provider_order(const char *, const char *);
static int	normalise_name(char *, const char *);
static int	normalise_imdb(char *);
static int	normalise_integer(char *);
static int	normalise_other(char *);
static int	normalise_id(const struct provider_id *, struct match_id *);
static void	insert_id(struct match_ids *, const struct match_id *);
static int	encode_id(char *, size_t, const struct match_id *);
static int	decode_id(const char *, size_t, struct provider_id *);
static size_t	decode_character(const unsigned char *, uint32_t *);
static bool	is_separator(uint32_t);
static uint32_t	lower_case(uint32_t);
static size_t	encode_character(char *, uint32_t);
static void	normalise_title(char *, size_t, const char *);
static size_t	add_key(struct match_key *, const char *, const char *,
		    const char *, const char *);
static size_t	add_title_key(struct match_key *, const struct match_item *,
		    const struct numbers *, const char *);

/* Ids */

size_t
match_provider_rank(const char *provider)
{
	size_t i;

	for (i = 0; i < COUNT(strong_providers); i++) {
		if (strcmp(provider, strong_providers[i]) == 0)
			break;
	}
	return i;
}

static int
provider_order(const char *a, const char *b)
{
	size_t a_rank = match_provider_rank(a), b_rank = match_provider_rank(b);

	if (a_rank != b_rank)
		return a_rank < b_rank ? -1 : 1;
	return strcmp(a, b);
}

/*
 * A box set's id (TmdbCollection) is on every movie of the set: it would make
 * one work of them all.
 */
static int
normalise_name(char *dst, const char *src)
{
	static const char set[] = "collection", other[] = "_.-";
	size_t i, len = strlen(src), set_len = sizeof(set) - 1;

	if (len == 0 || len >= PROVIDER_NAME_SIZE)
		return -1;
	for (i = 0; i <= len; i++)
		dst[i] = (char)tolower((unsigned char)src[i]);
	for (i = 0; i < len; i++) {
		if (!(dst[i] >= 'a' && dst[i] <= 'z') &&
		    !(dst[i] >= '0' && dst[i] <= '9') &&
		    strchr(other, dst[i]) == NULL)
			return -1;
	}
	if (len >= set_len && strcmp(dst + len - set_len, set) == 0)
		return -1;
	return 0;
}

static int
normalise_imdb(char *value)
{
	size_t digits;

	if (strncasecmp(value, "tt", 2) != 0)
		return -1;
	memcpy(value, "tt", 2);
	digits = strspn(value + 2, "0123456789");
	if (value[2 + digits] != '\0' || digits < IMDB_DIGITS_MIN ||
	    digits > DIGITS_MAX || strspn(value + 2, "0") == digits)
		return -1;
	return 0;
}

static int
normalise_integer(char *value)
{
	size_t len = strlen(value), zeros = strspn(value, "0");

	if (len > DIGITS_MAX || zeros == len ||
	    strspn(value, "0123456789") != len)
		return -1;
	memmove(value, value + zeros, len - zeros + 1);
	return 0;
}

static int
normalise_other(char *value)
{
	const char *p;

	for (p = value; *p != '\0'; p++) {
		if (*p < 0x21 || *p > 0x7e)
			return -1;
	}
	return value[0] == '\0' || strcmp(value, "0") == 0 ? -1 : 0;
}

static int
normalise_id(const struct provider_id *src, struct match_id *dst)
{
	static int (*const by_rank[])(char *) = {
		normalise_imdb, normalise_integer, normalise_integer,
		normalise_other
	};
	static const char white[] = " \t\r\n\v\f";
	const char *value = src->value + strspn(src->value, white);
	size_t len = strlen(value);

	memset(dst, 0, sizeof(*dst));
	while (len > 0 && strchr(white, value[len - 1]) != NULL)
		len--;
	if (len >= sizeof(dst->value))
		return -1;
	memcpy(dst->value, value, len);
	if (normalise_name(dst->provider, src->name) == -1)
		return -1;
	return by_rank[match_provider_rank(dst->provider)](dst->value);
}

/* Of one provider the first stays; of too many, the strongest. */
static void
insert_id(struct match_ids *ids, const struct match_id *id)
{
	size_t i;
	int order = 1;

	for (i = 0; i < ids->n; i++) {
		order = provider_order(ids->ids[i].provider, id->provider);
		if (order >= 0)
			break;
	}
	if (order == 0 || i == PROVIDERS_MAX)
		return;
	if (ids->n < PROVIDERS_MAX)
		ids->n++;
	memmove(&ids->ids[i + 1], &ids->ids[i],
	    (ids->n - i - 1) * sizeof(*id));
	ids->ids[i] = *id;
}

void
match_normalise(const struct provider_id *providers, size_t n,
    struct match_ids *ids)
{
	struct match_id id;
	size_t i;

	memset(ids, 0, sizeof(*ids));
	for (i = 0; i < n; i++) {
		if (normalise_id(&providers[i], &id) == 0)
			insert_id(ids, &id);
	}
}

/* "imdb=tt0010001", and -1 if it does not fit. */
static int
encode_id(char *dst, size_t size, const struct match_id *id)
{
	const char *p;
	size_t len;

	if ((len = strlcpy(dst, id->provider, size)) + 1 >= size)
		return -1;
	dst[len++] = '=';
	for (p = id->value; *p != '\0'; p++) {
		/* With the end that is still to come. */
		if (size - len <= (*p == '=' || *p == '%' ? 3 : 1))
			return -1;
		if (*p == '=' || *p == '%') {
			dst[len++] = '%';
			dst[len++] = *p == '=' ? '3' : '2';
			dst[len++] = *p == '=' ? 'D' : '5';
		} else {
			dst[len++] = *p;
		}
	}
	dst[len] = '\0';
	return 0;
}

/*
 * Should all of them not fit, which takes many long values that are made of
 * what has to be encoded, the weakest are left out.
 */
void
match_ids_text(const struct match_ids *ids, char *text, size_t size)
{
	size_t i, len = 0, space;

	if (size == 0)
		return;
	text[0] = '\0';
	for (i = 0; i < ids->n; i++) {
		space = i > 0;
		if (size - len <= space || encode_id(text + len + space,
		    size - len - space, &ids->ids[i]) == -1) {
			text[len] = '\0';
			return;
		}
		if (space)
			text[len] = ' ';
		len += strlen(text + len);
	}
}

static int
decode_id(const char *text, size_t len, struct provider_id *id)
{
	const char *end = text + len, *p = memchr(text, '=', len);
	size_t n = 0;

	if (p == NULL || (size_t)(p - text) >= sizeof(id->name))
		return -1;
	memset(id, 0, sizeof(*id));
	memcpy(id->name, text, (size_t)(p - text));
	for (p++; p < end && n < sizeof(id->value) - 1; p++) {
		id->value[n] = *p;
		if (*p == '%') {
			if (end - p >= 3 && memcmp(p, "%3D", 3) == 0)
				id->value[n] = '=';
			else if (end - p < 3 || memcmp(p, "%25", 3) != 0)
				return -1;
			p += 2;
		} else if (*p == '=')
			return -1;
		n++;
	}
	return p == end ? 0 : -1;
}

/* What is ours is in its normal form and in order: it is checked to be. */
int
match_ids_parse(const char *text, struct match_ids *ids)
{
	struct provider_id id;
	struct match_id *normal;
	size_t len;

	memset(ids, 0, sizeof(*ids));
	while (*text != '\0') {
		len = strcspn(text, " ");
		normal = &ids->ids[ids->n];
		if (ids->n == PROVIDERS_MAX ||
		    decode_id(text, len, &id) == -1 ||
		    normalise_id(&id, normal) == -1 ||
		    strcmp(normal->provider, id.name) != 0 ||
		    strcmp(normal->value, id.value) != 0 || (ids->n > 0 &&
		    provider_order(normal[-1].provider, id.name) >= 0))
			return -1;
		ids->n++;
		text += len;
		if (*text == ' ' && *++text == '\0')
			return -1;
	}
	return 0;
}

/* Titles */

/* The bytes of the character that a string begins with; U+FFFD if invalid. */
static size_t
decode_character(const unsigned char *bytes, uint32_t *character)
{
	size_t i, n;

	*character = bytes[0];
	if (bytes[0] < 0x80)
		return 1;
	n = bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : 2;
	*character = bytes[0] & (0xffU >> (n + 1));
	for (i = 1; i < n; i++) {
		if ((bytes[i] & 0xc0) != 0x80) {
			*character = 0xfffd;
			return i;
		}
		*character = *character << 6 | (bytes[i] & 0x3f);
	}
	return n;
}

static bool
is_separator(uint32_t character)
{
	size_t i;

	if (character < 0x80)
		return !isalnum((int)character);
	for (i = 0; i < COUNT(separators); i++) {
		if (character >= separators[i].first &&
		    character <= separators[i].last)
			return true;
	}
	return false;
}

static uint32_t
lower_case(uint32_t character)
{
	size_t i;

	for (i = 0; i < COUNT(upper_case); i++) {
		if (character >= upper_case[i].range.first &&
		    character <= upper_case[i].range.last &&
		    (character - upper_case[i].range.first) %
		    upper_case[i].step == 0)
			return character + upper_case[i].on;
	}
	return character;
}

/* Into four bytes at most, as UTF-8. */
static size_t
encode_character(char *dst, uint32_t character)
{
	static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t i, n;

	n = character < 0x80 ? 1 : character < 0x800 ? 2 :
	    character < 0x10000 ? 3 : 4;
	for (i = n - 1; i > 0; i--) {
		dst[i] = (char)(0x80 | (character & 0x3f));
		character >>= 6;
	}
	dst[0] = (char)(lead[n] | character);
	return n;
}

/*
 * Lower case, words of letters and digits with one space between them.  An
 * apostrophe does not end a word.  Cut after the last character that fits:
 * on all servers at the same place.
 */
static void
normalise_title(char *dst, size_t size, const char *title)
{
	const unsigned char *p = (const unsigned char *)title;
	size_t len = 0, n;
	uint32_t character;
	char bytes[4];
	bool gap = false;

	for (; *p != '\0'; p += n) {
		n = decode_character(p, &character);
		if (character == '\'' || character == 0x2019)
			continue;
		if (is_separator(character)) {
			gap = len > 0;
			continue;
		}
		character = lower_case(character);
		if (len + gap + encode_character(bytes, character) >= size)
			break;
		if (gap)
			dst[len++] = ' ';
		gap = false;
		memcpy(dst + len, bytes, encode_character(bytes, character));
		len += encode_character(bytes, character);
	}
	dst[len] = '\0';
}

/* Keys */

struct numbers
match_numbers(const struct match_item *item)
{
	struct numbers numbers = { false, 0, 0, 0 };

	if (item->kind != ITEM_EPISODE || item->season < 0 ||
	    item->episode < 0)
		return numbers;
	numbers.known = true;
	numbers.season = item->season;
	numbers.episode = item->episode;
	numbers.episode_end = item->episode_end < 0 ? item->episode :
	    item->episode_end;
	return numbers;
}

bool
match_numbers_differ(const struct numbers *a, const struct numbers *b)
{
	return a->known && b->known && (a->season != b->season ||
	    a->episode != b->episode || a->episode_end != b->episode_end);
}

/* Clearly: no two cuts of the same work are that far apart. */
bool
match_runtimes_differ(int64_t shorter, int64_t longer)
{
	return shorter > 0 && longer - shorter > longer / 4 &&
	    longer - shorter > MATCH_SAME_CUT;
}

/* Both known and within 1 %. */
bool
match_runtimes_same(int64_t a, int64_t b)
{
	int64_t longer = a > b ? a : b, shorter = a > b ? b : a;

	return shorter > 0 && longer - shorter <= longer / 100;
}

/*
 * "movie imdb tt0010001": numbers come with a space of their own, and titles
 * have no provider.  How many keys were added: 0 if the text does not fit, which MATCH_KEY_SIZE
 * rules out.  The hash is FNV-1a, 64 bits.  Without printf, as it runs several
 * times for every item.
 */
static size_t
add_key(struct match_key *key, const char *kind, const char *provider,
    const char *value, const char *numbers)
{
	const char *const parts[] = { kind, " ", provider,
	    provider[0] == '\0' ? "" : " ", value, numbers };
	const char *p;
	size_t i, len = 0;

	key->hash = FNV_OFFSET;
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		for (p = parts[i]; *p != '\0'; p++) {
			if (len == sizeof(key->text) - 1)
				return 0;
			key->text[len++] = *p;
			key->hash = (key->hash ^ (unsigned char)*p) *
			    FNV_PRIME;
		}
	}
	key->text[len] = '\0';
	return 1;
}

static size_t
add_title_key(struct match_key *key, const struct match_item *item,
    const struct numbers *numbers, const char *numbers_text)
{
	const char *name = item->kind == ITEM_MOVIE ? item->title :
	    item->series_title;
	char title[KEY_TITLE_SIZE], year[16];

	if (name == NULL || item->runtime <= 0)
		return 0;
	normalise_title(title, sizeof(title), name);
	if (title[0] == '\0')
		return 0;
	if (item->kind == ITEM_MOVIE && item->year > 0) {
		snprintf(year, sizeof(year), " %" PRId32, item->year);
		return add_key(key, "title", "", title, year);
	}
	if (item->kind == ITEM_EPISODE && numbers->known)
		return add_key(key, "title", "", title, numbers_text);
	return 0;
}

size_t
match_keys(const struct match_item *item, uint32_t match_by,
    struct match_key keys[MATCH_KEYS_MAX])
{
	struct numbers numbers = match_numbers(item);
	const char *kind = item->kind == ITEM_MOVIE ? "movie" : "episode";
	const struct match_id *id;
	char text[48] = "";
	size_t i, n = 0;

	if (item->kind != ITEM_MOVIE && item->kind != ITEM_EPISODE)
		return 0;
	if (numbers.known)
		snprintf(text, sizeof(text), " %" PRId32 " %" PRId32 " %"
		    PRId32, numbers.season, numbers.episode,
		    numbers.episode_end);
	for (i = 0; match_by & MATCH_PROVIDER_IDS && i < item->own.n; i++) {
		id = &item->own.ids[i];
		n += add_key(&keys[n], kind, id->provider, id->value, "");
	}
	for (i = 0; match_by & MATCH_SERIES_EPISODE && numbers.known &&
	    i < item->series.n; i++) {
		id = &item->series.ids[i];
		n += add_key(&keys[n], "number", id->provider, id->value,
		    text);
	}
	if (match_by & MATCH_TITLE)
		n += add_title_key(&keys[n], item, &numbers, text);
	return n;
}
