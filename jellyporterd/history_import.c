/*
 * Import: which work a line is about, by the same keys and the same rules as
 * everything else, and what then becomes of what its person has agreed.
 */
#include <stdlib.h>
#include <string.h>

#include "history.h"
#include "log.h"
#include "plan.h"

#define CANDIDATES_MAX	512		/* items; a line with more: ambiguous */
#define HASHES_MAX	64		/* of keys, remembered */
#define LINE_ITEM	INT64_MAX	/* as an item; after all others */
#define LINE_SERVER	(-1)		/* a server of its own */

static const char not_here[] = "no such item on any server";

struct history_import {
	struct store			*store;
	const struct merge_options	*options;
	uint32_t			 match_by;
	bool				 replace;
	struct item_row			*rows;	/* candidates for a line */
	size_t				 n;
	size_t				 size;
	struct match_item		*items;	/* of those, and of the line */
	uint64_t			 hashes[HASHES_MAX];	/* followed */
	size_t				 n_hashes;
};

static void	row_clear(struct item_row *);
static void	forget(struct history_import *);
static void	make_room(struct history_import *);
static void	add_candidate(struct history_import *, int64_t);
static bool	is_known(struct history_import *, uint64_t);
static void	follow(struct history_import *, const struct match_key *,
		    size_t);
static void	collect(struct history_import *, const struct match_key *,
		    size_t);
static void	describe(const struct message_history *, struct match_item *);
static const struct item_row *row_of(const struct history_import *, int64_t);
static int64_t	find_live(struct history_import *, const struct match_item *,
		    const char **);
static bool	is_shared(const struct history_import *,
		    const struct match_item *);
static bool	has_live(const struct history_import *, int64_t);
static int64_t	find_gone(struct history_import *, const struct match_item *,
		    const char **);
static int64_t	find_work(struct history_import *,
		    const struct message_history *, const char **);
static int64_t	find_person(struct store *, const char *);
static enum history_outcome agree(struct history_import *, int64_t, int64_t,
		    const struct message_history *);

struct history_import *
history_import_begin(struct store *store, const struct merge_options *options,
    uint32_t match_by, bool replace)
{
	struct history_import *import;

	if ((import = calloc(1, sizeof(*import))) == NULL)
		fatal("calloc");
	import->store = store;
	import->options = options;
	import->match_by = match_by;
	import->replace = replace;
	return import;
}

void
history_import_end(struct history_import *import)
{
	if (import == NULL)
		return;
	forget(import);
	free(import->rows);
	free(import->items);
	free(import);
}

static void
row_clear(struct item_row *row)
{
	free((void *)(uintptr_t)row->match.title);
	free((void *)(uintptr_t)row->match.series_title);
}

/* The candidates of the line before. */
static void
forget(struct history_import *import)
{
	while (import->n > 0)
		row_clear(&import->rows[--import->n]);
	import->n_hashes = 0;
}

static void
make_room(struct history_import *import)
{
	size_t size = import->size == 0 ? 16 : 2 * import->size;

	if (import->n < import->size)
		return;
	import->rows = reallocarray(import->rows, size,
	    sizeof(*import->rows));
	/* One more for the line itself. */
	import->items = reallocarray(import->items, size + 1,
	    sizeof(*import->items));
	if (import->rows == NULL || import->items == NULL)
		fatal("reallocarray");
	import->size = size;
}

static void
add_candidate(struct history_import *import, int64_t item)
{
	struct item_row *row;

	if (row_of(import, item) != NULL || import->n == CANDIDATES_MAX)
		return;
	make_room(import);
	row = &import->rows[import->n];
	if (!store_get_item(import->store, item,
	    (import->match_by & MATCH_TITLE) != 0, row))
		return;
	/* Where no work is formed yet, nothing can be agreed. */
	if (row->work == 0)
		row_clear(row);
	else
		import->n++;
}

/* Has this key been followed already?  If so or not, it has been now. */
static bool
is_known(struct history_import *import, uint64_t hash)
{
	size_t i;

	for (i = 0; i < import->n_hashes; i++) {
		if (import->hashes[i] == hash)
			return true;
	}
	if (import->n_hashes < HASHES_MAX)
		import->hashes[import->n_hashes++] = hash;
	return false;
}

