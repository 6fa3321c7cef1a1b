/*
 * The engine: holds the history and the rules; asks the fetchers, serves
 * jellyporterctl.  engine.c is the role, engine_fetcher.c, engine_listener.c and
 * engine_exporter.c are whom it is linked to, sync.c is when a sync begins and
 * ends, round.c what is read of a server and in which order, dirty.c what is
 * read at once because something was said to have changed, events.c who has
 * said so from outside, sessions.c who stops playing, turn.c when a server may
 * be asked for a long list, urgent.c and writer.c what is written, control.c
 * the control socket, report.c what it shows.
 */
#ifndef JELLYPORTERD_ENGINE_H
#define JELLYPORTERD_ENGINE_H

#include <sys/queue.h>

#include <event2/event.h>

#include "channel.h"
#include "guard.h"
#include "metrics.h"
#include "plan.h"
#include "store.h"
#include "jump.h"
#include "upkeep.h"

__attribute__((__noreturn__))
void	engine_main(void);

struct engine;
struct server;

/* An endpoint's user, as the check that goes on or was last has found him. */
struct endpoint_check {
	bool			 present;
	bool			 disabled;
	bool			 no_folders;
	char			 called[NAME_SIZE];	/* by another name */
};

/* The same of a server. */
struct server_check {
	bool			 goes_on;
	bool			 has_info;
	struct message_server_info info;
	struct message_result	 result;
	char			 users[ERROR_SIZE];	/* their names */
};

struct endpoint {
	TAILQ_ENTRY(endpoint)	 entry;
	int64_t			 id;		/* in the store */
	char			 person[NAME_SIZE];
	char			 user[NAME_SIZE];
	bool			 present;	/* its user is on the server */
	struct endpoint_check	 check;		/* what it has found */
	struct jellyfin_id	 user_id;
	bool			 met;		/* its first contact is over */
	bool			 sets_read;	/* in full, since it started */
	int64_t			 unknown[LISTING_COUNT];	/* none of our
						 * items, at a full reading */
	int64_t			 played_others;	/* the same, for good */
	int64_t			 played_total;	/* as the server counted, and */
	int64_t			 played_ours;	/* we, when they were read */
};

/* How much of a server a round reads: each all that the one before does. */
enum reading {
	READING_NEWS,		/* items: of one that tells of all else */
	READING_DELTA,		/* and what shows that something has changed */
	READING_SETS,		/* and all that its users have touched */
	READING_FULL		/* and the identity of all items */
};

enum phase {
	PHASE_IDLE,
	PHASE_CONTACT,
	PHASE_ASKED,		/* writes whose answer was lost */
	PHASE_IDENTITY,
	PHASE_GONE,		/* items that it did not show */
	PHASE_NEWS,		/* of what was saved since the last one */
	PHASE_ALTERNATES,	/* files of items that have several */
	PHASE_FORM,		/* works */
	PHASE_ACTIVITY,		/* what was played */
	PHASE_SETS,		/* played, resumable, favorite */
	PHASE_ACTED,		/* what was played, by id */
	PHASE_UNLISTED,		/* what is shown but in no set, by id */
	PHASE_LOST,		/* what is in no set any more, by id */
	PHASE_NEW,		/* new items of what is agreed, by id */
	PHASE_GROUPS,		/* what has alternate versions, by id */
	PHASE_PLAN,		/* what its copies are owed */
	PHASE_COUNT
};

enum lane_owner {
	OWNER_ROUND,
	OWNER_WRITER,
	OWNER_DIRTY,
	OWNER_SESSIONS,
	OWNER_CHECK
};

/* A request that a fetcher is working on; one of a kind at a time. */
struct lane {
	uint32_t		 id;		/* 0: none */
	enum message_type	 type;
	uint32_t		 serial;	/* of the round it belongs to */
	enum lane_owner		 owner;		/* who wants to know */
	int64_t			 began_ms;
	enum listing		 listing;
	struct endpoint		*endpoint;	/* or NULL */
	int64_t			 began;		/* point of the sequence */
	bool			 urgent;	/* it goes before others */
	int64_t			 received;	/* records */
	int64_t			 unknown;	/* of these, not our items */
	size_t			 n_items;	/* asked for by id */
	int64_t			 items[READ_IDS_MAX];
	bool			 answered[READ_IDS_MAX];
	bool			 playing[READ_IDS_MAX];	/* if asked */
	struct jellyfin_id	 ids[READ_IDS_MAX];
	/* of those in a group, which is heard as a whole, at the end */
	int64_t			 groups[READ_IDS_MAX];	/* listed; or 0 */
	bool			 seen[READ_IDS_MAX];	/* shown is known */
	struct userdata		 shown[READ_IDS_MAX];
};

