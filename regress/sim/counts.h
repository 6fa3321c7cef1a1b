/*
 * What was asked, how often, and how much of it at once: how tests see that
 * nothing was written, or that listings were not made side by side.
 */
#ifndef SIM_COUNTS_H
#define SIM_COUNTS_H

#include <json-c/json.h>

#include <stdint.h>

enum request_kind {
	REQUEST_IDENTITY,	/* a listing without a user */
	REQUEST_NEWS,		/* of it, what was saved since */
	REQUEST_COUNT_PLAYED,	/* a user's, without any items */
	REQUEST_STATE_PLAYED,
	REQUEST_STATE_RESUMABLE,
	REQUEST_STATE_FAVORITE,
	REQUEST_STATE,		/* any other listing of a user's */
	REQUEST_IDS,
	REQUEST_RESUME,
	REQUEST_USERDATA_READ,
	REQUEST_USERDATA_WRITE,
	REQUEST_PLAYED_DELETE,
	REQUEST_PLAYED_MARK,
	REQUEST_FAVORITE_MARK,
	REQUEST_PLAYBACK,
	REQUEST_USERS,
	REQUEST_INFO,
	REQUEST_SESSIONS,
	REQUEST_ACTIVITY,
	REQUEST_LIBRARIES,
	REQUEST_AUTHENTICATE,
	REQUEST_KEYS,
	REQUEST_HEALTH,
	REQUEST_SOCKET,
	REQUEST_SESSION_USER,
	REQUEST_OTHER,
	REQUEST_KIND_COUNT
};

enum request_group {
	GROUP_LISTINGS,
	GROUP_SMALL,
	GROUP_WRITES,
	GROUP_COUNT
};

struct count {
	int64_t	requests;
	int64_t	bytes;		/* of bodies sent */
	int64_t	now;		/* under way */
	int64_t	most;		/* at once */
};

struct counts {
	struct count	kinds[REQUEST_KIND_COUNT];
	struct count	groups[GROUP_COUNT];
};

const char *counts_kind_name(enum request_kind);
/* A name of a kind, or REQUEST_KIND_COUNT. */
enum request_kind counts_kind(const char *);
enum request_group counts_group(enum request_kind);

void	 counts_begin(struct counts *, enum request_kind);
void	 counts_end(struct counts *, enum request_kind, uint64_t bytes);
void	 counts_reset(struct counts *);		/* not what is under way */
struct json_object *counts_json(const struct counts *);

#endif
