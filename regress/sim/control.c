/*
 * The control port: what tests do to the server, and ask of it.
 */
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "control.h"
#include "control_server.h"
#include "date.h"
#include "http_server.h"
#include "memory.h"
#include "sim.h"

static const char *control_act(struct control *);
static const char *control_set(struct control *);
static const char *control_item(struct control *);
static const char *control_state(struct control *);
static const char *control_items(struct control *);
static const char *control_fault(struct control *);
static const char *control_fault_clear(struct control *);
static const char *control_pace(struct control *);
static const char *control_counts(struct control *);
static const char *control_counts_reset(struct control *);

static const struct {
	const char	*method;
	const char	*path;
	/* An error for the caller, or NULL. */
	const char	*(*handle)(struct control *);
} routes[] = {
	{ "POST", "/act", control_act },
	{ "POST", "/set", control_set },
	{ "POST", "/item", control_item },
	{ "GET", "/state", control_state },
	{ "GET", "/items", control_items },
	{ "POST", "/fault", control_fault },
	{ "DELETE", "/fault", control_fault_clear },
	{ "POST", "/pace", control_pace },
	{ "GET", "/counts", control_counts },
	{ "POST", "/counts/reset", control_counts_reset },
	{ "POST", "/server", control_server },
	{ "GET", "/writes", control_writes },
	{ "POST", "/writes", control_writes_keep },
	{ "GET", "/sockets", control_sockets_show },
	{ "POST", "/sockets", control_sockets },
	{ "POST", "/save", control_save },
	{ "POST", "/shutdown", control_shutdown },
};

static void	put_change(struct control *, const struct state *,
		    const struct state *);
static void	put_numbers(const struct sim *, const struct library_item *,
		    struct json_out *);
static const char *query_date(const struct control *, const char *, bool *,
    int64_t *);
static const char *query_item(const struct control *, uint32_t *);
static const char *query_position(const struct control *, uint32_t,
    int64_t *);
static const char *edit_ids(struct control *, uint32_t);
static const char *edit_numbers(struct control *, uint32_t);
static const char *act_play(struct control *, uint32_t, const char *);

