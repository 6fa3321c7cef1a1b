/*
 * Lines of a history file: each is read as it was written, what is wrong is
 * said exactly, and nothing that anybody may write there does harm.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history_line.h"

#define ROUNDS		20000		/* of random changes */

#define WORK	"\"person\":\"bob\",\"kind\":\"movie\""
#define PLAYED	"\"played\":true"
#define REST	"\"position\":0,\"play_count\":1,"				\
		"\"last_played\":\"2026-03-01T18:04:09Z\",\"favorite\":false"
#define GOOD	"{" WORK "," PLAYED "," REST "}"
#define WITH(more)	"{" WORK "," PLAYED "," REST "," more "}"

static const char full[] =
    "{\"person\":\"alice\",\"kind\":\"episode\",\"title\":\"Pilot \\\"x\\\"\","
    "\"series_title\":\"\xe7\xac\xac\xe4\xb8\x80\xe8\xa9\xb1\",\"year\":1981,"
    "\"season\":0,\"episode\":11,\"episode_end\":12,\"runtime\":60000000000,"
    "\"ids\":{\"imdb\":\"tt0020004\",\"tvdb\":\"4\"},"
    "\"series_ids\":{\"tvdb\":\"77\"},\"played\":true,\"position\":5,"
    "\"position_runtime\":60000000001,\"play_count\":3,"
    "\"last_played\":\"2026-03-01T18:04:09Z\",\"favorite\":true}\n";

static const struct {
	const char	*line;
	const char	*error;
} bad[] = {
	{ "{", "the line ends in the middle" },
	{ "{" WORK, "the line ends in the middle" },
	{ "[]", "not a JSON object" },
	{ "12", "not a JSON object" },
	{ "person,kind", "not a JSON object" },
	{ "{person:1}",
	    "not JSON at byte 2: quoted object property name expected" },
	{ "{\"person\" 1}",
	    "not JSON at byte 11: object property name separator ':' "
	    "expected" },
	{ GOOD " " GOOD, "something follows the object at byte 129" },
	{ GOOD ",", "something follows the object at byte 128" },
	{ "{\"x\":\"\xff\"}", "not valid UTF-8" },
	{ "\xef\xbb\xbf" GOOD, "not a JSON object" },
	{ "{\"x\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}",
	    "not JSON at byte 21: nesting too deep" },

	{ "{}", "\"person\" is missing" },
	{ "{\"person\":null}", "\"person\" is not a text" },
	{ "{\"person\":7}", "\"person\" is not a text" },
	{ "{\"person\":\"\"}", "\"person\" is empty" },
	{ "{\"person\":\"a\\u0000b\"}",
	    "\"person\" has characters that are none" },
	{ "{\"person\":\"bob\"}", "\"kind\" is missing" },
	{ "{\"person\":\"bob\",\"kind\":\"series\"}",
	    "\"kind\" is neither \"movie\" nor \"episode\"" },
	{ "{\"person\":\"bob\",\"kind\":\"a very long word\"}",
	    "\"kind\" is too long (at most 15 bytes)" },
	{ WITH("\"title\":[]"), "\"title\" is not a text" },
	{ WITH("\"series_title\":1"), "\"series_title\" is not a text" },
	{ WITH("\"season\":-1"),
	    "\"season\" is not a number from 0 to 2147483647, or null" },
	{ WITH("\"episode\":2147483648"),
	    "\"episode\" is not a number from 0 to 2147483647, or null" },
	{ WITH("\"episode_end\":\"3\""),
	    "\"episode_end\" is not a number from 0 to 2147483647, or null" },
	{ WITH("\"year\":1981.5"),
	    "\"year\" is not a number from 0 to 2147483647, or null" },
	{ WITH("\"runtime\":99999999999999999999"), "\"runtime\" is not a "
	    "number from 0 to 9223372036854775807, or null" },
	{ WITH("\"runtime\":-99999999999999999999"), "\"runtime\" is not a "
	    "number from 0 to 9223372036854775807, or null" },
	{ WITH("\"position_runtime\":9223372036854775808"),
	    "\"position_runtime\" is not a number from 0 to "
	    "9223372036854775807, or null" },
	{ WITH("\"ids\":[]"), "\"ids\" is not an object of texts" },
	{ WITH("\"ids\":{\"imdb\":7}"), "\"imdb\" is not a text" },
	{ WITH("\"series_ids\":{\"imdb\":null}"), "\"imdb\" is not a text" },
	{ WITH("\"ids\":{\"a name of thirty-two characters.\":\"1\"}"),
	    "\"ids\" has a name that is too long (at most 31 bytes)" },
	{ WITH("\"ids\":{\"a\":\"1\",\"b\":\"1\",\"c\":\"1\",\"d\":\"1\","
	    "\"e\":\"1\",\"f\":\"1\",\"g\":\"1\",\"h\":\"1\",\"i\":\"1\","
	    "\"j\":\"1\",\"k\":\"1\",\"l\":\"1\",\"m\":\"1\",\"n\":\"1\","
	    "\"o\":\"1\",\"p\":\"1\",\"q\":\"1\"}"),
	    "\"ids\" has more than 16 ids" },

	/* What is missing must not be taken for an unmark. */
	{ "{" WORK "," REST "}", "\"played\" is missing" },
	{ "{" WORK ",\"played\":1," REST "}",
	    "\"played\" is neither true nor false" },
	{ "{" WORK ",\"played\":null," REST "}",
	    "\"played\" is neither true nor false" },
	{ "{" WORK "," PLAYED "}", "\"position\" is missing" },
	{ "{" WORK "," PLAYED ",\"position\":null}", "\"position\" is not a "
	    "number from 0 to 9223372036854775807" },
	{ "{" WORK "," PLAYED ",\"position\":0}",
	    "\"play_count\" is missing" },
	{ "{" WORK "," PLAYED ",\"position\":0,\"play_count\":2147483648}",
	    "\"play_count\" is not a number from 0 to 2147483647" },
	{ "{" WORK "," PLAYED ",\"position\":0,\"play_count\":1}",
	    "\"last_played\" is missing" },
#define DATED(date)	"{" WORK "," PLAYED ",\"position\":0,"		\
	"\"play_count\":1,\"last_played\":" date ",\"favorite\":false}"
#define NO_TIME	"\"last_played\" is not a time as 2026-03-01T18:04:09Z, "	\
	"after 1970, or null"
	{ DATED("1772388249"), NO_TIME },
	{ DATED("\"\""), NO_TIME },
	{ DATED("\"2026-03-01\""), NO_TIME },
	{ DATED("\"2026-03-01T18:04:09\""), NO_TIME },
	{ DATED("\"2026-02-30T18:04:09Z\""), NO_TIME },
	{ DATED("\"1969-12-31T23:59:59Z\""), NO_TIME },
	{ "{" WORK "," PLAYED ",\"position\":0,\"play_count\":1,"
	    "\"last_played\":null}", "\"favorite\" is missing" },

	{ "{\"format\":\"other\",\"format_version\":1}",
	    "\"format\" is not \"jellyporter history\"" },
	{ "{\"format\":1}", "\"format\" is not a text" },
	{ "{\"format\":\"jellyporter history\"}",
	    "\"format_version\" is missing" },
	{ "{\"format\":\"jellyporter history\",\"format_version\":0}",
	    "\"format_version\" is 0" },
	{ "{\"format\":\"jellyporter history\",\"format_version\":2}",
	    "format_version is 2, and this jellyporterctl knows none above 1: "
	    "install a newer one" }
};

