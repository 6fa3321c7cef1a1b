/* Restarts that come later each time, and children that say nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "supervise.h"

#define TRIES	200
#define EARLY	1000	/* ms: more than a timer is */

/* Of the nth end in a row: the least and the most of many, in ms. */
static void
range(uint32_t nth, int64_t up, int64_t *least, int64_t *most)
{
	int64_t ms;
	int i;

	*least = INT64_MAX;
	*most = 0;
	for (i = 0; i < TRIES; i++) {
		struct backoff backoff = { 0 };
		uint32_t n;

		for (n = 1; n < nth; n++)
			(void)backoff_next(&backoff, 0);
		ms = backoff_next(&backoff, up);
		if (ms < *least)
			*least = ms;
		if (ms > *most)
			*most = ms;
	}
}

/* Of 200 of them, all in the half of it: that does not happen. */
static void
assert_jitter(int64_t ms, int64_t least, int64_t most)
{
	assert_true(least >= ms);
	assert_true(most < ms + ms / 4);
	assert_true(most - least > ms / 8);
}

static void
test_backoff_grows(void **state)
{
	static const int64_t seconds[] = {
		1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300
	};
	int64_t least, most;
	uint32_t i;

	(void)state;
	for (i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
		range(i + 1, 0, &least, &most);
		assert_jitter(seconds[i] * 1000, least, most);
	}
	range(100000, 0, &least, &most);
	assert_jitter(300000, least, most);
}

static void
test_backoff_is_forgotten(void **state)
{
	struct backoff backoff = { 0 };
	int64_t least, most, ms;

	(void)state;
	range(6, BACKOFF_STEADY - 1, &least, &most);
	assert_jitter(32000, least, most);
	range(6, BACKOFF_STEADY, &least, &most);
	assert_jitter(1000, least, most);
	range(50, 10 * (int64_t)BACKOFF_STEADY, &least, &most);
	assert_jitter(1000, least, most);
	/* And it begins to grow anew. */
	(void)backoff_next(&backoff, 0);
	(void)backoff_next(&backoff, 0);
	(void)backoff_next(&backoff, BACKOFF_STEADY);
	ms = backoff_next(&backoff, 0);
	assert_true(ms >= 2000 && ms < 2500);
}

/* Looks every so often, from a first question on; when it is given up. */
static int64_t
given_up(int64_t first)
{
	struct heartbeat heartbeat = { 0 };
	int64_t now = first;

	heartbeat_asked(&heartbeat, first);
	do {
		now += HEARTBEAT_EVERY;
		if (now > first + 1000000)
			return -1;
	} while (heartbeat_look(&heartbeat, now, false) == HEARTBEAT_WAIT);
	return now - first;
}

static void
test_silence(void **state)
{
	struct heartbeat heartbeat = { 0 };

	(void)state;
	assert_int_equal(given_up(1), HEARTBEAT_LIMIT);
	assert_int_equal(given_up(123456789), HEARTBEAT_LIMIT);
	heartbeat_asked(&heartbeat, 1000);
	assert_int_equal(heartbeat_look(&heartbeat, 1000 + HEARTBEAT_LIMIT - EARLY,
	    false), HEARTBEAT_WAIT);
	/* A turn that comes a little early is that turn. */
	assert_int_equal(heartbeat_look(&heartbeat, 990 + HEARTBEAT_LIMIT,
	    false), HEARTBEAT_LOST);
	/* To be asked again gives it no more time. */
	heartbeat_asked(&heartbeat, 20000);
	assert_int_equal(heartbeat_look(&heartbeat, 1000 + HEARTBEAT_LIMIT,
	    false), HEARTBEAT_LOST);
}

static void
test_answers(void **state)
{
	struct heartbeat heartbeat = { 0 };
	int64_t now;

	(void)state;
	for (now = 1000; now < 1000000; now += HEARTBEAT_EVERY) {
		assert_int_equal(heartbeat_look(&heartbeat, now, false),
		    HEARTBEAT_ASK);
		heartbeat_asked(&heartbeat, now);
		/* Late, but within the limit. */
		now += 2 * HEARTBEAT_EVERY;
		assert_int_equal(heartbeat_look(&heartbeat, now, false),
		    HEARTBEAT_WAIT);
		heartbeat_heard(&heartbeat);
	}
}

/* We were stopped ourselves, and perhaps it with us. */
static void
test_late(void **state)
{
	struct heartbeat heartbeat = { 0 };
	const int64_t hour = 3600000;

	(void)state;
	heartbeat_asked(&heartbeat, 1000);
	assert_int_equal(heartbeat_look(&heartbeat, hour, true),
	    HEARTBEAT_WAIT);
	assert_int_equal(heartbeat_look(&heartbeat,
	    hour + HEARTBEAT_LIMIT - EARLY, false), HEARTBEAT_WAIT);
	assert_int_equal(heartbeat_look(&heartbeat, hour + HEARTBEAT_LIMIT,
	    false), HEARTBEAT_LOST);
	heartbeat_heard(&heartbeat);
	assert_int_equal(heartbeat_look(&heartbeat, 2 * hour, true),
	    HEARTBEAT_ASK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_backoff_grows),
		cmocka_unit_test(test_backoff_is_forgotten),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_late)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
