/* The children in words: how each is, and what it last died of. */
#ifndef JELLYPORTERD_PROCESS_REPORT_H
#define JELLYPORTERD_PROCESS_REPORT_H

#include <stdint.h>

#include "process.h"

/* How a child has ended, by waitpid(2), into its last_end; its last words are
 * read for that. */
void		 process_describe_end(struct child *, int status);
/* And then what it has said itself, which is in the log already. */
void		 process_describe_reason(struct child *);
/* "up", "starting", "ending", "waiting" or "waiting for a reload". */
const char	*process_state(const struct child *);
/* A row for each process, ours among them, as the answer to the engine. */
void		 process_report(struct processes *, uint32_t request);

#endif
