/*
 * What GET /Items was asked for, and which items that is, in order.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "answer.h"
#include "date.h"
#include "item_query.h"
#include "memory.h"
#include "sim.h"
#include "userdata.h"

struct word {
	const char	*word;
	uint32_t	 bits;
};

static const struct word kind_words[] = {
	{ "Movie", 1U << ITEM_MOVIE },
	{ "Episode", 1U << ITEM_EPISODE },
	{ "Series", 1U << ITEM_SERIES },
	{ "Season", 1U << LIBRARY_SEASON },
};

static const struct word field_words[] = {
	{ "ProviderIds", ITEM_FIELD_PROVIDER_IDS },
	{ "MediaSourceCount", ITEM_FIELD_MEDIA_SOURCE_COUNT },
	{ "MediaSources", ITEM_FIELD_MEDIA_SOURCES },
	{ "DateCreated", ITEM_FIELD_DATE_CREATED },
	{ "Path", ITEM_FIELD_PATH },
};

static const struct word filter_words[] = {
	{ "IsPlayed", FILTER_PLAYED },
	{ "IsUnplayed", FILTER_UNPLAYED },
	{ "IsResumable", FILTER_RESUMABLE },
	{ "IsFavorite", FILTER_FAVORITE },
};

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))
#define KINDS_ALL	((1U << LIBRARY_KIND_COUNT) - 1)

/* An item with what it is sorted by. */
struct sortable {
	uint32_t	item;
	bool		last;		/* whichever way it is sorted */
	int64_t		date;
	char		name[40];
};

static uint32_t	read_words(const struct request *, const char *,
		    const struct word *, size_t);
static void	read_sort(const struct request *, struct item_query *);
static int	read_parent(struct request *, struct item_query *);
static int	read_dates(struct request *, struct item_query *);
static int	read_date(struct request *, const char *, struct item_query *);
static bool	wanted(const struct sim *, const struct item_query *, uint32_t);
static bool	passes_filters(const struct sim *, const struct item_query *,
		    uint32_t);
static bool	is_listed(const struct library *, const struct item_query *,
		    uint32_t);
static uint32_t	*select_ids(const struct request *, const struct item_query *,
		    uint32_t *);
static void	sort_items(const struct sim *, const struct item_query *,
		    uint32_t *, uint32_t);
static int	compare_up(const void *, const void *);
static int	compare_down(const void *, const void *);

/* Words separated by commas; those that are not known are left out. */
static uint32_t
read_words(const struct request *request, const char *name,
    const struct word *words, size_t n)
{
	const char *p = request_query(request, name);
	uint32_t bits = 0;
	size_t length, i;

	for (; p != NULL && *p != '\0'; p += length + strspn(p + length, ",")) {
		length = strcspn(p, ",");
		for (i = 0; i < n; i++)
			if (strlen(words[i].word) == length &&
			    strncasecmp(words[i].word, p, length) == 0)
				bits |= words[i].bits;
	}
	return bits;
}

/* Only what comes first decides; there is no tie-breaker by id. */
static void
read_sort(const struct request *request, struct item_query *query)
{
	const char *by = request_query(request, "sortBy");
	const char *order = request_query(request, "sortOrder");

	if (by != NULL && strncasecmp(by, "SortName", 8) == 0)
		query->sort = SORT_NAME;
	if (by != NULL && strncasecmp(by, "DatePlayed", 10) == 0)
		query->sort = SORT_DATE_PLAYED;
	query->descending = order != NULL &&
	    strncasecmp(order, "Descending", 10) == 0;
}

static int
read_parent(struct request *request, struct item_query *query)
{
	const struct library *library = &request->sim->library;
	const char *text = request_query(request, "parentId");
	struct jellyfin_id id;
	int i;

	query->libraries = FOLDERS_ALL;
	query->parent = NO_ITEM;
	if (text == NULL || *text == '\0')
		return 0;
	if (jellyfin_id_parse(text, &id) == -1) {
		answer_problem(request, 400);
		return -1;
	}
	query->has_parent = true;
	query->libraries = 0;
	for (i = 0; i < LIBRARY_COUNT; i++)
		if (jellyfin_id_equal(&library->folders[i].id, &id))
			query->libraries = 1U << i;
	if (query->libraries == 0 &&
	    (query->parent = library_by_id(library, &id)) != NO_ITEM)
		query->libraries = FOLDERS_ALL;
	return 0;
}

