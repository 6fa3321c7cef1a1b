/*
 * Dates as Jellyfin keeps them: ticks of 100 ns.  Here they count from 1970,
 * UTC, and may be negative.
 */
#ifndef SIM_DATE_H
#define SIM_DATE_H

#include <stdint.h>

#define DATE_TICKS_PER_SECOND	INT64_C(10000000)
#define DATE_TEXT_SIZE		32

int64_t	 date_now(void);
/*
 * The text Jellyfin writes (jellyfin-api.md, userdata: 0 to 7 fraction digits
 * and Z); its length.  dst has DATE_TEXT_SIZE bytes.
 */
int	 date_text(char *dst, int64_t ticks);
/* For the header of an answer; dst has DATE_TEXT_SIZE bytes. */
void	 date_http(char *dst, int64_t ticks);
/*
 * Reads ISO 8601.  A date without a zone is taken to be UTC; one with an offset
 * is converted to the zone that is zone_minutes east of UTC, whose clock is
 * then taken for that of UTC: 0 converts it rightly.  -1 if it is no date.
 */
int	 date_parse(const char *, int zone_minutes, int64_t *ticks);

#endif
