/* What happens: acts, syncs, kills, faults, and changes of the libraries. */
#include <string.h>
#include <time.h>

#include "soak.h"
#include "text.h"

#define SETTLE_MAX	8		/* syncs until all must be quiet */
#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

typedef void	 step_function(struct soak *, const struct step *);

static step_function	do_act, do_everywhere,
			do_second_thoughts, do_series, do_sync, do_sync_one,
			do_sync_behind, do_round, do_pause, do_kill, do_fault,
			do_no_faults, do_pace, do_library, do_down, do_backup,
			do_starting, do_recreate, do_server_id, do_word;

static int64_t	milliseconds(void);
static void	sync_here(struct soak *, int);
static int	pick_item(struct soak *, int, uint32_t);
static void	send_act(struct soak *, int, int, int, const char *, enum act);
static void	all_stop(struct soak *, int);
static void	library_restore(struct soak *, int, int);
static void	library_identify(struct soak *, int, int, uint32_t);
static void	mark_series(struct soak *, const struct seat *, enum act);
static void	restore_backup(struct soak *, int);
static void	loosen_server(struct soak *, int);

/* Of a thousand. */
static const struct {
	uint32_t	 below;
	step_function	*take;
} kinds[] = {
	{ 405, do_act }, { 420, do_everywhere }, { 430, do_second_thoughts },
	{ 445, do_series }, { 585, do_sync }, { 630, do_sync_one },
	{ 690, do_sync_behind }, { 735, do_round }, { 775, do_pause }, { 810, do_kill },
	{ 870, do_fault }, { 885, do_no_faults },
	{ 905, do_pace }, { 945, do_library }, { 970, do_down },
	{ 980, do_backup }, { 984, do_starting }, { 990, do_recreate },
	{ 994, do_server_id }, { 1000, do_word }
};

/* Drawn by weight; what takes a play back is not too frequent. */
static const enum act acts[] = { ACT_START, ACT_GLANCE, ACT_PARTIAL,
	ACT_PARTIAL, ACT_PARTIAL, ACT_FINISH, ACT_FINISH, ACT_FINISH,
	ACT_FINISH, ACT_PROGRESS, ACT_MARK_DATED, ACT_MARK_DATED,
	ACT_FAVORITE, ACT_FAVORITE, ACT_FAVORITE, ACT_MARK, ACT_MARK,
	ACT_UNMARK, ACT_UNMARK };

/* What may go wrong with a request.  Listings wait for minutes before they
 * give up, so that they never hang here. */
static const char *const faults[] = {
	"kind=cut-after&request=userdata_write",
	"kind=cut-after&request=userdata_write&after=1",
	"kind=cut-after&request=userdata_write&probability=300",
	"kind=cut-after&request=played_delete",
	"kind=cut-before&request=userdata_write",
	"kind=cut-body&request=userdata_write",
	"kind=locked&request=userdata_write",
	"kind=locked&request=played_delete",
	"kind=status&status=502&request=userdata_write",
	"kind=status&status=400&request=userdata_write",
	"kind=garbage&request=userdata_write",
	"kind=hang&request=userdata_write",
	"kind=hang&request=ids",
	"kind=garbage&request=ids",
	"kind=cut-body&request=ids",
	"kind=status&status=503&request=ids",
	"kind=deep-json&bytes=2000&request=ids",
	"kind=status&status=500&request=users",
	"kind=redirect&request=sessions",
	"kind=hang&request=sessions",
	"kind=garbage&request=state_played",
	"kind=short-page&request=state_played",
	"kind=empty-list&request=state_played",
	"kind=delay&ms=150&request=state_played",
	"kind=cut-body&request=state_resumable",
	"kind=empty-list&request=state_resumable",
	"kind=wrong-total&total=99999&request=state_favorite",
	"kind=empty-list&request=state_favorite",
	"kind=cut-body&request=identity",
	"kind=empty-list&request=identity",
	"kind=short-page&request=identity",
	"kind=status&status=504&request=identity",
	"kind=refuse",
	"kind=status&status=401&request=users"
};

void
step_take(struct soak *w, const struct step *step)
{
	size_t i;

	for (i = 0; step->what >= kinds[i].below; i++)
		;
	kinds[i].take(w, step);
}

/* Acts. */

