/*
 * Jellyfin's API: paths and bodies of requests out, bounded records in.
 * Nothing in an answer is believed without a look at its type and its range.
 */
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "jellyfin.h"
#include "json_read.h"
#include "log.h"
#include "text.h"

#define OLDEST_MAJOR	10		/* supported: 10.9 to 12 */
#define OLDEST_MINOR	9
#define NEWEST_MAJOR	12
#define DEPTH_MAX	16

/* What every look at items is made with (jellyfin-api: listing). */
#define ITEMS_PATH	"/Items?recursive=true&collapseBoxSetItems=false" \
			"&isMissing=false&enableImages=false"

#define FILES		"&includeItemTypes=Movie,Episode"

#define IDENTITY_PATH	ITEMS_PATH "&includeItemTypes=Movie,Episode,Series" \
			"&fields=ProviderIds,MediaSourceCount" \
			"&enableUserData=false"
#define PLAYED_PATH	ITEMS_PATH FILES "&filters=IsPlayed"

static const char *const listing_paths[LISTING_COUNT] = {
	[LISTING_IDENTITY] = IDENTITY_PATH,
	[LISTING_NEWS] = IDENTITY_PATH,
	[LISTING_COUNT_PLAYED] = PLAYED_PATH "&limit=0",
	[LISTING_PLAYED] = PLAYED_PATH,
	[LISTING_RESUMABLE] = (ITEMS_PATH FILES "&filters=IsResumable"),
	[LISTING_FAVORITE] = (ITEMS_PATH FILES "&filters=IsFavorite"),
	/* Its total counts what it leaves out: better none. */
	[LISTING_RESUME] = ("/UserItems/Resume?mediaTypes=Video"
	    "&enableImages=false&enableTotalRecordCount=false")
};

const char *const jellyfin_item_keys[] = {
	"Id", "Type", "LocationType", "ProductionYear", "RunTimeTicks",
	"MediaSourceCount", "ParentIndexNumber", "IndexNumber",
	"IndexNumberEnd", "SeriesId", "SeriesName", "Name", "ProviderIds",
	NULL
};
const char *const jellyfin_userdata_keys[] = {
	"Id", "Type", "LocationType", "UserData", NULL
};

static const char *const kind_names[ITEM_KIND_COUNT] = {
	[ITEM_MOVIE] =		"Movie",
	[ITEM_EPISODE] =	"Episode",
	[ITEM_SERIES] =		"Series"
};

/* What a look at a property of an object may show. */
enum look {
	LOOK_WRONG = -1,	/* of another type */
	LOOK_ABSENT = 0,	/* or null */
	LOOK_FOUND = 1
};

static void	put(char *, size_t, const char *, ...)
		    __attribute__((__format__(printf, 3, 4)));
static void	put_ids(char *, const struct jellyfin_id *, size_t);
static enum look look(struct json_object *, const char *, json_type,
		    struct json_object **);
static const char *whole_text(struct json_object *);
static enum look look_text(struct json_object *, const char *, const char **);
static enum look look_id(struct json_object *, const char *,
		    struct jellyfin_id *);
static int	get_text(struct json_object *, const char *, char *, size_t);
static int	get_number(struct json_object *, const char *, int64_t,
		    int64_t, int64_t, int64_t *);
static int	get_index(struct json_object *, const char *, int32_t *);
static int	get_bool(struct json_object *, const char *, bool *);
static int	get_kind(struct json_object *, enum item_kind *);
static bool	sees_nothing(struct json_object *);
static int	get_head(struct json_object *, struct jellyfin_id *,
		    enum item_kind *);
static int	get_numbers(struct json_object *, struct item_record *);
static int	get_series(struct json_object *, struct item_record *);
static int	get_providers(struct json_object *, struct item_record *);
static void	add_provider(struct item_record *, const char *,
		    const char *);
static bool	is_supported(const char *);

/* Requests */

