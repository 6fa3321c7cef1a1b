/*
 * What the server says of itself, its users and its libraries, and logging in.
 */
#include <err.h>
#include <string.h>

#include "answer.h"
#include "handlers.h"
#include "sim.h"

static void	put_info(const struct sim *, struct json_out *);
static void	put_user(const struct sim *, const struct user *,
		    struct json_out *);
static void	put_folders(const struct sim *, const struct user *,
		    struct json_out *);
static int	read_login(struct request *, struct user **);

void
handle_health(struct request *request)
{
	answer_text(request, 200, "text/plain", "Healthy");
}

static void
put_info(const struct sim *sim, struct json_out *out)
{
	out_literal(out, "{\"LocalAddress\":\"http://127.0.0.1:");
	out_number(out, http_server_port(sim->http));
	out_text(out, sim->options.base_path);
	out_literal(out, "\",\"ServerName\":");
	out_string(out, sim->options.name);
	out_literal(out, ",\"Version\":");
	out_string(out, sim->options.version.text);
	out_literal(out, ",\"ProductName\":\"Jellyfin Server\","
	    "\"OperatingSystem\":\"\",\"Id\":");
	out_id(out, &sim->id);
	out_literal(out, ",\"StartupWizardCompleted\":true");
}

void
handle_info_public(struct request *request)
{
	struct json_out out;

	json_out_init(&out, request->sim->options.raw);
	put_info(request->sim, &out);
	out_literal(&out, "}");
	answer_json(request, &out);
	json_out_free(&out);
}

void
handle_info(struct request *request)
{
	struct json_out out;

	json_out_init(&out, request->sim->options.raw);
	put_info(request->sim, &out);
	out_literal(&out, ",\"HasPendingRestart\":false,"
	    "\"IsShuttingDown\":false,\"SupportsLibraryMonitor\":true}");
	answer_json(request, &out);
	json_out_free(&out);
}

static void
put_folders(const struct sim *sim, const struct user *user,
    struct json_out *out)
{
	bool first = true;
	int i;

	out_literal(out, "\"EnableAllFolders\":");
	out_bool(out, user->folders == FOLDERS_ALL);
	out_literal(out, ",\"EnabledFolders\":[");
	for (i = 0; i < LIBRARY_COUNT && user->folders != FOLDERS_ALL; i++) {
		if ((user->folders & 1U << i) == 0)
			continue;
		if (!first)
			out_literal(out, ",");
		first = false;
		out_id(out, &sim->library.folders[i].id);
	}
	out_literal(out, "]");
}

static void
put_user(const struct sim *sim, const struct user *user, struct json_out *out)
{
	out_literal(out, "{\"Name\":");
	out_string(out, user->name);
	out_literal(out, ",\"ServerId\":");
	out_id(out, &sim->id);
	out_literal(out, ",\"Id\":");
	out_id(out, &user->id);
	out_literal(out, ",\"HasPassword\":true,\"HasConfiguredPassword\":true,"
	    "\"Configuration\":{},\"Policy\":{\"IsAdministrator\":");
	out_bool(out, user->administrator);
	out_literal(out, ",\"IsHidden\":false,\"IsDisabled\":");
	out_bool(out, user->disabled);
	out_literal(out, ",");
	put_folders(sim, user, out);
	out_literal(out, "}}");
}

void
handle_users(struct request *request)
{
	const struct sim *sim = request->sim;
	const struct user *user;
	struct json_out out;

	json_out_init(&out, sim->options.raw);
	out_literal(&out, "[");
	TAILQ_FOREACH(user, &sim->users.list, entry) {
		if (user != TAILQ_FIRST(&sim->users.list))
			out_literal(&out, ",");
		put_user(sim, user, &out);
	}
	out_literal(&out, "]");
	answer_json(request, &out);
	json_out_free(&out);
}

static void
answer_user(struct request *request, const struct user *user)
{
	struct json_out out;

	json_out_init(&out, request->sim->options.raw);
	put_user(request->sim, user, &out);
	answer_json(request, &out);
	json_out_free(&out);
}

/* An API key is nobody. */
void
handle_user_me(struct request *request)
{
	if (request->caller.user == NULL)
		answer_problem(request, 400);
	else
		answer_user(request, request->caller.user);
}

void
handle_user(struct request *request)
{
	const struct user *user;
	struct jellyfin_id id;

	if (jellyfin_id_parse(request->id, &id) == -1)
		answer_problem(request, 400);
	else if ((user = users_by_id(&request->sim->users, &id)) == NULL)
		answer_problem(request, 404);
	else
		answer_user(request, user);
}

