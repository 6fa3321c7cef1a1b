/*
 * Matching: random sets of items against the rules of sync-model.md written
 * down item by item, without any short cut; and crowds, against the clock.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "match_internal.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))
#define SECOND		INT64_C(10000000)	/* ticks */
#define MINUTE		(60 * SECOND)
#define ITEMS_MAX	20		/* one more than a server may have, */
#define ITEMS_FEW	7		/* but that is seldom */
#define RANDOM_SETS	30000
#define CROWD		2000		/* items that share a key */
#define CROWD_SERVERS	200
#define CROWD_SECONDS	1.0

/* The rules again. */
struct model {
	const struct match_item	*items;
	size_t			 n;
	size_t			 n_keys[ITEMS_MAX];
	struct match_key	 keys[ITEMS_MAX][MATCH_KEYS_MAX];
	bool			 dropped[ITEMS_MAX][MATCH_KEYS_MAX];
	struct match_ids	 believed[ITEMS_MAX];
	size_t			 group[ITEMS_MAX];
	bool			 ambiguous[ITEMS_MAX];
	bool			 differs[ITEMS_MAX];
	bool			 disagrees[ITEMS_MAX];
	bool			 fits[ITEMS_MAX][ITEMS_MAX];
};

/* A key of the model's, and the class of its first word. */
struct model_key {
	const char	*text;
	size_t		 rank;
};

static uint64_t	 seed = 20260301;
static size_t	 seen[MATCH_REASON_COUNT];

static size_t	 pick(size_t);
static void	 shuffle(struct match_item *, size_t);
static bool	 numbers_known(const struct match_item *);
static bool	 same_numbers(const struct match_item *,
		    const struct match_item *);
static bool	 far_apart(int64_t, int64_t);
static bool	 ids_disagree(const struct match_ids *,
		    const struct match_ids *);
static size_t	 find_key(const struct model *, size_t, const char *);
static void	 drop_ambiguous(struct model *, size_t, size_t);
static bool	 compatible(const struct model *, size_t, size_t, size_t);
static bool	 groups_compatible(const struct model *, size_t, size_t,
		    size_t);
static size_t	 rank_of(const char *);
static int	 by_rank(const void *, const void *);
static bool	 differ_in_numbers(const struct model *, size_t, size_t);
static void	 find_fits(struct model *, const struct model_key *);
static bool	 fits_two(const struct model *, size_t);
static void	 model_join(struct model *, const struct model_key *);
static void	 model_form(struct model *, const struct match_item *, size_t,
		    uint32_t);
static int64_t	 model_group(const struct model *, size_t);
static enum match_reason model_reason(const struct model *, size_t);
static void	 random_ids(struct match_ids *, size_t);
static void	 random_item(struct match_item *, int64_t, enum item_kind,
		    size_t);
static bool	 same_result(const struct match_item *,
		    const struct match_item *, size_t);
static struct match_item *crowd_new(void);
static void	 add_id(struct match_item *, const char *, size_t);
static void	 form_crowd(struct match_item *);

static size_t
pick(size_t n)
{
	seed = seed * UINT64_C(6364136223846793005) +
	    UINT64_C(1442695040888963407);
	return (size_t)(seed >> 33) % n;
}

static void
shuffle(struct match_item *items, size_t n)
{
	struct match_item item;
	size_t i, k;

	for (i = n; i > 1; i--) {
		k = pick(i);
		item = items[i - 1];
		items[i - 1] = items[k];
		items[k] = item;
	}
}

/* The model */

static bool
numbers_known(const struct match_item *item)
{
	return item->kind == ITEM_EPISODE && item->season >= 0 &&
	    item->episode >= 0;
}

/* Or one of them is not known. */
static bool
same_numbers(const struct match_item *a, const struct match_item *b)
{
	int32_t a_end = a->episode_end >= 0 ? a->episode_end : a->episode;
	int32_t b_end = b->episode_end >= 0 ? b->episode_end : b->episode;

	return !numbers_known(a) || !numbers_known(b) ||
	    (a->season == b->season && a->episode == b->episode &&
	    a_end == b_end);
}

static bool
far_apart(int64_t a, int64_t b)
{
	int64_t apart = llabs(a - b), longer = a > b ? a : b;

	return a > 0 && b > 0 && 100 * apart > 25 * longer &&
	    apart > 60 * SECOND;
}

