/*
 * Matching: ids, keys and titles, and every rule of sync-model.md's chapter
 * as a named case.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "match_internal.h"
#include "text.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))
#define MINUTE		(60 * TICKS_PER_SECOND)
#define DEFAULT		(MATCH_PROVIDER_IDS | MATCH_SERIES_EPISODE)
#define ITEMS_MAX	8		/* of a case */

#define NONE		MATCH_REASON_NONE
#define NO_IDS		MATCH_REASON_NO_IDS
#define AMBIGUOUS	MATCH_REASON_AMBIGUOUS
#define DISAGREE	MATCH_REASON_IDS_DISAGREE
#define DIFFER		MATCH_REASON_NUMBERS_DIFFER

struct normal {
	struct provider_id	id;
	const char		*text;
};

/* An item of a case; the n-th has the id n. */
struct case_item {
	char		 server;
	int		 season;	/* 0 with episode 0: a movie */
	int		 episode;
	int		 episode_end;
	const char	*own;
	const char	*series;
	int		 runtime;	/* minutes */
	const char	*title;
	int64_t		 group;
	enum match_reason reason;
};

struct match_case {
	const char		*name;
	uint32_t		 match_by;
	struct case_item	 items[ITEMS_MAX];
};

static void	ids_of(const char *, struct match_ids *);
static size_t	case_items(const struct match_case *, struct match_item *);
static size_t	pick(size_t);
static void	shuffle(struct match_item *, size_t);
static void	assert_case(const struct match_case *,
		    const struct match_item *, size_t);
static void	assert_title(const char *, const char *);

static uint64_t seed = 1;

static const struct normal normals[] = {
	{ { "Imdb", "tt0010001" }, "imdb=tt0010001" },
	{ { "IMDB", " TT0010001\t" }, "imdb=tt0010001" },
	{ { "Imdb", "tt1234567890" }, "imdb=tt1234567890" },
	{ { "Imdb", "tt12345678901" }, "" },
	{ { "Imdb", "tt001000" }, "" },
	{ { "Imdb", "tt0000000" }, "" },
	{ { "Imdb", "0010001" }, "" },
	{ { "Imdb", "ttx0010001" }, "" },
	{ { "Imdb", "tt0010001x" }, "" },
	{ { "Imdb", "tt" }, "" },
	{ { "Imdb", "t" }, "" },
	{ { "Imdb", "" }, "" },
	{ { "Imdb", "nm0010001" }, "" },
	{ { "Imdb", "https://www.imdb.com/title/tt0020004/" }, "" },
	{ { "Tmdb", "1001" }, "tmdb=1001" },
	{ { "tmdb", " 0001001 " }, "tmdb=1001" },
	{ { "Tmdb", "0" }, "" },
	{ { "Tmdb", "000" }, "" },
	{ { "Tmdb", "" }, "" },
	{ { "Tmdb", "-5" }, "" },
	{ { "Tmdb", "+5" }, "" },
	{ { "Tmdb", "5.0" }, "" },
	{ { "Tmdb", "12a" }, "" },
	{ { "Tmdb", "1234567890" }, "tmdb=1234567890" },
	{ { "Tmdb", "12345678901" }, "" },
	{ { "Tvdb", "81189" }, "tvdb=81189" },
	{ { "Tvdb", "breaking-bad" }, "" },
	{ { "AniDB", "A1=%" }, "anidb=A1%3D%25" },
	{ { "AniDB", "0" }, "" },
	{ { "AniDB", "bar baz" }, "" },
	{ { "AniDB", "\xc3\xa9" }, "" },
	{ { "AniDB", "  " }, "" },
	{ { "a_b.c-9", "x" }, "a_b.c-9=x" },
	{ { "a b", "x" }, "" },
	{ { "a=b", "x" }, "" },
	{ { "", "x" }, "" },
	{ { "TmdbCollection", "10" }, "" },
	{ { "collection", "10" }, "" },
	{ { "Collections", "10" }, "collections=10" },
};