static int
read_login(struct request *request, struct user **user)
{
	struct json_object *body, *name, *password;
	const char *given;
	int result = -1;

	if (request_object(request, &body) == -1)
		return -1;
	if (!json_object_object_get_ex(body, "Username", &name) ||
	    !json_object_is_type(name, json_type_string)) {
		answer_problem(request, 400);
		goto done;
	}
	*user = users_by_name(&request->sim->users,
	    json_object_get_string(name));
	given = json_object_object_get_ex(body, "Pw", &password) &&
	    password != NULL ? json_object_get_string(password) : "";
	if (*user == NULL || (*user)->disabled ||
	    strcmp((*user)->password, given) != 0) {
		answer_error(request, 401);
		goto done;
	}
	result = 0;
done:
	json_object_put(body);
	return result;
}

void
handle_authenticate(struct request *request)
{
	struct sim *sim = request->sim;
	struct authorization authorization;
	const struct device *device;
	struct user *user;
	struct json_out out;

	if (users_read_authorization(sim, request->http,
	    &authorization) == -1 || *authorization.device_id == '\0') {
		answer_error(request, 400);
		return;
	}
	if (read_login(request, &user) == -1)
		return;
	device = users_log_in(sim, user, &authorization);
	playback_log(sim, "SessionStarted", user, NO_ITEM);
	playback_log(sim, "AuthenticationSucceeded", user, NO_ITEM);
	json_out_init(&out, sim->options.raw);
	out_literal(&out, "{\"User\":");
	put_user(sim, user, &out);
	out_literal(&out, ",\"SessionInfo\":{\"Id\":");
	out_id(&out, &device->session);
	out_literal(&out, ",\"UserId\":");
	out_id(&out, &user->id);
	out_literal(&out, "},\"AccessToken\":");
	out_string(&out, device->token);
	out_literal(&out, ",\"ServerId\":");
	out_id(&out, &sim->id);
	out_literal(&out, "}");
	answer_json(request, &out);
	json_out_free(&out);
}

/* An API key has no session that could end. */
void
handle_logout(struct request *request)
{
	if (request->caller.device != NULL)
		users_log_out(request->sim, request->caller.device);
	request->caller.device = NULL;
	answer_empty(request, 204);
}

void
handle_keys(struct request *request)
{
	const struct users *users = &request->sim->users;
	const struct api_key *key;
	struct json_out out;
	size_t i;

	json_out_init(&out, request->sim->options.raw);
	out_literal(&out, "{\"Items\":[");
	for (i = 0; i < users->n_keys; i++) {
		key = &users->keys[i];
		if (i > 0)
			out_literal(&out, ",");
		out_literal(&out, "{\"AccessToken\":");
		out_string(&out, key->key);
		out_literal(&out, ",\"AppName\":");
		out_string(&out, key->app);
		out_literal(&out, ",\"DateCreated\":");
		out_date(&out, key->created);
		out_literal(&out, "}");
	}
	out_literal(&out, "],\"TotalRecordCount\":");
	out_number(&out, (int64_t)users->n_keys);
	out_literal(&out, ",\"StartIndex\":0}");
	answer_json(request, &out);
	json_out_free(&out);
}

void
handle_key_post(struct request *request)
{
	const char *app = request_query(request, "app");

	if (app == NULL || *app == '\0') {
		answer_problem(request, 400);
		return;
	}
	users_make_key(request->sim, app);
	answer_empty(request, 204);
}

/* One that there is not is no error either. */
void
handle_key_delete(struct request *request)
{
	(void)users_revoke_key(&request->sim->users, request->id);
	answer_empty(request, 204);
}

void
handle_virtual_folders(struct request *request)
{
	const struct sim *sim = request->sim;
	const struct library_folder *folder;
	struct json_out out;
	int i;

	json_out_init(&out, sim->options.raw);
	out_literal(&out, "[");
	for (i = 0; i < LIBRARY_COUNT; i++) {
		folder = &sim->library.folders[i];
		if (i > 0)
			out_literal(&out, ",");
		out_literal(&out, "{\"Name\":");
		out_string(&out, folder->name);
		out_literal(&out, ",\"Locations\":[");
		out_string(&out, folder->location);
		out_literal(&out, "],\"CollectionType\":");
		out_string(&out, folder->collection_type);
		out_literal(&out, ",\"ItemId\":");
		out_id(&out, &folder->id);
		out_literal(&out, ",\"RefreshStatus\":\"Idle\"}");
	}
	out_literal(&out, "]");
	answer_json(request, &out);
	json_out_free(&out);
}
