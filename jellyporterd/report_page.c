/* What the status page shows, as rows: little of each, however much there is. */
#include "engine.h"

#define CHANGES_MAX	20	/* the latest of the audit */
#define HELD_MAX	10

/* Passes so many rows on, and no more. */
struct passed {
	report_row	*put;
	void		*arg;
	size_t		 left;
};

static void	put_passed(void *, const struct message_row *);

static void
put_passed(void *arg, const struct message_row *row)
{
	struct passed *passed = arg;

	if (passed->left == 0)
		return;
	passed->left--;
	passed->put(passed->arg, row);
}

void
report_page(struct engine *engine, report_row *put, void *arg)
{
	static const struct message_command all = {
		.command = COMMAND_SHOW_AUDIT
	};
	struct passed held = { put, arg, HELD_MAX };
	struct copy_id first = { 0, 0 };
	size_t left = CHANGES_MAX;

	report_status(engine, put, arg);
	report_people(engine, put, arg);
	(void)report_held(engine, "", &first, put_passed, &held);
	(void)report_audit(engine, &all, INT64_MAX, &left, put, arg);
}
