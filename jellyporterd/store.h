/*
 * The database: what is known of servers, items, works, copies, and what each
 * person has agreed.  store.c has the schema and what is configured,
 * store_item.c items and works, store_copy.c copies, agreed and audit,
 * store_held.c what waits for a word, store_unlisted.c what is but shown.
 * Nothing of it is kept in memory.
 */
#ifndef JELLYPORTERD_STORE_H
#define JELLYPORTERD_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db.h"
#include "match.h"
#include "merge.h"
#include "message.h"
#include "record.h"

struct store;

/*
 * Opens or makes the database and brings its schema up to date.  NULL and a
 * message for people if it is newer than this program, or not ours at all, or
 * there is trouble with the file; passes: which may be over by itself.
 */
struct store	*store_open(const char *path, bool *passes, char *error,
		    size_t size);
/*
 * The same of a copy of the database at path, which others may have open, or
 * of an empty one where there is none.  Nothing of it lasts.
 */
struct store	*store_open_copy(const char *path, char *error, size_t size);
void		 store_close(struct store *);
struct db	*store_db(struct store *);	/* for reports: reading only */

/*
 * All changes between two commits are one transaction.  store_touch() begins
 * it if need be; every function below that changes anything calls it.
 */
void		 store_touch(struct store *);
bool		 store_is_touched(const struct store *);
void		 store_commit(struct store *);
/* How long commits took. */
const struct histogram *store_commits(const struct store *);

/* The sequence that versions are points on. */
int64_t		 store_point(const struct store *);	/* where it stands */
int64_t		 store_advance(struct store *);	/* a new one, greater */

/* Since when syncing is paused, in seconds; 0: it is not. */
int64_t		 store_paused_since(struct store *);
void		 store_set_paused(struct store *, int64_t since);

/* What is configured.  Rows that are not named again are of no endpoint that
 * is configured: they stay, and never vote. */
void		 store_configure(struct store *);	/* forget the last one */
int64_t		 store_server(struct store *, const char *name,
		    const char *url);
int64_t		 store_endpoint(struct store *, int64_t server,
		    const char *person, const char *user, enum direction);

struct server_row {
	int64_t		 round;		/* identity readings completed */
	int64_t		 items;		/* at the last of them */
	int64_t		 identity_at;	/* seconds; 0: never */
	int64_t		 clock_skew;	/* seconds it is ahead of us */
	int64_t		 page_size;	/* that worked last; 0: all at once */
	bool		 has_id;
	struct jellyfin_id jellyfin_id;
};

void		 store_get_server(struct store *, int64_t,
		    struct server_row *);
/* A server has answered.  Another id than before is another server behind the
 * same name: everything known of its copies is forgotten, returns true. */
bool		 store_server_contacted(struct store *, int64_t server,
		    const struct message_server_info *);
void		 store_server_page_size(struct store *, int64_t, int64_t);
void		 store_server_succeeded(struct store *, int64_t, int64_t now);
void		 store_server_failed(struct store *, int64_t, int64_t now,
		    const char *error);
/* The user that an endpoint is on its server; another than before is another
 * person's or a new one's: first contact, returns true. */
bool		 store_endpoint_user(struct store *, int64_t endpoint,
		    const struct jellyfin_id *);
bool		 store_endpoint_known_user(struct store *, int64_t endpoint,
		    struct jellyfin_id *);
/*
 * What is heard of a user under one name of a server, another name of it that
 * is configured no more does not hear: should that one come back, its copies
 * are a first contact.  With their bases a play would count twice.
 */
void		 store_endpoint_forget_former(struct store *,
		    int64_t endpoint);
/* Is it the same user of the same server, by their ids, as on another of the
 * servers: one that is configured twice, or a copy of its data? */
bool		 store_endpoint_is_also_on(struct store *, int64_t endpoint,
		    int64_t server);
/* The newest entry of a server's activity log that was looked at. */
#define ACTIVITY_UNKNOWN	INT64_C(-1)	/* it never was */

struct activity {
	int64_t		 entry;		/* its number; 0: the log was empty */
	int64_t		 time;		/* seconds, by the server's clock */
};

void		 store_get_activity(struct store *, int64_t server,
		    struct activity *);
void		 store_put_activity(struct store *, int64_t server,
		    const struct activity *);
