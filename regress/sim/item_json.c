/*
 * One item as the server shows it.
 */
#include <stdio.h>
#include <string.h>

#include "items.h"
#include "sim.h"
#include "userdata.h"

static const struct {
	const char	*type;
	const char	*media_type;
	bool		 is_folder;
} kinds[LIBRARY_KIND_COUNT] = {
	[ITEM_MOVIE] = { "Movie", "Video", false },
	[ITEM_EPISODE] = { "Episode", "Video", false },
	[ITEM_SERIES] = { "Series", "Unknown", true },
	[LIBRARY_SEASON] = { "Season", "Unknown", true },
};

static void	put_number(struct json_out *, const char *, int64_t);
static void	put_reference(const struct sim *, uint32_t, const char *,
		    const char *, struct json_out *);
static void	put_numbers(const struct sim *, uint32_t, struct json_out *);
static void	put_path(const struct library_item *, struct json_out *);
static void	put_media_sources(const struct sim *, uint32_t,
		    struct json_out *);
static void	put_fields(const struct sim *, uint32_t, uint32_t,
		    struct json_out *);
static void	put_images(const struct library_item *, struct json_out *);

static void
put_number(struct json_out *out, const char *name, int64_t number)
{
	out_literal(out, ",\"");
	out_text(out, name);
	out_literal(out, "\":");
	out_number(out, number);
}

static void
put_reference(const struct sim *sim, uint32_t index, const char *id,
    const char *name, struct json_out *out)
{
	char title[CATALOGUE_TITLE_SIZE];

	if (index == NO_ITEM)
		return;
	library_item_title(&sim->library, index, title);
	out_literal(out, ",\"");
	out_text(out, name);
	out_literal(out, "\":");
	out_string(out, title);
	out_literal(out, ",\"");
	out_text(out, id);
	out_literal(out, "\":");
	out_id(out, &sim->library.items[index].id);
}

static void
put_numbers(const struct sim *sim, uint32_t index, struct json_out *out)
{
	const struct library_item *item = &sim->library.items[index];

	if (item->kind == LIBRARY_SEASON) {
		put_number(out, "IndexNumber", item->season);
		put_reference(sim, item->series, "SeriesId", "SeriesName", out);
	}
	if (item->kind != ITEM_EPISODE)
		return;
	if (!library_has(item, QUIRK_NO_NUMBERS)) {
		put_number(out, "IndexNumber", item->episode);
		if (item->episode_end != item->episode)
			put_number(out, "IndexNumberEnd", item->episode_end);
		put_number(out, "ParentIndexNumber", item->season);
	}
	put_reference(sim, item->series, "SeriesId", "SeriesName", out);
	put_reference(sim, item->season_item, "SeasonId", "SeasonName", out);
}

static void
put_path(const struct library_item *item, struct json_out *out)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/media/%s/%u/%u%s.mkv",
	    item->kind == ITEM_MOVIE ? "movies" : "shows", item->number,
	    item->number, item->copy == 1 ? "-4k" : "");
	out_literal(out, ",\"Path\":");
	out_string(out, path);
}

/* The item's own file is among them, and stands first. */
static void
put_media_sources(const struct sim *sim, uint32_t index, struct json_out *out)
{
	const struct library_item *item = &sim->library.items[index];
	uint32_t i;

	out_literal(out, ",\"MediaSources\":[");
	for (i = 0; i <= item->versions; i++) {
		if (item[i].removed)
			continue;
		if (i > 0)
			out_literal(out, ",");
		out_literal(out, "{\"Protocol\":\"File\",\"Id\":");
		out_id(out, &item[i].id);
		put_path(&item[i], out);
		out_literal(out, ",\"Type\":\"");
		out_text(out, i == 0 ? "Default" : "Grouping");
		out_literal(out, "\",\"Container\":\"mkv\",\"IsRemote\":false");
		if (item[i].runtime != 0)
			put_number(out, "RunTimeTicks", item[i].runtime);
		out_literal(out, "}");
	}
	out_literal(out, "]");
}

