/*
 * The items of a server: drawn from the catalogue at start, and found and
 * changed later.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "date.h"
#include "library.h"
#include "memory.h"

/* 2021-01-01, when the first item was added; then one every 97 seconds. */
#define FIRST_CREATED	(INT64_C(1609459200) * DATE_TICKS_PER_SECOND)
#define CREATED_EVERY	(97 * DATE_TICKS_PER_SECOND)

enum draw {
	DRAW_4K_RUNTIME = 200,
	DRAW_VERSION_COUNT,
	DRAW_WRONG,
	DRAW_FOLDER,
	DRAW_QUIRK = 300,
	DRAW_ID = 1000		/* and the following: which of a number's items */
};

static const char *const quirk_options[QUIRK_COUNT] = {
	[QUIRK_NO_IDS] = "no-ids",
	[QUIRK_ONE_ID] = "one-id",
	[QUIRK_DOUBLED_IDS] = "doubled-ids",
	[QUIRK_WRONG_IDS] = "wrong-ids",
	[QUIRK_SWAPPED_IDS] = "swapped-ids",
	[QUIRK_JUNK_IDS] = "junk-ids",
	[QUIRK_DOUBLE_EPISODE] = "double-episodes",
	[QUIRK_4K_COPY] = "copies",
	[QUIRK_VERSIONS] = "versions",
	[QUIRK_UNICODE] = "unicode",
	[QUIRK_NO_RUNTIME] = "no-runtime",
	[QUIRK_NO_NUMBERS] = "no-numbers",
	[QUIRK_VIRTUAL] = "virtual",
};

/* What generation remembers from one number to the next. */
struct builder {
	struct library	*library;
	uint32_t	 series;	/* index of the current series' item */
	uint32_t	 season;	/* index of the current season's item */
};

static uint32_t	add_item(struct library *, int, uint32_t, uint32_t);
static void	add_movie(struct builder *, uint32_t);
static uint32_t	add_episode(struct builder *, uint32_t,
		    const struct catalogue_entry *);
static void	add_versions(struct library *, uint32_t);
static void	enter_series(struct builder *, const struct catalogue_entry *);
static uint16_t	draw_quirks(const struct library *, uint32_t);
static void	build_folders(struct library *);
static void	fill_item(struct library *, uint32_t);
static void	draw_ids(struct library *, uint32_t);
static void	enter_id(struct library *, uint32_t);
static bool	same_series(const struct library *, uint32_t, uint32_t);

const char *
quirk_option(enum quirk quirk)
{
	return quirk_options[quirk];
}

bool
library_has(const struct library_item *item, enum quirk quirk)
{
	return (item->quirks & 1U << quirk) != 0;
}

bool
library_is_version(const struct library *library, uint32_t index)
{
	return library->items[index].primary != index;
}

uint32_t
library_files(const struct library_item *item)
{
	uint32_t i, n = 0;

	for (i = 0; i <= item->versions; i++)
		n += !item[i].removed;
	return n;
}

enum library_name
library_of(const struct library_item *item)
{
	return item->kind == ITEM_MOVIE ? LIBRARY_MOVIES : LIBRARY_SHOWS;
}

static void
build_folders(struct library *library)
{
	static const struct library_folder folders[LIBRARY_COUNT] = {
		[LIBRARY_MOVIES] = { .name = "Movies",
		    .collection_type = "movies", .location = "/media/movies" },
		[LIBRARY_SHOWS] = { .name = "Shows",
		    .collection_type = "tvshows", .location = "/media/shows" },
	};
	uint32_t i;

	memcpy(library->folders, folders, sizeof(folders));
	for (i = 0; i < LIBRARY_COUNT; i++)
		mix_id(&library->folders[i].id, library->options.seed,
		    DRAW_FOLDER, i);
}

void
library_build(struct library *library, const struct library_options *options,
    struct catalogue *catalogue)
{
	struct builder builder = { library, NO_ITEM, NO_ITEM };
	struct catalogue_entry entry;
	uint32_t number, last = options->first + options->numbers;

