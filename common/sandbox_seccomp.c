/*
 * The filter of system calls, by libseccomp; and what becomes of a process
 * that makes one which its filter does not know.
 */
#ifdef __linux__
#include <sys/prctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "sandbox_linux.h"

/* Why there is the signal; older headers lack it. */
#ifndef SYS_SECCOMP
#define SYS_SECCOMP		1
#endif

#define SOCKET_TYPE_MASK	0xf	/* without SOCK_CLOEXEC and such */

struct filter {
	scmp_filter_ctx	 context;
};

static int	number_of(const char *);
static void	add(struct filter *, uint32_t, const char *, unsigned int,
		    const struct scmp_arg_cmp *);
static void	catch_violations(void);
static void	violated(int, siginfo_t *, void *);

static int		 report_fd = -1;
static const char	*report_prefix = "";

void
sandbox_report_to(int fd, const char *prefix)
{
	report_fd = fd;
	report_prefix = prefix;
}

/* A signal's handler: nothing but what is safe there. */
static void
violated(int signo, siginfo_t *info, void *context)
{
	char text[128], digits[16];
	size_t len = strlen(report_prefix), n = 0;
	unsigned int number = (unsigned int)info->si_syscall;

	(void)signo;
	(void)context;
	if (info->si_code != SYS_SECCOMP)
		_exit(SANDBOX_STATUS);	/* sent by somebody: no call */
	if (len > sizeof(text) - sizeof(digits) - 1)
		len = sizeof(text) - sizeof(digits) - 1;
	memcpy(text, report_prefix, len);
	do {
		digits[n++] = (char)('0' + number % 10);
		number /= 10;
	} while (number != 0);
	while (n > 0)
		text[len++] = digits[--n];
	text[len++] = '\n';
	if (report_fd != -1 && write(report_fd, text, len) == -1)
		_exit(SANDBOX_STATUS);	/* all the same */
	_exit(SANDBOX_STATUS);
}

/* The signal cannot be caught anew after this: filter_begin(). */
static void
catch_violations(void)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_sigaction = violated;
	action.sa_flags = SA_SIGINFO;
	sigfillset(&action.sa_mask);
	if (sigaction(SIGSYS, &action, NULL) == -1)
		fatal("sigaction");
}

int
sandbox_call(const char *written, char *text, size_t size)
{
	const char *error;
	char *name;
	int number;

	number = (int)strtonum(written, 0, 100000, &error);
	if (error != NULL)
		return -1;
	name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
	(void)snprintf(text, size, "%d (%s)", number, name == NULL ?
	    "unknown" : name);
	free(name);
	return 0;
}

struct filter *
filter_begin(enum filter_default otherwise)
{
	static const uint32_t actions[] = {
		[FILTER_END] = SCMP_ACT_TRAP,
		[FILTER_REFUSE] = SCMP_ACT_ERRNO(EPERM),
		[FILTER_ALLOW] = SCMP_ACT_ALLOW
	};
	struct filter *filter;

	if ((filter = calloc(1, sizeof(*filter))) == NULL)
		fatal("calloc");
	if ((filter->context = seccomp_init(actions[otherwise])) == NULL)
		fatalx("the system call filter cannot be made");
	/* Calls of another machine's numbering end it at once. */
	if (seccomp_attr_set(filter->context, SCMP_FLTATR_ACT_BADARCH,
	    SCMP_ACT_KILL_PROCESS) != 0)
		fatalx("the system call filter cannot be made");
	return filter;
}

/* Negative: not on this machine, or unknown to this libseccomp. */
static int
number_of(const char *name)
{
	return seccomp_syscall_resolve_name(name);
}

static void
add(struct filter *filter, uint32_t action, const char *name, unsigned int n,
    const struct scmp_arg_cmp *arguments)
{
	int number = number_of(name), error;

	if (number < 0)
		return;
	error = seccomp_rule_add_exact_array(filter->context, action, number,
	    n, arguments);
	if (error != 0)
		fatalx("filter: %s: %s", name, strerror(-error));
}

void
filter_allow(struct filter *filter, const char *const *names)
{
	for (; *names != NULL; names++)
		add(filter, SCMP_ACT_ALLOW, *names, 0, NULL);
}

void
filter_refuse(struct filter *filter, int error, const char *const *names)
{
	for (; *names != NULL; names++)
		add(filter, SCMP_ACT_ERRNO((uint32_t)error), *names, 0, NULL);
}

void
filter_allow_if(struct filter *filter, const char *name, unsigned int i,
    uint64_t mask, uint64_t value)
{
	const struct scmp_arg_cmp is = SCMP_CMP(i, SCMP_CMP_MASKED_EQ, mask,
	    value);

	add(filter, SCMP_ACT_ALLOW, name, 1, &is);
}

void
filter_allow_unless(struct filter *filter, const char *name, unsigned int i,
    uint64_t value)
{
	const struct scmp_arg_cmp is_not = SCMP_CMP(i, SCMP_CMP_NE, value,
	    0);

	add(filter, SCMP_ACT_ALLOW, name, 1, &is_not);
}

void
filter_allow_socket(struct filter *filter, int family, int type)
{
	const struct scmp_arg_cmp is[] = {
		SCMP_CMP(0, SCMP_CMP_EQ, (uint64_t)family, 0),
		SCMP_CMP(1, SCMP_CMP_MASKED_EQ, SOCKET_TYPE_MASK,
		    (uint64_t)type)
	};

	add(filter, SCMP_ACT_ALLOW, "socket", 2, is);
}

void
filter_refuse_socket(struct filter *filter, int error, int family)
{
	const struct scmp_arg_cmp is = SCMP_CMP(0, SCMP_CMP_EQ,
	    (uint64_t)family, 0);

	add(filter, SCMP_ACT_ERRNO((uint32_t)error), "socket", 1, &is);
}

void
filter_refuse_families(struct filter *filter, int error, const int *but)
{
	const struct scmp_arg_cmp above = SCMP_CMP(0, SCMP_CMP_GE, AF_MAX, 0);
	const int *known;
	int family;

	for (family = 0; family < AF_MAX; family++) {
		for (known = but; *known != -1 && *known != family; known++)
			continue;
		if (*known == -1)
			filter_refuse_socket(filter, error, family);
	}
	add(filter, SCMP_ACT_ERRNO((uint32_t)error), "socket", 1, &above);
}

/*
 * Not with sanitizers: what those call when they report, and at every end to
 * look for leaks (clone, ptrace, process_vm_readv, execve of a symbolizer), is
 * what the filters are there to forbid.
 */
void
filter_enforce(struct filter *filter)
{
	int error = 0;

	catch_violations();
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		fatal("prctl");
	if (!SANDBOX_SANITIZED)
		error = seccomp_load(filter->context);
	if (error != 0)
		fatalx("the system call filter: %s", strerror(-error));
	seccomp_release(filter->context);
	free(filter);
}
#endif
