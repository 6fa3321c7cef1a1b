/*
 * The processes of the daemon, for the metrics.  The parent has the table of
 * them, and is asked for it whenever one has gone or come, and whenever somebody
 * wants the metrics; nobody waits for the answer.  So restarts are those that
 * there were, and memory is that of the last time somebody wanted to know.
 */
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "log.h"

struct process {
	char	role[ROW_NAME_SIZE];
	char	server[NAME_SIZE];	/* of a fetcher, or "" */
	int64_t	restarts;
	int64_t	memory;			/* bytes; -1: it is not known */
};

static bool	 take_text(const struct message_row *, const char *, char *,
		    size_t);
static int64_t	 take_number(const struct message_row *, const char *);

void
metrics_ask_processes(struct engine *engine)
{
	struct process_table *table = &engine->metrics.processes;

	if (table->asked) {
		table->again = true;
		return;
	}
	table->asked = true;
	table->again = false;
	table->n_next = 0;
	message_put_empty(channel_imsgbuf(engine->parent), MESSAGE_PROCESSES,
	    METRICS_REQUEST);
	channel_written(engine->parent);
}

static bool
take_text(const struct message_row *row, const char *name, char *dst,
    size_t size)
{
	const struct row_value *value = row_get(row, name);

	dst[0] = '\0';
	if (value == NULL)
		return false;
	return value->type != VALUE_TEXT ||
	    strlcpy(dst, value->text, size) < size;
}

/* -1 if it is not known. */
static int64_t
take_number(const struct message_row *row, const char *name)
{
	const struct row_value *value = row_get(row, name);

	return value == NULL || value->type != VALUE_NUMBER ||
	    value->number < 0 ? -1 : value->number;
}

int
metrics_process(struct engine *engine, const struct message_row *row)
{
	struct process_table *table = &engine->metrics.processes;
	struct process *process;

	if (!table->asked)
		return -1;
	process = reallocarray(table->next, table->n_next + 1,
	    sizeof(*process));
	if (process == NULL)
		fatal("reallocarray");
	table->next = process;
	process += table->n_next;
	process->restarts = take_number(row, "restarts");
	process->memory = take_number(row, "memory");
	if (!take_text(row, "role", process->role, sizeof(process->role)) ||
	    !take_text(row, "server", process->server,
	    sizeof(process->server)) || process->restarts == -1)
		return -1;
	table->n_next++;
	return 0;
}

int
metrics_processes_known(struct engine *engine)
{
	struct process_table *table = &engine->metrics.processes;
	struct process *before = table->known;

	if (!table->asked)
		return -1;
	table->known = table->next;
	table->n_known = table->n_next;
	table->next = before;
	table->asked = false;
	if (table->again)
		metrics_ask_processes(engine);
	return 0;
}

void
metrics_report_processes(struct engine *engine, metrics_put *put, void *arg)
{
	const struct process_table *table = &engine->metrics.processes;
	const struct process *process;
	struct message_metric metric;
	size_t i;

	for (i = 0; i < table->n_known; i++) {
		process = &table->known[i];
		metric_begin(&metric, METRIC_PROCESS_RESTARTS, process->role,
		    process->server);
		metric.value = process->restarts;
		put(arg, &metric);
		if (process->memory == -1)
			continue;
		metric_begin(&metric, METRIC_PROCESS_MEMORY, process->role,
		    process->server);
		metric.value = process->memory;
		put(arg, &metric);
	}
}
