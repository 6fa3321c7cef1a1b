/* The status page as HTML: what others have said in it, its length, its words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "page_files.h"
#include "page_html.h"
#include "page_text.h"
#include "text.h"

#define NOW	INT64_C(1772388249)	/* 2026-03-01T18:04:09Z */
#define MANY	1000
#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/* Ends quotes and elements, steers, turns around, and is no UTF-8. */
static const char hostile[] = "\"><script>alert(1)</script>&'\x01\n\x7f"
    "\xe2\x80\xae\xff</title></main><img src=x onerror=alert(2)>";

static struct rows	rows;
static const char	*name = "attic", *title = "Heat", *text = "";

static void
add(const struct message_row *message)
{
	struct row *row = row_keep(message);

	TAILQ_INSERT_TAIL(&rows, row, entry);
}

static void
add_daemon(int64_t owed, int64_t held)
{
	static struct message_row row;

	row_begin(&row, "daemon");
	row_text(&row, "version", name);
	row_number(&row, "uptime", VALUE_SECONDS, 3 * 86400);
	row_number(&row, "last_sync", VALUE_TIME, NOW - 180);
	row_number(&row, "next_sync", VALUE_TIME, NOW + 120);
	row_number(&row, "works", VALUE_NUMBER, 1234567);
	row_number(&row, "owed", VALUE_NUMBER, owed);
	row_number(&row, "held", VALUE_NUMBER, held);
	add(&row);
}

static void
add_server(const char *state, int64_t failing_since, int64_t skew)
{
	static struct message_row row;

	row_begin(&row, "server");
	row_text(&row, "name", name);
	row_text(&row, "version", name);
	row_text(&row, "state", state);
	row_text(&row, "reading", text);
	row_text(&row, "live", text);
	row_text(&row, "error", text);
	row_number(&row, "failing_since", VALUE_TIME, failing_since);
	row_number(&row, "clock_skew", VALUE_SECONDS, skew);
	row_number(&row, "items", VALUE_NUMBER, INT64_MAX);
	row_number(&row, "last_success", VALUE_TIME, NOW - 7200);
	add(&row);
}

static void
add_person(const char *user, bool found)
{
	static struct message_row row;

	row_begin(&row, "person");
	row_text(&row, "name", name);
	row_number(&row, "agreed", VALUE_NUMBER, INT64_MAX);
	add(&row);
	row_begin(&row, "endpoint");
	row_text(&row, "person", name);
	row_text(&row, "server", name);
	row_text(&row, "user", user);
	row_number(&row, "found", VALUE_BOOL, found);
	row_number(&row, "owed", VALUE_NUMBER, 7);
	add(&row);
}

static void
add_change(const char *what, const char *kind, const char *field, int64_t old,
    int64_t new)
{
	static struct message_row row;
	char old_name[ROW_NAME_SIZE], new_name[ROW_NAME_SIZE];

	snprintf(old_name, sizeof(old_name), "old_%s", field);
	snprintf(new_name, sizeof(new_name), "new_%s", field);
	row_begin(&row, what);
	row_text(&row, "kind", kind);
	row_text(&row, "person", name);
	row_text(&row, "server", name);
	row_text(&row, "title", title);
	row_number(&row, "year", VALUE_NUMBER, 1995);
	row_text(&row, "from_server", name);
	row_number(&row, "time", VALUE_TIME, NOW - 60);
	row_number(&row, "since", VALUE_TIME, NOW - 60);
	row_number(&row, old_name, VALUE_NUMBER, old);
	row_number(&row, new_name, VALUE_NUMBER, new);
	add(&row);
}

/* Is every element closed that is opened, in their order? */
static bool
is_balanced(const char *page)
{
	static const char *const empty[] = { "meta", "link", "img", "!DOCTYPE" };
	char open[32][16], tag[16];
	size_t n = 0, i, len;
	bool closes;

	for (; (page = strchr(page, '<')) != NULL; page += len) {
		closes = *++page == '/';
		page += closes;
		len = strcspn(page, " >\n");
		if (len == 0 || len >= sizeof(tag))
			return false;
		memcpy(tag, page, len);
		tag[len] = '\0';
		for (i = 0; i < COUNT(empty); i++) {
			if (strcmp(tag, empty[i]) == 0)
				break;
		}
		if (i < COUNT(empty))
			continue;
		if (!closes) {
			if (n == COUNT(open))
				return false;
			strcpy(open[n++], tag);
		} else if (n == 0 || strcmp(open[--n], tag) != 0)
			return false;
	}
	return n == 0;
}

