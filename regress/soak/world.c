/* What is where: people, servers, items, and which of these are one work. */
#include <stdlib.h>
#include <string.h>

#include "soak.h"

const char *const user_names[USERS] = { "alice", "bob", "kids" };
const char *const person_names[PEOPLE] = { "alice", "bob" };

static const char *const providers[] = { "Imdb", "Tmdb", "Tvdb" };
#define PROVIDERS	3

/* Four endpoints of two people: server, user, person. */
static const struct seat layouts[][SEATS] = {
	{ { 0, 0, 0 }, { 1, 0, 0 }, { 1, 1, 1 }, { 2, 1, 1 } },
	{ { 0, 0, 0 }, { 2, 0, 0 }, { 0, 1, 1 }, { 2, 1, 1 } },
	{ { 0, 0, 0 }, { 1, 0, 0 }, { 2, 0, 0 }, { 2, 1, 1 } },
	{ { 1, 0, 0 }, { 1, 2, 0 }, { 2, 0, 0 }, { 2, 1, 1 } },
	{ { 0, 0, 0 }, { 0, 2, 0 }, { 1, 1, 1 }, { 2, 1, 1 } },
	{ { 0, 0, 0 }, { 1, 0, 0 }, { 2, 0, 0 }, { 2, 2, 0 } }
};
#define LAYOUTS		(sizeof(layouts) / sizeof(layouts[0]))

static uint64_t	hash(const char *, const char *, const char *);
static void	add_keys(struct item *, struct json_object *);
static void	take_item(struct soak *, int, struct json_object *);
static void	unite(struct soak *);
static bool	is_synced(const struct soak *, int);
static int	first_of(struct soak *, int);

struct item *
world_item(struct soak *w, int server, int i)
{
	return &w->items[server * ITEMS_OF_ONE + i];
}

int
world_find(struct soak *w, int server, const char *id)
{
	size_t i;

	for (i = 0; i < w->n_items[server]; i++) {
		if (strcmp(world_item(w, server, (int)i)->id, id) == 0)
			return (int)i;
	}
	return -1;
}

int
world_seat(const struct soak *w, int server, int user)
{
	int seat;

	for (seat = 0; seat < SEATS; seat++) {
		if (w->seats[seat].server == server &&
		    w->seats[seat].user == user)
			return seat;
	}
	return NOBODY;
}

int
world_person(const struct soak *w, int server, int user)
{
	int seat = world_seat(w, server, user);

	return seat == NOBODY ? NOBODY : w->seats[seat].person;
}

/* "movie 27 on attic", in one of a few static buffers. */
const char *
world_name(struct soak *w, int server, int i)
{
	static char buffers[4][64];
	static unsigned next;
	const struct item *item = world_item(w, server, i);
	char *buffer = buffers[next++ % 4];

	snprintf(buffer, sizeof(buffers[0]), "%s %u (%.4s) on %s",
	    item->movie ? "movie" : "episode", item->number, item->id,
	    w->servers[server].name);
	return buffer;
}

/* FNV-1a: keys are few, and only compared. */
static uint64_t
hash(const char *a, const char *b, const char *c)
{
	const char *parts[] = { a, b, c };
	uint64_t h = UINT64_C(14695981039346656037);
	const char *p;
	size_t i;

	for (i = 0; i < 3; i++) {
		for (p = parts[i]; *p != '\0'; p++)
			h = (h ^ (unsigned char)*p) * UINT64_C(1099511628211);
		h = (h ^ 0xff) * UINT64_C(1099511628211);
	}
	return h;
}

/*
 * By what an item is known: its own ids, and an episode also by its series'
 * and its numbers.  An episode with other numbers is never the same.
 */
static void
add_keys(struct item *item, struct json_object *object)
{
	struct json_object *own, *series = NULL;
	char numbers[80];
	const char *value;
	size_t i;

	snprintf(numbers, sizeof(numbers), "%s/%lld/%lld/%lld",
	    item->movie ? "movie" : "episode",
	    (long long)sim_number(object, "Season"),
	    (long long)sim_number(object, "Episode"),
	    (long long)sim_number(object, "EpisodeEnd"));
	item->n_keys = 0;
	json_object_object_get_ex(object, "ProviderIds", &own);
	json_object_object_get_ex(object, "SeriesProviderIds", &series);
	for (i = 0; i < PROVIDERS; i++) {
		value = sim_text(own, providers[i]);
		strlcpy(item->ids[i], value, sizeof(item->ids[i]));
		if (*value != '\0')
			item->keys[item->n_keys++] = hash(providers[i], value,
			    numbers);
		value = series == NULL ? "" : sim_text(series, providers[i]);
		if (*value != '\0')
			item->keys[item->n_keys++] = hash("series", value,
			    numbers);
	}
}

