/*
 * What stands in the configuration about the control socket: where it is, and
 * whose group may look.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <grp.h>
#include <string.h>

#include "config_yaml.h"

/* bytes, with the NUL */
#define SOCKET_SIZE	sizeof(((struct sockaddr_un *)NULL)->sun_path)

void
config_take_socket(struct loader *l, const struct node *n,
    const struct key *key, void *target)
{
	char **path = (char **)((char *)target + key->offset);

	config_take_path(l, n, key, target);
	if (*path != NULL && strlen(*path) >= SOCKET_SIZE)
		config_wrong(l, n, "is too long for a socket; %zu bytes are "
		    "the most", SOCKET_SIZE - 1);
}

/* It cannot be changed by a reload, which has no files of groups to see. */
void
config_take_group(struct loader *l, const struct node *n,
    const struct key *key, void *target)
{
	char **name = (char **)((char *)target + key->offset);

	config_take_name(l, n, key, target);
	if (*name != NULL && l->running == NULL && getgrnam(*name) == NULL)
		config_wrong(l, n, "is \"%s\", and there is no such group; "
		    "create it, or name another one", *name);
}
