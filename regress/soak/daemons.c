/* The daemon, the tool, and the processes to be killed. */
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

#include "soak.h"

#define KILLS_MAX	2	/* then the parent waits too long to restart */
#define SYNC_WAIT	120000	/* ms that a sync may take */
#define TICK		5	/* ms */

static void	write_config(struct soak *);
static pid_t	run(struct soak *, const char *, const char *, const char *,
		    const char *, const char *);
static int	await(struct soak *, pid_t, int);
static bool	wait_for_socket(struct soak *);
static void	await_orphans(const pid_t *, size_t);
static size_t	children(pid_t, pid_t *, size_t);
static void	describe(pid_t, char *, size_t);
static sqlite3	*database(struct soak *, int);

static void
write_config(struct soak *w)
{
	char path[300];
	int k, person, seat, mine;
	FILE *file;

	snprintf(path, sizeof(path), "%s/config.yaml", w->dir);
	if ((file = fopen(path, "w")) == NULL || fchmod(fileno(file), 0600))
		soak_die("%s: %s", path, strerror(errno));
	fprintf(file, "database:\n  path: %s/db/soak.db\nmetrics_addr: \"\"\n"
	    "events:\n  live: off\nclients:\n", w->dir);
	for (k = 0; k < SERVERS; k++) {
		for (mine = 0, seat = 0; seat < SEATS; seat++)
			mine += w->seats[seat].server == k;
		if (mine == 0)
			continue;
		fprintf(file, "  %s:\n    url: http://%s\n"
		    "    api_key: \"0123456789abcdef\"\n"
		    "    timeout_secs: 1\n    users:\n",
		    w->servers[k].name, w->servers[k].address);
		for (person = 0; person < PEOPLE; person++) {
			for (mine = 0, seat = 0; seat < SEATS; seat++) {
				if (w->seats[seat].server != k ||
				    w->seats[seat].person != person)
					continue;
				if (mine++ == 0)
					fprintf(file, "      %s: [",
					    person_names[person]);
				fprintf(file, "%s%s", mine > 1 ? ", " : "",
				    user_names[w->seats[seat].user]);
			}
			if (mine > 0)
				fprintf(file, "]\n");
		}
	}
	if (fclose(file) == EOF)
		soak_die("%s: %s", path, strerror(errno));
}

/*
 * What is heard, and when, is for the history to say: nobody may tell the
 * daemon of changes as they happen.
 */
void
daemon_configure(struct soak *w)
{
	char path[300];

	write_config(w);
	snprintf(path, sizeof(path), "%s/db/soak.db", w->dir);
	unlink(path);
	strlcat(path, "-wal", sizeof(path));
	unlink(path);
	path[strlen(path) - 3] = '\0';
	strlcat(path, "shm", sizeof(path));
	unlink(path);
	snprintf(path, sizeof(path), "%s/daemon.log", w->dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/ctl.log", w->dir);
	unlink(path);
}

/*
 * With its words in the log.  By vfork: to copy this process's memory would
 * take longer than all that the new one does before it is another.
 */
static pid_t
run(struct soak *w, const char *program, const char *a, const char *b,
    const char *c, const char *d)
{
	char config[300], socket_path[300], log[300];
	bool tool = strcmp(program, w->ctl_program) == 0;
	pid_t pid;
	int fd, null;

	snprintf(config, sizeof(config), "%s/config.yaml", w->dir);
	snprintf(socket_path, sizeof(socket_path), "%s/sock", w->dir);
	snprintf(log, sizeof(log), "%s/%s", w->dir,
	    tool ? "ctl.log" : "daemon.log");
	if ((pid = vfork()) == -1)
		soak_die("vfork: %s", strerror(errno));
	if (pid != 0)
		return pid;
	if ((fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600)) == -1 ||
	    (null = open("/dev/null", O_RDONLY)) == -1 ||
	    dup2(null, STDIN_FILENO) == -1 ||
	    dup2(fd, STDOUT_FILENO) == -1 || dup2(fd, STDERR_FILENO) == -1)
		_exit(127);
	closefrom(STDERR_FILENO + 1);
	end_with_parent();
	if (tool)
		execl(program, program, "-s", socket_path, a, b, c, d,
		    (char *)NULL);
	else
		execl(program, program, a, "-f", config, "-s", socket_path,
		    (char *)NULL);
	_exit(127);
}

/* Its exit status, or -1 if it does not end in time (and is killed then). */
static int
await(struct soak *w, pid_t pid, int ms)
{
	const struct timespec tick = { 0, TICK * 1000000 };
	int status;
	pid_t ended;

	(void)w;
	for (; ms > 0; ms -= TICK) {
		if ((ended = waitpid(pid, &status, WNOHANG)) == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) :
			    128 + WTERMSIG(status);
		if (ended == -1)
			soak_die("waitpid: %s", strerror(errno));
		nanosleep(&tick, NULL);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return -1;
}

/* False if the daemon has ended instead. */
static bool
wait_for_socket(struct soak *w)
{
	const struct timespec tick = { 0, TICK * 1000000 };
	struct sockaddr_un sun;
	int fd, tries, status;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%.90s/sock", w->dir);
	for (tries = 0; tries < 6000; tries++) {
		if (waitpid(w->daemon, &status, WNOHANG) == w->daemon)
			return false;
		if ((fd = socket(AF_UNIX, SOCK_STREAM, 0)) == -1)
			soak_die("socket: %s", strerror(errno));
		if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0) {
			close(fd);
			return true;
		}
		close(fd);
		nanosleep(&tick, NULL);
	}
	soak_die("the daemon does not answer: see %s/daemon.log", w->dir);
}

