/* Who the processes are, if root has started them. */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <libgen.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control_socket.h"
#include "log.h"
#include "users.h"

#ifdef __OpenBSD__
#define EMPTY_DIRECTORY	"/var/empty"
#else
#define EMPTY_DIRECTORY	"/run/jellyporter-empty"
#endif

static bool	find(const char *, uid_t *, gid_t *);
static int	prepare_empty(void);
static bool	is_empty(const char *);
static int	own_directory(const struct users *, const char *);
static int	check_file(const struct users *, const char *, const char *);

static bool
find(const char *name, uid_t *uid, gid_t *gid)
{
	const struct passwd *passwd = getpwnam(name);

	/* A second name for root is no user of its own. */
	if (passwd == NULL || passwd->pw_uid == 0)
		return false;
	*uid = passwd->pw_uid;
	*gid = passwd->pw_gid;
	return true;
}

int
users_find(struct users *users)
{
	bool state, network;

	memset(users, 0, sizeof(*users));
	if (geteuid() != 0)
		return 0;
	state = find(STATE_USER, &users->state_uid, &users->state_gid);
	network = find(NETWORK_USER, &users->network_uid,
	    &users->network_gid);
	if (!state || !network) {
		users->missing = state ? NETWORK_USER : STATE_USER;
		return 0;
	}
	users->apart = true;
	return prepare_empty();
}

void
users_describe(const struct users *users)
{
	if (users->missing != NULL)
		log_info("there is no user %s: all processes run as root",
		    users->missing);
	else if (users->apart)
		log_info("the engine runs as %s, what touches the network as "
		    "%s", STATE_USER, NETWORK_USER);
}

/* Nobody but root may put anything there. */
static int
prepare_empty(void)
{
	struct stat st;

	if (make_directory_of(EMPTY_DIRECTORY "/nothing", 0755) == -1)
		return -1;
	if (lstat(EMPTY_DIRECTORY, &st) == -1) {
		log_warn("%s", EMPTY_DIRECTORY);
		return -1;
	}
	if (!S_ISDIR(st.st_mode) || st.st_uid != 0 ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0 ||
	    !is_empty(EMPTY_DIRECTORY)) {
		log_warnx("%s: has to be an empty directory of root's, and "
		    "writable for nobody else", EMPTY_DIRECTORY);
		return -1;
	}
	return 0;
}

/* The state's */

int
users_own(const struct users *users, const char *database_path)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char real[PATH_MAX], directory[PATH_MAX];
	size_t i;

	if (!users->apart)
		return 0;
	/* As the engine does, which sees the directory of the file itself. */
	if (realpath(database_path, real) == NULL &&
	    strlcpy(real, database_path, sizeof(real)) >= sizeof(real)) {
		log_warnx("%s: the path is too long", database_path);
		return -1;
	}
	strlcpy(directory, real, sizeof(directory));
	if (own_directory(users, dirname(directory)) == -1)
		return -1;
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (check_file(users, real, ends[i]) == -1)
			return -1;
	}
	return 0;
}

static bool
is_empty(const char *path)
{
	const struct dirent *entry;
	bool empty = true;
	DIR *directory;

	if ((directory = opendir(path)) == NULL)
		return false;
	while (empty && (entry = readdir(directory)) != NULL)
		empty = strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0;
	closedir(directory);
	return empty;
}

static int
own_directory(const struct users *users, const char *path)
{
	struct stat st;

	if (lstat(path, &st) == -1) {
		log_warn("%s", path);
		return -1;
	}
	if (st.st_uid == users->state_uid)
		return 0;
	if (st.st_uid != 0 || !is_empty(path)) {
		log_warnx("%s: has to belong to %s: chown -R %s %s", path,
		    STATE_USER, STATE_USER, path);
		return -1;
	}
	if (lchown(path, users->state_uid, users->state_gid) == -1) {
		log_warn("%s", path);
		return -1;
	}
	return 0;
}

/* One that is not there yet is made by its owner. */
static int
check_file(const struct users *users, const char *database, const char *end)
{
	char path[PATH_MAX];
	struct stat st;

	if (strlcpy(path, database, sizeof(path)) >= sizeof(path) ||
	    strlcat(path, end, sizeof(path)) >= sizeof(path)) {
		log_warnx("%s: the path is too long", database);
		return -1;
	}
	if (lstat(path, &st) == -1) {
		if (errno == ENOENT)
			return 0;
		log_warn("%s", path);
		return -1;
	}
	if (st.st_uid != users->state_uid) {
		log_warnx("%s: has to belong to %s: chown %s %s", path,
		    STATE_USER, STATE_USER, path);
		return -1;
	}
	return 0;
}

/* Becoming it */

void
users_put(const struct users *users, enum role role, struct imsgbuf *to)
{
	static struct message_identity identity;

	if (!users->apart)
		return;
	memset(&identity, 0, sizeof(identity));
	identity.uid = (uint32_t)(role == ROLE_ENGINE ? users->state_uid :
	    users->network_uid);
	identity.gid = (uint32_t)(role == ROLE_ENGINE ? users->state_gid :
	    users->network_gid);
	(void)strlcpy(identity.empty, EMPTY_DIRECTORY,
	    sizeof(identity.empty));
	message_put_identity(to, 0, &identity);
}

void
users_become(const struct message_identity *identity, const char *directory)
{
	gid_t gid = (gid_t)identity->gid;
	uid_t uid = (uid_t)identity->uid;

	if (uid == 0)
		return;
	if (directory != NULL && (chroot(directory) == -1 ||
	    chdir("/") == -1))
		fatal("%s", directory);
	if (setgroups(1, &gid) == -1 || setresgid(gid, gid, gid) == -1 ||
	    setresuid(uid, uid, uid) == -1)
		fatal("cannot become user %u", identity->uid);
	if (setuid(0) != -1 || geteuid() != uid || getegid() != gid)
		fatalx("still root, after all");
}
