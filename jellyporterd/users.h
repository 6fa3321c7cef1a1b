/*
 * The two users of a daemon that root has started: one owns the history, the
 * other one has to do with the network, and neither is anything to the other.
 * Where there are no such users, or it was not root, all processes are whoever
 * started them.
 */
#ifndef JELLYPORTERD_USERS_H
#define JELLYPORTERD_USERS_H

#include <sys/types.h>

#include <stdbool.h>

#include "message.h"
#include "process.h"

#define STATE_USER	"_jellyporter"
#define NETWORK_USER	"_jellynet"

struct users {
	bool		 apart;		/* the numbers are of use only then */
	uid_t		 state_uid;
	gid_t		 state_gid;
	uid_t		 network_uid;
	gid_t		 network_gid;
	const char	*missing;	/* who would have to be there, or NULL */
};

/*
 * The parent's.  Makes an empty directory for those who get nothing else to
 * see.  -1, with a message, if it cannot.
 */
int	users_find(struct users *);
/* Says in the log who runs as whom. */
void	users_describe(const struct users *);
/*
 * The directory of the database, which is there, and what is in it have to be
 * the state user's; an empty one that is root's becomes so.  -1 and a message
 * if that is not so: nothing that somebody else may have put there is given
 * away.
 */
int	users_own(const struct users *, const char *database_path);
/* Tells a child who it is to become, before anything else. */
void	users_put(const struct users *, enum role, struct imsgbuf *);

/*
 * The child's, before its sandbox: sees nothing but this directory (NULL: all
 * that there is) and becomes who it was told, for good; fatal if it cannot.
 * Nothing at all if it was told nothing.
 */
void	users_become(const struct message_identity *, const char *directory);

#endif
