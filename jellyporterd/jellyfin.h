/*
 * Jellyfin's API as jellyfin-api.md describes it: paths and bodies of requests
 * out, bounded records in.  No I/O here.
 *
 * Everything decoded is checked: a value of another type than Jellyfin's, or a
 * missing id, makes the whole record useless (-1).
 */
#ifndef JELLYPORTERD_JELLYFIN_H
#define JELLYPORTERD_JELLYFIN_H

#include <stddef.h>
#include <stdint.h>

#include <json-c/json_object.h>

#include "message.h"

#define JELLYFIN_PATH_SIZE	4096	/* fits READ_IDS_MAX ids */
#define JELLYFIN_BODY_SIZE	256

/* A part of a list.  Pages have an order, the whole has none. */
struct jellyfin_page {
	const struct jellyfin_id	*library;	/* NULL: all of them */
	uint32_t			 start;
	uint32_t			 size;		/* 0: the whole list */
};

/* Paths with their queries; buffers are of JELLYFIN_PATH_SIZE. */
void	jellyfin_list_path(char *, const struct message_list *,
	    const struct jellyfin_page *);
/* The activity log, as far as it is about users. */
void	jellyfin_activity_path(char *, const struct message_activity *);
/* Those of these that are in a set; or all of them: LISTING_COUNT. */
void	jellyfin_ids_path(char *, const struct jellyfin_id *user,
	    enum listing set, const struct jellyfin_id *items, size_t n);
/* Of which files items consist; an item takes up to 100 KB of the answer. */
void	jellyfin_alternates_path(char *, const struct jellyfin_id *items,
	    size_t n);
/* Userdata of one copy: written by POST, read by GET.  Reading is for what is
 * in no list; it may show a change late. */
void	jellyfin_userdata_path(char *, const struct jellyfin_id *user,
	    const struct jellyfin_id *item);
/* The only request that clears the last played date; of an item with alternate
 * versions it clears all of them, whichever is named. */
void	jellyfin_clear_path(char *, const struct jellyfin_id *user,
	    const struct jellyfin_id *item);
/*
 * The whole tuple, into a buffer of JELLYFIN_BODY_SIZE.  "No date" cannot be
 * said: it is left out, which leaves the item's as it is.
 */
void	jellyfin_write_body(char *, const struct userdata *);

/* An id that is a text, and nothing but the id. */
int	jellyfin_id_read(struct json_object *, struct jellyfin_id *);
/* All members that the next two look at. */
extern const char *const jellyfin_item_keys[], *const jellyfin_userdata_keys[];
/* An item of the identity listing. */
int	jellyfin_item(struct json_object *, struct item_record *);
/* An item with its user's UserData. */
int	jellyfin_item_userdata(struct json_object *,
	    struct message_userdata *);
/* The files of an item, as many as fit; how many, or -1. */
int	jellyfin_alternates(struct json_object *, struct alternate_record *,
	    size_t max);
/* Userdata alone, as a write is answered. */
int	jellyfin_userdata(struct json_object *, struct userdata *);

/* GET /System/Info/Public */
enum jellyfin_readiness {
	JELLYFIN_READY,
	JELLYFIN_STARTING,	/* camelCase: it is not itself yet */
	JELLYFIN_UNSUPPORTED,	/* of a version that we do not know */
	JELLYFIN_OTHER		/* not Jellyfin, as it seems */
};

enum jellyfin_readiness jellyfin_info(struct json_object *,
	    struct message_server_info *);
int	jellyfin_user(struct json_object *, struct message_user *);

struct jellyfin_library {
	char			name[NAME_SIZE];	/* trimmed */
	struct jellyfin_id	id;
};

int	jellyfin_library(struct json_object *, struct jellyfin_library *);

/* What is played in a session: 1, nothing 0, -1 if it makes no sense. */
int	jellyfin_now_playing(struct json_object *, struct jellyfin_id *user,
	    struct jellyfin_id *item);

/* An entry of the activity log. */
int	jellyfin_acted(struct json_object *, struct message_acted *);

/* A whole small answer.  NULL if it is not one JSON value. */
struct json_object *jellyfin_parse(const char *, size_t);

#endif
