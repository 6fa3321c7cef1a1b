/*
 * Requests: from their arrival through faults, start-up and authorization to
 * the handler of their path; and what handlers read from them.
 */
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "answer.h"
#include "handlers.h"
#include "items.h"
#include "memory.h"
#include "sim.h"

enum allow {
	ALLOW_ANYONE,
	ALLOW_KNOWN,
	ALLOW_ADMINISTRATOR
};

struct route {
	const char		*method;
	const char		*path;		/* * is an id */
	enum request_kind	 kind;
	enum allow		 allow;
	void			(*handle)(struct request *);
};

static const struct route routes[] = {
	{ "GET", "/health", REQUEST_HEALTH, ALLOW_ANYONE, handle_health },
	{ "GET", "/System/Info/Public", REQUEST_INFO, ALLOW_ANYONE,
	    handle_info_public },
	{ "GET", "/System/Info", REQUEST_INFO, ALLOW_KNOWN, handle_info },
	{ "GET", "/System/ActivityLog/Entries", REQUEST_ACTIVITY,
	    ALLOW_ADMINISTRATOR, handle_activity },
	{ "POST", "/Users/AuthenticateByName", REQUEST_AUTHENTICATE,
	    ALLOW_ANYONE, handle_authenticate },
	{ "POST", "/Sessions/Logout", REQUEST_AUTHENTICATE, ALLOW_KNOWN,
	    handle_logout },
	{ "GET", "/Auth/Keys", REQUEST_KEYS, ALLOW_ADMINISTRATOR,
	    handle_keys },
	{ "POST", "/Auth/Keys", REQUEST_KEYS, ALLOW_ADMINISTRATOR,
	    handle_key_post },
	{ "DELETE", "/Auth/Keys/*", REQUEST_KEYS, ALLOW_ADMINISTRATOR,
	    handle_key_delete },
	{ "GET", "/Users", REQUEST_USERS, ALLOW_KNOWN, handle_users },
	{ "GET", "/Users/Me", REQUEST_USERS, ALLOW_KNOWN, handle_user_me },
	{ "GET", "/Users/*", REQUEST_USERS, ALLOW_KNOWN, handle_user },
	{ "GET", "/Library/VirtualFolders", REQUEST_LIBRARIES,
	    ALLOW_ADMINISTRATOR, handle_virtual_folders },
	{ "GET", "/Items", REQUEST_STATE, ALLOW_KNOWN, handle_items },
	{ "GET", "/UserItems/Resume", REQUEST_RESUME, ALLOW_KNOWN,
	    handle_resume },
	{ "GET", "/UserItems/*/UserData", REQUEST_USERDATA_READ, ALLOW_KNOWN,
	    handle_userdata_get },
	{ "POST", "/UserItems/*/UserData", REQUEST_USERDATA_WRITE, ALLOW_KNOWN,
	    handle_userdata_post },
	{ "POST", "/UserPlayedItems/*", REQUEST_PLAYED_MARK, ALLOW_KNOWN,
	    handle_played_post },
	{ "DELETE", "/UserPlayedItems/*", REQUEST_PLAYED_DELETE, ALLOW_KNOWN,
	    handle_played_delete },
	{ "POST", "/UserFavoriteItems/*", REQUEST_FAVORITE_MARK, ALLOW_KNOWN,
	    handle_favorite_post },
	{ "DELETE", "/UserFavoriteItems/*", REQUEST_FAVORITE_MARK, ALLOW_KNOWN,
	    handle_favorite_delete },
	{ "POST", "/Sessions/Playing", REQUEST_PLAYBACK, ALLOW_KNOWN,
	    handle_playing_start },
	{ "POST", "/Sessions/Playing/Progress", REQUEST_PLAYBACK, ALLOW_KNOWN,
	    handle_playing_progress },
	{ "POST", "/Sessions/Playing/Stopped", REQUEST_PLAYBACK, ALLOW_KNOWN,
	    handle_playing_stopped },
	{ "GET", "/Sessions", REQUEST_SESSIONS, ALLOW_KNOWN, handle_sessions },
	{ "POST", "/Sessions/*/User/*", REQUEST_SESSION_USER, ALLOW_KNOWN,
	    handle_session_user },
	{ "GET", "/socket", REQUEST_SOCKET, ALLOW_ANYONE, handle_socket },
};

#define N_ROUTES	(sizeof(routes) / sizeof(routes[0]))

