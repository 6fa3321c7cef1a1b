/*
 * HTTP to one Jellyfin server: libcurl's multi interface on libevent, with our
 * own clocks, since libcurl's know neither a slow first byte nor a consumer
 * who makes the sender wait.
 */
#include <sys/queue.h>
#include <sys/stat.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <curl/curl.h>

#include "http.h"
#include "log.h"
#include "message.h"
#include "text.h"
#include "version.h"

#define CONNECT_TIMEOUT		10	/* seconds */
#define CONNECTIONS_KEPT	4
#define IDLE_MAX		4	/* easy handles kept */
#define READ_SIZE		65536	/* bytes that libcurl reads at once */
#define CA_SIZE_MAX		(4 * 1024 * 1024)
#define DISCARD_MAX		65536	/* bytes of an answer not wanted */
#define HEADER_SIZE		2048

struct http {
	struct event_base	*base;
	CURLM			*multi;
	struct event		*timer;		/* libcurl's */
	struct curl_slist	*headers;	/* these two with the key */
	struct curl_slist	*json_headers;
	struct curl_slist	*anonymous_headers;
	char			*url;
	char			*ca;		/* contents; NULL: system's */
	size_t			 ca_len;
	bool			 tls_verify;
	CURL			*idle[IDLE_MAX];
	size_t			 n_idle;
	TAILQ_HEAD(, http_request) requests;
};

struct http_request {
	TAILQ_ENTRY(http_request) entry;
	struct http		*http;
	struct http_call	 call;		/* without its borrowed texts */
	CURL			*easy;
	struct event		*clock;
	int64_t			 deadline;	/* ms, for all of it */
	int64_t			 heard;		/* ms, last piece; 0: none */
	int64_t			 waiting_since;	/* ms; 0: not waiting */
	unsigned int		 sent;		/* times, by libcurl */
	bool			 checked;	/* its status and headers */
	size_t			 discarded;	/* bytes */
	char			*body;		/* collected */
	size_t			 body_len;
	enum http_failure	 failure;	/* known before its end */
	char			 asked[HTTP_ASKED_SIZE];
	char			 error[ERROR_SIZE];
};

static const char *const method_names[HTTP_METHOD_COUNT] = {
	[HTTP_GET] =	"GET",
	[HTTP_POST] =	"POST",
	[HTTP_DELETE] =	"DELETE"
};

/* What libcurl may say, to people; anything else in its own words. */
static const struct {
	CURLcode		 code;
	enum http_failure	 failure;
	const char		*text;
} curl_failures[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, HTTP_NO_CONNECTION,
	    "the server's name cannot be resolved" },
	{ CURLE_OPERATION_TIMEDOUT, HTTP_NO_CONNECTION,
	    "no connection within 10 s" },
	{ CURLE_PEER_FAILED_VERIFICATION, HTTP_NO_CONNECTION,
	    "the server's certificate cannot be verified (tls.ca_file)" },
	{ CURLE_SSL_CACERT_BADFILE, HTTP_NO_CONNECTION,
	    "the CA file cannot be used" },
	{ CURLE_SSL_CONNECT_ERROR, HTTP_NO_CONNECTION,
	    "no TLS connection: is it https at all?" },
	{ CURLE_GOT_NOTHING, HTTP_CUT,
	    "the connection was closed without an answer" },
	{ CURLE_ABORTED_BY_CALLBACK, HTTP_CUT,
	    "the connection was closed without an answer" },
	{ CURLE_SEND_ERROR, HTTP_CUT, "the connection was closed" },
	{ CURLE_RECV_ERROR, HTTP_CUT, "the connection was cut" },
	{ CURLE_PARTIAL_FILE, HTTP_CUT,
	    "the connection was cut in the middle of the answer" },
	{ CURLE_UNSUPPORTED_PROTOCOL, HTTP_UNEXPECTED,
	    "it does not answer in HTTP" },
	{ CURLE_WEIRD_SERVER_REPLY, HTTP_UNEXPECTED,
	    "it does not answer in HTTP" },
	{ CURLE_BAD_CONTENT_ENCODING, HTTP_CUT,
	    "its compressed answer is damaged" }
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static int64_t	now_ms(void);
static char	*read_file(const char *, size_t *);
static int	add_header(struct curl_slist **, const char *, ...)
		    __attribute__((__format__(printf, 2, 3)));
