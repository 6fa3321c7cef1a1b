/*
 * Connections from a process that is in no sandbox.  All that it takes from us
 * is a byte; what it gives is a descriptor, or an errno.
 */
#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "connection.h"
#include "connector.h"

/* Room for one descriptor beside the bytes. */
union control {
	struct cmsghdr	align;
	char		buffer[CMSG_SPACE(sizeof(int))];
};

static void	 serve(int, const char *);
static int	 send_connection(int, int, int);

int
connector_start(const char *path)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1)
		return -1;
	switch (fork()) {
	case -1:
		close(pair[0]);
		close(pair[1]);
		return -1;
	case 0:
		close(pair[0]);
		serve(pair[1], path);
		_exit(0);
	}
	close(pair[1]);
	return pair[0];
}

static void
serve(int us, const char *path)
{
	char asked;
	int fd, status;

	/* Who waits for the end of our output waits for the other process. */
	close(STDOUT_FILENO);
	while (read(us, &asked, sizeof(asked)) == sizeof(asked)) {
		fd = connection_open(path);
		status = send_connection(us, fd, fd == -1 ? errno : 0);
		if (fd != -1)
			close(fd);
		if (status == -1)
			break;
	}
}

static int
send_connection(int us, int fd, int error)
{
	struct iovec iov = { &error, sizeof(error) };
	struct msghdr message;
	union control control;
	struct cmsghdr *header;

	memset(&message, 0, sizeof(message));
	memset(&control, 0, sizeof(control));
	message.msg_iov = &iov;
	message.msg_iovlen = 1;
	if (fd != -1) {
		message.msg_control = control.buffer;
		message.msg_controllen = sizeof(control.buffer);
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	}
	return sendmsg(us, &message, 0) == sizeof(error) ? 0 : -1;
}

int
connector_connect(int connector)
{
	int error = 0, fd = -1;
	struct iovec iov = { &error, sizeof(error) };
	struct msghdr message;
	union control control;
	struct cmsghdr *header;
	ssize_t n;

	memset(&message, 0, sizeof(message));
	message.msg_iov = &iov;
	message.msg_iovlen = 1;
	message.msg_control = control.buffer;
	message.msg_controllen = sizeof(control.buffer);
	if (write(connector, "", 1) != 1)
		return -1;
	if ((n = recvmsg(connector, &message, MSG_CMSG_CLOEXEC)) == -1)
		return -1;
	header = CMSG_FIRSTHDR(&message);
	if (header != NULL && header->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	if (fd == -1)
		errno = n == sizeof(error) && error != 0 ? error : EPIPE;
	return fd;
}
