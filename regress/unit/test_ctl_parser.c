/*
 * jellyporterctl's command line: the grammar, its abbreviations, what it says
 * about mistakes, and where the control socket is.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "parser.h"
#include "socket_path.h"

#define WORDS_MAX	24
#define NOW		INT64_C(1772388249)	/* 2026-03-01T18:04:09Z */
#define NOBODY		65534

static int	 parse(const char *, struct message_command *, char *);
static void	 assert_error(const char *, const char *);
static void	 assert_default_path(const char *);

static char	 parsed_file[64];	/* by parse(); "" for none */
static struct init_request parsed_init;	/* the same */

struct accepted {
	const char	*line;
	enum command	 command;
	const char	*argument;
	const char	*person;
	const char	*server;
	int64_t		 since;
	uint32_t	 limit;
};

/* Words are separated by a '|', because arguments may hold spaces. */
static const struct accepted accepted[] = {
	{ "status", COMMAND_STATUS, "", "", "", 0, 0 },
	{ "st", COMMAND_STATUS, "", "", "", 0, 0 },
	{ "show|servers", COMMAND_SHOW_SERVERS, "", "", "", 0, 0 },
	{ "show|processes", COMMAND_SHOW_PROCESSES, "", "", "", 0, 0 },
	{ "sh|pr", COMMAND_SHOW_PROCESSES, "", "", "", 0, 0 },
	{ "sh|se", COMMAND_SHOW_SERVERS, "", "", "", 0, 0 },
	{ "sh|peo", COMMAND_SHOW_PEOPLE, "", "", "", 0, 0 },
	{ "show|item|The|Matrix", COMMAND_SHOW_ITEM, "The Matrix", "", "", 0,
	    0 },
	{ "sh|i| Heat ", COMMAND_SHOW_ITEM, "Heat", "", "", 0, 0 },
	{ "show|item|server|attic", COMMAND_SHOW_ITEM, "server attic", "", "",
	    0, 0 },
	{ "show|unmatched", COMMAND_SHOW_UNMATCHED, "", "", "", 0, 0 },
	{ "show|un|server|my attic", COMMAND_SHOW_UNMATCHED, "", "",
	    "my attic", 0, 0 },
	{ "sync|now", COMMAND_SYNC, "", "", "", 0, 0 },
	{ "sy|n|s|attic", COMMAND_SYNC, "", "", "attic", 0, 0 },
	{ "show|held|server|attic", COMMAND_SHOW_HELD, "", "", "attic", 0, 0 },
	{ "show|pending", COMMAND_SHOW_PENDING, "", "", "", 0, 0 },
	{ "show|conflicts|limit|9", COMMAND_SHOW_CONFLICTS, "", "", "", 0,
	    9 },
	{ "approve", COMMAND_APPROVE, "", "", "", 0, 0 },
	{ "d|server|attic", COMMAND_DISCARD, "", "", "attic", 0, 0 },
	{ "plan|server|attic", COMMAND_PLAN, "", "", "attic", 0, 0 },
	{ "undo|12", COMMAND_UNDO, "", "", "", 0, 0 },
	{ "undo|since|2h|person|alice|server|attic", COMMAND_UNDO, "",
	    "alice", "attic", NOW - 7200, 0 },
	{ "show|audit", COMMAND_SHOW_AUDIT, "", "", "", 0, 0 },
	{ "show|audit|limit|7|person|alice|server|attic|since|2h",
	    COMMAND_SHOW_AUDIT, "", "alice", "attic", NOW - 7200, 7 },
	{ "sh|a|si|30min", COMMAND_SHOW_AUDIT, "", "", "", NOW - 1800, 0 },
	{ "sh|a|si|3d", COMMAND_SHOW_AUDIT, "", "", "", NOW - 3 * 86400, 0 },
	{ "sh|a|si|2w", COMMAND_SHOW_AUDIT, "", "", "", NOW - 14 * 86400, 0 },
	{ "sh|a|si|45s", COMMAND_SHOW_AUDIT, "", "", "", NOW - 45, 0 },
	{ "sh|a|si|2026-03-01T18:04:09Z", COMMAND_SHOW_AUDIT, "", "", "", NOW,
	    0 },
	{ "sh|a|si|2026-03-01T19:04:09+01:00", COMMAND_SHOW_AUDIT, "", "", "",
	    NOW, 0 },
	/* The tests run in UTC + 2: without a zone it is local time. */
	{ "sh|a|si|2026-03-01T20:04:09", COMMAND_SHOW_AUDIT, "", "", "", NOW,
	    0 },
	{ "sh|a|si|2026-03-01 20:04", COMMAND_SHOW_AUDIT, "", "", "", NOW - 9,
	    0 },
	{ "sh|a|si|2026-03-01", COMMAND_SHOW_AUDIT, "", "", "",
	    NOW - 18 * 3600 - 4 * 60 - 9 - 7200, 0 },
	{ "rel", COMMAND_RELOAD, "", "", "", 0, 0 },
	{ "sh|m", COMMAND_SHOW_METRICS, "", "", "", 0, 0 },
	{ "pause", COMMAND_PAUSE, "", "", "", 0, 0 },
	{ "mon", COMMAND_MONITOR, "", "", "", 0, 0 },
	{ "ch|s|attic", COMMAND_CHECK, "", "", "attic", 0, 0 },
	{ "res", COMMAND_RESUME, "", "", "", 0, 0 },
	{ "l|v", COMMAND_LOG_VERBOSE, "", "", "", 0, 0 },
	{ "log|brief", COMMAND_LOG_BRIEF, "", "", "", 0, 0 },
	{ "com|z", COMMAND_COMPLETION, "zsh", "", "", 0, 0 },
	{ "sh|a|l|1000000", COMMAND_SHOW_AUDIT, "", "", "", 0, 1000000 }
};

