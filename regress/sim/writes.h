/*
 * What was written to userdata through the API by POST /UserItems/…/UserData
 * and DELETE /UserPlayedItems, for tests that ask afterwards; and whether an
 * act was overwritten that whoever wrote cannot have seen: it came after the
 * last reading of that item by its id.
 */
#ifndef SIM_WRITES_H
#define SIM_WRITES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "users.h"

struct control;

struct logged_write {
	char		*user;		/* name */
	uint32_t	 item;
	struct state	 before;
	struct state	 after;
	bool		 unseen;	/* an act was overwritten */
};

struct writes {
	bool			 kept;	/* since somebody asked for it */
	struct logged_write	*entries;
	size_t			 n;
	size_t			 size;
	uint64_t		 events;	/* looks and acts so far */
};

void	 writes_free(struct writes *);
/* An act on an item; a look at it by its id; a write to it. */
void	 writes_acted(struct sim *, struct user *, uint32_t item);
void	 writes_looked(struct sim *, struct user *, uint32_t item);
void	 writes_written(struct sim *, struct user *, uint32_t item,
	    const struct state *before);

/* POST /writes forgets them and keeps those to come; GET shows them. */
const char *control_writes_keep(struct control *);
const char *control_writes(struct control *);

#endif
