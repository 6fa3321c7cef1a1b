/* The engine's part of the stored world: rounds, readings, writes, crashes. */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "daemon.h"
#include "group.h"
#include "hear.h"
#include "next_writes.h"
#include "outcome.h"
#include "store_internal.h"
#include "unlisted.h"
#include "works.h"

#define SMALL_MAX	64		/* requests until nothing is left */
#define SLICES_MAX	8		/* until all works are formed */

static void	configure(struct daemon *);
static void	clear_lanes(struct engine_server *);
static void	read_ids(struct daemon *, uint32_t, uint32_t, const int64_t *,
		    size_t);
static void	carry_out_reading(struct daemon *, uint32_t, struct lane *);
static void	carry_out_writes(struct daemon *, uint32_t, struct lane *,
		    uint32_t);
static void	answer_reading(struct daemon *, uint32_t, struct lane *);
static void	answer_writes(struct daemon *, uint32_t, struct lane *,
		    uint32_t);
static void	next_person(struct daemon *, struct engine_server *);
static void	round_asked(struct daemon *, uint32_t);
static void	round_identity(struct daemon *, uint32_t);
static void	round_sets(struct daemon *, uint32_t);
static void	round_lost(struct daemon *, uint32_t);
static void	round_groups(struct daemon *, uint32_t);
static void	find_alternates(struct daemon *, uint32_t);
static void	settle_groups(struct daemon *, uint32_t, struct lane *, bool);
static bool	begin_writing(struct daemon *, uint32_t, uint32_t);
static void	finish_small(struct daemon *, uint32_t);

static void
configure(struct daemon *d)
{
	char name[32], user[32];
	struct engine_server *s;
	struct jellyfin_id id;
	uint32_t i, p;

	store_configure(d->store);
	for (i = 0; i < d->n_servers; i++) {
		s = &d->servers[i];
		clear_lanes(s);
		snprintf(name, sizeof(name), "server%u", i);
		s->id = store_server(d->store, name, "http://localhost");
		for (p = 0; p < d->n_people; p++) {
			if (p > 0 && i % 3 == 2)
				continue;	/* has no user there */
			snprintf(user, sizeof(user), "person%u", p);
			s->endpoints[p] = store_endpoint(d->store, s->id, user,
			    user, s->direction);
			id = sim_new_id(0x10000 + p);
			store_endpoint_user(d->store, s->endpoints[p], &id);
		}
	}
	store_commit(d->store);
}

static void
clear_lanes(struct engine_server *s)
{
	memset(&s->bulk, 0, sizeof(s->bulk));
	memset(&s->small, 0, sizeof(s->small));
	s->phase = ROUND_NONE;
}

void
daemon_start(struct daemon *d)
{
	char error[ERROR_SIZE];
	bool passes;

	d->store = store_open(d->path, &passes, error, sizeof(error));
	if (d->store == NULL)
		errx(1, "%s", error);
	configure(d);
}

void
daemon_crash(struct daemon *d)
{
	struct store *store = d->store;

	if (store->touched) {
		db_exec(store->db, "ROLLBACK");
		store->touched = false;
		store->point = store->saved_point;
	}
	if (strcmp(d->path, ":memory:") != 0) {
		daemon_stop(d);
		daemon_start(d);
	} else {
		configure(d);
	}
}

void
daemon_stop(struct daemon *d)
{
	store_close(d->store);
	d->store = NULL;
}

/* What servers do. */

static void
carry_out_reading(struct daemon *d, uint32_t server, struct lane *lane)
{
	struct sim_item *item;
	size_t i;

	for (i = 0; i < lane->n; i++) {
		item = sim_find(&d->sims[server], lane->person, &lane->ids[i]);
		lane->answered[i] = item != NULL;
		if (item != NULL)
			lane->shown[i] = sim_show(&d->sims[server], item,
			    lane->person);
	}
	lane->carried_out = true;
}

static void
carry_out_writes(struct daemon *d, uint32_t server, struct lane *lane,
    uint32_t most)
{
	size_t i, k, end;
	uint32_t sent;

	for (i = 0; i < lane->n; i = end) {
		for (end = i + 1; end < lane->n && lane->writes[end].joined;
		    end++)
			;
		sent = sim_write(&d->sims[server], lane->person,
		    &lane->writes[i], &lane->written[i], end - i, most);
		most -= sent;
		d->written += sent;
		for (k = i; k < end && d->trace != NULL; k++)
			fprintf(d->trace, "server %u: write for person %u, "
			    "item %u, %s -> %s: %s\n", server, lane->person,
			    lane->writes[k].item.bytes[0],
			    in_words(&lane->writes[k].expected),
			    in_words(&lane->writes[k].wanted),
			    lane->written[k].result == WRITE_DONE ? "done" :
			    lane->written[k].result == WRITE_CHANGED ?
			    "changed meanwhile" : "not done");
	}
	lane->carried_out = true;
}