static const char *const not_ours[] = {
	" ", "imdb", "imdb=", "=tt0010001", "imdb=tt0010001 ",
	" imdb=tt0010001", "imdb=tt0010001  tmdb=1", "Imdb=tt0010001",
	"imdb=TT0010001", "imdb=tt1", "tmdb=01", "tmdb=1 imdb=tt0010001",
	"tmdb=1 tmdb=1", "tmdb=1 tmdb=2", "anidb=a=b", "anidb=a%",
	"anidb=a%3", "anidb=a%3d", "anidb=%41", "anidb=a\tb",
	"tmdbcollection=1",
	"a=1 b=1 c=1 d=1 e=1 f=1 g=1 h=1 i=1 j=1 k=1 l=1 m=1 n=1 o=1 p=1 q=1"
};

static const struct match_case cases[] = {
	{ "one shared id is enough", DEFAULT, {
	    { 'A', 0, 0, 0, "imdb=tt0000001 tmdb=1", "", 90, "", 1, NONE },
	    { 'B', 0, 0, 0, "tmdb=1 tvdb=7", "", 90, "", 1, NONE } } },
	{ "any provider that servers share", DEFAULT, {
	    { 'A', 0, 0, 0, "anidb=x9", "", 90, "", 1, NONE },
	    { 'B', 0, 0, 0, "anidb=x9", "", 90, "", 1, NONE } } },
	{ "a second provider vetoes", DEFAULT, {
	    { 'A', 0, 0, 0, "imdb=tt0000001 tmdb=1", "", 90, "", 1, DISAGREE },
	    { 'B', 0, 0, 0, "imdb=tt0000001 tmdb=2", "", 90, "", 2,
	    DISAGREE } } },
	{ "different runtimes on two servers do not veto", DEFAULT, {
	    { 'A', 0, 0, 0, "imdb=tt0000001", "", 90, "", 1, NONE },
	    { 'B', 0, 0, 0, "imdb=tt0000001", "", 180, "", 1, NONE } } },
	{ "works united by a third item", DEFAULT, {
	    { 'A', 0, 0, 0, "imdb=tt0000001", "", 90, "", 1, NONE },
	    { 'B', 0, 0, 0, "tmdb=1", "", 90, "", 1, NONE },
	    { 'C', 0, 0, 0, "imdb=tt0000001 tmdb=1", "", 90, "", 1,
	    NONE } } },
	{ "a chain whose ends disagree breaks at the weaker id", DEFAULT, {
	    { 'A', 0, 0, 0, "imdb=tt0000001 tvdb=5", "", 90, "", 1, NONE },
	    { 'B', 0, 0, 0, "imdb=tt0000001 tmdb=1", "", 90, "", 1, NONE },
	    { 'C', 0, 0, 0, "tmdb=1 tvdb=6", "", 90, "", 3, DISAGREE } } },
	{ "what fits two works that disagree is ambiguous", DEFAULT, {
	    { 'A', 0, 0, 0, "imdb=tt0000001 tmdb=1", "", 90, "", 1, DISAGREE },
	    { 'B', 0, 0, 0, "imdb=tt0000001 tmdb=2", "", 90, "", 2, DISAGREE },
	    { 'C', 0, 0, 0, "imdb=tt0000001", "", 90, "", 3, AMBIGUOUS } } },
	{ "what is ambiguous by one id may match by another", DEFAULT, {
	    { 'A', 0, 0, 0, "imdb=tt0000001 tmdb=1", "", 90, "", 1, NONE },
	    { 'B', 0, 0, 0, "imdb=tt0000001 tmdb=2", "", 90, "", 2, DISAGREE },
	    { 'C', 0, 0, 0, "imdb=tt0000001 tvdb=3", "", 90, "", 1, NONE },
	    { 'A', 0, 0, 0, "tmdb=1 tvdb=3", "", 90, "", 1, NONE } } },
	{ "4K and 1080p are two copies of one work", DEFAULT, {
	    { 'A', 0, 0, 0, "imdb=tt0000001", "", 90, "", 1, NONE },
	    { 'A', 0, 0, 0, "imdb=tt0000001", "", 91, "", 1, NONE },
	    { 'B', 0, 0, 0, "imdb=tt0000001", "", 90, "", 1, NONE } } },
	{ "two copies on one server only are no obstacle", DEFAULT, {
	    { 'A', 0, 0, 0, "imdb=tt0000001", "", 90, "", 1, NONE },
	    { 'A', 0, 0, 0, "imdb=tt0000001", "", 90, "", 1, NONE } } },
	{ "an id on two different works is no key", DEFAULT, {
	    { 'A', 0, 0, 0, "imdb=tt0000001", "", 90, "", 1, AMBIGUOUS },
	    { 'A', 0, 0, 0, "imdb=tt0000001", "", 150, "", 2, AMBIGUOUS },
	    { 'B', 0, 0, 0, "imdb=tt0000001", "", 90, "", 3, NONE } } },
	{ "exactly 25 % of the longer is one work still", DEFAULT, {
	    { 'A', 0, 0, 0, "imdb=tt0000001", "", 75, "", 1, NONE },
	    { 'A', 0, 0, 0, "imdb=tt0000001", "", 100, "", 1, NONE },
	    { 'B', 0, 0, 0, "imdb=tt0000001", "", 0, "", 1, NONE } } },
	{ "short films may differ by 60 s", DEFAULT, {
	    { 'A', 0, 0, 0, "imdb=tt0000001", "", 1, "", 1, NONE },
	    { 'A', 0, 0, 0, "imdb=tt0000001", "", 2, "", 1, NONE },
	    { 'B', 0, 0, 0, "imdb=tt0000001", "", 1, "", 1, NONE } } },
	{ "an ambiguous id does not veto another", DEFAULT, {
	    { 'A', 0, 0, 0, "imdb=tt0000001 tmdb=1", "", 90, "", 1, NONE },
	    { 'A', 0, 0, 0, "imdb=tt0000001 tmdb=2", "", 150, "", 2, NONE },
	    { 'B', 0, 0, 0, "imdb=tt0000003 tmdb=1", "", 90, "", 1, NONE },
	    { 'B', 0, 0, 0, "imdb=tt0000004 tmdb=2", "", 150, "", 2,
	    NONE } } },
	{ "an id of a season on its episodes is no key", DEFAULT, {
	    { 'A', 1, 1, 1, "tvdb=5", "tvdb=9", 45, "", 1, NONE },
	    { 'A', 1, 2, 2, "tvdb=5", "tvdb=9", 45, "", 2, NONE },
	    { 'B', 1, 1, 1, "tvdb=61", "tvdb=9", 45, "", 1, NONE },
	    { 'B', 1, 2, 2, "tvdb=62", "tvdb=9", 45, "", 2, NONE } } },
	{ "episodes by the numbers in their series", DEFAULT, {
	    { 'A', 1, 2, 2, "", "imdb=tt0000009 tvdb=9", 45, "", 1, NONE },
	    { 'B', 1, 2, 2, "", "tvdb=9", 45, "", 1, NONE },
	    { 'C', 1, 3, 3, "", "tvdb=9", 45, "", 3, NONE } } },
	{ "specials are season 0", DEFAULT, {
	    { 'A', 0, 3, 3, "", "tvdb=9", 45, "", 1, NONE },
	    { 'B', 0, 3, 3, "", "tvdb=9", 20, "", 1, NONE } } },
	{ "episodes of series that disagree", DEFAULT, {
	    { 'A', 1, 2, 2, "", "tmdb=1 tvdb=9", 45, "", 1, DISAGREE },
	    { 'B', 1, 2, 2, "", "tmdb=2 tvdb=9", 45, "", 2, DISAGREE } } },
	{ "own ids need no agreement of the series", DEFAULT, {
	    { 'A', 1, 2, 2, "tvdb=5", "tmdb=1", 45, "", 1, NONE },
	    { 'B', 1, 2, 2, "tvdb=5", "tmdb=2", 45, "", 1, NONE } } },
	{ "a group of two series takes no third by numbers", DEFAULT, {
	    { 'A', 1, 2, 2, "tvdb=5", "tmdb=1", 45, "", 1, NONE },
	    { 'B', 1, 2, 2, "tvdb=5", "tmdb=2", 45, "", 1, NONE },
	    { 'C', 1, 2, 2, "", "tmdb=1", 45, "", 3, DISAGREE } } },
	{ "own ids veto a match by numbers", DEFAULT, {
	    { 'A', 1, 2, 2, "tvdb=5", "tvdb=9", 45, "", 1, DISAGREE },
	    { 'B', 1, 2, 2, "tvdb=6", "tvdb=9", 45, "", 2, DISAGREE } } },
	{ "double episodes as the same range only", DEFAULT, {
	    { 'A', 1, 1, 2, "", "tvdb=9", 90, "", 1, NONE },
	    { 'B', 1, 1, 2, "", "tvdb=9", 90, "", 1, NONE },
	    { 'C', 1, 1, 1, "", "tvdb=9", 45, "", 3, NONE },
	    { 'C', 1, 2, 2, "", "tvdb=9", 45, "", 4, NONE } } },
	{ "a double episode with the first one's id", DEFAULT, {
	    { 'A', 1, 1, 2, "tvdb=5", "tvdb=9", 90, "", 1, DIFFER },
	    { 'B', 1, 1, 1, "tvdb=5", "tvdb=9", 45, "", 2, DIFFER } } },
	{ "an end that is not known is no range", DEFAULT, {
	    { 'A', 1, 1, -1, "", "tvdb=9", 45, "", 1, NONE },
	    { 'B', 1, 1, 1, "", "tvdb=9", 45, "", 1, NONE } } },
	{ "absolute numbering is reported", DEFAULT, {
	    { 'A', 1, 26, 26, "tvdb=5", "tvdb=9", 24, "", 1, DIFFER },
	    { 'B', 2, 1, 1, "tvdb=5", "tvdb=9", 24, "", 2, DIFFER } } },
	{ "numbers not known do not veto", DEFAULT, {
	    { 'A', -1, 26, 26, "tvdb=5", "tvdb=9", 24, "", 1, NONE },
	    { 'B', 2, 1, 1, "tvdb=5", "tvdb=9", 24, "", 1, NONE } } },
	{ "swapped ids are reported, not followed", DEFAULT, {
	    { 'A', 1, 1, 1, "tvdb=5", "tvdb=9", 45, "", 1, NONE },
	    { 'A', 1, 2, 2, "tvdb=6", "tvdb=9", 45, "", 2, NONE },
	    { 'B', 1, 1, 1, "tvdb=6", "tvdb=9", 45, "", 3, DIFFER },
	    { 'B', 1, 2, 2, "tvdb=5", "tvdb=9", 45, "", 4, DIFFER },
	    { 'C', 1, 1, 1, "tvdb=5", "tvdb=9", 45, "", 1, NONE },
	    { 'C', 1, 2, 2, "tvdb=6", "tvdb=9", 45, "", 2, NONE } } },
	{ "no ids and no title", DEFAULT, {
	    { 'A', 0, 0, 0, "", "", 90, "The Same", 1, NO_IDS },
	    { 'B', 0, 0, 0, "", "", 90, "The Same", 2, NO_IDS } } },
	{ "no ids, by title", MATCH_ALL, {
	    { 'A', 0, 0, 0, "", "", 200, "The Same!", 1, NONE },
	    { 'B', 0, 0, 0, "", "", 201, "the same", 1, NONE },
	    { 'C', 0, 0, 0, "", "", 200, "Same", 3, NONE } } },
	{ "no ids, by title, with other runtimes", MATCH_ALL, {
	    { 'A', 0, 0, 0, "", "", 200, "The Same", 1, DISAGREE },
	    { 'B', 0, 0, 0, "", "", 203, "The Same", 2, DISAGREE },
	    { 'C', 0, 0, 0, "", "", 0, "The Same", 3, NO_IDS } } },
	{ "a title where one has ids", MATCH_ALL, {
	    { 'A', 0, 0, 0, "tmdb=1", "", 90, "The Same", 1, NONE },
	    { 'B', 0, 0, 0, "", "", 90, "The Same", 1, NONE } } },
	{ "no title where both have ids", MATCH_ALL, {
	    { 'A', 0, 0, 0, "tmdb=1", "", 90, "The Same", 1, DISAGREE },
	    { 'B', 0, 0, 0, "tvdb=1", "", 90, "The Same", 2, DISAGREE } } },
	{ "a title that fits two works", MATCH_ALL, {
	    { 'A', 0, 0, 0, "tmdb=1", "", 90, "The Same", 1, DISAGREE },
	    { 'B', 0, 0, 0, "", "", 90, "The Same", 2, AMBIGUOUS },
	    { 'C', 0, 0, 0, "tmdb=2", "", 90, "The Same", 3, DISAGREE } } },
	{ "episodes by the title of their series", MATCH_ALL, {
	    { 'A', 1, 2, 2, "", "", 45, "A Series", 1, NONE },
	    { 'B', 1, 2, 2, "", "", 45, "a series", 1, NONE },
	    { 'B', 1, 3, 3, "", "", 45, "a series", 3, NONE } } },
	{ "without provider_ids an id is no key", MATCH_SERIES_EPISODE, {
	    { 'A', 0, 0, 0, "imdb=tt0000001", "", 90, "", 1, NO_IDS },
	    { 'B', 0, 0, 0, "imdb=tt0000001", "", 90, "", 2, NO_IDS } } },
	{ "without series_episode numbers are no key", MATCH_PROVIDER_IDS, {
	    { 'A', 1, 2, 2, "", "tvdb=9", 45, "", 1, NO_IDS },
	    { 'B', 1, 2, 2, "", "tvdb=9", 45, "", 2, NO_IDS } } },
	{ "a movie and an episode share nothing", DEFAULT, {
	    { 'A', 0, 0, 0, "imdb=tt0000001", "", 45, "", 1, NONE },
	    { 'B', 1, 2, 2, "imdb=tt0000001", "", 45, "", 2, NONE } } },
	{ "nor by a title with its numbers", MATCH_ALL, {
	    { 'A', 0, 0, 0, "", "", 45, "Lost 1 2", 1, NONE },
	    { 'B', 1, 2, 2000, "", "", 45, "Lost", 2, NONE } } },
	{ "alone and at peace", DEFAULT, {
	    { 'A', 0, 0, 0, "imdb=tt0000001", "", 90, "", 1, NONE } } },
	{ "alone without ids", DEFAULT, {
	    { 'A', 0, 0, 0, "", "", 90, "", 1, NO_IDS } } },
};

