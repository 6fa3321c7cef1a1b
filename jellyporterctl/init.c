/*
 * From servers, users and keys to a configuration that is known to work: each
 * server is asked for its version, with the key, and for its users.
 */
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
static void	 forget(struct init_request *, bool);

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
