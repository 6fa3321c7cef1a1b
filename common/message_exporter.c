/* What the exporter is told, and what it tells the engine. */
#include "wire.h"

static void
put_exporter_options(struct wire_writer *w,
    const struct message_exporter_options *m)
{
	wire_put_text(w, m->url, sizeof(m->url));
	wire_put_text(w, m->headers, sizeof(m->headers));
	wire_put_number(w, m->interval, 1, UINT32_MAX);
	wire_put_bool(w, m->tls_verify);
	wire_put_bool(w, m->verbose);
}

static int
get_exporter_options(struct ibuf_reader *r,
    struct message_exporter_options *m)
{
	if (wire_get_text(r, m->url, sizeof(m->url)) == -1 ||
	    wire_get_text(r, m->headers, sizeof(m->headers)) == -1 ||
	    wire_get_number(r, &m->interval, 1, UINT32_MAX) == -1 ||
	    wire_get_bool(r, &m->tls_verify) == -1 ||
	    wire_get_bool(r, &m->verbose) == -1)
		return -1;
	return 0;
}

static void
put_exported(struct wire_writer *w, const struct message_exported *m)
{
	wire_put_enum(w, m->result, EXPORT_RESULT_COUNT);
	wire_put_text(w, m->error, sizeof(m->error));
}

static int
get_exported(struct ibuf_reader *r, struct message_exported *m)
{
	unsigned int result;

	if (wire_get_enum(r, &result, EXPORT_RESULT_COUNT) == -1 ||
	    wire_get_text(r, m->error, sizeof(m->error)) == -1)
		return -1;
	m->result = (enum export_result)result;
	return 0;
}

MESSAGE_DEFINE(exporter_options, MESSAGE_EXPORTER_OPTIONS,
    message_exporter_options);
MESSAGE_DEFINE(exported, MESSAGE_EXPORTED, message_exported);