/* The items that share a key. */
static void
follow(struct history_import *import, const struct match_key *keys,
    size_t n_keys)
{
	int64_t items[CANDIDATES_MAX];
	size_t i, k, n, max;

	/* More of them than this, and it is no key on one server at least. */
	max = (size_t)store_count_servers(import->store) * MATCH_CARRIERS_MAX;
	if (max > CANDIDATES_MAX)
		max = CANDIDATES_MAX;
	for (k = 0; k < n_keys; k++) {
		if (is_known(import, keys[k].hash))
			continue;
		n = store_items_by_key(import->store, keys[k].hash, items,
		    max);
		for (i = 0; i < n; i++)
			add_candidate(import, items[i]);
	}
}

/*
 * Everything that is connected with the line, by keys or by the work it is of
 * (works.c): what is ambiguous there has to be here.
 */
static void
collect(struct history_import *import, const struct match_key *line_keys,
    size_t n_line_keys)
{
	struct match_key keys[MATCH_KEYS_MAX];
	int64_t items[CANDIDATES_MAX];
	size_t i, k, n;

	forget(import);
	follow(import, line_keys, n_line_keys);
	for (k = 0; k < import->n; k++) {
		if (!import->rows[k].gone) {
			n = match_keys(&import->rows[k].match,
			    import->match_by, keys);
			follow(import, keys, n);
		}
		for (i = 0; i < k; i++) {
			if (import->rows[i].work == import->rows[k].work)
				break;
		}
		if (i < k)
			continue;	/* that work has been looked at */
		n = store_items_by_work(import->store, import->rows[k].work,
		    items, CANDIDATES_MAX);
		for (i = 0; i < n; i++)
			add_candidate(import, items[i]);
	}
}

/* The line as an item, of a server that has nothing else. */
static void
describe(const struct message_history *line, struct match_item *item)
{
	memset(item, 0, sizeof(*item));
	item->item = LINE_ITEM;
	item->server = LINE_SERVER;
	item->kind = line->kind;
	item->season = line->season;
	item->episode = line->episode;
	item->episode_end = line->episode_end;
	item->year = line->year;
	item->runtime = line->runtime;
	item->title = line->title;
	item->series_title = line->series_title;
	match_normalise(line->ids, line->n_ids, &item->own);
	match_normalise(line->series_ids, line->n_series_ids, &item->series);
}

static const struct item_row *
row_of(const struct history_import *import, int64_t item)
{
	size_t i;

	for (i = 0; i < import->n; i++) {
		if (import->rows[i].match.item == item)
			return &import->rows[i];
	}
	return NULL;
}

/*
 * The work of the items that are there and match the line.  0 and a reason if
 * nobody can say which it is; 0 and NULL if there is none.
 */
static int64_t
find_live(struct history_import *import, const struct match_item *line,
    const char **reason)
{
	struct match_item *items = import->items;
	const struct item_row *row;
	int64_t work = 0;
	size_t i, n = 0;

	for (i = 0; i < import->n; i++) {
		if (!import->rows[i].gone)
			items[n++] = import->rows[i].match;
	}
	*reason = NULL;
	if (n == 0)
		return 0;
	if (import->n == CANDIDATES_MAX) {
		/* Nor can anybody tell what has not been looked at. */
		*reason = match_reason_name(MATCH_REASON_AMBIGUOUS);
		return 0;
	}
	items[n++] = *line;
	if (match_form(items, n, import->match_by) == -1)
		fatal("match_form");
	line = &items[n - 1];		/* sorted: it is the last */
	for (i = 0; i < n - 1; i++) {
		if (items[i].group != line->group)
			continue;
		row = row_of(import, items[i].item);
		if (work != 0 && row->work != work) {
			*reason = match_reason_name(MATCH_REASON_AMBIGUOUS);
			return 0;
		}
		work = row->work;
	}
	if (work == 0 && line->reason != MATCH_REASON_NONE)
		*reason = match_reason_name(line->reason);
	else if (work == 0 && is_shared(import, line))
		*reason = match_reason_name(MATCH_REASON_AMBIGUOUS);
	return work;
}

/* Has an item that is there a key of the line, ambiguous as it may be? */
static bool
is_shared(const struct history_import *import, const struct match_item *line)
{
	struct match_key keys[MATCH_KEYS_MAX], other[MATCH_KEYS_MAX];
	size_t i, k, m, n, n_other;

	n = match_keys(line, import->match_by, keys);
	for (i = 0; i < import->n; i++) {
		if (import->rows[i].gone)
			continue;
		n_other = match_keys(&import->rows[i].match, import->match_by,
		    other);
		for (k = 0; k < n; k++) {
			for (m = 0; m < n_other; m++) {
				if (keys[k].hash == other[m].hash)
					return true;
			}
		}
	}
	return false;
}

