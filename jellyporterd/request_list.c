/*
 * Listings: a whole list in one answer, or, where a server or its proxy cannot
 * do that in time, page by page.  Nothing of a list counts unless all of it
 * came: a pass through it either ends well or is made again from its start.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "id_set.h"
#include "log.h"
#include "request.h"
#include "text.h"

#define LIST_TIMEOUT		(15 * 60)	/* seconds */
#define PAGE_FIRST		20000		/* items */
#define PAGE_LEAST		500
#define PASSES_MAX		2	/* that made no sense */
#define PASS_PAUSE		1000	/* ms, between two of these */
#define REASON_SIZE		256

struct list_state {
	struct message_list	 asked;
	struct decoder		*decoder;
	struct jellyfin_id	*libraries;	/* NULL: all in one */
	size_t			 n_libraries;
	struct id_set		*seen;		/* of several libraries */
	uint32_t		 page_size;	/* 0: the whole list */
	unsigned int		 nonsense;	/* passes */

	/* where this pass is */
	size_t			 library;
	uint32_t		 start;		/* of the next page */
	uint32_t		 library_total;	/* by its first page */
	uint32_t		 page_dropped;

	/* what came of it so far */
	uint32_t		 records;
	uint32_t		 dropped;
	uint32_t		 total;
};

static int	begin(struct request *, const struct imsg *);
static bool	is_count(const struct list_state *);
static uint32_t	page_size(const struct list_state *);
static int	copy_libraries(struct list_state *, const struct libraries *);
static void	clear(struct request *);
static void	begin_pass(struct request *);
static void	ask_page(struct request *);
static void	take_item(struct json_object *, void *);
static int	send_item(struct request *, struct json_object *);
static int	send_userdata(struct request *, struct json_object *);
static bool	is_double(struct list_state *, const struct jellyfin_id *);
static void	page_answered(struct request *, const struct http_answer *);
static void	page_failed(struct request *, const struct http_answer *);
static bool	is_too_slow(const struct http_answer *);
static bool	shrink(struct request *, const struct http_answer *);
static int	check_page(const struct request *, char *);
static void	page_done(struct request *);
static void	pass_made_no_sense(struct request *, const char *);
static void	list_failed(struct request *, const struct http_answer *);
static void	done(struct request *);

const struct request_kind request_list = {
	sizeof(struct list_state), begin, clear
};

static int
begin(struct request *request, const struct imsg *imsg)
{
	const struct fetcher *fetcher = request->fetcher;
	struct list_state *state = request->state;

	if (message_get_list(imsg, &state->asked) == -1)
		return -1;
	state->page_size = state->asked.page_size;
	if (fetcher->options.page_size != 0)
		state->page_size = fetcher->options.page_size;
	if ((state->decoder = listing_new(LISTING_OBJECT, take_item,
	    request)) == NULL)
		fatal("listing_new");
	listing_want(state->decoder,
	    listing_is_of_items(state->asked.listing) ? jellyfin_item_keys :
	    jellyfin_userdata_keys);
	/* The engine makes contact first, and that finds the libraries. */
	if (fetcher->libraries.n_wanted > 0 &&
	    copy_libraries(state, &fetcher->libraries) == -1)
		return -1;
	begin_pass(request);
	return 0;
}

/* The total alone is asked for. */
static bool
is_count(const struct list_state *state)
{
	return state->asked.listing == LISTING_COUNT_PLAYED;
}

/* That hint is short, and has no order that would make pages of it. */
static uint32_t
page_size(const struct list_state *state)
{
	return state->asked.listing == LISTING_RESUME || is_count(state) ? 0 :
	    state->page_size;
}

