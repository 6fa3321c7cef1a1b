/* JSON as text that no terminal obeys. */
#ifndef JELLYPORTERCTL_JSON_TEXT_H
#define JELLYPORTERCTL_JSON_TEXT_H

#include <stdio.h>

struct json_object;

/*
 * Prints an object on a line.  Characters that could steer a terminal are
 * escaped (\u009b).  Exits when memory is out; an error of writing stays on
 * the file.
 */
void	 json_text_print(FILE *, struct json_object *);

#endif
