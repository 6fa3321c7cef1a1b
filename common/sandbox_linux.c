/*
 * What each role may do on Linux: resource limits, capabilities, Landlock, and
 * a table of the system calls that it makes.  A promise that is not explained
 * here is not needed.
 *
 * Names are libseccomp's; what a machine does not have is left out, so that
 * the old calls of amd64 (open, stat) stand beside those of arm64.
 */
#ifdef __linux__
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "sandbox_linux.h"

#define ENGINE_FILES	256	/* descriptors: the database's, ctl's */
#define FETCHER_FILES	64	/* connections to one server */
#define EXPORTER_FILES	32	/* a connection, and those before it */
#define LISTENER_FILES	192	/* connections of clients, at two addresses */
#define RESOLVER_FILES	256	/* links to fetchers */
#define DNS_PORT	53

#define CAPABILITY(c)	(UINT64_C(1) << (c))

static void	limit(int, rlim_t);
static void	keep_capabilities(uint64_t);
static void	begin_child(rlim_t, bool, uint64_t);
static struct filter *filter_common(enum filter_default);
static void	confine_client(rlim_t, uint16_t);

/* Memory that holds no code, and the clocks. */
static const char *const memory_and_time[] = {
	"brk", "munmap", "mremap", "madvise", "clock_gettime", "clock_getres",
	"clock_nanosleep", "nanosleep", "gettimeofday", "time", NULL
};

/* What is open already is read, written, waited for and closed. */
static const char *const open_descriptors[] = {
	"read", "write", "readv", "writev", "recvmsg", "sendmsg", "recvfrom",
	"sendto", "close", "shutdown", "fcntl", "fcntl64", "lseek", "_llseek",
	"poll", "ppoll", "epoll_wait", "epoll_pwait", "epoll_pwait2",
	"epoll_ctl", "getsockopt", "setsockopt", "getsockname", "getpeername",
	/* How large a file is, or what a descriptor is: fstat() is one of
	 * these, depending on the libc.  They tell of a name only that it is
	 * there. */
	"fstat", "fstat64", "newfstatat", "fstatat64", "statx", NULL
};

/* What a libc asks about the process itself; signals; the end. */
static const char *const self[] = {
	"getpid", "getppid", "gettid", "getuid", "geteuid", "getgid",
	"getegid", "getrandom", "uname", "sysinfo", "sched_getaffinity",
	"sched_yield", "getcpu", "futex", "futex_time64", "set_robust_list",
	"rseq", "membarrier", "rt_sigprocmask", "rt_sigreturn", "sigaltstack",
	"restart_syscall", "exit", "exit_group", NULL
};

/* Tried by a newer libc before what is allowed: as on an older kernel. */
static const char *const too_new[] = { "clone3", NULL };

/* Libraries look for files that they can do without (OpenSSL's, iconv's), and
 * syslog() for its socket when its daemon was started again. */
static const char *const files[] = {
	"open", "openat", "access", "faccessat", "faccessat2", "stat",
	"stat64", "lstat", "lstat64", "readlink", "readlinkat", "getcwd", NULL
};
static const char *const sockets[] = { "socket", "connect", "bind", NULL };
static const char *const terminals[] = { "ioctl", NULL };

/* Our own, IP, and what is asked which addresses this machine has. */
static const int families[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, -1 };

/* SQLite: its database, WAL and index, their locks (fcntl), the order in which
 * they reach the disk, and a copy of all that for a plan. */
static const char *const database[] = {
	"open", "openat", "access", "faccessat", "faccessat2", "stat",
	"stat64", "lstat", "lstat64", "readlink", "readlinkat", "getcwd",
	"pread64", "pwrite64", "ftruncate", "ftruncate64", "fsync",
	"fdatasync", "fallocate", "unlink", "unlinkat", "fchmod", "fchown",
	NULL
};

/* Clients of the control socket, which was bound for us. */
static const char *const clients[] = {
	"listen", "accept", "accept4", "dup", NULL
};

/* Asks for both kinds of addresses in one call; and its own end of a netlink
 * socket has to be bound. */
static const char *const names[] = { "connect", "bind", "sendmmsg", NULL };

