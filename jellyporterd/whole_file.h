/* Files that are read whole: the configuration, keys, certificates. */
#ifndef JELLYPORTERD_WHOLE_FILE_H
#define JELLYPORTERD_WHOLE_FILE_H

#include <sys/types.h>

#include <stddef.h>

struct whole_file {
	char	*bytes;		/* NUL-terminated */
	size_t	 len;
	mode_t	 mode;
};

/*
 * Reads a regular file of at most limit bytes, which the caller is to free.
 * NULL, or why not.
 */
const char *whole_file_read(const char *path, size_t limit,
	    struct whole_file *);
void	 whole_file_free(struct whole_file *);	/* wiped */

#endif
