/*
 * What fetchers and engine speak of: Jellyfin's ids, items and userdata, as
 * fixed and bounded records.
 */
#ifndef COMMON_RECORD_H
#define COMMON_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#define JELLYFIN_ID_SIZE	16	/* bytes; 32 hexadecimal digits */
#define JELLYFIN_ID_TEXT_SIZE	33

#define NAME_SIZE		256	/* bytes of any name, NUL included */
#define TITLE_SIZE		512	/* bytes of an item's title, with NUL */
#define PROVIDER_NAME_SIZE	32
#define PROVIDER_VALUE_SIZE	96
#define PROVIDERS_MAX		16	/* ids of one item; more are dropped */
#define ERROR_SIZE		512	/* bytes of a message for people */

struct jellyfin_id {
	uint8_t	bytes[JELLYFIN_ID_SIZE];
};

enum item_kind {
	ITEM_MOVIE,
	ITEM_EPISODE,
	ITEM_SERIES,		/* only for the ids of its episodes */
	ITEM_KIND_COUNT
};

/* An id as it stands in the metadata: unchecked, not normalised. */
struct provider_id {
	char	name[PROVIDER_NAME_SIZE];	/* "Imdb", "Tmdb", ... */
	char	value[PROVIDER_VALUE_SIZE];
};

#define NUMBER_UNKNOWN	(-1)

struct item_record {
	struct jellyfin_id	id;
	enum item_kind		kind;
	bool			has_series;	/* episodes: series is known */
	struct jellyfin_id	series;
	int32_t			season;		/* or NUMBER_UNKNOWN */
	int32_t			episode;	/* or NUMBER_UNKNOWN */
	int32_t			episode_end;	/* of a double episode; else
						 * as episode */
	int32_t			year;		/* 0: unknown */
	int64_t			runtime;	/* ticks of 100 ns; 0: unknown */
	uint32_t		media_sources;	/* files of the item; >= 1 */
	char			title[TITLE_SIZE];
	char			series_title[TITLE_SIZE];
	uint32_t		n_providers;
	struct provider_id	providers[PROVIDERS_MAX];
};

/*
 * A file of a listed item that has several (jellyfin-api: alternate versions).
 * The item's own file is one of them, with the item's id.
 */
struct alternate_record {
	struct jellyfin_id	listed;
	struct jellyfin_id	id;
	int64_t			runtime;	/* ticks of 100 ns; 0: unknown */
};

/* What a person did with an item (sync-model: userdata). */
struct userdata {
	int64_t	position;	/* ticks of 100 ns, >= 0 */
	int64_t	last_played;	/* seconds since the epoch, UTC; 0: none */
	int32_t	play_count;	/* >= 0 */
	bool	played;
	bool	favorite;
};

/* 32 hexadecimal digits, dashes allowed as in a GUID.  -1 if it is not. */
int	jellyfin_id_parse(const char *, struct jellyfin_id *);
/* 32 lower-case digits into a buffer of JELLYFIN_ID_TEXT_SIZE. */
void	jellyfin_id_text(const struct jellyfin_id *, char *);
bool	jellyfin_id_equal(const struct jellyfin_id *,
	    const struct jellyfin_id *);

bool	userdata_equal(const struct userdata *, const struct userdata *);
/* The play group: everything but the favourite. */
bool	userdata_play_equal(const struct userdata *, const struct userdata *);

#endif
