/*
 * Memory that runs out, for one role alone: loaded before the libc, it lets as
 * many allocations succeed as the file says that the variable TEST_MEMORY
 * names, and then so many fail.  The file is mapped before anything is confined,
 * and all processes of a role count down the same numbers.
 */
#include <sys/mman.h>

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/* glibc's own, under the names that nobody takes over. */
void	*__libc_malloc(size_t);
void	*__libc_calloc(size_t, size_t);
void	*__libc_realloc(void *, size_t);
void	*__libc_memalign(size_t, size_t);

/* In the order in which the file has them. */
static const char *const roles[] = {
	"parent", "engine", "fetcher", "listener", "resolver", "exporter"
};

static struct allowance {
	_Atomic int64_t	succeed;
	_Atomic int64_t	fail;		/* after these */
}	*mine;

__attribute__((__constructor__))
static void
begin(int argc, char *argv[])
{
	const char *path = getenv("TEST_MEMORY"), *role = roles[0];
	struct allowance *all;
	size_t i;
	int fd;

	if (path == NULL || (fd = open(path, O_RDWR)) == -1)
		_exit(1);
	all = mmap(NULL, COUNT(roles) * sizeof(*all), PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);
	close(fd);
	if (all == MAP_FAILED)
		_exit(1);
	if (argc > 2 && strcmp(argv[1], "-X") == 0)
		role = argv[2];
	for (i = 0; i < COUNT(roles); i++) {
		if (strcmp(roles[i], role) == 0)
			mine = &all[i];
	}
}

static bool
is_out(void)
{
	if (mine == NULL || atomic_fetch_sub(&mine->succeed, 1) > 0 ||
	    atomic_fetch_sub(&mine->fail, 1) <= 0)
		return false;
	errno = ENOMEM;
	return true;
}

void *
malloc(size_t size)
{
	return is_out() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
	return is_out() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *old, size_t size)
{
	return is_out() ? NULL : __libc_realloc(old, size);
}

int
posix_memalign(void **place, size_t alignment, size_t size)
{
	void *new;

	if (is_out() || (new = __libc_memalign(alignment, size)) == NULL)
		return ENOMEM;
	*place = new;
	return 0;
}

void *
aligned_alloc(size_t alignment, size_t size)
{
	return is_out() ? NULL : __libc_memalign(alignment, size);
}