/* Answers. */

/* Of a group, what was seen; and what was not, if that says something. */
static void
settle_groups(struct daemon *d, uint32_t server, struct lane *lane,
    bool of_reading)
{
	struct group_reading reading;
	size_t i, k;

	for (i = 0; i < lane->n; i = k) {
		memset(&reading, 0, sizeof(reading));
		reading.listed = lane->groups[i];
		reading.began = lane->began;
		for (k = i; k < lane->n && lane->groups[k] == lane->groups[i];
		    k++) {
			if (reading.n == GROUP_MAX ||
			    (!lane->answered[k] && !of_reading))
				continue;
			reading.items[reading.n] = lane->items[k];
			reading.answered[reading.n] = lane->answered[k];
			reading.shown[reading.n++] = lane->shown[k];
		}
		if (reading.listed != 0)
			group_settle(d->store, &d->options,
			    d->servers[server].endpoints[lane->person],
			    &reading, d->now, &d->counts);
	}
}

static void
answer_reading(struct daemon *d, uint32_t server, struct lane *lane)
{
	struct engine_server *s = &d->servers[server];
	int64_t endpoint = s->endpoints[lane->person];
	bool of_round = lane->person == s->person &&
	    (s->phase == ROUND_LOST || s->phase == ROUND_NEW);
	size_t i;

	for (i = 0; i < lane->n; i++) {
		if (d->trace != NULL && lane->answered[i])
			fprintf(d->trace, "server %u: read for person %u, "
			    "item %u: %s\n", server, lane->person,
			    lane->ids[i].bytes[0], in_words(&lane->shown[i]));
		if (lane->groups[i] != 0 || (lane->answered[i] &&
		    unlisted_look(d->store, &d->options, endpoint,
		    lane->items[i], &lane->shown[i], of_round, lane->began,
		    d->now, &d->counts)))
			continue;
		outcome_read(d->store, &d->options, endpoint, lane->items[i],
		    lane->answered[i] ? &lane->shown[i] : NULL, lane->began,
		    d->now, &d->counts);
	}
	settle_groups(d, server, lane, true);
	lane->kind = LANE_IDLE;
}

/* One in eight is not what the fetcher says it is: it ran into a time-out. */
static void
answer_writes(struct daemon *d, uint32_t server, struct lane *lane,
    uint32_t how)
{
	int64_t endpoint = d->servers[server].endpoints[lane->person];
	struct message_written *written;
	size_t i;

	for (i = 0; i < lane->n; i++) {
		written = &lane->written[i];
		if (how % 8 == 7)
			written->result = WRITE_FAILED;
		else if (how % 8 == 6 && written->result == WRITE_CHANGED)
			written->result = WRITE_PLAYING;
		lane->answered[i] = lane->groups[i] != 0 &&
		    written->result == WRITE_CHANGED;
		if (lane->answered[i]) {
			lane->shown[i] = written->userdata;
			written->result = WRITE_NOT_SENT;
		}
		outcome_written(d->store, &d->options, endpoint, lane->items[i],
		    written, lane->began, d->now, &d->counts);
	}
	settle_groups(d, server, lane, false);
	lane->kind = LANE_IDLE;
}

/* The small lane. */

static void
read_ids(struct daemon *d, uint32_t server, uint32_t person,
    const int64_t *items, size_t n)
{
	struct engine_server *s = &d->servers[server];
	struct lane *lane = &s->small;
	int64_t group[GROUP_MAX], listed;
	size_t i, k, n_group;

	memset(lane, 0, sizeof(*lane));
	lane->person = person;
	lane->began = store_point(d->store);
	for (i = 0; i < n; i++) {
		group[0] = items[i];
		n_group = 1;
		listed = store_listed(d->store, items[i]);
		for (k = 0; k < lane->n && listed != 0 &&
		    lane->groups[k] != listed; k++)
			;
		if (listed != 0)
			n_group = k < lane->n ? 0 : store_group(d->store,
			    s->endpoints[person], listed, d->now, group,
			    GROUP_MAX);
		for (k = 0; k < n_group && lane->n < READ_IDS_MAX; k++) {
			if (!store_item_id(d->store, group[k],
			    &lane->ids[lane->n]))
				continue;
			lane->groups[lane->n] = listed;
			lane->items[lane->n++] = group[k];
		}
	}
	lane->kind = lane->n == 0 ? LANE_IDLE : LANE_READ;
}