static int	make_headers(struct http *, const char *);
static int	add_authorization(struct curl_slist **, const char *);
static void	wipe_headers(struct curl_slist *);
static int	set_multi_options(struct http *);
static int	set_timer(CURLM *, long, void *);
static int	set_socket(CURL *, curl_socket_t, int, void *, void *);
static void	on_timer(evutil_socket_t, short, void *);
static void	on_socket(evutil_socket_t, short, void *);
static void	on_clock(evutil_socket_t, short, void *);
static void	act(struct http *, curl_socket_t, int);
static CURL	*easy_get(struct http *);
static void	easy_put(struct http *, CURL *);
static int	set_options(struct http_request *, const struct http_call *);
static int	set_method(struct http_request *, const struct http_call *);
static int	set_tls(struct http_request *);
static int	before_send(void *, char *, char *, int, int);
static size_t	on_body(char *, size_t, size_t, void *);
static size_t	collect(struct http_request *, const char *, size_t);
static void	check_answer(struct http_request *);
static void	check_type(struct http_request *);
static void	refuse(struct http_request *, enum http_failure,
		    const char *, ...)
		    __attribute__((__format__(printf, 3, 4)));
static void	redirected(struct http_request *);
static void	describe_curl(struct http_request *, CURLcode);
static void	start_clock(struct http_request *);
static int64_t	limit(const struct http_request *);
static void	request_free(struct http_request *);
static void	finish(struct http_request *);
static void	fill_answer(struct http_request *, struct http_answer *);

static int64_t
now_ms(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		fatal("clock_gettime");
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* The server */

/* Read once and early: later there may be no files to see any more. */
static char *
read_file(const char *path, size_t *len)
{
	struct stat st;
	char *data = NULL;
	ssize_t n;
	int fd;

	*len = 0;
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return NULL;
	if (fstat(fd, &st) == -1)
		goto fail;
	if (!S_ISREG(st.st_mode) || st.st_size <= 0 ||
	    st.st_size > CA_SIZE_MAX) {
		errno = EINVAL;
		goto fail;
	}
	if ((data = malloc((size_t)st.st_size)) == NULL)
		goto fail;
	while (*len < (size_t)st.st_size) {
		n = read(fd, data + *len, (size_t)st.st_size - *len);
		if (n == -1)
			goto fail;
		if (n == 0)
			break;
		*len += (size_t)n;
	}
	close(fd);
	return data;
 fail:
	free(data);
	close(fd);
	return NULL;
}

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
		return -1;
	longer = curl_slist_append(*list, header);
	explicit_bzero(header, sizeof(header));
	if (longer == NULL)
		return -1;
	*list = longer;
	return 0;
}

/*
 * Values are URL-decoded by the server.  The device id of a live connection
 * must be used for nothing else: this one is for everything else.
 */
static int
add_authorization(struct curl_slist **list, const char *key)
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
	    "DeviceId=\"jellyporter-%s\", Version=\"%s\"", escaped_key,
	    escaped_host, escaped_host, JELLYPORTER_VERSION);
 fail:
	if (escaped_key != NULL)
		explicit_bzero(escaped_key, strlen(escaped_key));
	curl_free(escaped_key);
	curl_free(escaped_host);
	return result;
}

