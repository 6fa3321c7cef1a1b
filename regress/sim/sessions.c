/*
 * Playing over HTTP, who plays what, and the activity log.
 */
#include <string.h>
#include <strings.h>

#include "answer.h"
#include "date.h"
#include "handlers.h"
#include "sim.h"

/* What a player reports. */
struct report {
	uint32_t	item;
	uint32_t	source;
	int64_t		position;	/* ticks */
	bool		has_position;
	bool		paused;
};

static int	read_report(struct request *, struct report *);
static int	find_item(const struct request *, struct json_object *,
		    const char *, uint32_t *);
static void	put_playing(const struct sim *, const struct device *,
		    struct json_out *);
static void	put_session(const struct sim *, const struct device *,
		    struct json_out *);
static void	put_activity(const struct activity *, struct json_out *);
static bool	activity_wanted(const struct activity *, bool, bool, int64_t);

static int
find_item(const struct request *request, struct json_object *body,
    const char *name, uint32_t *item)
{
	const struct sim *sim = request->sim;
	struct json_object *field;
	struct jellyfin_id id;

	if (!json_object_object_get_ex(body, name, &field) || field == NULL ||
	    jellyfin_id_parse(json_object_get_string(field), &id) == -1)
		return -1;
	*item = library_by_id(&sim->library, &id);
	return *item == NO_ITEM || sim->library.items[*item].removed ||
	    !users_may_see(sim, request->caller.user, *item) ? -1 : 0;
}

/* Which version plays is said by MediaSourceId, if it is one of the item's. */
static int
read_report(struct request *request, struct report *report)
{
	const struct library_item *items = request->sim->library.items;
	const struct device *device = request->caller.device;
	struct json_object *body, *field;
	uint32_t source;
	int result = -1;

	memset(report, 0, sizeof(*report));
	if (request_object(request, &body) == -1)
		return -1;
	if (device == NULL) {
		answer_error(request, 400);
		goto done;
	}
	if (find_item(request, body, "ItemId", &report->item) == -1) {
		answer_problem(request, 404);
		goto done;
	}
	report->source = report->item;
	if (find_item(request, body, "MediaSourceId", &source) == 0 &&
	    items[source].primary == items[report->item].primary)
		report->source = source;
	report->position = device->position;
	if (json_object_object_get_ex(body, "PositionTicks", &field) &&
	    field != NULL) {
		report->position = json_object_get_int64(field);
		report->has_position = true;
	}
	if (json_object_object_get_ex(body, "IsPaused", &field))
		report->paused = json_object_get_boolean(field) != 0;
	result = 0;
done:
	json_object_put(body);
	return result;
}

void
handle_playing_start(struct request *request)
{
	struct report report;

	if (read_report(request, &report) == -1)
		return;
	playback_start(request->sim, request->caller.device, report.item,
	    report.source);
	answer_empty(request, 204);
}

void
handle_playing_progress(struct request *request)
{
	struct report report;

	if (read_report(request, &report) == -1)
		return;
	playback_progress(request->sim, request->caller.device, report.item,
	    report.source, report.position, report.paused);
	answer_empty(request, 204);
}

void
handle_playing_stopped(struct request *request)
{
	struct report report;

	if (read_report(request, &report) == -1)
		return;
	playback_stop(request->sim, request->caller.device, report.item,
	    report.source, report.has_position ? &report.position : NULL);
	answer_empty(request, 204);
}

static void
put_playing(const struct sim *sim, const struct device *device,
    struct json_out *out)
{
	const struct library_item *item = &sim->library.items[device->playing];
	char title[CATALOGUE_TITLE_SIZE];

	library_item_title(&sim->library, device->playing, title);
	out_literal(out, ",\"NowPlayingItem\":{\"Name\":");
	out_string(out, title);
	out_literal(out, ",\"Id\":");
	out_id(out, &item->id);
	out_literal(out, ",\"RunTimeTicks\":");
	out_number(out, item->runtime);
	out_text(out, item->kind == ITEM_MOVIE ? ",\"Type\":\"Movie\"" :
	    ",\"Type\":\"Episode\"");
	out_literal(out, ",\"MediaType\":\"Video\"}");
}

