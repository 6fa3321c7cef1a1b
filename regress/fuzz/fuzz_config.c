/*
 * The configuration: what is refused says why; what is accepted is printed,
 * and that is accepted too (with a key in the place of its blank) and printed
 * the same.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "fuzz.h"
#include "text.h"

#define BLANK	"\"********\""
#define KEY	"\"abcdefgh\""	/* as long as that */

static struct config *load(int, char **, size_t *);
static char	*print(const struct config *, size_t *);

static struct config *
load(int fd, char **said, size_t *len)
{
	struct config_report report;
	struct config *config;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	memset(&report, 0, sizeof(report));
	if ((report.out = open_memstream(said, len)) == NULL)
		err(1, NULL);
	config = config_load(path, &report);
	if (fclose(report.out) != 0)
		err(1, NULL);
	CHECK((config == NULL) == (report.errors > 0));
	CHECK(report.errors + report.warnings == 0 || *len > 0);
	CHECK(text_is_utf8(*said, *len));
	return config;
}

static char *
print(const struct config *config, size_t *len)
{
	char *text = NULL;
	FILE *f;

	if ((f = open_memstream(&text, len)) == NULL)
		err(1, NULL);
	config_print(config, f);
	if (fclose(f) != 0)
		err(1, NULL);
	CHECK(text_is_utf8(text, *len));
	return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	struct config *config;
	char *said = NULL, *first, *second, *filled, *at;
	size_t len, n_first, n_second;

	/* Files that it names are not ours to open. */
	if (size > 65536 || memmem(data, size, "_file", 5) != NULL)
		return 0;
	fuzz_file(&fd, data, size);
	config = load(fd, &said, &len);
	free(said);
	if (config == NULL)
		return 0;
	first = print(config, &n_first);
	config_free(config);
	filled = fuzz_string((const uint8_t *)first, n_first);
	while ((at = strstr(filled, BLANK)) != NULL)
		memcpy(at, KEY, strlen(KEY));
	fuzz_file(&fd, filled, n_first);
	said = NULL;
	config = load(fd, &said, &len);
	if (config == NULL)
		fprintf(stderr, "%s\n%s", filled, said);
	CHECK(config != NULL);
	free(said);
	second = print(config, &n_second);
	config_free(config);
	CHECK(n_first == n_second && memcmp(first, second, n_first) == 0);
	free(first);
	free(second);
	free(filled);
	return 0;
}