static int
read_date(struct request *request, const char *name, struct item_query *query)
{
	const char *text = request_query(request, name);

	if (text == NULL || *text == '\0')
		return 0;
	if (date_parse(text, 0, &query->saved_since) == -1) {
		answer_problem(request, 400);
		return -1;
	}
	query->has_saved_since = true;
	return 0;
}

/* minDateLastSaved did not work before 10.11: it was as if not there. */
static int
read_dates(struct request *request, struct item_query *query)
{
	if (read_date(request, "minDateLastSaved", query) == -1)
		return -1;
	if (sim_is_before(request->sim, 10, 11))
		query->has_saved_since = false;
	return read_date(request, "minDateLastSavedForUser", query);
}

int
item_query_read(struct request *request, struct item_query *query)
{
	bool missing = false, images = true;
	const char *text = request_query(request, "isMissing");

	memset(query, 0, sizeof(*query));
	query->enable_userdata = query->enable_total = true;
	query->limit = -1;
	if (request_user(request, true, &query->user) == -1 ||
	    request_bool(request, "recursive", &query->recursive) == -1 ||
	    request_bool(request, "enableUserData",
	    &query->enable_userdata) == -1 ||
	    request_bool(request, "enableTotalRecordCount",
	    &query->enable_total) == -1 ||
	    request_bool(request, "isMissing", &missing) == -1 ||
	    request_bool(request, "enableImages", &images) == -1 ||
	    request_number(request, "startIndex", &query->start) == -1 ||
	    request_number(request, "limit", &query->limit) == -1 ||
	    read_parent(request, query) == -1 ||
	    read_dates(request, query) == -1)
		return -1;
	query->has_limit = query->limit >= 0;
	query->no_missing = text != NULL && *text != '\0' && !missing;
	query->only_missing = missing;
	text = request_query(request, "ids");
	query->by_ids = text != NULL && *text != '\0';
	query->kinds = read_words(request, "includeItemTypes", kind_words,
	    COUNT(kind_words));
	if (query->kinds == 0)
		query->kinds = KINDS_ALL;
	query->fields = read_words(request, "fields", field_words,
	    COUNT(field_words)) | (images ? ITEM_FIELD_IMAGES : 0);
	query->filters = read_words(request, "filters", filter_words,
	    COUNT(filter_words));
	read_sort(request, query);
	return 0;
}

/*
 * Half of the episodes without a file are yet to be shown, and so not called
 * missing: isMissing=false does not keep them away.
 */
static bool
is_listed(const struct library *library, const struct item_query *query,
    uint32_t index)
{
	const struct library_item *item = &library->items[index];
	bool missing = item->kind == ITEM_EPISODE &&
	    library_has(item, QUIRK_VIRTUAL) && item->number % 2 == 0;

	return !item->removed && item->primary == index &&
	    (query->kinds & 1U << item->kind) != 0 &&
	    !(missing && query->no_missing) &&
	    !(!missing && query->only_missing);
}

static bool
passes_filters(const struct sim *sim, const struct item_query *query,
    uint32_t index)
{
	struct state state;

	if (query->filters == 0 || query->user == NULL)
		return true;
	userdata_kept(sim, query->user, index, &state);
	return !((query->filters & FILTER_PLAYED) && !state.played) &&
	    !((query->filters & FILTER_UNPLAYED) && state.played) &&
	    !((query->filters & FILTER_RESUMABLE) &&
	    !userdata_is_resumable(sim, query->user, index)) &&
	    !((query->filters & FILTER_FAVORITE) && !state.favorite);
}

