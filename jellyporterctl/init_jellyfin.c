/* The questions of jellyporterctl init to a server. */
#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init_http.h"
#include "init_jellyfin.h"
#include "text.h"

#define APP		"jellyporter"	/* in the dashboard's list of keys */
#define MAJOR_LEAST	10		/* the first version that is */
#define MINOR_LEAST	9		/* supported */

static int	 failed(char *, const char *, ...)
		    __attribute__((__format__(printf, 2, 3)));
static const char *text_of(struct json_object *, const char *);
static bool	 is_supported(const char *);
static int	 sign_in(const struct init_server *, const char *, char *,
		    char *);
static int	 request_token(const struct init_server *, const char *,
		    struct init_answer *, char *);
static int	 make_key(struct init_server *, const char *, char *);
static int	 no_administrator(const struct init_server *, char *);
static int	 take_new_key(struct init_server *, struct json_object *,
		    struct json_object *, char *);
static bool	 holds_key(struct json_object *, const char *);

static int
failed(char *error, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(error, ERROR_SIZE, format, ap);
	va_end(ap);
	return -1;
}

/* "" if there is none. */
static const char *
text_of(struct json_object *object, const char *name)
{
	struct json_object *value;
	const char *text;

	if (!json_object_is_type(object, json_type_object) ||
	    !json_object_object_get_ex(object, name, &value) ||
	    !json_object_is_type(value, json_type_string) ||
	    (text = json_object_get_string(value)) == NULL)
		return "";
	return text;
}

/* "10.11.2" */
static bool
is_supported(const char *version)
{
	char *end;
	long major, minor = 0;

	major = strtol(version, &end, 10);
	if (*end == '.')
		minor = strtol(end + 1, NULL, 10);
	return major > MAJOR_LEAST ||
	    (major == MAJOR_LEAST && minor >= MINOR_LEAST);
}

int
init_contact(const struct init_server *server, char *about, size_t size,
    char *error)
{
	struct init_answer answer;
	const char *version;
	int status = -1;

	if (init_http(server->url, NULL, "GET", "/System/Info/Public", NULL,
	    &answer) == -1)
		return failed(error, "%s: %s", server->url, answer.error);
	version = text_of(answer.json, "Version");
	if (*version == '\0')
		(void)failed(error, "%s: what answers is not Jellyfin, or not "
		    "ready yet", server->url);
	else if (!is_supported(version))
		(void)failed(error, "%s is Jellyfin %.20s; it takes %d.%d or "
		    "later: upgrade it first", server->url, version,
		    MAJOR_LEAST, MINOR_LEAST);
	else {
		snprintf(about, size, "\"%.100s\", Jellyfin %.20s",
		    text_of(answer.json, "ServerName"), version);
		status = 0;
	}
	json_object_put(answer.json);
	return status;
}

int
init_make_key(struct init_server *server, const char *password, char *error)
{
	struct init_answer answer;
	char token[API_KEY_SIZE];
	int status;

	if (sign_in(server, password, token, error) == -1)
		return -1;
	status = make_key(server, token, error);
	/* What the token could do, the key can: nothing is lost if this is. */
	(void)init_http(server->url, token, "POST", "/Sessions/Logout", NULL,
	    &answer);
	json_object_put(answer.json);
	explicit_bzero(token, sizeof(token));
	return status;
}

static int
sign_in(const struct init_server *server, const char *password, char *token,
    char *error)
{
	struct init_answer answer;
	int status = 0;

	if (request_token(server, password, &answer, error) == -1)
		return -1;
	if (!init_is_key(text_of(answer.json, "AccessToken")) || strlcpy(token,
	    text_of(answer.json, "AccessToken"), API_KEY_SIZE) >= API_KEY_SIZE)
		status = failed(error, "%s: signing in gave no token",
		    server->url);
	json_object_put(answer.json);
	return status;
}

static int
request_token(const struct init_server *server, const char *password,
    struct init_answer *answer, char *error)
{
	struct json_object *body, *name, *word;
	int status;

	if ((body = json_object_new_object()) == NULL ||
	    (name = json_object_new_string(server->sign_in)) == NULL ||
	    json_object_object_add(body, "Username", name) != 0 ||
	    (word = json_object_new_string(password)) == NULL ||
	    json_object_object_add(body, "Pw", word) != 0)
		errx(1, "no memory");
	status = init_http(server->url, NULL, "POST",
	    "/Users/AuthenticateByName", json_object_to_json_string(body),
	    answer);
	json_object_put(body);
	if (status == 0)
		return 0;
	if (answer->status == 401)
		return failed(error, "%s: wrong user name or password for "
		    "\"%s\"", server->url, server->sign_in);
	if (answer->status == 403)
		return failed(error, "%s: \"%s\" may not sign in now; is the "
		    "user disabled, or allowed at other hours only?",
		    server->url, server->sign_in);
	return failed(error, "%s: cannot sign in: %s", server->url,
	    answer->error);
}

