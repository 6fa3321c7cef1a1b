/*
 * Log lines: a message in lower case, then key=value pairs that name what it
 * is about.  To syslog, or to stderr when in the foreground.  Never give a
 * key, a token or a URL with a query to any of these.
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdarg.h>

/* What a line is about; each may be NULL.  Values are made safe and quoted. */
struct log_subject {
	const char	*server;
	const char	*person;
	const char	*item;		/* a title */
};

/* role names the process in each line; it is not copied. */
void	 log_init(const char *role, int to_stderr, int verbose);
void	 log_set_verbose(int);
int	 log_is_verbose(void);
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

void	 log_about_warnx(const struct log_subject *, const char *, ...)
	    __attribute__((__format__(printf, 2, 3)));
void	 log_about_info(const struct log_subject *, const char *, ...)
	    __attribute__((__format__(printf, 2, 3)));
void	 log_about_debug(const struct log_subject *, const char *, ...)
	    __attribute__((__format__(printf, 2, 3)));

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
/* The same, with a status that whoever started us knows the meaning of. */
__attribute__((__noreturn__, __format__(printf, 2, 3)))
void	 fatal_status(int status, const char *, ...);

#endif