static bool
begin_writing(struct daemon *d, uint32_t server, uint32_t person)
{
	static struct message_write batch;
	struct engine_server *s = &d->servers[server];
	struct lane *lane = &s->small;
	int64_t items[WRITES_MAX];
	size_t i, n;

	if (s->endpoints[person] == 0)
		return false;
	n = store_asked_needed(d->store, s->endpoints[person], d->now, items,
	    WRITES_MAX);
	if (n == 0)
		n = group_unready(d->store, s->endpoints[person], d->now,
		    items, WRITES_MAX);
	if (n > 0) {
		read_ids(d, server, person, items, n);
		return lane->kind != LANE_IDLE;
	}
	n = next_writes(d->store, &d->options, s->endpoints[person], d->now,
	    &batch, items);
	if (n == 0)
		return false;
	store_commit(d->store);
	memset(lane, 0, sizeof(*lane));
	lane->kind = LANE_WRITE;
	lane->person = person;
	lane->began = store_point(d->store);
	lane->n = n;
	for (i = 0; i < n; i++) {
		lane->items[i] = items[i];
		lane->groups[i] = store_listed(d->store, items[i]);
		lane->writes[i] = batch.writes[i];
		d->about_to_write(d->arg, server, person, &lane->writes[i]);
	}
	return true;
}

bool
daemon_small(struct daemon *d, uint32_t server, uint32_t how)
{
	struct lane *lane = &d->servers[server].small;
	uint32_t p, first;

	if (lane->kind == LANE_IDLE) {
		first = how % d->n_people;
		for (p = 0; p < d->n_people; p++) {
			if (begin_writing(d, server,
			    (first + p) % d->n_people))
				return true;
		}
		return false;
	}
	if (!lane->carried_out) {
		if (lane->kind == LANE_READ)
			carry_out_reading(d, server, lane);
		else
			carry_out_writes(d, server, lane, UINT32_MAX);
	} else if (lane->kind == LANE_READ) {
		answer_reading(d, server, lane);
	} else {
		answer_writes(d, server, lane, how);
	}
	return true;
}

void
daemon_notice(struct daemon *d, uint32_t server, uint32_t person,
    const struct jellyfin_id *id)
{
	struct engine_server *s = &d->servers[server];
	int64_t item = store_item(d->store, s->id, id);

	if (s->small.kind == LANE_IDLE && item != 0 &&
	    s->endpoints[person] != 0)
		read_ids(d, server, person, &item, 1);
}

void
daemon_cut(struct daemon *d, uint32_t server, uint32_t how)
{
	struct lane *lane = &d->servers[server].small;

	if (lane->kind == LANE_WRITE && !lane->carried_out)
		carry_out_writes(d, server, lane,
		    how % ((uint32_t)lane->n + 2));
	clear_lanes(&d->servers[server]);
}

/* The round. */

static void
next_person(struct daemon *d, struct engine_server *s)
{
	do {
		s->person++;
	} while (s->person < d->n_people && s->endpoints[s->person] == 0);
	s->listing = LISTING_PLAYED;
	s->cursor = 0;
}

static void
round_asked(struct daemon *d, uint32_t server)
{
	struct engine_server *s = &d->servers[server];
	int64_t items[READ_IDS_MAX];
	size_t n;

	if (s->small.kind != LANE_IDLE)
		return;
	while (s->person < d->n_people) {
		n = store_asked(d->store, s->endpoints[s->person], s->cursor,
		    items, READ_IDS_MAX);
		if (n > 0) {
			s->cursor = items[n - 1];
			read_ids(d, server, s->person, items, n);
			return;
		}
		next_person(d, s);
	}
	s->phase = ROUND_IDENTITY;
}

