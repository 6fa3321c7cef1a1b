/* The configuration as it was understood, as YAML and without its secrets. */
#include <string.h>

#include "config_yaml.h"

#define BLANKED		"********"

static void	 print_webhook(const struct config *, FILE *);
static void	 print_server(const struct config_server *, FILE *);
static void	 print_tls(int, const char *, const struct config_tls *,
		    FILE *);
static void	 print_users(const struct config_server *, FILE *);
static bool	 person_is_before(const struct config_server *,
		    const struct config_user *);
static void	 print_libraries(const struct config_server *, FILE *);
static void	 print_telemetry(const struct config *, FILE *);
static void	 print_headers(const char *, FILE *);
static void	 print_sync(const struct config *, FILE *);
static void	 print_control(const struct config *, FILE *);
static void	 print_set(const char *, uint32_t, const char *const *, size_t,
		    FILE *);
static void	 print_line(int, const char *, const char *, FILE *);
static void	 print_quoted(const char *, FILE *);

void
config_print(const struct config *config, FILE *out)
{
	const struct config_server *server;

	fprintf(out, "database:\n");
	print_line(2, "path", config->database_path, out);
	fprintf(out, "clients:\n");
	TAILQ_FOREACH(server, &config->servers, entry)
		print_server(server, out);
	fprintf(out, "events:\n  live: %s\n",
	    config_lives[config->live_off]);
	fprintf(out, "  sessions_poll_secs: %u\n", config->sessions_poll);
	if (config->webhook_addr != NULL)
		print_webhook(config, out);
	fprintf(out, "sync_interval_mins: %u\n", config->sync_interval);
	fprintf(out, "full_sync_interval_mins: %u\n",
	    config->full_sync_interval);
	print_line(0, "metrics_addr", config->metrics_addr, out);
	print_line(0, "metrics_path", config->metrics_path, out);
	if (config->metrics_textfile != NULL)
		print_line(0, "metrics_textfile", config->metrics_textfile,
		    out);
	if (config->otlp_endpoint != NULL)
		print_telemetry(config, out);
	fprintf(out, "status_page: %s\n",
	    config->status_page ? "true" : "false");
	print_sync(config, out);
	print_control(config, out);
	fprintf(out, "log:\n  format: %s\n",
	    config_log_formats[config->log_json]);
}

static void
print_webhook(const struct config *config, FILE *out)
{
	fprintf(out, "  webhook:\n");
	print_line(4, "addr", config->webhook_addr, out);
	print_line(4, "path", config->webhook_path, out);
	if (config->webhook_token_file != NULL)
		print_line(4, "token_file", config->webhook_token_file, out);
	else if (config->webhook_token != NULL)
		print_line(4, "token", BLANKED, out);
}

static void
print_server(const struct config_server *server, FILE *out)
{
	fprintf(out, "  ");
	print_quoted(server->name, out);
	fprintf(out, ":\n");
	print_line(4, "url", server->url, out);
	print_users(server, out);
	if (server->api_key_file != NULL)
		print_line(4, "api_key_file", server->api_key_file, out);
	else
		print_line(4, "api_key", BLANKED, out);
	fprintf(out, "    direction: %s\n",
	    config_directions[server->direction]);
	fprintf(out, "    mode: %s\n", config_modes[server->plan_only]);
	print_libraries(server, out);
	print_tls(4, server->url, &server->tls, out);
	fprintf(out, "    timeout_secs: %u\n", server->timeout);
	fprintf(out, "    page_size: %u\n", server->page_size);
	if (server->proxy != NULL)
		print_line(4, "proxy", server->proxy, out);
}

static void
print_tls(int indent, const char *url, const struct config_tls *tls,
    FILE *out)
{
	if (strncmp(url, "https:", strlen("https:")) != 0)
		return;
	fprintf(out, "%*stls:\n", indent, "");
	if (tls->ca_file != NULL)
		print_line(indent + 2, "ca_file", tls->ca_file, out);
	fprintf(out, "%*sverify: %s\n", indent + 2, "",
	    tls->verify ? "true" : "false");
}

