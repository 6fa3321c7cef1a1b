/*
 * Export and import for a client of the control socket.  Neither holds up the
 * engine: an export goes out as fast as its client takes it, and an import is
 * let in so many lines at a time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"
#include "log.h"
#include "transfer.h"

#define SLICE	50		/* lines of an export at a time */

struct transfer {
	struct engine		*engine;
	struct channel		*channel;
	struct store		*store;		/* never a plan's copy */
	struct history_export	*export;	/* or NULL: an import */
	struct history_import	*import;
	int64_t			 lines;
	int64_t			 outcomes[HISTORY_OUTCOME_COUNT];
};

static struct transfer *transfer_new(struct engine *, struct channel *);
static void	put_row(struct transfer *, const struct message_row *);
static void	put_persons(struct transfer *);
static void	put_ready(struct transfer *);
static void	put_unmatched(struct transfer *, uint32_t,
		    const struct message_history *, const char *);
static void	put_import_summary(struct transfer *);
static int	receive_line(struct transfer *, struct imsg *);

static struct transfer *
transfer_new(struct engine *engine, struct channel *channel)
{
	struct transfer *transfer;

	if ((transfer = calloc(1, sizeof(*transfer))) == NULL)
		fatal("calloc");
	transfer->engine = engine;
	transfer->channel = channel;
	transfer->store = planning_goes_on(engine) ? engine->kept_store :
	    engine->store;
	return transfer;
}

void
transfer_free(struct transfer *transfer)
{
	if (transfer == NULL)
		return;
	history_export_end(transfer->export);
	history_import_end(transfer->import);
	free(transfer);
}

static void
put_row(struct transfer *transfer, const struct message_row *row)
{
	message_put_row(channel_imsgbuf(transfer->channel), 0, row);
	channel_written(transfer->channel);
}

/* Export. */

struct transfer *
transfer_export(struct engine *engine, struct channel *channel, char *error,
    size_t size)
{
	struct transfer *transfer = transfer_new(engine, channel);

	transfer->export = history_export_begin(transfer->store, error, size);
	if (transfer->export == NULL) {
		transfer_free(transfer);
		return NULL;
	}
	return transfer;
}

bool
transfer_more(struct transfer *transfer)
{
	static struct message_history line;
	struct message_row row;
	int i;

	for (i = 0; i < SLICE; i++) {
		if (!history_export_next(transfer->export, &line)) {
			row_begin(&row, "summary");
			row_number(&row, "lines", VALUE_NUMBER,
			    transfer->lines);
			put_row(transfer, &row);
			return false;
		}
		transfer->lines++;
		message_put_history(channel_imsgbuf(transfer->channel), 0,
		    &line);
	}
	channel_written(transfer->channel);
	return true;
}

/* Import. */

struct transfer *
transfer_import(struct engine *engine, struct channel *channel, bool replace)
{
	struct transfer *transfer = transfer_new(engine, channel);

	transfer->import = history_import_begin(transfer->store, &engine->merge,
	    engine->options.match, replace);
	put_persons(transfer);
	put_ready(transfer);
	return transfer;
}

/* Those whose history can be imported. */
static void
put_persons(struct transfer *transfer)
{
	struct db *db = store_db(transfer->store);
	struct message_row row;
	sqlite3_stmt *stmt;

	stmt = db_query(db, "SELECT p.name FROM person AS p WHERE EXISTS"
	    " (SELECT 1 FROM endpoint AS e WHERE e.person = p.id"
	    "  AND e.configured) ORDER BY p.name", "");
	while (db_row(db, stmt)) {
		row_begin(&row, "person");
		row_text(&row, "name", db_text(stmt, 0));
		put_row(transfer, &row);
	}
}

static void
put_ready(struct transfer *transfer)
{
	struct message_row row;

	row_begin(&row, "ready");
	row_number(&row, "lines", VALUE_NUMBER, transfer->lines);
	put_row(transfer, &row);
}

static void
put_unmatched(struct transfer *transfer, uint32_t number,
    const struct message_history *line, const char *reason)
{
	static const char *const kinds[ITEM_KIND_COUNT] = {
		[ITEM_MOVIE] = "movie", [ITEM_EPISODE] = "episode"
	};
	struct message_row row;
	char title[2 * TITLE_SIZE + 2];

	snprintf(title, sizeof(title), "%s%s%s", line->series_title,
	    line->series_title[0] == '\0' ? "" : ": ", line->title);
	row_begin(&row, "unmatched_line");
	row_number(&row, "line", VALUE_NUMBER, number);
	row_text(&row, "person", line->person);
	row_text(&row, "kind", kinds[line->kind]);
	row_text(&row, "title", title);
	if (line->season == NUMBER_UNKNOWN)
		row_none(&row, "season");
	else
		row_number(&row, "season", VALUE_NUMBER, line->season);
	if (line->episode == NUMBER_UNKNOWN)
		row_none(&row, "episode");
	else
		row_number(&row, "episode", VALUE_NUMBER, line->episode);
	if (line->year == 0)
		row_none(&row, "year");
	else
		row_number(&row, "year", VALUE_NUMBER, line->year);
	row_text(&row, "reason", reason);
	put_row(transfer, &row);
}

/* What only a server has that was never read in full cannot match yet. */
static void
put_import_summary(struct transfer *transfer)
{
	struct db *db = store_db(transfer->store);
	struct message_row row;
	sqlite3_stmt *stmt;

	row_begin(&row, "summary");
	row_number(&row, "lines", VALUE_NUMBER, transfer->lines);
	row_number(&row, "changed", VALUE_NUMBER,
	    transfer->outcomes[HISTORY_CHANGED]);
	row_number(&row, "unchanged", VALUE_NUMBER,
	    transfer->outcomes[HISTORY_UNCHANGED]);
	row_number(&row, "unmatched", VALUE_NUMBER,
	    transfer->outcomes[HISTORY_UNMATCHED]);
	stmt = db_query(db, "SELECT group_concat(name, ', ') FROM server"
	    " WHERE configured AND (identity_at = 0 OR EXISTS"
	    " (SELECT 1 FROM unformed AS u WHERE u.server = server.id))",
	    "");
	if (db_row(db, stmt)) {
		row_text(&row, "not_read", db_text(stmt, 0));
		db_done(stmt);
	}
	put_row(transfer, &row);
}

static int
receive_line(struct transfer *transfer, struct imsg *imsg)
{
	static struct message_history line;
	enum history_outcome outcome;
	const char *reason;

	if (message_get_history(imsg, &line) == -1 ||
	    history_import(transfer->import, &line, &outcome, &reason) == -1)
		return -1;
	transfer->outcomes[outcome]++;
	if (outcome == HISTORY_UNMATCHED)
		put_unmatched(transfer, imsg_get_id(imsg), &line, reason);
	if (++transfer->lines % HISTORY_BATCH == 0) {
		put_ready(transfer);
		sync_changed(transfer->engine);
	}
	return 0;
}

int
transfer_receive(struct transfer *transfer, struct imsg *imsg, bool *ended)
{
	*ended = false;
	if (transfer->import == NULL)
		return -1;
	if (imsg_get_type(imsg) == MESSAGE_HISTORY)
		return receive_line(transfer, imsg);
	if (imsg_get_type(imsg) != MESSAGE_HISTORY_END ||
	    imsg_get_len(imsg) != 0)
		return -1;
	/* "Imported" is only said of what a power cut cannot take back. */
	sync_changed(transfer->engine);
	store_commit(transfer->store);
	put_import_summary(transfer);
	*ended = true;
	return 0;
}
