/* What comes of a post of metrics, and when the next one is due. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "export.h"

#define REGULAR	60000		/* ms */

static int64_t
ended(struct export *export, enum http_failure failure,
    enum http_doubt doubt, long status, const char *body)
{
	struct http_answer answer;

	memset(&answer, 0, sizeof(answer));
	answer.failure = failure;
	answer.doubt = doubt;
	answer.status = status;
	answer.body = body;
	answer.body_len = strlen(body);
	strlcpy(answer.asked, "POST /v1/metrics", sizeof(answer.asked));
	if (failure != HTTP_OK)
		strlcpy(answer.error, "POST /v1/metrics: no", ERROR_SIZE);
	return export_ended(export, &answer, REGULAR);
}

/* Which of them are tried again before the next regular post. */
static void
test_results(void **state)
{
	static const struct {
		enum http_failure	failure;
		enum http_doubt		doubt;
		long			status;
		enum export_result	result;
	} answers[] = {
		{ HTTP_OK, HTTP_DOUBT_NONE, 200, EXPORT_DONE },
		/* Without a type, or a body; not ended; too long. */
		{ HTTP_NONSENSE, HTTP_DOUBT_NONE, 200, EXPORT_DONE },
		{ HTTP_UNEXPECTED, HTTP_DOUBT_NONE, 204, EXPORT_DONE },
		{ HTTP_TIMEOUT, HTTP_DOUBT_NONE, 200, EXPORT_DONE },
		/* A web page. */
		{ HTTP_NONSENSE, HTTP_DOUBT_URL, 200, EXPORT_UNEXPECTED },
		{ HTTP_UNEXPECTED, HTTP_DOUBT_URL, 302, EXPORT_UNEXPECTED },
		{ HTTP_UNEXPECTED, HTTP_DOUBT_NONE, 400, EXPORT_UNEXPECTED },
		{ HTTP_UNAUTHORIZED, HTTP_DOUBT_NONE, 401, EXPORT_REFUSED },
		{ HTTP_UNAUTHORIZED, HTTP_DOUBT_NONE, 403, EXPORT_REFUSED },
		{ HTTP_NOT_FOUND, HTTP_DOUBT_NONE, 404, EXPORT_UNEXPECTED },
		{ HTTP_UNEXPECTED, HTTP_DOUBT_NONE, 429, EXPORT_UNREACHABLE },
		{ HTTP_SERVER_ERROR, HTTP_DOUBT_NONE, 500, EXPORT_UNEXPECTED },
		{ HTTP_SERVER_ERROR, HTTP_DOUBT_NONE, 501, EXPORT_UNEXPECTED },
		{ HTTP_SERVER_ERROR, HTTP_DOUBT_NONE, 502,
		    EXPORT_UNREACHABLE },
		{ HTTP_SERVER_ERROR, HTTP_DOUBT_NONE, 503,
		    EXPORT_UNREACHABLE },
		{ HTTP_SERVER_ERROR, HTTP_DOUBT_NONE, 504,
		    EXPORT_UNREACHABLE },
		{ HTTP_REFUSED, HTTP_DOUBT_NONE, 0, EXPORT_UNREACHABLE },
		{ HTTP_NO_CONNECTION, HTTP_DOUBT_NAME, 0, EXPORT_UNREACHABLE },
		{ HTTP_TIMEOUT, HTTP_DOUBT_NONE, 0, EXPORT_UNREACHABLE },
		{ HTTP_CUT, HTTP_DOUBT_NONE, 0, EXPORT_UNREACHABLE }
	};
	struct export export;
	int64_t wait;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		memset(&export, 0, sizeof(export));
		wait = ended(&export, answers[i].failure, answers[i].doubt,
		    answers[i].status, "{}");
		if (export.last.result != answers[i].result ||
		    (export.last.error[0] == '\0') !=
		    (answers[i].result == EXPORT_DONE))
			fail_msg("%ld: %d %s", answers[i].status,
			    export.last.result, export.last.error);
		if (answers[i].result == EXPORT_UNREACHABLE)
			assert_in_range(wait, BACKOFF_FIRST,
			    BACKOFF_FIRST * 5 / 4);
		else
			assert_int_equal(wait, REGULAR);
	}
}

/* Later each time, and from the beginning after one that went well. */
static void
test_backoff(void **state)
{
	struct export export;
	int64_t wait, least = BACKOFF_FIRST;
	int i;

	(void)state;
	memset(&export, 0, sizeof(export));
	for (i = 0; i < 20; i++) {
		wait = ended(&export, HTTP_REFUSED, HTTP_DOUBT_NONE, 0, "");
		assert_in_range(wait, least, least * 5 / 4);
		least = least * 2 < BACKOFF_MAX ? least * 2 : BACKOFF_MAX;
	}
	ended(&export, HTTP_OK, HTTP_DOUBT_NONE, 200, "{}");
	wait = ended(&export, HTTP_REFUSED, HTTP_DOUBT_NONE, 0, "");
	assert_in_range(wait, BACKOFF_FIRST, BACKOFF_FIRST * 5 / 4);
}

static void
test_retry_after(void **state)
{
	struct http_answer answer;
	struct export export;
	int64_t wait;

	(void)state;
	memset(&export, 0, sizeof(export));
	memset(&answer, 0, sizeof(answer));
	answer.failure = HTTP_UNEXPECTED;
	answer.status = 429;
	answer.body = "";
	answer.retry_after = 90;
	assert_int_equal(export_ended(&export, &answer, REGULAR), 90000);
	/* Not for ever, and not at once. */
	answer.retry_after = INT64_MAX;
	assert_int_equal(export_ended(&export, &answer, REGULAR),
	    EXPORT_RETRY_AFTER_MAX * 1000);
	answer.retry_after = 1;
	wait = export_ended(&export, &answer, REGULAR);
	assert_in_range(wait, 4000, 5000);
	/* Of who refuses it for good it is not heeded. */
	answer.status = 400;
	answer.retry_after = 90;
	assert_int_equal(export_ended(&export, &answer, REGULAR), REGULAR);
	/* It has taken longer than that. */
	assert_int_equal(export_ended(&export, &answer, -5), 0);
}

static void
test_partial(void **state)
{
	struct export export;

	(void)state;
	memset(&export, 0, sizeof(export));
	assert_int_equal(ended(&export, HTTP_OK, HTTP_DOUBT_NONE, 200,
	    "{\"partialSuccess\":{\"rejectedDataPoints\":\"3\","
	    "\"errorMessage\":\"too many\"}}"), REGULAR);
	assert_int_equal(export.last.result, EXPORT_PARTLY);
	assert_string_equal(export.last.error, "POST /v1/metrics: 3 data "
	    "points were not taken: too many");
	ended(&export, HTTP_OK, HTTP_DOUBT_NONE, 200,
	    "{\"partialSuccess\":{\"rejectedDataPoints\":\"1\"}}");
	assert_string_equal(export.last.error, "POST /v1/metrics: 1 data "
	    "point was not taken");
	ended(&export, HTTP_OK, HTTP_DOUBT_NONE, 200,
	    "{\"partialSuccess\":{}}");
	assert_int_equal(export.last.result, EXPORT_DONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_results),
		cmocka_unit_test(test_backoff),
		cmocka_unit_test(test_retry_after),
		cmocka_unit_test(test_partial)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
