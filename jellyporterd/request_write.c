/*
 * Writes, as compare and set (sync-model: writing): who plays what, how the
 * items look, and then one after the other those that look as the engine
 * expected.  What may have been written or not is looked at again before it is
 * written again.
 *
 * A listed item and its alternate versions are a group: all of it is written,
 * or nothing, because the clearing of one clears them all, and what a listed
 * item shows depends on the others.
 */
#include <string.h>

#include "clock.h"
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
	struct read_item	 reading[WRITES_MAX];
	struct userdata		 now[WRITES_MAX];	/* as it is, or was */
	int64_t			 looked_at;	/* ms */
	unsigned int		 failures;	/* items in a row */
	bool			 hurried;	/* no more is to be sent */

	/* the group being written, and in it the write under way */
	uint32_t		 first;
	uint32_t		 end;
	uint32_t		 current;
	bool			 sent;		/* it may have been obeyed */
	bool			 clear_sent;	/* so may that of the group */
	bool			 cleared;	/* it was */
	bool			 clearing;	/* not writing */
};

static int	begin(struct request *, const struct imsg *);
static void	clear(struct request *);
static uint32_t	group_end(const struct write_state *, uint32_t);
static void	ask_sessions(struct request *);
static void	take_session(struct json_object *, void *);
static void	sessions_answered(struct request *,
		    const struct http_answer *);
static void	answer_playing(struct request *, uint32_t, uint32_t);
static uint32_t	want_reading(struct write_state *, uint32_t, uint32_t);
static void	ask_items(struct request *);
static void	items_answered(struct request *, const struct http_answer *);
static void	compare(struct request *, uint32_t, uint32_t);
static void	next_group(struct request *);
static bool	group_is_done(const struct write_state *);
static bool	needs_clearing(const struct write_state *);
static void	next_write(struct request *);
static uint32_t	in_order(const struct write_state *, uint32_t);
static void	go_on(struct request *);
static void	send_clear(struct request *);
static void	send_write(struct request *);
static void	note_recent(struct request *, uint32_t, uint32_t);
static void	write_answered(struct request *, const struct http_answer *);
static void	clear_all(struct write_state *, const struct userdata *);
static void	write_failed(struct request *, const struct http_answer *);
static void	look_again(struct request *);
static void	looked_again(struct request *, const struct http_answer *);
static bool	is_ours(const struct write_state *, uint32_t,
		    const struct userdata *);
static void	group_failed(struct request *, const struct http_answer *);
static void	answer_item(struct request *, uint32_t, enum write_result,
		    const struct userdata *);
static void	answer_rest(struct request *, enum write_result);
static void	break_down(struct request *, const struct http_answer *);
static void	leave_rest(struct request *);
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

