/*
 * Forming works.  What is connected with an item, by keys or by the work it
 * had, is looked up and formed as one; match_form() says what belongs
 * together, and what was agreed follows the items.
 */
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "plan.h"
#include "works.h"

#define CONNECTED_MAX	4096	/* items looked at together */
#define PERSONS_MAX	1024
#define KNOWN_MAX	64	/* keys, and works, that are remembered */

/* Numbers that were seen before. */
struct known {
	uint64_t	 numbers[KNOWN_MAX];
	size_t		 n;
};

/* Items that are connected with each other, and what becomes of them. */
struct component {
	struct item_row	*rows;
	size_t		 n;
	size_t		 size;
	struct known	 hashes;	/* of keys looked up before */
	struct known	 works;
	const struct identity *identity;	/* of a row not stored yet */
	/* The keys of the first row, and the work that each leads to. */
	uint64_t	 hashes_first[MATCH_KEYS_MAX];
	int64_t		 leads_to[MATCH_KEYS_MAX];
	size_t		 n_keys;
	bool		 titles;
	uint32_t	 match_by;
};

/* The items of one new work: a run of an array sorted by group. */
struct group {
	struct item_row	**members;
	size_t		  n;
	int64_t		  work;		/* the one it goes on as */
	bool		  is_new;
};

static void	make_room(struct component *);
static bool	has_item(const struct component *, int64_t);
static bool	is_known(struct known *, uint64_t);
static void	add_work(struct store *, struct component *, int64_t);
static void	add_neighbours(struct store *, struct component *, size_t);
static void	row_clear(struct item_row *);
static void	component_free(struct component *);
static int	by_group(const void *, const void *);
static int64_t	claim_work(const struct component *, const struct group *);
static bool	is_whole(const struct component *, const struct group *,
		    int64_t);
static int64_t	new_work(struct store *, const struct group *);
static void	add_keys(struct store *, const struct component *,
		    const struct item_row *, int64_t);
static void	place(struct store *, const struct component *,
		    const struct item_row *, int64_t, enum match_reason);
static void	form(struct store *, const struct merge_options *,
		    struct component *);
static void	unite_agreed(struct store *, int64_t, int64_t, bool);
static void	inherit(struct store *, const struct component *,
		    struct group *);
static void	adopt_gone(struct store *, const struct component *,
		    const struct group *);
static void	settle_group(struct store *, const struct merge_options *,
		    const struct component *, struct group *);

static void
make_room(struct component *c)
{
	struct item_row *rows;
	size_t size;

	if (c->n < c->size)
		return;
	size = c->size == 0 ? 4 : 2 * c->size;
	if ((rows = reallocarray(c->rows, size, sizeof(*rows))) == NULL)
		fatal("reallocarray");
	c->rows = rows;
	c->size = size;
}

static bool
has_item(const struct component *c, int64_t item)
{
	size_t i;

	for (i = 0; i < c->n; i++) {
		if (c->rows[i].match.item == item)
			return true;
	}
	return false;
}

/* Has this been followed already?  If so or not, it has been now. */
static bool
is_known(struct known *known, uint64_t number)
{
	size_t i;

	for (i = 0; i < known->n; i++) {
		if (known->numbers[i] == number)
			return true;
	}
	if (known->n < KNOWN_MAX)
		known->numbers[known->n++] = number;
	return false;
}

static void
add_work(struct store *store, struct component *c, int64_t work)
{
	sqlite3_stmt *stmt;
	struct item_row *row;

	if (work == 0 || is_known(&c->works, (uint64_t)work))
		return;
	stmt = store_query_work(store, work);
	while (c->n < CONNECTED_MAX) {
		make_room(c);
		row = &c->rows[c->n];
		if (!store_next_item(store, stmt, c->titles, row))
			return;
		if (has_item(c, row->match.item))
			row_clear(row);
		else
			c->n++;
	}
	db_done(stmt);
}

