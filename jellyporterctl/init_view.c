/* What an init has found, and what it has written. */
#include "text_views.h"

void
init_print(struct output *output)
{
	const struct row *row = NULL;
	char name[CELL_SIZE], text[CELL_SIZE];

	while ((row = rows_next(&output->rows, row, "server")) != NULL) {
		safe_string(row, "name", name);
		safe_string(row, "about", text);
		screen_say(&output->screen, "%s is %s.", name, text);
	}
	while ((row = rows_next(&output->rows, row, "file")) != NULL) {
		safe_string(row, "path", text);
		screen_say(&output->screen, "%s is written. \"jellyporterd "
		    "-o -n\" shows what a sync would do.", text);
	}
}
