/*
 * The simulated Jellyfin server: options, start and end.
 */
#include <err.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "date.h"
#include "memory.h"
#include "request.h"
#include "sim.h"
#include "state_file.h"

#define DRAW_SERVER	700
#define OPTION_QUIRK	1000		/* and the following, by enum quirk */

enum option_value {
	OPTION_VERSION = 256,
	OPTION_SEED,
	OPTION_CATALOGUE,
	OPTION_EPISODES,
	OPTION_FIRST,
	OPTION_ITEMS,
	OPTION_USER,
	OPTION_ADMIN,
	OPTION_KEY,
	OPTION_SERVER_ID,
	OPTION_NAME,
	OPTION_PORT,
	OPTION_CONTROL_PORT,
	OPTION_STATE,
	OPTION_BASE_PATH,
	OPTION_WATCHED,
	OPTION_RESUMABLE,
	OPTION_FAVORITES,
	OPTION_SKEW,
	OPTION_ZONE,
	OPTION_RAW,
	OPTION_NOTICE_MS,
	OPTION_KEEP_ALIVE
};

/* What options say that can only be done when the library is there. */
struct later {
	const char	**users;	/* NAME:PASSWORD */
	bool		 *administrators;
	size_t		  n_users;
	const char	 *server_id;
};

static const struct option fixed_options[] = {
	{ "version", required_argument, NULL, OPTION_VERSION },
	{ "seed", required_argument, NULL, OPTION_SEED },
	{ "catalogue", required_argument, NULL, OPTION_CATALOGUE },
	{ "episodes", required_argument, NULL, OPTION_EPISODES },
	{ "first", required_argument, NULL, OPTION_FIRST },
	{ "items", required_argument, NULL, OPTION_ITEMS },
	{ "user", required_argument, NULL, OPTION_USER },
	{ "admin", required_argument, NULL, OPTION_ADMIN },
	{ "key", required_argument, NULL, OPTION_KEY },
	{ "server-id", required_argument, NULL, OPTION_SERVER_ID },
	{ "name", required_argument, NULL, OPTION_NAME },
	{ "port", required_argument, NULL, OPTION_PORT },
	{ "control-port", required_argument, NULL, OPTION_CONTROL_PORT },
	{ "state", required_argument, NULL, OPTION_STATE },
	{ "base-path", required_argument, NULL, OPTION_BASE_PATH },
	{ "watched", required_argument, NULL, OPTION_WATCHED },
	{ "resumable", required_argument, NULL, OPTION_RESUMABLE },
	{ "favorites", required_argument, NULL, OPTION_FAVORITES },
	{ "skew", required_argument, NULL, OPTION_SKEW },
	{ "zone", required_argument, NULL, OPTION_ZONE },
	{ "raw-utf8", no_argument, NULL, OPTION_RAW },
	{ "notice-ms", required_argument, NULL, OPTION_NOTICE_MS },
	{ "keep-alive", required_argument, NULL, OPTION_KEEP_ALIVE },
};

#define N_FIXED	(sizeof(fixed_options) / sizeof(fixed_options[0]))

static __attribute__((__noreturn__)) void usage(void);
static int64_t	number(const char *, const char *, int64_t, int64_t);
static void	read_version(const char *, struct version *);
static void	read_options(struct sim *, struct later *, int, char **);
static void	take_option(struct sim *, struct later *, int);
static void	take_text(struct sim *, struct later *, int);
static void	add_user(struct later *, bool);
static struct event_base *precise_base(void);
static void	build(struct sim *, const struct later *);
static void	listen_on(struct sim *);
static void	stop(evutil_socket_t, short, void *);
static void	clean(struct sim *);

static void
usage(void)
{
	(void)fprintf(stderr,
	    "usage: jellyfin-sim [--option value ...]; see README.md\n");
	exit(2);
}

int64_t
sim_now(const struct sim *sim)
{
	return sim->has_act_date ? sim->act_date : date_now() + sim->skew;
}

bool
sim_is_before(const struct sim *sim, int major, int minor)
{
	const struct version *version = &sim->options.version;

	return version->major < major ||
	    (version->major == major && version->minor < minor);
}

bool
sim_is_12(const struct sim *sim)
{
	return !sim_is_before(sim, 12, 0);
}

bool
sim_accepts_legacy_authorization(const struct sim *sim)
{
	return sim_is_before(sim, 12, 0);
}

bool
sim_is_stale(const struct sim *sim)
{
	const struct version *version = &sim->options.version;

	return sim_is_12(sim) || (version->major == 10 &&
	    version->minor == 11 && version->patch <= 9);
}

void
sim_draw_server_id(struct sim *sim)
{
	mix_id(&sim->id, sim->options.library.seed, DRAW_SERVER, sim->ids++);
}

static int64_t
number(const char *name, const char *text, int64_t least, int64_t most)
{
	const char *error;
	int64_t value = strtonum(text, least, most, &error);

	if (error != NULL)
		errx(2, "--%s %s: %s", name, text, error);
	return value;
}