	memset(library, 0, sizeof(*library));
	library->options = *options;
	library->catalogue = catalogue;
	build_folders(library);
	library->by_number = memory_zeroed(options->numbers,
	    sizeof(*library->by_number));
	memset(library->by_number, 0xff,
	    options->numbers * sizeof(*library->by_number));
	for (number = options->first; number < last; number++) {
		catalogue_entry(catalogue, number, &entry);
		if (entry.is_movie)
			add_movie(&builder, number);
		else
			number = add_episode(&builder, number, &entry);
	}
}

void
library_free(struct library *library)
{
	struct library_edit *edit;
	uint32_t i;

	for (i = 0; i < library->n_items; i++) {
		if ((edit = library->items[i].edit) == NULL)
			continue;
		free(edit->title);
		free(edit->imdb);
		free(edit->tmdb);
		free(edit->tvdb);
		free(edit);
	}
	free(library->items);
	free(library->by_number);
	free(library->by_id);
	memset(library, 0, sizeof(*library));
}

/* which tells apart the items that one number has at one time. */
static uint32_t
add_item(struct library *library, int kind, uint32_t number, uint32_t which)
{
	struct library_item *item;
	uint32_t index = library->n_items++;

	if (index == library->size) {
		library->size = library->size + library->size / 2 + 64;
		library->items = memory_grown(library->items, library->size,
		    sizeof(*library->items));
	}
	item = &library->items[index];
	memset(item, 0, sizeof(*item));
	item->kind = (uint8_t)kind;
	item->number = item->ids_number = number;
	item->primary = index;
	item->series = item->season_item = NO_ITEM;
	item->created = item->saved = FIRST_CREATED + index * CREATED_EVERY;
	item->replaces = NO_ITEM;
	mix_id(&item->id, library->options.seed,
	    DRAW_ID + (which | library->replaced << 8), number);
	enter_id(library, index);
	return index;
}

static uint16_t
draw_quirks(const struct library *library, uint32_t number)
{
	const struct library_options *options = &library->options;
	uint64_t seed;
	uint16_t bits = 0;
	int quirk;

	for (quirk = 0; quirk < QUIRK_COUNT; quirk++) {
		if (options->rates[quirk] == 0)
			continue;
		/* A title belongs to the catalogue, the rest to the server. */
		seed = quirk == QUIRK_UNICODE ? library->catalogue->seed :
		    options->seed;
		if (mix(seed, DRAW_QUIRK + (uint64_t)quirk, number) % 1000 <
		    options->rates[quirk])
			bits |= (uint16_t)(1U << quirk);
	}
	return bits;
}

static bool
same_series(const struct library *library, uint32_t a, uint32_t b)
{
	struct catalogue_entry first, second;

	catalogue_entry(library->catalogue, a, &first);
	catalogue_entry(library->catalogue, b, &second);
	return !first.is_movie && !second.is_movie &&
	    first.series == second.series && first.season == second.season;
}

/* Whose ids does this item carry? */
static void
draw_ids(struct library *library, uint32_t index)
{
	struct library_item *item = &library->items[index];
	uint32_t neighbour = item->number ^ 1, pair = item->number & ~1U;

	if (item->kind == ITEM_EPISODE &&
	    same_series(library, item->number, neighbour) &&
	    (draw_quirks(library, pair) & 1U << QUIRK_SWAPPED_IDS) != 0)
		item->ids_number = neighbour;
	if (library_has(item, QUIRK_DOUBLED_IDS) && item->number > 0)
		item->ids_number = item->number - 1;
	if (library_has(item, QUIRK_WRONG_IDS))
		item->ids_number = CATALOGUE_MAX / 2 + (uint32_t)(
		    mix(library->options.seed, DRAW_WRONG, item->number) %
		    (CATALOGUE_MAX / 2));
}

static void
fill_item(struct library *library, uint32_t index)
{
	struct library_item *item = &library->items[index];

	item->quirks = draw_quirks(library, item->number);
	item->year = catalogue_year(library->catalogue, item->number);
	item->runtime = catalogue_runtime(library->catalogue, item->number);
	if (library_has(item, QUIRK_NO_RUNTIME))
		item->runtime = 0;
	draw_ids(library, index);
	library->by_number[item->number - library->options.first] = index;
}