static void
ids_of(const char *text, struct match_ids *ids)
{
	if (match_ids_parse(text, ids) == -1)
		fail_msg("not ids: %s", text);
}

static size_t
case_items(const struct match_case *c, struct match_item *items)
{
	const struct case_item *from;
	struct match_item *item;
	size_t n;

	memset(items, 0, ITEMS_MAX * sizeof(*items));
	for (n = 0; n < ITEMS_MAX && c->items[n].server != '\0'; n++) {
		from = &c->items[n];
		item = &items[n];
		item->item = (int64_t)n + 1;
		item->server = from->server;
		item->kind = from->season == 0 && from->episode == 0 ?
		    ITEM_MOVIE : ITEM_EPISODE;
		item->season = from->season;
		item->episode = from->episode;
		item->episode_end = from->episode_end;
		item->year = 2000;
		item->runtime = from->runtime * MINUTE;
		item->title = item->series_title = from->title;
		ids_of(from->own, &item->own);
		ids_of(from->series, &item->series);
	}
	return n;
}

static size_t
pick(size_t n)
{
	seed = seed * UINT64_C(6364136223846793005) +
	    UINT64_C(1442695040888963407);
	return (size_t)(seed >> 33) % n;
}

static void
shuffle(struct match_item *items, size_t n)
{
	struct match_item item;
	size_t i, k;

	for (i = n; i > 1; i--) {
		k = pick(i);
		item = items[i - 1];
		items[i - 1] = items[k];
		items[k] = item;
	}
}

