/*
 * The configuration as structs: defaults, loading as a whole, what is reported
 * of it, freeing.
 */
#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "config_yaml.h"
#include "log.h"
#include "whole_file.h"

#define DATABASE_PATH	"/var/lib/jellyporter/jellyporter.db"
#define DATABASE_NAME	"jellyporter/jellyporter.db"

static struct config *load(const char *, struct config *,
		    const struct config *, struct config_report *);
static struct config *config_new(void);
static char	*current_directory(void);
static char	*absolute(const char *, const char *);
static void	 loader_free(struct loader *);
static void	 read_config(struct loader *);
static char	*directory_of(const char *);
static void	 finish(struct loader *);
static char	*default_database(void);
static void	 report_problems(struct loader *, struct config_report *);
static void	 problem(struct loader *, bool, int, int, const char *,
		    va_list);
static void	 wrong(struct loader *, const struct node *, int, int,
		    const char *, va_list);
static void	 server_free(struct config_server *);
static void	 tls_free(struct config_tls *);
static void	 secret_free(char *);

struct config *
config_load(const char *file, struct config_report *report)
{
	struct config *config = config_new();

	config->started_in = current_directory();
	config->file = absolute(config->started_in, file);
	return load(file, config, NULL, report);
}

/* A daemon's directory is another one by now. */
struct config *
config_reload(const struct config *running, struct config_report *report)
{
	struct config *config = config_new();

	config->started_in = config_copy(running->started_in);
	config->file = config_copy(running->file);
	return load(config->file, config, running, report);
}

static struct config *
load(const char *file, struct config *config, const struct config *running,
    struct config_report *report)
{
	struct loader l;

	memset(&l, 0, sizeof(l));
	TAILQ_INIT(&l.places);
	TAILQ_INIT(&l.problems);
	l.file = file;
	l.config = config;
	l.running = running;
	if ((l.directory = directory_of(file)) == NULL)
		config_problem(&l, false, 0, 0, "cannot be read: "
		    "%s", strerror(errno));
	else
		read_config(&l);
	report_problems(&l, report);
	if (l.errors > 0) {
		config_free(config);
		config = NULL;
	}
	loader_free(&l);
	return config;
}

static void
read_config(struct loader *l)
{
	struct whole_file file;
	struct node *root;
	const char *error;
	bool missing;

	error = whole_file_read(l->file, CONFIG_FILE_MAX, &file);
	if (error != NULL) {
		missing = access(l->file, F_OK) == -1 && errno == ENOENT;
		config_problem(l, false, 0, 0, "cannot be read: %s%s", error,
		    missing ? "; \"jellyporterctl init\" makes one" : "");
		return;
	}
	l->mode = file.mode;
	root = config_tree_read(l, file.bytes, file.len);
	whole_file_free(&file);
	if (root == NULL)
		return;
	config_from_tree(l, root);
	config_check(l, root);
	finish(l);
	config_check_running(l, root);
	config_tree_free(root);
}

static struct config *
config_new(void)
{
	struct config *config;

	if ((config = calloc(1, sizeof(*config))) == NULL)
		fatal("calloc");
	TAILQ_INIT(&config->servers);
	config->webhook_path = config_copy("/webhook");
	config->sessions_poll = 15;
	config->sync_interval = 5;
	config->full_sync_interval = 360;
	config->metrics_addr = config_copy("127.0.0.1:8972");
	config->metrics_path = config_copy("/metrics");
	config->fields = FIELD_ALL;
	config->match = MATCH_PROVIDER_IDS | MATCH_SERIES_EPISODE;
	config->guard_max_items = 10;
	config->guard_max_percent = 10;
	config->audit_keep_days = 365;
	config->otlp_interval = 60;
	config->otlp_tls.verify = true;
	return config;
}

/* "" if it is not known. */
static char *
current_directory(void)
{
	char directory[PATH_SIZE];

	if (getcwd(directory, sizeof(directory)) == NULL)
		directory[0] = '\0';
	return config_copy(directory);
}

/* As it is written: a symbolic link may lead elsewhere next time. */
static char *
absolute(const char *directory, const char *file)
{
	char *path;

	if (file[0] == '/' || directory[0] == '\0')
		return config_copy(file);
	if (asprintf(&path, "%s/%s", directory, file) == -1)
		fatal("asprintf");
	return path;
}

/* Absolute, since the parent changes its own directory later on. */
static char *
directory_of(const char *file)
{
	char *copy, *directory;

	copy = config_copy(file);
	directory = realpath(dirname(copy), NULL);
	free(copy);
	return directory;
}

/* What depends on the machine, or has two ways of saying the same. */
static void
finish(struct loader *l)
{
	struct config *config = l->config;

	if (config->webhook_addr != NULL && config->webhook_addr[0] == '\0') {
		free(config->webhook_addr);
		config->webhook_addr = NULL;
	}
	if (config->database_path != NULL || l->errors > 0)
		return;
	if ((config->database_path = default_database()) == NULL)
		config_problem(l, false, 1, 1, "database.path is missing, and "
		    "neither XDG_STATE_HOME nor HOME tells where it could be; "
		    "add it");
}

static char *
default_database(void)
{
	const char *state, *home;
	char *path;
	int n;

	if (geteuid() == 0)
		return config_copy(DATABASE_PATH);
	/* Its specification has relative paths ignored. */
	if ((state = getenv("XDG_STATE_HOME")) != NULL && state[0] == '/')
		n = asprintf(&path, "%s/%s", state, DATABASE_NAME);
	else if ((home = getenv("HOME")) != NULL && home[0] == '/')
		n = asprintf(&path, "%s/.local/state/%s", home, DATABASE_NAME);
	else
		return NULL;
	if (n == -1)
		fatal("asprintf");
	if (n < PATH_SIZE)
		return path;
	free(path);
	return NULL;
}