struct server {
	TAILQ_ENTRY(server)	 entry;
	struct engine		*engine;
	int64_t			 id;		/* in the store */
	char			 name[NAME_SIZE];
	TAILQ_HEAD(, endpoint)	 endpoints;
	struct channel		*link;		/* to its fetcher, or NULL */
	struct lane		 bulk;
	struct lane		 small;
	bool			 plan_only;	/* only plans know of it */
	struct lane		 write;
	struct lane		 check_lane;
	struct server_check	 check;

	bool			 contacted;	/* it answered, and still does */
	bool			 has_answered;	/* once; its id is known: */
	struct jellyfin_id	 jellyfin_id;
	const struct server	*twin;		/* has the same id: that was said */
	bool			 own_alternates;  /* they have userdata there */
	bool			 has_alternates;  /* and there are some */
	enum phase		 phase;
	uint32_t		 serial;	/* of the round */
	enum reading		 reading;
	int64_t			 round_began;	/* ms */
	bool			 hurried;	/* somebody waits for this round */
	bool			 again;		/* one more round after this */
	enum reading		 again_reading;
	bool			 contact_due;	/* something went wrong */
	bool			 gap;		/* it could not tell of changes */
	int64_t			 checked;	/* ms: last delta or more; or 0 */
	bool			 identity_due;	/* an item was not known */
	int			 attempts;	/* at what is being read */
	int			 restarts;	/* of this round, for its link */
	int64_t			 round;		/* identity readings until now */
	struct identity		 identity;	/* the one that goes on */
	int64_t			 news_since;	/* seconds, by its clock; 0: not
						 * read by this process */
	int64_t			 news_next;	/* once the round is complete */
	struct activity		 activity;	/* newest entry known, */
	struct activity		 activity_next;	/* once the round is complete */
	bool			 activity_met;	/* it was seen again */
	struct endpoint		*endpoint;	/* being read */
	enum listing		 listing;	/* being read */
	bool			 played_read;	/* of that endpoint; else it */
	int64_t			 played_total;	/* was but counted */
	int64_t			 sets_began;	/* point of the sequence */
	int64_t			 cursor;	/* last item read by id */
	int64_t			 slice;		/* of works: store_uncopied() */
	bool			 newcomers;	/* items may have appeared that
						 * not all of them were read of */
	struct event		*slice_timer;
	char			 users[ERROR_SIZE];	/* its users' names */
	char			 trouble[ERROR_SIZE];	/* with one of them */

	struct endpoint		*write_turn;	/* whose writes are next */
	int64_t			 write_not_before;	/* seconds */
	int64_t			 write_failures;
	int64_t			 write_us;	/* that one takes, about */
	int64_t			 wrote;		/* last; ms */
	int64_t			 writing_since;	/* ms, without a pause */
	int64_t			 write_pause;	/* until then, ms; 0: none */
	struct event		*pause_timer;
	struct event		*retry_timer;
	int64_t			 failures;	/* rounds in a row */

	struct dirty		*dirty;		/* what is to be read at once */
	struct sessions		*sessions;	/* who plays what there */
	struct turn		*turn;		/* when it may be listed */
	TAILQ_HEAD(, urgent)	 urgent;	/* what is to be written so */
	size_t			 n_urgent;
	enum live_state		 live;		/* its WebSocket */
	int64_t			 live_since;	/* seconds; of that state */
	char			 live_why[ERROR_SIZE];
	int64_t			 last_event;	/* of a webhook; seconds, 0: none */

	/* of the sync that goes on, or was last */
	struct plan_counts	 counts;
	struct server_metrics	 metrics;	/* since the engine began */
	int64_t			 began_ms;
	int64_t			 took_ms;
	bool			 in_sync;
	bool			 failed;
	char			 error[ERROR_SIZE];
};

