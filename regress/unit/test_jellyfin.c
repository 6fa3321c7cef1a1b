/* Jellyfin's API: what is asked, and what is made of the answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "jellyfin.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))
#define ID		"0123456789abcdef0123456789abcdef"
#define OTHER_ID	"ffffffffffffffffffffffffffffffff"

static struct json_object *
parse(const char *text)
{
	struct json_object *object = jellyfin_parse(text, strlen(text));

	if (object == NULL)
		fail_msg("the test's own JSON is broken: %s", text);
	return object;
}

static int
item(const char *text, struct item_record *record)
{
	struct json_object *object = parse(text);
	int result;

	memset(record, 0xa5, sizeof(*record));
	result = jellyfin_item(object, record);
	json_object_put(object);
	return result;
}

static int
userdata(const char *text, struct userdata *record)
{
	struct json_object *object = parse(text);
	int result;

	memset(record, 0xa5, sizeof(*record));
	result = jellyfin_userdata(object, record);
	json_object_put(object);
	return result;
}

static void
test_movie(void **state)
{
	struct item_record r;

	(void)state;
	assert_int_equal(item("{\"Name\":\"A Film\",\"ServerId\":\"" OTHER_ID
	    "\",\"Id\":\"" ID "\",\"Container\":\"mkv\",\"ChannelId\":null,"
	    "\"RunTimeTicks\":60000000000,\"ProductionYear\":1981,"
	    "\"ProviderIds\":{\"Imdb\":\"tt0010001\",\"Tmdb\":\"1001\","
	    "\"foo\":\"bar baz\",\"none\":null},\"IsFolder\":false,"
	    "\"Type\":\"Movie\",\"VideoType\":\"VideoFile\","
	    "\"ImageBlurHashes\":{},\"LocationType\":\"FileSystem\","
	    "\"MediaType\":\"Video\",\"IndexNumber\":3}", &r), 0);
	assert_int_equal(r.kind, ITEM_MOVIE);
	assert_int_equal(r.id.bytes[0], 0x01);
	assert_string_equal(r.title, "A Film");
	assert_int_equal(r.runtime, INT64_C(60000000000));
	assert_int_equal(r.year, 1981);
	assert_int_equal(r.media_sources, 1);
	assert_int_equal(r.n_providers, 3);
	assert_string_equal(r.providers[0].name, "Imdb");
	assert_string_equal(r.providers[2].value, "bar baz");
	assert_false(r.has_series);
	assert_int_equal(r.season, NUMBER_UNKNOWN);
	assert_int_equal(r.episode, NUMBER_UNKNOWN);
	assert_int_equal(r.episode_end, NUMBER_UNKNOWN);
}

static void
test_episode(void **state)
{
	struct item_record r;

	(void)state;
	assert_int_equal(item("{\"Id\":\"" ID "\",\"Type\":\"Episode\","
	    "\"IndexNumber\":4,\"ParentIndexNumber\":0,\"SeriesId\":\""
	    OTHER_ID "\",\"SeriesName\":\"A Series\",\"MediaSourceCount\":2}",
	    &r), 0);
	assert_int_equal(r.kind, ITEM_EPISODE);
	assert_int_equal(r.season, 0);
	assert_int_equal(r.episode, 4);
	assert_int_equal(r.episode_end, 4);
	assert_true(r.has_series);
	assert_string_equal(r.series_title, "A Series");
	assert_string_equal(r.title, "");
	assert_int_equal(r.media_sources, 2);
	assert_int_equal(r.runtime, 0);
	assert_int_equal(r.n_providers, 0);
	assert_int_equal(item("{\"Id\":\"" ID "\",\"Type\":\"Episode\","
	    "\"IndexNumber\":4,\"IndexNumberEnd\":5,\"SeriesId\":null}", &r),
	    0);
	assert_int_equal(r.episode_end, 5);
	assert_false(r.has_series);
	assert_int_equal(r.season, NUMBER_UNKNOWN);
	/* What cannot be a number of an episode is none. */
	assert_int_equal(item("{\"Id\":\"" ID "\",\"Type\":\"Episode\","
	    "\"IndexNumber\":-9,\"IndexNumberEnd\":2,"
	    "\"ParentIndexNumber\":99999999999}", &r), 0);
	assert_int_equal(r.episode, NUMBER_UNKNOWN);
	assert_int_equal(r.episode_end, NUMBER_UNKNOWN);
	assert_int_equal(r.season, NUMBER_UNKNOWN);
}

