/*
 * Contact: is the server ready, which is it, who is on it, and which of its
 * libraries are to be read?  A server that starts up answers in several wrong
 * ways for some ten seconds (jellyfin-api: starting up); it is waited for, but
 * not by a check: its answer is what there is to be said right now.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "live.h"
#include "log.h"
#include "request.h"
#include "text.h"

#define READY_WITHIN	30000	/* ms */
#define CHECK_TIMEOUT	10	/* seconds: somebody waits */
#define LOOK_EVERY	1000	/* ms, until it is ready */
#define RETRY_AFTER_MAX	5	/* seconds; more is not believed */
#define LIBRARIES_MAX	1000
#define USERS_MAX	10000

struct contact_state {
	bool			 check;		/* somebody waits for it */
	int64_t			 began;		/* ms */
	int64_t			 asked;		/* ms; for its info */
	int64_t			 asked_at;	/* the same, by our clock's
						 * seconds, as its Date is */
	bool			 starting;	/* it has said so */
	struct message_server_info info;
	bool			 info_sent;
	uint32_t		 users;
	uint32_t		 dropped;
	struct decoder		*decoder;
	struct jellyfin_library	*libraries;
	size_t			 n_libraries;
	bool			 odd_library;	/* one that makes no sense */
};

static int	begin(struct request *, const struct imsg *);
static int	begin_check(struct request *, const struct imsg *);
static void	clear(struct request *);
static void	get(struct request *, const char *, bool, struct decoder *,
		    request_done *);
static bool	again(struct request *, const struct http_answer *,
		    request_step *);
static void	ask_info(struct request *);
static void	info_answered(struct request *, const struct http_answer *);
static int64_t	skew_of(int64_t, int64_t, int64_t);
static void	info_read(struct request *, const struct http_answer *);
static bool	is_starting(const struct http_answer *);
static void	not_ready(struct request *, const struct http_answer *,
		    const char *);
static void	wait_ready(struct request *, const struct http_answer *,
		    const char *);
static void	ask_users(struct request *);
static void	take_user(struct json_object *, void *);
static void	users_answered(struct request *, const struct http_answer *);
static void	ask_libraries(struct request *);
static void	take_library(struct json_object *, void *);
static void	libraries_answered(struct request *,
		    const struct http_answer *);
static void	done(struct request *);
static bool	choose_libraries(struct request *);
static bool	check_names(struct request *);
static const struct jellyfin_library *library_by_name(
		    const struct contact_state *, const char *);
static bool	is_wanted(const struct libraries *, const char *);
static void	list_names(const struct contact_state *, char *, size_t);

const struct request_kind request_contact = {
	sizeof(struct contact_state), begin, clear
};
const struct request_kind request_check = {
	sizeof(struct contact_state), begin_check, clear
};

static int
begin(struct request *request, const struct imsg *imsg)
{
	struct contact_state *state = request->state;

	if (imsg_get_len(imsg) != 0)
		return -1;
	state->began = clock_ms();
	ask_info(request);
	return 0;
}

static int
begin_check(struct request *request, const struct imsg *imsg)
{
	struct contact_state *state = request->state;

	state->check = true;
	return begin(request, imsg);
}

static void
clear(struct request *request)
{
	struct contact_state *state = request->state;

	listing_free(state->decoder);
	free(state->libraries);
}

/* Is it ready? */

static void
get(struct request *request, const char *path, bool anonymous,
    struct decoder *decoder, request_done *answered)
{
	const struct contact_state *state = request->state;
	struct http_call call;

	memset(&call, 0, sizeof(call));
	call.method = HTTP_GET;
	call.path = path;
	call.anonymous = anonymous;
	call.timeout = state->check ? CHECK_TIMEOUT : 0;
	request_call(request, &call, decoder, answered);
}

static bool
again(struct request *request, const struct http_answer *answer,
    request_step *step)
{
	const struct contact_state *state = request->state;

	return !state->check && request_again(request, answer, step);
}

static void
ask_info(struct request *request)
{
	struct contact_state *state = request->state;

	state->asked = clock_ms();
	state->asked_at = (int64_t)time(NULL);
	get(request, "/System/Info/Public", true, NULL, info_answered);
}

/*
 * 503, with Retry-After or without; HTML with 200; 401 while it loads; and
 * camelCase names, which only a look at the answer shows.
 */
static bool
is_starting(const struct http_answer *answer)
{
	return answer->failure == HTTP_SERVER_ERROR ||
	    answer->failure == HTTP_NONSENSE || answer->status == 401;
}

static void
info_answered(struct request *request, const struct http_answer *answer)
{
	struct contact_state *state = request->state;
	struct http_answer other;

	if (answer->failure == HTTP_OK) {
		info_read(request, answer);
	} else if (is_starting(answer)) {
		wait_ready(request, answer, answer->error);
	} else if (answer->failure == HTTP_REFUSED) {
		/* In between it closes its port; else it is not there. */
		if (state->starting)
			wait_ready(request, answer, answer->error);
		else if (!again(request, answer, ask_info))
			request_failed(request, answer);
	} else if (answer->failure == HTTP_NOT_FOUND) {
		other = *answer;
		other.failure = HTTP_NONSENSE;
		(void)strlcat(other.error, ": is the base URL right?",
		    sizeof(other.error));
		request_failed(request, &other);
	} else {
		request_failed(request, answer);
	}
}