static struct message_history line;
static char error[ERROR_SIZE];

static int
parse(const char *text, enum history_line *what)
{
	error[0] = '\0';
	return import_line_parse(text, strlen(text), what, &line, error,
	    sizeof(error));
}

/* As it would stand in a file; to be freed. */
static char *
print(const struct message_history *history)
{
	char *text;
	size_t size;
	FILE *f;

	assert_non_null(f = open_memstream(&text, &size));
	export_line_print(f, history);
	assert_int_equal(fclose(f), 0);
	return text;
}

static void
test_bad_lines(void **state)
{
	enum history_line what;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (parse(bad[i].line, &what) != -1)
			fail_msg("%s: accepted", bad[i].line);
		if (strcmp(error, bad[i].error) != 0)
			fail_msg("%s: \"%s\" instead of \"%s\"", bad[i].line,
			    error, bad[i].error);
	}
}

static void
test_kinds_of_lines(void **state)
{
	enum history_line what;
	size_t size;
	char *text;
	FILE *f;

	(void)state;
	assert_int_equal(parse(GOOD, &what), 0);
	assert_int_equal(what, LINE_HISTORY);
	assert_int_equal(parse("", &what), 0);
	assert_int_equal(what, LINE_EMPTY);
	assert_int_equal(parse(" \t\r", &what), 0);
	assert_int_equal(what, LINE_EMPTY);
	/* As an editor elsewhere leaves it. */
	assert_int_equal(parse("  " GOOD " \r", &what), 0);
	assert_int_equal(what, LINE_HISTORY);
	assert_non_null(f = open_memstream(&text, &size));
	export_header_print(f, INT64_C(1772388249));
	assert_int_equal(fclose(f), 0);
	assert_non_null(strstr(text, "\"time\":\"2026-03-01T18:04:09Z\"}\n"));
	text[strlen(text) - 1] = '\0';
	assert_int_equal(parse(text, &what), 0);
	assert_int_equal(what, LINE_HEADER);
	free(text);
}