struct engine {
	struct event_base	*base;
	struct channel		*parent;
	int64_t			 said_alive;	/* to the parent; ms */
	struct channel		*listener;	/* or NULL */
	struct channel		*exporter;	/* or NULL */
	struct message_exported	 exported;	/* last; "" without one */
	struct store		*store;		/* or the plan's copy of it */
	struct store		*kept_store;	/* while a plan is made */
	struct message_identity	 identity;
	char			 top[PATH_SIZE];	/* what is "/" to us, or "" */
	char			 user[NAME_SIZE];	/* who we are */
	struct message_engine_options options;
	struct merge_options	 merge;
	struct guard_limits	 guard;
	TAILQ_HEAD(, server)	 servers;
	bool			 configured;
	uint32_t		 last_request;
	struct event		*commit_timer;
	struct event		*count_timer;
	struct event		*sync_timer;
	struct event		*kick_timer;
	bool			 kick_soon;
	struct event		*upkeep_timer;
	struct upkeep		 upkeep;	/* the pass that goes on */
	struct control		*control;
	struct jump		 jump;
	int64_t			 started;	/* seconds */
	int64_t			 last_sync;	/* seconds; 0: none ended */
	int64_t			 next_sync;	/* seconds; 0: not planned */
	int64_t			 paused_since;	/* seconds; 0: it is not */
	bool			 monitored;	/* somebody watches */
	bool			 syncing;
	bool			 plan_wanted;	/* once nothing goes on */
	int64_t			 last_notice;	/* ms; 0: none yet */
	struct event		*event_timer;
	int64_t			 event_sync;	/* ms; 0: none yet */
	struct engine_metrics	 metrics;
};

struct server	*server_by_name(struct engine *, const char *);
int64_t		 engine_now(void);		/* seconds */
/* Is what goes on a plan, or a dry run?  Then nothing may be written. */
bool		 engine_plans(const struct engine *);
/* Nothing is read or written, and all that was asked has its answer. */
bool		 engine_is_quiet(const struct engine *);
/* A new request on one of a server's lanes. */
uint32_t	 engine_request(struct server *, struct lane *,
		    enum message_type, struct endpoint *);

/* engine_fetcher.c and so on: their ends of a link take fd over */
void		 engine_link_fetcher(struct server *, int fd);
void		 engine_link_listener(struct engine *, int fd);
void		 engine_link_exporter(struct engine *, int fd);

/* sync.c */
void		 sync_init(struct engine *);
/* The clock begins the next one after the interval. */
void		 sync_plan_next(struct engine *);
/* Starts a sync of all servers, or joins the one that goes on; none while
 * it is paused. */
void		 sync_begin(struct engine *, struct server *only,
		    enum reading);
/* Something was changed or has ended: commit soon, and see what is next. */
void		 sync_changed(struct engine *);
void		 sync_kick(struct engine *);

/* endpoint_user.c */
enum user_match {
	USER_OTHER,
	USER_BY_NAME,
	USER_RENAMED		/* by the id that its user had when last seen */
};

/* Adds a name to a list of them, as far as there is room. */
void		 endpoint_list_user(char users[ERROR_SIZE], const char *name);
/*
 * Is the user that a server names, trimmed, the endpoint's?  If that has been
 * found already, somebody of another name is not.
 */
enum user_match	 endpoint_user(const struct server *, const struct endpoint *,
		    bool found, const char *name, const struct jellyfin_id *);

/* round.c */
const char	*phase_name(const struct server *);
void		 round_init(struct server *);
void		 round_start(struct server *, enum reading);
/* Asks for what comes next, if nothing that it needs is busy. */
void		 round_go_on(struct server *);
/* Starts a round if something waits for one to be decided on (guard.h,
 * unlisted.h). */
void		 round_decide(struct server *);
void		 round_contacted(struct server *,
		    const struct message_server_info *);
void		 round_user(struct server *, const struct message_user *);
void		 round_item(struct server *, const struct item_record *);
void		 round_acted(struct server *, const struct message_acted *);
void		 round_userdata(struct server *, struct lane *,
		    const struct message_userdata *);
void		 round_result(struct server *, struct lane *,
		    const struct message_result *);
/* The fetcher went away, or has come. */
void		 round_link_lost(struct server *);
void		 round_link_made(struct server *);
void		 round_alternate(struct server *,
		    const struct alternate_record *);

/* reading.c */
/*
 * Is a lane busy with groups?  What is written to one item of a group shows in
 * the others, so none is read while any is written, nor the other way round.
 */
bool		 reading_of_groups(const struct lane *);
/* Is the small lane taken, or could what it would read be in a group that is
 * being written? */
bool		 reading_must_wait(const struct server *);
/*
 * Reads items of an endpoint by their ids, or those that are in a set (or all:
 * LISTING_COUNT), on the small lane, each with all of its group; how many of
 * them, which is at least one.  If none of these can be asked for, the lane
 * stays free.
 */
