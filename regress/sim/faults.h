/*
 * What goes wrong on request: rules that match requests, each a number of
 * times, and say what is done to them.
 */
#ifndef SIM_FAULTS_H
#define SIM_FAULTS_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stdint.h>

struct http_request;
struct request;

enum fault_kind {
	FAULT_NONE,
	/* Instead of doing what was asked: */
	FAULT_STATUS,		/* that status, with body= */
	FAULT_REFUSE,		/* the connection is reset */
	FAULT_CUT_BEFORE,	/* the connection is closed */
	FAULT_HANG,		/* there is never an answer */
	FAULT_GARBAGE,		/* 200, JSON by its type alone */
	FAULT_DEEP_JSON,	/* 200, nested bytes= deep */
	FAULT_ENDLESS,		/* 200, a list without end */
	FAULT_LOCKED,		/* 500, database is locked */
	FAULT_503,
	FAULT_503_RETRY_AFTER,
	FAULT_REDIRECT,		/* 302 to a web page */
	/* What was asked is done, but: */
	FAULT_CUT_AFTER,	/* closed without an answer */
	FAULT_DOWN_AFTER,	/* that, and nobody listens any more */
	FAULT_CUT_BODY,		/* closed after bytes= of the body */
	FAULT_SLOW,		/* bytes= per second */
	FAULT_DELAY,		/* it begins ms= later */
	FAULT_HOLD,		/* it begins once faults are cleared */
	FAULT_SHORT_PAGE,	/* the list's last item is not there */
	FAULT_REPEAT_PAGE,	/* the items of the page before it */
	FAULT_EMPTY_LIST,	/* no items, total 0 */
	FAULT_WRONG_TOTAL,	/* total= instead */
	FAULT_STALE,		/* userdata as before its last change */
	/* What was asked is not done, but answered: */
	FAULT_IGNORED,		/* a write, with what stands unchanged */
	FAULT_KIND_COUNT
};

struct fault {
	enum fault_kind	 kind;
	int		 status;
	int64_t		 bytes;
	int64_t		 milliseconds;
	int64_t		 total;
	char		*body;		/* NULL: none given */
	char		*type;		/* of the body; NULL: the kind's own */
};

struct fault_rule;
TAILQ_HEAD(fault_rules, fault_rule);

struct faults {
	struct fault_rules	rules;
	uint64_t		drawn;		/* for probabilities */
};

void	 faults_init(struct faults *);
void	 faults_clear(struct faults *);
/* Adds the rule that a control request's query says.  An error, or NULL. */
const char *faults_add(struct faults *, const struct http_request *);
/* The fault done to this request, which its rule is charged with. */
void	 faults_take(struct faults *, const struct request *, struct fault *);
/* True if the fault was all there is: the request was dealt with. */
bool	 faults_obey(struct request *);

#endif
