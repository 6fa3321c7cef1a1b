/*
 * The parts of a round, for each other: round.c is the order of its phases and
 * its end, round_items.c what there is on the server, round_activity.c what its
 * users have played, round_endpoint.c what each of them has touched.
 */
#ifndef JELLYPORTERD_ROUND_H
#define JELLYPORTERD_ROUND_H

#include "engine.h"

/* round.c */
void	round_enter(struct server *, enum phase);
void	round_done(struct server *);
void	round_failed(struct server *, const char *);
/* Goes on with the same phase, once what else there is to do had its turn:
 * nobody waits for more than a slice of what is long. */
void	round_slice_done(struct server *);
/* A listing, on the bulk lane. */
void	round_list(struct server *, enum listing, struct endpoint *,
	    int64_t since);
/*
 * Nothing is concluded from a reading that does not hold what the server
 * itself counts.  NULL if this one, of so many different items, does.
 */
const char *round_incomplete(const struct server *, int64_t unique,
	    const struct message_result *);

/* round_items.c */
void	next_identity(struct server *);
void	next_gone(struct server *);
void	next_news(struct server *);
void	next_alternates(struct server *);
void	next_form(struct server *);
/* Why a reading of items counts for nothing, or NULL: it was taken. */
const char *round_items_read(struct server *, const struct message_result *);

/* round_activity.c */
void	next_activity(struct server *);
void	round_activity_read(struct server *, const struct message_result *);
/* What was read before tells nothing of these users any more. */
void	round_forget_sets(struct server *);
/* The round is complete: the next one begins where this one ended. */
void	round_activity_done(struct server *);

/* round_endpoint.c */
void	next_asked(struct server *);
void	next_sets(struct server *);
void	next_acted(struct server *);
void	next_unlisted(struct server *);
void	next_lost(struct server *);
void	next_new(struct server *);
void	next_groups(struct server *);
void	next_plan(struct server *);
void	round_first_endpoint(struct server *);
/* Why a set that was read counts for nothing, or NULL: it was taken. */
const char *round_set_read(struct server *, const struct message_result *);

#endif