static void
assert_case(const struct match_case *c, const struct match_item *items,
    size_t n)
{
	const struct case_item *want;
	size_t i;

	for (i = 0; i < n; i++) {
		assert_int_equal(items[i].item, i + 1);
		want = &c->items[i];
		if (items[i].group != want->group)
			fail_msg("item %zu is in group %d", i + 1,
			    (int)items[i].group);
		if (items[i].reason != want->reason)
			fail_msg("item %zu: \"%s\"", i + 1,
			    match_reason_name(items[i].reason));
	}
}

/* In any order, and without the short cut. */
static void
test_case(void **state)
{
	const struct match_case *c = *state;
	struct match_item items[ITEMS_MAX];
	size_t n = case_items(c, items), i;

	for (i = 0; i < 20; i++) {
		assert_int_equal(match_form(items, n, c->match_by), 0);
		assert_case(c, items, n);
		shuffle(items, n);
	}
	n = case_items(c, items);
	assert_int_equal(match_form_groups(items, n, c->match_by), 0);
	assert_case(c, items, n);
}

static void
test_normalise(void **state)
{
	char text[MATCH_IDS_TEXT_SIZE];
	struct match_ids ids;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(normals); i++) {
		match_normalise(&normals[i].id, 1, &ids);
		match_ids_text(&ids, text, sizeof(text));
		if (strcmp(text, normals[i].text) != 0)
			fail_msg("%s \"%s\": \"%s\"", normals[i].id.name,
			    normals[i].id.value, text);
	}
}

