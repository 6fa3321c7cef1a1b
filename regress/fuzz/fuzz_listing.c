/*
 * Jellyfin's lists, item by item, by the kind of record that is made of them:
 * the first byte says which.  However the bytes are split, it is the same
 * records; and each is in bounds.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "jellyfin.h"
#include "listing.h"

#define ALTERNATES_MAX	8

/* What a list was taken for: a sum of its records and how it ended. */
struct reading {
	char			kind;
	uint64_t		sum;
	unsigned		items;
	unsigned		records;
	bool			failed;
	struct listing_counts	counts;
};

static void	add(struct reading *, const void *, size_t);
static void	take(struct json_object *, void *);
static void	read_list(struct reading *, char, const char *const *,
		    const uint8_t *, size_t, const size_t *, size_t);
static void	check_same(const struct reading *, const struct reading *);

static void
add(struct reading *reading, const void *data, size_t size)
{
	const unsigned char *bytes = data;
	size_t i;

	for (i = 0; i < size; i++)
		reading->sum = (reading->sum ^ bytes[i]) *
		    UINT64_C(0x100000001b3);
	reading->records++;
}

static void
take(struct json_object *object, void *arg)
{
	static struct item_record item;
	struct alternate_record alternates[ALTERNATES_MAX];
	struct message_userdata userdata;
	struct jellyfin_library library;
	struct message_acted acted;
	struct message_user user;
	struct jellyfin_id ids[2];
	struct reading *reading = arg;
	int n, k;

	reading->items++;
	memset(&item, 0, sizeof(item));
	memset(&userdata, 0, sizeof(userdata));
	memset(&library, 0, sizeof(library));
	switch (reading->kind) {
	case 'i':
		if (jellyfin_item(object, &item) == -1)
			return;
		fuzz_check_item(&item);
		/* What lies behind a text's end is of no account. */
		add(reading, &item.id, sizeof(item.id));
		add(reading, item.title, strlen(item.title));
		add(reading, &item.runtime, sizeof(item.runtime));
		add(reading, &item.n_providers, sizeof(item.n_providers));
		break;
	case 'd':
		if (jellyfin_item_userdata(object, &userdata) == -1)
			return;
		fuzz_check_userdata(&userdata.userdata);
		add(reading, &userdata.item, sizeof(userdata.item));
		add(reading, &userdata.userdata.position,
		    sizeof(userdata.userdata.position));
		add(reading, &userdata.userdata.last_played,
		    sizeof(userdata.userdata.last_played));
		break;
	case 'a':
		n = jellyfin_alternates(object, alternates, ALTERNATES_MAX);
		CHECK(n >= -1 && n <= ALTERNATES_MAX);
		for (k = 0; k < n; k++) {
			CHECK(alternates[k].runtime >= 0);
			add(reading, &alternates[k].id,
			    sizeof(alternates[k].id));
		}
		break;
	case 'u':
		if (jellyfin_user(object, &user) == -1)
			return;
		fuzz_check_text(user.name, sizeof(user.name));
		add(reading, user.name, strlen(user.name));
		break;
	case 'l':
		if (jellyfin_library(object, &library) == -1)
			return;
		fuzz_check_text(library.name, sizeof(library.name));
		add(reading, library.name, strlen(library.name));
		break;
	case 'y':
		memset(&acted, 0, sizeof(acted));
		if (jellyfin_acted(object, &acted) == 0)
			add(reading, &acted, sizeof(acted));
		break;
	default:
		if (jellyfin_now_playing(object, &ids[0], &ids[1]) == 1)
			add(reading, ids, sizeof(ids));
		break;
	}
}

static void
read_list(struct reading *reading, char kind, const char *const *wanted,
    const uint8_t *data, size_t size, const size_t *cuts, size_t n_cuts)
{
	struct decoder *listing;
	size_t from = 0, to, i;
	char *piece;

	memset(reading, 0, sizeof(*reading));
	reading->kind = kind;
	listing = listing_new(strchr("iday", kind) != NULL ? LISTING_OBJECT :
	    LISTING_ARRAY, take, reading);
	if (listing == NULL)
		err(1, NULL);
	listing_want(listing, wanted);
	for (i = 0; i <= n_cuts && !reading->failed; i++) {
		to = i == n_cuts ? size : cuts[i];
		/* Each piece by itself: nothing behind it may be looked at. */
		piece = malloc(to - from + (to == from));
		if (piece == NULL)
			err(1, NULL);
		memcpy(piece, data + from, to - from);
		reading->failed = listing_feed(listing, piece, to - from) == -1;
		free(piece);
		from = to;
	}
	CHECK(reading->failed == listing_has_failed(listing));
	CHECK(listing_items(listing) == reading->items);
	if (!reading->failed)
		reading->failed = listing_finish(listing,
		    &reading->counts) == -1;
	CHECK(!reading->failed || listing_error(listing)[0] != '\0');
	if (!reading->failed) {
		CHECK(reading->counts.items == reading->items);
		CHECK(reading->counts.total <= LISTING_ITEMS_MAX);
		CHECK(reading->counts.start <= LISTING_ITEMS_MAX);
	}
	listing_free(listing);
}

static void
check_same(const struct reading *a, const struct reading *b)
{
	CHECK(a->failed == b->failed);
	CHECK(a->items == b->items);
	CHECK(a->records == b->records && a->sum == b->sum);
	CHECK(memcmp(&a->counts, &b->counts, sizeof(a->counts)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reading all, whole, cut;
	const char *const *wanted = NULL;
	struct fuzz_random r;
	size_t cuts[2], i;

	if (size < 2 || size > 65536 || strchr("idaulpy", data[0]) == NULL ||
	    data[0] == '\0')
		return 0;
	if (data[0] == 'i')
		wanted = jellyfin_item_keys;
	if (data[0] == 'd')
		wanted = jellyfin_userdata_keys;
	read_list(&all, (char)data[0], NULL, data + 1, size - 1, NULL, 0);
	read_list(&whole, (char)data[0], wanted, data + 1, size - 1, NULL, 0);
	if (!all.failed)
		check_same(&all, &whole);
	fuzz_random_init(&r, data, size);
	for (i = 0; i < 4; i++) {
		cuts[1] = fuzz_random_below(&r, size);
		cuts[0] = fuzz_random_below(&r, cuts[1] + 1);
		read_list(&cut, (char)data[0], wanted, data + 1, size - 1,
		    cuts, 2);
		check_same(&cut, &whole);
	}
	return 0;
}
