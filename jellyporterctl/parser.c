/*
 * The command line.  The grammar is in const tables of tokens: what is parsed,
 * what is suggested and what usage lists all come from them.
 */
#include <err.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "parser.h"
#include "text.h"

#define LIMIT_MAX	1000000		/* rows of the audit */
#define TOKENS_MAX	32		/* of one table */
#define HELP_COLUMN	34		/* where usage explains a command */

enum token_kind {
	TOKEN_END,
	TOKEN_WORD,		/* leads to a command, or is one */
	TOKEN_OPTION,		/* a word and its value, in any order */
	TOKEN_NUMBER,		/* a number by itself, among options */
	TOKEN_REST,		/* all words that are left */
	TOKEN_FORCE,		/* -f, which may be left out */
	TOKEN_FILE		/* after it: one word, never sent */
};

struct parse {
	int			 argc;	/* words left */
	char *const		*argv;
	int64_t			 now;
	struct message_command	*command;
	const char		**file;
	struct init_request	*init;
	char			*error;
	size_t			 size;
	const struct token	*token;		/* of the command */
};

struct token {
	enum token_kind		 kind;
	const char		*word;
	const char		*value;	/* what usage calls the value */
	int			(*store)(struct parse *, const char *);
	const struct token	*next;	/* what may follow; NULL: nothing */
	enum command		 command;
	const char		*help;	/* set where the command is complete */
	int			(*check)(struct parse *);	/* or NULL */
	bool			 again;	/* an option, as often as one likes */
	bool			 inner;	/* and part of the one before it: usage
					 * has "..." for these */
};

static const struct token *find_token(struct parse *, const struct token *,
	    const char *);
static size_t	 token_words(const struct token *, const char **);
static int	 parse_arguments(struct parse *, const struct token *);
static int	 parse_options(struct parse *, const struct token *);
static int	 parse_rest(struct parse *, const struct token *);
static int	 parse_file(struct parse *, const struct token *);
static int	 parse_error(struct parse *, const char *, ...)
		    __attribute__((__format__(printf, 2, 3)));
static int	 unknown_word(struct parse *, const struct token *,
		    const char *);
static int	 word_error(struct parse *, const struct token *, size_t,
		    const char *, const char *);

static int	 store_text(struct parse *, const char *, char *, size_t);
static int	 store_title(struct parse *, const char *);
static int	 store_person(struct parse *, const char *);
static int	 store_server(struct parse *, const char *);
static int	 store_since(struct parse *, const char *);
static int	 store_limit(struct parse *, const char *);
static int	 store_id(struct parse *, const char *);
static int	 store_init_file(struct parse *, const char *);
static int	 store_init_replace(struct parse *, const char *);
static int	 store_init_server(struct parse *, const char *);
static int	 store_init_url(struct parse *, const char *);
static int	 store_init_user(struct parse *, const char *);
static int	 store_init_key_file(struct parse *, const char *);
static int	 store_init_sign_in(struct parse *, const char *);
static int	 store_init_part(struct parse *, const char *, init_set *,
		    const char *);
static int	 check_init(struct parse *);
static int	 check_undo(struct parse *);
static int	 check_shell(struct parse *);
static int	 parse_length(const char *, int64_t *);
static int	 parse_date(const char *, int64_t *);
static int	 local_seconds(int64_t *);

static void	 walk(const struct token *, const char *, parser_visit *,
		    void *);
static void	 usage_tokens(FILE *, const struct token *, const char *);
static void	 usage_command(FILE *, const struct token *, const char *);
static int	 append(char *, size_t, const char *, ...)
		    __attribute__((__format__(printf, 3, 4)));

static const struct token argument_title[] = {
	{ .kind = TOKEN_REST, .word = "TITLE...", .store = store_title },
	{ .kind = TOKEN_END }
};

static const struct token options_server[] = {
	{ .kind = TOKEN_OPTION, .word = "server", .value = "NAME",
	    .store = store_server },
	{ .kind = TOKEN_END }
};