/* What holds of every page. */
static char *
check(char *page)
{
	const char *p;
	size_t scripts = 0;

	assert_true(text_is_utf8(page, strlen(page)));
	assert_true(is_balanced(page));
	for (p = page; *p != '\0'; p++)
		assert_true((unsigned char)*p >= ' ' || *p == '\n');
	for (p = page; (p = strstr(p, "<script")) != NULL; p++)
		scripts++;
	assert_int_equal(scripts, 1);
	/* What the policy of the page forbids. */
	assert_null(strstr(page, " style="));
	assert_null(strstr(page, " onerror=alert(2)>"));
	assert_null(strstr(page, "://"));
	return page;
}

static char *
print(void)
{
	char *page;
	size_t len;
	FILE *f;

	assert_non_null(f = open_memstream(&page, &len));
	page_print(f, &rows, NOW);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(len, strlen(page));
	return check(page);
}

static void
forget(char *page)
{
	free(page);
	rows_free(&rows);
	name = "attic";
	title = "Heat";
	text = "";
}

static void
assert_shows(const char *page, const char *what)
{
	if (strstr(page, what) == NULL)
		fail_msg("\"%s\" is not in:\n%s", what, page);
}

static void
test_text(void **state)
{
	static const struct {
		const char	*text;
		size_t		 max;
		const char	*shown;
	} cases[] = {
		{ "a<b>&\"'", 99, "a&lt;b&gt;&amp;&#34;&#39;" },
		{ "a\x01\x1b[1m\n", 99, "a??[1m?" },
		{ "\xc3\xa4\xff", 99, "\xc3\xa4\xef\xbf\xbd" },
		{ "\xe2\x80\xae" "abc", 99, "?abc" },
		{ "abcdef", 6, "abcdef" },
		{ "abcdef", 5, "abcde\xe2\x80\xa6" },
		{ "abcd\xc3\xa4", 5, "abcd\xe2\x80\xa6" },
		{ "", 5, "" }
	};
	char *shown;
	size_t len, i;
	FILE *f;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_non_null(f = open_memstream(&shown, &len));
		page_put_text(f, cases[i].text, cases[i].max);
		assert_int_equal(fclose(f), 0);
		assert_string_equal(shown, cases[i].shown);
		free(shown);
	}
}

/* One is not several. */
static void
test_singular(void **state)
{
	static struct message_row row;
	char *page;

	(void)state;
	add_daemon(1, 1);
	row_begin(&row, "server");
	row_text(&row, "name", "attic");
	row_text(&row, "state", "ok");
	row_number(&row, "items", VALUE_NUMBER, 1);
	row_number(&row, "parked", VALUE_NUMBER, 1);
	row_number(&row, "held", VALUE_NUMBER, 1);
	row_number(&row, "held_since", VALUE_TIME, NOW - 60);
	add(&row);
	page = print();
	assert_shows(page, "1<i> item</i>");
	assert_shows(page, "1 copy is not written");
	assert_shows(page, "1 change that takes something back is held");
	forget(page);

	add_daemon(0, 0);
	add_server("ok", 0, 60);
	page = print();
	assert_shows(page, ">1 thing needs a look<");
	assert_shows(page, "has a clock that is 1 minute ahead of ours");
	forget(page);

	add_daemon(1, 0);
	page = print();
	assert_shows(page, ">1 write is due<");
	forget(page);
}

