/*
 * Questions and answers.  What is wrong is said and asked again, so that
 * nobody has to begin anew for a slip of the pen.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <readpassphrase.h>

#include "init_ask.h"
#include "init_jellyfin.h"
#include "init_write.h"
#include "text.h"

#define LINE_SIZE	2048
#define PASSWORD_SIZE	1024

static int	 ask(char *, size_t, const char *, ...)
		    __attribute__((__format__(printf, 3, 4)));
static void	 say(const char *, ...)
		    __attribute__((__format__(printf, 1, 2)));
static int	 ask_name(struct init_request *, bool *);
static int	 ask_url(struct init_server *);
static int	 ask_key(struct init_server *, struct json_object **);
static int	 take_key(struct init_server *, char *);
static int	 ask_users(struct init_server *, struct json_object *);
static int	 take_users(struct init_server *, struct json_object *, char *);

int
init_ask(struct init_request *request)
{
	struct init_server *server;
	struct json_object *users;
	bool done = false;
	int status;

	say("For each of your Jellyfin servers, a few questions; an empty "
	    "name ends them.");
	while (request->n_servers < INIT_SERVERS_MAX) {
		if (ask_name(request, &done) == -1)
			return -1;
		if (done)
			break;
		server = &request->servers[request->n_servers - 1];
		users = NULL;
		status = ask_url(server) == -1 ||
		    ask_key(server, &users) == -1 ||
		    ask_users(server, users) == -1 ? -1 : 0;
		json_object_put(users);
		if (status == -1)
			return -1;
	}
	return 0;
}

/* An answer without the spaces around it; -1 if there is none any more. */
static int
ask(char *answer, size_t size, const char *format, ...)
{
	char line[LINE_SIZE], question[LINE_SIZE], safe[LINE_SIZE];
	va_list ap;

	va_start(ap, format);
	vsnprintf(question, sizeof(question), format, ap);
	va_end(ap);
	(void)text_safe(safe, sizeof(safe), question);
	do {
		printf("%s ", safe);
		if (fflush(stdout) == EOF ||
		    fgets(line, sizeof(line), stdin) == NULL)
			return -1;
	} while (!text_is_utf8(line, strlen(line)) ||
	    text_trim(answer, size, line) == -1);
	return 0;
}

/* It may quote a server. */
static void
say(const char *format, ...)
{
	char text[LINE_SIZE], safe[LINE_SIZE];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	(void)text_safe(safe, sizeof(safe), text);
	printf("%s\n", safe);
}

int
init_ask_secret(const char *prompt, char *secret, size_t size)
{
	int flags = isatty(STDIN_FILENO) ? RPP_REQUIRE_TTY : RPP_STDIN;

	return readpassphrase(prompt, secret, size, flags) == NULL ? -1 : 0;
}

/* Whether its key's file may be written is known from here on. */
static int
ask_name(struct init_request *request, bool *done)
{
	char name[NAME_SIZE], error[INIT_ERROR_SIZE];
	const char *wrong;

	for (;;) {
		printf("\n");
		if (ask(name, sizeof(name), "%s server, a name for it:",
		    request->n_servers == 0 ? "First" : "Next") == -1)
			return -1;
		if (*name == '\0' && request->n_servers > 0) {
			*done = true;
			return 0;
		}
		if ((wrong = init_add_server(request, name)) != NULL) {
			say("\"%s\" %s.", name, wrong);
			continue;
		}
		if (init_write_check(request, error) == 0)
			return 0;
		say("%s", error);
		request->n_servers--;
	}
}

static int
ask_url(struct init_server *server)
{
	char url[URL_SIZE], about[NAME_SIZE], error[ERROR_SIZE];
	const char *wrong;

	for (;;) {
		server->url[0] = '\0';
		if (ask(url, sizeof(url), "URL of %s, such as "
		    "http://192.0.2.10:8096:", server->name) == -1)
			return -1;
		if ((wrong = init_set_url(server, url)) != NULL)
			say("\"%s\" %s.", url, wrong);
		else if (init_contact(server, about, sizeof(about),
		    error) == -1)
			say("%s", error);
		else
			break;
	}
	say("That is %s.", about);
	return 0;
}

static int
ask_key(struct init_server *server, struct json_object **users)
{
	char error[ERROR_SIZE];

	for (;;) {
		if (ask(server->sign_in, sizeof(server->sign_in),
		    "Administrator on %s who makes an API key (empty: you "
		    "have a key):", server->name) == -1 ||
		    take_key(server, error) == -1)
			return -1;
		if (*error == '\0' && init_users(server, users, error) == 0)
			return 0;
		init_revoke_key(server);
		say("%s", error);
	}
}

/* 0 and an error: it was answered, and is wrong. */
static int
take_key(struct init_server *server, char *error)
{
	char password[PASSWORD_SIZE], prompt[LINE_SIZE], name[NAME_SIZE];
	int status = 0;

	*error = '\0';
	(void)text_safe(name, sizeof(name), server->sign_in);
	if (*server->sign_in == '\0')
		(void)strlcpy(prompt, "API key (not shown): ", sizeof(prompt));
	else
		snprintf(prompt, sizeof(prompt), "Password of %s (used once, "
		    "kept nowhere): ", name);
	if (init_ask_secret(prompt, password, sizeof(password)) == -1)
		status = -1;
	else if (*server->sign_in != '\0')
		(void)init_make_key(server, password, error);
	else if (!init_is_key(password))
		(void)strlcpy(error, "A key has letters and digits only.",
		    ERROR_SIZE);
	else
		(void)strlcpy(server->api_key, password,
		    sizeof(server->api_key));
	explicit_bzero(password, sizeof(password));
	return status;
}

static int
ask_users(struct init_server *server, struct json_object *users)
{
	char names[LINE_SIZE];

	init_list_users(users, names, sizeof(names));
	say("Users there: %s", names);
	for (;;) {
		if (ask(names, sizeof(names), "Whose history is synced (names, "
		    "with commas between; PERSON=NAME for one who is called "
		    "otherwise elsewhere):") == -1)
			return -1;
		if (take_users(server, users, names) == 0)
			return 0;
	}
}

static int
take_users(struct init_server *server, struct json_object *users, char *names)
{
	struct init_user *user;
	char *rest = names, *name;
	const char *wrong;

	server->n_users = 0;
	while ((name = strsep(&rest, ",")) != NULL) {
		if ((wrong = init_add_user(server, name)) != NULL) {
			say("\"%s\" %s.", name, wrong);
			return -1;
		}
		user = &server->users[server->n_users - 1];
		if (init_find_user(users, user->name) == -1) {
			say("There is no user \"%s\".", user->name);
			return -1;
		}
	}
	return 0;
}
