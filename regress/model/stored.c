/*
 * The stored world: one or two people with several servers, the real hearing,
 * planning, matching and database, and everything that can come between:
 * readings that are old when they arrive, writes that lose their way, crashes,
 * items that come, go, are replaced, hidden or identified anew, servers that
 * are installed again.
 *
 * As in the pure world, an act between the last reading of a copy and the next
 * one after a write that has no answer may be counted too rarely.  What can be said of a play depends on what happens to
 * the library, so there are three kinds of histories.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"
#include "text.h"

#define SETTLE_MAX	10
#define HELD_MAX	256
#define MINUTE		(60 * TICKS_PER_SECOND)
#define DAY		86400
#define FILMS		2

enum kind {
	STABLE,			/* no item comes or goes */
	LIBRARY,		/* they do */
	MATCHING,		/* and are identified anew */
	KIND_COUNT
};

static const char *const kind_names[KIND_COUNT] = {
	"a library that stays", "items come and go",
	"items are identified anew"
};

/* What a person has ever had anywhere. */
struct held {
	bool	played;
	bool	favorite;
	int64_t	positions[HELD_MAX];
	int64_t	dates[HELD_MAX];
	size_t	n;
};

struct stored {
	struct daemon	 daemon;
	enum kind	 kind;
	bool		 harmless;	/* nobody takes a play back */
	bool		 approves;	/* what is held; else it is discarded */
	bool		 blind[PEOPLE_MAX];	/* acts on an unanswered write */
	int32_t		 added[PEOPLE_MAX][FILMS + 1];
	struct held	 held[PEOPLE_MAX];
	uint64_t	 random;
	uint32_t	 last_id;
	struct verdict	*verdict;
	FILE		*trace;
};

typedef void	 change_item(struct stored *, struct sim_item *, uint32_t);

static void	about_to_write(void *, uint32_t, uint32_t,
		    const struct write_request *);
static void	note_held(struct stored *, uint32_t, const struct userdata *);
static bool	was_held(const int64_t *, size_t, int64_t);
static void	new_item(struct stored *, struct sim_item *, uint32_t);
static void	make_alternate(struct stored *, uint32_t, uint32_t);
static void	make_world(struct stored *, uint64_t);
static bool	is_unanswered(struct stored *, uint32_t, uint32_t,
		    const struct sim_item *);
static void	act(struct stored *, uint32_t, uint32_t, struct sim_item *,
		    enum act, uint32_t);
static void	act_step(struct stored *, const struct step *);
static void	library_step(struct stored *, const struct step *);
static void	take_step(struct stored *, const struct step *);
static bool	is_owed(const struct daemon *);
static bool	settle(struct stored *);
static void	judge_count(struct stored *, uint32_t,
		    const struct sim_item *, int32_t);
static void	judge_copy(struct stored *, uint32_t, uint32_t,
		    const struct sim_item *);
static void	judge_settled(struct stored *);
static void	judge_everywhere(struct stored *, uint32_t, unsigned, bool,
		    const char *);
static void	judge_later_acts(struct stored *);
static void	stored_run(const struct history *, struct verdict *, FILE *);

static change_item	vanish, come_back, replace, identify, cut_anew, hide;

const struct world stored_world = {
	.name = "stored",
	.histories = 2000,
	.judges = 1U << CONVERGENCE | 1U << QUIESCENCE | 1U << NOTHING_LOST |
	    1U << EXACTLY_ONCE | 1U << NO_INVENTION | 1U << DIRECTIONS,
	.run = stored_run
};

static const struct {
	const char	*name;
	change_item	*change;
	enum kind	 least;		/* kind of history that has it */
	bool		 own;		/* of each version by itself */
} changes[] = {
	{ "vanishes", vanish, LIBRARY, false },
	{ "comes back", come_back, LIBRARY, false },
	{ "is replaced by a new file", replace, LIBRARY, true },
	{ "is hidden or shown", hide, LIBRARY, false },
	{ "is identified anew", identify, MATCHING, false },
	{ "is identified anew", identify, MATCHING, false },
	{ "is cut anew", cut_anew, MATCHING, true }
};
#define CHANGES		(sizeof(changes) / sizeof(changes[0]))