static void
test_times(void **state)
{
	static const struct {
		int64_t		 ago;
		const char	*words;
	} cases[] = {
		{ 0, "just now" }, { 4, "just now" }, { 5, "5 seconds ago" },
		{ 59, "59 seconds ago" }, { 60, "1 minute ago" },
		{ 180, "3 minutes ago" }, { 3600, "1 hour ago" },
		{ 2 * 86400 - 1, "47 hours ago" },
		{ 2 * 86400, "2 days ago" }, { -4, "just now" },
		{ -60, "in 1 minute" }, { -7200, "in 2 hours" }
	};
	char *shown, wanted[128];
	size_t len, i;
	FILE *f;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_non_null(f = open_memstream(&shown, &len));
		page_put_time(f, NOW, NOW + cases[i].ago);
		assert_int_equal(fclose(f), 0);
		snprintf(wanted, sizeof(wanted), "<time datetime="
		    "\"2026-03-01T18:04:09Z\" title=\"2026-03-01 18:04:09 "
		    "UTC\">%s</time>", cases[i].words);
		assert_string_equal(shown, wanted);
		free(shown);
	}
}

static void
test_numbers(void **state)
{
	static const struct {
		int64_t		 number;
		const char	*shown;
	} cases[] = {
		{ 0, "0" }, { 999, "999" }, { 1000, "1,000" },
		{ -999, "-999" }, { -123456, "-123,456" },
		{ 1234567, "1,234,567" },
		{ INT64_MAX, "9,223,372,036,854,775,807" }
	};
	char *shown;
	size_t len, i;
	FILE *f;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_non_null(f = open_memstream(&shown, &len));
		page_put_number(f, cases[i].number);
		assert_int_equal(fclose(f), 0);
		assert_string_equal(shown, cases[i].shown);
		free(shown);
	}
}

static void
test_calm(void **state)
{
	char *page;

	(void)state;
	add_daemon(0, 0);
	add_server("ok", 0, 0);
	add_person("attic", true);
	page = print();
	assert_shows(page, "class=\"state good\">Everything is in step<");
	assert_shows(page, "3 minutes ago");
	assert_shows(page, "in 2 minutes");
	assert_shows(page, "up 3 days.");
	assert_shows(page, "<dd>1,234,567</dd>");
	assert_shows(page, "<th scope=\"row\">attic</th><td>attic</td>");
	assert_shows(page, "Nothing has been written yet.");
	assert_null(strstr(page, "Needs a look"));
	assert_null(strstr(page, "Held</h2>"));
	forget(page);
}

static void
test_changes(void **state)
{
	static const struct {
		const char	*field;
		int64_t		 old;
		int64_t		 new;
		const char	*words;
	} cases[] = {
		{ "played", 0, 1, "<td>watched</td>" },
		{ "played", 1, 0, "<td>not watched</td>" },
		{ "position", 0, 723 * TICKS_PER_SECOND,
		    "<td>stopped at 12:03</td>" },
		{ "position", 5, 0, "<td>from the start</td>" },
		{ "play_count", 2, 1, "<td>1 play</td>" },
		{ "play_count", 0, 1234, "<td>1,234 plays</td>" },
		{ "favorite", 0, 1, "<td>favourite</td>" },
		{ "favorite", 1, 0, "<td>no favourite</td>" },
		{ "last_played", 1, 2, "<td>date</td>" },
		{ "last_played", 1, 1, "<td>nothing</td>" }
	};
	char *page;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		add_daemon(0, 0);
		add_change("audit", "write", cases[i].field, cases[i].old,
		    cases[i].new);
		page = print();
		assert_shows(page, cases[i].words);
		assert_shows(page, "Heat <small>1995</small>");
		assert_shows(page, "<td>attic \xe2\x86\x92 attic</td>");
		forget(page);
	}
	add_daemon(0, 0);
	add_change("audit", "conflict", "played", 0, 1);
	add_change("audit", "reverted", "played", 0, 1);
	page = print();
	assert_shows(page, "<em class=\"warn\">conflict</em> watched");
	assert_shows(page, "<em class=\"warn\">reverted</em> watched");
	forget(page);
}