/* Everything here is bounded: what does not fit is a bug of ours. */
static void
put(char *dst, size_t size, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(dst, size, format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= size)
		fatalx("a request that is too long");
}

void
jellyfin_list_path(char *path, const struct message_list *list,
    const struct jellyfin_page *page)
{
	char id[JELLYFIN_ID_TEXT_SIZE], user[64] = "", library[64] = "";
	char part[128] = "", since[64] = "", when[TEXT_TIME_SIZE];

	/* As nobody, it is every item of every library, and cheaper. */
	if (!listing_is_of_items(list->listing)) {
		jellyfin_id_text(&list->user, id);
		put(user, sizeof(user), "&userId=%s", id);
	}
	if (page->library != NULL) {
		jellyfin_id_text(page->library, id);
		put(library, sizeof(library), "&parentId=%s", id);
	}
	if (page->size > 0)
		put(part, sizeof(part), "&sortBy=DateCreated,SortName"
		    "&startIndex=%u&limit=%u", page->start, page->size);
	/* Not minDateLastSaved, which servers before 10.11 pass over. */
	if (list->listing == LISTING_NEWS) {
		text_time_utc(when, sizeof(when), list->since);
		put(since, sizeof(since), "&minDateLastSavedForUser=%s", when);
	}
	put(path, JELLYFIN_PATH_SIZE, "%s%s%s%s%s",
	    listing_paths[list->listing], user, library, since, part);
}

void
jellyfin_activity_path(char *path, const struct message_activity *activity)
{
	char since[64] = "", when[TEXT_TIME_SIZE];

	if (activity->since != 0) {
		text_time_utc(when, sizeof(when), activity->since);
		put(since, sizeof(since), "&minDate=%s", when);
	}
	put(path, JELLYFIN_PATH_SIZE, "/System/ActivityLog/Entries"
	    "?hasUserId=true&startIndex=0&limit=%u%s", activity->limit, since);
}

static void
put_ids(char *path, const struct jellyfin_id *items, size_t n)
{
	char id[JELLYFIN_ID_TEXT_SIZE];
	size_t used = strlen(path), i;

	for (i = 0; i < n; i++) {
		jellyfin_id_text(&items[i], id);
		put(path + used, JELLYFIN_PATH_SIZE - used, "%s%s",
		    i == 0 ? "&ids=" : ",", id);
		used += strlen(path + used);
	}
}

void
jellyfin_ids_path(char *path, const struct jellyfin_id *user,
    enum listing set, const struct jellyfin_id *items, size_t n)
{
	char id[JELLYFIN_ID_TEXT_SIZE];

	jellyfin_id_text(user, id);
	put(path, JELLYFIN_PATH_SIZE, "%s&userId=%s", set == LISTING_COUNT ?
	    ITEMS_PATH : listing_paths[set], id);
	put_ids(path, items, n);
}

void
jellyfin_alternates_path(char *path, const struct jellyfin_id *items, size_t n)
{
	put(path, JELLYFIN_PATH_SIZE, "%s&fields=MediaSources"
	    "&enableUserData=false", ITEMS_PATH);
	put_ids(path, items, n);
}

void
jellyfin_userdata_path(char *path, const struct jellyfin_id *user,
    const struct jellyfin_id *item)
{
	char user_text[JELLYFIN_ID_TEXT_SIZE], id[JELLYFIN_ID_TEXT_SIZE];

	jellyfin_id_text(user, user_text);
	jellyfin_id_text(item, id);
	put(path, JELLYFIN_PATH_SIZE, "/UserItems/%s/UserData?userId=%s", id,
	    user_text);
}

void
jellyfin_clear_path(char *path, const struct jellyfin_id *user,
    const struct jellyfin_id *item)
{
	char user_text[JELLYFIN_ID_TEXT_SIZE], id[JELLYFIN_ID_TEXT_SIZE];

	jellyfin_id_text(user, user_text);
	jellyfin_id_text(item, id);
	put(path, JELLYFIN_PATH_SIZE, "/UserPlayedItems/%s?userId=%s", id,
	    user_text);
}