/* What it says may be a start, or will be the same tomorrow. */
static void
not_ready(struct request *request, const struct http_answer *answer,
    const char *why)
{
	if (answer->failure == HTTP_OK || answer->status == 503)
		request->trouble = TROUBLE_STARTING;
	else if (answer->failure == HTTP_NONSENSE)
		request->trouble = TROUBLE_URL;
	else if (answer->status == 401)
		request->trouble = TROUBLE_FORBIDDEN;
	request_refuse(request, REQUEST_UNREACHABLE, "%s", why);
}

static void
wait_ready(struct request *request, const struct http_answer *answer,
    const char *why)
{
	struct contact_state *state = request->state;
	unsigned int pause = LOOK_EVERY;
	enum request_result result = REQUEST_UNREACHABLE;

	if (state->check) {
		not_ready(request, answer, why);
		return;
	}
	state->starting = true;
	if (answer->retry_after > 1 && answer->retry_after <= RETRY_AFTER_MAX)
		pause = (unsigned int)answer->retry_after * 1000;
	if (clock_ms() + pause - state->began <= READY_WITHIN) {
		log_server_debug(request->fetcher->options.name,
		    "not ready yet: %s", why);
		request_later(request, pause, ask_info);
		return;
	}
	if (answer->failure == HTTP_NONSENSE)
		result = REQUEST_NONSENSE;
	request_refuse(request, result, "%s, and was not ready within %d s",
	    why, READY_WITHIN / 1000);
}

/* What lies between question and answer is no skew; 0: it says no date. */
static int64_t
skew_of(int64_t date, int64_t asked, int64_t answered)
{
	if (date == 0 || (date >= asked && date <= answered))
		return 0;
	return date - (date < asked ? asked : answered);
}

static void
info_read(struct request *request, const struct http_answer *answer)
{
	struct contact_state *state = request->state;
	enum jellyfin_readiness readiness;
	struct json_object *object;

	object = jellyfin_parse(answer->body, answer->body_len);
	readiness = jellyfin_info(object, &state->info);
	json_object_put(object);
	state->info.clock_skew = skew_of(answer->date, state->asked_at,
	    (int64_t)time(NULL));
	state->info.took = (uint32_t)(clock_ms() - state->asked);
	switch (readiness) {
	case JELLYFIN_READY:
		request->tries = 0;
		live_version(request->fetcher->live, state->info.version);
		ask_users(request);
		break;
	case JELLYFIN_STARTING:
		wait_ready(request, answer, "it is starting up");
		break;
	case JELLYFIN_UNSUPPORTED:
		request->trouble = TROUBLE_VERSION;
		request_refuse(request, REQUEST_NONSENSE, "its version %s is "
		    "not supported: 10.9 to 12 are", state->info.version);
		break;
	case JELLYFIN_OTHER:
		request->trouble = TROUBLE_URL;
		request_refuse(request, REQUEST_NONSENSE, "%s: the answer is "
		    "not that of a Jellyfin server: is the base URL right?",
		    answer->asked);
		break;
	}
}

/* Who is on it? */

static void
ask_users(struct request *request)
{
	struct contact_state *state = request->state;

	listing_free(state->decoder);
	state->decoder = listing_new(LISTING_ARRAY, take_user, request);
	if (state->decoder == NULL)
		fatal("listing_new");
	state->users = state->dropped = 0;
	get(request, "/Users", false, state->decoder, users_answered);
}

static void
take_user(struct json_object *object, void *arg)
{
	struct request *request = arg;
	struct contact_state *state = request->state;
	struct message_user user;

	if (!state->info_sent)
		message_put_server_info(request_imsgbuf(request), request->id,
		    &state->info);
	state->info_sent = true;
	/* Without an end, the engine would be sent as much. */
	if (state->users == USERS_MAX || jellyfin_user(object, &user) == -1) {
		state->dropped++;
		return;
	}
	message_put_user(request_imsgbuf(request), request->id, &user);
	state->users++;
}

static void
users_answered(struct request *request, const struct http_answer *answer)
{
	const struct contact_state *state = request->state;

	if (answer->failure == HTTP_OK) {
		request->tries = 0;
		if (state->users + state->dropped > USERS_MAX)
			request_refuse(request, REQUEST_NONSENSE,
			    "%s: more than %d users", answer->asked, USERS_MAX);
		else if (request->fetcher->libraries.n_wanted > 0)
			ask_libraries(request);
		else
			done(request);
	} else if (answer->status == 503) {
		wait_ready(request, answer, answer->error);
	} else if (!again(request, answer, ask_users)) {
		request_failed(request, answer);
	}
}