static const struct token options_audit[] = {
	{ .kind = TOKEN_OPTION, .word = "person", .value = "NAME",
	    .store = store_person },
	{ .kind = TOKEN_OPTION, .word = "server", .value = "NAME",
	    .store = store_server },
	{ .kind = TOKEN_OPTION, .word = "since", .value = "TIME",
	    .store = store_since },
	{ .kind = TOKEN_OPTION, .word = "limit", .value = "NUMBER",
	    .store = store_limit },
	{ .kind = TOKEN_END }
};

static const struct token options_undo[] = {
	{ .kind = TOKEN_NUMBER, .word = "ID", .store = store_id },
	{ .kind = TOKEN_OPTION, .word = "since", .value = "TIME",
	    .store = store_since },
	{ .kind = TOKEN_OPTION, .word = "server", .value = "NAME",
	    .store = store_server },
	{ .kind = TOKEN_OPTION, .word = "person", .value = "NAME",
	    .store = store_person },
	{ .kind = TOKEN_END }
};

/* What follows a server is that server's. */
static const struct token options_init[] = {
	{ .kind = TOKEN_OPTION, .word = "file", .value = "FILE",
	    .store = store_init_file },
	{ .kind = TOKEN_OPTION, .word = "replace", .value = "FILE",
	    .store = store_init_replace },
	{ .kind = TOKEN_OPTION, .word = "server", .value = "NAME",
	    .store = store_init_server, .again = true },
	{ .kind = TOKEN_OPTION, .word = "url", .value = "URL",
	    .store = store_init_url, .again = true, .inner = true },
	{ .kind = TOKEN_OPTION, .word = "user", .value = "NAME",
	    .store = store_init_user, .again = true, .inner = true },
	{ .kind = TOKEN_OPTION, .word = "key-file", .value = "FILE",
	    .store = store_init_key_file, .again = true, .inner = true },
	{ .kind = TOKEN_OPTION, .word = "sign-in", .value = "NAME",
	    .store = store_init_sign_in, .again = true, .inner = true },
	{ .kind = TOKEN_END }
};

static const struct token argument_file[] = {
	{ .kind = TOKEN_FORCE, .word = "[-f]" },
	{ .kind = TOKEN_FILE, .word = "FILE" },
	{ .kind = TOKEN_END }
};

static const struct token words_show[] = {
	{ .kind = TOKEN_WORD, .word = "servers",
	    .command = COMMAND_SHOW_SERVERS,
	    .help = "each server and how it is doing" },
	{ .kind = TOKEN_WORD, .word = "people",
	    .command = COMMAND_SHOW_PEOPLE,
	    .help = "who is which user on which server" },
	{ .kind = TOKEN_WORD, .word = "item", .next = argument_title,
	    .command = COMMAND_SHOW_ITEM,
	    .help = "what is agreed, and every copy of it" },
	{ .kind = TOKEN_WORD, .word = "unmatched", .next = options_server,
	    .command = COMMAND_SHOW_UNMATCHED,
	    .help = "items not synced, why, and what helps" },
	{ .kind = TOKEN_WORD, .word = "audit", .next = options_audit,
	    .command = COMMAND_SHOW_AUDIT,
	    .help = "what was written, with old and new values" },
	{ .kind = TOKEN_WORD, .word = "held", .next = options_server,
	    .command = COMMAND_SHOW_HELD,
	    .help = "mass changes that wait for your word" },
	{ .kind = TOKEN_WORD, .word = "conflicts", .next = options_audit,
	    .command = COMMAND_SHOW_CONFLICTS,
	    .help = "what lost against what, and when" },
	{ .kind = TOKEN_WORD, .word = "pending", .next = options_server,
	    .command = COMMAND_SHOW_PENDING,
	    .help = "writes that are owed, and what hinders them" },
	{ .kind = TOKEN_WORD, .word = "processes",
	    .command = COMMAND_SHOW_PROCESSES,
	    .help = "the daemon's processes, and what they died of" },
	{ .kind = TOKEN_WORD, .word = "metrics",
	    .command = COMMAND_SHOW_METRICS,
	    .help = "all that is counted, for Prometheus" },
	{ .kind = TOKEN_END }
};

static const struct token words_sync[] = {
	{ .kind = TOKEN_WORD, .word = "now", .next = options_server,
	    .command = COMMAND_SYNC,
	    .help = "sync at once, and follow it" },
	{ .kind = TOKEN_END }
};

