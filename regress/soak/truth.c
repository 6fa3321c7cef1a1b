/*
 * What the acts must come to.  For each person and each work: what was agreed
 * when all was last known everywhere, and which acts came since.  It says less
 * than the daemon's rules do, and uses none of them: where acts on one copy
 * only came since, all copies must come to show that copy's state; otherwise a
 * play that nobody took back stays, every play is counted, and the latest date
 * counts.  What cannot be asked for is left out where it happens: an act on a
 * write without an answer, a first contact, an act that was overwritten before
 * anybody could see it.
 */
#include <string.h>

#include "soak.h"

#define LOSSES_HEARD	10	/* of one endpoint within an hour */

static int	root(struct soak *, int);
static void	inherit(struct soak *, int);
static void	merge_known(struct known *, const struct known *);
static void	note_split(struct soak *, int);
static void	note_held(struct known *, const struct userdata *);
static bool	may_be_blind(struct soak *);
static void	revoke(struct soak *, int, int, int);
static bool	in_a_set(const struct userdata *);

static int
root(struct soak *w, int i)
{
	while (w->items[i].ever != i)
		i = w->items[i].ever;
	return i;
}

struct known *
truth_of(struct soak *w, int person, int server, int i)
{
	return &w->known[person][root(w, server * ITEMS_OF_ONE + i)];
}

static void
merge_known(struct known *to, const struct known *from)
{
	size_t i;

	to->mixed = true;
	to->added += from->added;
	to->total += from->total;
	to->bound = to->total;
	to->had_played = to->had_played || from->had_played;
	to->had_favorite = to->had_favorite || from->had_favorite;
	for (i = 0; i < from->n_held && to->n_held < HELD_MAX; i++) {
		to->positions[to->n_held] = from->positions[i];
		to->dates[to->n_held++] = from->dates[i];
	}
}

/* A new file goes on as what the one before it was. */
static void
inherit(struct soak *w, int i)
{
	int first = i / ITEMS_OF_ONE * ITEMS_OF_ONE, k;
	size_t n;

	for (k = first; k < i; k++) {
		n = w->items[k].n_keys;
		if (w->items[k].replaced && n > 0 &&
		    n == w->items[i].n_keys &&
		    w->items[k].number == w->items[i].number &&
		    memcmp(w->items[k].keys, w->items[i].keys,
		    n * sizeof(w->items[k].keys[0])) == 0)
			w->items[i].ever = root(w, k);
	}
}

/*
 * What alone made this item and another one the same work is gone: from now
 * on, what is done on one of them is not for the other.
 */
static void
note_split(struct soak *w, int i)
{
	int other, person;

	for (other = 0; other < i; other++) {
		if (w->items[other].id[0] == '\0' || w->items[other].gone ||
		    root(w, other) != root(w, i) ||
		    w->items[other].now == w->items[i].now)
			continue;
		for (person = 0; person < PEOPLE; person++)
			w->known[person][root(w, i)].mixed = true;
	}
}

/* Items are one work now: so is, for ever, what is known of them. */
void
truth_unite(struct soak *w)
{
	int i, person, one, other;

	for (i = 0; i < ITEMS_OF_ALL; i++) {
		if (w->items[i].id[0] != '\0' && !w->items[i].seen)
			inherit(w, i);
	}
	for (i = 0; i < ITEMS_OF_ALL; i++) {
		if (w->items[i].id[0] == '\0' || w->items[i].now == i)
			continue;
		one = root(w, w->items[i].now);
		other = root(w, i);
		if (one == other)
			continue;
		for (person = 0; person < PEOPLE; person++) {
			if (w->items[i].seen)
				merge_known(&w->known[person][one],
				    &w->known[person][other]);
		}
		w->items[other].ever = one;
	}
	for (i = 0; i < ITEMS_OF_ALL; i++) {
		if (w->items[i].id[0] != '\0' && !w->items[i].gone)
			note_split(w, i);
	}
	for (i = 0; i < ITEMS_OF_ALL; i++)
		w->items[i].seen = w->items[i].id[0] != '\0';
}

static void
note_held(struct known *k, const struct userdata *u)
{
	k->had_played = k->had_played || u->played;
	k->had_favorite = k->had_favorite || u->favorite;
	if (k->n_held == HELD_MAX)
		soak_die("too many acts on one work");
	k->positions[k->n_held] = u->position;
	k->dates[k->n_held++] = u->last_played;
}

