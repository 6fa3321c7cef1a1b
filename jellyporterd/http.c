/*
 * HTTP to one Jellyfin server: requests, their clocks and their answers.  The
 * clocks are our own, since libcurl's know neither a slow first byte nor a
 * consumer who makes the sender wait.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "addresses.h"
#include "clock.h"
#include "http_internal.h"
#include "log.h"
#include "message.h"
#include "text.h"
#include "version.h"

#define CONNECT_TIMEOUT		10	/* seconds */
#define READ_SIZE		65536	/* bytes that libcurl reads at once */
#define DISCARD_MAX		65536	/* bytes of an answer not wanted */
/* bytes: more than zlib or TLS ask for */
#define ANY_NEED		(256 * 1024)

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
	    "its compressed answer is damaged" },
	/* What libcurl says of headers beyond its own limit, too. */
	{ CURLE_OUT_OF_MEMORY, HTTP_CUT,
	    "its headers are too large, or memory is out" }
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static struct http_request *begin(struct http *, const struct http_call *,
		    bool);
static void	launch(struct http_request *);
static void	on_clock(evutil_socket_t, short, void *);
static void	resolve(struct http_request *);
static CURL	*easy_get(struct http *);
static void	easy_put(struct http *, CURL *);
static CURLcode	set_options(struct http_request *, const struct http_call *);
static CURLcode	set_method(struct http_request *, const struct http_call *);
static CURLcode	set_tls(struct http_request *);
static CURLcode	set_proxy(struct http_request *);
static bool	is_refused_by_proxy(struct http_request *, CURLcode);
static int	before_send(void *, char *, char *, int, int);
static size_t	on_body(char *, size_t, size_t, void *);
static size_t	collect(struct http_request *, const char *, size_t);
static void	check_answer(struct http_request *);
static void	check_type(struct http_request *);
static void	refuse(struct http_request *, enum http_failure,
		    const char *, ...)
		    __attribute__((__format__(printf, 3, 4)));
static void	redirected(struct http_request *);
static enum http_doubt doubt_of(CURLcode);
static void	blame_memory(void);
static void	describe_curl(struct http_request *, CURLcode);
static void	doubt_sent(struct http_request *);
static bool	is_repeatable(const struct http_request *);
static void	start_clock(struct http_request *);
static int64_t	limit(const struct http_request *);
static bool	is_without_tls(const struct http_request *);
static void	request_free(struct http_request *);
static void	finish(struct http_request *);
static void	connected(struct http_request *);
static int64_t	response_time(struct http_request *, int64_t);
static void	fill_answer(struct http_request *, struct http_answer *);

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

static bool
is_repeatable(const struct http_request *request)
{
	return request->call.method == HTTP_GET || request->call.repeatable;
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
	if (request->sent++ > 0 && !is_repeatable(request))
		return CURL_PREREQFUNC_ABORT;
	return CURL_PREREQFUNC_OK;
}

static CURLcode
set_method(struct http_request *request, const struct http_call *call)
{
	CURL *easy = request->easy;
	struct curl_slist *headers = request->http->headers;
	CURLcode code = CURLE_OK;

	if (call->anonymous)
		headers = request->http->anonymous_headers;
	if (call->method == HTTP_POST) {
		headers = request->http->json_headers;
		code = curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS,
		    call->body);
	} else if (call->method == HTTP_DELETE)
		code = curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "DELETE");
	return code != CURLE_OK ? code :
	    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
}

static CURLcode
set_tls(struct http_request *request)
{
	struct http *http = request->http;
	struct curl_blob blob;
	CURLcode code;

	if (!http->tls_verify && ((code = curl_easy_setopt(request->easy,
	    CURLOPT_SSL_VERIFYPEER, 0L)) != CURLE_OK ||
	    (code = curl_easy_setopt(request->easy, CURLOPT_SSL_VERIFYHOST,
	    0L)) != CURLE_OK))
		return code;
	/* Nor does it look for any by itself: there are no files to be seen. */
	code = curl_easy_setopt(request->easy, CURLOPT_CAPATH, NULL);
	if (code != CURLE_OK || http->ca == NULL)
		return code;
	blob.data = http->ca;
	blob.len = http->ca_len;
	blob.flags = CURL_BLOB_NOCOPY;
	return curl_easy_setopt(request->easy, CURLOPT_CAINFO_BLOB, &blob);
}

/*
 * One of the environment never is.  What is no request, such as a WebSocket, a
 * proxy only lets through in a connection of its own.
 */
