/*
 * Forming works (sync-model: matching) of items that share keys but do not
 * agree in everything: what is ambiguous, and what vetoes what.
 */
#include <stdlib.h>
#include <string.h>

#include "match_internal.h"

/* The order of keys: own ids, numbers (each by provider), titles. */
#define RANK_NUMBER	(MATCH_STRONG_PROVIDERS + 1)
#define RANK_TITLE	(2 * RANK_NUMBER)

#define NOT_OWN		PROVIDERS_MAX
#define NO_MEMBER	SIZE_MAX
#define SEVERAL_VALUES	UINT32_MAX
#define WORD_BITS	64

/* What an item or a group met on its way; bits. */
#define OBSTACLE_KIND		(1U << 0)	/* none to speak of */
#define OBSTACLE_IDS		(1U << 1)
#define OBSTACLE_NUMBERS	(1U << 2)
#define OBSTACLE_AMBIGUOUS	(1U << 3)

/* An item and a key that it has. */
struct carrier {
	struct match_key key;
	size_t		 rank;
	size_t		 item;		/* index */
	int64_t		 server;
	size_t		 id;		/* of its own ids, or NOT_OWN */
	bool		 ambiguous;	/* it does not have it after all */
};

/* An id as two numbers: the same provider or value, the same number. */
struct fact {
	uint32_t	provider;	/* rising in a list */
	uint32_t	value;
};

struct facts {
	struct fact	*list;
	size_t		 n;
};

/*
 * What the items of a group have in common.  Any two of them are compatible,
 * so one value of each own provider, one range of numbers and two runtimes
 * are all that the comparison of two groups, item by item, could find.
 */
struct group {
	int64_t		 smallest;	/* .item among them */
	enum item_kind	 kind;
	struct numbers	 numbers;
	struct facts	 own;		/* those believed */
	struct facts	 series;	/* SEVERAL_VALUES where they differ */
	int64_t		 shortest;	/* ticks; 0: one is unknown */
	int64_t		 longest;
	int64_t		 server;	/* of one of them */
	bool		 on_others;	/* and there are others */
	size_t		 first;		/* members, linked by next */
	size_t		 last;
	bool		 present;	/* holds a carrier of this key */
	unsigned int	 obstacles;	/* met with this key */
};

/* An item on its way into a group. */
struct member {
	size_t		 group;
	size_t		 next;
	uint32_t	 disbelieved;	/* own ids, as bits */
	unsigned int	 obstacles;
	bool		 has_key;
};

/* An id, and where its numbers go. */
struct mention {
	const struct match_id	*id;
	struct facts		*facts;
};

struct forming {
	struct match_item	*items;
	size_t			 n;
	struct carrier		*carriers;
	size_t			 n_carriers;
	struct member		*members;
	struct group		*groups;
	size_t			*present;	/* groups with this key */
	size_t			 n_present;
	uint64_t		*compatible;	/* a row of bits for each */
	size_t			 n_words;	/* in a row */
	size_t			 size;		/* words allocated */
};

static int	by_key(const void *, const void *);
static int	by_id(const void *, const void *);
static void	add_carriers(struct forming *, size_t, uint32_t);
static int	forming_init(struct forming *, uint32_t);
static void	forming_free(struct forming *);
static size_t	key_end(const struct forming *, size_t);
static size_t	server_end(const struct forming *, size_t);
static bool	is_ambiguous(const struct forming *, size_t, size_t);
static void	find_ambiguous(struct forming *);
static int	mention_ids(const struct match_ids *, uint32_t,
		    struct facts *, struct mention *, size_t *);
static void	number_ids(struct mention *, size_t);
static void	describe_group(struct forming *, size_t);
static int	describe_groups(struct forming *);
static bool	facts_agree(const struct facts *, const struct facts *);
static int	facts_unite(struct facts *, const struct facts *);
static bool	titles_agree(const struct group *, const struct group *);
static unsigned int obstacles_between(const struct group *,
		    const struct group *, size_t);
static void	find_present(struct forming *, size_t, size_t);
static bool	are_compatible(const struct forming *, size_t, size_t);
static void	set_compatible(struct forming *, size_t, size_t);
static int	compare_present(struct forming *, size_t);
static bool	is_between_others(const struct forming *, size_t);
static int	join(struct forming *, size_t, size_t);
static int	join_present(struct forming *);
static int	join_by_key(struct forming *, size_t, size_t);
static enum match_reason reason_of(const struct member *,
		    const struct group *);

