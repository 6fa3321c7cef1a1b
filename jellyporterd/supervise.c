/* Restarts that come later each time, and children that say nothing. */
#include <stdlib.h>

#include "supervise.h"

/* ms that a turn of a timer may come before its time, by the other clock: or
 * it would be the turn after that. */
#define TURN_EARLY	500

int64_t
backoff_next(struct backoff *backoff, int64_t up)
{
	int64_t ms = BACKOFF_FIRST;
	uint32_t i;

	if (up >= BACKOFF_STEADY)
		backoff->ends = 0;
	for (i = 0; i < backoff->ends && ms < BACKOFF_MAX; i++)
		ms *= 2;
	if (ms >= BACKOFF_MAX)
		ms = BACKOFF_MAX;
	else
		backoff->ends++;
	return ms + arc4random_uniform((uint32_t)ms / 4);
}

enum heartbeat_step
heartbeat_look(struct heartbeat *heartbeat, int64_t now, bool late)
{
	if (heartbeat->asked == 0)
		return HEARTBEAT_ASK;
	if (late)
		heartbeat->asked = now;
	return now - heartbeat->asked >= HEARTBEAT_LIMIT - TURN_EARLY ?
	    HEARTBEAT_LOST : HEARTBEAT_WAIT;
}

void
heartbeat_asked(struct heartbeat *heartbeat, int64_t now)
{
	if (heartbeat->asked == 0)
		heartbeat->asked = now;
}

void
heartbeat_heard(struct heartbeat *heartbeat)
{
	heartbeat->asked = 0;
}