static int
pick_item(struct soak *w, int server, uint32_t how)
{
	uint32_t hot = w->hot[how % HOT];
	size_t i, n = w->n_items[server], first = how / 8 % n;
	const struct item *item;

	/* From anywhere on, so that both files of a movie are met. */
	for (i = 0; how / 1024 % 4 != 0 && i < n; i++) {
		item = world_item(w, server, (int)((first + i) % n));
		if (item->number == hot && !item->gone)
			return (int)((first + i) % n);
	}
	for (i = 0; i < n; i++) {
		if (!world_item(w, server, (int)((first + i) % n))->gone)
			return (int)((first + i) % n);
	}
	soak_die("%s has no items", w->servers[server].name);
}

/* The request's words, what came of it, and what that means. */
static void
send_act(struct soak *w, int server, int user, int i, const char *words,
    enum act act)
{
	struct json_object *answer, *object;
	struct userdata before, after;

	answer = sim_ask(w, server, "POST", "/act?user=%s&item=%s&%s",
	    user_names[user], world_item(w, server, i)->id, words);
	json_object_object_get_ex(answer, "Before", &object);
	sim_userdata(object, &before);
	json_object_object_get_ex(answer, "After", &object);
	sim_userdata(object, &after);
	json_object_put(answer);
	TELL(w, "%s %s: %s: %s -> %s\n", user_names[user], act_name(act),
	    world_name(w, server, i), in_words(&before), in_words(&after));
	truth_act(w, server, user, i, act, &before, &after);
}

/* Whatever is being played on a server. */
static void
all_stop(struct soak *w, int server)
{
	int user, i;

	for (user = 0; user < USERS; user++) {
		i = w->playing[server][user];
		w->playing[server][user] = -1;
		if (i != -1)
			send_act(w, server, user, i, "what=stop",
			    ACT_PROGRESS);
	}
}

void
step_act(struct soak *w, int server, int user, int i, enum act act,
    uint32_t how)
{
	char words[128], date[TEXT_TIME_SIZE];
	int64_t now;

	/* A person has one pair of eyes, and goes on where they are. */
	if (act == ACT_PROGRESS && w->playing[server][user] == -1)
		act = ACT_PARTIAL;
	if (act == ACT_PROGRESS)
		i = w->playing[server][user];
	if ((act == ACT_START || act == ACT_GLANCE) &&
	    !truth_may_be_bare(w, server, user, i))
		act = ACT_FINISH;
	w->now += 1 + how % 3;
	now = w->now + w->servers[server].clock;
	text_time_utc(date, sizeof(date), now);
	switch (act) {
	case ACT_START:
		snprintf(words, sizeof(words), "what=start&date=%s", date);
		break;
	case ACT_GLANCE:
		snprintf(words, sizeof(words), "what=partial&percent=2&"
		    "date=%s", date);
		break;
	case ACT_PARTIAL:
		snprintf(words, sizeof(words), "what=partial&percent=%u&"
		    "date=%s", 10 + how / 4 % 70, date);
		break;
	case ACT_FINISH:
		snprintf(words, sizeof(words), "what=finish&date=%s", date);
		break;
	case ACT_PROGRESS:
		snprintf(words, sizeof(words), "what=progress&percent=%u",
		    10 + how / 4 % 70);
		break;
	case ACT_MARK_DATED:
		snprintf(words, sizeof(words), "what=mark&date=%s", date);
		break;
	case ACT_FAVORITE:
		snprintf(words, sizeof(words), "what=%s",
		    w->favorite[server][user][i] ? "unfavorite" : "favorite");
		w->favorite[server][user][i] = !w->favorite[server][user][i];
		break;
	case ACT_MARK:
		strlcpy(words, "what=mark", sizeof(words));
		break;
	case ACT_UNMARK:
	case ACT_COUNT:
		act = ACT_UNMARK;
		strlcpy(words, "what=unmark", sizeof(words));
		break;
	}
	if (act_starts(act))
		w->playing[server][user] = act == ACT_START ? i : -1;
	send_act(w, server, user, i, words, act);
}

static void
do_act(struct soak *w, const struct step *step)
{
	const struct seat *seat = &w->seats[step->who % SEATS];
	int user = seat->user;

	/* Somebody else, whose things are nobody's business. */
	if (step->who / 8 % 32 == 0)
		user = (user + 1) % USERS;
	step_act(w, seat->server, user,
	    pick_item(w, seat->server, step->who / 256),
	    acts[step->how % COUNT(acts)], step->how / 64);
}

