/*
 * Small answers of a server, and what it says by itself; by the first byte:
 * its system information, the userdata that a write is answered with, an id, a
 * notice of its WebSocket, a Date header.  What is understood is in bounds.
 */
#include <string.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "fuzz.h"
#include "http.h"
#include "jellyfin.h"
#include "notice.h"

static void	info(struct json_object *);
static void	id(struct json_object *);
static void	notice(const char *, size_t);

static void
info(struct json_object *object)
{
	struct message_server_info record;
	enum jellyfin_readiness readiness;

	memset(&record, 0x5a, sizeof(record));
	readiness = jellyfin_info(object, &record);
	CHECK(readiness <= JELLYFIN_OTHER);
	if (readiness != JELLYFIN_READY && readiness != JELLYFIN_UNSUPPORTED)
		return;
	fuzz_check_text(record.name, sizeof(record.name));
	fuzz_check_text(record.version, sizeof(record.version));
	CHECK(record.version[0] != '\0' || readiness == JELLYFIN_UNSUPPORTED);
}

/* Printed and read again it is the same one. */
static void
id(struct json_object *object)
{
	char text[JELLYFIN_ID_TEXT_SIZE];
	struct jellyfin_id record, again;

	if (jellyfin_id_read(object, &record) == -1)
		return;
	CHECK(json_object_get_string_len(object) == 32 ||
	    json_object_get_string_len(object) == 36);
	jellyfin_id_text(&record, text);
	CHECK(jellyfin_id_parse(text, &again) == 0);
	CHECK(memcmp(&record, &again, sizeof(again)) == 0);
}

static void
notice(const char *text, size_t size)
{
	static struct notice record;

	memset(&record, 0x5a, sizeof(record));
	switch (notice_read(text, size, &record)) {
	case NOTICE_FORCE_KEEP_ALIVE:
		CHECK(record.seconds >= 1 && record.seconds <= 86400);
		break;
	case NOTICE_USER_DATA:
		CHECK(record.n_items <= NOTICE_ITEMS_MAX);
		break;
	case NOTICE_NONSENSE:
	case NOTICE_OTHER:
	case NOTICE_KEEP_ALIVE:
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_object *object = NULL;
	struct userdata userdata;
	int64_t date;
	char *text;

	if (size < 2 || size > HTTP_BODY_MAX)
		return 0;
	text = fuzz_string(data + 1, size - 1);
	if (strchr("swi", data[0]) != NULL)
		object = jellyfin_parse(text, size - 1);
	switch (data[0]) {
	case 's':
		info(object);
		break;
	case 'w':
		if (jellyfin_userdata(object, &userdata) == 0)
			fuzz_check_userdata(&userdata);
		break;
	case 'i':
		id(object);
		break;
	case 'n':
		notice(text, size - 1);
		break;
	case 'd':
		date = http_date(text);
		CHECK(date >= 0 && date <= INT64_C(253402300799));
		break;
	default:
		break;
	}
	json_object_put(object);
	free(text);
	return 0;
}
