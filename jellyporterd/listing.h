/*
 * Jellyfin's lists, item by item as their bytes come: {"Items":[...],
 * "TotalRecordCount":n,"StartIndex":n} in any order and with anything else in
 * between, or a plain array.  Memory grows with neither the list nor a page:
 * one item is held at a time.
 */
#ifndef JELLYPORTERD_LISTING_H
#define JELLYPORTERD_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json_object.h>

#define LISTING_VALUE_MAX	(256 * 1024)	/* bytes of one item */
#define LISTING_ITEMS_MAX	2000000
#define LISTING_DEPTH_MAX	16

struct decoder;

enum listing_shape {
	LISTING_OBJECT,		/* with its items, total and start index */
	LISTING_ARRAY
};

struct listing_counts {
	uint32_t	items;		/* that the list held */
	uint32_t	total;		/* as the server counts them */
	uint32_t	start;		/* index of the first of these */
};

/* An item, which the callback borrows; NULL is JSON's null. */
typedef void	 listing_item(struct json_object *, void *);

struct decoder	*listing_new(enum listing_shape, listing_item *, void *);
/* Only these members of its items are looked at, and left in them: a list of
 * keys that ends with NULL and lives longer. */
void		 listing_want(struct decoder *, const char *const *);
void		 listing_free(struct decoder *);	/* NULL is fine */
void		 listing_reset(struct decoder *);	/* for another list */
/* The next bytes, however they are split.  -1 if they make no sense. */
int		 listing_feed(struct decoder *, const char *, size_t);
/*
 * That was all of it.  -1 if it was cut short, or lacks Items,
 * TotalRecordCount or StartIndex.  (An array counts its own items.)
 */
int		 listing_finish(struct decoder *, struct listing_counts *);
/* It made no sense; and, of one that did so far: it does not end here. */
bool		 listing_has_failed(const struct decoder *);
bool		 listing_is_whole(const struct decoder *);
/* Items so far. */
uint32_t	 listing_items(const struct decoder *);
/* Why one of these two was -1. */
const char	*listing_error(const struct decoder *);

#endif