/* By strength, then by name; of one name the first that is valid. */
static void
test_normalise_order(void **state)
{
	static const struct provider_id providers[] = {
		{ "Zap2It", "EP1" }, { "Tvdb", "3" }, { "AniDB", "4" },
		{ "Tmdb", "junk" }, { "TMDB", "2" }, { "tmdb", "5" },
		{ "Imdb", "tt0000001" }, { "TmdbCollection", "9" }
	};
	struct match_ids ids, again;
	char text[MATCH_IDS_TEXT_SIZE];

	(void)state;
	match_normalise(providers, COUNT(providers), &ids);
	match_ids_text(&ids, text, sizeof(text));
	assert_string_equal(text,
	    "imdb=tt0000001 tmdb=2 tvdb=3 anidb=4 zap2it=EP1");
	assert_int_equal(match_ids_parse(text, &again), 0);
	assert_memory_equal(&ids, &again, sizeof(ids));
}

/* Of more than there is room for, the strongest stay. */
static void
test_normalise_many(void **state)
{
	struct provider_id providers[PROVIDERS_MAX + 2];
	struct match_ids ids;
	size_t i;

	(void)state;
	memset(providers, 0, sizeof(providers));
	for (i = 0; i < COUNT(providers); i++) {
		providers[i].name[0] = (char)('a' + i);
		providers[i].value[0] = 'x';
	}
	strlcpy(providers[i - 1].name, "Tmdb", PROVIDER_NAME_SIZE);
	strlcpy(providers[i - 1].value, "7", PROVIDER_VALUE_SIZE);
	match_normalise(providers, COUNT(providers), &ids);
	assert_int_equal(ids.n, PROVIDERS_MAX);
	assert_string_equal(ids.ids[0].provider, "tmdb");
	assert_string_equal(ids.ids[PROVIDERS_MAX - 1].provider, "o");
}