static void
test_bad_items(void **state)
{
	static const char *const bad[] = {
	    "[]", "\"text\"", "{}", "{\"Type\":\"Movie\"}",
	    "{\"Id\":\"" ID "\"}",
	    "{\"Id\":null,\"Type\":\"Movie\"}",
	    "{\"Id\":17,\"Type\":\"Movie\"}",
	    "{\"Id\":\"0123\",\"Type\":\"Movie\"}",
	    "{\"Id\":\"" ID "\",\"Type\":\"Season\"}",
	    "{\"Id\":\"" ID "\",\"Type\":\"movie\"}",
	    "{\"Id\":\"" ID "\",\"Type\":3}",
	    ("{\"Id\":\"" ID "\",\"Type\":\"Episode\","
	    "\"LocationType\":\"Virtual\"}"),
	    "{\"Id\":\"" ID "\",\"Type\":\"Movie\",\"LocationType\":1}",
	    "{\"Id\":\"" ID "\",\"Type\":\"Movie\",\"Name\":[]}",
	    "{\"Id\":\"" ID "\",\"Type\":\"Movie\",\"RunTimeTicks\":\"1\"}",
	    "{\"Id\":\"" ID "\",\"Type\":\"Movie\",\"ProductionYear\":1.5}",
	    "{\"Id\":\"" ID "\",\"Type\":\"Movie\",\"ProviderIds\":[]}",
	    ("{\"Id\":\"" ID "\",\"Type\":\"Movie\","
	    "\"ProviderIds\":{\"Tmdb\":1}}"),
	    "{\"Id\":\"" ID "\",\"Type\":\"Episode\",\"SeriesId\":\"x\"}",
	    "{\"Id\":\"" ID "\",\"Type\":\"Episode\",\"IndexNumber\":true}",
	    "{\"Id\":\"" ID "\\u0000\",\"Type\":\"Movie\"}",
	    "{\"Id\":\"" ID "\\u00001\",\"Type\":\"Movie\"}",
	    "{\"Id\":\"" ID "\",\"Type\":\"Movie\\u0000s\"}",
	    ("{\"Id\":\"" ID "\",\"Type\":\"Episode\","
	    "\"SeriesId\":\"" ID "\\u0000\"}")
	};
	struct item_record r;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		if (item(bad[i], &r) != -1)
			fail_msg("taken: %s", bad[i]);
	}
}

static void
test_bounds(void **state)
{
	char text[8192], value[200];
	struct item_record r;
	size_t i;

	(void)state;
	memset(value, '1', sizeof(value));
	value[PROVIDER_VALUE_SIZE] = '\0';
	snprintf(text, sizeof(text), "{\"Id\":\"" ID "\",\"Type\":\"Movie\","
	    "\"RunTimeTicks\":-5,\"ProductionYear\":-3,"
	    "\"MediaSourceCount\":0,\"ProviderIds\":{\"Long\":\"%s\","
	    "\"%s\":\"1\",\"Short\":\"%s\"}}", value, value, value + 1);
	assert_int_equal(item(text, &r), 0);
	assert_int_equal(r.runtime, 0);
	assert_int_equal(r.year, 0);
	assert_int_equal(r.media_sources, 1);
	assert_int_equal(r.n_providers, 1);
	assert_string_equal(r.providers[0].name, "Short");

	strlcpy(text, "{\"Id\":\"" ID "\",\"Type\":\"Movie\","
	    "\"ProviderIds\":{\"p0\":\"x\"", sizeof(text));
	for (i = 1; i < 40; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    ",\"p%zu\":\"x\"", i);
	strlcat(text, "},\"Name\":\"", sizeof(text));
	for (i = 0; i < 400; i++)
		strlcat(text, "\xe6\x9d\xb1", sizeof(text));
	strlcat(text, "\"}", sizeof(text));
	assert_int_equal(item(text, &r), 0);
	assert_int_equal(r.n_providers, PROVIDERS_MAX);
	assert_int_equal(strlen(r.title), (TITLE_SIZE - 1) / 3 * 3);
}

