/*
 * Runs random histories on whole processes, several at a time, and prints for
 * each property whether it held, as TAP.  A history that breaks one is told,
 * made as short as it gets, and told again.
 *
 * The same seed makes the same history; but how far a process has got when
 * the next step comes is different each time, so that some failures show only
 * now and then.
 */
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "soak.h"
#include "text.h"

#define JOBS_MAX	64

/* Shared with the workers. */
struct tally {
	size_t		run;
	size_t		broken[JUDGED];
	size_t		n_broken;
	size_t		good_syncs;
	size_t		written;
	size_t		steps;
};

struct options {
	size_t		 histories;
	uint64_t	 seed;
	size_t		 jobs;
	int64_t		 shrink;	/* seconds to spend on making short */
	bool		 keep;
	bool		 once;		/* no more after one that breaks */
	const char	*daemon;
	const char	*only;		/* property, that others do not end */
	bool		 verbose;
};

/* What a shorter history must still break. */
struct break_of {
	struct soak	*soak;
	int		 property;
	int64_t		 until;
};

static const char *const names[JUDGED] = {
	[CONVERGENCE] = "convergence",
	[QUIESCENCE] = "quiescence",
	[NOTHING_LOST] = "nothing lost",
	[EXACTLY_ONCE] = "exactly once",
	[ORDER_INDEPENDENCE] = "order independence",
	[NO_INVENTION] = "no invention",
	[SOUNDNESS] = "processes and database are sound"
};

static struct tally *tally;
static volatile sig_atomic_t stopped;

__attribute__((__noreturn__))
static void	usage(void);
static uint64_t	number(const char *, uint64_t);
static void	stop(int);
static void	run_history(struct soak *, const struct history *,
		    struct verdict *, FILE *);
static bool	breaks(const struct history *, void *);
static void	tell(struct soak *, const struct options *,
		    const struct history *, const struct verdict *,
		    const char *);
static void	say(struct soak *, const char *);
__attribute__((__noreturn__))
static void	work(const struct options *, size_t, const char *);
static int	report(const struct options *);

static void
usage(void)
{
	fprintf(stderr, "usage: soak [-kvx] [-d daemon] [-j jobs] "
	    "[-n histories] [-p property] [-s seed] [-t seconds to shorten]\n");
	exit(2);
}

void
soak_die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("# the test itself fails: ");
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
	fflush(stdout);
	exit(3);
}

void
broken(struct verdict *verdict, enum property property, const char *fmt, ...)
{
	va_list ap;

	if (verdict->broken)
		return;
	verdict->broken = true;
	verdict->property = property;
	va_start(ap, fmt);
	vsnprintf(verdict->why, sizeof(verdict->why), fmt, ap);
	va_end(ap);
}

static uint64_t
number(const char *text, uint64_t min)
{
	const char *error;
	long long n = strtonum(text, (long long)min, INT64_MAX, &error);

	if (error != NULL)
		errx(2, "%s: %s", text, error);
	return (uint64_t)n;
}

static void
stop(int signo)
{
	(void)signo;
	stopped = 1;
}

static void
run_history(struct soak *w, const struct history *history,
    struct verdict *verdict, FILE *trace)
{
	static struct soak empty;
	size_t i, begin;

