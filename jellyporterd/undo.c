/* Undo: from the audit's old values to what is agreed. */
#include <string.h>

#include "undo.h"

#define SLICE		200		/* entries at a time */
#define COPIES_MAX	64		/* of a work, of a person */

/* An entry of the audit that is undone. */
struct entry {
	int64_t	id;
	int64_t	person;
	int64_t	work;
};

/* A copy before the first of its writes that are undone. */
struct old_copy {
	int64_t		id;		/* of that write's entry */
	int64_t		endpoint;
	int64_t		item;
	int64_t		version;	/* see struct audit_row */
	bool		apart;
	struct agreed	old;
};

/* The entries that are meant, by ?1 to ?5; for audit AS a. */
#define MATCHING	" AND (CASE ?1 WHEN 0 THEN a.kind = ?2"		\
			" AND a.time >= ?3 ELSE a.id = ?1 END)"		\
			" AND a.id <= ?4 AND (?5 = '' OR a.server ="	\
			" (SELECT id FROM server WHERE name = ?5))"

struct old_copies {
	size_t		n;
	struct old_copy	copies[COPIES_MAX];
};

static int64_t	old_copies(struct store *, const struct undo *,
		    const struct entry *, struct old_copies *);
static const struct old_copy *agreed_before(const struct old_copies *);
static void	undo_work(struct store *, const struct merge_options *,
		    const struct entry *, const struct old_copies *);
static void	set_apart(struct store *, const struct old_copy *);
static void	agree(struct store *, const struct entry *,
		    const struct agreed *);

const char *
undo_begin(struct store *store, struct undo *undo)
{
	undo->until_id = db_number(store_db(store), 0,
	    "SELECT max(id) FROM audit", "");
	undo->undone = 0;
	undo->after_id = 0;
	if (undo->id == 0)
		return NULL;
	switch (db_number(store_db(store), -1,
	    "SELECT kind FROM audit WHERE id = ?", "i", undo->id)) {
	case -1:
		return "there is no audit entry with this id (show audit)";
	case AUDIT_REVERTED:
		return "that is what its server did, and is written again";
	default:
		return NULL;
	}
}

/*
 * A person's copies of a work, as they were before the first of the writes
 * that are undone.  Returns the id of the first of all these writes.
 */
static int64_t
old_copies(struct store *store, const struct undo *undo,
    const struct entry *entry, struct old_copies *copies)
{
	struct old_copy *c;
	sqlite3_stmt *stmt;
	int64_t first = INT64_MAX;

	copies->n = 0;
	/* The other columns are those of the row with the least id. */
	stmt = db_query(store_db(store), "SELECT min(a.id), i.runtime,"
	    " a.endpoint, a.item, a.version, a.apart, a.old_played,"
	    " a.old_position, a.old_play_count, a.old_last_played,"
	    " a.old_favorite FROM item AS i JOIN audit AS a ON a.item = i.id"
	    MATCHING " AND a.person = ?6 WHERE i.work = ?7"
	    " GROUP BY a.endpoint, a.server, a.item", "iiiitii", undo->id,
	    (int64_t)AUDIT_WRITE, undo->since, undo->until_id, undo->server,
	    entry->person, entry->work);
	while (copies->n < COPIES_MAX && db_row(store_db(store), stmt)) {
		c = &copies->copies[copies->n++];
		memset(c, 0, sizeof(*c));
		c->id = sqlite3_column_int64(stmt, 0);
		c->old.runtime = sqlite3_column_int64(stmt, 1);
		c->endpoint = sqlite3_column_int64(stmt, 2);
		c->item = sqlite3_column_int64(stmt, 3);
		c->version = sqlite3_column_int64(stmt, 4);
		c->apart = sqlite3_column_int64(stmt, 5) != 0;
		store_userdata(stmt, 6, &c->old.userdata);
		first = c->id < first ? c->id : first;
	}
	db_done(stmt);
	return first;
}

/*
 * Which of them held what had been agreed before: that which was brought up to
 * the oldest of it.  NULL if none was; then each is given its own.
 */
static const struct old_copy *
agreed_before(const struct old_copies *copies)
{
	const struct old_copy *c, *found = NULL;
	size_t i;

	for (i = 0; i < copies->n; i++) {
		c = &copies->copies[i];
		if (!c->apart && c->version >= 0 &&
		    (found == NULL || c->version < found->version))
			found = c;
	}
	return found;
}

static void
undo_work(struct store *store, const struct merge_options *options,
    const struct entry *entry, const struct old_copies *copies)
{
	const struct old_copy *before = agreed_before(copies);
	size_t i;

	if (before != NULL)
		agree(store, entry, &before->old);
	for (i = 0; i < copies->n; i++) {
		if (copies->copies[i].apart || before == NULL)
			set_apart(store, &copies->copies[i]);
	}
	plan_work(store, options, entry->person, entry->work);
}

/*
 * A copy that had never held what is agreed gets its own old values back, and
 * keeps them: what was not agreed because of it is not taken from others.
 */
static void
set_apart(struct store *store, const struct old_copy *c)
{
	struct agreed_row agreed;
	struct copy_row row;

	if (!store_get_copy(store, c->endpoint, c->item, &row) || !row.exists)
		return;
	store_get_agreed(store, row.person, row.work, &agreed);
	store_set_apart(store, &row, &c->old.userdata,
	    agreed.agreed.versions.play > agreed.agreed.versions.favorite ?
	    agreed.agreed.versions.play : agreed.agreed.versions.favorite);
}

/* The old values are a new state: every copy has yet to be brought up to it. */
static void
agree(struct store *store, const struct entry *entry, const struct agreed *old)
{
	struct agreed_row row;

	store_get_agreed(store, entry->person, entry->work, &row);
	row.exists = true;
	row.agreed = *old;
	row.agreed.versions.play = store_advance(store);
	row.agreed.versions.favorite = row.agreed.versions.play;
	row.play_from = row.favorite_from = FROM_UNDO;
	store_put_agreed(store, entry->person, entry->work, &row);
}

bool
undo_go_on(struct store *store, const struct merge_options *options,
    struct undo *undo)
{
	struct entry entries[SLICE];
	struct old_copies copies;
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
		if (old_copies(store, undo, &entries[i], &copies) !=
		    entries[i].id)
			continue;
		undo_work(store, options, &entries[i], &copies);
		undo->undone++;
	}
	return n == SLICE;
}
