/* The roles: their names, and what their processes are. */
#include <string.h>

#include "role.h"

static const char *const names[ROLE_COUNT] = {
	[ROLE_ENGINE] = "engine", [ROLE_FETCHER] = "fetcher",
	[ROLE_LISTENER] = "listener", [ROLE_RESOLVER] = "resolver",
	[ROLE_EXPORTER] = "exporter"
};

const char *
role_name(enum role role)
{
	return names[role];
}

int
role_by_name(const char *name)
{
	int i;

	for (i = 0; i < ROLE_COUNT; i++) {
		if (strcmp(names[i], name) == 0)
			return i;
	}
	return -1;
}

bool
role_is_http(enum role role)
{
	return role == ROLE_FETCHER || role == ROLE_EXPORTER;
}
