/*
 * A check: every server is asked who it is and who is on it, now and beside
 * everything else that goes on, and nothing is made of the answers but a
 * report.  Who asks while one goes on shares it.
 */
#include <string.h>

#include "engine.h"
#include "text.h"

static void	begin(struct server *);
static void	give_up(struct server *, const char *);
static bool	goes_on(const struct engine *);
static void	done(struct server *);

static bool
goes_on(const struct engine *engine)
{
	const struct server *server;

	TAILQ_FOREACH(server, &engine->servers, entry) {
		if (server->check.goes_on)
			return true;
	}
	return false;
}

void
check_start(struct engine *engine)
{
	struct server *server;

	if (goes_on(engine))
		return;
	TAILQ_FOREACH(server, &engine->servers, entry) {
		memset(&server->check, 0, sizeof(server->check));
		server->check.goes_on = true;
	}
	/* Only now: the last one that cannot be asked ends the check. */
	TAILQ_FOREACH(server, &engine->servers, entry)
		begin(server);
}

static void
begin(struct server *server)
{
	struct endpoint *endpoint;
	uint32_t id;

	TAILQ_FOREACH(endpoint, &server->endpoints, entry)
		memset(&endpoint->check, 0, sizeof(endpoint->check));
	if (server->link == NULL) {
		give_up(server, "its process does not run");
		return;
	}
	id = engine_request(server, &server->check_lane, MESSAGE_CHECK, NULL);
	server->check_lane.owner = OWNER_CHECK;
	message_put_empty(channel_imsgbuf(server->link), MESSAGE_CHECK, id);
	channel_written(server->link);
}

void
check_info(struct server *server, const struct message_server_info *info)
{
	server->check.has_info = true;
	server->check.info = *info;
}

void
check_user(struct server *server, const struct message_user *user)
{
	struct endpoint *endpoint;
	enum user_match match;
	char name[NAME_SIZE];

	if (text_trim(name, sizeof(name), user->name) == -1)
		return;
	endpoint_list_user(server->check.users, name);
	TAILQ_FOREACH(endpoint, &server->endpoints, entry) {
		match = endpoint_user(server, endpoint,
		    endpoint->check.present, name, &user->id);
		if (match == USER_OTHER)
			continue;
		endpoint->check.present = true;
		endpoint->check.disabled = user->disabled;
		endpoint->check.no_folders = user->no_folders;
		(void)strlcpy(endpoint->check.called,
		    match == USER_BY_NAME ? "" : name,
		    sizeof(endpoint->check.called));
	}
}

void
check_result(struct server *server, const struct message_result *result)
{
	server->check_lane.id = 0;
	server->check.result = *result;
	done(server);
}

void
check_link_lost(struct server *server)
{
	memset(&server->check_lane, 0, sizeof(server->check_lane));
	if (server->check.goes_on)
		give_up(server, "its process has just ended");
}

static void
give_up(struct server *server, const char *why)
{
	struct message_result *result = &server->check.result;

	memset(result, 0, sizeof(*result));
	result->result = REQUEST_UNREACHABLE;
	result->trouble = TROUBLE_OTHER;
	(void)strlcpy(result->error, why, sizeof(result->error));
	done(server);
}

static void
done(struct server *server)
{
	server->check.goes_on = false;
	if (!goes_on(server->engine))
		control_check_done(server->engine->control);
}