static bool
has_live(const struct history_import *import, int64_t work)
{
	size_t i;

	for (i = 0; i < import->n; i++) {
		if (import->rows[i].work == work && !import->rows[i].gone)
			return true;
	}
	return false;
}

/*
 * A work of which no item is left: what is agreed for it waits for one that
 * comes back, or for a new one of the same work (works.c).
 */
static int64_t
find_gone(struct history_import *import, const struct match_item *line,
    const char **reason)
{
	struct match_item pair[2];
	int64_t work = 0;
	size_t i;

	*reason = not_here;
	for (i = 0; i < import->n; i++) {
		if (has_live(import, import->rows[i].work))
			continue;
		pair[0] = import->rows[i].match;
		pair[1] = *line;
		if (match_form(pair, 2, import->match_by) == -1)
			fatal("match_form");
		if (pair[0].group != pair[1].group)
			continue;
		if (work != 0 && import->rows[i].work != work) {
			*reason = match_reason_name(MATCH_REASON_AMBIGUOUS);
			return 0;
		}
		work = import->rows[i].work;
	}
	return work;
}

static int64_t
find_work(struct history_import *import, const struct message_history *line,
    const char **reason)
{
	struct match_key keys[MATCH_KEYS_MAX];
	struct match_item item;
	size_t n_keys;
	int64_t work;

	describe(line, &item);
	n_keys = match_keys(&item, import->match_by, keys);
	if (n_keys == 0) {
		*reason = match_reason_name(MATCH_REASON_NO_IDS);
		return 0;
	}
	collect(import, keys, n_keys);
	work = find_live(import, &item, reason);
	if (work == 0 && *reason == NULL)
		work = find_gone(import, &item, reason);
	return work;
}

/* 0 if nobody in the configuration has that name. */
static int64_t
find_person(struct store *store, const char *name)
{
	return db_number(store_db(store), 0, "SELECT p.id FROM person AS p"
	    " WHERE p.name = ? AND EXISTS (SELECT 1 FROM endpoint AS e"
	    " WHERE e.person = p.id AND e.configured)", "t", name);
}

/* What is imported, and what that makes of what is agreed. */
static enum history_outcome
agree(struct history_import *import, int64_t person, int64_t work,
    const struct message_history *line)
{
	static const struct userdata untouched;
	const struct agreed imported = { .userdata = line->userdata,
	    .runtime = line->position_runtime };
	struct agreed_row row, before;
	bool play, favorite;
	int64_t point;

	store_get_agreed(import->store, person, work, &row);
	before = row;
	if (import->replace) {
		row.agreed.userdata = imported.userdata;
		row.agreed.runtime = imported.runtime;
	} else if (row.exists ||
	    !userdata_equal(&imported.userdata, &untouched))
		merge_union(&row.agreed, &imported);
	else
		return HISTORY_UNCHANGED;	/* nobody ever touched it */
	play = !before.exists || row.agreed.runtime != before.agreed.runtime ||
	    !userdata_play_equal(&row.agreed.userdata,
	    &before.agreed.userdata);
	favorite = !before.exists || row.agreed.userdata.favorite !=
	    before.agreed.userdata.favorite;
	if (!play && !favorite)
		return HISTORY_UNCHANGED;
	/* No copy has been brought up to this. */
	point = store_advance(import->store);
	row.exists = true;
	if (play) {
		row.agreed.versions.play = point;
		row.play_from = FROM_IMPORT;
	}
	if (favorite) {
		row.agreed.versions.favorite = point;
		row.favorite_from = FROM_IMPORT;
	}
	store_put_agreed(import->store, person, work, &row);
	plan_work(import->store, import->options, person, work);
	return HISTORY_CHANGED;
}

int
history_import(struct history_import *import,
    const struct message_history *line, enum history_outcome *outcome,
    const char **reason)
{
	int64_t person, work;

	*reason = NULL;
	if ((person = find_person(import->store, line->person)) == 0)
		return -1;
	if ((work = find_work(import, line, reason)) == 0)
		*outcome = HISTORY_UNMATCHED;
	else
		*outcome = agree(import, person, work, line);
	return 0;
}
