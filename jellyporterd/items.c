/* Items read by their ids, for readings and before writes. */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "items.h"

static void	take_item(struct json_object *, void *);
static bool	was_asked(const struct items *, const struct jellyfin_id *);
static void	listed_answered(struct request *, const struct http_answer *);
static bool	is_asked_alone(const struct items *, size_t);
static void	next_alone(struct request *);
static void	ask_alone(struct request *);
static void	alone_answered(struct request *, const struct http_answer *);
static int	take_alternate(struct items *, const struct http_answer *);
static void	drop(struct items *, const struct jellyfin_id *);

struct items *
items_new(void)
{
	struct items *items;

	if ((items = calloc(1, sizeof(*items))) == NULL)
		return NULL;
	items->decoder = listing_new(LISTING_OBJECT, take_item, items);
	if (items->decoder == NULL) {
		items_free(items);
		return NULL;
	}
	listing_want(items->decoder, jellyfin_userdata_keys);
	return items;
}

void
items_free(struct items *items)
{
	if (items == NULL)
		return;
	listing_free(items->decoder);
	free(items);
}

static bool
was_asked(const struct items *items, const struct jellyfin_id *id)
{
	size_t i;

	for (i = 0; i < items->n_asked; i++) {
		if (jellyfin_id_equal(&items->asked[i].id, id))
			return !items->asked[i].alternate;
	}
	return false;
}

static void
take_item(struct json_object *object, void *arg)
{
	struct items *items = arg;
	struct message_userdata message;

	if (items->n == READ_IDS_MAX ||
	    jellyfin_item_userdata(object, &message) == -1 ||
	    !was_asked(items, &message.item))
		items->dropped++;
	else
		items->read[items->n++] = message;
}

void
items_get(struct request *request, struct items *items,
    const struct jellyfin_id *user, enum listing set,
    const struct read_item *asked, size_t n, request_done *done)
{
	struct jellyfin_id ids[READ_IDS_MAX];
	char path[JELLYFIN_PATH_SIZE];
	size_t i, n_listed = 0;

	request->items = items;
	items->user = user;
	items->asked = asked;
	items->n_asked = n;
	items->n = items->dropped = 0;
	items->next = 0;
	items->done = done;
	for (i = 0; i < n; i++) {
		if (!asked[i].alternate)
			ids[n_listed++] = asked[i].id;
	}
	if (n_listed == 0) {	/* no ids at all would ask for every item */
		next_alone(request);
		return;
	}
	jellyfin_ids_path(path, user, set, ids, n_listed);
	request_get(request, path, items->decoder, listed_answered);
}

static void
listed_answered(struct request *request, const struct http_answer *answer)
{
	if (answer->failure != HTTP_OK)
		request->items->done(request, answer);
	else
		next_alone(request);
}

static bool
is_asked_alone(const struct items *items, size_t i)
{
	return items->asked[i].alternate || (items->asked[i].parked &&
	    items_find(items, &items->asked[i].id) != NULL);
}

/* One by one; alternate versions written a moment ago, later. */
static void
next_alone(struct request *request)
{
	static const struct http_answer all_read = { .failure = HTTP_OK };
	struct items *items = request->items;
	int64_t wait;

	while (items->next < items->n_asked &&
	    !is_asked_alone(items, items->next))
		items->next++;
	if (items->next == items->n_asked) {
		items->done(request, &all_read);
		return;
	}
	wait = recent_wait(&request->fetcher->recent,
	    &items->asked[items->next].id, clock_ms());
	if (wait > 0)
		request_later(request, (unsigned int)wait, ask_alone);
	else
		ask_alone(request);
}

static void
ask_alone(struct request *request)
{
	struct items *items = request->items;
	char path[JELLYFIN_PATH_SIZE];

	jellyfin_userdata_path(path, items->user,
	    &items->asked[items->next].id);
	request_get(request, path, NULL, alone_answered);
}

static void
alone_answered(struct request *request, const struct http_answer *answer)
{
	struct items *items = request->items;
	const struct read_item *asked = &items->asked[items->next];
	struct http_answer odd;

	if (answer->failure != HTTP_OK && answer->failure != HTTP_NOT_FOUND) {
		items->done(request, answer);
		return;
	}
	if (answer->failure == HTTP_NOT_FOUND) {
		if (!asked->alternate)
			drop(items, &asked->id);
	} else if (asked->alternate && take_alternate(items, answer) == -1) {
		odd = *answer;
		request_no_userdata(&odd);
		items->done(request, &odd);
		return;
	}
	items->next++;
	next_alone(request);
}

static int
take_alternate(struct items *items, const struct http_answer *answer)
{
	struct message_userdata *read = &items->read[items->n];
	struct json_object *object;
	int result;

	object = jellyfin_parse(answer->body, answer->body_len);
	result = jellyfin_userdata(object, &read->userdata);
	json_object_put(object);
	if (result == -1)
		return -1;
	read->item = items->asked[items->next].id;
	items->n++;
	return 0;
}

/* It answered to ids=, but it is not there for this user. */
static void
drop(struct items *items, const struct jellyfin_id *id)
{
	uint32_t i;

	for (i = 0; i < items->n; i++) {
		if (jellyfin_id_equal(&items->read[i].item, id)) {
			items->read[i] = items->read[--items->n];
			return;
		}
	}
}

const struct userdata *
items_find(const struct items *items, const struct jellyfin_id *id)
{
	uint32_t i;

	for (i = 0; i < items->n; i++) {
		if (jellyfin_id_equal(&items->read[i].item, id))
			return &items->read[i].userdata;
	}
	return NULL;
}