static const struct {
	const char	*line;
	const char	*error;		/* a part of what is said */
} refused[] = {
	{ "s", "may be any of: status, show, sync" },
	{ "statsu", "did you mean \"status\"?" },
	{ "xyzzy", "is none of: init, status, show, sync, check, monitor, "
	    "approve, discard, plan, undo, export, import, reload, pause, "
	    "resume, log, completion" },
	{ "", "is none of: init, status, show, sync, check, monitor, "
	    "approve, discard, plan, undo, export, import, reload, pause, "
	    "resume, log, completion" },
	{ "show", "\"show\" needs one of: servers, people, item, unmatched, "
	    "audit" },
	{ "show|serverz", "did you mean \"servers\"?" },
	{ "sync", "\"sync\" needs one of: now" },
	{ "log", "\"log\" needs one of: verbose, brief" },
	{ "re", "may be any of: reload, resume" },
	{ "status|now", "nothing may follow \"status\", but \"now\" does" },
	{ "show|item", "TITLE... is missing" },
	{ "show|item| ", "names nothing" },
	{ "sync|now|server", "\"server\" needs a NAME" },
	{ "sync|now|server|", "names nothing" },
	{ "sync|now|full", "is none of: server" },
	{ "sync|now|server|a|server|b", "\"server\" is there twice" },
	{ "show|audit|s|a", "may be any of: server, since" },
	{ "reload|now", "nothing may follow \"reload\", but \"now\" does" },
	{ "undo", "undo what?" },
	{ "undo|server|attic", "undo what?" },
	{ "undo|0", "too small; \"show audit\" has the ids" },
	{ "undo|12x", "invalid; \"show audit\" has the ids" },
	{ "undo|12|since|2h", "an id names one entry" },
	{ "undo|12|server|attic", "an id names one entry" },
	{ "undo|ID", "is none of: since, server, person" },
	{ "undo|7|8", "is none of: since, server, person" },
	{ "show|audit|limit|0", "too small (1 to 1000000)" },
	{ "show|audit|limit|1000001", "too large (1 to 1000000)" },
	{ "show|audit|limit|1x", "invalid (1 to 1000000)" },
	{ "show|audit|since|yesterday", "is no time" },
	{ "show|audit|since|2", "is no time" },
	{ "show|audit|since|-2h", "is no time" },
	{ "show|audit|since|0h", "is no time" },
	{ "show|audit|since|2h ago", "is no time" },
	{ "show|audit|since|2026-02-30", "is no time" },
	{ "show|audit|since|99999999999999999999h", "is no time" },
	{ "show|audit|since|2147483647d", "before 1970" },
	{ "show|audit|since|1969-01-01", "before 1970" },
	{ "show|item|bad\xff", "not valid UTF-8" },
	{ "show|audit|person|\xc3", "not valid UTF-8" }
};

static void
test_accepts(void **state)
{
	const struct accepted *a;
	struct message_command command;
	char error[ERROR_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
		a = &accepted[i];
		if (parse(a->line, &command, error) == -1)
			fail_msg("%s: %s", a->line, error);
		if (command.command != a->command ||
		    command.since != a->since || command.limit != a->limit)
			fail_msg("%s: command %d since %lld limit %u", a->line,
			    (int)command.command, (long long)command.since,
			    command.limit);
		assert_string_equal(command.argument, a->argument);
		assert_string_equal(command.person, a->person);
		assert_string_equal(command.server, a->server);
	}
}

static void
test_refuses(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_error(refused[i].line, refused[i].error);
}