/* Everything that shares a key or a work with an item. */
static void
add_neighbours(struct store *store, struct component *c, size_t index)
{
	static int64_t works[CONNECTED_MAX];
	static struct match_key keys[MATCH_KEYS_MAX];
	size_t i, k, n, n_keys, carriers_max;

	add_work(store, c, c->rows[index].work);
	if (c->rows[index].gone)
		return;
	/* More of them than this, and it is no key on one server at least. */
	carriers_max = (size_t)store_count_servers(store) *
	    MATCH_CARRIERS_MAX;
	if (carriers_max > CONNECTED_MAX)
		carriers_max = CONNECTED_MAX;
	n_keys = match_keys(&c->rows[index].match, c->match_by, keys);
	if (index == 0)
		c->n_keys = n_keys;
	for (k = 0; k < n_keys; k++) {
		if (index == 0)
			c->hashes_first[k] = keys[k].hash;
		if (is_known(&c->hashes, keys[k].hash))
			continue;
		n = store_works_by_key(store, keys[k].hash, works,
		    carriers_max);
		if (index == 0 && n == 1)
			c->leads_to[k] = works[0];
		for (i = 0; i < n; i++)
			add_work(store, c, works[i]);
	}
}

static void
row_clear(struct item_row *row)
{
	free((void *)(uintptr_t)row->match.title);
	free((void *)(uintptr_t)row->match.series_title);
}

static void
component_free(struct component *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		row_clear(&c->rows[i]);
	free(c->rows);
}

static int
by_group(const void *a, const void *b)
{
	const struct item_row *x = *(const struct item_row *const *)a;
	const struct item_row *y = *(const struct item_row *const *)b;

	if (x->match.group != y->match.group)
		return x->match.group < y->match.group ? -1 : 1;
	if (x->match.item != y->match.item)
		return x->match.item < y->match.item ? -1 : 1;
	return 0;
}

/*
 * The work that a group goes on as: of those its items had, the first that it
 * has a claim to, which is that of the smallest of a work's items.  0: none.
 */
static int64_t
claim_work(const struct component *c, const struct group *group)
{
	const struct item_row *first;
	size_t i, k;

	for (i = 0; i < group->n; i++) {
		if (group->members[i]->work == 0)
			continue;
		first = NULL;
		for (k = 0; k < c->n; k++) {
			if (!c->rows[k].gone &&
			    c->rows[k].work == group->members[i]->work &&
			    (first == NULL ||
			    c->rows[k].match.item < first->match.item))
				first = &c->rows[k];
		}
		if (first != NULL &&
		    first->match.group == group->members[i]->match.group)
			return group->members[i]->work;
	}
	return 0;
}

/*
 * What has never been formed is called after its first item.  The name of one
 * that splits off could be that of a work which its first item once was in:
 * below zero, each is given once.
 */
static int64_t
new_work(struct store *store, const struct group *group)
{
	size_t i;

	for (i = 0; i < group->n; i++) {
		if (group->members[i]->work != 0)
			return -store_advance(store);
	}
	return group->members[0]->match.item;
}

/* All keys of an item lead to its work; of the first row they are known. */
static void
add_keys(struct store *store, const struct component *c,
    const struct item_row *row, int64_t work)
{
	static struct match_key keys[MATCH_KEYS_MAX];
	uint64_t hashes[MATCH_KEYS_MAX];
	size_t i, n = 0, n_keys;

	if (row == &c->rows[0] && !row->gone) {
		for (i = 0; i < c->n_keys; i++) {
			if (c->leads_to[i] != work)
				hashes[n++] = c->hashes_first[i];
		}
	} else {
		n_keys = match_keys(&row->match, c->match_by, keys);
		for (; n < n_keys; n++)
			hashes[n] = keys[n].hash;
	}
	store_add_keys(store, work, hashes, n);
}

static void
place(struct store *store, const struct component *c,
    const struct item_row *row, int64_t work, enum match_reason reason)
{
	if (row->record != NULL)
		store_insert_item(store, c->identity, row, work, reason);
	else
		store_set_work(store, row, work, reason);
	if (row->unformed || row->work != work)
		add_keys(store, c, row, work);
}

