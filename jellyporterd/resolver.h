/* The resolver: tells each fetcher the addresses of its server's name. */
#ifndef JELLYPORTERD_RESOLVER_H
#define JELLYPORTERD_RESOLVER_H

_Noreturn void	resolver_main(void);

#endif
