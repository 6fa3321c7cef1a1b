/*
 * The streaming decoder of Jellyfin's lists.  Only the punctuation between the
 * values is read here; every value is json-c's, once all of it is there.
 */
#include <sys/types.h>

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "filter.h"
#include "listing.h"

#define REASON_SIZE	128

enum state {
	STATE_START,		/* the { or [ of it all */
	STATE_FIRST_KEY,	/* or the } of an empty object */
	STATE_KEY,
	STATE_COLON,
	STATE_VALUE,		/* what follows a key other than Items */
	STATE_AFTER_VALUE,
	STATE_ITEMS,		/* the [ after that key */
	STATE_FIRST_ITEM,	/* or the ] of an empty array */
	STATE_ITEM,
	STATE_AFTER_ITEM,
	STATE_END,		/* nothing may follow */
	STATE_COUNT
};

enum key {
	KEY_OTHER,
	KEY_ITEMS,
	KEY_TOTAL,
	KEY_START,
	KEY_COUNT
};

static const char *const key_names[KEY_COUNT] = {
	[KEY_ITEMS] =	"Items",
	[KEY_TOTAL] =	"TotalRecordCount",
	[KEY_START] =	"StartIndex"
};

struct decoder {
	struct json_tokener	*tokener;
	struct filter		*filter;
	const char *const	*wanted;	/* of items; NULL: all */
	enum listing_shape	 shape;
	listing_item		*item;
	void			*arg;
	enum state		 state;
	enum key		 key;		/* whose value is next */
	bool			 in_value;	/* not at its end yet */
	bool			 failed;
	bool			 seen[KEY_COUNT];
	size_t			 value_len;	/* bytes of it so far */
	struct listing_counts	 counts;
	char			 error[REASON_SIZE];
};

/*
 * Takes bytes, len of them and at least one, of which none is white space
 * unless inside a value.  Returns how many, or -1.
 */
typedef ssize_t	 step(struct decoder *, const char *, size_t);

static step	 step_start, step_first_key, step_key, step_colon, step_value;
static step	 step_after_value, step_items, step_first_item, step_item;
static step	 step_after_item, step_end;

static step *const steps[STATE_COUNT] = {
	[STATE_START] =		step_start,
	[STATE_FIRST_KEY] =	step_first_key,
	[STATE_KEY] =		step_key,
	[STATE_COLON] =		step_colon,
	[STATE_VALUE] =		step_value,
	[STATE_AFTER_VALUE] =	step_after_value,
	[STATE_ITEMS] =		step_items,
	[STATE_FIRST_ITEM] =	step_first_item,
	[STATE_ITEM] =		step_item,
	[STATE_AFTER_ITEM] =	step_after_item,
	[STATE_END] =		step_end
};

static int	fail(struct decoder *, const char *);
static bool	is_white(char);
static int	parse(struct decoder *, struct json_object **);
static ssize_t	take(struct decoder *, const char *const *, const char *,
		    size_t, bool *, struct json_object **);
static ssize_t	punctuation(struct decoder *, const char *, char, enum state,
		    char, enum state);
static int	take_key(struct decoder *, struct json_object *);
static int	take_value(struct decoder *, struct json_object *);

/* UTF-8 is checked of what is kept: text_copy(). */
struct decoder *
listing_new(enum listing_shape shape, listing_item *item, void *arg)
{
	struct decoder *listing;

	if ((listing = calloc(1, sizeof(*listing))) == NULL)
		return NULL;
	if ((listing->filter = filter_new(LISTING_DEPTH_MAX)) == NULL ||
	    (listing->tokener = json_tokener_new_ex(LISTING_DEPTH_MAX)) ==
	    NULL) {
		filter_free(listing->filter);
		free(listing);
		return NULL;
	}
	json_tokener_set_flags(listing->tokener, JSON_TOKENER_STRICT);
	listing->shape = shape;
	listing->item = item;
	listing->arg = arg;
	return listing;
}

void
listing_want(struct decoder *listing, const char *const *wanted)
{
	listing->wanted = wanted;
}

void
listing_free(struct decoder *listing)
{
	if (listing == NULL)
		return;
	filter_free(listing->filter);
	json_tokener_free(listing->tokener);
	free(listing);
}

