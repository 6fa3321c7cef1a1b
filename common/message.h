/*
 * Every message that our processes send each other, marshal beside unmarshal
 * (message*.c).  message_put_X() queues on an imsgbuf and is fatal when memory
 * is out; message_get_X() checks everything (length, termination, UTF-8,
 * ranges, counts) before anything is used, and returns -1 on nonsense.
 *
 * The id of an imsg is the request that it is about (0: none).
 */
#ifndef COMMON_MESSAGE_H
#define COMMON_MESSAGE_H

#include "imsg.h"
#include "metric.h"
#include "record.h"

#define PROTOCOL_VERSION	1

#define URL_SIZE		1024
#define PATH_SIZE		1024
#define API_KEY_SIZE		256
#define READ_IDS_MAX		100	/* ids in one GET /Items?ids= */
#define WRITES_MAX		READ_IDS_MAX	/* copies in one batch */
#define WATCHED_MAX		250	/* users of one server */
#define DIRTY_MAX		500	/* items in one notice */
#define PAGE_SIZE_MAX		1000000
#define ACTIVITY_MAX		1000	/* entries in one answer */
#define TOKEN_SIZE		256	/* bytes of the webhook's token */
#define CERTIFICATES_PART	8192	/* bytes in one message */
#define ADDRESSES_MAX		16	/* of one name */
#define HEADERS_SIZE		2048	/* bytes of those of the telemetry */

enum message_type {
	/* The first of every link, both ways. */
	MESSAGE_HELLO = 1,

	/* parent to a child */
	MESSAGE_IDENTITY,		/* before all others, or not at all */
	MESSAGE_LINK,			/* with fd */
	MESSAGE_CONTROL_SOCKET,		/* with fd */
	MESSAGE_ENGINE_OPTIONS,
	MESSAGE_SERVER,			/* to the engine */
	MESSAGE_ENDPOINT,		/* to the engine */
	MESSAGE_FETCHER_OPTIONS,
	MESSAGE_CERTIFICATES,		/* to a fetcher, the exporter */
	MESSAGE_LIBRARY,		/* to a fetcher */
	MESSAGE_LISTENER_OPTIONS,
	MESSAGE_LISTEN_SOCKET,		/* to the listener, with fd */
	MESSAGE_RESOLVER_OPTIONS,
	MESSAGE_HOST,			/* to the resolver */
	MESSAGE_CONFIG_DONE,
	MESSAGE_SYNC_NOW,		/* to the engine; the listener's too */
	MESSAGE_RENEWED,		/* of a fetcher, to the engine */
	MESSAGE_REPLACED,		/* of an engine, by its successor */
	MESSAGE_ALIVE,			/* is it?  And back: it is */

	/* engine to parent; before the first, rows of a dry run */
	MESSAGE_ONCE_DONE,
	MESSAGE_RELOAD,			/* answer: rows, a command result */
	MESSAGE_PROCESSES,		/* how are they?  Answer: the same */

	/* engine to fetcher: requests */
	MESSAGE_CONTACT,
	MESSAGE_LIST,
	MESSAGE_ACTIVITY,
	MESSAGE_ALTERNATES,
	MESSAGE_READ,
	MESSAGE_SESSIONS,
	MESSAGE_CHECK,			/* a contact for somebody who waits */
	MESSAGE_WRITE,
	MESSAGE_HURRY,			/* no request; id: of that to end */
	MESSAGE_WATCH,			/* no request: no result */

	/* fetcher to engine: what came of them */
	MESSAGE_SERVER_INFO,
	MESSAGE_USER,
	MESSAGE_ITEM,
	MESSAGE_ACTED,
	MESSAGE_ALTERNATE,
	MESSAGE_PLAYING,
	MESSAGE_USERDATA,
	MESSAGE_WRITTEN,
	MESSAGE_RESULT,			/* the end of every request */

	/* fetcher to engine, unasked */
	MESSAGE_LIVE,
	MESSAGE_DIRTY,

	/* listener to engine */
	MESSAGE_EVENT,

	/* fetcher to resolver, and back */
	MESSAGE_RESOLVE,
	MESSAGE_ADDRESSES,

	/* ctl to engine, and back */
	MESSAGE_COMMAND,
	MESSAGE_ROW,
	MESSAGE_HISTORY,		/* of an export, or for an import */
	MESSAGE_HISTORY_END,		/* that was all there is to import */
	MESSAGE_COMMAND_RESULT,