static int
copy_libraries(struct list_state *state, const struct libraries *libraries)
{
	if (!libraries->known)
		return -1;
	state->n_libraries = libraries->n_ids;
	state->libraries = calloc(libraries->n_ids, sizeof(*libraries->ids));
	if (state->libraries == NULL)
		fatal("calloc");
	memcpy(state->libraries, libraries->ids,
	    libraries->n_ids * sizeof(*libraries->ids));
	if (state->n_libraries > 1 && (state->seen = id_set_new()) == NULL)
		fatal("id_set_new");
	return 0;
}

static void
clear(struct request *request)
{
	struct list_state *state = request->state;

	listing_free(state->decoder);
	id_set_free(state->seen);
	free(state->libraries);
}

static void
begin_pass(struct request *request)
{
	struct list_state *state = request->state;

	state->library = 0;
	state->start = state->library_total = 0;
	state->records = state->dropped = state->total = 0;
	if (state->seen != NULL)
		id_set_clear(state->seen);
	request->tries = 0;
	ask_page(request);
}

static void
ask_page(struct request *request)
{
	struct list_state *state = request->state;
	char path[JELLYFIN_PATH_SIZE];
	struct jellyfin_page page;
	struct http_call call;

	page.library = state->libraries == NULL ? NULL :
	    &state->libraries[state->library];
	page.start = state->start;
	page.size = page_size(state);
	jellyfin_list_path(path, &state->asked, &page);
	memset(&call, 0, sizeof(call));
	call.method = HTTP_GET;
	call.path = path;
	call.timeout = request->fetcher->options.timeout;
	if (call.timeout < LIST_TIMEOUT)
		call.timeout = LIST_TIMEOUT;
	state->page_dropped = 0;
	request_call(request, &call, state->decoder, page_answered);
}

/* Items, as they come */

/* Another library of this pass had it: it is sent once, as it has one id. */
static bool
is_double(struct list_state *state, const struct jellyfin_id *id)
{
	return state->seen != NULL &&
	    id_set_first(state->seen, id, state->library) != state->library;
}

static int
send_item(struct request *request, struct json_object *object)
{
	static struct item_record record;

	if (jellyfin_item(object, &record) == -1 ||
	    is_double(request->state, &record.id))
		return -1;
	message_put_item(request_imsgbuf(request), request->id, &record);
	return 0;
}

static int
send_userdata(struct request *request, struct json_object *object)
{
	struct message_userdata message;

	if (jellyfin_item_userdata(object, &message) == -1 ||
	    is_double(request->state, &message.item))
		return -1;
	message_put_userdata(request_imsgbuf(request), request->id, &message);
	return 0;
}

static void
take_item(struct json_object *object, void *arg)
{
	struct request *request = arg;
	struct list_state *state = request->state;
	int result;

	if (listing_is_of_items(state->asked.listing))
		result = send_item(request, object);
	else
		result = send_userdata(request, object);
	if (result == -1)
		state->page_dropped++;
}

/* Pages */

static void
page_answered(struct request *request, const struct http_answer *answer)
{
	char why[REASON_SIZE];

	if (answer->failure == HTTP_NONSENSE)
		pass_made_no_sense(request, answer->error);
	else if (answer->failure != HTTP_OK)
		page_failed(request, answer);
	else if (check_page(request, why) == -1)
		pass_made_no_sense(request, why);
	else
		page_done(request);
}

/* Asking for the same again would only take as long again. */
static bool
is_too_slow(const struct http_answer *answer)
{
	return answer->failure == HTTP_TIMEOUT || answer->status == 504;
}

static void
page_failed(struct request *request, const struct http_answer *answer)
{
	if (!is_too_slow(answer) && request_again(request, answer, ask_page))
		return;
	if (!shrink(request, answer))
		list_failed(request, answer);
}

/*
 * A page costs the server as much as the whole list does (jellyfin-api:
 * costs): smaller ones only after these have failed.  False if that does not
 * help, or cannot be.
 */
