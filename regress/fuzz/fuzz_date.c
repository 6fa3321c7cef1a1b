/*
 * Dates as Jellyfin writes them: within 1970 and 9999, and what is printed of
 * one and read again is the same.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "text.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[TEXT_TIME_SIZE], *date;
	int64_t seconds, again;
	int status;

	if (size > 64)
		return 0;
	/* It has a length, and need not end in a NUL. */
	date = malloc(size + 1);
	if (size > 0)
		memcpy(date, data, size);
	date = realloc(date, size > 0 ? size : 1);
	status = text_parse_time(date, size, &seconds);
	free(date);
	CHECK(status == 0 || status == -1);
	if (status == -1)
		return 0;
	CHECK(seconds >= 0 && seconds <= TEXT_TIME_MAX);
	text_time_utc(text, sizeof(text), seconds);
	if (seconds == 0) {
		CHECK(strcmp(text, "-") == 0);
		return 0;
	}
	CHECK(strlen(text) == strlen("2026-03-01T18:04:09Z"));
	CHECK(text_parse_time(text, strlen(text), &again) == 0);
	CHECK(again == seconds);
	return 0;
}
