/* text and records: UTF-8, times, names, ids. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "record.h"
#include "text.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static void
test_is_utf8(void **state)
{
	static const char *const good[] = { "", "plain", "\xc3\xa9",
	    "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xed\x9f\xbf", "\xee\x80\x80",
	    "\xf4\x8f\xbf\xbf", "\xc2\x80", "\xe0\xa0\x80",
	    "\xf0\x90\x80\x80" };
	static const char *const bad[] = { "\x80", "\xc3", "\xc3(",
	    "\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf",
	    "\xed\xa0\x80", "\xed\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80",
	    "\xff", "a\xfe", "\xe2\x82", "\xf0\x9f\x98" };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++)
		assert_true(text_is_utf8(good[i], strlen(good[i])));
	for (i = 0; i < COUNT(bad); i++)
		assert_false(text_is_utf8(bad[i], strlen(bad[i])));
	assert_false(text_is_utf8("a\0b", 3));
}

static void
test_copy(void **state)
{
	char dst[8];

	(void)state;
	assert_int_equal(text_copy(dst, sizeof(dst), "1234567"), 0);
	assert_string_equal(dst, "1234567");
	assert_int_equal(text_copy(dst, sizeof(dst), "12345678"), 1);
	assert_string_equal(dst, "1234567");
	/* Never through a character. */
	assert_int_equal(text_copy(dst, sizeof(dst), "12345\xe2\x82\xac"), 1);
	assert_string_equal(dst, "12345");
	assert_int_equal(text_copy(dst, sizeof(dst), "1234\xe2\x82\xac"), 0);
	assert_string_equal(dst, "1234\xe2\x82\xac");
	/* Invalid bytes, and what they become may not fit. */
	assert_int_equal(text_copy(dst, sizeof(dst), "a\xff" "b"), 0);
	assert_string_equal(dst, "a\xef\xbf\xbd" "b");
	assert_int_equal(text_copy(dst, sizeof(dst), "12345\xff"), 1);
	assert_string_equal(dst, "12345");
	assert_int_equal(text_copy(dst, sizeof(dst), "\xe2\x82"), 0);
	assert_string_equal(dst, "\xef\xbf\xbd\xef\xbf\xbd");
	assert_int_equal(text_copy(dst, 1, "a"), 1);
	assert_string_equal(dst, "");
	assert_int_equal(text_copy(dst, 1, ""), 0);
	assert_int_equal(text_copy(dst, 0, ""), 1);
}

static void
test_safe(void **state)
{
	char dst[32];

	(void)state;
	assert_int_equal(text_safe(dst, sizeof(dst), "a\x1b[31mb\n\t\x7f"), 0);
	assert_string_equal(dst, "a?[31mb???");
	/* C1: the one-byte CSI; right-to-left override and isolate; marks. */
	assert_int_equal(text_safe(dst, sizeof(dst), "\xc2\x9b" "1m\xe2\x80\xae"
	    "\xe2\x81\xa6\xe2\x80\x8f\xd8\x9c" "e"), 0);
	assert_string_equal(dst, "?1m????e");
	assert_int_equal(text_safe(dst, sizeof(dst), "\xc2\xa0\xc3\xa9\xff"),
	    0);
	assert_string_equal(dst, "\xc2\xa0\xc3\xa9\xef\xbf\xbd");
	assert_int_equal(text_safe(dst, 3, "abc"), 1);
	assert_string_equal(dst, "ab");
}

static void
test_columns(void **state)
{
	(void)state;
	assert_int_equal(text_columns(""), 0);
	assert_int_equal(text_columns("abc"), 3);
	assert_int_equal(text_columns("\xc3\xa9t\xc3\xa9"), 3);
	assert_int_equal(text_columns("e\xcc\x81"), 1);
	assert_int_equal(text_columns("\xe5\x8d\x83\xe3\x81\xa8"), 4);
	assert_int_equal(text_columns("\xed\x95\x9c"), 2);
	assert_int_equal(text_columns("\xf0\x9f\x98\x80"), 2);
	assert_int_equal(text_columns("\xef\xbd\xb1"), 1);	/* half width */
	assert_int_equal(text_columns("a\xe2\x80\x8b" "b"), 2);
}

