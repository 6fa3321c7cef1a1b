/*
 * Users, devices with tokens, API keys, and the forms of authorization
 * (jellyfin-api.md, authentication).
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http_server.h"
#include "memory.h"
#include "sim.h"
#include "users.h"

#define DRAW_USER	400
#define DRAW_TOKEN	401
#define DRAW_KEY	402

static void	device_free(struct device *);
static void	user_free(struct user *);
static void	key_free(struct api_key *);
static void	log_out(struct sim *, struct user *);
static const char *next_parameter(const char *, char *, char *, size_t);
static const char *legacy_token(const struct http_request *);
static void	clear_states(struct user *);
static void	forget_former(struct user *);

void
users_init(struct users *users)
{
	memset(users, 0, sizeof(*users));
	TAILQ_INIT(&users->list);
	TAILQ_INIT(&users->devices);
}

void
users_free(struct users *users)
{
	struct user *user;
	struct device *device;
	size_t i;

	while ((device = TAILQ_FIRST(&users->devices)) != NULL) {
		TAILQ_REMOVE(&users->devices, device, entry);
		device_free(device);
	}
	while ((user = TAILQ_FIRST(&users->list)) != NULL) {
		TAILQ_REMOVE(&users->list, user, entry);
		user_free(user);
	}
	for (i = 0; i < users->n_keys; i++)
		key_free(&users->keys[i]);
	free(users->keys);
}

static void
key_free(struct api_key *key)
{
	free(key->key);
	free(key->app);
}

static void
user_free(struct user *user)
{
	free(user->name);
	free(user->password);
	free(user->states);
	free(user->former);
	free(user->backup);
	free(user);
}

static void
device_free(struct device *device)
{
	free(device->client);
	free(device->name);
	free(device->device_id);
	free(device->version);
	free(device);
}

struct user *
users_add(struct sim *sim, const char *name, const char *password)
{
	struct user *user = memory_zeroed(1, sizeof(*user));

	user->name = memory_copy(name);
	user->password = memory_copy(password);
	user->folders = FOLDERS_ALL;
	user->number = sim->users.created++;
	mix_id(&user->id, sim->options.library.seed, DRAW_USER,
	    user->number);
	TAILQ_INSERT_TAIL(&sim->users.list, user, entry);
	return user;
}

void
users_add_key(struct sim *sim, const char *key, const char *app)
{
	struct users *users = &sim->users;
	struct api_key *added;

	users->keys = memory_grown(users->keys, users->n_keys + 1,
	    sizeof(*users->keys));
	added = &users->keys[users->n_keys++];
	added->key = memory_copy(key);
	added->app = memory_copy(app);
	added->created = sim_now(sim);
}

void
users_make_key(struct sim *sim, const char *app)
{
	struct jellyfin_id id;
	char key[TOKEN_SIZE];

	mix_id(&id, sim->options.library.seed, DRAW_KEY,
	    sim->users.created++);
	jellyfin_id_text(&id, key);
	users_add_key(sim, key, app);
}

int
users_revoke_key(struct users *users, const char *key)
{
	size_t i;

	for (i = 0; i < users->n_keys; i++) {
		if (strcmp(users->keys[i].key, key) != 0)
			continue;
		key_free(&users->keys[i]);
		users->keys[i] = users->keys[--users->n_keys];
		return 0;
	}
	return -1;
}

static void
clear_states(struct user *user)
{
	free(user->states);
	user->states = NULL;
	user->n_states = 0;
	user->n_previous = 0;
}

static void
forget_former(struct user *user)
{
	free(user->former);
	user->former = NULL;
	user->n_former = 0;
}

void
users_forget_former(struct users *users)
{
	struct user *user;

	TAILQ_FOREACH(user, &users->list, entry)
		forget_former(user);
}

void
users_recreate(struct sim *sim, struct user *user, bool cached)
{
	log_out(sim, user);
	forget_former(user);
	if (cached) {
		user->former = user->states;
		user->n_former = user->n_states;
		user->states = NULL;
	}
	clear_states(user);
	user->number = sim->users.created++;
	mix_id(&user->id, sim->options.library.seed, DRAW_USER,
	    user->number);
}

void
users_remove(struct sim *sim, struct user *user)
{
	log_out(sim, user);
	TAILQ_REMOVE(&sim->users.list, user, entry);
	user_free(user);
}

static void
log_out(struct sim *sim, struct user *user)
{
	struct device *device, *next;

	TAILQ_FOREACH_SAFE(device, &sim->users.devices, entry, next) {
		if (device->user == user)
			users_log_out(sim, device);
	}
}

void
users_log_out(struct sim *sim, struct device *device)
{
	TAILQ_REMOVE(&sim->users.devices, device, entry);
	device_free(device);
}

struct user *
users_by_name(const struct users *users, const char *name)
{
	struct user *user;

	TAILQ_FOREACH(user, &users->list, entry)
		if (strcasecmp(user->name, name) == 0)
			return user;
	return NULL;
}

struct user *
users_by_id(const struct users *users, const struct jellyfin_id *id)
{
	struct user *user;

	TAILQ_FOREACH(user, &users->list, entry)
		if (jellyfin_id_equal(&user->id, id))
			return user;
	return NULL;
}

bool
users_may_see(const struct sim *sim, const struct user *user, uint32_t index)
{
	return (user->folders &
	    1U << library_of(&sim->library.items[index])) != 0;
}

/*
 * Reads Name="value" or Name=value, with the value still encoded.  Returns
 * where to go on, or NULL if there is nothing more.
 */