static void
test_userdata(void **state)
{
	struct userdata u;

	(void)state;
	assert_int_equal(userdata("{\"PlayedPercentage\":12.5,"
	    "\"PlaybackPositionTicks\":6000000001,\"PlayCount\":3,"
	    "\"IsFavorite\":true,"
	    "\"LastPlayedDate\":\"2023-11-14T22:13:20.1234567Z\","
	    "\"Played\":false,\"Key\":\"x\",\"ItemId\":\"" ID "\"}", &u), 0);
	assert_int_equal(u.position, INT64_C(6000000001));
	assert_int_equal(u.play_count, 3);
	assert_int_equal(u.last_played, 1700000000);
	assert_true(u.favorite);
	assert_false(u.played);
	/* Servers store what they are sent: -5 and all. */
	assert_int_equal(userdata("{\"Played\":true,\"IsFavorite\":false,"
	    "\"PlaybackPositionTicks\":-5,\"PlayCount\":-1,"
	    "\"LastPlayedDate\":\"yesterday\"}", &u), 0);
	assert_int_equal(u.position, 0);
	assert_int_equal(u.play_count, 0);
	assert_int_equal(u.last_played, 0);
	assert_true(u.played);
	assert_int_equal(userdata("{\"Played\":true,\"IsFavorite\":false,"
	    "\"PlaybackPositionTicks\":99999999999999999999,"
	    "\"PlayCount\":4000000000,\"LastPlayedDate\":null}", &u), 0);
	assert_int_equal(u.position, INT64_MAX);
	assert_int_equal(u.play_count, INT32_MAX);
	assert_int_equal(u.last_played, 0);
}

/* A missing flag must not pass for an unmark. */
static void
test_bad_userdata(void **state)
{
	static const char *const bad[] = {
	    "{}", "[]", "{\"Played\":true}", "{\"IsFavorite\":true}",
	    "{\"Played\":null,\"IsFavorite\":true}",
	    "{\"Played\":\"true\",\"IsFavorite\":true}",
	    "{\"Played\":1,\"IsFavorite\":true}",
	    "{\"Played\":true,\"IsFavorite\":true,\"PlayCount\":\"1\"}",
	    "{\"Played\":true,\"IsFavorite\":true,\"PlayCount\":1.5}",
	    "{\"Played\":true,\"IsFavorite\":true,\"LastPlayedDate\":17}"
	};
	struct userdata u;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		if (userdata(bad[i], &u) != -1)
			fail_msg("taken: %s", bad[i]);
	}
}

static void
test_item_userdata(void **state)
{
	static const struct {
		const char	*text;
		int		 result;
	} cases[] = {
	    { "{\"Id\":\"" ID "\",\"Type\":\"Movie\",\"UserData\":"
		"{\"Played\":true,\"IsFavorite\":false}}", 0 },
	    { "{\"Id\":\"" ID "\",\"Type\":\"Movie\"}", -1 },
	    { "{\"Id\":\"" ID "\",\"Type\":\"Movie\",\"UserData\":null}", -1 },
	    { "{\"Id\":\"" ID "\",\"Type\":\"Series\",\"UserData\":"
		"{\"Played\":true,\"IsFavorite\":false}}", -1 },
	    { "{\"Id\":\"" ID "\",\"Type\":\"Episode\","
		"\"LocationType\":\"Virtual\",\"UserData\":"
		"{\"Played\":true,\"IsFavorite\":false}}", -1 }
	};
	struct message_userdata m;
	struct json_object *object;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		object = parse(cases[i].text);
		assert_int_equal(jellyfin_item_userdata(object, &m),
		    cases[i].result);
		json_object_put(object);
	}
}

static void
test_info(void **state)
{
#define INFO(version)	"{\"ServerName\":\"n\",\"Id\":\"" ID "\"," \
			"\"Version\":\"" version "\"}"
	static const struct {
		const char		*text;
		enum jellyfin_readiness	 readiness;
	} cases[] = {
	    { INFO("10.9.0"), JELLYFIN_READY },
	    { INFO("10.11.11"), JELLYFIN_READY },
	    { INFO("12.0.0"), JELLYFIN_READY },
	    { INFO("12.3"), JELLYFIN_READY },
	    { INFO("10.8.13"), JELLYFIN_UNSUPPORTED },
	    { INFO("9.11.0"), JELLYFIN_UNSUPPORTED },
	    { INFO("13.0.0"), JELLYFIN_UNSUPPORTED },
	    { INFO("12"), JELLYFIN_UNSUPPORTED },
	    { INFO("unknown"), JELLYFIN_UNSUPPORTED },
	    { "{\"serverName\":\"n\",\"id\":\"" ID "\",\"version\":"
		"\"12.0.0\",\"startupWizardCompleted\":false}",
		JELLYFIN_STARTING },
	    { "{\"Version\":\"12.0.0\"}", JELLYFIN_OTHER },
	    { "{}", JELLYFIN_OTHER },
	    { "[]", JELLYFIN_OTHER }
	};
	struct message_server_info info;
	struct json_object *object;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		object = parse(cases[i].text);
		if (jellyfin_info(object, &info) != cases[i].readiness)
			fail_msg("misjudged: %s", cases[i].text);
		json_object_put(object);
	}
	assert_int_equal(jellyfin_info(NULL, &info), JELLYFIN_OTHER);
}

