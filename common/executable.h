/*
 * Where our programs are.  What only some of their work needs is a program of
 * its own in libexec, beside the directory of the one that starts it.
 */
#ifndef COMMON_EXECUTABLE_H
#define COMMON_EXECUTABLE_H

#include <stddef.h>

/* Ourselves, as an absolute path.  -1: it cannot be known, or is too long. */
int	executable_own(const char *argv0, char *path, size_t);
/* The one of that name, for own; -1: its path is too long. */
int	executable_other(const char *own, const char *name, char *path, size_t);

#endif
