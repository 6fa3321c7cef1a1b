/*
 * A clock that can be set for one daemon alone: loaded before the libc, it adds
 * as many seconds to the time of the day as the file says that the variable
 * TEST_CLOCK names.  The file is mapped before anything is confined.
 */
#include <sys/mman.h>

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

time_t	time(time_t *);

static const volatile int64_t *ahead;

__attribute__((__constructor__))
static void
begin(void)
{
	const char *path = getenv("TEST_CLOCK");
	void *map;
	int fd;

	if (path == NULL || (fd = open(path, O_RDONLY)) == -1)
		_exit(1);
	map = mmap(NULL, sizeof(*ahead), PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		_exit(1);
	ahead = map;
}

time_t
time(time_t *when)
{
	struct timespec now;
	time_t seconds;

	clock_gettime(CLOCK_REALTIME, &now);
	seconds = now.tv_sec + *ahead;
	if (when != NULL)
		*when = seconds;
	return seconds;
}