#define TELL(w, ...) do {						\
	if ((w)->trace != NULL)						\
		fprintf((w)->trace, __VA_ARGS__);			\
} while (0)

static bool
was_held(const int64_t *values, size_t n, int64_t value)
{
	size_t i;

	for (i = 0; i < n && values[i] != value; i++)
		;
	return i < n || value == 0;
}

static void
about_to_write(void *arg, uint32_t server, uint32_t person,
    const struct write_request *write)
{
	struct stored *w = arg;
	const struct held *held = &w->held[person];
	const struct userdata *u = &write->wanted;
	const struct sim_item *item = sim_find(&w->daemon.sims[server], person,
	    &write->item);
	struct userdata show;

	/* An act that nobody has heard of: the answer to this would tell. */
	if (item != NULL)
		show = sim_show(&w->daemon.sims[server], item, person);
	if (item != NULL && !userdata_equal(&show, &write->expected))
		w->blind[person] = true;
	if ((u->played && !held->played) || (u->favorite && !held->favorite) ||
	    !was_held(held->positions, held->n, u->position) ||
	    !was_held(held->dates, held->n, u->last_played))
		broken(w->verdict, NO_INVENTION, "server %u is to be given %s",
		    server, in_words(u));
	if (w->daemon.servers[server].direction == DIRECTION_SOURCE &&
	    !userdata_equal(u, &write->expected))
		broken(w->verdict, DIRECTIONS, "server %u is a source, but is "
		    "to be given %s", server, in_words(u));
}

static void
note_held(struct stored *w, uint32_t person, const struct userdata *u)
{
	struct held *held = &w->held[person];

	held->played = held->played || u->played;
	held->favorite = held->favorite || u->favorite;
	if (held->n == HELD_MAX)
		return;
	held->positions[held->n] = u->position;
	held->dates[held->n++] = u->last_played;
}

static void
new_item(struct stored *w, struct sim_item *item, uint32_t film)
{
	item->there = true;
	item->id = sim_new_id(++w->last_id);
	item->imdb = film;
	item->tmdb = random_below(&w->random, 2) == 0 ? film : 0;
	if (w->kind == MATCHING && random_below(&w->random, 2) == 0) {
		item->imdb = 0;		/* one with both will unite them */
		item->tmdb = film;
	}
	item->runtime = (random_below(&w->random, 6) == 0 ? 130 : 100) *
	    MINUTE;
}

/* It is a version of the first item, and identified as that is. */
static void
make_alternate(struct stored *w, uint32_t server, uint32_t place)
{
	struct sim_item *items = w->daemon.sims[server].items;

	items[place].alternate = true;
	items[place].listed = 0;
	items[place].imdb = items[0].imdb;
	items[place].tmdb = items[0].tmdb;
	TELL(w, "server %u: item %u is a version of item %u\n", server,
	    items[place].id.bytes[0], items[0].id.bytes[0]);
}

