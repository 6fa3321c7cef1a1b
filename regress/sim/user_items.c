/*
 * A user's data of one item: read, written, marked (jellyfin-api.md,
 * userdata).
 */
#include <err.h>
#include <string.h>

#include "answer.h"
#include "date.h"
#include "handlers.h"
#include "sim.h"
#include "userdata.h"

/*
 * On the servers that do so, a change is not shown by GET for this long.
 */
#define STALE_FOR	DATE_TICKS_PER_SECOND

static int	find(struct request *, struct user **, uint32_t *);
static void	answer_userdata(struct request *, uint32_t,
		    const struct state *);
static void	answer_current(struct request *, const struct user *, uint32_t);
static int	merge_bool(struct json_object *, const char *, bool *);
static int	merge_number(struct json_object *, const char *, int64_t,
		    int64_t, int64_t *);
static int	merge_date(const struct sim *, struct json_object *,
		    struct state *);
static int	merge_body(const struct sim *, struct json_object *,
		    struct state *);

static int
find(struct request *request, struct user **user, uint32_t *item)
{
	if (request_user(request, false, user) == -1)
		return -1;
	return request_item(request, *user, item);
}

static void
answer_userdata(struct request *request, uint32_t item,
    const struct state *state)
{
	struct json_out out;

	json_out_init(&out, request->sim->options.raw);
	userdata_json(request->sim, item, state, &out);
	answer_json(request, &out);
	json_out_free(&out);
}

static void
answer_current(struct request *request, const struct user *user, uint32_t item)
{
	struct state state;

	userdata_get(request->sim, user, item, &state);
	userdata_show(request->sim, user, item, &state);
	answer_userdata(request, item, &state);
}

void
handle_userdata_get(struct request *request)
{
	const struct sim *sim = request->sim;
	struct user *user;
	struct state state;
	uint32_t item;
	int64_t age = 0;

	if (find(request, &user, &item) == -1)
		return;
	if (sim_is_stale(sim))
		age = STALE_FOR;
	if (request->fault.kind == FAULT_STALE)
		age = INT64_MAX;
	userdata_get_stale(sim, user, item, age, &state);
	userdata_show(sim, user, item, &state);
	answer_userdata(request, item, &state);
}

/* A field that is missing or null leaves its value alone. */
static int
merge_bool(struct json_object *body, const char *name, bool *value)
{
	struct json_object *field;

	if (!json_object_object_get_ex(body, name, &field) || field == NULL)
		return 0;
	if (!json_object_is_type(field, json_type_boolean))
		return -1;
	*value = json_object_get_boolean(field) != 0;
	return 0;
}

static int
merge_number(struct json_object *body, const char *name, int64_t least,
    int64_t most, int64_t *value)
{
	struct json_object *field;

	if (!json_object_object_get_ex(body, name, &field) || field == NULL)
		return 0;
	if (!json_object_is_type(field, json_type_int) ||
	    json_object_get_int64(field) < least ||
	    json_object_get_int64(field) > most)
		return -1;
	*value = json_object_get_int64(field);
	return 0;
}

/* A date with an offset becomes one of the server's zone, and is kept as UTC. */
static int
merge_date(const struct sim *sim, struct json_object *body,
    struct state *state)
{
	struct json_object *field;

	if (!json_object_object_get_ex(body, "LastPlayedDate", &field) ||
	    field == NULL)
		return 0;
	if (!json_object_is_type(field, json_type_string) ||
	    date_parse(json_object_get_string(field),
	    sim->options.zone_minutes, &state->date) == -1)
		return -1;
	state->has_date = true;
	return 0;
}

/* Values are kept as they are: nothing is clamped. */
static int
merge_body(const struct sim *sim, struct json_object *body,
    struct state *state)
{
	int64_t play_count = state->play_count;

	if (merge_bool(body, "Played", &state->played) == -1 ||
	    merge_bool(body, "IsFavorite", &state->favorite) == -1 ||
	    merge_number(body, "PlayCount", INT32_MIN, INT32_MAX,
	    &play_count) == -1 ||
	    merge_number(body, "PlaybackPositionTicks", INT64_MIN, INT64_MAX,
	    &state->position) == -1 ||
	    merge_date(sim, body, state) == -1)
		return -1;
	state->play_count = (int32_t)play_count;
	return 0;
}

void
handle_userdata_post(struct request *request)
{
	struct json_object *body;
	struct user *user;
	struct state state, before;
	uint32_t item;

	if (request_object(request, &body) == -1)
		return;
	if (find(request, &user, &item) == -1)
		goto done;
	userdata_get(request->sim, user, item, &before);
	state = before;
	if (merge_body(request->sim, body, &state) == -1) {
		answer_problem(request, 400);
		goto done;
	}
	if (request->fault.kind != FAULT_IGNORED)
		userdata_set(request->sim, user, item, &state);
	writes_written(request->sim, user, item, &before);
	sockets_changed(request->sim, user, item);
	answer_current(request, user, item);
done:
	json_object_put(body);
}

void
handle_played_post(struct request *request)
{
	const char *text = request_query(request, "datePlayed");
	struct user *user;
	uint32_t item;
	int64_t date;

	if (find(request, &user, &item) == -1)
		return;
	if (text != NULL && date_parse(text, 0, &date) == -1) {
		answer_problem(request, 400);
		return;
	}
	userdata_mark(request->sim, user, item, text != NULL ? &date : NULL);
	sockets_changed(request->sim, user, item);
	answer_current(request, user, item);
}

void
handle_played_delete(struct request *request)
{
	struct state before;
	struct user *user;
	uint32_t item;

	if (find(request, &user, &item) == -1)
		return;
	userdata_get(request->sim, user, item, &before);
	if (request->fault.kind != FAULT_IGNORED)
		userdata_unmark(request->sim, user, item);
	writes_written(request->sim, user, item, &before);
	sockets_changed(request->sim, user, item);
	answer_current(request, user, item);
}

void
handle_favorite_post(struct request *request)
{
	struct user *user;
	uint32_t item;

	if (find(request, &user, &item) == -1)
		return;
	userdata_favorite(request->sim, user, item, true);
	sockets_changed(request->sim, user, item);
	answer_current(request, user, item);
}

void
handle_favorite_delete(struct request *request)
{
	struct user *user;
	uint32_t item;

	if (find(request, &user, &item) == -1)
		return;
	userdata_favorite(request->sim, user, item, false);
	sockets_changed(request->sim, user, item);
	answer_current(request, user, item);
}
