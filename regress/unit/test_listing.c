/* The streaming decoder of lists, and the set of ids of several of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "id_set.h"
#include "listing.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/* All items, as json-c writes them, one after the other. */
struct heard {
	char	text[2048];
	size_t	nulls;
};

static const char whole[] =
    " {\"Other\" : {\"Items\":[1,2],\"TotalRecordCount\":9},"
    "\"Items\":[{\"Id\":\"a\",\"Name\":\"\xe6\x9d\xb1\xe4\xba\xac \\u00e9 "
    "\\ud83d\\ude00\"}, {\"n\":-12.5e3,\"b\":[true,false,null]} ,\n 17 ,"
    "null,\"]},\\\"\"],\"TotalRecordCount\":25 , \"x\":null,"
    "\"StartIndex\":20}\n";

static void
hear(struct json_object *item, void *arg)
{
	struct heard *heard = arg;

	if (item == NULL)
		heard->nulls++;
	assert_true(strlcat(heard->text, item == NULL ? "null" :
	    json_object_to_json_string_ext(item, JSON_C_TO_STRING_PLAIN),
	    sizeof(heard->text)) < sizeof(heard->text));
	assert_true(strlcat(heard->text, ";", sizeof(heard->text)) <
	    sizeof(heard->text));
}

static void
count(struct json_object *item, void *arg)
{
	size_t *n = arg;

	(void)item;
	(*n)++;
}

static void
check_whole(struct decoder *decoder, const struct heard *heard)
{
	struct listing_counts counts;

	assert_int_equal(listing_finish(decoder, &counts), 0);
	assert_int_equal(counts.items, 5);
	assert_int_equal(counts.total, 25);
	assert_int_equal(counts.start, 20);
	assert_int_equal(heard->nulls, 1);
	assert_string_equal(heard->text,
	    "{\"Id\":\"a\",\"Name\":\"\xe6\x9d\xb1\xe4\xba\xac \xc3\xa9 "
	    "\xf0\x9f\x98\x80\"};{\"n\":-12.5e3,\"b\":[true,false,null]};17;"
	    "null;\"]},\\\"\";");
}

/* Every way to cut it in two, and then byte by byte. */
static void
test_every_split(void **state)
{
	const size_t len = sizeof(whole) - 1;
	struct heard heard;
	struct decoder *decoder;
	size_t i, n;

	(void)state;
	decoder = listing_new(LISTING_OBJECT, hear, &heard);
	assert_non_null(decoder);
	for (i = 0; i <= len; i++) {
		memset(&heard, 0, sizeof(heard));
		listing_reset(decoder);
		assert_int_equal(listing_feed(decoder, whole, i), 0);
		assert_int_equal(listing_feed(decoder, whole + i, len - i), 0);
		check_whole(decoder, &heard);
	}
	for (n = 1; n < 7; n++) {
		memset(&heard, 0, sizeof(heard));
		listing_reset(decoder);
		for (i = 0; i < len; i += n)
			assert_int_equal(listing_feed(decoder, whole + i,
			    len - i < n ? len - i : n), 0);
		check_whole(decoder, &heard);
	}
	listing_free(decoder);
}

/* What is not wanted is not there, wherever it stood and whatever it was. */
static void
test_wanted(void **state)
{
	static const char *const wanted[] = { "Id", "In", "Last", NULL };
	static const char text[] = "{\"Items\":[{\"a\":1,\"Id\":\"\\\"]},\","
	    "\"b\" : \"\\\\\" , \"In\" : {\"a\":[1,{\"Id\":2}]} ,"
	    "\"I\":{\"Id\":3},\"\\u0049d2\":4,\"Id3\":[{}],\"Last\":null},"
	    "{ \"x\" : [] , \"y\" : true }, {}, 5, [{\"a\":1}],"
	    "{\"Id\":1,\"x\":2 }, {\"x\":2,\"Last\":{\"x\":2}}],"
	    "\"TotalRecordCount\":7,\"StartIndex\":0}";
	const size_t len = sizeof(text) - 1;
	struct listing_counts counts;
	struct heard heard;
	struct decoder *decoder;
	size_t i;

	(void)state;
	decoder = listing_new(LISTING_OBJECT, hear, &heard);
	listing_want(decoder, wanted);
	for (i = 0; i <= len; i++) {
		memset(&heard, 0, sizeof(heard));
		listing_reset(decoder);
		assert_int_equal(listing_feed(decoder, text, i), 0);
		assert_int_equal(listing_feed(decoder, text + i, len - i), 0);
		assert_int_equal(listing_finish(decoder, &counts), 0);
		assert_int_equal(counts.items, 7);
		assert_string_equal(heard.text, "{\"Id\":\"\\\"]},\","
		    "\"In\":{\"a\":[1,{\"Id\":2}]},\"Id2\":4,\"Last\":null};"
		    "{};{};5;[{\"a\":1}];{\"Id\":1};{\"Last\":{\"x\":2}};");
	}
	listing_free(decoder);
}

