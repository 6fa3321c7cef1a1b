/*
 * Connections to a server that begin as HTTP and go on as something else:
 * libcurl makes them, with the TLS and the CA of all requests, and then only
 * carries their bytes.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "http_internal.h"
#include "log.h"
#include "version.h"

static void	host_and_path(const char *, char **, char **, char **);
static bool	append(char *, size_t, size_t *, const char *, ...)
		    __attribute__((__format__(printf, 4, 5)));

int
http_socket(struct http_request *request)
{
	curl_socket_t fd;

	if (curl_easy_getinfo(request->easy, CURLINFO_ACTIVESOCKET, &fd) !=
	    CURLE_OK || fd == CURL_SOCKET_BAD)
		return -1;
	return fd;
}

long
http_read(struct http_request *request, void *data, size_t size)
{
	CURLcode code;
	size_t n = 0;

	code = curl_easy_recv(request->easy, data, size, &n);
	if (code == CURLE_AGAIN)
		return 0;
	return code != CURLE_OK || n == 0 ? -1 : (long)n;
}

long
http_write(struct http_request *request, const void *data, size_t size)
{
	CURLcode code;
	size_t n = 0;

	code = curl_easy_send(request->easy, data, size, &n);
	if (code == CURLE_AGAIN)
		return 0;
	return code != CURLE_OK ? -1 : (long)n;
}

/*
 * Of the URL that all requests go to: only memory may be missing.  port is NULL
 * where it is the scheme's own; all are libcurl's to free.
 */
static void
host_and_path(const char *url, char **host, char **port, char **path)
{
	CURLUcode code;
	CURLU *parts;

	if ((parts = curl_url()) == NULL ||
	    curl_url_set(parts, CURLUPART_URL, url, 0) != CURLUE_OK ||
	    curl_url_get(parts, CURLUPART_HOST, host, 0) != CURLUE_OK ||
	    curl_url_get(parts, CURLUPART_PATH, path, 0) != CURLUE_OK)
		fatal_memory("curl_url");
	code = curl_url_get(parts, CURLUPART_PORT, port,
	    CURLU_NO_DEFAULT_PORT);
	if (code == CURLUE_OUT_OF_MEMORY)
		fatal_memory("curl_url");
	if (code != CURLUE_OK)
		*port = NULL;
	curl_url_cleanup(parts);
}

/* False if it does not fit. */
static bool
append(char *dst, size_t size, size_t *used, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(dst + *used, size - *used, format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= size - *used)
		return false;
	*used += (size_t)n;
	return true;
}

size_t
http_upgrade_head(struct http *http, const char *path, const char *key,
    char *dst, size_t size)
{
	struct curl_slist *header;
	char *host, *port, *prefix;
	size_t used = 0;
	bool fits;

	host_and_path(http->url, &host, &port, &prefix);
	/* The path of a URL that has none is a slash. */
	fits = append(dst, size, &used, "GET %s%s HTTP/1.1\r\n"
	    "Host: %s%s%s\r\nConnection: Upgrade\r\n"
	    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
	    "Sec-WebSocket-Key: %s\r\nUser-Agent: jellyporter/%s\r\n",
	    strcmp(prefix, "/") == 0 ? "" : prefix, path, host,
	    port == NULL ? "" : ":", port == NULL ? "" : port, key,
	    JELLYPORTER_VERSION);
	for (header = http->headers; fits && header != NULL;
	    header = header->next)
		fits = append(dst, size, &used, "%s\r\n", header->data);
	fits = fits && append(dst, size, &used, "\r\n");
	curl_free(host);
	curl_free(port);
	curl_free(prefix);
	return fits ? used : 0;
}
