/* A server's host, and whether its name has to be resolved. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "log.h"
#include "server_host.h"

/* What libcurl knows by itself, and never asks anybody for. */
#define OWN_NAME	"localhost"

static bool	is_address(const char *);

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
	CURLUcode code;
	CURLU *parts;

	if ((parts = curl_url()) == NULL)
		fatal_memory("curl_url");
	if ((code = curl_url_set(parts, CURLUPART_URL, url, 0)) == CURLUE_OK &&
	    (code = curl_url_get(parts, CURLUPART_HOST, &name, 0)) ==
	    CURLUE_OK &&
	    (code = curl_url_get(parts, CURLUPART_PORT, &port,
	    CURLU_DEFAULT_PORT)) == CURLUE_OK &&
	    strlcpy(host->name, name, sizeof(host->name)) <
	    sizeof(host->name)) {
		host->by_name = !is_address(name);
		host->port = (uint16_t)strtonum(port, 1, UINT16_MAX, &error);
	}
	if (code == CURLUE_OUT_OF_MEMORY)
		fatal_memory("curl_url");
	curl_free(name);
	curl_free(port);
	curl_url_cleanup(parts);
	return port == NULL || error != NULL ? -1 : 0;
}