void
listing_reset(struct decoder *listing)
{
	listing->state = STATE_START;
	listing->in_value = false;
	listing->failed = false;
	listing->value_len = 0;
	memset(listing->seen, 0, sizeof(listing->seen));
	memset(&listing->counts, 0, sizeof(listing->counts));
	listing->error[0] = '\0';
}

/* The first reason is the one that counts. */
static int
fail(struct decoder *listing, const char *why)
{
	if (listing->failed)
		return -1;
	listing->failed = true;
	if (snprintf(listing->error, sizeof(listing->error),
	    "%s, after %u %s", why, listing->counts.items,
	    listing->counts.items == 1 ? "item" : "items") < 0)
		listing->error[0] = '\0';
	return -1;
}

static bool
is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* A whole value, which may be NULL (null). */
static int
parse(struct decoder *listing, struct json_object **value)
{
	enum json_tokener_error error;
	const char *text;
	size_t len;

	text = filter_text(listing->filter, &len);
	json_tokener_reset(listing->tokener);
	*value = json_tokener_parse_ex(listing->tokener, text, (int)len + 1);
	error = json_tokener_get_error(listing->tokener);
	if (error != json_tokener_success)
		return fail(listing, json_tokener_error_desc(error));
	if (json_tokener_get_parse_end(listing->tokener) == len)
		return 0;
	json_object_put(*value);
	return fail(listing, "broken JSON");
}

/* The next bytes of a value, and all of it once it is *done. */
static ssize_t
take(struct decoder *listing, const char *const *wanted, const char *data,
    size_t len, bool *done, struct json_object **value)
{
	ssize_t used;

	if (!listing->in_value) {
		filter_reset(listing->filter, wanted);
		listing->value_len = 0;
	}
	used = filter_feed(listing->filter, data, len, done);
	if (used == -1)
		return fail(listing, filter_error(listing->filter));
	listing->in_value = !*done;
	listing->value_len += (size_t)used;
	if (listing->value_len > LISTING_VALUE_MAX)
		return fail(listing, "a value of more than 256 KiB");
	if (*done && parse(listing, value) == -1)
		return -1;
	return used;
}

/* One of two characters, each with the state that follows it. */
static ssize_t
punctuation(struct decoder *listing, const char *data, char a,
    enum state after_a, char b, enum state after_b)
{
	if (*data == a)
		listing->state = after_a;
	else if (*data == b)
		listing->state = after_b;
	else
		return fail(listing, "broken JSON");
	return 1;
}

static ssize_t
step_start(struct decoder *listing, const char *data, size_t len)
{
	(void)len;
	if (listing->shape == LISTING_ARRAY)
		return punctuation(listing, data, '[', STATE_FIRST_ITEM, '[',
		    STATE_FIRST_ITEM);
	return punctuation(listing, data, '{', STATE_FIRST_KEY, '{',
	    STATE_FIRST_KEY);
}

static ssize_t
step_first_key(struct decoder *listing, const char *data, size_t len)
{
	(void)len;
	if (*data == '}') {
		listing->state = STATE_END;
		return 1;
	}
	listing->state = STATE_KEY;
	return 0;
}

static ssize_t
step_key(struct decoder *listing, const char *data, size_t len)
{
	struct json_object *key;
	ssize_t used;
	bool done;
	int result = 0;

	if (!listing->in_value && *data != '"')
		return fail(listing, "broken JSON");
	used = take(listing, NULL, data, len, &done, &key);
	if (used == -1 || !done)
		return used;
	result = take_key(listing, key);
	json_object_put(key);
	return result == -1 ? -1 : used;
}

/*
 * The same key twice would leave it open which of the two counts.  By its
 * length, as a key may go on after a NUL.
 */
static int
take_key(struct decoder *listing, struct json_object *object)
{
	const char *name = json_object_get_string(object);
	size_t len = (size_t)json_object_get_string_len(object);
	enum key key;

	listing->key = KEY_OTHER;
	for (key = KEY_ITEMS; key < KEY_COUNT; key++) {
		if (len == strlen(key_names[key]) &&
		    memcmp(name, key_names[key], len) == 0)
			listing->key = key;
	}
	if (listing->key != KEY_OTHER && listing->seen[listing->key])
		return fail(listing, "a key that comes twice");
	listing->seen[listing->key] = true;
	listing->state = STATE_COLON;
	return 0;
}