static void
test_parse(void **state)
{
	struct match_ids ids;
	char text[64], cut[8];
	size_t i;

	(void)state;
	assert_int_equal(match_ids_parse("", &ids), 0);
	assert_int_equal(ids.n, 0);
	assert_int_equal(match_ids_parse("anidb=A1%3D%25", &ids), 0);
	assert_string_equal(ids.ids[0].value, "A1=%");
	for (i = 0; i < COUNT(not_ours); i++) {
		if (match_ids_parse(not_ours[i], &ids) != -1)
			fail_msg("taken: \"%s\"", not_ours[i]);
	}
	/* What does not fit is left out, whole. */
	ids_of("tmdb=1 tvdb=2345", &ids);
	match_ids_text(&ids, text, sizeof("tmdb=1 tvdb=2345"));
	assert_string_equal(text, "tmdb=1 tvdb=2345");
	match_ids_text(&ids, text, sizeof("tmdb=1 tvdb=2345") - 1);
	assert_string_equal(text, "tmdb=1");
	match_ids_text(&ids, cut, 7);
	assert_string_equal(cut, "tmdb=1");
	match_ids_text(&ids, cut, 6);
	assert_string_equal(cut, "");
}

static void
test_keys(void **state)
{
	static const char *const want[] = {
		"episode imdb tt0000001", "episode anidb A=",
		"number tvdb 9 1 2 3", "number anidb x 1 2 3",
		"title a series 1 2 3"
	};
	struct match_key keys[MATCH_KEYS_MAX];
	struct match_item item;
	size_t i;

	(void)state;
	memset(&item, 0, sizeof(item));
	item.kind = ITEM_EPISODE;
	item.season = 1;
	item.episode = 2;
	item.episode_end = 3;
	item.runtime = MINUTE;
	item.title = "An Episode";
	item.series_title = "A Series";
	ids_of("imdb=tt0000001 anidb=A%3D", &item.own);
	ids_of("tvdb=9 anidb=x", &item.series);
	assert_int_equal(match_keys(&item, MATCH_ALL, keys), COUNT(want));
	for (i = 0; i < COUNT(want); i++)
		assert_string_equal(keys[i].text, want[i]);
	assert_int_equal(match_keys(&item, MATCH_TITLE, keys), 1);
	item.runtime = 0;
	assert_int_equal(match_keys(&item, MATCH_TITLE, keys), 0);
	item.runtime = MINUTE;
	item.series_title = NULL;
	assert_int_equal(match_keys(&item, MATCH_TITLE, keys), 0);
	item.episode = NUMBER_UNKNOWN;
	assert_int_equal(match_keys(&item, MATCH_ALL, keys), 2);
	item.kind = ITEM_SERIES;
	assert_int_equal(match_keys(&item, MATCH_ALL, keys), 0);
	item.kind = ITEM_MOVIE;
	ids_of("imdb=tt0010001", &item.own);
	assert_int_equal(match_keys(&item, MATCH_ALL, keys), 1);
	assert_string_equal(keys[0].text, "movie imdb tt0010001");
	/* FNV-1a: the hashes are in people's databases. */
	assert_true(keys[0].hash == UINT64_C(0x7e9702df0894d705));
}

