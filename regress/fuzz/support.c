/* Checks and small things that several fuzz targets need. */
#include <sys/mman.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "text.h"

void
fuzz_finding(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: not true: %s\n", file, line, what);
	abort();
}

void
fuzz_check_text(const char *text, size_t size)
{
	CHECK(strnlen(text, size) < size);
	CHECK(text_is_utf8(text, strlen(text)));
}

void
fuzz_check_userdata(const struct userdata *userdata)
{
	CHECK(userdata->position >= 0);
	CHECK(userdata->last_played >= 0);
	CHECK(userdata->last_played <= TEXT_TIME_MAX);
	CHECK(userdata->play_count >= 0);
}

void
fuzz_check_providers(uint32_t n, const struct provider_id *ids)
{
	uint32_t i;

	CHECK(n <= PROVIDERS_MAX);
	for (i = 0; i < n; i++) {
		fuzz_check_text(ids[i].name, sizeof(ids[i].name));
		fuzz_check_text(ids[i].value, sizeof(ids[i].value));
	}
}

void
fuzz_check_item(const struct item_record *item)
{
	CHECK((unsigned int)item->kind < ITEM_KIND_COUNT);
	CHECK(item->season >= NUMBER_UNKNOWN);
	CHECK(item->episode >= NUMBER_UNKNOWN);
	CHECK(item->episode_end >= item->episode);
	CHECK(item->kind == ITEM_EPISODE || (!item->has_series &&
	    item->series_title[0] == '\0' &&
	    item->season == NUMBER_UNKNOWN &&
	    item->episode == NUMBER_UNKNOWN));
	CHECK(item->year >= 0);
	CHECK(item->runtime >= 0);
	CHECK(item->media_sources >= 1);
	fuzz_check_text(item->title, sizeof(item->title));
	fuzz_check_text(item->series_title, sizeof(item->series_title));
	fuzz_check_providers(item->n_providers, item->providers);
}

/* FNV-1a of the input, then xorshift. */
void
fuzz_random_init(struct fuzz_random *r, const uint8_t *data, size_t size)
{
	size_t i;

	r->state = UINT64_C(0xcbf29ce484222325);
	for (i = 0; i < size; i++)
		r->state = (r->state ^ data[i]) * UINT64_C(0x100000001b3);
	if (r->state == 0)
		r->state = 1;
}

size_t
fuzz_random_below(struct fuzz_random *r, size_t limit)
{
	r->state ^= r->state << 13;
	r->state ^= r->state >> 7;
	r->state ^= r->state << 17;
	return limit == 0 ? 0 : (size_t)((r->state >> 11) % limit);
}

char *
fuzz_string(const uint8_t *data, size_t size)
{
	char *text;

	if ((text = malloc(size + 1)) == NULL)
		err(1, NULL);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

void
fuzz_file(int *fd, const void *data, size_t size)
{
	if (*fd == -1 && (*fd = memfd_create("fuzz", MFD_CLOEXEC)) == -1)
		err(1, "memfd_create");
	if (ftruncate(*fd, 0) == -1 || lseek(*fd, 0, SEEK_SET) == -1 ||
	    write(*fd, data, size) != (ssize_t)size ||
	    lseek(*fd, 0, SEEK_SET) == -1)
		err(1, "a file in memory");
}
