/*
 * What glibc needs for a name: the modules that nsswitch.conf(5) names, which
 * it would load when it first asks them, and files.
 */
#ifdef __linux__
#include <sys/stat.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "lookup.h"

#define SWITCH		"/etc/nsswitch.conf"
#define BLANKS		" \t\n"

static bool	load_module(const char *);
static bool	load_modules(void);
static void	look(struct stat *);
static bool	is_forbidden(const char *);

/* Others are in directories, where a new one is seen. */
static const char *const files[] = {
	"/etc/resolv.conf", "/etc/hosts", SWITCH
};

#define FILES	(sizeof(files) / sizeof(files[0]))

static struct stat	seen[FILES];

/* True if it asks another program.  glibc finds it loaded by its name. */
static bool
load_module(const char *source)
{
	char name[64];

	if (strcmp(source, "files") == 0 || strcmp(source, "dns") == 0)
		return false;		/* these are part of the libc */
	if (snprintf(name, sizeof(name), "libnss_%s.so.2", source) >=
	    (int)sizeof(name))
		return false;
	/* What is not there is not asked, either. */
	if (dlopen(name, RTLD_NOW) == NULL) {
		log_debug("%s: %s", SWITCH, dlerror());
		return false;
	}
	return strcmp(source, "myhostname") != 0;
}

/* Of "hosts: files mdns4_minimal [NOTFOUND=return] dns" the words. */
static bool
load_modules(void)
{
	static const char database[] = "hosts:";
	char line[1024], *rest, *word;
	bool asks = false;
	FILE *file;

	if ((file = fopen(SWITCH, "re")) == NULL)
		return false;
	while (fgets(line, sizeof(line), file) != NULL) {
		line[strcspn(line, "#")] = '\0';
		rest = line + strspn(line, BLANKS);
		if (strncmp(rest, database, sizeof(database) - 1) != 0)
			continue;
		rest += sizeof(database) - 1;
		while ((word = strsep(&rest, BLANKS)) != NULL) {
			if (word[0] != '\0' && strpbrk(word, "[]=") == NULL &&
			    load_module(word))
				asks = true;
		}
	}
	(void)fclose(file);
	return asks;
}

static void
look(struct stat *now)
{
	size_t i;

	memset(now, 0, FILES * sizeof(*now));
	for (i = 0; i < FILES; i++) {
		if (stat(files[i], &now[i]) == -1)
			memset(&now[i], 0, sizeof(now[i]));
	}
}

/* A name that nobody answers for must not keep the others waiting for long. */
bool
lookup_prepare(void)
{
	struct addrinfo *list;

	if (setenv("RES_OPTIONS", "timeout:2 attempts:2", 0) == -1)
		fatal("setenv");
	if (getaddrinfo("localhost", NULL, NULL, &list) == 0)
		freeaddrinfo(list);
	look(seen);
	return load_modules();
}

static bool
is_forbidden(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		return errno == EACCES;
	close(fd);
	return false;
}

/* A link may lead to where a new file is seen: then there is no need. */
bool
lookup_is_stale(void)
{
	struct stat now[FILES];
	size_t i;

	look(now);
	for (i = 0; i < FILES; i++) {
		if ((now[i].st_dev != seen[i].st_dev ||
		    now[i].st_ino != seen[i].st_ino) && is_forbidden(files[i]))
			return true;
	}
	memcpy(seen, now, sizeof(seen));
	return false;
}
#endif