static void
test_problems(void **state)
{
	char *page;

	(void)state;
	text = "connection refused";
	add_daemon(3, 12);
	add_server("failing", NOW - 120, -90);
	add_person("al", false);
	add_change("held", "", "played", 1, 0);
	page = print();
	assert_shows(page, ">2 things need a look<");
	assert_shows(page, "failing for <time class=\"since\" datetime=");
	assert_shows(page, ">2 minutes</time>: connection refused</li>");
	assert_shows(page, "1 minute behind ours");
	assert_shows(page, "Held</h2>");
	assert_shows(page, "and 11 more: <code>jellyporterctl show held");
	/* Whether a server that is down has such a user is not known. */
	assert_shows(page, "<td>attic (al)</td>");
	forget(page);

	add_daemon(1, 0);
	add_server("ok", 0, 0);
	add_person("al", false);
	page = print();
	assert_shows(page, ">1 write is due<");
	assert_shows(page,
	    "attic (al) <em class=\"bad\">no such user</em></td>");
	forget(page);
}

static void
test_hostile(void **state)
{
	char *page;

	(void)state;
	name = title = text = hostile;
	add_daemon(1, 1);
	add_server(hostile, NOW, 0);
	add_person(hostile, true);
	add_change("held", hostile, "played", 0, 1);
	add_change("audit", hostile, "played", 0, 1);
	page = print();
	assert_shows(page, "&#34;&gt;&lt;script&gt;alert(1)");
	forget(page);
}

/* Whatever there is, and of whatever length. */
static void
test_size(void **state)
{
	static char longest[ROW_TEXT_SIZE];
	size_t i, size = 0;
	char *page;

	(void)state;
	memset(longest, '"', sizeof(longest) - 1);
	name = title = text = longest;
	add_daemon(1, INT64_MAX);
	for (i = 0; i < MANY; i++)
		add_server("failing", NOW, INT64_MAX);
	for (i = 0; i < MANY; i++)
		add_person("al", true);
	for (i = 0; i < 200; i++) {
		add_change("held", "", "position", 0, INT64_MAX);
		add_change("audit", "conflict", "position", 0, INT64_MAX);
	}
	page = print();
	for (i = 0; i < PAGE_FILES; i++)
		size += strlen(page_files[i].text);
	print_message("page %zu bytes, files %zu\n", strlen(page), size);
	assert_true(strlen(page) + size < PAGE_SIZE_LIMIT);
	assert_shows(page, "more: <code>jellyporterctl status<");
	assert_shows(page, "more: <code>jellyporterctl show servers<");
	assert_shows(page, "more: <code>jellyporterctl show people<");
	assert_shows(page, "more: <code>jellyporterctl show held<");
	assert_shows(page, "more: <code>jellyporterctl show audit<");
	assert_shows(page, " and 994 more</td>");
	forget(page);
}

static void
test_gone(void **state)
{
	char *page;
	size_t len;
	FILE *f;

	(void)state;
	assert_non_null(f = open_memstream(&page, &len));
	page_print_gone(f, NOW - 180, NOW);
	assert_int_equal(fclose(f), 0);
	assert_shows(check(page), "The engine does not answer");
	assert_shows(page, "Its last answer came <time");
	assert_shows(page, ">3 minutes ago</time>");
	free(page);
	assert_non_null(f = open_memstream(&page, &len));
	page_print_gone(f, 0, NOW);
	assert_int_equal(fclose(f), 0);
	assert_shows(check(page), "It has not answered yet.");
	free(page);
}

/* They ask nobody else for anything. */
static void
test_files(void **state)
{
	static const char xmlns[] = "xmlns=\"http://www.w3.org/2000/svg\"";
	const char *url;
	size_t i;

	(void)state;
	for (i = 0; i < PAGE_FILES; i++) {
		assert_true(page_has(page_files[i].path));
		assert_true(strlen(page_files[i].text) > 100);
		url = strstr(page_files[i].text, "://");
		if (url != NULL)
			assert_non_null(strstr(page_files[i].text, xmlns));
		assert_null(url == NULL ? NULL : strstr(url + 3, "://"));
		assert_null(strstr(page_files[i].text, "@import"));
	}
	assert_true(page_has("/"));
	assert_false(page_has("/status"));
	assert_false(page_has("/metrics"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_singular),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_calm),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_problems),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_files)
	};

	TAILQ_INIT(&rows);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
