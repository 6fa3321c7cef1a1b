/* Which endpoint is it whose user a server names? */
#include <stdio.h>
#include <string.h>

#include "engine.h"
#include "text.h"

void
endpoint_list_user(char users[ERROR_SIZE], const char *name)
{
	size_t used = strlen(users);

	if (used + strlen(name) + 3 < ERROR_SIZE)
		snprintf(users + used, ERROR_SIZE - used, "%s%s",
		    used == 0 ? "" : ", ", name);
}

enum user_match
endpoint_user(const struct server *server, const struct endpoint *endpoint,
    bool found, const char *name, const struct jellyfin_id *id)
{
	struct jellyfin_id known;

	if (text_same_name(name, endpoint->user))
		return USER_BY_NAME;
	if (!found && store_endpoint_known_user(server->engine->store,
	    endpoint->id, &known) && jellyfin_id_equal(&known, id))
		return USER_RENAMED;
	return USER_OTHER;
}