static CURLcode
set_proxy(struct http_request *request)
{
	struct http *http = request->http;
	CURL *easy = request->easy;
	CURLcode code;

	if (http->proxy == NULL)
		return curl_easy_setopt(easy, CURLOPT_PROXY, "");
	if ((code = curl_easy_setopt(easy, CURLOPT_PROXY, http->proxy)) !=
	    CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_PROXYPORT,
	    (long)http->proxy_port)) != CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_NOPROXY, "")) != CURLE_OK)
		return code;
	return curl_easy_setopt(easy, CURLOPT_HTTPPROXYTUNNEL,
	    request->connect_only ? 1L : 0L);
}

static CURLcode
set_options(struct http_request *request, const struct http_call *call)
{
	CURL *easy = request->easy;
	char url[URL_SIZE + HTTP_PATH_SIZE];
	CURLcode code;
	int n;

	n = snprintf(url, sizeof(url), "%s%s", request->http->url, call->path);
	if (n < 0 || (size_t)n >= sizeof(url))
		return CURLE_URL_MALFORMAT;
	if ((code = curl_easy_setopt(easy, CURLOPT_URL, url)) != CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_PRIVATE, request)) !=
	    CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body)) !=
	    CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_WRITEDATA, request)) !=
	    CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION,
	    before_send)) != CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_PREREQDATA, request)) !=
	    CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR,
	    "http,https")) != CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
	    (long)CURL_HTTP_VERSION_1_1)) != CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L)) !=
	    CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L)) !=
	    CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L)) !=
	    CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING,
	    "gzip")) != CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_BUFFERSIZE,
	    (long)READ_SIZE)) != CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT,
	    (long)CONNECT_TIMEOUT)) != CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_USERAGENT,
	    "jellyporter/" JELLYPORTER_VERSION)) != CURLE_OK ||
	    (code = set_method(request, call)) != CURLE_OK ||
	    (code = set_proxy(request)) != CURLE_OK)
		return code;
	return set_tls(request);
}

struct http_request *
http_send(struct http *http, const struct http_call *call)
{
	return begin(http, call, false);
}

struct http_request *
http_connect(struct http *http, const struct http_call *call)
{
	struct http_call connect = *call;

	connect.method = HTTP_GET;
	connect.path = "";
	return begin(http, &connect, true);
}

static struct http_request *
begin(struct http *http, const struct http_call *call, bool connect_only)
{
	struct http_request *request;
	CURLcode code;

	if ((request = calloc(1, sizeof(*request))) == NULL)
		fatal("calloc");
	request->http = http;
	request->connect_only = connect_only;
	request->call = *call;
	request->call.path = request->call.body = NULL;
	request->began = clock_us();
	request->deadline = clock_ms() + (int64_t)call->timeout * 1000;
	/* Without its query; the rest of a path that long says enough. */
	if (connect_only)
		strlcpy(request->asked, "WebSocket", sizeof(request->asked));
	else
		snprintf(request->asked, sizeof(request->asked), "%s %.*s",
		    method_names[call->method],
		    (int)strcspn(call->path, "?"), call->path);
	TAILQ_INSERT_TAIL(&http->requests, request, entry);
	request->clock = evtimer_new(http->base, on_clock, request);
	if (request->clock == NULL ||
	    (request->easy = easy_get(http)) == NULL)
		fatal_memory("curl_easy_init");
	if ((code = set_options(request, call)) != CURLE_OK ||
	    (code = curl_easy_setopt(request->easy, CURLOPT_CONNECT_ONLY,
	    connect_only ? 1L : 0L)) != CURLE_OK)
		fatalx("libcurl takes no request: %s",
		    curl_easy_strerror(code));
	start_clock(request);
	if (http->addresses != NULL &&
	    addresses_need(http->addresses) != ADDRESSES_KNOWN)
		request->unresolved = true;
	else
		launch(request);
	return request;
}

/*
 * libcurl puts the addresses where it would put those that it finds, in place
 * of what is there, and so never asks for any.
 */
static void
launch(struct http_request *request)
{
	struct http *http = request->http;
	CURLMcode code;

	request->unresolved = false;
	if (http->addresses != NULL && (request->addresses =
	    curl_slist_append(NULL, addresses_entry(http->addresses))) == NULL)
		fatal("curl_slist_append");
	if (curl_easy_setopt(request->easy, CURLOPT_RESOLVE,
	    request->addresses) != CURLE_OK)
		fatalx("libcurl takes no addresses");
	code = curl_multi_add_handle(http->multi, request->easy);
	if (code != CURLM_OK)
		fatalx("libcurl takes no request: %s",
		    curl_multi_strerror(code));
}

/* They may be ended by this: so each by itself, in the next turn. */
void
http_resolved(struct http *http)
{
	struct http_request *request;

	TAILQ_FOREACH(request, &http->requests, entry) {
		if (request->unresolved)
			clock_start(request->clock, 0);
	}
}