static void	gone(struct http_request *, void *);
static void	request_free(struct request *);
static void	enter_base_path(struct request *);
static bool	path_matches(const char *, const char *, char *, size_t);
static void	find_route(struct request *);
static void	obey(struct request *);
static void	obey_later(evutil_socket_t, short, void *);
static void	dispatch(struct request *);

int64_t
monotonic_microseconds(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		err(1, "clock_gettime");
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

bool
request_is_gone(const struct request *request)
{
	return request->http->connection == NULL;
}

bool
request_is_open(const struct request *request)
{
	return request->route != NULL &&
	    request->route->allow == ALLOW_ANYONE;
}

void
request_arrived(struct http_request *http, void *arg)
{
	struct sim *sim = arg;
	struct request *request = memory_zeroed(1, sizeof(*request));
	struct authorization authorization;
	struct timeval tv;
	int64_t delay;

	sim->serial++;
	request->sim = sim;
	request->http = http;
	request->began = monotonic_microseconds();
	request->rate = sim->pace.bytes_per_second;
	TAILQ_INSERT_TAIL(&sim->requests, request, entry);
	http->gone = gone;
	http->gone_arg = request;
	enter_base_path(request);
	find_route(request);
	users_identify(sim, http, &request->caller);
	if (request->kind != REQUEST_SOCKET && users_read_authorization(sim,
	    http, &authorization) == 0)
		sockets_device_seen(sim, authorization.device_id);
	if (request->caller.device != NULL)
		request->caller.device->last_activity = sim_now(sim);
	if (request->kind == REQUEST_STATE)
		request->kind = items_kind(request);
	counts_begin(&sim->counts, request->kind);
	faults_take(&sim->faults, request, &request->fault);
	delay = pace_delay(request);
	if (request->fault.kind == FAULT_DELAY)
		delay += request->fault.milliseconds;
	if (delay == 0 && request->fault.kind != FAULT_HOLD) {
		obey(request);
		return;
	}
	tv.tv_sec = (time_t)(delay / 1000);
	tv.tv_usec = (suseconds_t)(delay % 1000 * 1000);
	request->timer = evtimer_new(sim->base, obey_later, request);
	if (request->timer == NULL || (request->fault.kind != FAULT_HOLD &&
	    evtimer_add(request->timer, &tv) == -1))
		errx(1, "no memory for a timer");
}

void
requests_release(struct sim *sim)
{
	struct request *request;

	TAILQ_FOREACH(request, &sim->requests, entry)
		if (request->fault.kind == FAULT_HOLD && request->timer != NULL)
			event_active(request->timer, EV_TIMEOUT, 1);
}

static void
request_free(struct request *request)
{
	TAILQ_REMOVE(&request->sim->requests, request, entry);
	if (request->timer != NULL)
		event_free(request->timer);
	http_request_free(request->http);
	free(request->fault.body);
	free(request->fault.type);
	free(request);
}

void
requests_drop(struct sim *sim)
{
	struct request *request;

	while ((request = TAILQ_FIRST(&sim->requests)) != NULL)
		request_free(request);
}

/* What was asked before is still done: servers seldom notice in time. */
static void
gone(struct http_request *http, void *arg)
{
	struct request *request = arg;

	counts_end(&request->sim->counts, request->kind, http->sent);
	if (!request->busy && request->timer == NULL)
		request_free(request);
}

static void
obey_later(evutil_socket_t fd, short events, void *arg)
{
	struct request *request = arg;

	(void)fd;
	(void)events;
	event_free(request->timer);
	request->timer = NULL;
	/* Who asked may have been logged out or removed meanwhile. */
	users_identify(request->sim, request->http, &request->caller);
	obey(request);
}

static void
obey(struct request *request)
{
	request->busy = true;
	if (!startup_answer(request) && !faults_obey(request))
		dispatch(request);
	request->busy = false;
	if (request_is_gone(request))
		request_free(request);
}

static void
dispatch(struct request *request)
{
	const struct route *route = request->route;

	if (request->outside) {
		http_answer_header(request->http, "Location", "/web/");
		answer_empty(request, 302);
	} else if (route == NULL)
		answer_empty(request, request->wrong_method ? 405 : 404);
	else if (route->allow != ALLOW_ANYONE && !request->caller.known)
		answer_empty(request, 401);
	else if (route->allow == ALLOW_ADMINISTRATOR &&
	    !request->caller.administrator)
		answer_error(request, 403);
	else
		route->handle(request);
}

static void
enter_base_path(struct request *request)
{
	const char *base = request->sim->options.base_path;
	const char *path = request->http->path;
	size_t length = strlen(base);

	request->outside = strncasecmp(path, base, length) != 0 ||
	    (path[length] != '/' && path[length] != '\0');
	request->path = request->outside ? path : path + length;
}

/* As a server does, without regard to case. */
static bool
path_matches(const char *pattern, const char *path, char *id, size_t size)
{
	size_t length;

	*id = '\0';
	while (*pattern != '\0') {
		length = strcspn(pattern, "*");
		if (strncasecmp(pattern, path, length) != 0)
			return false;
		pattern += length;
		path += length;
		if (*pattern == '\0')
			break;
		length = strcspn(path, "/");
		if (length == 0 || length >= size)
			return false;
		memcpy(id, path, length);
		id[length] = '\0';
		pattern++;
		path += length;
	}
	return *path == '\0' || strcmp(path, "/") == 0;
}

static void
find_route(struct request *request)
{
	size_t i;

	request->kind = REQUEST_OTHER;
	if (request->outside)
		return;
	for (i = 0; i < N_ROUTES; i++) {
		if (!path_matches(routes[i].path, request->path, request->id,
		    sizeof(request->id)))
			continue;
		if (strcmp(routes[i].method, request->http->method) == 0) {
			request->route = &routes[i];
			request->kind = routes[i].kind;
			return;
		}
		request->wrong_method = true;
	}
}

const char *
request_query(const struct request *request, const char *name)
{
	return http_query(request->http, name);
}

int
request_bool(struct request *request, const char *name, bool *value)
{
	const char *text = request_query(request, name);

	if (text == NULL || *text == '\0')
		return 0;
	if (strcasecmp(text, "true") == 0)
		*value = true;
	else if (strcasecmp(text, "false") == 0)
		*value = false;
	else {
		answer_problem(request, 400);
		return -1;
	}
	return 0;
}

int
request_number(struct request *request, const char *name, int64_t *value)
{
	const char *text = request_query(request, name), *error;

	if (text == NULL || *text == '\0')
		return 0;
	*value = strtonum(text, INT32_MIN, INT32_MAX, &error);
	if (error == NULL)
		return 0;
	answer_problem(request, 400);
	return -1;
}

int
request_user(struct request *request, bool is_listing, struct user **user)
{
	const char *text = request_query(request, "userId");
	struct jellyfin_id id;

	*user = request->caller.user;
	if (text == NULL || *text == '\0') {
		if (*user != NULL || is_listing)
			return 0;
		answer_error(request, 400);
		return -1;
	}
	if (jellyfin_id_parse(text, &id) == -1) {
		answer_problem(request, 400);
		return -1;
	}
	if ((*user = users_by_id(&request->sim->users, &id)) == NULL) {
		if (is_listing)
			answer_error(request, 404);
		else
			answer_problem(request, 404);
		return -1;
	}
	if (*user == request->caller.user || request->caller.administrator)
		return 0;
	answer_error(request, 403);
	return -1;
}

int
request_item(struct request *request, const struct user *user, uint32_t *item)
{
	const struct sim *sim = request->sim;
	struct jellyfin_id id;

	if (jellyfin_id_parse(request->id, &id) == -1) {
		answer_problem(request, 400);
		return -1;
	}
	*item = library_by_id(&sim->library, &id);
	if (*item != NO_ITEM && !sim->library.items[*item].removed &&
	    users_may_see(sim, user, *item))
		return 0;
	answer_problem(request, 404);
	return -1;
}

int
request_object(struct request *request, struct json_object **object)
{
	const char *type = http_header(request->http, "Content-Type");
	struct json_tokener *tokener;

	if (type == NULL || (strncasecmp(type, "application/json", 16) != 0 &&
	    strncasecmp(type, "text/json", 9) != 0)) {
		answer_problem(request, 415);
		return -1;
	}
	if ((tokener = json_tokener_new()) == NULL)
		errx(1, "no memory for a body");
	json_tokener_set_flags(tokener,
	    JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	*object = json_tokener_parse_ex(tokener, request->http->body,
	    (int)request->http->body_length + 1);
	json_tokener_free(tokener);
	if (*object != NULL && json_object_is_type(*object, json_type_object))
		return 0;
	json_object_put(*object);
	*object = NULL;
	answer_problem(request, 400);
	return -1;
}
