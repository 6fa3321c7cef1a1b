/*
 * What the body of a request to the webhook says.  Jellyfin's webhook plugin
 * is understood, as its generic destination sends "all properties": an object
 * with the names below.  As with a notice nothing of it is believed but that
 * it is worth a look.
 */
#include <string.h>

#include <json-c/json.h>

#include "jellyfin.h"
#include "webhook.h"

enum news {
	NEWS_NONE,		/* of no user's data */
	NEWS_PLAYING,		/* it goes on: more will be said of it */
	NEWS_USERDATA
};

static const char *get_text(struct json_object *, const char *);
static enum webhook_says read_object(struct json_object *,
		    struct message_event *);
static enum news news_of(const char *);
static bool	is_of_playing(struct json_object *);
static bool	is_synced(struct json_object *);
static int	get_id(struct json_object *, const char *,
		    struct jellyfin_id *);

/*
 * All kinds of news that the plugin knows.  What is added to a library or
 * taken from it is seen by the next reading of that library: a scan finds
 * thousands, and the plugin tells of each.
 */
static const struct {
	const char	*type;
	enum news	 news;
} types[] = {
	{ "PlaybackStart", NEWS_PLAYING },
	{ "PlaybackProgress", NEWS_PLAYING },
	{ "PlaybackStop", NEWS_USERDATA },
	{ "UserDataSaved", NEWS_USERDATA },
	{ "ItemAdded", NEWS_NONE },
	{ "ItemDeleted", NEWS_NONE },
	{ "SubtitleDownloadFailure", NEWS_NONE },
	{ "AuthenticationFailure", NEWS_NONE },
	{ "AuthenticationSuccess", NEWS_NONE },
	{ "SessionStart", NEWS_NONE },
	{ "PendingRestart", NEWS_NONE },
	{ "TaskCompleted", NEWS_NONE },
	{ "PluginInstallationCancelled", NEWS_NONE },
	{ "PluginInstallationFailed", NEWS_NONE },
	{ "PluginInstalled", NEWS_NONE },
	{ "PluginInstalling", NEWS_NONE },
	{ "PluginUninstalled", NEWS_NONE },
	{ "PluginUpdated", NEWS_NONE },
	{ "UserCreated", NEWS_NONE },
	{ "UserDeleted", NEWS_NONE },
	{ "UserLockedOut", NEWS_NONE },
	{ "UserPasswordChanged", NEWS_NONE },
	{ "UserUpdated", NEWS_NONE }
};

/* Classes of items that are synced; an alternate version may be a Video. */
static const char *const synced[] = { "Movie", "Episode", "Video" };

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static const char *
get_text(struct json_object *object, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value) ||
	    !json_object_is_type(value, json_type_string))
		return NULL;
	return json_object_get_string(value);
}

static int
get_id(struct json_object *object, const char *key, struct jellyfin_id *id)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value))
		return -1;
	return jellyfin_id_read(value, id);
}

/* What is not known may well be of a user's data. */
static enum news
news_of(const char *type)
{
	size_t i;

	for (i = 0; i < COUNT(types); i++) {
		if (strcmp(types[i].type, type) == 0)
			return types[i].news;
	}
	return NEWS_USERDATA;
}

/* Data is saved for several reasons, and while it is played again and again. */
static bool
is_of_playing(struct json_object *object)
{
	const char *reason = get_text(object, "SaveReason");

	return reason != NULL && (strcmp(reason, "PlaybackStart") == 0 ||
	    strcmp(reason, "PlaybackProgress") == 0);
}

/* Not music, whose news would make us look at films.  Unsaid: most likely. */
static bool
is_synced(struct json_object *object)
{
	const char *class = get_text(object, "ItemType");
	size_t i;

	if (class == NULL)
		return true;
	for (i = 0; i < COUNT(synced); i++) {
		if (strcmp(synced[i], class) == 0)
			return true;
	}
	return false;
}

static enum webhook_says
read_object(struct json_object *object, struct message_event *event)
{
	const char *type = get_text(object, "NotificationType");
	enum news news;

	if (type == NULL)
		return WEBHOOK_SYNC;
	news = news_of(type);
	if (news == NEWS_NONE || !is_synced(object))
		return WEBHOOK_NOTHING;
	event->playing = news == NEWS_PLAYING || is_of_playing(object);
	if (get_id(object, "ServerId", &event->server) == 0 &&
	    get_id(object, "UserId", &event->user) == 0 &&
	    get_id(object, "ItemId", &event->item) == 0)
		return WEBHOOK_EVENT;
	/* Every few seconds, of we do not know what: its end will be told. */
	return event->playing ? WEBHOOK_NOTHING : WEBHOOK_SYNC;
}

enum webhook_says
webhook_read(const char *body, size_t len, struct message_event *event)
{
	enum webhook_says says = WEBHOOK_SYNC;
	struct json_object *object;

	if (len == 0 || len > WEBHOOK_BODY_MAX ||
	    (object = jellyfin_parse(body, len)) == NULL)
		return WEBHOOK_SYNC;
	if (json_object_is_type(object, json_type_object))
		says = read_object(object, event);
	json_object_put(object);
	return says;
}
