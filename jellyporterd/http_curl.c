/*
 * One server's libcurl: its headers with the secrets in them, and its
 * sockets and timer on libevent.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http_internal.h"
#include "log.h"
#include "version.h"

#define CONNECTIONS_KEPT	4
#define HEADER_SIZE		2048

static int	add_header(struct curl_slist **, const char *, ...)
		    __attribute__((__format__(printf, 2, 3)));
static int	make_headers(struct http *, const struct http_server *);
static int	add_lines(struct curl_slist **, const char *);
static int	add_authorization(struct curl_slist **, const char *,
		    const char *);
static void	wipe_headers(struct curl_slist *);
static int	set_multi_options(struct http *);
static int	set_timer(CURLM *, long, void *);
static int	set_socket(CURL *, curl_socket_t, int, void *, void *);
static void	on_timer(evutil_socket_t, short, void *);
static void	on_socket(evutil_socket_t, short, void *);
static void	act(struct http *, curl_socket_t, int);

/* -1: memory is out, as of all that make headers. */
static int
add_header(struct curl_slist **list, const char *format, ...)
{
	char header[HEADER_SIZE];
	struct curl_slist *longer;
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(header, sizeof(header), format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(header))
		fatalx("a header that is too long");
	longer = curl_slist_append(*list, header);
	explicit_bzero(header, sizeof(header));
	if (longer == NULL)
		return -1;
	*list = longer;
	return 0;
}

/* Values are URL-decoded by the server. */
static int
add_authorization(struct curl_slist **list, const char *key,
    const char *device)
{
	char host[NAME_SIZE];
	char *escaped_key, *escaped_host = NULL;
	int result = -1;

	if (gethostname(host, sizeof(host)) == -1)
		host[0] = '\0';
	host[sizeof(host) - 1] = '\0';
	if ((escaped_key = curl_easy_escape(NULL, key, 0)) == NULL ||
	    (escaped_host = curl_easy_escape(NULL, host, 0)) == NULL)
		goto fail;
	result = add_header(list, "Authorization: MediaBrowser Token=\"%s\", "
	    "Client=\"jellyporter\", Device=\"%s\", "
	    "DeviceId=\"%s%s\", Version=\"%s\"", escaped_key,
	    escaped_host, device == NULL ? "jellyporter-" : device,
	    device == NULL ? escaped_host : "", JELLYPORTER_VERSION);
 fail:
	if (escaped_key != NULL)
		explicit_bzero(escaped_key, strlen(escaped_key));
	curl_free(escaped_key);
	curl_free(escaped_host);
	return result;
}

static int
make_headers(struct http *http, const struct http_server *server)
{
	static const char accept[] = "Accept: application/json";
	const char *key = server->api_key, *device = server->device;

	if (key == NULL)
		return add_header(&http->json_headers, accept) == -1 ||
		    add_header(&http->json_headers,
		    "Content-Type: application/json") == -1 ? -1 :
		    add_lines(&http->json_headers, server->headers);
	if (add_header(&http->anonymous_headers, accept) == -1 ||
	    add_header(&http->headers, accept) == -1 ||
	    add_authorization(&http->headers, key, device) == -1 ||
	    add_header(&http->json_headers, accept) == -1 ||
	    add_header(&http->json_headers,
	    "Content-Type: application/json") == -1 ||
	    add_authorization(&http->json_headers, key, device) == -1)
		return -1;
	return 0;
}

static int
add_lines(struct curl_slist **list, const char *lines)
{
	size_t len;

	for (; *lines != '\0'; lines += len + (lines[len] == '\n' ? 1 : 0)) {
		len = strcspn(lines, "\n");
		if (add_header(list, "%.*s", (int)len, lines) == -1)
			return -1;
	}
	return 0;
}

static void
wipe_headers(struct curl_slist *list)
{
	struct curl_slist *header;

	for (header = list; header != NULL; header = header->next)
		explicit_bzero(header->data, strlen(header->data));
	curl_slist_free_all(list);
}

