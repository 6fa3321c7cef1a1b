/*
 * From servers, users and keys to a configuration that is known to work: each
 * server is asked for its version, with the key, and for its users.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <curl/curl.h>

#include "init.h"
#include "init_ask.h"
#include "init_jellyfin.h"
#include "init_write.h"
#include "output.h"
#include "text.h"

#define PASSWORD_SIZE	1024

static int	 say(struct output *, const char *, const char *, const char *,
		    const char *, char *);
static int	 test_servers(struct init_request *, struct output *, char *);
static int	 test_server(struct init_server *, struct output *, char *);
static int	 get_key(struct init_server *, char *);
static int	 read_key(struct init_server *, char *);
static int	 test_users(struct init_server *, char *);
static size_t	 length_of_url(const char *);
static bool	 is_url(CURLU *);
static bool	 has_part(CURLU *, CURLUPart);
static void	 forget(struct init_request *, bool);

/* It also is a file's name, and a word of commands. */
const char *
init_add_server(struct init_request *request, const char *name)
{
	const char *p;
	size_t i;

	if (*name == '\0')
		return "is no name";
	for (p = name; *p != '\0'; p++) {
		if (!isalnum((unsigned char)*p) &&
		    (p == name || strchr("-._", *p) == NULL))
			return "cannot be a server's name here: letters "
			    "and digits, and after the first also -._";
	}
	if (strlen(name) > INIT_NAME_MAX)
		return "is too long; 64 bytes are the most";
	for (i = 0; i < request->n_servers; i++) {
		if (text_same_name(request->servers[i].name, name))
			return "is the name of another server already";
	}
	if (request->n_servers == INIT_SERVERS_MAX)
		return "is one server too many; add it to the file";
	memset(&request->servers[i], 0, sizeof(request->servers[i]));
	(void)strlcpy(request->servers[i].name, name, NAME_SIZE);
	request->n_servers++;
	return NULL;
}

const char *
init_set_url(struct init_server *server, const char *text)
{
	const char *wrong = NULL;
	size_t len = length_of_url(text);
	CURLU *url;

	if (server->url[0] != '\0')
		return "is its second URL";
	if (len >= sizeof(server->url))
		return "is too long";
	if ((url = curl_url()) == NULL)
		return "finds no memory";
	memcpy(server->url, text, len);
	server->url[len] = '\0';
	if (curl_url_set(url, CURLUPART_URL, server->url, 0) != CURLUE_OK ||
	    !is_url(url)) {
		server->url[0] = '\0';
		wrong = "is no URL of a server; it is http:// or https://, a "
		    "host and, where it has them, a port and a path";
	}
	curl_url_cleanup(url);
	return wrong;
}

/*
 * Without what is no part of the server's: a browser shows where the web
 * interface is, at /web/ below it.
 */
static size_t
length_of_url(const char *text)
{
	size_t len = strlen(text);
	const char *host, *path, *web;

	if ((host = strstr(text, "://")) != NULL &&
	    (path = strchr(host + strlen("://"), '/')) != NULL &&
	    (web = strstr(path, "/web/")) != NULL)
		len = web - text;
	while (len > 0 && text[len - 1] == '/')
		len--;
	return len;
}

static bool
is_url(CURLU *url)
{
	char *scheme = NULL;
	bool is_http;

	is_http = curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) ==
	    CURLUE_OK && (strcmp(scheme, "http") == 0 ||
	    strcmp(scheme, "https") == 0);
	curl_free(scheme);
	return is_http && !has_part(url, CURLUPART_USER) &&
	    !has_part(url, CURLUPART_PASSWORD) &&
	    !has_part(url, CURLUPART_QUERY) &&
	    !has_part(url, CURLUPART_FRAGMENT);
}

static bool
has_part(CURLU *url, CURLUPart part)
{
	char *text = NULL;
	bool has;

	has = curl_url_get(url, part, &text, 0) == CURLUE_OK;
	curl_free(text);
	return has;
}

const char *
init_add_user(struct init_server *server, const char *text)
{
	struct init_user *user;
	char person[2 * NAME_SIZE];
	const char *name;
	size_t i;

	if (server->n_users == INIT_USERS_MAX)
		return "is one user too many; add it to the file";
	user = &server->users[server->n_users];
	memset(user, 0, sizeof(*user));
	name = (name = strchr(text, '=')) == NULL ? text : name + 1;
	if (strlcpy(person, text, sizeof(person)) >= sizeof(person))
		return "is too long";
	if (name != text) {
		person[name - text - 1] = '\0';
		if (text_trim(user->person, sizeof(user->person),
		    person) == -1 || user->person[0] == '\0')
			return "does not say which person";
	}
	if (!text_is_utf8(text, strlen(text)) ||
	    text_trim(user->name, sizeof(user->name), name) == -1 ||
	    user->name[0] == '\0')
		return "is no user's name";
	for (i = 0; i < strlen(text); i++) {
		if (iscntrl((unsigned char)text[i]))
			return "is no user's name";
	}
	for (i = 0; i < server->n_users; i++) {
		if (text_same_name(server->users[i].name, user->name))
			return "is there twice";
	}
	server->n_users++;
	return NULL;
}

const char *
init_set_key_file(struct init_server *server, const char *path)
{
	if (server->key_file[0] != '\0')
		return "is its second key-file";
	if (*path == '\0' || strlcpy(server->key_file, path,
	    sizeof(server->key_file)) >= sizeof(server->key_file))
		return "names no file";
	return NULL;
}