/* Two of three servers have both films, some have one of them twice. */
static void
make_world(struct stored *w, uint64_t seed)
{
	struct daemon *d = &w->daemon;
	uint32_t i, k, n;

	w->random = seed ^ 0x73746f72;
	w->kind = (enum kind)(seed % KIND_COUNT);
	w->harmless = random_below(&w->random, 2) == 0;
	d->n_servers = 2 + random_below(&w->random, SERVERS_MAX - 1);
	d->n_people = 1 + random_below(&w->random, PEOPLE_MAX);
	d->options.fields = FIELD_ALL;
	/* Half of the histories have a guard that holds nearly everything. */
	d->guard.max_items = random_below(&w->random, 2) * 10;
	w->approves = random_below(&w->random, 2) == 0;
	d->match_by = MATCH_PROVIDER_IDS | MATCH_SERIES_EPISODE;
	d->now = 1000;
	d->about_to_write = about_to_write;
	d->arg = w;
	d->trace = w->trace;
	strlcpy(d->path, ":memory:", sizeof(d->path));
	TELL(w, "%s, %u people\n", kind_names[w->kind], d->n_people);
	for (i = 0; i < d->n_servers; i++) {
		d->sims[i].before_12 = random_below(&w->random, 2) == 0 &&
		    !(w->harmless && w->kind != STABLE);
		d->sims[i].id = sim_new_id(++w->last_id);
		if (i > 0 && random_below(&w->random, 5) == 0)
			d->servers[i].direction =
			    random_below(&w->random, 2) == 0 ?
			    DIRECTION_SOURCE : DIRECTION_TARGET;
		n = 1 + random_below(&w->random, ITEMS_MAX);
		for (k = 0; k < n; k++)
			new_item(w, &d->sims[i].items[k],
			    1 + (k + (i == 2)) % FILMS);
		for (k = 1; k < n && !d->sims[i].before_12; k++) {
			if (random_below(&w->random, 2) == 0)
				make_alternate(w, i, k);
		}
		TELL(w, "server %u: %s 12, %u items%s\n", i,
		    d->sims[i].before_12 ? "before" : "from", n,
		    d->servers[i].direction == DIRECTION_SOURCE ?
		    ", a source" :
		    d->servers[i].direction == DIRECTION_TARGET ?
		    ", a target" : "");
	}
}

/* Acts. */

static bool
is_unanswered(struct stored *w, uint32_t server, uint32_t person,
    const struct sim_item *item)
{
	struct engine_server *s = &w->daemon.servers[server];
	const struct sim_server *sim = &w->daemon.sims[server];
	struct copy_row row;
	int64_t id;
	size_t i;

	for (i = 0; i < ITEMS_MAX; i++) {
		if (!sim_is_sibling(sim, item, i))
			continue;
		id = store_item(w->daemon.store, s->id, &sim->items[i].id);
		if (id != 0 && store_get_copy(w->daemon.store,
		    s->endpoints[person], id, &row) && row.copy.has_asked)
			return true;
	}
	return false;
}

static void
act(struct stored *w, uint32_t server, uint32_t person,
    struct sim_item *item, enum act what, uint32_t how)
{
	struct sim_copy *copy = &item->copies[person];
	struct userdata before = copy->shown;

	if (is_unanswered(w, server, person, item))
		w->blind[person] = true;
	act_do(what, w->daemon.sims[server].before_12, w->daemon.now,
	    (1 + how % 9) * MINUTE, &copy->shown);
	sim_acted(&w->daemon.sims[server], item, person, what);
	note_held(w, person, &copy->shown);
	if (act_plays(what))
		copy->was_played = true;
	if (w->daemon.servers[server].direction != DIRECTION_TARGET &&
	    copy->shown.play_count > before.play_count)
		w->added[person][item->imdb] +=
		    copy->shown.play_count - before.play_count;
	TELL(w, "%lld s, server %u: person %u %s item %u: %s -> %s\n",
	    (long long)w->daemon.now, server, person, act_name(what),
	    item->id.bytes[0], in_words(&before), in_words(&copy->shown));
}

static void
act_step(struct stored *w, const struct step *step)
{
	uint32_t server = step->who % w->daemon.n_servers;
	uint32_t person = step->who / 4 % w->daemon.n_people;
	struct sim_item *item = &w->daemon.sims[server].items[step->who / 16 %
	    ITEMS_MAX];

	if (!item->there || item->copies[person].hidden ||
	    w->daemon.servers[server].endpoints[person] == 0)
		return;
	w->daemon.now += step->how / ACT_COUNT % 3;
	act(w, server, person, item, (enum act)(step->how %
	    (w->harmless ? ACT_HARMLESS : ACT_COUNT)), step->how / 64);
}

/* What happens to a library. */

static void
vanish(struct stored *w, struct sim_item *item, uint32_t how)
{
	(void)w;
	(void)how;
	item->there = false;
}

