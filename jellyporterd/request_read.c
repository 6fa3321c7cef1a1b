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
};

static int	begin(struct request *, const struct imsg *);
static void	clear(struct request *);
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
	ask(request);
	return 0;
}

static void
clear(struct request *request)
{
	struct read_state *state = request->state;

	items_free(state->items);
}

static void
ask(struct request *request)
{
	struct read_state *state = request->state;

	items_get(request, state->items, &state->asked.user,
	    state->asked.items, state->asked.n_items, answered);
}

static void
answered(struct request *request, const struct http_answer *answer)
{
	struct read_state *state = request->state;
	struct message_result result;
	uint32_t i;

	if (answer->failure != HTTP_OK) {
		if (!request_again(request, answer, ask))
			request_failed(request, answer);
		return;
	}
	memset(&result, 0, sizeof(result));
	for (i = 0; i < state->items->n; i++)
		message_put_userdata(request_imsgbuf(request), request->id,
		    &state->items->read[i]);
	result.result = REQUEST_OK;
	result.records = state->items->n;
	result.dropped = state->items->dropped;
	result.total = state->items->n + state->items->dropped;
	request_end(request, &result);
}