static void
find_alternates(struct daemon *d, uint32_t server)
{
	struct engine_server *s = &d->servers[server];
	struct sim_server *sim = &d->sims[server];
	int64_t items[ITEMS_MAX * 8], after = 0;
	struct alternate_record record;
	size_t i, k, m, n;

	while ((n = store_alternates_due(d->store, s->id, after, items,
	    ITEMS_MAX * 8)) > 0) {
		after = items[n - 1];
		store_alternates_begin(d->store, s->id);
		for (i = 0; i < n * ITEMS_MAX * ITEMS_MAX; i++) {
			k = i / ITEMS_MAX % ITEMS_MAX;
			m = i % ITEMS_MAX;
			if (!store_item_id(d->store,
			    items[i / ITEMS_MAX / ITEMS_MAX],
			    &record.listed) || sim->items[k].alternate ||
			    !sim->items[k].there ||
			    !jellyfin_id_equal(&sim->items[k].id,
			    &record.listed) ||
			    !sim_is_sibling(sim, &sim->items[k], m))
				continue;
			record.id = sim->items[m].id;
			record.runtime = sim->items[m].runtime;
			store_alternate(d->store, s->id, s->round, &record);
		}
		store_alternates_end(d->store, s->id, d->now);
	}
}

static void
round_identity(struct daemon *d, uint32_t server)
{
	struct engine_server *s = &d->servers[server];
	struct item_record record;
	struct identity identity = { 0 };
	int64_t items[ITEMS_MAX * 8];
	size_t i, n, slices = 0;

	store_identity_begin(d->store, &identity, s->id, s->round + 1);
	for (i = 0; i < ITEMS_MAX; i++) {
		if (!d->sims[server].items[i].there ||
		    d->sims[server].items[i].alternate)
			continue;
		sim_record(&d->sims[server], &d->sims[server].items[i],
		    &record);
		works_add(d->store, &d->options, d->match_by, &identity,
		    &record);
	}
	store_identity_end(d->store, &identity, d->now);
	s->round++;
	find_alternates(d, server);
	while ((n = store_unformed(d->store, s->id, items,
	    ITEMS_MAX * 8)) > 0 && !d->stuck) {
		d->stuck = ++slices > SLICES_MAX;
		for (i = 0; i < n; i++)
			works_form(d->store, &d->options, d->match_by,
			    items[i]);
	}
	s->phase = ROUND_SETS;
	s->person = 0;
	s->listing = LISTING_PLAYED;
}

static void
round_sets(struct daemon *d, uint32_t server)
{
	struct engine_server *s = &d->servers[server];
	struct lane *lane = &s->bulk;
	int64_t endpoint = s->endpoints[s->person], item;
	struct sim_item *sim;
	size_t i;

	if (lane->kind == LANE_IDLE) {
		if (s->listing == LISTING_PLAYED) {
			store_set_begin(d->store, endpoint);
			s->sets_began = store_point(d->store);
		}
		memset(lane, 0, sizeof(*lane));
		lane->kind = LANE_LIST;
		lane->began = store_point(d->store);
		return;
	}
	if (!lane->carried_out) {
		lane->carried_out = true;
		for (i = 0; i < ITEMS_MAX; i++) {
			sim = &d->sims[server].items[i];
			if (!sim->there || sim->alternate || !sim_in_listing(
			    &sim->copies[s->person], s->listing))
				continue;
			lane->ids[lane->n] = sim->id;
			lane->shown[lane->n++] = sim_show(&d->sims[server],
			    sim, s->person);
		}
		return;
	}
	for (i = 0; i < lane->n; i++) {
		item = store_item(d->store, s->id, &lane->ids[i]);
		if (item == 0)
			continue;
		if (d->trace != NULL)
			fprintf(d->trace, "server %u: listed for person %u: "
			    "%s\n", server, s->person,
			    in_words(&lane->shown[i]));
		store_set_seen(d->store, endpoint, s->listing, item);
		if (group_must_be_read(d->store, endpoint, item,
		    &lane->shown[i]))
			continue;
		hear(d->store, &d->options, endpoint, item, &lane->shown[i],
		    lane->began, d->now, &d->counts);
	}
	lane->kind = LANE_IDLE;
	if (s->listing == LISTING_FAVORITE)
		s->phase = ROUND_LOST;
	else
		s->listing++;
}