static void
request_free(struct http_request *request)
{
	struct http *http = request->http;

	if (curl_multi_remove_handle(http->multi, request->easy) != CURLM_OK)
		fatalx("curl_multi_remove_handle");
	if (request->connect_only)
		curl_easy_cleanup(request->easy);
	else
		easy_put(http, request->easy);
	curl_slist_free_all(request->addresses);
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

void
http_resume(struct http_request *request)
{
	int64_t waited;

	if (request->waiting_since == 0)
		return;
	waited = clock_ms() - request->waiting_since;
	request->waiting_since = 0;
	request->waited += waited * 1000;
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

/* It has not even come so far that the request could be sent. */
static bool
is_without_tls(const struct http_request *request)
{
	return request->sent == 0 &&
	    strncmp(request->http->url, "https:", strlen("https:")) == 0;
}

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
	clock_start(request->clock, limit(request) - clock_ms());
}

/* The resolver has answered, or it is too late for that. */
static void
resolve(struct http_request *request)
{
	enum addresses_state state = addresses_state(request->http->addresses);

	if (state == ADDRESSES_KNOWN) {
		launch(request);
		start_clock(request);
	} else if (state == ADDRESSES_FAILED) {
		request->doubt = HTTP_DOUBT_NAME;
		refuse(request, HTTP_NO_CONNECTION, "%s",
		    addresses_error(request->http->addresses));
		finish(request);
	} else if (clock_ms() >= request->deadline) {
		request->doubt = HTTP_DOUBT_NAME;
		refuse(request, HTTP_NO_CONNECTION, "%s %s was not "
		    "resolved within %u s",
		    addresses_whose(request->http->addresses),
		    addresses_name(request->http->addresses),
		    request->call.timeout);
		finish(request);
	} else
		start_clock(request);
}

static void
on_clock(evutil_socket_t fd, short what, void *arg)
{
	struct http_request *request = arg;
	int64_t now = clock_ms();

	(void)fd;
	(void)what;
	if (request->unresolved) {
		resolve(request);
		return;
	}
	if (request->waiting_since != 0)
		return;		/* for us, not for the server */
	if (now < limit(request)) {
		start_clock(request);
		return;
	}
	if (request->failure == HTTP_OK && is_without_tls(request)) {
		request->doubt = HTTP_DOUBT_TLS;
		refuse(request, HTTP_NO_CONNECTION, "no TLS connection within "
		    "%u s: is it https at all, and is its port right?",
		    request->call.timeout);
	} else if (request->failure == HTTP_OK && request->heard == 0)
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

	request->heard = clock_ms();
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
		refuse(request, HTTP_NONSENSE, "an answer of more than 64 KiB");
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
	char text[ERROR_SIZE], whole[ERROR_SIZE + HTTP_ASKED_SIZE + 2];
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

	request->doubt = HTTP_DOUBT_URL;
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
	if (n == sizeof(json) - 1 && strncasecmp(type, json, n) == 0)
		return;
	request->doubt = HTTP_DOUBT_URL;
	refuse(request, HTTP_NONSENSE, "answered %.*s instead of JSON: "
	    "is the base URL right?", (int)n, type);
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

/*
 * Where a connection that was kept is closed without an answer, libcurl makes
 * another one, and tells of that one only: that nobody listens any more does
 * not mean that nothing was sent before.
 */
static void
doubt_sent(struct http_request *request)
{
	if (request->sent > 0 && !is_repeatable(request) &&
	    (request->failure == HTTP_REFUSED ||
	    request->failure == HTTP_NO_CONNECTION))
		request->failure = HTTP_CUT;
}

static enum http_doubt
doubt_of(CURLcode code)
{
	switch (code) {
	case CURLE_SSL_CONNECT_ERROR:
		return HTTP_DOUBT_TLS;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
		return HTTP_DOUBT_CERTIFICATE;
	default:
		return HTTP_DOUBT_NONE;
	}
}

/* It was asked for a connection to the server, and has answered. */
static bool
is_refused_by_proxy(struct http_request *request, CURLcode code)
{
	long status = 0;

	if (code != CURLE_RECV_ERROR || curl_easy_getinfo(request->easy,
	    CURLINFO_HTTP_CONNECTCODE, &status) != CURLE_OK || status < 300)
		return false;
	refuse(request, HTTP_NO_CONNECTION, "the proxy makes no connection: "
	    "HTTP %ld", status);
	return true;
}

/*
 * Of what fails for want of memory in zlib or in TLS, libcurl says that the
 * server's answer or its certificate is wrong.  There is none still if it was
 * that; and not so that the compiler may take it for granted.
 */
static void
blame_memory(void)
{
	void *volatile some = malloc(ANY_NEED);

	if (some == NULL)
		fatal("libcurl");
	free(some);
}

static void
describe_curl(struct http_request *request, CURLcode code)
{
	const char *by = request->http->proxy == NULL ? "" : "the proxy: ";
	long error = 0;
	size_t i;

	blame_memory();
	if (is_refused_by_proxy(request, code))
		return;
	if (code == CURLE_COULDNT_CONNECT) {
		if (curl_easy_getinfo(request->easy, CURLINFO_OS_ERRNO,
		    &error) == CURLE_OK && error == ECONNREFUSED)
			refuse(request, HTTP_REFUSED, "%sconnection refused",
			    by);
		else
			refuse(request, HTTP_NO_CONNECTION, "%sno connection: "
			    "%s", by, error == 0 ? curl_easy_strerror(code) :
			    strerror((int)error));
		return;
	}
	if (code == CURLE_OPERATION_TIMEDOUT && is_without_tls(request)) {
		refuse(request, HTTP_NO_CONNECTION, "no TLS connection within "
		    "%d s: is it https at all, and is its port right?",
		    CONNECT_TIMEOUT);
		request->doubt = HTTP_DOUBT_TLS;
		return;
	}
	for (i = 0; i < COUNT(curl_failures); i++) {
		if (curl_failures[i].code == code) {
			refuse(request, curl_failures[i].failure, "%s",
			    curl_failures[i].text);
			request->doubt = doubt_of(code);
			return;
		}
	}
	/* Of what is not known it is not known either whether it was sent. */
	refuse(request, HTTP_CUT, "%s", curl_easy_strerror(code));
}

/* X-Response-Time-ms is Jellyfin's, without what the network takes. */
static int64_t
response_time(struct http_request *request, int64_t otherwise)
{
	struct curl_header *header;
	char digits[16];
	const char *error;
	int64_t ms;

	if (curl_easy_header(request->easy, "X-Response-Time-ms", 0,
	    CURLH_HEADER, -1, &header) != CURLHE_OK)
		return otherwise;
	strlcpy(digits, header->value, sizeof(digits));
	digits[strcspn(digits, ".,")] = '\0';
	ms = strtonum(digits, 0, INT32_MAX, &error);
	return error == NULL ? ms : otherwise;
}

static void
fill_answer(struct http_request *request, struct http_answer *answer)
{
	struct curl_header *header;
	curl_off_t retry_after;

	memset(answer, 0, sizeof(*answer));
	answer->failure = request->failure;
	answer->doubt = request->doubt;
	answer->body = request->body == NULL ? "" : request->body;
	answer->body_len = request->body_len;
	answer->took = clock_us() - request->began - request->waited;
	if (answer->took < 0)		/* waits are in milliseconds */
		answer->took = 0;
	answer->busy = response_time(request, answer->took / 1000);
	memcpy(answer->asked, request->asked, sizeof(answer->asked));
	memcpy(answer->error, request->error, sizeof(answer->error));
	if (curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE,
	    &answer->status) != CURLE_OK)
		answer->status = 0;
	if (curl_easy_getinfo(request->easy, CURLINFO_RETRY_AFTER,
	    &retry_after) == CURLE_OK && retry_after > 0)
		answer->retry_after = (int64_t)retry_after;
	if (curl_easy_header(request->easy, "Date", 0, CURLH_HEADER, -1,
	    &header) == CURLHE_OK)
		answer->date = http_date(header->value);
}

/* libcurl understands dates of years that no clock has. */
int64_t
http_date(const char *text)
{
	time_t date = curl_getdate(text, NULL);

	return date < 0 || date > TEXT_TIME_MAX ? 0 : (int64_t)date;
}

void
http_request_ended(struct http_request *request, CURLcode code)
{
	check_answer(request);
	if (request->failure == HTTP_OK && code != CURLE_OK) {
		describe_curl(request, code);
		doubt_sent(request);
	}
	if (request->connect_only && request->failure == HTTP_OK)
		connected(request);
	else
		finish(request);
}

/* libcurl has done with it; it is its caller's from now on. */
static void
connected(struct http_request *request)
{
	struct http_answer answer;

	if (event_del(request->clock) == -1)
		fatalx("event_del");
	fill_answer(request, &answer);
	request->call.on_done(&answer, request->call.arg);
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
	if (request->http->addresses != NULL &&
	    (request->failure == HTTP_REFUSED ||
	    request->failure == HTTP_NO_CONNECTION))
		addresses_doubt(request->http->addresses);
	request->body = NULL;
	request_free(request);
	on_done(&answer, arg);
	free(body);
}
