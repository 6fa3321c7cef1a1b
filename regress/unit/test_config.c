/*
 * The configuration: what is accepted and what it then means, what is refused
 * and with which words (config_bad.txt), and that no key is ever shown.
 * Started in the top directory of the sources, or told where it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "config_said.h"

#define CASES		"regress/unit/config_bad.txt"
#define EXAMPLE		"etc/config.example.yaml"
#define CERTIFICATE	"-----BEGIN CERTIFICATE-----\n"		\
			"MA==\n-----END CERTIFICATE-----\n"

/* As in interfaces.md: what people have today. */
#define SAMPLE								\
	"database:\n"							\
	"  path: /path/to/local.db\n"					\
	"\n"								\
	"clients:\n"							\
	"  my-jellyfin:\n"						\
	"    url: http://localhost:8096\n"				\
	"    user: myusername\n"					\
	"    api_key: myapikey\n"					\
	"\n"								\
	"events:\n"							\
	"  webhook:\n"							\
	"    addr: \"0.0.0.0:9000\"\n"					\
	"    path: \"/webhook\"\n"					\
	"\n"								\
	"sync_interval_mins: 5\n"					\
	"full_sync_interval_mins: 360\n"				\
	"\n"								\
	"metrics_addr: \"127.0.0.1:8972\"\n"				\
	"metrics_path: \"/metrics\"\n"

/* Every key that there is. */
#define FULL								\
	"database: {path: /var/db/j.db}\n"				\
	"clients:\n"							\
	"  main \"one\":\n"						\
	"    url: HTTPS://[2001:DB8:0::1]:443/jf//\n"			\
	"    users: {alice: [al, 'b\"o\\b'], bob: bob, Zoë: zoë}\n"	\
	"    api_key_file: key\n"					\
	"    direction: source\n"					\
	"    mode: plan\n"						\
	"    libraries: {exclude: [Home Videos, 'x: y']}\n"		\
	"    tls: {ca_file: ca.pem, verify: off}\n"			\
	"    timeout_secs: 30\n"					\
	"    page_size: 500\n"						\
	"    proxy: HTTP://Proxy.Example:3128/\n"			\
	"  second:\n"							\
	"    url: http://Second.Example:8096\n"				\
	"    user: Alice\n"						\
	"    person: ALICE\n"						\
	"    api_key: secret2\n"					\
	"    libraries: {include: [Films]}\n"				\
	"events: {webhook: {addr: '[::1]:9000', path: /hook}, live: off,\n"\
	" sessions_poll_secs: 7}\n" \
	"sync_interval_mins: 10\n"					\
	"full_sync_interval_mins: 30\n"					\
	"metrics_addr: ''\n"						\
	"metrics_path: /m\n"						\
	"metrics_textfile: /var/x/j.prom\n"				\
	"status_page: true\n"						\
	"sync:\n"							\
	"  fields: [favorite, played]\n"				\
	"  match: [title]\n"						\
	"  guard: {max_items: 0, max_percent: 100}\n"			\
	"  rewatch: follow\n"						\
	"telemetry:\n"							\
	"  otlp_endpoint: https://Otel.Example:443/otlp/\n"		\
	"  headers: {Authorization: Basic secret3, X-Tenant: a}\n"	\
	"  interval_secs: 10\n"					\
	"  tls: {ca_file: ca.pem, verify: off}\n"			\
	"audit: {keep_days: 30}\n"					\
	"control: {socket: /run/x/j.sock, group: root}\n"		\
	"log: {format: json}\n"

static char	*cases;		/* config_bad.txt */
static char	*example;	/* config.example.yaml */

static char *
read_file(const char *name)
{
	FILE *file;
	char *text;
	long len;

	if ((file = fopen(name, "r")) == NULL ||
	    fseek(file, 0, SEEK_END) == -1 || (len = ftell(file)) == -1 ||
	    fseek(file, 0, SEEK_SET) == -1 ||
	    (text = calloc(1, (size_t)len + 1)) == NULL ||
	    fread(text, 1, (size_t)len, file) != (size_t)len) {
		perror(name);
		exit(1);
	}
	fclose(file);
	return text;
}

static const struct config_user *
user_at(const struct config *config, const char *server, size_t i)
{
	const struct config_user *user;

	assert_non_null(config_server_by_name(config, server));
	TAILQ_FOREACH(user, &config_server_by_name(config, server)->users,
	    entry)
		if (i-- == 0)
			return user;
	fail_msg("%s has fewer users", server);
	return NULL;
}