/*
 * Jellyfin does not say which key it has made, and a name may be there
 * several times: ours is the one that was not there before.
 */
static int
make_key(struct init_server *server, const char *token, char *error)
{
	struct init_answer before, made, after;
	int status = -1;

	memset(&made, 0, sizeof(made));
	memset(&after, 0, sizeof(after));
	if (init_http(server->url, token, "GET", "/Auth/Keys", NULL,
	    &before) == -1)
		status = before.status == 403 ? no_administrator(server,
		    error) : failed(error, "%s: %s", server->url,
		    before.error);
	/* Whether there is a body is up to the version. */
	else if (init_http(server->url, token, "POST", "/Auth/Keys?app=" APP,
	    NULL, &made) == -1)
		status = failed(error, "%s: cannot make an API key: %s",
		    server->url, made.error);
	else if (init_http(server->url, token, "GET", "/Auth/Keys", NULL,
	    &after) == -1)
		status = failed(error, "%s: %s", server->url, after.error);
	else
		status = take_new_key(server, before.json, after.json, error);
	json_object_put(before.json);
	json_object_put(made.json);
	json_object_put(after.json);
	return status;
}

static int
no_administrator(const struct init_server *server, char *error)
{
	return failed(error, "%s: \"%s\" is not an administrator there; sign "
	    "in as one, or have one make a key (Dashboard, API Keys) and use "
	    "that", server->url, server->sign_in);
}

static int
take_new_key(struct init_server *server, struct json_object *before,
    struct json_object *after, char *error)
{
	struct json_object *items, *item;
	const char *key;
	size_t i, n = 0;

	if (json_object_object_get_ex(after, "Items", &items) &&
	    json_object_is_type(items, json_type_array))
		n = json_object_array_length(items);
	for (i = 0; i < n; i++) {
		item = json_object_array_get_idx(items, i);
		key = text_of(item, "AccessToken");
		if (!init_is_key(key) || holds_key(before, key) ||
		    strcmp(text_of(item, "AppName"), APP) != 0)
			continue;
		(void)strlcpy(server->api_key, key, sizeof(server->api_key));
		server->made = true;
		return 0;
	}
	return failed(error, "%s: the new API key is not in its list",
	    server->url);
}

static bool
holds_key(struct json_object *answer, const char *key)
{
	struct json_object *items;
	size_t i, n = 0;

	if (json_object_object_get_ex(answer, "Items", &items) &&
	    json_object_is_type(items, json_type_array))
		n = json_object_array_length(items);
	for (i = 0; i < n; i++) {
		if (strcmp(text_of(json_object_array_get_idx(items, i),
		    "AccessToken"), key) == 0)
			return true;
	}
	return false;
}

void
init_revoke_key(struct init_server *server)
{
	struct init_answer answer;
	char path[sizeof("/Auth/Keys/") + API_KEY_SIZE];

	if (!server->made)
		return;
	snprintf(path, sizeof(path), "/Auth/Keys/%s", server->api_key);
	(void)init_http(server->url, server->api_key, "DELETE", path, NULL,
	    &answer);
	json_object_put(answer.json);
	explicit_bzero(path, sizeof(path));
	server->made = false;
}

int
init_users(const struct init_server *server, struct json_object **users,
    char *error)
{
	struct init_answer answer;

	if (init_http(server->url, server->api_key, "GET", "/System/Info",
	    NULL, &answer) == -1)
		return failed(error, "%s: %s", server->url, answer.error);
	json_object_put(answer.json);
	if (init_http(server->url, server->api_key, "GET", "/Users", NULL,
	    &answer) == -1)
		return failed(error, "%s: %s", server->url, answer.error);
	if (!json_object_is_type(answer.json, json_type_array)) {
		json_object_put(answer.json);
		return failed(error, "%s: it lists no users", server->url);
	}
	*users = answer.json;
	return 0;
}

int
init_find_user(struct json_object *users, char name[NAME_SIZE])
{
	const char *found;
	size_t i;

	for (i = 0; i < json_object_array_length(users); i++) {
		found = text_of(json_object_array_get_idx(users, i), "Name");
		if (text_same_name(found, name))
			return strlcpy(name, found, NAME_SIZE) >= NAME_SIZE ?
			    -1 : 0;
	}
	return -1;
}

void
init_list_users(struct json_object *users, char *list, size_t size)
{
	size_t i;

	*list = '\0';
	for (i = 0; i < json_object_array_length(users); i++) {
		if (i > 0)
			(void)strlcat(list, ", ", size);
		(void)strlcat(list, text_of(json_object_array_get_idx(users,
		    i), "Name"), size);
	}
}