static void
test_trim(void **state)
{
	char dst[4];

	(void)state;
	assert_int_equal(text_trim(dst, sizeof(dst), " \t abc\r\n"), 0);
	assert_string_equal(dst, "abc");
	assert_int_equal(text_trim(dst, sizeof(dst), " a b "), 0);
	assert_string_equal(dst, "a b");
	assert_int_equal(text_trim(dst, sizeof(dst), "   "), 0);
	assert_string_equal(dst, "");
	assert_int_equal(text_trim(dst, sizeof(dst), " abcd "), -1);
}

static void
test_same_name(void **state)
{
	static const char *const same[][2] = {
		{ "", "" }, { "Anna", "aNNA" },
		{ "\xc3\x89MILE", "\xc3\xa9mile" },		/* É é */
		{ "\xc3\x9e", "\xc3\xbe" },			/* Þ þ */
		{ "\xc4\x8c\xc5\xa0\xc5\xbd",			/* ČŠŽ */
		    "\xc4\x8d\xc5\xa1\xc5\xbe" },
		{ "\xc5\x81", "\xc5\x82" },			/* Ł ł */
		{ "\xce\x91\xce\xa3\xce\x8c\xce\x88\xce\x86\xce\x8f",
		    "\xce\xb1\xcf\x82\xcf\x8c\xce\xad\xce\xac\xcf\x8e" },
		{ "\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd\xd0\x81",	/* ИванЁ */
		    "\xd0\xb8\xd0\x92\xd0\x90\xd0\x9d\xd1\x91" },
		{ "\xd2\x90", "\xd2\x91" },			/* Ґ ґ */
		{ "\xff", "\xff" },
	};
	static const char *const different[][2] = {
		{ "a", "" }, { "", "a" }, { "a", "b" }, { "ab", "a" },
		{ "\xc3\x97", "\xc3\xb7" },			/* times, divide */
		{ "@", "`" }, { "[", "{" },
		{ "e", "\xc3\xa9" },
		{ "\xff", "\xfe" }, { "\xff", "\xef\xbf\xbd" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(same); i++)
		assert_true(text_same_name(same[i][0], same[i][1]));
	for (i = 0; i < COUNT(different); i++)
		assert_false(text_same_name(different[i][0],
		    different[i][1]));
}

static void
test_nearest(void **state)
{
	static const char *const words[] = { "clients", "database", "events",
	    "metrics_addr", "metrics_path", "sync_interval_mins",
	    "full_sync_interval_mins", "url", "user", "users" };
	static const char *const pairs[][2] = {
		{ "client", "clients" }, { "clinets", "clients" },
		{ "Database", "database" }, { "databse", "database" },
		{ "metrics_adr", "metrics_addr" }, { "ulr", "url" },
		{ "usr", "user" }, { "sync_interval", NULL },
		{ "sync_intervall_min", "sync_interval_mins" },
		{ "uesr", "user" }, { "password", NULL }, { "", NULL },
		{ "x", NULL }, { "uuu", NULL }, { "users", "users" },
	};
	static const char *const one[] = { "a" };
	char longer[200];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(pairs); i++) {
		const char *got = text_nearest(pairs[i][0], words,
		    COUNT(words));

		if (pairs[i][1] == NULL)
			assert_null(got);
		else {
			assert_non_null(got);
			assert_string_equal(got, pairs[i][1]);
		}
	}
	assert_null(text_nearest("b", one, 1));
	assert_null(text_nearest("abc", one, 0));
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_null(text_nearest(longer, one, 1));
}