/* What there is */

/* The strict order of keys; then by server, for find_ambiguous(). */
static int
by_key(const void *a, const void *b)
{
	const struct carrier *x = a, *y = b;
	int order;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	if ((order = strcmp(x->key.text, y->key.text)) != 0)
		return order;
	if (x->server != y->server)
		return x->server < y->server ? -1 : 1;
	return x->item < y->item ? -1 : x->item > y->item;
}

static int
by_id(const void *a, const void *b)
{
	const struct mention *x = a, *y = b;
	int order = strcmp(x->id->provider, y->id->provider);

	return order != 0 ? order : strcmp(x->id->value, y->id->value);
}

static void
add_carriers(struct forming *f, size_t index, uint32_t match_by)
{
	struct match_key keys[MATCH_KEYS_MAX];
	const struct match_item *item = &f->items[index];
	struct carrier *carrier;
	size_t i, n, own;

	own = match_by & MATCH_PROVIDER_IDS ? item->own.n : 0;
	n = match_keys(item, match_by, keys);
	f->members[index].has_key = n > 0;
	for (i = 0; i < n; i++) {
		carrier = &f->carriers[f->n_carriers++];
		carrier->key = keys[i];
		carrier->item = index;
		carrier->server = item->server;
		carrier->id = i < own ? i : NOT_OWN;
		if (i < own)
			carrier->rank = match_provider_rank(
			    item->own.ids[i].provider);
		else if (i - own < item->series.n && keys[i].text[0] == 'n')
			carrier->rank = RANK_NUMBER + match_provider_rank(
			    item->series.ids[i - own].provider);
		else
			carrier->rank = RANK_TITLE;
	}
}

static int
forming_init(struct forming *f, uint32_t match_by)
{
	size_t i, n = 0;

	for (i = 0; i < f->n; i++)
		n += f->items[i].own.n + f->items[i].series.n + 1;
	if ((f->carriers = calloc(n, sizeof(*f->carriers))) == NULL ||
	    (f->members = calloc(f->n, sizeof(*f->members))) == NULL ||
	    (f->groups = calloc(f->n, sizeof(*f->groups))) == NULL ||
	    (f->present = calloc(f->n, sizeof(*f->present))) == NULL)
		return -1;
	for (i = 0; i < f->n; i++)
		add_carriers(f, i, match_by);
	qsort(f->carriers, f->n_carriers, sizeof(*f->carriers), by_key);
	return 0;
}

static void
forming_free(struct forming *f)
{
	size_t i;

	for (i = 0; f->groups != NULL && i < f->n; i++) {
		free(f->groups[i].own.list);
		free(f->groups[i].series.list);
	}
	free(f->carriers);
	free(f->members);
	free(f->groups);
	free(f->present);
	free(f->compatible);
}

/* The end of the carriers of one key. */
static size_t
key_end(const struct forming *f, size_t from)
{
	size_t to = from + 1;

	while (to < f->n_carriers && strcmp(f->carriers[to].key.text,
	    f->carriers[from].key.text) == 0)
		to++;
	return to;
}

/* The end of those that are on one server. */
static size_t
server_end(const struct forming *f, size_t from)
{
	size_t to = from + 1;

	while (to < f->n_carriers &&
	    f->carriers[to].server == f->carriers[from].server &&
	    strcmp(f->carriers[to].key.text, f->carriers[from].key.text) == 0)
		to++;
	return to;
}

/* One key on one server: is it on what cannot be the same work? */
static bool
is_ambiguous(const struct forming *f, size_t from, size_t to)
{
	struct numbers first = { false, 0, 0, 0 }, numbers;
	int64_t shortest = 0, longest = 0, runtime;
	size_t i;

	if (to - from > MATCH_CARRIERS_MAX)
		return true;
	for (i = from; i < to; i++) {
		numbers = match_numbers(&f->items[f->carriers[i].item]);
		if (match_numbers_differ(&first, &numbers))
			return true;
		if (numbers.known)
			first = numbers;
		runtime = f->items[f->carriers[i].item].runtime;
		if (runtime > 0 && (shortest == 0 || runtime < shortest))
			shortest = runtime;
		if (runtime > longest)
			longest = runtime;
	}
	return match_runtimes_differ(shortest, longest);
}

