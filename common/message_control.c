/* Between jellyporterctl and the engine. */
#include "wire.h"

static void
put_command(struct wire_writer *w, const struct message_command *m)
{
	wire_put_enum(w, m->command, COMMAND_COUNT);
	wire_put_text(w, m->argument, sizeof(m->argument));
	wire_put_text(w, m->person, sizeof(m->person));
	wire_put_text(w, m->server, sizeof(m->server));
	wire_put_long(w, m->since, 0);
	wire_put_u32(w, m->limit);
	wire_put_long(w, m->id, 0);
	wire_put_bool(w, m->force);
}

static int
get_command(struct ibuf_reader *r, struct message_command *m)
{
	unsigned int command;

	if (wire_get_enum(r, &command, COMMAND_COUNT) == -1 ||
	    wire_get_text(r, m->argument, sizeof(m->argument)) == -1 ||
	    wire_get_text(r, m->person, sizeof(m->person)) == -1 ||
	    wire_get_text(r, m->server, sizeof(m->server)) == -1 ||
	    wire_get_long(r, &m->since, 0) == -1 ||
	    wire_get_u32(r, &m->limit) == -1 ||
	    wire_get_long(r, &m->id, 0) == -1 ||
	    wire_get_bool(r, &m->force) == -1)
		return -1;
	m->command = (enum command)command;
	return 0;
}

/* Whose history, of what: never a series, never nobody's. */
static void
put_history_work(struct wire_writer *w, const struct message_history *m)
{
	if (m->person[0] == '\0')
		wire_bug(w, "it is nobody's");
	wire_put_text(w, m->person, sizeof(m->person));
	wire_put_enum(w, m->kind, ITEM_SERIES);
	wire_put_signed(w, m->season, NUMBER_UNKNOWN);
	wire_put_signed(w, m->episode, NUMBER_UNKNOWN);
	wire_put_signed(w, m->episode_end, NUMBER_UNKNOWN);
	wire_put_signed(w, m->year, 0);
	wire_put_long(w, m->runtime, 0);
	wire_put_text(w, m->title, sizeof(m->title));
	wire_put_text(w, m->series_title, sizeof(m->series_title));
}

static int
get_history_work(struct ibuf_reader *r, struct message_history *m)
{
	unsigned int kind;

	if (wire_get_text(r, m->person, sizeof(m->person)) == -1)
		return -1;
	if (m->person[0] == '\0')
		return wire_nonsense();
	if (wire_get_enum(r, &kind, ITEM_SERIES) == -1 ||
	    wire_get_signed(r, &m->season, NUMBER_UNKNOWN) == -1 ||
	    wire_get_signed(r, &m->episode, NUMBER_UNKNOWN) == -1 ||
	    wire_get_signed(r, &m->episode_end, NUMBER_UNKNOWN) == -1 ||
	    wire_get_signed(r, &m->year, 0) == -1 ||
	    wire_get_long(r, &m->runtime, 0) == -1 ||
	    wire_get_text(r, m->title, sizeof(m->title)) == -1 ||
	    wire_get_text(r, m->series_title, sizeof(m->series_title)) == -1)
		return -1;
	m->kind = (enum item_kind)kind;
	return 0;
}

static void
put_history(struct wire_writer *w, const struct message_history *m)
{
	put_history_work(w, m);
	wire_put_providers(w, m->n_ids, m->ids);
	wire_put_providers(w, m->n_series_ids, m->series_ids);
	wire_put_userdata(w, &m->userdata);
	wire_put_long(w, m->position_runtime, 0);
}

static int
get_history(struct ibuf_reader *r, struct message_history *m)
{
	if (get_history_work(r, m) == -1 ||
	    wire_get_providers(r, &m->n_ids, m->ids) == -1 ||
	    wire_get_providers(r, &m->n_series_ids, m->series_ids) == -1 ||
	    wire_get_userdata(r, &m->userdata) == -1 ||
	    wire_get_long(r, &m->position_runtime, 0) == -1)
		return -1;
	return 0;
}

static void
put_command_result(struct wire_writer *w,
    const struct message_command_result *m)
{
	wire_put_bool(w, m->failed);
	wire_put_bool(w, m->again);
	wire_put_text(w, m->error, sizeof(m->error));
}

static int
get_command_result(struct ibuf_reader *r, struct message_command_result *m)
{
	if (wire_get_bool(r, &m->failed) == -1 ||
	    wire_get_bool(r, &m->again) == -1 ||
	    wire_get_text(r, m->error, sizeof(m->error)) == -1)
		return -1;
	return 0;
}

MESSAGE_DEFINE(command, MESSAGE_COMMAND, message_command);
MESSAGE_DEFINE(history, MESSAGE_HISTORY, message_history);
MESSAGE_DEFINE(command_result, MESSAGE_COMMAND_RESULT,
    message_command_result);