static void
test_others(void **state)
{
	struct json_object *object;
	struct message_user user;
	struct jellyfin_library library;
	struct jellyfin_id user_id, item_id;

	(void)state;
	object = parse("{\"Name\":\"alice\",\"Id\":\"" ID "\",\"Policy\":"
	    "{\"IsDisabled\":true}}");
	assert_int_equal(jellyfin_user(object, &user), 0);
	assert_string_equal(user.name, "alice");
	assert_true(user.disabled);
	json_object_put(object);
	object = parse("{\"Name\":\"  My Films \",\"ItemId\":\"" ID "\"}");
	assert_int_equal(jellyfin_library(object, &library), 0);
	assert_string_equal(library.name, "My Films");
	json_object_put(object);
	object = parse("{\"UserId\":\"" ID "\",\"NowPlayingItem\":{\"Id\":\""
	    OTHER_ID "\"}}");
	assert_int_equal(jellyfin_now_playing(object, &user_id, &item_id), 1);
	assert_int_equal(item_id.bytes[3], 0xff);
	json_object_put(object);
	object = parse("{\"UserId\":\"" ID "\"}");
	assert_int_equal(jellyfin_now_playing(object, &user_id, &item_id), 0);
	json_object_put(object);
	object = parse("{\"NowPlayingItem\":{}}");
	assert_int_equal(jellyfin_now_playing(object, &user_id, &item_id), -1);
	json_object_put(object);
	assert_null(jellyfin_parse("{} x", 4));
	assert_null(jellyfin_parse("{", 1));
	assert_null(jellyfin_parse("", 0));
	object = parse("[[[[[[[[[[[[[[[0]]]]]]]]]]]]]]]");
	json_object_put(object);
	assert_null(jellyfin_parse("[[[[[[[[[[[[[[[[0]]]]]]]]]]]]]]]]", 33));
}

/* JSON has NULs, C's texts end at one: what it names would be another. */
static void
test_nul(void **state)
{
	struct message_server_info info;
	struct jellyfin_library library;
	struct json_object *object;
	struct jellyfin_id id;
	struct item_record r;
	struct userdata u;

	(void)state;
	assert_int_equal(item("{\"Id\":\"" ID "\",\"Type\":\"Movie\","
	    "\"Name\":\"A\\u0000B\",\"ProviderIds\":{\"Imdb\":"
	    "\"tt123\\u00004\",\"Tmdb\":\"\\u0000\",\"Tvdb\":\"7\"}}",
	    &r), 0);
	assert_string_equal(r.title, "A");
	assert_int_equal(r.n_providers, 1);
	assert_string_equal(r.providers[0].name, "Tvdb");
	assert_int_equal(userdata("{\"Played\":true,\"IsFavorite\":true,"
	    "\"LastPlayedDate\":\"2026-03-01T18:04:09Z\\u0000\"}", &u), -1);
	object = parse("{\"Version\":\"10.11.11\",\"Id\":\"" ID
	    "\\u0000\"}");
	assert_int_equal(jellyfin_info(object, &info), JELLYFIN_OTHER);
	json_object_put(object);
	object = parse("{\"Name\":\"Films\\u00002\",\"ItemId\":\"" ID
	    "\"}");
	assert_int_equal(jellyfin_library(object, &library), -1);
	json_object_put(object);
	object = parse("\"" ID "\\u0000\"");
	assert_int_equal(jellyfin_id_read(object, &id), -1);
	json_object_put(object);
	object = parse("\"" ID "\"");
	assert_int_equal(jellyfin_id_read(object, &id), 0);
	json_object_put(object);
	assert_int_equal(jellyfin_id_read(NULL, &id), -1);
}

static int
user_of(const char *name)
{
	char text[NAME_SIZE + 256];
	struct json_object *object;
	struct message_user user;
	int result;

	snprintf(text, sizeof(text), "{\"Id\":\"" ID "\",\"Name\":%s}",
	    name);
	/* As of a list, whose UTF-8 nobody has looked at yet. */
	object = json_tokener_parse(text);
	assert_non_null(object);
	result = jellyfin_user(object, &user);
	json_object_put(object);
	return result;
}

