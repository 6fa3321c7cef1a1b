/*
 * A parent and an engine for one fetcher, to try it by hand and from scripts:
 * each command is a request, and every message that answers it is printed as a
 * line.  Without a server of its own; see regress/system/fetcher.t.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "certificates.h"
#include "config_yaml.h"
#include "fetcher.h"
#include "log.h"
#include "message.h"
#include "role.h"
#include "text.h"
#include "whole_file.h"

static struct imsgbuf	 parent, engine;
static uint32_t		 last_id;
static const char	*ca_file;	/* or NULL */
static int		 quiet;		/* records are counted only */
static long		 pause_every;	/* records, then 10 ms of nothing */

static void	usage(void);
static void	start(struct message_fetcher_options *,
		    struct message_library *, size_t);
static void	put_certificates(const struct message_fetcher_options *);
static void	new_link(void);
static void	run(int, char **);
static int	stop(void);
static void	parse_id(const char *, struct jellyfin_id *);
static void	parse_userdata(const char *, struct userdata *);
static int	send_contact(int, char **);
static int	send_list(int, char **);
static int	send_alternates(int, char **);
static int	send_read(int, char **);
static int	send_write(int, char **);
static int	send_both(int, char **);
static int	send_cut(int, char **);
static void	wait_results(int);
static int	print_message(struct imsg *);
static void	print_userdata(const char *, const struct jellyfin_id *,
		    const struct userdata *);

static const struct {
	const char	*name;
	int		(*send)(int, char **);
	int		 results;
} commands[] = {
	{ "contact", send_contact, 1 },
	{ "list", send_list, 1 },
	{ "alternates", send_alternates, 1 },
	{ "read", send_read, 1 },
	{ "write", send_write, 1 },
	{ "both", send_both, 2 },
	{ "cut", send_cut, 0 }
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static const char *const result_names[REQUEST_RESULT_COUNT] = {
	[REQUEST_OK] = "ok", [REQUEST_UNREACHABLE] = "unreachable",
	[REQUEST_REFUSED] = "refused", [REQUEST_MISSING] = "missing",
	[REQUEST_NONSENSE] = "nonsense"
};
static const char *const write_names[WRITE_RESULT_COUNT] = {
	[WRITE_DONE] = "done", [WRITE_CHANGED] = "changed",
	[WRITE_PLAYING] = "playing", [WRITE_MISSING] = "missing",
	[WRITE_FAILED] = "failed", [WRITE_NOT_SENT] = "not-sent"
};

static void
usage(void)
{
	fprintf(stderr, "usage: fetcher_driver [-nqv] [-c ca_file] "
	    "[-e library] [-i library]\n"
	    "    [-k key] [-P records] [-p page_size] [-t timeout] -u url "
	    "command ...\n"
	    "commands, separated by a plus sign as a word of its own:\n"
	    "    contact\n"
	    "    list identity|played|resumable|favorite|resume [user]\n"
	    "    alternates item ...\n"
	    "    read user item ...\n"
	    "    write user item expected wanted ...\n"
	    "    both listing [user]    (the list, and a contact meanwhile)\n"
	    "    cut listing [user]     (a new link in the middle of it)\n"
	    "an alternate version is /ID; written, it belongs to the item "
	    "before it;\n"
	    "one that was parked is ?ID; one whose expected is but shown, !ID\n"
	    "userdata: played,position,count,date,favorite as numbers\n");
	exit(2);
}

static void
start(struct message_fetcher_options *options,
    struct message_library *libraries, size_t n)
{
	static const struct message_hello hello = { PROTOCOL_VERSION };
	int pair[2];
	size_t i;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1)
		err(1, "socketpair");
	switch (fork()) {
	case -1:
		err(1, "fork");
	case 0:
		if (dup2(pair[1], CHILD_FD) == -1)
			err(1, "dup2");
		closefrom(CHILD_FD + 1);	/* or it would hold the other end as well */
		log_init("fetcher", 1, options->verbose);
		fetcher_main();
	default:
		break;
	}
	close(pair[1]);
	if (imsgbuf_init(&parent, pair[0]) == -1)
		err(1, "imsgbuf_init");
	imsgbuf_allow_fdpass(&parent);
	message_put_hello(&parent, 0, &hello);
	message_put_fetcher_options(&parent, 0, options);
	put_certificates(options);
	for (i = 0; i < n; i++)
		message_put_library(&parent, 0, &libraries[i]);
	message_put_empty(&parent, MESSAGE_CONFIG_DONE, 0);
	new_link();
}