static int
set_multi_options(struct http *http)
{
	CURLM *multi = http->multi;

	if (curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, set_socket) !=
	    CURLM_OK ||
	    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, http) != CURLM_OK ||
	    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer) !=
	    CURLM_OK ||
	    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, http) != CURLM_OK ||
	    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS,
	    (long)CONNECTIONS_KEPT) != CURLM_OK ||
	    curl_multi_setopt(multi, CURLMOPT_PIPELINING,
	    (long)CURLPIPE_NOTHING) != CURLM_OK)
		return -1;
	return 0;
}

struct http *
http_new(struct event_base *base, const struct http_server *server)
{
	struct http *http;

	if ((http = calloc(1, sizeof(*http))) == NULL)
		fatal("calloc");
	TAILQ_INIT(&http->requests);
	http->base = base;
	http->tls_verify = server->tls_verify;
	http->ca = server->ca;
	http->ca_len = server->ca_len;
	http->addresses = server->addresses;
	http->proxy_port = server->proxy_port;
	if ((http->url = strdup(server->url)) == NULL ||
	    (server->proxy != NULL &&
	    (http->proxy = strdup(server->proxy)) == NULL) ||
	    (http->timer = evtimer_new(base, on_timer, http)) == NULL ||
	    (http->multi = curl_multi_init()) == NULL ||
	    make_headers(http, server) == -1)
		fatal_memory("curl_multi_init");
	if (set_multi_options(http) == -1)
		fatalx("libcurl cannot be set up");
	return http;
}

void
http_free(struct http *http)
{
	struct http_request *request;

	if (http == NULL)
		return;
	while ((request = TAILQ_FIRST(&http->requests)) != NULL)
		http_cancel(request);
	while (http->n_idle > 0)
		curl_easy_cleanup(http->idle[--http->n_idle]);
	curl_multi_cleanup(http->multi);
	event_free(http->timer);
	wipe_headers(http->headers);
	wipe_headers(http->json_headers);
	wipe_headers(http->anonymous_headers);
	free(http->url);
	free(http->proxy);
	free(http);
}

/* libcurl on libevent */

static int
set_timer(CURLM *multi, long ms, void *arg)
{
	struct http *http = arg;
	struct timeval tv;

	(void)multi;
	if (ms < 0)
		return event_del(http->timer);
	tv.tv_sec = ms / 1000;
	tv.tv_usec = ms % 1000 * 1000;
	return event_add(http->timer, &tv);
}

static int
set_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
	struct http *http = arg;
	struct event *event = known;
	short events = EV_PERSIST;

	(void)easy;
	if (event != NULL) {
		if (curl_multi_assign(http->multi, fd, NULL) != CURLM_OK)
			fatalx("curl_multi_assign");
		event_free(event);
	}
	if (what == CURL_POLL_REMOVE)
		return 0;
	if (what & CURL_POLL_IN)
		events |= EV_READ;
	if (what & CURL_POLL_OUT)
		events |= EV_WRITE;
	if ((event = event_new(http->base, fd, events, on_socket, http)) ==
	    NULL)
		fatal_memory("event_new");
	if (event_add(event, NULL) == -1 ||
	    curl_multi_assign(http->multi, fd, event) != CURLM_OK)
		fatalx("cannot wait for a socket");
	return 0;
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	act(arg, CURL_SOCKET_TIMEOUT, 0);
}

static void
on_socket(evutil_socket_t fd, short what, void *arg)
{
	int flags = 0;

	if (what & EV_READ)
		flags |= CURL_CSELECT_IN;
	if (what & EV_WRITE)
		flags |= CURL_CSELECT_OUT;
	act(arg, fd, flags);
}

/* Lets libcurl go on, then ends what it has done.  Those may begin others. */
static void
act(struct http *http, curl_socket_t fd, int flags)
{
	struct http_request *request;
	CURLMsg *message;
	CURLMcode code;
	char *private;
	int left;

	code = curl_multi_socket_action(http->multi, fd, flags, &left);
	if (code != CURLM_OK)
		fatalx("libcurl: %s", curl_multi_strerror(code));
	while ((message = curl_multi_info_read(http->multi, &left)) != NULL) {
		if (message->msg != CURLMSG_DONE)
			continue;
		if (curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE,
		    &private) != CURLE_OK)
			fatalx("libcurl has lost a request");
		request = (struct http_request *)(void *)private;
		http_request_ended(request, message->data.result);
	}
}
