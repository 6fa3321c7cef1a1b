/*
 * What a change of the configuration is to each child: every key is changed,
 * one after the other, and only those are told something else that it is for.
 */
#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "config.h"
#include "parts.h"

#define CERTIFICATE	"-----BEGIN CERTIFICATE-----\n"		\
			"MA==\n-----END CERTIFICATE-----\n"

/* Every key that there is. */
static const char base[] =
	"database: {path: /var/db/j.db}\n"
	"clients:\n"
	"  first:\n"
	"    url: https://first\n"
	"    users: {alice: [al, bob], carol: carol}\n"
	"    api_key_file: key\n"
	"    direction: both\n"
	"    mode: sync\n"
	"    libraries: {exclude: [Home]}\n"
	"    tls: {ca_file: ca.pem, verify: on}\n"
	"    timeout_secs: 30\n"
	"    page_size: 500\n"
	"  second:\n"
	"    url: http://second\n"
	"    user: alice\n"
	"    person: alice\n"
	"    api_key: secret1\n"
	"    libraries: {include: [Films]}\n"
	"events:\n"
	"  webhook: {addr: '[::1]:9000', path: /hook, token_file: token}\n"
	"  live: auto\n"
	"  sessions_poll_secs: 20\n"
	"sync_interval_mins: 10\n"
	"full_sync_interval_mins: 30\n"
	"metrics_addr: ''\n"
	"metrics_path: /m\n"
	"status_page: no\n"
	"sync:\n"
	"  fields: [favorite, played]\n"
	"  match: [title]\n"
	"  guard: {max_items: 1, max_percent: 90}\n"
	"  rewatch: keep\n"
	"telemetry:\n"
	"  otlp_endpoint: https://otel\n"
	"  headers: {Authorization: Bearer secret4}\n"
	"  interval_secs: 40\n"
	"  tls: {ca_file: ca.pem, verify: true}\n"
	"audit: {keep_days: 30}\n";

#define ELSEWHERE	"//elsewhere"	/* for the resolver, too */
#define NOTHING		"nothing has changed"
#define ONE		"1 server changed"
#define SETTINGS	"settings changed"

/* What is changed, and who is told something else. */
static const struct {
	const char	*from;
	const char	*to;
	const char	*text;
	bool		 engine;
	bool		 first;		/* its fetcher */
	bool		 second;
} changes[] = {
	{ "first", "first", NOTHING, false, false, false },
	{ "//first", ELSEWHERE, ONE, true, true, false },
	{ "//first", "//first:444", ONE, true, true, false },
	{ "[al, bob]", "[al]", ONE, true, false, false },
	{ "alice: [al, bob]", "alice: al, bob: bob", ONE, true, false, false },
	{ "direction: both", "direction: target", ONE, true, false, false },
	{ "mode: sync", "mode: plan", ONE, true, false, false },
	{ "[Home]", "[Home, Other]", ONE, false, true, false },
	{ "exclude: [Home]", "include: [Home]", ONE, false, true, false },
	{ "tls: {ca_file: ca.pem, verify: on}", "tls: {verify: on}", ONE,
	    false, true, false },
	{ "ca_file: ca.pem", "ca_file: other.pem", ONE, false, true, false },
	{ "verify: on", "verify: off", ONE, false, true, false },
	{ "timeout_secs: 30", "timeout_secs: 31", ONE, false, true, false },
	{ "page_size: 500", "page_size: 0", ONE, false, true, false },
	{ "user: alice", "user: zoe", ONE, true, false, false },
	{ "person: alice", "person: carol", ONE, true, false, false },
	{ "secret1", "secret2", ONE, false, false, true },
	{ "live: auto", "live: off", "2 servers changed", false, true, true },
	{ "_secs: 20", "_secs: 21", SETTINGS, true, false, false },
	{ "_mins: 10", "_mins: 11", SETTINGS, true, false, false },
	{ "_mins: 30", "_mins: 31", SETTINGS, true, false, false },
	{ "favorite, played", "favorite", SETTINGS, true, false, false },
	{ "match: [title]", "match: [provider_ids]", SETTINGS, true, false,
	    false },
	{ "max_items: 1", "max_items: 2", SETTINGS, true, false, false },
	{ "max_percent: 90", "max_percent: 91", SETTINGS, true, false,
	    false },
	{ "rewatch: keep", "rewatch: follow", SETTINGS, true, false, false },
	{ "keep_days: 30", "keep_days: 31", SETTINGS, true, false, false },
	/* For the listener. */
	{ "/hook", "/other", SETTINGS, false, false, false },
	{ "token_file: token", "token: another", SETTINGS, false, false,
	    false },
	{ ", token_file: token", "", SETTINGS, false, false, false },
	/* What it listens on is the parent's. */
	{ "metrics_addr: ''", "metrics_addr: '[::1]:1'", NOTHING, false, false,
	    false },
	{ "path: /m\n", "path: /n\n", SETTINGS, false, false, false },
	{ "page: no", "page: yes", SETTINGS, false, false, false },
};