static void
take_item(struct soak *w, int server, struct json_object *object)
{
	const char *id = sim_text(object, "ItemId");
	int i = world_find(w, server, id);
	struct item *item;

	if (i == -1) {
		if (w->n_items[server] == ITEMS_OF_ONE)
			soak_die("too many items");
		i = (int)w->n_items[server]++;
		item = world_item(w, server, i);
		item->ever = server * ITEMS_OF_ONE + i;
		strlcpy(item->id, id, sizeof(item->id));
		add_keys(item, object);
		memcpy(item->made_with, item->ids, sizeof(item->ids));
	}
	item = world_item(w, server, i);
	item->number = (uint32_t)sim_number(object, "Number");
	item->movie = strcmp(sim_text(object, "Type"), "Movie") == 0;
	item->runtime = sim_number(object, "RunTimeTicks");
	item->gone = sim_bool(object, "Removed");
	add_keys(item, object);
}

/* The daemon knows nothing of servers where nobody has a user. */
static bool
is_synced(const struct soak *w, int server)
{
	int seat;

	for (seat = 0; seat < SEATS; seat++) {
		if (w->seats[seat].server == server)
			return true;
	}
	return false;
}

static int
first_of(struct soak *w, int i)
{
	while (w->items[i].now != i)
		i = w->items[i].now;
	return i;
}

/* Whatever shares a key is one work. */
static void
unite(struct soak *w)
{
	struct item *a, *b;
	int i, k, one, other;
	size_t x, y;

	for (i = 0; i < ITEMS_OF_ALL; i++)
		w->items[i].now = i;
	for (i = 0; i < ITEMS_OF_ALL; i++) {
		a = &w->items[i];
		if (a->id[0] == '\0' || a->gone ||
		    !is_synced(w, i / ITEMS_OF_ONE))
			continue;
		for (k = i + 1; k < ITEMS_OF_ALL; k++) {
			b = &w->items[k];
			if (b->id[0] == '\0' || b->gone ||
			    !is_synced(w, k / ITEMS_OF_ONE))
				continue;
			for (x = 0; x < a->n_keys; x++) {
				for (y = 0; y < b->n_keys &&
				    a->keys[x] != b->keys[y]; y++)
					;
				if (y < b->n_keys)
					break;
			}
			if (x == a->n_keys)
				continue;
			one = first_of(w, i);
			other = first_of(w, k);
			w->items[one < other ? other : one].now =
			    one < other ? one : other;
		}
	}
	for (i = 0; i < ITEMS_OF_ALL; i++)
		w->items[i].now = first_of(w, i);
}

void
world_look(struct soak *w)
{
	struct json_object *list;
	size_t i;
	int k;

	for (k = 0; k < SERVERS; k++) {
		list = sim_ask(w, k, "GET", "/items");
		for (i = 0; i < json_object_array_length(list); i++)
			take_item(w, k, json_object_array_get_idx(list, i));
		json_object_put(list);
	}
	unite(w);
	truth_unite(w);
}

void
world_shown(struct soak *w)
{
	struct json_object *list, *object;
	int k, user, item;
	size_t i;

	memset(w->shown, 0, sizeof(w->shown));
	for (k = 0; k < SERVERS; k++) {
		for (user = 0; user < USERS; user++) {
			list = sim_ask(w, k, "GET", "/state?user=%s",
			    user_names[user]);
			for (i = 0; i < json_object_array_length(list); i++) {
				object = json_object_array_get_idx(list, i);
				item = world_find(w, k,
				    sim_text(object, "ItemId"));
				if (item != -1)
					sim_userdata(object,
					    &w->shown[k][user][item]);
			}
			json_object_put(list);
		}
	}
}

void
world_make(struct soak *w, uint64_t seed)
{
	size_t i;
	int k;

	w->random = seed ^ 0x736f616b;
	memcpy(w->seats, layouts[random_below(&w->random, LAYOUTS)],
	    sizeof(w->seats));
	w->once = random_below(&w->random, 4) == 0;
	w->approves = random_below(&w->random, 2) == 0;
	w->now = INT64_C(1772400000);		/* 2026-03-01, 21:20 */
	/* Movies, mostly: two files of one are movies only. */
	for (i = 0; i < HOT; i++)
		w->hot[i] = random_below(&w->random, 2) == 0 ?
		    10 + random_below(&w->random, 30) :
		    24 + random_below(&w->random, 16);
	for (k = 0; k < SERVERS; k++) {
		w->servers[k].clock = random_below(&w->random, 6) == 0 ?
		    (int64_t)random_below(&w->random, 20000) - 10000 : 0;
		for (i = 0; i < USERS; i++)
			w->playing[k][i] = -1;
	}
	sims_start(w, seed);
	world_look(w);
	TELL(w, "%s;", w->once ? "one sync at a time (-o)" : "a daemon (-d)");
	for (k = 0; k < SEATS; k++)
		TELL(w, " %s is %s on %s%s", person_names[w->seats[k].person],
		    user_names[w->seats[k].user],
		    w->servers[w->seats[k].server].name,
		    k < SEATS - 1 ? "," : "\n");
	for (k = 0; k < SERVERS; k++) {
		if (w->servers[k].clock != 0)
			TELL(w, "the clock of %s is off by %lld s\n",
			    w->servers[k].name,
			    (long long)w->servers[k].clock);
	}
}