size_t		 round_read_items(struct server *, struct endpoint *,
		    enum listing set, const int64_t *items, size_t);
/* Hears what was seen of groups. */
void		 round_settle_groups(struct server *, const struct lane *);
void		 round_read_done(struct server *, const struct lane *);

/* dirty.c */
void		 dirty_init(struct server *);
/* Who is to be watched, once the server has answered. */
void		 dirty_watch(struct server *);
void		 dirty_live(struct server *, const struct message_live *);
void		 dirty_notice(struct server *, const struct message_dirty *);
void		 dirty_event(struct server *, const struct message_event *);
/* Begins a round, or has one more follow the one that goes on. */
void		 dirty_catch_up(struct server *);
void		 dirty_link_lost(struct server *);
/* Reads what is due, if the small lane is free. */
void		 dirty_next(struct server *);
void		 dirty_playing(struct lane *, const struct message_playing *);
void		 dirty_userdata(struct server *, struct lane *,
		    const struct message_userdata *);
void		 dirty_result(struct server *, const struct message_result *);
/* We have written it ourselves, and will be told of that too. */
void		 dirty_wrote(struct server *, struct endpoint *, int64_t item);
/* It is not played any more, or something else was done with it. */
void		 dirty_stopped(struct server *, struct endpoint *,
		    int64_t item);
/* Is a person using one of the servers right now? */
bool		 dirty_is_recent(const struct engine *);

/* sessions.c: who plays what, where no server tells of it */
void		 sessions_init(struct server *);
void		 sessions_playing(struct server *,
		    const struct message_playing *);
void		 sessions_result(struct server *,
		    const struct message_result *);
void		 sessions_link_lost(struct server *);

/* turn.c: listings, of servers on one host one at a time */
void		 turn_init(struct server *, const char *url);
/* May a listing begin?  If not, the round goes on by itself once it may. */
bool		 turn_has_come(struct server *);
void		 turn_over(struct server *, const struct lane *);
/* The round that waits for its turn is no more. */
void		 turn_give_up(struct server *);

/* events.c */
void		 events_init(struct engine *);
void		 events_event(struct engine *, const struct message_event *);
/* Somebody asks for a round of all servers, and says no more. */
void		 events_sync(struct engine *);

/* urgent.c */
void		 urgent_init(struct server *);
/* A change was heard of this copy: what its person's other copies are owed is
 * put on the lists of their servers. */
void		 urgent_for(struct engine *, const struct endpoint *,
		    int64_t item);
bool		 urgent_is_there(const struct server *);
/* Of one endpoint, what may be written now; off the list with it. */
size_t		 urgent_take(struct server *, struct endpoint **,
		    int64_t *items, size_t max);
void		 urgent_clear(struct server *);

/* writer.c */
void		 writer_init(struct server *);
bool		 writer_is_idle(const struct server *);
/* Is a write of this copy under way? */
bool		 writer_is_writing(const struct server *,
		    const struct endpoint *, int64_t item);
void		 writer_next(struct server *);
void		 writer_written(struct server *,
		    const struct message_written *);
void		 writer_result(struct server *, struct lane *,
		    const struct message_result *);

/*
 * pause.c: nothing is asked of any server until it is resumed, however often
 * the engine begins anew meanwhile.  What is under way ends, and counts.
 */
bool		 engine_is_paused(const struct engine *);
/* As it was left by the engine before this one; never of a dry run. */
void		 pause_load(struct engine *);
void		 pause_begin(struct engine *);
/* Everything is read, as after a start. */
void		 pause_end(struct engine *);
/* A single sync is over before it begins. */
void		 pause_refuse_once(struct engine *);

/* monitor.c: what happens, for those who watch (jellyporterctl(8)) */
void		 monitor_switch(struct engine *, bool on);
void		 monitor_server(const struct server *, const char *event,
		    const char *person, const char *text);
void		 monitor_engine(struct engine *, const char *event);

/* check.c: what is wrong with the servers right now, and what helps */
void		 check_start(struct engine *);	/* or joins one that goes on */
void		 check_info(struct server *,
		    const struct message_server_info *);
void		 check_user(struct server *, const struct message_user *);
void		 check_result(struct server *, const struct message_result *);
void		 check_link_lost(struct server *);