void
control_arrived(struct http_request *http, void *arg)
{
	struct control control = { arg, http, { NULL, 0, 0, false } };
	const char *error = "no such request";
	size_t i;

	json_out_init(&control.out, true);
	for (i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (strcmp(routes[i].method, http->method) == 0 &&
		    strcmp(routes[i].path, http->path) == 0)
			error = routes[i].handle(&control);
	if (error != NULL) {
		control.out.length = 0;
		out_literal(&control.out, "{\"error\":");
		out_string(&control.out, error);
		out_literal(&control.out, "}");
	} else if (control.out.length == 0)
		out_literal(&control.out, "{}");
	out_literal(&control.out, "\n");
	http_answer_header(http, "Content-Type", "application/json");
	http_answer(http, error == NULL ? 200 : 400, control.out.data,
	    control.out.length);
	json_out_free(&control.out);
}

const char *
control_query_number(const struct control *control, const char *name,
    int64_t *value)
{
	const char *text = http_query(control->http, name), *error;

	if (text == NULL)
		return NULL;
	*value = strtonum(text, INT64_MIN / 2, INT64_MAX, &error);
	return error == NULL ? NULL : "not a number";
}

static const char *
query_date(const struct control *control, const char *name, bool *has,
    int64_t *date)
{
	const char *text = http_query(control->http, name);

	*has = text != NULL;
	if (text != NULL && date_parse(text, 0, date) == -1)
		return "not a date";
	return NULL;
}

const char *
control_query_user(const struct control *control, const char *name,
    struct user **user)
{
	const char *text = http_query(control->http, name);

	if (text == NULL ||
	    (*user = users_by_name(&control->sim->users, text)) == NULL)
		return "no such user";
	return NULL;
}

static const char *
query_item(const struct control *control, uint32_t *item)
{
	const char *text = http_query(control->http, "item");

	if (text == NULL ||
	    (*item = library_find(&control->sim->library, text)) == NO_ITEM)
		return "no such item";
	return NULL;
}

/* position=TICKS, or percent=P of the runtime; else *position stays. */
static const char *
query_position(const struct control *control, uint32_t item,
    int64_t *position)
{
	int64_t percent = -1;
	const char *error;

	if ((error = control_query_number(control, "percent",
	    &percent)) != NULL)
		return error;
	if (percent >= 0)
		*position =
		    control->sim->library.items[item].runtime / 100 * percent;
	return control_query_number(control, "position", position);
}

/* Playing, the way that clients do it, with the server's date being date=. */
static const char *
act_play(struct control *control, uint32_t item, const char *what)
{
	static const struct {
		const char	*what;
		int		 percent;	/* unless said */
		bool		 start;
		bool		 progress;
		bool		 stop;
	} acts[] = {
		{ "start", 0, true, false, false },
		{ "progress", 30, false, true, false },
		{ "stop", -1, false, false, true },
		{ "partial", 30, true, true, true },
		{ "finish", 100, true, false, true },
	};
	struct sim *sim = control->sim;
	uint32_t listed = sim->library.items[item].primary;
	struct user *user;
	struct device *device;
	const char *error;
	int64_t position;
	size_t i;

	for (i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		if (strcmp(acts[i].what, what) == 0)
			break;
	if (i == sizeof(acts) / sizeof(acts[0]))
		return "no such act";
	if ((error = control_query_user(control, "user", &user)) != NULL)
		return error;
	device = users_own_device(sim, user);
	position = acts[i].percent == -1 ? device->position :
	    sim->library.items[item].runtime / 100 * acts[i].percent;
	if ((error = query_position(control, item, &position)) != NULL)
		return error;
	if (acts[i].start)
		playback_start(sim, device, listed, item);
	if (acts[i].progress)
		playback_progress(sim, device, listed, item, position, false);
	if (acts[i].stop)
		playback_stop(sim, device, listed, item, &position);
	return NULL;
}

/* What an act has made of it. */
static void
put_change(struct control *control, const struct state *before,
    const struct state *after)
{
	out_literal(&control->out, "{\"Before\":");
	control_put_userdata(&control->out, before);
	out_literal(&control->out, ",\"After\":");
	control_put_userdata(&control->out, after);
	out_literal(&control->out, "}");
}

static const char *
control_act(struct control *control)
{
	const char *what = http_query(control->http, "what"), *error;
	struct sim *sim = control->sim;
	struct state before, after;
	struct user *user;
	uint32_t item;
	int64_t date;
	bool has_date, plays = false;

	if (what == NULL)
		return "what?";
	if ((error = control_query_user(control, "user", &user)) != NULL ||
	    (error = query_item(control, &item)) != NULL ||
	    (error = query_date(control, "date", &has_date, &date)) != NULL)
		return error;
	userdata_get(sim, user, item, &before);
	if (strcmp(what, "mark") == 0)
		userdata_mark(sim, user, item, has_date ? &date : NULL);
	else if (strcmp(what, "unmark") == 0)
		userdata_unmark(sim, user, item);
	else if (strcmp(what, "favorite") == 0)
		userdata_favorite(sim, user, item, true);
	else if (strcmp(what, "unfavorite") == 0)
		userdata_favorite(sim, user, item, false);
	else {
		sim->has_act_date = has_date;
		sim->act_date = date;
		error = act_play(control, item, what);
		sim->has_act_date = false;
		plays = true;
	}
	if (error != NULL)
		return error;
	writes_acted(sim, user, item);
	userdata_get(sim, user, item, &after);
	put_change(control, &before, &after);
	if (!plays)		/* else it was told of with the play itself */
		sockets_changed(sim, user, item);
	return NULL;
}

static const char *
control_set(struct control *control)
{
	struct state state, before;
	struct user *user;
	uint32_t item;
	int64_t played, favorite, count, date;
	const char *error, *text = http_query(control->http, "date");
	bool has_date;

	if ((error = control_query_user(control, "user", &user)) != NULL ||
	    (error = query_item(control, &item)) != NULL)
		return error;
	userdata_get(control->sim, user, item, &before);
	state = before;
	played = state.played;
	favorite = state.favorite;
	count = state.play_count;
	if ((error = control_query_number(control, "played",
	    &played)) != NULL ||
	    (error = control_query_number(control, "favorite",
	    &favorite)) != NULL ||
	    (error = control_query_number(control, "count", &count)) != NULL ||
	    (error = query_position(control, item, &state.position)) != NULL)
		return error;
	/* An empty date takes it away. */
	if (text != NULL && *text == '\0')
		state.has_date = false;
	else if ((error = query_date(control, "date", &has_date,
	    &date)) != NULL)
		return error;
	else if (has_date) {
		state.has_date = true;
		state.date = date;
	}
	state.played = played != 0;
	state.favorite = favorite != 0;
	state.play_count = (int32_t)count;
	userdata_set(control->sim, user, item, &state);
	writes_acted(control->sim, user, item);
	put_change(control, &before, &state);
	return NULL;
}

static const char *
edit_ids(struct control *control, uint32_t item)
{
	static const char *const names[] = { "imdb", "tmdb", "tvdb" };
	struct library_edit *edit = library_edit(&control->sim->library, item,
	    sim_now(control->sim));
	char **values[] = { &edit->imdb, &edit->tmdb, &edit->tvdb };
	const char *value;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if ((value = http_query(control->http, names[i])) == NULL)
			continue;
		if (strlen(value) >= LIBRARY_ID_SIZE)
			return "too long";
		memory_replace(values[i], value);
	}
	return NULL;
}

static const char *
edit_numbers(struct control *control, uint32_t index)
{
	struct library_item *item = &control->sim->library.items[index];
	int64_t season = item->season, episode = item->episode, end = -1;
	const char *error;

	if ((error = control_query_number(control, "season",
	    &season)) != NULL ||
	    (error = control_query_number(control, "episode",
	    &episode)) != NULL ||
	    (error = control_query_number(control, "end", &end)) != NULL)
		return error;
	if (end == -1)
		end = episode;
	if (item->kind != ITEM_EPISODE || season < 0 || season > UINT16_MAX ||
	    episode < 0 || end < episode || end > UINT16_MAX)
		return "no such number";
	item->season = (uint16_t)season;
	item->episode = (uint16_t)episode;
	item->episode_end = (uint16_t)end;
	(void)library_edit(&control->sim->library, index,
	    sim_now(control->sim));
	return NULL;
}

static const char *
control_item(struct control *control)
{
	struct sim *sim = control->sim;
	struct library *library = &sim->library;
	const char *what = http_query(control->http, "what"), *error;
	const char *title = http_query(control->http, "title");
	int64_t runtime = -1, now = sim_now(sim);
	uint32_t item;

	if ((error = query_item(control, &item)) != NULL ||
	    (error = control_query_number(control, "runtime",
	    &runtime)) != NULL)
		return error;
	if (what == NULL)
		what = "reid";
	if (strcmp(what, "remove") == 0 || strcmp(what, "restore") == 0)
		library_remove(library, item, strcmp(what, "remove") == 0,
		    now);
	else if (strcmp(what, "replace") == 0)
		item = library_replace(library, item, now);
	else if (strcmp(what, "retitle") == 0) {
		if (title == NULL || strlen(title) >= CATALOGUE_TITLE_SIZE)
			return "title?";
		memory_replace(&library_edit(library, item, now)->title,
		    title);
	} else if (strcmp(what, "reid") == 0)
		error = edit_ids(control, item);
	else if (strcmp(what, "renumber") == 0)
		error = edit_numbers(control, item);
	else
		return "no such change";
	if (runtime >= 0)
		library->items[item].runtime = runtime;
	out_literal(&control->out, "{\"ItemId\":");
	out_id(&control->out, &library->items[item].id);
	out_literal(&control->out, "}");
	return error;
}

static const char *
control_state(struct control *control)
{
	struct sim *sim = control->sim;
	struct control_entry *entries = NULL;
	struct user *user;
	const char *error;
	uint32_t n, i;

	if ((error = control_query_user(control, "user", &user)) != NULL)
		return error;
	if (http_query(control->http, "item") != NULL) {
		if ((error = query_item(control, &i)) == NULL)
			control_put_state(control, user, i);
		return error;
	}
	entries = control_touched(sim, user, &n);
	out_literal(&control->out, "[");
	for (i = 0; i < n; i++) {
		if (i > 0)
			out_literal(&control->out, ",\n");
		control_put_state(control, user, entries[i].item);
	}
	out_literal(&control->out, "]");
	free(entries);
	return NULL;
}

/* Where an episode ends, and the ids of its series. */
static void
put_numbers(const struct sim *sim, const struct library_item *item,
    struct json_out *out)
{
	if (item->kind != ITEM_EPISODE)
		return;
	out_literal(out, ",\"EpisodeEnd\":");
	out_number(out, item->episode_end);
	out_literal(out, ",\"SeriesProviderIds\":");
	library_provider_ids(&sim->library, item->series, out);
}

static const char *
control_items(struct control *control)
{
	static const char *const types[LIBRARY_KIND_COUNT] = { "Movie",
		"Episode", "Series", "Season" };
	const struct sim *sim = control->sim;
	const struct library_item *item;
	struct json_out *out = &control->out;
	int64_t from = 0, count = INT64_MAX;
	char title[CATALOGUE_TITLE_SIZE];
	const char *error;
	uint32_t i;
	bool first = true;

	if ((error = control_query_number(control, "from", &from)) != NULL ||
	    (error = control_query_number(control, "count", &count)) != NULL)
		return error;
	out_literal(out, "[");
	for (i = 0; i < sim->library.n_items; i++) {
		item = &sim->library.items[i];
		if (item->kind > ITEM_EPISODE || item->number < from ||
		    item->number - from >= count)
			continue;
		out_text(out, first ? "{\"Number\":" : ",\n{\"Number\":");
		first = false;
		out_number(out, item->number);
		out_literal(out, ",\"ItemId\":");
		out_id(out, &item->id);
		library_item_title(&sim->library, i, title);
		out_literal(out, ",\"Title\":");
		out_string(out, title);
		out_literal(out, ",\"Type\":");
		out_string(out, types[item->kind]);
		out_literal(out, ",\"RunTimeTicks\":");
		out_number(out, item->runtime);
		if (item->series != NO_ITEM) {
			out_literal(out, ",\"SeriesId\":");
			out_id(out, &sim->library.items[item->series].id);
			out_literal(out, ",\"Season\":");
			out_number(out, item->season);
			out_literal(out, ",\"Episode\":");
			out_number(out, item->episode);
		}
		control_put_item(sim, i, out);
		out_literal(out, ",\"ProviderIds\":");
		library_provider_ids(&sim->library, i, out);
		put_numbers(sim, item, out);
		out_literal(out, "}");
	}
	out_literal(out, "]");
	return NULL;
}

static const char *
control_fault(struct control *control)
{
	return faults_add(&control->sim->faults, control->http);
}

static const char *
control_fault_clear(struct control *control)
{
	faults_clear(&control->sim->faults);
	requests_release(control->sim);
	return NULL;
}

static const char *
control_pace(struct control *control)
{
	const char *scale = http_query(control->http, "scale"), *error;
	struct pace *pace = &control->sim->pace;
	int64_t latency = 0, rate = 0, real = 0;
	char *end;

	if ((error = control_query_number(control, "latency_ms",
	    &latency)) != NULL ||
	    (error = control_query_number(control, "bytes_per_second",
	    &rate)) != NULL ||
	    (error = control_query_number(control, "real", &real)) != NULL)
		return error;
	pace->scale = 1;
	if (scale != NULL) {
		pace->scale = strtod(scale, &end);
		if (end == scale || *end != '\0' || pace->scale < 0)
			return "not a number";
	}
	if (latency < 0 || rate < 0)
		return "negative";
	pace->latency_ms = latency;
	pace->bytes_per_second = (uint64_t)rate;
	pace->real = real != 0;
	return NULL;
}

static const char *
control_counts(struct control *control)
{
	struct json_object *counts = counts_json(&control->sim->counts);

	out_text(&control->out, json_object_to_json_string_ext(counts,
	    JSON_C_TO_STRING_PLAIN));
	json_object_put(counts);
	return NULL;
}

static const char *
control_counts_reset(struct control *control)
{
	counts_reset(&control->sim->counts);
	return NULL;
}