	/* engine to parent: its database is open, and ctl is answered */
	MESSAGE_READY,

	/* fetcher to engine, unasked: a request to its server has ended */
	MESSAGE_CALLED,

	/* listener or exporter to engine: the answer is samples, their end */
	MESSAGE_SCRAPE,
	/* struct message_metric, of metric.h; to ctl, too, and, before the end
	 * of a single sync, to the parent; from the listener, its own */
	MESSAGE_METRIC,
	MESSAGE_SCRAPED,
	/* engine to parent, parent to all children: the answer is a result */
	MESSAGE_LOG,
	/* listener to engine: what is there to show?  Answer: rows, their end */
	MESSAGE_PAGE,
	MESSAGE_PAGE_DONE,

	/* parent to the exporter */
	MESSAGE_EXPORTER_OPTIONS,
	/* exporter to engine: what has come of the metrics */
	MESSAGE_EXPORTED,

	MESSAGE_TYPE_COUNT
};

const char *message_type_name(uint32_t);

struct message_hello {
	uint32_t	version;	/* PROTOCOL_VERSION */
};

/* Who a child that root has started is to become. */
struct message_identity {
	uint32_t	uid;		/* never 0 */
	uint32_t	gid;		/* never 0 */
	char		empty[PATH_SIZE];	/* a directory with nothing in it */
};

/* What a process of ours is there for. */
enum role {
	ROLE_ENGINE,
	ROLE_FETCHER,
	ROLE_LISTENER,
	ROLE_RESOLVER,
	ROLE_EXPORTER,
	ROLE_COUNT
};

/* Who is at its other end. */
struct message_link {
	enum role	role;
	char		server[NAME_SIZE];	/* of a fetcher, or "" */
};

enum sync_field {		/* bits of sync.fields */
	FIELD_PLAYED		= 1 << 0,
	FIELD_POSITION		= 1 << 1,
	FIELD_PLAY_COUNT	= 1 << 2,
	FIELD_LAST_PLAYED	= 1 << 3,
	FIELD_FAVORITE		= 1 << 4,
	FIELD_ALL		= (1 << 5) - 1
};

enum match_by {			/* bits of sync.match */
	MATCH_PROVIDER_IDS	= 1 << 0,
	MATCH_SERIES_EPISODE	= 1 << 1,
	MATCH_TITLE		= 1 << 2,
	MATCH_ALL		= (1 << 3) - 1
};

struct message_engine_options {
	char		database_path[PATH_SIZE];
	uint32_t	fields;			/* enum sync_field */
	uint32_t	match;			/* enum match_by */
	uint32_t	guard_max_items;
	uint32_t	guard_max_percent;
	uint32_t	sync_interval;		/* seconds */
	uint32_t	full_sync_interval;	/* seconds */
	uint32_t	audit_keep_days;
	uint32_t	sessions_poll;		/* seconds; 0: off */
	bool		rewatch_follow;
	bool		once;
	bool		dry_run;		/* with once: show, do not write */
	bool		verbose;
};

struct message_server {
	char		name[NAME_SIZE];
	char		url[URL_SIZE];		/* carries no secret */
	bool		plan_only;		/* read for plans, else left alone */
};

enum direction {
	DIRECTION_BOTH,
	DIRECTION_SOURCE,		/* never written */
	DIRECTION_TARGET,		/* never heard */
	DIRECTION_COUNT
};

struct message_endpoint {
	char		server[NAME_SIZE];
	char		person[NAME_SIZE];
	char		user[NAME_SIZE];	/* the user's name there */
	enum direction	direction;
};

struct message_fetcher_options {
	char		name[NAME_SIZE];
	char		url[URL_SIZE];		/* without a trailing slash */
	char		proxy[URL_SIZE];	/* "": none */
	char		api_key[API_KEY_SIZE];
	uint32_t	timeout;		/* seconds, for small requests */
	uint32_t	page_size;		/* items; 0: the whole list */
	bool		tls_verify;
	bool		live;			/* keep a WebSocket */
	bool		verbose;
};

/* A part of those that the server's own is held against. */
struct message_certificates {
	uint32_t	len;			/* 1 to CERTIFICATES_PART */
	char		bytes[CERTIFICATES_PART];
};

struct message_library {
	char		name[NAME_SIZE];
	bool		exclude;
};