static void
add_movie(struct builder *builder, uint32_t number)
{
	struct library *library = builder->library;
	struct library_item *item, *copy;
	uint32_t index = add_item(library, ITEM_MOVIE, number, 0), second;

	fill_item(library, index);
	add_versions(library, index);
	if (!library_has(&library->items[index], QUIRK_4K_COPY))
		return;
	second = add_item(library, ITEM_MOVIE, number, 1);
	item = &library->items[index];
	copy = &library->items[second];
	copy->copy = 1;
	copy->quirks = item->quirks & (uint16_t)~(1U << QUIRK_VERSIONS);
	copy->year = item->year;
	copy->ids_number = item->ids_number;
	if (item->runtime != 0)
		copy->runtime = item->runtime + (int64_t)(
		    mix(library->options.seed, DRAW_4K_RUNTIME, number) %
		    (5 * DATE_TICKS_PER_SECOND + 1));
}

/* The versions stand right behind their item; in no listing, ever. */
static void
add_versions(struct library *library, uint32_t index)
{
	struct library_item *item, *version;
	uint32_t number = library->items[index].number, added, i, n;

	if (!library_has(&library->items[index], QUIRK_VERSIONS))
		return;
	n = 1 + (uint32_t)(mix(library->options.seed, DRAW_VERSION_COUNT,
	    number) % 2);
	for (i = 0; i < n; i++) {
		added = add_item(library, library->items[index].kind, number,
		    2 + i);
		item = &library->items[index];
		version = &library->items[added];
		version->primary = index;
		version->quirks = item->quirks;
		version->year = item->year;
		version->runtime = item->runtime;
		version->series = item->series;
		version->season_item = item->season_item;
		version->season = item->season;
		version->episode = item->episode;
		version->episode_end = item->episode_end;
		item->versions++;
	}
}

/* A window may begin in the middle of a series; the series is there then. */
static void
enter_series(struct builder *builder, const struct catalogue_entry *entry)
{
	struct library *library = builder->library;
	uint32_t series;

	if (builder->series == NO_ITEM ||
	    library->items[builder->series].number != entry->series) {
		builder->series = add_item(library, ITEM_SERIES, entry->series,
		    10);
		builder->season = NO_ITEM;
		library->items[builder->series].year =
		    catalogue_year(library->catalogue, entry->series);
		library->items[builder->series].quirks =
		    draw_quirks(library, entry->series);
	}
	series = builder->series;
	if (builder->season != NO_ITEM &&
	    library->items[builder->season].season == entry->season)
		return;
	builder->season = add_item(library, LIBRARY_SEASON, entry->series,
	    20 + entry->season);
	library->items[builder->season].series = series;
	library->items[builder->season].season = entry->season;
	library->items[builder->season].year = library->items[series].year;
}

/* Returns the last number that the file holds. */
static uint32_t
add_episode(struct builder *builder, uint32_t number,
    const struct catalogue_entry *entry)
{
	struct library *library = builder->library;
	struct library_item *item;
	uint32_t index, last = library->options.first +
	    library->options.numbers - 1;
	bool both;

	enter_series(builder, entry);
	index = add_item(library, ITEM_EPISODE, number, 0);
	item = &library->items[index];
	item->series = builder->series;
	item->season_item = builder->season;
	item->season = entry->season;
	item->episode = item->episode_end = entry->episode;
	fill_item(library, index);
	both = library_has(item, QUIRK_DOUBLE_EPISODE) && number < last &&
	    same_series(library, number, number + 1);
	if (both) {
		item->episode_end++;
		if (item->runtime != 0)
			item->runtime += catalogue_runtime(library->catalogue,
			    number + 1);
		number++;
	}
	if (!library_has(item, QUIRK_VIRTUAL))
		add_versions(library, index);
	return number;
}

