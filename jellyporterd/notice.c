/*
 * What a server says through its WebSocket.  A notice is never believed, only
 * taken as a reason to look; so an item in it that makes no sense is left out,
 * and the rest is used.
 */
#include <string.h>

#include <json-c/json.h>

#include "jellyfin.h"
#include "notice.h"

#define SECONDS_MAX	86400

typedef enum notice_kind read_data(struct json_object *, struct notice *);

static read_data read_force_keep_alive, read_user_data;
static int	get_id(struct json_object *, const char *,
		    struct jellyfin_id *);
static void	add_item(struct notice *, struct json_object *);

static const struct {
	const char		*type;
	enum notice_kind	 kind;
	read_data		*data;		/* NULL: none that counts */
} types[] = {
	{ "ForceKeepAlive", NOTICE_FORCE_KEEP_ALIVE, read_force_keep_alive },
	{ "KeepAlive", NOTICE_KEEP_ALIVE, NULL },
	{ "UserDataChanged", NOTICE_USER_DATA, read_user_data }
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static int
get_id(struct json_object *object, const char *key, struct jellyfin_id *id)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value))
		return -1;
	return jellyfin_id_read(value, id);
}

/* How long it may hear nothing from us: a number, and a sensible one. */
static enum notice_kind
read_force_keep_alive(struct json_object *data, struct notice *notice)
{
	int64_t seconds;

	if (!json_object_is_type(data, json_type_int) &&
	    !json_object_is_type(data, json_type_double))
		return NOTICE_NONSENSE;
	seconds = json_object_get_int64(data);
	if (seconds < 1 || seconds > SECONDS_MAX)
		return NOTICE_NONSENSE;
	notice->seconds = (uint32_t)seconds;
	return NOTICE_FORCE_KEEP_ALIVE;
}

static void
add_item(struct notice *notice, struct json_object *userdata)
{
	struct jellyfin_id *item = &notice->items[notice->n_items];

	if (json_object_is_type(userdata, json_type_object) &&
	    get_id(userdata, "ItemId", item) == 0)
		notice->n_items++;
}

static enum notice_kind
read_user_data(struct json_object *data, struct notice *notice)
{
	struct json_object *list;
	size_t n, i;

	notice->n_items = 0;
	if (!json_object_is_type(data, json_type_object) ||
	    get_id(data, "UserId", &notice->user) == -1 ||
	    !json_object_object_get_ex(data, "UserDataList", &list) ||
	    !json_object_is_type(list, json_type_array))
		return NOTICE_NONSENSE;
	n = json_object_array_length(list);
	for (i = 0; i < n && notice->n_items < NOTICE_ITEMS_MAX; i++)
		add_item(notice, json_object_array_get_idx(list, i));
	notice->incomplete = i < n;
	return NOTICE_USER_DATA;
}

enum notice_kind
notice_read(const char *text, size_t len, struct notice *notice)
{
	enum notice_kind kind = NOTICE_NONSENSE;
	struct json_object *object, *type, *data = NULL;
	const char *name;
	size_t i;

	if (len > NOTICE_SIZE_MAX ||
	    (object = jellyfin_parse(text, len)) == NULL)
		return NOTICE_NONSENSE;
	if (!json_object_is_type(object, json_type_object) ||
	    !json_object_object_get_ex(object, "MessageType", &type) ||
	    !json_object_is_type(type, json_type_string))
		goto done;
	kind = NOTICE_OTHER;
	name = json_object_get_string(type);
	(void)json_object_object_get_ex(object, "Data", &data);
	for (i = 0; i < COUNT(types); i++) {
		if (strcmp(types[i].type, name) != 0)
			continue;
		kind = types[i].data == NULL ? types[i].kind :
		    types[i].data(data, notice);
		break;
	}
 done:
	json_object_put(object);
	return kind;
}
