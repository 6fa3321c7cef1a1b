/*
 * Hands the kept inputs of a fuzz target to it, one after the other, without
 * libFuzzer: so any compiler, with or without sanitizers or valgrind, tries
 * what was ever found.  Without arguments these are all of the corpus of the
 * program's name; else the files and directories that are named.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

#define INPUT_MAX	(1024 * 1024)	/* bytes */
#define SECONDS_MAX	60		/* for one input, on a busy machine */

static void	ended(int);
static void	replay_file(const char *);
static void	replay(const char *);

static char	 current[4096];		/* the input that is tried */
static unsigned	 inputs;

/* Says which input it was, and ends as it would have ended. */
static void
ended(int sig)
{
	static const char text[] = "# the input was ";

	(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	(void)!write(STDERR_FILENO, current, strlen(current));
	(void)!write(STDERR_FILENO, "\n", 1);
	raise(sig);
}

static void
replay_file(const char *path)
{
	unsigned char *data;
	size_t size;
	FILE *f;

	if ((f = fopen(path, "re")) == NULL ||
	    (data = malloc(INPUT_MAX)) == NULL)
		err(1, "%s", path);
	size = fread(data, 1, INPUT_MAX, f);
	if (ferror(f) || size == INPUT_MAX)
		errx(1, "%s: not read", path);
	fclose(f);
	/* Not a byte more, so that reading beyond its end is noticed. */
	if ((data = realloc(data, size == 0 ? 1 : size)) == NULL)
		err(1, NULL);
	snprintf(current, sizeof(current), "%s", path);
	alarm(SECONDS_MAX);
	(void)LLVMFuzzerTestOneInput(data, size);
	alarm(0);
	inputs++;
	free(data);
}

static void
replay(const char *path)
{
	char name[2048];
	struct dirent *entry;
	struct stat st;
	DIR *dir;

	if (stat(path, &st) == -1)
		err(1, "%s", path);
	if (!S_ISDIR(st.st_mode)) {
		replay_file(path);
		return;
	}
	if ((dir = opendir(path)) == NULL)
		err(1, "%s", path);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		replay(name);
	}
	closedir(dir);
}

int
main(int argc, char *argv[])
{
	static const int signals[] = { SIGABRT, SIGALRM, SIGBUS, SIGFPE,
	    SIGILL, SIGSEGV };
	struct sigaction action;
	const char *name;
	char corpus[256];
	size_t i;
	int k;

	memset(&action, 0, sizeof(action));
	action.sa_handler = ended;
	action.sa_flags = (int)SA_RESETHAND;
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		if (sigaction(signals[i], &action, NULL) == -1)
			err(1, "sigaction");
	}
	if ((name = strstr(argv[0], "fuzz_")) == NULL)
		errx(1, "this is no fuzz_NAME");
	name += strlen("fuzz_");
	snprintf(corpus, sizeof(corpus), "regress/fuzz/corpus/%s", name);
	puts("1..1");
	if (argc == 1)
		replay(corpus);
	for (k = 1; k < argc; k++)
		replay(argv[k]);
	if (inputs == 0)
		errx(1, "no input at all");
	printf("ok 1 - %s: %u inputs\n", name, inputs);
	return 0;
}
