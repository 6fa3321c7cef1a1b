/* What servers say through a WebSocket, and the handshake before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "handshake.h"
#include "notice.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

#define USER	"0123456789abcdef0123456789abcdef"
#define ITEM_A	"a0000000000000000000000000000001"
#define ITEM_B	"b0000000000000000000000000000002"
#define CHANGED(data)	"{\"MessageType\":\"UserDataChanged\",\"Data\":" data "}"
#define LIST(list)	CHANGED("{\"UserId\":\"" USER "\",\"UserDataList\":" list "}")

static struct notice notice;

static const struct {
	const char		*text;
	enum notice_kind	 kind;
	uint32_t		 number;	/* of items, or seconds */
} cases[] = {
	{ "{\"MessageType\":\"ForceKeepAlive\",\"Data\":60}",
	    NOTICE_FORCE_KEEP_ALIVE, 60 },
	{ "{\"Data\":60,\"MessageId\":\"x\",\"MessageType\":\"ForceKeepAlive\"}",
	    NOTICE_FORCE_KEEP_ALIVE, 60 },
	{ "{\"MessageType\":\"ForceKeepAlive\",\"Data\":30.5}",
	    NOTICE_FORCE_KEEP_ALIVE, 30 },
	{ "{\"MessageType\":\"ForceKeepAlive\",\"Data\":0}", NOTICE_NONSENSE, 0 },
	{ "{\"MessageType\":\"ForceKeepAlive\",\"Data\":-1}", NOTICE_NONSENSE,
	    0 },
	{ "{\"MessageType\":\"ForceKeepAlive\",\"Data\":1e300}", NOTICE_NONSENSE,
	    0 },
	{ "{\"MessageType\":\"ForceKeepAlive\",\"Data\":\"60\"}",
	    NOTICE_NONSENSE, 0 },
	{ "{\"MessageType\":\"ForceKeepAlive\"}", NOTICE_NONSENSE, 0 },
	{ "{\"MessageType\":\"KeepAlive\"}", NOTICE_KEEP_ALIVE, 0 },
	{ "{\"MessageType\":\"KeepAlive\",\"Data\":[[[]]]}", NOTICE_KEEP_ALIVE,
	    0 },
	{ "{\"MessageType\":\"LibraryChanged\",\"Data\":{\"x\":1}}",
	    NOTICE_OTHER, 0 },
	{ "{\"MessageType\":\"userdatachanged\",\"Data\":3}", NOTICE_OTHER, 0 },
	{ LIST("[{\"ItemId\":\"" ITEM_A "\",\"Played\":true},"
	    "{\"Played\":false,\"ItemId\":\"" ITEM_B "\"}]"), NOTICE_USER_DATA, 2 },
	{ LIST("[]"), NOTICE_USER_DATA, 0 },
	/* What is no id is left out, and the rest is used. */
	{ LIST("[{\"ItemId\":\"../../etc\"},{\"ItemId\":7},{},null,[],\"x\","
	    "{\"ItemId\":\"" ITEM_A "0\"},{\"ItemId\":\"" ITEM_A "\"}]"),
	    NOTICE_USER_DATA, 1 },
	{ LIST("{}"), NOTICE_NONSENSE, 0 },
	{ LIST("null"), NOTICE_NONSENSE, 0 },
	{ CHANGED("{\"UserId\":\"" USER "\"}"), NOTICE_NONSENSE, 0 },
	{ CHANGED("{\"UserId\":\"nobody\",\"UserDataList\":[]}"),
	    NOTICE_NONSENSE, 0 },
	{ CHANGED("{\"UserId\":null,\"UserDataList\":[]}"), NOTICE_NONSENSE, 0 },
	{ CHANGED("[]"), NOTICE_NONSENSE, 0 },
	{ CHANGED("null"), NOTICE_NONSENSE, 0 },
	{ "{\"MessageType\":7}", NOTICE_NONSENSE, 0 },
	{ "{\"MessageType\":null}", NOTICE_NONSENSE, 0 },
	{ "{\"Data\":{}}", NOTICE_NONSENSE, 0 },
	{ "{}", NOTICE_NONSENSE, 0 },
	{ "[]", NOTICE_NONSENSE, 0 },
	{ "null", NOTICE_NONSENSE, 0 },
	{ "", NOTICE_NONSENSE, 0 },
	{ "{\"MessageType\":\"KeepAlive\"", NOTICE_NONSENSE, 0 },
	{ "{\"MessageType\":\"KeepAlive\"}}", NOTICE_NONSENSE, 0 },
	{ "{\"MessageType\":\"Keep\xff\xfe\"}", NOTICE_NONSENSE, 0 },
	{ "{\"MessageType\":\"KeepAlive\",\"D\":[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]"
	    "]]]]]]]]]]]}", NOTICE_NONSENSE, 0 }
};