/* As the parent does. */
static void
put_certificates(const struct message_fetcher_options *options)
{
	struct whole_file file;
	const char *wrong;

	if (ca_file == NULL) {
		if (strncmp(options->url, "https:", strlen("https:")) == 0)
			certificates_put_system(&parent);
		return;
	}
	wrong = whole_file_read(ca_file, CERTIFICATES_MAX, &file);
	if (wrong != NULL)
		errx(1, "%s: %s", ca_file, wrong);
	certificates_put(&parent, file.bytes, file.len);
	whole_file_free(&file);
}

static void
new_link(void)
{
	static const struct message_hello hello = { PROTOCOL_VERSION };
	static struct message_link link = { .role = ROLE_ENGINE };
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1)
		err(1, "socketpair");
	message_put_link(&parent, &link, pair[1]);
	if (imsgbuf_flush(&parent) == -1 ||
	    imsgbuf_init(&engine, pair[0]) == -1)
		err(1, "link");
	message_put_hello(&engine, 0, &hello);
}

static void
parse_id(const char *text, struct jellyfin_id *id)
{
	if (jellyfin_id_parse(text, id) == -1)
		errx(2, "%s is not an id", text);
}

static void
parse_userdata(const char *text, struct userdata *userdata)
{
	long long position, date;
	int played, count, favorite;

	if (sscanf(text, "%d,%lld,%d,%lld,%d", &played, &position, &count,
	    &date, &favorite) != 5)
		errx(2, "%s is no userdata", text);
	memset(userdata, 0, sizeof(*userdata));
	userdata->played = played;
	userdata->position = position;
	userdata->play_count = count;
	userdata->last_played = date;
	userdata->favorite = favorite;
}

/* Each takes its arguments, sends a request, and says how many it took. */

static int
send_contact(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	message_put_empty(&engine, MESSAGE_CONTACT, ++last_id);
	return 0;
}

static int
send_list(int argc, char **argv)
{
	struct message_list list;
	int i = 0;

	memset(&list, 0, sizeof(list));
	if (argc < 1)
		usage();
	while (list.listing < LISTING_COUNT &&
	    strcmp(listing_name(list.listing), argv[0]) != 0)
		list.listing++;
	i++;
	if (list.listing != LISTING_IDENTITY) {
		if (argc < 2 || list.listing == LISTING_COUNT)
			usage();
		parse_id(argv[i++], &list.user);
	}
	message_put_list(&engine, ++last_id, &list);
	return i;
}

static int
send_alternates(int argc, char **argv)
{
	static struct message_alternates message;
	int i;

	memset(&message, 0, sizeof(message));
	for (i = 0; i < argc && strcmp(argv[i], "+") != 0; i++) {
		if (message.n_items == READ_IDS_MAX)
			usage();
		parse_id(argv[i], &message.items[message.n_items++]);
	}
	if (i == 0)
		usage();
	message_put_alternates(&engine, ++last_id, &message);
	return i;
}

static int
send_read(int argc, char **argv)
{
	static struct message_read message;
	int i;

	memset(&message, 0, sizeof(message));
	message.set = LISTING_COUNT;
	if (argc < 2)
		usage();
	parse_id(argv[0], &message.user);
	for (i = 1; i < argc && strcmp(argv[i], "+") != 0; i++) {
		if (message.n_items == READ_IDS_MAX)
			usage();
		/* "/ID" is an alternate version, "?ID" was parked. */
		message.items[message.n_items].alternate = argv[i][0] == '/';
		message.items[message.n_items].parked = argv[i][0] == '?';
		parse_id(argv[i] + (argv[i][0] == '/' || argv[i][0] == '?'),
		    &message.items[message.n_items++].id);
	}
	message_put_read(&engine, ++last_id, &message);
	return i;
}

