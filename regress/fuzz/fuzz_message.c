/*
 * Every message's unmarshal.  The first byte says which, the others are the
 * message.  What is understood is marshalled again, which is fatal for a value
 * out of bounds, and must give the same bytes: then nothing was read that was
 * not there, and nothing there was passed over.
 */
#include <sys/socket.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "ibuf.h"
#include "imsg.h"

#define ID	7

static struct imsgbuf	out;		/* where messages are marshalled */
static struct imsgbuf	in;		/* and come back */

static void	open_pair(void);
static void	compare(const struct imsg *);

#define AGAIN(name, record)						\
static bool								\
again_##name(struct imsg *imsg)						\
{									\
	static struct record m;						\
									\
	/* What is left of another message must not get into this one. */ \
	memset(&m, 0x5a, sizeof(m));					\
	if (message_get_##name(imsg, &m) == -1)				\
		return false;						\
	message_put_##name(&out, imsg_get_id(imsg), &m);		\
	return true;							\
}									\
struct record

AGAIN(hello, message_hello);
AGAIN(identity, message_identity);
AGAIN(engine_options, message_engine_options);
AGAIN(server, message_server);
AGAIN(endpoint, message_endpoint);
AGAIN(fetcher_options, message_fetcher_options);
AGAIN(certificates, message_certificates);
AGAIN(library, message_library);
AGAIN(listener_options, message_listener_options);
AGAIN(resolver_options, message_resolver_options);
AGAIN(host, message_host);
AGAIN(addresses, message_addresses);
AGAIN(renewed, message_renewed);
AGAIN(log, message_log);
AGAIN(once_done, message_once_done);
AGAIN(list, message_list);
AGAIN(activity, message_activity);
AGAIN(acted, message_acted);
AGAIN(alternates, message_alternates);
AGAIN(read, message_read);
AGAIN(write, message_write);
AGAIN(playing, message_playing);
AGAIN(watch, message_watch);
AGAIN(live, message_live);
AGAIN(dirty, message_dirty);
AGAIN(server_info, message_server_info);
AGAIN(user, message_user);
AGAIN(item, item_record);
AGAIN(alternate, alternate_record);
AGAIN(event, message_event);
AGAIN(called, message_called);
AGAIN(metric, message_metric);
AGAIN(exporter_options, message_exporter_options);
AGAIN(exported, message_exported);
AGAIN(userdata, message_userdata);
AGAIN(written, message_written);
AGAIN(result, message_result);
AGAIN(command, message_command);
AGAIN(row, message_row);
AGAIN(history, message_history);
AGAIN(command_result, message_command_result);

static bool
again_link(struct imsg *imsg)
{
	struct message_link m;
	int fd;

	if (message_get_link(imsg, &m, &fd) == -1)
		return false;
	message_put_link(&out, &m, fd);
	return true;
}

static bool
again_control_socket(struct imsg *imsg)
{
	int fd;

	if (message_get_control_socket(imsg, &fd) == -1)
		return false;
	message_put_control_socket(&out, fd);
	return true;
}

static bool
again_listen_socket(struct imsg *imsg)
{
	uint32_t serves;
	int fd;

	if (message_get_listen_socket(imsg, &serves, &fd) == -1)
		return false;
	message_put_listen_socket(&out, serves, fd);
	return true;
}

static bool	(*const again[MESSAGE_TYPE_COUNT])(struct imsg *) = {
	[MESSAGE_HELLO] =		again_hello,
	[MESSAGE_IDENTITY] =		again_identity,
	[MESSAGE_LINK] =		again_link,
	[MESSAGE_CONTROL_SOCKET] =	again_control_socket,
	[MESSAGE_ENGINE_OPTIONS] =	again_engine_options,
	[MESSAGE_SERVER] =		again_server,
	[MESSAGE_ENDPOINT] =		again_endpoint,
	[MESSAGE_FETCHER_OPTIONS] =	again_fetcher_options,
	[MESSAGE_CERTIFICATES] =	again_certificates,
	[MESSAGE_LIBRARY] =		again_library,
	[MESSAGE_LISTENER_OPTIONS] =	again_listener_options,
	[MESSAGE_LISTEN_SOCKET] =	again_listen_socket,
	[MESSAGE_RESOLVER_OPTIONS] =	again_resolver_options,
	[MESSAGE_HOST] =		again_host,
	[MESSAGE_ADDRESSES] =		again_addresses,
	[MESSAGE_EVENT] =		again_event,
	[MESSAGE_CALLED] =		again_called,
	[MESSAGE_METRIC] =		again_metric,
	[MESSAGE_RENEWED] =	again_renewed,
	[MESSAGE_LOG] =		again_log,
	[MESSAGE_EXPORTER_OPTIONS] =	again_exporter_options,
	[MESSAGE_EXPORTED] =		again_exported,
	[MESSAGE_ONCE_DONE] =		again_once_done,
	[MESSAGE_LIST] =		again_list,
	[MESSAGE_ACTIVITY] =	again_activity,
	[MESSAGE_ACTED] =	again_acted,
	[MESSAGE_ALTERNATES] =		again_alternates,
	[MESSAGE_READ] =		again_read,
	[MESSAGE_WRITE] =		again_write,
	[MESSAGE_PLAYING] =	again_playing,
	[MESSAGE_WATCH] =	again_watch,
	[MESSAGE_LIVE] =	again_live,
	[MESSAGE_DIRTY] =	again_dirty,
	[MESSAGE_SERVER_INFO] =		again_server_info,
	[MESSAGE_USER] =		again_user,
	[MESSAGE_ITEM] =		again_item,
	[MESSAGE_ALTERNATE] =		again_alternate,
	[MESSAGE_USERDATA] =		again_userdata,
	[MESSAGE_WRITTEN] =		again_written,
	[MESSAGE_RESULT] =		again_result,
	[MESSAGE_COMMAND] =		again_command,
	[MESSAGE_ROW] =			again_row,
	[MESSAGE_HISTORY] =		again_history,
	[MESSAGE_COMMAND_RESULT] =	again_command_result,
};

static void
open_pair(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
	    pair) == -1 || imsgbuf_init(&out, pair[0]) == -1 ||
	    imsgbuf_init(&in, pair[1]) == -1)
		err(1, "socketpair");
	imsgbuf_allow_fdpass(&in);
}