static void
come_back(struct stored *w, struct sim_item *item, uint32_t how)
{
	(void)w;
	(void)how;
	item->there = item->runtime != 0;
}

/* Jellyfin finds the userdata again, by provider id, or does not. */
static void
replace(struct stored *w, struct sim_item *item, uint32_t how)
{
	if (!item->there)
		return;
	item->id = sim_new_id(++w->last_id);
	if (how % 2 == 0)
		memset(item->copies, 0, sizeof(item->copies));
}

static void
identify(struct stored *w, struct sim_item *item, uint32_t how)
{
	(void)w;
	if (!item->there)
		return;
	item->imdb = how % (FILMS + 1);
	item->tmdb = how / 4 % (FILMS + 1);
}

static void
cut_anew(struct stored *w, struct sim_item *item, uint32_t how)
{
	(void)w;
	item->runtime = (how % 2 == 0 ? 100 : 130) * MINUTE;
}

static void
hide(struct stored *w, struct sim_item *item, uint32_t how)
{
	struct sim_copy *copy = &item->copies[how % w->daemon.n_people];

	copy->hidden = !copy->hidden;
}

static void
library_step(struct stored *w, const struct step *step)
{
	uint32_t server = step->who % w->daemon.n_servers;
	uint32_t at = step->who / 4 % ITEMS_MAX, k;
	struct sim_server *sim = &w->daemon.sims[server];
	size_t change = step->how % CHANGES;

	if (w->kind == STABLE || changes[change].least > w->kind)
		return;
	if (step->how / 8 % 16 == 0) {
		TELL(w, "server %u: is installed again\n", server);
		sim->id = sim_new_id(++w->last_id);
		for (at = 0; at < ITEMS_MAX; at++) {
			memset(sim->items[at].copies, 0,
			    sizeof(sim->items[at].copies));
			sim->items[at].id = sim_new_id(++w->last_id);
		}
		return;
	}
	for (k = 0; k < ITEMS_MAX; k++) {
		/* What befalls an item befalls its versions; files are each
		 * one's own. */
		if (k != at && (changes[change].own ||
		    sim->items[at].alternate || !sim->items[k].alternate ||
		    sim->items[k].listed != at))
			continue;
		if (k == at && sim->items[at].alternate &&
		    !changes[change].own)
			continue;
		changes[change].change(w, &sim->items[k], step->how / 128);
	}
	TELL(w, "server %u: item %u (%u, %u) %s\n", server,
	    sim->items[at].id.bytes[0], sim->items[at].imdb,
	    sim->items[at].tmdb, changes[change].name);
}

static void
take_step(struct stored *w, const struct step *step)
{
	struct daemon *d = &w->daemon;
	uint32_t server = step->who % d->n_servers;
	uint32_t person = step->who / 4 % d->n_people;
	const struct sim_item *item =
	    &d->sims[server].items[step->who / 16 % ITEMS_MAX];
	uint32_t i;

	if (step->what < 60 && w->kind == MATCHING) {
		library_step(w, step);
	} else if (step->what < 260) {
		act_step(w, step);
	} else if (step->what < 480) {
		for (i = 0; i <= step->how % 8; i++)
			daemon_round(d, server);
	} else if (step->what < 720) {
		daemon_small(d, server, step->how);
	} else if (step->what < 780) {
		daemon_notice(d, server, person, &item->id);
	} else if (step->what < 830) {
		d->now += step->how % 120;
	} else if (step->what < 845) {
		store_commit(d->store);
	} else if (step->what < 860) {
		daemon_word(d, step->how % 2 == 0);
	} else if (step->what < 890) {
		TELL(w, "the connection to server %u breaks\n", server);
		daemon_cut(d, server, step->how);
	} else if (step->what < 920) {
		TELL(w, "the engine is killed\n");
		if (store_is_touched(d->store)) {
			/* What was answered may be unanswered again. */
			for (i = 0; i < PEOPLE_MAX; i++)
				w->blind[i] = true;
		}
		daemon_crash(d);
	} else {
		library_step(w, step);
	}
}

