/*
 * Completion for bash, zsh and fish, made of the grammar's own table: each
 * script finds the words before the one that is being typed, without our own
 * options and their values, and looks up what may follow them.  What stands
 * for words typed by somebody (names, times) is left to him.
 */
#include <stdbool.h>
#include <string.h>

#include "completion.h"
#include "parser.h"

struct script {
	FILE	*file;
	char	 path[128];	/* that is being printed */
	bool	 open;		/* its words are not all printed yet */
};

static void	 print_bash(FILE *);
static void	 print_zsh(FILE *);
static void	 print_fish(FILE *);
static parser_visit visit_bash, visit_zsh, visit_fish;
static bool	 begins(struct script *, const char *);

/*
 * path is what was typed, each word with a space before it, and none that is
 * part of a name in quotes or stands for files.  After a command options and
 * their values alternate.
 */
static const char bash_begin[] =
	"# Completion of jellyporterctl for bash.\n"
	"_jellyporterctl()\n"
	"{\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} path= last= i\n"
	"\n"
	"\tCOMPREPLY=()\n"
	"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	"\t\tlast=${COMP_WORDS[i]}\n"
	"\t\tif [[ -z $path && $last == -* ]]; then\n"
	"\t\t\t[[ $last == -*s ]] && ((i++))\n"
	"\t\telse\n"
	"\t\t\tpath+=\" ${last//[^[:alnum:]-]/_}\"\n"
	"\t\tfi\n"
	"\tdone\n"
	"\tif ((i > COMP_CWORD)); then\n"
	"\t\t_jellyporterctl_files\n"
	"\t\treturn\n"
	"\tfi\n"
	"\tif [[ -z $path && $cur == -* ]]; then\n"
	"\t\tCOMPREPLY=($(compgen -W '-j -s -V' -- \"$cur\"))\n"
	"\t\treturn\n"
	"\tfi\n"
	"\tcase $path in\n";
static const char bash_end[] =
	"\tesac\n"
	"}\n"
	"_jellyporterctl_words()\n"
	"{\n"
	"\tCOMPREPLY=($(compgen -W \"$*\" -- \"$cur\"))\n"
	"}\n"
	"_jellyporterctl_options()\n"
	"{\n"
	"\tlocal given=($1)\n"
	"\n"
	"\tshift\n"
	"\t((${#given[@]} % 2 == 0)) && _jellyporterctl_words \"$@\"\n"
	"}\n"
	"_jellyporterctl_files()\n"
	"{\n"
	"\tlocal IFS=$'\\n'\n"
	"\n"
	"\tCOMPREPLY+=($(compgen -f -- \"$cur\"))\n"
	"\tcompopt -o filenames 2>/dev/null\n"
	"}\n"
	"complete -F _jellyporterctl jellyporterctl\n";

static const char zsh_begin[] =
	"#compdef jellyporterctl\n"
	"# Completion of jellyporterctl for zsh.\n"
	"_jellyporterctl()\n"
	"{\n"
	"\tlocal cmdpath= i\n"
	"\tlocal -a found given\n"
	"\n"
	"\tfor ((i = 2; i < CURRENT; i++)); do\n"
	"\t\tif [[ -z $cmdpath && $words[i] == -* ]]; then\n"
	"\t\t\t[[ $words[i] == -*s ]] && ((i++))\n"
	"\t\telse\n"
	"\t\t\tcmdpath+=\" ${words[i]//[^[:alnum:]-]/_}\"\n"
	"\t\tfi\n"
	"\tdone\n"
	"\tif ((i > CURRENT)); then\n"
	"\t\t_files\n"
	"\t\treturn\n"
	"\tfi\n"
	"\tif [[ -z $cmdpath && $PREFIX == -* ]]; then\n"
	"\t\tcompadd -- -j -s -V\n"
	"\t\treturn\n"
	"\tfi\n"
	"\tcase $cmdpath in\n";
static const char zsh_end[] =
	"\tesac\n"
	"\t((${#found})) && _describe command found\n"
	"}\n"
	"[[ $funcstack[1] == _jellyporterctl ]] && _jellyporterctl \"$@\"\n"
	"[[ -z $funcstack ]] && compdef _jellyporterctl jellyporterctl\n"
	"return 0\n";

