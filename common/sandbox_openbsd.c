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
 * stdio: its children's channels; sendfd: their links; proc exec: to start
 * them (they make promises of their own); rpath: the configuration, when it is
 * to be read again; cpath: to remove the control socket.  No unveil, which its
 * children would be bound by.
 */
void
sandbox_parent(const char *state_directory, const char *socket_directory,
    const char *textfile_directory, bool apart)
{
	(void)apart;
	(void)state_directory;
	(void)socket_directory;
	(void)textfile_directory;
	promise("stdio rpath wpath cpath proc exec sendfd", NULL);
}

/* rpath wpath cpath flock: SQLite; unix: its clients' sockets; recvfd: links
 * and the control socket. */
void
sandbox_engine(const char *directory)
{
	promise("stdio rpath wpath cpath fattr flock unix recvfd", directory);
}

/* inet: its server; recvfd: links. */
void
sandbox_fetcher(uint16_t port)
{
	(void)port;
	promise("stdio inet recvfd", NULL);
}

/* inet: whom it posts to; recvfd: links. */
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

/* inet: to accept on sockets that listen already; recvfd: links. */
void
sandbox_listener(void)
{
	promise("stdio inet recvfd", NULL);
}

/* rpath cpath: an export gets its name when it is complete. */
void
sandbox_ctl(const char *directory)
{
	promise(directory == NULL ? "stdio tty" : "stdio tty rpath cpath",
	    directory);
}
#endif
