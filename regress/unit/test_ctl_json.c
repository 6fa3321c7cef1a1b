/*
 * What jellyporterctl prints as JSON, made of the rows that an engine sends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <json-c/json.h>

#include "ctl_rows.h"
#include "message.h"
#include "printer.h"

static struct json_object *
json_of(const char *text)
{
	struct json_object *object;

	object = json_tokener_parse(text);
	if (object == NULL)
		fail_msg("not JSON: %s", text);
	return object;
}

static struct json_object *
json_at(struct json_object *object, const char *pointer)
{
	struct json_object *found = NULL;

	if (json_pointer_get(object, pointer, &found) != 0)
		fail_msg("no %s in: %s", pointer,
		    json_object_to_json_string(object));
	return found;
}

static void
test_json_status(void **state)
{
	struct json_object *json;

	(void)state;
	start(&output_json, COMMAND_STATUS, 0);
	daemon_row(14);
	server_row("attic", "ok", "", 2, "up");
	server_row("cellar", "failing", "no route", 2, "off");
	finish(&done);
	json = json_of(printed);
	assert_int_equal(json_object_get_int64(json_at(json,
	    "/daemons/0/owed")), 14);
	assert_string_equal(json_object_get_string(json_at(json,
	    "/daemons/0/last_sync")), "2026-03-01T18:00:49Z");
	assert_false(json_object_get_boolean(json_at(json,
	    "/daemons/0/syncing")));
	assert_string_equal(json_object_get_string(json_at(json,
	    "/servers/1/error")), "no route");
	assert_null(json_at(json, "/servers/1/last_success"));
	assert_null(json_at(json, "/servers/1/direction"));
	assert_int_equal(json_object_array_length(json_at(json, "/persons")),
	    0);
	json_object_put(json);
	free(printed);
}

static void
test_json_item(void **state)
{
	struct json_object *json;

	(void)state;
	start(&output_json, COMMAND_SHOW_ITEM, 0);
	work_rows();
	work_rows();
	finish(&done);
	json = json_of(printed);
	assert_int_equal(json_object_array_length(json_at(json, "/works")), 2);
	assert_int_equal(json_object_array_length(json_at(json,
	    "/works/1/copies")), 2);
	assert_int_equal(json_object_get_int64(json_at(json,
	    "/works/1/agreed/0/position")), INT64_C(37230000000));
	json_object_put(json);
	free(printed);
}

/* Rows find their array whatever a work says of itself. */
static void
test_json_odd_work(void **state)
{
	struct json_object *json;

	(void)state;
	start(&output_json, COMMAND_SHOW_ITEM, 0);
	row_begin(&row, "work");
	row_text(&row, "agreed", "none");
	row_number(&row, "copies", VALUE_NUMBER, 7);
	row_none(&row, "others");
	send_row();
	row_begin(&row, "copy");
	row_text(&row, "server", "attic");
	send_row();
	row_begin(&row, "other");
	send_row();
	finish(&done);
	json = json_of(printed);
	assert_int_equal(json_object_array_length(json_at(json,
	    "/works/0/agreed")), 0);
	assert_int_equal(json_object_array_length(json_at(json,
	    "/works/0/copies")), 1);
	assert_int_equal(json_object_array_length(json_at(json,
	    "/works/0/others")), 1);
	json_object_put(json);
	free(printed);
}

/* Nothing may steer a terminal, and nothing may be lost by that. */
static void
test_json_safe(void **state)
{
	static const char *const title =
	    "a\x7f" "b\xc2\x9b" "c\xe2\x80\xae" "d\xd8\x9c" "e\033\xc3\xa9";
	struct json_object *json;

	(void)state;
	start(&output_json, COMMAND_SHOW_UNMATCHED, 0);
	unmatched_row(title, "no ids", 0);
	finish(&done);
	assert_non_null(strstr(printed, "a\\u007fb\\u009bc\\u202ed\\u061ce"
	    "\\u001b\xc3\xa9"));
	json = json_of(printed);
	assert_string_equal(json_object_get_string(json_at(json,
	    "/unmatched/0/title")), title);
	json_object_put(json);
	free(printed);
}

/* A line for each row, then the summary; a failure is told there. */
static void
test_json_sync(void **state)
{
	const struct message_command_result failed = { true, false,
	    "1 failed" };
	struct json_object *json;
	char *line, *rest;
	int n = 0;

	(void)state;
	start(&output_json, COMMAND_SYNC, 0);
	sync_rows();
	finish(&failed);
	rest = printed;
	while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
		json = json_of(line);
		if (n == 1)
			assert_int_equal(json_object_get_int(json_at(json,
			    "/received")), 10);
		if (n == 7) {
			assert_string_equal(json_object_get_string(json_at(
			    json, "/summaries/1/error")), "no route");
			assert_string_equal(json_object_get_string(json_at(
			    json, "/error")), "1 failed");
		}
		json_object_put(json);
		n++;
	}
	assert_int_equal(n, 8);
	free(printed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json_status),
		cmocka_unit_test(test_json_item),
		cmocka_unit_test(test_json_odd_work),
		cmocka_unit_test(test_json_safe),
		cmocka_unit_test(test_json_sync)
	};

	if (setenv("TZ", "UTC", 1) == -1)
		return 1;
	tzset();
	return cmocka_run_group_tests_name("ctl_json", tests, NULL, NULL);
}