static bool
shrink(struct request *request, const struct http_answer *answer)
{
	struct list_state *state = request->state;
	uint32_t smaller = state->page_size / 2;

	if (state->asked.listing == LISTING_RESUME || is_count(state) ||
	    (answer->failure != HTTP_TIMEOUT && answer->failure != HTTP_CUT &&
	    answer->failure != HTTP_SERVER_ERROR))
		return false;
	if (state->page_size == 0)
		smaller = PAGE_FIRST;
	else if (state->page_size <= PAGE_LEAST)
		return false;
	else if (smaller < PAGE_LEAST)
		smaller = PAGE_LEAST;
	state->page_size = smaller;
	log_server_info(request->fetcher->options.name,
	    "%s: trying pages of %u items", answer->error, smaller);
	begin_pass(request);
	return true;
}

/* Is this the page that was asked for, all of it, of the same list? */
static int
check_page(const struct request *request, char *why)
{
	const struct list_state *state = request->state;
	const struct listing_counts *counts = &request->counts;
	uint32_t left, expected;
	int n = 0;

	left = counts->total < state->start ? 0 : counts->total - state->start;
	expected = is_count(state) ? 0 : left;
	if (page_size(state) != 0 && expected > page_size(state))
		expected = page_size(state);
	if (counts->start != state->start)
		n = snprintf(why, REASON_SIZE, "GET /Items: asked for items "
		    "from number %u on, it answered with those from %u on",
		    state->start, counts->start);
	else if (state->start > 0 && counts->total != state->library_total)
		n = snprintf(why, REASON_SIZE, "GET /Items: it counts %u %s, "
		    "but counted %u a page before", counts->total,
		    counts->total == 1 ? "item" : "items",
		    state->library_total);
	else if (counts->items != expected)
		n = snprintf(why, REASON_SIZE, "GET /Items: it counts %u %s, "
		    "so from number %u on %u should have come, but %u came",
		    counts->total, counts->total == 1 ? "item" : "items",
		    state->start, expected, counts->items);
	else if (state->total > LISTING_ITEMS_MAX)
		n = snprintf(why, REASON_SIZE, "GET /Items: more than %d "
		    "items", LISTING_ITEMS_MAX);
	return n == 0 ? 0 : -1;
}

static void
page_done(struct request *request)
{
	struct list_state *state = request->state;
	const struct listing_counts *counts = &request->counts;

	request->tries = 0;
	state->records += counts->items - state->page_dropped;
	state->dropped += state->page_dropped;
	state->library_total = counts->total;
	state->start += counts->items;
	if (state->start < counts->total && !is_count(state)) {
		ask_page(request);
		return;
	}
	state->total += counts->total;
	state->start = state->library_total = 0;
	if (++state->library < state->n_libraries)
		ask_page(request);
	else
		done(request);
}

/* A list that changed meanwhile is well the next time. */
static void
pass_made_no_sense(struct request *request, const char *why)
{
	struct list_state *state = request->state;

	if (++state->nonsense < PASSES_MAX) {
		log_server_debug(request->fetcher->options.name,
		    "%s: reading that list again", why);
		request_later(request, PASS_PAUSE, begin_pass);
		return;
	}
	request_refuse(request, REQUEST_NONSENSE, "%s list: %s",
	    listing_name(state->asked.listing), why);
}

static void
list_failed(struct request *request, const struct http_answer *answer)
{
	struct list_state *state = request->state;
	struct message_result result;

	memset(&result, 0, sizeof(result));
	request_describe(answer, &result);
	/* What is unknown here can only be the user. */
	if (result.result == REQUEST_MISSING &&
	    listing_is_of_items(state->asked.listing))
		result.result = REQUEST_NONSENSE;
	request_refuse(request, result.result, "%s list: %s",
	    listing_name(state->asked.listing), result.error);
}

static void
done(struct request *request)
{
	struct list_state *state = request->state;
	struct message_result result;

	memset(&result, 0, sizeof(result));
	result.result = REQUEST_OK;
	result.records = state->records;
	result.dropped = state->dropped;
	result.total = state->total;
	result.page_size = state->page_size;
	request_end(request, &result);
}