/* One case of config_bad.txt: NAME, configuration, answer. */
static void
run_case(char *text)
{
	FILE *yaml, *answer;
	char *line, *texts[3];
	struct said said;
	size_t len, n_warnings = 0, n_lines = 0;

	assert_non_null(yaml = open_memstream(&texts[0], &len));
	assert_non_null(answer = open_memstream(&texts[1], &len));
	strsep(&text, "\n");
	while ((line = strsep(&text, "\n")) != NULL) {
		if (strncmp(line, "> ", 2) == 0) {
			fprintf(answer, "%s\n", line + 2);
			n_warnings += strstr(line, ": warning: ") != NULL;
			n_lines++;
		} else if (strcmp(line, "$clients") == 0)
			fputs(CLIENTS, yaml);
		else if (line[0] != '\0')
			fprintf(yaml, "%s\n", line);
	}
	fclose(yaml);
	fclose(answer);
	texts[2] = replaced(texts[0], "@DIR@", directory);
	load(texts[2], &said);
	free(texts[2]);
	texts[2] = replaced(said.text, directory, "@DIR@");
	assert_string_equal(texts[2], texts[1]);
	assert_int_equal(said.warnings, n_warnings);
	assert_int_equal(said.errors, n_lines - n_warnings);
	free(texts[0]);
	free(texts[1]);
	free(texts[2]);
	forget(&said);
}

static void
test_cases(void **state)
{
	char *copy, *at, *next;
	size_t n = 0;

	(void)state;
	assert_non_null(copy = strdup(cases));
	at = strstr(copy, "\n=== ");
	while (at != NULL) {
		if ((next = strstr(at + 1, "\n=== ")) != NULL)
			*next = '\0';
		print_message("%.*s\n", (int)strcspn(at + 5, "\n"), at + 5);
		run_case(at + 5);
		at = next;
		n++;
	}
	assert_true(n >= 60);
	free(copy);
}

static void
test_sample(void **state)
{
	const struct config_server *server;
	struct said said;

	(void)state;
	load(SAMPLE, &said);
	assert_string_equal(said.text, "config.yaml:7:11: warning: person "
	    "myusername is on one server only, so there is nothing to sync "
	    "for them\n");
	assert_non_null(said.config);
	assert_string_equal(strrchr(said.config->file, '/'), "/" FILE_NAME);
	assert_string_equal(said.config->database_path, "/path/to/local.db");
	assert_string_equal(said.config->webhook_addr, "0.0.0.0:9000");
	assert_string_equal(said.config->webhook_path, "/webhook");
	assert_int_equal(said.config->sync_interval, 5);
	assert_int_equal(said.config->full_sync_interval, 360);
	assert_string_equal(said.config->metrics_addr, "127.0.0.1:8972");
	assert_string_equal(said.config->metrics_path, "/metrics");
	server = config_server_by_name(said.config, "my-jellyfin");
	assert_non_null(server);
	assert_string_equal(server->url, "http://localhost:8096");
	assert_string_equal(server->user, "myusername");
	assert_string_equal(server->api_key, "myapikey");
	assert_int_equal(server->line, 5);
	assert_int_equal(server->column, 3);
	assert_null(config_server_by_name(said.config, "other"));
	forget(&said);
}

static void
test_defaults(void **state)
{
	const struct config_server *server;
	struct said said;

	(void)state;
	load_good(CLIENTS, &said);
	assert_null(said.config->webhook_addr);
	assert_false(said.config->live_off);
	assert_string_equal(said.config->webhook_path, "/webhook");
	assert_int_equal(said.config->sync_interval, 5);
	assert_int_equal(said.config->full_sync_interval, 360);
	assert_string_equal(said.config->metrics_addr, "127.0.0.1:8972");
	assert_string_equal(said.config->metrics_path, "/metrics");
	assert_false(said.config->status_page);
	assert_int_equal(said.config->fields, FIELD_ALL);
	assert_int_equal(said.config->match,
	    MATCH_PROVIDER_IDS | MATCH_SERIES_EPISODE);
	assert_int_equal(said.config->guard_max_items, 10);
	assert_int_equal(said.config->guard_max_percent, 10);
	assert_false(said.config->rewatch_follow);
	assert_int_equal(said.config->audit_keep_days, 365);
	assert_int_equal(said.config->sessions_poll, 15);
	assert_null(said.config->otlp_endpoint);
	assert_null(said.config->otlp_headers);
	assert_int_equal(said.config->otlp_interval, 60);
	assert_true(said.config->otlp_tls.verify);
	server = TAILQ_FIRST(&said.config->servers);
	assert_null(server->api_key_file);
	assert_null(server->tls.ca_file);
	assert_null(server->person);
	assert_true(server->tls.verify);
	assert_int_equal(server->direction, DIRECTION_BOTH);
	assert_int_equal(server->timeout, 120);
	assert_int_equal(server->page_size, 0);
	assert_true(TAILQ_EMPTY(&server->libraries));
	forget(&said);
}