struct message_listener_options {
	char		path[PATH_SIZE];	/* as it stands in a URL */
	char		token[TOKEN_SIZE];	/* "": none is asked for */
	char		metrics_path[PATH_SIZE];
	bool		status_page;
	bool		verbose;
};

struct message_resolver_options {
	bool		verbose;
};

struct message_exporter_options {
	char		url[URL_SIZE];	/* of OTLP, without a trailing slash */
	char		headers[HEADERS_SIZE];	/* lines, or "" */
	uint32_t	interval;	/* seconds */
	bool		tls_verify;
	bool		verbose;
};

/* Who may ask for the addresses of this name: a server's fetcher, or ("") the
 * exporter. */
struct message_host {
	char		server[NAME_SIZE];
	char		host[NAME_SIZE];
};

enum address_family {
	ADDRESS_4,
	ADDRESS_6,
	ADDRESS_FAMILY_COUNT
};

struct address {
	enum address_family	family;
	unsigned char		bytes[16];	/* the first 4 of ADDRESS_4 */
};

/* Of the server's name, in the order in which they are to be tried; if there
 * are none, why. */
struct message_addresses {
	uint32_t		n;
	struct address		addresses[ADDRESSES_MAX];
	bool			temporary;	/* nobody could be asked */
	char			error[ERROR_SIZE];	/* "" if n > 0 */
};

/* What is served on a socket. */
enum serves {
	SERVES_WEBHOOK		= 1 << 0,
	SERVES_METRICS		= 1 << 1,
	SERVES_ALL		= (1 << 2) - 1
};

struct message_renewed {
	char		server[NAME_SIZE];
};

struct message_log {
	bool		verbose;	/* or brief, from now on */
};

struct message_once_done {
	uint32_t	failed;			/* servers */
};

/* Is the server ready, which is it, who is on it?  Answer: one
 * MESSAGE_SERVER_INFO, a MESSAGE_USER for each user, MESSAGE_RESULT. */

enum listing {
	LISTING_IDENTITY,	/* every movie, episode, series: MESSAGE_ITEM */
	LISTING_NEWS,		/* of these, what was saved since: the same */
	LISTING_COUNT_PLAYED,	/* of a user: the total alone */
	LISTING_PLAYED,		/* of a user: MESSAGE_USERDATA */
	LISTING_RESUMABLE,
	LISTING_FAVORITE,
	LISTING_RESUME,		/* resumable, alternate versions among them;
				 * one of each item's, and no more than a hint */
	LISTING_COUNT
};

const char *listing_name(enum listing);
/* Of what there is on a server, and of nobody. */
bool	 listing_is_of_items(enum listing);

struct message_list {
	enum listing		listing;
	struct jellyfin_id	user;		/* not for the first two */
	int64_t			since;		/* seconds by the server's
						 * clock, for the news */
	uint32_t		page_size;	/* what worked last; 0: all */
};

/*
 * Whose item was started or stopped?  Answer: a MESSAGE_ACTED for each entry
 * of the activity log, whatever it is about, newest first; its total says
 * whether there are more.
 */
struct message_activity {
	int64_t			since;		/* seconds by the server's
						 * clock; 0: any time */
	uint32_t		limit;		/* entries */
};

struct message_acted {
	int64_t			entry;		/* its number, rising */
	int64_t			time;		/* seconds */
	bool			played;		/* an item, started or stopped */
	struct jellyfin_id	user;		/* if so */
	struct jellyfin_id	item;
};

/* Of which files do these items consist?  A MESSAGE_ALTERNATE for each file
 * of those that answer; their own file is among them. */
struct message_alternates {
	uint32_t		n_items;
	struct jellyfin_id	items[READ_IDS_MAX];
};

/*
 * A copy by its id.  An alternate version is in no list, not even by ids.  One
 * that was parked may answer to ids= although its user may not see it.
 */
struct read_item {
	struct jellyfin_id	id;
	bool			alternate;
	bool			parked;
};

/* Copies by id, of a user: MESSAGE_USERDATA for those that answer. */
struct message_read {
	struct jellyfin_id	user;
	bool			sessions;	/* before: what it plays now,
						 * a MESSAGE_PLAYING each */
	enum listing		set;		/* only those in that one, of
						 * what is listed; or
						 * LISTING_COUNT: all */
	uint32_t		n_items;
	struct read_item	items[READ_IDS_MAX];
};