static void
test_full_line(void **state)
{
	char *printed, copy[sizeof(full)];
	enum history_line what;

	(void)state;
	strlcpy(copy, full, sizeof(copy));
	copy[strlen(copy) - 1] = '\0';
	if (parse(copy, &what) == -1)
		fail_msg("%s", error);
	assert_string_equal(line.person, "alice");
	assert_int_equal(line.kind, ITEM_EPISODE);
	assert_string_equal(line.title, "Pilot \"x\"");
	assert_int_equal(line.season, 0);
	assert_int_equal(line.episode, 11);
	assert_int_equal(line.episode_end, 12);
	assert_int_equal(line.year, 1981);
	assert_int_equal(line.n_ids, 2);
	assert_string_equal(line.ids[1].name, "tvdb");
	assert_string_equal(line.ids[1].value, "4");
	assert_int_equal(line.n_series_ids, 1);
	assert_int_equal(line.userdata.position, 5);
	assert_int_equal(line.userdata.last_played, 1772388249);
	assert_int_equal(line.userdata.play_count, 3);
	assert_true(line.userdata.played && line.userdata.favorite);
	assert_int_equal(line.position_runtime, INT64_C(60000000001));
	printed = print(&line);
	assert_string_equal(printed, full);
	free(printed);
}

static void
test_unknown(void **state)
{
	enum history_line what;

	(void)state;
	/* What nobody knows is passed over, whatever it is. */
	assert_int_equal(parse(WITH("\"x\":{\"y\":[1e999,null]}"), &what), 0);
	assert_int_equal(parse(GOOD, &what), 0);
	assert_int_equal(line.season, NUMBER_UNKNOWN);
	assert_int_equal(line.episode_end, NUMBER_UNKNOWN);
	assert_int_equal(line.year, 0);
	assert_int_equal(line.n_ids, 0);
	/* The position is of a copy like this one, unless it is said not to
	 * be known. */
	assert_int_equal(parse(WITH("\"runtime\":7"), &what), 0);
	assert_int_equal(line.position_runtime, 7);
	assert_int_equal(parse(WITH("\"runtime\":7,\"position_runtime\":null"),
	    &what), 0);
	assert_int_equal(line.position_runtime, 0);
	/* Times of another zone are the same time. */
	assert_int_equal(parse(DATED("\"2026-03-01T19:04:09.5+01:00\""),
	    &what), 0);
	assert_int_equal(line.userdata.last_played, 1772388249);
	assert_int_equal(parse(DATED("null"), &what), 0);
	assert_int_equal(line.userdata.last_played, 0);
}

/* A title must not steer the terminal that it is shown on, and yet stay. */
static void
test_unsafe_text(void **state)
{
	static const char title[] =
	    "a\x1b[31m\xc2\x9b\xe2\x80\xae\x7f \"\\/\xf0\x9f\x8e\xac";
	enum history_line what;
	char *printed, *p;

	(void)state;
	assert_int_equal(parse(GOOD, &what), 0);
	strlcpy(line.title, title, sizeof(line.title));
	printed = print(&line);
	for (p = printed; p[1] != '\0'; p++)
		assert_true((unsigned char)*p >= 0x20 && *p != 0x7f);
	assert_null(strstr(printed, "\xc2\x9b"));
	assert_null(strstr(printed, "\xe2\x80\xae"));
	assert_non_null(strstr(printed, "\xf0\x9f\x8e\xac"));
	printed[strlen(printed) - 1] = '\0';
	if (parse(printed, &what) == -1)
		fail_msg("%s", error);
	assert_string_equal(line.title, title);
	free(printed);
}

/*
 * Whatever happens to a line: it is refused with a reason, or it is one that
 * can be written and read again as the same.
 */
static void
test_random_changes(void **state)
{
	static const char bytes[] = "{}[]\",:\\u0000-9e.tfn \xff\xc3\x80x";
	static char text[2 * sizeof(full)];
	struct message_history first;
	enum history_line what;
	char *printed;
	size_t len, at;
	int i, n, accepted = 0;

	(void)state;
	srandom(7);
	for (i = 0; i < ROUNDS; i++) {
		len = strlcpy(text, full, sizeof(text)) - 1;
		for (n = (int)(random() % 3); n >= 0; n--) {
			at = (size_t)random() % len;
			if (random() % 4 == 0)
				len = at + 1;		/* cut */
			else if (random() % 3 == 0 && len > 8)
				memmove(text + at, text + at + 1, len-- - at);
			else
				text[at] = bytes[(size_t)random() %
				    (sizeof(bytes) - 1)];
		}
		text[len] = '\0';
		error[0] = '\0';
		if (import_line_parse(text, len, &what, &line, error,
		    sizeof(error)) == -1) {
			assert_string_not_equal(error, "");
			continue;
		}
		if (what != LINE_HISTORY)
			continue;
		accepted++;
		first = line;
		printed = print(&first);
		printed[strlen(printed) - 1] = '\0';
		if (parse(printed, &what) == -1)
			fail_msg("%s: %s", printed, error);
		if (first.kind == ITEM_EPISODE)
			assert_memory_equal(&first, &line, sizeof(line));
		free(printed);
	}
	assert_in_range(accepted, ROUNDS / 50, ROUNDS);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_lines),
		cmocka_unit_test(test_kinds_of_lines),
		cmocka_unit_test(test_full_line),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_unsafe_text),
		cmocka_unit_test(test_random_changes)
	};

	return cmocka_run_group_tests_name("history_line", tests, NULL, NULL);
}