/* What the libc reads for that. */
static const char *const name_files[] = {
	"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf",
	"/etc/host.conf", "/etc/gai.conf", "/etc/services",
	"/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager", NULL
};

/* An export gets its name when it is complete. */
static const char *const export[] = {
	"open", "openat", "fsync", "link", "linkat", "unlink", "unlinkat",
	"rename", "renameat", "renameat2", "lstat", "lstat64", "dup", NULL
};

/* Whatever a child may need is left to it: so these only, which no role
 * does. */
static const char *const nobody[] = {
	/* Other processes' memory, and what looks at it. */
	"ptrace", "process_vm_readv", "process_vm_writev", "kcmp",
	"perf_event_open", "process_madvise", "pidfd_getfd",
	/* The kernel itself. */
	"bpf", "init_module", "finit_module", "delete_module", "kexec_load",
	"kexec_file_load", "reboot", "syslog", "iopl", "ioperm",
	"lookup_dcookie", "userfaultfd", "modify_ldt", "acct", "swapon",
	"swapoff", "quotactl", "nfsservctl", "vhangup",
	/* File systems and namespaces. */
	"mount", "umount", "umount2", "pivot_root", "unshare", "setns",
	"fsopen", "fsmount", "fsconfig", "fspick", "move_mount", "open_tree",
	"mount_setattr", "open_by_handle_at", "name_to_handle_at", "mknod",
	"mknodat",
	/* Modes and owners of what has a name. */
	"chmod", "fchmodat", "fchmodat2", "chown", "chown32", "lchown",
	"lchown32", "fchownat", "setxattr", "lsetxattr", "removexattr",
	"lremovexattr",
	/* Keys, and rings that no filter sees into. */
	"add_key", "request_key", "keyctl", "io_uring_setup",
	"io_uring_enter", "io_uring_register",
	/* Clocks and names of the machine. */
	"settimeofday", "clock_settime", "clock_settime64", "clock_adjtime",
	"adjtimex", "sethostname", "setdomainname", NULL
};

/* Never more than there was. */
static void
limit(int resource, rlim_t most)
{
	struct rlimit now;

	if (getrlimit((__rlimit_resource_t)resource, &now) == -1)
		fatal("getrlimit");
	if (now.rlim_max > most)
		now.rlim_max = most;
	if (now.rlim_cur > now.rlim_max)
		now.rlim_cur = now.rlim_max;
	if (setrlimit((__rlimit_resource_t)resource, &now) == -1)
		fatal("setrlimit");
}

/* Of root's; somebody else has none.  Not even by an exec they come back. */
static void
keep_capabilities(uint64_t keep)
{
	struct __user_cap_header_struct header = {
		_LINUX_CAPABILITY_VERSION_3, 0
	};
	struct __user_cap_data_struct had[2], data[2];
	unsigned int i, bit;

	if (syscall(SYS_capget, &header, had) == -1)
		fatal("capget");
	memcpy(data, had, sizeof(data));
	for (bit = 0; bit < 64; bit++) {
		/* EINVAL: the kernel knows no more of them. */
		if (!(keep & CAPABILITY(bit)) &&
		    (data[0].effective & CAPABILITY(CAP_SETPCAP)) &&
		    prctl(PR_CAPBSET_DROP, bit, 0, 0, 0) == -1 &&
		    errno != EINVAL)
			fatal("PR_CAPBSET_DROP");
	}
	for (i = 0; i < 2; i++) {
		data[i].effective &= (uint32_t)(keep >> (32 * i));
		data[i].permitted &= (uint32_t)(keep >> (32 * i));
		data[i].inheritable = 0;
	}
	/* Who has no more than that may live under a filter without the call. */
	if (memcmp(data, had, sizeof(data)) != 0 &&
	    syscall(SYS_capset, &header, data) == -1)
		fatal("capset");
}

/* Where cores are piped to a program, their limit does not count.  (A search for
 * leaks would not be able to look, either.) */