static void
test_files(void **state)
{
	static const struct {
		const char	*line;
		enum command	 command;
		const char	*file;
		bool		 force;
	} cases[] = {
		{ "export|a b.json", COMMAND_EXPORT, "a b.json", false },
		{ "e|-", COMMAND_EXPORT, "-", false },
		{ "export|-f|x", COMMAND_EXPORT, "x", true },
		{ "import|/tmp/x", COMMAND_IMPORT, "/tmp/x", false },
		{ "im|-f|-", COMMAND_IMPORT, "-", true },
		{ "import|./-f", COMMAND_IMPORT, "./-f", false }
	};
	struct message_command command;
	char error[ERROR_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (parse(cases[i].line, &command, error) == -1)
			fail_msg("%s: %s", cases[i].line, error);
		assert_int_equal(command.command, cases[i].command);
		assert_int_equal(command.force, cases[i].force);
		assert_string_equal(parsed_file, cases[i].file);
	}
	/* No other command has one, or is forced. */
	assert_int_equal(parse("status", &command, error), 0);
	assert_string_equal(parsed_file, "");
	assert_false(command.force);
	assert_error("export", "\"export\" needs a FILE (or -)");
	assert_error("import|-f", "\"import\" needs a FILE (or -)");
	assert_error("import|", "names no file");
	assert_error("import|-n|x", "\"import\" has no option \"-n\"");
	assert_error("import|-f|-f", "\"import\" has no option \"-f\"");
	assert_error("import|a|b", "nothing may follow the FILE, but \"b\"");
	assert_error("import|a|-f", "nothing may follow the FILE, but \"-f\"");
}

static void
test_long_words(void **state)
{
	struct message_command command;
	char line[3000], error[ERROR_SIZE];
	size_t start;

	(void)state;
	start = strlcpy(line, "show|item|", sizeof(line));
	memset(line + start, 'x', 255);
	line[start + 255] = '\0';
	assert_int_equal(parse(line, &command, error), 0);
	assert_int_equal(strlen(command.argument), 255);
	line[start + 255] = 'x';
	line[start + 256] = '\0';
	assert_error(line, "too long");
	memset(line + start, 'x', 2900);
	line[start + 2900] = '\0';
	assert_error(line, "too long");
	start = strlcpy(line, "show|audit|person|", sizeof(line));
	memset(line + start, 'x', 256);
	line[start + 256] = '\0';
	assert_error(line, "too long (at most 255 bytes)");
}

/* What usage shows is what exists: each of its commands can be given. */
static void
test_usage(void **state)
{
	static const char *const lines[] = {
		"  status  ",
		"  show servers  ",
		"  show people  ",
		"  show item TITLE...  ",
		"  show unmatched [server NAME]  ",
		("  show audit [person NAME] [server NAME] [since TIME] "
		    "[limit NUMBER]\n"),
		"  sync now [server NAME]  ",
		"  check [server NAME]  ",
		"  monitor  ",
		"  show held [server NAME]  ",
		("  show conflicts [person NAME] [server NAME] [since TIME] "
		    "[limit NUMBER]\n"),
		"  show pending [server NAME]  ",
		"  show processes  ",
		"  approve [server NAME]  ",
		"  discard [server NAME]  ",
		"  plan [server NAME]  ",
		"  undo [ID] [since TIME] [server NAME] [person NAME]\n",
		"  export [-f] FILE  ",
		"  import [-f] FILE  ",
		"  init [file FILE] [replace FILE] [server NAME...]",
		"  reload  ",
		"  show metrics  ",
		"  pause  ",
		"  resume  ",
		"  log verbose  ",
		"  log brief  ",
		"  completion bash  ",
		"  completion zsh  ",
		"  completion fish  "
	};
	char *text = NULL, *line, *rest;
	size_t size, i, n = 0;
	FILE *f;

	(void)state;
	f = open_memstream(&text, &size);
	assert_non_null(f);
	parser_usage(f);
	assert_int_equal(fclose(f), 0);
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (strstr(text, lines[i]) == NULL)
			fail_msg("\"%s\" is missing in: %s", lines[i], text);
	}
	rest = text;
	while ((line = strsep(&rest, "\n")) != NULL) {
		assert_true(strlen(line) <= 80);
		n += strncmp(line, "  ", 2) == 0 && line[2] != ' ';
	}
	assert_int_equal(n, sizeof(lines) / sizeof(lines[0]));
	free(text);
}

