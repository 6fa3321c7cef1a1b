/* Who plays what on the server, just now. */
#include <string.h>

#include "log.h"
#include "request.h"

#define PLAYING_MAX	1000	/* more are dropped */

struct sessions_state {
	struct decoder		*decoder;
	struct message_playing	 playing[PLAYING_MAX];
	uint32_t		 n;
	uint32_t		 dropped;
};

static int	begin(struct request *, const struct imsg *);
static void	clear(struct request *);
static void	ask(struct request *);
static void	take_session(struct json_object *, void *);
static void	answered(struct request *, const struct http_answer *);

const struct request_kind request_sessions = {
	sizeof(struct sessions_state), begin, clear
};

static int
begin(struct request *request, const struct imsg *imsg)
{
	struct sessions_state *state = request->state;

	if (imsg_get_len(imsg) != 0)
		return -1;
	if ((state->decoder = listing_new(LISTING_ARRAY, take_session,
	    state)) == NULL)
		fatal("listing_new");
	ask(request);
	return 0;
}

static void
clear(struct request *request)
{
	struct sessions_state *state = request->state;

	listing_free(state->decoder);
}

static void
ask(struct request *request)
{
	struct sessions_state *state = request->state;

	state->n = state->dropped = 0;
	request_get(request, "/Sessions", state->decoder, answered);
}

static void
take_session(struct json_object *object, void *arg)
{
	struct sessions_state *state = arg;
	struct message_playing *playing = &state->playing[state->n];

	if (state->n == PLAYING_MAX)
		state->dropped++;
	else if (jellyfin_now_playing(object, &playing->user,
	    &playing->item) == 1)
		state->n++;
}

static void
answered(struct request *request, const struct http_answer *answer)
{
	struct sessions_state *state = request->state;
	uint32_t i;

	/* The next look is soon enough. */
	if (answer->failure != HTTP_OK) {
		request_failed(request, answer);
		return;
	}
	for (i = 0; i < state->n; i++)
		message_put_playing(request_imsgbuf(request), request->id,
		    &state->playing[i]);
	request_succeeded(request, state->n, state->dropped,
	    state->n + state->dropped);
}
