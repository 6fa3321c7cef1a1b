/*
 * Who plays what on a server that does not tell of changes itself.  A stop is a
 * reason to read that item, and to write what waited for it.
 */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "engine.h"
#include "log.h"

#define PLAYING_MAX	200	/* of our users; more are not watched */
#define TOLD_LATELY	600	/* seconds since a webhook's last event */
#define SHARE		20	/* one part in so many of its time is ours */
#define BUSY		500	/* ms, until another look at a busy lane */

struct playing {
	struct endpoint	*endpoint;
	int64_t		 item;
};

struct sessions {
	struct event	*timer;
	struct playing	 now[PLAYING_MAX];	/* being read, */
	size_t		 n_now;
	struct playing	 before[PLAYING_MAX];	/* and at the last look */
	size_t		 n_before;
};

static void	look(evutil_socket_t, short, void *);
static void	look_later(struct server *, int64_t);
static bool	is_wanted(const struct server *);
static bool	still_plays(const struct sessions *, const struct playing *);

/* A server that took long for the last look is not asked as often. */
static void
look_later(struct server *server, int64_t took)
{
	const struct message_engine_options *options = &server->engine->options;
	int64_t wait = (int64_t)options->sessions_poll * 1000;

	if (wait < took * SHARE)
		wait = took * SHARE;
	if (options->sessions_poll > 0 && !options->once && !server->plan_only)
		clock_start(server->sessions->timer, wait);
}

void
sessions_init(struct server *server)
{
	struct sessions *sessions;

	if ((sessions = calloc(1, sizeof(*sessions))) == NULL ||
	    (sessions->timer = evtimer_new(server->engine->base, look,
	    server)) == NULL)
		fatal("sessions");
	server->sessions = sessions;
	look_later(server, 0);
}

/* Not of one that tells of stops as they happen. */
static bool
is_wanted(const struct server *server)
{
	return server->link != NULL && server->contacted &&
	    server->live != LIVE_UP && (server->last_event == 0 ||
	    engine_now() - server->last_event > TOLD_LATELY) &&
	    !engine_plans(server->engine) && !server->engine->plan_wanted &&
	    !engine_is_paused(server->engine);
}

static void
look(evutil_socket_t fd, short what, void *arg)
{
	struct server *server = arg;
	struct sessions *sessions = server->sessions;
	uint32_t id;

	(void)fd;
	(void)what;
	if (!is_wanted(server)) {
		sessions->n_before = 0;
		look_later(server, 0);
		return;
	}
	if (server->small.id != 0 || server->phase == PHASE_CONTACT) {
		clock_start(sessions->timer, BUSY);
		return;
	}
	sessions->n_now = 0;
	id = engine_request(server, &server->small, MESSAGE_SESSIONS, NULL);
	server->small.owner = OWNER_SESSIONS;
	message_put_empty(channel_imsgbuf(server->link), MESSAGE_SESSIONS, id);
	channel_written(server->link);
}

void
sessions_playing(struct server *server, const struct message_playing *message)
{
	struct sessions *sessions = server->sessions;
	struct endpoint *endpoint;
	int64_t item;

	item = store_item(server->engine->store, server->id, &message->item);
	TAILQ_FOREACH(endpoint, &server->endpoints, entry) {
		if (item != 0 && endpoint->present &&
		    sessions->n_now < PLAYING_MAX &&
		    jellyfin_id_equal(&endpoint->user_id, &message->user)) {
			sessions->now[sessions->n_now].endpoint = endpoint;
			sessions->now[sessions->n_now++].item = item;
		}
	}
}

static bool
still_plays(const struct sessions *sessions, const struct playing *playing)
{
	size_t i;

	for (i = 0; i < sessions->n_now; i++) {
		if (sessions->now[i].endpoint == playing->endpoint &&
		    sessions->now[i].item == playing->item)
			return true;
	}
	return false;
}

void
sessions_result(struct server *server, const struct message_result *result)
{
	struct sessions *sessions = server->sessions;
	size_t i;

	server->small.id = 0;
	if (result->result == REQUEST_OK) {
		for (i = 0; i < sessions->n_before; i++) {
			if (!still_plays(sessions, &sessions->before[i]))
				dirty_stopped(server,
				    sessions->before[i].endpoint,
				    sessions->before[i].item);
		}
		memcpy(sessions->before, sessions->now,
		    sessions->n_now * sizeof(sessions->now[0]));
		sessions->n_before = sessions->n_now;
	}
	look_later(server, clock_ms() - server->small.began_ms);
	sync_changed(server->engine);
}

/* A look that was under way has no end. */
void
sessions_link_lost(struct server *server)
{
	if (!evtimer_pending(server->sessions->timer, NULL))
		look_later(server, 0);
}
