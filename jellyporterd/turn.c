/*
 * Whose turn it is to be read.  A listing is what costs a server most, so of
 * all servers on one host one is listed at a time, and what nobody waits for
 * leaves it as much time between two of them as it has taken.
 */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "engine.h"
#include "log.h"
#include "server_host.h"

#define STALLED		20000	/* ms without a record: it holds nobody up */
#define LOOK_AGAIN	1000	/* ms, at one that may stall */

struct turn {
	char		 host[NAME_SIZE];	/* "": it shares none */
	struct event	*timer;
	int64_t		 wanted;	/* ms; 0: it waits for no turn */
	int64_t		 ended;		/* ms, its last listing; 0: none */
	int64_t		 rest_until;	/* ms */
	int64_t		 received;	/* records, when it was looked at, */
	int64_t		 moved;		/* ms, and was that many first */
};

static bool	is_neighbour(const struct server *, const struct server *);
static bool	is_listed(const struct server *, int64_t);
static int64_t	wait_for(const struct server *, int64_t);
static void	look_again(evutil_socket_t, short, void *);

void
turn_init(struct server *server, const char *url)
{
	struct server_host host;
	struct turn *turn;

	if ((turn = calloc(1, sizeof(*turn))) == NULL ||
	    (turn->timer = evtimer_new(server->engine->base, look_again,
	    server)) == NULL)
		fatal("turn");
	if (server_host_parse(url, &host) != -1)
		strlcpy(turn->host, host.name, sizeof(turn->host));
	server->turn = turn;
}

static bool
is_neighbour(const struct server *server, const struct server *other)
{
	return other != server && server->turn->host[0] != '\0' &&
	    strcasecmp(server->turn->host, other->turn->host) == 0;
}

/* Being listed, and getting on with it. */
static bool
is_listed(const struct server *server, int64_t now)
{
	struct turn *turn = server->turn;

	if (server->bulk.id == 0)
		return false;
	if (turn->received != server->bulk.received ||
	    turn->moved < server->bulk.began_ms) {
		turn->received = server->bulk.received;
		turn->moved = now;
	}
	return now - turn->moved < STALLED;
}

/* How long until it may be this one's turn; ms, 0: it has come. */
static int64_t
wait_for(const struct server *server, int64_t now)
{
	const struct turn *turn = server->turn;
	const struct server *other;
	int64_t until = server->hurried ? 0 : turn->rest_until;

	TAILQ_FOREACH(other, &server->engine->servers, entry) {
		if (!is_neighbour(server, other))
			continue;
		if (is_listed(other, now))
			return LOOK_AGAIN;
		/* Who came while this one was listed goes first: they cannot
		 * wait for each other, as each comes after its last one. */
		if (other->turn->wanted != 0 &&
		    other->turn->wanted < turn->ended)
			return LOOK_AGAIN;
		if (!server->hurried && other->turn->rest_until > until)
			until = other->turn->rest_until;
	}
	return until > now ? until - now : 0;
}

bool
turn_has_come(struct server *server)
{
	int64_t now = clock_ms(), wait;

	if (server->bulk.id != 0)
		return false;
	wait = wait_for(server, now);
	if (wait == 0) {
		server->turn->wanted = 0;
		return true;
	}
	if (server->turn->wanted == 0)
		server->turn->wanted = now;
	clock_start(server->turn->timer, wait);
	return false;
}

void
turn_over(struct server *server, const struct lane *done)
{
	struct turn *turn = server->turn;

	turn->ended = clock_ms();
	if (!server->hurried)
		turn->rest_until = turn->ended + turn->ended - done->began_ms;
}

void
turn_give_up(struct server *server)
{
	server->turn->wanted = 0;
	event_del(server->turn->timer);
}

static void
look_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	round_go_on(arg);
}