void
jellyfin_write_body(char *body, const struct userdata *userdata)
{
	char when[TEXT_TIME_SIZE], date[TEXT_TIME_SIZE + 32] = "";

	if (userdata->last_played != 0) {
		text_time_utc(when, sizeof(when), userdata->last_played);
		put(date, sizeof(date), ",\"LastPlayedDate\":\"%s\"", when);
	}
	put(body, JELLYFIN_BODY_SIZE, "{\"Played\":%s,\"PlayCount\":%d,"
	    "\"PlaybackPositionTicks\":%lld,\"IsFavorite\":%s%s}",
	    userdata->played ? "true" : "false", userdata->play_count,
	    (long long)userdata->position,
	    userdata->favorite ? "true" : "false", date);
}

/* Properties */

/* Jellyfin leaves out what it does not know, or says null: the same. */
static enum look
look(struct json_object *object, const char *key, json_type type,
    struct json_object **value)
{
	if (!json_object_object_get_ex(object, key, value) || *value == NULL)
		return LOOK_ABSENT;
	return json_object_is_type(*value, type) ? LOOK_FOUND : LOOK_WRONG;
}

/* NULL if a NUL is in it: cut there, it would be another text. */
static const char *
whole_text(struct json_object *value)
{
	const char *text = json_object_get_string(value);

	return strlen(text) == (size_t)json_object_get_string_len(value) ?
	    text : NULL;
}

static enum look
look_text(struct json_object *object, const char *key, const char **text)
{
	struct json_object *value;
	enum look found;

	if ((found = look(object, key, json_type_string, &value)) !=
	    LOOK_FOUND)
		return found;
	return (*text = whole_text(value)) == NULL ? LOOK_WRONG : LOOK_FOUND;
}

static enum look
look_id(struct json_object *object, const char *key, struct jellyfin_id *id)
{
	struct json_object *value;
	enum look found;

	if ((found = look(object, key, json_type_string, &value)) !=
	    LOOK_FOUND)
		return found;
	return jellyfin_id_read(value, id) == -1 ? LOOK_WRONG : LOOK_FOUND;
}

int
jellyfin_id_read(struct json_object *value, struct jellyfin_id *id)
{
	const char *text;

	if (!json_object_is_type(value, json_type_string) ||
	    (text = whole_text(value)) == NULL)
		return -1;
	return jellyfin_id_parse(text, id);
}

/* A text to be shown, fitted, and cut at a NUL; "" if there is none. */
static int
get_text(struct json_object *object, const char *key, char *dst, size_t size)
{
	struct json_object *value;
	enum look found;

	if ((found = look(object, key, json_type_string, &value)) ==
	    LOOK_WRONG)
		return -1;
	(void)text_copy(dst, size, found == LOOK_ABSENT ? "" :
	    json_object_get_string(value));
	return 0;
}

/* Clamped: the servers store what they are sent, -5 and all. */
static int
get_number(struct json_object *object, const char *key, int64_t min,
    int64_t max, int64_t missing, int64_t *number)
{
	struct json_object *value;
	enum look found;

	*number = missing;
	found = look(object, key, json_type_int, &value);
	if (found != LOOK_FOUND)
		return (int)found;
	*number = json_object_get_int64(value);
	if (*number < min)
		*number = min;
	if (*number > max)
		*number = max;
	return 0;
}

/* The number of a season or an episode; what cannot be one is unknown. */
static int
get_index(struct json_object *object, const char *key, int32_t *index)
{
	int64_t number;

	if (get_number(object, key, NUMBER_UNKNOWN, INT64_MAX, NUMBER_UNKNOWN,
	    &number) == -1)
		return -1;
	*index = number > INT32_MAX ? NUMBER_UNKNOWN : (int32_t)number;
	return 0;
}

