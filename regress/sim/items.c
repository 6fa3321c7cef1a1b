/*
 * GET /Items and GET /UserItems/Resume: listings, as one stream of items.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "answer.h"
#include "date.h"
#include "handlers.h"
#include "item_query.h"
#include "items.h"
#include "memory.h"
#include "sim.h"
#include "userdata.h"

#define PIECE		(64 * 1024)	/* bytes written at a time */
/* How old a change may be and still be missed by a stale answer. */
#define STALE_FOREVER	(INT64_C(1000) * 365 * 86400 * DATE_TICKS_PER_SECOND)

/* An answer on its way; it is what was true when it began. */
struct listing {
	const struct sim	*sim;
	uint32_t		*items;
	struct state		*states;	/* or NULL */
	uint32_t		 fields;
	uint32_t		 next;
	uint32_t		 end;
	uint32_t		 first;
	int64_t			 total;
	int64_t			 start;
	bool			 begun;
};

static void	cut_page(const struct request *, const struct item_query *,
		    struct listing *, uint32_t);
static void	bend_page(const struct request *, struct listing *, int64_t);
static void	take_states(const struct request *, const struct item_query *,
		    struct listing *);
static bool	listing_more(void *, struct json_out *);
static void	listing_done(void *);
static void	list(struct request *, const struct item_query *, uint32_t *,
		    uint32_t);
static void	list_folders(struct request *);
static uint32_t	*select_resumable(const struct request *,
		    const struct item_query *, uint32_t *);

enum request_kind
items_kind(const struct request *request)
{
	static const struct {
		const char		*filter;
		enum request_kind	 kind;
	} kinds[] = {
		{ "IsPlayed", REQUEST_STATE_PLAYED },
		{ "IsResumable", REQUEST_STATE_RESUMABLE },
		{ "IsFavorite", REQUEST_STATE_FAVORITE },
	};
	const char *filters = request_query(request, "filters");
	const char *limit = request_query(request, "limit");
	size_t i;

	if (request_query(request, "ids") != NULL)
		return REQUEST_IDS;
	if (filters != NULL && strcasecmp(filters, "IsPlayed") == 0 &&
	    limit != NULL && strcmp(limit, "0") == 0)
		return REQUEST_COUNT_PLAYED;
	for (i = 0; filters != NULL && i < sizeof(kinds) / sizeof(kinds[0]);
	    i++)
		if (strcasecmp(kinds[i].filter, filters) == 0)
			return kinds[i].kind;
	if (request_query(request, "userId") == NULL &&
	    request->caller.user == NULL)
		return request_query(request, "minDateLastSavedForUser") ==
		    NULL ? REQUEST_IDENTITY : REQUEST_NEWS;
	return REQUEST_STATE;
}

int
items_load(struct request *request, struct pace_load *load)
{
	struct item_query query;
	uint32_t n;

	if (request->kind > REQUEST_IDS || request->route == NULL ||
	    !request->caller.known)
		return -1;
	/* A bad query is answered by its handler, not while it is weighed. */
	if (item_query_read(request, &query) == -1)
		return -1;
	free(item_query_select(request, &query, &n));
	memset(load, 0, sizeof(*load));
	load->items = request->sim->library.n_items;
	load->matching = n;
	load->returned = query.has_limit && query.limit < n ? query.limit : n;
	load->has_user = query.user != NULL;
	load->has_page = query.has_limit && query.limit > 0 &&
	    query.enable_total;
	load->by_ids = query.by_ids;
	load->by_date_played = query.sort == SORT_DATE_PLAYED;
	return 0;
}

static void
cut_page(const struct request *request, const struct item_query *query,
    struct listing *listing, uint32_t n)
{
	int64_t start = query->start < 0 ? 0 : query->start;

	listing->start = start;
	if (start > n)
		start = n;
	listing->next = (uint32_t)start;
	listing->end = n;
	if (query->has_limit && query->limit < n - start)
		listing->end = (uint32_t)(start + query->limit);
	listing->total = query->enable_total ? n :
	    listing->end - listing->next;
	bend_page(request, listing, query->has_limit ? query->limit : n);
	listing->first = listing->next;
}

/* The faults that a list alone can have. */
static void
bend_page(const struct request *request, struct listing *listing,
    int64_t page)
{
	const struct fault *fault = &request->fault;
	int64_t back;

	if (fault->kind == FAULT_SHORT_PAGE && listing->end > listing->next)
		listing->end--;
	if (fault->kind == FAULT_EMPTY_LIST) {
		listing->end = listing->next;
		listing->total = 0;
	}
	if (fault->kind == FAULT_WRONG_TOTAL)
		listing->total = fault->total;
	if (fault->kind == FAULT_REPEAT_PAGE) {
		back = page < listing->next ? page : listing->next;
		listing->next -= (uint32_t)back;
		listing->end -= (uint32_t)back;
	}
}

