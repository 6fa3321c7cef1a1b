/* Writing an export, in a way that leaves a whole file or none. */
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "export_file.h"
#include "history_line.h"

struct export_file {
	FILE	*file;
	char	 path[PATH_SIZE];
	char	 temporary[PATH_SIZE];	/* "" once it has its name, or for
					 * stdout */
	bool	 is_stdout;
	bool	 force;
};

static int	 failed(char *, size_t, const char *, ...)
		    __attribute__((__format__(printf, 3, 4)));
static int	 check_path(const struct export_file *, char *, size_t);
static int	 open_temporary(struct export_file *);
static void	 interrupted(int);
static int	 take_name(const struct export_file *);
static int	 sync_directory(const char *);
static int	 take_row(void *, const struct message_row *,
		    struct imsgbuf *, char *, size_t);
static int	 take_history(void *, const struct message_history *, char *,
		    size_t);
static int	 finish(void *, char *, size_t);

/* What an interrupt has to remove. */
static char	 unfinished[PATH_SIZE];

static int
failed(char *error, size_t size, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(error, size, format, ap);
	va_end(ap);
	return -1;
}

struct export_file *
export_file_open(const char *path, bool force, char *error, size_t size)
{
	struct export_file *export;

	if ((export = calloc(1, sizeof(*export))) == NULL)
		err(1, NULL);
	export->is_stdout = strcmp(path, "-") == 0;
	export->force = force;
	if (export->is_stdout)
		export->file = stdout;
	else if (strlcpy(export->path, path, sizeof(export->path)) >=
	    sizeof(export->path) - sizeof(".XXXXXX")) {
		(void)failed(error, size, "%.100s...: too long a name", path);
		goto fail;
	} else if (check_path(export, error, size) == -1)
		goto fail;
	else if (open_temporary(export) == -1) {
		(void)failed(error, size, "cannot make %s: %s", path,
		    strerror(errno));
		goto fail;
	}
	export_header_print(export->file, (int64_t)time(NULL));
	return export;
fail:
	export_file_close(export);
	return NULL;
}

static int
check_path(const struct export_file *export, char *error, size_t size)
{
	struct stat st;

	if (lstat(export->path, &st) == -1)
		return errno == ENOENT ? 0 : failed(error, size, "%s: %s",
		    export->path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return failed(error, size, "%s is there and no regular file; "
		    "to write to it all the same, export to - and redirect "
		    "that", export->path);
	if (!export->force)
		return failed(error, size, "%s is there already; export -f "
		    "replaces it", export->path);
	return 0;
}

static int
open_temporary(struct export_file *export)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGTERM };
	struct sigaction action;
	size_t i;
	int fd;

	strlcpy(export->temporary, export->path, sizeof(export->temporary));
	strlcat(export->temporary, ".XXXXXX", sizeof(export->temporary));
	if ((fd = mkostemp(export->temporary, O_CLOEXEC)) == -1) {
		export->temporary[0] = '\0';
		return -1;
	}
	strlcpy(unfinished, export->temporary, sizeof(unfinished));
	memset(&action, 0, sizeof(action));
	action.sa_handler = interrupted;
	action.sa_flags = (int)SA_RESETHAND;
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		if (sigaction(signals[i], &action, NULL) == -1)
			err(1, "sigaction");
	}
	/* Whatever this system's mkostemp() thinks of the umask. */
	if (fchmod(fd, S_IRUSR | S_IWUSR) == -1 ||
	    (export->file = fdopen(fd, "w")) == NULL) {
		close(fd);
		return -1;
	}
	return 0;
}

/* Dies of the signal in the end, as whoever sent it expects. */
static void
interrupted(int number)
{
	if (unfinished[0] != '\0')
		(void)unlink(unfinished);
	(void)raise(number);
}

void
export_file_exchange(struct export_file *export, struct exchange *exchange)
{
	memset(exchange, 0, sizeof(*exchange));
	exchange->arg = export;
	exchange->row = take_row;
	exchange->history = take_history;
	exchange->end = finish;
}

/* A summary would be taken for history. */
static int
take_row(void *arg, const struct message_row *row, struct imsgbuf *imsgbuf,
    char *error, size_t size)
{
	const struct export_file *export = arg;

	(void)row;
	(void)imsgbuf;
	(void)error;
	(void)size;
	return export->is_stdout;
}

static int
take_history(void *arg, const struct message_history *line, char *error,
    size_t size)
{
	struct export_file *export = arg;

	errno = 0;
	export_line_print(export->file, line);
	if (!ferror(export->file))
		return 0;
	return failed(error, size, "cannot write %s: %s", export->is_stdout ?
	    "to stdout" : export->path, strerror(errno));
}

/* The file gets its name when all of it is safe. */
static int
finish(void *arg, char *error, size_t size)
{
	struct export_file *export = arg;
	const char *what = export->is_stdout ? "to stdout" : export->path;

	errno = 0;
	if (fflush(export->file) == EOF || ferror(export->file))
		return failed(error, size, "cannot write %s: %s", what,
		    strerror(errno));
	if (export->is_stdout)
		return 0;
	if (fsync(fileno(export->file)) == -1)
		return failed(error, size, "cannot write %s: %s", what,
		    strerror(errno));
	if (take_name(export) == -1)
		return failed(error, size, errno == EEXIST ?
		    "%s has appeared meanwhile; export -f replaces it (%s)" :
		    "cannot make %s: %s", what, strerror(errno));
	unfinished[0] = '\0';
	export->temporary[0] = '\0';
	if (sync_directory(export->path) == -1)
		return failed(error, size, "cannot make sure that %s stays: "
		    "%s", what, strerror(errno));
	return 0;
}

/* Never in the place of a file that is to stay. */
static int
take_name(const struct export_file *export)
{
	struct stat st;

	if (export->force)
		return rename(export->temporary, export->path);
	if (link(export->temporary, export->path) == 0)
		return unlink(export->temporary);
	if (errno == EEXIST)
		return -1;
	/* A file system without links: as well as it can be done there. */
	if (lstat(export->path, &st) == 0) {
		errno = EEXIST;
		return -1;
	}
	return rename(export->temporary, export->path);
}

static int
sync_directory(const char *path)
{
	char copy[PATH_SIZE];
	int fd, status;

	strlcpy(copy, path, sizeof(copy));
	if ((fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) ==
	    -1)
		return -1;
	status = fsync(fd);
	/* Not every file system can. */
	if (status == -1 && (errno == EINVAL || errno == ENOTSUP))
		status = 0;
	close(fd);
	return status;
}

void
export_file_close(struct export_file *export)
{
	if (export == NULL)
		return;
	if (export->file != NULL && !export->is_stdout)
		fclose(export->file);
	if (export->temporary[0] != '\0')
		(void)unlink(export->temporary);
	unfinished[0] = '\0';
	free(export);
}