static int
send_write(int argc, char **argv)
{
	static struct message_write message;
	struct write_request *one;
	int i;

	memset(&message, 0, sizeof(message));
	if (argc < 4)
		usage();
	parse_id(argv[0], &message.user);
	for (i = 1; i + 2 < argc && strcmp(argv[i], "+") != 0; i += 3) {
		if (message.n_writes == WRITES_MAX)
			usage();
		one = &message.writes[message.n_writes++];
		one->alternate = argv[i][0] == '/';
		one->unlisted = argv[i][0] == '!';
		one->joined = one->alternate && message.n_writes > 1;
		parse_id(argv[i] + (one->alternate || one->unlisted),
		    &one->item);
		parse_userdata(argv[i + 1], &one->expected);
		parse_userdata(argv[i + 2], &one->wanted);
	}
	message_put_write(&engine, ++last_id, &message);
	return i;
}

/* These two are about what happens meanwhile. */

static int
send_both(int argc, char **argv)
{
	int used = send_list(argc, argv);

	(void)send_contact(0, NULL);
	return used;
}

static int
send_cut(int argc, char **argv)
{
	int used = send_list(argc, argv);

	if (imsgbuf_flush(&engine) == -1)
		err(1, "engine's link");
	usleep(50000);
	close(engine.fd);
	imsgbuf_clear(&engine);
	new_link();
	return used;
}

static void
print_userdata(const char *what, const struct jellyfin_id *id,
    const struct userdata *u)
{
	char text[JELLYFIN_ID_TEXT_SIZE];

	jellyfin_id_text(id, text);
	printf("%s %s %d,%lld,%d,%lld,%d\n", what, text, u->played,
	    (long long)u->position, u->play_count, (long long)u->last_played,
	    u->favorite);
}

/* 1 if that was the end of a request. */
static int
print_message(struct imsg *imsg)
{
	static struct item_record item;
	struct message_server_info info;
	struct message_user user;
	struct alternate_record alternate;
	struct message_userdata userdata;
	struct message_written written;
	struct message_called called;
	struct message_result result;
	char id[JELLYFIN_ID_TEXT_SIZE], what[JELLYFIN_ID_TEXT_SIZE];

	switch (imsg_get_type(imsg)) {
	case MESSAGE_HELLO:
		return 0;
	case MESSAGE_SERVER_INFO:
		if (message_get_server_info(imsg, &info) == -1)
			break;
		jellyfin_id_text(&info.id, id);
		printf("server %s %s %s %lld\n", id, info.version, info.name,
		    (long long)info.clock_skew);
		return 0;
	case MESSAGE_USER:
		if (message_get_user(imsg, &user) == -1)
			break;
		jellyfin_id_text(&user.id, id);
		printf("user %s %s %d\n", id, user.name, user.disabled);
		return 0;
	case MESSAGE_ITEM:
		if (message_get_item(imsg, &item) == -1)
			break;
		jellyfin_id_text(&item.id, id);
		if (!quiet)
			printf("item %s %d s%de%d-%d %d %lld %u %u %s\n", id,
			    item.kind, item.season, item.episode,
			    item.episode_end, item.year,
			    (long long)item.runtime, item.media_sources,
			    item.n_providers, item.title);
		return 0;
	case MESSAGE_ALTERNATE:
		if (message_get_alternate(imsg, &alternate) == -1)
			break;
		jellyfin_id_text(&alternate.listed, what);
		jellyfin_id_text(&alternate.id, id);
		printf("alternate %s %s %lld\n", what, id,
		    (long long)alternate.runtime);
		return 0;
	case MESSAGE_USERDATA:
		if (message_get_userdata(imsg, &userdata) == -1)
			break;
		if (!quiet)
			print_userdata("userdata", &userdata.item,
			    &userdata.userdata);
		return 0;
	case MESSAGE_WRITTEN:
		if (message_get_written(imsg, &written) == -1)
			break;
		snprintf(what, sizeof(what), "written %s",
		    write_names[written.result]);
		print_userdata(what, &written.item, &written.userdata);
		return 0;
	case MESSAGE_CALLED:		/* how long, which is never the same */
		if (message_get_called(imsg, &called) == -1)
			break;
		return 0;
	case MESSAGE_RESULT:
		if (message_get_result(imsg, &result) == -1)
			break;
		printf("result %u %s records=%u dropped=%u total=%u "
		    "page_size=%u %s\n", imsg_get_id(imsg),
		    result_names[result.result], result.records,
		    result.dropped, result.total, result.page_size,
		    result.error);
		fflush(stdout);
		return 1;
	default:
		break;
	}
	errx(1, "nonsense from the fetcher: %s",
	    message_type_name(imsg_get_type(imsg)));
}

