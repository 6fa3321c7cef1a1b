/*
 * The children: fork and exec by role, a channel to each, links between them,
 * and a new one for each that dies.  Start and recovery are the same code.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "message.h"
#include "process.h"
#include "process_report.h"
#include "sandbox.h"

#define STOP_WAIT	4000		/* ms to end by itself */
#define LINK_BUFFER	(256 * 1024)	/* bytes in a link's socket */

struct processes {
	struct event_base		*base;
	const struct programs		*programs;
	bool				 foreground;
	bool				 verbose;
	const struct child_handlers	*handlers;
	void				*arg;
	TAILQ_HEAD(, child)		 children;
	struct event			*heartbeat;
	int64_t				 looked;	/* ms: at all of them */
	int64_t				 since;		/* seconds */
	bool				 stopping;
};

__attribute__((__noreturn__))
static void	exec_child(const struct processes *, const struct child *,
		    int, int);
static bool	is_shared(const struct child *);
static void	put_link(struct child *, const struct child *, int);
static void	note_end(struct child *, int);
static void	wait_to_start(struct child *, int64_t);
static void	child_ended(struct child *, int);
static int	connect_child(int [2], int [2]);
static pid_t	fork_child(const struct child *, const int [2], const int [2]);
static void	child_runs(struct child *, pid_t, int, int);
static void	start_failed(struct child *);
static int	child_message(struct channel *, struct imsg *, void *);
static void	child_closed(struct channel *, const char *, void *);
static void	end(struct child *);
static void	timeout(evutil_socket_t, short, void *);
static void	ask(struct child *);
static void	look(evutil_socket_t, short, void *);
static void	child_free(struct child *);

static const struct channel_handlers channel_handlers = {
	child_message, child_closed, NULL
};

struct processes *
processes_new(struct event_base *base, const struct programs *programs,
    bool foreground, bool verbose, const struct child_handlers *handlers,
    void *arg)
{
	const struct timeval every = { HEARTBEAT_EVERY / 1000, 0 };
	struct processes *processes;

	if ((processes = calloc(1, sizeof(*processes))) == NULL)
		fatal("calloc");
	processes->base = base;
	processes->programs = programs;
	processes->foreground = foreground;
	processes->verbose = verbose;
	processes->handlers = handlers;
	processes->arg = arg;
	TAILQ_INIT(&processes->children);
	processes->looked = clock_ms();
	processes->since = (int64_t)time(NULL);
	processes->heartbeat = event_new(base, -1, EV_PERSIST, look, processes);
	if (processes->heartbeat == NULL ||
	    event_add(processes->heartbeat, &every) == -1)
		fatal_memory("event_new");
	return processes;
}

void
processes_set_verbose(struct processes *processes, bool verbose)
{
	processes->verbose = verbose;
}

struct child *
process_add(struct processes *processes, enum role role, const char *name)
{
	struct child *child;

	if ((child = calloc(1, sizeof(*child))) == NULL)
		fatal("calloc");
	child->role = role;
	if (strlcpy(child->name, name, sizeof(child->name)) >=
	    sizeof(child->name))
		fatalx("too long a name: %s", name);
	child->processes = processes;
	child->timer = evtimer_new(processes->base, timeout, child);
	if (child->timer == NULL)
		fatal_memory("evtimer_new");
	(void)snprintf(child->title, sizeof(child->title), "%s%s%s",
	    role_name(role), name[0] == '\0' ? "" : " ", name);
	TAILQ_INSERT_TAIL(&processes->children, child, entry);
	return child;
}

int64_t
processes_since(const struct processes *processes)
{
	return processes->since;
}

struct child *
process_first(struct processes *processes, enum role role)
{
	struct child *child;

	TAILQ_FOREACH(child, &processes->children, entry) {
		if (child->role == role && !child->removed)
			return child;
	}
	return NULL;
}

struct child *
process_next(struct child *child)
{
	enum role role = child->role;

	while ((child = TAILQ_NEXT(child, entry)) != NULL) {
		if (child->role == role && !child->removed)
			return child;
	}
	return NULL;
}

