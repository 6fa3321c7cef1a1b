/*
 * The control port: what is done to the server as a whole, and how the state
 * is shown.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "control_server.h"
#include "date.h"
#include "memory.h"
#include "state_file.h"

static const char *server_id(struct control *);
static const char *server_backup(struct control *);
static const char *server_restore(struct control *);
static const char *server_starting(struct control *);
static const char *server_clock(struct control *);
static const char *server_rename_user(struct control *);
static const char *server_recreate_user(struct control *);
static const char *server_forget_activity(struct control *);
static const char *server_remove_user(struct control *);
static const char *server_add_user(struct control *);
static const char *server_disable_user(struct control *);
static const char *server_folders(struct control *);
static const char *server_revoke_key(struct control *);
static const char *server_add_key(struct control *);
static const char *server_sockets(struct control *);
static const char *server_down(struct control *);
static const char *server_up(struct control *);
static int	compare(const void *, const void *);
static void	put_fields(struct json_out *, const struct state *);

static const struct {
	const char	*what;
	const char	*(*handle)(struct control *);
} acts[] = {
	{ "id", server_id },
	{ "backup", server_backup },
	{ "restore", server_restore },
	{ "starting", server_starting },
	{ "clock", server_clock },
	{ "rename-user", server_rename_user },
	{ "recreate-user", server_recreate_user },
	{ "forget-activity", server_forget_activity },
	{ "remove-user", server_remove_user },
	{ "add-user", server_add_user },
	{ "disable-user", server_disable_user },
	{ "folders", server_folders },
	{ "revoke-key", server_revoke_key },
	{ "add-key", server_add_key },
	{ "sockets", server_sockets },
	{ "down", server_down },
	{ "up", server_up },
};

const char *
control_server(struct control *control)
{
	const char *what = http_query(control->http, "what");
	size_t i;

	for (i = 0; what != NULL && i < sizeof(acts) / sizeof(acts[0]); i++)
		if (strcmp(acts[i].what, what) == 0)
			return acts[i].handle(control);
	return "no such act";
}

static const char *
server_id(struct control *control)
{
	const char *id = http_query(control->http, "id");

	if (id == NULL)
		sim_draw_server_id(control->sim);
	else if (jellyfin_id_parse(id, &control->sim->id) == -1)
		return "not an id";
	return NULL;
}

static const char *
server_backup(struct control *control)
{
	userdata_backup(control->sim);
	return NULL;
}

static const char *
server_restore(struct control *control)
{
	return userdata_restore(control->sim) == -1 ? "no backup" : NULL;
}

static const char *
server_starting(struct control *control)
{
	const char *text = http_query(control->http, "seconds");
	double seconds = 10;
	char *end;

	if (text != NULL) {
		seconds = strtod(text, &end);
		if (end == text || *end != '\0' || seconds < 0)
			return "not a number";
	}
	startup_begin(control->sim, seconds);
	return NULL;
}

static const char *
server_clock(struct control *control)
{
	int64_t seconds = 0;
	const char *error;

	if ((error = control_query_number(control, "skew", &seconds)) != NULL)
		return error;
	control->sim->skew = seconds * DATE_TICKS_PER_SECOND;
	return NULL;
}

static const char *
server_rename_user(struct control *control)
{
	const char *to = http_query(control->http, "to"), *error;
	struct user *user;

	if ((error = control_query_user(control, "from", &user)) != NULL)
		return error;
	if (to == NULL || *to == '\0' ||
	    users_by_name(&control->sim->users, to) != NULL)
		return "to whom?";
	memory_replace(&user->name, to);
	return NULL;
}

/* As Jellyfin does with entries that are older than it is told to keep. */
static const char *
server_forget_activity(struct control *control)
{
	control->sim->playback.n_activities = 0;
	return NULL;
}

static const char *
server_recreate_user(struct control *control)
{
	int64_t cached = 0;
	const char *error;
	struct user *user;

	if ((error = control_query_user(control, "name", &user)) == NULL &&
	    (error = control_query_number(control, "cached", &cached)) == NULL)
		users_recreate(control->sim, user, cached != 0);
	return error;
}

static const char *
server_remove_user(struct control *control)
{
	const char *error;
	struct user *user;

	if ((error = control_query_user(control, "name", &user)) == NULL)
		users_remove(control->sim, user);
	return error;
}

static const char *
server_add_user(struct control *control)
{
	const char *name = http_query(control->http, "name");
	const char *password = http_query(control->http, "password");

	if (name == NULL || *name == '\0' ||
	    users_by_name(&control->sim->users, name) != NULL)
		return "name?";
	(void)users_add(control->sim, name, password == NULL ? "" : password);
	return NULL;
}

static const char *
server_disable_user(struct control *control)
{
	int64_t disabled = 1;
	const char *error;
	struct user *user;

	if ((error = control_query_user(control, "name", &user)) != NULL ||
	    (error = control_query_number(control, "disabled",
	    &disabled)) != NULL)
		return error;
	user->disabled = disabled != 0;
	return NULL;
}

