/*
 * Copies that were written a moment ago.  Jellyfin may show an alternate
 * version, read by GET, as it was before its last change (jellyfin-api:
 * userdata): so that this never passes for a person's act, what we have just
 * written is not read before that is over.
 */
#ifndef JELLYPORTERD_RECENT_H
#define JELLYPORTERD_RECENT_H

#include <stddef.h>
#include <stdint.h>

#include "record.h"

#define RECENT_FOR	2000	/* ms; Jellyfin was seen to take one second */
#define RECENT_MAX	256

struct recent {
	struct {
		struct jellyfin_id	id;
		int64_t			at;	/* ms */
	} writes[RECENT_MAX];
	size_t	next;
	int64_t	others;		/* ms: any other was written then or before */
};

/* Now is in milliseconds on a clock that only goes forward.  What a process
 * before this one has written may be as recent as its beginning. */
void	recent_begin(struct recent *, int64_t now);
void	recent_note(struct recent *, const struct jellyfin_id *, int64_t now);
/* Milliseconds until it may be read; 0: now. */
int64_t	recent_wait(const struct recent *, const struct jellyfin_id *,
	    int64_t now);

#endif
