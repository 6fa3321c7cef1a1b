/*
 * The state of a simulated server in a file, a JSON array in each line whose
 * first element says what it is.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "json_out.h"
#include "memory.h"
#include "sim.h"
#include "state_file.h"

struct line {
	const char	*path;
	size_t		 number;
	struct json_object *array;
};

static void	put(struct json_out *, int64_t);
static void	put_server(const struct sim *, FILE *, struct json_out *);
static void	put_items(const struct sim *, FILE *, struct json_out *);
static void	put_user(const struct user *, FILE *, struct json_out *);
static void	put_activities(const struct sim *, FILE *, struct json_out *);
static void	end_line(FILE *, struct json_out *);
static int64_t	number_at(const struct line *, size_t);
static const char *text_at(const struct line *, size_t);
static void	id_at(const struct line *, size_t, struct jellyfin_id *);
static uint32_t	item_at(const struct sim *, const struct line *, size_t);
static void	read_server(struct sim *, const struct line *);
static void	read_replace(struct sim *, const struct line *);
static void	read_item(struct sim *, const struct line *);
static void	read_user(struct sim *, const struct line *);
static void	read_state(struct sim *, const struct line *);
static void	read_activity(struct sim *, const struct line *);
static void	read_line(struct sim *, struct line *, const char *);

static void
put(struct json_out *out, int64_t number)
{
	out_literal(out, ",");
	out_number(out, number);
}

static void
end_line(FILE *file, struct json_out *out)
{
	out_literal(out, "]\n");
	(void)fwrite(out->data, 1, out->length, file);
	out->length = 0;
}

static void
put_server(const struct sim *sim, FILE *file, struct json_out *out)
{
	const struct library_options *options = &sim->options.library;

	out_literal(out, "[\"server\"");
	put(out, (int64_t)options->seed);
	put(out, (int64_t)sim->options.catalogue);
	put(out, options->first);
	put(out, options->numbers);
	out_literal(out, ",");
	out_id(out, &sim->id);
	put(out, sim->ids);
	put(out, sim->skew);
	put(out, sim->users.created);
	end_line(file, out);
}

/* Replaced items are replaced again in the same order, for the same ids. */
static void
put_items(const struct sim *sim, FILE *file, struct json_out *out)
{
	const struct library_item *item;
	uint32_t i;

	for (i = 0; i < sim->library.n_items; i++) {
		if (sim->library.items[i].replaces == NO_ITEM)
			continue;
		out_literal(out, "[\"replace\"");
		put(out, sim->library.items[i].replaces);
		put(out, i);
		put(out, sim->library.items[i].created);
		end_line(file, out);
	}
	for (i = 0; i < sim->library.n_items; i++) {
		item = &sim->library.items[i];
		if (!item->removed && item->edit == NULL &&
		    item->saved == item->created)
			continue;
		out_literal(out, "[\"item\"");
		put(out, i);
		put(out, item->removed);
		put(out, item->saved);
		put(out, item->runtime);
		out_literal(out, ",");
		out_string(out, item->edit == NULL ? NULL : item->edit->title);
		out_literal(out, ",");
		out_string(out, item->edit == NULL ? NULL : item->edit->imdb);
		out_literal(out, ",");
		out_string(out, item->edit == NULL ? NULL : item->edit->tmdb);
		out_literal(out, ",");
		out_string(out, item->edit == NULL ? NULL : item->edit->tvdb);
		put(out, item->season);
		put(out, item->episode);
		put(out, item->episode_end);
		end_line(file, out);
	}
}

static void
put_user(const struct user *user, FILE *file, struct json_out *out)
{
	const struct state *state;
	uint32_t i;

	out_literal(out, "[\"user\",");
	out_string(out, user->name);
	out_literal(out, ",");
	out_string(out, user->password);
	out_literal(out, ",");
	out_id(out, &user->id);
	put(out, user->number);
	put(out, user->administrator);
	put(out, user->disabled);
	put(out, user->folders);
	end_line(file, out);
	for (i = 0; i < user->n_states; i++) {
		state = &user->states[i];
		if (!state->touched)
			continue;
		out_literal(out, "[\"state\"");
		put(out, i);
		put(out, state->played);
		put(out, state->position);
		put(out, state->play_count);
		put(out, state->favorite);
		put(out, state->has_date);
		put(out, state->date);
		end_line(file, out);
	}
}

