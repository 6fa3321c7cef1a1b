/*
 * Order independence: two works that look the same, the same acts on both at
 * different seconds, heard in different orders, come to the same.
 */
#include <string.h>

#include "soak.h"
#include "text.h"

#define ACTS_MAX	3

static int	file_on(struct soak *, int, uint32_t);
static bool	is_fit(struct soak *, int, uint32_t);
static void	act_on(struct soak *, int, uint32_t, uint64_t);
static int	seat_on(struct soak *, int, int);
static void	hear_in_order(struct soak *, int, uint32_t);
static void	compare(struct soak *, int, uint32_t, uint32_t);

/* The one item of a number on a server that nobody has moved; or -1. */
static int
file_on(struct soak *w, int server, uint32_t number)
{
	const struct item *item;
	int i, found = -1;

	for (i = 0; i < (int)w->n_items[server]; i++) {
		item = world_item(w, server, i);
		if (item->number != number || item->gone)
			continue;
		if (found != -1 || item->n_keys == 0)
			return -1;
		found = i;
	}
	return found;
}

/* Nobody has done anything with it, and it is where its person is. */
static bool
is_fit(struct soak *w, int person, uint32_t number)
{
	const struct known *k;
	int seat, i, first = -1, work = -1;

	for (seat = 0; seat < SEATS; seat++) {
		if (w->seats[seat].person != person)
			continue;
		i = file_on(w, w->seats[seat].server, number);
		if (i == -1)
			return false;
		k = truth_of(w, person, w->seats[seat].server, i);
		if (k->n_held > 0 || k->mixed)
			return false;
		i = world_item(w, w->seats[seat].server, i)->now;
		if (first == -1)
			work = i;
		if (i != work)
			return false;
		first = seat;
	}
	return first != -1;
}

/* The same acts for the same draw. */
static void
act_on(struct soak *w, int person, uint32_t number, uint64_t draw)
{
	static const enum act choices[] = { ACT_PARTIAL, ACT_FINISH,
	    ACT_FINISH, ACT_MARK_DATED, ACT_FAVORITE, ACT_UNMARK };
	uint32_t first = random_below(&draw, SEATS), act, n = 0;
	int seat, server;

	for (act = 0; act < SEATS && n < ACTS_MAX; act++) {
		seat = (int)((first + act) % SEATS);
		server = w->seats[seat].server;
		if (w->seats[seat].person != person)
			continue;
		step_act(w, server, w->seats[seat].user,
		    file_on(w, server, number),
		    choices[random_below(&draw, 6)], 4 * random_below(&draw,
		    100));
		n++;
	}
}

/* Any endpoint of a person on a server. */
static int
seat_on(struct soak *w, int person, int server)
{
	int seat;

	for (seat = 0; seat < SEATS; seat++) {
		if (w->seats[seat].person == person &&
		    w->seats[seat].server == server)
			return seat;
	}
	return NOBODY;
}

/* One server after the other. */
static void
hear_in_order(struct soak *w, int person, uint32_t order)
{
	int k, server;

	for (k = 0; k < SERVERS; k++) {
		server = order == 0 ? k : SERVERS - 1 - k;
		if (seat_on(w, person, server) == NOBODY)
			continue;
		TELL(w, "%s is heard\n", w->servers[server].name);
		daemon_sync(w, server);
		judge_writes(w);
		truth_heard(w, server);
	}
}

static void
compare(struct soak *w, int person, uint32_t one, uint32_t other)
{
	const struct item *x, *y;
	struct userdata a, b;
	int seat, server, i, k;

	for (seat = 0; seat < SEATS; seat++) {
		server = w->seats[seat].server;
		if (w->seats[seat].person != person)
			continue;
		i = file_on(w, server, one);
		k = file_on(w, server, other);
		x = world_item(w, server, i);
		y = world_item(w, server, k);
		a = w->shown[server][w->seats[seat].user][i];
		b = w->shown[server][w->seats[seat].user][k];
		/* The second came later, and another film is as long as it
		 * is: what is compared is which act won. */
		b.last_played -= b.last_played == 0 ? 0 : w->apart;
		a.position = a.position * 100 / x->runtime;
		b.position = b.position * 100 / y->runtime;
		if (a.position - b.position <= 1 &&
		    b.position - a.position <= 1)
			a.position = b.position;
		if (!userdata_equal(&a, &b))
			broken(w->verdict, ORDER_INDEPENDENCE, "%s: heard "
			    "upwards, %s has %s; heard downwards, %s has %s",
			    person_names[person], world_name(w, server, i),
			    in_words(&w->shown[server]
			    [w->seats[seat].user][i]),
			    world_name(w, server, k),
			    in_words(&w->shown[server]
			    [w->seats[seat].user][k]));
	}
}

/* After everything else, when all is quiet. */
void
judge_orders(struct soak *w)
{
	uint32_t numbers[2], number, from = random_below(&w->random, 20), n;
	uint64_t before = random_next(&w->random);
	uint64_t draw = random_next(&w->random);
	int person = (int)random_below(&w->random, PEOPLE), k;
	int64_t began;

	for (n = 0, number = 0; number < 50 && n < 2; number++) {
		if (is_fit(w, person, 10 + (from + number) % 30))
			numbers[n++] = 10 + (from + number) % 30;
		if (n == 2 && numbers[0] == numbers[1])
			n--;
	}
	if (n < 2)
		return;
	w->once = false;	/* a daemon can hear one after the other */
	TELL(w, "two works, the same acts, heard in two orders\n");
	began = w->now;
	for (k = 0; k < 2; k++) {
		w->now = began + k * 1000;
		act_on(w, person, numbers[k], before);
	}
	if (!sync_well(w))
		return;			/* it was judged already */
	for (k = 0; k < 2; k++) {
		w->now = began + 5000 + k * 1000;
		act_on(w, person, numbers[k], draw);
		hear_in_order(w, person, (uint32_t)k);
	}
	w->apart = 1000;
	if (sync_well(w))
		compare(w, person, numbers[0], numbers[1]);
}
