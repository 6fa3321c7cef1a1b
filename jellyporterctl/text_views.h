/* The answers of single commands as text; output_text.c chooses. */
#ifndef JELLYPORTERCTL_TEXT_VIEWS_H
#define JELLYPORTERCTL_TEXT_VIEWS_H

#include "layout.h"
#include "output.h"

/* Print the rows that an output has kept. */
void	 status_print(struct output *);
void	 servers_print(struct output *);
void	 item_print(struct output *);
void	 unmatched_print(struct output *);
void	 audit_print(struct output *);
void	 conflicts_print(struct output *);
void	 held_print(struct output *);
void	 writes_print(struct output *);
void	 plan_print(struct output *);
void	 decision_print(struct output *);
void	 export_print(struct output *);
void	 import_print(struct output *);
void	 reload_print(struct output *);
void	 processes_print(struct output *);
void	 pause_print(struct output *);
void	 check_print(struct output *);
void	 people_print(struct output *);
void	 init_print(struct output *);

/*
 * A sync as it goes on.  On a terminal each server has a line that is drawn
 * again in place; elsewhere each phase of a server is a line of its own.
 */
void	 progress_row(struct output *, const struct message_row *);
/* The summary at the end. */
void	 progress_end(struct output *);

/*
 * A line of an import that is of no work here.  There may be a million of
 * them: each is printed as it comes.
 */
void	 import_unmatched(struct output *, const struct row *);

/* Something that has just happened: a line, at once. */
void	 monitor_print(struct output *, const struct row *);

/* Old and new values of a row: what differs, in words. */
cell_format cell_change;

/* A phase of a sync, in plain words. */
const char *phase_words(const char *phase);
/* The color of what a server is doing. */
enum color state_color(const struct row *);

#endif
