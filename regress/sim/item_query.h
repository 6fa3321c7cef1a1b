/*
 * The query of GET /Items, and the items that it asks for.
 */
#ifndef SIM_ITEM_QUERY_H
#define SIM_ITEM_QUERY_H

#include "items.h"

enum item_filter {
	FILTER_PLAYED		= 1 << 0,
	FILTER_UNPLAYED		= 1 << 1,
	FILTER_RESUMABLE	= 1 << 2,
	FILTER_FAVORITE		= 1 << 3
};

enum item_sort {
	SORT_CREATED,		/* the order of the items */
	SORT_NAME,
	SORT_DATE_PLAYED
};

struct item_query {
	struct user		*user;		/* NULL: no userdata */
	uint32_t		 kinds;		/* bits */
	uint32_t		 fields;	/* bits: enum item_field */
	uint32_t		 filters;	/* bits: enum item_filter */
	bool			 recursive;
	bool			 enable_userdata;
	bool			 enable_total;
	bool			 no_missing;	/* isMissing=false */
	bool			 only_missing;	/* isMissing=true */
	bool			 by_ids;
	bool			 has_limit;
	bool			 has_parent;
	bool			 descending;
	bool			 has_saved_since;
	enum item_sort		 sort;
	int64_t			 start;
	int64_t			 limit;
	int64_t			 saved_since;	/* date */
	uint32_t		 libraries;	/* bits, of the parent */
	uint32_t		 parent;	/* a series or season, or NO_ITEM */
};

/* Answers, and returns -1, on nonsense. */
int	item_query_read(struct request *, struct item_query *);

/*
 * The items of the query, before the page is cut from them, in order; theirs
 * to free.  A listing is one consistent answer: what happens later does not
 * change it.
 */
uint32_t *item_query_select(const struct request *, const struct item_query *,
	    uint32_t *n);

#endif