static void
test_parse_time(void **state)
{
	static const struct {
		const char	*text;
		int64_t		 seconds;
	} good[] = {
		{ "2026-03-01T18:04:09Z", 1772388249 },
		{ "2026-03-01T18:04:09.1Z", 1772388249 },
		{ "2026-03-01T18:04:09.1234567Z", 1772388249 },
		{ "2026-03-01T18:04:09.0000000Z", 1772388249 },
		{ "2026-03-01T18:04:09.999999999Z", 1772388249 },
		{ "2026-03-01T18:04:09", 1772388249 },
		{ "2026-03-01T18:04:09.5", 1772388249 },
		{ "2026-03-01T19:04:09+01:00", 1772388249 },
		{ "2026-03-01T12:34:09-05:30", 1772388249 },
		{ "2026-03-02T08:04:09.7+14:00", 1772388249 },
		{ "2026-03-01T18:04:09+00:00", 1772388249 },
		{ "2024-02-29T00:00:00Z", 1709164800 },
		{ "2000-02-29T23:59:59Z", 951868799 },
		{ "2400-02-29T00:00:00Z", INT64_C(13574563200) },
		{ "2038-01-19T03:14:08Z", INT64_C(2147483648) },
		{ "1970-01-01T00:00:00Z", 0 },
		{ "1970-01-01T00:00:01Z", 1 },
		{ "1970-01-01T00:30:00+01:00", 0 },
		{ "1969-12-31T23:59:59Z", 0 },
		{ "1969-12-31T23:59:59-01:00", 3599 },
		{ "0001-01-01T00:00:00Z", 0 },
		{ "0001-01-01T00:00:00.0000000", 0 },
		{ "9999-12-31T23:59:59.9999999Z", INT64_C(253402300799) },
		{ "9999-12-31T23:59:59-14:00", INT64_C(253402300799) },
	};
	static const char *const bad[] = {
		"", "never", "2026", "2026-03-01", "2026-03-01T18:04",
		"2026-03-01T18:04:09.Z", "2026-03-01T18:04:09.",
		"2026-03-01T18:04:09.1234567890Z", "2026-03-01 18:04:09Z",
		"2026-03-01t18:04:09z", "2026-03-01T18:04:09z",
		"2026-03-01T18:04:09ZZ", "2026-03-01T18:04:09Z ",
		" 2026-03-01T18:04:09Z", "2026-13-01T18:04:09Z",
		"2026-00-01T18:04:09Z", "2026-03-32T18:04:09Z",
		"2026-03-00T18:04:09Z", "2026-04-31T18:04:09Z",
		"2026-02-29T18:04:09Z", "1900-02-29T00:00:00Z",
		"2100-02-29T00:00:00Z", "2026-03-01T24:00:00Z",
		"2026-03-01T18:60:09Z", "2026-03-01T18:04:60Z",
		"0000-01-01T00:00:00Z", "26-03-01T18:04:09Z",
		"12026-03-01T18:04:09Z", "2026-3-1T18:04:09Z",
		"2026-03-01T18:04:09+1:00", "2026-03-01T18:04:09+0100",
		"2026-03-01T18:04:09+01", "2026-03-01T18:04:09+01:60",
		"2026-03-01T18:04:09+15:00", "2026-03-01T18:04:09+14:01",
		"2026-03-01T18:04:09+01:00Z", "2026-03-01T18:04:09 +01:00",
		"-026-03-01T18:04:09Z", "2026-03-01T-8:04:09Z",
		"2026-03-01T+8:04:09Z", "2026-03-01T18:04:09,5Z",
		"2026/03/01T18:04:09Z",
	};
	int64_t seconds;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		seconds = -1;
		if (text_parse_time(good[i].text, strlen(good[i].text),
		    &seconds) == -1 || seconds != good[i].seconds)
			fail_msg("%s: %lld", good[i].text, (long long)seconds);
	}
	for (i = 0; i < COUNT(bad); i++) {
		if (text_parse_time(bad[i], strlen(bad[i]), &seconds) != -1)
			fail_msg("%s", bad[i]);
	}
	/* Only len bytes count, and a NUL among them is no digit. */
	assert_int_equal(text_parse_time("2026-03-01T18:04:09Zgarbage", 20,
	    &seconds), 0);
	assert_int_equal(text_parse_time("2026-03-01T18:04:09Z", 21,
	    &seconds), -1);
	assert_int_equal(text_parse_time("2026-03-01T18:04:09Z", 18,
	    &seconds), -1);
}

