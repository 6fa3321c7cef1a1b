/*
 * Userdata, and what clients do with it other than playing
 * (jellyfin-api.md, userdata).
 */
#ifndef SIM_USERDATA_H
#define SIM_USERDATA_H

#include <stdbool.h>
#include <stdint.h>

#include "json_out.h"
#include "users.h"

/* What an item's userdata is kept under: before 12 versions have none. */
uint32_t userdata_index(const struct sim *, uint32_t item);
/* As the database has it, by which sets are made. */
void	 userdata_kept(const struct sim *, const struct user *, uint32_t item,
	    struct state *);
/* As it is shown, and what changes begin with: the former user's, if that is
 * still in a cache. */
void	 userdata_get(const struct sim *, const struct user *, uint32_t item,
	    struct state *);
/* What it was before its last change, if that was less than age ago. */
void	 userdata_get_stale(const struct sim *, const struct user *,
	    uint32_t item, int64_t age, struct state *);
void	 userdata_set(const struct sim *, struct user *, uint32_t item,
	    const struct state *);
/*
 * On 12 a listed item shows its own data, and of that of its versions which
 * was played last, itself among them, played and date; and no position, if
 * that one was finished.
 */
void	 userdata_show(const struct sim *, const struct user *, uint32_t item,
	    struct state *);
/* Of several versions with a position, only the one that was played last is
 * resumable, or else that with the smallest id. */
bool	 userdata_is_resumable(const struct sim *, const struct user *,
	    uint32_t item);
/* On 12 whatever makes one played makes all other versions played, and takes
 * their positions; their counts and dates stay. */
void	 userdata_propagate(const struct sim *, struct user *, uint32_t item);

/*
 * datePlayed of the request, or NULL.  Of a series or a season, it is each of
 * its episodes that is marked and unmarked.
 */
void	 userdata_mark(const struct sim *, struct user *, uint32_t item,
	    const int64_t *date);
void	 userdata_unmark(const struct sim *, struct user *, uint32_t item);
void	 userdata_favorite(const struct sim *, struct user *, uint32_t item,
	    bool favorite);

/* The position shown as played, as an answer's object. */
void	 userdata_json(const struct sim *, uint32_t item, const struct state *,
	    struct json_out *);

/* Draws what users did before the simulation began; rates per mille. */
struct history_rates {
	uint16_t	watched;
	uint16_t	resumable;
	uint16_t	favorites;
};

void	 userdata_draw_history(struct sim *, struct user *,
	    const struct history_rates *);
void	 userdata_backup(struct sim *);
/* -1 if there is no backup. */
int	 userdata_restore(struct sim *);

#endif