/* Until so many requests have ended. */
static void
wait_results(int n)
{
	const struct timespec while_away = { 0, 10000000 };
	struct imsg imsg;
	ssize_t len;
	long records = 0;

	if (imsgbuf_flush(&engine) == -1)
		err(1, "engine's link");
	while (n > 0) {
		if ((len = imsg_get(&engine, &imsg)) == -1)
			err(1, "imsg_get");
		if (len == 0) {
			if (imsgbuf_read(&engine) != 1)
				errx(1, "the fetcher is gone");
			continue;
		}
		n -= print_message(&imsg);
		imsg_free(&imsg);
		if (pause_every != 0 && ++records % pause_every == 0)
			nanosleep(&while_away, NULL);
	}
}

static void
run(int argc, char **argv)
{
	int i, used;
	size_t c;

	for (i = 0; i < argc; i += used) {
		used = 1;
		if (strcmp(argv[i], "+") == 0)
			continue;
		for (c = 0; c < COUNT(commands); c++) {
			if (strcmp(argv[i], commands[c].name) == 0)
				break;
		}
		if (c == COUNT(commands))
			usage();
		used += commands[c].send(argc - i - 1, argv + i + 1);
		wait_results(commands[c].results);
	}
}

/* Its hello is read, so that closing is no reset. */
static int
stop(void)
{
	int status;

	if (imsgbuf_read(&parent) != 1)
		errx(1, "the fetcher is gone");
	close(parent.fd);
	if (wait(&status) == -1)
		err(1, "wait");
	return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

int
main(int argc, char *argv[])
{
	static struct message_fetcher_options options;
	static struct message_library libraries[16];
	size_t n = 0;
	int c;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		err(1, "signal");
	strlcpy(options.name, "sim", sizeof(options.name));
	options.timeout = 5;
	options.tls_verify = true;
	while ((c = getopt(argc, argv, "c:e:i:k:nP:p:qt:u:v")) != -1) {
		switch (c) {
		case 'c':
			ca_file = optarg;
			break;
		case 'e':
		case 'i':
			if (n == 16)
				usage();
			strlcpy(libraries[n].name, optarg,
			    sizeof(libraries[n].name));
			libraries[n++].exclude = c == 'e';
			break;
		case 'k':
			strlcpy(options.api_key, optarg,
			    sizeof(options.api_key));
			break;
		case 'n':
			options.tls_verify = false;
			break;
		case 'P':
			pause_every = (long)strtonum(optarg, 1, 1000000, NULL);
			break;
		case 'p':
			options.page_size = (uint32_t)strtonum(optarg, 0,
			    PAGE_SIZE_MAX, NULL);
			break;
		case 'q':
			quiet = 1;
			break;
		case 't':
			options.timeout = (uint32_t)strtonum(optarg, 1, 3600,
			    NULL);
			break;
		case 'u':
			strlcpy(options.url, optarg, sizeof(options.url));
			break;
		case 'v':
			options.verbose = true;
			break;
		default:
			usage();
		}
	}
	if (optind == argc || options.url[0] == '\0')
		usage();
	start(&options, libraries, n);
	run(argc - optind, argv + optind);
	return stop();
}
