/* Shared by sandbox_linux.c, sandbox_landlock.c and sandbox_seccomp.c. */
#ifndef COMMON_SANDBOX_LINUX_H
#define COMMON_SANDBOX_LINUX_H

#include "sandbox.h"

/* Sanitizers read files at the end, start threads that trace us, and more. */
#if defined(__SANITIZE_ADDRESS__)
#define SANDBOX_SANITIZED	1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANDBOX_SANITIZED	1
#endif
#endif
#ifndef SANDBOX_SANITIZED
#define SANDBOX_SANITIZED	0
#endif

/* Landlock */

struct landlock_rules;

/* Rights to files, whatever the kernel's own names and numbers. */
enum file_rights {
	MAY_READ	= 1 << 0,	/* files, and what a directory holds */
	MAY_WRITE	= 1 << 1,	/* files that are there */
	MAY_MAKE	= 1 << 2,	/* files, and take them away */
	MAY_EXECUTE	= 1 << 3
};

int	landlock_version(void);		/* 0: the kernel has none */
/* Forbids every access to files, TCP and the processes outside. */
struct landlock_rules *landlock_begin(void);
/* TCP to whatever port is not forbidden then. */
void	landlock_leave_tcp(struct landlock_rules *);
/* A path that does not exist needs no right. */
void	landlock_allow(struct landlock_rules *, const char *path,
	    unsigned int rights);
void	landlock_allow_tcp(struct landlock_rules *, uint16_t port);
void	landlock_enforce(struct landlock_rules *);

/* The system call filter */

struct filter;

enum filter_default {
	FILTER_END,		/* the process, and it is reported */
	FILTER_REFUSE,		/* EPERM */
	FILTER_ALLOW
};

struct filter	*filter_begin(enum filter_default);
/* Names up to a NULL; one that this kernel or machine lacks is none. */
void	 filter_allow(struct filter *, const char *const *);
void	 filter_refuse(struct filter *, int error, const char *const *);
/* A call with the bits of mask in argument i equal to value. */
void	 filter_allow_if(struct filter *, const char *, unsigned int i,
	    uint64_t mask, uint64_t value);
void	 filter_allow_unless(struct filter *, const char *, unsigned int i,
	    uint64_t value);
/* socket() of a family and a type. */
void	 filter_allow_socket(struct filter *, int family, int type);
void	 filter_refuse_socket(struct filter *, int error, int family);
/* socket() of any family but these, up to a -1. */
void	 filter_refuse_families(struct filter *, int error, const int *but);
void	 filter_enforce(struct filter *);

#endif
