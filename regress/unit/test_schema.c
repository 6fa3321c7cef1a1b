/*
 * The database as a file: what is not ours is refused, what an older program
 * left is brought up to date.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db.h"
#include "store.h"

static void
test_files_that_are_not_ours(void **state)
{
	char path[] = "/tmp/test_store.XXXXXX", error[ERROR_SIZE];
	struct store *store;
	FILE *file;
	int fd;
	bool passes;

	(void)state;
	assert_int_not_equal(fd = mkstemp(path), -1);
	close(fd);
	assert_non_null(store = store_open(path, &passes, error,
	    sizeof(error)));
	store_advance(store);
	db_exec(store_db(store), "PRAGMA user_version = 1000");
	store_close(store);
	assert_null(store_open(path, &passes, error, sizeof(error)));
	assert_non_null(strstr(error, "newer"));
	assert_non_null(file = fopen(path, "w"));
	fputs("This is a letter to a friend, not a database of anything, and "
	    "long enough to be sure of that.\n", file);
	fclose(file);
	assert_null(store_open(path, &passes, error, sizeof(error)));
	unlink(path);
}

static void
test_sequence_survives(void **state)
{
	char directory[] = "/tmp/test_store.XXXXXX", path[64];
	char error[ERROR_SIZE];
	struct store *store;
	int64_t point;
	bool passes;

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/db", directory);
	assert_non_null(store = store_open(path, &passes, error,
	    sizeof(error)));
	store_advance(store);
	point = store_advance(store);
	store_close(store);
	assert_non_null(store = store_open(path, &passes, error,
	    sizeof(error)));
	assert_int_equal(store_point(store), point);
	assert_true(store_advance(store) > point);
	store_close(store);
	unlink(path);
	rmdir(directory);
}

/* A text file of at most that many bytes, or NULL. */
static char *
read_text(const char *path, size_t max)
{
	char *text;
	FILE *file;
	size_t n;

	if ((file = fopen(path, "r")) == NULL)
		return NULL;
	assert_non_null(text = malloc(max));
	n = fread(text, 1, max - 1, file);
	assert_true(n > 0 && n < max - 1);
	text[n] = '\0';
	fclose(file);
	return text;
}

/* How many rows of a table a file has. */
static int64_t
rows_of(sqlite3 *db, const char *table)
{
	sqlite3_stmt *stmt;
	char sql[128];
	int64_t n;

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", table);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	n = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return n;
}

/* Tables and indices are those of a database that is made today. */
static void
assert_as_if_new(sqlite3 *db, const char *directory)
{
	char path[64], sql[160], error[ERROR_SIZE];
	bool passes;

	snprintf(path, sizeof(path), "%s/new", directory);
	store_close(store_open(path, &passes, error, sizeof(error)));
	snprintf(sql, sizeof(sql), "ATTACH '%s' AS new", path);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(rows_of(db, "(SELECT type, name, sql"
	    " FROM main.sqlite_schema EXCEPT SELECT type, name, sql"
	    " FROM new.sqlite_schema)"), 0);
	assert_int_equal(rows_of(db, "(SELECT type, name, sql"
	    " FROM new.sqlite_schema EXCEPT SELECT type, name, sql"
	    " FROM main.sqlite_schema)"), 0);
	assert_int_equal(sqlite3_exec(db, "DETACH new", NULL, NULL, NULL),
	    SQLITE_OK);
	unlink(path);
}

/*
 * Every schema there was, as a database that a program of that time has left,
 * is brought up to date without losing a row.
 */
static void
test_older_schemas(void **state)
{
	static const char *const tables[] = { "server", "person", "endpoint",
	    "(SELECT DISTINCT work FROM item WHERE work IS NOT NULL)",
	    "(SELECT 1 FROM item AS a JOIN item AS b ON b.work = a.work)",
	    "item", "copy", "agreed", "audit" };
	static const size_t n_tables = sizeof(tables) / sizeof(tables[0]);
	char directory[] = "/tmp/jellyporter-test.XXXXXX";
	char path[64], name[64], error[ERROR_SIZE], *text, *problem;
	int64_t rows[9];
	struct store *store;
	int64_t current = 0;
	sqlite3 *db;
	size_t i;
	int version;
	bool passes;

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/db", directory);
	for (version = 1;; version++) {
		snprintf(name, sizeof(name), "regress/schema/%d.sql", version);
		if ((text = read_text(name, 1024 * 1024)) == NULL)
			break;
		assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
		if (sqlite3_exec(db, text, NULL, NULL, &problem) != SQLITE_OK)
			fail_msg("%s: %s", name, problem);
		for (i = 0; i < n_tables; i++)
			assert_true((rows[i] = rows_of(db, tables[i])) > 0);
		sqlite3_close(db);
		free(text);

		if ((store = store_open(path, &passes, error,
		    sizeof(error))) == NULL)
			fail_msg("%s: %s", name, error);
		current = db_number(store_db(store), 0,
		    "PRAGMA user_version", "");
		assert_true(current >= version);
		assert_int_equal(db_number(store_db(store), 0, "SELECT"
		    " count(*) FROM pragma_foreign_key_check", ""), 0);
		assert_int_equal(db_number(store_db(store), 0, "SELECT"
		    " integrity_check = 'ok' FROM pragma_integrity_check",
		    ""), 1);
		store_close(store);
		assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
		assert_as_if_new(db, directory);
		for (i = 0; i < n_tables; i++)
			assert_int_equal(rows_of(db, tables[i]), rows[i]);
		sqlite3_close(db);
		unlink(path);
	}
	/* This one's is there for the next. */
	assert_int_equal(version, current + 1);
	rmdir(directory);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files_that_are_not_ours),
		cmocka_unit_test(test_sequence_survives),
		cmocka_unit_test(test_older_schemas)
	};

	return cmocka_run_group_tests_name("schema", tests, NULL, NULL);
}
