/*
 * Writes, as compare and set (sync-model: writing): who plays what, how the
 * items look, and then one after the other those that look as the engine
 * expected.  What may have been written or not is looked at again before it is
 * written again.
 */
#include <string.h>

#include "items.h"
#include "log.h"
#include "request.h"

#define FRESH_FOR	5000	/* ms that a look at the items is good for */
#define FAILURES_MAX	2	/* items in a row: then it is the server */

struct write_state {
	struct message_write	 asked;
	struct decoder		*sessions;
	struct items		*items;
	bool			 answered[WRITES_MAX];
	bool			 playing[WRITES_MAX];
	struct jellyfin_id	 ids[WRITES_MAX];	/* being read */
	int64_t			 looked_at;	/* ms */
	unsigned int		 failures;	/* items in a row */

	/* the write under way */
	uint32_t		 current;
	struct userdata		 now;		/* as the copy is, or was */
	bool			 sent;		/* it may have been obeyed */
	bool			 clear_sent;	/* that too */
	bool			 clearing;	/* not writing */
};

static int	begin(struct request *, const struct imsg *);
static void	clear(struct request *);
static void	ask_sessions(struct request *);
static void	take_session(struct json_object *, void *);
static void	sessions_answered(struct request *,
		    const struct http_answer *);
static void	ask_items(struct request *);
static void	items_answered(struct request *, const struct http_answer *);
static void	compare(struct request *, uint32_t);
static void	next_write(struct request *);
static void	write_or_clear(struct request *);
static void	send_clear(struct request *);
static void	send_write(struct request *);
static void	write_answered(struct request *, const struct http_answer *);
static void	write_failed(struct request *, const struct http_answer *);
static void	look_again(struct request *);
static void	looked_again(struct request *, const struct http_answer *);
static bool	is_ours(const struct write_state *, const struct userdata *);
static void	item_failed(struct request *, const struct http_answer *);
static void	answer_item(struct request *, uint32_t, enum write_result,
		    const struct userdata *);
static void	break_down(struct request *, const struct http_answer *);
static void	done(struct request *);

const struct request_kind request_write = {
	sizeof(struct write_state), begin, clear
};

static int
begin(struct request *request, const struct imsg *imsg)
{
	struct write_state *state = request->state;

	if (message_get_write(imsg, &state->asked) == -1)
		return -1;
	if ((state->items = items_new()) == NULL || (state->sessions =
	    listing_new(LISTING_ARRAY, take_session, state)) == NULL)
		fatal("listing_new");
	ask_sessions(request);
	return 0;
}

static void
clear(struct request *request)
{
	struct write_state *state = request->state;

	listing_free(state->sessions);
	items_free(state->items);
}

/* Who plays what? */

static void
ask_sessions(struct request *request)
{
	struct write_state *state = request->state;

	memset(state->playing, 0, sizeof(state->playing));
	request_get(request, "/Sessions", state->sessions, sessions_answered);
}

static void
take_session(struct json_object *object, void *arg)
{
	struct write_state *state = arg;
	struct jellyfin_id user, item;
	uint32_t i;

	if (jellyfin_now_playing(object, &user, &item) != 1 ||
	    !jellyfin_id_equal(&user, &state->asked.user))
		return;
	for (i = 0; i < state->asked.n_writes; i++) {
		if (jellyfin_id_equal(&state->asked.writes[i].item, &item))
			state->playing[i] = true;
	}
}

static void
sessions_answered(struct request *request, const struct http_answer *answer)
{
	if (answer->failure == HTTP_OK) {
		request->tries = 0;
		ask_items(request);
	} else if (!request_again(request, answer, ask_sessions)) {
		break_down(request, answer);
	}
}

/* How do the items look? */

static void
ask_items(struct request *request)
{
	struct write_state *state = request->state;
	size_t n = 0;
	uint32_t i;

	for (i = 0; i < state->asked.n_writes; i++) {
		if (state->answered[i])
			continue;
		if (state->playing[i])
			answer_item(request, i, WRITE_PLAYING, NULL);
		else
			state->ids[n++] = state->asked.writes[i].item;
	}
	if (n == 0)		/* no ids at all would ask for every item */
		done(request);
	else
		items_get(request, state->items, &state->asked.user,
		    state->ids, n, items_answered);
}

