/* channel: what handlers may do, pauses, caps, and how a channel ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"
#include "child.h"

#define TURNS	1000	/* of the loop; more than any test needs */
#define CAP	10	/* messages, from a to b */

struct side {
	struct channel	*channel;
	uint32_t	 ids[100000];	/* of the messages heard */
	size_t		 heard;
	int		 drained;
	int		 closed;
	char		 error[128];	/* "" if none was given */
	/* What the handler does with the message of this id. */
	uint32_t	 pause_at;
	uint32_t	 resume_at;
	uint32_t	 refuse_at;
	uint32_t	 free_at;
	bool		 answers;
	bool		 free_when_drained;
	bool		 peer_is_gone;	/* when it was closed */
	bool		 is_child;	/* and ends with it, as children do */
};

struct world {
	struct event_base	*base;
	struct side		 a;
	struct side		 b;
};

static int	on_message(struct channel *, struct imsg *, void *);
static void	on_closed(struct channel *, const char *, void *);
static void	on_drained(struct channel *, void *);

static const struct channel_handlers handlers = {
	.message = on_message,
	.closed = on_closed,
	.drained = on_drained
};

static void
say(struct side *side, uint32_t id)
{
	assert_int_equal(imsg_compose(channel_imsgbuf(side->channel), 1, id, 0,
	    -1, "body", 4), 1);
	channel_written(side->channel);
}

static int
on_message(struct channel *channel, struct imsg *imsg, void *arg)
{
	struct side *side = arg;
	uint32_t id = imsg_get_id(imsg);

	assert_ptr_equal(channel, side->channel);
	side->ids[side->heard++] = id;
	if (id == side->pause_at)
		channel_pause(channel);
	if (id == side->resume_at) {
		channel_pause(channel);
		channel_resume(channel);
	}
	if (side->answers)
		say(side, id);
	if (id == side->free_at) {
		channel_free(channel);
		side->channel = NULL;
		/* The message is still there. */
		assert_memory_equal(imsg->data, "body", 4);
	}
	return id == side->refuse_at ? -1 : 0;
}

static void
on_closed(struct channel *channel, const char *error, void *arg)
{
	struct side *side = arg;

	side->closed++;
	side->peer_is_gone = channel_peer_is_gone(channel);
	if (side->is_child) {
		child_lost(channel, error, "nobody");
		_exit(0);
	}
	(void)strlcpy(side->error, error == NULL ? "" : error,
	    sizeof(side->error));
	channel_free(channel);
	side->channel = NULL;
}

static void
on_drained(struct channel *channel, void *arg)
{
	struct side *side = arg;

	side->drained++;
	assert_true(imsgbuf_queuelen(channel_imsgbuf(channel)) * 2 < CAP);
	if (side->free_when_drained) {
		channel_free(channel);
		side->channel = NULL;
	}
}

static int
setup(void **state)
{
	struct world *w;
	int fds[2];

	if ((w = calloc(1, sizeof(*w))) == NULL ||
	    (w->base = event_base_new()) == NULL ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == -1)
		return -1;
	w->a.pause_at = w->a.resume_at = w->a.refuse_at = w->a.free_at =
	    UINT32_MAX;
	w->b = w->a;
	w->a.channel = channel_new(w->base, fds[0], &handlers, &w->a, CAP);
	w->b.channel = channel_new(w->base, fds[1], &handlers, &w->b, 0);
	if (w->a.channel == NULL || w->b.channel == NULL)
		return -1;
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	channel_free(w->a.channel);
	channel_free(w->b.channel);
	event_base_free(w->base);
	free(w);
	return 0;
}

static void
turn(struct world *w)
{
	int i;

	for (i = 0; i < TURNS; i++)
		assert_true(event_base_loop(w->base, EVLOOP_NONBLOCK) != -1);
}

static void
test_there_and_back(void **state)
{
	struct world *w = *state;
	uint32_t i;

	assert_ptr_equal(channel_arg(w->a.channel), &w->a);
	assert_int_not_equal(channel_fd(w->a.channel), -1);
	w->b.answers = true;
	for (i = 0; i < 1000; i++)
		say(&w->a, i);
	turn(w);
	assert_int_equal(w->b.heard, 1000);
	assert_int_equal(w->a.heard, 1000);
	for (i = 0; i < 1000; i++) {
		assert_int_equal(w->b.ids[i], i);
		assert_int_equal(w->a.ids[i], i);
	}
	assert_int_equal(w->a.closed + w->b.closed, 0);
}