/* Its sets have been read before, as those of the user that it is now. */
bool		 store_endpoint_is_met(struct store *, int64_t endpoint);
/* Its sets have been read, after the identity reading of a round. */
void		 store_endpoint_read(struct store *, int64_t endpoint,
		    int64_t round);

/* Items (store_item.c) */

/* An identity reading: begin, every record, then end.  An item that has not
 * been seen is gone at its end; its copies are dropped. */
struct identity {
	int64_t		 server;
	int64_t		 round;		/* that it is the reading of */
	bool		 first;		/* nothing of the server is known */
	int64_t		 unique;	/* different items seen */
	int64_t		 changed;	/* records not as they were, or new */
	uint8_t		*seen;		/* a bit for the id of each item */
	size_t		 seen_size;	/* bytes */
	struct jellyfin_id cursor;	/* what is gone is known up to this, */
	int64_t		 gone;		/* and how much that is */
	bool		 has_series;	/* the last one looked up: */
	struct jellyfin_id series;
	struct match_ids series_ids;
};

struct item_row {
	struct match_item match;	/* titles on the heap, if wanted */
	int64_t		 work;		/* 0: none yet */
	bool		 gone;		/* or of a server not configured */
	bool		 unformed;
	enum match_reason reason;	/* as stored */
	const struct item_record *record;	/* not stored yet: all of it */
};

/* Zero before its first use; holds memory from here to its end. */
void		 store_identity_begin(struct store *, struct identity *,
		    int64_t server, int64_t round);
/*
 * True if the caller is to form its work and to store it: then its row is
 * filled.  That is what is new in a first reading, as long as all is known
 * that it is matched by; everything else is marked unformed.
 */
bool		 store_identity_item(struct store *, struct identity *,
		    const struct item_record *, bool titles,
		    struct item_row *);
void		 store_insert_item(struct store *, const struct identity *,
		    const struct item_row *, int64_t work, enum match_reason);
/* Looks at some of the items that it has not shown: they are gone.  False once
 * it has looked at all of them. */
bool		 store_identity_gone(struct store *, struct identity *,
		    int64_t now);
/* The end, with what has not been looked at yet; how many are gone. */
int64_t		 store_identity_end(struct store *, struct identity *,
		    int64_t now);
/* The same for a reading of what was saved since; nothing has gone. */
void		 store_news_end(struct store *, struct identity *);
/* Items whose work is to be formed, for the first time or anew. */
size_t		 store_unformed(struct store *, int64_t server,
		    int64_t *items, size_t max);
/* A movie or an episode; 0: not known, or a series, of which nobody has a
 * copy. */
int64_t		 store_item(struct store *, int64_t server,
		    const struct jellyfin_id *);
bool		 store_item_id(struct store *, int64_t item,
		    struct jellyfin_id *);

bool		 store_get_item(struct store *, int64_t item, bool titles,
		    struct item_row *);
/* The items of a work, those included that are gone: one after the other,
 * until that returns false or db_done() is called. */
sqlite3_stmt	*store_query_work(struct store *, int64_t work);
bool		 store_next_item(struct store *, sqlite3_stmt *, bool titles,
		    struct item_row *);
/* The keys of all items of a work lead to it. */
void		 store_add_keys(struct store *, int64_t work,
		    const uint64_t *hashes, size_t);
/* Works with this key, or their items; 0 where there are more than max. */
size_t		 store_items_by_key(struct store *, uint64_t hash,
		    int64_t *items, size_t max);
size_t		 store_works_by_key(struct store *, uint64_t hash,
		    int64_t *works, size_t max);
size_t		 store_items_by_work(struct store *, int64_t work,
		    int64_t *items, size_t max);
int64_t		 store_count_servers(const struct store *);
void		 store_set_work(struct store *, const struct item_row *,
		    int64_t work, enum match_reason);
/* Has more than one server an item of a work? */
void		 store_set_matched(struct store *, int64_t work, bool matched);
/* Counts items, works and what is unmatched again, for show and status: some
 * of them.  False once all are counted, or if nothing has changed. */
bool		 store_count(struct store *);

/*
 * Alternate versions (store_alternate.c).  A listed item and those that it has
 * are a group.
 */

#define GROUP_MAX	16	/* of these are read and written together */