/* "10.11.11", or "12" for 12.0.0. */
static void
read_version(const char *text, struct version *version)
{
	int end = 0;

	version->minor = version->patch = 0;
	if (sscanf(text, "%2d.%2d.%2d%n", &version->major, &version->minor,
	    &version->patch, &end) < 3) {
		version->patch = end = 0;
		if (sscanf(text, "%2d.%2d%n", &version->major,
		    &version->minor, &end) < 2) {
			version->minor = end = 0;
			if (sscanf(text, "%2d%n", &version->major, &end) < 1)
				end = 0;
		}
	}
	if (end == 0 || text[end] != '\0')
		errx(2, "--version %s: not a version", text);
	(void)snprintf(version->text, sizeof(version->text), "%d.%d.%d",
	    version->major, version->minor, version->patch);
	if (version->major != 12 && (version->major != 10 ||
	    version->minor < 9 || version->minor > 11))
		errx(2, "--version %s: 10.9 to 10.11, and 12", text);
}

static void
add_user(struct later *later, bool administrator)
{
	if (strchr(optarg, ':') == NULL)
		errx(2, "NAME:PASSWORD, not %s", optarg);
	later->users = memory_grown(later->users, later->n_users + 1,
	    sizeof(*later->users));
	later->administrators = memory_grown(later->administrators,
	    later->n_users + 1, sizeof(*later->administrators));
	later->users[later->n_users] = optarg;
	later->administrators[later->n_users++] = administrator;
}

static void
take_text(struct sim *sim, struct later *later, int option)
{
	struct sim_options *options = &sim->options;

	switch (option) {
	case OPTION_VERSION:
		read_version(optarg, &options->version);
		break;
	case OPTION_USER:
	case OPTION_ADMIN:
		add_user(later, option == OPTION_ADMIN);
		break;
	case OPTION_KEY:
		users_add_key(sim, optarg, "");
		break;
	case OPTION_SERVER_ID:
		later->server_id = optarg;
		break;
	case OPTION_NAME:
		options->name = optarg;
		break;
	case OPTION_STATE:
		options->state_path = optarg;
		break;
	case OPTION_BASE_PATH:
		if (*optarg != '/' || optarg[strlen(optarg) - 1] == '/')
			errx(2, "--base-path %s: not as /jellyfin", optarg);
		options->base_path = optarg;
		break;
	case OPTION_RAW:
		options->raw = true;
		break;
	default:
		usage();
	}
}

static void
take_option(struct sim *sim, struct later *later, int option)
{
	struct sim_options *options = &sim->options;
	struct library_options *library = &options->library;

	if (option >= OPTION_QUIRK) {
		library->rates[option - OPTION_QUIRK] = (uint16_t)number(
		    quirk_option((enum quirk)(option - OPTION_QUIRK)), optarg,
		    0, 1000);
		return;
	}
	switch (option) {
	case OPTION_SEED:
		library->seed = (uint64_t)number("seed", optarg, 0, INT64_MAX);
		break;
	case OPTION_CATALOGUE:
		options->catalogue = (uint64_t)number("catalogue", optarg, 0,
		    INT64_MAX);
		break;
	case OPTION_EPISODES:
		options->episodes = (uint16_t)number("episodes", optarg, 0,
		    10000);
		break;
	case OPTION_FIRST:
		library->first = (uint32_t)number("first", optarg, 0,
		    CATALOGUE_MAX / 2);
		break;
	case OPTION_ITEMS:
		library->numbers = (uint32_t)number("items", optarg, 0,
		    CATALOGUE_MAX / 2);
		break;
	case OPTION_PORT:
		options->port = (uint16_t)number("port", optarg, 0, 65535);
		break;
	case OPTION_CONTROL_PORT:
		options->control_port = (uint16_t)number("control-port",
		    optarg, 0, 65535);
		options->has_control = true;
		break;
	case OPTION_WATCHED:
		options->history.watched = (uint16_t)number("watched", optarg,
		    0, 1000);
		break;
	case OPTION_RESUMABLE:
		options->history.resumable = (uint16_t)number("resumable",
		    optarg, 0, 1000);
		break;
	case OPTION_FAVORITES:
		options->history.favorites = (uint16_t)number("favorites",
		    optarg, 0, 1000);
		break;
	case OPTION_SKEW:
		sim->skew = number("skew", optarg, -INT32_MAX, INT32_MAX) *
		    DATE_TICKS_PER_SECOND;
		break;
	case OPTION_NOTICE_MS:
		sim->sockets.notice_ms = number("notice-ms", optarg, 0,
		    60000);
		break;
	case OPTION_KEEP_ALIVE:
		sim->sockets.keep_alive = number("keep-alive", optarg, 1,
		    3600);
		break;
	case OPTION_ZONE:
		options->zone_minutes = (int)number("zone", optarg, -840, 840);
		break;
	default:
		take_text(sim, later, option);
	}
}

