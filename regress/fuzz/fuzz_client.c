/*
 * What jellyporterctl makes of a daemon that says anything at all.  The first
 * byte is the command, the second how it is printed (j: JSON, else text); then
 * messages: the type, the length (two bytes, the lower first) and so many of
 * the bytes that follow.  Either it was an answer or there are words for why it
 * was none.
 */
#include <sys/socket.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "connection.h"
#include "fuzz.h"
#include "imsg.h"
#include "output.h"
#include "text.h"

#define NOW		INT64_C(1772388249)
#define SAID_MAX	65536	/* bytes; a socket takes that much at once */

static void	say(int, const uint8_t *, size_t);
static int	take_row(void *, const struct message_row *, struct imsgbuf *,
		    char *, size_t);
static int	take_history(void *, const struct message_history *, char *,
		    size_t);
static int	ask(int, enum command, bool, FILE *, char *, size_t);

/* Then it says nothing more, but listens. */
static void
say(int fd, const uint8_t *data, size_t size)
{
	struct imsgbuf to;
	size_t len;

	if (imsgbuf_init(&to, fd) == -1)
		err(1, NULL);
	while (size >= 3) {
		len = data[1] | (size_t)data[2] << 8;
		if (len > size - 3)
			len = size - 3;
		if (len > MAX_IMSGSIZE - IMSG_HEADER_SIZE ||
		    imsg_compose(&to, data[0], 0, 0, -1, data + 3, len) == -1)
			break;
		data += 3 + len;
		size -= 3 + len;
	}
	if (imsgbuf_flush(&to) == -1 || shutdown(fd, SHUT_WR) == -1)
		err(1, "a socket");
	imsgbuf_clear(&to);
}

/* As an import does, now and then it sends something. */
static int
take_row(void *arg, const struct message_row *row, struct imsgbuf *to,
    char *error, size_t size)
{
	struct message_hello hello = { PROTOCOL_VERSION };

	(void)arg;
	(void)error;
	(void)size;
	fuzz_check_text(row->kind, sizeof(row->kind));
	CHECK(row->n_values <= ROW_VALUES_MAX);
	if (row->n_values % 4 == 3)
		message_put_hello(to, 0, &hello);
	return row->n_values % 4 == 2;
}

static int
take_history(void *arg, const struct message_history *history, char *error,
    size_t size)
{
	(void)arg;
	fuzz_check_text(history->person, sizeof(history->person));
	fuzz_check_userdata(&history->userdata);
	if (history->year != 0)
		return 0;
	(void)strlcpy(error, "enough", size);
	return -1;
}

static int
ask(int fd, enum command number, bool json, FILE *file, char *error,
    size_t size)
{
	static const struct exchange none, exports = {
		.row = take_row, .history = take_history
	};
	static struct message_command command;
	struct screen screen;
	struct output output;
	int status;

	memset(&screen, 0, sizeof(screen));
	screen.file = file;
	screen.width = 80;
	screen.height = 24;
	screen.now = NOW;
	command.command = number;
	output_init(&output, json ? &output_json : &output_text, number,
	    &screen);
	status = connection_exchange(fd, &command, &output,
	    number == COMMAND_EXPORT || number == COMMAND_IMPORT ? &exports :
	    &none, error, size);
	output_clear(&output);
	return status;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char error[ERROR_SIZE], *printed = NULL;
	size_t len;
	FILE *file;
	int pair[2], status;

	if (size < 2 || size > SAID_MAX || data[0] < 'a' ||
	    data[0] >= 'a' + COMMAND_COUNT)
		return 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1 ||
	    (file = open_memstream(&printed, &len)) == NULL)
		err(1, NULL);
	say(pair[1], data + 2, size - 2);
	error[0] = '\0';
	status = ask(pair[0], (enum command)(data[0] - 'a'), data[1] == 'j',
	    file, error, sizeof(error));
	CHECK(status == 0 || status == -1);
	CHECK((status == -1) == (error[0] != '\0'));
	CHECK(memchr(error, '\0', sizeof(error)) != NULL);
	if (fclose(file) != 0)
		err(1, NULL);
	CHECK(text_is_utf8(printed, len));
	free(printed);
	close(pair[0]);
	close(pair[1]);
	return 0;
}
