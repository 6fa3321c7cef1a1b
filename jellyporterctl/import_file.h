/*
 * The file that an import comes from.  All of it is checked before any of it
 * is sent.
 */
#ifndef JELLYPORTERCTL_IMPORT_FILE_H
#define JELLYPORTERCTL_IMPORT_FILE_H

#include "connection.h"
#include "screen.h"

struct import_file;

/*
 * "-" is stdin.  NULL and a message for people if it cannot be read or a line
 * of it is wrong.
 */
struct import_file *import_file_open(const char *path, char *error,
	    size_t size);
/* Sends it as the daemon asks for it; shows how far that is, on a screen
 * where lines may be drawn again (or not, for NULL). */
void	 import_file_exchange(struct import_file *, const struct screen *,
	    struct exchange *);
void	 import_file_close(struct import_file *);	/* NULL is fine */

#endif
