/*
 * Requests to a Jellyfin server, one after another, for jellyporterctl init:
 * whoever gave the command waits for them.  Redirects and proxies from the
 * environment are never followed.
 */
#ifndef JELLYPORTERCTL_INIT_HTTP_H
#define JELLYPORTERCTL_INIT_HTTP_H

#include <json-c/json.h>

#include "record.h"

struct init_answer {
	long			 status;	/* 0: there was none */
	struct json_object	*json;		/* the caller's to put; or NULL */
	char			 error[ERROR_SIZE];	/* for people */
};

/*
 * token: an API key or that of a user who has signed in, NULL for neither.
 * body: JSON for a POST, or NULL.  0 if the answer is 204, or 200 with JSON;
 * else -1 and why.  To be called with no other thread around.
 */
int	 init_http(const char *url, const char *token, const char *method,
	    const char *path, const char *body, struct init_answer *);

#endif
