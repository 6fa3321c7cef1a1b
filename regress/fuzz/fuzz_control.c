/*
 * A client of the control socket that says anything at all, to an engine that
 * is still starting.  It is messages: the type, the length (two bytes, the
 * lower first) and so many of the bytes that follow; type 0 is that many bytes
 * as they are.  It is heard to the end or it is hung up on; every command has
 * one answer, and what is answered makes sense.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine.h"
#include "fuzz.h"
#include "imsg.h"

#define SAID_MAX	16384	/* bytes; a socket takes that much at once */
#define TURNS		8	/* of the loop, after which all is said */

static struct engine	 engine;
static struct sockaddr_un address = { .sun_family = AF_UNIX };
static socklen_t	 address_len;

static void	begin(void);
static unsigned	say(struct imsgbuf *, const uint8_t *, size_t);
static unsigned	hear(struct imsgbuf *);
static void	turn(void);

/* At an address that has no file. */
static void
begin(void)
{
	int fd;

	TAILQ_INIT(&engine.servers);
	if ((engine.base = event_base_new()) == NULL)
		errx(1, "event_base_new");
	address_len = sizeof(sa_family_t);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)) == -1 ||
	    bind(fd, (struct sockaddr *)&address, address_len) == -1 ||
	    listen(fd, 1) == -1)
		err(1, "a socket");
	address_len = sizeof(address);
	if (getsockname(fd, (struct sockaddr *)&address, &address_len) == -1)
		err(1, "getsockname");
	engine.control = control_new(&engine);
	control_listen(engine.control, fd);
}

static void
turn(void)
{
	if (event_base_loop(engine.base, EVLOOP_NONBLOCK) == -1)
		errx(1, "event_base_loop");
}

/* How many commands there may be in it. */
static unsigned
say(struct imsgbuf *to, const uint8_t *data, size_t size)
{
	unsigned commands = 0;
	size_t len;

	for (; size >= 3; data += 3 + len, size -= 3 + len) {
		len = data[1] | (size_t)data[2] << 8;
		if (len > size - 3)
			len = size - 3;
		commands += data[0] == MESSAGE_COMMAND;
		if (data[0] != 0) {
			if (imsg_compose(to, data[0], 0, 0, -1, data + 3,
			    len) == -1)
				break;
			continue;
		}
		/* It may be any number of them. */
		commands += (unsigned)(len / IMSG_HEADER_SIZE);
		if (imsgbuf_flush(to) == -1 ||
		    (len > 0 && send(to->fd, data + 3, len, MSG_NOSIGNAL) == -1))
			break;
	}
	(void)imsgbuf_flush(to);	/* it may have hung up */
	return commands;
}

static unsigned
hear(struct imsgbuf *from)
{
	struct message_command_result result;
	struct message_hello hello;
	struct imsg imsg;
	unsigned heard = 0, answers = 0;

	while (imsgbuf_read(from) == 1) {
		while (imsg_get(from, &imsg) > 0) {
			if (heard++ == 0) {
				CHECK(message_get_hello(&imsg, &hello) == 0);
				continue;
			}
			CHECK(message_get_command_result(&imsg, &result) == 0);
			CHECK(result.failed && result.error[0] != '\0');
			answers++;
			imsg_free(&imsg);
		}
	}
	return answers;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct imsgbuf client;
	unsigned commands;
	int fd, i;

	if (size > SAID_MAX)
		return 0;
	if (engine.base == NULL)
		begin();
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1 ||
	    connect(fd, (struct sockaddr *)&address, address_len) == -1 ||
	    imsgbuf_init(&client, fd) == -1)
		err(1, "a socket");
	turn();
	commands = say(&client, data, size);
	if (shutdown(fd, SHUT_WR) == -1)
		err(1, "shutdown");
	for (i = 0; i < TURNS; i++)
		turn();
	/* One more: that of another version is refused with an answer. */
	CHECK(hear(&client) <= commands + 1);
	imsgbuf_clear(&client);
	close(fd);
	turn();
	return 0;
}