static void
put_session(const struct sim *sim, const struct device *device,
    struct json_out *out)
{
	out_literal(out, "{\"PlayState\":{");
	if (device->playing != NO_ITEM) {
		out_literal(out, "\"PositionTicks\":");
		out_number(out, device->position);
		out_literal(out, ",\"MediaSourceId\":");
		out_id(out, &sim->library.items[device->source].id);
		out_literal(out, ",");
	}
	out_literal(out, "\"CanSeek\":true,\"IsPaused\":");
	out_bool(out, device->paused);
	out_literal(out, ",\"IsMuted\":false},\"Id\":");
	out_id(out, &device->session);
	out_literal(out, ",\"UserId\":");
	out_id(out, &device->user->id);
	out_literal(out, ",\"UserName\":");
	out_string(out, device->user->name);
	out_literal(out, ",\"Client\":");
	out_string(out, device->client);
	out_literal(out, ",\"LastActivityDate\":");
	out_date(out, device->last_activity);
	out_literal(out, ",\"LastPlaybackCheckIn\":");
	if (device->last_check_in == 0)
		out_literal(out, "\"0001-01-01T00:00:00.0000000Z\"");
	else
		out_date(out, device->last_check_in);
	out_literal(out, ",\"DeviceName\":");
	out_string(out, device->name);
	if (device->playing != NO_ITEM)
		put_playing(sim, device, out);
	out_literal(out, ",\"DeviceId\":");
	out_string(out, device->device_id);
	out_literal(out, ",\"ApplicationVersion\":");
	out_string(out, device->version);
	out_literal(out, ",\"IsActive\":true,\"ServerId\":");
	out_id(out, &sim->id);
	out_literal(out, "}");
}

/* A user without rights sees the sessions of that user only. */
void
handle_sessions(struct request *request)
{
	const struct sim *sim = request->sim;
	const char *device_id = request_query(request, "deviceId");
	const struct device *device;
	struct json_out out;
	bool first = true;

	json_out_init(&out, sim->options.raw);
	out_literal(&out, "[");
	TAILQ_FOREACH(device, &sim->users.devices, entry) {
		if ((device_id != NULL &&
		    strcasecmp(device_id, device->device_id) != 0) ||
		    (!request->caller.administrator &&
		    device->user != request->caller.user))
			continue;
		if (!first)
			out_literal(&out, ",");
		first = false;
		put_session(sim, device, &out);
	}
	if (request->caller.administrator)
		sockets_put_sessions(sim, device_id, &out, &first);
	out_literal(&out, "]");
	answer_json(request, &out);
	json_out_free(&out);
}

static void
put_activity(const struct activity *activity, struct json_out *out)
{
	out_literal(out, "{\"Id\":");
	out_number(out, activity->id);
	out_literal(out, ",\"Name\":");
	out_string(out, activity->type);
	out_literal(out, ",\"Type\":");
	out_string(out, activity->type);
	if (activity->has_item) {
		out_literal(out, ",\"ItemId\":");
		out_id(out, &activity->item);
	}
	out_literal(out, ",\"Date\":");
	out_date(out, activity->date);
	out_literal(out, ",\"UserId\":");
	out_id(out, &activity->user);
	out_literal(out, ",\"Severity\":\"Information\"}");
}

static bool
activity_wanted(const struct activity *activity, bool no_users, bool has_since,
    int64_t since)
{
	/* Each entry here has its user. */
	return !no_users && (!has_since || activity->date >= since);
}

void
handle_activity(struct request *request)
{
	const struct playback *playback = &request->sim->playback;
	const char *text = request_query(request, "minDate");
	const struct activity *activity;
	struct json_out out;
	int64_t start = 0, limit = INT32_MAX, since = 0, total = 0;
	bool with_user = true;
	size_t i;

	if (request_number(request, "startIndex", &start) == -1 ||
	    request_number(request, "limit", &limit) == -1 ||
	    request_bool(request, "hasUserId", &with_user) == -1)
		return;
	if (text != NULL && date_parse(text, 0, &since) == -1) {
		answer_problem(request, 400);
		return;
	}
	json_out_init(&out, request->sim->options.raw);
	out_literal(&out, "{\"Items\":[");
	for (i = playback->n_activities; i > 0; i--) {
		activity = &playback->activities[i - 1];
		if (!activity_wanted(activity, !with_user, text != NULL,
		    since))
			continue;
		if (total >= start && total - start < limit) {
			if (total > start)
				out_literal(&out, ",");
			put_activity(activity, &out);
		}
		total++;
	}
	out_literal(&out, "],\"TotalRecordCount\":");
	out_number(&out, total);
	out_literal(&out, ",\"StartIndex\":");
	out_number(&out, start);
	out_literal(&out, "}");
	answer_json(request, &out);
	json_out_free(&out);
}
