/*
 * Log lines, to syslog or to stderr, as text or as JSON.  A line is put
 * together in one buffer and made safe as a whole, so that nothing that came
 * from a server can break a line in two or reach a terminal as a control
 * sequence.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "log_json.h"
#include "text.h"

#define LINE_SIZE	4096	/* bytes; a longer line ends in "..." */
#define MESSAGE_SIZE	2048
#define VALUE_SIZE	640	/* a name */
/* All of it, each byte escaped: safe text has no others than two to escape. */
#define JSON_SIZE	(2 * (LINE_SIZE + VALUE_SIZE) + 256)

enum level {
	LEVEL_ERROR,
	LEVEL_WARNING,
	LEVEL_INFO,
	LEVEL_DEBUG
};

static const struct {
	const char	*name;
	int		 priority;
} levels[] = {
	[LEVEL_ERROR] =		{ "error", LOG_ERR },
	[LEVEL_WARNING] =	{ "warning", LOG_WARNING },
	[LEVEL_INFO] =		{ "info", LOG_INFO },
	[LEVEL_DEBUG] =		{ "debug", LOG_DEBUG },
};

static const char	*log_role = "jellyporter";
static int		 log_to_stderr = 1;
static int		 log_verbose;
static int		 as_json;
static int		 last_words = -1;

static void	add(char *, const char *);
static void	add_server(char *, const char *);
static int	needs_quotes(const char *);
static void	emit(enum level, const char *);
static void	emit_json(enum level, const char *, const char *);
static void	write_line(enum level, int, const char *, const char *, va_list)
		    __attribute__((__format__(printf, 4, 0)));

void
log_init(const char *role, int to_stderr, int verbose)
{
	log_role = role;
	log_to_stderr = to_stderr;
	log_verbose = verbose;
	/* At once, because a sandboxed process cannot connect later. */
	if (!to_stderr)
		openlog(getprogname(), LOG_PID | LOG_NDELAY, LOG_DAEMON);
	tzset();
}

void
log_set_verbose(int verbose)
{
	log_verbose = verbose;
}

void
log_as_json(int json)
{
	as_json = json;
}

int
log_is_json(void)
{
	return as_json;
}

void
log_last_words_to(int fd)
{
	last_words = fd;
}

int
log_is_verbose(void)
{
	return log_verbose;
}

/* Appends to a line of LINE_SIZE; what does not fit shows as "...". */
static void
add(char *line, const char *text)
{
	if (strlcat(line, text, LINE_SIZE) >= LINE_SIZE)
		memcpy(line + LINE_SIZE - 4, "...", 4);
}

static int
needs_quotes(const char *value)
{
	return *value == '\0' || strpbrk(value, " \"=\\") != NULL;
}

static void
add_server(char *line, const char *server)
{
	char safe[VALUE_SIZE], quoted[2 * VALUE_SIZE + 3];
	const char *from = safe;
	char *to = quoted;

	(void)text_safe(safe, sizeof(safe), server);
	add(line, " server=");
	if (!needs_quotes(safe)) {
		add(line, safe);
		return;
	}
	*to++ = '"';
	while (*from != '\0') {
		if (*from == '"' || *from == '\\')
			*to++ = '\\';
		*to++ = *from++;
	}
	*to++ = '"';
	*to = '\0';
	add(line, quoted);
}

/* One write for the line, since several processes share the descriptor. */
static void
emit(enum level level, const char *line)
{
	char when[TEXT_TIME_SIZE], whole[LINE_SIZE + 256];

	if (!log_to_stderr) {
		syslog(levels[level].priority, "%s: %s", log_role, line);
		return;
	}
	text_time_utc(when, sizeof(when), (int64_t)time(NULL));
	if (snprintf(whole, sizeof(whole), "%s %s %s: %s\n", when, log_role,
	    levels[level].name, line) < 0)
		return;
	/* There is nowhere to report that stderr is gone. */
	(void)fputs(whole, stderr);
}

/* What it is about, for a program: the server for itself; it may be NULL. */
static void
emit_json(enum level level, const char *message, const char *server)
{
	char when[TEXT_TIME_SIZE], safe[VALUE_SIZE], line[JSON_SIZE];

	if (server != NULL)
		(void)text_safe(safe, sizeof(safe), server);
	text_time_utc(when, sizeof(when), (int64_t)time(NULL));
	if (log_json(line, sizeof(line) - 1, when, log_role,
	    levels[level].name, message, server == NULL ? NULL : safe) == -1)
		emit(level, message);
	else if (log_to_stderr)
		(void)fputs(strcat(line, "\n"), stderr);
	else
		syslog(levels[level].priority, "%s", line);
}

static void
write_line(enum level level, int error, const char *server,
    const char *format, va_list ap)
{
	char message[MESSAGE_SIZE], line[LINE_SIZE];
	int saved = errno;
	int length;

	length = vsnprintf(message, sizeof(message), format, ap);
	if (length < 0)
		(void)strlcpy(message, format, sizeof(message));
	if (text_safe(line, MESSAGE_SIZE, message) == 1 ||
	    length >= MESSAGE_SIZE)
		add(line, "...");
	if (error != 0) {
		add(line, ": ");
		add(line, strerror(error));
	}
	if (as_json)
		emit_json(level, line, server);
	if (server != NULL)
		add_server(line, server);
	if (!as_json)
		emit(level, line);
	/* Nobody is left to be told that they cannot be written. */
	if (level == LEVEL_ERROR && last_words != -1 &&
	    write(last_words, line, strlen(line)) == -1)
		last_words = -1;
	errno = saved;
}

void
log_warn(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	write_line(LEVEL_WARNING, errno, NULL, format, ap);
	va_end(ap);
}

void
log_warnx(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	write_line(LEVEL_WARNING, 0, NULL, format, ap);
	va_end(ap);
}

void
log_info(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	write_line(LEVEL_INFO, 0, NULL, format, ap);
	va_end(ap);
}

void
log_debug(const char *format, ...)
{
	va_list ap;

	if (!log_verbose)
		return;
	va_start(ap, format);
	write_line(LEVEL_DEBUG, 0, NULL, format, ap);
	va_end(ap);
}

void
log_server_warnx(const char *server, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	write_line(LEVEL_WARNING, 0, server, format, ap);
	va_end(ap);
}

void
log_server_info(const char *server, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	write_line(LEVEL_INFO, 0, server, format, ap);
	va_end(ap);
}

void
log_server_debug(const char *server, const char *format, ...)
{
	va_list ap;

	if (!log_verbose)
		return;
	va_start(ap, format);
	write_line(LEVEL_DEBUG, 0, server, format, ap);
	va_end(ap);
}

void
fatal(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	write_line(LEVEL_ERROR, errno, NULL, format, ap);
	va_end(ap);
	exit(1);
}

void
fatalx(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	write_line(LEVEL_ERROR, 0, NULL, format, ap);
	va_end(ap);
	exit(1);
}

void
fatal_memory(const char *what)
{
	errno = ENOMEM;
	fatal("%s", what);
}

void
fatal_status(int status, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	write_line(LEVEL_ERROR, 0, NULL, format, ap);
	va_end(ap);
	exit(status);
}
