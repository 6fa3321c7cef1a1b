/*
 * The file that an export is written to.  It appears when it is complete and
 * on the disk, readable by its owner alone, or not at all.
 */
#ifndef JELLYPORTERCTL_EXPORT_FILE_H
#define JELLYPORTERCTL_EXPORT_FILE_H

#include "connection.h"

struct export_file;

/*
 * "-" is stdout.  A file that is there already is replaced only by force, and
 * what is no regular file never.  NULL and a message for people on failure.
 */
struct export_file *export_file_open(const char *path, bool force,
	    char *error, size_t size);
/* What it does while the daemon sends. */
void	 export_file_exchange(struct export_file *, struct exchange *);
/* Without its end, what has been written is removed.  NULL is fine. */
void	 export_file_close(struct export_file *);

#endif
