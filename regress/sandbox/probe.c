/*
 * Tries, inside the sandbox of each role, what is forbidden there, and a
 * little of what is not.  It enters the sandbox by the function that the role
 * itself calls; each attempt is a process of its own, since most of them are
 * the last one.
 *
 * probe DIRECTORY: the table of role by attempt, then a line for each that is
 * not as it has to be; exit status 1 if there is one.
 * probe -u UID DIRECTORY: the same as children of root's daemon that become
 * users of their own, UID and the one after it; it takes root.
 * probe -p: a child is ended by its filter, and the parent says why.
 */
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "log.h"
#include "process.h"
#include "sandbox.h"
#include "users.h"

enum probed {
	PARENT, ENGINE, FETCHER, LISTENER, RESOLVER, EXPORTER, CTL, PROBED
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))
#define CELL		16
#define PATH		1024
#define OTHER_PORT	1		/* nobody's; not the server's */

struct attempt {
	const char	*name;
	int		(*try)(void);
	const char	*may;		/* who, by role_letters */
	const char	*ended;		/* who is ended by the filter for it,
					 * whatever else stands in the way */
};

static char		 state_file[PATH], state_new[PATH], state_made[PATH];
static char		 key_file[PATH], key_new[PATH], unix_path[PATH];
static char		 directory[PATH], export_made[PATH];
static struct message_identity identity;	/* of the engine; uid 0: none */
static uint16_t		 port;		/* of the fetcher's server */
static int		 server_fd = -1;	/* listens */

/* Each returns 0 when it was possible, or -1 with errno. */

static int
open_path(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd == -1)
		return -1;
	close(fd);
	return 0;
}

static int
read_own(void)
{
	return open_path(state_file, O_RDONLY);
}

static int
write_own(void)
{
	return open_path(state_file, O_RDWR | O_TRUNC);
}

static int
make_own(void)
{
	if (open_path(state_new, O_WRONLY | O_CREAT | O_EXCL) == -1)
		return -1;
	return unlink(state_new);
}

static int
rename_own(void)
{
	return rename(state_made, export_made);
}

static int
read_key(void)
{
	return open_path(key_file, O_RDONLY);
}

static int
write_outside(void)
{
	return open_path(key_file, O_WRONLY);
}

static int
make_outside(void)
{
	return open_path(key_new, O_WRONLY | O_CREAT);
}

static int
remove_outside(void)
{
	return unlink(key_file);
}

static int
link_in(void)
{
	return link(key_file, state_new);
}

static int
read_hosts(void)
{
	return open_path("/etc/hosts", O_RDONLY);
}

static int
read_passwd(void)
{
	return open_path("/etc/passwd", O_RDONLY);
}

static int
read_memory(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)getppid());
	return open_path(path, O_RDWR);
}

static int
list_directory(void)
{
	return open_path("/etc", O_RDONLY | O_DIRECTORY);
}

static int
connect_tcp(uint16_t to)
{
	struct sockaddr_in sin;
	int fd;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sin.sin_port = htons(to);
	if ((fd = socket(AF_INET, SOCK_STREAM, 0)) == -1)
		return -1;
	return connect(fd, (struct sockaddr *)&sin, sizeof(sin));
}

static int
connect_server(void)
{
	return connect_tcp(port);
}

static int
connect_other(void)
{
	/* Refused by whom?  By nobody's port, where it may be asked at all. */
	if (connect_tcp(OTHER_PORT) == -1 && errno != ECONNREFUSED)
		return -1;
	return 0;
}

static int
connect_unix(void)
{
	struct sockaddr_un sun;
	int fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	strlcpy(sun.sun_path, unix_path, sizeof(sun.sun_path));
	if ((fd = socket(AF_UNIX, SOCK_STREAM, 0)) == -1)
		return -1;
	return connect(fd, (struct sockaddr *)&sun, sizeof(sun));
}

static int
listen_tcp(void)
{
	struct sockaddr_in sin;
	int fd;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if ((fd = socket(AF_INET, SOCK_STREAM, 0)) == -1)
		return -1;
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		return -1;
	return listen(fd, 1);
}

