/*
 * The files that jellyporterctl init leaves: the configuration, and beside it
 * keys/NAME with each server's key.  All of them, or none.
 */
#ifndef JELLYPORTERCTL_INIT_WRITE_H
#define JELLYPORTERCTL_INIT_WRITE_H

#include "init.h"

/*
 * Both return -1 and why in error, a buffer of INIT_ERROR_SIZE.
 * The first one only looks whether there is something that is to stay; so may
 * the second one find, if it has come meanwhile.
 */
int	 init_write_check(const struct init_request *, char *error);
int	 init_write(const struct init_request *, char *error);

/*
 * As users: of persons, since somebody has named them or there are several on
 * one server; else as user:, which is one person.
 */
bool	 init_has_people(const struct init_request *);

#endif