/* In the new process: nothing of the parent's but its channel goes along. */
static void
exec_child(const struct processes *processes, const struct child *child,
    int fd, int words)
{
	const char *program = role_is_http(child->role) ?
	    processes->programs->http : processes->programs->own;
	char path[] = "jellyporterd", option[] = "-X", foreground[] = "-d",
	    json[] = "-J", verbose[] = "-v", role[16], name[NAME_SIZE];
	char *argv[9];
	sigset_t none;
	int n = 0, null, signo;

	strlcpy(role, role_name(child->role), sizeof(role));
	strlcpy(name, child->name, sizeof(name));
	argv[n++] = path;
	argv[n++] = option;
	argv[n++] = role;
	if (processes->foreground)
		argv[n++] = foreground;
	if (log_is_json())
		argv[n++] = json;
	if (processes->verbose)
		argv[n++] = verbose;
	if (name[0] != '\0')
		argv[n++] = name;
	argv[n] = NULL;

	/* A signal for the child must not reach the parent's handlers. */
	for (signo = 1; signo < NSIG; signo++)
		signal(signo, SIG_DFL);	/* some cannot be changed */
	sigemptyset(&none);
	/* Out of each other's way first. */
	if ((fd = fcntl(fd, F_DUPFD, CHILD_FD + 2)) == -1 ||
	    (words = fcntl(words, F_DUPFD, CHILD_FD + 2)) == -1 ||
	    dup2(fd, CHILD_FD) == -1 || dup2(words, CHILD_WORDS_FD) == -1)
		_exit(1);
	if ((null = open("/dev/null", O_RDWR)) == -1 ||
	    dup2(null, STDIN_FILENO) == -1 ||
	    dup2(null, STDOUT_FILENO) == -1)
		_exit(1);
	closefrom(CHILD_WORDS_FD + 1);
	if (sigprocmask(SIG_SETMASK, &none, NULL) == -1)
		_exit(1);
	execv(program, argv);
	log_warn("exec %s", program);
	_exit(1);
}

void
process_start(struct child *child)
{
	int fds[2], words[2];
	pid_t pid;

	if (connect_child(fds, words) == -1) {
		start_failed(child);
		return;
	}
	pid = fork_child(child, fds, words);
	close(fds[1]);
	close(words[1]);
	if (pid == -1) {
		start_failed(child);
		close(fds[0]);
		close(words[0]);
		return;
	}
	child_runs(child, pid, fds[0], words[0]);
	child->processes->handlers->started(child, child->processes->arg);
	channel_written(child->channel);
	/* Its answer comes when it has taken in all of that. */
	ask(child);
}

/* A channel, and a pipe for its last words: empty until then, so that neither
 * it nor we ever wait. */
static int
connect_child(int fds[2], int words[2])
{
	int error;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == -1)
		return -1;
	if (pipe2(words, O_CLOEXEC | O_NONBLOCK) == 0)
		return 0;
	error = errno;
	close(fds[0]);
	close(fds[1]);
	errno = error;
	return -1;
}

static pid_t
fork_child(const struct child *child, const int fds[2], const int words[2])
{
	sigset_t all, before;
	pid_t pid;
	int error;

	sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, &before) == -1)
		fatal("sigprocmask");
	if ((pid = fork()) == 0) {
		close(fds[0]);
		exec_child(child->processes, child, fds[1], words[1]);
	}
	error = errno;
	if (sigprocmask(SIG_SETMASK, &before, NULL) == -1)
		fatal("sigprocmask");
	errno = error;
	return pid;
}

static void
child_runs(struct child *child, pid_t pid, int fd, int words)
{
	child->pid = pid;
	child->last_words = words;
	child->started = clock_ms();
	child->since = (int64_t)time(NULL);
	child->next_start = 0;
	child->killed_for[0] = '\0';
	child->misconfigured = false;
	child->up = false;
	heartbeat_heard(&child->heartbeat);
	child->channel = channel_new(child->processes->base, fd,
	    &channel_handlers, child, 0);
	if (child->channel == NULL)
		fatal("channel_new");
	imsgbuf_allow_fdpass(channel_imsgbuf(child->channel));
	channel_say_hello(child->channel);
}