static bool
ids_disagree(const struct match_ids *a, const struct match_ids *b)
{
	size_t i, k;

	for (i = 0; i < a->n; i++) {
		for (k = 0; k < b->n; k++) {
			if (strcmp(a->ids[i].provider, b->ids[k].provider) ==
			    0 && strcmp(a->ids[i].value, b->ids[k].value) != 0)
				return true;
		}
	}
	return false;
}

static size_t
find_key(const struct model *m, size_t item, const char *text)
{
	size_t k;

	for (k = 0; k < m->n_keys[item]; k++) {
		if (strcmp(m->keys[item][k].text, text) == 0)
			return k;
	}
	return SIZE_MAX;
}

/* One key on one server, that of an item. */
static void
drop_ambiguous(struct model *m, size_t item, size_t key)
{
	const struct match_item *a, *b;
	const char *text = m->keys[item][key].text;
	size_t carriers[ITEMS_MAX], i, k, n = 0;
	struct match_ids *ids;
	char id[MATCH_KEY_SIZE];
	bool bad;

	for (i = 0; i < m->n; i++) {
		if (m->items[i].server == m->items[item].server &&
		    find_key(m, i, text) != SIZE_MAX)
			carriers[n++] = i;
	}
	bad = n > MATCH_CARRIERS_MAX;
	for (i = 0; i < n; i++) {
		for (k = 0; k < i; k++) {
			a = &m->items[carriers[i]];
			b = &m->items[carriers[k]];
			if (!same_numbers(a, b) ||
			    far_apart(a->runtime, b->runtime))
				bad = true;
		}
	}
	if (!bad)
		return;
	m->dropped[item][key] = true;
	m->ambiguous[item] = true;
	ids = &m->believed[item];
	for (i = 0; i < ids->n; i++) {
		(void)snprintf(id, sizeof(id), "%s %s %s",
		    m->items[item].kind == ITEM_MOVIE ? "movie" : "episode",
		    ids->ids[i].provider, ids->ids[i].value);
		if (strcmp(id, text) == 0)
			break;
	}
	if (i < ids->n)
		ids->ids[i] = ids->ids[--ids->n];
}

static bool
compatible(const struct model *m, size_t rank, size_t i, size_t k)
{
	const struct match_item *a = &m->items[i], *b = &m->items[k];
	int64_t longer = a->runtime > b->runtime ? a->runtime : b->runtime;

	if (a->kind != b->kind || !same_numbers(a, b) ||
	    ids_disagree(&m->believed[i], &m->believed[k]))
		return false;
	if (rank >= 4 && rank < 8 && ids_disagree(&a->series, &b->series))
		return false;
	return rank < 8 || (a->runtime > 0 && b->runtime > 0 &&
	    100 * llabs(a->runtime - b->runtime) <= longer &&
	    (m->believed[i].n == 0 || m->believed[k].n == 0));
}

static bool
groups_compatible(const struct model *m, size_t rank, size_t a, size_t b)
{
	size_t i, k;

	for (i = 0; i < m->n; i++) {
		for (k = 0; k < m->n; k++) {
			if (m->group[i] == a && m->group[k] == b && i != k &&
			    a != b && !compatible(m, rank, i, k))
				return false;
		}
	}
	return true;
}

static size_t
rank_of(const char *text)
{
	static const char *const providers[] = { "imdb", "tmdb", "tvdb" };
	size_t i, rank = strncmp(text, "number ", 7) == 0 ? 4 : 0;

	if (strncmp(text, "title ", 6) == 0)
		return 8;
	text = strchr(text, ' ') + 1;
	for (i = 0; i < COUNT(providers); i++) {
		if (strncmp(text, providers[i], 4) == 0 && text[4] == ' ')
			break;
	}
	return rank + i;
}

static int
by_rank(const void *a, const void *b)
{
	const struct model_key *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return strcmp(x->text, y->text);
}

static bool
differ_in_numbers(const struct model *m, size_t a, size_t b)
{
	size_t i, k;

	for (i = 0; i < m->n; i++) {
		for (k = 0; k < m->n; k++) {
			if (m->group[i] == a && m->group[k] == b &&
			    !same_numbers(&m->items[i], &m->items[k]))
				return true;
		}
	}
	return false;
}

