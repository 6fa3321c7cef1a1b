/*
 * What a number of the catalogue is: a movie or an episode of a series, its
 * title, year, runtime and ids, all derived from the seed.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "date.h"
#include "memory.h"

#define TICKS_PER_MINUTE	(60 * DATE_TICKS_PER_SECOND)

/* A series with its episodes, and then two movies for three of them. */
struct catalogue_block {
	uint32_t	first;		/* number of its first episode */
	uint16_t	episodes;
	uint16_t	specials;	/* of these, in season 0 */
	uint16_t	season_length;
};

/* What is drawn for a number. */
enum draw {
	DRAW_EPISODES = 1,
	DRAW_SPECIALS,
	DRAW_SEASON_LENGTH,
	DRAW_YEAR,
	DRAW_RUNTIME,
	DRAW_TITLE,
	DRAW_SERIES_TITLE
};

static const char *const adjectives[] = { "Silent", "Golden", "Broken",
	"Distant", "Hidden", "Last", "Crimson", "Endless", "Frozen", "Gentle",
	"Hollow", "Iron", "Lonely", "Midnight", "Northern", "Paper", "Quiet",
	"Restless", "Salt", "Second", "Shallow", "Wandering", "Wild",
	"Winter" };

static const char *const nouns[] = { "Harbour", "Garden", "Letter", "River",
	"Mountain", "Orchard", "Station", "Lighthouse", "Summer", "Machine",
	"Promise", "Shadow", "Bridge", "Island", "Mirror", "Voyage", "Kingdom",
	"Forest", "Signal", "Stranger", "Window", "Engine", "Tide", "Fox",
	"Painter", "Clock", "Road", "Teacher", "Storm", "Market", "Pilot",
	"Archive" };

static const char *const endings[] = { "", " Returns", " of the North",
	" and Other Stories", ": Part II", " at Dawn", " in Exile",
	" of Glass" };

/* Right to left, combining, emoji, quotes, controls, zero width, long. */
static const char *const strange_words[] = {
	"\xe5\x8d\x83\xe3\x81\xa8\xe5\x8d\x83\xe5\xb0\x8b",
	"\xed\x98\xb8\xec\x88\x98\xec\x9d\x98 \xeb\xb0\xa4",
	"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",
	"\xd9\x84\xd9\x8a\xd9\x84\xd8\xa9 \xd9\x87\xd8\xa7\xd8\xaf\xd8\xa6\xd8\xa9",
	"Ame\xcc\x81lie a\xcc\x8a Vie\xcc\xa3\xcc\x82t",
	"\xf0\x9f\x8e\xac\xf0\x9f\x91\xa8\xe2\x80\x8d"
	    "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7",
	"She said \"no\" \\ 'yes' & <left> + more`",
	"Tab\there, line\nhere, escape\x1b[31mred",
	"\xe2\x80\xae" "desrever\xe2\x80\xac mark",
	"Zero\xe2\x80\x8bwidth\xef\xbb\xbf",
	"\xce\x9f\xce\xb4\xcf\x8d\xcf\x83\xcf\x83\xce\xb5\xce\xb9\xce\xb1",
	"\xd0\x9c\xd0\xb0\xd1\x81\xd1\x82\xd0\xb5\xd1\x80",
	"Stra\xc3\x9f" "e \xef\xac\x81n",
	"C1\xc2\x85 and DEL\x7f",
};

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static const struct catalogue_block *block_of(const struct catalogue *,
    uint32_t);
static uint64_t	draw(const struct catalogue *, enum draw, uint32_t, uint64_t);
static void	title_of(const struct catalogue *, enum draw, uint32_t, bool,
    char *);

uint64_t
mix(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t z = a * UINT64_C(0x9e3779b97f4a7c15) +
	    (b + 1) * UINT64_C(0xbf58476d1ce4e5b9) +
	    (c + 1) * UINT64_C(0x94d049bb133111eb);
	int round;

	for (round = 0; round < 2; round++) {
		z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
		z ^= z >> 31;
	}
	return z;
}

void
mix_id(struct jellyfin_id *id, uint64_t a, uint64_t b, uint32_t number)
{
	uint64_t half;
	size_t i;

	for (i = 0; i < JELLYFIN_ID_SIZE; i++) {
		half = mix(a, b, (uint64_t)number * 2 + i / 8);
		id->bytes[i] = (uint8_t)(half >> (i % 8 * 8));
	}
}

static uint64_t
draw(const struct catalogue *catalogue, enum draw what, uint32_t number,
    uint64_t choices)
{
	return mix(catalogue->seed, (uint64_t)what, number) % choices;
}