/* True if no item of an old work has gone elsewhere. */
static bool
is_whole(const struct component *c, const struct group *group, int64_t work)
{
	size_t i;

	for (i = 0; i < c->n; i++) {
		if (!c->rows[i].gone && c->rows[i].work == work &&
		    c->rows[i].match.group != group->members[0]->match.group)
			return false;
	}
	return true;
}

/* What is agreed for a work becomes agreed for another one too. */
static void
unite_agreed(struct store *store, int64_t from, int64_t to, bool keep)
{
	int64_t persons[PERSONS_MAX];
	struct agreed_row a, b;
	int64_t point;
	size_t i, n;

	n = store_persons_of_work(store, from, persons, PERSONS_MAX);
	for (i = 0; i < n; i++) {
		store_get_agreed(store, persons[i], from, &a);
		store_get_agreed(store, persons[i], to, &b);
		/* No copy of the two has been brought up to this. */
		point = store_advance(store);
		if (b.exists) {
			merge_union(&b.agreed, &a.agreed);
			b.united.play = b.united.favorite = point;
		} else
			b = a;
		b.agreed.versions.play = b.agreed.versions.favorite = point;
		store_put_agreed(store, persons[i], to, &b);
		if (!keep)
			store_drop_agreed(store, persons[i], from);
	}
}

/*
 * Two works that become one: what was agreed for them, as in a first contact.
 * One that splits: each part keeps what was agreed.  Items that leave one work
 * for another which goes on: first contact for these.
 */
static void
inherit(struct store *store, const struct component *c, struct group *group)
{
	struct item_row *row;
	size_t i, k;
	bool seen;

	for (i = 0; i < group->n; i++) {
		row = group->members[i];
		if (row->work == 0 || row->work == group->work)
			continue;
		for (seen = false, k = 0; k < i && !seen; k++)
			seen = group->members[k]->work == row->work;
		if (is_whole(c, group, row->work)) {
			if (!seen)
				unite_agreed(store, row->work, group->work,
				    false);
		} else if (group->is_new) {
			if (!seen)
				unite_agreed(store, row->work, group->work,
				    true);
		} else {
			store_forget_item(store, row->match.item);
		}
	}
}

/*
 * What was agreed for an item that has gone outlives it: a file that was
 * replaced or renamed is a new item, of the same work.
 */
static void
adopt_gone(struct store *store, const struct component *c,
    const struct group *group)
{
	struct match_item pair[2];
	struct item_row *gone;
	size_t i, k;

	for (i = 0; i < c->n; i++) {
		gone = &c->rows[i];
		if (!gone->gone || gone->work == 0 ||
		    gone->work == group->work)
			continue;
		for (k = 0; k < c->n; k++) {
			if (!c->rows[k].gone && c->rows[k].work == gone->work)
				break;
		}
		if (k < c->n)
			continue;	/* that work goes on without it */
		for (k = 0; k < group->n; k++) {
			pair[0] = gone->match;
			pair[0].server = -1;
			pair[1] = group->members[k]->match;
			if (match_form(pair, 2, c->match_by) == -1)
				fatal("match_form");
			if (pair[0].group == pair[1].group)
				break;
		}
		if (k == group->n)
			continue;
		unite_agreed(store, gone->work, group->work, false);
		place(store, c, gone, group->work, MATCH_REASON_NONE);
		gone->work = 0;		/* for the groups after this one */
	}
}

static void
settle_group(struct store *store, const struct merge_options *options,
    const struct component *c, struct group *group)
{
	int64_t persons[PERSONS_MAX];
	const struct item_row *row;
	size_t i, k, n;
	int64_t servers = 0;
	bool seen;

	adopt_gone(store, c, group);
	for (i = 0; i < group->n; i++) {
		for (seen = false, k = 0; k < i && !seen; k++)
			seen = group->members[k]->match.server ==
			    group->members[i]->match.server;
		servers += !seen;
	}
	if (servers > 1 || !group->is_new)
		store_set_matched(store, group->work, servers > 1);
	for (i = 0; i < group->n; i++) {
		row = group->members[i];
		if (row->unformed || row->work != group->work ||
		    row->reason != row->match.reason)
			place(store, c, row, group->work, row->match.reason);
	}
	n = store_persons_of_work(store, group->work, persons, PERSONS_MAX);
	for (i = 0; i < n; i++)
		plan_work(store, options, persons[i], group->work);
}

