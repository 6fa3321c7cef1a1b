/* Copies that were written a moment ago, and when they may be read. */
#include <string.h>

#include "recent.h"

void
recent_begin(struct recent *recent, int64_t now)
{
	size_t i;

	memset(recent, 0, sizeof(*recent));
	recent->others = now;
	for (i = 0; i < RECENT_MAX; i++)
		recent->writes[i].at = now;
}

/* What has no room any more counts as written when the last such was. */
void
recent_note(struct recent *recent, const struct jellyfin_id *id, int64_t now)
{
	if (recent->writes[recent->next].at > recent->others)
		recent->others = recent->writes[recent->next].at;
	recent->writes[recent->next].id = *id;
	recent->writes[recent->next].at = now;
	recent->next = (recent->next + 1) % RECENT_MAX;
}

int64_t
recent_wait(const struct recent *recent, const struct jellyfin_id *id,
    int64_t now)
{
	int64_t last = recent->others;
	size_t i;

	for (i = 0; i < RECENT_MAX; i++) {
		if (recent->writes[i].at > last &&
		    jellyfin_id_equal(&recent->writes[i].id, id))
			last = recent->writes[i].at;
	}
	return now - last >= RECENT_FOR ? 0 : RECENT_FOR - (now - last);
}