/* Every copy that a person has of a work. */
static void
act_everywhere(struct soak *w, int person, uint32_t number, enum act act)
{
	int seat, server, i;

	for (seat = 0; seat < SEATS; seat++) {
		server = w->seats[seat].server;
		if (w->seats[seat].person != person)
			continue;
		for (i = 0; i < (int)w->n_items[server]; i++) {
			if (world_item(w, server, i)->number == number &&
			    !world_item(w, server, i)->gone)
				step_act(w, server, w->seats[seat].user, i,
				    act, 0);
		}
	}
}

/* Who does not trust in syncs does it everywhere. */
static void
do_everywhere(struct soak *w, const struct step *step)
{
	static const enum act choices[] = { ACT_MARK, ACT_MARK, ACT_MARK_DATED,
	    ACT_FAVORITE, ACT_UNMARK };

	act_everywhere(w, (int)(step->who % PEOPLE),
	    w->hot[step->who / 4 % HOT], choices[step->how % COUNT(choices)]);
}

/*
 * A part is played, the rest is marked as played, on every server; and then
 * somebody thinks better of it.
 */
static void
do_second_thoughts(struct soak *w, const struct step *step)
{
	const struct seat *seat = &w->seats[step->who % SEATS];
	int i = pick_item(w, seat->server, step->who / 256);

	step_act(w, seat->server, seat->user, i, ACT_PARTIAL, step->how);
	sync_here(w, NOBODY);
	act_everywhere(w, seat->person, world_item(w, seat->server, i)->number,
	    ACT_MARK);
	sync_here(w, NOBODY);
	step_act(w, seat->server, seat->user, i, ACT_UNMARK, step->how);
}

/* A whole series at once, the way that people mark them. */
static void
mark_series(struct soak *w, const struct seat *seat, enum act act)
{
	int i;

	for (i = 0; i < (int)w->n_items[seat->server]; i++) {
		if (!world_item(w, seat->server, i)->movie &&
		    !world_item(w, seat->server, i)->gone)
			step_act(w, seat->server, seat->user, i, act, 0);
	}
}

static void
do_series(struct soak *w, const struct step *step)
{
	mark_series(w, &w->seats[step->who % SEATS],
	    step->how % 3 == 0 ? ACT_UNMARK : ACT_MARK_DATED);
}

/* Syncs. */

