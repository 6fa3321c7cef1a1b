/*
 * Connections to the daemon for who may not open any: a process of its own,
 * which does nothing else.
 */
#ifndef JELLYPORTERCTL_CONNECTOR_H
#define JELLYPORTERCTL_CONNECTOR_H

/*
 * Starts it, before the sandbox: it connects to path as often as it is asked,
 * and ends with us.  A descriptor to ask it by, or -1 and errno.
 */
int	 connector_start(const char *path);

/* A connected socket; -1 and errno if that fails, or the connector has died. */
int	 connector_connect(int connector);

#endif