/*
 * What is ambiguous is no key; and an id that is, is not believed: it cannot
 * veto a match by another one either.
 */
static void
find_ambiguous(struct forming *f)
{
	struct member *member;
	size_t i, k, end;

	for (i = 0; i < f->n_carriers; i = end) {
		end = server_end(f, i);
		if (!is_ambiguous(f, i, end))
			continue;
		for (k = i; k < end; k++) {
			f->carriers[k].ambiguous = true;
			member = &f->members[f->carriers[k].item];
			member->obstacles |= OBSTACLE_AMBIGUOUS;
			if (f->carriers[k].id != NOT_OWN)
				member->disbelieved |=
				    UINT32_C(1) << f->carriers[k].id;
		}
	}
}

/* Gives a group room for its ids, and each of them a line in mentions. */
static int
mention_ids(const struct match_ids *ids, uint32_t disbelieved,
    struct facts *facts, struct mention *mentions, size_t *n_mentions)
{
	size_t i;

	if (ids->n == 0)
		return 0;
	facts->list = reallocarray(NULL, ids->n, sizeof(*facts->list));
	if (facts->list == NULL)
		return -1;
	for (i = 0; i < ids->n; i++) {
		if (disbelieved & UINT32_C(1) << i)
			continue;
		mentions[*n_mentions].id = &ids->ids[i];
		mentions[*n_mentions].facts = facts;
		(*n_mentions)++;
	}
	return 0;
}

/* Numbers in the place of ids: groups are compared often. */
static void
number_ids(struct mention *mentions, size_t n)
{
	uint32_t provider = 0, value = 0;
	struct facts *facts;
	size_t i;

	qsort(mentions, n, sizeof(*mentions), by_id);
	for (i = 0; i < n; i++) {
		if (i > 0 && by_id(&mentions[i - 1], &mentions[i]) != 0)
			value++;
		if (i > 0 && strcmp(mentions[i - 1].id->provider,
		    mentions[i].id->provider) != 0)
			provider++;
		facts = mentions[i].facts;
		facts->list[facts->n].provider = provider;
		facts->list[facts->n++].value = value;
	}
}

/* Each item is a group of its own to begin with. */
static void
describe_group(struct forming *f, size_t index)
{
	struct group *group = &f->groups[index];
	const struct match_item *item = &f->items[index];

	group->smallest = item->item;
	group->kind = item->kind;
	group->numbers = match_numbers(item);
	group->shortest = item->runtime > 0 ? item->runtime : 0;
	group->longest = group->shortest;
	group->server = item->server;
	group->first = group->last = index;
	f->members[index].group = index;
	f->members[index].next = NO_MEMBER;
}

static int
describe_groups(struct forming *f)
{
	struct mention *mentions;
	size_t i, n = 0;
	int ret = -1;

	for (i = 0; i < f->n; i++)
		n += f->items[i].own.n + f->items[i].series.n;
	if ((mentions = calloc(n + 1, sizeof(*mentions))) == NULL)
		return -1;
	for (n = 0, i = 0; i < f->n; i++) {
		describe_group(f, i);
		if (mention_ids(&f->items[i].own, f->members[i].disbelieved,
		    &f->groups[i].own, mentions, &n) == -1 ||
		    mention_ids(&f->items[i].series, 0,
		    &f->groups[i].series, mentions, &n) == -1)
			goto fail;
	}
	number_ids(mentions, n);
	ret = 0;
fail:
	free(mentions);
	return ret;
}

/* What is compatible */

static bool
facts_agree(const struct facts *a, const struct facts *b)
{
	size_t i = 0, k = 0;

	while (i < a->n && k < b->n) {
		if (a->list[i].provider < b->list[k].provider)
			i++;
		else if (a->list[i].provider > b->list[k].provider)
			k++;
		else if (a->list[i].value != b->list[k].value ||
		    a->list[i].value == SEVERAL_VALUES)
			return false;
		else {
			i++;
			k++;
		}
	}
	return true;
}

