/*
 * Answers of a receiver of metrics.  Whatever they are, they say how many data
 * points were not taken, and why in words for people; with anything behind them
 * they say nothing.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "http.h"
#include "otlp.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char why[ERROR_SIZE], again[ERROR_SIZE];
	int64_t rejected;
	char *body;
	size_t i;

	if (size > HTTP_BODY_MAX)
		return 0;
	/* By itself: nothing behind it may be looked at. */
	if ((body = malloc(size + (size == 0))) == NULL)
		err(1, NULL);
	if (size > 0)
		memcpy(body, data, size);
	memset(why, 0x5a, sizeof(why));
	rejected = otlp_rejected(body, size, why);
	CHECK(rejected >= 0);
	fuzz_check_text(why, sizeof(why));
	for (i = 0; why[i] != '\0'; i++)
		CHECK((unsigned char)why[i] >= ' ' && why[i] != 0x7f);
	CHECK(otlp_rejected(body, size, again) == rejected);
	CHECK(strcmp(again, why) == 0);
	/* A second answer behind the first makes it none at all. */
	if ((body = realloc(body, size + 3)) == NULL)
		err(1, NULL);
	memcpy(body + size, " {}", 3);
	if (rejected > 0 || why[0] != '\0') {
		CHECK(otlp_rejected(body, size + 3, again) == 0);
		CHECK(again[0] == '\0');
	}
	free(body);
	return 0;
}
