/*
 * Log lines: a message in lower case, then server=NAME where it is about one.
 * To syslog, or to stderr when in the foreground.  Never give a key, a token or
 * a URL with a query to any of these.
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdarg.h>

/* role names the process in each line; it is not copied. */
void	 log_init(const char *role, int to_stderr, int verbose);
void	 log_set_verbose(int);
int	 log_is_verbose(void);
/* Each line is an object of JSON, with the server in a field of its own. */
void	 log_as_json(int);
int	 log_is_json(void);
/* What a process dies of is written there as well; -1 (as at first): nowhere. */
void	 log_last_words_to(int fd);

void	 log_warn(const char *, ...)		/* with strerror(errno) */
	    __attribute__((__format__(printf, 1, 2)));
void	 log_warnx(const char *, ...)
	    __attribute__((__format__(printf, 1, 2)));
void	 log_info(const char *, ...)
	    __attribute__((__format__(printf, 1, 2)));
void	 log_debug(const char *, ...)
	    __attribute__((__format__(printf, 1, 2)));

/* About a server, by the name that the configuration gives it. */
void	 log_server_warnx(const char *server, const char *, ...)
	    __attribute__((__format__(printf, 2, 3)));
void	 log_server_info(const char *server, const char *, ...)
	    __attribute__((__format__(printf, 2, 3)));
void	 log_server_debug(const char *server, const char *, ...)
	    __attribute__((__format__(printf, 2, 3)));

/* Say why, and exit with status 1 (fatal adds strerror(errno)). */
__attribute__((__noreturn__, __format__(printf, 1, 2)))
void	 fatal(const char *, ...);
__attribute__((__noreturn__, __format__(printf, 1, 2)))
void	 fatalx(const char *, ...);
/* The same of what fails only when memory is out, and does not say so. */
__attribute__((__noreturn__))
void	 fatal_memory(const char *what);
/* The same, with a status that whoever started us knows the meaning of. */
__attribute__((__noreturn__, __format__(printf, 2, 3)))
void	 fatal_status(int status, const char *, ...);

#endif
