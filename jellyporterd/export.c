/* What comes of metrics that are posted. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "export.h"
#include "log.h"
#include "otlp.h"
#include "text.h"

static bool	may_repeat(long);
static enum export_result result_of(const struct http_answer *);
static void	look_inside(const struct http_answer *,
		    struct message_exported *);
static void	say(const struct message_exported *,
		    const struct message_exported *);

/* To whom the same may be sent again; nobody else wants it. */
static bool
may_repeat(long status)
{
	return status == 429 || status == 502 || status == 503 ||
	    status == 504;
}

/* Some say nothing at all of what they have taken, and say so with any 2xx;
 * but a web page has taken nothing. */
static enum export_result
result_of(const struct http_answer *answer)
{
	if (answer->status / 100 == 2 && answer->doubt == HTTP_DOUBT_NONE)
		return EXPORT_DONE;
	if (may_repeat(answer->status))
		return EXPORT_UNREACHABLE;
	switch (answer->failure) {
	case HTTP_REFUSED:
	case HTTP_NO_CONNECTION:
	case HTTP_TIMEOUT:
	case HTTP_CUT:
		return EXPORT_UNREACHABLE;
	case HTTP_UNAUTHORIZED:
		return EXPORT_REFUSED;
	default:
		return EXPORT_UNEXPECTED;
	}
}

static void
look_inside(const struct http_answer *answer, struct message_exported *now)
{
	char why[ERROR_SIZE], text[2 * ERROR_SIZE];
	int64_t rejected;

	rejected = otlp_rejected(answer->body, answer->body_len, why);
	if (rejected == 0 && why[0] == '\0')
		return;
	now->result = EXPORT_PARTLY;
	(void)snprintf(text, sizeof(text), "%s: %" PRId64 " %s not taken%s%s",
	    answer->asked, rejected,
	    rejected == 1 ? "data point was" : "data points were",
	    why[0] == '\0' ? "" : ": ", why);
	(void)text_copy(now->error, sizeof(now->error), text);
}

/* What is as it was has been said. */
static void
say(const struct message_exported *before, const struct message_exported *now)
{
	if (now->result == before->result &&
	    strcmp(now->error, before->error) == 0)
		log_debug("the metrics: %s", now->result == EXPORT_DONE ?
		    "posted" : now->error);
	else if (now->result == EXPORT_DONE)
		log_info("the metrics are received again");
	else if (now->result == EXPORT_PARTLY)
		log_warnx("the metrics are not received as a whole: %s",
		    now->error);
	else
		log_warnx("the metrics are not received: %s", now->error);
}

int64_t
export_ended(struct export *export, const struct http_answer *answer,
    int64_t regular)
{
	struct message_exported now;
	int64_t wait, asked_for;

	memset(&now, 0, sizeof(now));
	now.result = result_of(answer);
	if (now.result == EXPORT_DONE)
		look_inside(answer, &now);
	else
		(void)strlcpy(now.error, answer->error, sizeof(now.error));
	say(&export->last, &now);
	export->last = now;
	if (now.result != EXPORT_UNREACHABLE) {
		export->backoff.ends = 0;
		return regular > 0 ? regular : 0;
	}
	wait = backoff_next(&export->backoff, 0);
	asked_for = answer->retry_after < EXPORT_RETRY_AFTER_MAX ?
	    answer->retry_after : EXPORT_RETRY_AFTER_MAX;
	return asked_for * 1000 > wait ? asked_for * 1000 : wait;
}