/* a becomes the facts of both. */
static int
facts_unite(struct facts *a, const struct facts *b)
{
	struct fact *list;
	size_t i = 0, k = 0, n = 0;

	if (b->n == 0)
		return 0;
	list = reallocarray(NULL, a->n + b->n, sizeof(*list));
	if (list == NULL)
		return -1;
	while (i < a->n && k < b->n) {
		if (a->list[i].provider < b->list[k].provider)
			list[n++] = a->list[i++];
		else if (a->list[i].provider > b->list[k].provider)
			list[n++] = b->list[k++];
		else {
			list[n] = a->list[i++];
			if (list[n].value != b->list[k++].value)
				list[n].value = SEVERAL_VALUES;
			n++;
		}
	}
	while (i < a->n)
		list[n++] = a->list[i++];
	while (k < b->n)
		list[n++] = b->list[k++];
	free(a->list);
	a->list = list;
	a->n = n;
	return 0;
}

/* A title says something only where ids do not, and of the same cut. */
static bool
titles_agree(const struct group *a, const struct group *b)
{
	return (a->own.n == 0 || b->own.n == 0) &&
	    match_runtimes_same(a->shortest, b->longest) &&
	    match_runtimes_same(a->longest, b->shortest);
}

/* Why two groups that share a key of this rank are not one; 0: they are. */
static unsigned int
obstacles_between(const struct group *a, const struct group *b, size_t rank)
{
	if (a->kind != b->kind)
		return OBSTACLE_KIND;
	if (match_numbers_differ(&a->numbers, &b->numbers))
		return rank < RANK_NUMBER ? OBSTACLE_NUMBERS : OBSTACLE_IDS;
	if (!facts_agree(&a->own, &b->own))
		return OBSTACLE_IDS;
	if (rank >= RANK_NUMBER && rank < RANK_TITLE &&
	    !facts_agree(&a->series, &b->series))
		return OBSTACLE_IDS;
	if (rank == RANK_TITLE && !titles_agree(a, b))
		return OBSTACLE_IDS;
	return 0;
}

/* The groups that hold a carrier of the key. */
static void
find_present(struct forming *f, size_t from, size_t to)
{
	struct group *group;
	size_t i, index;

	f->n_present = 0;
	for (i = from; i < to; i++) {
		index = f->members[f->carriers[i].item].group;
		group = &f->groups[index];
		if (f->carriers[i].ambiguous || group->present)
			continue;
		group->present = true;
		group->obstacles = 0;
		f->present[f->n_present++] = index;
	}
}

static bool
are_compatible(const struct forming *f, size_t i, size_t k)
{
	return f->compatible[i * f->n_words + k / WORD_BITS] >>
	    k % WORD_BITS & 1;
}

static void
set_compatible(struct forming *f, size_t i, size_t k)
{
	f->compatible[i * f->n_words + k / WORD_BITS] |=
	    UINT64_C(1) << k % WORD_BITS;
	f->compatible[k * f->n_words + i / WORD_BITS] |=
	    UINT64_C(1) << i % WORD_BITS;
}

/* Each of the groups present with each other. */
static int
compare_present(struct forming *f, size_t rank)
{
	struct group *a, *b;
	uint64_t *words;
	size_t i, k, size;
	unsigned int obstacles;

	f->n_words = (f->n_present + WORD_BITS - 1) / WORD_BITS;
	size = f->n_present * f->n_words;
	if (size > f->size) {
		words = reallocarray(f->compatible, size, sizeof(*words));
		if (words == NULL)
			return -1;
		f->compatible = words;
		f->size = size;
	}
	memset(f->compatible, 0, size * sizeof(*f->compatible));
	for (i = 0; i < f->n_present; i++) {
		a = &f->groups[f->present[i]];
		set_compatible(f, i, i);
		for (k = 0; k < i; k++) {
			b = &f->groups[f->present[k]];
			obstacles = obstacles_between(a, b, rank);
			if (obstacles == 0)
				set_compatible(f, i, k);
			a->obstacles |= obstacles;
			b->obstacles |= obstacles;
		}
	}
	return 0;
}

/*
 * True if a group is compatible with two that are not compatible with each
 * other: nobody can say to which of them it belongs.
 */
