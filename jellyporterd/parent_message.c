/*
 * What the children say to the parent: the engine that somebody wants a reload,
 * or more in the log, and what came of a single sync.
 */
#include <stdio.h>

#include "dry_run.h"
#include "log.h"
#include "message.h"
#include "parent.h"
#include "process_report.h"
#include "reload.h"
#include "textfile.h"

static int	log_message(struct parent *, struct child *, struct imsg *);
static int	once_message(struct parent *, struct imsg *);

void
parent_ask_reload(struct parent *parent, uint32_t request)
{
	if (parent->mode.once)
		reload_refuse(parent->processes, request, "a single sync goes "
		    "on with the configuration that it began with");
	else
		reload(parent->processes, &parent->config, request);
}

int
parent_message(struct child *child, struct imsg *imsg, void *arg)
{
	struct parent *parent = arg;
	uint32_t type = imsg_get_type(imsg);

	if (child->role == ROLE_ENGINE && type == MESSAGE_RELOAD &&
	    imsg_get_len(imsg) == 0)
		parent_ask_reload(parent, imsg_get_id(imsg));
	else if (child->role == ROLE_ENGINE && type == MESSAGE_PROCESSES &&
	    imsg_get_len(imsg) == 0)
		process_report(parent->processes, imsg_get_id(imsg));
	else if (child->role == ROLE_ENGINE && type == MESSAGE_READY &&
	    imsg_get_len(imsg) == 0) {
		parent->ready = true;
		notify_ready(parent->notify);
	} else if (child->role == ROLE_ENGINE && type == MESSAGE_LOG &&
	    log_message(parent, child, imsg) == 0)
		return 0;
	else if (child->role != ROLE_ENGINE || !parent->mode.once ||
	    once_message(parent, imsg) == -1)
		fatalx("nonsense from %s: %s", child->title,
		    message_type_name(type));
	return 0;
}

/* All that run, and all that are started from now on. */
static int
log_message(struct parent *parent, struct child *engine, struct imsg *imsg)
{
	struct message_command_result result = { false, false, "" };
	struct message_log message;
	struct child *child;
	int role;

	if (message_get_log(imsg, &message) == -1)
		return -1;
	parent->mode.verbose = message.verbose;
	processes_set_verbose(parent->processes, message.verbose);
	log_set_verbose(message.verbose);
	log_info("the log is %s from now on", message.verbose ? "verbose" :
	    "brief");
	for (role = 0; role < ROLE_COUNT; role++) {
		for (child = process_first(parent->processes,
		    (enum role)role); child != NULL;
		    child = process_next(child)) {
			if (child->channel == NULL)
				continue;
			message_put_log(channel_imsgbuf(child->channel), 0,
			    &message);
			channel_written(child->channel);
		}
	}
	message_put_command_result(channel_imsgbuf(engine->channel),
	    imsg_get_id(imsg), &result);
	channel_written(engine->channel);
	return 0;
}

/* What comes of a single sync, or of a dry run. */
static int
once_message(struct parent *parent, struct imsg *imsg)
{
	struct message_once_done done;
	struct message_metric metric;

	if (imsg_get_type(imsg) == MESSAGE_METRIC) {
		if (message_get_metric(imsg, &metric) == -1)
			return -1;
		metrics_add(&parent->metrics, &metric);
		return 0;
	}
	if (parent->mode.dry_run && imsg_get_type(imsg) == MESSAGE_ROW) {
		dry_run_row(imsg);
		parent->planned++;
		return 0;
	}
	if (imsg_get_type(imsg) != MESSAGE_ONCE_DONE ||
	    message_get_once_done(imsg, &done) == -1)
		return -1;
	parent->status = done.failed == 0 ? 0 : 1;
	if (parent_writes_textfile(parent))
		textfile_write(parent->config->metrics_textfile,
		    &parent->metrics);
	metrics_clear(&parent->metrics);
	if (parent->mode.dry_run && (printf("%zu %s would be made\n",
	    parent->planned, parent->planned == 1 ? "write" : "writes") < 0 ||
	    fflush(stdout) == EOF))
		parent->status = 1;
	event_base_loopexit(parent->base, NULL);
	return 0;
}