bool		 store_has_alternates(struct store *, int64_t server);
/* Items whose files are to be asked for, after an item, in order. */
size_t		 store_alternates_due(struct store *, int64_t server,
		    int64_t after, int64_t *items, size_t max);
/* Files of items that were asked for: begin, each of them, then the end, at
 * which those are gone that an item which answered does not have any more. */
void		 store_alternates_begin(struct store *, int64_t server);
void		 store_alternate(struct store *, int64_t server,
		    int64_t round, const struct alternate_record *);
void		 store_alternates_end(struct store *, int64_t server,
		    int64_t now);
/* The copies of those that have gone just now. */
void		 store_drop_gone_alternates(struct store *, int64_t server,
		    int64_t now);
/* They have no userdata on this server (any more). */
void		 store_no_alternates(struct store *, int64_t server,
		    int64_t now);
/* One does not answer: its item's files are to be asked for. */
void		 store_ask_alternates(struct store *, int64_t alternate);
/* The listed item of an item's group; 0: it is in none. */
int64_t		 store_listed(struct store *, int64_t item);
/* Of a group, the listed item first, what an endpoint can be asked for. */
size_t		 store_group(struct store *, int64_t endpoint,
		    int64_t listed, int64_t now, int64_t *items, size_t max);
/* The groups of a server, or those touched since an endpoint's sets were
 * begun: listed items, after one, in order. */
size_t		 store_groups(struct store *, int64_t server, int64_t after,
		    int64_t *items, size_t max);
void		 store_touch_group(struct store *, int64_t endpoint,
		    int64_t listed);
size_t		 store_touched_groups(struct store *, int64_t endpoint,
		    int64_t after, int64_t *items, size_t max);

/* Copies and agreed (store_copy.c) */

/* Five columns, in the order in which every table has them. */
void		 store_userdata(sqlite3_stmt *, int column,
		    struct userdata *);

enum need {
	NEED_NONE,
	NEED_WRITE,		/* projection and base differ */
	NEED_CONFIRM		/* they do not, but nobody has looked since */
};

/* A copy that shows what is in none of the sets: see unlisted.h. */
enum unlisted {
	UNLISTED_NOT,
	UNLISTED_SEEN,		/* the next reading of the sets will tell */
	UNLISTED_SURE
};

struct copy_row {
	int64_t		 endpoint;
	int64_t		 item;
	int64_t		 work;
	int64_t		 person;
	int64_t		 server;
	enum direction	 direction;
	bool		 exists;	/* as a row */
	struct copy	 copy;
	bool		 looked;	/* since it was asked, and the write
					 * had not arrived; it still may */
	bool		 again;		/* so it was, and was asked again */
	enum need	 need;
	int64_t		 not_before;	/* seconds: try again then */
	int64_t		 failures;	/* writes in a row that did not hold;
					 * until one is seen to, after
					 * not_before */
	bool		 parked;	/* does not answer to its id */
	bool		 held;		/* a change of it waits for a word */
	enum unlisted	 unlisted;	/* see there: it shows this */
	struct userdata	 unlisted_userdata;
	bool		 apart;		/* an undo has set it to this, */
	struct userdata	 apart_userdata;	/* until more is agreed than */
	int64_t		 apart_version;		/* at that point */
};

/* Where what is agreed came from: a server's id, or one of these. */
#define FROM_NOBODY	INT64_C(0)
#define FROM_UNDO	INT64_C(-1)
#define FROM_IMPORT	INT64_C(-2)

/* In words: a server's name, "undo", "import" or ""; until the next call. */
const char	*store_origin(struct store *, int64_t from);

struct agreed_row {
	bool		 exists;
	struct agreed	 agreed;
	int64_t		 play_from;	/* of the last change: server, FROM_ */
	int64_t		 favorite_from;
	/* Of the last first contact that changed it: a copy that has not been
	 * brought up to that never held what is agreed. */
	struct versions	 united;
};

/* A copy without a row has what sync-model says of it: the default state, or
 * none if its endpoint was not read since its item appeared.  False if the
 * item is gone or its work is not formed. */
bool		 store_get_copy(struct store *, int64_t endpoint,
		    int64_t item, struct copy_row *);
void		 store_put_copy(struct store *, const struct copy_row *);
/* Sets a copy, which has a row, apart: in the store and in the row. */
void		 store_set_apart(struct store *, struct copy_row *,
		    const struct userdata *, int64_t version);