static int
accept_client(void)
{
	/* Nobody is there: so it may be asked. */
	if (accept4(server_fd, NULL, NULL, SOCK_CLOEXEC) == -1 &&
	    errno != EAGAIN)
		return -1;
	return 0;
}

static int
type_for_user(void)
{
	/* What it is to be typed into is looked at first. */
	return ioctl(server_fd, TIOCSTI, "x") == -1 && errno != ENOTTY ? -1 :
	    0;
}

static int
any_socket(int family, int type)
{
	return socket(family, type, 0) == -1 ? -1 : 0;
}

static int
udp(void)
{
	return any_socket(AF_INET, SOCK_DGRAM);
}

static int
raw(void)
{
	return any_socket(AF_PACKET, SOCK_RAW);
}

static int
netlink(void)
{
	return any_socket(AF_NETLINK, SOCK_RAW);
}

static int
raw_ip(void)
{
	return socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) == -1 ? -1 : 0;
}

/* Two of the many that nobody here speaks. */
static int
crypto(void)
{
	return any_socket(AF_ALG, SOCK_SEQPACKET);
}

static int
host_of_machine(void)
{
	return any_socket(AF_VSOCK, SOCK_STREAM);
}

static int
listen_unix_there(void)
{
	struct sockaddr_un sun;
	int fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	strlcpy(sun.sun_path, state_new, sizeof(sun.sun_path));
	if ((fd = socket(AF_UNIX, SOCK_STREAM, 0)) == -1)
		return -1;
	return bind(fd, (struct sockaddr *)&sun, sizeof(sun));
}

static int
mode_outside(void)
{
	return chmod(key_file, 0644);
}

static int
owner_outside(void)
{
	return chown(key_file, geteuid(), getegid());
}

static int
device(void)
{
	return mknod(state_new, S_IFCHR | 0600, makedev(1, 3));
}

static int
read_environment(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/environ", (int)getppid());
	return open_path(path, O_RDONLY);
}

/* A call that is answered with what is wrong about it has been heard. */
static int
heard(long result, int wrong)
{
	return result != -1 || errno == wrong ? 0 : -1;
}

static int
thread(void)
{
	return heard(syscall(SYS_clone, CLONE_THREAD, NULL, NULL, NULL, NULL),
	    EINVAL);
}

static int
ring(void)
{
	return heard(syscall(SYS_io_uring_setup, 1, NULL), EFAULT);
}

static int
program_of_kernel(void)
{
	return heard(syscall(SYS_bpf, 0, NULL, 0), EINVAL);
}

static int
kernel_keys(void)
{
	/* The session's. */
	return heard(syscall(SYS_keyctl, 0, -3, 0), ENOKEY);
}

static int
namespaces(void)
{
	return unshare(CLONE_NEWUSER);
}

static int
mount_something(void)
{
	return mount("none", directory, "tmpfs", 0, NULL);
}

static int
signal_by_descriptor(void)
{
	int fd = (int)syscall(SYS_pidfd_open, getppid(), 0);

	return fd == -1 ? -1 :
	    (int)syscall(SYS_pidfd_send_signal, fd, SIGWINCH, NULL, 0);
}

static int
change_group(void)
{
	return setgid(getegid() + 1);
}

static int
leave_groups(void)
{
	gid_t group = getegid() + 1;

	return setgroups(1, &group);
}

static int
run(void)
{
	char name[] = "true";
	char *argv[] = { name, NULL }, *none[] = { NULL };

	/* If it can be run, it ends with 0 as well. */
	return execve("/bin/true", argv, none);
}

static int
fork_child(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid == -1 ? -1 : 0;
}

static int
trace(void)
{
	return ptrace(PTRACE_SEIZE, getppid(), NULL, NULL) == -1 ? -1 : 0;
}

/* Our own, which nothing but the filter minds. */
static int
debug(void)
{
	char byte = 1, copy;
	struct iovec from = { &byte, 1 }, to = { &copy, 1 };

	return process_vm_readv(getpid(), &to, 1, &from, 1, 0) == 1 ? 0 : -1;
}

static int
signal_other(void)
{
	return kill(getppid(), 0);
}

static int
become_root(void)
{
	/* Root itself: to be anybody else must not be possible either. */
	return setuid(geteuid() == 0 ? 1 : 0);
}

