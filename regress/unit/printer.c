/* A printer of jellyporterctl that prints into memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "printer.h"

struct screen		 screen;
struct output		 output;
char			*printed;
struct message_row	 row;

const struct message_command_result done = { false, false, "" };

static size_t		 printed_size;

void
start(const struct output_format *format, enum command command, size_t width)
{
	memset(&screen, 0, sizeof(screen));
	screen.file = open_memstream(&printed, &printed_size);
	assert_non_null(screen.file);
	screen.width = width;
	screen.height = 24;
	screen.now = NOW;
	output_init(&output, format, command, &screen);
}

void
send_row(void)
{
	assert_int_equal(output_row(&output, &row), 0);
}

void
finish(const struct message_command_result *result)
{
	assert_int_equal(output_end(&output, result), 0);
	output_clear(&output);
	assert_int_equal(fclose(screen.file), 0);
}

void
assert_printed(const char *expected)
{
	assert_string_equal(printed, expected);
	free(printed);
	printed = NULL;
}