static const struct token words_completion[] = {
	{ .kind = TOKEN_WORD, .word = "bash", .command = COMMAND_COMPLETION,
	    .check = check_shell, .help = "what bash needs to complete words" },
	{ .kind = TOKEN_WORD, .word = "zsh", .command = COMMAND_COMPLETION,
	    .check = check_shell, .help = "the same for zsh" },
	{ .kind = TOKEN_WORD, .word = "fish", .command = COMMAND_COMPLETION,
	    .check = check_shell, .help = "the same for fish" },
	{ .kind = TOKEN_END }
};

static const struct token words_log[] = {
	{ .kind = TOKEN_WORD, .word = "verbose",
	    .command = COMMAND_LOG_VERBOSE,
	    .help = "log more, in all processes at once" },
	{ .kind = TOKEN_WORD, .word = "brief", .command = COMMAND_LOG_BRIEF,
	    .help = "log as usual again" },
	{ .kind = TOKEN_END }
};

static const struct token words_first[] = {
	{ .kind = TOKEN_WORD, .word = "init", .next = options_init,
	    .command = COMMAND_INIT, .check = check_init,
	    .help = "write a configuration: asks, or is told here" },
	{ .kind = TOKEN_WORD, .word = "status", .command = COMMAND_STATUS,
	    .help = "all of it on one screen" },
	{ .kind = TOKEN_WORD, .word = "show", .next = words_show },
	{ .kind = TOKEN_WORD, .word = "sync", .next = words_sync },
	{ .kind = TOKEN_WORD, .word = "check", .next = options_server,
	    .command = COMMAND_CHECK,
	    .help = "what is wrong right now, and what helps" },
	{ .kind = TOKEN_WORD, .word = "monitor", .command = COMMAND_MONITOR,
	    .help = "what happens, as it happens" },
	{ .kind = TOKEN_WORD, .word = "approve", .next = options_server,
	    .command = COMMAND_APPROVE,
	    .help = "let held changes travel" },
	{ .kind = TOKEN_WORD, .word = "discard", .next = options_server,
	    .command = COMMAND_DISCARD,
	    .help = "give back what is agreed, instead" },
	{ .kind = TOKEN_WORD, .word = "plan", .next = options_server,
	    .command = COMMAND_PLAN,
	    .help = "what a sync would write now; writes nothing" },
	{ .kind = TOKEN_WORD, .word = "undo", .next = options_undo,
	    .command = COMMAND_UNDO, .check = check_undo,
	    .help = "put old values back: an audit id, or all since" },
	{ .kind = TOKEN_WORD, .word = "export", .next = argument_file,
	    .command = COMMAND_EXPORT,
	    .help = "write people's history; -f: over FILE" },
	{ .kind = TOKEN_WORD, .word = "import", .next = argument_file,
	    .command = COMMAND_IMPORT,
	    .help = "add a history; -f: replace by it" },
	{ .kind = TOKEN_WORD, .word = "reload", .command = COMMAND_RELOAD,
	    .help = "read the configuration again, all or nothing" },
	{ .kind = TOKEN_WORD, .word = "pause", .command = COMMAND_PAUSE,
	    .help = "read and write nothing until \"resume\"" },
	{ .kind = TOKEN_WORD, .word = "resume", .command = COMMAND_RESUME,
	    .help = "go on after a pause" },
	{ .kind = TOKEN_WORD, .word = "log", .next = words_log },
	{ .kind = TOKEN_WORD, .word = "completion",
	    .next = words_completion },
	{ .kind = TOKEN_END }
};

/* Lengths of time that may stand before "now", in seconds. */
static const struct {
	const char	*unit;
	int64_t		 seconds;
} length_units[] = {
	{ "s", 1 },
	{ "min", 60 },
	{ "h", 3600 },
	{ "d", 86400 },
	{ "w", 7 * 86400 }
};

int
parser_parse(int argc, char *const *argv, int64_t now,
    struct message_command *command, const char **file,
    struct init_request *init, char *error, size_t size)
{
	struct parse p = { argc, argv, now, command, file, init, error, size,
	    NULL };
	const struct token *table = words_first, *token = NULL;

