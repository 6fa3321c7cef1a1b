/*
 * What the engine counts, and says of itself in metrics (interfaces: metrics).
 * Counters begin at zero with each engine, as is usual with them: nothing of
 * this is stored.
 */
#ifndef JELLYPORTERD_METRICS_H
#define JELLYPORTERD_METRICS_H

#include "message.h"
#include "plan.h"

/* Kinds of requests to a server, and codes that are told apart. */
#define METRICS_REQUESTS	(MESSAGE_WRITE - MESSAGE_CONTACT + 1)
#define METRICS_CODES		16

struct engine;
struct server;

/* What there is of a server in the database, counted now and then. */
struct server_sums {
	int64_t	items;
	int64_t	unmatched;
	int64_t	last_success;	/* seconds; 0: never */
	int64_t	failing_since;	/* seconds; 0: it is not */
	int64_t	owed;
	int64_t	parked;
	int64_t	held;
};

struct server_metrics {
	int64_t			 observations;
	int64_t			 writes[WRITE_RESULT_COUNT];
	int64_t			 syncs[2];	/* gone well; failed */
	struct histogram	 sync_durations;
	struct plan_counts	 counts;	/* of syncs that are over */
	struct histogram	*http[METRICS_REQUESTS][METRICS_CODES];
	struct server_sums	 sums;
};

/* As the parent has it (metrics_process.c). */
struct process;

struct process_table {
	struct process	*known;
	size_t		 n_known;
	struct process	*next;		/* that is being told */
	size_t		 n_next;
	bool		 asked;
	bool		 again;		/* ask once more, after that */
};

struct engine_metrics {
	int64_t	webhook[WEBHOOK_RESULT_COUNT];	/* as the listener has it */
	int64_t	works;
	int64_t	next_sums;	/* us: when they may be counted again */
	struct process_table processes;
};

typedef void	 metrics_put(void *, const struct message_metric *);

/* A sync of the server begins, and its counts are to be zero after this. */
void	 metrics_sync_begins(struct server *);
void	 metrics_sync_ended(struct server *);
/* The fetcher has asked its server something. */
void	 metrics_called(struct server *, const struct message_called *);
/* What the listener counts.  -1: that is none of its metrics. */
int	 metrics_heard(struct engine *, const struct message_metric *);
/*
 * All there is to say.  However often it is asked for, counting in the
 * database takes no more than a hundredth of the engine's time: until then the
 * numbers are those of the last time.
 */
void	 metrics_report(struct engine *, metrics_put *, void *);
/* The same, as messages. */
void	 metrics_send(struct engine *, struct channel *);

/* metrics_process.c */
#define METRICS_REQUEST		UINT32_MAX	/* to the parent, of ours */
/* One has come or gone, or somebody wants to know how they are. */
void	 metrics_ask_processes(struct engine *);
/* What the parent answers, and its end.  -1: it was not asked. */
int	 metrics_process(struct engine *, const struct message_row *);
int	 metrics_processes_known(struct engine *);
void	 metrics_report_processes(struct engine *, metrics_put *, void *);

#endif