static void
compare(const struct imsg *imsg)
{
	struct imsg other;

	CHECK(imsgbuf_write(&out) == 0 && imsgbuf_queuelen(&out) == 0);
	CHECK(imsgbuf_read(&in) == 1);
	CHECK(imsg_get(&in, &other) > 0);
	CHECK(imsg_get_type(&other) == imsg_get_type(imsg));
	CHECK(imsg_get_len(&other) == imsg_get_len(imsg));
	CHECK(memcmp(other.data, imsg->data, imsg_get_len(imsg)) == 0);
	imsg_free(&other);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct imsg imsg;

	if (out.w == NULL)
		open_pair();
	if (size == 0 || size - 1 > MAX_IMSGSIZE - IMSG_HEADER_SIZE)
		return 0;
	memset(&imsg, 0, sizeof(imsg));
	imsg.hdr.type = data[0] % MESSAGE_TYPE_COUNT;
	imsg.hdr.len = (uint32_t)(IMSG_HEADER_SIZE + size - 1);
	imsg.hdr.peerid = ID;
	imsg.data = (unsigned char *)fuzz_string(data + 1, size - 1);
	imsg.fd = -1;
	if (imsg.hdr.type == MESSAGE_LINK ||
	    imsg.hdr.type == MESSAGE_CONTROL_SOCKET ||
	    imsg.hdr.type == MESSAGE_LISTEN_SOCKET)
		imsg.fd = dup(STDERR_FILENO);
	if (again[imsg.hdr.type] != NULL && again[imsg.hdr.type](&imsg))
		compare(&imsg);
	free(imsg.data);
	imsg.data = NULL;
	imsg_free(&imsg);
	return 0;
}