struct write_request {
	struct jellyfin_id	item;
	bool			alternate;
	bool			joined;		/* with the one before it: all
						 * of these, or none */
	bool			unlisted;	/* it holds nothing of what it
						 * shows, which is expected:
						 * written in any case */
	struct userdata		expected;	/* the copy's base */
	struct userdata		wanted;
};

/* Compare and set, item by item; a MESSAGE_WRITTEN for each. */
struct message_write {
	struct jellyfin_id	user;
	uint32_t		n_writes;
	struct write_request	writes[WRITES_MAX];
};

struct message_server_info {
	struct jellyfin_id	id;
	char			name[NAME_SIZE];	/* its own */
	char			version[NAME_SIZE];
	int64_t			clock_skew;	/* seconds it is ahead of us */
	uint32_t		took;		/* ms, to say so */
};

struct message_user {
	struct jellyfin_id	id;
	char			name[NAME_SIZE];
	bool			disabled;
	bool			no_folders;	/* may see no library at all */
};

struct message_userdata {
	struct jellyfin_id	item;
	struct userdata		userdata;
};

enum write_result {
	WRITE_DONE,		/* userdata is what the server answered */
	WRITE_CHANGED,		/* not written: userdata is what was read */
	WRITE_PLAYING,		/* not written: its user plays it right now */
	WRITE_MISSING,		/* it does not answer to its id, or 404 */
	WRITE_FAILED,		/* it may have been written, or not */
	WRITE_NOT_SENT,		/* given up before anything was sent */
	WRITE_RESULT_COUNT
};

struct message_written {
	struct jellyfin_id	item;
	enum write_result	result;
	struct userdata		userdata;	/* for DONE and CHANGED */
};

enum request_result {
	REQUEST_OK,
	REQUEST_UNREACHABLE,	/* no connection, time out, cut, 5xx */
	REQUEST_REFUSED,	/* 401, 403: the key */
	REQUEST_MISSING,	/* 404: the user is gone */
	REQUEST_NONSENSE,	/* an answer that is none */
	REQUEST_RESULT_COUNT
};

/* Why a request has failed, as far as somebody can do something about it. */
enum trouble {
	TROUBLE_NONE,
	TROUBLE_OTHER,
	TROUBLE_NAME,		/* cannot be resolved */
	TROUBLE_REFUSED,	/* nobody listens */
	TROUBLE_CONNECTION,	/* there is no way, or nobody at its end */
	TROUBLE_TLS,
	TROUBLE_CERTIFICATE,
	TROUBLE_TIMEOUT,
	TROUBLE_STARTING,
	TROUBLE_URL,		/* somebody else than Jellyfin answers */
	TROUBLE_VERSION,
	TROUBLE_KEY,
	TROUBLE_FORBIDDEN,	/* 403, or a password of somebody else's */
	TROUBLE_LIBRARY,	/* a name that is none of its libraries' */
	TROUBLE_COUNT
};

struct message_result {
	enum request_result	result;
	enum trouble		trouble;
	uint32_t		records;	/* sent for this request */
	uint32_t		dropped;	/* received, of no use to us */
	uint32_t		total;		/* as the server counts them */
	uint32_t		page_size;	/* what worked; 0: all at once */
	char			error[ERROR_SIZE];	/* "" if OK */
};

/*
 * A user plays an item: of those asked for, or, as the answer to
 * MESSAGE_SESSIONS, any.
 */
struct message_playing {
	struct jellyfin_id	user;
	struct jellyfin_id	item;
};

/* The users whose changes the server is to tell us of, at once. */
struct message_watch {
	uint32_t		n_users;
	struct jellyfin_id	users[WATCHED_MAX];
};

enum live_state {
	LIVE_OFF,		/* switched off, or nobody to watch */
	LIVE_UNSUPPORTED,	/* the server is too old for it */
	LIVE_DOWN,		/* for now: why says what is wrong */
	LIVE_UP,		/* from now on nothing is missed */
	LIVE_STATE_COUNT
};

struct message_live {
	enum live_state	state;
	char		why[ERROR_SIZE];	/* for DOWN, else "" */
};

/*
 * A user's data of these items may have changed.  Not all of the ids need be
 * items of ours: the folders above them are among them.
 */
struct message_dirty {
	struct jellyfin_id	user;
	bool			incomplete;	/* and of others, not named */
	uint32_t		n_items;
	struct jellyfin_id	items[DIRTY_MAX];
};

/* The same of one item, in Jellyfin's own words: whether it is known here is
 * not known there. */
