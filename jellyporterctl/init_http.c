/* One request, one answer, by libcurl. */
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "init_http.h"
#include "json_read.h"
#include "message.h"
#include "version.h"

#define CONNECT_SECONDS	10L
#define ANSWER_SECONDS	30L
#define BODY_MAX	(4 * 1024 * 1024)	/* bytes: users, keys */
#define JSON_DEPTH	16

struct body {
	char	*bytes;
	size_t	 len;
};

static struct curl_slist *make_headers(const char *, bool);
static struct curl_slist *add_header(struct curl_slist *, const char *);
static void	 wipe_headers(struct curl_slist *);
static CURLcode	 set_up(CURL *, const char *, struct curl_slist *,
		    const char *, const char *, struct body *);
static size_t	 on_body(char *, size_t, size_t, void *);
static int	 judge(CURL *, CURLcode, struct body *, struct init_answer *);
static int	 judge_status(struct init_answer *);
static int	 parse(CURL *, const struct body *, struct init_answer *);

int
init_http(const char *url, const char *token, const char *method,
    const char *path, const char *body, struct init_answer *answer)
{
	struct body collected = { NULL, 0 };
	struct curl_slist *headers;
	char all[URL_SIZE + PATH_SIZE];
	CURL *easy;
	CURLcode code;
	int status;

	memset(answer, 0, sizeof(*answer));
	if ((size_t)snprintf(all, sizeof(all), "%s%s", url, path) >=
	    sizeof(all))
		errx(1, "a URL is too long");
	if ((easy = curl_easy_init()) == NULL)
		errx(1, "no memory");
	headers = make_headers(token, body != NULL);
	if ((code = set_up(easy, all, headers, method, body,
	    &collected)) == CURLE_OK)
		code = curl_easy_perform(easy);
	status = judge(easy, code, &collected, answer);
	curl_easy_cleanup(easy);
	wipe_headers(headers);
	if (collected.bytes != NULL)
		explicit_bzero(collected.bytes, collected.len);
	free(collected.bytes);
	return status;
}

/* A DeviceId of its own: signing in ends what that device was before. */
static struct curl_slist *
make_headers(const char *token, bool has_body)
{
	struct curl_slist *list;
	char line[2 * API_KEY_SIZE];

	list = add_header(NULL, "Accept: application/json");
	if (has_body)
		list = add_header(list, "Content-Type: application/json");
	if ((size_t)snprintf(line, sizeof(line), "Authorization: MediaBrowser "
	    "%s%s%sClient=\"jellyporter\", Device=\"jellyporterctl\", "
	    "DeviceId=\"jellyporterctl-init\", Version=\"%s\"",
	    token == NULL ? "" : "Token=\"", token == NULL ? "" : token,
	    token == NULL ? "" : "\", ", JELLYPORTER_VERSION) >= sizeof(line))
		errx(1, "a token is too long");
	list = add_header(list, line);
	explicit_bzero(line, sizeof(line));
	return list;
}

static struct curl_slist *
add_header(struct curl_slist *list, const char *line)
{
	struct curl_slist *longer;

	if ((longer = curl_slist_append(list, line)) == NULL)
		errx(1, "no memory");
	return longer;
}

static void
wipe_headers(struct curl_slist *list)
{
	struct curl_slist *header;

	for (header = list; header != NULL; header = header->next)
		explicit_bzero(header->data, strlen(header->data));
	curl_slist_free_all(list);
}

static CURLcode
set_up(CURL *easy, const char *url, struct curl_slist *headers,
    const char *method, const char *body, struct body *collected)
{
	CURLcode code;

	if ((code = curl_easy_setopt(easy, CURLOPT_URL, url)) != CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR,
	    "http,https")) != CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_PROXY, "")) != CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L)) !=
	    CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L)) !=
	    CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT,
	    CONNECT_SECONDS)) != CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_TIMEOUT,
	    ANSWER_SECONDS)) != CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_USERAGENT,
	    "jellyporter/" JELLYPORTER_VERSION)) != CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers)) !=
	    CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body)) !=
	    CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_WRITEDATA, collected)) !=
	    CURLE_OK)
		return code;
	/* A POST without a body still says that it is empty. */
	if (strcmp(method, "POST") == 0)
		return curl_easy_setopt(easy, CURLOPT_POSTFIELDS,
		    body == NULL ? "" : body);
	return curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
}

static size_t
on_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct body *body = arg;
	char *longer;

	n *= size;
	if (n > BODY_MAX - body->len ||
	    (longer = realloc(body->bytes, body->len + n + 1)) == NULL)
		return 0;
	memcpy(longer + body->len, bytes, n);
	body->bytes = longer;
	body->len += n;
	return n;
}

static int
judge(CURL *easy, CURLcode code, struct body *body,
    struct init_answer *answer)
{
	const char *remedy = "";

	if (code == CURLE_PEER_FAILED_VERIFICATION)
		remedy = "; for an authority of your own, see tls.ca_file in "
		    "jellyporter.yaml(5)";
	else if (code == CURLE_SSL_CONNECT_ERROR)
		remedy = "; is it http:// there?";
	if (code != CURLE_OK) {
		snprintf(answer->error, sizeof(answer->error), "%s%s",
		    curl_easy_strerror(code), remedy);
		return -1;
	}
	if (curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE,
	    &answer->status) != CURLE_OK)
		errx(1, "curl_easy_getinfo");
	if (answer->status == 204)
		return 0;
	return answer->status == 200 ? parse(easy, body, answer) :
	    judge_status(answer);
}

static int
judge_status(struct init_answer *answer)
{
	const char *text;

	switch (answer->status) {
	case 301:
	case 302:
	case 307:
	case 308:
		text = "it sends us elsewhere; give the URL that it is "
		    "reached by in the end, with its path";
		break;
	case 401:
		text = "it does not know this key";
		break;
	case 403:
		text = "this key may not do that";
		break;
	case 404:
		text = "no Jellyfin is there; is a path missing in the URL?";
		break;
	case 503:
		text = "it is not ready yet; try again in a minute";
		break;
	default:
		text = NULL;
	}
	if (text == NULL)
		snprintf(answer->error, sizeof(answer->error),
		    "it answers with status %ld", answer->status);
	else
		(void)strlcpy(answer->error, text, sizeof(answer->error));
	return -1;
}

static int
parse(CURL *easy, const struct body *body, struct init_answer *answer)
{
	char *type = NULL;

	(void)curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
	if (body->len > 0 && type != NULL &&
	    strncasecmp(type, "application/json", 16) == 0)
		answer->json = json_read(body->bytes, body->len, JSON_DEPTH);
	if (answer->json != NULL)
		return 0;
	(void)strlcpy(answer->error, "what answers is not Jellyfin; is the "
	    "URL right?", sizeof(answer->error));
	return -1;
}