/* planning.c: a sync on a copy of the database, which writes nothing */
bool		 planning_goes_on(const struct engine *);
/* Not the copy: what a plan has learnt of new items is forgotten at its end. */
struct store	*planning_lasting_store(const struct engine *);
/* Begins as soon as nothing else goes on; rows follow at its end. */
void		 planning_request(struct engine *);
/* Begins it if it was requested and nothing goes on. */
void		 planning_try(struct engine *);
/* Everything has been read: a dry run shows its rows and is over. */
void		 planning_done(struct engine *);
/* Its rows have been shown; the copy is thrown away. */
void		 planning_end(struct engine *);

/* upkeep.c, which upkeep.h has the rules of */
void		 upkeep_start(struct engine *);
/* For who never runs for longer: some of it, at once. */
void		 upkeep_once(struct engine *);

/* control.c */
struct control	*control_new(struct engine *);
void		 control_listen(struct control *, int fd);
/* A server has got on, or a sync has ended: for those who follow it. */
void		 control_progress(struct control *, const struct server *);
void		 control_sync_done(struct control *);
/* What the parent answers to a request of ours. */
void		 control_answer_row(struct control *, uint32_t request,
		    const struct message_row *);
void		 control_answer_end(struct control *, uint32_t request,
		    const struct message_command_result *);
/* Who follows a sync would follow it for ever. */
void		 control_paused(struct control *);
/* Our successor serves who comes from now on.  Who is here is told so, but for
 * the one that gets its answer yet. */
void		 control_replaced(struct control *, uint32_t request);
/* Writes to all clients what they take without waiting: we end. */
void		 control_end(struct control *);
/* For who watches; who does not read is told how many there were. */
void		 control_event(struct control *, const struct message_row *);
/* Every server has been checked. */
void		 control_check_done(struct control *);
/* A plan is ready to be shown, or (error) could not be made. */
void		 control_plan_done(struct control *, const char *error);

/* report.c, report_waiting.c, report_check.c: rows of what there is to show */
typedef void	 report_row(void *, const struct message_row *);
void		 report_status(struct engine *, report_row *, void *);
void		 report_servers(struct engine *, report_row *, void *);
void		 report_progress(const struct server *, struct message_row *);
void		 report_summary(const struct server *, struct message_row *);
/* How far a title has been looked for: zero at first. */
#define TITLE_WORKS_MAX	50		/* that a title may name */
struct title_search {
	int64_t	after;			/* the last item that was looked at */
	bool	sorted;			/* there are no more */
	int64_t	works[TITLE_WORKS_MAX];
	size_t	n;
	size_t	shown;			/* of these */
};
/* The next slice; false if that was all. */
bool		 report_item(struct engine *, const char *title,
		    struct title_search *, report_row *, void *);
void		 report_kind(struct message_row *, int);
/* The greatest id of an item. */
int64_t		 report_last_item(struct engine *);
/* Whether there is, or was, a person of that name. */
bool		 report_knows_person(struct engine *, const char *name);
/* A slice at a time, after a row's id; the id of the last, or 0 at the end. */
int64_t		 report_unmatched(struct engine *, const char *server,
		    int64_t after, report_row *, void *);
int64_t		 report_audit(struct engine *, const struct message_command *,
		    int64_t before, size_t *left, report_row *, void *);
/* The five fields, each name after a prefix. */
void		 report_userdata(struct message_row *, const char *prefix,
		    const struct userdata *);
/* Title, season, episode and year, from four columns. */
#define REPORT_TITLE	"CASE i.series_title WHEN '' THEN i.title"	\
			" ELSE i.series_title || ': ' || i.title END,"	\
			" i.season, i.episode, i.year"
void		 report_title(struct message_row *, sqlite3_stmt *,
		    int column);
/* Slices after a copy, which is moved on; false at the end. */
bool		 report_held(struct engine *, const char *server,
		    struct copy_id *after, report_row *, void *);
/* report_people.c */
void		 report_people(struct engine *, report_row *, void *);
/* What a check has found, of all servers or one; how many errors. */
size_t		 report_check(struct engine *, const char *server,
		    report_row *, void *);
/* Every write that is owed, or only what may be tried at this time. */
bool		 report_owed(struct engine *, const char *server, int64_t now,
		    struct copy_id *after, report_row *, void *);
#define REPORT_ALL	INT64_MAX
/* report_page.c: the status, people, and the latest of what was written and of
 * what is held, in few rows. */
void		 report_page(struct engine *, report_row *, void *);

#endif
