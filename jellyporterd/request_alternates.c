/*
 * Of which files some items consist: those with several have alternate
 * versions, whose ids nothing else tells.  What was read goes to the engine in
 * one piece.
 */
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "request.h"

#define FILES_MAX	64	/* of one item; more are dropped */

struct alternates_state {
	struct message_alternates	 asked;
	struct decoder			*decoder;
	struct alternate_record		*records;
	size_t				 n;
	size_t				 size;
	uint32_t			 dropped;	/* items */
};

static int	begin(struct request *, const struct imsg *);
static void	clear(struct request *);
static void	ask(struct request *);
static void	take_item(struct json_object *, void *);
static void	answered(struct request *, const struct http_answer *);

const struct request_kind request_alternates = {
	sizeof(struct alternates_state), begin, clear
};

static int
begin(struct request *request, const struct imsg *imsg)
{
	struct alternates_state *state = request->state;

	if (message_get_alternates(imsg, &state->asked) == -1)
		return -1;
	if ((state->decoder = listing_new(LISTING_OBJECT, take_item, state)) ==
	    NULL)
		fatal("listing_new");
	ask(request);
	return 0;
}

static void
clear(struct request *request)
{
	struct alternates_state *state = request->state;

	listing_free(state->decoder);
	free(state->records);
}

static void
ask(struct request *request)
{
	struct alternates_state *state = request->state;
	char path[JELLYFIN_PATH_SIZE];

	state->n = 0;
	state->dropped = 0;
	jellyfin_alternates_path(path, state->asked.items,
	    state->asked.n_items);
	request_get(request, path, state->decoder, answered);
}

static void
take_item(struct json_object *object, void *arg)
{
	struct alternates_state *state = arg;
	struct alternate_record *grown;
	int n;

	if (state->n + FILES_MAX > state->size) {
		grown = reallocarray(state->records, state->size + 8 * FILES_MAX,
		    sizeof(*grown));
		if (grown == NULL)
			fatal("reallocarray");
		state->records = grown;
		state->size += 8 * FILES_MAX;
	}
	n = jellyfin_alternates(object, &state->records[state->n], FILES_MAX);
	if (n == -1)
		state->dropped++;
	else
		state->n += (size_t)n;
}

static void
answered(struct request *request, const struct http_answer *answer)
{
	struct alternates_state *state = request->state;
	size_t i;

	if (answer->failure != HTTP_OK) {
		if (!request_again(request, answer, ask))
			request_failed(request, answer);
		return;
	}
	for (i = 0; i < state->n; i++)
		message_put_alternate(request_imsgbuf(request), request->id,
		    &state->records[i]);
	request_succeeded(request, (uint32_t)state->n, state->dropped,
	    (uint32_t)state->n + state->dropped);
}
