/*
 * Which items are the same work (sync-model: matching).  Pure functions: no
 * I/O, no clock, no globals; the result depends on the set of items alone,
 * not on the order in which they came.
 */
#ifndef JELLYPORTERD_MATCH_H
#define JELLYPORTERD_MATCH_H

#include <stddef.h>
#include <stdint.h>

#include "message.h"
#include "record.h"

/* Two copies closer than this in runtime are the same cut of a work. */
#define MATCH_SAME_CUT		(60 * INT64_C(10000000))	/* ticks */

/* One server's items beyond this many under one key: it is no key there. */
#define MATCH_CARRIERS_MAX	16

struct match_id {
	char	provider[PROVIDER_NAME_SIZE];	/* lower case: "imdb" */
	char	value[PROVIDER_VALUE_SIZE];	/* normalised */
};

/* Valid ids only, in the order in which they count: imdb, tmdb, tvdb, then
 * the others by name; one of each provider. */
struct match_ids {
	size_t		n;
	struct match_id	ids[PROVIDERS_MAX];
};

enum match_reason {
	MATCH_REASON_NONE,		/* nothing stands in the way */
	MATCH_REASON_NO_IDS,		/* nothing to match it by */
	MATCH_REASON_AMBIGUOUS,		/* its ids fit two different works, or
					 * are on two different items */
	MATCH_REASON_IDS_DISAGREE,	/* one id shared, another differs */
	MATCH_REASON_NUMBERS_DIFFER,	/* ids agree, season or episode not */
	MATCH_REASON_COUNT
};

/* As in the database, and what a person is told. */
const char *match_reason_name(enum match_reason);
const char *match_reason_remedy(enum match_reason);

struct match_item {
	int64_t		 item;		/* unique; the order of items */
	int64_t		 server;
	enum item_kind	 kind;		/* movie or episode */
	int32_t		 season;	/* or NUMBER_UNKNOWN */
	int32_t		 episode;
	int32_t		 episode_end;
	int32_t		 year;		/* 0: unknown */
	int64_t		 runtime;	/* ticks, 0: unknown */
	const char	*title;
	const char	*series_title;
	struct match_ids own;
	struct match_ids series;

	/* Set by match_form(): items of one work have the same group, which
	 * is the smallest .item among them. */
	int64_t		 group;
	enum match_reason reason;
};

#define MATCH_KEY_SIZE	192
#define MATCH_KEYS_MAX	(2 * PROVIDERS_MAX + 1)

/*
 * Something that two items of the same work have in common, as text:
 * "movie imdb tt0010001", "episode tvdb 81189 1 2 2" and so on.  Only hashes
 * go into the database; two keys with the same hash merely make match_form()
 * look at items that then turn out to have nothing in common.
 */
struct match_key {
	uint64_t hash;
	char	 text[MATCH_KEY_SIZE];
};

/* Checks each id for its shape and normalises it; drops what is none. */
void	match_normalise(const struct provider_id *, size_t,
	    struct match_ids *);

#define MATCH_IDS_TEXT_SIZE	2560
/* "imdb=tt0010001 tmdb=1001", as the database keeps them, and back (-1 if
 * the text is none of ours). */
void	match_ids_text(const struct match_ids *, char *, size_t);
int	match_ids_parse(const char *, struct match_ids *);

/* The keys of an item, strongest first; how many. */
size_t	match_keys(const struct match_item *, uint32_t match_by,
	    struct match_key [MATCH_KEYS_MAX]);

/*
 * Forms works of items which are connected by keys, all of them in one go:
 * sets .group and .reason of each.  Sorts the array by .item.  -1 if memory
 * is out.
 */
int	match_form(struct match_item *, size_t, uint32_t match_by);

#endif
