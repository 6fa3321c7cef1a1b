/*
 * Userdata: kept, marked, unmarked, shown, drawn as history, backed up.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "date.h"
#include "memory.h"
#include "sim.h"
#include "userdata.h"

/* Histories lie in the three years before 2026. */
#define HISTORY_END	(INT64_C(1767225600) * DATE_TICKS_PER_SECOND)
#define HISTORY_LENGTH	(INT64_C(3) * 365 * 86400 * DATE_TICKS_PER_SECOND)

enum draw {
	DRAW_WATCHED = 500,
	DRAW_RESUMABLE,
	DRAW_FAVORITE,
	DRAW_DATE,
	DRAW_COUNT,
	DRAW_POSITION
};

static bool	is_later(const struct state *, const struct state *);
static void	grow(const struct sim *, struct user *);
static void	remember(const struct sim *, struct user *, uint32_t);
static bool	belongs(const struct sim *, uint32_t, uint32_t);
static void	mark_one(const struct sim *, struct user *, uint32_t,
		    const int64_t *);
static void	unmark_one(const struct sim *, struct user *, uint32_t);
static void	draw_state(const struct sim *, const struct user *, uint32_t,
		    const struct history_rates *, struct state *);

uint32_t
userdata_index(const struct sim *sim, uint32_t item)
{
	return sim_is_12(sim) ? item : sim->library.items[item].primary;
}

void
userdata_kept(const struct sim *sim, const struct user *user, uint32_t item,
    struct state *state)
{
	uint32_t index = userdata_index(sim, item);

	if (index < user->n_states)
		*state = user->states[index];
	else
		memset(state, 0, sizeof(*state));
}

void
userdata_get(const struct sim *sim, const struct user *user, uint32_t item,
    struct state *state)
{
	uint32_t index = userdata_index(sim, item);

	userdata_kept(sim, user, item, state);
	if (!state->touched && index < user->n_former)
		*state = user->former[index];
}

void
userdata_get_stale(const struct sim *sim, const struct user *user,
    uint32_t item, int64_t age, struct state *state)
{
	const struct previous *previous;
	uint32_t index = userdata_index(sim, item), i;

	userdata_get(sim, user, item, state);
	for (i = 0; i < user->n_previous && i < PREVIOUS_MAX; i++) {
		previous =
		    &user->previous[(user->n_previous - 1 - i) % PREVIOUS_MAX];
		if (previous->item != index)
			continue;
		if (sim_now(sim) - previous->when < age)
			*state = previous->state;
		return;
	}
}

/* Of two, the one that was played later; the first of those at one time. */
static bool
is_later(const struct state *a, const struct state *b)
{
	if (!a->has_date || !b->has_date)
		return a->has_date;
	return a->date > b->date;
}

void
userdata_show(const struct sim *sim, const struct user *user, uint32_t item,
    struct state *state)
{
	const struct library_item *it = &sim->library.items[item];
	struct state version, last;
	uint32_t i, which = NO_ITEM;

	if (!sim_is_12(sim) || it->primary != item)
		return;
	for (i = item; i <= item + it->versions; i++) {
		version = *state;
		if (i != item)
			userdata_get(sim, user, i, &version);
		if (!sim->library.items[i].removed &&
		    (version.played || version.position > 0) &&
		    (which == NO_ITEM || is_later(&version, &last))) {
			last = version;
			which = i;
		}
	}
	if (which == NO_ITEM)
		return;
	state->played = state->played || last.played;
	if (is_later(&last, state)) {
		state->has_date = true;
		state->date = last.date;
	}
	if (which != item && last.played && last.position <= 0)
		state->position = 0;
}

bool
userdata_is_resumable(const struct sim *sim, const struct user *user,
    uint32_t item)
{
	const struct library_item *items = sim->library.items;
	uint32_t i, first = items[item].primary;
	struct state state, other;

	userdata_kept(sim, user, item, &state);
	if (state.position <= 0)
		return false;
	for (i = first; sim_is_12(sim) && i <= first + items[first].versions;
	    i++) {
		userdata_kept(sim, user, i, &other);
		if (i == item || other.position <= 0 || items[i].removed)
			continue;
		if (is_later(&other, &state) || (!is_later(&state, &other) &&
		    memcmp(items[i].id.bytes, items[item].id.bytes,
		    JELLYFIN_ID_SIZE) < 0))
			return false;
	}
	return true;
}