static int
make_headers(struct http *http, const char *key)
{
	static const char accept[] = "Accept: application/json";

	if (add_header(&http->anonymous_headers, accept) == -1 ||
	    add_header(&http->headers, accept) == -1 ||
	    add_authorization(&http->headers, key) == -1 ||
	    add_header(&http->json_headers, accept) == -1 ||
	    add_header(&http->json_headers,
	    "Content-Type: application/json") == -1 ||
	    add_authorization(&http->json_headers, key) == -1)
		return -1;
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
http_new(struct event_base *base, const struct http_server *server,
    char *error, size_t size)
{
	struct http *http;

	if ((http = calloc(1, sizeof(*http))) == NULL) {
		snprintf(error, size, "out of memory");
		return NULL;
	}
	TAILQ_INIT(&http->requests);
	http->base = base;
	http->tls_verify = server->tls_verify;
	if (server->ca_file[0] != '\0' && (http->ca =
	    read_file(server->ca_file, &http->ca_len)) == NULL) {
		snprintf(error, size, "tls.ca_file %s: %s", server->ca_file,
		    strerror(errno));
		goto fail;
	}
	if ((http->url = strdup(server->url)) == NULL ||
	    (http->timer = evtimer_new(base, on_timer, http)) == NULL ||
	    (http->multi = curl_multi_init()) == NULL ||
	    set_multi_options(http) == -1 ||
	    make_headers(http, server->api_key) == -1) {
		snprintf(error, size, "libcurl cannot be set up");
		goto fail;
	}
	return http;
 fail:
	http_free(http);
	return NULL;
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
	if (http->multi != NULL)
		curl_multi_cleanup(http->multi);
	if (http->timer != NULL)
		event_free(http->timer);
	wipe_headers(http->headers);
	wipe_headers(http->json_headers);
	wipe_headers(http->anonymous_headers);
	free(http->ca);
	free(http->url);
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
	    NULL || event_add(event, NULL) == -1 ||
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
		check_answer(request);
		if (request->failure == HTTP_OK &&
		    message->data.result != CURLE_OK)
			describe_curl(request, message->data.result);
		finish(request);
	}
}

/* Requests */

static CURL *
easy_get(struct http *http)
{
	if (http->n_idle > 0)
		return http->idle[--http->n_idle];
	return curl_easy_init();
}

static void
easy_put(struct http *http, CURL *easy)
{
	if (http->n_idle == IDLE_MAX) {
		curl_easy_cleanup(easy);
		return;
	}
	curl_easy_reset(easy);
	http->idle[http->n_idle++] = easy;
}

/*
 * libcurl sends a request again on its own when a kept connection turns out to
 * be closed.  A write may have been obeyed by then, and its person may have
 * done something since: it is for the caller to look first.
 */
static int
before_send(void *arg, char *to, char *from, int to_port, int from_port)
{
	struct http_request *request = arg;

	(void)to;
	(void)from;
	(void)to_port;
	(void)from_port;
	if (request->sent++ > 0 && request->call.method != HTTP_GET)
		return CURL_PREREQFUNC_ABORT;
	return CURL_PREREQFUNC_OK;
}

static int
set_method(struct http_request *request, const struct http_call *call)
{
	CURL *easy = request->easy;
	struct curl_slist *headers = request->http->headers;

	if (call->anonymous)
		headers = request->http->anonymous_headers;
	if (call->method == HTTP_POST) {
		headers = request->http->json_headers;
		if (curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS,
		    call->body) != CURLE_OK)
			return -1;
	} else if (call->method == HTTP_DELETE &&
	    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "DELETE") !=
	    CURLE_OK)
		return -1;
	return curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers) ==
	    CURLE_OK ? 0 : -1;
}

