/*
 * Where a JSON value ends, and which members of an object are wanted, by their
 * keys.  Only strings and brackets are understood here, so far as it takes for
 * that; everything that is left is parsed, and checked, by json-c.
 */
#include <stdlib.h>
#include <string.h>

#include "filter.h"

struct filter {
	const char *const	*wanted;	/* NULL: all */
	char			*text;		/* what is left so far */
	size_t			 len;
	size_t			 room;
	unsigned int		 depth;		/* 1: in the value itself */
	unsigned int		 depth_max;
	bool			 too_deep;
	bool			 in_object;	/* it is one */
	bool			 in_name;	/* it is that, or a number */
	bool			 in_string;
	bool			 escaped;	/* the next character is */
	bool			 key_next;	/* a string would be a key */
	bool			 in_key;
	size_t			 key;		/* where it begins in text */
	size_t			 member;	/* with the comma before it */
	bool			 leaving_out;
	bool			 has_member;	/* something is left */
	bool			 left_out;	/* something was */
};

static int	append(struct filter *, const char *, size_t);
static bool	ends_name(char);
static bool	is_wanted(const struct filter *);
static void	key_ended(struct filter *);
static void	string_begins(struct filter *, size_t);
static bool	is_last(struct filter *, char);
static size_t	string_end(struct filter *, const char *, size_t, size_t);
static void	member_ended(struct filter *);

struct filter *
filter_new(unsigned int depth_max)
{
	struct filter *filter;

	if ((filter = calloc(1, sizeof(*filter))) != NULL)
		filter->depth_max = depth_max;
	return filter;
}

void
filter_free(struct filter *filter)
{
	if (filter == NULL)
		return;
	free(filter->text);
	free(filter);
}

void
filter_reset(struct filter *filter, const char *const *wanted)
{
	struct filter fresh = {
		.wanted = wanted, .depth_max = filter->depth_max,
		.text = filter->text, .room = filter->room
	};

	*filter = fresh;
}

const char *
filter_text(const struct filter *filter, size_t *len)
{
	*len = filter->len - 1;
	return filter->text;
}

const char *
filter_error(const struct filter *filter)
{
	return filter->too_deep ? "nesting too deep" : "memory is out";
}

static int
append(struct filter *filter, const char *data, size_t len)
{
	size_t room = filter->room == 0 ? 1024 : filter->room;
	char *text;

	while (room - filter->len < len)
		room *= 2;
	if (room != filter->room) {
		if ((text = realloc(filter->text, room)) == NULL)
			return -1;
		filter->text = text;
		filter->room = room;
	}
	memcpy(filter->text + filter->len, data, len);
	filter->len += len;
	return 0;
}

static bool
ends_name(char c)
{
	return strchr(" \t\r\n,:\"[]{}", c) != NULL;
}

/* What is written in escapes may be any key. */
static bool
is_wanted(const struct filter *filter)
{
	const char *key = filter->text + filter->key;
	size_t len = filter->len - filter->key - 1;
	const char *const *wanted;

	if (filter->wanted == NULL || memchr(key, '\\', len) != NULL)
		return true;
	for (wanted = filter->wanted; *wanted != NULL; wanted++) {
		if (**wanted == *key && strlen(*wanted) == len &&
		    memcmp(*wanted, key, len) == 0)
			return true;
	}
	return false;
}

static void
key_ended(struct filter *filter)
{
	filter->in_key = false;
	if (is_wanted(filter)) {
		filter->has_member = true;
		return;
	}
	filter->len = filter->member;
	filter->leaving_out = filter->left_out = true;
}

static void
string_begins(struct filter *filter, size_t at)
{
	filter->in_string = true;
	filter->in_key = filter->key_next;
	filter->key_next = false;
	filter->key = at;
}

/* Outside of strings: is that character the value's last one? */
static bool
is_last(struct filter *filter, char c)
{
	if (c == '{' || c == '[') {
		if (filter->depth++ == 0) {		/* its own */
			filter->in_object = c == '{';
			filter->key_next = filter->in_object;
			filter->member = 1;
		}
		filter->too_deep = !filter->leaving_out &&
		    filter->depth > filter->depth_max;
		return false;
	}
	if (filter->depth == 0) {
		filter->in_name = true;
		return false;
	}
	return (c == '}' || c == ']') && --filter->depth == 0;
}

/* Where a string ends: behind its quote, or behind what is there of it. */
static size_t
string_end(struct filter *filter, const char *data, size_t i, size_t len)
{
	const char *quote, *escape;

	while (i < len) {
		if (filter->escaped) {
			filter->escaped = false;
			i++;
			continue;
		}
		quote = memchr(data + i, '"', len - i);
		escape = memchr(data + i, '\\',
		    quote == NULL ? len - i : (size_t)(quote - data) - i);
		if (escape != NULL) {
			filter->escaped = true;
			i = (size_t)(escape - data) + 1;
		} else if (quote != NULL) {
			filter->in_string = false;
			return (size_t)(quote - data) + 1;
		} else {
			return len;
		}
	}
	return len;
}

/* By the comma before the next one, or by the object's last brace. */
static void
member_ended(struct filter *filter)
{
	filter->leaving_out = false;
	filter->member = filter->len;
	filter->key_next = true;
}

ssize_t
filter_feed(struct filter *filter, const char *data, size_t len, bool *done)
{
	size_t i = 0, from = 0;		/* what is not in text yet */
	char c;

	*done = false;
	while (i < len && !*done) {
		if (filter->in_string) {
			i = string_end(filter, data, i, len);
			if (filter->in_string)
				continue;
			*done = filter->depth == 0;
			if (!filter->in_key)
				continue;
			if (append(filter, data + from, i - from) == -1)
				return -1;
			from = i;
			key_ended(filter);
			continue;
		}
		c = data[i];
		if (filter->in_name && ends_name(c)) {
			*done = true;
			continue;
		}
		i++;
		if (c == '"')
			string_begins(filter, filter->len + i - from);
		else
			*done = is_last(filter, c);
		if (filter->too_deep)
			return -1;
		if (!filter->in_object ||
		    (!*done && (c != ',' || filter->depth > 1)))
			continue;
		if (!filter->leaving_out &&
		    append(filter, data + from, i - 1 - from) == -1)
			return -1;
		/* Where the first is left out there is no comma before it. */
		from = c == ',' && filter->left_out && !filter->has_member ?
		    i : i - 1;
		member_ended(filter);
	}
	if (!filter->leaving_out &&
	    append(filter, data + from, i - from) == -1)
		return -1;
	if (*done && append(filter, "", 1) == -1)
		return -1;
	return (ssize_t)i;
}