const char *
init_set_sign_in(struct init_server *server, const char *name)
{
	if (server->sign_in[0] != '\0')
		return "is the second who is to sign in";
	if (!text_is_utf8(name, strlen(name)) || text_trim(server->sign_in,
	    sizeof(server->sign_in), name) == -1 || server->sign_in[0] == '\0')
		return "is no user's name";
	return NULL;
}

const char *
init_missing(const struct init_server *server)
{
	if (server->url[0] == '\0')
		return "has no url";
	if (server->n_users == 0)
		return "has no user";
	if ((server->key_file[0] == '\0') == (server->sign_in[0] == '\0'))
		return "needs either a key-file, or a sign-in to make a key";
	return NULL;
}

bool
init_is_key(const char *text)
{
	const char *p;

	for (p = text; *p != '\0'; p++) {
		if (!isalnum((unsigned char)*p))
			return false;
	}
	return p > text && strlen(text) < API_KEY_SIZE;
}

int
init_run(struct init_request *request, struct output *output, char *error)
{
	bool asked = request->n_servers == 0;
	int status;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		(void)strlcpy(error, "cannot use libcurl", INIT_ERROR_SIZE);
		return -1;
	}
	if ((status = init_write_check(request, error)) == 0) {
		if (!asked)
			status = test_servers(request, output, error);
		else if ((status = init_ask(request)) == -1)
			(void)strlcpy(error, "no answer: nothing was written",
			    INIT_ERROR_SIZE);
	}
	if (status == 0)
		status = init_write(request, error);
	forget(request, status == -1);
	curl_global_cleanup();
	if (status == 0)
		status = say(output, "file", "path", request->path, NULL,
		    error);
	return status;
}

/* A row of the answer, as the daemon's commands have them. */
static int
say(struct output *output, const char *kind, const char *name,
    const char *value, const char *about, char *error)
{
	static struct message_row row;

	row_begin(&row, kind);
	row_text(&row, name, value);
	if (about != NULL)
		row_text(&row, "about", about);
	if (output_row(output, &row) == 0)
		return 0;
	snprintf(error, INIT_ERROR_SIZE, "cannot print: %s", strerror(errno));
	return -1;
}

/* Keys that no configuration has should not be on the servers either. */
static void
forget(struct init_request *request, bool revoke)
{
	struct init_server *server;
	size_t i;

	for (i = 0; i < request->n_servers; i++) {
		server = &request->servers[i];
		if (revoke)
			init_revoke_key(server);
		explicit_bzero(server->api_key, sizeof(server->api_key));
	}
}

static int
test_servers(struct init_request *request, struct output *output, char *error)
{
	size_t i;

	for (i = 0; i < request->n_servers; i++) {
		if (test_server(&request->servers[i], output, error) == -1)
			return -1;
	}
	return 0;
}

static int
test_server(struct init_server *server, struct output *output, char *error)
{
	char about[NAME_SIZE];

	if (init_contact(server, about, sizeof(about), error) == -1 ||
	    get_key(server, error) == -1 || test_users(server, error) == -1)
		return -1;
	return say(output, "server", "name", server->name, about, error);
}

static int
get_key(struct init_server *server, char *error)
{
	char password[PASSWORD_SIZE], prompt[3 * NAME_SIZE], name[NAME_SIZE];
	int status = -1;

	if (server->sign_in[0] == '\0')
		return read_key(server, error);
	(void)text_safe(name, sizeof(name), server->sign_in);
	snprintf(prompt, sizeof(prompt), "Password of %s on %s (used once, "
	    "kept nowhere): ", name, server->name);
	if (init_ask_secret(prompt, password, sizeof(password)) == -1)
		snprintf(error, INIT_ERROR_SIZE, "cannot read the password: "
		    "%s", strerror(errno));
	else
		status = init_make_key(server, password, error);
	explicit_bzero(password, sizeof(password));
	return status;
}

/* A line of a file. */
static int
read_key(struct init_server *server, char *error)
{
	char line[2 * API_KEY_SIZE] = "";
	FILE *f;
	int status = -1;

	if ((f = fopen(server->key_file, "re")) == NULL ||
	    (fgets(line, sizeof(line), f) == NULL && ferror(f)))
		snprintf(error, INIT_ERROR_SIZE, "%s: %s", server->key_file,
		    strerror(errno));
	else if (text_trim(server->api_key, sizeof(server->api_key),
	    line) == -1 || !init_is_key(server->api_key))
		snprintf(error, INIT_ERROR_SIZE, "%s: that is no API key: "
		    "letters and digits only", server->key_file);
	else
		status = 0;
	if (f != NULL)
		fclose(f);
	explicit_bzero(line, sizeof(line));
	return status;
}

static int
test_users(struct init_server *server, char *error)
{
	struct json_object *users;
	char list[ERROR_SIZE / 2];
	size_t i;
	int status = 0;

	if (init_users(server, &users, error) == -1)
		return -1;
	for (i = 0; i < server->n_users && status == 0; i++) {
		if (init_find_user(users, server->users[i].name) == 0)
			continue;
		init_list_users(users, list, sizeof(list));
		snprintf(error, INIT_ERROR_SIZE, "%s has no user \"%.100s\"; "
		    "it has: %s", server->name, server->users[i].name, list);
		status = -1;
	}
	json_object_put(users);
	return status;
}
