/*
 * A set of Jellyfin ids, each with the library that it was first seen in: an
 * item of two libraries has one id (jellyfin-api: listing), and would else be
 * taken for one that is missing from the second.
 */
#ifndef JELLYPORTERD_ID_SET_H
#define JELLYPORTERD_ID_SET_H

#include <stddef.h>

#include "record.h"

struct id_set;

struct id_set	*id_set_new(void);		/* NULL: no memory */
void		 id_set_free(struct id_set *);	/* NULL is fine */
void		 id_set_clear(struct id_set *);
/*
 * The library that an id was first seen in, which is this one if it was not
 * seen before.  Fatal if memory is out.
 */
size_t		 id_set_first(struct id_set *, const struct jellyfin_id *,
		    size_t library);

#endif