/* For the exporter alone, or for the resolver as well. */
static const struct {
	const char	*from;
	const char	*to;
	bool		 resolver;
} export_changes[] = {
	{ "//otel", "//other", true },
	{ "//otel", "//otel:4318/prefix", false },
	{ "secret4", "secret5", false },
	{ "headers: {Authorization: Bearer secret4}",
	    "headers_file: headers", false },
	{ "interval_secs: 40", "interval_secs: 41", false },
	{ "ca.pem, verify: true", "other.pem, verify: true", false },
	{ "ca_file: ca.pem, verify: true", "verify: true", false },
	{ "verify: true", "verify: false", false },
	/* None, and before that, one. */
	{ "  otlp_endpoint: https://otel\n", "", true },
	{ "https://otel\n", "https://127.0.0.1\n", true },
};

static char	 directory[] = "/tmp/jellyporter-parts.XXXXXX";

static void
write_text(const char *name, const char *text)
{
	FILE *file;

	assert_non_null(file = fopen(name, "w"));
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(name, 0600), 0);
}

/* A copy in which the first "from" is a "to". */
static char *
replaced(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	char *copy;

	if (at == NULL)
		fail_msg("no %s", from);
	assert_int_not_equal(asprintf(&copy, "%.*s%s%s", (int)(at - text),
	    text, to, at + strlen(from)), -1);
	return copy;
}

static struct config *
load(const char *text)
{
	struct config_report report = { NULL, 0, 0 };
	struct config *config;

	write_text("config.yaml", text);
	assert_non_null(config = config_load("config.yaml", &report));
	return config;
}

/* Of a configuration of which it is the first "from" that differs. */
static void
compare(const char *from, const char *to, struct parts_difference *difference,
    bool same[2])
{
	struct config *before, *after;
	char *other = replaced(base, from, to);

	before = load(base);
	after = load(other);
	parts_compare(before, after, difference);
	if (same != NULL) {
		same[0] = parts_same_fetcher(before, after, "first");
		same[1] = parts_same_fetcher(before, after, "second");
	}
	config_free(before);
	config_free(after);
	free(other);
}

static void
test_each_key(void **state)
{
	struct parts_difference difference;
	char text[PARTS_TEXT_SIZE];
	bool same[2];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		compare(changes[i].from, changes[i].to, &difference, same);
		parts_describe(&difference, text);
		if (strcmp(text, changes[i].text) != 0 ||
		    difference.engine != changes[i].engine ||
		    difference.listener != (difference.settings &&
		    !difference.engine) ||
		    difference.exporter || difference.resolver !=
		    (strcmp(changes[i].to, ELSEWHERE) == 0) ||
		    same[0] == changes[i].first ||
		    same[1] == changes[i].second)
			fail_msg("%s -> %s: %s, engine %d, fetchers %d %d",
			    changes[i].from, changes[i].to, text,
			    difference.engine, !same[0], !same[1]);
	}
}

