/*
 * Where requests carry their token.  By the first byte: a query, or the
 * value of an Authorization header, as they came; or a token, which is found in
 * each of the forms in which it can be sent, and another one is not.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include "fuzz.h"
#include "token.h"

#define INPUT_MAX	4096	/* bytes */

static enum token_found look(const char *, const char *,
		    const char [TOKEN_SIZE]);
static char	*in_percents(const char *, const char *);
static char	*in_base64(const char *);
static void	as_it_came(const char *, const char *);
static void	each_form(const char *);

/* What the request has. */
static struct evhttp_uri *uri;
static struct evkeyvalq	 headers;

/* In place of libevent's, which has them of a whole connection only. */

const struct evhttp_uri *
evhttp_request_get_evhttp_uri(const struct evhttp_request *req)
{
	(void)req;
	return uri;
}

struct evkeyvalq *
evhttp_request_get_input_headers(struct evhttp_request *req)
{
	(void)req;
	return &headers;
}

/* Either may be NULL.  What is no URI or no header is refused before. */
static enum token_found
look(const char *query, const char *authorization,
    const char wanted[TOKEN_SIZE])
{
	enum token_found found = TOKEN_NONE;
	char *text;

	if (asprintf(&text, "/hook%s%s", query == NULL ? "" : "?",
	    query == NULL ? "" : query) == -1)
		err(1, NULL);
	TAILQ_INIT(&headers);
	uri = evhttp_uri_parse_with_flags(text, EVHTTP_URI_NONCONFORMANT);
	if (uri != NULL && (authorization == NULL ||
	    evhttp_add_header(&headers, "Authorization", authorization) == 0))
		found = token_find(NULL, wanted);
	evhttp_clear_headers(&headers);
	if (uri != NULL)
		evhttp_uri_free(uri);
	free(text);
	return found;
}

static char *
in_percents(const char *before, const char *token)
{
	char *text, *to;
	size_t len = strlen(before);

	if ((text = malloc(len + 3 * strlen(token) + 1)) == NULL)
		err(1, NULL);
	memcpy(text, before, len + 1);
	for (to = text + len; *token != '\0'; token++, to += 3)
		(void)snprintf(to, 4, "%%%02x", (unsigned char)*token);
	return text;
}

static char *
in_base64(const char *token)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	static const char user[] = "somebody:", scheme[] = "basic ";
	size_t len = strlen(user) + strlen(token), i;
	unsigned char *plain;
	unsigned int bits;
	char *text, *to;

	if ((plain = calloc(1, len + 3)) == NULL ||
	    (text = malloc(strlen(scheme) + (len + 2) / 3 * 4 + 1)) == NULL)
		err(1, NULL);
	memcpy(plain, user, strlen(user));
	memcpy(plain + strlen(user), token, strlen(token));
	memcpy(text, scheme, strlen(scheme));
	to = text + strlen(scheme);
	for (i = 0; i < len; i += 3) {
		bits = (unsigned int)(plain[i] << 16 | plain[i + 1] << 8 |
		    plain[i + 2]);
		*to++ = digits[bits >> 18];
		*to++ = digits[bits >> 12 & 63];
		*to++ = i + 1 < len ? digits[bits >> 6 & 63] : '=';
		*to++ = i + 2 < len ? digits[bits & 63] : '=';
	}
	*to = '\0';
	free(plain);
	return text;
}

/* It is never what is wanted, but for one that somebody has guessed. */
static void
as_it_came(const char *query, const char *authorization)
{
	static const char wanted[TOKEN_SIZE] = "guessed", other[TOKEN_SIZE] =
	    "guesseD";
	enum token_found found = look(query, authorization, wanted);

	CHECK(found == TOKEN_RIGHT || found == TOKEN_WRONG ||
	    found == TOKEN_NONE);
	CHECK(look(query, authorization, wanted) == found);
	/* Whether there is one does not depend on what is wanted. */
	CHECK((look(query, authorization, other) == TOKEN_NONE) ==
	    (found == TOKEN_NONE));
	if (found == TOKEN_RIGHT)
		CHECK(look(query, authorization, other) == TOKEN_WRONG);
}

static void
each_form(const char *token)
{
	static const char shorter[TOKEN_SIZE] = "x";
	char wanted[TOKEN_SIZE], other[TOKEN_SIZE], *query, *basic;
	enum token_found right = TOKEN_RIGHT, wrong = TOKEN_WRONG;

	memset(wanted, 0, sizeof(wanted));
	if (strlcpy(wanted, token, sizeof(wanted)) >= sizeof(wanted))
		right = wrong = TOKEN_NONE;	/* it is none */
	memcpy(other, wanted, sizeof(other));
	other[0] ^= 1;
	query = in_percents("a=b&token=", token);
	basic = in_base64(token);
	CHECK(look(query, NULL, wanted) == right);
	CHECK(look(query, NULL, other) == wrong);
	CHECK(look(NULL, basic, wanted) == right);
	CHECK(look(NULL, basic, other) == wrong);
	/* What is too long for a token is in nobody's way. */
	if (right == TOKEN_NONE)
		CHECK(look("token=x", basic, shorter) == TOKEN_RIGHT);
	free(query);
	free(basic);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (size == 0 || size > INPUT_MAX)
		return 0;
	text = fuzz_string(data + 1, size - 1);
	switch (data[0]) {
	case 'q':
		as_it_came(text, NULL);
		break;
	case 'h':
		as_it_came("a=b", text);
		break;
	case 't':
		each_form(text);
		break;
	}
	free(text);
	return 0;
}
