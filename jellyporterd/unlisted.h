/*
 * What a server shows of an item though it is in none of its sets.
 *
 * The sets come from its database, but lists and what is asked for by id from
 * a cache, by the user's internal number.  That of the last user is given to
 * the next one once he was deleted: until its next start the server shows to
 * a user made anew what the former one had done (seen on 10.11 and 12).
 * Nothing of that is in the database: it is not the user's, and will be gone,
 * which would be heard as hundreds of unmarks.
 */
#ifndef JELLYPORTERD_UNLISTED_H
#define JELLYPORTERD_UNLISTED_H

#include "plan.h"
#include "store.h"

/*
 * What a copy was seen to hold, by its id or by a look before a write, and not
 * because somebody was said to have done something with it.  True if that
 * belongs to a set in which the copy was not, by the last reading of these;
 * then it must not be heard.  Somebody may have done that since: the next
 * reading of the sets will tell, and nothing is written until then.  If it is in
 * none of them again, it is asked for by its id in the set it would be in, as a
 * list may be cut short whenever it is read.  After that, the copy is written
 * even if it shows what it is to hold.
 *
 * first says that the sets have been read just now, so that it was in none if
 * nothing is known of it.  Nothing is concluded from that either before they
 * have been read once more: a list may be cut short, and what is in a set after
 * all is a first contact, in which nothing is counted twice.
 */
bool	unlisted_look(struct store *, const struct merge_options *,
	    int64_t endpoint, int64_t item, const struct userdata *,
	    bool first, int64_t began, int64_t now, struct plan_counts *);

/*
 * The same, only of what is known not to be held: of alternate versions, most
 * of which are in no set anyway.  What the former user of an endpoint was seen
 * to hold is known so of his successor.
 */
bool	unlisted_again(struct store *, const struct merge_options *,
	    int64_t endpoint, int64_t item, const struct userdata *,
	    int64_t began, int64_t now, struct plan_counts *);

#endif