/* Must be there: taken for false, a missing one would look like an unmark. */
static int
get_bool(struct json_object *object, const char *key, bool *flag)
{
	struct json_object *value;

	if (look(object, key, json_type_boolean, &value) != LOOK_FOUND)
		return -1;
	*flag = json_object_get_boolean(value);
	return 0;
}

/* Items */

static int
get_kind(struct json_object *object, enum item_kind *kind)
{
	const char *type;

	if (look_text(object, "Type", &type) != LOOK_FOUND)
		return -1;
	for (*kind = ITEM_MOVIE; *kind < ITEM_KIND_COUNT; (*kind)++) {
		if (strcmp(type, kind_names[*kind]) == 0)
			return 0;
	}
	return -1;
}

/* What any use of an item needs.  Virtual ones are not there, only missed. */
static int
get_head(struct json_object *object, struct jellyfin_id *id,
    enum item_kind *kind)
{
	const char *location;
	enum look found;

	if (!json_object_is_type(object, json_type_object) ||
	    look_id(object, "Id", id) != LOOK_FOUND ||
	    get_kind(object, kind) == -1)
		return -1;
	found = look_text(object, "LocationType", &location);
	if (found == LOOK_FOUND)
		return strcmp(location, "Virtual") == 0 ? -1 : 0;
	return (int)found;
}

static int
get_numbers(struct json_object *object, struct item_record *record)
{
	int64_t year, sources;

	if (get_number(object, "ProductionYear", 0, INT32_MAX, 0, &year) == -1 ||
	    get_number(object, "RunTimeTicks", 0, INT64_MAX, 0,
	    &record->runtime) == -1 ||
	    get_number(object, "MediaSourceCount", 1, UINT32_MAX, 1,
	    &sources) == -1)
		return -1;
	record->year = (int32_t)year;
	record->media_sources = (uint32_t)sources;
	record->season = record->episode = NUMBER_UNKNOWN;
	record->episode_end = NUMBER_UNKNOWN;
	if (record->kind != ITEM_EPISODE)
		return 0;
	if (get_index(object, "ParentIndexNumber", &record->season) == -1 ||
	    get_index(object, "IndexNumber", &record->episode) == -1 ||
	    get_index(object, "IndexNumberEnd", &record->episode_end) == -1)
		return -1;
	if (record->episode == NUMBER_UNKNOWN ||
	    record->episode_end < record->episode)
		record->episode_end = record->episode;
	return 0;
}

static int
get_series(struct json_object *object, struct item_record *record)
{
	enum look found;

	record->has_series = false;
	record->series_title[0] = '\0';
	memset(&record->series, 0, sizeof(record->series));
	if (record->kind != ITEM_EPISODE)
		return 0;
	if ((found = look_id(object, "SeriesId", &record->series)) ==
	    LOOK_WRONG)
		return -1;
	record->has_series = found == LOOK_FOUND;
	return get_text(object, "SeriesName", record->series_title,
	    sizeof(record->series_title));
}

/* A cut id would be another id: what does not fit whole is left out. */
static void
add_provider(struct item_record *record, const char *name, const char *value)
{
	struct provider_id *provider;

	if (value == NULL || record->n_providers == PROVIDERS_MAX)
		return;
	provider = &record->providers[record->n_providers];
	if (!text_is_utf8(name, strlen(name)) ||
	    !text_is_utf8(value, strlen(value)) ||
	    strlcpy(provider->name, name, sizeof(provider->name)) >=
	    sizeof(provider->name) ||
	    strlcpy(provider->value, value, sizeof(provider->value)) >=
	    sizeof(provider->value))
		return;
	record->n_providers++;
}

static int
get_providers(struct json_object *object, struct item_record *record)
{
	struct json_object_iterator i, end;
	struct json_object *providers, *value;
	enum look found;

	record->n_providers = 0;
	found = look(object, "ProviderIds", json_type_object, &providers);
	if (found != LOOK_FOUND)
		return (int)found;
	end = json_object_iter_end(providers);
	for (i = json_object_iter_begin(providers);
	    !json_object_iter_equal(&i, &end); json_object_iter_next(&i)) {
		value = json_object_iter_peek_value(&i);
		if (value == NULL)
			continue;
		if (!json_object_is_type(value, json_type_string))
			return -1;
		add_provider(record, json_object_iter_peek_name(&i),
		    whole_text(value));
	}
	return 0;
}