/* To a copy, or a look at the files of an item. */
static bool
is_owed(const struct daemon *d)
{
	uint32_t i, p;
	int64_t item;

	for (i = 0; i < d->n_servers; i++) {
		if (store_alternates_due(d->store, d->servers[i].id, 0, &item,
		    1) > 0)
			return true;
		for (p = 0; p < d->n_people; p++) {
			if (d->servers[i].endpoints[p] != 0 &&
			    store_count_needed(d->store,
			    d->servers[i].endpoints[p], INT64_MAX) > 0)
				return true;
		}
	}
	return false;
}

/*
 * People are quiet; true if a last time round nothing was written.  What is in
 * no set, a bare count or date, is found by the notices of the first round.
 */
static bool
settle(struct stored *w)
{
	struct daemon *d = &w->daemon;
	uint64_t written = d->written + 1;
	int64_t point = -1;
	uint32_t i, k;
	int round;

	for (i = 0; i < d->n_servers; i++) {
		for (k = 0; k < ITEMS_MAX * d->n_people; k++)
			d->sims[i].items[k % ITEMS_MAX].
			    copies[k / ITEMS_MAX].hidden = false;
	}
	for (round = 0; round < SETTLE_MAX && (written != d->written ||
	    point != store_point(d->store) || is_owed(d)); round++) {
		written = d->written;
		point = store_point(d->store);
		d->now += DAY + 1;	/* everything is tried again */
		for (i = 0; i < d->n_servers; i++)
			daemon_full_round(d, i, round == 0);
		daemon_word(d, w->approves);
	}
	return written == d->written;
}

/* Of a film, all copies together. */
static void
judge_count(struct stored *w, uint32_t person, const struct sim_item *item,
    int32_t count)
{
	int32_t added = w->added[person][item->imdb];

	if (count > added)
		broken(w->verdict, EXACTLY_ONCE, "item %u: %d plays, counted "
		    "%d times", item->id.bytes[0], added, count);
	if (w->kind == STABLE && w->harmless && !w->blind[person] &&
	    count < added)
		broken(w->verdict, EXACTLY_ONCE, "item %u: %d plays, only %d "
		    "counted", item->id.bytes[0], added, count);
}

/* What a copy should hold, it does; unless nobody writes there. */
static void
judge_copy(struct stored *w, uint32_t server, uint32_t person,
    const struct sim_item *item)
{
	struct engine_server *s = &w->daemon.servers[server];
	const struct sim_copy *copy = &item->copies[person];
	struct agreed_row agreed;
	struct copy_row row;
	struct userdata wanted, show;
	int64_t id = store_item(w->daemon.store, s->id, &item->id);

	if (id == 0 || !store_get_copy(w->daemon.store, s->endpoints[person],
	    id, &row)) {
		broken(w->verdict, CONVERGENCE, "server %u: item %u was never "
		    "matched", server, item->id.bytes[0]);
		return;
	}
	store_get_agreed(w->daemon.store, person + 1, row.work, &agreed);
	merge_project(&agreed.agreed, &row.copy, &w->daemon.options, &wanted);
	show = sim_show(&w->daemon.sims[server], item, person);
	if (!row.copy.has_base || row.held ||
	    !userdata_equal(&row.copy.base, &show))
		broken(w->verdict, CONVERGENCE, "server %u: item %u holds %s, "
		    "which was not heard", server, item->id.bytes[0],
		    in_words(&show));
	if (s->direction != DIRECTION_SOURCE &&
	    (agreed.exists || s->direction != DIRECTION_TARGET) &&
	    !userdata_equal(&wanted, &show))
		broken(w->verdict, CONVERGENCE, "server %u: item %u holds %s, "
		    "it should hold %s", server, item->id.bytes[0],
		    in_words(&show), in_words(&wanted));
	if (w->harmless && copy->was_played && !agreed.agreed.userdata.played &&
	    s->direction != DIRECTION_TARGET && !w->daemon.sims[server].
	    before_12)
		broken(w->verdict, NOTHING_LOST, "server %u: item %u was "
		    "played, which is not agreed", server,
		    item->id.bytes[0]);
	if (w->kind != MATCHING)
		judge_count(w, person, item,
		    agreed.agreed.userdata.play_count);
}

