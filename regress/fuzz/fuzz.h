/*
 * What the fuzz targets share.  A target is one file, fuzz_NAME.c, with one
 * function that is handed bytes as if they were foreign and checks what was
 * made of them.  libFuzzer calls it with bytes of its own making (make fuzz),
 * replay.c with those that are kept in corpus/NAME (make check).
 */
#ifndef REGRESS_FUZZ_H
#define REGRESS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What must be true of anything that was understood; else it is a finding. */
#define CHECK(condition)						\
	do {								\
		if (!(condition))					\
			fuzz_finding(__FILE__, __LINE__, #condition);	\
	} while (0)

__attribute__((__noreturn__))
void	fuzz_finding(const char *file, int line, const char *what);

/* Terminated within its field, and UTF-8. */
void	fuzz_check_text(const char *, size_t size);
/* Within the ranges that record.h gives them. */
void	fuzz_check_userdata(const struct userdata *);
void	fuzz_check_providers(uint32_t n, const struct provider_id *);
void	fuzz_check_item(const struct item_record *);

/* Numbers that depend on the input alone, for where to cut it and the like. */
struct fuzz_random {
	uint64_t	state;
};
void	fuzz_random_init(struct fuzz_random *, const uint8_t *, size_t);
size_t	fuzz_random_below(struct fuzz_random *, size_t);	/* 0: 0 */

/* A copy with a NUL behind it, which is to be freed. */
char	*fuzz_string(const uint8_t *, size_t);
/* Opens, or empties, a file that has no name, for these bytes. */
void	fuzz_file(int *fd, const void *, size_t);

#endif
