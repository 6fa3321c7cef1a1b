/* How fast a server is written to (pace.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pace.h"

/* So many writes in a row; how long was waited in all. */
static unsigned int
writes(struct pace *pace, unsigned int n, int64_t took)
{
	unsigned int waited = 0;

	for (; n > 0; n--)
		waited += pace_note(pace, took);
	return waited;
}

static void
test_as_ever(void **state)
{
	struct pace fast = { 0 }, slow = { 0 };

	(void)state;
	assert_int_equal(writes(&fast, 1000, 11), 0);
	/* So it may be with a server that is slow. */
	assert_int_equal(writes(&slow, 1000, 800), 0);
	/* What is quick is not slow, however much quicker it was. */
	assert_int_equal(writes(&fast, 10, 40), 0);
}

static void
test_slower(void **state)
{
	struct pace pace = { 0 };

	(void)state;
	(void)writes(&pace, 100, 11);
	assert_int_equal(pace_note(&pace, 300), 289);
	assert_int_equal(pace_note(&pace, 11), 0);
	/* Nobody waits for ever. */
	assert_int_equal(pace_note(&pace, 60000), 5000);
}

static void
test_remains_slower(void **state)
{
	struct pace pace = { 0 };

	(void)state;
	(void)writes(&pace, 100, 11);
	assert_true(writes(&pace, 10, 300) > 2000);
	(void)writes(&pace, 300, 300);
	assert_int_equal(writes(&pace, 100, 300), 0);
	/* It has recovered, and is believed at once. */
	(void)writes(&pace, 30, 11);
	assert_true(pace_note(&pace, 300) > 200);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_ever),
		cmocka_unit_test(test_slower),
		cmocka_unit_test(test_remains_slower)
	};

	return cmocka_run_group_tests_name("pace", tests, NULL, NULL);
}
