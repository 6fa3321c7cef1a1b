/*
 * HTTP to one server, Jellyfin's mostly: libcurl's multi interface on libevent.
 * Several requests may be under way, each on a connection of its own;
 * connections are kept for the next ones.  Redirects, cookies and proxies from
 * the environment are never followed.  Only 200 with application/json counts as
 * an answer.
 */
#ifndef JELLYPORTERD_HTTP_H
#define JELLYPORTERD_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>

#include "record.h"

#define HTTP_PATH_SIZE	6144		/* Jellyfin takes lines up to 8 KiB */
#define HTTP_BODY_MAX	(64 * 1024)	/* bytes of a collected answer */
#define HTTP_ASKED_SIZE	256

struct addresses;
struct http;
struct http_request;

struct http_server {
	const char	*url;		/* without a trailing slash */
	const char	*api_key;	/* of Jellyfin; or NULL, and */
	const char	*headers;	/* lines of others for a POST */
	const char	*proxy;		/* a url; NULL: none */
	uint16_t	 proxy_port;
	char		*ca;		/* certificates, borrowed; or NULL */
	size_t		 ca_len;
	/* Its proxy's, if it has one; borrowed; NULL: it needs none. */
	struct addresses *addresses;
	const char	*device;	/* its DeviceId; NULL: this machine's */
	bool		 tls_verify;
};

enum http_method {
	HTTP_GET,
	HTTP_POST,
	HTTP_DELETE,
	HTTP_METHOD_COUNT
};

/* What came of a request, by what can be done about it. */
enum http_failure {
	HTTP_OK,
	HTTP_REFUSED,		/* nobody listens; nothing was sent */
	HTTP_NO_CONNECTION,	/* name, route, TLS; nothing was sent */
	HTTP_TIMEOUT,		/* this and the next two may have been */
	HTTP_CUT,		/* obeyed, or not */
	HTTP_SERVER_ERROR,	/* 5xx */
	HTTP_UNAUTHORIZED,	/* 401, 403 */
	HTTP_NOT_FOUND,		/* 404 */
	HTTP_UNEXPECTED,	/* any other status */
	HTTP_NONSENSE,		/* 200, but no JSON, or on_body refused it */
	HTTP_FAILURE_COUNT
};

/* What of the configuration a failure speaks against. */
enum http_doubt {
	HTTP_DOUBT_NONE,
	HTTP_DOUBT_NAME,	/* it cannot be resolved */
	HTTP_DOUBT_TLS,		/* it is not spoken there */
	HTTP_DOUBT_CERTIFICATE,	/* it cannot be verified */
	HTTP_DOUBT_URL,		/* what answers is not what was asked for */
	HTTP_DOUBT_COUNT
};

struct http_answer {
	enum http_failure	 failure;
	enum http_doubt		 doubt;
	long			 status;	/* 0: there was none */
	int64_t			 date;		/* seconds; 0: unknown */
	int64_t			 retry_after;	/* seconds; 0: not given */
	int64_t			 took;		/* us, without our own waits */
	int64_t			 busy;		/* ms, by the server's own word
						 * if it gives one */
	const char		*body;		/* collected; else "" */
	size_t			 body_len;
	char			 asked[HTTP_ASKED_SIZE];  /* "GET /Items" */
	/* That and what happened, for people; "" if all is well. */
	char			 error[ERROR_SIZE];
};

enum http_body {
	HTTP_BODY_TAKEN,
	HTTP_BODY_WAIT,		/* nothing was taken: http_resume() */
	HTTP_BODY_REFUSED	/* it makes no sense: HTTP_NONSENSE */
};

struct http_call {
	enum http_method	 method;
	const char		*path;		/* with its query; copied */
	const char		*body;		/* JSON for a POST; copied */
	bool			 anonymous;	/* without the key */
	bool			 repeatable;	/* twice is as good as once */
	uint32_t		 timeout;	/* seconds, for all of it */
	/* Seconds between two pieces of the body; from its first byte on,
	 * since a listing may take minutes until then. */
	uint32_t		 stall_timeout;
	/* Pieces of an answer with 200 and JSON; NULL: it is collected. */
	enum http_body		(*on_body)(const char *, size_t, void *);
	/* Called once, from the event loop, unless cancelled before. */
	void			(*on_done)(const struct http_answer *, void *);
	void			*arg;
};

/* Copies what it needs, but for certificates and addresses, which have to
 * stay. */
struct http	*http_new(struct event_base *, const struct http_server *);
/* Its addresses have changed: requests may wait for them. */
void		 http_resolved(struct http *);
void		 http_free(struct http *);	/* cancels all; wipes the key */

/*
 * Connections for what is not HTTP after its beginning: as those of requests,
 * TLS and all.  on_done is told how the connecting went; if it went well the
 * connection is there until http_cancel().  Of a call only timeout (seconds
 * for the connecting), on_done and arg count.
 */
struct http_request *http_connect(struct http *, const struct http_call *);
int		 http_socket(struct http_request *);	/* to wait for */
/* Bytes, 0 for none now, or -1 for an end of any kind. */
long		 http_read(struct http_request *, void *, size_t);
long		 http_write(struct http_request *, const void *, size_t);
/*
 * The head of a GET that asks for a WebSocket, with the key of its handshake.
 * Its length; there is an API key in it, to be wiped.  0 if it does not fit.
 */
size_t		 http_upgrade_head(struct http *, const char *path,
		    const char *key, char *dst, size_t size);

/*
 * Sends a request; fatal if memory is out.  What is neither a GET nor
 * repeatable is never sent twice, unlike libcurl's habit.
 */
struct http_request *http_send(struct http *, const struct http_call *);
/* Not to be called from on_body. */
void		 http_cancel(struct http_request *);
/* Goes on with a body that was made to wait; the wait counts as no time. */
void		 http_resume(struct http_request *);

/* A Date header in seconds since 1970; 0 if it is none of 1970 to 9999. */
int64_t		 http_date(const char *);

#endif
