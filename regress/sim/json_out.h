/*
 * JSON written by hand into a growing buffer: listings of a million items
 * must not cost a tree of objects each.
 */
#ifndef SIM_JSON_OUT_H
#define SIM_JSON_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record.h"

struct json_out {
	char	*data;
	size_t	 length;	/* bytes in use */
	size_t	 size;
	bool	 raw;		/* non-ASCII as UTF-8, not as \uXXXX */
};

void	json_out_init(struct json_out *, bool raw);
void	json_out_free(struct json_out *);
/* A string literal, as it stands. */
#define out_literal(out, text) \
	out_bytes((out), "" text, sizeof(text) - 1)
void	out_bytes(struct json_out *, const char *, size_t);
void	out_text(struct json_out *, const char *);	/* as it stands */
/* Quoted and escaped the way .NET does; NULL becomes null. */
void	out_string(struct json_out *, const char *);
void	out_number(struct json_out *, int64_t);
void	out_bool(struct json_out *, bool);
void	out_id(struct json_out *, const struct jellyfin_id *);	/* quoted */
void	out_date(struct json_out *, int64_t ticks);		/* quoted */

#endif