struct message_event {
	struct jellyfin_id	server;
	struct jellyfin_id	user;
	struct jellyfin_id	item;
	bool			playing;	/* and more will be said of it */
};

/* One HTTP request to a server: how long it took, and how it ended. */
struct message_called {
	enum message_type	request;	/* CONTACT to WRITE: what for */
	uint32_t		status;		/* HTTP's; 0: no answer */
	int64_t			took;		/* us */
};

/* What has come of metrics that were posted. */
enum export_result {
	EXPORT_DONE,
	EXPORT_PARTLY,		/* some of them were not taken */
	EXPORT_UNREACHABLE,	/* no answer, or a busy one: tried again soon */
	EXPORT_REFUSED,		/* 401, 403: the headers */
	EXPORT_UNEXPECTED,	/* any other answer */
	EXPORT_RESULT_COUNT
};

struct message_exported {
	enum export_result	result;
	char			error[ERROR_SIZE];	/* "" if DONE */
};

/* jellyporterctl: a command word and its arguments. */
enum command {
	COMMAND_STATUS,
	COMMAND_SYNC,		/* server: its name, or "" for all */
	COMMAND_SHOW_ITEM,	/* argument: a part of the title */
	COMMAND_SHOW_SERVERS,
	COMMAND_SHOW_UNMATCHED,
	COMMAND_SHOW_AUDIT,
	COMMAND_SHOW_HELD,
	COMMAND_SHOW_CONFLICTS,
	COMMAND_SHOW_PENDING,
	COMMAND_APPROVE,
	COMMAND_DISCARD,
	COMMAND_PLAN,
	COMMAND_UNDO,
	COMMAND_EXPORT,
	COMMAND_IMPORT,
	COMMAND_RELOAD,
	COMMAND_SHOW_PROCESSES,
	COMMAND_SHOW_METRICS,
	COMMAND_PAUSE,
	COMMAND_RESUME,
	COMMAND_LOG_VERBOSE,
	COMMAND_LOG_BRIEF,
	COMMAND_CHECK,
	COMMAND_MONITOR,
	COMMAND_SHOW_PEOPLE,
	COMMAND_COUNT
};

struct message_command {
	enum command	command;
	char		argument[NAME_SIZE];	/* item; "": all */
	char		person[NAME_SIZE];	/* audit; "": all */
	char		server[NAME_SIZE];	/* "": all */
	int64_t		since;			/* audit, undo; seconds, 0: all */
	uint32_t	limit;			/* audit rows; 0: default */
	int64_t		id;			/* undo; of the audit, or 0 */
	bool		force;			/* import: replace */
};

/*
 * What a person has agreed for a work, and what the work can be known by on
 * servers that nobody here has heard of.  An export is a message for each; an
 * import is driven by the engine's rows: "person" for each that there is, then
 * "ready" whenever it takes as many as HISTORY_BATCH more.  The id of such a
 * message is its line in the file.
 */
#define HISTORY_BATCH	100

struct message_history {
	char			person[NAME_SIZE];	/* never "" */
	enum item_kind		kind;		/* movie or episode */
	int32_t			season;		/* or NUMBER_UNKNOWN */
	int32_t			episode;	/* or NUMBER_UNKNOWN */
	int32_t			episode_end;	/* or NUMBER_UNKNOWN */
	int32_t			year;		/* 0: unknown */
	int64_t			runtime;	/* ticks, 0: unknown */
	char			title[TITLE_SIZE];
	char			series_title[TITLE_SIZE];
	uint32_t		n_ids;
	struct provider_id	ids[PROVIDERS_MAX];
	uint32_t		n_series_ids;
	struct provider_id	series_ids[PROVIDERS_MAX];
	struct userdata		userdata;
	int64_t			position_runtime;	/* ticks, 0: unknown; of
						 * the copy that the position
						 * came from */
};

/*
 * Answers are rows: named and typed values, so that jellyporterctl can show
 * any of them as a table or as JSON.
 */
enum value_type {
	VALUE_NONE,		/* null */
	VALUE_TEXT,
	VALUE_NUMBER,
	VALUE_BOOL,
	VALUE_TIME,		/* seconds since the epoch; 0: never */
	VALUE_TICKS,		/* 100 ns */
	VALUE_SECONDS,		/* a length of time */
	VALUE_TYPE_COUNT
};