	memset(command, 0, sizeof(*command));
	memset(init, 0, sizeof(*init));
	*file = NULL;
	do {
		if (p.argc == 0 && token == NULL)
			return parse_error(&p, "a command is missing");
		if (p.argc == 0)
			return word_error(&p, table, 0, token->word,
			    "needs one of");
		if ((token = find_token(&p, table, p.argv[0])) == NULL)
			return -1;
		p.argc--;
		p.argv++;
		table = token->next;
	} while (token->help == NULL);
	command->command = token->command;
	p.token = token;
	if (parse_arguments(&p, token) == -1)
		return -1;
	return token->check == NULL ? 0 : token->check(&p);
}

/* Exactly this word, or the only one that begins with it. */
static const struct token *
find_token(struct parse *p, const struct token *table, const char *word)
{
	const struct token *t, *found = NULL;
	size_t len = strlen(word), n = 0;

	for (t = table; t->kind != TOKEN_END; t++) {
		if (t->kind == TOKEN_NUMBER)
			continue;
		if (strcmp(t->word, word) == 0)
			return t;
		if (len == 0 || strncmp(t->word, word, len) != 0)
			continue;
		found = t;
		n++;
	}
	if (n == 0)
		(void)unknown_word(p, table, word);
	else if (n > 1)
		(void)word_error(p, table, len, word, "may be any of");
	return n == 1 ? found : NULL;
}

static size_t
token_words(const struct token *table, const char **words)
{
	const struct token *t;
	size_t n = 0;

	for (t = table; t->kind != TOKEN_END; t++) {
		if (t->kind == TOKEN_NUMBER)
			continue;
		if (n == TOKENS_MAX)
			errx(1, "a table has too many words");
		words[n++] = t->word;
	}
	return n;
}

static int
unknown_word(struct parse *p, const struct token *table, const char *word)
{
	const char *words[TOKENS_MAX], *nearest;
	size_t n;

	n = token_words(table, words);
	if (*word != '\0' && (nearest = text_nearest(word, words, n)) != NULL)
		return parse_error(p, "unknown word \"%.60s\"; did you mean "
		    "\"%s\"?", word, nearest);
	return word_error(p, table, 0, word, "is none of");
}

/* Names the words of a table that share the first len bytes with word. */
static int
word_error(struct parse *p, const struct token *table, size_t len,
    const char *word, const char *what)
{
	const struct token *t;
	const char *separator = "";
	char list[256] = "";

	for (t = table; t->kind != TOKEN_END; t++) {
		if (t->kind == TOKEN_NUMBER ||
		    strncmp(t->word, word, len) != 0)
			continue;
		if (append(list, sizeof(list), "%s%s", separator,
		    t->word) == -1)
			errx(1, "list of words too long");
		separator = ", ";
	}
	return parse_error(p, "\"%.60s\" %s: %s", word, what, list);
}

static int
parse_arguments(struct parse *p, const struct token *token)
{
	if (token->next == NULL) {
		if (p->argc == 0)
			return 0;
		return parse_error(p, "nothing may follow \"%s\", but "
		    "\"%.60s\" does", token->word, p->argv[0]);
	}
	if (token->next->kind == TOKEN_REST)
		return parse_rest(p, token->next);
	if (token->next->kind == TOKEN_FORCE)
		return parse_file(p, token);
	return parse_options(p, token->next);
}

static int
parse_options(struct parse *p, const struct token *table)
{
	const struct token *t;
	bool given[TOKENS_MAX] = { false };

	while (p->argc > 0) {
		if (table->kind == TOKEN_NUMBER && !given[0] &&
		    strspn(p->argv[0], "0123456789") > 0) {
			given[0] = true;
			if (table->store(p, p->argv[0]) == -1)
				return -1;
			p->argc--;
			p->argv++;
			continue;
		}
		if ((t = find_token(p, table, p->argv[0])) == NULL)
			return -1;
		if (given[t - table] && !t->again)
			return parse_error(p, "\"%s\" is there twice",
			    t->word);
		given[t - table] = true;
		if (p->argc < 2)
			return parse_error(p, "\"%s\" needs a %s", t->word,
			    t->value);
		if (t->store(p, p->argv[1]) == -1)
			return -1;
		p->argc -= 2;
		p->argv += 2;
	}
	return 0;
}

