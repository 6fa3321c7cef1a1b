/*
 * Where requests carry their token.  Whatever was taken from one is wiped, and
 * how long it takes to compare it says nothing of what is wanted.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <event2/keyvalq_struct.h>

#include "log.h"
#include "token.h"

#define BASIC_SIZE	1024	/* bytes of a user's name and the token */

static const char *credentials(struct evhttp_request *, const char *);
static bool	bearer_token(struct evhttp_request *, char [TOKEN_SIZE]);
static bool	basic_token(struct evhttp_request *, char [TOKEN_SIZE]);
static bool	query_token(struct evhttp_request *, char [TOKEN_SIZE]);
static bool	take(char [TOKEN_SIZE], const char *);
static bool	decode_base64(const char *, char *, size_t);
static bool	is_same(const char [TOKEN_SIZE], const char [TOKEN_SIZE]);

enum token_found
token_find(struct evhttp_request *req, const char wanted[TOKEN_SIZE])
{
	char token[TOKEN_SIZE];
	enum token_found found = TOKEN_NONE;

	memset(token, 0, sizeof(token));
	if (bearer_token(req, token) || basic_token(req, token) ||
	    query_token(req, token))
		found = is_same(token, wanted) ? TOKEN_RIGHT : TOKEN_WRONG;
	explicit_bzero(token, sizeof(token));
	return found;
}

/* What stands behind a scheme's name and a space; or NULL. */
static const char *
credentials(struct evhttp_request *req, const char *scheme)
{
	const char *value;

	value = evhttp_find_header(evhttp_request_get_input_headers(req),
	    "Authorization");
	if (value == NULL || strncasecmp(value, scheme, strlen(scheme)) != 0)
		return NULL;
	value += strlen(scheme);
	return value + strspn(value, " ");
}

static bool
bearer_token(struct evhttp_request *req, char token[TOKEN_SIZE])
{
	const char *value = credentials(req, "Bearer ");

	return value != NULL && take(token, value);
}

static bool
basic_token(struct evhttp_request *req, char token[TOKEN_SIZE])
{
	const char *value = credentials(req, "Basic ");
	char decoded[BASIC_SIZE], *password;
	bool found = false;

	if (value == NULL)
		return false;
	if (decode_base64(value, decoded, sizeof(decoded)) &&
	    (password = strchr(decoded, ':')) != NULL)
		found = take(token, password + 1);
	explicit_bzero(decoded, sizeof(decoded));
	return found;
}

/* One that is too long is none, and nothing of it may be left behind the end of
 * another one. */
static bool
take(char token[TOKEN_SIZE], const char *value)
{
	if (strlen(value) >= TOKEN_SIZE)
		return false;
	(void)strlcpy(token, value, TOKEN_SIZE);
	return true;
}

/* As a string.  False if it is no base64, or does not fit. */
static bool
decode_base64(const char *text, char *to, size_t size)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned int bits = 0, n_bits = 0;
	const char *digit;
	size_t n = 0;

	for (; *text != '\0' && *text != '='; text++) {
		if ((digit = strchr(digits, *text)) == NULL)
			return false;
		bits = (bits << 6 | (unsigned int)(digit - digits)) & 0xffff;
		n_bits += 6;
		if (n_bits < 8)
			continue;
		n_bits -= 8;
		if (n + 1 == size)
			return false;
		to[n++] = (char)(bits >> n_bits & 0xff);
	}
	to[n] = '\0';
	return true;
}

/* The first of the query; a + is no space in it. */
static bool
query_token(struct evhttp_request *req, char token[TOKEN_SIZE])
{
	static const char name[] = "token=";
	const char *query;
	char *copy, *decoded, *next, *part;
	bool found = false;

	query = evhttp_uri_get_query(evhttp_request_get_evhttp_uri(req));
	if (query == NULL)
		return false;
	if ((copy = next = strdup(query)) == NULL)
		fatal("strdup");
	while ((part = strsep(&next, "&")) != NULL) {
		if (strncmp(part, name, strlen(name)) == 0)
			break;
	}
	if (part != NULL && (decoded = evhttp_uridecode(part + strlen(name),
	    0, NULL)) != NULL) {
		found = take(token, decoded);
		freezero(decoded, strlen(decoded));
	}
	freezero(copy, strlen(query));
	return found;
}

/* All of both is looked at, whatever is in them.  What is behind their ends is
 * zero. */
static bool
is_same(const char a[TOKEN_SIZE], const char b[TOKEN_SIZE])
{
	volatile unsigned char differs = 0;
	size_t i;

	for (i = 0; i < TOKEN_SIZE; i++)
		differs |= (unsigned char)(a[i] ^ b[i]);
	return differs == 0;
}