static int
set_tls(struct http_request *request)
{
	struct http *http = request->http;
	struct curl_blob blob;

	if (!http->tls_verify && (curl_easy_setopt(request->easy,
	    CURLOPT_SSL_VERIFYPEER, 0L) != CURLE_OK ||
	    curl_easy_setopt(request->easy, CURLOPT_SSL_VERIFYHOST, 0L) !=
	    CURLE_OK))
		return -1;
	if (http->ca == NULL)
		return 0;
	blob.data = http->ca;
	blob.len = http->ca_len;
	blob.flags = CURL_BLOB_NOCOPY;
	return curl_easy_setopt(request->easy, CURLOPT_CAINFO_BLOB, &blob) ==
	    CURLE_OK ? 0 : -1;
}

static int
set_options(struct http_request *request, const struct http_call *call)
{
	CURL *easy = request->easy;
	char url[URL_SIZE + HTTP_PATH_SIZE];
	int n;

	n = snprintf(url, sizeof(url), "%s%s", request->http->url, call->path);
	if (n < 0 || (size_t)n >= sizeof(url))
		return -1;
	if (curl_easy_setopt(easy, CURLOPT_URL, url) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_PRIVATE, request) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) !=
	    CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_WRITEDATA, request) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_send) !=
	    CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_PREREQDATA, request) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") !=
	    CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
	    (long)CURL_HTTP_VERSION_1_1) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_PROXY, "") != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip") !=
	    CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)READ_SIZE) !=
	    CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT,
	    (long)CONNECT_TIMEOUT) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_USERAGENT,
	    "jellyporter/" JELLYPORTER_VERSION) != CURLE_OK)
		return -1;
	return set_method(request, call) == -1 ? -1 : set_tls(request);
}

struct http_request *
http_send(struct http *http, const struct http_call *call)
{
	struct http_request *request;

	if ((request = calloc(1, sizeof(*request))) == NULL)
		fatal("calloc");
	request->http = http;
	request->call = *call;
	request->call.path = request->call.body = NULL;
	request->deadline = now_ms() + (int64_t)call->timeout * 1000;
	/* Without its query; the rest of a path that long says enough. */
	snprintf(request->asked, sizeof(request->asked), "%s %.*s",
	    method_names[call->method], (int)strcspn(call->path, "?"),
	    call->path);
	TAILQ_INSERT_TAIL(&http->requests, request, entry);
	request->clock = evtimer_new(http->base, on_clock, request);
	if (request->clock == NULL ||
	    (request->easy = easy_get(http)) == NULL ||
	    set_options(request, call) == -1 ||
	    curl_multi_add_handle(http->multi, request->easy) != CURLM_OK)
		fatalx("libcurl takes no request");
	start_clock(request);
	return request;
}

static void
request_free(struct http_request *request)
{
	struct http *http = request->http;

	if (curl_multi_remove_handle(http->multi, request->easy) != CURLM_OK)
		fatalx("curl_multi_remove_handle");
	easy_put(http, request->easy);
	event_free(request->clock);
	TAILQ_REMOVE(&http->requests, request, entry);
	free(request->body);
	free(request);
}

void
http_cancel(struct http_request *request)
{
	request_free(request);
}

bool
http_is_waiting(const struct http_request *request)
{
	return request->waiting_since != 0;
}

void
http_resume(struct http_request *request)
{
	int64_t waited;

	if (request->waiting_since == 0)
		return;
	waited = now_ms() - request->waiting_since;
	request->waiting_since = 0;
	request->deadline += waited;
	if (request->heard != 0)
		request->heard += waited;
	/* This delivers what waits, and may be made to wait again. */
	if (curl_easy_pause(request->easy, CURLPAUSE_CONT) != CURLE_OK) {
		if (request->failure == HTTP_OK)
			refuse(request, HTTP_CUT, "the connection was cut");
		request->deadline = 0;		/* ends in the next turn */
	}
	start_clock(request);
}

/* Clocks */

static int64_t
limit(const struct http_request *request)
{
	int64_t stalled;

	if (request->heard == 0)
		return request->deadline;
	stalled = request->heard +
	    (int64_t)request->call.stall_timeout * 1000;
	return stalled < request->deadline ? stalled : request->deadline;
}

