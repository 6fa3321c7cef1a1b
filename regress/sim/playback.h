/*
 * Playing (jellyfin-api.md, what playing does), and the activity log.
 */
#ifndef SIM_PLAYBACK_H
#define SIM_PLAYBACK_H

#include <stdint.h>

#include "users.h"

struct activity {
	int64_t			 id;		/* rising */
	int64_t			 date;
	struct jellyfin_id	 user;
	struct jellyfin_id	 item;
	bool			 has_item;
	const char		*type;		/* one of activity_types */
};

struct playback {
	struct activity	*activities;	/* oldest first */
	size_t		 n_activities;
	size_t		 size;
	int64_t		 next_id;
};

/* A type that is known, or NULL. */
const char *playback_activity_type(const char *);
void	 playback_log(struct sim *, const char *type, const struct user *,
	    uint32_t item);
struct activity *playback_append(struct playback *);

/*
 * item is what the client asked for, source the version that plays (the item
 * itself in most cases).
 */
void	 playback_start(struct sim *, struct device *, uint32_t item,
	    uint32_t source);
void	 playback_progress(struct sim *, struct device *, uint32_t item,
	    uint32_t source, int64_t position, bool paused);
/* position is NULL where the client did not say it. */
void	 playback_stop(struct sim *, struct device *, uint32_t item,
	    uint32_t source, const int64_t *position);

#endif
