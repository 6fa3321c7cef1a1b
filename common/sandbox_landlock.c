/*
 * Landlock by its system calls, as far as the running kernel knows it.  The
 * structures are our own: the headers of Debian 12 end at version 2.
 */
#ifdef __linux__
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "log.h"
#include "sandbox_linux.h"

/* The same on every machine. */
#define CALL_CREATE_RULESET	444
#define CALL_ADD_RULE		445
#define CALL_RESTRICT_SELF	446

#define VERSION_FLAG		(1U << 0)
#define RULE_PATH_BENEATH	1
#define RULE_NET_PORT		2

#define FS_EXECUTE		(UINT64_C(1) << 0)
#define FS_WRITE_FILE		(UINT64_C(1) << 1)
#define FS_READ_FILE		(UINT64_C(1) << 2)
#define FS_READ_DIR		(UINT64_C(1) << 3)
#define FS_REMOVE_FILE		(UINT64_C(1) << 5)
#define FS_MAKE_REG		(UINT64_C(1) << 8)
#define FS_TRUNCATE		(UINT64_C(1) << 14)	/* version 3 */
/* What a rule for a file, and not for a directory, may name. */
#define FS_OF_FILE		(FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | \
				FS_TRUNCATE)

#define NET_BIND_TCP		(UINT64_C(1) << 0)	/* version 4 */
#define NET_CONNECT_TCP		(UINT64_C(1) << 1)
#define SCOPE_ALL		UINT64_C(3)		/* version 6 */

struct ruleset {
	uint64_t	fs;
	uint64_t	net;
	uint64_t	scoped;
};

struct path_rule {
	uint64_t	rights;
	int32_t		fd;
} __attribute__((__packed__));

struct port_rule {
	uint64_t	rights;
	uint64_t	port;
};

struct landlock_rules {
	int		version;
	int		fd;		/* -1: not made yet */
	struct ruleset	ruleset;
};

static void	make(struct landlock_rules *);

/* All rights to files that each version knows, by version. */
static const uint64_t fs_known[] = {
	0, (UINT64_C(1) << 13) - 1, (UINT64_C(1) << 14) - 1,
	(UINT64_C(1) << 15) - 1, (UINT64_C(1) << 15) - 1,
	(UINT64_C(1) << 16) - 1
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

int
landlock_version(void)
{
	long version = syscall(CALL_CREATE_RULESET, NULL, 0, VERSION_FLAG);

	return version < 0 ? 0 : (int)version;
}

struct landlock_rules *
landlock_begin(void)
{
	struct landlock_rules *rules;
	size_t i;

	if ((rules = calloc(1, sizeof(*rules))) == NULL)
		fatal("calloc");
	rules->version = landlock_version();
	rules->fd = -1;
	i = (size_t)rules->version;
	rules->ruleset.fs = fs_known[i < COUNT(fs_known) ? i :
	    COUNT(fs_known) - 1];
	if (rules->version >= 4)
		rules->ruleset.net = NET_BIND_TCP | NET_CONNECT_TCP;
	if (rules->version >= 6)
		rules->ruleset.scoped = SCOPE_ALL;
	return rules;
}

void
landlock_leave_tcp(struct landlock_rules *rules)
{
	if (rules->fd != -1)
		fatalx("landlock: too late");
	rules->ruleset.net = 0;
}

/* An older kernel takes the newer structure as long as its rest is zero. */
static void
make(struct landlock_rules *rules)
{
	if (rules->version == 0 || rules->fd != -1)
		return;
	rules->fd = (int)syscall(CALL_CREATE_RULESET, &rules->ruleset,
	    sizeof(rules->ruleset), 0);
	if (rules->fd == -1)
		fatal("landlock");
	/* A sanitizer wants to read whatever it likes at the end. */
	if (SANDBOX_SANITIZED)
		landlock_allow(rules, "/", MAY_READ | MAY_EXECUTE);
}

void
landlock_allow(struct landlock_rules *rules, const char *path,
    unsigned int rights)
{
	struct path_rule rule = { 0, -1 };
	bool is_directory = true;

	make(rules);
	if (rules->version == 0)
		return;
	rule.fd = open(path, O_PATH | O_CLOEXEC | O_DIRECTORY);
	if (rule.fd == -1 && errno == ENOTDIR) {
		is_directory = false;
		rule.fd = open(path, O_PATH | O_CLOEXEC);
	}
	if (rule.fd == -1) {
		if (errno == ENOENT)
			return;
		fatal("%s", path);
	}
	if (rights & MAY_READ)
		rule.rights |= FS_READ_FILE | FS_READ_DIR;
	if (rights & MAY_WRITE)
		rule.rights |= FS_WRITE_FILE | FS_TRUNCATE;
	if (rights & MAY_MAKE)
		rule.rights |= FS_MAKE_REG | FS_REMOVE_FILE;
	if (rights & MAY_EXECUTE)
		rule.rights |= FS_EXECUTE;
	rule.rights &= rules->ruleset.fs;
	if (!is_directory)
		rule.rights &= FS_OF_FILE;
	if (syscall(CALL_ADD_RULE, rules->fd, RULE_PATH_BENEATH, &rule, 0) ==
	    -1)
		fatal("landlock: %s", path);
	close(rule.fd);
}

void
landlock_allow_tcp(struct landlock_rules *rules, uint16_t port)
{
	struct port_rule rule = { NET_CONNECT_TCP, port };

	make(rules);
	if (rules->ruleset.net == 0)
		return;
	if (syscall(CALL_ADD_RULE, rules->fd, RULE_NET_PORT, &rule, 0) == -1)
		fatal("landlock: port %u", port);
}

void
landlock_enforce(struct landlock_rules *rules)
{
	make(rules);
	if (rules->version != 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
		    syscall(CALL_RESTRICT_SELF, rules->fd, 0) == -1)
			fatal("landlock");
		close(rules->fd);
	}
	free(rules);
}
#endif
