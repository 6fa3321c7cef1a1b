/* What the bodies of requests to the webhook say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "webhook.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

#define SERVER	"0123456789abcdef0123456789abcdef"
#define USER	"a0000000000000000000000000000001"
#define ITEM	"b0000000000000000000000000000002"
#define IDS	"\"ServerId\":\"" SERVER "\",\"UserId\":\"" USER "\"," \
		"\"ItemId\":\"" ITEM "\""
#define OF(type)	"{\"NotificationType\":\"" type "\"," IDS "}"
#define ALSO(type, more) "{" more ",\"NotificationType\":\"" type "\"," IDS "}"

enum {
	SYNC = WEBHOOK_SYNC, NOTHING = WEBHOOK_NOTHING, EVENT = WEBHOOK_EVENT,
	PLAYING = 100		/* an event, and more will follow */
};

static const struct {
	const char	*body;
	int		 says;
} cases[] = {
	{ OF("PlaybackStart"), PLAYING },
	{ OF("PlaybackProgress"), PLAYING },
	{ OF("PlaybackStop"), EVENT },
	{ OF("UserDataSaved"), EVENT },
	{ ALSO("UserDataSaved", "\"SaveReason\":\"TogglePlayed\""), EVENT },
	{ ALSO("UserDataSaved", "\"SaveReason\":\"PlaybackFinished\""), EVENT },
	{ ALSO("UserDataSaved", "\"SaveReason\":\"PlaybackProgress\""),
	    PLAYING },
	{ ALSO("UserDataSaved", "\"SaveReason\":\"PlaybackStart\""), PLAYING },
	{ ALSO("UserDataSaved", "\"SaveReason\":7"), EVENT },
	/* What the plugin may learn to tell of one day. */
	{ OF("PlaybackPause"), EVENT },
	{ OF("playbackstop"), EVENT },
	{ OF(""), EVENT },
	/* Of what is not synced. */
	{ ALSO("PlaybackStop", "\"ItemType\":\"Movie\""), EVENT },
	{ ALSO("PlaybackStop", "\"ItemType\":\"Episode\""), EVENT },
	{ ALSO("PlaybackStop", "\"ItemType\":\"Video\""), EVENT },
	{ ALSO("PlaybackStop", "\"ItemType\":\"Audio\""), NOTHING },
	{ ALSO("UserDataSaved", "\"ItemType\":\"Season\""), NOTHING },
	{ ALSO("PlaybackStop", "\"ItemType\":null"), EVENT },
	/* Other news. */
	{ OF("ItemAdded"), NOTHING },
	{ OF("ItemDeleted"), NOTHING },
	{ OF("SessionStart"), NOTHING },
	{ OF("AuthenticationSuccess"), NOTHING },
	{ OF("PendingRestart"), NOTHING },
	{ "{\"NotificationType\":\"TaskCompleted\"}", NOTHING },
	/* The forms that an id may have. */
	{ "{\"NotificationType\":\"PlaybackStop\","
	    "\"ServerId\":\"01234567-89ab-cdef-0123-456789abcdef\","
	    "\"UserId\":\"A0000000-0000-0000-0000-000000000001\","
	    "\"ItemId\":\"b0000000000000000000000000000002\"}", EVENT },
	{ "{\"NotificationType\":\"PlaybackStop\",\"ServerId\":\"" SERVER
	    "\",\"UserId\":\"" USER "\"}", SYNC },
	{ "{\"NotificationType\":\"PlaybackStop\",\"ServerId\":\"" SERVER
	    "\",\"UserId\":\"" USER "\",\"ItemId\":\"" ITEM "0\"}", SYNC },
	{ "{\"NotificationType\":\"PlaybackStop\",\"ServerId\":\"" SERVER
	    "\",\"UserId\":7,\"ItemId\":\"" ITEM "\"}", SYNC },
	{ "{\"NotificationType\":\"PlaybackStop\",\"ServerId\":null,"
	    "\"UserId\":\"" USER "\",\"ItemId\":\"" ITEM "\"}", SYNC },
	{ "{\"NotificationType\":\"UserDataSaved\"}", SYNC },
	{ "{\"NotificationType\":\"PlaybackProgress\"}", NOTHING },
	{ "{\"NotificationType\":\"PlaybackStop\",\"ServerId\":\""
	    "0123456789abcdef0123456789abcd\\u0000f\",\"UserId\":\"" USER
	    "\",\"ItemId\":\"" ITEM "\"}", SYNC },
	/* Whatever else. */
	{ "{" IDS "}", SYNC },
	{ "{\"NotificationType\":7," IDS "}", SYNC },
	{ "{\"NotificationType\":null," IDS "}", SYNC },
	{ "[" OF("PlaybackStop") "]", SYNC },
	{ "\"PlaybackStop\"", SYNC },
	{ "null", SYNC },
	{ "{}", SYNC },
	{ "", SYNC },
	{ "sync, please", SYNC },
	{ "NotificationType=PlaybackStop&ItemId=" ITEM, SYNC },
	{ OF("PlaybackStop") "x", SYNC },
	{ OF("PlaybackStop") "\r\n", EVENT },
	{ " \n" OF("PlaybackStop"), EVENT },
	{ "{\"NotificationType\":\"PlaybackStop\"," IDS, SYNC },
	{ ALSO("PlaybackStop", "\"Name\":\"\xff\xfe\""), SYNC },
	{ ALSO("PlaybackStop", "\"Name\":\"a \\\\\\\"film\\\\\\\"\""), EVENT },
	{ ALSO("PlaybackStop", "\"x\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
	    "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"), SYNC }
};

