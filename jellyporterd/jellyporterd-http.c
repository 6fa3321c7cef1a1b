/*
 * The children that speak HTTP as clients.  They are a program of their own for
 * libcurl's sake: with its libraries for TLS and much else it takes longer to
 * load than all the rest, and has no business beside the history or the keys.
 */
#include <sys/stat.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "child.h"
#include "descriptors.h"
#include "exporter.h"
#include "fetcher.h"
#include "log.h"
#include "log_event.h"
#include "sandbox.h"
#include "version.h"

__attribute__((__noreturn__))
static void	usage(void);

static void
usage(void)
{
	fprintf(stderr, "jellyporterd-http is a part of jellyporterd, which "
	    "starts it\n");
	exit(EX_USAGE);
}

int
main(int argc, char *argv[])
{
	struct child_options options = { 0 };
	int c;

	if (descriptors_hold() == -1)
		return 1;		/* and nowhere to say so */
	log_event_init();
	setproctitle_init(argc, argv, environ);
	umask(S_IRWXG | S_IRWXO);
	while ((c = getopt(argc, argv, "dJvVX:")) != -1) {
		switch (c) {
		case 'd':
			options.foreground = true;
			break;
		case 'J':
			log_as_json(true);
			break;
		case 'v':
			options.verbose = true;
			break;
		case 'V':
			printf("jellyporterd-http %s\n", JELLYPORTER_VERSION);
			return 0;
		case 'X':
			options.role = optarg;
			break;
		default:
			usage();
		}
	}
	sandbox_hide_memory();
	options.name = argv[optind];
	switch (child_begin(&options)) {
	case ROLE_FETCHER:
		fetcher_main();
	case ROLE_EXPORTER:
		exporter_main();
	default:
		usage();
	}
}