static void
report_problems(struct loader *l, struct config_report *report)
{
	const struct problem *p;

	report->errors += l->errors;
	report->warnings += l->warnings;
	if (report->out == NULL)
		return;
	TAILQ_FOREACH(p, &l->problems, entry) {
		fprintf(report->out, "%s:", l->file);
		if (p->line > 0)
			fprintf(report->out, "%d:%d:", p->line, p->column);
		fprintf(report->out, " %s%s\n", p->warning ? "warning: " : "",
		    p->text);
	}
}

void
config_problems_begin(struct config_problems *problems)
{
	memset(problems, 0, sizeof(*problems));
	problems->report.out = open_memstream(&problems->text,
	    &problems->length);
	if (problems->report.out == NULL)
		fatal("open_memstream");
}

void
config_problems_end(struct config_problems *problems)
{
	if (fclose(problems->report.out) == EOF)
		fatal("open_memstream");
	problems->report.out = NULL;
}

char *
config_problems_next(char **rest)
{
	char *line;

	do
		line = strsep(rest, "\n");
	while (line != NULL && line[0] == '\0');
	return line;
}

static void
loader_free(struct loader *l)
{
	struct problem *p;
	struct place *place;

	while ((p = TAILQ_FIRST(&l->problems)) != NULL) {
		TAILQ_REMOVE(&l->problems, p, entry);
		free(p->text);
		free(p);
	}
	while ((place = TAILQ_FIRST(&l->places)) != NULL) {
		TAILQ_REMOVE(&l->places, place, entry);
		free(place);
	}
	free(l->directory);
}

void
config_problem(struct loader *l, bool warning, int line, int column,
    const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	problem(l, warning, line, column, format, ap);
	va_end(ap);
}

void
config_wrong(struct loader *l, const struct node *n, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	wrong(l, n, n->line, n->column, format, ap);
	va_end(ap);
}

void
config_wrong_key(struct loader *l, const struct node *n, const char *format,
    ...)
{
	va_list ap;

	va_start(ap, format);
	wrong(l, n, n->key_line, n->key_column, format, ap);
	va_end(ap);
}

static void
wrong(struct loader *l, const struct node *n, int line, int column,
    const char *format, va_list ap)
{
	char path[NODE_PATH_SIZE], *text;

	config_node_path(n, path);
	if (vasprintf(&text, format, ap) == -1)
		fatal("vasprintf");
	config_problem(l, false, line, column, "%s%s %s",
	    n->key == NULL ? "an item of " : "", path, text);
	free(text);
}

/* Kept in the order of the file; at one place, in the order of finding. */
static void
problem(struct loader *l, bool warning, int line, int column,
    const char *format, va_list ap)
{
	struct problem *p, *before;

	if ((p = calloc(1, sizeof(*p))) == NULL ||
	    vasprintf(&p->text, format, ap) == -1)
		fatal("configuration");
	p->warning = warning;
	p->line = line;
	p->column = column;
	TAILQ_FOREACH_REVERSE(before, &l->problems, problem_list, entry)
		if (before->line < line || (before->line == line &&
		    before->column <= column))
			break;
	if (before == NULL)
		TAILQ_INSERT_HEAD(&l->problems, p, entry);
	else
		TAILQ_INSERT_AFTER(&l->problems, before, p, entry);
	if (warning)
		l->warnings++;
	else
		l->errors++;
}

char *
config_copy(const char *text)
{
	char *copy;

	if ((copy = strdup(text)) == NULL)
		fatal("strdup");
	return copy;
}

void
config_set(char **field, const char *text)
{
	char *old = *field;

	*field = config_copy(text);
	secret_free(old);
}

const struct config_server *
config_server_by_name(const struct config *config, const char *name)
{
	const struct config_server *server;

	TAILQ_FOREACH(server, &config->servers, entry)
		if (strcmp(server->name, name) == 0)
			return server;
	return NULL;
}

void
config_free(struct config *config)
{
	struct config_server *server;

	if (config == NULL)
		return;
	while ((server = TAILQ_FIRST(&config->servers)) != NULL) {
		TAILQ_REMOVE(&config->servers, server, entry);
		server_free(server);
	}
	free(config->file);
	free(config->started_in);
	free(config->database_path);
	free(config->webhook_addr);
	free(config->webhook_path);
	secret_free(config->webhook_token);
	free(config->webhook_token_file);
	free(config->metrics_addr);
	free(config->metrics_path);
	free(config->metrics_textfile);
	free(config->otlp_endpoint);
	secret_free(config->otlp_headers);
	free(config->otlp_headers_file);
	free(config->control_socket);
	free(config->control_group);
	tls_free(&config->otlp_tls);
	free(config);
}

static void
server_free(struct config_server *server)
{
	struct config_user *user;
	struct config_library *library;

	while ((user = TAILQ_FIRST(&server->users)) != NULL) {
		TAILQ_REMOVE(&server->users, user, entry);
		free(user->person);
		free(user->name);
		free(user);
	}
	while ((library = TAILQ_FIRST(&server->libraries)) != NULL) {
		TAILQ_REMOVE(&server->libraries, library, entry);
		free(library->name);
		free(library);
	}
	secret_free(server->api_key);
	free(server->api_key_file);
	tls_free(&server->tls);
	free(server->name);
	free(server->url);
	free(server->proxy);
	free(server->user);
	free(server->person);
	free(server);
}

static void
tls_free(struct config_tls *tls)
{
	free(tls->ca_file);
	free(tls->ca);
}

static void
secret_free(char *text)
{
	if (text != NULL)
		freezero(text, strlen(text));
}
