/*
 * What jellyporterctl init makes of a server's answers: to the contact, to
 * signing in and making a key, to the question for its users.  Each line of the
 * input answers a request, in their order: "status JSON".  There is a key, or
 * words for why there is none.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "fuzz.h"
#include "init.h"
#include "init_http.h"
#include "init_jellyfin.h"

#define REQUESTS_MAX	16

static void	contact(const struct init_server *);
static void	make_key(struct init_server *);
static void	ask_users(const struct init_server *);

static char	*answers;	/* those that are left */
static unsigned	 requests;

/* In place of init_http.c. */
int
init_http(const char *url, const char *token, const char *method,
    const char *path, const char *body, struct init_answer *answer)
{
	char *line = strsep(&answers, "\n");

	(void)url;
	(void)method;
	CHECK(path[0] == '/' && ++requests < REQUESTS_MAX);
	CHECK(token == NULL || init_is_key(token));
	CHECK(body == NULL || body[0] == '{');
	memset(answer, 0, sizeof(*answer));
	if (line != NULL)
		answer->status = strtol(line, &line, 10);
	if (answer->status == 204)
		return 0;
	if (answer->status == 200 &&
	    (answer->json = json_tokener_parse(line)) != NULL)
		return 0;
	(void)strlcpy(answer->error, "no answer", sizeof(answer->error));
	return -1;
}

static void
contact(const struct init_server *server)
{
	char about[256], error[ERROR_SIZE];

	error[0] = '\0';
	if (init_contact(server, about, sizeof(about), error) == 0)
		CHECK(strnlen(about, sizeof(about)) < sizeof(about));
	else
		CHECK(error[0] != '\0');
}

static void
make_key(struct init_server *server)
{
	char error[ERROR_SIZE];

	error[0] = '\0';
	if (init_make_key(server, "secret", error) == 0) {
		CHECK(server->made && init_is_key(server->api_key));
		init_revoke_key(server);
	} else
		CHECK(!server->made && error[0] != '\0');
	CHECK(strstr(error, "secret") == NULL);
}

static void
ask_users(const struct init_server *server)
{
	struct json_object *users;
	char name[NAME_SIZE] = "ALICE", list[64], error[ERROR_SIZE];

	error[0] = '\0';
	if (init_users(server, &users, error) == -1) {
		CHECK(error[0] != '\0');
		return;
	}
	if (init_find_user(users, name) == 0)
		CHECK(strnlen(name, sizeof(name)) == strlen("alice"));
	init_list_users(users, list, sizeof(list));
	CHECK(strnlen(list, sizeof(list)) < sizeof(list));
	json_object_put(users);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct init_server server;
	char *text;

	if (size == 0 || size > 65536)
		return 0;
	memset(&server, 0, sizeof(server));
	(void)strlcpy(server.url, "http://attic", sizeof(server.url));
	(void)strlcpy(server.sign_in, "root", sizeof(server.sign_in));
	(void)strlcpy(server.api_key, "0123456789abcdef",
	    sizeof(server.api_key));
	answers = text = fuzz_string(data + 1, size - 1);
	requests = 0;
	switch (data[0]) {
	case 'c':
		contact(&server);
		break;
	case 'k':
		make_key(&server);
		break;
	case 'u':
		ask_users(&server);
		break;
	default:
		break;
	}
	free(text);
	return 0;
}