void
sandbox_hide_memory(void)
{
	limit(RLIMIT_CORE, 0);
	if (!SANDBOX_SANITIZED && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		fatal("PR_SET_DUMPABLE");
}

static void
begin_child(rlim_t descriptors, bool no_processes, uint64_t capabilities)
{
	sandbox_hide_memory();
	limit(RLIMIT_NOFILE, descriptors);
	if (no_processes && !SANDBOX_SANITIZED)
		limit(RLIMIT_NPROC, 0);
	keep_capabilities(capabilities);
	/* No child outlives a parent that was killed. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == -1)
		fatal("prctl");
}

static struct filter *
filter_common(enum filter_default otherwise)
{
	struct filter *filter = filter_begin(otherwise);

	filter_allow(filter, memory_and_time);
	filter_allow(filter, open_descriptors);
	filter_allow(filter, self);
	filter_refuse(filter, ENOSYS, too_new);
	/* Nothing that was written can be run. */
	filter_allow_if(filter, "mmap", 2, PROT_EXEC, 0);
	filter_allow_if(filter, "mmap2", 2, PROT_EXEC, 0);
	filter_allow_if(filter, "mprotect", 2, PROT_EXEC, 0);
	/* Our own end by abort(), and nobody else's. */
	filter_allow_if(filter, "tgkill", 0, UINT64_MAX, (uint64_t)getpid());
	/* All signals but the one that reports what is forbidden. */
	filter_allow_unless(filter, "rt_sigaction", 0, SIGSYS);
	/* Limits are looked at, not set. */
	filter_allow_if(filter, "prlimit64", 2, UINT64_MAX, 0);
	return filter;
}

void
sandbox_describe(char *text, size_t size)
{
	int version = landlock_version();

	if (version == 0)
		(void)snprintf(text, size, "system call filters; this kernel "
		    "has no Landlock, so that files are protected by "
		    "permissions alone");
	else
		(void)snprintf(text, size, "system call filters%s, Landlock "
		    "%d%s", SANDBOX_SANITIZED ? " (not in this build)" : "",
		    version, version >= 4 ? "" : " (which cannot forbid TCP)");
}

/* Its children start with what it has left, so that it keeps what they need
 * until they are confined themselves: exec, sockets, reading. */
void
sandbox_parent(const char *state_directory, const char *socket_directory,
    const char *textfile_directory, bool apart)
{
	/* To become them and to end them; and what is the configuration's, or
	 * the way to their directory, may be somebody else's. */
	const uint64_t others = CAPABILITY(CAP_SETUID) |
	    CAPABILITY(CAP_SETGID) | CAPABILITY(CAP_SYS_CHROOT) |
	    CAPABILITY(CAP_KILL) | CAPABILITY(CAP_DAC_READ_SEARCH);
	struct landlock_rules *rules;
	struct filter *filter;

	sandbox_hide_memory();
	/* For the engine, whose directory may be somebody else's. */
	keep_capabilities(apart ? others : CAPABILITY(CAP_DAC_OVERRIDE));
	rules = landlock_begin();
	landlock_leave_tcp(rules);
	/* The configuration, when it is to be read again, as well. */
	landlock_allow(rules, "/", MAY_READ | MAY_EXECUTE);
	/* The standard descriptors of children. */
	landlock_allow(rules, "/dev/null", MAY_READ | MAY_WRITE);
	landlock_allow(rules, state_directory,
	    MAY_READ | MAY_WRITE | MAY_MAKE);
	if (socket_directory != NULL)
		landlock_allow(rules, socket_directory, MAY_MAKE);
	if (textfile_directory != NULL)
		landlock_allow(rules, textfile_directory,
		    MAY_WRITE | MAY_MAKE);
	landlock_enforce(rules);
	filter = filter_begin(FILTER_ALLOW);
	filter_refuse(filter, EPERM, nobody);
	filter_refuse_families(filter, EPERM, families);
	filter_enforce(filter);
}

void
sandbox_engine(const char *directory)
{
	struct landlock_rules *rules;
	struct filter *filter;

	begin_child(ENGINE_FILES, true, CAPABILITY(CAP_DAC_OVERRIDE));
	rules = landlock_begin();
	landlock_allow(rules, directory, MAY_READ | MAY_WRITE | MAY_MAKE);
	landlock_enforce(rules);
	filter = filter_common(FILTER_END);
	filter_allow(filter, database);
	filter_allow(filter, clients);
	filter_refuse(filter, EACCES, sockets);
	filter_refuse(filter, EACCES, terminals);
	filter_enforce(filter);
}

void
sandbox_fetcher(uint16_t port)
{
	confine_client(FETCHER_FILES, port);
}

void
sandbox_exporter(uint16_t port)
{
	confine_client(EXPORTER_FILES, port);
}

/* Of HTTP, to one port. */
static void
confine_client(rlim_t descriptors, uint16_t port)
{
	struct landlock_rules *rules;
	struct filter *filter;

	begin_child(descriptors, true, 0);
	rules = landlock_begin();
	landlock_allow_tcp(rules, port);
	landlock_enforce(rules);
	filter = filter_common(FILTER_END);
	/* TCP out, by either protocol. */
	filter_allow_socket(filter, AF_INET, SOCK_STREAM);
	filter_allow_socket(filter, AF_INET6, SOCK_STREAM);
	filter_allow(filter, (const char *const []){ "connect", NULL });
	/* How much there is to read; that nobody waits for a socket. */
	filter_allow_if(filter, "ioctl", 1, UINT32_MAX, FIONBIO);
	filter_allow_if(filter, "ioctl", 1, UINT32_MAX, FIONREAD);
	/* syslog(): without. */
	filter_refuse_socket(filter, EACCES, AF_UNIX);
	filter_refuse(filter, EACCES, files);
	filter_enforce(filter);
}

/*
 * What the libc may be made to do for a name depends on the machine: so what
 * is not foreseen is refused, and does not end it.
 */
void
sandbox_resolver(bool programs)
{
	struct landlock_rules *rules;
	struct filter *filter;
	size_t i;

	begin_child(RESOLVER_FILES, true, 0);
	rules = landlock_begin();
	landlock_allow_tcp(rules, DNS_PORT);	/* long answers */
	for (i = 0; name_files[i] != NULL; i++)
		landlock_allow(rules, name_files[i], MAY_READ);
	landlock_enforce(rules);
	filter = filter_common(FILTER_REFUSE);
	filter_allow(filter, files);		/* those, by Landlock */
	filter_allow(filter, names);
	filter_allow_socket(filter, AF_INET, SOCK_DGRAM);
	filter_allow_socket(filter, AF_INET6, SOCK_DGRAM);
	filter_allow_socket(filter, AF_INET, SOCK_STREAM);
	filter_allow_socket(filter, AF_INET6, SOCK_STREAM);
	/* Which addresses this machine has: in what order to try. */
	filter_allow_socket(filter, AF_NETLINK, SOCK_RAW);
	/* How much of an answer there is. */
	filter_allow_if(filter, "ioctl", 1, UINT32_MAX, FIONREAD);
	if (programs)
		filter_allow_socket(filter, AF_UNIX, SOCK_STREAM);
	filter_enforce(filter);
}

void
sandbox_listener(void)
{
	struct filter *filter;

	begin_child(LISTENER_FILES, true, 0);
	landlock_enforce(landlock_begin());
	filter = filter_common(FILTER_END);
	filter_allow(filter, (const char *const []){ "accept", "accept4",
	    NULL });
	/* How much there is to read. */
	filter_allow_if(filter, "ioctl", 1, UINT32_MAX, FIONREAD);
	/* syslog(), and the name of an interface: without. */
	filter_refuse(filter, EACCES, sockets);
	filter_refuse(filter, EACCES, files);
	filter_enforce(filter);
}

void
sandbox_ctl(const char *directory)
{
	struct landlock_rules *rules;
	struct filter *filter;

	sandbox_hide_memory();
	rules = landlock_begin();
	if (directory != NULL)
		landlock_allow(rules, directory, MAY_READ | MAY_MAKE);
	landlock_enforce(rules);
	filter = filter_common(FILTER_END);
	if (directory != NULL)
		filter_allow(filter, export);
	else
		filter_refuse(filter, EACCES, files);
	/* How wide the terminal is, and whether there is one. */
	filter_allow_if(filter, "ioctl", 1, UINT32_MAX, TIOCGWINSZ);
	filter_allow_if(filter, "ioctl", 1, UINT32_MAX, TCGETS);
	/* Dies of the signal that interrupts an export. */
	filter_allow_if(filter, "kill", 0, UINT64_MAX, (uint64_t)getpid());
	filter_enforce(filter);
}
#endif
