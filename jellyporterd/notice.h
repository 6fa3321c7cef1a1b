/*
 * What a server says through its WebSocket (jellyfin-api: being told at once),
 * as bounded records.  No I/O here.
 */
#ifndef JELLYPORTERD_NOTICE_H
#define JELLYPORTERD_NOTICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record.h"

#define NOTICE_SIZE_MAX		(2 * 1024 * 1024)	/* bytes of one */
#define NOTICE_ITEMS_MAX	4000

enum notice_kind {
	NOTICE_NONSENSE,	/* not a message of Jellyfin's */
	NOTICE_OTHER,		/* one that says nothing to us */
	NOTICE_KEEP_ALIVE,	/* the server is there */
	NOTICE_FORCE_KEEP_ALIVE, /* and wants to hear from us: seconds */
	NOTICE_USER_DATA	/* user, items */
};

struct notice {
	uint32_t		 seconds;
	struct jellyfin_id	 user;
	bool			 incomplete;	/* there were more items */
	uint32_t		 n_items;
	struct jellyfin_id	 items[NOTICE_ITEMS_MAX];
};

/* Fills in what the kind has, and nothing else. */
enum notice_kind notice_read(const char *, size_t, struct notice *);

#endif
