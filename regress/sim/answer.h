/*
 * Answers, in Jellyfin's forms.  Each request gets exactly one.  Faults that
 * bend an answer (cut, slow and so on) are done here, for all of them alike.
 */
#ifndef SIM_ANSWER_H
#define SIM_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "json_out.h"
#include "request.h"

/* Adds the next piece of a long answer; false after the last one. */
typedef bool (*answer_more)(void *, struct json_out *);

void	answer_json(struct request *, const struct json_out *);	/* 200 */
void	answer_object(struct request *, struct json_object *);	/* puts it */
void	answer_stream(struct request *, answer_more, void (*done)(void *),
	    void *);
/* done(arg) is called in any case. */
void	answer_typed_stream(struct request *, int status, const char *type,
	    answer_more, void (*done)(void *), void *);
/* A NULL type leaves the content type out. */
void	answer_text(struct request *, int status, const char *type,
	    const char *);
void	answer_empty(struct request *, int status);
void	answer_problem(struct request *, int status);	/* problem details */
void	answer_error(struct request *, int status);	/* text/plain */

#endif
