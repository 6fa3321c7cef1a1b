/* The database: times that were noted by a clock that was set since. */
#include "store_internal.h"

#define WAIT_MAX	(24 * 3600)	/* seconds: nothing waits longer */

void
store_clock_begin(struct store *store, int64_t now)
{
	store_touch(store);
	/* Two statements: there is an index for each. */
	db_run(store->db, "UPDATE copy SET not_before = ?1 WHERE need > 0"
	    " AND not_before > ?1 + ?2", "ii", now, (int64_t)WAIT_MAX);
	db_run(store->db, "UPDATE copy SET not_before = ?1 WHERE asked"
	    " AND not_before > ?1 + ?2", "ii", now, (int64_t)WAIT_MAX);
	db_run(store->db, "UPDATE held SET time = ?1 WHERE time > ?1"
	    " AND state != ?2", "ii", now, (int64_t)HELD_HELD);
	/* When it was read in full is not known: long ago, then. */
	db_run(store->db, "UPDATE server SET identity_at = 1"
	    " WHERE identity_at > ?", "i", now);
}

void
store_clock_set(struct store *store, int64_t ahead)
{
	store_touch(store);
	db_run(store->db, "UPDATE copy SET not_before ="
	    " max(1, not_before + ?) WHERE not_before > 0", "i", ahead);
	db_run(store->db, "UPDATE held SET time = time + ? WHERE state != ?",
	    "ii", ahead, (int64_t)HELD_HELD);
}
