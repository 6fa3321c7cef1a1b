/* The parent's answers to what the engine asks it for jellyporterctl. */
#ifndef JELLYPORTERD_ANSWER_H
#define JELLYPORTERD_ANSWER_H

#include <stdint.h>

#include "process.h"

/* Both do nothing if nobody has asked (request is 0) or the engine is gone. */
void	answer_row(struct child *engine, uint32_t request,
	    const struct message_row *);
/* The end of an answer; error is NULL if all went well. */
void	answer_end(struct child *engine, uint32_t request, const char *error);

#endif
