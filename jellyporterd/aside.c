/* A database that is moved out of the way. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "aside.h"
#include "log.h"

#define PARTS		3
#define MOVED_SIZE	(PATH_MAX + 64)

/* Without its log, a database is one from before: so that comes last. */
static const char *const ends[PARTS] = { "-wal", "-shm", "" };

struct move {
	char	from[MOVED_SIZE];
	char	to[MOVED_SIZE];
	bool	done;
};

static bool	is_in_use(const char *);
static int	plan(struct move *, const char *);
static int	move_all(struct move *);
static void	tell(const struct move *);

/* Who has it open holds a lock on it for as long. */
static bool
is_in_use(const char *path)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd;

	if ((fd = open(path, O_RDWR | O_CLOEXEC)) == -1) {
		log_warn("%s", path);
		return true;
	}
	if (fcntl(fd, F_GETLK, &lock) == -1)
		log_warn("%s", path);
	else if (lock.l_type != F_UNLCK)
		log_warnx("%s: process %ld has it open", path,
		    (long)lock.l_pid);
	close(fd);
	return lock.l_type != F_UNLCK;
}

static int
plan(struct move *moves, const char *path)
{
	time_t now = time(NULL);
	struct tm tm;
	char when[32];
	size_t i;

	if (gmtime_r(&now, &tm) == NULL ||
	    strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &tm) == 0)
		return -1;
	for (i = 0; i < PARTS; i++) {
		if (snprintf(moves[i].from, sizeof(moves[i].from), "%s%s", path,
		    ends[i]) >= (int)sizeof(moves[i].from) ||
		    snprintf(moves[i].to, sizeof(moves[i].to),
		    "%s.damaged-%s%s", path, when, ends[i]) >=
		    (int)sizeof(moves[i].to))
			return -1;
		moves[i].done = false;
		/* Twice within a second. */
		if (access(moves[i].to, F_OK) == 0) {
			log_warnx("%s: there is such a file", moves[i].to);
			return -1;
		}
	}
	return 0;
}

/* All of it or nothing. */
static int
move_all(struct move *moves)
{
	size_t i;

	for (i = 0; i < PARTS; i++) {
		if (rename(moves[i].from, moves[i].to) == 0)
			moves[i].done = true;
		else if (errno != ENOENT || *ends[i] == '\0')
			break;
	}
	if (i == PARTS)
		return 0;
	log_warn("%s: cannot be moved", moves[i].from);
	while (i-- > 0) {
		if (moves[i].done && rename(moves[i].to, moves[i].from) == -1)
			log_warn("%s: cannot be moved back to %s", moves[i].to,
			    moves[i].from);
	}
	return -1;
}

static void
tell(const struct move *moves)
{
	size_t i;

	printf("%s is %s now\n", moves[PARTS - 1].from, moves[PARTS - 1].to);
	printf("jellyporterd makes a new one at its next start.\n"
	    "To go back, stop it, move the new one aside by -R as well, and\n");
	for (i = 0; i < PARTS; i++) {
		if (moves[i].done)
			printf("mv '%s' '%s'\n", moves[i].to, moves[i].from);
	}
}

int
aside_move(const char *path)
{
	struct move moves[PARTS];
	char real[PATH_MAX];

	/* Of a symbolic link, what it stands for: as the engine has it. */
	if (realpath(path, real) == NULL) {
		log_warn("%s", path);
		return -1;
	}
	if (is_in_use(real) || plan(moves, real) == -1 ||
	    move_all(moves) == -1)
		return -1;
	tell(moves);
	return fflush(stdout) == EOF ? -1 : 0;
}
