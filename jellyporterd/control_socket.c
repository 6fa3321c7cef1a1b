/* The control socket's file. */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <grp.h>
#include <libgen.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "control_socket.h"
#include "log.h"
#include "message.h"

#define SERVED_TRIES	20	/* a tenth of a second each */

static int	is_served(const struct sockaddr_un *);
static int	give_to_group(const char *, const char *);

int
make_directory_of(const char *path, unsigned int mode)
{
	char copy[PATH_SIZE];
	const char *directory;
	char *slash;

	if (strlcpy(copy, path, sizeof(copy)) >= sizeof(copy)) {
		log_warnx("%s: the path is too long", path);
		return -1;
	}
	directory = dirname(copy);
	slash = copy;
	while ((slash = strchr(slash + 1, '/')) != NULL) {
		*slash = '\0';
		if (mkdir(copy, 0755) == -1 && errno != EEXIST)
			break;		/* said below, with the whole path */
		*slash = '/';
	}
	if (slash != NULL)
		*slash = '/';
	if (mkdir(directory, (mode_t)mode) == -1 && errno != EEXIST) {
		log_warn("%s", directory);
		return -1;
	}
	return 0;
}

/* Does another process listen there? */
static int
is_served(const struct sockaddr_un *address)
{
	int fd, served;

	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return 0;
	served = connect(fd, (const struct sockaddr *)address,
	    sizeof(*address)) == 0;
	close(fd);
	return served;
}

static int
give_to_group(const char *path, const char *name)
{
	struct group *group;

	if (name == NULL && geteuid() != 0)
		return 0;
	errno = 0;
	group = getgrnam(name == NULL ? CONTROL_GROUP : name);
	if (group == NULL && name == NULL)
		return 0;
	if (group != NULL && chown(path, (uid_t)-1, group->gr_gid) == 0)
		return 0;
	log_warnx("%s cannot be given to the group %s: %s", path,
	    group == NULL ? name : group->gr_name, group == NULL &&
	    errno == 0 ? "there is no such group" : strerror(errno));
	return -1;
}

int
control_socket_open(const char *path, const char *group)
{
	const struct timespec moment = { 0, 100000000 };
	struct sockaddr_un address;
	mode_t mask;
	int fd = -1, bound, tries;

	memset(&address, 0, sizeof(address));
	address.sun_family = AF_UNIX;
	if (strlcpy(address.sun_path, path, sizeof(address.sun_path)) >=
	    sizeof(address.sun_path)) {
		log_warnx("%s: the path is too long for a socket", path);
		return -1;
	}
	if (make_directory_of(path, 0755) == -1)
		return -1;
	/* The engine of one that was killed needs a moment to notice. */
	for (tries = 0; is_served(&address); tries++) {
		if (tries == SERVED_TRIES) {
			log_warnx("%s: another jellyporterd is running", path);
			return -1;
		}
		nanosleep(&moment, NULL);
	}
	if (unlink(path) == -1 && errno != ENOENT)
		goto fail;
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0)) == -1)
		goto fail;
	mask = umask(S_IXUSR | S_IXGRP | S_IRWXO);
	bound = bind(fd, (const struct sockaddr *)&address, sizeof(address));
	umask(mask);
	if (bound == -1)
		goto fail;
	if (give_to_group(path, group) == -1) {
		(void)unlink(path);
		close(fd);
		return -1;
	}
	if (listen(fd, 16) == -1)
		goto fail;
	return fd;
 fail:
	log_warn("%s", path);
	if (fd != -1)
		close(fd);
	return -1;
}
