/*
 * Counts of requests: by kind, and by group how many at once.
 */
#include <err.h>
#include <string.h>

#include "counts.h"

static const struct {
	const char		*name;
	enum request_group	 group;
} kinds[REQUEST_KIND_COUNT] = {
	[REQUEST_IDENTITY] = { "identity", GROUP_LISTINGS },
	[REQUEST_NEWS] = { "news", GROUP_SMALL },
	[REQUEST_COUNT_PLAYED] = { "count_played", GROUP_SMALL },
	[REQUEST_STATE_PLAYED] = { "state_played", GROUP_LISTINGS },
	[REQUEST_STATE_RESUMABLE] = { "state_resumable", GROUP_LISTINGS },
	[REQUEST_STATE_FAVORITE] = { "state_favorite", GROUP_LISTINGS },
	[REQUEST_STATE] = { "state", GROUP_LISTINGS },
	[REQUEST_IDS] = { "ids", GROUP_SMALL },
	[REQUEST_RESUME] = { "resume", GROUP_SMALL },
	[REQUEST_USERDATA_READ] = { "userdata_read", GROUP_SMALL },
	[REQUEST_USERDATA_WRITE] = { "userdata_write", GROUP_WRITES },
	[REQUEST_PLAYED_DELETE] = { "played_delete", GROUP_WRITES },
	[REQUEST_PLAYED_MARK] = { "played_mark", GROUP_WRITES },
	[REQUEST_FAVORITE_MARK] = { "favorite_mark", GROUP_WRITES },
	[REQUEST_PLAYBACK] = { "playback", GROUP_SMALL },
	[REQUEST_USERS] = { "users", GROUP_SMALL },
	[REQUEST_INFO] = { "info", GROUP_SMALL },
	[REQUEST_SESSIONS] = { "sessions", GROUP_SMALL },
	[REQUEST_ACTIVITY] = { "activity", GROUP_SMALL },
	[REQUEST_LIBRARIES] = { "libraries", GROUP_SMALL },
	[REQUEST_AUTHENTICATE] = { "authenticate", GROUP_SMALL },
	[REQUEST_KEYS] = { "keys", GROUP_SMALL },
	[REQUEST_HEALTH] = { "health", GROUP_SMALL },
	[REQUEST_SOCKET] = { "socket", GROUP_SMALL },
	[REQUEST_SESSION_USER] = { "session_user", GROUP_SMALL },
	[REQUEST_OTHER] = { "other", GROUP_SMALL },
};

static const char *const groups[GROUP_COUNT] = {
	[GROUP_LISTINGS] = "listings",
	[GROUP_SMALL] = "small",
	[GROUP_WRITES] = "writes",
};

static void	begin(struct count *);
static void	end(struct count *, uint64_t);
static void	reset(struct count *);
static void	add(struct json_object *, const char *, int64_t);

const char *
counts_kind_name(enum request_kind kind)
{
	return kinds[kind].name;
}

enum request_kind
counts_kind(const char *name)
{
	enum request_kind kind;

	for (kind = 0; kind < REQUEST_KIND_COUNT; kind++)
		if (strcmp(kinds[kind].name, name) == 0)
			break;
	return kind;
}

enum request_group
counts_group(enum request_kind kind)
{
	return kinds[kind].group;
}

static void
begin(struct count *count)
{
	count->requests++;
	if (++count->now > count->most)
		count->most = count->now;
}

static void
end(struct count *count, uint64_t bytes)
{
	count->now--;
	count->bytes += (int64_t)bytes;
}

static void
reset(struct count *count)
{
	count->requests = count->bytes = 0;
	count->most = count->now;
}

void
counts_begin(struct counts *counts, enum request_kind kind)
{
	begin(&counts->kinds[kind]);
	begin(&counts->groups[kinds[kind].group]);
}

void
counts_end(struct counts *counts, enum request_kind kind, uint64_t bytes)
{
	end(&counts->kinds[kind], bytes);
	end(&counts->groups[kinds[kind].group], bytes);
}

void
counts_reset(struct counts *counts)
{
	int i;

	for (i = 0; i < REQUEST_KIND_COUNT; i++)
		reset(&counts->kinds[i]);
	for (i = 0; i < GROUP_COUNT; i++)
		reset(&counts->groups[i]);
}

static void
add(struct json_object *object, const char *name, int64_t number)
{
	if (json_object_object_add(object, name,
	    json_object_new_int64(number)) == -1)
		errx(1, "no memory for counts");
}

struct json_object *
counts_json(const struct counts *counts)
{
	struct json_object *all = json_object_new_object();
	struct json_object *bytes = json_object_new_object();
	struct json_object *most = json_object_new_object();
	int64_t requests = 0, sent = 0;
	int i;

	for (i = 0; i < REQUEST_KIND_COUNT; i++) {
		add(all, kinds[i].name, counts->kinds[i].requests);
		add(bytes, kinds[i].name, counts->kinds[i].bytes);
		add(most, kinds[i].name, counts->kinds[i].most);
	}
	for (i = 0; i < GROUP_COUNT; i++) {
		add(all, groups[i], counts->groups[i].requests);
		add(bytes, groups[i], counts->groups[i].bytes);
		add(most, groups[i], counts->groups[i].most);
		requests += counts->groups[i].requests;
		sent += counts->groups[i].bytes;
	}
	add(all, "total", requests);
	add(bytes, "total", sent);
	if (json_object_object_add(all, "bytes", bytes) == -1 ||
	    json_object_object_add(all, "max_concurrent", most) == -1)
		errx(1, "no memory for counts");
	return all;
}