bool
truth_held(const struct known *k, const struct userdata *u)
{
	bool position = u->position == 0, date = u->last_played == 0;
	size_t i;

	for (i = 0; i < k->n_held; i++) {
		position = position || k->positions[i] == u->position;
		date = date || k->dates[i] == u->last_played;
	}
	return position && date && (k->had_played || !u->played) &&
	    (k->had_favorite || !u->favorite);
}

/* An act now may meet a write, or one whose answer was lost. */
static bool
may_be_blind(struct soak *w)
{
	return daemon_is_syncing(w, false) ||
	    (w->daemon != 0 && w->restless) ||
	    (w->ran && !w->quiet && daemon_count(w,
	    "SELECT count(*) FROM copy WHERE asked") != 0);
}

/* Whatever was played until now, this person does not want it to be. */
static void
revoke(struct soak *w, int person, int server, int i)
{
	struct known *k = truth_of(w, person, server, i);
	int seat, item;

	k->heard_play = k->solid = k->restored = false;
	for (seat = 0; seat < SEATS; seat++) {
		if (w->seats[seat].person != person)
			continue;
		server = w->seats[seat].server;
		for (item = 0; item < (int)w->n_items[server]; item++) {
			if (truth_of(w, person, server, item) == k)
				w->unheard[server][w->seats[seat].user][item] =
				    false;
		}
	}
}

/*
 * It is there again before anybody has heard that a backup had lost it.  When
 * so few are left that they are heard as what they look like, they are.
 */
static void
find_loss(struct soak *w, int seat, struct known *k)
{
	int server = w->seats[seat].server, person = w->seats[seat].person, i;

	if (!k->restored || !w->quiet || w->losses[seat] == 0)
		return;
	k->restored = false;
	if (--w->losses[seat] > LOSSES_HEARD)
		return;
	w->losses[seat] = 0;
	for (i = 0; i < (int)w->n_items[server]; i++) {
		if (truth_of(w, person, server, i)->restored)
			revoke(w, person, server, i);
	}
}

void
truth_act(struct soak *w, int server, int user, int i, enum act act,
    const struct userdata *before, const struct userdata *after)
{
	int seat = world_seat(w, server, user), person;
	int32_t added = after->play_count - before->play_count;
	bool *unheard = &w->unheard[server][user][i];
	struct known *k;

	if (seat == NOBODY || userdata_equal(before, after))
		return;
	person = w->seats[seat].person;
	k = truth_of(w, person, server, i);
	note_held(k, after);
	if (added > 0) {
		k->added += added;
		k->total += added;
		k->bound += added;
	}
	k->blind = k->blind || may_be_blind(w);
	k->many = k->many || (k->acts > 0 &&
	    (k->seat != seat || k->item != i));
	k->seat = seat;
	k->item = i;
	k->acts++;
	k->last = *after;
	if (after->last_played > k->latest)
		k->latest = after->last_played;
	/* By a clock that is slow; a change that travels, like any other. */
	k->backwards = k->backwards ||
	    after->last_played < before->last_played ||
	    after->last_played < k->agreed.last_played;
	/* Before 12 a start forgets a play that nobody has heard of. */
	if (act_starts(act)) {
		k->started = true;
		if (w->servers[server].before_12)
			*unheard = false;
		/* Has it been heard that it was played before? */
		k->unclear = k->unclear || (before->played &&
		    !k->agreed.played && !w->quiet);
	}
	/* Its start was heard, and that it stays played not written yet: then
	 * this is a conflict, and the unmark loses. */
	if (act == ACT_UNMARK && !before->played && !w->quiet)
		k->blind = true;
	if (act == ACT_UNMARK) {
		k->unmarked = true;
		revoke(w, person, server, i);
	}
	if (act_plays(act))
		*unheard = true;
	if (!before->played && after->played)
		find_loss(w, seat, k);
}

static bool
in_a_set(const struct userdata *u)
{
	return u->played || u->favorite || u->position > 0;
}

/*
 * May an act leave a copy with no more than another date and count?  Nothing
 * lists that; it is found where the copy was listed before.
 */
