/*
 * The log of writes, and the acts that nobody saw.
 */
#include <stdlib.h>
#include <string.h>

#include "control_server.h"
#include "memory.h"
#include "userdata.h"
#include "writes.h"

static struct state *state_of(struct sim *, struct user *, uint32_t);
static void	put_write(struct control *, const struct logged_write *);

void
writes_free(struct writes *writes)
{
	size_t i;

	for (i = 0; i < writes->n; i++)
		free(writes->entries[i].user);
	free(writes->entries);
	writes->entries = NULL;
	writes->n = writes->size = 0;
}

/* NULL if nobody has ever touched it. */
static struct state *
state_of(struct sim *sim, struct user *user, uint32_t item)
{
	uint32_t index = userdata_index(sim, item);

	return index < user->n_states ? &user->states[index] : NULL;
}

void
writes_acted(struct sim *sim, struct user *user, uint32_t item)
{
	struct state *state = state_of(sim, user, item);

	if (state != NULL)
		state->acted = ++sim->writes.events;
}

void
writes_looked(struct sim *sim, struct user *user, uint32_t item)
{
	struct state *state = state_of(sim, user, item);

	if (state != NULL)
		state->looked = ++sim->writes.events;
}

void
writes_written(struct sim *sim, struct user *user, uint32_t item,
    const struct state *before)
{
	struct writes *writes = &sim->writes;
	struct state *state = state_of(sim, user, item);
	struct logged_write *entry;

	if (state == NULL || !writes->kept)
		return;
	if (writes->n == writes->size) {
		writes->size = writes->size * 2 + 64;
		writes->entries = memory_grown(writes->entries, writes->size,
		    sizeof(*writes->entries));
	}
	entry = &writes->entries[writes->n++];
	entry->user = memory_copy(user->name);
	entry->item = item;
	entry->before = *before;
	entry->after = *state;
	entry->unseen = state->acted > state->looked;
	state->acted = 0;
}

static void
put_write(struct control *control, const struct logged_write *entry)
{
	struct json_out *out = &control->out;

	out_literal(out, "{\"User\":");
	out_string(out, entry->user);
	out_literal(out, ",\"ItemId\":");
	out_id(out, &control->sim->library.items[entry->item].id);
	out_literal(out, ",\"Before\":");
	control_put_userdata(out, &entry->before);
	out_literal(out, ",\"After\":");
	control_put_userdata(out, &entry->after);
	if (entry->unseen)
		out_literal(out, ",\"Unseen\":true");
	out_literal(out, "}");
}

const char *
control_writes(struct control *control)
{
	const struct writes *writes = &control->sim->writes;
	size_t i;

	out_literal(&control->out, "[");
	for (i = 0; i < writes->n; i++) {
		if (i > 0)
			out_literal(&control->out, ",\n");
		put_write(control, &writes->entries[i]);
	}
	out_literal(&control->out, "]");
	return NULL;
}

const char *
control_writes_keep(struct control *control)
{
	writes_free(&control->sim->writes);
	control->sim->writes.kept = true;
	return NULL;
}