static void
done(struct request *request)
{
	struct contact_state *state = request->state;

	if (!state->info_sent)		/* a server without any user */
		message_put_server_info(request_imsgbuf(request), request->id,
		    &state->info);
	request_succeeded(request, state->users, state->dropped,
	    state->users + state->dropped);
}

/* Which of its libraries? */

static void
ask_libraries(struct request *request)
{
	struct contact_state *state = request->state;

	listing_free(state->decoder);
	state->decoder = listing_new(LISTING_ARRAY, take_library, request);
	if (state->decoder == NULL)
		fatal("listing_new");
	state->n_libraries = 0;
	state->odd_library = false;
	get(request, "/Library/VirtualFolders", false, state->decoder,
	    libraries_answered);
}

static void
take_library(struct json_object *object, void *arg)
{
	struct request *request = arg;
	struct contact_state *state = request->state;
	struct jellyfin_library *libraries;

	if (state->n_libraries == LIBRARIES_MAX) {
		state->odd_library = true;
		return;
	}
	libraries = reallocarray(state->libraries, state->n_libraries + 1,
	    sizeof(*libraries));
	if (libraries == NULL)
		fatal("reallocarray");
	state->libraries = libraries;
	if (jellyfin_library(object, &libraries[state->n_libraries]) == -1)
		state->odd_library = true;
	else
		state->n_libraries++;
}

static void
libraries_answered(struct request *request, const struct http_answer *answer)
{
	struct contact_state *state = request->state;

	if (answer->failure != HTTP_OK) {
		if (!again(request, answer, ask_libraries))
			request_failed(request, answer);
	} else if (state->odd_library) {
		/* A library left out would look like one that has gone. */
		request_refuse(request, REQUEST_NONSENSE, "%s: a library that "
		    "makes no sense", answer->asked);
	} else if (check_names(request) && choose_libraries(request)) {
		done(request);
	}
}

static const struct jellyfin_library *
library_by_name(const struct contact_state *state, const char *name)
{
	char trimmed[NAME_SIZE];
	size_t i;

	if (text_trim(trimmed, sizeof(trimmed), name) == -1)
		return NULL;
	for (i = 0; i < state->n_libraries; i++) {
		if (text_same_name(state->libraries[i].name, trimmed))
			return &state->libraries[i];
	}
	return NULL;
}

static void
list_names(const struct contact_state *state, char *dst, size_t size)
{
	size_t used = 0, i;
	int n;

	dst[0] = '\0';
	for (i = 0; i < state->n_libraries && used < size; i++) {
		n = snprintf(dst + used, size - used, "%s%s",
		    i == 0 ? "" : ", ", state->libraries[i].name);
		if (n < 0)
			return;
		used += (size_t)n;
	}
}

/* A name that is not there is a slip: all or nothing would be read for it. */
static bool
check_names(struct request *request)
{
	const struct libraries *libraries = &request->fetcher->libraries;
	struct contact_state *state = request->state;
	char known[ERROR_SIZE];
	size_t i;

	for (i = 0; i < libraries->n_wanted; i++) {
		if (library_by_name(state, libraries->wanted[i].name) != NULL)
			continue;
		list_names(state, known, sizeof(known));
		request->trouble = TROUBLE_LIBRARY;
		request_refuse(request, REQUEST_NONSENSE, "there is no "
		    "library %.100s; it has: %s", libraries->wanted[i].name,
		    known);
		return false;
	}
	return true;
}

/* All but the excluded; of these, if any is included, only the included. */
static bool
is_wanted(const struct libraries *libraries, const char *name)
{
	bool included = false, some_included = false, same;
	const struct message_library *wanted;
	char trimmed[NAME_SIZE];
	size_t i;

	for (i = 0; i < libraries->n_wanted; i++) {
		wanted = &libraries->wanted[i];
		same = text_trim(trimmed, sizeof(trimmed), wanted->name) == 0 &&
		    text_same_name(trimmed, name);
		if (same && wanted->exclude)
			return false;
		included = included || same;
		some_included = some_included || !wanted->exclude;
	}
	return included || !some_included;
}

static bool
choose_libraries(struct request *request)
{
	struct libraries *libraries = &request->fetcher->libraries;
	struct contact_state *state = request->state;
	struct jellyfin_id *ids;
	size_t n = 0, i;

	/* One more than none: calloc(0) may be NULL. */
	if ((ids = calloc(state->n_libraries + 1, sizeof(*ids))) == NULL)
		fatal("calloc");
	for (i = 0; i < state->n_libraries; i++) {
		if (is_wanted(libraries, state->libraries[i].name))
			ids[n++] = state->libraries[i].id;
	}
	if (n == 0) {
		free(ids);
		request->trouble = TROUBLE_LIBRARY;
		request_refuse(request, REQUEST_NONSENSE, "libraries.exclude "
		    "leaves no library to be read");
		return false;
	}
	/* A listing that is under way has its own copy of the old ones. */
	free(libraries->ids);
	libraries->ids = ids;
	libraries->n_ids = n;
	libraries->known = true;
	return true;
}