static void
items_answered(struct request *request, const struct http_answer *answer)
{
	struct write_state *state = request->state;
	uint32_t i;

	if (answer->failure != HTTP_OK) {
		if (!request_again(request, answer, ask_items))
			break_down(request, answer);
		return;
	}
	request->tries = 0;
	state->looked_at = http_now_ms();
	for (i = 0; i < state->asked.n_writes; i++) {
		if (!state->answered[i])
			compare(request, i);
	}
	next_write(request);
}

/* Only what looks as expected, and is to look otherwise, is left. */
static void
compare(struct request *request, uint32_t i)
{
	struct write_state *state = request->state;
	const struct write_request *asked = &state->asked.writes[i];
	const struct userdata *now;

	now = items_find(state->items, &asked->item);
	if (now == NULL)
		answer_item(request, i, WRITE_MISSING, NULL);
	else if (!userdata_equal(now, &asked->expected))
		answer_item(request, i, WRITE_CHANGED, now);
	else if (userdata_equal(now, &asked->wanted))
		answer_item(request, i, WRITE_DONE, now);
}

/* Writing, one at a time */

static void
next_write(struct request *request)
{
	struct write_state *state = request->state;

	while (state->current < state->asked.n_writes &&
	    state->answered[state->current])
		state->current++;
	if (state->current == state->asked.n_writes) {
		done(request);
		return;
	}
	request->tries = 0;
	state->sent = state->clear_sent = false;
	if (http_now_ms() - state->looked_at > FRESH_FOR) {
		ask_sessions(request);		/* and from there on again */
		return;
	}
	state->now = state->asked.writes[state->current].expected;
	write_or_clear(request);
}

/* Nothing but the clearing of an item takes its date away. */
static void
write_or_clear(struct request *request)
{
	struct write_state *state = request->state;

	if (state->asked.writes[state->current].wanted.last_played == 0 &&
	    state->now.last_played != 0)
		send_clear(request);
	else
		send_write(request);
}

static void
send_clear(struct request *request)
{
	struct write_state *state = request->state;
	char path[JELLYFIN_PATH_SIZE];
	struct http_call call;

	jellyfin_clear_path(path, &state->asked.user,
	    &state->asked.writes[state->current].item);
	memset(&call, 0, sizeof(call));
	call.method = HTTP_DELETE;
	call.path = path;
	state->clearing = true;
	request_call(request, &call, NULL, write_answered);
}

static void
send_write(struct request *request)
{
	struct write_state *state = request->state;
	const struct write_request *asked =
	    &state->asked.writes[state->current];
	char path[JELLYFIN_PATH_SIZE], body[JELLYFIN_BODY_SIZE];
	struct http_call call;

	jellyfin_write_path(path, &state->asked.user, &asked->item);
	jellyfin_write_body(body, &asked->wanted);
	memset(&call, 0, sizeof(call));
	call.method = HTTP_POST;
	call.path = path;
	call.body = body;
	state->clearing = false;
	request_call(request, &call, NULL, write_answered);
}

static void
write_answered(struct request *request, const struct http_answer *answer)
{
	struct write_state *state = request->state;
	const struct write_request *asked =
	    &state->asked.writes[state->current];
	struct json_object *object;
	struct http_answer odd;
	int result;

	if (request_is_uncertain(answer)) {
		state->sent = true;
		state->clear_sent = state->clear_sent || state->clearing;
	}
	if (answer->failure != HTTP_OK) {
		write_failed(request, answer);
		return;
	}
	object = jellyfin_parse(answer->body, answer->body_len);
	result = jellyfin_userdata(object, &state->now);
	json_object_put(object);
	if (result == -1) {
		odd = *answer;
		odd.failure = HTTP_NONSENSE;
		(void)strlcpy(odd.error, answer->asked, sizeof(odd.error));
		(void)strlcat(odd.error, ": the answer is no userdata",
		    sizeof(odd.error));
		write_failed(request, &odd);
		return;
	}
	if (state->clearing && !userdata_equal(&state->now, &asked->wanted)) {
		send_write(request);
		return;
	}
	state->failures = 0;
	answer_item(request, state->current, WRITE_DONE, &state->now);
	next_write(request);
}

