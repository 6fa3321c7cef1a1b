/*
 * Runs random histories in two worlds, one that drives the rules directly and
 * one with a database and servers around them, and prints for each property
 * whether it held, as TAP.  A history that breaks one is made as short as it
 * gets and then told step by step.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "model.h"

#define SHRINKS_MAX	2000		/* runs spent on making one short */

/* What a shorter history must still break. */
struct break_of {
	const struct world	*world;
	enum property		 property;
};

struct result {
	struct history	first;		/* that broke it */
	struct verdict	verdict;
	size_t		broken;
};

static const char *const names[PROPERTY_COUNT] = {
	[CONVERGENCE] = "convergence",
	[QUIESCENCE] = "quiescence",
	[NOTHING_LOST] = "nothing lost",
	[EXACTLY_ONCE] = "exactly once",
	[ORDER_INDEPENDENCE] = "order independence",
	[NO_INVENTION] = "no invention",
	[DIRECTIONS] = "directions"
};

static const struct world *const worlds[] = { &pure_world, &stored_world };
#define WORLDS	(sizeof(worlds) / sizeof(worlds[0]))

__attribute__((__noreturn__))
static void	usage(void);
static uint64_t	number(const char *, uint64_t);
static bool	breaks(const struct history *, void *);
static void	run_world(const struct world *, size_t, uint64_t, const char *,
		    struct result *);
static void	tell(const struct world *, const struct result *);
static int	report(const struct world *, const struct result *, size_t,
		    uint64_t, const char *);
static int	planned(const char *, const char *);

static void
usage(void)
{
	fprintf(stderr, "usage: model [-x] [-n histories] [-p property] "
	    "[-s seed] [-w world]\n");
	exit(2);
}

static uint64_t
number(const char *text, uint64_t min)
{
	const char *error;
	long long n = strtonum(text, (long long)min, INT64_MAX, &error);

	if (error != NULL) {
		fprintf(stderr, "model: %s: %s\n", text, error);
		exit(2);
	}
	return (uint64_t)n;
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

static bool
breaks(const struct history *history, void *arg)
{
	const struct break_of *of = arg;
	struct verdict verdict = { .broken = false };

	of->world->run(history, &verdict, NULL);
	return verdict.broken && verdict.property == of->property;
}

static void
run_world(const struct world *world, size_t n, uint64_t seed,
    const char *until, struct result *results)
{
	struct history history;
	struct verdict verdict;
	struct result *result;
	size_t i;

	for (i = 0; i < n; i++) {
		history_make(&history, seed + i);
		memset(&verdict, 0, sizeof(verdict));
		world->run(&history, &verdict, NULL);
		if (!verdict.broken)
			continue;
		result = &results[verdict.property];
		if (result->broken++ == 0) {
			result->first = history;
			result->verdict = verdict;
		}
		if (until != NULL &&
		    strcmp(names[verdict.property], until) == 0)
			break;
	}
}

static void
tell(const struct world *world, const struct result *result)
{
	struct break_of of = { world, result->verdict.property };
	struct history history = result->first;
	struct verdict verdict = { .broken = false };

	history_shorten(&history, breaks, &of, SHRINKS_MAX);
	printf("# %zu histories break it; the first has seed %" PRIu64 ": %s\n"
	    "# as short as it gets:\n", result->broken, history.seed,
	    result->verdict.why);
	world->run(&history, &verdict, stdout);
	printf("# so: %s\n", verdict.why);
}

static int
report(const struct world *world, const struct result *results, size_t n,
    uint64_t seed, const char *only)
{
	static int line;
	int p, failed = 0;

	for (p = 0; p < PROPERTY_COUNT; p++) {
		if ((world->judges & 1U << p) == 0 ||
		    (only != NULL && strcmp(only, names[p]) != 0))
			continue;
		printf("%sok %d - %s: %s (%zu histories, seed %" PRIu64 ")\n",
		    results[p].broken > 0 ? "not " : "", ++line, world->name,
		    names[p], n, seed);
		if (results[p].broken > 0) {
			tell(world, &results[p]);
			failed = 1;
		}
		fflush(stdout);
	}
	return failed;
}

/* How many lines there will be. */
static int
planned(const char *only_property, const char *only_world)
{
	size_t i;
	int p, lines = 0;

	for (i = 0; i < WORLDS; i++) {
		if (only_world != NULL &&
		    strcmp(only_world, worlds[i]->name) != 0)
			continue;
		for (p = 0; p < PROPERTY_COUNT; p++) {
			if ((worlds[i]->judges & 1U << p) != 0 &&
			    (only_property == NULL ||
			    strcmp(only_property, names[p]) == 0))
				lines++;
		}
	}
	return lines;
}

int
main(int argc, char *argv[])
{
	static struct result results[WORLDS][PROPERTY_COUNT];
	const char *property = NULL, *only = NULL;
	uint64_t seed = 1;
	size_t i, n = 0, run;
	int ch, lines, failed = 0;
	bool first = false;

	while ((ch = getopt(argc, argv, "n:p:s:w:x")) != -1) {
		switch (ch) {
		case 'n':
			n = (size_t)number(optarg, 1);
			break;
		case 'p':
			property = optarg;
			break;
		case 's':
			seed = number(optarg, 0);
			break;
		case 'w':
			only = optarg;
			break;
		case 'x':		/* no further than it takes to break it */
			first = true;
			break;
		default:
			usage();
		}
	}
	if (optind != argc || (lines = planned(property, only)) == 0)
		usage();
	log_init("model", 1, 0);
	printf("1..%d\n", lines);
	for (i = 0; i < WORLDS; i++) {
		if (only != NULL && strcmp(only, worlds[i]->name) != 0)
			continue;
		run = n != 0 ? n : worlds[i]->histories;
		run_world(worlds[i], run, seed, first ? property : NULL,
		    results[i]);
		if (report(worlds[i], results[i], run, seed, property) != 0)
			failed = 1;
	}
	return failed;
}
