/*
 * Where the control socket is.  Both programs ask here, so that a daemon which
 * somebody started without root is found by the same person's jellyporterctl.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "socket_path.h"

#define SOCKET_NAME	"jellyporter.sock"

static const char	*directory_variable(const char *);
static int		 join(char *, size_t, const char *, const char *);

int
control_socket_path(char *path, size_t size)
{
	const char *dir;

	if (geteuid() == 0)
		return join(path, size, "/run/jellyporter", SOCKET_NAME);
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