/* For now: the others go on, and it is tried again. */
static void
start_failed(struct child *child)
{
	int error = errno;

	(void)snprintf(child->last_end, sizeof(child->last_end),
	    "could not be started: %s", strerror(error));
	errno = error;
	log_warn("%s cannot be started", child->title);
	child->misconfigured = false;
	child->status = -1;
	child->since = child->ended = (int64_t)time(NULL);
	wait_to_start(child, 0);
}

void
process_spoilt(struct child *child, const char *what)
{
	(void)snprintf(child->killed_for, sizeof(child->killed_for),
	    "%s: %s", what, strerror(errno));
	log_warn("%s %s", child->title, what);
	kill(child->pid, SIGKILL);
}

/* Many have a link to it, who would all lose theirs with it. */
static bool
is_shared(const struct child *child)
{
	return child->role == ROLE_ENGINE || child->role == ROLE_RESOLVER;
}

/* The end that goes to a child; other is who has the other one. */
static void
put_link(struct child *child, const struct child *other, int fd)
{
	static struct message_link link;

	link.role = other->role;
	(void)strlcpy(link.server, other->name, sizeof(link.server));
	message_put_link(channel_imsgbuf(child->channel), &link, fd);
	channel_written(child->channel);
}

void
process_link(struct child *a, struct child *b)
{
	const int size = LINK_BUFFER;
	int fds[2], i;

	if (a->channel == NULL || b->channel == NULL)
		return;			/* made when both are there */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == -1) {
		process_spoilt(is_shared(a) ? b : a, "cannot be linked");
		return;
	}
	for (i = 0; i < 2; i++) {
		/* Only speed depends on it. */
		if (setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &size,
		    sizeof(size)) == -1)
			log_debug("SO_SNDBUF: %s", strerror(errno));
	}
	put_link(a, b, fds[0]);
	put_link(b, a, fds[1]);
}

static int
child_message(struct channel *channel, struct imsg *imsg, void *arg)
{
	struct child *child = arg;
	struct message_hello hello;

	(void)channel;
	if (imsg_get_type(imsg) == MESSAGE_HELLO) {
		if (message_get_hello(imsg, &hello) == -1)
			return -1;
		if (hello.version != PROTOCOL_VERSION)
			fatalx("the program on disk is another version: "
			    "restart jellyporterd");
		return 0;
	}
	if (imsg_get_type(imsg) == MESSAGE_ALIVE) {
		if (!child->up)
			child->since = (int64_t)time(NULL);
		child->up = true;
		heartbeat_heard(&child->heartbeat);
		return imsg_get_len(imsg) == 0 ? 0 : -1;
	}
	return child->processes->handlers->message(child, imsg,
	    child->processes->arg);
}

/* Its end is reaped; what it will be asked next waits for its successor. */
static void
child_closed(struct channel *channel, const char *error, void *arg)
{
	struct child *child = arg;

	if (error != NULL)
		log_warnx("%s: %s", child->title, error);
	channel_free(channel);
	child->channel = NULL;
	if (child->pid != 0 && !child->processes->stopping)
		kill(child->pid, SIGTERM);
}

/* Why we have killed it says more than that it was killed. */
static void
note_end(struct child *child, int status)
{
	process_describe_end(child, status);
	log_warnx("%s %s", child->title, child->last_end);
	process_describe_reason(child);
	if (child->killed_for[0] != '\0')
		strlcpy(child->last_end, child->killed_for,
		    sizeof(child->last_end));
	child->ended = (int64_t)time(NULL);
}

/* It is started again, later each time. */
static void
wait_to_start(struct child *child, int64_t up)
{
	int64_t ms = backoff_next(&child->backoff, up);

	child->next_start = child->since + (ms + 500) / 1000;
	clock_start(child->timer, ms);
	child->processes->handlers->waits(child, child->processes->arg);
}

static void
child_ended(struct child *child, int status)
{
	struct processes *processes = child->processes;

	child->pid = 0;
	child->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	child->since = (int64_t)time(NULL);
	channel_free(child->channel);
	child->channel = NULL;
	if (!processes->stopping && !child->removed && !child->renewed)
		note_end(child, status);
	close(child->last_words);
	if (processes->stopping)
		return;
	if (child->removed) {
		child_free(child);
		return;
	}
	if (child->renewed) {
		event_del(child->timer);
		child->renewed = false;
		process_start(child);
		return;
	}
	if (child->status == EX_CONFIG) {
		child->misconfigured = true;
		processes->handlers->waits(child, processes->arg);
		return;
	}
	wait_to_start(child, clock_ms() - child->started);
}