/* The first that does not belong to the group of this one. */
static uint32_t
group_end(const struct write_state *state, uint32_t i)
{
	for (i++; i < state->asked.n_writes && state->asked.writes[i].joined;
	    i++)
		;
	return i;
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

/* Of an alternate version that is played, a session names the listed item. */
static void
answer_playing(struct request *request, uint32_t first, uint32_t end)
{
	struct write_state *state = request->state;
	bool playing = false;
	uint32_t i;

	for (i = first; i < end; i++)
		playing = playing || state->playing[i];
	for (i = first; i < end && playing; i++) {
		if (!state->answered[i])
			answer_item(request, i, WRITE_PLAYING, NULL);
	}
}

/* Those that have no answer yet are to be read; how many. */
static uint32_t
want_reading(struct write_state *state, uint32_t first, uint32_t end)
{
	uint32_t i, n = 0;

	for (i = first; i < end; i++) {
		if (state->answered[i])
			continue;
		state->reading[n].id = state->asked.writes[i].item;
		state->reading[n].parked = false;
		state->reading[n++].alternate =
		    state->asked.writes[i].alternate;
	}
	return n;
}

static void
ask_items(struct request *request)
{
	struct write_state *state = request->state;
	uint32_t i, n, end;

	for (i = 0; i < state->asked.n_writes; i = end) {
		end = group_end(state, i);
		answer_playing(request, i, end);
	}
	n = want_reading(state, 0, state->asked.n_writes);
	if (n == 0)		/* no ids at all would ask for every item */
		done(request);
	else
		items_get(request, state->items, &state->asked.user,
		    LISTING_COUNT, state->reading, n, items_answered);
}

static void
items_answered(struct request *request, const struct http_answer *answer)
{
	struct write_state *state = request->state;
	uint32_t i, end;

	if (answer->failure != HTTP_OK) {
		if (!request_again(request, answer, ask_items))
			break_down(request, answer);
		return;
	}
	request->tries = 0;
	state->looked_at = clock_ms();
	for (i = 0; i < state->asked.n_writes; i = end) {
		end = group_end(state, i);
		if (!state->answered[i])
			compare(request, i, end);
	}
	next_group(request);
}

/* Only what looks as expected, and is to look otherwise, is left. */
static void
compare(struct request *request, uint32_t first, uint32_t end)
{
	struct write_state *state = request->state;
	bool missing = false, changed = false, owed = false;
	const struct write_request *asked;
	const struct userdata *now;
	uint32_t i;

	for (i = first; i < end; i++) {
		asked = &state->asked.writes[i];
		if ((now = items_find(state->items, &asked->item)) == NULL) {
			answer_item(request, i, WRITE_MISSING, NULL);
			missing = true;
			continue;
		}
		state->now[i] = *now;
		changed = changed || !userdata_equal(now, &asked->expected);
		owed = owed || asked->unlisted ||
		    !userdata_equal(now, &asked->wanted);
	}
	if (!missing && !changed && owed)
		return;
	for (i = first; i < end; i++) {
		if (!state->answered[i])
			answer_item(request, i, missing && end - first > 1 ?
			    WRITE_NOT_SENT : changed ? WRITE_CHANGED :
			    WRITE_DONE, &state->now[i]);
	}
}

/* Writing, one at a time */

static void
next_group(struct request *request)
{
	struct write_state *state = request->state;

	state->first = 0;
	while (state->first < state->asked.n_writes &&
	    state->answered[state->first])
		state->first++;
	if (state->first == state->asked.n_writes) {
		done(request);
		return;
	}
	state->end = group_end(state, state->first);
	state->cleared = state->clear_sent = false;
	if (state->hurried) {
		leave_rest(request);
		done(request);
	} else if (clock_ms() - state->looked_at > FRESH_FOR)
		ask_sessions(request);		/* and from there on again */
	else
		next_write(request);
}

static bool
group_is_done(const struct write_state *state)
{
	uint32_t i = state->first;

	while (i < state->end && state->answered[i])
		i++;
	return i == state->end;
}

/* Nothing but the clearing of an item takes its date away. */
static bool
needs_clearing(const struct write_state *state)
{
	uint32_t i;

	if (state->cleared)	/* what is left does not go away by that */
		return false;
	for (i = state->first; i < state->end; i++) {
		if (!state->answered[i] &&
		    state->asked.writes[i].wanted.last_played == 0 &&
		    state->now[i].last_played != 0)
			return true;
	}
	return false;
}

static void
next_write(struct request *request)
{
	struct write_state *state = request->state;

	request->tries = 0;
	state->sent = false;
	go_on(request);
}

/*
 * The first of a group is its listed item, if that is in it.  As long as one
 * version is played the item shows as played: so when they are to be unplayed,
 * it comes last, or it would not show what was written.  But when they are to
 * be played it comes first, or it could show as written what it does not hold.
 */
static uint32_t
in_order(const struct write_state *state, uint32_t nth)
{
	return state->asked.writes[state->first].wanted.played ?
	    state->first + nth : state->end - 1 - nth;
}

/* Whatever shows what it should by now is done, if that is not but shown. */
static void
go_on(struct request *request)
{
	struct write_state *state = request->state;
	const struct write_request *asked;
	uint32_t i, nth;

	if (needs_clearing(state)) {
		state->current = state->first;
		send_clear(request);
		return;
	}
	for (nth = 0; nth < state->end - state->first; nth++) {
		i = in_order(state, nth);
		if (state->answered[i])
			continue;
		asked = &state->asked.writes[i];
		if (asked->unlisted ||
		    !userdata_equal(&state->now[i], &asked->wanted)) {
			state->current = i;
			send_write(request);
			return;
		}
		answer_item(request, i, WRITE_DONE, &state->now[i]);
	}
	next_group(request);
}

static void
send_clear(struct request *request)
{
	struct write_state *state = request->state;
	char path[JELLYFIN_PATH_SIZE];
	struct http_call call;

	jellyfin_clear_path(path, &state->asked.user,
	    &state->asked.writes[state->first].item);
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

	jellyfin_userdata_path(path, &state->asked.user, &asked->item);
	jellyfin_write_body(body, &asked->wanted);
	memset(&call, 0, sizeof(call));
	call.method = HTTP_POST;
	call.path = path;
	call.body = body;
	state->clearing = false;
	request_call(request, &call, NULL, write_answered);
}

/* What reads one of these by GET now may see what was there before. */
static void
note_recent(struct request *request, uint32_t first, uint32_t end)
{
	struct write_state *state = request->state;
	uint32_t i;

	for (i = first; i < end; i++) {
		if (state->asked.writes[i].alternate)
			recent_note(&request->fetcher->recent,
			    &state->asked.writes[i].item, clock_ms());
	}
}

static void
write_answered(struct request *request, const struct http_answer *answer)
{
	struct write_state *state = request->state;
	struct json_object *object;
	struct http_answer odd;
	struct userdata now;
	unsigned int pause;
	int result;

	if (request_is_uncertain(answer)) {
		state->sent = true;
		state->clear_sent = state->clear_sent || state->clearing;
		if (state->clearing)
			note_recent(request, state->first, state->end);
		else
			note_recent(request, state->current,
			    state->current + 1);
	}
	if (answer->failure != HTTP_OK) {
		write_failed(request, answer);
		return;
	}
	object = jellyfin_parse(answer->body, answer->body_len);
	result = jellyfin_userdata(object, &now);
	json_object_put(object);
	if (result == -1) {
		odd = *answer;
		request_no_userdata(&odd);
		write_failed(request, &odd);
		return;
	}
	state->failures = 0;
	if (state->clearing) {
		clear_all(state, &now);
	} else {
		state->now[state->current] = now;
		answer_item(request, state->current, WRITE_DONE, &now);
	}
	pause = pace_note(&request->fetcher->pace, answer->busy);
	if (pause > 0 && group_is_done(state) && !state->hurried)
		request_later(request, pause, next_write);
	else
		next_write(request);
}

/* One of the group was cleared, and with it all others. */
static void
clear_all(struct write_state *state, const struct userdata *answer)
{
	uint32_t i;

	for (i = state->first; i < state->end; i++) {
		state->now[i].played = false;
		state->now[i].position = 0;
		state->now[i].play_count = 0;
		state->now[i].last_played = 0;
	}
	state->now[state->first] = *answer;
	state->cleared = true;
}

static void
write_failed(struct request *request, const struct http_answer *answer)
{
	struct write_state *state = request->state;
	struct http_answer odd;

	if (answer->failure == HTTP_NOT_FOUND) {
		answer_item(request, state->current, WRITE_MISSING, NULL);
		if (state->clearing)
			answer_rest(request, WRITE_NOT_SENT);
		next_write(request);
		return;
	}
	/* An answer that makes no sense says no more than none at all. */
	odd = *answer;
	if (odd.failure == HTTP_NONSENSE)
		odd.failure = HTTP_CUT;
	if (!request_again(request, &odd, look_again))
		group_failed(request, &odd);
}

/* What has become of it? */

static void
look_again(struct request *request)
{
	struct write_state *state = request->state;
	uint32_t n;

	n = want_reading(state, state->first, state->end);
	items_get(request, state->items, &state->asked.user, LISTING_COUNT,
	    state->reading, n, looked_again);
}

static void
looked_again(struct request *request, const struct http_answer *answer)
{
	struct write_state *state = request->state;
	const struct userdata *now;
	bool ours = true;
	uint32_t i;

	if (answer->failure != HTTP_OK) {
		if (!request_again(request, answer, look_again))
			group_failed(request, answer);
		return;
	}
	for (i = state->first; i < state->end; i++) {
		if (state->answered[i])
			continue;
		now = items_find(state->items, &state->asked.writes[i].item);
		if (now == NULL)
			answer_item(request, i, WRITE_MISSING, NULL);
		else
			state->now[i] = *now;
		ours = ours && now != NULL && is_ours(state, i, now);
	}
	if (ours) {
		go_on(request);
		return;
	}
	/* A person's act, before or after ours: nobody can say. */
	answer_rest(request, state->sent || state->clear_sent ?
	    WRITE_FAILED : WRITE_CHANGED);
	next_write(request);
}

/*
 * As it was before, or as clearing leaves it, or as it should be: nobody else
 * did anything.
 */
static bool
is_ours(const struct write_state *state, uint32_t i,
    const struct userdata *now)
{
	const struct write_request *asked = &state->asked.writes[i];
	struct userdata empty;

	memset(&empty, 0, sizeof(empty));
	empty.favorite = asked->expected.favorite;
	return userdata_equal(now, &asked->wanted) ||
	    userdata_equal(now, &asked->expected) ||
	    (state->clear_sent && userdata_equal(now, &empty));
}
/* One item may be the trouble; if not, the rest is spared the same. */
static void
group_failed(struct request *request, const struct http_answer *answer)
{
	struct write_state *state = request->state;

	log_server_warnx(request->fetcher->options.name,
	    "a write failed: %s", answer->error);
	answer_item(request, state->current, state->sent ||
	    answer->failure == HTTP_UNEXPECTED ? WRITE_FAILED :
	    WRITE_NOT_SENT, NULL);
	answer_rest(request, state->clear_sent ? WRITE_FAILED :
	    WRITE_NOT_SENT);
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

/* Of the group being written. */
static void
answer_rest(struct request *request, enum write_result result)
{
	struct write_state *state = request->state;
	uint32_t i;

	for (i = state->first; i < state->end; i++) {
		if (!state->answered[i])
			answer_item(request, i, result, &state->now[i]);
	}
}

/* Whatever has no answer yet was not sent. */
static void
leave_rest(struct request *request)
{
	struct write_state *state = request->state;
	uint32_t i;

	for (i = 0; i < state->asked.n_writes; i++) {
		if (!state->answered[i])
			answer_item(request, i, WRITE_NOT_SENT, NULL);
	}
}

static void
break_down(struct request *request, const struct http_answer *answer)
{
	leave_rest(request);
	request_failed(request, answer);
}

/* A group that has been begun is written to its end. */
void
request_write_hurry(struct request *request)
{
	struct write_state *state = request->state;

	state->hurried = true;
	if (request->http == NULL && request->step == next_write)
		request_later(request, 0, next_write);
}

static void
done(struct request *request)
{
	struct write_state *state = request->state;

	request_succeeded(request, state->asked.n_writes, 0,
	    state->asked.n_writes);
}