/* A user who cannot be named in full is none. */
static void
test_user_names(void **state)
{
	char name[NAME_SIZE + 3];

	(void)state;
	memset(name, 'a', sizeof(name));
	name[0] = name[NAME_SIZE] = '"';
	name[NAME_SIZE + 1] = '\0';
	assert_int_equal(user_of(name), 0);
	memcpy(name + NAME_SIZE, "a\"", 3);
	assert_int_equal(user_of(name), -1);
	assert_int_equal(user_of("\"alice\""), 0);
	assert_int_equal(user_of("\"alice\\u0000\""), -1);
	assert_int_equal(user_of("\"alice\\u0000b\""), -1);
	assert_int_equal(user_of("\"ali\xff" "ce\""), -1);
	assert_int_equal(user_of("null"), -1);
}

static void
test_paths(void **state)
{
	static struct jellyfin_id many[READ_IDS_MAX];
	char path[JELLYFIN_PATH_SIZE];
	struct jellyfin_page page = { NULL, 0, 0 };
	struct message_list list;
	struct jellyfin_id id;

	(void)state;
	memset(&list, 0, sizeof(list));
	assert_int_equal(jellyfin_id_parse(ID, &id), 0);
	list.user = id;
	list.listing = LISTING_IDENTITY;
	jellyfin_list_path(path, &list, &page);
	assert_string_equal(path, "/Items?recursive=true"
	    "&collapseBoxSetItems=false&isMissing=false&enableImages=false"
	    "&includeItemTypes=Movie,Episode,Series"
	    "&fields=ProviderIds,MediaSourceCount&enableUserData=false");
	list.listing = LISTING_RESUMABLE;
	page.library = &id;
	page.start = 40000;
	page.size = 20000;
	jellyfin_list_path(path, &list, &page);
	assert_string_equal(path, "/Items?recursive=true"
	    "&collapseBoxSetItems=false&isMissing=false&enableImages=false"
	    "&includeItemTypes=Movie,Episode&filters=IsResumable&userId=" ID
	    "&parentId=" ID "&sortBy=DateCreated,SortName&startIndex=40000"
	    "&limit=20000");
	jellyfin_ids_path(path, &id, LISTING_COUNT, many, 2);
	assert_string_equal(path, "/Items?recursive=true"
	    "&collapseBoxSetItems=false&isMissing=false&enableImages=false"
	    "&userId=" ID "&ids=00000000000000000000000000000000,"
	    "00000000000000000000000000000000");
	jellyfin_ids_path(path, &id, LISTING_PLAYED, many, 1);
	assert_string_equal(path, "/Items?recursive=true"
	    "&collapseBoxSetItems=false&isMissing=false&enableImages=false"
	    "&includeItemTypes=Movie,Episode&filters=IsPlayed&userId=" ID
	    "&ids=00000000000000000000000000000000");
	jellyfin_ids_path(path, &id, LISTING_RESUMABLE, many, READ_IDS_MAX);
	jellyfin_userdata_path(path, &id, &id);
	assert_string_equal(path, "/UserItems/" ID "/UserData?userId=" ID);
	jellyfin_clear_path(path, &id, &id);
	assert_string_equal(path, "/UserPlayedItems/" ID "?userId=" ID);
}

static void
test_body(void **state)
{
	struct userdata u = { INT64_MAX, 1700000000, INT32_MAX, false, false };
	char body[JELLYFIN_BODY_SIZE];

	(void)state;
	jellyfin_write_body(body, &u);
	assert_string_equal(body, "{\"Played\":false,\"PlayCount\":2147483647,"
	    "\"PlaybackPositionTicks\":9223372036854775807,"
	    "\"IsFavorite\":false,"
	    "\"LastPlayedDate\":\"2023-11-14T22:13:20Z\"}");
	u.last_played = 0;
	u.played = true;
	jellyfin_write_body(body, &u);
	assert_null(strstr(body, "LastPlayedDate"));
	assert_non_null(strstr(body, "\"Played\":true"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_movie),
		cmocka_unit_test(test_episode),
		cmocka_unit_test(test_bad_items),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_userdata),
		cmocka_unit_test(test_bad_userdata),
		cmocka_unit_test(test_item_userdata),
		cmocka_unit_test(test_info),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_user_names),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_body),
	};

	return cmocka_run_group_tests_name("jellyfin", tests, NULL, NULL);
}