static void
judge_settled(struct stored *w)
{
	struct daemon *d = &w->daemon;
	uint32_t i, p, k;

	for (i = 0; i < d->n_servers; i++) {
		for (p = 0; p < d->n_people; p++) {
			for (k = 0; k < ITEMS_MAX; k++) {
				if (d->sims[i].items[k].there &&
				    d->servers[i].endpoints[p] != 0)
					judge_copy(w, i, p,
					    &d->sims[i].items[k]);
			}
		}
	}
}

/* Whether all copies of a film, of a person, are played, or all are not. */
static void
judge_everywhere(struct stored *w, uint32_t person, unsigned film,
    bool played, const char *why)
{
	struct daemon *d = &w->daemon;
	const struct sim_item *item;
	uint32_t i, k;

	settle(w);
	for (i = 0; i < d->n_servers; i++) {
		if (d->servers[i].endpoints[person] == 0 ||
		    d->servers[i].direction == DIRECTION_SOURCE)
			continue;
		for (k = 0; k < ITEMS_MAX; k++) {
			item = &d->sims[i].items[k];
			if (item->there && item->imdb == film &&
			    item->copies[person].shown.played != played)
				broken(w->verdict, NOTHING_LOST,
				    "%s: server %u", why, i);
		}
	}
}

/*
 * When everything is known everywhere, every act goes everywhere.  Server 0
 * is never a source or a target.
 */
static void
judge_later_acts(struct stored *w)
{
	static const struct {
		enum act	 what;
		bool		 played;	/* then */
		const char	*why;
	} later[] = {
		{ ACT_FINISH, true, "a play is lost" },
		{ ACT_START, true, "a rewatch has unmarked" },
		{ ACT_UNMARK, false, "an unmark is lost" },
		{ ACT_MARK, true, "a mark is lost" }
	};
	struct sim_item *item = &w->daemon.sims[0].items[0];
	uint32_t person = random_below(&w->random, w->daemon.n_people);
	size_t i;

	if (!item->there)
		return;
	w->approves = true;
	for (i = 0; i < sizeof(later) / sizeof(later[0]) &&
	    !w->verdict->broken; i++) {
		w->daemon.now += 2;
		act(w, 0, person, item, later[i].what, 1);
		judge_everywhere(w, person, item->imdb, later[i].played,
		    later[i].why);
	}
}

static void
stored_run(const struct history *history, struct verdict *verdict,
    FILE *trace)
{
	static struct stored w;
	char directory[] = "/tmp/jellyporter-model.XXXXXX";
	bool on_disk = history->seed % 32 == 0;
	size_t i;

	memset(&w, 0, sizeof(w));
	w.verdict = verdict;
	w.trace = trace;
	make_world(&w, history->seed);
	if (on_disk && mkdtemp(directory) != NULL)
		snprintf(w.daemon.path, sizeof(w.daemon.path), "%s/db",
		    directory);
	daemon_start(&w.daemon);
	if (w.kind != LIBRARY)
		settle(&w);		/* they know each other */
	for (i = 0; i < history->n; i++)
		take_step(&w, &history->steps[i]);
	TELL(&w, "people are quiet now\n");
	if (!settle(&w))
		broken(verdict, QUIESCENCE, "there is still something to "
		    "write after %d rounds", SETTLE_MAX);
	if (w.daemon.stuck)
		broken(verdict, QUIESCENCE, "forming works never ends");
	judge_settled(&w);
	if (!verdict->broken && w.kind != MATCHING) {
		TELL(&w, "and later\n");
		judge_later_acts(&w);
	}
	daemon_stop(&w.daemon);
	if (on_disk) {
		unlink(w.daemon.path);
		rmdir(directory);
	}
}
