/*
 * A set of Jellyfin ids: an open table, never more than half full.  16 bytes
 * of room for an item, and needed only where several libraries are read.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "id_set.h"
#include "log.h"

#define SLOTS_FIRST	1024

/* Half of an id is enough to tell some millions of them apart. */
struct slot {
	uint64_t	half;
	uint32_t	library;	/* + 1; 0: empty */
};

struct id_set {
	struct slot	*slots;
	size_t		 n_slots;	/* a power of two */
	size_t		 n;
};

static struct slot *find(const struct id_set *, uint64_t);
static void	grow(struct id_set *);

struct id_set *
id_set_new(void)
{
	struct id_set *set;

	if ((set = calloc(1, sizeof(*set))) == NULL)
		return NULL;
	set->n_slots = SLOTS_FIRST;
	set->slots = calloc(set->n_slots, sizeof(*set->slots));
	if (set->slots == NULL) {
		free(set);
		return NULL;
	}
	return set;
}

void
id_set_free(struct id_set *set)
{
	if (set == NULL)
		return;
	free(set->slots);
	free(set);
}

void
id_set_clear(struct id_set *set)
{
	memset(set->slots, 0, set->n_slots * sizeof(*set->slots));
	set->n = 0;
}

/* Where it is, or would be.  The ids are hashes already. */
static struct slot *
find(const struct id_set *set, uint64_t half)
{
	size_t i = (size_t)half & (set->n_slots - 1);

	while (set->slots[i].library != 0 && set->slots[i].half != half)
		i = (i + 1) & (set->n_slots - 1);
	return &set->slots[i];
}

static void
grow(struct id_set *set)
{
	struct slot *old = set->slots;
	size_t n_old = set->n_slots, i;

	set->n_slots *= 2;
	set->slots = calloc(set->n_slots, sizeof(*set->slots));
	if (set->slots == NULL)
		fatal("calloc");
	for (i = 0; i < n_old; i++) {
		if (old[i].library != 0)
			*find(set, old[i].half) = old[i];
	}
	free(old);
}

size_t
id_set_first(struct id_set *set, const struct jellyfin_id *id, size_t library)
{
	struct slot *slot;
	uint64_t half;

	memcpy(&half, id->bytes, sizeof(half));
	slot = find(set, half);
	if (slot->library != 0)
		return slot->library - 1;
	slot->half = half;
	slot->library = (uint32_t)library + 1;
	if (++set->n > set->n_slots / 2)
		grow(set);
	return library;
}
