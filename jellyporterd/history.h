/*
 * People's agreed history, out of the database and into it, in a form that
 * any servers with the same works understand: works are known by titles, ids
 * and numbers, never by what they are called in here.
 */
#ifndef JELLYPORTERD_HISTORY_H
#define JELLYPORTERD_HISTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "store.h"

/* history.c */

struct history_export;

/*
 * What is agreed at this moment, of the people in the configuration; whatever
 * changes while it is read.  NULL and a message for people on failure.
 */
struct history_export *history_export_begin(struct store *, char *error,
	    size_t size);
/* The next one, in no order that means anything; false after the last. */
bool	 history_export_next(struct history_export *,
	    struct message_history *);
void	 history_export_end(struct history_export *);	/* NULL is fine */

/* history_import.c */

enum history_outcome {
	HISTORY_CHANGED,	/* what is agreed is another now */
	HISTORY_UNCHANGED,	/* it was agreed already */
	HISTORY_UNMATCHED,	/* no work here, or nobody knows which */
	HISTORY_OUTCOME_COUNT
};

struct history_import;

/*
 * replace: what is agreed becomes what is imported; otherwise the two are
 * merged as in a first contact.  Either way, importing the same again changes
 * nothing.  Works that are not imported stay as they are.
 */
struct history_import *history_import_begin(struct store *,
	    const struct merge_options *, uint32_t match_by, bool replace);
/*
 * reason is set for HISTORY_UNMATCHED.  A person who is not in the
 * configuration is -1.
 */
int	 history_import(struct history_import *,
	    const struct message_history *, enum history_outcome *,
	    const char **reason);
void	 history_import_end(struct history_import *);	/* NULL is fine */

#endif
