/* What libevent has to say goes where our own words go. */
#include <event2/event.h>

#include "log.h"
#include "log_event.h"

static void	says(int, const char *);

/* Of a connection that it had to give up, for one: nobody else tells of it. */
static void
says(int severity, const char *text)
{
	if (severity >= EVENT_LOG_WARN)
		log_warnx("%s", text);
}

void
log_event_init(void)
{
	event_set_log_callback(says);
}
