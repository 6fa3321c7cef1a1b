/*
 * What jellyporterctl init asks of a server (POST and GET /Auth/Keys and so
 * on).  All of these wait for the answer; -1 and why in error, a buffer of
 * ERROR_SIZE, if it was not as it should be.
 */
#ifndef JELLYPORTERCTL_INIT_JELLYFIN_H
#define JELLYPORTERCTL_INIT_JELLYFIN_H

#include <json-c/json.h>

#include "init.h"

/* Is it a Jellyfin that we can sync?  about: "NAME, Jellyfin VERSION". */
int	 init_contact(const struct init_server *, char *about, size_t,
	    char *error);
/*
 * Signs in as server->sign_in, makes an API key for jellyporter, which then is
 * server->api_key, and signs out.  It takes an administrator.
 */
int	 init_make_key(struct init_server *, const char *password,
	    char *error);
/* Takes a key back that was made; what comes of it is nobody's concern. */
void	 init_revoke_key(struct init_server *);
/* Tries server->api_key.  users: for the next two, the caller's to put. */
int	 init_users(const struct init_server *, struct json_object **users,
	    char *error);
/* Makes name that which the server has for it. */
int	 init_find_user(struct json_object *users, char name[NAME_SIZE]);
/* "alice, bob": cut if there is no room for all. */
void	 init_list_users(struct json_object *users, char *, size_t);

#endif
