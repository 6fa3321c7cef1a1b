/*
 * The fetcher: talks to one Jellyfin server for the engine.  fetcher.c is the
 * role, request.c what all requests of the engine's have in common, and
 * request_X.c how each of them is carried out.
 */
#ifndef JELLYPORTERD_FETCHER_H
#define JELLYPORTERD_FETCHER_H

_Noreturn void	fetcher_main(void);

#endif
