/*
 * Random histories of whole processes: three simulated servers, the real
 * daemon and the real tool, two people with four endpoints, and everything
 * that may come between.  What must hold is judged from what the servers hold
 * themselves and from the acts done, not from the daemon's rules.
 *
 * sims.c has the simulated servers, daemons.c the daemon and its processes,
 * world.c what is where, truth.c what the acts must come to, judge.c whether
 * they did, steps.c what happens, orders.c the order of hearing, soak.c the
 * histories.
 */
#ifndef SOAK_H
#define SOAK_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <curl/curl.h>
#include <json-c/json.h>

#include "model.h"

#define SERVERS		3
#define USERS		3		/* on every server */
#define PEOPLE		2
#define SEATS		4		/* endpoints */
#define ITEMS_OF_ONE	128		/* of a server, with those replaced */
#define ITEMS_OF_ALL	(SERVERS * ITEMS_OF_ONE)
#define KEYS_MAX	8
#define HELD_MAX	192		/* values of one kind */
#define HOT		5		/* works that most acts are about */
#define NOBODY		(-1)

/* One more thing that is judged, beyond those of the model. */
#define SOUNDNESS	PROPERTY_COUNT	/* of processes and database */
#define JUDGED		(PROPERTY_COUNT + 1)

/* A simulated server; control port and HTTP client. */
struct server {
	const char	*name;
	const char	*version;
	bool		 before_12;
	pid_t		 pid;
	char		 address[64];
	char		 control[64];
	int64_t		 clock;		/* seconds that its own is off */
	bool		 has_backup;
	bool		 down;
	bool		 lies;		/* it may say that a list is empty */
};

struct item {
	char		 id[40];
	uint32_t	 number;	/* in the catalogue */
	bool		 movie;
	bool		 gone;
	bool		 replaced;	/* it will not come back */
	bool		 seen;		/* at an earlier look */
	int64_t		 runtime;	/* ticks */
	char		 ids[3][40];	/* imdb, tmdb, tvdb, as they are */
	char		 made_with[3][40];
	uint64_t	 keys[KEYS_MAX];
	size_t		 n_keys;	/* 0: nothing to match it by */
	int		 now;		/* a work's first item, at this time */
	int		 ever;		/* what was ever one work with it */
};

/* Of a person and what was ever one work. */
struct known {
	struct userdata	agreed;		/* at the last good sync */
	bool		mixed;		/* items have moved from work to work */
	bool		loose;		/* until the next good sync: something
					 * was or will be a first contact */
	bool		blind;		/* until then: an act that may not be
					 * counted in full */
	bool		many;		/* until then: acts on several copies */
	bool		unmarked;	/* until then */
	bool		backwards;	/* until then: a date was put back */
	bool		started;	/* until then */
	bool		unclear;	/* until then: played before, or not */
	int		seat;		/* whose copy was touched, of what */
	int		item;
	size_t		acts;
	bool		restored;	/* unplayed by a backup; to be held */
	bool		heard_play;	/* a play that nobody took back */
	bool		solid;		/* at the last good sync already */
	int32_t		added;		/* plays, since the last good sync */
	int32_t		total;
	int32_t		bound;		/* more than this is too much */
	int64_t		latest;		/* date */
	struct userdata	last;		/* of the copy touched */
	bool		had_played;
	bool		had_favorite;
	int64_t		positions[HELD_MAX];
	int64_t		dates[HELD_MAX];
	size_t		n_held;
};

struct seat {
	int		 server;
	int		 user;
	int		 person;
};

struct soak {
	/* of a worker */
	char		 dir[256];
	CURL		*curl;
	const char	*daemon_program;
	const char	*ctl_program;
	const char	*sim_program;

	/* of a history */
	uint64_t	 random;
	FILE		*trace;
	struct verdict	*verdict;
	struct server	 servers[SERVERS];
	struct seat	 seats[SEATS];
	struct item	 items[ITEMS_OF_ALL];
	size_t		 n_items[SERVERS];
	struct known	 known[PEOPLE][ITEMS_OF_ALL];
	/* a play on this copy that may not have been heard yet */
	bool		 unheard[SERVERS][USERS][ITEMS_OF_ONE];
	int		 playing[SERVERS][USERS];	/* item, or -1 */
	bool		 favorite[SERVERS][USERS][ITEMS_OF_ONE];	/* last act */
	uint32_t	 hot[HOT];
	int64_t		 now;		/* seconds */
	int64_t		 apart;		/* of the two works of orders.c */
	bool		 approves;	/* what is held in the end */
	bool		 once;		/* jellyporterd -o instead of -d */
	pid_t		 daemon;	/* or 0 */
	pid_t		 syncing;	/* in the background, or 0 */
	unsigned	 kills;		/* of children, of this daemon */
	bool		 quiet;		/* nothing synced since the last good one */
	bool		 restless;	/* something may be synced by itself */
	bool		 ran;		/* there is a database */
	bool		 synced;	/* by the last one, everywhere */
	size_t		 losses[SEATS];	/* by a backup, too many to believe,
					 * which nobody has heard yet */
	bool		 disturbed;	/* a write may have been lost since the
					 * last good sync */
	bool		 met;		/* there has been a good sync */
	bool		 broken_sync;	/* one that did not come to an end */
	unsigned	 good_syncs;
	size_t		 written;	/* by the daemon, so far */
	/* what was held by the servers at the last look */
	struct userdata	 shown[SERVERS][USERS][ITEMS_OF_ONE];
};