static int64_t
milliseconds(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		soak_die("clock_gettime");
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
sync_here(struct soak *w, int only)
{
	bool lies = false;
	int status, k;
	int64_t began, took;

	if (w->once)
		only = NOBODY;
	for (k = 0; k < SERVERS; k++)
		lies = lies || (w->servers[k].lies &&
		    (only == NOBODY || only == k));
	if (w->daemon == 0 && !w->once)
		daemon_run(w);
	TELL(w, "sync%s%s ...\n", only == NOBODY ? "" : " of ",
	    only == NOBODY ? "" : w->servers[only].name);
	began = milliseconds();
	status = daemon_sync(w, only);
	took = milliseconds() - began;
	judge_writes(w);
	if (status == 0 && !lies)
		truth_heard(w, only);
	w->synced = status == 0 && !lies && only == NOBODY && judge_sync(w);
	w->restless = w->restless || lies;
	TELL(w, "... %lld ms: %s\n", (long long)took, w->synced ? "all is known everywhere" :
	    status == 0 ? "done" : "not everywhere");
}

bool
sync_well(struct soak *w)
{
	sync_here(w, NOBODY);
	return w->synced;
}

static void
do_sync(struct soak *w, const struct step *step)
{
	(void)step;
	sync_here(w, NOBODY);
}

static void
do_sync_one(struct soak *w, const struct step *step)
{
	sync_here(w, w->seats[step->who % SEATS].server);
}

static void
do_sync_behind(struct soak *w, const struct step *step)
{
	TELL(w, "a sync begins\n");
	daemon_sync_behind(w);
	do_pause(w, step);
}

static void
do_round(struct soak *w, const struct step *step)
{
	TELL(w, "the clock begins a round\n");
	daemon_round(w);
	do_pause(w, step);
}

static void
do_pause(struct soak *w, const struct step *step)
{
	const struct timespec some = { 0, (long)(step->how % 60) * 1000000 };

	(void)w;
	nanosleep(&some, NULL);
}

static void
do_kill(struct soak *w, const struct step *step)
{
	if (w->once && !daemon_is_syncing(w, false))
		do_sync_behind(w, step);
	daemon_kill(w, step->who);
}

/* Servers in trouble. */

static void
do_fault(struct soak *w, const struct step *step)
{
	int server = (int)(step->who % SERVERS);
	const char *fault = faults[step->how % COUNT(faults)];
	uint32_t n = 1 + step->how / 64 % 3;

	w->disturbed = true;
	TELL(w, "%s: trouble ahead, %u times: %s\n", w->servers[server].name,
	    n, fault);
	/* Nobody can tell that such a list is not the truth. */
	if (strstr(fault, "kind=empty-list") != NULL)
		w->servers[server].lies = true;
	sim_tell(w, server, "/fault?%s&count=%u", fault, n);
}

static void
do_no_faults(struct soak *w, const struct step *step)
{
	int server = (int)(step->who % SERVERS);

	TELL(w, "%s: no more trouble\n", w->servers[server].name);
	w->servers[server].lies = false;
	json_object_put(sim_ask(w, server, "DELETE", "/fault"));
}

static void
do_pace(struct soak *w, const struct step *step)
{
	int server = (int)(step->who % SERVERS);
	uint32_t ms = step->how % 12;

	TELL(w, "%s: takes %u ms for each answer\n", w->servers[server].name,
	    ms);
	sim_tell(w, server, "/pace?latency_ms=%u", ms);
}

static void
do_down(struct soak *w, const struct step *step)
{
	struct server *s = &w->servers[step->who % SERVERS];

	s->down = !s->down;
	TELL(w, "%s is %s\n", s->name, s->down ? "down" : "up again");
	sim_tell(w, (int)(step->who % SERVERS), "/server?what=%s",
	    s->down ? "down" : "up");
}

static void
do_starting(struct soak *w, const struct step *step)
{
	int server = (int)(step->who % SERVERS);

	if (w->servers[server].down)
		return;
	TELL(w, "%s is restarted\n", w->servers[server].name);
	sim_tell(w, server, "/server?what=starting&seconds=0.5");
}

/* Libraries. */

static void
library_restore(struct soak *w, int server, int i)
{
	int k;

	/* The last one that went, whichever was picked. */
	for (k = (int)w->n_items[server] - 1; k >= 0; k--) {
		if (world_item(w, server, k)->gone &&
		    !world_item(w, server, k)->replaced)
			i = k;
	}
	if (!world_item(w, server, i)->gone)
		return;
	TELL(w, "%s comes back\n", world_name(w, server, i));
	sim_tell(w, server, "/item?item=%s&what=restore",
	    world_item(w, server, i)->id);
	truth_loosen(w, server, i);
}

/* It loses its ids, gets them back, or gets those of a movie that is not on
 * its server. */
static void
library_identify(struct soak *w, int server, int i, uint32_t how)
{
	const char (*ids)[40] = world_item(w, server, i)->made_with;
	static const char none[3][40];
	const struct item *other;
	int k, at;

	if (!world_item(w, server, i)->movie)
		return;
	if (how % 3 == 0)
		ids = none;
	for (at = 0; how % 3 == 1 && at < ITEMS_OF_ALL; at++) {
		other = &w->items[(at + (int)(how / 4 % ITEMS_OF_ALL)) %
		    ITEMS_OF_ALL];
		if (other->id[0] == '\0' || !other->movie ||
		    other->n_keys == 0)
			continue;
		for (k = 0; k < (int)w->n_items[server] &&
		    world_item(w, server, k)->number != other->number; k++)
			;
		if (k == (int)w->n_items[server]) {
			ids = other->ids;
			break;
		}
	}
	TELL(w, "%s is identified anew: \"%s\" \"%s\"\n",
	    world_name(w, server, i), ids[0], ids[1]);
	truth_mix(w, server, i);
	sim_tell(w, server, "/item?item=%s&what=reid&imdb=%s&tmdb=%s",
	    world_item(w, server, i)->id, ids[0], ids[1]);
	world_look(w);
	truth_mix(w, server, i);
}

static void
do_library(struct soak *w, const struct step *step)
{
	int server = (int)(step->who % SERVERS), user;
	int i = pick_item(w, server, step->who / 4);
	const char *id = world_item(w, server, i)->id;

	all_stop(w, server);
	switch (step->how % 8) {
	case 0:
	case 1:
	case 2:
		TELL(w, "%s is replaced by another file\n",
		    world_name(w, server, i));
		for (user = 0; user < USERS; user++)
			truth_forget(w, server, user, i);
		truth_loosen(w, server, i);
		world_item(w, server, i)->replaced = true;
		sim_tell(w, server, "/item?item=%s&what=replace", id);
		break;
	case 3:
	case 4:
		TELL(w, "%s vanishes\n", world_name(w, server, i));
		truth_loosen(w, server, i);
		sim_tell(w, server, "/item?item=%s&what=remove", id);
		break;
	case 5:
	case 6:
		library_restore(w, server, i);
		break;
	default:
		library_identify(w, server, i, step->how / 8);
		return;
	}
	world_look(w);
}

/* What happens to a server as a whole. */

static void
loosen_server(struct soak *w, int server)
{
	int i;

	for (i = 0; i < (int)w->n_items[server]; i++)
		truth_loosen(w, server, i);
}

/* All of a server's userdata goes back to what it was. */
static void
restore_backup(struct soak *w, int server)
{
	static struct userdata before[USERS][ITEMS_OF_ONE];
	int user, i;

	TELL(w, "%s gets its backup back\n", w->servers[server].name);
	world_shown(w);
	memcpy(before, w->shown[server], sizeof(before));
	sim_tell(w, server, "/server?what=restore");
	w->servers[server].has_backup = false;
	world_shown(w);
	for (user = 0; user < USERS; user++) {
		for (i = 0; i < (int)w->n_items[server]; i++)
			w->favorite[server][user][i] =
			    w->shown[server][user][i].favorite;
	}
	truth_restored(w, server, before);
}

/*
 * Taken, or put back.  Every other time it is put back when a whole series
 * was watched meanwhile, and everybody knows of it.
 */
static void
do_backup(struct soak *w, const struct step *step)
{
	int server = w->seats[step->who % SEATS].server;

	if (w->servers[server].has_backup && step->how % 4 != 0) {
		restore_backup(w, server);
		return;
	}
	TELL(w, "%s is backed up\n", w->servers[server].name);
	sim_tell(w, server, "/server?what=backup");
	w->servers[server].has_backup = true;
	if (step->how % 4 > 1)
		return;
	mark_series(w, &w->seats[step->who % SEATS], ACT_MARK_DATED);
	sync_here(w, NOBODY);
	restore_backup(w, server);
}

/* A person's word on what is held. */
static void
do_word(struct soak *w, const struct step *step)
{
	bool approve = step->how % 2 == 0;

	if (w->daemon == 0 ||
	    daemon_count(w, "SELECT count(*) FROM copy WHERE held") == 0)
		return;
	daemon_is_syncing(w, true);
	judge_writes(w);
	daemon_word(w, approve ? "approve" : "discard");
	truth_word(w, approve);
}

static void
do_recreate(struct soak *w, const struct step *step)
{
	const struct seat *seat = &w->seats[step->who % SEATS];
	int i;

	TELL(w, "user %s of %s is made anew, with nothing played\n",
	    user_names[seat->user], w->servers[seat->server].name);
	sim_tell(w, seat->server, "/server?what=recreate-user&name=%s",
	    user_names[seat->user]);
	for (i = 0; i < (int)w->n_items[seat->server]; i++) {
		truth_forget(w, seat->server, seat->user, i);
		w->favorite[seat->server][seat->user][i] = false;
	}
	w->playing[seat->server][seat->user] = -1;
}

static void
do_server_id(struct soak *w, const struct step *step)
{
	int server = (int)(step->who % SERVERS);

	TELL(w, "%s calls itself another server\n", w->servers[server].name);
	sim_tell(w, server, "/server?what=id");
	loosen_server(w, server);
}

/* People are quiet, servers are well: true if all came to rest. */
bool
settle(struct soak *w)
{
	const struct timespec moment = { 0, 50000000 };
	int k, tries;

	TELL(w, "people are quiet now, and all servers well\n");
	daemon_is_syncing(w, true);
	for (k = 0; k < SERVERS; k++) {
		json_object_put(sim_ask(w, k, "DELETE", "/fault"));
		sim_tell(w, k, "/pace?latency_ms=0");
		sim_tell(w, k, "/server?what=up");
		w->servers[k].down = w->servers[k].lies = false;
		all_stop(w, k);
	}
	for (tries = 0; tries < SETTLE_MAX && !w->broken_sync; tries++) {
		if (sync_well(w))
			return true;
		if (daemon_count(w, "SELECT count(*) FROM copy WHERE held"
		    " AND NOT EXISTS (SELECT 1 FROM held WHERE state = 0)") >
		    0) {
			w->once = false;	/* a daemon has to hear it */
			daemon_word(w, w->approves ? "approve" : "discard");
			truth_word(w, w->approves);
		}
		nanosleep(&moment, NULL);
		if (daemon_count(w, "SELECT count(*) FROM copy"
		    " WHERE need > 0 AND not_before > unixepoch()") > 0)
			daemon_later(w);
	}
	return false;
}
