/* Whether what the servers hold is what the acts must have come to. */
#include <string.h>

#include "soak.h"
#include "text.h"

#define SAME_CUT	(60 * TICKS_PER_SECOND)

/* A copy of a work, and what the first one of it is. */
struct copy_at {
	int			 server;
	int			 user;
	int			 item;
	const struct userdata	*shown;
};

static bool	is_copy(struct soak *, int, int, struct copy_at *);
static void	judge_alike(struct soak *, int);
static void	judge_known(struct soak *, int, const struct copy_at *, bool);
static void	judge_one(struct soak *, struct known *,
		    const struct copy_at *, bool);
static void	judge_many(struct soak *, const struct known *,
		    const struct copy_at *);
static void	settle_known(struct soak *, int);
static void	judge_write(struct soak *, int, struct json_object *);

/* Is this item a copy of something that is synced, for an endpoint? */
static bool
is_copy(struct soak *w, int seat, int i, struct copy_at *at)
{
	const struct item *item;

	at->server = w->seats[seat].server;
	at->user = w->seats[seat].user;
	at->item = i;
	item = world_item(w, at->server, i);
	at->shown = &w->shown[at->server][at->user][i];
	return item->id[0] != '\0' && !item->gone && item->n_keys > 0;
}

/* All copies of a work show the same, of one cut also the position. */
static void
judge_alike(struct soak *w, int person)
{
	static struct copy_at first[ITEMS_OF_ALL];
	static bool cut[ITEMS_OF_ALL];		/* of different lengths */
	struct copy_at at;
	const struct item *item, *other;
	struct userdata a, b;
	int seat, i, pass, work;
	int64_t apart;

	memset(first, 0, sizeof(first));
	memset(cut, 0, sizeof(cut));
	for (pass = 0; pass < 2; pass++) {
		for (seat = 0; seat < SEATS; seat++) {
			if (w->seats[seat].person != person)
				continue;
			for (i = 0; i < (int)w->n_items[w->seats[seat].server];
			    i++) {
				if (!is_copy(w, seat, i, &at))
					continue;
				item = world_item(w, at.server, i);
				work = item->now;
				if (first[work].shown == NULL)
					first[work] = at;
				other = world_item(w, first[work].server,
				    first[work].item);
				apart = item->runtime - other->runtime;
				if (apart > SAME_CUT || apart < -SAME_CUT)
					cut[work] = true;
				if (pass == 0)
					continue;
				a = *first[work].shown;
				b = *at.shown;
				if (cut[work])
					a.position = b.position = 0;
				if (!userdata_equal(&a, &b))
					broken(w->verdict, CONVERGENCE,
					    "%s: as %s, %s has %s; as %s, %s "
					    "has %s", person_names[person],
					    user_names[first[work].user],
					    world_name(w, first[work].server,
					    first[work].item),
					    in_words(first[work].shown),
					    user_names[at.user],
					    world_name(w, at.server, i),
					    in_words(at.shown));
				judge_known(w, person, &at, cut[work]);
			}
		}
	}
}

/* All acts since the last time were on one copy: what it shows, all show. */
static void
judge_one(struct soak *w, struct known *k, const struct copy_at *at, bool cut)
{
	struct userdata wanted = k->acts > 0 ? k->last : k->agreed;
	struct userdata shown = *at->shown;

	if (!wanted.played && k->agreed.played && k->started &&
	    wanted.play_count > k->agreed.play_count) {
		if (k->unmarked)
			wanted.played = shown.played;	/* it cannot be seen */
		else
			wanted.played = true;		/* played once more */
	}
	if (k->unclear)
		wanted.played = shown.played;
	if (cut)
		wanted.position = shown.position;
	if (wanted.played != shown.played ||
	    wanted.position != shown.position ||
	    wanted.favorite != shown.favorite ||
	    wanted.last_played != shown.last_played)
		broken(w->verdict, NOTHING_LOST, "%s: %s shows %s, it should "
		    "show %s%s", user_names[at->user],
		    world_name(w, at->server, at->item), in_words(&shown),
		    in_words(&wanted), k->acts > 0 ? "" :
		    ", as nobody did anything");
	if (wanted.play_count != shown.play_count)
		broken(w->verdict, EXACTLY_ONCE, "%s: %s counts %d plays, "
		    "not %d", user_names[at->user],
		    world_name(w, at->server, at->item), shown.play_count,
		    wanted.play_count);
}

static void
judge_many(struct soak *w, const struct known *k, const struct copy_at *at)
{
	int32_t count = k->agreed.play_count + k->added;
	int64_t date = k->latest > k->agreed.last_played ? k->latest :
	    k->agreed.last_played;

	if (k->unmarked)
		return;
	/*
	 * A first contact cannot tell one play on two from two plays.  And who
	 * finds neither what was there nor what may have been written over it
	 * cannot tell, either.
	 */
	if (w->met && !w->disturbed && at->shown->play_count < count)
		broken(w->verdict, EXACTLY_ONCE, "%s: %s counts only %d plays "
		    "of %d", user_names[at->user],
		    world_name(w, at->server, at->item),
		    at->shown->play_count, count);
	if (!k->backwards && at->shown->last_played != date)
		broken(w->verdict, NOTHING_LOST, "%s: %s has date %lld, the "
		    "latest is %lld", user_names[at->user],
		    world_name(w, at->server, at->item),
		    (long long)at->shown->last_played, (long long)date);
}

