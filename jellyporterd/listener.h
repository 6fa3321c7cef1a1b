/*
 * The listener: takes HTTP requests for the engine.  listener.c is the role
 * and how requests are answered, connections.c who may be connected and for
 * how long, webhook.c what a body says.
 */
#ifndef JELLYPORTERD_LISTENER_H
#define JELLYPORTERD_LISTENER_H

_Noreturn void	listener_main(void);

#endif