static void
start_clock(struct http_request *request)
{
	int64_t left = limit(request) - now_ms();
	struct timeval tv;

	if (left < 0)
		left = 0;
	tv.tv_sec = (time_t)(left / 1000);
	tv.tv_usec = (suseconds_t)(left % 1000 * 1000);
	if (event_add(request->clock, &tv) == -1)
		fatalx("event_add");
}

static void
on_clock(evutil_socket_t fd, short what, void *arg)
{
	struct http_request *request = arg;
	int64_t now = now_ms();

	(void)fd;
	(void)what;
	if (request->waiting_since != 0)
		return;		/* for us, not for the server */
	if (now < limit(request)) {
		start_clock(request);
		return;
	}
	if (request->failure == HTTP_OK && request->heard == 0)
		refuse(request, HTTP_TIMEOUT, "no answer within %u s",
		    request->call.timeout);
	else if (request->failure == HTTP_OK && now < request->deadline)
		refuse(request, HTTP_TIMEOUT, "the answer stopped in the "
		    "middle for %u s", request->call.stall_timeout);
	else if (request->failure == HTTP_OK)
		refuse(request, HTTP_TIMEOUT, "the answer did not end within "
		    "%u s", request->call.timeout);
	finish(request);
}

/* Answers */

static size_t
on_body(char *data, size_t size, size_t n, void *arg)
{
	struct http_request *request = arg;
	size_t len = size * n;

	request->heard = now_ms();
	check_answer(request);
	if (request->failure != HTTP_OK) {
		/* Read to its end, if that is near: the connection is kept. */
		request->discarded += len;
		return request->discarded > DISCARD_MAX ?
		    CURL_WRITEFUNC_ERROR : len;
	}
	if (request->call.on_body == NULL)
		return collect(request, data, len);
	switch (request->call.on_body(data, len, request->call.arg)) {
	case HTTP_BODY_TAKEN:
		return len;
	case HTTP_BODY_WAIT:
		request->waiting_since = request->heard;
		return CURL_WRITEFUNC_PAUSE;
	case HTTP_BODY_REFUSED:
		break;
	}
	refuse(request, HTTP_NONSENSE, "an answer that makes no sense");
	return CURL_WRITEFUNC_ERROR;
}

static size_t
collect(struct http_request *request, const char *data, size_t len)
{
	char *body;

	if (len > HTTP_BODY_MAX - request->body_len) {
		refuse(request, HTTP_NONSENSE, "an answer of more than 1 MiB");
		return CURL_WRITEFUNC_ERROR;
	}
	if ((body = realloc(request->body, request->body_len + len + 1)) ==
	    NULL)
		fatal("realloc");
	memcpy(body + request->body_len, data, len);
	request->body = body;
	request->body_len += len;
	body[request->body_len] = '\0';
	return len;
}

static void
refuse(struct http_request *request, enum http_failure failure,
    const char *format, ...)
{
	char text[ERROR_SIZE], whole[ERROR_SIZE + HTTP_ASKED_SIZE];
	va_list ap;

	va_start(ap, format);
	if (vsnprintf(text, sizeof(text), format, ap) < 0)
		text[0] = '\0';
	va_end(ap);
	request->failure = failure;
	snprintf(whole, sizeof(whole), "%s: %s", request->asked, text);
	(void)text_safe(request->error, sizeof(request->error), whole);
}

/* Where to, without a query: there could be a secret in it. */
static void
redirected(struct http_request *request)
{
	char *to;

	if (curl_easy_getinfo(request->easy, CURLINFO_REDIRECT_URL, &to) !=
	    CURLE_OK || to == NULL)
		refuse(request, HTTP_UNEXPECTED, "redirected: is the base URL "
		    "right?");
	else
		refuse(request, HTTP_UNEXPECTED, "redirected to %.*s: is the "
		    "base URL right?", (int)strcspn(to, "?#"), to);
}