static bool
is_between_others(const struct forming *f, size_t i)
{
	const uint64_t *row = f->compatible + i * f->n_words, *other;
	size_t k, word;

	for (k = 0; k < f->n_present; k++) {
		if (!are_compatible(f, i, k))
			continue;
		other = f->compatible + k * f->n_words;
		for (word = 0; word < f->n_words; word++) {
			if (row[word] & ~other[word])
				return true;
		}
	}
	return false;
}

/* What becomes one */

/* The second group goes into the first. */
static int
join(struct forming *f, size_t into, size_t from)
{
	struct group *a = &f->groups[into], *b = &f->groups[from];
	size_t i;

	if (facts_unite(&a->own, &b->own) == -1 ||
	    facts_unite(&a->series, &b->series) == -1)
		return -1;
	for (i = b->first; i != NO_MEMBER; i = f->members[i].next)
		f->members[i].group = into;
	f->members[a->last].next = b->first;
	a->last = b->last;
	if (b->smallest < a->smallest)
		a->smallest = b->smallest;
	if (!a->numbers.known)
		a->numbers = b->numbers;
	if (b->shortest < a->shortest)
		a->shortest = b->shortest;
	if (b->longest > a->longest)
		a->longest = b->longest;
	if (b->on_others || b->server != a->server)
		a->on_others = true;
	return 0;
}

/*
 * Without those between others, to be compatible is to be of one class; each
 * class is joined into its first group.
 */
static int
join_present(struct forming *f)
{
	struct group *group;
	size_t i, k;

	for (i = 0; i < f->n_present; i++) {
		group = &f->groups[f->present[i]];
		if (group->obstacles & OBSTACLE_AMBIGUOUS)
			continue;
		for (k = 0; k < i; k++) {
			if (are_compatible(f, i, k) &&
			    !(f->groups[f->present[k]].obstacles &
			    OBSTACLE_AMBIGUOUS))
				break;
		}
		if (k < i && join(f, f->present[k], f->present[i]) == -1)
			return -1;
	}
	return 0;
}

/* One key, and those who have it. */
static int
join_by_key(struct forming *f, size_t from, size_t to)
{
	struct member *member;
	size_t i;

	find_present(f, from, to);
	if (f->n_present > 1) {
		if (compare_present(f, f->carriers[from].rank) == -1)
			return -1;
		for (i = 0; i < f->n_present; i++) {
			if (is_between_others(f, i))
				f->groups[f->present[i]].obstacles |=
				    OBSTACLE_AMBIGUOUS;
		}
		for (i = from; i < to; i++) {
			member = &f->members[f->carriers[i].item];
			if (!f->carriers[i].ambiguous)
				member->obstacles |=
				    f->groups[member->group].obstacles;
		}
		if (join_present(f) == -1)
			return -1;
	}
	for (i = 0; i < f->n_present; i++)
		f->groups[f->present[i]].present = false;
	return 0;
}

static enum match_reason
reason_of(const struct member *member, const struct group *group)
{
	if (group->on_others)
		return MATCH_REASON_NONE;
	if (!member->has_key)
		return MATCH_REASON_NO_IDS;
	if (member->obstacles & OBSTACLE_AMBIGUOUS)
		return MATCH_REASON_AMBIGUOUS;
	if (member->obstacles & OBSTACLE_NUMBERS)
		return MATCH_REASON_NUMBERS_DIFFER;
	if (member->obstacles & OBSTACLE_IDS)
		return MATCH_REASON_IDS_DISAGREE;
	return MATCH_REASON_NONE;
}

int
match_form_groups(struct match_item *items, size_t n, uint32_t match_by)
{
	struct forming f = { .items = items, .n = n };
	const struct group *group;
	size_t i, end;
	int ret = -1;

	if (forming_init(&f, match_by) == -1)
		goto fail;
	find_ambiguous(&f);
	if (describe_groups(&f) == -1)
		goto fail;
	for (i = 0; i < f.n_carriers; i = end) {
		end = key_end(&f, i);
		if (join_by_key(&f, i, end) == -1)
			goto fail;
	}
	for (i = 0; i < n; i++) {
		group = &f.groups[f.members[i].group];
		items[i].group = group->smallest;
		items[i].reason = reason_of(&f.members[i], group);
	}
	ret = 0;
fail:
	forming_free(&f);
	return ret;
}