static int
move_root(void)
{
	return chroot(directory);
}

static int
catch_violation(void)
{
	return signal(SIGSYS, SIG_IGN) == SIG_ERR ? -1 : 0;
}

static int
run_memory(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? -1 : 0;
}

static int
raise_limit(void)
{
	struct rlimit core = { RLIM_INFINITY, RLIM_INFINITY };

	return setrlimit(RLIMIT_CORE, &core);
}

static const struct attempt attempts[] = {
	{ "read its directory's file", read_own, "pec", "" },
	{ "write its directory's file", write_own, "pe", "" },
	{ "make and remove one there", make_own, "pe", "" },
	{ "rename one there", rename_own, "pc", "efxl" },
	{ "read another server's key", read_key, "p", "" },
	{ "write outside", write_outside, "", "" },
	{ "make a file outside", make_outside, "", "" },
	{ "remove a file outside", remove_outside, "", "fxl" },
	{ "link a file in from outside", link_in, "", "" },
	{ "change a mode outside", mode_outside, "", "efxlc" },
	{ "change an owner outside", owner_outside, "", "efxlc" },
	{ "make a device", device, "", "efxlc" },
	{ "read /etc/hosts", read_hosts, "pr", "" },
	{ "read /etc/passwd", read_passwd, "p", "" },
	{ "list /etc", list_directory, "p", "" },
	{ "write another's memory", read_memory, "", "" },
	{ "read another's environment", read_environment, "", "" },
	{ "connect to its server", connect_server, "pfx", "c" },
	{ "connect to another port", connect_other, "p", "" },
	{ "connect to a unix socket", connect_unix, "p", "c" },
	{ "listen for TCP", listen_tcp, "p", "fxc" },
	{ "accept a connection", accept_client, "pel", "fxc" },
	{ "a UDP socket", udp, "pr", "fxc" },
	{ "a packet socket", raw, "", "fxc" },
	{ "a netlink socket", netlink, "pr", "fxc" },
	{ "a raw IP socket", raw_ip, "", "fxc" },
	{ "an ALG socket", crypto, "", "fxc" },
	{ "a VM socket", host_of_machine, "", "fxc" },
	{ "type for its user", type_for_user, "p", "fxlc" },
	{ "listen on a unix socket", listen_unix_there, "", "c" },
	{ "exec", run, "p", "efxlc" },
	{ "fork", fork_child, "p", "efxlc" },
	{ "a thread", thread, "p", "efxlc" },
	{ "a ring", ring, "", "efxlc" },
	{ "a program of the kernel's", program_of_kernel, "", "efxlc" },
	{ "keys of the kernel's", kernel_keys, "", "efxlc" },
	{ "a namespace", namespaces, "", "efxlc" },
	{ "mount", mount_something, "", "efxlc" },
	{ "ptrace", trace, "", "efxlc" },
	{ "debug", debug, "", "efxlc" },
	{ "signal another process", signal_other, "", "efxlc" },
	{ "signal it by a descriptor", signal_by_descriptor, "", "efxlc" },
	{ "setuid", become_root, "", "efxlc" },
	{ "setgid", change_group, "", "efxlc" },
	{ "setgroups", leave_groups, "", "efxlc" },
	{ "chroot", move_root, "", "efxlc" },
	{ "ignore SIGSYS", catch_violation, "p", "efxlc" },
	{ "memory that can be run", run_memory, "p", "efxlc" },
	{ "allow core files", raise_limit, "", "efxlc" }
};

static const char *const role_titles[PROBED] = {
	[PARENT] = "parent", [ENGINE] = "engine", [FETCHER] = "fetcher",
	[LISTENER] = "listener", [RESOLVER] = "resolver",
	[EXPORTER] = "exporter", [CTL] = "ctl"
};

static const char role_letters[PROBED] = {
	[PARENT] = 'p', [ENGINE] = 'e', [FETCHER] = 'f', [LISTENER] = 'l',
	[RESOLVER] = 'r', [EXPORTER] = 'x', [CTL] = 'c'
};

static bool
has(const char *letters, enum probed role)
{
	return strchr(letters, role_letters[role]) != NULL;
}

/* Where root's parent has users for its children, it may become them, but not
 * write what is theirs. */
