/* Undo: from the audit's old values to what is agreed. */
#include <string.h>

#include "undo.h"

#define SLICE		200		/* entries at a time */

/* An entry of the audit that is undone. */
struct entry {
	int64_t	id;
	int64_t	person;
	int64_t	work;
};

/* The entries that are meant, by ?1 to ?5; for audit AS a. */
#define MATCHING	" AND (CASE ?1 WHEN 0 THEN a.kind = ?2"		\
			" AND a.time >= ?3 ELSE a.id = ?1 END)"		\
			" AND a.id <= ?4 AND (?5 = '' OR a.server ="	\
			" (SELECT id FROM server WHERE name = ?5))"

static int64_t	audit_old(struct store *, const struct undo *, int64_t, int64_t,
		    struct agreed *);
static void	agree(struct store *, const struct merge_options *, int64_t,
		    int64_t, const struct agreed *);

const char *
undo_begin(struct store *store, struct undo *undo)
{
	undo->until_id = db_number(store_db(store), 0,
	    "SELECT max(id) FROM audit", "");
	undo->undone = 0;
	undo->after_id = 0;
	if (undo->id == 0)
		return NULL;
	return db_number(store_db(store), 0,
	    "SELECT count(*) FROM audit WHERE id = ?", "i", undo->id) == 0 ?
	    "there is no audit entry with this id (show audit)" : NULL;
}

/*
 * What a person's copies of a work held before the first of the writes that
 * are undone.  Where several copies were written, and held different things,
 * nobody can say which of them is meant: they unite, as in a first contact.
 * Returns the id of that first write.
 */
static int64_t
audit_old(struct store *store, const struct undo *undo, int64_t person,
    int64_t work, struct agreed *old)
{
	struct agreed other;
	sqlite3_stmt *stmt;
	int64_t id, first = INT64_MAX;

	memset(old, 0, sizeof(*old));
	/* The other columns are those of the row with the least id. */
	stmt = db_query(store_db(store), "SELECT min(a.id), i.runtime,"
	    " a.old_played, a.old_position, a.old_play_count,"
	    " a.old_last_played, a.old_favorite FROM item AS i"
	    " JOIN audit AS a ON a.item = i.id" MATCHING
	    " AND a.person = ?6 WHERE i.work = ?7 GROUP BY a.server, a.item",
	    "iiiitii", undo->id, (int64_t)AUDIT_WRITE, undo->since,
	    undo->until_id, undo->server, person, work);
	while (db_row(store_db(store), stmt)) {
		memset(&other, 0, sizeof(other));
		id = sqlite3_column_int64(stmt, 0);
		other.runtime = sqlite3_column_int64(stmt, 1);
		store_userdata(stmt, 2, &other.userdata);
		if (first != INT64_MAX)
			merge_union(old, &other);
		else
			*old = other;
		first = id < first ? id : first;
	}
	return first;
}

/* The old values are a new state: every copy has yet to be brought up to it. */
static void
agree(struct store *store, const struct merge_options *options, int64_t person,
    int64_t work, const struct agreed *old)
{
	struct agreed_row row;

	store_get_agreed(store, person, work, &row);
	row.exists = true;
	row.agreed = *old;
	row.agreed.versions.play = store_advance(store);
	row.agreed.versions.favorite = row.agreed.versions.play;
	row.play_from = row.favorite_from = FROM_UNDO;
	store_put_agreed(store, person, work, &row);
	plan_work(store, options, person, work);
}

bool
undo_go_on(struct store *store, const struct merge_options *options,
    struct undo *undo)
{
	struct entry entries[SLICE];
	struct agreed old;
	sqlite3_stmt *stmt;
	size_t i, n = 0;

	stmt = db_query(store_db(store), "SELECT a.id, a.person, i.work"
	    " FROM audit AS a JOIN item AS i ON i.id = a.item" MATCHING
	    " JOIN person AS p ON p.id = a.person"
	    " WHERE a.id > ?6 AND (?7 = '' OR p.name = ?7)"
	    " ORDER BY a.id LIMIT ?8", "iiiititi", undo->id,
	    (int64_t)AUDIT_WRITE, undo->since, undo->until_id, undo->server,
	    undo->after_id, undo->person, (int64_t)SLICE);
	while (db_row(store_db(store), stmt)) {
		entries[n].id = sqlite3_column_int64(stmt, 0);
		entries[n].person = sqlite3_column_int64(stmt, 1);
		entries[n++].work = sqlite3_column_int64(stmt, 2);
	}
	for (i = 0; i < n; i++) {
		undo->after_id = entries[i].id;
		/* Later entries of a work are undone with its first. */
		if (audit_old(store, undo, entries[i].person, entries[i].work,
		    &old) != entries[i].id)
			continue;
		agree(store, options, entries[i].person, entries[i].work,
		    &old);
		undo->undone++;
	}
	return n == SLICE;
}