static void
judge_known(struct soak *w, int person, const struct copy_at *at, bool cut)
{
	struct known *k = truth_of(w, person, at->server, at->item);

	if (at->shown->play_count > k->bound)
		broken(w->verdict, EXACTLY_ONCE, "%s: %s counts %d plays, at "
		    "most %d were made", user_names[at->user],
		    world_name(w, at->server, at->item),
		    at->shown->play_count, k->bound);
	if (k->mixed)
		return;
	if (k->heard_play && !at->shown->played)
		broken(w->verdict, NOTHING_LOST, "%s: %s is not played, which "
		    "nobody has taken back", user_names[at->user],
		    world_name(w, at->server, at->item));
	if (k->loose || k->blind)
		return;
	if (k->many)
		judge_many(w, k, at);
	else
		judge_one(w, k, at, cut);
}

/* What the servers show now is what is agreed. */
static void
settle_known(struct soak *w, int seat)
{
	struct copy_at at;
	struct known *k;
	int i;

	for (i = 0; i < (int)w->n_items[w->seats[seat].server]; i++) {
		if (!is_copy(w, seat, i, &at))
			continue;
		k = truth_of(w, w->seats[seat].person, at.server, i);
		k->agreed = *at.shown;
		k->solid = k->heard_play;
		k->loose = k->blind = k->many = k->unmarked = false;
		k->started = k->unclear = k->backwards = false;
		k->acts = 0;
		k->added = 0;
		k->latest = 0;
		k->bound = k->mixed ? k->total : at.shown->play_count;
	}
}

bool
judge_sync(struct soak *w)
{
	int person, seat;

	if (daemon_count(w, "SELECT count(*) FROM copy AS c JOIN endpoint AS e"
	    " ON e.id = c.endpoint JOIN item AS i ON i.id = c.item"
	    " WHERE (c.need > 0 OR c.asked IN (1, 3) OR c.held)"
	    " AND i.gone_since = 0") != 0)
		return false;
	world_shown(w);
	for (person = 0; person < PEOPLE; person++)
		judge_alike(w, person);
	for (seat = 0; seat < SEATS; seat++)
		settle_known(w, seat);
	w->quiet = true;
	memset(w->losses, 0, sizeof(w->losses));
	w->restless = w->disturbed = false;
	w->met = true;
	w->good_syncs++;
	return true;
}

static void
judge_write(struct soak *w, int server, struct json_object *write)
{
	const char *name = sim_text(write, "User");
	int i = world_find(w, server, sim_text(write, "ItemId"));
	struct json_object *object;
	struct userdata before, after;
	int user, person;

	for (user = 0; user < USERS; user++) {
		if (strcmp(user_names[user], name) == 0)
			break;
	}
	if (user == USERS || i == -1)
		soak_die("a write to %s that nobody knows", name);
	json_object_object_get_ex(write, "Before", &object);
	sim_userdata(object, &before);
	json_object_object_get_ex(write, "After", &object);
	sim_userdata(object, &after);
	TELL(w, "  written: %s for %s: %s -> %s%s\n", world_name(w, server, i),
	    name, in_words(&before), in_words(&after),
	    sim_bool(write, "Unseen") ? ", over an act just made" : "");
	person = world_person(w, server, user);
	if (person == NOBODY) {
		broken(w->verdict, NO_INVENTION, "%s is written for %s, who "
		    "is nobody's user", world_name(w, server, i), name);
		return;
	}
	if (!truth_held(truth_of(w, person, server, i), &after))
		broken(w->verdict, NO_INVENTION, "%s is given %s, which %s "
		    "never had", world_name(w, server, i), in_words(&after),
		    person_names[person]);
	/* Nobody has taken that back: a backup came back, and is held. */
	if (truth_of(w, person, server, i)->restored && before.played &&
	    !after.played)
		broken(w->verdict, NOTHING_LOST, "%s is marked unplayed, "
		    "because of a backup that was restored elsewhere",
		    world_name(w, server, i));
	if (sim_bool(write, "Unseen"))
		truth_forget(w, server, user, i);
}

void
judge_writes(struct soak *w)
{
	struct json_object *list;
	size_t i;
	int k;

	for (k = 0; k < SERVERS; k++) {
		list = sim_ask(w, k, "GET", "/writes");
		for (i = 0; i < json_object_array_length(list); i++)
			judge_write(w, k, json_object_array_get_idx(list, i));
		w->written += json_object_array_length(list);
		if (json_object_array_length(list) > 0)
			sim_tell(w, k, "/writes");
		json_object_put(list);
	}
}