static void
take_states(const struct request *request, const struct item_query *query,
    struct listing *listing)
{
	uint32_t i;

	if (query->user == NULL || !query->enable_userdata)
		return;
	for (i = listing->first; query->by_ids && i < listing->end; i++)
		writes_looked(request->sim, query->user, listing->items[i]);
	listing->states = memory_zeroed(listing->end - listing->first,
	    sizeof(*listing->states));
	for (i = listing->first; i < listing->end; i++) {
		if (request->fault.kind == FAULT_STALE)
			userdata_get_stale(request->sim, query->user,
			    listing->items[i], STALE_FOREVER,
			    &listing->states[i - listing->first]);
		else
			userdata_get(request->sim, query->user,
			    listing->items[i],
			    &listing->states[i - listing->first]);
		userdata_show(request->sim, query->user, listing->items[i],
		    &listing->states[i - listing->first]);
	}
}

static bool
listing_more(void *arg, struct json_out *out)
{
	struct listing *listing = arg;

	if (!listing->begun)
		out_literal(out, "{\"Items\":[");
	for (; listing->next < listing->end && out->length < PIECE;
	    listing->next++) {
		if (listing->next > listing->first)
			out_literal(out, ",");
		item_json(listing->sim, listing->items[listing->next],
		    listing->fields, listing->states == NULL ? NULL :
		    &listing->states[listing->next - listing->first], out);
	}
	listing->begun = true;
	if (listing->next < listing->end)
		return true;
	out_literal(out, "],\"TotalRecordCount\":");
	out_number(out, listing->total);
	out_literal(out, ",\"StartIndex\":");
	out_number(out, listing->start);
	out_literal(out, "}");
	return false;
}

static void
listing_done(void *arg)
{
	struct listing *listing = arg;

	free(listing->items);
	free(listing->states);
	free(listing);
}

/* Takes items over. */
static void
list(struct request *request, const struct item_query *query, uint32_t *items,
    uint32_t n)
{
	struct listing *listing = memory_zeroed(1, sizeof(*listing));

	listing->sim = request->sim;
	listing->items = items;
	listing->fields = query->fields;
	cut_page(request, query, listing, n);
	take_states(request, query, listing);
	answer_stream(request, listing_more, listing_done, listing);
}

/* The root: what is asked neither for ids, a parent nor all below it. */
static void
list_folders(struct request *request)
{
	struct json_out out;
	int i;

	json_out_init(&out, request->sim->options.raw);
	out_literal(&out, "{\"Items\":[");
	for (i = 0; i < LIBRARY_COUNT; i++) {
		if (i > 0)
			out_literal(&out, ",");
		item_folder_json(request->sim,
		    &request->sim->library.folders[i], &out);
	}
	out_literal(&out, "],\"TotalRecordCount\":2,\"StartIndex\":0}");
	answer_json(request, &out);
	json_out_free(&out);
}

void
handle_items(struct request *request)
{
	struct item_query query;
	uint32_t *items, n;

	if (item_query_read(request, &query) == -1)
		return;
	if (!query.recursive && !query.by_ids && !query.has_parent) {
		list_folders(request);
		return;
	}
	items = item_query_select(request, &query, &n);
	list(request, &query, items, n);
}

/* On 12, the one listing that shows alternate versions. */
static uint32_t *
select_resumable(const struct request *request, const struct item_query *query,
    uint32_t *n)
{
	const struct sim *sim = request->sim;
	const struct library *library = &sim->library;
	uint32_t *items, i;

	*n = 0;
	items = memory_zeroed(library->n_items, sizeof(*items));
	for (i = 0; i < library->n_items; i++) {
		if (!sim_is_12(sim) && library_is_version(library, i))
			continue;
		if (userdata_is_resumable(sim, query->user, i) &&
		    !library->items[i].removed &&
		    users_may_see(sim, query->user, i))
			items[(*n)++] = i;
	}
	return items;
}

void
handle_resume(struct request *request)
{
	struct item_query query;
	struct user *user;
	uint32_t *items, n;

	if (request_user(request, false, &user) == -1 ||
	    item_query_read(request, &query) == -1)
		return;
	items = select_resumable(request, &query, &n);
	list(request, &query, items, n);
}
