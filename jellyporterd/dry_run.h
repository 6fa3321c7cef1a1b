/* What a dry run (jellyporterd -o -n) prints: a line for each write. */
#ifndef JELLYPORTERD_DRY_RUN_H
#define JELLYPORTERD_DRY_RUN_H

#include "imsg.h"

/* A row of the engine's: fatal if it is none. */
void	dry_run_row(const struct imsg *);

#endif