/* The same of what it shows but does not hold: seen, or not any more. */
void		 store_set_unlisted(struct store *, struct copy_row *,
		    const struct userdata *, enum unlisted);
void		 store_drop_unlisted(struct store *, struct copy_row *);
/* Another user has taken an endpoint: first contact for all of its copies; but
 * what the former one was seen to hold, he surely does not, if it is shown. */
void		 store_hand_over(struct store *, int64_t endpoint);
/* Those that were seen up to a point, and in no set of those read just now: the
 * items that would be in this set.  Those are sure, once they are asked for in
 * it as well.  How many are only seen? */
size_t		 store_unlisted(struct store *, int64_t endpoint,
		    enum listing set, int64_t point, int64_t after,
		    int64_t *items, size_t max);
void		 store_confirm_unlisted(struct store *, int64_t endpoint,
		    int64_t point);
int64_t		 store_count_unlisted(struct store *, int64_t endpoint);
void		 store_get_agreed(struct store *, int64_t person,
		    int64_t work, struct agreed_row *);
void		 store_put_agreed(struct store *, int64_t person,
		    int64_t work, const struct agreed_row *);
void		 store_drop_agreed(struct store *, int64_t person,
		    int64_t work);
size_t		 store_persons_of_work(struct store *, int64_t work,
		    int64_t *persons, size_t max);

struct copy_id {
	int64_t	endpoint;
	int64_t	item;
};

/* Every copy that a person has of a work, with a row or without. */
size_t		 store_copies_of_work(struct store *, int64_t person,
		    int64_t work, struct copy_id *, size_t max);
/*
 * Items that an endpoint has no row for, of works that its person has agreed
 * something for: all, or only those that were not there when it was read
 * last.  In the order of works, a slice of these at a time, as there are many;
 * of that, what follows an item, or 0.  If there is none, the slice is the next
 * one, or LAST_SLICE.
 */
#define FIRST_SLICE	INT64_MIN	/* some works are below zero: works.c */
#define LAST_SLICE	INT64_MAX
size_t		 store_uncopied(struct store *, int64_t endpoint, bool unread,
		    int64_t *slice, int64_t after, int64_t *items,
		    size_t max);
/* First contact for all copies of an item. */
void		 store_forget_item(struct store *, int64_t item);

/* The sets of an endpoint: begin, every record, then what was lost. */
void		 store_set_begin(struct store *, int64_t endpoint);
void		 store_set_seen(struct store *, int64_t endpoint,
		    enum listing, int64_t item);
int64_t		 store_set_count(struct store *, int64_t endpoint,
		    enum listing);
void		 store_set_end(struct store *, int64_t endpoint);
/* How many items that server counts as played, as far as we know. */
int64_t		 store_count_played(struct store *, int64_t endpoint);
/* Was started or stopped; kept until the sets have been read. */
void		 store_set_acted(struct store *, int64_t endpoint,
		    int64_t item);
size_t		 store_acted(struct store *, int64_t endpoint, int64_t after,
		    int64_t *items, size_t max);
/* Items of the endpoint that belong to a set by their base and were in none
 * of those read, or whose last write has no answer, and those that are parked
 * if they are wanted; after an item, in order. */
size_t		 store_lost(struct store *, int64_t endpoint, bool parked,
		    bool played, int64_t after, int64_t *items, size_t max);
size_t		 store_asked(struct store *, int64_t endpoint, int64_t after,
		    int64_t *items, size_t max);
/* Of these, what is owed a write and may be tried now. */
size_t		 store_asked_needed(struct store *, int64_t endpoint,
		    int64_t now, int64_t *items, size_t max);
/* What is owed to an endpoint and may be tried now: writes first. */
size_t		 store_needed(struct store *, int64_t endpoint, int64_t now,
		    int64_t *items, size_t max);
/* What only waits for the end of a play need not wait any longer. */
void		 store_try_now(struct store *);
int64_t		 store_count_needed(struct store *, int64_t endpoint,
		    int64_t now);
/* The time at which something that waits may be tried again; 0: nothing. */
int64_t		 store_next_try(struct store *, int64_t server);

/* What waits for a word (store_held.c) */

enum held_state {
	HELD_UNDECIDED,		/* until its endpoint has been read in full */
	HELD_HELD,		/* until a person approves or discards it */
	HELD_DECIDED		/* it was heard, and counts for an hour */
};

