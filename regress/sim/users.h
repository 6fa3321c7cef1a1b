/*
 * Who may ask: users, their passwords and what they may see, API keys, and
 * the tokens that users logged in with.
 */
#ifndef SIM_USERS_H
#define SIM_USERS_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "library.h"
#include "record.h"

struct sim;
struct http_request;

#define PREVIOUS_MAX	1024	/* changes whose old value is remembered */
#define TOKEN_SIZE	33

/* What a user did with an item, as the server keeps it: nothing is clamped. */
struct state {
	int64_t	position;	/* ticks */
	int64_t	date;		/* last played, if has_date */
	int32_t	play_count;
	bool	played;
	bool	favorite;
	bool	has_date;
	bool	touched;	/* it has ever been written */
	uint64_t acted;		/* when a person last acted on it, and when it */
	uint64_t looked;	/* was last read by its id (writes.h) */
};

struct previous {
	uint32_t	item;
	int64_t		when;		/* date */
	struct state	state;
};

struct user {
	TAILQ_ENTRY(user)	 entry;
	char			*name;
	char			*password;
	struct jellyfin_id	 id;
	uint32_t		 number;	/* as drawn for the id */
	bool			 administrator;
	bool			 disabled;
	uint32_t		 folders;	/* bits: enum library_name */
	struct state		*states;	/* by the items' index */
	uint32_t		 n_states;
	struct state		*former;	/* of the user who had his place */
	uint32_t		 n_former;	/* before: shown from a cache */
	struct state		*backup;
	uint32_t		 n_backup;
	struct previous		 previous[PREVIOUS_MAX];	/* a ring */
	uint32_t		 n_previous;
};

TAILQ_HEAD(user_list, user);

/* A device with a user's token, and what is playing on it. */
struct device {
	TAILQ_ENTRY(device)	 entry;
	struct user		*user;
	char			 token[TOKEN_SIZE];
	struct jellyfin_id	 session;
	char			*client;
	char			*name;
	char			*device_id;
	char			*version;
	uint32_t		 playing;	/* the item asked for */
	uint32_t		 source;	/* the version that plays */
	int64_t			 position;	/* ticks */
	bool			 paused;
	int64_t			 last_activity;	/* date */
	int64_t			 last_check_in;	/* date */
};

TAILQ_HEAD(device_list, device);

struct api_key {
	char	*key;
	char	*app;		/* for whom it was made; "" for an option's */
	int64_t	 created;	/* date */
};

struct users {
	struct user_list	 list;
	struct device_list	 devices;
	struct api_key		*keys;
	size_t			 n_keys;
	uint32_t		 created;	/* users and devices so far */
};

#define FOLDERS_ALL	((1U << LIBRARY_COUNT) - 1)

/* Who asks: nobody, an API key (no user), or a user's device. */
struct caller {
	bool		 known;
	bool		 administrator;
	struct user	*user;
	struct device	*device;
};

/* The parts of an Authorization header; "" where they are missing. */
struct authorization {
	char	token[256];
	char	client[256];
	char	device[256];
	char	device_id[256];
	char	version[256];
};

void	 users_init(struct users *);
void	 users_free(struct users *);
struct user *users_add(struct sim *, const char *name, const char *password);
void	 users_add_key(struct sim *, const char *key, const char *app);
/* One that the server has drawn. */
void	 users_make_key(struct sim *, const char *app);
int	 users_revoke_key(struct users *, const char *);
/*
 * The same name and password with a new id, and nothing ever played.  If he
 * was the last one made, he gets the internal number of the former one, whose
 * data a cache goes on to show of whatever is not written anew, until the
 * server starts again (jellyfin-api.md says nothing of it; seen on 10.11 and
 * 12).
 */
void	 users_recreate(struct sim *, struct user *, bool cached);
void	 users_forget_former(struct users *);
void	 users_remove(struct sim *, struct user *);
struct user *users_by_name(const struct users *, const char *);
struct user *users_by_id(const struct users *, const struct jellyfin_id *);

/* -1 if the header is there and is of no use. */
int	 users_read_authorization(const struct sim *,
	    const struct http_request *, struct authorization *);
void	 users_identify(const struct sim *, const struct http_request *,
	    struct caller *);
struct device *users_log_in(struct sim *, struct user *,
	    const struct authorization *);
/* The token is worth nothing any more; so is the device. */
void	 users_log_out(struct sim *, struct device *);
/* The device that POST /act plays on. */
struct device *users_own_device(struct sim *, struct user *);
bool	 users_may_see(const struct sim *, const struct user *, uint32_t index);

#endif