static void
test_full(void **state)
{
	const struct config_server *server;
	const struct config_library *library;
	struct said said;
	char path[128];

	(void)state;
	load(FULL, &said);
	assert_non_null(said.config);
	assert_string_equal(said.config->database_path, "/var/db/j.db");
	assert_string_equal(said.config->webhook_addr, "[::1]:9000");
	assert_true(said.config->live_off);
	assert_string_equal(said.config->webhook_path, "/hook");
	assert_string_equal(said.config->metrics_addr, "");
	assert_string_equal(said.config->metrics_textfile, "/var/x/j.prom");
	assert_true(said.config->status_page);
	assert_int_equal(said.config->fields, FIELD_PLAYED | FIELD_FAVORITE);
	assert_int_equal(said.config->match, MATCH_TITLE);
	assert_int_equal(said.config->guard_max_items, 0);
	assert_int_equal(said.config->guard_max_percent, 100);
	assert_true(said.config->rewatch_follow);
	assert_int_equal(said.config->audit_keep_days, 30);
	assert_string_equal(said.config->control_socket, "/run/x/j.sock");
	assert_string_equal(said.config->control_group, "root");
	assert_true(said.config->log_json);
	assert_string_equal(said.config->otlp_endpoint,
	    "https://otel.example/otlp");
	assert_string_equal(said.config->otlp_headers,
	    "Authorization: Basic secret3\nX-Tenant: a");
	assert_int_equal(said.config->otlp_interval, 10);
	assert_non_null(said.config->otlp_tls.ca);
	assert_false(said.config->otlp_tls.verify);
	assert_true(TAILQ_FIRST(&said.config->servers)->plan_only);
	server = config_server_by_name(said.config, "main \"one\"");
	assert_non_null(server);
	assert_string_equal(server->url, "https://[2001:db8::1]/jf");
	assert_null(server->user);
	assert_string_equal(server->api_key, "secret9");
	snprintf(path, sizeof(path), "%s/key", directory);
	assert_string_equal(server->api_key_file, path);
	snprintf(path, sizeof(path), "%s/ca.pem", directory);
	assert_string_equal(server->tls.ca_file, path);
	assert_false(server->tls.verify);
	assert_int_equal(server->direction, DIRECTION_SOURCE);
	assert_int_equal(server->timeout, 30);
	assert_int_equal(server->page_size, 500);
	assert_string_equal(server->proxy, "http://proxy.example:3128");
	library = TAILQ_FIRST(&server->libraries);
	assert_string_equal(library->name, "Home Videos");
	assert_true(library->exclude);
	server = config_server_by_name(said.config, "second");
	assert_string_equal(server->url, "http://second.example:8096");
	assert_false(TAILQ_FIRST(&server->libraries)->exclude);
	forget(&said);
}

/* Lines, wherever they stand. */
static void
test_headers(void **state)
{
	struct said said;

	(void)state;
	load_good(CLIENTS "telemetry: {otlp_endpoint: http://otel:4318,"
	    " headers_file: headers}\n", &said);
	assert_string_equal(said.config->otlp_headers,
	    "X-Key: secret: 8\nX-Tenant: a b");
	forget(&said);
	load_good(CLIENTS "telemetry: {otlp_endpoint: http://otel:4318,"
	    " headers: {}}\n", &said);
	assert_null(said.config->otlp_headers);
	forget(&said);
}

