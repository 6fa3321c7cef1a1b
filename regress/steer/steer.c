/*
 * Steers a simulated server: one request to its control port, the answer's
 * body to stdout.  It does what curl would, and is what tests start most often:
 * curl would spend ten times as long on loading its libraries.
 *
 * steer METHOD HOST:PORT /PATH?QUERY; 0, 1 without an answer, 22, as curl's
 * --fail has it, where the answer is an error.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>

#define TIMEOUT	60	/* seconds */

static const struct {
	const char		*name;
	enum evhttp_cmd_type	 type;
} methods[] = {
	{ "GET", EVHTTP_REQ_GET },
	{ "POST", EVHTTP_REQ_POST },
	{ "DELETE", EVHTTP_REQ_DELETE },
};

static enum evhttp_cmd_type method_by_name(const char *);
static void	answered(struct evhttp_request *, void *);
static void	failed(enum evhttp_request_error, void *);

static enum evhttp_cmd_type
method_by_name(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (strcmp(methods[i].name, name) == 0)
			return methods[i].type;
	}
	errx(2, "%s is no method of a control port", name);
}

static void
answered(struct evhttp_request *request, void *status)
{
	struct evbuffer *body;
	size_t len;

	if (request == NULL || evhttp_request_get_response_code(request) == 0)
		return;
	body = evhttp_request_get_input_buffer(request);
	len = evbuffer_get_length(body);
	if (fwrite(evbuffer_pullup(body, -1), 1, len, stdout) < len ||
	    fflush(stdout) == EOF)
		err(1, "stdout");
	*(int *)status =
	    evhttp_request_get_response_code(request) < 400 ? 0 : 22;
}

static void
failed(enum evhttp_request_error error, void *status)
{
	(void)status;
	warnx("no answer (%d)", error);
}

int
main(int argc, char *argv[])
{
	struct evhttp_connection *connection;
	struct evhttp_request *request;
	struct event_base *base;
	struct evkeyvalq *headers;
	char *port;
	int status = 1;

	if (argc != 4 || (port = strchr(argv[2], ':')) == NULL) {
		fprintf(stderr,
		    "usage: steer method host:port /path?query\n");
		return 2;
	}
	*port++ = '\0';
	if ((base = event_base_new()) == NULL ||
	    (connection = evhttp_connection_base_new(base, NULL, argv[2],
	    (uint16_t)atoi(port))) == NULL ||
	    (request = evhttp_request_new(answered, &status)) == NULL)
		errx(1, "no memory");
	evhttp_connection_set_timeout(connection, TIMEOUT);
	evhttp_request_set_error_cb(request, failed);
	headers = evhttp_request_get_output_headers(request);
	if (evhttp_add_header(headers, "Host", argv[2]) == -1 ||
	    evhttp_add_header(headers, "Connection", "close") == -1 ||
	    evhttp_make_request(connection, request,
	    method_by_name(argv[1]), argv[3]) == -1)
		errx(1, "no memory");
	event_base_dispatch(base);
	evhttp_connection_free(connection);
	event_base_free(base);
	return status;
}