static ssize_t
step_colon(struct decoder *listing, const char *data, size_t len)
{
	enum state next = STATE_VALUE;

	(void)len;
	if (listing->key == KEY_ITEMS)
		next = STATE_ITEMS;
	return punctuation(listing, data, ':', next, ':', next);
}

static ssize_t
step_value(struct decoder *listing, const char *data, size_t len)
{
	struct json_object *value;
	ssize_t used;
	bool done;
	int result;

	used = take(listing, NULL, data, len, &done, &value);
	if (used == -1 || !done)
		return used;
	result = take_value(listing, value);
	json_object_put(value);
	listing->state = STATE_AFTER_VALUE;
	return result == -1 ? -1 : used;
}

static int
take_value(struct decoder *listing, struct json_object *value)
{
	int64_t number;

	if (listing->key == KEY_OTHER)
		return 0;
	number = json_object_get_int64(value);
	if (!json_object_is_type(value, json_type_int) || number < 0 ||
	    number > LISTING_ITEMS_MAX)
		return fail(listing, "a total or start index that is none");
	if (listing->key == KEY_TOTAL)
		listing->counts.total = (uint32_t)number;
	else
		listing->counts.start = (uint32_t)number;
	return 0;
}

static ssize_t
step_after_value(struct decoder *listing, const char *data, size_t len)
{
	(void)len;
	return punctuation(listing, data, ',', STATE_KEY, '}', STATE_END);
}

static ssize_t
step_items(struct decoder *listing, const char *data, size_t len)
{
	(void)len;
	return punctuation(listing, data, '[', STATE_FIRST_ITEM, '[',
	    STATE_FIRST_ITEM);
}

static ssize_t
step_first_item(struct decoder *listing, const char *data, size_t len)
{
	(void)len;
	if (*data == ']') {
		listing->state = listing->shape == LISTING_ARRAY ? STATE_END :
		    STATE_AFTER_VALUE;
		return 1;
	}
	listing->state = STATE_ITEM;
	return 0;
}

static ssize_t
step_item(struct decoder *listing, const char *data, size_t len)
{
	struct json_object *item;
	ssize_t used;
	bool done;

	used = take(listing, listing->wanted, data, len, &done, &item);
	if (used == -1 || !done)
		return used;
	if (listing->counts.items == LISTING_ITEMS_MAX) {
		json_object_put(item);
		return fail(listing, "a list without an end");
	}
	listing->counts.items++;
	listing->item(item, listing->arg);
	json_object_put(item);
	listing->state = STATE_AFTER_ITEM;
	return used;
}

static ssize_t
step_after_item(struct decoder *listing, const char *data, size_t len)
{
	enum state next = STATE_AFTER_VALUE;

	(void)len;
	if (listing->shape == LISTING_ARRAY)
		next = STATE_END;
	return punctuation(listing, data, ',', STATE_ITEM, ']', next);
}

static ssize_t
step_end(struct decoder *listing, const char *data, size_t len)
{
	(void)data;
	(void)len;
	return fail(listing, "more than one answer");
}

int
listing_feed(struct decoder *listing, const char *data, size_t len)
{
	ssize_t used;

	if (listing->failed)
		return -1;
	while (len > 0) {
		if (!listing->in_value && is_white(*data)) {
			used = 1;
		} else {
			used = steps[listing->state](listing, data, len);
			if (used == -1)
				return -1;
		}
		data += used;
		len -= (size_t)used;
	}
	return 0;
}

int
listing_finish(struct decoder *listing, struct listing_counts *counts)
{
	enum key key;

	if (listing->failed)
		return -1;
	if (listing->state != STATE_END)
		return fail(listing, "the answer ends in the middle");
	if (listing->shape == LISTING_ARRAY)
		listing->counts.total = listing->counts.items;
	for (key = KEY_ITEMS; listing->shape == LISTING_OBJECT &&
	    key < KEY_COUNT; key++) {
		if (!listing->seen[key])
			return fail(listing, "no Items, TotalRecordCount or "
			    "StartIndex");
	}
	*counts = listing->counts;
	return 0;
}

bool
listing_has_failed(const struct decoder *listing)
{
	return listing->failed;
}

bool
listing_is_whole(const struct decoder *listing)
{
	return listing->state == STATE_END;
}

uint32_t
listing_items(const struct decoder *listing)
{
	return listing->counts.items;
}

const char *
listing_error(const struct decoder *listing)
{
	return listing->error;
}
