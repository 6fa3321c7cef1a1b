/*
 * A client of the control socket, for the files that serve it: control.c has
 * the socket, the clients and which command is whose; control_show.c what shows
 * something, control_change.c what changes something, control_follow.c what is
 * followed, control_parent.c what the parent is asked for.
 */
#ifndef JELLYPORTERD_CONTROL_CLIENT_H
#define JELLYPORTERD_CONTROL_CLIENT_H

#include <sys/queue.h>

#include <event2/listener.h>

#include "engine.h"
#include "transfer.h"
#include "undo.h"

struct client;

typedef bool	 more_function(struct client *);

struct client {
	TAILQ_ENTRY(client)	 entry;
	struct control		*control;
	struct channel		*channel;
	struct event		*idle_timer;
	bool			 may_change;
	bool			 greeted;
	bool			 refused;	/* of another version */
	bool			 busy;		/* with a command */
	bool			 follows;	/* a sync */
	bool			 monitors;	/* what happens */
	int64_t			 missed;	/* events, for want of room */
	struct server		*only;		/* that it asked to sync */
	struct message_command	 command;
	more_function		*more;		/* the rest of a long answer */
	struct event		*turn;		/* for the next slice of it */
	const char		*failure;	/* to end it with, or NULL */
	struct transfer		*transfer;	/* export or import, or NULL */
	uint32_t		 request;	/* to the parent, or 0 */
	int64_t			 cursor;
	struct copy_id		 copy;		/* the last one shown */
	struct undo		 undo;
	struct title_search	 search;
	size_t			 left;
};

struct control {
	struct engine		*engine;
	struct evconnlistener	*listener;
	struct event		*accept_timer;	/* while that is off */
	bool			 starved;	/* of descriptors, which is said */
	TAILQ_HEAD(, client)	 clients;
	size_t			 n_clients;
	uint32_t		 last_request;
};

typedef void	 command_function(struct client *);

/* control.c */
void	client_put_row(void *, const struct message_row *);
/* The end of an answer; error is NULL if all went well. */
void	client_finish(struct client *, const char *error);
/* The same, where another engine will have an answer. */
void	client_send_away(struct client *, const char *error);
/* It does not stay if it does nothing from now on. */
void	client_watch(struct client *);
/* A long answer, from a cursor on, as fast as the client takes it. */
void	client_answer(struct client *, more_function *, int64_t cursor);
/* Is there the server that it names, if any?  If not, that is the answer. */
bool	client_names_server(struct client *);

/* control_change.c */
int	client_import(struct client *, struct imsg *);

/* control_follow.c */
void	client_monitor(struct client *, bool);
void	client_say_missed(struct client *);
/* Who wants a server asked something is told why it is not. */
bool	client_is_paused(struct client *);

/* What is done for each command. */
command_function command_status;
command_function command_sync;
command_function command_show_item;
command_function command_show_people;
command_function command_show_servers;
command_function command_show_unmatched;
command_function command_show_audit;
command_function command_show_held;
command_function command_show_conflicts;
command_function command_show_pending;
command_function command_approve;
command_function command_discard;
command_function command_plan;
command_function command_undo;
command_function command_export;
command_function command_import;
command_function command_reload;
command_function command_show_processes;
command_function command_show_metrics;
command_function command_pause;
command_function command_resume;
command_function command_log;
command_function command_check;
command_function command_monitor;

#endif