static void
test_show_times(void **state)
{
	char dst[TEXT_TIME_SIZE], tight[21];

	(void)state;
	text_time_utc(dst, sizeof(dst), 0);
	assert_string_equal(dst, "-");
	text_time_utc(tight, sizeof(tight), 1772388249);
	assert_string_equal(tight, "2026-03-01T18:04:09Z");
	text_time_utc(tight, sizeof(tight) - 1, 1772388249);
	assert_string_equal(tight, "?");
	text_time_utc(dst, sizeof(dst), INT64_MAX);
	assert_string_equal(dst, "?");

	text_ticks(dst, sizeof(dst), 0);
	assert_string_equal(dst, "0:00");
	text_ticks(dst, sizeof(dst), 123 * TICKS_PER_SECOND + 9999999);
	assert_string_equal(dst, "2:03");
	text_ticks(dst, sizeof(dst), 3723 * TICKS_PER_SECOND);
	assert_string_equal(dst, "1:02:03");
	text_ticks(dst, sizeof(dst), -5 * TICKS_PER_SECOND);
	assert_string_equal(dst, "-0:05");
	text_ticks(dst, sizeof(dst), INT64_MIN);
	assert_string_equal(dst, "-256204778:48:05");
}

static void
test_ids(void **state)
{
	static const char *const bad[] = { "",
	    "0123456789abcdef0123456789abcde",
	    "0123456789abcdef0123456789abcdef0",
	    "0123456789abcdef0123456789abcdeg",
	    "01234567-89ab-cdef-0123-456789abcde",
	    "01234567-89ab-cdef-0123456789abcdef",
	    "0123456-789ab-cdef-0123-456789abcdef",
	    "01234567--89ab-cdef-0123456789abcdef",
	    "-0123456789abcdef0123456789abcdef",
	    "0123456789abcdef0123456789abcdef-",
	    "{01234567-89ab-cdef-0123-456789abcdef}",
	    " 0123456789abcdef0123456789abcdef" };
	char text[JELLYFIN_ID_TEXT_SIZE];
	struct jellyfin_id a, b;
	size_t i;

	(void)state;
	assert_int_equal(jellyfin_id_parse("0123456789abcdef0123456789ABCDEF",
	    &a), 0);
	assert_int_equal(jellyfin_id_parse(
	    "01234567-89ab-CDEF-0123-456789abcdef", &b), 0);
	assert_true(jellyfin_id_equal(&a, &b));
	assert_int_equal(a.bytes[0], 0x01);
	assert_int_equal(a.bytes[15], 0xef);
	jellyfin_id_text(&a, text);
	assert_string_equal(text, "0123456789abcdef0123456789abcdef");
	b.bytes[15]++;
	assert_false(jellyfin_id_equal(&a, &b));
	for (i = 0; i < COUNT(bad); i++)
		assert_int_equal(jellyfin_id_parse(bad[i], &a), -1);
}

static void
test_userdata(void **state)
{
	const struct userdata a = { 1, 2, 3, true, false };
	struct userdata b;

	(void)state;
	b = a;
	assert_true(userdata_equal(&a, &b));
	b.favorite = true;
	assert_false(userdata_equal(&a, &b));
	assert_true(userdata_play_equal(&a, &b));
	b = a;
	b.position++;
	assert_false(userdata_play_equal(&a, &b));
	b = a;
	b.last_played++;
	assert_false(userdata_play_equal(&a, &b));
	b = a;
	b.play_count++;
	assert_false(userdata_play_equal(&a, &b));
	b = a;
	b.played = false;
	assert_false(userdata_equal(&a, &b));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_is_utf8),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_safe),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_trim),
		cmocka_unit_test(test_same_name),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_parse_time),
		cmocka_unit_test(test_show_times),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_userdata),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
