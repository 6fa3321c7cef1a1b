/*
 * jellyporterctl init: the first configuration, from what somebody has said on
 * the command line or says on the terminal.
 */
#ifndef JELLYPORTERCTL_INIT_H
#define JELLYPORTERCTL_INIT_H

#include <stdbool.h>
#include <stddef.h>

#include "message.h"
#include "record.h"

struct output;

#define INIT_SERVERS_MAX	16
#define INIT_USERS_MAX		16	/* of one server */
#define INIT_NAME_MAX		64	/* bytes of a server's name */
#define INIT_PATH		"/etc/jellyporter/config.yaml"

struct init_user {
	char	person[NAME_SIZE];	/* "": nobody has said */
	char	name[NAME_SIZE];	/* on the server */
};

struct init_server {
	char			 name[NAME_SIZE];
	char			 url[URL_SIZE];	/* no slash at its end */
	char			 key_file[PATH_SIZE];	/* or "" */
	char			 sign_in[NAME_SIZE];	/* whom as, or "" */
	struct init_user	 users[INIT_USERS_MAX];
	size_t			 n_users;
	char			 api_key[API_KEY_SIZE];
	bool			 made;		/* we have made that key */
};

/* There is no server in it: they are asked for. */
struct init_request {
	const char		*path;		/* borrowed */
	bool			 replace;	/* what is there */
	struct init_server	 servers[INIT_SERVERS_MAX];
	size_t			 n_servers;
};

/*
 * Parts of a configuration, as somebody has given them: NULL, or what is wrong
 * with one, as the end of a sentence.  The user is "NAME" or "PERSON=NAME".
 */
const char *init_add_server(struct init_request *, const char *name);
typedef const char *init_set(struct init_server *, const char *);
init_set init_set_url, init_add_user, init_set_key_file, init_set_sign_in;
/* What is still missing of it, in the same way. */
const char *init_missing(const struct init_server *);
/* Letters and digits, and not too many: a key, or a token. */
bool	 init_is_key(const char *);

/*
 * Tests the servers, or asks for them, and writes the configuration.  -1 and
 * why in error, a buffer of INIT_ERROR_SIZE: then nothing was written, and the
 * API keys that were made are revoked.
 */
#define INIT_ERROR_SIZE	(ERROR_SIZE + PATH_SIZE)
int	 init_run(struct init_request *, struct output *, char *error);

#endif