/* folders=Movies,Shows; an empty list is nothing at all. */
static const char *
server_folders(struct control *control)
{
	const struct library_folder *folders = control->sim->library.folders;
	const char *error, *p = http_query(control->http, "folders");
	struct user *user;
	uint32_t bits = 0, found;
	size_t length;
	int i;

	if ((error = control_query_user(control, "name", &user)) != NULL)
		return error;
	for (; p != NULL && *p != '\0'; p += length + strspn(p + length, ",")) {
		length = strcspn(p, ",");
		found = 0;
		for (i = 0; i < LIBRARY_COUNT; i++)
			if (strlen(folders[i].name) == length &&
			    strncasecmp(folders[i].name, p, length) == 0)
				found = 1U << i;
		if (found == 0)
			return "no such library";
		bits |= found;
	}
	user->folders = bits;
	return NULL;
}

static const char *
server_revoke_key(struct control *control)
{
	const char *key = http_query(control->http, "key");

	return key == NULL || users_revoke_key(&control->sim->users, key) == -1 ?
	    "no such key" : NULL;
}

static const char *
server_add_key(struct control *control)
{
	const char *key = http_query(control->http, "key");

	if (key == NULL)
		return "which?";
	users_add_key(control->sim, key, "");
	return NULL;
}

/* notice_ms= after a change; keep_alive= seconds. */
static const char *
server_sockets(struct control *control)
{
	struct sockets *sockets = &control->sim->sockets;
	int64_t ms = sockets->notice_ms, seconds = sockets->keep_alive;
	const char *error;

	if ((error = control_query_number(control, "notice_ms",
	    &ms)) != NULL || (error = control_query_number(control,
	    "keep_alive", &seconds)) != NULL)
		return error;
	if (ms < 0 || seconds < 1)
		return "too little";
	sockets->notice_ms = ms;
	sockets->keep_alive = seconds;
	return NULL;
}

static const char *
server_down(struct control *control)
{
	startup_down(control->sim);
	return NULL;
}

static const char *
server_up(struct control *control)
{
	startup_end(control->sim);
	users_forget_former(&control->sim->users);
	return http_server_up(control->sim->http) == -1 ? strerror(errno) :
	    NULL;
}

const char *
control_save(struct control *control)
{
	const char *path = control->sim->options.state_path;

	if (path == NULL)
		return "no --state";
	return state_file_write(control->sim, path) == -1 ? strerror(errno) :
	    NULL;
}

const char *
control_shutdown(struct control *control)
{
	const struct timeval soon = { 0, 50000 };

	/* So that the answer can leave first. */
	return event_base_loopexit(control->sim->base, &soon) == -1 ?
	    "it does not end" : NULL;
}

static int
compare(const void *one, const void *other)
{
	const struct control_entry *a = one, *b = other;

	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return a->item < b->item ? -1 : a->item > b->item;
}

struct control_entry *
control_touched(const struct sim *sim, const struct user *user, uint32_t *n)
{
	struct control_entry *entries;
	const struct library_item *item;
	uint32_t i;

	*n = 0;
	entries = memory_zeroed(user->n_states, sizeof(*entries));
	for (i = 0; i < user->n_states; i++) {
		item = &sim->library.items[i];
		if (!user->states[i].touched || item->kind > ITEM_EPISODE)
			continue;
		entries[*n].number = item->number;
		entries[(*n)++].item = i;
	}
	qsort(entries, *n, sizeof(*entries), compare);
	return entries;
}

void
control_put_item(const struct sim *sim, uint32_t index, struct json_out *out)
{
	const struct library_item *item = &sim->library.items[index];

	if (library_is_version(&sim->library, index)) {
		out_literal(out, ",\"VersionOf\":");
		out_id(out, &sim->library.items[item->primary].id);
	}
	if (item->copy != 0) {
		out_literal(out, ",\"Copy\":");
		out_number(out, item->copy + 1);
	}
	if (item->removed)
		out_literal(out, ",\"Removed\":true");
}

static void
put_fields(struct json_out *out, const struct state *state)
{
	out_literal(out, "\"Played\":");
	out_bool(out, state->played);
	out_literal(out, ",\"PlaybackPositionTicks\":");
	out_number(out, state->position);
	out_literal(out, ",\"PlayCount\":");
	out_number(out, state->play_count);
	out_literal(out, ",\"IsFavorite\":");
	out_bool(out, state->favorite);
	out_literal(out, ",\"LastPlayedDate\":");
	if (state->has_date)
		out_date(out, state->date);
	else
		out_literal(out, "null");
}

void
control_put_userdata(struct json_out *out, const struct state *state)
{
	out_literal(out, "{");
	put_fields(out, state);
	out_literal(out, "}");
}

void
control_put_state(struct control *control, const struct user *user,
    uint32_t index)
{
	const struct sim *sim = control->sim;
	const struct state *state = &user->states[index];
	struct json_out *out = &control->out;
	char title[CATALOGUE_TITLE_SIZE];

	library_item_title(&sim->library, index, title);
	out_literal(out, "{\"Number\":");
	out_number(out, sim->library.items[index].number);
	out_literal(out, ",\"ItemId\":");
	out_id(out, &sim->library.items[index].id);
	out_literal(out, ",\"Title\":");
	out_string(out, title);
	out_literal(out, ",");
	put_fields(out, state);
	control_put_item(sim, index, out);
	out_literal(out, "}");
}