/* Until the children of a parent that was killed have ended, too. */
static void
await_orphans(const pid_t *pids, size_t n)
{
	const struct timespec tick = { 0, TICK * 1000000 };
	size_t i;
	int tries;

	for (i = 0; i < n; i++) {
		for (tries = 0; tries < 2000 && kill(pids[i], 0) == 0; tries++)
			nanosleep(&tick, NULL);
	}
}

void
daemon_run(struct soak *w)
{
	if (w->once || w->daemon != 0)
		return;
	w->daemon = run(w, w->daemon_program, "-d", NULL, NULL, NULL);
	w->ran = true;
	w->kills = 0;
	w->quiet = false;
	w->restless = true;	/* it begins with a sync of its own */
	if (!wait_for_socket(w)) {
		w->daemon = 0;
		broken(w->verdict, SOUNDNESS, "the daemon does not start");
	}
}

void
daemon_end(struct soak *w, int signal_number)
{
	int status;

	if (w->daemon == 0)
		return;
	kill(w->daemon, signal_number);
	status = await(w, w->daemon, 20000);
	if (signal_number == SIGTERM && status != 0)
		broken(w->verdict, SOUNDNESS, "told to stop, the daemon ends "
		    "with status %d", status);
	w->daemon = 0;
	w->quiet = false;
	w->restless = w->disturbed = true;
	/* Its children end by themselves; the database is free then. */
	daemon_is_syncing(w, true);
}

int
daemon_sync(struct soak *w, int only)
{
	pid_t pid;
	int status;

	daemon_is_syncing(w, true);
	w->ran = true;
	if (w->once)
		pid = run(w, w->daemon_program, "-o", NULL, NULL, NULL);
	else if (only != NOBODY)
		pid = run(w, w->ctl_program, "sync", "now", "server",
		    w->servers[only].name);
	else
		pid = run(w, w->ctl_program, "sync", "now", NULL, NULL);
	status = await(w, pid, SYNC_WAIT);
	w->quiet = false;
	if (status != 0)
		w->restless = w->disturbed = true;
	if (status == -1) {
		w->broken_sync = true;
		broken(w->verdict, CONVERGENCE, "a sync does not come to its "
		    "end");
	}
	return status;
}

void
daemon_sync_behind(struct soak *w)
{
	if (daemon_is_syncing(w, false))
		return;
	w->quiet = false;
	w->restless = true;
	w->ran = true;
	if (!w->once)
		daemon_run(w);
	if (w->once)
		w->syncing = run(w, w->daemon_program, "-o", NULL, NULL, NULL);
	else
		w->syncing = run(w, w->ctl_program, "sync", "now", NULL, NULL);
}

void
daemon_round(struct soak *w)
{
	if (w->once || daemon_is_syncing(w, false))
		return;
	daemon_run(w);
	/* Before it can answer, it would die of that. */
	if (w->daemon == 0 || await(w, run(w, w->ctl_program, "status", NULL,
	    NULL, NULL), SYNC_WAIT) != 0)
		return;
	w->quiet = false;
	w->restless = true;
	w->ran = true;
	kill(w->daemon, SIGUSR1);
}

void
daemon_word(struct soak *w, const char *word)
{
	int status;

	daemon_run(w);
	TELL(w, "%s what is held\n", word);
	status = await(w, run(w, w->ctl_program, word, NULL, NULL, NULL), SYNC_WAIT);
	w->quiet = false;
	w->restless = true;
	if (status != 0)
		broken(w->verdict, SOUNDNESS, "\"%s\" ends with status %d",
		    word, status);
}

bool
daemon_is_syncing(struct soak *w, bool wait)
{
	int status;

	if (w->syncing == 0)
		return false;
	if (wait) {
		if (await(w, w->syncing, SYNC_WAIT) == -1) {
			w->broken_sync = true;
			broken(w->verdict, CONVERGENCE, "a sync does not "
			    "come to its end");
		}
		w->syncing = 0;
		return false;
	}
	if (waitpid(w->syncing, &status, WNOHANG) == w->syncing)
		w->syncing = 0;
	return w->syncing != 0;
}

/* What may be killed. */

static size_t
children(pid_t pid, pid_t *pids, size_t max)
{
	char path[64];
	long child;
	size_t n = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/task/%ld/children", (long)pid,
	    (long)pid);
	if ((file = fopen(path, "r")) == NULL)
		return 0;
	while (n < max && fscanf(file, "%ld", &child) == 1)
		pids[n++] = (pid_t)child;
	fclose(file);
	return n;
}