/* What is wanted has to make sense, and so do the ends of what is not. */
static void
test_wanted_broken(void **state)
{
	static const char *const wanted[] = { "Id", NULL };
	static const char *const broken[] = {
		"{\"Id\":}", "{\"Id\":1,}", "{,\"Id\":1}", "{\"Id\":1]",
		"{\"Id\" 1}", "{\"Id\":1 2}", "{\"Id\":tru}", "{Id:1}",
		"{\"x\":1]", "{\"Id\":1,,\"x\":2}", "{1,\"Id\":2}", "{]"
	};
	struct decoder *decoder;
	size_t i, n = 0;

	(void)state;
	decoder = listing_new(LISTING_OBJECT, count, &n);
	listing_want(decoder, wanted);
	for (i = 0; i < COUNT(broken); i++) {
		listing_reset(decoder);
		assert_int_equal(listing_feed(decoder, "{\"Items\":[", 10), 0);
		assert_int_equal(listing_feed(decoder, broken[i],
		    strlen(broken[i])), -1);
		assert_int_equal(n, 0);
	}
	listing_free(decoder);
}

/* Cut off anywhere before its end, it is not a list. */
static void
test_cut(void **state)
{
	struct listing_counts counts;
	struct heard heard;
	struct decoder *decoder;
	size_t i;

	(void)state;
	decoder = listing_new(LISTING_OBJECT, hear, &heard);
	for (i = 0; i < sizeof(whole) - 2; i++) {
		memset(&heard, 0, sizeof(heard));
		listing_reset(decoder);
		assert_int_equal(listing_feed(decoder, whole, i), 0);
		assert_false(listing_has_failed(decoder));
		assert_false(listing_is_whole(decoder));
		assert_int_equal(listing_finish(decoder, &counts), -1);
		assert_string_not_equal(listing_error(decoder), "");
	}
	listing_free(decoder);
}

static void
test_good(void **state)
{
	static const struct {
		const char	*text;
		uint32_t	 items, total, start;
	} good[] = {
	    { "{\"Items\":[],\"TotalRecordCount\":0,\"StartIndex\":0}", 0, 0,
		0 },
	    { "{\"StartIndex\":3,\"TotalRecordCount\":4,\"Items\":[{}]}", 1,
		4, 3 },
	    { "{\"TotalRecordCount\":1,\"Items\":[[]] ,\"StartIndex\":0}", 1,
		1, 0 },
	    { "{\"StartIndex\":3,\"StartIndex\\u0000\":9,\"Items\":[],"
		"\"TotalRecordCount\":4}", 0, 4, 3 },
	};
	struct listing_counts counts;
	struct decoder *decoder;
	size_t i, n = 0;

	(void)state;
	decoder = listing_new(LISTING_OBJECT, count, &n);
	for (i = 0; i < COUNT(good); i++) {
		listing_reset(decoder);
		assert_int_equal(listing_feed(decoder, good[i].text,
		    strlen(good[i].text)), 0);
		assert_int_equal(listing_finish(decoder, &counts), 0);
		assert_int_equal(counts.items, good[i].items);
		assert_int_equal(counts.total, good[i].total);
		assert_int_equal(counts.start, good[i].start);
	}
	listing_free(decoder);
}

