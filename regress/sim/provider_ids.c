/*
 * The provider ids of an item, as they stand in its metadata: right, wrong,
 * missing or junk.
 */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "library.h"

/* Which ids items of each kind have, the first one being the only one where
 * an item has only one. */
static const struct {
	int		 kind;
	const char	*name;
	enum catalogue_id id;
	const char	*format;
} providers[] = {
	{ ITEM_MOVIE, "Imdb", CATALOGUE_MOVIE_IMDB, "tt%07" PRIu64 },
	{ ITEM_MOVIE, "Tmdb", CATALOGUE_MOVIE_TMDB, "%" PRIu64 },
	{ ITEM_EPISODE, "Tvdb", CATALOGUE_EPISODE_TVDB, "%" PRIu64 },
	{ ITEM_EPISODE, "Imdb", CATALOGUE_EPISODE_IMDB, "tt%07" PRIu64 },
	{ ITEM_SERIES, "Tvdb", CATALOGUE_SERIES_TVDB, "%" PRIu64 },
	{ ITEM_SERIES, "Imdb", CATALOGUE_SERIES_IMDB, "tt%07" PRIu64 },
	{ ITEM_SERIES, "Tmdb", CATALOGUE_SERIES_TMDB, "%" PRIu64 },
};

/* What was seen on real servers (jellyfin-api.md, listing). */
static const struct {
	const char	*name;
	const char	*format;
} junk[] = {
	{ "Imdb", "https://www.imdb.com/title/tt%07" PRIu64 "/" },
	{ "Tmdb", "0" },
	{ "Tvdb", "-1" },
	{ "foo", "bar baz" },
};

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static const char *edited(const struct library_item *, const char *);
static void	format_id(char *, const char *, uint64_t);
static void	provider_id(const struct library *, uint32_t, const char *,
		    char *);
static bool	take(const struct library_item *, size_t);

static const char *
edited(const struct library_item *item, const char *name)
{
	if (item->edit == NULL)
		return NULL;
	if (strcmp(name, "Imdb") == 0)
		return item->edit->imdb;
	if (strcmp(name, "Tmdb") == 0)
		return item->edit->tmdb;
	return strcmp(name, "Tvdb") == 0 ? item->edit->tvdb : NULL;
}

static void
format_id(char *dst, const char *format, uint64_t number)
{
	int length;

	length = snprintf(dst, LIBRARY_ID_SIZE, format, number);
	if (length < 0 || length >= LIBRARY_ID_SIZE)
		errx(1, "provider id too long");
}

/* Of the providers of this kind, is this the one, or are all of them there? */
static bool
take(const struct library_item *item, size_t i)
{
	if (library_has(item, QUIRK_NO_IDS))
		return false;
	return !library_has(item, QUIRK_ONE_ID) || i == 0 ||
	    providers[i - 1].kind != providers[i].kind;
}

/* Its id of one provider; "" if it has none. */
static void
provider_id(const struct library *library, uint32_t index,
    const char *name, char *dst)
{
	const struct library_item *item = &library->items[index];
	const char *value = edited(item, name);
	uint32_t number = item->ids_number;
	size_t i;

	*dst = '\0';
	if (value != NULL) {
		if (strlcpy(dst, value, LIBRARY_ID_SIZE) >= LIBRARY_ID_SIZE)
			errx(1, "provider id too long");
		return;
	}
	if (library_has(item, QUIRK_JUNK_IDS)) {
		for (i = 0; i < COUNT(junk); i++)
			if (strcmp(junk[i].name, name) == 0)
				format_id(dst, junk[i].format, number);
		return;
	}
	for (i = 0; i < COUNT(providers); i++) {
		if (providers[i].kind != item->kind ||
		    strcmp(providers[i].name, name) != 0 || !take(item, i))
			continue;
		/* Of the wrong ones, half are wrong in one provider only. */
		if (library_has(item, QUIRK_WRONG_IDS) &&
		    item->number % 2 == 1 && i > 0 &&
		    providers[i - 1].kind == item->kind)
			number = item->number;
		format_id(dst, providers[i].format,
		    catalogue_id(library->catalogue, providers[i].id, number));
	}
}

void
library_provider_ids(const struct library *library, uint32_t index,
    struct json_out *out)
{
	static const char *const names[] = { "Tvdb", "Imdb", "Tmdb", "foo" };
	char value[LIBRARY_ID_SIZE];
	bool first = true;
	size_t i;

	out_literal(out, "{");
	for (i = 0; i < COUNT(names); i++) {
		provider_id(library, index, names[i], value);
		if (*value == '\0')
			continue;
		if (!first)
			out_literal(out, ",");
		first = false;
		out_string(out, names[i]);
		out_literal(out, ":");
		out_string(out, value);
	}
	out_literal(out, "}");
}
