/*
 * A printer of jellyporterctl that prints into memory, and the row that is sent
 * to it next.  What fails ends the test.
 */
#ifndef REGRESS_PRINTER_H
#define REGRESS_PRINTER_H

#include "message.h"
#include "output.h"

#define NOW	INT64_C(1772388249)	/* 2026-03-01T18:04:09Z */

extern struct screen		 screen;	/* of the printer under test */
extern struct output		 output;
extern char			*printed;	/* the test's to free */
extern struct message_row	 row;

extern const struct message_command_result done;

/* finish() gives what it has printed; width in columns, 0: no terminal. */
void	 start(const struct output_format *, enum command, size_t width);
void	 send_row(void);
void	 finish(const struct message_command_result *);
/* And frees it. */
void	 assert_printed(const char *);

#endif
