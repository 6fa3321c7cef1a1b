/* The answer to a command, as text for people or as JSON for programs. */
#ifndef JELLYPORTERCTL_OUTPUT_H
#define JELLYPORTERCTL_OUTPUT_H

#include "message.h"
#include "rows.h"
#include "screen.h"

struct json_object;
struct output;

struct output_format {
	/* A row has come; it is borrowed. */
	void	(*row)(struct output *, const struct message_row *);
	/* That was all of them. */
	void	(*end)(struct output *, const struct message_command_result *);
	/* It needs an end, even if the answer has none. */
	bool	whole;
};

/*
 * As text: a screen, tables, or lines that are drawn again while a sync goes
 * on, by the command.  Every text is made safe for a terminal.
 */
extern const struct output_format output_text;

/*
 * As JSON: one object for a command.  The rows of a kind are an array, whose
 * name is the kind's in the plural ("servers", "copies"; but "agreed", "held"
 * and "unmatched"); it is there even when it is empty.  What belongs to a work
 * ("agreed", "copies") is inside that work's object.  A command that failed,
 * and be it for want of a daemon, has "error", a text, beside them.
 *  - Times are ISO 8601 in UTC, or null for never; ticks and lengths of time
 *    are numbers; what is unknown is null.
 *  - A sync is a line for each progress row as it comes (the row's object),
 *    then a last line with the "summaries"; an import one for each line of
 *    its file that is unmatched.
 *  - A metric has its "samples" inside of it, and these their "labels".
 *  - Characters that could steer a terminal are escaped (\u009b).
 */
extern const struct output_format output_json;

struct output {
	const struct output_format	*format;
	enum command			 command;
	struct screen			 screen;
	struct rows			 rows;		/* kept until the end */
	struct metrics			 metrics;	/* the same */
	struct json_object		*json;		/* the object so far */
	struct json_object		*json_work;	/* in it; borrowed */
	size_t				 lines_drawn;	/* of a live sync */
	bool				 ended;
};

void	 output_init(struct output *, const struct output_format *,
	    enum command, const struct screen *);
void	 output_clear(struct output *);
/* What is kept until the end anyway. */
void	 output_metric(struct output *, const struct message_metric *);
/* Both: -1 and errno when the file does not take what is printed. */
int	 output_row(struct output *, const struct message_row *);
int	 output_end(struct output *, const struct message_command_result *);
/* There is no answer, or no end to it, and why: after an end, nothing. */
int	 output_broken(struct output *, const char *error);
/* A text of what is done without a daemon; JSON alone. */
void	 output_json_text(struct output *, const char *name, const char *);

#endif