/* Which carriers are of groups that fit; and what the others met. */
static void
find_fits(struct model *m, const struct model_key *key)
{
	bool carries[ITEMS_MAX];
	size_t i, k;

	for (i = 0; i < m->n; i++) {
		k = find_key(m, i, key->text);
		carries[i] = k != SIZE_MAX && !m->dropped[i][k];
	}
	for (i = 0; i < m->n; i++) {
		for (k = 0; k < m->n; k++) {
			m->fits[i][k] = false;
			if (!carries[i] || !carries[k])
				continue;
			m->fits[i][k] = groups_compatible(m, key->rank,
			    m->group[i], m->group[k]);
			if (m->fits[i][k] ||
			    m->items[i].kind != m->items[k].kind)
				continue;
			if (key->rank < 4 && differ_in_numbers(m,
			    m->group[i], m->group[k]))
				m->differs[i] = true;
			else
				m->disagrees[i] = true;
		}
	}
}

static bool
fits_two(const struct model *m, size_t i)
{
	size_t j, k;

	for (j = 0; j < m->n; j++) {
		for (k = 0; k < m->n; k++) {
			if (m->fits[i][j] && m->fits[i][k] && !m->fits[j][k])
				return true;
		}
	}
	return false;
}

static void
model_join(struct model *m, const struct model_key *key)
{
	bool two[ITEMS_MAX];
	size_t i, j, k, group;

	find_fits(m, key);
	for (i = 0; i < m->n; i++) {
		two[i] = fits_two(m, i);
		if (two[i])
			m->ambiguous[i] = true;
	}
	for (i = 0; i < m->n; i++) {
		for (k = 0; k < m->n; k++) {
			if (!m->fits[i][k] || two[i] || two[k])
				continue;
			group = m->group[i];
			for (j = 0; j < m->n; j++) {
				if (m->group[j] == group)
					m->group[j] = m->group[k];
			}
		}
	}
}

static void
model_form(struct model *m, const struct match_item *items, size_t n,
    uint32_t match_by)
{
	struct model_key keys[ITEMS_MAX * MATCH_KEYS_MAX];
	size_t i, k, n_keys = 0;

	memset(m, 0, sizeof(*m));
	m->items = items;
	m->n = n;
	for (i = 0; i < n; i++) {
		m->group[i] = i;
		m->believed[i] = items[i].own;
		m->n_keys[i] = match_keys(&items[i], match_by, m->keys[i]);
	}
	for (i = 0; i < n; i++) {
		for (k = 0; k < m->n_keys[i]; k++) {
			drop_ambiguous(m, i, k);
			keys[n_keys].text = m->keys[i][k].text;
			keys[n_keys].rank = rank_of(keys[n_keys].text);
			n_keys++;
		}
	}
	qsort(keys, n_keys, sizeof(keys[0]), by_rank);
	for (i = 0; i < n_keys; i++) {
		if (i == 0 || strcmp(keys[i].text, keys[i - 1].text) != 0)
			model_join(m, &keys[i]);
	}
}

static int64_t
model_group(const struct model *m, size_t item)
{
	int64_t smallest = INT64_MAX;
	size_t i;

	for (i = 0; i < m->n; i++) {
		if (m->group[i] == m->group[item] &&
		    m->items[i].item < smallest)
			smallest = m->items[i].item;
	}
	return smallest;
}

static enum match_reason
model_reason(const struct model *m, size_t item)
{
	size_t i;

	for (i = 0; i < m->n; i++) {
		if (m->group[i] == m->group[item] &&
		    m->items[i].server != m->items[item].server)
			return MATCH_REASON_NONE;
	}
	if (m->n_keys[item] == 0)
		return MATCH_REASON_NO_IDS;
	if (m->ambiguous[item])
		return MATCH_REASON_AMBIGUOUS;
	if (m->differs[item])
		return MATCH_REASON_NUMBERS_DIFFER;
	return m->disagrees[item] ? MATCH_REASON_IDS_DISAGREE :
	    MATCH_REASON_NONE;
}

/* Random sets: few values, so that much is shared and much disagrees. */

