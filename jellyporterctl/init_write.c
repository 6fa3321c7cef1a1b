/*
 * Files are written under temporary names first, with their owners and modes.
 * They get their own names when all of them are on the disk, the keys before
 * the configuration that names them.
 */
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init_text.h"
#include "init_write.h"

#define GROUP		"_jellyporter"
#define MODE_CONFIG	(S_IRUSR | S_IWUSR | S_IRGRP)
#define MODE_SECRET	(S_IRUSR | S_IWUSR)

struct staged {
	char	path[PATH_SIZE];
	char	temporary[PATH_SIZE];	/* "": none, or it has its name */
	bool	replace;
	bool	was_there;
	bool	placed;
};

struct staging {
	struct staged	 files[INIT_SERVERS_MAX + 1];	/* the last one is */
	size_t		 n;			/* the configuration */
	char		 directory[PATH_SIZE];	/* of the configuration */
	char		 keys[PATH_SIZE];
	bool		 made_directory;
	bool		 made_keys;
	gid_t		 group;			/* -1: as it comes */
	char		*error;
};

static int	 failed(struct staging *, const char *, ...)
		    __attribute__((__format__(printf, 2, 3)));
static int	 name_files(const struct init_request *, struct staging *);
static int	 name_file(struct staging *, const char *, bool,
		    const char *, ...)
		    __attribute__((__format__(printf, 4, 5)));
static bool	 is_same_file(const char *, const char *);
static int	 check_files(const struct init_request *, struct staging *);
static int	 make_directories(struct staging *);
static int	 stage_all(const struct init_request *, struct staging *);
static FILE	*stage(struct staging *, struct staged *, mode_t);
static int	 finish(struct staging *, const struct staged *, FILE *);
static int	 place_all(struct staging *);
static int	 place(struct staged *);
static int	 sync_directory(const char *);
static void	 clear(struct staging *);
static gid_t	 daemon_group(void);

static int
failed(struct staging *s, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(s->error, INIT_ERROR_SIZE, format, ap);
	va_end(ap);
	return -1;
}

int
init_write_check(const struct init_request *request, char *error)
{
	struct staging s;

	memset(&s, 0, sizeof(s));
	s.error = error;
	if (name_files(request, &s) == -1)
		return -1;
	return check_files(request, &s);
}

int
init_write(const struct init_request *request, char *error)
{
	struct staging s;
	sigset_t all, before;
	int status;

	memset(&s, 0, sizeof(s));
	s.error = error;
	s.group = daemon_group();
	if (name_files(request, &s) == -1 || check_files(request, &s) == -1)
		return -1;
	/* It is short, and nobody has to clean up behind it. */
	if (sigfillset(&all) == -1 ||
	    sigprocmask(SIG_BLOCK, &all, &before) == -1)
		err(1, "sigprocmask");
	status = make_directories(&s) == -1 || stage_all(request, &s) == -1 ||
	    place_all(&s) == -1 ? -1 : 0;
	if (status == -1)
		clear(&s);
	if (sigprocmask(SIG_SETMASK, &before, NULL) == -1)
		err(1, "sigprocmask");
	return status;
}

static int
name_files(const struct init_request *request, struct staging *s)
{
	const struct init_server *server;
	char copy[PATH_SIZE];
	size_t i;

	if (strlcpy(copy, request->path, sizeof(copy)) >= sizeof(copy))
		return failed(s, "%.100s...: too long a name", request->path);
	(void)strlcpy(s->directory, dirname(copy), sizeof(s->directory));
	if ((size_t)snprintf(s->keys, sizeof(s->keys), "%s/keys",
	    s->directory) >= sizeof(s->keys))
		return failed(s, "%.100s...: too long a name", request->path);
	for (i = 0; i < request->n_servers; i++) {
		server = &request->servers[i];
		if (name_file(s, server->key_file, request->replace, "%s/%s",
		    s->keys, server->name) == -1)
			return -1;
	}
	return name_file(s, "", request->replace, "%s", request->path);
}

/* The file that a key comes from may become that which it goes to. */
static int
name_file(struct staging *s, const char *from, bool replace,
    const char *format, ...)
{
	struct staged *file = &s->files[s->n++];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(file->path, sizeof(file->path), format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(file->path) - sizeof(".XXXXXX"))
		return failed(s, "%.100s...: too long a name", file->path);
	file->replace = replace || is_same_file(from, file->path);
	return 0;
}

static bool
is_same_file(const char *a, const char *b)
{
	struct stat st_a, st_b;

	return *a != '\0' && stat(a, &st_a) == 0 && stat(b, &st_b) == 0 &&
	    st_a.st_dev == st_b.st_dev && st_a.st_ino == st_b.st_ino;
}

static int
check_files(const struct init_request *request, struct staging *s)
{
	struct staged *file;
	struct stat st;
	size_t i;

	for (i = s->n; i-- > 0;) {
		file = &s->files[i];
		if (lstat(file->path, &st) == -1) {
			if (errno != ENOENT && errno != ENOTDIR)
				return failed(s, "%s: %s", file->path,
				    strerror(errno));
			continue;
		}
		file->was_there = true;
		if (!S_ISREG(st.st_mode))
			return failed(s, "%s is there and no regular file",
			    file->path);
		if (!file->replace)
			return failed(s, "%s is there already; \"init replace "
			    "%s\" takes its place", file->path,
			    request->path);
	}
	return 0;
}

