/*
 * What became owed to a server because somebody does something on another one
 * right now: it is written before anything else.  In memory only, and bounded:
 * what is not on the list is owed all the same.
 */
#include <sys/queue.h>

#include <stdlib.h>

#include "engine.h"
#include "log.h"

#define URGENT_MAX	1000		/* of a server */
#define COPIES_MAX	256		/* of one work */

struct urgent {
	TAILQ_ENTRY(urgent)	 entry;
	struct endpoint		*endpoint;
	int64_t			 item;
};

static struct endpoint *endpoint_by_id(struct engine *, int64_t,
		    struct server **);
static void	add(struct engine *, const struct copy_id *);

void
urgent_init(struct server *server)
{
	TAILQ_INIT(&server->urgent);
}

static struct endpoint *
endpoint_by_id(struct engine *engine, int64_t id, struct server **server)
{
	struct endpoint *endpoint;

	TAILQ_FOREACH(*server, &engine->servers, entry) {
		TAILQ_FOREACH(endpoint, &(*server)->endpoints, entry) {
			if (endpoint->id == id)
				return endpoint;
		}
	}
	return NULL;
}

static void
add(struct engine *engine, const struct copy_id *copy)
{
	struct endpoint *endpoint;
	struct server *server;
	struct urgent *urgent;

	endpoint = endpoint_by_id(engine, copy->endpoint, &server);
	if (endpoint == NULL || server->n_urgent >= URGENT_MAX)
		return;
	if ((urgent = calloc(1, sizeof(*urgent))) == NULL)
		fatal("calloc");
	urgent->endpoint = endpoint;
	urgent->item = copy->item;
	TAILQ_INSERT_TAIL(&server->urgent, urgent, entry);
	server->n_urgent++;
}

void
urgent_for(struct engine *engine, const struct endpoint *endpoint,
    int64_t item)
{
	struct copy_id ids[COPIES_MAX];
	struct copy_row row, other;
	size_t i, n;

	if (!store_get_copy(engine->store, endpoint->id, item, &row))
		return;
	n = store_copies_of_work(engine->store, row.person, row.work, ids,
	    COPIES_MAX);
	for (i = 0; i < n; i++) {
		if (store_get_copy(engine->store, ids[i].endpoint,
		    ids[i].item, &other) && other.need == NEED_WRITE)
			add(engine, &ids[i]);
	}
}

bool
urgent_is_there(const struct server *server)
{
	return !TAILQ_EMPTY(&server->urgent);
}

size_t
urgent_take(struct server *server, struct endpoint **endpoint,
    int64_t *items, size_t max)
{
	struct store *store = server->engine->store;
	struct urgent *urgent, *next;
	struct copy_row row;
	int64_t now = engine_now();
	size_t n = 0;

	*endpoint = NULL;
	TAILQ_FOREACH_SAFE(urgent, &server->urgent, entry, next) {
		if (n == max)
			break;
		if (*endpoint == NULL)
			*endpoint = urgent->endpoint;
		if (urgent->endpoint != *endpoint)
			continue;
		if (urgent->endpoint->present && store_get_copy(store,
		    urgent->endpoint->id, urgent->item, &row) &&
		    row.need == NEED_WRITE && row.not_before <= now)
			items[n++] = urgent->item;
		TAILQ_REMOVE(&server->urgent, urgent, entry);
		server->n_urgent--;
		free(urgent);
	}
	return n;
}

void
urgent_clear(struct server *server)
{
	struct urgent *urgent;

	while ((urgent = TAILQ_FIRST(&server->urgent)) != NULL) {
		TAILQ_REMOVE(&server->urgent, urgent, entry);
		free(urgent);
	}
	server->n_urgent = 0;
}
