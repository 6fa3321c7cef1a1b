/* The children in words: how each is, and what it last died of. */
#include <sys/wait.h>

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "answer.h"
#include "process_report.h"
#include "sandbox.h"
#include "text.h"

static void	 describe_violation(struct child *);
static int64_t	 memory_of(pid_t);
static void	 begin_row(struct message_row *, const char *role,
		    const char *server);
static void	 put_process(struct message_row *, pid_t, int64_t since);
static void	 put_child(struct message_row *, const struct child *);

/* What its filter has written of the call that it ended it for. */
static void
describe_violation(struct child *child)
{
	char words[SANDBOX_CALL_SIZE], call[SANDBOX_CALL_SIZE];
	ssize_t n;

	n = read(child->last_words, words, sizeof(words) - 1);
	if (n < 0)
		n = 0;
	words[n] = '\0';
	words[strcspn(words, "\n")] = '\0';
	if (sandbox_call(words, call, sizeof(call)) == -1)
		strlcpy(call, "of unknown number", sizeof(call));
	(void)snprintf(child->last_end, sizeof(child->last_end),
	    "was ended by its sandbox for the system call %s", call);
}

void
process_describe_end(struct child *child, int status)
{
	char *text = child->last_end;
	const size_t size = sizeof(child->last_end);

	if ((WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) ||
	    (WIFEXITED(status) && WEXITSTATUS(status) == SANDBOX_STATUS))
		describe_violation(child);
	else if (WIFSIGNALED(status))
		(void)snprintf(text, size, "ended by signal %d (%s)",
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		(void)snprintf(text, size, "ended with status %d",
		    WEXITSTATUS(status));
}

void
process_describe_reason(struct child *child)
{
	char words[CHILD_END_SIZE], safe[CHILD_END_SIZE];
	ssize_t n;

	/* Its sandbox has written something else, which was read before. */
	n = read(child->last_words, words, sizeof(words) - 1);
	if (n <= 0)
		return;
	words[n] = '\0';
	(void)text_safe(safe, sizeof(safe), words);
	(void)strlcat(child->last_end, ": ", sizeof(child->last_end));
	(void)strlcat(child->last_end, safe, sizeof(child->last_end));
}

/* Bytes that it has in memory, with what it shares; -1: that is not known. */
static int64_t
memory_of(pid_t pid)
{
#ifdef __linux__
	char path[64];
	long long resident;
	FILE *f;
	int n;

	(void)snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	if ((f = fopen(path, "re")) == NULL)
		return -1;
	n = fscanf(f, "%*d %lld", &resident);
	(void)fclose(f);
	return n == 1 ? resident * sysconf(_SC_PAGESIZE) : -1;
#else
	(void)pid;
	return -1;
#endif
}

static void
begin_row(struct message_row *row, const char *role, const char *server)
{
	row_begin(row, "process");
	row_text(row, "role", role);
	row_text(row, "server", server[0] == '\0' ? NULL : server);
}

static void
put_process(struct message_row *row, pid_t pid, int64_t since)
{
	int64_t memory = pid == 0 ? -1 : memory_of(pid);

	if (pid == 0)
		row_none(row, "pid");
	else
		row_number(row, "pid", VALUE_NUMBER, pid);
	row_number(row, "since", VALUE_TIME, since);
	if (memory == -1)
		row_none(row, "memory");
	else
		row_number(row, "memory", VALUE_NUMBER, memory);
}

const char *
process_state(const struct child *child)
{
	if (child->pid == 0)
		return child->misconfigured ? "waiting for a reload" :
		    "waiting";
	if (child->channel == NULL)
		return "ending";
	return child->up ? "up" : "starting";
}

static void
put_child(struct message_row *row, const struct child *child)
{
	begin_row(row, role_name(child->role), child->name);
	row_text(row, "state", process_state(child));
	put_process(row, child->pid, child->since);
	row_number(row, "next_start", VALUE_TIME, child->next_start);
	row_number(row, "restarts", VALUE_NUMBER, child->restarts);
	row_number(row, "ended", VALUE_TIME, child->ended);
	row_text(row, "last_end", child->last_end);
}

void
process_report(struct processes *processes, uint32_t request)
{
	struct child *engine = process_first(processes, ROLE_ENGINE);
	static struct message_row row;
	struct child *child;
	int role;

	begin_row(&row, "parent", "");
	row_text(&row, "state", "up");
	put_process(&row, getpid(), processes_since(processes));
	row_number(&row, "next_start", VALUE_TIME, 0);
	row_number(&row, "restarts", VALUE_NUMBER, 0);
	row_number(&row, "ended", VALUE_TIME, 0);
	row_text(&row, "last_end", "");
	answer_row(engine, request, &row);
	for (role = 0; role < ROLE_COUNT; role++) {
		for (child = process_first(processes, (enum role)role);
		    child != NULL; child = process_next(child)) {
			put_child(&row, child);
			answer_row(engine, request, &row);
		}
	}
	answer_end(engine, request, NULL);
}
