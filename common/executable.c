/* Where our programs are. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "executable.h"

int
executable_own(const char *argv0, char *path, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", path, size);

	if (n > 0 && (size_t)n < size) {
		path[n] = '\0';
		return 0;
	}
	return argv0[0] == '/' && strlcpy(path, argv0, size) < size ? 0 : -1;
}

int
executable_other(const char *own, const char *name, char *path, size_t size)
{
	const char *slash = strrchr(own, '/');
	int n;

	n = snprintf(path, size, "%.*s/../libexec/%s",
	    slash == NULL ? 0 : (int)(slash - own), own, name);
	return n < 0 || (size_t)n >= size ? -1 : 0;
}