	empty.curl = w->curl;
	empty.daemon_program = w->daemon_program;
	empty.ctl_program = w->ctl_program;
	empty.sim_program = w->sim_program;
	memcpy(empty.dir, w->dir, sizeof(empty.dir));
	*w = empty;
	w->verdict = verdict;
	w->trace = trace;
	world_make(w, history->seed);
	daemon_configure(w);
	/* Half of the time the servers have met before people begin. */
	begin = random_below(&w->random, 2) == 0 ? 0 :
	    random_below(&w->random, 10);
	w->quiet = true;
	if (begin == 0)
		sync_well(w);
	for (i = 0; i < history->n && !verdict->broken && !w->broken_sync &&
	    !stopped; i++) {
		if (i == begin)
			daemon_run(w);
		step_take(w, &history->steps[i]);
	}
	if (!verdict->broken && !stopped && !settle(w))
		broken(verdict, CONVERGENCE, "it does not come to rest: %lld "
		    "copies are owed a write, of %lld nobody knows whether "
		    "it arrived", (long long)daemon_count(w,
		    "SELECT count(*) FROM copy WHERE need > 0"),
		    (long long)daemon_count(w,
		    "SELECT count(*) FROM copy WHERE asked"));
	if (!verdict->broken && !stopped) {
		i = w->written;
		sync_well(w);
		if (w->written != i)
			broken(verdict, QUIESCENCE, "when all was quiet, "
			    "%zu more writes came", w->written - i);
	}
	if (!verdict->broken && !stopped)
		judge_orders(w);
	daemon_is_syncing(w, true);
	daemon_end(w, stopped ? SIGKILL : SIGTERM);
	if (w->ran && !stopped)
		daemon_judge(w);
	sims_stop(w);
	if (verdict->broken) {
		daemon_last_words(w);
		TELL(w, "so: %s\n", verdict->why);
	}
	__atomic_add_fetch(&tally->good_syncs, w->good_syncs, __ATOMIC_RELAXED);
	__atomic_add_fetch(&tally->written, w->written, __ATOMIC_RELAXED);
	__atomic_add_fetch(&tally->steps, history->n, __ATOMIC_RELAXED);
}

static int64_t
seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec;
}

static bool
breaks(const struct history *history, void *arg)
{
	const struct break_of *of = arg;
	struct verdict verdict = { .broken = false };

	if (stopped || seconds() > of->until)
		return false;
	run_history(of->soak, history, &verdict, NULL);
	return verdict.broken && (int)verdict.property == of->property;
}

/* In one piece, among those of other workers; as TAP comments. */
static void
say(struct soak *w, const char *text)
{
	char lock[300];
	size_t length;
	int fd;

	snprintf(lock, sizeof(lock), "%s/../lock", w->dir);
	fd = open(lock, O_RDWR | O_CREAT, 0600);
	if (fd == -1 || flock(fd, LOCK_EX) == -1)
		warn("%s", lock);
	for (; *text != '\0'; text += length + (text[length] == '\n')) {
		length = strcspn(text, "\n");
		printf("# %.*s\n", (int)length, text);
	}
	fflush(stdout);
	if (fd != -1)
		close(fd);
}

static void
tell(struct soak *w, const struct options *options,
    const struct history *history, const struct verdict *verdict,
    const char *story)
{
	struct break_of of = { w, (int)verdict->property,
	    seconds() + options->shrink };
	struct history less = *history;
	struct verdict again = { .broken = false };
	char *text;
	size_t size;
	FILE *file;

	if ((file = open_memstream(&text, &size)) == NULL)
		err(1, "open_memstream");
	fprintf(file, "seed %" PRIu64 " breaks: %s: %s\n%s", history->seed,
	    names[verdict->property], verdict->why, story);
	fclose(file);
	say(w, text);
	free(text);
	if (options->shrink == 0 || stopped)
		return;
	history_shorten(&less, breaks, &of, SIZE_MAX);
	if ((file = open_memstream(&text, &size)) == NULL)
		err(1, "open_memstream");
	fprintf(file, "seed %" PRIu64 ", with %zu of its %zu steps:\n",
	    history->seed, less.n, history->n);
	run_history(w, &less, &again, file);
	fprintf(file, "%s\n", !again.broken ?
	    "this time nothing was broken: it depends on timing" : again.why);
	fclose(file);
	say(w, text);
	free(text);
}