static void
enter_id(struct library *library, uint32_t index)
{
	uint64_t slot;
	uint32_t i;

	if ((size_t)library->n_items * 2 > library->by_id_size) {
		library->by_id_size = library->by_id_size * 2 + 1024;
		free(library->by_id);
		library->by_id = memory_zeroed(library->by_id_size,
		    sizeof(*library->by_id));
		memset(library->by_id, 0xff,
		    library->by_id_size * sizeof(*library->by_id));
		for (i = 0; i < index; i++)
			enter_id(library, i);
	}
	memcpy(&slot, library->items[index].id.bytes, sizeof(slot));
	for (slot %= library->by_id_size; library->by_id[slot] != NO_ITEM;
	    slot = (slot + 1) % library->by_id_size)
		continue;
	library->by_id[slot] = index;
}

uint32_t
library_by_id(const struct library *library, const struct jellyfin_id *id)
{
	uint64_t slot;
	uint32_t index;

	if (library->by_id_size == 0)
		return NO_ITEM;
	memcpy(&slot, id->bytes, sizeof(slot));
	for (slot %= library->by_id_size;
	    (index = library->by_id[slot]) != NO_ITEM;
	    slot = (slot + 1) % library->by_id_size)
		if (jellyfin_id_equal(&library->items[index].id, id))
			return index;
	return NO_ITEM;
}

uint32_t
library_find(const struct library *library, const char *text)
{
	struct jellyfin_id id;
	char digits[16];
	const char *error;
	uint32_t index, number;
	size_t length = strcspn(text, ".");

	if (jellyfin_id_parse(text, &id) == 0)
		return library_by_id(library, &id);
	if (length >= sizeof(digits))
		return NO_ITEM;
	memcpy(digits, text, length);
	digits[length] = '\0';
	number = (uint32_t)strtonum(digits, library->options.first,
	    (long long)library->options.first + library->options.numbers - 1,
	    &error);
	if (error != NULL)
		return NO_ITEM;
	index = library->by_number[number - library->options.first];
	if (text[length] == '\0' || index == NO_ITEM)
		return index;
	if (strcmp(text + length, ".2") != 0)
		return NO_ITEM;
	index += library->items[index].versions + 1U;
	return index < library->n_items && library->items[index].copy == 1 &&
	    library->items[index].number == number ? index : NO_ITEM;
}

void
library_item_title(const struct library *library, uint32_t index, char *dst)
{
	const struct library_item *item = &library->items[index];
	bool strange = library_has(item, QUIRK_UNICODE);

	if (item->edit != NULL && item->edit->title != NULL) {
		if (strlcpy(dst, item->edit->title, CATALOGUE_TITLE_SIZE) >=
		    CATALOGUE_TITLE_SIZE)
			errx(1, "title too long");
	} else if (item->kind == ITEM_SERIES)
		catalogue_series_title(library->catalogue, item->number,
		    strange, dst);
	else if (item->kind == LIBRARY_SEASON)
		(void)snprintf(dst, CATALOGUE_TITLE_SIZE,
		    item->season == 0 ? "Specials" : "Season %u",
		    item->season);
	else
		catalogue_title(library->catalogue, item->number, strange, dst);
}

void
library_remove(struct library *library, uint32_t index, bool removed,
    int64_t now)
{
	uint32_t i, n = library->items[index].versions;

	for (i = index; i <= index + n; i++) {
		library->items[i].removed = removed;
		library->items[i].saved = now;
	}
}

/*
 * The file was replaced or renamed: a new item, which nobody has touched, with
 * the metadata of the old one.
 */
uint32_t
library_replace(struct library *library, uint32_t index, int64_t now)
{
	struct library_item *item;
	struct jellyfin_id id;
	uint32_t added;

	library->replaced++;
	added = add_item(library, library->items[index].kind,
	    library->items[index].number, 0);
	item = &library->items[added];
	id = item->id;
	*item = library->items[index];
	library->items[index].edit = NULL;
	item->id = id;
	item->primary = added;
	item->replaces = index;
	item->created = item->saved = now;
	item->removed = false;
	item->versions = 0;
	library_remove(library, index, true, now);
	if (item->copy == 0)
		library->by_number[item->number - library->options.first] =
		    added;
	add_versions(library, added);
	return added;
}

struct library_edit *
library_edit(struct library *library, uint32_t index, int64_t now)
{
	struct library_item *item = &library->items[index];

	if (item->edit == NULL)
		item->edit = memory_zeroed(1, sizeof(*item->edit));
	item->saved = now;
	return item->edit;
}
