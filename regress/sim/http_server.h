/*
 * HTTP/1.1 on libevent's bufferevents.  Not evhttp: a simulator of bad
 * servers has to cut, reset, stall and never end an answer on purpose, and
 * has to know at once when a client gave up; evhttp hides all of that.
 *
 * One request at a time on a connection, which is what Jellyfin's clients do.
 */
#ifndef SIM_HTTP_SERVER_H
#define SIM_HTTP_SERVER_H

#include <sys/queue.h>

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The request line's limit (jellyfin-api.md, listing: beyond it 414). */
#define HTTP_LINE_MAX	8192		/* bytes */
#define HTTP_HEADERS_MAX (64 * 1024)	/* bytes */
#define HTTP_BODY_MAX	(1024 * 1024)	/* bytes */

struct bufferevent;
struct http_server;
struct http_connection;

struct http_request {
	struct http_connection	*connection;	/* NULL: answered, or gone */
	char			 method[16];
	char			*target;	/* as it was sent */
	char			*path;		/* decoded, without query */
	struct evkeyvalq	 query;		/* decoded */
	struct evkeyvalq	 headers;
	char			*body;		/* terminated */
	size_t			 body_length;
	struct evkeyvalq	 answer_headers;
	uint64_t		 sent;		/* bytes of the answer */
	/*
	 * Called exactly once, when the answer is out or the client is gone.
	 * From then on the request is the handler's, to free; without this
	 * function it is freed instead.
	 */
	void			(*gone)(struct http_request *, void *);
	void			*gone_arg;
};

enum http_piece {
	HTTP_MORE,	/* there will be another piece */
	HTTP_END,	/* that was all */
	HTTP_CUT	/* close after it, as a server that died */
};

struct http_stream {
	/* Adds the next piece of the body. */
	enum http_piece	(*more)(void *, struct evbuffer *);
	void		(*done)(void *);	/* always, once; frees */
	void		*arg;
};

typedef void (*http_handler)(struct http_request *, void *);

/* Port 0 takes any free one.  NULL and errno on failure. */
struct http_server *http_server_new(struct event_base *, uint16_t port,
		    http_handler, void *);
void		 http_server_free(struct http_server *);
uint16_t	 http_server_port(const struct http_server *);
/* Closes the listening socket and every connection: refused from now on. */
void		 http_server_down(struct http_server *);
int		 http_server_up(struct http_server *);	/* same port; -1 */

/* A parameter of the query (its name in any case), or NULL. */
const char	*http_query(const struct http_request *, const char *);
const char	*http_header(const struct http_request *, const char *);

void		 http_request_free(struct http_request *);

/* One of these three answers a request; nothing happens to one that is gone. */
void		 http_answer(struct http_request *, int status,
		    const char *body, size_t);
void		 http_answer_stream(struct http_request *, int status,
		    const struct http_stream *);
void		 http_hang_up(struct http_request *, bool reset);
/* To be called before those. */
void		 http_answer_header(struct http_request *, const char *,
		    const char *);
/*
 * The connection is the caller's from now on, with what has arrived on it
 * after the request; the request is answered by that.
 */
struct bufferevent *http_take_over(struct http_request *);
/* From now on this connection gets no more than that; 0: no limit. */
void		 http_limit_rate(struct http_request *, size_t bytes_per_second);

#endif
