/*
 * The metrics of a single sync as a file, for a collector that reads files
 * (node_exporter's textfile collector).
 */
#ifndef JELLYPORTERD_TEXTFILE_H
#define JELLYPORTERD_TEXTFILE_H

#include "metric.h"

/*
 * It takes the place of the one that was there as a whole, and may be read by
 * anybody.  What goes wrong is logged.
 */
void	 textfile_write(const char *path, const struct metrics *);

#endif
