/*
 * The activity log: whose item was started or stopped.  What was read goes to
 * the engine in one piece.
 */
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "request.h"

struct activity_state {
	struct message_activity	 asked;
	struct decoder		*decoder;
	struct message_acted	*entries;	/* as many as were asked for */
	uint32_t		 n;
	uint32_t		 dropped;
};

static int	begin(struct request *, const struct imsg *);
static void	clear(struct request *);
static void	ask(struct request *);
static void	take_entry(struct json_object *, void *);
static void	answered(struct request *, const struct http_answer *);

const struct request_kind request_activity = {
	sizeof(struct activity_state), begin, clear
};

static int
begin(struct request *request, const struct imsg *imsg)
{
	struct activity_state *state = request->state;

	if (message_get_activity(imsg, &state->asked) == -1)
		return -1;
	state->entries = calloc(state->asked.limit, sizeof(*state->entries));
	state->decoder = listing_new(LISTING_OBJECT, take_entry, state);
	if (state->entries == NULL || state->decoder == NULL)
		fatal("activity");
	ask(request);
	return 0;
}

static void
clear(struct request *request)
{
	struct activity_state *state = request->state;

	listing_free(state->decoder);
	free(state->entries);
}

static void
ask(struct request *request)
{
	struct activity_state *state = request->state;
	char path[JELLYFIN_PATH_SIZE];

	state->n = state->dropped = 0;
	jellyfin_activity_path(path, &state->asked);
	request_get(request, path, state->decoder, answered);
}

static void
take_entry(struct json_object *object, void *arg)
{
	struct activity_state *state = arg;

	if (state->n == state->asked.limit ||
	    jellyfin_acted(object, &state->entries[state->n]) == -1)
		state->dropped++;
	else
		state->n++;
}

static void
answered(struct request *request, const struct http_answer *answer)
{
	struct activity_state *state = request->state;
	uint32_t i;

	if (answer->failure != HTTP_OK) {
		if (!request_again(request, answer, ask))
			request_failed(request, answer);
		return;
	}
	for (i = 0; i < state->n; i++)
		message_put_acted(request_imsgbuf(request), request->id,
		    &state->entries[i]);
	request_succeeded(request, state->n, state->dropped,
	    request->counts.total);
}
