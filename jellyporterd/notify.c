/* What the service manager is told: datagrams to the socket that it names. */
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "notify.h"

#define SEND_TIMEOUT	5	/* seconds; a manager that does not read */
#define USEC_MAX	INT64_C(1000000000000)

struct notify {
	int		 fd;		/* -1: nobody wants to know */
	struct event	*watchdog;	/* NULL: there is none */
};

static int	notify_connect(const char *);
static void	notify_send(const struct notify *, const char *);
static int64_t	watchdog_usec(void);
static void	start_watchdog(struct notify *, struct event_base *, int64_t);
static void	ping(evutil_socket_t, short, void *);

struct notify *
notify_new(struct event_base *base)
{
	struct notify *notify;
	const char *path;

	if ((notify = calloc(1, sizeof(*notify))) == NULL)
		fatal("calloc");
	notify->fd = -1;
	if ((path = getenv("NOTIFY_SOCKET")) != NULL &&
	    (notify->fd = notify_connect(path)) == -1)
		log_warn("NOTIFY_SOCKET %s", path);
	if (notify->fd != -1)
		start_watchdog(notify, base, watchdog_usec());
	if (unsetenv("NOTIFY_SOCKET") == -1 ||
	    unsetenv("WATCHDOG_USEC") == -1 || unsetenv("WATCHDOG_PID") == -1)
		fatal("unsetenv");
	return notify;
}

/* A path, or the name of an abstract socket behind an @. */
static int
notify_connect(const char *path)
{
	const struct timeval patience = { SEND_TIMEOUT, 0 };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	int fd, error;

	if ((path[0] != '/' && path[0] != '@') || path[1] == '\0' ||
	    len >= sizeof(address.sun_path)) {
		errno = EINVAL;
		return -1;
	}
	memcpy(address.sun_path, path, len);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	if ((fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
	    sizeof(patience)) == 0 &&
	    connect(fd, (const struct sockaddr *)&address, (socklen_t)
	    (offsetof(struct sockaddr_un, sun_path) + len)) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

static void
notify_send(const struct notify *notify, const char *what)
{
	if (notify->fd != -1 &&
	    send(notify->fd, what, strlen(what), MSG_NOSIGNAL) == -1)
		log_warn("the service manager was not told %s", what);
}

/* How long we may be silent; 0: for ever.  It may be meant for a parent of
 * ours. */
static int64_t
watchdog_usec(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	const char *error;
	int64_t number;

	if (usec == NULL || (pid != NULL &&
	    strtonum(pid, 1, INT32_MAX, &error) != getpid()))
		return 0;
	number = strtonum(usec, 1, USEC_MAX, &error);
	if (error != NULL)
		log_warnx("WATCHDOG_USEC is %s", error);
	return number;
}

/* Twice as often as has to be. */
static void
start_watchdog(struct notify *notify, struct event_base *base, int64_t usec)
{
	struct timeval interval;

	if (usec == 0)
		return;
	interval.tv_sec = (time_t)(usec / 2 / 1000000);
	interval.tv_usec = (suseconds_t)(usec / 2 % 1000000);
	notify->watchdog = event_new(base, -1, EV_PERSIST, ping, notify);
	if (notify->watchdog == NULL ||
	    event_add(notify->watchdog, &interval) == -1)
		fatal_memory("event_new");
}

static void
ping(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	notify_send(arg, "WATCHDOG=1");
}

void
notify_ready(struct notify *notify)
{
	notify_send(notify, "READY=1");
}

void
notify_stopping(struct notify *notify)
{
	notify_send(notify, "STOPPING=1");
}

void
notify_free(struct notify *notify)
{
	if (notify->watchdog != NULL)
		event_free(notify->watchdog);
	if (notify->fd != -1)
		close(notify->fd);
	free(notify);
}