static void
test_exporter(void **state)
{
	struct parts_difference difference;
	char text[PARTS_TEXT_SIZE];
	bool same[2];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(export_changes) / sizeof(export_changes[0]);
	    i++) {
		compare(export_changes[i].from, export_changes[i].to,
		    &difference, same);
		parts_describe(&difference, text);
		if (strcmp(text, SETTINGS) != 0 || !difference.exporter ||
		    difference.engine || difference.listener ||
		    difference.resolver != export_changes[i].resolver ||
		    !same[0] || !same[1])
			fail_msg("%s -> %s: %s, exporter %d, resolver %d",
			    export_changes[i].from, export_changes[i].to, text,
			    difference.exporter, difference.resolver);
	}
}

/* The names of the files are what they were. */
static void
test_files(void **state)
{
	struct config *before, *after;

	(void)state;
	before = load(base);
	write_text("key", "another1\n");
	after = load(base);
	assert_false(parts_same_fetcher(before, after, "first"));
	assert_true(parts_same_fetcher(before, after, "second"));
	write_text("key", "secret2\n");
	config_free(after);
	write_text("ca.pem", CERTIFICATE CERTIFICATE);
	after = load(base);
	assert_false(parts_same_fetcher(before, after, "first"));
	config_free(after);
	write_text("ca.pem", CERTIFICATE);
	after = load(base);
	assert_true(parts_same_fetcher(before, after, "first"));
	config_free(after);
	config_free(before);
}

static void
test_servers(void **state)
{
	struct parts_difference difference;
	char text[PARTS_TEXT_SIZE];

	(void)state;
	compare("  second:\n", "  third: {url: 'http://third', user: alice, "
	    "api_key: k}\n  second:\n", &difference, NULL);
	parts_describe(&difference, text);
	assert_string_equal(text, "1 server added");
	assert_true(difference.engine);
	assert_true(difference.resolver);
	compare("  second:\n", "  third: {url: 'http://[::1]', user: alice, "
	    "api_key: k}\n  second:\n", &difference, NULL);
	assert_true(difference.engine);
	assert_false(difference.resolver);
	compare("  second:\n", "  renamed:\n", &difference, NULL);
	parts_describe(&difference, text);
	assert_string_equal(text, "1 server added, 1 removed");
	assert_true(difference.engine);
}

static void
test_describe(void **state)
{
	struct parts_difference most = {
		SIZE_MAX, SIZE_MAX, SIZE_MAX, true, true, true, true, true
	};
	struct parts_difference some = { 0, 2, 1, true, true, true, true,
		true };
	char text[PARTS_TEXT_SIZE];

	(void)state;
	parts_describe(&some, text);
	assert_string_equal(text, "2 servers removed, 1 changed, "
	    "settings changed");
	parts_describe(&most, text);
	assert_non_null(strstr(text, ", settings changed"));
}

static int
set_up(void **state)
{
	(void)state;
	if (mkdtemp(directory) == NULL || chdir(directory) == -1)
		return -1;
	write_text("key", "secret2\n");
	write_text("token", "secret3\n");
	write_text("headers", "X-Key: secret6\n");
	write_text("ca.pem", CERTIFICATE);
	write_text("other.pem", CERTIFICATE CERTIFICATE);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	if (unlink("key") == -1 || unlink("token") == -1 ||
	    unlink("headers") == -1 ||
	    unlink("ca.pem") == -1 ||
	    unlink("other.pem") == -1 || unlink("config.yaml") == -1 ||
	    chdir("/") == -1 || rmdir(directory) == -1)
		return -1;
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_key),
		cmocka_unit_test(test_exporter),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_servers),
		cmocka_unit_test(test_describe),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
