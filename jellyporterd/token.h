/*
 * The token that a request to the listener has to carry, where one is set: as
 * "Authorization: Bearer", as the password of "Authorization: Basic" (with any
 * user's name, as browsers ask for both), or as token= of the query.
 */
#ifndef JELLYPORTERD_TOKEN_H
#define JELLYPORTERD_TOKEN_H

#include <event2/http.h>

#include "message.h"

enum token_found {
	TOKEN_RIGHT,
	TOKEN_WRONG,
	TOKEN_NONE		/* it carries none at all */
};

/* What is behind the end of the wanted one is zero. */
enum token_found token_find(struct evhttp_request *,
		    const char wanted[TOKEN_SIZE]);

#endif
