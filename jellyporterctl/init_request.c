/* What init is asked to do, as it is said on the command line or a terminal. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include <event2/http.h>

#include "init.h"
#include "text.h"

static size_t	 length_of_url(const char *);
static bool	 is_url(const char *);

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
	size_t len = length_of_url(text);

	if (server->url[0] != '\0')
		return "is its second URL";
	if (len >= sizeof(server->url))
		return "is too long";
	memcpy(server->url, text, len);
	server->url[len] = '\0';
	if (is_url(server->url))
		return NULL;
	server->url[0] = '\0';
	return "is no URL of a server; it is http:// or https://, a host and, "
	    "where it has them, a port and a path";
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
is_url(const char *text)
{
	struct evhttp_uri *uri;
	const char *p, *host, *scheme;
	bool is;

	for (p = text; *p != '\0'; p++) {
		if ((unsigned char)*p <= ' ' || *p == '\177')
			return false;
	}
	/* A host's name may have letters beyond ASCII. */
	uri = evhttp_uri_parse_with_flags(text, EVHTTP_URI_NONCONFORMANT);
	if (uri == NULL)
		return false;
	scheme = evhttp_uri_get_scheme(uri);
	host = evhttp_uri_get_host(uri);
	is = scheme != NULL && (strcasecmp(scheme, "http") == 0 ||
	    strcasecmp(scheme, "https") == 0) &&
	    host != NULL && *host != '\0' &&
	    evhttp_uri_get_userinfo(uri) == NULL &&
	    evhttp_uri_get_query(uri) == NULL &&
	    evhttp_uri_get_fragment(uri) == NULL;
	evhttp_uri_free(uri);
	return is;
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