void
userdata_propagate(const struct sim *sim, struct user *user, uint32_t item)
{
	const struct library_item *items = sim->library.items;
	uint32_t i, first = items[item].primary;
	struct state state;

	if (!sim_is_12(sim))
		return;
	for (i = first; i <= first + items[first].versions; i++) {
		if (i == item || items[i].removed)
			continue;
		userdata_get(sim, user, i, &state);
		state.played = true;
		state.position = 0;
		userdata_set(sim, user, i, &state);
	}
}

static void
grow(const struct sim *sim, struct user *user)
{
	uint32_t n = sim->library.n_items;

	if (user->n_states == 0) {
		/* Pages of zeros that nobody touches cost nothing. */
		free(user->states);
		user->states = memory_zeroed(n, sizeof(*user->states));
	} else {
		user->states = memory_grown(user->states, n,
		    sizeof(*user->states));
		memset(user->states + user->n_states, 0,
		    (n - user->n_states) * sizeof(*user->states));
	}
	user->n_states = n;
}

static void
remember(const struct sim *sim, struct user *user, uint32_t index)
{
	struct previous *previous =
	    &user->previous[user->n_previous++ % PREVIOUS_MAX];

	previous->item = index;
	previous->when = sim_now(sim);
	userdata_get(sim, user, index, &previous->state);
}

void
userdata_set(const struct sim *sim, struct user *user, uint32_t item,
    const struct state *state)
{
	uint32_t index = userdata_index(sim, item);

	if (index >= user->n_states)
		grow(sim, user);
	remember(sim, user, index);
	user->states[index] = *state;
	user->states[index].touched = true;
}

/* Is it that item, or an episode of that series or season? */
static bool
belongs(const struct sim *sim, uint32_t index, uint32_t to)
{
	const struct library_item *item = &sim->library.items[index];

	if (index == to)
		return item->kind == ITEM_MOVIE || item->kind == ITEM_EPISODE;
	return item->kind == ITEM_EPISODE && !item->removed &&
	    !library_is_version(&sim->library, index) &&
	    !library_has(item, QUIRK_VIRTUAL) &&
	    (item->series == to || item->season_item == to);
}

void
userdata_mark(const struct sim *sim, struct user *user, uint32_t item,
    const int64_t *date)
{
	uint32_t i;

	for (i = 0; i < sim->library.n_items; i++)
		if (belongs(sim, i, item))
			mark_one(sim, user, i, date);
}

void
userdata_unmark(const struct sim *sim, struct user *user, uint32_t item)
{
	uint32_t i;

	for (i = 0; i < sim->library.n_items; i++)
		if (belongs(sim, i, item))
			unmark_one(sim, user, i);
}

static void
mark_one(const struct sim *sim, struct user *user, uint32_t item,
    const int64_t *date)
{
	struct state state;

	userdata_get(sim, user, item, &state);
	state.played = true;
	state.position = 0;
	if (date != NULL)
		state.play_count++;
	if (state.play_count < 1)
		state.play_count = 1;
	if (date != NULL || !state.has_date)
		state.date = date != NULL ? *date : sim_now(sim);
	state.has_date = true;
	userdata_set(sim, user, item, &state);
	userdata_propagate(sim, user, item);
}

/* With an item, on 12, all of its versions are cleared too. */
static void
unmark_one(const struct sim *sim, struct user *user, uint32_t item)
{
	struct state state;
	uint32_t i, primary = sim->library.items[item].primary;
	uint32_t n = sim_is_12(sim) ? sim->library.items[primary].versions : 0;

	for (i = 0; i <= n; i++) {
		userdata_get(sim, user, primary + i, &state);
		if (i > 0 && !state.touched)
			continue;
		state.played = state.has_date = false;
		state.position = state.date = 0;
		state.play_count = 0;
		userdata_set(sim, user, primary + i, &state);
	}
}

void
userdata_favorite(const struct sim *sim, struct user *user, uint32_t item,
    bool favorite)
{
	struct state state;

	userdata_get(sim, user, item, &state);
	state.favorite = favorite;
	userdata_set(sim, user, item, &state);
}