/* Titles have spaces; nobody should have to quote them. */
static int
parse_rest(struct parse *p, const struct token *token)
{
	char joined[2 * NAME_SIZE] = "";
	int i;

	if (p->argc == 0)
		return parse_error(p, "a %s is missing", token->word);
	for (i = 0; i < p->argc; i++) {
		if (append(joined, sizeof(joined), "%s%s", i == 0 ? "" : " ",
		    p->argv[i]) == -1)
			return parse_error(p, "the words are too long");
	}
	p->argc = 0;
	return token->store(p, joined);
}

/* A name that begins with "-" needs a "./" before it. */
static int
parse_file(struct parse *p, const struct token *token)
{
	if (p->argc > 0 && strcmp(p->argv[0], "-f") == 0) {
		p->command->force = true;
		p->argc--;
		p->argv++;
	}
	if (p->argc == 0)
		return parse_error(p, "\"%s\" needs a FILE (or -)",
		    token->word);
	if (p->argv[0][0] == '-' && p->argv[0][1] != '\0')
		return parse_error(p, "\"%s\" has no option \"%.60s\", only "
		    "-f", token->word, p->argv[0]);
	if (p->argv[0][0] == '\0')
		return parse_error(p, "an empty name names no file");
	if (p->argc > 1)
		return parse_error(p, "nothing may follow the FILE, but "
		    "\"%.60s\" does", p->argv[1]);
	*p->file = p->argv[0];
	return 0;
}

static int
parse_error(struct parse *p, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(p->error, p->size, format, ap);
	va_end(ap);
	return -1;
}

/* An empty name would mean "all" to the daemon: never send one by mistake. */
static int
store_text(struct parse *p, const char *value, char *dst, size_t size)
{
	if (!text_is_utf8(value, strlen(value)))
		return parse_error(p, "\"%.60s\" is not valid UTF-8", value);
	if (text_trim(dst, size, value) == -1)
		return parse_error(p, "\"%.60s...\" is too long (at most %zu "
		    "bytes)", value, size - 1);
	if (*dst == '\0')
		return parse_error(p, "an empty name names nothing");
	return 0;
}

static int
store_title(struct parse *p, const char *value)
{
	return store_text(p, value, p->command->argument,
	    sizeof(p->command->argument));
}

static int
store_person(struct parse *p, const char *value)
{
	return store_text(p, value, p->command->person,
	    sizeof(p->command->person));
}

static int
store_server(struct parse *p, const char *value)
{
	return store_text(p, value, p->command->server,
	    sizeof(p->command->server));
}

static int
store_since(struct parse *p, const char *value)
{
	int64_t since, length;

	if (parse_length(value, &length) == 0)
		since = p->now - length;
	else if (parse_date(value, &since) == -1)
		return parse_error(p, "\"%.60s\" is no time; give a date as "
		    "2026-03-01 or 2026-03-01T18:04:09Z, or how long ago as "
		    "30min, 2h, 3d", value);
	if (since <= 0)
		return parse_error(p, "\"%.60s\" is before 1970", value);
	p->command->since = since;
	return 0;
}

static int
store_limit(struct parse *p, const char *value)
{
	const char *reason;
	long long number;

	number = strtonum(value, 1, LIMIT_MAX, &reason);
	if (reason != NULL)
		return parse_error(p, "the limit \"%.60s\" is %s (1 to %d)",
		    value, reason, LIMIT_MAX);
	p->command->limit = (uint32_t)number;
	return 0;
}

static int
store_id(struct parse *p, const char *value)
{
	const char *reason;

	p->command->id = strtonum(value, 1, INT64_MAX, &reason);
	if (reason != NULL)
		return parse_error(p, "the id \"%.60s\" is %s; \"show "
		    "audit\" has the ids", value, reason);
	return 0;
}