static const char *
next_parameter(const char *p, char *name, char *value, size_t size)
{
	size_t length, quoted;

	p += strspn(p, " ,\t");
	if (*p == '\0')
		return NULL;
	length = strcspn(p, "=");
	if (p[length] != '=' || length >= size)
		return NULL;
	memcpy(name, p, length);
	name[length] = '\0';
	p += length + 1;
	quoted = *p == '"' ? 1 : 0;
	p += quoted;
	length = strcspn(p, quoted == 1 ? "\"" : ",");
	if (length >= size)
		return NULL;
	memcpy(value, p, length);
	value[length] = '\0';
	p += length;
	return *p == '"' ? p + 1 : p;
}

int
users_read_authorization(const struct sim *sim,
    const struct http_request *request, struct authorization *authorization)
{
	struct {
		const char	*name;
		char		*value;
	} known[] = {
		{ "Token", authorization->token },
		{ "Client", authorization->client },
		{ "Device", authorization->device },
		{ "DeviceId", authorization->device_id },
		{ "Version", authorization->version },
	};
	const char *p = http_header(request, "Authorization");
	char name[256], value[256], *decoded;
	size_t i, length;

	memset(authorization, 0, sizeof(*authorization));
	if (p == NULL && sim_accepts_legacy_authorization(sim))
		p = http_header(request, "X-Emby-Authorization");
	if (p == NULL)
		return 0;
	if (strncmp(p, "MediaBrowser ", 13) == 0)
		p += 13;
	else if (sim_accepts_legacy_authorization(sim) &&
	    strncmp(p, "Emby ", 5) == 0)
		p += 5;
	else
		return -1;
	while ((p = next_parameter(p, name, value, sizeof(name))) != NULL) {
		if ((decoded = evhttp_uridecode(value, 0, &length)) == NULL)
			errx(1, "evhttp_uridecode");
		for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (strcmp(known[i].name, name) == 0)
				(void)strlcpy(known[i].value, decoded,
				    sizeof(authorization->token));
		free(decoded);
	}
	return 0;
}

static const char *
legacy_token(const struct http_request *request)
{
	static const char *const headers[] = { "X-Emby-Token",
		"X-MediaBrowser-Token" };
	const char *token;
	size_t i;

	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		if ((token = http_header(request, headers[i])) != NULL)
			return token;
	return http_query(request, "api_key");
}

void
users_identify(const struct sim *sim, const struct http_request *request,
    struct caller *caller)
{
	struct authorization authorization;
	struct device *device;
	const char *token = NULL;
	size_t i;

	memset(caller, 0, sizeof(*caller));
	if (users_read_authorization(sim, request, &authorization) == 0 &&
	    *authorization.token != '\0')
		token = authorization.token;
	if (token == NULL && sim_accepts_legacy_authorization(sim))
		token = legacy_token(request);
	if (token == NULL)
		token = http_query(request, "ApiKey");
	if (token == NULL)
		return;
	for (i = 0; i < sim->users.n_keys; i++)
		if (strcmp(sim->users.keys[i].key, token) == 0)
			caller->known = caller->administrator = true;
	TAILQ_FOREACH(device, &sim->users.devices, entry) {
		if (strcmp(device->token, token) != 0 ||
		    device->user->disabled)
			continue;
		caller->known = true;
		caller->administrator = device->user->administrator;
		caller->user = device->user;
		caller->device = device;
	}
}

/* A device that logs in again keeps its session and gets a new token. */
struct device *
users_log_in(struct sim *sim, struct user *user,
    const struct authorization *authorization)
{
	struct device *device;
	struct jellyfin_id token;

	TAILQ_FOREACH(device, &sim->users.devices, entry)
		if (device->user == user &&
		    strcmp(device->device_id, authorization->device_id) == 0)
			break;
	if (device == NULL) {
		device = memory_zeroed(1, sizeof(*device));
		device->user = user;
		device->playing = device->source = NO_ITEM;
		mix_id(&device->session, sim->options.library.seed, DRAW_TOKEN,
	    sim->users.created++);
		TAILQ_INSERT_TAIL(&sim->users.devices, device, entry);
	}
	mix_id(&token, sim->options.library.seed, DRAW_TOKEN,
	    sim->users.created++);
	jellyfin_id_text(&token, device->token);
	memory_replace(&device->client, authorization->client);
	memory_replace(&device->name, authorization->device);
	memory_replace(&device->device_id, authorization->device_id);
	memory_replace(&device->version, authorization->version);
	device->last_activity = sim_now(sim);
	return device;
}

struct device *
users_own_device(struct sim *sim, struct user *user)
{
	static const struct authorization ours = { .client = "Simulator",
	    .device = "Armchair", .device_id = "armchair", .version = "1" };
	struct device *device;

	TAILQ_FOREACH(device, &sim->users.devices, entry)
		if (device->user == user &&
		    strcmp(device->device_id, ours.device_id) == 0)
			return device;
	return users_log_in(sim, user, &ours);
}
