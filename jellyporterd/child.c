/* What the roles of all children have in common. */
#include <err.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "child.h"
#include "log.h"
#include "message.h"
#include "sandbox.h"

enum role
child_begin(const struct child_options *options)
{
	int number;

	if (options->role == NULL ||
	    (number = role_by_name(options->role)) == -1)
		return ROLE_COUNT;
	/* libevent must not die of a peer that does. */
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR ||
	    signal(SIGINT, SIG_IGN) == SIG_ERR ||
	    signal(SIGHUP, SIG_IGN) == SIG_ERR ||
	    signal(SIGUSR1, SIG_IGN) == SIG_ERR)
		err(1, "signal");
	log_init(role_name((enum role)number), options->foreground,
	    options->verbose);
	if (options->name != NULL)
		setproctitle("%s %s", options->role, options->name);
	else
		setproctitle("%s", options->role);
	sandbox_report_to(CHILD_WORDS_FD, "");
	log_last_words_to(CHILD_WORDS_FD);
	return (enum role)number;
}

struct channel *
child_channel(struct event_base *base, const struct channel_handlers *handlers,
    void *arg)
{
	struct channel *channel;

	if ((channel = channel_new(base, CHILD_FD, handlers, arg, 0)) == NULL)
		fatal("channel_new");
	imsgbuf_allow_fdpass(channel_imsgbuf(channel));
	channel_say_hello(channel);
	return channel;
}

bool
child_obeys(struct channel *channel, const struct imsg *imsg)
{
	struct message_log message;

	switch (imsg_get_type(imsg)) {
	case MESSAGE_HELLO:
		return channel_take_hello(imsg) == 0;
	case MESSAGE_ALIVE:
		if (imsg_get_len(imsg) != 0)
			return false;
		channel_say_alive(channel);
		return true;
	case MESSAGE_LOG:
		if (message_get_log(imsg, &message) == -1)
			return false;
		log_set_verbose(message.verbose);
		return true;
	default:
		return false;
	}
}

/* The parent stops us, or is no more. */
void
child_closed(struct channel *channel, const char *error, void *arg)
{
	(void)arg;
	child_orphaned(channel, error);
	exit(0);
}

void
child_orphaned(const struct channel *channel, const char *error)
{
	child_lost(channel, error, "the parent");
	if (error != NULL)
		log_warnx("parent: %s", error);
}

void
child_lost(const struct channel *channel, const char *error, const char *peer)
{
	if (!channel_peer_is_gone(channel))
		fatalx("the channel to %s: %s", peer, error);
}

_Noreturn void
child_run(struct event_base *base)
{
	if (event_base_dispatch(base) == -1)
		fatalx("event_base_dispatch");
	fatalx("nothing left to wait for");
}