static void
test_pause_in_handler(void **state)
{
	struct world *w = *state;
	uint32_t i;

	w->b.pause_at = 3;
	for (i = 0; i < 10; i++)
		say(&w->a, i);
	turn(w);
	assert_int_equal(w->b.heard, 4);
	/* What had come already is heard without anything new arriving. */
	channel_resume(w->b.channel);
	turn(w);
	assert_int_equal(w->b.heard, 10);
	channel_pause(w->b.channel);
	say(&w->a, 10);
	turn(w);
	assert_int_equal(w->b.heard, 10);
	channel_resume(w->b.channel);
	turn(w);
	assert_int_equal(w->b.heard, 11);
	assert_int_equal(w->b.ids[10], 10);
}

static void
test_pause_and_resume_in_handler(void **state)
{
	struct world *w = *state;
	uint32_t i;

	w->b.resume_at = 3;
	for (i = 0; i < 10; i++)
		say(&w->a, i);
	turn(w);
	assert_int_equal(w->b.heard, 10);
}

/* The rest is in the imsgbuf, and the peer has gone before it is heard. */
static void
test_pause_then_close(void **state)
{
	struct world *w = *state;
	uint32_t i;

	w->b.pause_at = 3;
	for (i = 0; i < 10; i++)
		say(&w->a, i);
	turn(w);
	channel_free(w->a.channel);
	w->a.channel = NULL;
	turn(w);
	assert_int_equal(w->b.closed, 0);
	channel_resume(w->b.channel);
	turn(w);
	assert_int_equal(w->b.heard, 10);
	assert_int_equal(w->b.closed, 1);
	assert_string_equal(w->b.error, "");
	assert_true(w->b.peer_is_gone);
}

static void
test_free_in_message(void **state)
{
	struct world *w = *state;
	uint32_t i;

	w->b.free_at = 3;
	for (i = 0; i < 10; i++)
		say(&w->a, i);
	turn(w);
	assert_int_equal(w->b.heard, 4);
	assert_int_equal(w->b.closed, 0);
	assert_int_equal(w->a.closed, 1);
}

static void
test_free_and_refuse(void **state)
{
	struct world *w = *state;

	w->b.free_at = w->b.refuse_at = 0;
	say(&w->a, 0);
	turn(w);
	assert_int_equal(w->b.heard, 1);
	assert_int_equal(w->b.closed, 0);
}

static void
test_refused_message(void **state)
{
	struct world *w = *state;

	w->b.refuse_at = 1;
	say(&w->a, 0);
	say(&w->a, 1);
	say(&w->a, 2);
	turn(w);
	assert_int_equal(w->b.heard, 2);
	assert_int_equal(w->b.closed, 1);
	assert_non_null(strstr(w->b.error, "(hello)"));
	assert_int_equal(w->a.closed, 1);
}

static void
test_broken_frame(void **state)
{
	struct world *w = *state;
	char zeroes[16] = { 0 };

	say(&w->a, 0);
	turn(w);
	assert_int_equal(send(channel_fd(w->a.channel), zeroes, 16, 0), 16);
	turn(w);
	assert_int_equal(w->b.heard, 1);
	assert_int_equal(w->b.closed, 1);
	assert_string_equal(w->b.error, strerror(EBADMSG));
	assert_false(w->b.peer_is_gone);
}

static void
test_closed_by_peer(void **state)
{
	struct world *w = *state;

	say(&w->a, 0);
	assert_int_equal(channel_flush(w->a.channel), 0);
	channel_free(w->a.channel);
	w->a.channel = NULL;
	turn(w);
	assert_int_equal(w->b.heard, 1);
	assert_int_equal(w->b.closed, 1);
	assert_string_equal(w->b.error, "");
	assert_true(w->b.peer_is_gone);
}

static void
test_closed_in_the_middle(void **state)
{
	struct world *w = *state;

	assert_int_equal(send(channel_fd(w->a.channel), "abc", 3, 0), 3);
	channel_free(w->a.channel);
	w->a.channel = NULL;
	turn(w);
	assert_int_equal(w->b.closed, 1);
	assert_string_not_equal(w->b.error, "");
	assert_true(w->b.peer_is_gone);
}