static void
work(const struct options *options, size_t worker, const char *dir)
{
	static struct soak w;
	struct verdict verdict;
	struct history history;
	char *story;
	size_t i, size;
	FILE *file;

	snprintf(w.dir, sizeof(w.dir), "%s/%zu", dir, worker);
	w.daemon_program = options->daemon;
	w.ctl_program = "jellyporterctl/jellyporterctl";
	w.sim_program = "regress/sim/jellyfin-sim";
	if (mkdir(w.dir, 0700) == -1)
		err(1, "%s", w.dir);
	if ((w.curl = curl_easy_init()) == NULL)
		errx(1, "curl_easy_init");
	for (i = worker; i < options->histories && !stopped &&
	    (!options->once || tally->n_broken == 0);
	    i += options->jobs) {
		history_make(&history, options->seed + i);
		memset(&verdict, 0, sizeof(verdict));
		if ((file = open_memstream(&story, &size)) == NULL)
			err(1, "open_memstream");
		run_history(&w, &history, &verdict, file);
		fclose(file);
		__atomic_add_fetch(&tally->run, 1, __ATOMIC_RELAXED);
		tally->n_broken += verdict.broken && (options->only == NULL ||
		    strcmp(options->only, names[verdict.property]) == 0);
		if (verdict.broken && !stopped &&
		    __atomic_fetch_add(&tally->broken[verdict.property], 1,
		    __ATOMIC_RELAXED) < 3)
			tell(&w, options, &history, &verdict, story);
		else if (options->verbose)
			say(&w, story);
		free(story);
	}
	curl_easy_cleanup(w.curl);
	exit(stopped ? 3 : 0);
}

static int
report(const struct options *options)
{
	int p, line = 0, failed = 0;

	printf("# %zu histories of %zu steps in all: %zu times everything was "
	    "known everywhere, %zu writes\n", tally->run, tally->steps,
	    tally->good_syncs, tally->written);
	for (p = 0; p < JUDGED; p++) {
		if (names[p] == NULL)
			continue;
		printf("%sok %d - %s (%zu histories, seed %" PRIu64 ")\n",
		    tally->broken[p] > 0 ? "not " : "", ++line, names[p],
		    tally->run, options->seed);
		if (tally->broken[p] > 0) {
			printf("# %zu histories break it\n", tally->broken[p]);
			failed = 1;
		}
	}
	return failed;
}

int
main(int argc, char *argv[])
{
	struct options options = { .histories = 100, .jobs = 6,
	    .seed = (uint64_t)time(NULL), .shrink = 60,
	    .daemon = "jellyporterd/jellyporterd" };
	struct sigaction action = { .sa_handler = stop };
	char dir[] = "/tmp/jellyporter-soak.XXXXXX", command[128];
	pid_t pids[JOBS_MAX];
	int ch, failed = 0, status;
	size_t i, k;

	while ((ch = getopt(argc, argv, "d:j:kn:p:s:t:vx")) != -1) {
		switch (ch) {
		case 'd':
			options.daemon = optarg;
			break;
		case 'j':
			options.jobs = (size_t)number(optarg, 1);
			break;
		case 'k':
			options.keep = true;
			break;
		case 'n':
			options.histories = (size_t)number(optarg, 1);
			break;
		case 'p':
			options.only = optarg;
			break;
		case 's':
			options.seed = number(optarg, 0);
			break;
		case 't':
			options.shrink = (int64_t)number(optarg, 0);
			break;
		case 'v':
			options.verbose = true;
			break;
		case 'x':
			options.once = true;
			break;
		default:
			usage();
		}
	}
	if (optind != argc || options.jobs > JOBS_MAX)
		usage();
	tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tally == MAP_FAILED || mkdtemp(dir) == NULL)
		err(1, "%s", dir);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		errx(1, "curl_global_init");
	/* Not restarted: who waits for the workers is to hear of it. */
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	printf("1..%d\n", (int)JUDGED - 1);
	fflush(stdout);
	for (i = 0; i < options.jobs; i++) {
		if ((pids[i] = fork()) == -1)
			err(1, "fork");
		if (pids[i] == 0)
			work(&options, i, dir);
	}
	for (i = 0; i < options.jobs; i++) {
		while (waitpid(pids[i], &status, 0) == -1) {
			if (errno != EINTR)
				err(1, "waitpid");
			for (k = i; k < options.jobs; k++)
				kill(pids[k], SIGTERM);
		}
		if (status != 0)
			failed = 1;
	}
	if (failed)
		printf("Bail out! a worker ended early\n");
	else
		failed = report(&options);
	if (options.keep) {
		printf("# kept: %s\n", dir);
	} else {
		snprintf(command, sizeof(command), "rm -rf '%s'", dir);
		if (system(command) != 0)
			warnx("%s", command);
	}
	return failed;
}
