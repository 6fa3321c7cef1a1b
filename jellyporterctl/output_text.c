/*
 * Answers as text: which view shows which command.  Rows are kept until the
 * last has come, because a column is as wide as its widest cell; only the
 * progress of a sync is shown as it happens.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "layout.h"
#include "output.h"
#include "parser.h"
#include "text.h"
#include "text_views.h"

static void	 text_row(struct output *, const struct message_row *);
static void	 text_end(struct output *,
		    const struct message_command_result *);
static void	 metrics_text(struct output *);
static void	 nothing_print(struct output *);

const struct output_format output_text = { text_row, text_end, false };

static void	(*const views[COMMAND_NONE + 1])(struct output *) = {
	[COMMAND_STATUS] = status_print,
	[COMMAND_SYNC] = progress_end,
	[COMMAND_SHOW_ITEM] = item_print,
	[COMMAND_SHOW_SERVERS] = servers_print,
	[COMMAND_SHOW_UNMATCHED] = unmatched_print,
	[COMMAND_SHOW_AUDIT] = audit_print,
	[COMMAND_SHOW_CONFLICTS] = conflicts_print,
	[COMMAND_SHOW_HELD] = held_print,
	[COMMAND_SHOW_PENDING] = writes_print,
	[COMMAND_APPROVE] = decision_print,
	[COMMAND_DISCARD] = decision_print,
	[COMMAND_PLAN] = plan_print,
	[COMMAND_UNDO] = decision_print,
	[COMMAND_EXPORT] = export_print,
	[COMMAND_IMPORT] = import_print,
	[COMMAND_RELOAD] = reload_print,
	[COMMAND_SHOW_PROCESSES] = processes_print,
	[COMMAND_SHOW_METRICS] = metrics_text,
	[COMMAND_PAUSE] = pause_print,
	[COMMAND_RESUME] = pause_print,
	[COMMAND_LOG_VERBOSE] = nothing_print,
	[COMMAND_LOG_BRIEF] = nothing_print,
	[COMMAND_CHECK] = check_print,
	[COMMAND_MONITOR] = nothing_print,
	[COMMAND_SHOW_PEOPLE] = people_print,
	[COMMAND_COMPLETION] = nothing_print,
	[COMMAND_INIT] = init_print,
	[COMMAND_NONE] = nothing_print
};

/* As of a Unix command that has done what it was told to. */
static void
nothing_print(struct output *output)
{
	(void)output;
}

static void
text_row(struct output *output, const struct message_row *message)
{
	struct row *row;

	if (strcmp(message->kind, "progress") == 0) {
		progress_row(output, message);
		return;
	}
	row = row_keep(message);
	if (strcmp(message->kind, "unmatched_line") == 0) {
		import_unmatched(output, row);
		free(row);
		return;
	}
	if (strcmp(message->kind, "event") == 0 ||
	    strcmp(message->kind, "missed") == 0) {
		monitor_print(output, row);
		free(row);
		return;
	}
	TAILQ_INSERT_TAIL(&output->rows, row, entry);
}

/*
 * A command that failed before its first row has nothing to show: "nothing is
 * unmatched" would be a lie.  Its error is told by the caller.
 */
static void
text_end(struct output *output, const struct message_command_result *result)
{
	if (result->failed && TAILQ_EMPTY(&output->rows))
		return;
	views[output->command](output);
}

static void
metrics_text(struct output *output)
{
	metrics_print(output->screen.file, &output->metrics,
	    METRIC_PROMETHEUS);
}