/* An option whose value is being typed is followed by nothing else. */
static const char fish_begin[] =
	"# Completion of jellyporterctl for fish.\n"
	"function __jellyporterctl_words\n"
	"\tset -l typed\n"
	"\tset -l skip 0\n"
	"\tfor word in (commandline -opc)[2..-1]\n"
	"\t\tif test $skip = 1\n"
	"\t\t\tset skip 0\n"
	"\t\telse if test (count $typed) = 0; "
	    "and string match -q -- '-*' $word\n"
	"\t\t\tstring match -q -- '-*s' $word; and set skip 1\n"
	"\t\telse\n"
	"\t\t\tset typed $typed $word\n"
	"\t\tend\n"
	"\tend\n"
	"\tstring join -- \\n $typed\n"
	"\ttest $skip = 0\n"
	"end\n"
	"function __jellyporterctl_first\n"
	"\ttest (count (__jellyporterctl_words)) = 0\n"
	"end\n"
	/* How many words there are after those. */
	"function __jellyporterctl_more\n"
	"\tset -l n (count $argv)\n"
	"\tset -l typed (__jellyporterctl_words); or return 1\n"
	"\ttest (count $typed) -ge $n; or return 1\n"
	"\tif test $n -gt 0\n"
	"\t\ttest \"$typed[1..$n]\" = \"$argv\"; or return 1\n"
	"\tend\n"
	"\tmath (count $typed) - $n\n"
	"end\n"
	"function __jellyporterctl_at\n"
	"\tset -l more (__jellyporterctl_more $argv); or return 1\n"
	"\ttest $more = 0\n"
	"end\n"
	"function __jellyporterctl_after\n"
	"\tset -l more (__jellyporterctl_more $argv); or return 1\n"
	"\ttest (math \"$more % 2\") = 0\n"
	"end\n"
	"complete -c jellyporterctl -f\n"
	"complete -c jellyporterctl -n __jellyporterctl_first -s j -d JSON\n"
	"complete -c jellyporterctl -n __jellyporterctl_first -s V "
	    "-d version\n"
	"complete -c jellyporterctl -n __jellyporterctl_first -s s -r -F "
	    "-d socket\n";

void
completion_print(FILE *file, const char *shell)
{
	if (strcmp(shell, "bash") == 0)
		print_bash(file);
	else if (strcmp(shell, "zsh") == 0)
		print_zsh(file);
	else
		print_fish(file);
}

/* Is this the first word at its place? */
static bool
begins(struct script *script, const char *path)
{
	if (script->open && strcmp(script->path, path) == 0)
		return false;
	if (script->open)
		fprintf(script->file, "\n\t\t;;\n");
	script->open = true;
	(void)strlcpy(script->path, path, sizeof(script->path));
	return true;
}

static void
print_bash(FILE *file)
{
	struct script script = { .file = file };

	fputs(bash_begin, file);
	parser_walk(visit_bash, &script);
	fprintf(file, "\n\t\t;;\n%s", bash_end);
}

static void
visit_bash(void *arg, const char *path, enum parser_word kind,
    const char *word, const char *help)
{
	struct script *script = arg;

	(void)help;
	if (kind == PARSER_FILE) {
		fprintf(script->file, "\n\t\t_jellyporterctl_files\n\t\t;;\n"
		    "\t'%s -f')\n\t\t_jellyporterctl_files", path);
		return;
	}
	if (begins(script, path)) {
		if (kind == PARSER_OPTION)
			fprintf(script->file, "\t'%s'*)\n\t\t"
			    "_jellyporterctl_options \"${path#'%s'}\"", path,
			    path);
		else
			fprintf(script->file, "\t'%s')\n\t\t"
			    "_jellyporterctl_words", path);
	}
	fprintf(script->file, " %s", word);
}

static void
print_zsh(FILE *file)
{
	struct script script = { .file = file };

	fputs(zsh_begin, file);
	parser_walk(visit_zsh, &script);
	fprintf(file, "\n\t\t;;\n%s", zsh_end);
}

static void
visit_zsh(void *arg, const char *path, enum parser_word kind,
    const char *word, const char *help)
{
	struct script *script = arg;
	const char *p;

	if (kind == PARSER_FILE) {
		fprintf(script->file, "\n\t\t_files\n\t\t;;\n\t'%s -f')\n"
		    "\t\t_files", path);
		return;
	}
	if (begins(script, path)) {
		if (kind == PARSER_OPTION)
			fprintf(script->file, "\t'%s'*)\n\t\tgiven=("
			    "${=cmdpath#'%s'})\n\t\t((${#given} %% 2)) && "
			    "return", path, path);
		else
			fprintf(script->file, "\t'%s')", path);
	}
	fprintf(script->file, "\n\t\tfound+=('%s", word);
	if (*help != '\0')
		putc(':', script->file);
	for (p = help; *p != '\0'; p++) {
		if (*p == ':')
			putc('\\', script->file);
		if (*p == '\'')
			fprintf(script->file, "'\\'");
		putc(*p, script->file);
	}
	fprintf(script->file, "')");
}

static void
print_fish(FILE *file)
{
	fputs(fish_begin, file);
	parser_walk(visit_fish, file);
}

static void
visit_fish(void *arg, const char *path, enum parser_word kind,
    const char *word, const char *help)
{
	FILE *file = arg;
	const char *p;

	fprintf(file, "complete -c jellyporterctl -n '%s%s' ",
	    kind == PARSER_OPTION ? "__jellyporterctl_after" :
	    "__jellyporterctl_at", path);
	if (kind == PARSER_FILE) {
		fprintf(file, "-F\ncomplete -c jellyporterctl -n "
		    "'__jellyporterctl_at%s -f' -F\n", path);
		return;
	}
	fprintf(file, "-a '%s' -d '", word);
	for (p = help; *p != '\0'; p++) {
		if (*p == '\'' || *p == '\\')
			putc('\\', file);
		putc(*p, file);
	}
	fprintf(file, "'\n");
}
