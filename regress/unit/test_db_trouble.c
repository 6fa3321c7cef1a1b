/*
 * What fails in a database's file: in which words, whether waiting may help,
 * and that our own mistakes are not among it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/resource.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db_trouble.h"
#include "record.h"

static char directory[] = "/tmp/jellyporter-trouble.XXXXXX";
static char path[64];

static sqlite3 *
open_it(int flags)
{
	sqlite3 *sqlite;

	assert_int_equal(sqlite3_open_v2(path, &sqlite, flags, NULL),
	    SQLITE_OK);
	sqlite3_extended_result_codes(sqlite, 1);
	return sqlite;
}

static sqlite3 *
with_table(void)
{
	sqlite3 *sqlite;

	(void)unlink(path);
	sqlite = open_it(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
	assert_int_equal(sqlite3_exec(sqlite, "CREATE TABLE t (b)", NULL, NULL,
	    NULL), SQLITE_OK);
	return sqlite;
}

/* The statement fails in this way, and this is what is said of it. */
static void
assert_trouble(sqlite3 *sqlite, const char *sql, int code, bool passes,
    const char *words)
{
	char error[ERROR_SIZE], all[ERROR_SIZE];

	assert_int_equal(sqlite3_exec(sqlite, sql, NULL, NULL, NULL) & 0xff,
	    code);
	assert_true(db_trouble_is_known(sqlite));
	assert_int_equal(db_trouble(sqlite, path, error, sizeof(error)),
	    passes);
	(void)snprintf(all, sizeof(all), "%s: %s", path, words);
	if (strncmp(error, all, strlen(all)) != 0)
		fail_msg("\"%s\" does not begin with \"%s\"", error, all);
}

static void
put_bytes(long offset, const char *bytes, size_t len)
{
	FILE *file = fopen(path, "r+");

	assert_non_null(file);
	assert_int_equal(fseek(file, offset, SEEK_SET), 0);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static void
test_no_room(void **state)
{
	sqlite3 *sqlite = with_table();

	(void)state;
	assert_int_equal(sqlite3_exec(sqlite, "PRAGMA max_page_count = 3",
	    NULL, NULL, NULL), SQLITE_OK);
	assert_trouble(sqlite, "INSERT INTO t VALUES (randomblob(100000))",
	    SQLITE_FULL, true, "there is no room for it on the disk: make some "
	    "in /tmp/jellyporter-trouble.");
	sqlite3_close(sqlite);
}

static void
test_read_only(void **state)
{
	sqlite3 *sqlite;

	(void)state;
	sqlite3_close(with_table());
	sqlite = open_it(SQLITE_OPEN_READONLY);
	assert_trouble(sqlite, "INSERT INTO t VALUES (1)", SQLITE_READONLY,
	    true, "it cannot be opened: attempt to write a readonly database");
	sqlite3_close(sqlite);
}

static void
test_in_use(void **state)
{
	sqlite3 *one = with_table(), *other = open_it(SQLITE_OPEN_READWRITE);

	(void)state;
	assert_int_equal(sqlite3_exec(one, "BEGIN EXCLUSIVE", NULL, NULL,
	    NULL), SQLITE_OK);
	assert_trouble(other, "INSERT INTO t VALUES (1)", SQLITE_BUSY, true,
	    "another program uses it");
	sqlite3_close(one);
	sqlite3_close(other);
}

/* A file that may not grow is a disk that fails. */
static void
test_disk_fails(void **state)
{
	sqlite3 *sqlite;
	struct rlimit old, low;

	(void)state;
	if (getenv("TEST_NO_RLIMIT") != NULL)
		skip();
	sqlite = with_table();
	assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	low = old;
	low.rlim_cur = 16384;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
	assert_trouble(sqlite, "INSERT INTO t VALUES (randomblob(100000))",
	    SQLITE_IOERR, true, "its disk fails (disk I/O error: ");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	sqlite3_close(sqlite);
}

static void
test_damaged(void **state)
{
	static const char garbage[8192] = "this is no database, and never was";
	sqlite3 *sqlite;

	(void)state;
	sqlite3_close(with_table());
	put_bytes(4096, garbage, 4096);		/* the table */
	sqlite = open_it(SQLITE_OPEN_READWRITE);
	assert_trouble(sqlite, "INSERT INTO t VALUES (1)", SQLITE_CORRUPT,
	    false, "it is damaged (database disk image is malformed): put a "
	    "copy in its place, or have it moved aside by jellyporterd -R");
	sqlite3_close(sqlite);
	put_bytes(0, garbage, sizeof(garbage));
	sqlite = open_it(SQLITE_OPEN_READWRITE);
	assert_trouble(sqlite, "INSERT INTO t VALUES (1)", SQLITE_NOTADB,
	    false, "it is damaged (file is not a database)");
	sqlite3_close(sqlite);
}

static void
test_no_memory(void **state)
{
	sqlite3 *sqlite = with_table();

	(void)state;
	sqlite3_hard_heap_limit64(sqlite3_memory_used() + 1000);
	assert_trouble(sqlite, "SELECT length(randomblob(1000000))",
	    SQLITE_NOMEM, true, "out of memory");
	sqlite3_hard_heap_limit64(0);
	sqlite3_close(sqlite);
}

/* What is ours is neither the file's nor the disk's. */
static void
test_our_own(void **state)
{
	static const char *const mistakes[] = {
		"SELEC 1", "SELECT * FROM nothing",
		("CREATE TABLE u (i INTEGER PRIMARY KEY);"
		"INSERT INTO u VALUES (1), (1)")
	};
	sqlite3 *sqlite = with_table();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		assert_int_not_equal(sqlite3_exec(sqlite, mistakes[i], NULL,
		    NULL, NULL), SQLITE_OK);
		assert_false(db_trouble_is_known(sqlite));
	}
	sqlite3_close(sqlite);
}

static int
make_directory(void **state)
{
	(void)state;
	if (mkdtemp(directory) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/db", directory);
	return 0;
}

static int
remove_directory(void **state)
{
	char journal[sizeof(path) + 8];

	(void)state;
	(void)snprintf(journal, sizeof(journal), "%s-journal", path);
	(void)unlink(journal);
	(void)unlink(path);
	return rmdir(directory);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_read_only),
		cmocka_unit_test(test_in_use),
		cmocka_unit_test(test_disk_fails),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_our_own)
	};

	return cmocka_run_group_tests_name("db_trouble", tests,
	    make_directory, remove_directory);
}