static void
read_options(struct sim *sim, struct later *later, int argc, char **argv)
{
	struct option all[N_FIXED + QUIRK_COUNT + 1];
	int option, i;

	memset(all, 0, sizeof(all));
	memcpy(all, fixed_options, sizeof(fixed_options));
	for (i = 0; i < QUIRK_COUNT; i++) {
		all[N_FIXED + i].name = quirk_option((enum quirk)i);
		all[N_FIXED + i].has_arg = required_argument;
		all[N_FIXED + i].val = OPTION_QUIRK + i;
	}
	while ((option = getopt_long(argc, argv, "", all, NULL)) != -1)
		take_option(sim, later, option);
	if (optind != argc)
		usage();
}

static void
build(struct sim *sim, const struct later *later)
{
	struct sim_options *options = &sim->options;
	struct user *user;
	char *name, *password;
	size_t i;

	catalogue_build(&sim->catalogue, options->catalogue,
	    options->library.first + options->library.numbers + 2,
	    options->episodes);
	library_build(&sim->library, &options->library, &sim->catalogue);
	sim_draw_server_id(sim);
	if (later->server_id != NULL &&
	    jellyfin_id_parse(later->server_id, &sim->id) == -1)
		errx(2, "--server-id %s: not an id", later->server_id);
	for (i = 0; i < later->n_users; i++) {
		password = name = memory_copy(later->users[i]);
		(void)strsep(&password, ":");
		user = users_add(sim, name, password);
		user->administrator = later->administrators[i];
		free(name);
		userdata_draw_history(sim, user, &options->history);
	}
	if (options->state_path != NULL)
		state_file_read(sim, options->state_path);
}

static void
listen_on(struct sim *sim)
{
	const struct sim_options *options = &sim->options;

	sim->http = http_server_new(sim->base, options->port, request_arrived,
	    sim);
	if (sim->http == NULL)
		err(1, "port %u", options->port);
	(void)printf("listening on 127.0.0.1:%u\n",
	    http_server_port(sim->http));
	if (options->has_control) {
		sim->control = http_server_new(sim->base,
		    options->control_port, control_arrived, sim);
		if (sim->control == NULL)
			err(1, "port %u", options->control_port);
		(void)printf("control on 127.0.0.1:%u\n",
		    http_server_port(sim->control));
	}
	if (fflush(stdout) == EOF)
		err(1, "stdout");
}

static void
stop(evutil_socket_t signal_number, short events, void *arg)
{
	struct sim *sim = arg;

	(void)signal_number;
	(void)events;
	if (event_base_loopbreak(sim->base) == -1)
		errx(1, "event_base_loopbreak");
}

static void
clean(struct sim *sim)
{
	startup_end(sim);
	sockets_free(sim);
	http_server_free(sim->http);
	http_server_free(sim->control);
	requests_drop(sim);
	faults_clear(&sim->faults);
	users_free(&sim->users);
	writes_free(&sim->writes);
	free(sim->playback.activities);
	library_free(&sim->library);
	catalogue_free(&sim->catalogue);
}

/*
 * Delays are told in milliseconds; the clock that libevent takes by itself is
 * up to four behind.
 */
static struct event_base *
precise_base(void)
{
	struct event_config *precise;
	struct event_base *base;

	if ((precise = event_config_new()) == NULL || event_config_set_flag(
	    precise, EVENT_BASE_FLAG_PRECISE_TIMER) == -1 ||
	    (base = event_base_new_with_config(precise)) == NULL)
		errx(1, "no event base");
	event_config_free(precise);
	return base;
}

int
main(int argc, char *argv[])
{
	static struct sim sim = {
		.options = {
			.version = { 10, 11, 11, "10.11.11" },
			.library = { .seed = 1, .numbers = 100 },
			.catalogue = 1,
			.name = "Simulated",
			.base_path = "",
		},
		.pace = { .scale = 1 },
	};
	struct later later = { NULL, NULL, 0, NULL };
	struct event *events[2];

	TAILQ_INIT(&sim.requests);
	users_init(&sim.users);
	faults_init(&sim.faults);
	sockets_init(&sim.sockets);
	read_options(&sim, &later, argc, argv);
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		err(1, "signal");
	sim.base = precise_base();
	events[0] = evsignal_new(sim.base, SIGTERM, stop, &sim);
	events[1] = evsignal_new(sim.base, SIGINT, stop, &sim);
	if (events[0] == NULL || events[1] == NULL ||
	    event_add(events[0], NULL) == -1 ||
	    event_add(events[1], NULL) == -1)
		errx(1, "no memory for signals");
	build(&sim, &later);
	listen_on(&sim);
	if (event_base_dispatch(sim.base) == -1)
		errx(1, "event_base_dispatch");
	if (sim.options.state_path != NULL &&
	    state_file_write(&sim, sim.options.state_path) == -1)
		err(1, "%s", sim.options.state_path);
	clean(&sim);
	event_free(events[0]);
	event_free(events[1]);
	event_base_free(sim.base);
	free(later.users);
	free(later.administrators);
	return 0;
}
