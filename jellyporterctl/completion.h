/* Completion of the command line, for shells. */
#ifndef JELLYPORTERCTL_COMPLETION_H
#define JELLYPORTERCTL_COMPLETION_H

#include <stdio.h>

/* Prints what a shell ("bash", "zsh", "fish") has to read. */
void	 completion_print(FILE *, const char *shell);

#endif
