/*
 * Requests of the engine's, inside a fetcher: one bulk one, one small one, one
 * of writes and one check at a time.  Each is a small state machine of calls
 * to the server, and ends with one MESSAGE_RESULT.
 */
#ifndef JELLYPORTERD_REQUEST_H
#define JELLYPORTERD_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>

#include "addresses.h"
#include "certificates.h"
#include "channel.h"
#include "http.h"
#include "jellyfin.h"
#include "listing.h"
#include "message.h"
#include "pace.h"
#include "recent.h"

struct items;
struct request;

/* The libraries to be read, once a contact has found them. */
struct libraries {
	struct message_library	*wanted;	/* as configured */
	size_t			 n_wanted;	/* 0: all of them are read */
	struct jellyfin_id	*ids;		/* that are read */
	size_t			 n_ids;
	bool			 known;		/* ids is filled in */
};

struct fetcher {
	struct event_base	*base;
	struct channel		*parent;
	struct channel		*engine;	/* NULL: no link */
	struct http		*http;
	struct addresses	*addresses;	/* NULL: it has one itself */
	struct message_identity	 identity;
	struct message_fetcher_options options;	/* its key is wiped */
	struct certificates	 certificates;
	struct libraries	 libraries;
	struct recent		 recent;	/* alternates written */
	struct pace		 pace;		/* of writes */
	struct request		*bulk;		/* NULL: none */
	struct request		*small;		/* NULL: none */
	struct request		*write;		/* NULL: none */
	struct request		*check;		/* NULL: none */
	struct live		*live;
};

/* A step asks the server something, or ends the request. */
typedef void	 request_step(struct request *);
/* What came of it. */
typedef void	 request_done(struct request *, const struct http_answer *);

struct request_kind {
	size_t		 state_size;	/* of what request->state points to */
	/* -1: the engine sent nonsense. */
	int		 (*begin)(struct request *, const struct imsg *);
	void		 (*clear)(struct request *);	/* or NULL */
};

struct request {
	struct fetcher			*fetcher;
	const struct request_kind	*kind;
	struct request			**place;	/* where it is kept */
	uint32_t			 id;		/* the engine's */
	enum message_type		 type;
	struct http_request		*http;		/* under way, or NULL */
	struct event			*timer;		/* before the step */
	request_step			*step;
	enum trouble			 trouble;	/* of a refusal */
	unsigned int			 tries;		/* that failed */
	request_done			*done;		/* of the call */
	struct decoder			*decoder;	/* borrowed, or NULL */
	struct listing_counts		 counts;	/* what it counted */
	struct items			*items;		/* borrowed, or NULL */
	void				*state;		/* of its kind */
};

extern const struct request_kind request_contact;
extern const struct request_kind request_check;
extern const struct request_kind request_list;
extern const struct request_kind request_activity;
extern const struct request_kind request_alternates;
extern const struct request_kind request_read;
extern const struct request_kind request_sessions;
extern const struct request_kind request_write;

/* What of it has not been sent yet is not: something else is urgent. */
void	 request_write_hurry(struct request *);

/* Begins a request; *place must be free.  -1: the engine sent nonsense. */
int	 request_begin(struct fetcher *, struct request **place,
	    const struct request_kind *, const struct imsg *);
/* Ends it without a word: nobody is there to hear one. */
void	 request_drop(struct request *);		/* NULL is fine */

/*
 * One call to the server.  Its method, path and body are the caller's, and its
 * timeout if it is not 0.  With a decoder the answer goes there, piece by
 * piece as the engine takes it, and is one without a failure only if it was a
 * whole list: request->counts.
 */
void	 request_call(struct request *, struct http_call *, struct decoder *,
	    request_done *);
/* GET, and nothing else of note. */
void	 request_get(struct request *, const char *path, struct decoder *,
	    request_done *);
/* Takes a step after so many milliseconds. */
void	 request_later(struct request *, unsigned int ms, request_step *);
/*
 * Takes the step again after a while (0.5, 1, 2 s), if the failure is one that
 * passes and this was not the last try; else false.
 */
bool	 request_again(struct request *, const struct http_answer *,
	    request_step *);
/* True if a failed call may have been obeyed by the server all the same. */
bool	 request_is_uncertain(const struct http_answer *);

/* An answer that was to be userdata, and is none: it is HTTP_NONSENSE. */
void	 request_no_userdata(struct http_answer *);

/* Where messages for the engine go; request_sent() after the last of them. */
struct imsgbuf *request_imsgbuf(struct request *);
void	 request_sent(struct request *);

/* The end of a request: its result, and the request is gone. */
void	 request_end(struct request *, const struct message_result *);
/* The same where all went well. */
void	 request_succeeded(struct request *, uint32_t records,
	    uint32_t dropped, uint32_t total);
/* The same for a failed call, which has its words already. */
void	 request_failed(struct request *, const struct http_answer *);
/* request->trouble may be set before. */
void	 request_refuse(struct request *, enum request_result,
	    const char *, ...)
	    __attribute__((__format__(printf, 3, 4)));
/* What a failed call is to the engine; text may be completed. */
void	 request_describe(const struct http_answer *,
	    struct message_result *);

#endif
