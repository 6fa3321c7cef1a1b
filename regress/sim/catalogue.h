/*
 * The catalogue: what exists in the world, by number.  All simulators with
 * the same catalogue seed draw their libraries from the same one, so number
 * 42 is the same movie or episode, with the same ids, everywhere.  Nothing of
 * it is stored but where each series begins.
 */
#ifndef SIM_CATALOGUE_H
#define SIM_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record.h"

#define CATALOGUE_MAX		2000000		/* numbers */
#define CATALOGUE_TITLE_SIZE	192		/* bytes */

struct catalogue_block;

struct catalogue {
	uint64_t		 seed;
	struct catalogue_block	*blocks;
	size_t			 n_blocks;
};

struct catalogue_entry {
	bool		is_movie;
	uint32_t	series;		/* number of the series, for episodes */
	uint16_t	season;		/* 0: specials */
	uint16_t	episode;
};

/* What the ids of a number are made from. */
enum catalogue_id {
	CATALOGUE_MOVIE_IMDB,
	CATALOGUE_MOVIE_TMDB,
	CATALOGUE_EPISODE_IMDB,
	CATALOGUE_EPISODE_TVDB,
	CATALOGUE_SERIES_IMDB,
	CATALOGUE_SERIES_TMDB,
	CATALOGUE_SERIES_TVDB,
	CATALOGUE_ID_COUNT
};

/* Evenly spread bits that depend on all three. */
uint64_t mix(uint64_t, uint64_t, uint64_t);
/* An id that depends on all three. */
void	 mix_id(struct jellyfin_id *, uint64_t, uint64_t, uint32_t);

/* episodes: how many each series has, or 0 for 10 to 60. */
void	 catalogue_build(struct catalogue *, uint64_t seed, uint32_t numbers,
	    uint16_t episodes);
void	 catalogue_free(struct catalogue *);
void	 catalogue_entry(const struct catalogue *, uint32_t number,
	    struct catalogue_entry *);
uint16_t catalogue_year(const struct catalogue *, uint32_t number);
/* In ticks. */
int64_t	 catalogue_runtime(const struct catalogue *, uint32_t number);
/* dst has CATALOGUE_TITLE_SIZE bytes; strange asks for hard Unicode. */
void	 catalogue_title(const struct catalogue *, uint32_t number, bool strange,
	    char *dst);
void	 catalogue_series_title(const struct catalogue *, uint32_t series,
	    bool strange, char *dst);
uint64_t catalogue_id(const struct catalogue *, enum catalogue_id,
	    uint32_t number);

#endif
