/*
 * A thin layer over SQLite: prepared statements by their text, values bound by
 * a format, errors that end the process.  The engine can be killed at any
 * moment without losing anything, so an unexpected error of the database is
 * handled as that: one clear message, and the parent starts it again; or not,
 * if the file is damaged, as that does not pass by itself.
 */
#ifndef JELLYPORTERD_DB_H
#define JELLYPORTERD_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

#include "metric.h"

struct db;

/* Once and first, in a process that has nothing else to do with SQLite; not
 * needed, but cheaper, and good for a process that will see no files. */
void	 db_setup(void);
/*
 * For messages: what stands before each path (of who sees only a part of all
 * files), and who we are.  Both are kept by their address.
 */
void	 db_describe(const char *top, const char *user);
const char *db_top(void);
/*
 * A function that is called again and again while a statement is run or a
 * file is copied, of all that is opened from now on.  It must leave the
 * database alone.
 */
void	 db_report_work(void (*)(void *), void *arg);
/*
 * Opens or makes a file.  On failure NULL, a message for people, and whether
 * that may be over by itself.
 */
struct db *db_open(const char *path, bool *passes, char *error, size_t size);
/*
 * The same file once more, to be read as it is now whatever happens to it:
 * for a reader who takes his time.  What is not committed is not in it.
 */
struct db *db_snapshot(struct db *, char *error, size_t size);
void	 db_close(struct db *);			/* NULL is fine */
/*
 * A copy of a database file as it is now, which others may have open; the
 * copy's file is made anew.  -1 and a message for people on failure.
 */
int	 db_copy(const char *from, const char *to, char *error, size_t size);

/*
 * A statement with its values bound, to be stepped by db_row() until that
 * returns false, or left early with db_done().  sql must be a string that
 * lives as long as the program: statements are kept by its address.
 * A letter of types for each value: i int64_t, t const char * (may be NULL),
 * b a Jellyfin id of 16 bytes (may be NULL), n const int64_t * and how many
 * of them, as size_t.  Texts and ids are not copied:
 * they must stay until the last row was read.
 */
sqlite3_stmt *db_query(struct db *, const char *sql, const char *types, ...);
bool	 db_row(struct db *, sqlite3_stmt *);
void	 db_done(sqlite3_stmt *);

/* A statement without rows; how many rows it changed. */
int64_t	 db_run(struct db *, const char *sql, const char *types, ...);
/* The first column of the first row; otherwise if there is none. */
int64_t	 db_number(struct db *, int64_t otherwise, const char *sql,
	    const char *types, ...);
/* Any number of statements, not kept. */
void	 db_exec(struct db *, const char *sql);
int	 db_try(struct db *, const char *sql);	/* SQLite's result code */
int64_t	 db_last_id(struct db *);
/*
 * The last failure in words for people: which file, what is wrong, what helps.
 * True if that may be over by itself: a full disk, but no damaged file.
 */
bool	 db_explain(struct db *, char *error, size_t size);
/* How long steps of statements took, of one in 64. */
const struct histogram *db_durations(const struct db *);

/* Text columns are "" where NULL; blobs must be Jellyfin ids, or NULL. */
const char *db_text(sqlite3_stmt *, int column);
struct jellyfin_id;
bool	 db_id(sqlite3_stmt *, int column, struct jellyfin_id *);

#endif