static void
test_table(void **state)
{
	uint32_t number;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		memset(&notice, 0, sizeof(notice));
		if (notice_read(cases[i].text, strlen(cases[i].text),
		    &notice) != cases[i].kind)
			fail_msg("%s", cases[i].text);
		number = cases[i].kind == NOTICE_USER_DATA ? notice.n_items :
		    notice.seconds;
		if (number != cases[i].number || notice.incomplete)
			fail_msg("%s: %u", cases[i].text, number);
	}
}

static void
test_ids(void **state)
{
	static const char text[] = LIST("[{\"ItemId\":\""
	    "A0000000-0000-0000-0000-000000000001\"},"
	    "{\"ItemId\":\"" ITEM_B "\"}]");
	char id[JELLYFIN_ID_TEXT_SIZE];

	(void)state;
	assert_int_equal(notice_read(text, strlen(text), &notice),
	    NOTICE_USER_DATA);
	jellyfin_id_text(&notice.user, id);
	assert_string_equal(id, USER);
	jellyfin_id_text(&notice.items[0], id);
	assert_string_equal(id, ITEM_A);
	jellyfin_id_text(&notice.items[1], id);
	assert_string_equal(id, ITEM_B);
}

/* A notice of n items, which the caller frees. */
static char *
long_notice(size_t n, size_t *len)
{
	FILE *out;
	char *text;
	size_t i;

	out = open_memstream(&text, len);
	assert_non_null(out);
	fprintf(out, "{\"MessageType\":\"UserDataChanged\",\"Data\":{"
	    "\"UserId\":\"" USER "\",\"UserDataList\":[");
	for (i = 0; i < n; i++)
		fprintf(out, "%s{\"ItemId\":\"%032zx\"}", i == 0 ? "" : ",", i);
	fprintf(out, "]}}");
	assert_int_equal(fclose(out), 0);
	return text;
}

static void
test_long(void **state)
{
	char *text;
	size_t len;

	(void)state;
	text = long_notice(NOTICE_ITEMS_MAX, &len);
	assert_int_equal(notice_read(text, len, &notice), NOTICE_USER_DATA);
	assert_int_equal(notice.n_items, NOTICE_ITEMS_MAX);
	assert_false(notice.incomplete);
	free(text);
	text = long_notice(NOTICE_ITEMS_MAX + 1, &len);
	assert_int_equal(notice_read(text, len, &notice), NOTICE_USER_DATA);
	assert_int_equal(notice.n_items, NOTICE_ITEMS_MAX);
	assert_true(notice.incomplete);
	free(text);
	/* Longer than it may be, whatever it says. */
	assert_non_null(text = malloc(NOTICE_SIZE_MAX + 1));
	memset(text, ' ', NOTICE_SIZE_MAX + 1);
	memcpy(text, "{\"MessageType\":\"KeepAlive\"}", 27);
	assert_int_equal(notice_read(text, NOTICE_SIZE_MAX, &notice),
	    NOTICE_KEEP_ALIVE);
	assert_int_equal(notice_read(text, NOTICE_SIZE_MAX + 1, &notice),
	    NOTICE_NONSENSE);
	free(text);
}

/* Any damage may be met: it must be survived, and stay within bounds. */
static void
test_damaged(void **state)
{
	uint32_t seed = 1, at;
	size_t i, len, round;
	char *text;

	(void)state;
	for (round = 0; round < 20000; round++) {
		i = round % COUNT(cases);
		len = strlen(cases[i].text);
		/* Not terminated, so that a look beyond its end is seen. */
		assert_non_null(text = malloc(len + 1));
		memcpy(text, cases[i].text, len);
		for (at = 0; at < 3 && len > 0; at++) {
			seed = seed * 1664525 + 1013904223;
			text[(seed >> 8) % len] = (char)(seed >> 24);
		}
		if (round % 3 == 0)
			len = seed % (len + 1);
		text = realloc(text, len + 1);
		assert_non_null(text);
		if (notice_read(text, len, &notice) == NOTICE_USER_DATA)
			assert_true(notice.n_items <= NOTICE_ITEMS_MAX);
		free(text);
	}
}

/* The example of RFC 6455, 1.3. */
static void
test_handshake(void **state)
{
	char key[HANDSHAKE_KEY_SIZE], other[HANDSHAKE_KEY_SIZE];
	char answer[HANDSHAKE_ANSWER_SIZE];

	(void)state;
	handshake_answer("dGhlIHNhbXBsZSBub25jZQ==", answer);
	assert_string_equal(answer, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	handshake_key(key);
	handshake_key(other);
	assert_int_equal(strlen(key), 24);
	assert_int_equal(strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/"), 22);
	assert_string_equal(key + 22, "==");
	assert_string_not_equal(key, other);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_handshake)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