static void
round_lost(struct daemon *d, uint32_t server)
{
	struct engine_server *s = &d->servers[server];
	int64_t items[READ_IDS_MAX], endpoint = s->endpoints[s->person];
	size_t n;

	if (s->small.kind != LANE_IDLE)
		return;
	if (s->phase == ROUND_LOST)
		n = store_lost(d->store, endpoint,
		    d->full || s->round % 2 == 0, true, s->cursor, items,
		    READ_IDS_MAX);
	else {
		while ((n = store_uncopied(d->store, endpoint, true,
		    &s->slice, s->cursor, items, READ_IDS_MAX)) == 0 &&
		    s->slice != LAST_SLICE)
			s->cursor = 0;
	}
	if (n > 0) {
		s->cursor = items[n - 1];
		read_ids(d, server, s->person, items, n);
		return;
	}
	s->phase = s->phase == ROUND_LOST ? ROUND_NEW : ROUND_GROUPS;
	s->cursor = 0;
	s->slice = FIRST_SLICE;
}

/* A round that is not full reads what has changed, as far as that shows. */
static void
round_groups(struct daemon *d, uint32_t server)
{
	struct engine_server *s = &d->servers[server];
	int64_t items[READ_IDS_MAX], endpoint = s->endpoints[s->person];
	int64_t slice = FIRST_SLICE;
	size_t n;

	if (s->small.kind != LANE_IDLE)
		return;
	if (d->full || s->round % 2 == 0)
		n = store_groups(d->store, s->id, s->cursor, items,
		    READ_IDS_MAX / GROUP_MAX);
	else
		n = store_touched_groups(d->store, endpoint, s->cursor, items,
		    READ_IDS_MAX / GROUP_MAX);
	if (n > 0) {
		s->cursor = items[n - 1];
		read_ids(d, server, s->person, items, n);
		return;
	}
	if (guard_decide(d->store, &d->options, &d->guard, endpoint, d->now,
	    &d->counts) > 0 && d->trace != NULL)
		fprintf(d->trace, "server %u: changes of person %u are held\n",
		    server, s->person);
	store_confirm_unlisted(d->store, endpoint, s->sets_began);
	store_endpoint_read(d->store, endpoint, s->round);
	store_set_end(d->store, endpoint);
	while (slice != LAST_SLICE)
		plan_endpoint(d->store, &d->options, endpoint, &slice);
	next_person(d, s);
	s->phase = s->person < d->n_people ? ROUND_SETS : ROUND_NONE;
}

void
daemon_round(struct daemon *d, uint32_t server)
{
	struct engine_server *s = &d->servers[server];
	struct message_server_info info;
	struct server_row row;

	switch (s->phase) {
	case ROUND_NONE:
		memset(&info, 0, sizeof(info));
		info.id = d->sims[server].id;
		store_server_contacted(d->store, s->id, &info);
		store_get_server(d->store, s->id, &row);
		s->round = row.round;
		s->phase = ROUND_ASKED;
		s->person = 0;
		s->cursor = 0;
		break;
	case ROUND_ASKED:
		round_asked(d, server);
		break;
	case ROUND_IDENTITY:
		round_identity(d, server);
		break;
	case ROUND_SETS:
		round_sets(d, server);
		break;
	case ROUND_LOST:
	case ROUND_NEW:
		round_lost(d, server);
		break;
	case ROUND_GROUPS:
		round_groups(d, server);
		break;
	}
}

void
daemon_word(struct daemon *d, bool approve)
{
	uint32_t i, p;

	for (i = 0; i < d->n_servers; i++) {
		for (p = 0; p < d->n_people; p++) {
			while (d->servers[i].endpoints[p] != 0 && (approve ?
			    guard_approve(d->store, &d->options,
			    d->servers[i].endpoints[p], d->now, &d->counts) :
			    guard_discard(d->store, &d->options,
			    d->servers[i].endpoints[p], d->now,
			    &d->counts)) > 0)
				;
		}
	}
}

static void
finish_small(struct daemon *d, uint32_t server)
{
	int i;

	for (i = 0; i < SMALL_MAX && daemon_small(d, server, 0); i++)
		;
}

void
daemon_full_round(struct daemon *d, uint32_t server, bool notices)
{
	struct engine_server *s = &d->servers[server];
	uint32_t p, i;

	d->full = true;
	finish_small(d, server);
	while (s->phase != ROUND_NONE) {	/* one that goes on */
		daemon_round(d, server);
		finish_small(d, server);
	}
	do {
		daemon_round(d, server);
		finish_small(d, server);
	} while (s->phase != ROUND_NONE);
	for (p = 0; notices && p < d->n_people; p++) {
		for (i = 0; i < ITEMS_MAX; i++) {
			if (d->sims[server].items[i].there)
				daemon_notice(d, server, p,
				    &d->sims[server].items[i].id);
			finish_small(d, server);
		}
	}
	d->full = false;
	store_commit(d->store);
}
