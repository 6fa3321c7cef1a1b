/* SQLite, as the engine uses it. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "clock.h"
#include "db.h"
#include "db_trouble.h"
#include "log.h"
#include "message.h"

#define STATEMENTS_MAX	256
#define REPORT_STEPS	100000	/* of a statement: some ms */
#define COPY_PAGES	4096	/* at once: 16 MB */
#define TIME_ONE_IN	64	/* steps: the clock is not for nothing */

struct statement {
	const char	*sql;
	sqlite3_stmt	*stmt;
};

struct db {
	sqlite3		*sqlite;
	char		 path[PATH_SIZE + 8];	/* and ".plan" */
	struct statement statements[STATEMENTS_MAX];
	size_t		 n_statements;
	unsigned int	 steps;
	struct histogram durations;	/* of some of them */
};

static void	(*work_report)(void *);
static void	 *work_arg;

static int		 at_work(void *);
static sqlite3_stmt	*statement(struct db *, const char *);
static int		 timed_step(struct db *, sqlite3_stmt *);
static void		 bind(struct db *, sqlite3_stmt *, const char *, va_list);
__attribute__((__noreturn__))
static void		 db_fatal(struct db *, const char *);

static void
db_fatal(struct db *db, const char *sql)
{
	char error[ERROR_SIZE];
	bool passes;

	/* Ours is the mistake: which one, the statement tells. */
	if (!db_trouble_is_known(db->sqlite))
		fatalx("database: %s (%.60s)", sqlite3_errmsg(db->sqlite),
		    sql);
	passes = db_explain(db, error, sizeof(error));
	fatal_status(passes ? EX_TEMPFAIL : EX_CONFIG, "%s", error);
}

bool
db_explain(struct db *db, char *error, size_t size)
{
	return db_trouble(db->sqlite, db->path, error, size);
}

/*
 * One thread, and nobody asks SQLite how much memory it uses: both would take
 * a lock for each piece of it.  SQLite listens to this only before it does
 * anything else.
 */
void
db_setup(void)
{
	unsigned char random;

	if (sqlite3_config(SQLITE_CONFIG_SINGLETHREAD) != SQLITE_OK ||
	    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) != SQLITE_OK)
		fatalx("sqlite: it is in use already");
	/* It looks but once for a device of random numbers. */
	sqlite3_randomness(sizeof(random), &random);
}

void
db_report_work(void (*report)(void *), void *arg)
{
	work_report = report;
	work_arg = arg;
}

static int
at_work(void *arg)
{
	(void)arg;
	if (work_report != NULL)
		work_report(work_arg);
	return 0;			/* and go on */
}