/*
 * We write to a peer that has gone.  Whatever event comes first, its last
 * words are heard, and then it has closed.
 */
static void
test_last_words(void **state)
{
	struct world *w = *state;
	uint32_t i;

	for (i = 0; i < 5; i++)
		say(&w->a, i);
	assert_int_equal(channel_flush(w->a.channel), 0);
	channel_free(w->a.channel);
	w->a.channel = NULL;
	say(&w->b, 0);
	turn(w);
	assert_int_equal(w->b.heard, 5);
	assert_int_equal(w->b.closed, 1);
	assert_string_equal(w->b.error, "");
	assert_true(w->b.peer_is_gone);
}

/* What a child does at the end of a link; its status. */
static int
end_of_link(struct world *w, bool peer_goes)
{
	struct imsg_hdr nonsense = { .len = 1 };
	int status;
	pid_t pid = fork();

	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		w->b.is_child = true;
		if (event_reinit(w->base) == -1)
			_exit(4);
		if (peer_goes)
			shutdown(channel_fd(w->a.channel), SHUT_WR);
		else if (send(channel_fd(w->a.channel), &nonsense,
		    sizeof(nonsense), 0) != sizeof(nonsense))
			_exit(2);
		turn(w);
		_exit(3);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Who is not there is waited for; who is would not be linked again. */
static void
test_peer_is_gone(void **state)
{
	assert_int_equal(end_of_link(*state, true), 0);
}

static void
test_link_is_broken(void **state)
{
	assert_int_equal(end_of_link(*state, false), 1);
}

static void
test_cap_and_drained(void **state)
{
	struct world *w = *state;
	static char big[10000];
	int small = 1;
	uint32_t i;

	/* Below the cap nobody has to wait, so nobody is told. */
	for (i = 0; i < 9; i++)
		say(&w->a, i);
	assert_false(channel_is_full(w->a.channel));
	turn(w);
	assert_int_equal(w->a.drained, 0);

	/* More than the socket holds, so that it empties bit by bit. */
	assert_int_equal(setsockopt(channel_fd(w->a.channel), SOL_SOCKET,
	    SO_SNDBUF, &small, sizeof(small)), 0);
	channel_pause(w->b.channel);
	for (i = 0; i < 100; i++)
		assert_int_equal(imsg_compose(channel_imsgbuf(w->a.channel), 1,
		    i, 0, -1, big, sizeof(big)), 1);
	channel_written(w->a.channel);
	assert_true(channel_is_full(w->a.channel));
	turn(w);
	assert_true(channel_is_full(w->a.channel));
	assert_int_equal(w->a.drained, 0);
	channel_resume(w->b.channel);
	turn(w);
	assert_int_equal(w->b.heard, 109);
	assert_int_equal(w->a.drained, 1);
	say(&w->a, 0);
	turn(w);
	assert_int_equal(w->b.heard, 110);
	assert_int_equal(w->a.drained, 1);
}

static void
test_free_in_drained(void **state)
{
	struct world *w = *state;
	uint32_t i;

	w->a.free_when_drained = true;
	for (i = 0; i < 10; i++)
		say(&w->a, i);
	turn(w);
	assert_int_equal(w->a.drained, 1);
	assert_int_equal(w->b.heard, 10);
	assert_int_equal(w->b.closed, 1);
}

static void
test_bad_descriptor(void **state)
{
	struct world *w = *state;

	assert_null(channel_new(w->base, -1, &handlers, NULL, 0));
	channel_free(NULL);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_there_and_back),
		TEST(test_pause_in_handler),
		TEST(test_pause_and_resume_in_handler),
		TEST(test_pause_then_close),
		TEST(test_free_in_message),
		TEST(test_free_and_refuse),
		TEST(test_refused_message),
		TEST(test_broken_frame),
		TEST(test_closed_by_peer),
		TEST(test_closed_in_the_middle),
		TEST(test_last_words),
		TEST(test_peer_is_gone),
		TEST(test_link_is_broken),
		TEST(test_cap_and_drained),
		TEST(test_free_in_drained),
		TEST(test_bad_descriptor),
	};

	return cmocka_run_group_tests_name("channel", tests, NULL, NULL);
}