/* The items that are there, matched; sorted by what they now belong to. */
static struct item_row **
match_component(struct component *c, size_t *n_live)
{
	struct item_row **live;
	struct match_item *items;
	size_t i, k, n;

	if ((live = reallocarray(NULL, c->n, sizeof(*live))) == NULL ||
	    (items = reallocarray(NULL, c->n, sizeof(*items))) == NULL)
		fatal("reallocarray");
	for (n = 0, i = 0; i < c->n; i++) {
		if (c->rows[i].gone)
			continue;
		live[n] = &c->rows[i];
		items[n++] = c->rows[i].match;
	}
	if (match_form(items, n, c->match_by) == -1)
		fatal("match_form");
	for (i = 0; i < n; i++) {
		for (k = 0; k < n; k++) {
			if (live[k]->match.item != items[i].item)
				continue;
			live[k]->match.group = items[i].group;
			live[k]->match.reason = items[i].reason;
			break;
		}
	}
	free(items);
	qsort(live, n, sizeof(struct item_row *), by_group);
	*n_live = n;
	return live;
}

/* Forms what is connected with the first row. */
static void
form(struct store *store, const struct merge_options *options,
    struct component *c)
{
	struct item_row **live;
	struct group *groups;
	size_t i, k, n, n_groups = 0;

	for (i = 0; i < c->n; i++)
		add_neighbours(store, c, i);
	if (c->n == 1 && c->rows[0].record != NULL) {
		/* Like most: new, and there is nothing that is like it. */
		place(store, c, c->rows, c->rows[0].match.item,
		    c->n_keys == 0 ? MATCH_REASON_NO_IDS : MATCH_REASON_NONE);
		return;
	}
	live = match_component(c, &n);
	if ((groups = calloc(n + 1, sizeof(*groups))) == NULL)
		fatal("calloc");
	for (i = 0; i < n; i = k) {
		for (k = i + 1; k < n &&
		    live[k]->match.group == live[i]->match.group; k++)
			;
		groups[n_groups].members = &live[i];
		groups[n_groups].n = k - i;
		groups[n_groups].work =
		    claim_work(c, &groups[n_groups]);
		if (groups[n_groups].work == 0) {
			groups[n_groups].work =
			    new_work(store, &groups[n_groups]);
			groups[n_groups].is_new = true;
		}
		n_groups++;
	}
	/* Those that split off first, before a work is united with another. */
	for (i = 0; i < n_groups; i++) {
		if (groups[i].is_new)
			inherit(store, c, &groups[i]);
	}
	for (i = 0; i < n_groups; i++) {
		if (!groups[i].is_new)
			inherit(store, c, &groups[i]);
	}
	for (i = 0; i < n_groups; i++)
		settle_group(store, options, c, &groups[i]);
	free(groups);
	free(live);
}

void
works_add(struct store *store, const struct merge_options *options,
    uint32_t match_by, struct identity *identity,
    const struct item_record *record)
{
	struct component c = {
		.titles = (match_by & MATCH_TITLE) != 0, .match_by = match_by,
		.identity = identity
	};

	make_room(&c);
	if (store_identity_item(store, identity, record, c.titles,
	    &c.rows[0])) {
		c.n = 1;
		form(store, options, &c);
	}
	component_free(&c);
}

void
works_form(struct store *store, const struct merge_options *options,
    uint32_t match_by, int64_t item)
{
	struct component c = {
		.titles = (match_by & MATCH_TITLE) != 0, .match_by = match_by
	};

	store_touch(store);
	make_room(&c);
	c.n = store_get_item(store, item, c.titles, &c.rows[0]);
	/* Or it was formed meanwhile, with another one. */
	if (c.n > 0 && c.rows[0].unformed)
		form(store, options, &c);
	component_free(&c);
}