/* As packages make them; what is above is somebody else's. */
static int
make_directories(struct staging *s)
{
	if (mkdir(s->directory, S_IRWXU) == 0) {
		s->made_directory = true;
		if (chown(s->directory, (uid_t)-1, s->group) == -1 ||
		    chmod(s->directory, S_IRWXU | S_IRGRP | S_IXGRP) == -1)
			return failed(s, "%s: %s", s->directory,
			    strerror(errno));
	} else if (errno != EEXIST)
		return failed(s, "cannot make %s: %s", s->directory,
		    strerror(errno));
	if (mkdir(s->keys, S_IRWXU) == 0)
		s->made_keys = true;
	else if (errno != EEXIST)
		return failed(s, "cannot make %s: %s", s->keys,
		    strerror(errno));
	return 0;
}

static int
stage_all(const struct init_request *request, struct staging *s)
{
	struct staged *config = &s->files[s->n - 1];
	mode_t mode = s->group == (gid_t)-1 ? MODE_SECRET : MODE_CONFIG;
	FILE *f;
	size_t i;

	for (i = 0; i < request->n_servers; i++) {
		if ((f = stage(s, &s->files[i], MODE_SECRET)) == NULL)
			return -1;
		fprintf(f, "%s\n", request->servers[i].api_key);
		if (finish(s, &s->files[i], f) == -1)
			return -1;
	}
	if ((f = stage(s, config, mode)) == NULL)
		return -1;
	if (s->group != (gid_t)-1 &&
	    fchown(fileno(f), (uid_t)-1, s->group) == -1) {
		(void)failed(s, "%s: %s", config->path, strerror(errno));
		fclose(f);
		return -1;
	}
	init_text_print(f, request, init_has_people(request));
	return finish(s, config, f);
}

static FILE *
stage(struct staging *s, struct staged *file, mode_t mode)
{
	FILE *f = NULL;
	int fd;

	snprintf(file->temporary, sizeof(file->temporary), "%.*s.XXXXXX",
	    (int)(sizeof(file->path) - sizeof(".XXXXXX")), file->path);
	if ((fd = mkostemp(file->temporary, O_CLOEXEC)) == -1)
		file->temporary[0] = '\0';
	if (fd == -1 || fchmod(fd, mode) == -1 ||
	    (f = fdopen(fd, "w")) == NULL) {
		(void)failed(s, "cannot make %s: %s", file->path,
		    strerror(errno));
		if (fd != -1)
			close(fd);
	}
	return f;
}

static int
finish(struct staging *s, const struct staged *file, FILE *f)
{
	int status = 0;

	errno = 0;
	if (fflush(f) == EOF || ferror(f) || fsync(fileno(f)) == -1)
		status = failed(s, "cannot write %s: %s", file->path,
		    strerror(errno));
	if (fclose(f) == EOF && status == 0)
		status = failed(s, "cannot write %s: %s", file->path,
		    strerror(errno));
	return status;
}

static int
place_all(struct staging *s)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		if (place(&s->files[i]) == -1)
			return failed(s, "cannot make %s: %s",
			    s->files[i].path, strerror(errno));
		if (i + 2 == s->n && sync_directory(s->keys) == -1)
			return failed(s, "%s: %s", s->keys, strerror(errno));
	}
	if (sync_directory(s->directory) == -1)
		return failed(s, "%s: %s", s->directory, strerror(errno));
	return 0;
}

/* Never in the place of a file that is to stay. */
static int
place(struct staged *file)
{
	if (file->replace) {
		if (rename(file->temporary, file->path) == -1)
			return -1;
	} else if (link(file->temporary, file->path) == -1)
		return -1;
	file->placed = true;
	if (!file->replace && unlink(file->temporary) == -1)
		return -1;
	file->temporary[0] = '\0';
	return 0;
}

static int
sync_directory(const char *path)
{
	int fd, status;

	if ((fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return -1;
	status = fsync(fd);
	/* Not every file system can. */
	if (status == -1 && (errno == EINVAL || errno == ENOTSUP))
		status = 0;
	close(fd);
	return status;
}

static void
clear(struct staging *s)
{
	struct staged *file;
	size_t i;

	for (i = 0; i < s->n; i++) {
		file = &s->files[i];
		if (file->temporary[0] != '\0')
			(void)unlink(file->temporary);
		if (file->placed && !file->was_there)
			(void)unlink(file->path);
	}
	if (s->made_keys)
		(void)rmdir(s->keys);
	if (s->made_directory)
		(void)rmdir(s->directory);
}

/* That which the service reads it as, if we may give it to that. */
static gid_t
daemon_group(void)
{
	const struct group *group;

	if (geteuid() != 0 || (group = getgrnam(GROUP)) == NULL)
		return (gid_t)-1;
	return group->gr_gid;
}

bool
init_has_people(const struct init_request *request)
{
	const struct init_server *server;
	size_t i, j;

	for (i = 0; i < request->n_servers; i++) {
		server = &request->servers[i];
		if (server->n_users > 1)
			return true;
		for (j = 0; j < server->n_users; j++) {
			if (server->users[j].person[0] != '\0')
				return true;
		}
	}
	return false;
}
