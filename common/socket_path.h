/* Where the control socket is; the daemon and jellyporterctl must agree. */
#ifndef COMMON_SOCKET_PATH_H
#define COMMON_SOCKET_PATH_H

#include <stddef.h>

/*
 * The control socket when none is configured: /run/jellyporter/jellyporter.sock
 * as root, else $XDG_RUNTIME_DIR/jellyporter.sock, else
 * $XDG_STATE_HOME/jellyporter/jellyporter.sock, with ~/.local/state where that
 * variable is not set.  As the XDG rules demand, a variable that holds a
 * relative path counts as not set.
 * -1 with errno ENOENT (no home directory) or ENAMETOOLONG (it does not fit
 * into size bytes).
 */
int	 control_socket_path(char *, size_t size);
/*
 * For jellyporterctl: the same, but root's where there is none of one's own, as
 * the daemon may be the system's.
 */
int	 control_socket_find(char *, size_t size);

#endif
