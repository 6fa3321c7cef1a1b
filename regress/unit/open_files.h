/* How many descriptors the test has open, of the first 200. */
#ifndef REGRESS_OPEN_FILES_H
#define REGRESS_OPEN_FILES_H

int	 count_open(void);

#endif
