/*
 * Simulated Jellyfin servers, in memory: items, what each user's copies hold,
 * and what the API makes of them, as far as the fetcher shows it.
 */
#ifndef MODEL_SERVERS_H
#define MODEL_SERVERS_H

#include "message.h"
#include "model.h"

#define SERVERS_MAX	4
#define PEOPLE_MAX	2
#define ITEMS_MAX	3		/* of one server */

struct sim_copy {
	struct userdata	shown;
	bool		hidden;		/* its user may not see it */
	bool		was_played;	/* by an act on it, not taken back */
};

struct sim_item {
	bool			there;
	struct jellyfin_id	id;
	unsigned		imdb;		/* 0: none */
	unsigned		tmdb;
	int64_t			runtime;	/* ticks */
	bool			alternate;	/* a version of another item */
	uint32_t		listed;		/* that: its place */
	struct sim_copy		copies[PEOPLE_MAX];
};

struct sim_server {
	bool			before_12;
	struct jellyfin_id	id;
	struct sim_item		items[ITEMS_MAX];
};

struct jellyfin_id	 sim_new_id(uint32_t number);
/* A listed item and its alternate versions: is the item at a place, which is
 * there, one of this one's? */
bool			 sim_is_sibling(const struct sim_server *,
			    const struct sim_item *, size_t place);
/* What the API shows: of a listed item, something of its versions too. */
struct userdata		 sim_show(const struct sim_server *,
			    const struct sim_item *, uint32_t person);
/* What a person's act on one does to the others. */
void			 sim_acted(struct sim_server *,
			    const struct sim_item *, uint32_t person,
			    enum act);
/* By its id, as this user sees it; NULL: 404. */
struct sim_item		*sim_find(struct sim_server *, uint32_t person,
			    const struct jellyfin_id *);
void			 sim_record(const struct sim_server *,
			    const struct sim_item *, struct item_record *);
bool			 sim_in_listing(const struct sim_copy *, enum listing);
/*
 * Reads, compares, and writes those of a group, or one that is in none, as the
 * fetcher does it: at most so many requests that change something, then the
 * connection breaks.  How many of these there were.
 */
uint32_t		 sim_write(struct sim_server *, uint32_t person,
			    const struct write_request *,
			    struct message_written *, size_t n,
			    uint32_t most);

#endif
