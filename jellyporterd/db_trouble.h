/*
 * What is wrong with a database's file, in words for people, and what helps.
 */
#ifndef JELLYPORTERD_DB_TROUBLE_H
#define JELLYPORTERD_DB_TROUBLE_H

#include <stdbool.h>
#include <stddef.h>

#include <sqlite3.h>

/* The last failure is the file's, the disk's or the machine's: not ours. */
bool	db_trouble_is_known(sqlite3 *);
/* As db_explain(), of a file at this path. */
bool	db_trouble(sqlite3 *, const char *path, char *error, size_t size);

#endif