int
jellyfin_item(struct json_object *object, struct item_record *record)
{
	if (get_head(object, &record->id, &record->kind) == -1 ||
	    get_numbers(object, record) == -1 ||
	    get_series(object, record) == -1 ||
	    get_text(object, "Name", record->title, sizeof(record->title)) ==
	    -1 ||
	    get_providers(object, record) == -1)
		return -1;
	return 0;
}

int
jellyfin_alternates(struct json_object *object,
    struct alternate_record *records, size_t max)
{
	struct alternate_record *record;
	struct json_object *sources, *source;
	struct jellyfin_id listed;
	enum item_kind kind;
	size_t i, n = 0;

	if (get_head(object, &listed, &kind) == -1 || look(object,
	    "MediaSources", json_type_array, &sources) != LOOK_FOUND)
		return -1;
	for (i = 0; i < json_object_array_length(sources) && n < max; i++) {
		source = json_object_array_get_idx(sources, i);
		record = &records[n];
		record->listed = listed;
		/* What has no id of an item is no version of its own. */
		if (!json_object_is_type(source, json_type_object) ||
		    look_id(source, "Id", &record->id) != LOOK_FOUND)
			continue;
		if (get_number(source, "RunTimeTicks", 0, INT64_MAX, 0,
		    &record->runtime) == -1)
			return -1;
		n++;
	}
	return (int)n;
}

int
jellyfin_item_userdata(struct json_object *object,
    struct message_userdata *message)
{
	struct json_object *userdata;
	enum item_kind kind;

	if (get_head(object, &message->item, &kind) == -1 ||
	    kind == ITEM_SERIES ||
	    look(object, "UserData", json_type_object, &userdata) !=
	    LOOK_FOUND)
		return -1;
	return jellyfin_userdata(userdata, &message->userdata);
}

int
jellyfin_userdata(struct json_object *object, struct userdata *userdata)
{
	const char *date;
	int64_t count;
	enum look found;

	if (!json_object_is_type(object, json_type_object) ||
	    get_bool(object, "Played", &userdata->played) == -1 ||
	    get_bool(object, "IsFavorite", &userdata->favorite) == -1 ||
	    get_number(object, "PlaybackPositionTicks", 0, INT64_MAX, 0,
	    &userdata->position) == -1 ||
	    get_number(object, "PlayCount", 0, INT32_MAX, 0, &count) == -1)
		return -1;
	userdata->play_count = (int32_t)count;
	userdata->last_played = 0;
	if ((found = look_text(object, "LastPlayedDate", &date)) ==
	    LOOK_WRONG)
		return -1;
	if (found == LOOK_FOUND && text_parse_time(date, strlen(date),
	    &userdata->last_played) == -1)
		userdata->last_played = 0;
	return 0;
}

/* The server, its users, libraries and sessions */

static bool
is_supported(const char *version)
{
	char text[NAME_SIZE], *rest = text, *word;
	const char *error;
	long long major, minor;

	(void)text_copy(text, sizeof(text), version);
	word = strsep(&rest, ".");
	major = strtonum(word, OLDEST_MAJOR, NEWEST_MAJOR, &error);
	if (error != NULL || (word = strsep(&rest, ".")) == NULL)
		return false;
	minor = strtonum(word, 0, INT_MAX, &error);
	return error == NULL && (major > OLDEST_MAJOR ||
	    minor >= OLDEST_MINOR);
}

