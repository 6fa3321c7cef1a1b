/*
 * The two libraries of a server, "Movies" and "Shows": its items, drawn from
 * the catalogue, with whatever defects the options ask for.  Items keep their
 * index for ever; a new one (a file that was replaced) gets the next index.
 * Index order is the order of DateCreated.
 */
#ifndef SIM_LIBRARY_H
#define SIM_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalogue.h"
#include "json_out.h"
#include "record.h"

#define NO_ITEM		UINT32_MAX

enum library_name {
	LIBRARY_MOVIES,
	LIBRARY_SHOWS,
	LIBRARY_COUNT
};

struct library_folder {
	const char		*name;
	const char		*collection_type;
	const char		*location;
	struct jellyfin_id	 id;
};

/* As ITEM_MOVIE, ITEM_EPISODE and ITEM_SERIES of record.h, and one more. */
enum { LIBRARY_SEASON = ITEM_KIND_COUNT, LIBRARY_KIND_COUNT };

/* What may be wrong with an item, or unusual. */
enum quirk {
	QUIRK_NO_IDS,		/* no provider ids at all */
	QUIRK_ONE_ID,		/* only one provider */
	QUIRK_DOUBLED_IDS,	/* the ids of its neighbour */
	QUIRK_WRONG_IDS,	/* one id, or all, of something else */
	QUIRK_SWAPPED_IDS,	/* an episode and the next have each other's */
	QUIRK_JUNK_IDS,		/* ids that are none */
	QUIRK_DOUBLE_EPISODE,	/* the file holds the next one too */
	QUIRK_4K_COPY,		/* the same movie once more, in 4K */
	QUIRK_VERSIONS,		/* alternate versions in the same folder */
	QUIRK_UNICODE,		/* a title that is hard to print */
	QUIRK_NO_RUNTIME,
	QUIRK_NO_NUMBERS,	/* an episode without season and number */
	QUIRK_VIRTUAL,		/* an episode without a file */
	QUIRK_COUNT
};

const char *quirk_option(enum quirk);

struct library_options {
	uint64_t	seed;		/* of this server */
	uint32_t	first;		/* catalogue number */
	uint32_t	numbers;	/* how many from there */
	uint16_t	rates[QUIRK_COUNT];	/* per mille */
};

/* What was changed on request; a NULL is as it was drawn. */
struct library_edit {
	char	*title;
	char	*imdb;		/* "" takes it away */
	char	*tmdb;
	char	*tvdb;
};

struct library_item {
	struct jellyfin_id	 id;
	int64_t			 runtime;	/* ticks, 0: unknown */
	int64_t			 created;	/* date */
	int64_t			 saved;		/* date of its metadata */
	struct library_edit	*edit;
	uint32_t		 number;	/* catalogue; series: of series */
	uint32_t		 ids_number;	/* whose ids it has */
	uint32_t		 series;	/* index, or NO_ITEM */
	uint32_t		 season_item;	/* index, or NO_ITEM */
	uint32_t		 primary;	/* index: the listed item */
	uint32_t		 replaces;	/* index, or NO_ITEM */
	uint16_t		 season;
	uint16_t		 episode;
	uint16_t		 episode_end;
	uint16_t		 year;
	uint16_t		 quirks;	/* bits, by enum quirk */
	uint8_t			 kind;
	uint8_t			 copy;		/* 0; 1 for the 4K copy */
	uint8_t			 versions;	/* that follow at once */
	bool			 removed;
};

struct library {
	struct library_options	 options;
	struct catalogue	*catalogue;
	struct library_folder	 folders[LIBRARY_COUNT];
	struct library_item	*items;
	uint32_t		 n_items;
	uint32_t		 size;
	uint32_t		*by_number;	/* index, from options.first */
	uint32_t		*by_id;		/* hash table of indices */
	size_t			 by_id_size;
	uint32_t		 replaced;	/* items that were replaced */
};

void	 library_build(struct library *, const struct library_options *,
	    struct catalogue *);
void	 library_free(struct library *);

bool	 library_has(const struct library_item *, enum quirk);
bool	 library_is_version(const struct library *, uint32_t index);
/* Of a listed item: itself, and its versions that are there. */
uint32_t library_files(const struct library_item *);
enum library_name library_of(const struct library_item *);
/* Index or NO_ITEM; items that were removed are found too. */
uint32_t library_by_id(const struct library *, const struct jellyfin_id *);
/* An id, a catalogue number "42", or "42.2" for its 4K copy. */
uint32_t library_find(const struct library *, const char *);
void	 library_item_title(const struct library *, uint32_t index, char *dst);
#define LIBRARY_ID_SIZE	96	/* bytes of a provider id */
/* Its provider ids, as an object. */
void	 library_provider_ids(const struct library *, uint32_t index,
	    struct json_out *);

/* Changes, at the server's date now.  An item goes, and comes back, with its
 * versions. */
void	 library_remove(struct library *, uint32_t index, bool removed,
	    int64_t now);
uint32_t library_replace(struct library *, uint32_t index, int64_t now);
struct library_edit *library_edit(struct library *, uint32_t index,
	    int64_t now);

#endif
