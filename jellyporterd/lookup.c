/* A name's addresses, by getaddrinfo(). */
#include <sys/socket.h>

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "lookup.h"
#include "text.h"

static bool	take(const struct addrinfo *, struct address *);
static void	explain(int, struct message_addresses *);

/* False if it is of no use: another family, or of one interface only, which
 * libcurl cannot be told. */
static bool
take(const struct addrinfo *info, struct address *address)
{
	struct sockaddr_in sin;
	struct sockaddr_in6 sin6;

	memset(address, 0, sizeof(*address));
	if (info->ai_family == AF_INET && info->ai_addrlen == sizeof(sin)) {
		memcpy(&sin, info->ai_addr, sizeof(sin));
		address->family = ADDRESS_4;
		memcpy(address->bytes, &sin.sin_addr, sizeof(sin.sin_addr));
		return true;
	}
	if (info->ai_family == AF_INET6 && info->ai_addrlen == sizeof(sin6)) {
		memcpy(&sin6, info->ai_addr, sizeof(sin6));
		address->family = ADDRESS_6;
		memcpy(address->bytes, &sin6.sin6_addr,
		    sizeof(sin6.sin6_addr));
		return !IN6_IS_ADDR_LINKLOCAL(&sin6.sin6_addr);
	}
	return false;
}

static void
explain(int error, struct message_addresses *addresses)
{
	const char *why = error == EAI_SYSTEM ? strerror(errno) :
	    gai_strerror(error);

	addresses->temporary = error == EAI_AGAIN || error == EAI_SYSTEM ||
	    error == EAI_MEMORY;
	(void)text_copy(addresses->error, sizeof(addresses->error), why);
}

void
lookup(const char *host, struct message_addresses *addresses)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list, *info;
	int error;

	memset(addresses, 0, sizeof(*addresses));
	if ((error = getaddrinfo(host, NULL, &hints, &list)) != 0) {
		explain(error, addresses);
		return;
	}
	for (info = list; info != NULL && addresses->n < ADDRESSES_MAX;
	    info = info->ai_next) {
		if (take(info, &addresses->addresses[addresses->n]))
			addresses->n++;
	}
	freeaddrinfo(list);
	if (addresses->n == 0)
		(void)text_copy(addresses->error, sizeof(addresses->error),
		    "it has no address that can be used");
}