#define ROW_VALUES_MAX	32
#define ROW_NAME_SIZE	32
#define ROW_TEXT_SIZE	1024

struct row_value {
	enum value_type	type;
	char		name[ROW_NAME_SIZE];	/* as in the JSON */
	int64_t		number;			/* all but text */
	char		text[ROW_TEXT_SIZE];	/* VALUE_TEXT */
};

struct message_row {
	char			kind[ROW_NAME_SIZE];	/* "server", "write" */
	uint32_t		n_values;
	struct row_value	values[ROW_VALUES_MAX];
};

struct message_command_result {
	bool	failed;
	bool	again;		/* another engine will answer: ask anew */
	char	error[ERROR_SIZE];
};

/* Composing rows, a value at a time. */
void	row_begin(struct message_row *, const char *kind);
void	row_text(struct message_row *, const char *name, const char *);
void	row_number(struct message_row *, const char *name, enum value_type,
	    int64_t);
void	row_none(struct message_row *, const char *name);
const struct row_value *row_get(const struct message_row *, const char *name);

#define MESSAGE_DECLARE(name)						\
	void	message_put_##name(struct imsgbuf *, uint32_t id,	\
		    const struct message_##name *);			\
	int	message_get_##name(const struct imsg *,			\
		    struct message_##name *)

MESSAGE_DECLARE(hello);
MESSAGE_DECLARE(identity);
MESSAGE_DECLARE(engine_options);
MESSAGE_DECLARE(server);
MESSAGE_DECLARE(endpoint);
MESSAGE_DECLARE(fetcher_options);
MESSAGE_DECLARE(certificates);
MESSAGE_DECLARE(library);
MESSAGE_DECLARE(listener_options);
MESSAGE_DECLARE(resolver_options);
MESSAGE_DECLARE(host);
MESSAGE_DECLARE(addresses);
MESSAGE_DECLARE(renewed);
MESSAGE_DECLARE(log);
MESSAGE_DECLARE(once_done);
MESSAGE_DECLARE(list);
MESSAGE_DECLARE(activity);
MESSAGE_DECLARE(acted);
MESSAGE_DECLARE(alternates);
MESSAGE_DECLARE(read);
MESSAGE_DECLARE(write);
MESSAGE_DECLARE(server_info);
MESSAGE_DECLARE(user);
MESSAGE_DECLARE(userdata);
MESSAGE_DECLARE(written);
MESSAGE_DECLARE(result);
MESSAGE_DECLARE(playing);
MESSAGE_DECLARE(watch);
MESSAGE_DECLARE(live);
MESSAGE_DECLARE(dirty);
MESSAGE_DECLARE(event);
MESSAGE_DECLARE(called);
MESSAGE_DECLARE(metric);
MESSAGE_DECLARE(exporter_options);
MESSAGE_DECLARE(exported);
MESSAGE_DECLARE(command);
MESSAGE_DECLARE(row);
MESSAGE_DECLARE(history);
MESSAGE_DECLARE(command_result);

/* These records travel as they are. */
void	message_put_item(struct imsgbuf *, uint32_t id,
	    const struct item_record *);
int	message_get_item(const struct imsg *, struct item_record *);
void	message_put_alternate(struct imsgbuf *, uint32_t id,
	    const struct alternate_record *);
int	message_get_alternate(const struct imsg *, struct alternate_record *);

/* These carry a descriptor, which is taken over. */
void	message_put_link(struct imsgbuf *, const struct message_link *, int fd);
int	message_get_link(struct imsg *, struct message_link *, int *fd);
void	message_put_control_socket(struct imsgbuf *, int fd);
int	message_get_control_socket(struct imsg *, int *fd);
void	message_put_listen_socket(struct imsgbuf *, uint32_t serves, int fd);
int	message_get_listen_socket(struct imsg *, uint32_t *serves, int *fd);

/* Without a body: MESSAGE_CONFIG_DONE, MESSAGE_SYNC_NOW, MESSAGE_REPLACED,
 * MESSAGE_RELOAD, MESSAGE_READY, MESSAGE_CONTACT, MESSAGE_CHECK,
 * MESSAGE_SESSIONS, MESSAGE_HISTORY_END, MESSAGE_RESOLVE, MESSAGE_SCRAPE,
 * MESSAGE_SCRAPED, MESSAGE_PAGE, MESSAGE_PAGE_DONE. */
void	message_put_empty(struct imsgbuf *, enum message_type, uint32_t id);

#endif