/* Whatever is in them, keys fit. */
static void
test_longest_keys(void **state)
{
	struct match_key keys[MATCH_KEYS_MAX];
	struct provider_id provider;
	struct match_item item;
	char title[TITLE_SIZE];

	(void)state;
	memset(&item, 0, sizeof(item));
	memset(&provider, 0, sizeof(provider));
	memset(provider.name, 'p', PROVIDER_NAME_SIZE - 1);
	memset(provider.value, 'v', PROVIDER_VALUE_SIZE - 1);
	memset(title, 't', sizeof(title) - 1);
	title[sizeof(title) - 1] = '\0';
	item.kind = ITEM_EPISODE;
	item.season = item.episode = item.episode_end = INT32_MAX;
	item.runtime = 1;
	item.series_title = title;
	match_normalise(&provider, 1, &item.own);
	match_normalise(&provider, 1, &item.series);
	assert_int_equal(match_keys(&item, MATCH_ALL, keys), 3);
}

static void
assert_title(const char *title, const char *want)
{
	struct match_key keys[MATCH_KEYS_MAX];
	struct match_item item;
	char text[MATCH_KEY_SIZE];

	memset(&item, 0, sizeof(item));
	item.kind = ITEM_MOVIE;
	item.year = 1999;
	item.runtime = MINUTE;
	item.title = title;
	if (want == NULL) {
		assert_int_equal(match_keys(&item, MATCH_TITLE, keys), 0);
		return;
	}
	assert_int_equal(match_keys(&item, MATCH_TITLE, keys), 1);
	(void)snprintf(text, sizeof(text), "title %s 1999", want);
	assert_string_equal(keys[0].text, text);
}