void
catalogue_build(struct catalogue *catalogue, uint64_t seed, uint32_t numbers,
    uint16_t episodes)
{
	struct catalogue_block *block;
	uint32_t next = 0, series;
	size_t size = 0;

	memset(catalogue, 0, sizeof(*catalogue));
	catalogue->seed = seed;
	for (series = 0; next < numbers; series++) {
		if (series == size) {
			size = size * 2 + 64;
			catalogue->blocks = memory_grown(catalogue->blocks, size,
			    sizeof(*catalogue->blocks));
		}
		block = &catalogue->blocks[series];
		block->first = next;
		block->episodes = episodes != 0 ? episodes : (uint16_t)(10 +
		    draw(catalogue, DRAW_EPISODES, series, 51));
		block->specials = (uint16_t)draw(catalogue, DRAW_SPECIALS,
		    series, 4);
		block->season_length = (uint16_t)(6 +
		    draw(catalogue, DRAW_SEASON_LENGTH, series, 8));
		next += block->episodes + block->episodes * 2U / 3;
	}
	catalogue->n_blocks = series;
}

void
catalogue_free(struct catalogue *catalogue)
{
	free(catalogue->blocks);
	memset(catalogue, 0, sizeof(*catalogue));
}

static const struct catalogue_block *
block_of(const struct catalogue *catalogue, uint32_t number)
{
	size_t low = 0, high = catalogue->n_blocks, middle;

	while (high - low > 1) {
		middle = low + (high - low) / 2;
		if (catalogue->blocks[middle].first <= number)
			low = middle;
		else
			high = middle;
	}
	return &catalogue->blocks[low];
}

void
catalogue_entry(const struct catalogue *catalogue, uint32_t number,
    struct catalogue_entry *entry)
{
	const struct catalogue_block *block = block_of(catalogue, number);
	uint32_t offset = number - block->first;

	memset(entry, 0, sizeof(*entry));
	if (offset >= block->episodes) {
		entry->is_movie = true;
		return;
	}
	entry->series = (uint32_t)(block - catalogue->blocks);
	if (offset < block->specials) {
		entry->episode = (uint16_t)(offset + 1);
		return;
	}
	offset -= block->specials;
	entry->season = (uint16_t)(1 + offset / block->season_length);
	entry->episode = (uint16_t)(1 + offset % block->season_length);
}

uint16_t
catalogue_year(const struct catalogue *catalogue, uint32_t number)
{
	return (uint16_t)(1950 + draw(catalogue, DRAW_YEAR, number, 76));
}

int64_t
catalogue_runtime(const struct catalogue *catalogue, uint32_t number)
{
	struct catalogue_entry entry;
	int64_t shortest, longest;

	catalogue_entry(catalogue, number, &entry);
	shortest = (entry.is_movie ? 70 : 20) * TICKS_PER_MINUTE;
	longest = (entry.is_movie ? 180 : 65) * TICKS_PER_MINUTE;
	return shortest + (int64_t)draw(catalogue, DRAW_RUNTIME, number,
	    (uint64_t)(longest - shortest));
}

static void
title_of(const struct catalogue *catalogue, enum draw what, uint32_t number,
    bool strange, char *dst)
{
	uint64_t bits = mix(catalogue->seed, (uint64_t)what, number);
	const char *adjective = adjectives[bits % COUNT(adjectives)];
	const char *noun = nouns[(bits >> 16) % COUNT(nouns)];
	int length;

	if (strange)
		length = snprintf(dst, CATALOGUE_TITLE_SIZE, "%s %s",
		    strange_words[(bits >> 24) % COUNT(strange_words)], noun);
	else
		length = snprintf(dst, CATALOGUE_TITLE_SIZE, "The %s %s%s",
		    adjective, noun, endings[(bits >> 32) % COUNT(endings)]);
	if (length < 0 || length >= CATALOGUE_TITLE_SIZE)
		errx(1, "title of %u too long", number);
}

void
catalogue_title(const struct catalogue *catalogue, uint32_t number,
    bool strange, char *dst)
{
	title_of(catalogue, DRAW_TITLE, number, strange, dst);
}

void
catalogue_series_title(const struct catalogue *catalogue, uint32_t series,
    bool strange, char *dst)
{
	title_of(catalogue, DRAW_SERIES_TITLE, series, strange, dst);
}

/*
 * Catalogues of different seeds share no ids, so that nothing of theirs
 * matches.  The same number as a movie's and a series' Tmdb id happens in the
 * real world, and here.
 */
uint64_t
catalogue_id(const struct catalogue *catalogue, enum catalogue_id kind,
    uint32_t number)
{
	static const uint64_t first[CATALOGUE_ID_COUNT] = {
		[CATALOGUE_MOVIE_IMDB] = 100000000,
		[CATALOGUE_MOVIE_TMDB] = 1000000,
		[CATALOGUE_EPISODE_IMDB] = 400000000,
		[CATALOGUE_EPISODE_TVDB] = 500000000,
		[CATALOGUE_SERIES_IMDB] = 700000000,
		[CATALOGUE_SERIES_TMDB] = 1000000,
		[CATALOGUE_SERIES_TVDB] = 1000000,
	};

	return first[kind] + catalogue->seed % 64 * 2 * CATALOGUE_MAX + number;
}
