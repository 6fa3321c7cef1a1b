/*
 * How long a request takes: nothing, a fixed time, or what the same request
 * takes on a real server (jellyfin-api.md, costs).
 */
#ifndef SIM_PACE_H
#define SIM_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct request;

struct pace {
	int64_t		latency_ms;
	uint64_t	bytes_per_second;	/* of an answer; 0: any */
	bool		real;
	double		scale;		/* of what is real */
};

/* How much a listing has to do. */
struct pace_load {
	int64_t	items;		/* in the library */
	int64_t	matching;
	int64_t	returned;
	bool	has_user;
	bool	has_page;	/* a limit and a total */
	bool	by_ids;
	bool	by_date_played;
};

/* Milliseconds before the answer to this request begins. */
int64_t	pace_delay(struct request *);

#endif
