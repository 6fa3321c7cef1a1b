/* The mass change guard: what waits for a decision, and what comes of it. */
#include "guard.h"
#include "hear.h"

#define HOUR		3600		/* seconds */
#define SLICE		200		/* changes at a time */

static int64_t	limit_of(struct store *, const struct guard_limits *, int64_t);
static size_t	hear_state(struct store *, const struct merge_options *,
		    int64_t, enum held_state, int64_t, struct plan_counts *);

static int64_t
limit_of(struct store *store, const struct guard_limits *limits,
    int64_t endpoint)
{
	int64_t percent = store_count_touched(store, endpoint) *
	    limits->max_percent / 100;

	return percent > limits->max_items ? percent : limits->max_items;
}

/* A slice of what is in a state is heard; how many. */
static size_t
hear_state(struct store *store, const struct merge_options *options,
    int64_t endpoint, enum held_state state, int64_t now,
    struct plan_counts *counts)
{
	int64_t items[SLICE];
	struct held_row held;
	size_t i, n;

	n = store_held(store, endpoint, state, items, SLICE);
	for (i = 0; i < n; i++) {
		if (store_get_held(store, endpoint, items[i], &held))
			hear_decided(store, options, &held, now, counts);
	}
	return n;
}

int64_t
guard_decide(struct store *store, const struct merge_options *options,
    const struct guard_limits *limits, int64_t endpoint, int64_t now,
    struct plan_counts *counts)
{
	store_forget_decided(store, endpoint, now - HOUR);
	if (store_count_held(store, endpoint, HELD_UNDECIDED) == 0)
		return 0;
	if (store_count_taken_back(store, endpoint, now - HOUR) >
	    limit_of(store, limits, endpoint))
		return store_hold(store, endpoint);
	while (hear_state(store, options, endpoint, HELD_UNDECIDED, now,
	    counts) > 0)
		;
	return 0;
}

size_t
guard_approve(struct store *store, const struct merge_options *options,
    int64_t endpoint, int64_t now, struct plan_counts *counts)
{
	size_t n = hear_state(store, options, endpoint, HELD_HELD, now,
	    counts);

	/* A person has looked at it: what comes next is counted anew. */
	store_forget_decided(store, endpoint, now);
	return n;
}

size_t
guard_discard(struct store *store, const struct merge_options *options,
    int64_t endpoint, int64_t now, struct plan_counts *counts)
{
	int64_t items[SLICE];
	struct held_row held;
	size_t i, n;

	n = store_held(store, endpoint, HELD_HELD, items, SLICE);
	for (i = 0; i < n; i++) {
		if (store_get_held(store, endpoint, items[i], &held))
			hear_discarded(store, options, &held, now, counts);
	}
	return n;
}