#define TELL(w, ...) do {						\
	if ((w)->trace != NULL)						\
		fprintf((w)->trace, __VA_ARGS__);			\
} while (0)

extern const char *const user_names[USERS];
extern const char *const person_names[PEOPLE];

/* sims.c */
void	 end_with_parent(void);		/* for a child, before exec */
void	 sims_start(struct soak *, uint64_t seed);
void	 sims_stop(struct soak *);
/* A request to the control port; the answer is the caller's to put.  A
 * server that refuses or does not answer ends the program. */
__attribute__((__format__(printf, 4, 5)))
struct json_object *sim_ask(struct soak *, int server, const char *method,
	    const char *, ...);
__attribute__((__format__(printf, 3, 4)))
void	 sim_tell(struct soak *, int server, const char *, ...);
void	 sim_userdata(struct json_object *, struct userdata *);
const char *sim_text(struct json_object *, const char *name);
int64_t	 sim_number(struct json_object *, const char *name);
bool	 sim_bool(struct json_object *, const char *name);

/* daemons.c */
void	 daemon_configure(struct soak *);
void	 daemon_run(struct soak *);		/* starts it, if it is to run */
void	 daemon_end(struct soak *, int signal);
/* A sync, of all servers or one; its exit status, -1 if it never ends. */
int	 daemon_sync(struct soak *, int only);
void	 daemon_sync_behind(struct soak *);
/* As if sync_interval_mins had passed; nobody waits for its end. */
void	 daemon_round(struct soak *);
/* True if one goes on in the background. */
bool	 daemon_is_syncing(struct soak *, bool wait);
void	 daemon_kill(struct soak *, uint32_t which);
int64_t	 daemon_count(struct soak *, const char *sql);
/* "approve" or "discard". */
void	 daemon_word(struct soak *, const char *);
void	 daemon_later(struct soak *);		/* what waits is due */
void	 daemon_last_words(struct soak *);
void	 daemon_judge(struct soak *);

/* world.c */
void	 world_make(struct soak *, uint64_t seed);
void	 world_look(struct soak *);		/* which items there are */
void	 world_shown(struct soak *);		/* what they hold */
struct item *world_item(struct soak *, int server, int i);
int	 world_find(struct soak *, int server, const char *id);
int	 world_person(const struct soak *, int server, int user);
int	 world_seat(const struct soak *, int server, int user);
const char *world_name(struct soak *, int server, int i);

/* truth.c */
struct known *truth_of(struct soak *, int person, int server, int i);
void	 truth_unite(struct soak *);	/* after a look at the items */
void	 truth_act(struct soak *, int server, int user, int i, enum act,
	    const struct userdata *before, const struct userdata *after);
bool	 truth_may_be_bare(struct soak *, int server, int user, int i);
/* Its ids change: of its work, only bounds are known from now on. */
void	 truth_mix(struct soak *, int server, int i);
void	 truth_loosen(struct soak *, int server, int i);
void	 truth_forget(struct soak *, int server, int user, int i);
/* A backup came back.  before: what there was, of all users. */
void	 truth_restored(struct soak *, int server,
	    struct userdata before[USERS][ITEMS_OF_ONE]);
/* What was held is heard, or the servers get back what is agreed. */
void	 truth_word(struct soak *, bool approved);
void	 truth_heard(struct soak *, int server);
bool	 truth_held(const struct known *, const struct userdata *);

/* judge.c */
/* After a sync that went well: is everything as it must be?  False if it was
 * not a good one. */
bool	 judge_sync(struct soak *);
void	 judge_writes(struct soak *);

/* steps.c */
void	 step_take(struct soak *, const struct step *);
void	 step_act(struct soak *, int server, int user, int i, enum act,
	    uint32_t how);
/* Syncs all; true if it was a good one. */
bool	 sync_well(struct soak *);
bool	 settle(struct soak *);

/* orders.c */
void	 judge_orders(struct soak *);

/* soak.c */
__attribute__((__noreturn__, __format__(printf, 1, 2)))
void	 soak_die(const char *, ...);

#endif
