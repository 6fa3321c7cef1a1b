/* Where the listener is reached. */
#include <sys/socket.h>

#include <netinet/in.h>

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "listen_socket.h"
#include "log.h"
#include "message.h"

#define BACKLOG		128	/* connections, while there is no listener */

static struct addrinfo *resolve(const char *, const char *);
static bool	is_listed_before(const struct addrinfo *,
		    const struct addrinfo *);
static int	open_one(const struct addrinfo *);

static struct addrinfo *
resolve(const char *key, const char *address)
{
	const struct addrinfo hints = {
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
		.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM
	};
	struct addrinfo *list;
	char copy[NAME_SIZE + sizeof(":65535")], *host = copy, *port;
	int error;

	if (strlcpy(copy, address, sizeof(copy)) >= sizeof(copy) ||
	    (port = strrchr(copy, ':')) == NULL)
		fatalx("an address that is none");
	*port++ = '\0';
	if (host[0] == '[') {
		host++;
		host[strcspn(host, "]")] = '\0';
	}
	error = getaddrinfo(host[0] == '\0' ? NULL : host, port, &hints,
	    &list);
	if (error != 0) {
		log_warnx("%s (%s): %s", key, address, gai_strerror(error));
		return NULL;
	}
	return list;
}

/* /etc/hosts may have an address twice. */
static bool
is_listed_before(const struct addrinfo *list, const struct addrinfo *ai)
{
	for (; list != ai; list = list->ai_next) {
		if (list->ai_addrlen == ai->ai_addrlen && memcmp(
		    list->ai_addr, ai->ai_addr, ai->ai_addrlen) == 0)
			return true;
	}
	return false;
}

static int
open_one(const struct addrinfo *ai)
{
	const int on = 1;
	int fd, error;

	if ((fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0)) == -1)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1 ||
	    (ai->ai_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6,
	    IPV6_V6ONLY, &on, sizeof(on)) == -1) ||
	    bind(fd, ai->ai_addr, ai->ai_addrlen) == -1 ||
	    listen(fd, BACKLOG) == -1) {
		error = errno;
		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

int
listen_sockets_open(struct listen_sockets *sockets, const char *address,
    uint32_t serves)
{
	struct addrinfo *list, *ai;
	const char *key = serves & SERVES_WEBHOOK ? "events.webhook.addr" :
	    "metrics_addr";
	size_t before = sockets->n;
	int fd, error = 0;

	if ((list = resolve(key, address)) == NULL)
		return -1;
	for (ai = list; ai != NULL && sockets->n < before + LISTEN_SOCKETS_MAX;
	    ai = ai->ai_next) {
		if (is_listed_before(list, ai))
			continue;
		if ((fd = open_one(ai)) != -1) {
			sockets->fds[sockets->n] = fd;
			sockets->serves[sockets->n++] = serves;
			continue;
		}
		error = errno;
		/* A machine without IPv6 has names with such addresses. */
		if (error == EAFNOSUPPORT || error == EADDRNOTAVAIL)
			continue;
		while (sockets->n > before)
			close(sockets->fds[--sockets->n]);
		break;
	}
	freeaddrinfo(list);
	if (sockets->n > before)
		return 0;
	log_warnx("%s (%s): %s", key, address, strerror(error));
	return -1;
}
