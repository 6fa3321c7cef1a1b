/*
 * What a process may still do once it has what it needs.  Each of these
 * functions is called once, by the role it is named after, before the first
 * byte that is not ours is looked at.  There is no way back, and a rule that
 * cannot be put in force is fatal: a role never runs with less than this.
 *
 * Only of Landlock it depends on the kernel how much of it there is;
 * sandbox_describe() says it.  What the kernel lacks is left to the system
 * call filter, to permissions and, for root, to chroot.
 */
#ifndef COMMON_SANDBOX_H
#define COMMON_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The status of a process that its filter has ended. */
#define SANDBOX_STATUS		99
#define SANDBOX_CALL_SIZE	64

/*
 * First of all, before a key or a password is read: no core file, and nobody of
 * the same user looks into our memory.  Does not survive an exec or a change of
 * the user, so that the sandboxes do it again.
 */
void	sandbox_hide_memory(void);
/*
 * A process that its filter ends writes prefix, the number of the call and a
 * newline to this descriptor.  The prefix is not copied.
 */
void	sandbox_report_to(int fd, const char *prefix);
/* What the kernel lends us here, for the log. */
void	sandbox_describe(char *, size_t);
/* A call by what was written of it: "41 (socket)".  -1: nothing was. */
int	sandbox_call(const char *written, char *, size_t);

/*
 * Starts children, reads the configuration again, and removes the control
 * socket in the end; for a single sync, writes its metrics.  Files are written
 * in these directories only (NULL: there is none).  apart: it is root, and its
 * children become somebody else.
 */
void	sandbox_parent(const char *state_directory,
	    const char *socket_directory, const char *textfile_directory,
	    bool apart);
/* Its database, in this directory, and descriptors that it is sent. */
void	sandbox_engine(const char *directory);
/* TCP to this port.  (The kernel does not look at the address.) */
void	sandbox_fetcher(uint16_t port);
/* The same, to whom it posts metrics. */
void	sandbox_exporter(uint16_t port);
/*
 * DNS, and the few files that the libc reads for it.  programs: it asks other
 * programs of this machine as well, by their sockets.
 */
void	sandbox_resolver(bool programs);
/* Serves those who connect to sockets that listen already. */
void	sandbox_listener(void);
/* Prints; exports to a file of this directory (NULL: none). */
void	sandbox_ctl(const char *directory);

#endif