static void
test_bad(void **state)
{
	static const char *const bad[] = {
	    "", "[", "[]", "x", "{}", "{\"Items\":[]}", "{]",
	    "{\"TotalRecordCount\":0,\"StartIndex\":0}",
	    "{\"Items\":[],\"StartIndex\":0}",
	    "{\"Items\":[],\"TotalRecordCount\":0}",
	    "{\"Items\":null,\"TotalRecordCount\":0,\"StartIndex\":0}",
	    "{\"Items\":{},\"TotalRecordCount\":0,\"StartIndex\":0}",
	    "{\"Items\":[],\"TotalRecordCount\":\"0\",\"StartIndex\":0}",
	    "{\"Items\":[],\"TotalRecordCount\":null,\"StartIndex\":0}",
	    "{\"Items\":[],\"TotalRecordCount\":-1,\"StartIndex\":0}",
	    "{\"Items\":[],\"TotalRecordCount\":1.0,\"StartIndex\":0}",
	    "{\"Items\":[],\"TotalRecordCount\":99999999999,\"StartIndex\":0}",
	    "{\"Items\":[],\"TotalRecordCount\":0,\"StartIndex\":-5}",
	    "{\"Items\":[],\"TotalRecordCount\":0,\"StartIndex\":0}x",
	    "{\"Items\":[],\"TotalRecordCount\":0,\"StartIndex\":0}{}",
	    "{\"Items\":[],\"TotalRecordCount\":0,\"StartIndex\":0,}",
	    "{\"Items\":[],\"Items\":[],\"TotalRecordCount\":0,\"StartIndex\":0}",
	    "{\"Items\":[{}{}],\"TotalRecordCount\":2,\"StartIndex\":0}",
	    "{\"Items\":[{},],\"TotalRecordCount\":1,\"StartIndex\":0}",
	    "{\"Items\":[,{}],\"TotalRecordCount\":1,\"StartIndex\":0}",
	    "{\"Items\":[{\"a\"}],\"TotalRecordCount\":1,\"StartIndex\":0}",
	    "{Items:[],\"TotalRecordCount\":0,\"StartIndex\":0}",
	    "{\"Items\":[],\"TotalRecordCount\":0 \"StartIndex\":0}",
	    "{\"Items\\u0000\":[],\"TotalRecordCount\":0,\"StartIndex\":0}",
	    "{\"Items\":[],\"TotalRecordCount\\u0000x\":0,\"StartIndex\":0}",
	    "<html>Jellyfin Server is loading.</html>"
	};
	struct listing_counts counts;
	struct decoder *decoder;
	size_t i, n = 0;

	(void)state;
	decoder = listing_new(LISTING_OBJECT, count, &n);
	for (i = 0; i < COUNT(bad); i++) {
		listing_reset(decoder);
		if (listing_feed(decoder, bad[i], strlen(bad[i])) == 0 &&
		    listing_finish(decoder, &counts) == 0)
			fail_msg("taken: %s", bad[i]);
		assert_string_not_equal(listing_error(decoder), "");
	}
	listing_free(decoder);
}

static void
test_array(void **state)
{
	static const char array[] = "[{\"Id\":1},{\"Id\":2} , {}]";
	struct listing_counts counts;
	struct decoder *decoder;
	size_t i, n;

	(void)state;
	decoder = listing_new(LISTING_ARRAY, count, &n);
	for (i = 0; i < sizeof(array); i++) {
		n = 0;
		listing_reset(decoder);
		assert_int_equal(listing_feed(decoder, array, i), 0);
		assert_int_equal(listing_feed(decoder, array + i,
		    sizeof(array) - 1 - (i < sizeof(array) ? i : 0)), 0);
		assert_int_equal(listing_finish(decoder, &counts), 0);
		assert_int_equal(n, 3);
		assert_int_equal(counts.total, 3);
	}
	listing_reset(decoder);
	assert_int_equal(listing_feed(decoder, "[]", 2), 0);
	assert_int_equal(listing_finish(decoder, &counts), 0);
	assert_int_equal(counts.items, 0);
	listing_reset(decoder);
	assert_int_equal(listing_feed(decoder, "{\"Items\":[]}", 12), -1);
	listing_free(decoder);
}

/* Where it went wrong; one is not several. */
static void
test_error(void **state)
{
	static const char *const errors[] = { ", after 0 items",
	    ", after 1 item", ", after 2 items" };
	struct decoder *decoder;
	const char *error;
	size_t i, k, n = 0;

	(void)state;
	decoder = listing_new(LISTING_ARRAY, count, &n);
	for (i = 0; i < COUNT(errors); i++) {
		listing_reset(decoder);
		assert_int_equal(listing_feed(decoder, "[", 1), 0);
		for (k = 0; k < i; k++)
			assert_int_equal(listing_feed(decoder, "{},", 3), 0);
		assert_int_equal(listing_feed(decoder, "x,", 2), -1);
		error = strstr(listing_error(decoder), ", after");
		assert_non_null(error);
		assert_string_equal(error, errors[i]);
	}
	listing_free(decoder);
}

