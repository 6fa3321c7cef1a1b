/* A fetcher's server: its port, and whether its name has to be resolved. */
#include <sys/socket.h>
#include <sys/stat.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "log.h"
#include "server_host.h"

/* What libcurl knows by itself, and never asks anybody for. */
#define OWN_NAME	"localhost"

static bool	is_address(const char *);
static void	look(struct stat *);

/* Others are in directories, where a new one is seen. */
static const char *const files[] = {
	"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf"
};

#define FILES	(sizeof(files) / sizeof(files[0]))

static struct stat	seen[FILES];

static bool
is_address(const char *host)
{
	struct in_addr in;

	/* An IPv6 address stands in brackets. */
	return host[0] == '[' || strcmp(host, OWN_NAME) == 0 ||
	    inet_pton(AF_INET, host, &in) == 1;
}

int
server_host_parse(const char *url, struct server_host *host)
{
	char *name = NULL, *port = NULL;
	const char *error = "";
	CURLU *parts;

	if ((parts = curl_url()) == NULL)
		fatalx("curl_url");
	if (curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
	    curl_url_get(parts, CURLUPART_HOST, &name, 0) == CURLUE_OK &&
	    curl_url_get(parts, CURLUPART_PORT, &port,
	    CURLU_DEFAULT_PORT) == CURLUE_OK) {
		host->by_name = !is_address(name);
		host->port = (uint16_t)strtonum(port, 1, UINT16_MAX, &error);
	}
	curl_free(name);
	curl_free(port);
	curl_url_cleanup(parts);
	return port == NULL || error != NULL ? -1 : 0;
}

static void
look(struct stat *now)
{
	size_t i;

	memset(now, 0, FILES * sizeof(*now));
	for (i = 0; i < FILES; i++) {
		if (stat(files[i], &now[i]) == -1)
			memset(&now[i], 0, sizeof(now[i]));
	}
}

void
server_host_prepare(void)
{
	struct addrinfo *list;

	if (getaddrinfo(OWN_NAME, NULL, NULL, &list) == 0)
		freeaddrinfo(list);
	look(seen);
}

bool
server_host_is_stale(void)
{
	struct stat now[FILES];
	size_t i;

	look(now);
	for (i = 0; i < FILES; i++) {
		if (now[i].st_dev != seen[i].st_dev ||
		    now[i].st_ino != seen[i].st_ino)
			return true;
	}
	return false;
}