/* What follows a server is that server's; all of it, or nothing. */
static void
test_init(void **state)
{
	const struct init_server *servers = parsed_init.servers;
	struct message_command command;
	char error[ERROR_SIZE];

	(void)state;
	assert_int_equal(parse("init", &command, error), 0);
	assert_int_equal(command.command, COMMAND_INIT);
	assert_int_equal(parsed_init.n_servers, 0);
	assert_false(parsed_init.replace);
	assert_int_equal(parse("init|rep|x|server|a|url|https://h/p//|user|b|"
	    "key|f|server|c|url|http://h|user|d|user|e = f|sign|g", &command,
	    error), 0);
	assert_true(parsed_init.replace);
	assert_int_equal(parsed_init.n_servers, 2);
	assert_string_equal(servers[0].url, "https://h/p");
	assert_string_equal(servers[0].users[0].name, "b");
	assert_string_equal(servers[0].users[0].person, "");
	assert_string_equal(servers[0].key_file, "f");
	assert_int_equal(servers[1].n_users, 2);
	assert_string_equal(servers[1].users[1].person, "e");
	assert_string_equal(servers[1].users[1].name, "f");
	assert_string_equal(servers[1].sign_in, "g");
	assert_error("init|url|http://h", "\"url\" of which server?");
	assert_error("init|server|a", "a has no url");
	assert_error("init|server|a|url|http://h", "a has no user");
	assert_error("init|server|a|url|http://h|user|b", "a needs either");
	assert_error("init|server|a|url|http://h|user|b|key-file|c|sign-in|d",
	    "a needs either");
	assert_error("init|server|a|url|http://h|url|http://i", "\"http://i\" is "
	    "its second URL");
	assert_error("init|server|a|key|x|key|y", "its second key-file");
	assert_error("init|server|a|sign|x|sign|y", "the second who is to");
	assert_error("init|server|a|user|b|user|B", "is there twice");
	assert_error("init|server|a|user|=b", "does not say which person");
	assert_error("init|server|a|user|b=", "is no user's name");
	assert_error("init|server|a|server|A", "of another server already");
	assert_error("init|server|.a", "cannot be a server's name");
	assert_error("init|file|a|replace|b", "not both");
	assert_error("init|server|a|url|ftp://h", "is no URL of a server");
	assert_error("init|server|a|url|h", "is no URL of a server");
	assert_error("init|server|a|url|http://u@h", "is no URL of a server");
	assert_error("init|server|a|url|http://h?q", "is no URL of a server");
}

static void
test_socket_of_root(void **state)
{
	char path[8];

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_default_path("/run/jellyporter/jellyporter.sock");
	assert_int_equal(control_socket_path(path, sizeof(path)), -1);
	assert_int_equal(errno, ENAMETOOLONG);
}

static void
test_socket_of_others(void **state)
{
	char path[64];
	bool root = geteuid() == 0;

	(void)state;
	if (root)
		assert_int_equal(seteuid(NOBODY), 0);
	assert_int_equal(setenv("XDG_RUNTIME_DIR", "/run/user/7", 1), 0);
	assert_int_equal(setenv("XDG_STATE_HOME", "/state", 1), 0);
	assert_int_equal(setenv("HOME", "/home/u", 1), 0);
	assert_default_path("/run/user/7/jellyporter.sock");
	assert_int_equal(setenv("XDG_RUNTIME_DIR", "relative", 1), 0);
	assert_default_path("/state/jellyporter/jellyporter.sock");
	assert_int_equal(setenv("XDG_STATE_HOME", "", 1), 0);
	assert_default_path(
	    "/home/u/.local/state/jellyporter/jellyporter.sock");
	assert_int_equal(unsetenv("HOME"), 0);
	assert_int_equal(control_socket_path(path, sizeof(path)), -1);
	assert_int_equal(errno, ENOENT);
	if (root)
		assert_int_equal(seteuid(0), 0);
}

static int
parse(const char *line, struct message_command *command, char *error)
{
	char copy[3000], *rest = copy, *words[WORDS_MAX];
	const char *file;
	int n = 0, status;

	assert_true(strlcpy(copy, line, sizeof(copy)) < sizeof(copy));
	while (rest != NULL) {
		assert_true(n < WORDS_MAX);
		words[n++] = strsep(&rest, "|");
	}
	error[0] = '\0';
	status = parser_parse(n, words, NOW, command, &file, &parsed_init,
	    error, ERROR_SIZE);
	/* It points into copy. */
	strlcpy(parsed_file, file == NULL ? "" : file, sizeof(parsed_file));
	return status;
}

static void
assert_error(const char *line, const char *part)
{
	struct message_command command;
	char error[ERROR_SIZE];

	if (parse(line, &command, error) != -1)
		fail_msg("\"%.80s\" was accepted", line);
	if (strstr(error, part) == NULL)
		fail_msg("\"%.80s\": \"%s\" does not say \"%s\"", line, error,
		    part);
}

static void
assert_default_path(const char *expected)
{
	char path[64];

	assert_int_equal(control_socket_path(path, sizeof(path)), 0);
	assert_string_equal(path, expected);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepts),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_long_words),
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_init),
		cmocka_unit_test(test_socket_of_root),
		cmocka_unit_test(test_socket_of_others)
	};

	if (setenv("TZ", "TST-2", 1) == -1)
		return 1;
	tzset();
	return cmocka_run_group_tests_name("ctl_parser", tests, NULL, NULL);
}