struct db *
db_open(const char *path, bool *passes, char *error, size_t size)
{
	struct db *db;

	if ((db = calloc(1, sizeof(*db))) == NULL)
		fatal("calloc");
	if (strlcpy(db->path, path, sizeof(db->path)) >= sizeof(db->path))
		fatalx("the path of the database is too long");
	if (sqlite3_open_v2(path, &db->sqlite, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
		*passes = db_explain(db, error, size);
		db_close(db);
		return NULL;
	}
	sqlite3_extended_result_codes(db->sqlite, 1);
	sqlite3_busy_timeout(db->sqlite, 5000);
	sqlite3_progress_handler(db->sqlite, REPORT_STEPS, at_work, NULL);
	return db;
}

int
db_copy(const char *from, const char *to, char *error, size_t size)
{
	sqlite3 *source = NULL, *copy = NULL;
	sqlite3_backup *backup = NULL;
	int r;

	r = sqlite3_open_v2(from, &source, SQLITE_OPEN_READONLY |
	    SQLITE_OPEN_NOMUTEX, NULL);
	if (r == SQLITE_OK)
		r = sqlite3_open_v2(to, &copy, SQLITE_OPEN_READWRITE |
		    SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
	/* All of it is of one moment, however many steps it takes. */
	if (r == SQLITE_OK)
		r = sqlite3_exec(source, "BEGIN;"
		    " SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL);
	if (r == SQLITE_OK)
		backup = sqlite3_backup_init(copy, "main", source, "main");
	if (r == SQLITE_OK && backup == NULL)
		r = sqlite3_errcode(copy);
	if (backup != NULL) {
		while (sqlite3_backup_step(backup, COPY_PAGES) == SQLITE_OK)
			(void)at_work(NULL);
		r = sqlite3_backup_finish(backup);
	}
	if (r != SQLITE_OK)
		snprintf(error, size, "%s%s: cannot be copied to %s%s: %s",
		    db_top(), from, db_top(), to, sqlite3_errstr(r));
	sqlite3_close(copy);
	sqlite3_close(source);
	return r == SQLITE_OK ? 0 : -1;
}

struct db *
db_snapshot(struct db *db, char *error, size_t size)
{
	const char *path = sqlite3_db_filename(db->sqlite, "main");
	struct db *snapshot;
	bool passes;

	if (path == NULL || *path == '\0') {
		snprintf(error, size, "the database is not in a file");
		return NULL;
	}
	if ((snapshot = db_open(path, &passes, error, size)) == NULL)
		return NULL;
	/* It is the first reading that says which moment is meant. */
	if (db_try(snapshot, "PRAGMA query_only = ON; BEGIN;"
	    " SELECT count(*) FROM sqlite_schema") != SQLITE_OK) {
		(void)db_explain(snapshot, error, size);
		db_close(snapshot);
		return NULL;
	}
	return snapshot;
}

void
db_close(struct db *db)
{
	size_t i;

	if (db == NULL)
		return;
	for (i = 0; i < db->n_statements; i++)
		sqlite3_finalize(db->statements[i].stmt);
	if (sqlite3_close(db->sqlite) != SQLITE_OK)
		log_warnx("database not closed: %s",
		    sqlite3_errmsg(db->sqlite));
	free(db);
}

/* The prepared statement of a text; made at its first use. */
static sqlite3_stmt *
statement(struct db *db, const char *sql)
{
	struct statement *s;
	size_t i;

	for (i = 0; i < db->n_statements; i++) {
		s = &db->statements[i];
		if (s->sql != sql)
			continue;
		if (sqlite3_stmt_busy(s->stmt))
			fatalx("database: statement in use (%.60s)", sql);
		if (i > 0) {		/* the busy ones move to the front */
			struct statement t = s[-1];

			s[-1] = *s;
			*s = t;
			s--;
		}
		return s->stmt;
	}
	if (db->n_statements == STATEMENTS_MAX)
		fatalx("database: more than %d statements", STATEMENTS_MAX);
	s = &db->statements[db->n_statements];
	if (sqlite3_prepare_v3(db->sqlite, sql, -1, SQLITE_PREPARE_PERSISTENT,
	    &s->stmt, NULL) != SQLITE_OK)
		db_fatal(db, sql);
	s->sql = sql;
	db->n_statements++;
	return s->stmt;
}

static void
bind(struct db *db, sqlite3_stmt *stmt, const char *types, va_list ap)
{
	const int64_t *numbers;
	const void *blob;
	size_t n;
	int i, r;

	for (i = 1; *types != '\0'; i++, types++) {
		switch (*types) {
		case 'i':
			r = sqlite3_bind_int64(stmt, i, va_arg(ap, int64_t));
			break;
		case 't':
			r = sqlite3_bind_text(stmt, i,
			    va_arg(ap, const char *), -1, SQLITE_STATIC);
			break;
		case 'b':
			blob = va_arg(ap, const struct jellyfin_id *);
			r = sqlite3_bind_blob(stmt, i, blob,
			    JELLYFIN_ID_SIZE, SQLITE_STATIC);
			break;
		case 'n':
			numbers = va_arg(ap, const int64_t *);
			n = va_arg(ap, size_t);
			for (r = SQLITE_OK; n > 0 && r == SQLITE_OK; n--, i++)
				r = sqlite3_bind_int64(stmt, i, *numbers++);
			i--;
			break;
		default:
			fatalx("database: no type %c", *types);
		}
		if (r != SQLITE_OK)
			db_fatal(db, sqlite3_sql(stmt));
	}
}

sqlite3_stmt *
db_query(struct db *db, const char *sql, const char *types, ...)
{
	sqlite3_stmt *stmt = statement(db, sql);
	va_list ap;

	va_start(ap, types);
	bind(db, stmt, types, ap);
	va_end(ap);
	return stmt;
}

static int
timed_step(struct db *db, sqlite3_stmt *stmt)
{
	int64_t began = clock_us();
	int r = sqlite3_step(stmt);

	histogram_add(&db->durations, METRIC_QUERY_DURATION,
	    clock_us() - began);
	return r;
}

const struct histogram *
db_durations(const struct db *db)
{
	return &db->durations;
}

bool
db_row(struct db *db, sqlite3_stmt *stmt)
{
	int r = db->steps++ % TIME_ONE_IN == 0 ? timed_step(db, stmt) :
	    sqlite3_step(stmt);

	if (r == SQLITE_ROW)
		return true;
	if (r != SQLITE_DONE)
		db_fatal(db, sqlite3_sql(stmt));
	sqlite3_reset(stmt);
	return false;
}

void
db_done(sqlite3_stmt *stmt)
{
	sqlite3_reset(stmt);
}

int64_t
db_run(struct db *db, const char *sql, const char *types, ...)
{
	sqlite3_stmt *stmt = statement(db, sql);
	va_list ap;

	va_start(ap, types);
	bind(db, stmt, types, ap);
	va_end(ap);
	while (db_row(db, stmt))
		;
	return sqlite3_changes64(db->sqlite);
}

int64_t
db_number(struct db *db, int64_t otherwise, const char *sql,
    const char *types, ...)
{
	sqlite3_stmt *stmt = statement(db, sql);
	int64_t number = otherwise;
	va_list ap;

	va_start(ap, types);
	bind(db, stmt, types, ap);
	va_end(ap);
	if (db_row(db, stmt)) {
		if (sqlite3_column_type(stmt, 0) != SQLITE_NULL)
			number = sqlite3_column_int64(stmt, 0);
		db_done(stmt);
	}
	return number;
}

int
db_try(struct db *db, const char *sql)
{
	return sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL);
}

void
db_exec(struct db *db, const char *sql)
{
	if (db_try(db, sql) != SQLITE_OK)
		db_fatal(db, sql);
}

int64_t
db_last_id(struct db *db)
{
	return sqlite3_last_insert_rowid(db->sqlite);
}

const char *
db_text(sqlite3_stmt *stmt, int column)
{
	const unsigned char *text = sqlite3_column_text(stmt, column);

	return text == NULL ? "" : (const char *)text;
}

bool
db_id(sqlite3_stmt *stmt, int column, struct jellyfin_id *id)
{
	const void *blob = sqlite3_column_blob(stmt, column);

	if (blob == NULL ||
	    sqlite3_column_bytes(stmt, column) != JELLYFIN_ID_SIZE)
		return false;
	memcpy(id->bytes, blob, JELLYFIN_ID_SIZE);
	return true;
}