static bool
is_otherwise(enum probed role, int (*try)(void))
{
	static int (*const otherwise[])(void) = {
		write_own, make_own, rename_own, become_root, change_group,
		leave_groups, move_root
	};
	size_t i;

	if (identity.uid == 0 || role != PARENT)
		return false;
	for (i = 0; i < COUNT(otherwise); i++) {
		if (otherwise[i] == try)
			return true;
	}
	return false;
}

static void
become_network(const char *sees)
{
	struct message_identity network = identity;

	if (network.uid == 0)
		return;
	network.uid++;
	network.gid++;
	users_become(&network, sees);
}

/* What is in the engine's directory is below the root then. */
static void
move_paths(void)
{
	char *const paths[] = {
		state_file, state_new, state_made, export_made
	};
	size_t len = strlen(directory), i;

	for (i = 0; i < COUNT(paths); i++)
		memmove(paths[i], paths[i] + len, strlen(paths[i] + len) + 1);
	strlcpy(directory, "/", sizeof(directory));
}

static void
enter(enum probed role)
{
	switch (role) {
	case PARENT:
		sandbox_parent(directory, directory, NULL, identity.uid != 0);
		break;
	case ENGINE:
		users_become(&identity, directory);
		if (identity.uid != 0)
			move_paths();
		sandbox_engine(directory);
		break;
	case FETCHER:
		become_network(identity.empty);
		sandbox_fetcher(port);
		break;
	case LISTENER:
		become_network(identity.empty);
		sandbox_listener();
		break;
	case RESOLVER:
		become_network(NULL);
		sandbox_resolver(false);
		break;
	case EXPORTER:
		become_network(identity.empty);
		sandbox_exporter(port);
		break;
	case CTL:
		sandbox_ctl(directory);
		break;
	case PROBED:
		abort();
	}
}

static void
make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd == -1)
		err(2, "%s", path);
	close(fd);
}

/* What an attempt may have taken away. */
static void
prepare(void)
{
	make_file(state_file);
	make_file(state_made);
	make_file(key_file);
	if (identity.uid != 0 && (chown(directory, identity.uid,
	    identity.gid) == -1 || chown(state_file, identity.uid,
	    identity.gid) == -1 || chown(state_made, identity.uid,
	    identity.gid) == -1))
		err(2, "chown");
	(void)unlink(state_new);
	(void)unlink(export_made);
	(void)unlink(key_new);
}

/* True if it could be done; how it went is put into cell. */
static bool
probe(enum probed role, const struct attempt *attempt, char cell[CELL])
{
	char words[SANDBOX_CALL_SIZE], call[SANDBOX_CALL_SIZE];
	int fds[2], status;
	ssize_t n;
	pid_t pid;

	prepare();
	if (pipe(fds) == -1)
		err(2, "pipe");
	if ((pid = fork()) == -1)
		err(2, "fork");
	if (pid == 0) {
		close(fds[0]);
		sandbox_report_to(fds[1], "");
		enter(role);
		_exit(attempt->try() == 0 ? 0 :
		    errno > 0 && errno != SANDBOX_STATUS ? errno : 255);
	}
	close(fds[1]);
	if (waitpid(pid, &status, 0) == -1)
		err(2, "waitpid");
	n = read(fds[0], words, sizeof(words) - 1);
	words[n < 0 ? 0 : n] = '\0';
	words[strcspn(words, "\n")] = '\0';
	close(fds[0]);
	if (WIFSIGNALED(status))
		snprintf(cell, CELL, "signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status) == SANDBOX_STATUS &&
	    sandbox_call(words, call, sizeof(call)) == 0)
		snprintf(cell, CELL, "ended");
	else if (WEXITSTATUS(status) == 0)
		snprintf(cell, CELL, "possible");
	else
		snprintf(cell, CELL, "%s", strerrorname_np(
		    WEXITSTATUS(status)) == NULL ? "?" :
		    strerrorname_np(WEXITSTATUS(status)));
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void
set_path(char path[PATH], const char *top, const char *name)
{
	if (snprintf(path, PATH, "%s/%s", top, name) >= PATH)
		errx(2, "too long a path");
}

static void
listen_unix(void)
{
	struct sockaddr_un sun;
	int fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	strlcpy(sun.sun_path, unix_path, sizeof(sun.sun_path));
	(void)unlink(unix_path);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1 ||
	    bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1 ||
	    listen(fd, 64) == -1)
		err(2, "%s", unix_path);
}

