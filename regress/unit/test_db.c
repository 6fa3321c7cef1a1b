/* The layer over SQLite: that work which takes long is told of meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "db.h"
#include "record.h"

#define LARGE	"40000000"	/* bytes: several steps of a copy */

static char directory[] = "/tmp/jellyporter-db.XXXXXX";
static char path[64], copy[64];
static int reports;

static void
report(void *arg)
{
	(*(int *)arg)++;
}

static struct db *
open_file(const char *file)
{
	char error[ERROR_SIZE];
	bool passes;
	struct db *db = db_open(file, &passes, error, sizeof(error));

	if (db == NULL)
		fail_msg("%s", error);
	return db;
}

static void
test_long_statement(void **state)
{
	struct db *db = open_file(path);

	(void)state;
	reports = 0;
	assert_int_equal(db_number(db, 0, "SELECT 1", ""), 1);
	assert_int_equal(reports, 0);
	assert_int_equal(db_number(db, 0, "WITH RECURSIVE c (n) AS (SELECT 1"
	    " UNION ALL SELECT n + 1 FROM c WHERE n < 300000)"
	    " SELECT max(n) FROM c", ""), 300000);
	assert_true(reports > 10);
	db_close(db);
}

static void
test_copy(void **state)
{
	char error[ERROR_SIZE];
	struct db *db = open_file(path);

	(void)state;
	db_exec(db, "PRAGMA journal_mode = WAL; CREATE TABLE t (b);"
	    " INSERT INTO t VALUES (randomblob(" LARGE "))");
	reports = 0;
	/* From a connection of its own, while this one is open. */
	assert_int_equal(db_copy(path, copy, error, sizeof(error)), 0);
	assert_in_range(reports, 1, 100);
	db_close(db);
	db = open_file(copy);
	assert_int_equal(db_number(db, 0, "SELECT length(b) FROM t", ""),
	    atoi(LARGE));
	assert_int_equal(db_number(db, 0, "SELECT count(*) FROM"
	    " pragma_integrity_check WHERE integrity_check = 'ok'", ""), 1);
	db_close(db);
}

static int
setup(void **state)
{
	(void)state;
	if (mkdtemp(directory) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/test.db", directory);
	(void)snprintf(copy, sizeof(copy), "%s/copy.db", directory);
	db_setup();
	db_report_work(report, &reports);
	return 0;
}

static int
teardown(void **state)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	char name[80];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		(void)snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
		(void)unlink(name);
	}
	return unlink(copy) == -1 || rmdir(directory) == -1 ? -1 : 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_long_statement),
		cmocka_unit_test(test_copy)
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