/* Who is which person (interfaces.md: the short form). */
static void
test_persons(void **state)
{
	struct said said;

	(void)state;
	/* No server twice: one person, named as the first user. */
	load_good("clients:\n"
	    "  a: {url: http://a, user: alice, api_key: k}\n"
	    "  b: {url: http://b, user: al, api_key: k}\n", &said);
	assert_string_equal(user_at(said.config, "a", 0)->person, "alice");
	assert_string_equal(user_at(said.config, "b", 0)->person, "alice");
	assert_string_equal(user_at(said.config, "b", 0)->name, "al");
	forget(&said);

	/* A server twice: each user name a person, in any case. */
	load_good("clients:\n"
	    "  a: {url: http://a, user: Alice, api_key: k}\n"
	    "  b: {url: 'http://A:80/', user: bob, api_key: k}\n"
	    "  c: {url: http://c, user: aLICE, api_key: k}\n"
	    "  d: {url: http://d, user: BOB, api_key: k}\n", &said);
	assert_string_equal(user_at(said.config, "a", 0)->person, "Alice");
	assert_string_equal(user_at(said.config, "b", 0)->person, "bob");
	assert_string_equal(user_at(said.config, "c", 0)->person, "Alice");
	assert_string_equal(user_at(said.config, "c", 0)->name, "aLICE");
	assert_string_equal(user_at(said.config, "d", 0)->person, "bob");
	forget(&said);

	/* person overrides both; the first without it gives its name. */
	load_good("clients:\n"
	    "  a: {url: http://a, user: x, person: kid, api_key: k}\n"
	    "  b: {url: http://b, user: y, api_key: k}\n"
	    "  c: {url: http://c, user: z, api_key: k}\n"
	    "  d: {url: http://d, user: w, person: Kid, api_key: k}\n", &said);
	assert_string_equal(user_at(said.config, "a", 0)->person, "kid");
	assert_string_equal(user_at(said.config, "b", 0)->person, "y");
	assert_string_equal(user_at(said.config, "c", 0)->person, "y");
	assert_string_equal(user_at(said.config, "d", 0)->person, "kid");
	forget(&said);

	/* The long form beside the short one. */
	load_good("clients:\n"
	    "  a:\n"
	    "    url: http://a\n"
	    "    users: {alice: [al, ' al2 '], bob: rob}\n"
	    "    api_key: k\n"
	    "  b: {url: http://b, user: ALICE, api_key: k}\n"
	    "  c: {url: http://c, users: {Bob: bobby}, api_key: k}\n", &said);
	assert_string_equal(user_at(said.config, "a", 1)->person, "alice");
	assert_string_equal(user_at(said.config, "a", 1)->name, "al2");
	assert_string_equal(user_at(said.config, "a", 2)->name, "rob");
	assert_string_equal(user_at(said.config, "b", 0)->person, "alice");
	assert_string_equal(user_at(said.config, "c", 0)->person, "bob");
	forget(&said);
}

static void
test_print(void **state)
{
	struct said said;
	char *first, *second, *again;

	(void)state;
	load(FULL, &said);
	first = printed_config(said.config);
	forget(&said);
	assert_non_null(strstr(first, "api_key: \"********\"\n"));
	assert_non_null(strstr(first, "      \"alice\": [\"al\", "
	    "\"b\\\"o\\\\b\"]\n"));
	assert_non_null(strstr(first, "      \"alice\": [\"Alice\"]\n"));
	assert_non_null(strstr(first, "fields: [played, favorite]\n"));
	assert_non_null(strstr(first, "  rewatch: follow\n"));
	assert_non_null(strstr(first, "audit:\n  keep_days: 30\n"));
	assert_non_null(strstr(first, "    mode: plan\n"));
	assert_non_null(strstr(first, "events:\n  live: off\n"
	    "  sessions_poll_secs: 7\n  webhook:\n"));
	again = replaced(first, "********", "secret2");
	load(again, &said);
	assert_int_equal(said.errors, 0);
	second = printed_config(said.config);
	assert_string_equal(first, second);
	forget(&said);
	free(again);
	free(first);
	free(second);
}

