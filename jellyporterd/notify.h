/*
 * Telling the service manager how we are, in the way of systemd: sd_notify(3),
 * without its library.  Where no manager wants to know, nothing is said.
 */
#ifndef JELLYPORTERD_NOTIFY_H
#define JELLYPORTERD_NOTIFY_H

#include <event2/event.h>

struct notify;

/*
 * Connects to $NOTIFY_SOCKET, and from then on shows a watchdog that the loop
 * turns.  Before the sandbox, which lets nobody reach an abstract socket, and
 * before there are children, who must not find it in their environment.
 */
struct notify	*notify_new(struct event_base *);
void		 notify_ready(struct notify *);
void		 notify_stopping(struct notify *);
void		 notify_free(struct notify *);

#endif
