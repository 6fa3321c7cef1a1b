/* Shared by http.c and http_curl.c only. */
#ifndef JELLYPORTERD_HTTP_INTERNAL_H
#define JELLYPORTERD_HTTP_INTERNAL_H

#include <sys/queue.h>

#include <curl/curl.h>

#include "http.h"

#define IDLE_MAX		4	/* easy handles kept */

struct http {
	struct event_base	*base;
	CURLM			*multi;
	struct event		*timer;		/* libcurl's */
	struct curl_slist	*headers;	/* these two with the key */
	struct curl_slist	*json_headers;
	struct curl_slist	*anonymous_headers;
	char			*url;
	char			*proxy;		/* NULL: none */
	uint16_t		 proxy_port;
	char			*ca;		/* borrowed; NULL: none */
	size_t			 ca_len;
	struct addresses	*addresses;	/* borrowed; NULL: none */
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
	struct curl_slist	*addresses;	/* for it; or NULL */
	bool			 unresolved;	/* waits for them */
	struct event		*clock;
	int64_t			 began;		/* us */
	int64_t			 waited;	/* us, for us */
	int64_t			 deadline;	/* ms, for all of it */
	int64_t			 heard;		/* ms, last piece; 0: none */
	int64_t			 waiting_since;	/* ms; 0: not waiting */
	unsigned int		 sent;		/* times, by libcurl */
	bool			 connect_only;	/* see http_connect() */
	bool			 checked;	/* its status and headers */
	size_t			 discarded;	/* bytes */
	char			*body;		/* collected */
	size_t			 body_len;
	enum http_failure	 failure;	/* known before its end */
	enum http_doubt		 doubt;
	char			 asked[HTTP_ASKED_SIZE];
	char			 error[ERROR_SIZE];
};

/* libcurl has done with a request, in this way. */
void	http_request_ended(struct http_request *, CURLcode);

#endif
