/*
 * What each role may do on OpenBSD: pledge(2) and unveil(2).  The kernel
 * itself reports what a process was ended for.
 */
#ifdef __OpenBSD__
#include <sys/resource.h>

#include <stdio.h>
#include <unistd.h>

#include "log.h"
#include "sandbox.h"

static void	promise(const char *, const char *);

void
sandbox_report_to(int fd, const char *prefix)
{
	(void)fd;
	(void)prefix;
}

int
sandbox_call(const char *written, char *text, size_t size)
{
	(void)written;
	(void)text;
	(void)size;
	return -1;
}

void
sandbox_describe(char *text, size_t size)
{
	(void)snprintf(text, size, "pledge and unveil");
}

void
sandbox_hide_memory(void)
{
	const struct rlimit no_core = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &no_core) == -1)
		fatal("setrlimit");
}

/* Promises, and the only directory that is there (NULL: none at all). */
static void
promise(const char *promises, const char *directory)
{
	sandbox_hide_memory();
	if (directory != NULL && unveil(directory, "rwc") == -1)
		fatal("unveil %s", directory);
	if (pledge(promises, NULL) == -1)
		fatal("pledge");
}

/*
 * stdio: its children's channels; proc exec: to start and to end them (they
 * make promises of their own); sendfd: their links, and the sockets that listen;
 * unix: to accept on the control socket while there is no engine to do it;
 * rpath: the configuration, when it is to be read again, and what it names;
 * wpath cpath: the metrics of a single sync, and to remove the control socket.
 * No unveil: what the configuration names may be anywhere.
 */
void
sandbox_parent(const char *state_directory, const char *socket_directory,
    const char *textfile_directory, bool apart)
{
	(void)apart;
	(void)state_directory;
	(void)socket_directory;
	(void)textfile_directory;
	promise("stdio rpath wpath cpath proc exec sendfd unix", NULL);
}

/*
 * rpath wpath cpath fattr flock: SQLite, which gives its files the mode of the
 * database; unix: to accept on the control socket, and to ask who a client is;
 * recvfd: that socket, and links.
 */
void
sandbox_engine(const char *directory)
{
	promise("stdio rpath wpath cpath fattr flock unix recvfd", directory);
}

/* inet: to connect to its server; recvfd: links. */
void
sandbox_fetcher(uint16_t port)
{
	(void)port;
	promise("stdio inet recvfd", NULL);
}

/* inet: to connect to whom it posts to; recvfd: links. */
void
sandbox_exporter(uint16_t port)
{
	(void)port;
	promise("stdio inet recvfd", NULL);
}

/* dns: names, and the files that tell how; recvfd: links. */
void
sandbox_resolver(bool programs)
{
	(void)programs;
	promise("stdio dns recvfd", NULL);
}

/* inet: to accept on sockets that listen already; recvfd: these, and links. */
void
sandbox_listener(void)
{
	promise("stdio inet recvfd", NULL);
}

/*
 * stdio: the connection that it has; tty: how wide the terminal is; recvfd: the
 * connection to the next engine, which another process makes (connector.c);
 * rpath cpath: an export gets its name when it is complete.
 */
void
sandbox_ctl(const char *directory)
{
	promise(directory == NULL ? "stdio tty recvfd" :
	    "stdio tty recvfd rpath cpath", directory);
}
#endif