/* No item, and no list, without an end. */
static void
test_limits(void **state)
{
	static char piece[4096];
	struct decoder *decoder;
	size_t n = 0, fed = 0;
	int depth;

	(void)state;
	decoder = listing_new(LISTING_ARRAY, count, &n);
	memset(piece, 'x', sizeof(piece));
	assert_int_equal(listing_feed(decoder, "[\"", 2), 0);
	while (listing_feed(decoder, piece, sizeof(piece)) == 0)
		fed += sizeof(piece);
	assert_in_range(fed, LISTING_VALUE_MAX - 2 * sizeof(piece),
	    LISTING_VALUE_MAX);
	listing_reset(decoder);
	assert_int_equal(listing_feed(decoder, "[", 1), 0);
	for (depth = 0; listing_feed(decoder, "[", 1) == 0; depth++)
		assert_in_range(depth, 0, LISTING_DEPTH_MAX);
	listing_reset(decoder);
	n = 0;
	assert_int_equal(listing_feed(decoder, "[", 1), 0);
	memset(piece, '[', LISTING_DEPTH_MAX + 1);
	memset(piece + LISTING_DEPTH_MAX + 1, ']', LISTING_DEPTH_MAX + 1);
	assert_int_equal(listing_feed(decoder, piece + 1,
	    2 * LISTING_DEPTH_MAX), 0);
	assert_int_equal(n, 1);
	assert_int_equal(listing_feed(decoder, ",", 1), 0);
	assert_int_equal(listing_feed(decoder, piece,
	    2 * LISTING_DEPTH_MAX + 2), -1);
	listing_reset(decoder);
	n = 0;
	for (fed = 0; fed < sizeof(piece); fed += 2)
		memcpy(piece + fed, "1,", 2);
	assert_int_equal(listing_feed(decoder, "[", 1), 0);
	while (listing_feed(decoder, piece, sizeof(piece)) == 0)
		;
	assert_int_equal(n, LISTING_ITEMS_MAX);
	listing_free(decoder);
}

/* What is wrong is so however it is split: json-c takes 6- in two pieces. */
static void
test_split(void **state)
{
	static const char *const broken[] = { "[6-,7]", "[6-6]", "[{\"a\":6-}]",
	    "[1e+1+,7]", "[tru,7]", "[\"\\ud83d\\\",7]", "[7 7]", "[,7]", "[}",
	    "[7}", "[{]", "[12a]", "[-]" };
	struct listing_counts counts;
	struct decoder *decoder;
	size_t i, cut, len, n = 0;

	(void)state;
	decoder = listing_new(LISTING_ARRAY, count, &n);
	for (i = 0; i < COUNT(broken); i++) {
		len = strlen(broken[i]);
		for (cut = 0; cut <= len; cut++) {
			listing_reset(decoder);
			if (listing_feed(decoder, broken[i], cut) == -1 ||
			    listing_feed(decoder, broken[i] + cut,
			    len - cut) == -1)
				continue;
			assert_int_equal(listing_finish(decoder, &counts), -1);
		}
	}
	listing_free(decoder);
}

static void
test_id_set(void **state)
{
	struct jellyfin_id id;
	struct id_set *set;
	uint32_t i;

	(void)state;
	set = id_set_new();
	assert_non_null(set);
	memset(&id, 0, sizeof(id));
	for (i = 0; i < 20000; i++) {
		memcpy(id.bytes, &i, sizeof(i));
		assert_int_equal(id_set_first(set, &id, i % 3), i % 3);
	}
	for (i = 0; i < 20000; i++) {
		memcpy(id.bytes, &i, sizeof(i));
		assert_int_equal(id_set_first(set, &id, 7), i % 3);
	}
	id_set_clear(set);
	assert_int_equal(id_set_first(set, &id, 7), 7);
	id_set_free(set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_split),
		cmocka_unit_test(test_wanted),
		cmocka_unit_test(test_wanted_broken),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_array),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_id_set),
	};

	return cmocka_run_group_tests_name("listing", tests, NULL, NULL);
}
