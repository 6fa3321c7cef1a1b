/*
 * What the engine does with its servers, in the order in which round.c and
 * writer.c do it, but step by step and under the model's control: on each
 * server one bulk reading, and one small request (a reading by ids, or a batch
 * of writes), each of which is asked for, carried out by the server, and
 * answered, with anything else in between.
 */
#ifndef MODEL_DAEMON_H
#define MODEL_DAEMON_H

#include "guard.h"
#include "plan.h"
#include "servers.h"
#include "store.h"

enum lane_kind {
	LANE_IDLE,
	LANE_LIST,
	LANE_READ,
	LANE_WRITE
};

struct lane {
	enum lane_kind		kind;
	bool			carried_out;	/* by the server */
	bool			of_round;
	uint32_t		person;
	enum listing		listing;
	int64_t			began;
	size_t			n;
	int64_t			items[READ_IDS_MAX];
	int64_t			groups[READ_IDS_MAX];	/* listed; or 0 */
	struct jellyfin_id	ids[READ_IDS_MAX];
	bool			answered[READ_IDS_MAX];
	struct userdata		shown[READ_IDS_MAX];
	struct write_request	writes[WRITES_MAX];
	struct message_written	written[WRITES_MAX];
};

enum round_phase {
	ROUND_NONE,
	ROUND_ASKED,
	ROUND_IDENTITY,
	ROUND_SETS,
	ROUND_LOST,
	ROUND_NEW,
	ROUND_GROUPS
};

struct engine_server {
	int64_t			id;		/* in the store */
	int64_t			endpoints[PEOPLE_MAX];	/* 0: none */
	enum direction		direction;
	struct lane		bulk;
	struct lane		small;
	enum round_phase	phase;
	uint32_t		person;		/* being read */
	enum listing		listing;
	int64_t			cursor;
	int64_t			sets_began;
	int64_t			slice;
	int64_t			round;
};

struct daemon {
	struct store		*store;
	char			 path[64];	/* or ":memory:" */
	struct merge_options	 options;
	struct guard_limits	 guard;
	uint32_t		 match_by;
	uint32_t		 n_servers;
	uint32_t		 n_people;
	struct sim_server	 sims[SERVERS_MAX];
	struct engine_server	 servers[SERVERS_MAX];
	int64_t			 now;		/* seconds */
	uint64_t		 written;	/* by servers, on request */
	bool			 stuck;		/* works are formed for ever */
	bool			 full;		/* rounds read all versions */
	struct plan_counts	 counts;
	/* Told of each write before it is sent. */
	void			(*about_to_write)(void *, uint32_t server,
				    uint32_t person,
				    const struct write_request *);
	void			*arg;
	FILE			*trace;
};

void	daemon_start(struct daemon *);
/* Killed: what was not committed has never been. */
void	daemon_crash(struct daemon *);
void	daemon_stop(struct daemon *);
/* The next thing that a server's round, or its small lane, comes to. */
void	daemon_round(struct daemon *, uint32_t server);
/* how: chooses among what can happen; 0 goes well.  False: nothing to do. */
bool	daemon_small(struct daemon *, uint32_t server, uint32_t how);
/* Something says that an item may be dirty; read it, if there is time. */
void	daemon_notice(struct daemon *, uint32_t server, uint32_t person,
	    const struct jellyfin_id *);
/* A person's word on everything that is held. */
void	daemon_word(struct daemon *, bool approve);
/* The connection to a server breaks, with how many writes carried out. */
void	daemon_cut(struct daemon *, uint32_t server, uint32_t how);
/* A full round, and the writes; with notices for every item there is, or
 * without. */
void	daemon_full_round(struct daemon *, uint32_t server, bool notices);

#endif
