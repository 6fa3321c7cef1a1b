/*
 * Where the control socket is.  Both programs ask here, so that a daemon which
 * somebody started without root is found by the same person's jellyporterctl.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "socket_path.h"

#define SOCKET_NAME	"jellyporter.sock"
#ifdef __OpenBSD__
#define SYSTEM_DIRECTORY	"/var/run/jellyporter"
#else
#define SYSTEM_DIRECTORY	"/run/jellyporter"
#endif

static const char	*directory_variable(const char *);
static int		 join(char *, size_t, const char *, const char *);

int
control_socket_path(char *path, size_t size)
{
	const char *dir;

	if (geteuid() == 0)
		return join(path, size, SYSTEM_DIRECTORY, SOCKET_NAME);
	if ((dir = directory_variable("XDG_RUNTIME_DIR")) != NULL)
		return join(path, size, dir, SOCKET_NAME);
	if ((dir = directory_variable("XDG_STATE_HOME")) != NULL)
		return join(path, size, dir, "jellyporter/" SOCKET_NAME);
	if ((dir = directory_variable("HOME")) != NULL)
		return join(path, size, dir,
		    ".local/state/jellyporter/" SOCKET_NAME);
	errno = ENOENT;
	return -1;
}

/* That may also be one which is there and not for us: it says so. */
int
control_socket_find(char *path, size_t size)
{
	const char system[] = SYSTEM_DIRECTORY "/" SOCKET_NAME;
	bool found = control_socket_path(path, size) == 0;

	if (found && (access(path, F_OK) == 0 || errno != ENOENT))
		return 0;
	if (access(system, F_OK) == 0 || errno != ENOENT)
		return join(path, size, SYSTEM_DIRECTORY, SOCKET_NAME);
	return found ? 0 : -1;
}

static const char *
directory_variable(const char *name)
{
	const char *value;

	if ((value = getenv(name)) == NULL || value[0] != '/')
		return NULL;
	return value;
}

static int
join(char *path, size_t size, const char *dir, const char *file)
{
	int n;

	n = snprintf(path, size, "%s/%s", dir, file);
	if (n < 0)
		return -1;
	if ((size_t)n >= size) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return 0;
}
