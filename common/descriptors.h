/*
 * The three descriptors that everybody takes for granted.
 */
#ifndef COMMON_DESCRIPTORS_H
#define COMMON_DESCRIPTORS_H

/*
 * Whoever starts a program may have closed its standard input, output or
 * error.  The next socket or database that is opened would become one of them,
 * and be written to with what was meant to be printed.  Puts something in
 * their place where they are missing: printing fails then, logging is lost.
 * Called before anything else is opened.  -1, and errno, if that cannot be.
 */
int	 descriptors_hold(void);

#endif
