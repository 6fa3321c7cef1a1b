/*
 * Configurations in a directory of the test's own, and what is said of them
 * when they are loaded; no key, all of which begin with "secret", is ever in
 * that.  What fails ends the test.
 */
#ifndef REGRESS_CONFIG_SAID_H
#define REGRESS_CONFIG_SAID_H

#include <sys/types.h>

#include <stddef.h>

#include "config.h"

#define FILE_NAME	"config.yaml"
/* Two good servers. */
#define CLIENTS								\
	"clients:\n"							\
	"  a: {url: http://a, user: someone, api_key: secret1}\n"	\
	"  b: {url: http://b, user: someone, api_key: secret2}\n"

/* What a load said; forget() frees what is in it. */
struct said {
	struct config	*config;	/* NULL: there were errors */
	char		*text;
	size_t		 errors;
	size_t		 warnings;
};

extern char	 directory[];	/* its absolute path, once it is entered */

/* Before all tests: it holds "key" and, empty, "directory".  -1: errno. */
int	 enter_directory(void);
/* After them: removes it, with these other files, of which NULL is the last. */
void	 leave_directory(const char *const *names);
void	 write_file(const char *name, const char *, size_t, mode_t);
void	 write_text(const char *name, const char *, mode_t);

void	 load_file(const char *name, struct said *);
/* As FILE_NAME, which nobody else may read. */
void	 load_bytes(const char *, size_t, struct said *);
void	 load(const char *, struct said *);
/* A configuration with which nothing is wrong. */
void	 load_good(const char *, struct said *);
void	 forget(struct said *);
void	 assert_says(const char *, const char *answer);

/* A copy in which every "from" is a "to"; the caller's to free. */
char	*replaced(const char *, const char *from, const char *to);
/* A configuration as it is dumped; the caller's to free. */
char	*printed_config(const struct config *);

#endif
