/* What is said of a configuration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config_said.h"

char directory[] = "/tmp/jellyporter-config.XXXXXX";

int
enter_directory(void)
{
	if (mkdtemp(directory) == NULL || chdir(directory) == -1 ||
	    mkdir("directory", 0700) == -1)
		return -1;
	write_text("key", " \nsecret9\n", 0600);
	return 0;
}

static void
remove_file(const char *name)
{
	if (unlink(name) == -1)
		perror(name);
}

void
leave_directory(const char *const *names)
{
	for (; *names != NULL; names++)
		remove_file(*names);
	remove_file("key");
	remove_file(FILE_NAME);
	if (rmdir("directory") == -1 || chdir("/") == -1 ||
	    rmdir(directory) == -1)
		perror(directory);
}

void
write_file(const char *name, const char *bytes, size_t len, mode_t mode)
{
	FILE *file;

	assert_non_null(file = fopen(name, "w"));
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(name, mode), 0);
}

void
write_text(const char *name, const char *text, mode_t mode)
{
	write_file(name, text, strlen(text), mode);
}

void
load_file(const char *name, struct said *said)
{
	struct config_report report = { NULL, 0, 0 };
	size_t len;

	assert_non_null(report.out = open_memstream(&said->text, &len));
	said->config = config_load(name, &report);
	assert_int_equal(fclose(report.out), 0);
	said->errors = report.errors;
	said->warnings = report.warnings;
	assert_true((said->config == NULL) == (said->errors > 0));
	assert_null(strstr(said->text, "secret"));
}

void
load_bytes(const char *bytes, size_t len, struct said *said)
{
	write_file(FILE_NAME, bytes, len, 0600);
	load_file(FILE_NAME, said);
}

void
load(const char *text, struct said *said)
{
	load_bytes(text, strlen(text), said);
}

void
load_good(const char *text, struct said *said)
{
	load(text, said);
	assert_string_equal(said->text, "");
	assert_non_null(said->config);
}

void
forget(struct said *said)
{
	config_free(said->config);
	free(said->text);
}

void
assert_says(const char *text, const char *answer)
{
	struct said said;

	load(text, &said);
	assert_string_equal(said.text, answer);
	forget(&said);
}

char *
replaced(const char *text, const char *from, const char *to)
{
	FILE *out;
	char *copy;
	const char *next;
	size_t len;

	assert_non_null(out = open_memstream(&copy, &len));
	while ((next = strstr(text, from)) != NULL) {
		fwrite(text, 1, (size_t)(next - text), out);
		fputs(to, out);
		text = next + strlen(from);
	}
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
	return copy;
}

char *
printed_config(const struct config *config)
{
	FILE *out;
	char *text;
	size_t len;

	assert_non_null(out = open_memstream(&text, &len));
	config_print(config, out);
	assert_int_equal(fclose(out), 0);
	assert_null(strstr(text, "secret"));
	return text;
}
