/*
 * What playing does to userdata, sessions and the activity log.
 */
#include <stdbool.h>
#include <string.h>

#include "date.h"
#include "memory.h"
#include "playback.h"
#include "sim.h"
#include "userdata.h"

/* The server's defaults: what counts as begun, as finished, as too short. */
#define RESUME_MIN_PERCENT	5
#define RESUME_MAX_PERCENT	90
#define RESUME_MIN_TICKS	(300 * INT64_C(10000000))

static const char *const activity_types[] = { "VideoPlayback",
	"VideoPlaybackStopped", "SessionStarted", "AuthenticationSucceeded" };

static void	check_in(struct sim *, struct device *);
static void	settle(const struct library_item *, int64_t, struct state *);

const char *
playback_activity_type(const char *type)
{
	size_t i;

	for (i = 0; i < sizeof(activity_types) / sizeof(activity_types[0]);
	    i++)
		if (strcmp(activity_types[i], type) == 0)
			return activity_types[i];
	return NULL;
}

struct activity *
playback_append(struct playback *playback)
{
	struct activity *activity;

	if (playback->n_activities == playback->size) {
		playback->size = playback->size * 2 + 64;
		playback->activities = memory_grown(playback->activities,
		    playback->size, sizeof(*playback->activities));
	}
	activity = &playback->activities[playback->n_activities++];
	memset(activity, 0, sizeof(*activity));
	activity->id = ++playback->next_id;
	return activity;
}

/* The log names the listed item, whichever version played. */
void
playback_log(struct sim *sim, const char *type, const struct user *user,
    uint32_t item)
{
	struct activity *activity = playback_append(&sim->playback);
	const struct library *library = &sim->library;

	activity->date = sim_now(sim);
	activity->user = user->id;
	activity->type = playback_activity_type(type);
	if (item != NO_ITEM) {
		activity->has_item = true;
		activity->item =
		    library->items[library->items[item].primary].id;
	}
}

static void
check_in(struct sim *sim, struct device *device)
{
	device->last_activity = device->last_check_in = sim_now(sim);
}

void
playback_start(struct sim *sim, struct device *device, uint32_t item,
    uint32_t source)
{
	struct state state;

	device->playing = item;
	device->source = source;
	device->position = 0;
	device->paused = false;
	check_in(sim, device);
	userdata_get(sim, device->user, source, &state);
	state.play_count++;
	state.has_date = true;
	state.date = sim_now(sim);
	if (!sim_is_12(sim))
		state.played = false;
	userdata_set(sim, device->user, source, &state);
	sockets_changed(sim, device->user, source);
	playback_log(sim, "VideoPlayback", device->user, item);
}

void
playback_progress(struct sim *sim, struct device *device, uint32_t item,
    uint32_t source, int64_t position, bool paused)
{
	struct state state;

	device->playing = item;
	device->source = source;
	device->position = position;
	device->paused = paused;
	check_in(sim, device);
	userdata_get(sim, device->user, source, &state);
	settle(&sim->library.items[source], position, &state);
	userdata_set(sim, device->user, source, &state);
	if (state.played)
		userdata_propagate(sim, device->user, source);
}

/* What a progress or a stop at a position leaves: it is the same. */
static void
settle(const struct library_item *item, int64_t position, struct state *state)
{
	double percent;

	state->position = position;
	/* Of unknown length: taken to have been seen to its end. */
	percent = item->runtime == 0 ? 100 :
	    100 * (double)position / (double)item->runtime;
	if (percent >= RESUME_MIN_PERCENT && percent <= RESUME_MAX_PERCENT &&
	    item->runtime >= RESUME_MIN_TICKS)
		return;
	state->position = 0;
	if (percent >= RESUME_MIN_PERCENT)
		state->played = true;
}

void
playback_stop(struct sim *sim, struct device *device, uint32_t item,
    uint32_t source, const int64_t *position)
{
	struct state state;

	device->playing = device->source = NO_ITEM;
	check_in(sim, device);
	userdata_get(sim, device->user, source, &state);
	if (position != NULL)
		settle(&sim->library.items[source], *position, &state);
	else {
		/* Taken for the end, and for another play. */
		state.play_count++;
		state.played = true;
		state.position = 0;
	}
	userdata_set(sim, device->user, source, &state);
	if (state.played)
		userdata_propagate(sim, device->user, source);
	sockets_changed(sim, device->user, source);
	playback_log(sim, "VideoPlaybackStopped", device->user, item);
}
