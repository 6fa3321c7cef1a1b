/*
 * Export: each agreed with a description of its work, made of all items that
 * the work has, so that it does not matter which server the history came from.
 */
#include <stdlib.h>
#include <string.h>

#include "history.h"
#include "log.h"
#include "match_internal.h"

#define UNION_MAX	(2 * PROVIDERS_MAX)

/* A snapshot, and a statement that is stepped through as the reader likes. */
struct history_export {
	struct db		*db;
	sqlite3_stmt		*stmt;		/* NULL: at the end */
	int64_t			 work;		/* that line describes */
	bool			 known;		/* there is anything to say */
	struct message_history	 line;
};

/* Ids of several items; those on which they differ say nothing. */
struct id_union {
	struct match_id	ids[UNION_MAX];
	bool		disputed[UNION_MAX];
	size_t		n;
};

static void	unite_ids(struct id_union *, const char *);
static uint32_t	agreed_ids(const struct id_union *, struct provider_id *);
static void	describe_item(struct message_history *, sqlite3_stmt *, bool);
static void	describe_numbers(struct message_history *, sqlite3_stmt *);
static bool	describe_work(struct db *, int64_t, struct message_history *);

struct history_export *
history_export_begin(struct store *store, char *error, size_t size)
{
	struct history_export *export;

	if ((export = calloc(1, sizeof(*export))) == NULL)
		fatal("calloc");
	store_commit(store);
	if ((export->db = db_snapshot(store_db(store), error, size)) == NULL) {
		free(export);
		return NULL;
	}
	/* In the order of an index: nothing has to be sorted first. */
	export->stmt = db_query(export->db, "SELECT a.work, p.name, a.runtime,"
	    " a.played, a.position, a.play_count, a.last_played, a.favorite"
	    " FROM agreed AS a INDEXED BY agreed_work"
	    " CROSS JOIN person AS p ON p.id = a.person"
	    " WHERE EXISTS (SELECT 1 FROM endpoint AS e"
	    "  WHERE e.person = p.id AND e.configured)"
	    " ORDER BY a.work, a.person", "");
	return export;
}

void
history_export_end(struct history_export *export)
{
	if (export == NULL)
		return;
	if (export->stmt != NULL)
		db_done(export->stmt);
	db_close(export->db);
	free(export);
}

bool
history_export_next(struct history_export *export,
    struct message_history *line)
{
	int64_t work;

	while (export->stmt != NULL && db_row(export->db, export->stmt)) {
		work = sqlite3_column_int64(export->stmt, 0);
		if (work != export->work) {
			export->work = work;
			export->known = describe_work(export->db, work,
			    &export->line);
		}
		if (!export->known)
			continue;
		*line = export->line;
		if (strlcpy(line->person, db_text(export->stmt, 1),
		    sizeof(line->person)) >= sizeof(line->person))
			fatalx("database: name of a person");
		line->position_runtime =
		    sqlite3_column_int64(export->stmt, 2);
		store_userdata(export->stmt, 3, &line->userdata);
		return true;
	}
	export->stmt = NULL;
	return false;
}

static void
unite_ids(struct id_union *all, const char *text)
{
	struct match_ids ids;
	size_t i, k;

	if (match_ids_parse(text, &ids) == -1)
		fatalx("database: ids of an item");
	for (i = 0; i < ids.n; i++) {
		for (k = 0; k < all->n; k++) {
			if (strcmp(all->ids[k].provider,
			    ids.ids[i].provider) == 0)
				break;
		}
		if (k == UNION_MAX)
			continue;
		if (k == all->n)
			all->ids[all->n++] = ids.ids[i];
		else if (strcmp(all->ids[k].value, ids.ids[i].value) != 0)
			all->disputed[k] = true;
	}
}