/* A base URL without its path prefix is answered by some web page. */
static void
check_type(struct http_request *request)
{
	static const char json[] = "application/json";
	char *type;
	size_t n;

	if (curl_easy_getinfo(request->easy, CURLINFO_CONTENT_TYPE, &type) !=
	    CURLE_OK || type == NULL) {
		refuse(request, HTTP_NONSENSE, "an answer without a content "
		    "type, not JSON");
		return;
	}
	n = strcspn(type, "; ");
	if (n != sizeof(json) - 1 || strncasecmp(type, json, n) != 0)
		refuse(request, HTTP_NONSENSE, "answered %.*s instead of "
		    "JSON: is the base URL right?", (int)n, type);
}

/* Once the headers are here.  Without an answer there is nothing to check. */
static void
check_answer(struct http_request *request)
{
	enum http_failure failure = HTTP_UNEXPECTED;
	long status;

	if (request->checked || request->failure != HTTP_OK)
		return;
	if (curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE,
	    &status) != CURLE_OK || status == 0)
		return;
	request->checked = true;
	if (status == 200) {
		check_type(request);
		return;
	}
	if (status >= 300 && status <= 399) {
		redirected(request);
		return;
	}
	if (status == 401 || status == 403)
		failure = HTTP_UNAUTHORIZED;
	else if (status == 404)
		failure = HTTP_NOT_FOUND;
	else if (status >= 500)
		failure = HTTP_SERVER_ERROR;
	refuse(request, failure, "HTTP %ld", status);
}

static void
describe_curl(struct http_request *request, CURLcode code)
{
	long error = 0;
	size_t i;

	if (code == CURLE_COULDNT_CONNECT) {
		if (curl_easy_getinfo(request->easy, CURLINFO_OS_ERRNO,
		    &error) == CURLE_OK && error == ECONNREFUSED)
			refuse(request, HTTP_REFUSED, "connection refused");
		else
			refuse(request, HTTP_NO_CONNECTION, "no connection: "
			    "%s", strerror((int)error));
		return;
	}
	for (i = 0; i < COUNT(curl_failures); i++) {
		if (curl_failures[i].code == code) {
			refuse(request, curl_failures[i].failure, "%s",
			    curl_failures[i].text);
			return;
		}
	}
	/* Of what is not known it is not known either whether it was sent. */
	refuse(request, HTTP_CUT, "%s", curl_easy_strerror(code));
}

static void
fill_answer(struct http_request *request, struct http_answer *answer)
{
	struct curl_header *header;
	curl_off_t retry_after;
	time_t date;

	memset(answer, 0, sizeof(*answer));
	answer->failure = request->failure;
	answer->body = request->body == NULL ? "" : request->body;
	answer->body_len = request->body_len;
	memcpy(answer->asked, request->asked, sizeof(answer->asked));
	memcpy(answer->error, request->error, sizeof(answer->error));
	if (curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE,
	    &answer->status) != CURLE_OK)
		answer->status = 0;
	if (curl_easy_getinfo(request->easy, CURLINFO_RETRY_AFTER,
	    &retry_after) == CURLE_OK && retry_after > 0)
		answer->retry_after = (int64_t)retry_after;
	if (curl_easy_header(request->easy, "Date", 0, CURLH_HEADER, -1,
	    &header) == CURLHE_OK &&
	    (date = curl_getdate(header->value, NULL)) != -1)
		answer->date = (int64_t)date;
}

/* The request is no more when its caller hears of it: that may ask again. */
static void
finish(struct http_request *request)
{
	void (*on_done)(const struct http_answer *, void *);
	struct http_answer answer;
	char *body = request->body;
	void *arg = request->call.arg;

	on_done = request->call.on_done;
	fill_answer(request, &answer);
	request->body = NULL;
	request_free(request);
	on_done(&answer, arg);
	free(body);
}
