/* The dialogue of jellyporterctl init. */
#ifndef JELLYPORTERCTL_INIT_ASK_H
#define JELLYPORTERCTL_INIT_ASK_H

#include "init.h"

/*
 * Asks for servers, each until it is right and tested.  -1 if the answers end
 * before that.
 */
int	 init_ask(struct init_request *);
/*
 * A password or a key, which is not shown: from the terminal, or a line of
 * standard input where that is none.  The caller wipes it.  -1: there is none.
 */
int	 init_ask_secret(const char *prompt, char *, size_t);

#endif
