/*
 * Jellyfin's dates, to and from text.
 */
#include <ctype.h>
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "date.h"

static int	digits(const char **, int, int *);
static int	parse_clock(const char **, struct tm *, int64_t *);
static int	parse_fraction(const char **, int64_t *);
static int	parse_zone(const char *, int, int *);
static bool	is_day(const struct tm *);

int64_t
date_now(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_REALTIME, &ts) == -1)
		err(1, "clock_gettime");
	return (int64_t)ts.tv_sec * DATE_TICKS_PER_SECOND + ts.tv_nsec / 100;
}

static void
split(int64_t ticks, struct tm *tm, int *fraction)
{
	time_t seconds;
	int64_t rest = ticks % DATE_TICKS_PER_SECOND;

	if (rest < 0)
		rest += DATE_TICKS_PER_SECOND;
	seconds = (time_t)((ticks - rest) / DATE_TICKS_PER_SECOND);
	if (gmtime_r(&seconds, tm) == NULL)
		errx(1, "date out of range");
	*fraction = (int)rest;
}

/*
 * Jellyfin writes all seven digits where the milliseconds are 0, and else
 * leaves out trailing zeros.  No fraction at all was seen too: every third
 * whole second shows that form.
 */
int
date_text(char *dst, int64_t ticks)
{
	struct tm tm;
	int fraction, length, width;

	split(ticks, &tm, &fraction);
	length = snprintf(dst, DATE_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d",
	    (tm.tm_year + 1900) % 10000, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
	    tm.tm_min, tm.tm_sec);
	if (fraction != 0 || tm.tm_sec % 3 != 0) {
		length += snprintf(dst + length,
		    DATE_TEXT_SIZE - (size_t)length, ".%07d", fraction);
		for (width = 7; fraction >= 10000 && width > 1 &&
		    dst[length - 1] == '0'; width--)
			length--;
	}
	dst[length++] = 'Z';
	dst[length] = '\0';
	return length;
}

void
date_http(char *dst, int64_t ticks)
{
	struct tm tm;
	int fraction;

	split(ticks, &tm, &fraction);
	if (strftime(dst, DATE_TEXT_SIZE, "%a, %d %b %Y %H:%M:%S GMT",
	    &tm) == 0)
		errx(1, "strftime");
}

static int
digits(const char **p, int width, int *value)
{
	*value = 0;
	while (width-- > 0) {
		if (!isdigit((unsigned char)**p))
			return -1;
		*value = *value * 10 + (*(*p)++ - '0');
	}
	return 0;
}

static int
parse_fraction(const char **p, int64_t *ticks)
{
	int64_t unit = DATE_TICKS_PER_SECOND / 10;

	*ticks = 0;
	if (**p != '.')
		return 0;
	(*p)++;
	if (!isdigit((unsigned char)**p))
		return -1;
	for (; isdigit((unsigned char)**p); (*p)++) {
		*ticks += (**p - '0') * unit;
		unit /= 10;
	}
	return 0;
}

static int
parse_clock(const char **p, struct tm *tm, int64_t *fraction)
{
	*fraction = 0;
	if (**p != 'T')
		return 0;
	(*p)++;
	if (digits(p, 2, &tm->tm_hour) == -1 || *(*p)++ != ':' ||
	    digits(p, 2, &tm->tm_min) == -1)
		return -1;
	if (**p == ':') {
		(*p)++;
		if (digits(p, 2, &tm->tm_sec) == -1 ||
		    parse_fraction(p, fraction) == -1)
			return -1;
	}
	return tm->tm_hour > 23 || tm->tm_min > 59 || tm->tm_sec > 59 ? -1 : 0;
}

static int
parse_zone(const char *p, int zone_minutes, int *minutes)
{
	int sign, hour, minute;

	*minutes = 0;
	if (*p == '\0' || strcmp(p, "Z") == 0)
		return 0;
	if (*p != '+' && *p != '-')
		return -1;
	sign = *p++ == '-' ? -1 : 1;
	if (digits(&p, 2, &hour) == -1 || *p++ != ':' ||
	    digits(&p, 2, &minute) == -1 || *p != '\0' || hour > 14 ||
	    minute > 59)
		return -1;
	*minutes = sign * (hour * 60 + minute) - zone_minutes;
	return 0;
}

static bool
is_day(const struct tm *tm)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	int year = tm->tm_year + 1900, last;

	if (year < 1 || tm->tm_mon < 0 || tm->tm_mon > 11 || tm->tm_mday < 1)
		return false;
	last = days[tm->tm_mon];
	if (tm->tm_mon == 1 &&
	    ((year % 4 == 0 && year % 100 != 0) || year % 400 == 0))
		last++;
	return tm->tm_mday <= last;
}

int
date_parse(const char *text, int zone_minutes, int64_t *ticks)
{
	const char *p = text;
	struct tm tm;
	int64_t fraction;
	int minutes;

	memset(&tm, 0, sizeof(tm));
	if (digits(&p, 4, &tm.tm_year) == -1 || *p++ != '-' ||
	    digits(&p, 2, &tm.tm_mon) == -1 || *p++ != '-' ||
	    digits(&p, 2, &tm.tm_mday) == -1 ||
	    parse_clock(&p, &tm, &fraction) == -1 ||
	    parse_zone(p, zone_minutes, &minutes) == -1)
		return -1;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	if (!is_day(&tm))
		return -1;
	*ticks = ((int64_t)timegm(&tm) - minutes * 60) *
	    DATE_TICKS_PER_SECOND + fraction;
	return 0;
}