static void
test_titles(void **state)
{
	(void)state;
	assert_title("The Film", "the film");
	assert_title("  The -- Film!? ", "the film");
	assert_title("Spider-Man: No Way Home", "spider man no way home");
	assert_title("Ocean's \xe2\x80\x93 Ocean\xe2\x80\x99s",
	    "oceans oceans");
	assert_title("WALL\xc2\xb7" "E", "wall e");
	assert_title("\xc3\x89T\xc3\x89 \xd0\x96 \xce\xa3",
	    "\xc3\xa9t\xc3\xa9 \xd0\xb6 \xcf\x83");
	assert_title("8\xc2\xbd", "8\xc2\xbd");
	assert_title("\xe5\x8d\x83\xe3\x80\x80\xe5\xb0\x8b\xf0\x9f\x8e\xac",
	    "\xe5\x8d\x83 \xe5\xb0\x8b\xf0\x9f\x8e\xac");
	assert_title("a\xff\xc3", "a");
	assert_title("...", NULL);
	assert_title("", NULL);
	assert_title(NULL, NULL);
}

/* What common/text.c calls the same name makes the same key. */
static void
test_title_case(void **state)
{
	struct match_key keys[2][MATCH_KEYS_MAX];
	struct match_item item;
	char title[2][8];
	uint32_t a, b, c;
	size_t i;

	(void)state;
	memset(&item, 0, sizeof(item));
	item.kind = ITEM_MOVIE;
	item.year = 1999;
	item.runtime = MINUTE;
	for (a = 0xc0; a < 0x530; a++) {
		for (b = a + 1; b < a + 100 && b < 0x530; b++) {
			for (i = 0; i < 2; i++) {
				c = i == 0 ? a : b;
				(void)snprintf(title[i], sizeof(title[i]),
				    "x%c%c", (int)(0xc0 | c >> 6),
				    (int)(0x80 | (c & 0x3f)));
				item.title = title[i];
				(void)match_keys(&item, MATCH_TITLE, keys[i]);
			}
			if (a == 0xd7 || b == 0xd7 || a == 0xf7 || b == 0xf7)
				continue;
			assert_int_equal(text_same_name(title[0], title[1]),
			    strcmp(keys[0][0].text, keys[1][0].text) == 0);
		}
	}
}

static void
test_reasons(void **state)
{
	static const char *const names[] = {
		"", "no ids", "ambiguous", "ids disagree", "numbers differ"
	};
	const char *remedy;
	size_t i;

	(void)state;
	for (i = 0; i < MATCH_REASON_COUNT; i++) {
		assert_string_equal(match_reason_name((enum match_reason)i),
		    names[i]);
		remedy = match_reason_remedy((enum match_reason)i);
		assert_int_equal(i == 0, remedy[0] == '\0');
	}
}

int
main(void)
{
	static const struct CMUnitTest fixed[] = {
		cmocka_unit_test(test_normalise),
		cmocka_unit_test(test_normalise_order),
		cmocka_unit_test(test_normalise_many),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_longest_keys),
		cmocka_unit_test(test_titles),
		cmocka_unit_test(test_title_case),
		cmocka_unit_test(test_reasons),
	};
	struct CMUnitTest tests[COUNT(fixed) + COUNT(cases)];
	size_t i;

	memset(tests, 0, sizeof(tests));
	memcpy(tests, fixed, sizeof(fixed));
	for (i = 0; i < COUNT(cases); i++) {
		tests[COUNT(fixed) + i].name = cases[i].name;
		tests[COUNT(fixed) + i].test_func = test_case;
		tests[COUNT(fixed) + i].initial_state =
		    (void *)(uintptr_t)&cases[i];
	}
	return cmocka_run_group_tests_name("match", tests, NULL, NULL);
}
