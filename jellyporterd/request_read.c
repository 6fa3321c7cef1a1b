/*
 * A reading of items by their ids, with the userdata of one user.  What was
 * read goes to the engine in one piece, so that half of a failed try never
 * passes for something newer.
 */
#include <string.h>

#include "items.h"
#include "log.h"
#include "request.h"

struct read_state {
	struct message_read	 asked;
	struct items		*items;
	struct decoder		*sessions;
	bool			 playing[READ_IDS_MAX];
};

static int	begin(struct request *, const struct imsg *);
static void	clear(struct request *);
static void	ask_sessions(struct request *);
static void	take_session(struct json_object *, void *);
static void	sessions_answered(struct request *,
		    const struct http_answer *);
static void	ask(struct request *);
static void	answered(struct request *, const struct http_answer *);

const struct request_kind request_read = {
	sizeof(struct read_state), begin, clear
};

static int
begin(struct request *request, const struct imsg *imsg)
{
	struct read_state *state = request->state;

	if (message_get_read(imsg, &state->asked) == -1)
		return -1;
	if ((state->items = items_new()) == NULL)
		fatal("items_new");
	if (state->asked.sessions)
		ask_sessions(request);
	else
		ask(request);
	return 0;
}

static void
clear(struct request *request)
{
	struct read_state *state = request->state;

	listing_free(state->sessions);
	items_free(state->items);
}

/*
 * First what is played, then how it looks: who stops in between is read as one
 * who still plays, and the stop is a reason to read again.
 */
static void
ask_sessions(struct request *request)
{
	struct read_state *state = request->state;

	if (state->sessions == NULL && (state->sessions =
	    listing_new(LISTING_ARRAY, take_session, state)) == NULL)
		fatal("listing_new");
	memset(state->playing, 0, sizeof(state->playing));
	request_get(request, "/Sessions", state->sessions, sessions_answered);
}

static void
take_session(struct json_object *object, void *arg)
{
	struct read_state *state = arg;
	struct jellyfin_id user, item;
	uint32_t i;

	if (jellyfin_now_playing(object, &user, &item) != 1 ||
	    !jellyfin_id_equal(&user, &state->asked.user))
		return;
	for (i = 0; i < state->asked.n_items; i++) {
		if (jellyfin_id_equal(&state->asked.items[i].id, &item))
			state->playing[i] = true;
	}
}

static void
sessions_answered(struct request *request, const struct http_answer *answer)
{
	if (answer->failure == HTTP_OK) {
		request->tries = 0;
		ask(request);
	} else if (!request_again(request, answer, ask_sessions)) {
		request_failed(request, answer);
	}
}

static void
ask(struct request *request)
{
	struct read_state *state = request->state;

	items_get(request, state->items, &state->asked.user,
	    state->asked.set, state->asked.items, state->asked.n_items,
	    answered);
}

static void
answered(struct request *request, const struct http_answer *answer)
{
	struct read_state *state = request->state;
	struct message_playing playing;
	uint32_t i;

	if (answer->failure != HTTP_OK) {
		if (!request_again(request, answer, ask))
			request_failed(request, answer);
		return;
	}
	for (i = 0; i < state->asked.n_items; i++) {
		if (!state->playing[i])
			continue;
		playing.user = state->asked.user;
		playing.item = state->asked.items[i].id;
		message_put_playing(request_imsgbuf(request), request->id,
		    &playing);
	}
	for (i = 0; i < state->items->n; i++)
		message_put_userdata(request_imsgbuf(request), request->id,
		    &state->items->read[i]);
	request_succeeded(request, state->items->n, state->items->dropped,
	    state->items->n + state->items->dropped);
}