static void
write_failed(struct request *request, const struct http_answer *answer)
{
	struct write_state *state = request->state;
	struct http_answer odd;

	if (answer->failure == HTTP_NOT_FOUND) {
		answer_item(request, state->current, WRITE_MISSING, NULL);
		next_write(request);
		return;
	}
	/* An answer that makes no sense says no more than none at all. */
	odd = *answer;
	if (odd.failure == HTTP_NONSENSE)
		odd.failure = HTTP_CUT;
	if (!request_again(request, &odd, look_again))
		item_failed(request, &odd);
}

/* What has become of it? */

static void
look_again(struct request *request)
{
	struct write_state *state = request->state;

	state->ids[0] = state->asked.writes[state->current].item;
	items_get(request, state->items, &state->asked.user, state->ids, 1,
	    looked_again);
}

static void
looked_again(struct request *request, const struct http_answer *answer)
{
	struct write_state *state = request->state;
	const struct write_request *asked =
	    &state->asked.writes[state->current];
	const struct userdata *now;

	if (answer->failure != HTTP_OK) {
		if (!request_again(request, answer, look_again))
			item_failed(request, answer);
		return;
	}
	now = items_find(state->items, &asked->item);
	if (now != NULL && is_ours(state, now)) {
		state->now = *now;
		write_or_clear(request);
		return;
	}
	if (now == NULL)
		answer_item(request, state->current, WRITE_MISSING, NULL);
	else if (userdata_equal(now, &asked->wanted))
		answer_item(request, state->current, WRITE_DONE, now);
	else if (!state->sent)
		answer_item(request, state->current, WRITE_CHANGED, now);
	else	/* a person's act, before or after ours: nobody can say */
		answer_item(request, state->current, WRITE_FAILED, NULL);
	next_write(request);
}

/* As it was before, or as clearing leaves it: nobody else did anything. */
static bool
is_ours(const struct write_state *state, const struct userdata *now)
{
	const struct userdata *expected =
	    &state->asked.writes[state->current].expected;
	struct userdata cleared;

	if (userdata_equal(now, &state->asked.writes[state->current].wanted))
		return false;		/* there is nothing left to do */
	if (userdata_equal(now, expected))
		return true;
	memset(&cleared, 0, sizeof(cleared));
	cleared.favorite = expected->favorite;
	return state->clear_sent && userdata_equal(now, &cleared);
}

/* One item may be the trouble; if not, the rest is spared the same. */
static void
item_failed(struct request *request, const struct http_answer *answer)
{
	struct write_state *state = request->state;

	log_server_warnx(request->fetcher->options.name,
	    "a write failed: %s", answer->error);
	answer_item(request, state->current, state->sent ||
	    answer->failure == HTTP_UNEXPECTED ? WRITE_FAILED :
	    WRITE_NOT_SENT, NULL);
	if (++state->failures >= FAILURES_MAX ||
	    (answer->failure != HTTP_SERVER_ERROR &&
	    answer->failure != HTTP_CUT &&
	    answer->failure != HTTP_UNEXPECTED))
		break_down(request, answer);
	else
		next_write(request);
}

/* Answers */

static void
answer_item(struct request *request, uint32_t i, enum write_result result,
    const struct userdata *userdata)
{
	struct write_state *state = request->state;
	struct message_written message;

	memset(&message, 0, sizeof(message));
	message.item = state->asked.writes[i].item;
	message.result = result;
	if (userdata != NULL)
		message.userdata = *userdata;
	message_put_written(request_imsgbuf(request), request->id, &message);
	request_sent(request);
	state->answered[i] = true;
}

/* Whatever has no answer yet was not sent. */
static void
break_down(struct request *request, const struct http_answer *answer)
{
	struct write_state *state = request->state;
	uint32_t i;

	for (i = 0; i < state->asked.n_writes; i++) {
		if (!state->answered[i])
			answer_item(request, i, WRITE_NOT_SENT, NULL);
	}
	request_failed(request, answer);
}

static void
done(struct request *request)
{
	struct write_state *state = request->state;
	struct message_result result;

	memset(&result, 0, sizeof(result));
	result.result = REQUEST_OK;
	result.records = result.total = state->asked.n_writes;
	request_end(request, &result);
}
