/*
 * The clock that only goes forward, and timers by it; milliseconds.
 */
#ifndef COMMON_CLOCK_H
#define COMMON_CLOCK_H

#include <stdint.h>

struct event;

int64_t	clock_ms(void);
int64_t	clock_us(void);			/* microseconds */
/* Starts a timer anew; one that is overdue fires at the next turn. */
void	clock_start(struct event *, int64_t ms);

#endif