/* What a process calls itself. */
static void
describe(pid_t pid, char *text, size_t size)
{
	char path[64], *p;
	size_t n;
	FILE *file;

	strlcpy(text, "a child", size);
	snprintf(path, sizeof(path), "/proc/%ld/cmdline", (long)pid);
	if ((file = fopen(path, "r")) == NULL)
		return;
	n = fread(text, 1, size - 1, file);
	text[n] = '\0';
	for (p = text; p < text + n; p++) {
		if (*p == '\0')
			*p = ' ';
	}
	while (n > 0 && text[n - 1] == ' ')
		text[--n] = '\0';
	fclose(file);
}

void
daemon_kill(struct soak *w, uint32_t which)
{
	bool behind = w->once && daemon_is_syncing(w, false);
	pid_t parent = behind ? w->syncing : w->daemon, pids[8];
	char words[128];
	size_t n;

	if (parent == 0)
		return;
	w->quiet = false;
	w->restless = w->disturbed = true;
	n = children(parent, pids, 8);
	if (which % 3 == 0 || n == 0 || w->kills == KILLS_MAX) {
		TELL(w, "the parent is killed\n");
		kill(parent, SIGKILL);
		if (behind) {
			daemon_is_syncing(w, true);
			await_orphans(pids, n);
			return;
		}
		await(w, parent, 20000);
		await_orphans(pids, n);
		w->daemon = 0;
		daemon_run(w);
		return;
	}
	describe(pids[which / 3 % n], words, sizeof(words));
	TELL(w, "killed: %s\n", words);
	kill(pids[which / 3 % n], SIGKILL);
	w->kills++;
}

/* The database. */

static sqlite3 *
database(struct soak *w, int flags)
{
	char path[300];
	sqlite3 *db;

	snprintf(path, sizeof(path), "%s/db/soak.db", w->dir);
	if (access(path, F_OK) == -1)
		return NULL;		/* there will be one */
	if (sqlite3_open_v2(path, &db, flags, NULL) != SQLITE_OK)
		soak_die("%s: %s", path, sqlite3_errmsg(db));
	sqlite3_busy_timeout(db, 20000);
	return db;
}

int64_t
daemon_count(struct soak *w, const char *sql)
{
	sqlite3 *db = database(w, SQLITE_OPEN_READWRITE);
	sqlite3_stmt *stmt;
	int64_t n = -1;

	if (db == NULL)
		return 0;
	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK) {
		if (sqlite3_step(stmt) == SQLITE_ROW)
			n = sqlite3_column_int64(stmt, 0);
		sqlite3_finalize(stmt);
	}
	sqlite3_close(db);
	return n;
}

/*
 * What was refused is tried again after minutes or hours.  Nobody waits for
 * them here: the daemon is stopped, and they have passed when it goes on.
 */
void
daemon_later(struct soak *w)
{
	bool ran = w->daemon != 0;
	sqlite3 *db;

	daemon_end(w, SIGTERM);
	db = database(w, SQLITE_OPEN_READWRITE);
	if (db == NULL || sqlite3_exec(db, "UPDATE copy SET not_before = 0", NULL, NULL,
	    NULL) != SQLITE_OK)
		soak_die("the database: %s", sqlite3_errmsg(db));
	sqlite3_close(db);
	TELL(w, "hours pass\n");
	if (ran)
		daemon_run(w);
}

/* The last words of the daemon and of the tool, into the story. */
void
daemon_last_words(struct soak *w)
{
	static const char *const names[] = { "daemon.log", "ctl.log" };
	char path[300], line[512];
	size_t i;
	FILE *file;

	for (i = 0; w->trace != NULL && i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", w->dir, names[i]);
		if ((file = fopen(path, "r")) == NULL)
			continue;
		if (fseek(file, -2000, SEEK_END) == 0 &&
		    fgets(line, sizeof(line), file) == NULL)
			line[0] = '\0';		/* the rest of one */
		while (fgets(line, sizeof(line), file) != NULL)
			TELL(w, "  %s: %.200s%s", names[i], line,
			    strchr(line, '\n') == NULL ||
			    strlen(line) > 200 ? "\n" : "");
		fclose(file);
	}
}

/* No process has failed, and the database is whole. */
void
daemon_judge(struct soak *w)
{
	static const char *const bad[] = { "ERROR: ", "runtime error",
	    "ended with status", "nonsense from", "forbids", "fatal" };
	char path[300], line[1024];
	size_t i;
	FILE *file;

	snprintf(path, sizeof(path), "%s/daemon.log", w->dir);
	if ((file = fopen(path, "r")) == NULL)
		return;
	while (fgets(line, sizeof(line), file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
			if (strstr(line, bad[i]) != NULL)
				broken(w->verdict, SOUNDNESS, "the log says: "
				    "%.200s", line);
		}
	}
	fclose(file);
	if (daemon_count(w, "SELECT integrity_check = 'ok'"
	    " FROM pragma_integrity_check") != 1 ||
	    daemon_count(w, "SELECT count(*)"
	    " FROM pragma_foreign_key_check") != 0)
		broken(w->verdict, SOUNDNESS, "the database is not whole");
}