/* Into an array of PROVIDERS_MAX, the strongest first; how many. */
static uint32_t
agreed_ids(const struct id_union *all, struct provider_id *to)
{
	struct provider_id given[UNION_MAX];
	struct match_ids ids;
	size_t i, n = 0;

	for (i = 0; i < all->n; i++) {
		if (all->disputed[i])
			continue;
		strlcpy(given[n].name, all->ids[i].provider,
		    sizeof(given[n].name));
		strlcpy(given[n].value, all->ids[i].value,
		    sizeof(given[n].value));
		n++;
	}
	match_normalise(given, n, &ids);
	for (i = 0; i < ids.n; i++) {
		strlcpy(to[i].name, ids.ids[i].provider, sizeof(to[i].name));
		strlcpy(to[i].value, ids.ids[i].value, sizeof(to[i].value));
	}
	return (uint32_t)ids.n;
}

/* Season, episode, end: of the first item that knows them all. */
static void
describe_numbers(struct message_history *line, sqlite3_stmt *stmt)
{
	struct match_item item = { .kind = ITEM_EPISODE };
	struct numbers numbers;

	item.season = sqlite3_column_int(stmt, 1);
	item.episode = sqlite3_column_int(stmt, 2);
	item.episode_end = sqlite3_column_int(stmt, 3);
	numbers = match_numbers(&item);
	if (line->kind != ITEM_EPISODE || !numbers.known ||
	    line->season != NUMBER_UNKNOWN)
		return;
	line->season = numbers.season;
	line->episode = numbers.episode;
	line->episode_end = numbers.episode_end;
}

/* An item more: what is not known yet is taken from it. */
static void
describe_item(struct message_history *line, sqlite3_stmt *stmt, bool first)
{
	if (first) {
		memset(line, 0, sizeof(*line));
		line->kind = (enum item_kind)sqlite3_column_int(stmt, 0);
		line->season = line->episode = line->episode_end =
		    NUMBER_UNKNOWN;
		if (strlcpy(line->title, db_text(stmt, 6),
		    sizeof(line->title)) >= sizeof(line->title) ||
		    strlcpy(line->series_title, db_text(stmt, 7),
		    sizeof(line->series_title)) >= sizeof(line->series_title))
			fatalx("database: title of an item");
	}
	describe_numbers(line, stmt);
	if (line->year == 0)
		line->year = sqlite3_column_int(stmt, 4);
	if (line->runtime == 0)
		line->runtime = sqlite3_column_int64(stmt, 5);
}

/*
 * By all items that are there; by those that were, if none is.  Their order
 * is that of what they say, so that it is the same with any servers.  False
 * if there has never been one.
 */
static bool
describe_work(struct db *db, int64_t work, struct message_history *line)
{
	struct id_union own = { .n = 0 }, series = { .n = 0 };
	bool gone, first = true, first_gone = false;
	sqlite3_stmt *stmt;

	stmt = db_query(db, "SELECT i.kind, i.season, i.episode,"
	    " i.episode_end, i.year, i.runtime, i.title, i.series_title,"
	    " i.ids, s.ids, i.gone_since != 0 OR NOT v.configured AS gone"
	    " FROM item AS i JOIN server AS v ON v.id = i.server"
	    " LEFT JOIN item AS s ON s.server = i.server"
	    " AND s.jellyfin_id = i.series WHERE i.work = ?"
	    " ORDER BY gone, i.title = '', i.title, i.series_title = '',"
	    " i.series_title, i.runtime = 0, i.runtime, i.year, i.season,"
	    " i.episode, i.episode_end", "i", work);
	while (db_row(db, stmt)) {
		gone = sqlite3_column_int(stmt, 10) != 0;
		if (first)
			first_gone = gone;
		else if (gone != first_gone) {
			db_done(stmt);
			break;
		}
		describe_item(line, stmt, first);
		unite_ids(&own, db_text(stmt, 8));
		unite_ids(&series, db_text(stmt, 9));
		first = false;
	}
	if (first)
		return false;
	line->n_ids = agreed_ids(&own, line->ids);
	line->n_series_ids = agreed_ids(&series, line->series_ids);
	return true;
}
