/*
 * A channel is an imsgbuf on a libevent loop: the one way in which our
 * processes, and jellyporterctl, talk to each other.
 */
#ifndef COMMON_CHANNEL_H
#define COMMON_CHANNEL_H

#include <stdbool.h>

#include <event2/event.h>

#include "imsg.h"

struct channel;

struct channel_handlers {
	/*
	 * One whole message.  The handler borrows it.  -1 says that it made no
	 * sense; the channel then ends as if it were broken.
	 */
	int	(*message)(struct channel *, struct imsg *, void *);
	/*
	 * The peer closed (error is NULL) or the channel broke (why).  The
	 * handler frees the channel; until then, channel_peer_is_gone().
	 * Called at most once.
	 */
	void	(*closed)(struct channel *, const char *error, void *);
	/* The queue has fallen below half of its cap again; may be NULL. */
	void	(*drained)(struct channel *, void *);
};

/*
 * Takes fd over (makes it non-blocking).  NULL and errno on failure, with fd
 * closed.  cap is the number of messages that may wait before
 * channel_is_full() asks the producer to stop, and little more than these waits
 * in the socket; 0 means no cap.
 */
struct channel	*channel_new(struct event_base *, int fd,
		    const struct channel_handlers *, void *arg, size_t cap);
void		 channel_free(struct channel *);	/* NULL is fine */
struct imsgbuf	*channel_imsgbuf(struct channel *);
void		*channel_arg(const struct channel *);
int		 channel_fd(const struct channel *);
/* False if the channel broke at our end: for want of memory, mostly. */
bool		 channel_peer_is_gone(const struct channel *);

/*
 * The first message of every channel, both ways, says which protocol is
 * spoken.  Taken: -1 if it is nonsense; fatal if it is another protocol, as
 * both sides are the same program.
 */
void		 channel_say_hello(struct channel *);
int		 channel_take_hello(const struct imsg *);
/* A child's parent asks for it, and takes a worker that does not answer for
 * one that hangs. */
void		 channel_say_alive(struct channel *);
/* To be called after imsgs were composed on channel_imsgbuf(). */
void		 channel_written(struct channel *);
int		 channel_is_full(const struct channel *);
/* Writes out what is queued, waiting; for the last words of a process. */
int		 channel_flush(struct channel *);
/* Stop and go of reading: how a consumer makes the producer wait. */
void		 channel_pause(struct channel *);
void		 channel_resume(struct channel *);

#endif
