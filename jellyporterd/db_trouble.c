/* What is wrong with a database's file, in words for people. */
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "db.h"
#include "db_trouble.h"
#include "message.h"

static void	no_room(const char *, char *, size_t);
static void	not_allowed(sqlite3 *, const char *, char *, size_t);
static void	directory_of(const char *, char *);
static const char *refused(const char *, const char *);
static const char *reason(sqlite3 *);

static const char	*shown_top = "";
static const char	*user_name = "who runs it";

void
db_describe(const char *top, const char *user)
{
	shown_top = top;
	user_name = user;
}

const char *
db_top(void)
{
	return shown_top;
}

bool
db_trouble_is_known(sqlite3 *sqlite)
{
	switch (sqlite3_errcode(sqlite) & 0xff) {
	case SQLITE_FULL:
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_IOERR:
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_NOMEM:
	case SQLITE_BUSY:
	case SQLITE_PROTOCOL:
		return true;
	default:
		return false;
	}
}

bool
db_trouble(sqlite3 *sqlite, const char *path, char *error, size_t size)
{
	const char *said = sqlite3_errmsg(sqlite);
	int code = sqlite3_errcode(sqlite) & 0xff;
	int number = sqlite3_system_errno(sqlite);

	if (code == SQLITE_FULL || ((code == SQLITE_IOERR ||
	    code == SQLITE_CANTOPEN) && (number == ENOSPC ||
	    number == EDQUOT)))
		no_room(path, error, size);
	else if (code == SQLITE_READONLY || code == SQLITE_CANTOPEN ||
	    code == SQLITE_PERM)
		not_allowed(sqlite, path, error, size);
	else if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
		(void)snprintf(error, size, "%s%s: it is damaged (%s): put a "
		    "copy in its place, or have it moved aside by "
		    "jellyporterd -R", shown_top, path, said);
	else if (code == SQLITE_IOERR)
		(void)snprintf(error, size, "%s%s: its disk fails (%s: %s)",
		    shown_top, path, said, reason(sqlite));
	else if (code == SQLITE_BUSY)
		(void)snprintf(error, size, "%s%s: another program uses it",
		    shown_top, path);
	else
		(void)snprintf(error, size, "%s%s: %s", shown_top, path, said);
	return code != SQLITE_CORRUPT && code != SQLITE_NOTADB;
}

/* All that is known was stored before: the rest is read again. */
static void
no_room(const char *path, char *error, size_t size)
{
	char directory[PATH_SIZE];

	directory_of(path, directory);
	(void)snprintf(error, size, "%s%s: there is no room for it on the "
	    "disk: make some in %s%s", shown_top, path, shown_top, directory);
}

static void
not_allowed(sqlite3 *sqlite, const char *path, char *error, size_t size)
{
	char directory[PATH_SIZE];
	const char *why;

	directory_of(path, directory);
	if ((why = refused(*directory == '\0' ? "/" : directory, path)) == NULL)
		(void)snprintf(error, size, "%s%s: it cannot be opened: %s",
		    shown_top, path, reason(sqlite));
	else
		(void)snprintf(error, size, "%s%s: %s may not write to it and "
		    "to %s%s (%s): make both writable for %s", shown_top, path,
		    user_name, shown_top, directory, why, user_name);
}

/* The root of who sees nothing else is called as the others do. */
static void
directory_of(const char *path, char *directory)
{
	char copy[PATH_SIZE];

	(void)strlcpy(copy, path, sizeof(copy));
	(void)strlcpy(directory, dirname(copy), PATH_SIZE);
	if (*shown_top != '\0' && strcmp(directory, "/") == 0)
		*directory = '\0';
}

/* Files of the same name with an end are made in the directory. */
static const char *
refused(const char *directory, const char *path)
{
	if (access(directory, W_OK | X_OK) == -1 ||
	    (access(path, W_OK) == -1 && errno != ENOENT))
		return strerror(errno);
	return NULL;
}

static const char *
reason(sqlite3 *sqlite)
{
	int number = sqlite3_system_errno(sqlite);

	return number == 0 ? sqlite3_errmsg(sqlite) : strerror(number);
}
