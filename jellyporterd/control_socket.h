/* The control socket's file, which the parent makes and the engine serves. */
#ifndef JELLYPORTERD_CONTROL_SOCKET_H
#define JELLYPORTERD_CONTROL_SOCKET_H

#define CONTROL_GROUP	"_jellyporter"

/*
 * Makes it (mode 0660) and listens.  It is that group's; with NULL the group's
 * above where root starts us and there is one.  -1 after a message if that
 * fails or another daemon listens there already.
 */
int	control_socket_open(const char *path, const char *group);

/* The directory of a file, made if it is missing; -1 after a message. */
int	make_directory_of(const char *path, unsigned int mode);

#endif