static int
store_init_file(struct parse *p, const char *value)
{
	if (p->init->path != NULL)
		return parse_error(p, "\"file\" or \"replace\", not both");
	if (*value == '\0')
		return parse_error(p, "an empty name names no file");
	p->init->path = value;
	return 0;
}

static int
store_init_replace(struct parse *p, const char *value)
{
	p->init->replace = true;
	return store_init_file(p, value);
}

static int
store_init_server(struct parse *p, const char *value)
{
	const char *wrong;

	if ((wrong = init_add_server(p->init, value)) != NULL)
		return parse_error(p, "\"%.60s\" %s", value, wrong);
	return 0;
}

/* Of the last one that was named. */
static int
store_init_part(struct parse *p, const char *word, init_set *set,
    const char *value)
{
	struct init_request *init = p->init;
	const char *wrong;

	if (init->n_servers == 0)
		return parse_error(p, "\"%s\" of which server?  Before it "
		    "belongs \"server\" and a name", word);
	wrong = set(&init->servers[init->n_servers - 1], value);
	if (wrong != NULL)
		return parse_error(p, "\"%.60s\" %s", value, wrong);
	return 0;
}

static int
store_init_url(struct parse *p, const char *value)
{
	return store_init_part(p, "url", init_set_url, value);
}

static int
store_init_user(struct parse *p, const char *value)
{
	return store_init_part(p, "user", init_add_user, value);
}

static int
store_init_key_file(struct parse *p, const char *value)
{
	return store_init_part(p, "key-file", init_set_key_file, value);
}

static int
store_init_sign_in(struct parse *p, const char *value)
{
	return store_init_part(p, "sign-in", init_set_sign_in, value);
}

/* Either all is asked for, or nothing. */
static int
check_init(struct parse *p)
{
	const struct init_server *server;
	const char *missing;
	size_t i;

	if (p->init->path == NULL)
		p->init->path = INIT_PATH;
	for (i = 0; i < p->init->n_servers; i++) {
		server = &p->init->servers[i];
		if ((missing = init_missing(server)) != NULL)
			return parse_error(p, "%s %s", server->name, missing);
	}
	return 0;
}

/* Either one entry, or everything since. */
static int
check_undo(struct parse *p)
{
	const struct message_command *c = p->command;

	if (c->id == 0 && c->since == 0)
		return parse_error(p, "undo what?  Give an id of \"show "
		    "audit\", or \"since\" and a time");
	if (c->id != 0 && (c->since != 0 || *c->server != '\0' ||
	    *c->person != '\0'))
		return parse_error(p, "an id names one entry: nothing else "
		    "may stand beside it");
	return 0;
}

/* Which one it is stands in the word itself. */
static int
check_shell(struct parse *p)
{
	(void)strlcpy(p->command->argument, p->token->word,
	    sizeof(p->command->argument));
	return 0;
}

/* "2h": digits and a unit, in seconds. */
static int
parse_length(const char *value, int64_t *seconds)
{
	char digits[16];
	const char *unit, *reason;
	size_t i, n;

	n = strspn(value, "0123456789");
	if (n == 0 || n >= sizeof(digits))
		return -1;
	memcpy(digits, value, n);
	digits[n] = '\0';
	unit = value + n;
	for (i = 0; i < sizeof(length_units) / sizeof(length_units[0]); i++) {
		if (strcmp(length_units[i].unit, unit) != 0)
			continue;
		*seconds = strtonum(digits, 1, INT32_MAX, &reason) *
		    length_units[i].seconds;
		return reason == NULL ? 0 : -1;
	}
	return -1;
}

/*
 * A date, with or without a time.  Without a zone it is local time, because
 * that is what the tables show.
 */
static int
parse_date(const char *value, int64_t *seconds)
{
	char date[64];
	size_t len;

	if (strlcpy(date, value, sizeof(date)) >= sizeof(date))
		return -1;
	if ((len = strlen(date)) < 10)
		return -1;
	if (len > 10 && date[10] == ' ')
		date[10] = 'T';
	if (len == 10 && strlcat(date, "T00:00:00", sizeof(date)) >=
	    sizeof(date))
		return -1;
	if (len == 16 && strlcat(date, ":00", sizeof(date)) >= sizeof(date))
		return -1;
	if (text_parse_time(date, strlen(date), seconds) == -1)
		return -1;
	if (strpbrk(date + 10, "Z+-") != NULL)
		return 0;
	return local_seconds(seconds);
}