void
userdata_json(const struct sim *sim, uint32_t item, const struct state *state,
    struct json_out *out)
{
	const struct library_item *it = &sim->library.items[item];
	char percent[32];

	out_literal(out, "{");
	if (state->position > 0 && it->runtime > 0) {
		(void)snprintf(percent, sizeof(percent), "%.15g",
		    100.0 * (double)state->position / (double)it->runtime);
		out_literal(out, "\"PlayedPercentage\":");
		out_text(out, percent);
		out_literal(out, ",");
	}
	out_literal(out, "\"PlaybackPositionTicks\":");
	out_number(out, state->position);
	out_literal(out, ",\"PlayCount\":");
	out_number(out, state->play_count);
	out_literal(out, ",\"IsFavorite\":");
	out_bool(out, state->favorite);
	if (state->has_date) {
		out_literal(out, ",\"LastPlayedDate\":");
		out_date(out, state->date);
	}
	out_literal(out, ",\"Played\":");
	out_bool(out, state->played);
	/* It changes with the cache, and so is of no use to anybody. */
	out_literal(out, ",\"Key\":\"");
	out_number(out, (int64_t)(it->number + sim->serial % 7));
	out_literal(out, "\",\"ItemId\":");
	out_id(out, &it->id);
	out_literal(out, "}");
}

static void
draw_state(const struct sim *sim, const struct user *user, uint32_t index,
    const struct history_rates *rates, struct state *state)
{
	const struct library_item *item = &sim->library.items[index];
	uint64_t seed = mix(sim->options.library.seed, user->number, index);
	bool watched = mix(seed, DRAW_WATCHED, 0) % 1000 < rates->watched;
	bool resumable = item->runtime > 0 &&
	    mix(seed, DRAW_RESUMABLE, 0) % 1000 < rates->resumable;

	memset(state, 0, sizeof(*state));
	if (watched || resumable) {
		state->has_date = true;
		state->date = HISTORY_END - (int64_t)(
		    mix(seed, DRAW_DATE, 0) % (uint64_t)HISTORY_LENGTH);
		state->play_count =
		    (int32_t)(1 + mix(seed, DRAW_COUNT, 0) % 3);
	}
	if (resumable)
		state->position = item->runtime / 100 *
		    (int64_t)(6 + mix(seed, DRAW_POSITION, 0) % 83);
	state->played = watched && !resumable;
	state->favorite =
	    mix(seed, DRAW_FAVORITE, 0) % 1000 < rates->favorites;
	state->touched = watched || resumable || state->favorite;
}

void
userdata_draw_history(struct sim *sim, struct user *user,
    const struct history_rates *rates)
{
	const struct library_item *item;
	struct state state;
	uint32_t i;

	if (rates->watched + rates->resumable + rates->favorites == 0)
		return;
	grow(sim, user);
	for (i = 0; i < sim->library.n_items; i++) {
		item = &sim->library.items[i];
		if ((item->kind != ITEM_MOVIE && item->kind != ITEM_EPISODE) ||
		    library_is_version(&sim->library, i) ||
		    library_has(item, QUIRK_VIRTUAL))
			continue;
		draw_state(sim, user, i, rates, &state);
		if (state.touched)
			user->states[i] = state;
	}
}

void
userdata_backup(struct sim *sim)
{
	struct user *user;

	TAILQ_FOREACH(user, &sim->users.list, entry) {
		free(user->backup);
		user->n_backup = user->n_states;
		user->backup = memory_zeroed(user->n_backup,
		    sizeof(*user->backup));
		if (user->n_backup > 0)
			memcpy(user->backup, user->states,
			    user->n_backup * sizeof(*user->backup));
	}
}

int
userdata_restore(struct sim *sim)
{
	struct user *user;

	TAILQ_FOREACH(user, &sim->users.list, entry) {
		if (user->backup == NULL)
			return -1;
		free(user->states);
		user->n_states = user->n_backup;
		user->states = memory_zeroed(user->n_states,
		    sizeof(*user->states));
		memcpy(user->states, user->backup,
		    user->n_states * sizeof(*user->states));
		user->n_previous = 0;
	}
	/* The database's file is replaced while the server is down. */
	users_forget_former(&sim->users);
	return 0;
}
