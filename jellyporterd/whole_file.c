/* Files that are read whole. */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "whole_file.h"

static const char *open_regular(const char *, size_t, int *, struct stat *);

const char *
whole_file_read(const char *path, size_t limit, struct whole_file *file)
{
	struct stat st;
	const char *wrong;
	ssize_t n;
	int fd, error;

	memset(file, 0, sizeof(*file));
	if ((wrong = open_regular(path, limit, &fd, &st)) != NULL)
		return wrong;
	/* One more than it has, to see the end. */
	file->mode = st.st_mode;
	if ((file->bytes = malloc((size_t)st.st_size + 1)) == NULL)
		fatal("malloc");
	do {
		n = read(fd, file->bytes + file->len,
		    (size_t)st.st_size - file->len);
		if (n > 0)
			file->len += (size_t)n;
	} while (n > 0 || (n == -1 && errno == EINTR));
	error = errno;
	close(fd);
	file->bytes[file->len] = '\0';
	if (n == 0)
		return NULL;
	whole_file_free(file);
	return strerror(error);
}

/* Non-blocking, so that a FIFO of that name does not stop everything. */
static const char *
open_regular(const char *path, size_t limit, int *fd, struct stat *st)
{
	const char *wrong;

	*fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (*fd == -1)
		return strerror(errno);
	if (fstat(*fd, st) == -1)
		wrong = strerror(errno);
	else if (!S_ISREG(st->st_mode))
		wrong = "not a regular file";
	else if ((uintmax_t)st->st_size > limit)
		wrong = "the file is too large; is it the right one?";
	else
		return NULL;
	close(*fd);
	return wrong;
}

void
whole_file_free(struct whole_file *file)
{
	if (file->bytes != NULL)
		freezero(file->bytes, file->len + 1);
	memset(file, 0, sizeof(*file));
}
