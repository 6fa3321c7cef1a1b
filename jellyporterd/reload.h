/* Another configuration for a parent that runs. */
#ifndef JELLYPORTERD_RELOAD_H
#define JELLYPORTERD_RELOAD_H

#include <stdint.h>

#include "config.h"
#include "process.h"

/*
 * Reads the file of the configuration again.  If all of it is right, it takes
 * the place of the one in use, which is freed, and the children that are told
 * something else begin anew; if not, nothing changes.  Logs what is wrong or
 * has changed, and answers the engine's request (0: there is none).
 */
void	reload(struct processes *, struct config **, uint32_t request);
/* Says why not. */
void	reload_refuse(struct processes *, uint32_t request, const char *why);

#endif
