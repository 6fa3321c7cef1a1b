/* The metrics of a single sync as a file, which is whole at any moment. */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "log.h"
#include "message.h"
#include "textfile.h"

static int	open_new(const char *);
static int	fill(const char *, const struct metrics *);

/* One that was left by somebody who was killed is of no use to anybody. */
static int
open_new(const char *path)
{
	mode_t before;
	int fd;

	if (unlink(path) == -1 && errno != ENOENT)
		return -1;
	before = umask(S_IWGRP | S_IWOTH);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR |
	    S_IWUSR | S_IRGRP | S_IROTH);
	(void)umask(before);
	return fd;
}

static int
fill(const char *path, const struct metrics *metrics)
{
	int fd, failed;
	FILE *f;

	if ((fd = open_new(path)) == -1)
		return -1;
	if ((f = fdopen(fd, "w")) == NULL) {
		close(fd);
		return -1;
	}
	metrics_print(f, metrics, METRIC_PROMETHEUS);
	failed = ferror(f) || fflush(f) == EOF || fsync(fd) == -1;
	return fclose(f) == EOF || failed ? -1 : 0;
}

void
textfile_write(const char *path, const struct metrics *metrics)
{
	char temporary[PATH_SIZE + sizeof(".tmp")];

	/* A collector reads what is called *.prom. */
	(void)snprintf(temporary, sizeof(temporary), "%s.tmp", path);
	if (fill(temporary, metrics) == -1 || rename(temporary, path) == -1) {
		log_warn("metrics_textfile: %s", path);
		(void)unlink(temporary);
	}
}
