/* A server's host, and whether its name has to be resolved. */
#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include <event2/http.h>

#include "server_host.h"

/* What libcurl knows by itself, and never asks anybody for. */
#define OWN_NAME	"localhost"

static bool	is_address(const char *);

static const struct server_scheme schemes[] = {
	{ "http://", 80 },
	{ "https://", 443 },
};

static bool
is_address(const char *host)
{
	struct in_addr in;

	/* An IPv6 address stands in brackets. */
	return host[0] == '[' || strcmp(host, OWN_NAME) == 0 ||
	    inet_pton(AF_INET, host, &in) == 1;
}

const struct server_scheme *
server_scheme(const char *url)
{
	size_t i;

	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strncasecmp(url, schemes[i].prefix,
		    strlen(schemes[i].prefix)) == 0)
			return &schemes[i];
	return NULL;
}

int
server_host_parse(const char *url, struct server_host *host)
{
	const struct server_scheme *scheme = server_scheme(url);
	struct evhttp_uri *uri;
	const char *name;
	int port, status = -1;

	if (scheme == NULL)
		return -1;
	/* A name with letters beyond ASCII is the resolver's to judge. */
	uri = evhttp_uri_parse_with_flags(url, EVHTTP_URI_NONCONFORMANT);
	if (uri == NULL)
		return -1;
	if ((port = evhttp_uri_get_port(uri)) == -1)
		port = scheme->port;
	name = evhttp_uri_get_host(uri);
	if (name != NULL && *name != '\0' && port > 0 && port <= UINT16_MAX &&
	    strlcpy(host->name, name, sizeof(host->name)) <
	    sizeof(host->name)) {
		host->by_name = !is_address(name);
		host->port = (uint16_t)port;
		status = 0;
	}
	evhttp_uri_free(uri);
	return status;
}