enum jellyfin_readiness
jellyfin_info(struct json_object *object, struct message_server_info *info)
{
	const char *text;

	if (!json_object_is_type(object, json_type_object))
		return JELLYFIN_OTHER;
	memset(info, 0, sizeof(*info));
	if (look_text(object, "version", &text) == LOOK_FOUND)
		return JELLYFIN_STARTING;
	if (look_text(object, "Version", &text) != LOOK_FOUND ||
	    look_id(object, "Id", &info->id) != LOOK_FOUND ||
	    get_text(object, "ServerName", info->name, sizeof(info->name)) ==
	    -1)
		return JELLYFIN_OTHER;
	(void)text_copy(info->version, sizeof(info->version), text);
	return is_supported(text) ? JELLYFIN_READY : JELLYFIN_UNSUPPORTED;
}

/* Of a policy that does not say it, this is not said either. */
static bool
sees_nothing(struct json_object *policy)
{
	struct json_object *folders;
	bool all;

	return get_bool(policy, "EnableAllFolders", &all) == 0 && !all &&
	    look(policy, "EnabledFolders", json_type_array, &folders) ==
	    LOOK_FOUND && json_object_array_length(folders) == 0;
}

/* A user is chosen by his name: cut or mended, it could be another's. */
int
jellyfin_user(struct json_object *object, struct message_user *user)
{
	struct json_object *policy;
	const char *name;
	enum look found;

	memset(user, 0, sizeof(*user));
	if (!json_object_is_type(object, json_type_object) ||
	    look_id(object, "Id", &user->id) != LOOK_FOUND ||
	    look_text(object, "Name", &name) != LOOK_FOUND ||
	    !text_is_utf8(name, strlen(name)) ||
	    strlcpy(user->name, name, sizeof(user->name)) >=
	    sizeof(user->name))
		return -1;
	found = look(object, "Policy", json_type_object, &policy);
	if (found != LOOK_FOUND)
		return (int)found;
	user->no_folders = sees_nothing(policy);
	return get_bool(policy, "IsDisabled", &user->disabled);
}

int
jellyfin_library(struct json_object *object, struct jellyfin_library *library)
{
	const char *name;

	if (!json_object_is_type(object, json_type_object) ||
	    look_text(object, "Name", &name) != LOOK_FOUND ||
	    look_id(object, "ItemId", &library->id) != LOOK_FOUND ||
	    !text_is_utf8(name, strlen(name)))
		return -1;
	return text_trim(library->name, sizeof(library->name), name);
}

int
jellyfin_now_playing(struct json_object *object, struct jellyfin_id *user,
    struct jellyfin_id *item)
{
	struct json_object *playing;
	enum look found;

	if (!json_object_is_type(object, json_type_object))
		return -1;
	found = look(object, "NowPlayingItem", json_type_object, &playing);
	if (found != LOOK_FOUND)
		return (int)found;
	if (look_id(object, "UserId", user) != LOOK_FOUND ||
	    look_id(playing, "Id", item) != LOOK_FOUND)
		return -1;
	return 1;
}

/*
 * Only what was played is of interest; but any entry can be the last one that
 * was seen.
 */
int
jellyfin_acted(struct json_object *object, struct message_acted *acted)
{
	const char *text;

	memset(acted, 0, sizeof(*acted));
	if (!json_object_is_type(object, json_type_object) ||
	    get_number(object, "Id", 0, INT64_MAX, -1, &acted->entry) == -1 ||
	    acted->entry < 0 ||
	    look_text(object, "Date", &text) != LOOK_FOUND ||
	    text_parse_time(text, strlen(text), &acted->time) == -1 ||
	    look_text(object, "Type", &text) != LOOK_FOUND)
		return -1;
	acted->played = (strcmp(text, "VideoPlayback") == 0 ||
	    strcmp(text, "VideoPlaybackStopped") == 0) &&
	    look_id(object, "UserId", &acted->user) == LOOK_FOUND &&
	    look_id(object, "ItemId", &acted->item) == LOOK_FOUND;
	return 0;
}

struct json_object *
jellyfin_parse(const char *body, size_t len)
{
	return json_read(body, len, DEPTH_MAX);
}
