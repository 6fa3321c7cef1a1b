/* What people do on a Jellyfin server, and what the server makes of it. */
#include <string.h>

#include "model.h"
#include "text.h"

static const struct {
	const char	*name;
	int32_t		 adds;
	bool		 plays;
	bool		 starts;
} acts[ACT_COUNT] = {
	[ACT_START] =		{ "starts", 1, false, true },
	[ACT_GLANCE] =		{ "starts and stops at once", 1, false, true },
	[ACT_PARTIAL] =		{ "plays a part", 1, false, true },
	[ACT_FINISH] =		{ "plays to the end", 1, true, true },
	[ACT_PROGRESS] =	{ "plays on", 0, false, false },
	[ACT_MARK_DATED] =	{ "marks played, with a date", 1, true, false },
	[ACT_FAVORITE] =	{ "turns the favourite", 0, false, false },
	[ACT_MARK] =		{ "marks played", 0, true, false },
	[ACT_UNMARK] =		{ "marks unplayed", 0, false, false }
};

const char *
act_name(enum act act)
{
	return acts[act].name;
}

int32_t
act_adds(enum act act)
{
	return acts[act].adds;
}

bool
act_plays(enum act act)
{
	return acts[act].plays;
}

bool
act_starts(enum act act)
{
	return acts[act].starts;
}

/* jellyfin-api: userdata; what playing does. */
void
act_do(enum act act, bool before_12, int64_t now, int64_t position,
    struct userdata *u)
{
	if (acts[act].starts) {
		u->play_count++;
		u->last_played = now;
		if (before_12)
			u->played = false;
	}
	if (act == ACT_PARTIAL || act == ACT_PROGRESS)
		u->position = position;
	else if (act == ACT_FAVORITE)
		u->favorite = !u->favorite;
	else if (act != ACT_START)
		u->position = 0;
	if (acts[act].plays)
		u->played = true;
	if (act == ACT_MARK) {
		u->play_count = u->play_count > 0 ? u->play_count : 1;
		u->last_played = u->last_played > 0 ? u->last_played : now;
	}
	if (act == ACT_MARK_DATED) {
		u->play_count++;
		u->last_played = now;
	}
	if (act == ACT_UNMARK) {
		u->played = false;
		u->play_count = 0;
		u->last_played = 0;
	}
}

const char *
in_words(const struct userdata *u)
{
	static char buffers[8][80];
	static unsigned next;
	char *buffer = buffers[next++ % 8];

	snprintf(buffer, sizeof(buffers[0]), "{%s at %lld, %d times, %s%lld%s}",
	    u->played ? "played" : "unplayed",
	    (long long)(u->position / TICKS_PER_SECOND), u->play_count,
	    u->last_played == 0 ? "no date " : "date ",
	    (long long)u->last_played, u->favorite ? ", favourite" : "");
	return buffer;
}