static void
expect_id(const struct jellyfin_id *id, const char *wanted)
{
	char text[JELLYFIN_ID_TEXT_SIZE];

	jellyfin_id_text(id, text);
	assert_string_equal(text, wanted);
}

static int
says(const char *body, size_t len)
{
	struct message_event event;
	enum webhook_says answer;
	char *copy;

	memset(&event, 0x5a, sizeof(event));
	/* By itself: nothing behind it may be looked at. */
	assert_non_null(copy = malloc(len + (len == 0)));
	memcpy(copy, body, len);
	answer = webhook_read(copy, len, &event);
	free(copy);
	if (answer != WEBHOOK_EVENT)
		return (int)answer;
	expect_id(&event.server, SERVER);
	expect_id(&event.user, USER);
	expect_id(&event.item, ITEM);
	return event.playing ? PLAYING : EVENT;
}

static void
test_table(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		if (says(cases[i].body, strlen(cases[i].body)) ==
		    cases[i].says)
			continue;
		print_error("%s\n", cases[i].body);
		assert_int_equal(says(cases[i].body, strlen(cases[i].body)),
		    cases[i].says);
	}
}

/* However it is cut; a byte that is another one must be survived. */
static void
test_spoilt(void **state)
{
	static const char whole[] = OF("PlaybackStop");
	struct message_event event;
	char body[sizeof(whole)];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(whole) - 1; i++)
		assert_int_equal(says(whole, i), SYNC);
	for (i = 0; i < sizeof(whole) - 1; i++) {
		memcpy(body, whole, sizeof(whole));
		body[i] = '\0';
		(void)webhook_read(body, sizeof(whole) - 1, &event);
	}
}

static void
test_size(void **state)
{
	static const char end[] = "\"," IDS ",\"NotificationType\":"
	    "\"PlaybackStop\"}";
	static const char start[] = "{\"Overview\":\"";
	static char body[WEBHOOK_BODY_MAX + 1];

	(void)state;
	memset(body, 'x', sizeof(body));
	memcpy(body, start, strlen(start));
	memcpy(body + WEBHOOK_BODY_MAX - strlen(end), end, strlen(end));
	assert_int_equal(says(body, WEBHOOK_BODY_MAX), EVENT);
	body[WEBHOOK_BODY_MAX] = ' ';
	assert_int_equal(says(body, WEBHOOK_BODY_MAX + 1), SYNC);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_spoilt),
		cmocka_unit_test(test_size)
	};

	return cmocka_run_group_tests_name("webhook", tests, NULL, NULL);
}