/* What was read as if it were UTC is in fact local time. */
static int
local_seconds(int64_t *seconds)
{
	struct tm tm;
	time_t t = (time_t)*seconds;

	if (gmtime_r(&t, &tm) == NULL)
		return -1;
	tm.tm_isdst = -1;
	if ((t = mktime(&tm)) == -1)
		return -1;
	*seconds = t;
	return 0;
}

void
parser_walk(parser_visit *visit, void *arg)
{
	walk(words_first, "", visit, arg);
}

/* A title and an id are nobody's to guess. */
static void
walk(const struct token *table, const char *path, parser_visit *visit,
    void *arg)
{
	static const enum parser_word words[] = {
		[TOKEN_WORD] = PARSER_WORD, [TOKEN_OPTION] = PARSER_OPTION,
		[TOKEN_FORCE] = PARSER_FLAG, [TOKEN_FILE] = PARSER_FILE
	};
	const struct token *t;
	char longer[128] = "";

	for (t = table; t->kind != TOKEN_END; t++) {
		if (t->kind != TOKEN_REST && t->kind != TOKEN_NUMBER)
			visit(arg, path, words[t->kind],
			    t->kind == TOKEN_FORCE ? "-f" : t->word,
			    t->help == NULL ? "" : t->help);
	}
	for (t = table; t->kind != TOKEN_END; t++) {
		if (t->next == NULL)
			continue;
		longer[0] = '\0';
		if (append(longer, sizeof(longer), "%s %s", path,
		    t->word) == -1)
			errx(1, "grammar too deep");
		walk(t->next, longer, visit, arg);
	}
}

void
parser_usage(FILE *f)
{
	fprintf(f, "usage: jellyporterctl [-jV] [-s socket] command ...\n\n");
	usage_tokens(f, words_first, "");
	fprintf(f, "\nTIME is a date (2026-03-01, 2026-03-01T18:04:09Z) or how "
	    "long ago (2h, 3d).\nFILE may be -, for stdout or stdin.\n");
}

static void
usage_tokens(FILE *f, const struct token *table, const char *before)
{
	const struct token *t;
	char words[128] = "";

	for (t = table; t->kind != TOKEN_END; t++) {
		words[0] = '\0';
		if (append(words, sizeof(words), "%s%s%s", before,
		    *before == '\0' ? "" : " ", t->word) == -1)
			errx(1, "usage too long");
		if (t->help != NULL)
			usage_command(f, t, words);
		else
			usage_tokens(f, t->next, words);
	}
}

static void
usage_command(FILE *f, const struct token *token, const char *words)
{
	const struct token *t;
	char line[256] = "";
	int status = 0;

	status |= append(line, sizeof(line), "  %s", words);
	for (t = token->next; t != NULL && t->kind != TOKEN_END; t++) {
		if (t->kind == TOKEN_NUMBER)
			status |= append(line, sizeof(line), " [%s]",
			    t->word);
		else if (t->kind == TOKEN_OPTION && !t->inner)
			status |= append(line, sizeof(line), " [%s %s%s]",
			    t->word, t->value, t->again ? "..." : "");
		else if (t->kind == TOKEN_OPTION)
			continue;
		else
			status |= append(line, sizeof(line), " %s", t->word);
	}
	if (status != 0)
		errx(1, "usage too long");
	if (strlen(line) < HELP_COLUMN)
		fprintf(f, "%-*s%s\n", HELP_COLUMN, line, token->help);
	else
		fprintf(f, "%s\n%*s%s\n", line, HELP_COLUMN, "", token->help);
}

/* -1 if it does not fit; what stands in dst is then cut. */
static int
append(char *dst, size_t size, const char *format, ...)
{
	va_list ap;
	size_t len = strlen(dst);
	int n;

	va_start(ap, format);
	n = vsnprintf(dst + len, size - len, format, ap);
	va_end(ap);
	return n < 0 || (size_t)n >= size - len ? -1 : 0;
}
