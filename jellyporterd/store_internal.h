/* Shared by the files of the store only. */
#ifndef JELLYPORTERD_STORE_INTERNAL_H
#define JELLYPORTERD_STORE_INTERNAL_H

#include "store.h"

#define SEEN_BITS	(UINT32_C(1) << 21)
#define KEY_BITS	(UINT32_C(1) << 23)

struct server_count {
	int64_t	server;
	int64_t	items;
	int64_t	unmatched;
};

/* The counting that goes on, if there are servers. */
struct counting {
	struct server_count	*servers;
	size_t			 n;
	size_t			 n_max;
	int64_t			 item;		/* all up to this are counted */
	int64_t			 work;		/* the same */
	int64_t			 works;		/* how many */
};

struct store {
	struct db	*db;
	int64_t		 point;
	int64_t		 saved_point;
	bool		 touched;
	struct histogram commits;	/* how long they took */
	int64_t		 servers;	/* configured */
	char		 origin[NAME_SIZE];	/* store_origin()'s answer */
	bool		 counted;	/* nothing has changed since */
	struct counting	 counting;
	int64_t		 last_item;	/* the greatest id there is */
	bool		 is_large;	/* and so is its cache */
	/* By a few bits of their ids, what first readings have shown. */
	uint8_t		 seen[SEEN_BITS / 8];
	/* So, the keys there are, if there were none when it was opened. */
	bool		 had_keys;
	uint8_t		 keys[KEY_BITS / 8];
	store_told	*told;		/* or NULL */
	void		*told_arg;
};

/* The numbers in a query's first column; as many as fit. */
size_t	store_collect(struct store *, sqlite3_stmt *, int64_t *, size_t);

/* Of a copy that shows something which it does not hold. */
void	store_get_unlisted(struct store *, struct copy_row *);

#endif