static bool
wanted(const struct sim *sim, const struct item_query *query, uint32_t index)
{
	const struct library_item *item = &sim->library.items[index];

	if (!is_listed(&sim->library, query, index) ||
	    (query->libraries & 1U << library_of(item)) == 0)
		return false;
	if (query->parent != NO_ITEM && item->series != query->parent &&
	    item->season_item != query->parent)
		return false;
	if (query->has_saved_since && item->saved < query->saved_since)
		return false;
	/* By its id an item of any library is found: only writes are refused. */
	if (query->user != NULL && !query->by_ids &&
	    !users_may_see(sim, query->user, index))
		return false;
	return passes_filters(sim, query, index);
}

/* What is no id, or of nothing, is silently left out; each comes once. */
static uint32_t *
select_ids(const struct request *request, const struct item_query *query,
    uint32_t *n)
{
	const struct sim *sim = request->sim;
	const char *p = request_query(request, "ids");
	uint32_t *selected, index, i;
	struct jellyfin_id id;
	char text[64];
	size_t length;

	*n = 0;
	selected = memory_zeroed(strlen(p), sizeof(*selected));
	for (; *p != '\0'; p += length + strspn(p + length, ",")) {
		length = strcspn(p, ",");
		if (length >= sizeof(text))
			continue;
		memcpy(text, p, length);
		text[length] = '\0';
		if (jellyfin_id_parse(text, &id) == -1 ||
		    (index = library_by_id(&sim->library, &id)) == NO_ITEM ||
		    !wanted(sim, query, index))
			continue;
		for (i = 0; i < *n && selected[i] != index; i++)
			continue;
		if (i == *n)
			selected[(*n)++] = index;
	}
	return selected;
}

uint32_t *
item_query_select(const struct request *request,
    const struct item_query *query, uint32_t *n)
{
	const struct sim *sim = request->sim;
	uint32_t *selected = NULL, index;
	size_t size = 0;

	*n = 0;
	if (query->by_ids)
		selected = select_ids(request, query, n);
	for (index = 0; !query->by_ids && index < sim->library.n_items;
	    index++) {
		if (!wanted(sim, query, index))
			continue;
		if (*n == size) {
			size = size * 2 + 256;
			selected = memory_grown(selected, size,
			    sizeof(*selected));
		}
		selected[(*n)++] = index;
	}
	sort_items(sim, query, selected, *n);
	return selected;
}

static int
compare_up(const void *one, const void *other)
{
	const struct sortable *a = one, *b = other;
	int by_name = strcasecmp(a->name, b->name);

	if (a->date != b->date)
		return a->date < b->date ? -1 : 1;
	if (by_name != 0)
		return by_name;
	return a->item < b->item ? -1 : 1;
}

/* Items without a date come last this way (jellyfin-api.md). */
static int
compare_down(const void *one, const void *other)
{
	return compare_up(other, one);
}

static void
sort_items(const struct sim *sim, const struct item_query *query,
    uint32_t *items, uint32_t n)
{
	struct sortable *sortables;
	char title[CATALOGUE_TITLE_SIZE];
	struct state state;
	uint32_t i;

	if ((query->sort == SORT_CREATED && !query->descending) || n < 2)
		return;
	sortables = memory_zeroed(n, sizeof(*sortables));
	for (i = 0; i < n; i++) {
		sortables[i].item = items[i];
		if (query->sort == SORT_NAME) {
			library_item_title(&sim->library, items[i], title);
			(void)strlcpy(sortables[i].name, title,
			    sizeof(sortables[i].name));
		}
		if (query->sort == SORT_DATE_PLAYED && query->user != NULL) {
			userdata_kept(sim, query->user, items[i], &state);
			sortables[i].date =
			    state.has_date ? state.date : INT64_MIN;
		}
	}
	qsort(sortables, n, sizeof(*sortables),
	    query->descending ? compare_down : compare_up);
	for (i = 0; i < n; i++)
		items[i] = sortables[i].item;
	free(sortables);
}