static void
listen_server(void)
{
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if ((server_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0)) == -1 ||
	    bind(server_fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    listen(server_fd, 64) == -1 ||
	    getsockname(server_fd, (struct sockaddr *)&sin, &len) == -1)
		err(2, "a server");
	port = ntohs(sin.sin_port);
}

static int
print_table(const char *top)
{
	char cell[CELL];
	enum probed role;
	int wrong = 0;
	bool may;
	size_t i;

	set_path(directory, top, "state");
	if (mkdir(directory, 0700) == -1 && errno != EEXIST)
		err(2, "%s", directory);
	set_path(state_file, directory, "a.db");
	set_path(state_new, directory, "new");
	set_path(state_made, directory, "made");
	set_path(export_made, directory, "named");
	set_path(key_file, top, "other.key");
	set_path(key_new, top, "new");
	set_path(unix_path, top, "socket");
	set_path(identity.empty, top, "empty");
	if (mkdir(identity.empty, 0755) == -1 && errno != EEXIST)
		err(2, "%s", identity.empty);
	listen_unix();
	listen_server();
	printf("# %-28s", "");
	for (role = 0; role < PROBED; role++)
		printf(" %-9s", role_titles[role]);
	putchar('\n');
	for (i = 0; i < COUNT(attempts); i++) {
		printf("# %-28s", attempts[i].name);
		for (role = 0; role < PROBED; role++) {
			fflush(stdout);
			may = has(attempts[i].may, role) !=
			    is_otherwise(role, attempts[i].try);
			if (probe(role, &attempts[i], cell) != may ||
			    (has(attempts[i].ended, role) &&
			    strcmp(cell, "ended") != 0)) {
				wrong++;
				strlcat(cell, "!", sizeof(cell));
			}
			printf(" %-9s", cell);
		}
		putchar('\n');
	}
	printf("# %d not as it has to be (!)\n", wrong);
	return wrong == 0 ? 0 : 1;
}

/* As a parent: one child, by process.c. */

static int
ignore_message(struct child *child, struct imsg *imsg, void *arg)
{
	(void)child;
	(void)imsg;
	(void)arg;
	return 0;
}

static void
ignore(struct child *child, void *arg)
{
	(void)child;
	(void)arg;
}

static int
be_parent(const char *program)
{
	static const struct child_handlers handlers = {
		ignore, ignore_message, ignore
	};
	const struct programs programs = { program, program };
	struct processes *processes;
	struct event_base *base;
	struct child *child;
	int i;

	if ((base = event_base_new()) == NULL)
		errx(2, "event_base_new");
	log_init("parent", 1, 0);
	processes = processes_new(base, &programs, true, false, &handlers,
	    NULL);
	child = process_add(processes, ROLE_FETCHER, "attic");
	process_start(child);
	for (i = 0; i < 500 && child->pid != 0; i++) {
		usleep(20000);
		processes_reap(processes);
	}
	processes_stop(processes);
	event_base_free(base);
	return 0;
}

int
main(int argc, char *argv[])
{
	char path[PATH];
	ssize_t n;

	if (argc > 2 && strcmp(argv[1], "-X") == 0) {
		sandbox_report_to(CHILD_WORDS_FD, "");
		sandbox_fetcher(1);
		(void)fork();
		return 0;
	}
	if (argc == 2 && strcmp(argv[1], "-p") == 0) {
		n = readlink("/proc/self/exe", path, sizeof(path) - 1);
		if (n == -1)
			err(2, "/proc/self/exe");
		path[n] = '\0';
		return be_parent(path);
	}
	if (argc == 4 && strcmp(argv[1], "-u") == 0) {
		identity.uid = identity.gid = (uint32_t)strtonum(argv[2], 1,
		    INT32_MAX, NULL);
		argc -= 2;
		argv += 2;
	}
	if (argc != 2) {
		fprintf(stderr, "usage: probe [-u uid] directory | "
		    "probe -p\n");
		return 2;
	}
	return print_table(argv[1]);
}