static void
random_ids(struct match_ids *ids, size_t rich)
{
	static const char *const names[] = { "Imdb", "Tmdb", "Tvdb", "anidb" };
	static const char *const values[][3] = {
		{ "tt0000001", "tt0000002", "tt0000003" },
		{ "1", "2", "3" }, { "1", "2", "3" }, { "a", "b", "c" }
	};
	struct provider_id providers[COUNT(names)];
	size_t i, n = 0;

	memset(providers, 0, sizeof(providers));
	for (i = 0; i < COUNT(names); i++) {
		if (pick(10) >= rich)
			continue;
		strlcpy(providers[n].name, names[i], PROVIDER_NAME_SIZE);
		strlcpy(providers[n].value, values[i][pick(10) < 6 ? 0 :
		    pick(3)], PROVIDER_VALUE_SIZE);
		n++;
	}
	match_normalise(providers, n, ids);
}

static void
random_item(struct match_item *item, int64_t id, enum item_kind kind,
    size_t rich)
{
	static const int64_t runtimes[] = {
		0, 90 * MINUTE, 90 * MINUTE, 90 * MINUTE + 50 * SECOND,
		91 * MINUTE, 120 * MINUTE, 121 * MINUTE, 45 * MINUTE
	};
	static const char *const titles[] = { "A Film", "a film!", "Other" };

	memset(item, 0, sizeof(*item));
	item->item = id;
	item->server = (int64_t)pick(4);
	item->kind = pick(30) == 0 ? ITEM_EPISODE : kind;
	item->season = (int32_t)(pick(8) == 0 ? pick(3) : 2) - 1;
	item->episode = (int32_t)(pick(4) == 0 ? pick(3) : 2) - 1;
	item->episode_end = item->episode + (pick(8) == 0);
	item->year = pick(10) == 0 ? 0 : 2000;
	item->runtime = runtimes[pick(COUNT(runtimes))];
	item->title = item->series_title = titles[pick(COUNT(titles))];
	random_ids(&item->own, rich);
	if (item->kind == ITEM_EPISODE)
		random_ids(&item->series, rich);
}

static bool
same_result(const struct match_item *a, const struct match_item *b, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (a[i].item != b[i].item || a[i].group != b[i].group ||
		    a[i].reason != b[i].reason)
			return false;
	}
	return true;
}

/*
 * The same groups and reasons from the model, from any order of the items,
 * and without the short cut.
 */
static void
test_random(void **state)
{
	static struct match_item items[ITEMS_MAX], others[ITEMS_MAX];
	static struct model model;
	uint32_t match_by;
	size_t i, n, rich, set;
	enum item_kind kind;

	(void)state;
	for (set = 0; set < RANDOM_SETS; set++) {
		n = 1 + pick(set % 100 == 0 ? ITEMS_MAX : ITEMS_FEW);
		rich = 2 + pick(7);
		kind = pick(2) == 0 ? ITEM_MOVIE : ITEM_EPISODE;
		match_by = (uint32_t)pick(MATCH_ALL) + 1;
		for (i = 0; i < n; i++)
			random_item(&items[i], (int64_t)i + 10, kind, rich);
		if (set % 200 == 0)
			for (i = 0; i < n; i++)
				items[i].server = 1 + pick(10) / 9;
		model_form(&model, items, n, match_by);
		for (i = 0; i < n; i++) {
			others[i] = items[i];
			others[i].group = model_group(&model, i);
			others[i].reason = model_reason(&model, i);
			seen[others[i].reason]++;
		}
		shuffle(items, n);
		assert_int_equal(match_form(items, n, match_by), 0);
		if (!same_result(items, others, n))
			fail_msg("set %zu is not as the model has it", set);
		assert_int_equal(match_form_groups(others, n, match_by), 0);
		if (!same_result(items, others, n))
			fail_msg("set %zu is not the same by groups", set);
	}
	for (i = 0; i < MATCH_REASON_COUNT; i++)
		assert_true(seen[i] > RANDOM_SETS / 100);
}

/* Crowds: items that all share a key, ten on each of 200 servers. */

static void
add_id(struct match_item *item, const char *provider, size_t value)
{
	struct match_id *id = &item->own.ids[item->own.n++];

	strlcpy(id->provider, provider, sizeof(id->provider));
	(void)snprintf(id->value, sizeof(id->value), "%zu", value);
}

