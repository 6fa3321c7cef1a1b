/* Memory for a test program: running out of it ends the program. */
#ifndef SIM_MEMORY_H
#define SIM_MEMORY_H

#include <stddef.h>

void	*memory_zeroed(size_t n, size_t size);
void	*memory_grown(void *, size_t n, size_t size);
char	*memory_copy(const char *);		/* NULL stays NULL */
/* Frees *old and puts a copy in its place. */
void	 memory_replace(char **old, const char *);

#endif
