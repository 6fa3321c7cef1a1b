/* The text of the configuration that jellyporterctl init writes. */
#ifndef JELLYPORTERCTL_INIT_TEXT_H
#define JELLYPORTERCTL_INIT_TEXT_H

#include <stdio.h>

#include "init.h"

/* people: as users:, by person; else as user:, one person. */
void	 init_text_print(FILE *, const struct init_request *, bool people);

#endif
