/*
 * Which items are the same work (sync-model: matching).  Nearly always nothing
 * speaks against it and they are all one; match_groups.c sees to the others.
 */
#include <stdlib.h>
#include <string.h>

#include "match_internal.h"

#define FAST_PROVIDERS	32		/* of own ids, and of series' */

/* The providers that were seen, each with its value. */
struct fast_providers {
	const struct match_id	*ids[FAST_PROVIDERS];
	size_t			 n;
};

static const struct {
	const char	*name;
	const char	*remedy;
} reasons[MATCH_REASON_COUNT] = {
	[MATCH_REASON_NONE] = { "", "" },
	[MATCH_REASON_NO_IDS] = { "no ids",
	    "Identify the item (for an episode, its series) on the server, so "
	    "that it gets a provider id." },
	[MATCH_REASON_AMBIGUOUS] = { "ambiguous",
	    "Find the other item that has the same ids, and identify the one "
	    "that is wrong anew on its server." },
	[MATCH_REASON_IDS_DISAGREE] = { "ids disagree",
	    "Compare the provider ids with those on the other servers, and "
	    "identify the item anew where they are wrong." },
	[MATCH_REASON_NUMBERS_DIFFER] = { "numbers differ",
	    "Compare season, episode and ids with those on the other servers, "
	    "and correct the file name or the metadata that is wrong." },
};

static int	by_item(const void *, const void *);
static bool	fast_ids(struct fast_providers *, const struct match_ids *,
		    uint32_t *);
static bool	fast_keys(const struct match_item *, size_t, uint32_t,
		    uint64_t *);
static bool	fast_connected(const uint64_t *, size_t);
static bool	form_fast(struct match_item *, size_t, uint32_t);

const char *
match_reason_name(enum match_reason reason)
{
	return reasons[reason].name;
}

const char *
match_reason_remedy(enum match_reason reason)
{
	return reasons[reason].remedy;
}

static int
by_item(const void *a, const void *b)
{
	const struct match_item *x = a, *y = b;

	return x->item < y->item ? -1 : x->item > y->item;
}

/* False if two values were seen; mask has a bit for each provider there is. */
static bool
fast_ids(struct fast_providers *seen, const struct match_ids *ids,
    uint32_t *mask)
{
	size_t i, k;

	*mask = 0;
	for (i = 0; i < ids->n; i++) {
		for (k = 0; k < seen->n; k++) {
			if (strcmp(seen->ids[k]->provider,
			    ids->ids[i].provider) == 0)
				break;
		}
		if (k == FAST_PROVIDERS)
			return false;
		if (k == seen->n)
			seen->ids[seen->n++] = &ids->ids[i];
		if (strcmp(seen->ids[k]->value, ids->ids[i].value) != 0)
			return false;
		*mask |= UINT32_C(1) << k;
	}
	return true;
}

/*
 * The keys of each item as bits, for where a provider has one value alone;
 * false if anything differs that could keep two items apart.
 */
static bool
fast_keys(const struct match_item *items, size_t n, uint32_t match_by,
    uint64_t *keys)
{
	struct fast_providers own = { .n = 0 }, series = { .n = 0 };
	struct numbers first = { false, 0, 0, 0 }, numbers;
	int64_t shortest = INT64_MAX, longest = 0;
	uint32_t own_mask, series_mask;
	size_t i;

	for (i = 0; i < n; i++) {
		numbers = match_numbers(&items[i]);
		if (items[i].kind != items[0].kind ||
		    items[i].kind == ITEM_SERIES ||
		    match_numbers_differ(&first, &numbers) ||
		    !fast_ids(&own, &items[i].own, &own_mask) ||
		    !fast_ids(&series, &items[i].series, &series_mask))
			return false;
		if (numbers.known)
			first = numbers;
		if (items[i].runtime > 0 && items[i].runtime < shortest)
			shortest = items[i].runtime;
		if (items[i].runtime > longest)
			longest = items[i].runtime;
		keys[i] = match_by & MATCH_PROVIDER_IDS ? own_mask : 0;
		if (match_by & MATCH_SERIES_EPISODE && numbers.known)
			keys[i] |= (uint64_t)series_mask << FAST_PROVIDERS;
	}
	return !match_runtimes_differ(shortest, longest);
}

static bool
fast_connected(const uint64_t *keys, size_t n)
{
	uint64_t reached = keys[0], before;
	size_t i;

	do {
		before = reached;
		for (i = 1; i < n; i++) {
			if (keys[i] & reached)
				reached |= keys[i];
		}
	} while (reached != before);
	for (i = 0; i < n; i++) {
		if ((keys[i] & reached) == 0)
			return false;
	}
	return true;
}

/*
 * True if that was all.  So few items that no server can have too many, with
 * runtimes that are none too different, whichever servers they are on.
 */
static bool
form_fast(struct match_item *items, size_t n, uint32_t match_by)
{
	struct match_key first[MATCH_KEYS_MAX];
	uint64_t keys[MATCH_CARRIERS_MAX];
	size_t i;

	if (n == 1) {
		items[0].group = items[0].item;
		items[0].reason = match_keys(items, match_by, first) == 0 ?
		    MATCH_REASON_NO_IDS : MATCH_REASON_NONE;
		return true;
	}
	if (n > MATCH_CARRIERS_MAX || !fast_keys(items, n, match_by, keys) ||
	    !fast_connected(keys, n))
		return false;
	for (i = 0; i < n; i++) {
		items[i].group = items[0].item;
		items[i].reason = MATCH_REASON_NONE;
	}
	return true;
}

int
match_form(struct match_item *items, size_t n, uint32_t match_by)
{
	if (n == 0)
		return 0;
	qsort(items, n, sizeof(*items), by_item);
	if (form_fast(items, n, match_by))
		return 0;
	return match_form_groups(items, n, match_by);
}