/* A change of a copy that takes something back; the copy is as it was. */
struct held_row {
	int64_t		 endpoint;
	int64_t		 item;
	enum held_state	 state;
	int64_t		 time;		/* seconds, when it was first seen */
	int64_t		 began;		/* point at which that was asked for */
	int64_t		 settled;	/* point at which it became known */
	struct userdata	 userdata;	/* what the copy was seen to hold, */
	struct userdata	 first;		/* and when it was first held */
};

bool		 store_get_held(struct store *, int64_t endpoint,
		    int64_t item, struct held_row *);
/* The copy must have a row. */
void		 store_put_held(struct store *, const struct held_row *);
void		 store_drop_held(struct store *, int64_t endpoint,
		    int64_t item);
size_t		 store_held(struct store *, int64_t endpoint,
		    enum held_state, int64_t *items, size_t max);
int64_t		 store_count_held(struct store *, int64_t endpoint,
		    enum held_state);
/* What is undecided, and what else was taken back after a time. */
int64_t		 store_count_taken_back(struct store *, int64_t endpoint,
		    int64_t since);
/* How many copies of an endpoint are played, resumable or favourites. */
int64_t		 store_count_touched(struct store *, int64_t endpoint);
/* All that is undecided is held from now on; how many. */
int64_t		 store_hold(struct store *, int64_t endpoint);
void		 store_forget_decided(struct store *, int64_t endpoint,
		    int64_t before);

enum audit_kind {
	AUDIT_WRITE,
	AUDIT_CONFLICT,
	AUDIT_REVERTED		/* a write, by its server */
};

struct audit_row {
	enum audit_kind	 kind;
	int64_t		 person;
	int64_t		 server;
	int64_t		 item;
	int64_t		 work;
	int64_t		 endpoint;
	int64_t		 version;	/* that its copy was brought up to */
	bool		 apart;		/* and that never was what is agreed */
	int64_t		 from_server;	/* or FROM_ */
	struct userdata	 before;
	struct userdata	 after;
	const char	*result;	/* "written", "lost", ... */
};

void		 store_audit(struct store *, int64_t now,
		    const struct audit_row *);
/*
 * Somebody wants to know of every entry, and of every change that was heard,
 * as it happens: heard says which of these it is.  NULL: nobody does.
 */
typedef void	 store_told(void *, const struct audit_row *, bool heard);
void		 store_tell(struct store *, store_told *, void *);
/* A change was heard; after is what the copy holds now. */
void		 store_heard(struct store *, const struct audit_row *);
/* What the last write to a copy replaced, and what it left; false if none. */
bool		 store_last_write(struct store *, int64_t endpoint,
		    int64_t item, struct userdata *before,
		    struct userdata *after);

/* Times (store_clock.c) */

/*
 * At a start: nothing was noted in the future, and nothing waits for longer
 * than anything has to, whatever clock that was noted by.
 */
void		 store_clock_begin(struct store *, int64_t now);
/* The clock was set ahead by so many seconds, or back if below 0: what waits
 * does so as long as it was to, and what counts for an hour counts for that. */
void		 store_clock_set(struct store *, int64_t ahead);

/* Upkeep (store_upkeep.c) */

/* Where a pass through what has become old stands. */
struct pruning {
	int64_t	before;		/* seconds: what is older goes */
	int64_t	gone_since;	/* the last item looked at: of this time */
	int64_t	item;		/* and with this id */
	int64_t	hash;		/* the last key looked at: this hash */
	int64_t	work;		/* and work */
	int64_t	emptied;	/* works that have no item any more */
};

/*
 * A few hundred rows at a time; true if there may be more.  First audit rows,
 * then items that are gone, then series, then keys: each makes room for what
 * comes after it.
 */
bool		 store_prune_audit(struct store *, const struct pruning *);
bool		 store_prune_items(struct store *, struct pruning *);
bool		 store_prune_series(struct store *, const struct pruning *);
bool		 store_prune_keys(struct store *, struct pruning *);

/* A copy in words, for a log. */
struct copy_names {
	char	server[NAME_SIZE];
	char	person[NAME_SIZE];
	char	title[TITLE_SIZE];
};

void		 store_copy_names(struct store *, int64_t endpoint,
		    int64_t item, struct copy_names *);

#endif