static void
put_fields(const struct sim *sim, uint32_t index, uint32_t fields,
    struct json_out *out)
{
	const struct library_item *item = &sim->library.items[index];
	bool is_file = !kinds[item->kind].is_folder &&
	    !library_has(item, QUIRK_VIRTUAL);

	if (fields & ITEM_FIELD_PROVIDER_IDS) {
		out_literal(out, ",\"ProviderIds\":");
		library_provider_ids(&sim->library, index, out);
	}
	if ((fields & ITEM_FIELD_MEDIA_SOURCE_COUNT) &&
	    library_files(item) > 1)
		put_number(out, "MediaSourceCount", library_files(item));
	if ((fields & ITEM_FIELD_MEDIA_SOURCES) && is_file)
		put_media_sources(sim, index, out);
	if (fields & ITEM_FIELD_DATE_CREATED) {
		out_literal(out, ",\"DateCreated\":");
		out_date(out, item->created);
	}
	if ((fields & ITEM_FIELD_PATH) && is_file)
		put_path(item, out);
}

static void
put_images(const struct library_item *item, struct json_out *out)
{
	out_literal(out, ",\"ImageTags\":{\"Primary\":");
	out_id(out, &item->id);
	out_literal(out, "},\"BackdropImageTags\":[]");
}

void
item_json(const struct sim *sim, uint32_t index, uint32_t fields,
    const struct state *state, struct json_out *out)
{
	const struct library_item *item = &sim->library.items[index];
	bool is_virtual = library_has(item, QUIRK_VIRTUAL) &&
	    item->kind == ITEM_EPISODE;
	bool is_folder = kinds[item->kind].is_folder;
	char title[CATALOGUE_TITLE_SIZE];

	library_item_title(&sim->library, index, title);
	out_literal(out, "{\"Name\":");
	out_string(out, title);
	out_literal(out, ",\"ServerId\":");
	out_id(out, &sim->id);
	out_literal(out, ",\"Id\":");
	out_id(out, &item->id);
	if (!is_folder && !is_virtual)
		out_literal(out, ",\"Container\":\"mkv\"");
	out_literal(out, ",\"ChannelId\":null");
	if (!is_folder && item->runtime != 0)
		put_number(out, "RunTimeTicks", item->runtime);
	put_number(out, "ProductionYear", item->year);
	put_numbers(sim, index, out);
	put_fields(sim, index, fields, out);
	out_literal(out, ",\"IsFolder\":");
	out_bool(out, is_folder);
	out_literal(out, ",\"Type\":\"");
	out_text(out, kinds[item->kind].type);
	out_literal(out, "\"");
	if (state != NULL) {
		out_literal(out, ",\"UserData\":");
		userdata_json(sim, index, state, out);
	}
	if (!is_folder && !is_virtual)
		out_literal(out, ",\"VideoType\":\"VideoFile\"");
	if (fields & ITEM_FIELD_IMAGES)
		put_images(item, out);
	out_literal(out, ",\"ImageBlurHashes\":{},\"LocationType\":\"");
	out_text(out, is_virtual ? "Virtual" : "FileSystem");
	out_literal(out, "\",\"MediaType\":\"");
	out_text(out, kinds[item->kind].media_type);
	out_literal(out, "\"}");
}

void
item_folder_json(const struct sim *sim, const struct library_folder *folder,
    struct json_out *out)
{
	out_literal(out, "{\"Name\":");
	out_string(out, folder->name);
	out_literal(out, ",\"ServerId\":");
	out_id(out, &sim->id);
	out_literal(out, ",\"Id\":");
	out_id(out, &folder->id);
	out_literal(out, ",\"ChannelId\":null,\"IsFolder\":true,"
	    "\"Type\":\"CollectionFolder\",\"CollectionType\":\"");
	out_text(out, folder->collection_type);
	out_literal(out, "\",\"ImageBlurHashes\":{},"
	    "\"LocationType\":\"FileSystem\",\"MediaType\":\"Unknown\"}");
}