static struct match_item *
crowd_new(void)
{
	struct match_item *items;
	size_t i;

	items = calloc(CROWD, sizeof(*items));
	assert_non_null(items);
	for (i = 0; i < CROWD; i++) {
		items[i].item = (int64_t)(CROWD - i);
		items[i].server = (int64_t)(i % CROWD_SERVERS);
		items[i].kind = ITEM_MOVIE;
		items[i].runtime = 90 * MINUTE;
		add_id(&items[i], "tmdb", 1);
	}
	return items;
}

/*
 * Within a second of processor time; valgrind, for which regress/valgrind.sh
 * sets TEST_NO_RLIMIT, takes twenty times as long as it should.
 */
static void
form_crowd(struct match_item *items)
{
	clock_t began = clock();
	double seconds;

	assert_int_equal(match_form(items, CROWD, MATCH_ALL), 0);
	seconds = (double)(clock() - began) / CLOCKS_PER_SEC;
	if (getenv("TEST_NO_RLIMIT") == NULL && seconds > CROWD_SECONDS)
		fail_msg("%.3f s", seconds);
}

static void
test_crowd_of_one_work(void **state)
{
	struct match_item *items = crowd_new();
	size_t i;

	(void)state;
	form_crowd(items);
	for (i = 0; i < CROWD; i++)
		assert_int_equal(items[i].group, 1);
	free(items);
}

/* Each has an id of its own that vetoes all the others. */
static void
test_crowd_of_strangers(void **state)
{
	struct match_item *items = crowd_new();
	size_t i;

	(void)state;
	for (i = 0; i < CROWD; i++) {
		add_id(&items[i], "tvdb", 1);
		add_id(&items[i], "a", 1);
		add_id(&items[i], "b", 1);
		add_id(&items[i], "own", i + 1);
	}
	form_crowd(items);
	for (i = 0; i < CROWD; i++) {
		assert_int_equal(items[i].group, items[i].item);
		assert_int_equal(items[i].reason, MATCH_REASON_IDS_DISAGREE);
	}
	free(items);
}

/* Two works, and many items that could be of either. */
static void
test_crowd_between(void **state)
{
	struct match_item *items = crowd_new();
	size_t i;

	(void)state;
	for (i = 0; i < CROWD; i++) {
		if (i % 4 < 2)
			add_id(&items[i], "tvdb", i % 4 + 1);
		add_id(&items[i], "a", 1);
		add_id(&items[i], "b", 1);
	}
	form_crowd(items);
	for (i = 0; i < CROWD; i++)
		assert_int_equal(items[i].reason, items[i].own.n == 3 ?
		    MATCH_REASON_AMBIGUOUS : MATCH_REASON_NONE);
	free(items);
}

/* More than a server can have of one work: no key there, one elsewhere. */
static void
test_too_many_on_one_server(void **state)
{
	struct match_item *items = crowd_new();
	size_t i;

	(void)state;
	for (i = 0; i < MATCH_CARRIERS_MAX + 3; i++) {
		items[i].item = (int64_t)i + 1;
		items[i].server = i < MATCH_CARRIERS_MAX + 1 ? 1 : 1 +
		    (int64_t)i;
	}
	assert_int_equal(match_form(items, i, MATCH_ALL), 0);
	while (i-- > 0) {
		assert_int_equal(items[i].group, i <= MATCH_CARRIERS_MAX ?
		    i + 1 : MATCH_CARRIERS_MAX + 2);
		assert_int_equal(items[i].reason, i <= MATCH_CARRIERS_MAX ?
		    MATCH_REASON_AMBIGUOUS : MATCH_REASON_NONE);
	}
	for (i = 0; i < MATCH_CARRIERS_MAX + 1; i++)
		items[i].server = i < MATCH_CARRIERS_MAX ? 1 : 2;
	assert_int_equal(match_form(items, i, MATCH_ALL), 0);
	while (i-- > 0)
		assert_int_equal(items[i].group, 1);
	free(items);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_crowd_of_one_work),
		cmocka_unit_test(test_crowd_of_strangers),
		cmocka_unit_test(test_crowd_between),
		cmocka_unit_test(test_too_many_on_one_server),
	};

	return cmocka_run_group_tests_name("match, random", tests, NULL, NULL);
}