/* Always in the long form, which says who is taken for whom. */
static void
print_users(const struct config_server *server, FILE *out)
{
	const struct config_user *first, *user;

	fprintf(out, "    users:\n");
	TAILQ_FOREACH(first, &server->users, entry) {
		if (person_is_before(server, first))
			continue;
		fprintf(out, "      ");
		print_quoted(first->person, out);
		fprintf(out, ": [");
		for (user = first; user != NULL;
		    user = TAILQ_NEXT(user, entry)) {
			if (strcmp(user->person, first->person) != 0)
				continue;
			if (user != first)
				fprintf(out, ", ");
			print_quoted(user->name, out);
		}
		fprintf(out, "]\n");
	}
}

static bool
person_is_before(const struct config_server *server,
    const struct config_user *user)
{
	const struct config_user *other;

	TAILQ_FOREACH(other, &server->users, entry) {
		if (other == user)
			break;
		if (strcmp(other->person, user->person) == 0)
			return true;
	}
	return false;
}

/* All of a server's are of one sort. */
static void
print_libraries(const struct config_server *server, FILE *out)
{
	const struct config_library *library, *first;

	if ((first = TAILQ_FIRST(&server->libraries)) == NULL)
		return;
	fprintf(out, "    libraries:\n      %s: [",
	    first->exclude ? "exclude" : "include");
	TAILQ_FOREACH(library, &server->libraries, entry) {
		if (library != first)
			fprintf(out, ", ");
		print_quoted(library->name, out);
	}
	fprintf(out, "]\n");
}

static void
print_telemetry(const struct config *config, FILE *out)
{
	fprintf(out, "telemetry:\n");
	print_line(2, "otlp_endpoint", config->otlp_endpoint, out);
	if (config->otlp_headers_file != NULL)
		print_line(2, "headers_file", config->otlp_headers_file, out);
	else if (config->otlp_headers != NULL)
		print_headers(config->otlp_headers, out);
	fprintf(out, "  interval_secs: %u\n", config->otlp_interval);
	print_tls(2, config->otlp_endpoint, &config->otlp_tls, out);
}

/* Their names. */
static void
print_headers(const char *lines, FILE *out)
{
	fprintf(out, "  headers:\n");
	for (; *lines != '\0'; lines += strspn(lines, "\n")) {
		fprintf(out, "    \"%.*s\": \"%s\"\n",
		    (int)strcspn(lines, ":"), lines, BLANKED);
		lines += strcspn(lines, "\n");
	}
}

static void
print_sync(const struct config *config, FILE *out)
{
	fprintf(out, "sync:\n");
	print_set("fields", config->fields, config_fields,
	    CONFIG_FIELD_COUNT, out);
	print_set("match", config->match, config_matches, CONFIG_MATCH_COUNT,
	    out);
	fprintf(out, "  guard:\n    max_items: %u\n    max_percent: %u\n",
	    config->guard_max_items, config->guard_max_percent);
	fprintf(out, "  rewatch: %s\n",
	    config_rewatches[config->rewatch_follow ? 1 : 0]);
	fprintf(out, "audit:\n  keep_days: %u\n", config->audit_keep_days);
}

/* Where it is without being named depends on who starts it. */
static void
print_control(const struct config *config, FILE *out)
{
	if (config->control_socket == NULL && config->control_group == NULL)
		return;
	fprintf(out, "control:\n");
	if (config->control_socket != NULL)
		print_line(2, "socket", config->control_socket, out);
	if (config->control_group != NULL)
		print_line(2, "group", config->control_group, out);
}

static void
print_set(const char *key, uint32_t set, const char *const *words, size_t n,
    FILE *out)
{
	const char *separator = "";
	size_t i;

	fprintf(out, "  %s: [", key);
	for (i = 0; i < n; i++) {
		if ((set & (uint32_t)1 << i) == 0)
			continue;
		fprintf(out, "%s%s", separator, words[i]);
		separator = ", ";
	}
	fprintf(out, "]\n");
}

static void
print_line(int indent, const char *key, const char *value, FILE *out)
{
	fprintf(out, "%*s%s: ", indent, "", key);
	print_quoted(value, out);
	fprintf(out, "\n");
}

/* No value holds control characters, so these two are all there is to do. */
static void
print_quoted(const char *text, FILE *out)
{
	fputc('"', out);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputc('"', out);
}