static void
put_activities(const struct sim *sim, FILE *file, struct json_out *out)
{
	const struct activity *activity;
	size_t i;

	for (i = 0; i < sim->playback.n_activities; i++) {
		activity = &sim->playback.activities[i];
		out_literal(out, "[\"activity\"");
		put(out, activity->id);
		put(out, activity->date);
		out_literal(out, ",");
		out_id(out, &activity->user);
		out_literal(out, ",");
		out_id(out, &activity->item);
		put(out, activity->has_item);
		out_literal(out, ",");
		out_string(out, activity->type);
		end_line(file, out);
	}
}

int
state_file_write(const struct sim *sim, const char *path)
{
	char temporary[1024];
	const struct user *user;
	struct json_out out;
	FILE *file;
	int failed;

	if (snprintf(temporary, sizeof(temporary), "%s.new", path) >=
	    (int)sizeof(temporary)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if ((file = fopen(temporary, "w")) == NULL)
		return -1;
	json_out_init(&out, false);
	put_server(sim, file, &out);
	put_items(sim, file, &out);
	TAILQ_FOREACH(user, &sim->users.list, entry)
		put_user(user, file, &out);
	put_activities(sim, file, &out);
	json_out_free(&out);
	failed = ferror(file);
	if (fclose(file) == EOF || failed || rename(temporary, path) == -1) {
		(void)unlink(temporary);
		return -1;
	}
	return 0;
}

static int64_t
number_at(const struct line *line, size_t i)
{
	struct json_object *value = json_object_array_get_idx(line->array, i);

	if (!json_object_is_type(value, json_type_int))
		errx(1, "%s:%zu: element %zu is no number", line->path,
		    line->number, i);
	return json_object_get_int64(value);
}

static const char *
text_at(const struct line *line, size_t i)
{
	return json_object_get_string(
	    json_object_array_get_idx(line->array, i));
}

static void
id_at(const struct line *line, size_t i, struct jellyfin_id *id)
{
	const char *text = text_at(line, i);

	if (text == NULL || jellyfin_id_parse(text, id) == -1)
		errx(1, "%s:%zu: element %zu is no id", line->path,
		    line->number, i);
}

static uint32_t
item_at(const struct sim *sim, const struct line *line, size_t i)
{
	int64_t index = number_at(line, i);

	if (index < 0 || index >= sim->library.n_items)
		errx(1, "%s:%zu: no such item", line->path, line->number);
	return (uint32_t)index;
}

static void
read_server(struct sim *sim, const struct line *line)
{
	const struct library_options *options = &sim->options.library;

	if (number_at(line, 1) != (int64_t)options->seed ||
	    number_at(line, 2) != (int64_t)sim->options.catalogue ||
	    number_at(line, 3) != options->first ||
	    number_at(line, 4) != options->numbers)
		errx(1, "%s: is of another library", line->path);
	id_at(line, 5, &sim->id);
	sim->ids = (uint32_t)number_at(line, 6);
	sim->skew = number_at(line, 7);
	sim->users.created = (uint32_t)number_at(line, 8);
}

static void
read_replace(struct sim *sim, const struct line *line)
{
	uint32_t index = library_replace(&sim->library, item_at(sim, line, 1),
	    number_at(line, 3));

	if (index != number_at(line, 2))
		errx(1, "%s:%zu: replaced differently", line->path,
		    line->number);
}

static void
read_item(struct sim *sim, const struct line *line)
{
	uint32_t index = item_at(sim, line, 1);
	struct library_item *item = &sim->library.items[index];
	struct library_edit *edit;

	item->removed = number_at(line, 2) != 0;
	item->runtime = number_at(line, 4);
	item->season = (uint16_t)number_at(line, 9);
	item->episode = (uint16_t)number_at(line, 10);
	item->episode_end = (uint16_t)number_at(line, 11);
	edit = library_edit(&sim->library, index, number_at(line, 3));
	memory_replace(&edit->title, text_at(line, 5));
	memory_replace(&edit->imdb, text_at(line, 6));
	memory_replace(&edit->tmdb, text_at(line, 7));
	memory_replace(&edit->tvdb, text_at(line, 8));
}

/* Users of the file who are not among the options come too. */
static void
read_user(struct sim *sim, const struct line *line)
{
	struct user *user;
	const char *name = text_at(line, 1), *password = text_at(line, 2);
	uint32_t created = sim->users.created;

	if (name == NULL || password == NULL)
		errx(1, "%s:%zu: no name", line->path, line->number);
	if ((user = users_by_name(&sim->users, name)) == NULL)
		user = users_add(sim, name, password);
	sim->users.created = created;
	id_at(line, 3, &user->id);
	user->number = (uint32_t)number_at(line, 4);
	user->administrator = number_at(line, 5) != 0;
	user->disabled = number_at(line, 6) != 0;
	user->folders = (uint32_t)number_at(line, 7);
	/* States follow, of the user that came last. */
	TAILQ_REMOVE(&sim->users.list, user, entry);
	TAILQ_INSERT_TAIL(&sim->users.list, user, entry);
	free(user->states);
	user->states = NULL;
	user->n_states = 0;
}

static void
read_state(struct sim *sim, const struct line *line)
{
	struct user *user = TAILQ_LAST(&sim->users.list, user_list);
	struct state state;

	if (user == NULL)
		errx(1, "%s:%zu: a state of nobody", line->path, line->number);
	memset(&state, 0, sizeof(state));
	state.played = number_at(line, 2) != 0;
	state.position = number_at(line, 3);
	state.play_count = (int32_t)number_at(line, 4);
	state.favorite = number_at(line, 5) != 0;
	state.has_date = number_at(line, 6) != 0;
	state.date = number_at(line, 7);
	userdata_set(sim, user, item_at(sim, line, 1), &state);
	user->n_previous = 0;
}

static void
read_activity(struct sim *sim, const struct line *line)
{
	struct activity *activity;
	const char *type = text_at(line, 6);

	sim->playback.next_id = number_at(line, 1) - 1;
	activity = playback_append(&sim->playback);
	activity->date = number_at(line, 2);
	id_at(line, 3, &activity->user);
	id_at(line, 4, &activity->item);
	activity->has_item = number_at(line, 5) != 0;
	if (type == NULL ||
	    (activity->type = playback_activity_type(type)) == NULL)
		errx(1, "%s:%zu: no such activity", line->path, line->number);
}

static void
read_line(struct sim *sim, struct line *line, const char *text)
{
	static const struct {
		const char	*word;
		void		(*read)(struct sim *, const struct line *);
	} words[] = {
		{ "server", read_server },
		{ "replace", read_replace },
		{ "item", read_item },
		{ "user", read_user },
		{ "state", read_state },
		{ "activity", read_activity },
	};
	const char *word;
	size_t i;

	line->number++;
	line->array = json_tokener_parse(text);
	if (!json_object_is_type(line->array, json_type_array) ||
	    (word = text_at(line, 0)) == NULL)
		errx(1, "%s:%zu: no JSON array", line->path, line->number);
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].word, word) == 0)
			break;
	if (i == sizeof(words) / sizeof(words[0]))
		errx(1, "%s:%zu: %s?", line->path, line->number, word);
	words[i].read(sim, line);
	json_object_put(line->array);
}

void
state_file_read(struct sim *sim, const char *path)
{
	struct line line = { path, 0, NULL };
	FILE *file = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;

	if (file == NULL && errno == ENOENT)
		return;
	if (file == NULL)
		err(1, "%s", path);
	while (getline(&text, &size, file) != -1)
		read_line(sim, &line, text);
	if (ferror(file))
		err(1, "%s", path);
	free(text);
	(void)fclose(file);
}