/* The text of one repeated part, with its number where it says %d. */
static char *
many(const char *before, int n, const char *part)
{
	FILE *out;
	char *text;
	const char *number;
	size_t len;
	int i;

	assert_non_null(out = open_memstream(&text, &len));
	fputs(before, out);
	assert_non_null(number = strstr(part, "%d"));
	for (i = 0; i < n; i++)
		fprintf(out, "%.*s%d%s", (int)(number - part), part, i,
		    number + 2);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void
test_bounds(void **state)
{
	struct said said;
	char *text;

	(void)state;
	text = many("clients:\n  a:\n    url: http://a\n    api_key: k\n"
	    "    users:\n      alice:\n", 1000, "      - user%d\n");
	load_good(text, &said);
	forget(&said);
	free(text);
	text = many("clients:\n  a:\n    url: http://a\n    api_key: k\n"
	    "    users:\n      alice:\n", 1001, "      - user%d\n");
	assert_says(text, "config.yaml:1007:9: an item of "
	    "clients.a.users.alice is one user too many; 1000 are the most "
	    "that can be synced\n");
	free(text);
	text = many("clients:\n", 10001, "- x%d\n");
	assert_says(text, "config.yaml:10000:3: there are more than 10000 "
	    "values; no configuration needs that many\n");
	free(text);
	text = many("metrics_path: /", 1000, "abcd%d");
	assert_says(text, "config.yaml:1:15: this value is longer than 4096 "
	    "bytes; shorten it\n");
	free(text);
	text = many("metrics_path: /", 300, "abcd%d");
	load(text, &said);
	assert_non_null(strstr(said.text, "config.yaml:1:15: metrics_path is "
	    "too long; 1023 bytes are the most\n"));
	forget(&said);
	free(text);
	text = many("", 200000, "[%d");
	load(text, &said);
	assert_int_equal(said.errors, 1);
	forget(&said);
	free(text);
}

/* Whatever the file says: an answer, and no harm (run with a sanitizer). */
static void
test_damaged(void **state)
{
	static const char bytes[] = "\0\t\n :{}[]&*!\"'#-?\xff\xc3";
	struct said said;
	char *text;
	size_t i, len = strlen(FULL);

	(void)state;
	assert_non_null(text = strdup(FULL));
	for (i = 0; i < len; i++) {
		load_bytes(text, i, &said);
		forget(&said);
	}
	for (i = 0; i < len * 2; i++) {
		text[i / 2] = bytes[(i * 7) % sizeof(bytes)];
		load_bytes(text, len, &said);
		forget(&said);
		text[i / 2] = FULL[i / 2];
	}
	free(text);
}

/* The line of a setting that the example has switched off. */
static int
is_switched_off(const char *line)
{
	size_t indent;

	if (line[0] != '#')
		return 0;
	line++;
	indent = strspn(line, " ");
	line += indent;
	return indent != 1 &&
	    line[strspn(line, "abcdefghijklmnopqrstuvwxyz_")] == ':';
}

static void
test_example(void **state)
{
	struct said said;
	FILE *out;
	char *copy, *next, *line, *all;
	size_t len, n = 0;

	(void)state;
	load_good(example, &said);
	forget(&said);
	assert_non_null(copy = next = strdup(example));
	assert_non_null(out = open_memstream(&all, &len));
	while ((line = strsep(&next, "\n")) != NULL) {
		if (is_switched_off(line)) {
			line++;
			n++;
		}
		fprintf(out, "%s\n", line);
	}
	assert_int_equal(fclose(out), 0);
	assert_true(n > 20);
	load_good(all, &said);
	assert_non_null(said.config->webhook_addr);
	assert_string_equal(user_at(said.config, "cabin", 2)->name,
	    "alice-tv");
	assert_non_null(config_server_by_name(said.config,
	    "parents")->tls.ca_file);
	forget(&said);
	free(copy);
	free(all);
}

static int
set_up(void **state)
{
	char name[4096];

	(void)state;
	if (enter_directory() == -1 || mkfifo("fifo", 0600) == -1)
		return -1;
	write_text("cabin.key", "secret7", 0600);
	write_text("headers", "\nX-Key: secret: 8\nX-Tenant: a b\n\n", 0600);
	write_text("headers.bad", "X-Key: secret8\nsecret9\n", 0600);
	write_text("headers.open", "X-Key: secret8\n", 0644);
	write_text("key.open", "secret9\n", 0604);
	write_text("key.group", "secret9\n", 0640);
	write_text("key.empty", "", 0600);
	write_text("key.blank", " \n", 0600);
	write_text("key.words", "secret and more\n", 0600);
	write_file("key.nul", "secret\0x", 8, 0600);
	write_text("ca.pem", CERTIFICATE, 0644);
	memset(name, 's', sizeof(name));
	write_file("key.long", name, 300, 0600);
	write_file("key.large", name, sizeof(name), 0600);
	return truncate("key.large", 5000);
}

static int
tear_down(void **state)
{
	static const char *const names[] = {
		"cabin.key", "headers", "headers.bad", "headers.open",
		"key.open", "key.group", "key.empty", "key.blank",
		"key.words", "key.nul", "ca.pem", "key.long", "key.large",
		"fifo", NULL
	};

	(void)state;
	leave_directory(names);
	free(cases);
	free(example);
	return 0;
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sample),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_persons),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_example),
	};

	if (argc > 1 && chdir(argv[1]) == -1) {
		perror(argv[1]);
		return 1;
	}
	cases = read_file(CASES);
	example = read_file(EXAMPLE);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