static void
ask(struct child *child)
{
	heartbeat_asked(&child->heartbeat, clock_ms());
	channel_say_alive(child->channel);
}

/* One turn for all of them: nobody is woken more often than that. */
static void
look(evutil_socket_t fd, short what, void *arg)
{
	struct processes *processes = arg;
	int64_t now = clock_ms();
	bool late = now - processes->looked > 2 * HEARTBEAT_EVERY;
	struct child *child;

	(void)fd;
	(void)what;
	processes->looked = now;
	TAILQ_FOREACH(child, &processes->children, entry) {
		if (child->channel == NULL)
			continue;	/* not there, or to end anyway */
		switch (heartbeat_look(&child->heartbeat, now, late)) {
		case HEARTBEAT_WAIT:
			break;
		case HEARTBEAT_ASK:
			ask(child);
			break;
		case HEARTBEAT_LOST:
			(void)snprintf(child->killed_for,
			    sizeof(child->killed_for), "did not answer for "
			    "%d s and was killed", HEARTBEAT_LIMIT / 1000);
			log_warnx("%s has not answered for %d s: it is "
			    "killed", child->title, HEARTBEAT_LIMIT / 1000);
			kill(child->pid, SIGKILL);
			break;
		}
	}
}

/* It is time to start it again; or it was to end, and has not. */
static void
timeout(evutil_socket_t fd, short what, void *arg)
{
	struct child *child = arg;

	(void)fd;
	(void)what;
	if (child->pid == 0) {
		child->restarts++;
		process_start(child);
	} else {
		log_warnx("%s does not end: it is killed", child->title);
		kill(child->pid, SIGKILL);
	}
}

/* Something may still wait to be said to it, which it hears first. */
static void
end(struct child *child)
{
	if (child->channel != NULL) {
		(void)imsgbuf_write(channel_imsgbuf(child->channel));
		channel_free(child->channel);
		child->channel = NULL;
	}
	child->since = (int64_t)time(NULL);
	clock_start(child->timer, STOP_WAIT);
}

void
process_renew(struct child *child)
{
	child->backoff.ends = 0;
	if (child->pid == 0) {
		event_del(child->timer);
		process_start(child);
	} else if (!child->renewed) {
		child->renewed = true;
		end(child);
	}
}

void
process_remove(struct child *child)
{
	if (child->pid == 0)
		child_free(child);
	else {
		child->removed = true;
		end(child);
	}
}

static void
child_free(struct child *child)
{
	TAILQ_REMOVE(&child->processes->children, child, entry);
	event_free(child->timer);
	free(child);
}

void
processes_reap(struct processes *processes)
{
	struct child *child;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		TAILQ_FOREACH(child, &processes->children, entry) {
			if (child->pid == pid) {
				child_ended(child, status);
				break;
			}
		}
	}
}

static bool
any_left(struct processes *processes)
{
	struct child *child;

	TAILQ_FOREACH(child, &processes->children, entry) {
		if (child->pid != 0)
			return true;
	}
	return false;
}

void
processes_stop(struct processes *processes)
{
	const struct timespec tick = { 0, 5000000 };
	int64_t began = clock_ms();
	struct child *child;
	bool killed = false;

	processes->stopping = true;
	TAILQ_FOREACH(child, &processes->children, entry) {
		/* The end of its channel is the order to stop. */
		channel_free(child->channel);
		child->channel = NULL;
		event_del(child->timer);
	}
	while (processes_reap(processes), any_left(processes)) {
		if (!killed && clock_ms() - began > STOP_WAIT) {
			killed = true;
			TAILQ_FOREACH(child, &processes->children, entry) {
				if (child->pid != 0)
					kill(child->pid, SIGKILL);
			}
		}
		nanosleep(&tick, NULL);
	}
	while ((child = TAILQ_FIRST(&processes->children)) != NULL)
		child_free(child);
	event_free(processes->heartbeat);
	free(processes);
}