bool
truth_may_be_bare(struct soak *w, int server, int user, int i)
{
	int person = world_person(w, server, user);
	const struct known *k;

	if (person == NOBODY)
		return true;
	k = truth_of(w, person, server, i);
	return w->quiet && !k->loose && in_a_set(&k->agreed);
}

/* Something of it was, or will be, a first contact. */
void
truth_loosen(struct soak *w, int server, int i)
{
	struct known *k;
	int seat;

	for (seat = 0; seat < SEATS; seat++) {
		if (w->seats[seat].server != server)
			continue;
		k = truth_of(w, w->seats[seat].person, server, i);
		k->loose = true;
		k->bound = k->total;
	}
}

void
truth_mix(struct soak *w, int server, int i)
{
	struct known *k;
	int person;

	for (person = 0; person < PEOPLE; person++) {
		k = truth_of(w, person, server, i);
		k->mixed = true;
		k->bound = k->total;
	}
}

/* What was done on a copy and not heard yet may never be. */
void
truth_forget(struct soak *w, int server, int user, int i)
{
	int person = world_person(w, server, user);
	struct known *k;

	w->unheard[server][user][i] = false;
	if (person == NOBODY)
		return;
	k = truth_of(w, person, server, i);
	k->loose = true;
	k->bound = k->total;
}

/*
 * More than ten losses of one endpoint within an hour are held, and nothing
 * is unmarked elsewhere because of them; fewer are heard as what they look
 * like.  What an endpoint loses is known where everything was.
 */
void
truth_restored(struct soak *w, int server,
    struct userdata before[USERS][ITEMS_OF_ONE])
{
	const struct userdata *after;
	struct known *k;
	int seat, user, i, person;
	size_t lost;
	bool held;

	for (seat = 0; seat < SEATS; seat++) {
		if (w->seats[seat].server != server)
			continue;
		user = w->seats[seat].user;
		person = w->seats[seat].person;
		for (i = 0, lost = 0; i < (int)w->n_items[server]; i++) {
			k = truth_of(w, person, server, i);
			after = &w->shown[server][user][i];
			lost += world_item(w, server, i)->n_keys > 0 &&
			    !world_item(w, server, i)->gone && !k->loose &&
			    k->agreed.played && !after->played &&
			    after->play_count <= k->agreed.play_count;
		}
		held = w->quiet && lost > LOSSES_HEARD;
		w->losses[seat] = held ? lost : 0;
		TELL(w, "%s has lost %zu plays%s\n", user_names[user], lost,
		    held ? ", which is too much to be believed" : "");
		for (i = 0; i < (int)w->n_items[server]; i++) {
			after = &w->shown[server][user][i];
			if (userdata_equal(&before[user][i], after))
				continue;
			k = truth_of(w, person, server, i);
			/* Where the count grows, that looks like plays. */
			if (after->play_count > before[user][i].play_count)
				k->total += after->play_count -
				    before[user][i].play_count;
			truth_forget(w, server, user, i);
			if (held && k->heard_play)
				k->restored = true;
			else
				revoke(w, person, server, i);
		}
	}
}

/* What is discarded are the losses: a play that was made meanwhile stays. */
void
truth_word(struct soak *w, bool approved)
{
	struct known *k;
	int person, i;

	for (person = 0; person < PEOPLE; person++) {
		for (i = 0; i < ITEMS_OF_ALL; i++) {
			k = &w->known[person][i];
			if (approved && k->restored)
				k->heard_play = false;
			if (!approved || k->restored)
				k->loose = true;
			if (k->loose)
				k->bound = k->total;
			k->restored = false;
		}
	}
}

/* A server, or all, was read in full. */
void
truth_heard(struct soak *w, int only)
{
	bool *unheard;
	int seat, server, i;

	for (seat = 0; seat < SEATS; seat++) {
		server = w->seats[seat].server;
		if (only != NOBODY && only != server)
			continue;
		for (i = 0; i < (int)w->n_items[server]; i++) {
			unheard = &w->unheard[server][w->seats[seat].user][i];
			if (!*unheard || world_item(w, server, i)->gone)
				continue;
			truth_of(w, w->seats[seat].person, server, i)->
			    heard_play = true;
			*unheard = false;
		}
	}
}
