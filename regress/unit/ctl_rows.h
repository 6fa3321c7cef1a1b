/*
 * Rows as an engine sends them, of the views that are tested both as text and
 * as JSON; each is sent to the printer (printer.h).
 */
#ifndef REGRESS_CTL_ROWS_H
#define REGRESS_CTL_ROWS_H

#include <stdint.h>

/* Of the status: so many writes are owed. */
void	 daemon_row(int64_t owed);
/* With an error that is not "", it fails for two hours; skew in seconds. */
void	 server_row(const char *name, const char *state, const char *error,
	    int64_t skew, const char *live);
/* Of season 0: a film. */
void	 unmatched_row(const char *title, const char *reason, int64_t season);
/* A work with what is agreed for it, and two copies. */
void	 work_rows(void);
/* One server's, in the course of a sync. */
void	 progress(const char *server, const char *phase, int64_t received,
	    const char *error);
/* A whole sync of two servers, of which one fails. */
void	 sync_rows(void);

#endif
