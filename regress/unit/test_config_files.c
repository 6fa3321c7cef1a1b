/*
 * The configuration and files: how its own is encoded and who may read it, the
 * files beside it that hold keys and tokens, where the database is, and what a
 * reload finds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config_said.h"

static void
test_files(void **state)
{
	struct said said;
	char *large;

	(void)state;
	load_file("nothing.yaml", &said);
	assert_string_equal(said.text,
	    "nothing.yaml: cannot be read: No such file or directory; "
	    "\"jellyporterctl init\" makes one\n");
	forget(&said);
	load_file("nowhere/nothing.yaml", &said);
	assert_string_equal(said.text,
	    "nowhere/nothing.yaml: cannot be read: "
	    "No such file or directory\n");
	forget(&said);
	load_file("directory", &said);
	assert_string_equal(said.text,
	    "directory: cannot be read: not a regular file\n");
	forget(&said);

	assert_non_null(large = malloc(1024 * 1024 + 1));
	memset(large, '\n', 1024 * 1024 + 1);
	memcpy(large, CLIENTS, strlen(CLIENTS));
	load_bytes(large, 1024 * 1024 + 1, &said);
	assert_string_equal(said.text,
	    "config.yaml: cannot be read: the file is too large; "
	    "is it the right one?\n");
	forget(&said);
	load_bytes(large, 1024 * 1024, &said);
	assert_string_equal(said.text, "");
	forget(&said);
	free(large);
}

static void
test_encodings(void **state)
{
	struct said said;
	char *text;

	(void)state;
	load_good("\xef\xbb\xbf" CLIENTS, &said);
	forget(&said);
	text = replaced(CLIENTS, "\n", "\r\n");
	load_good(text, &said);
	forget(&said);
	free(text);
	/* The column is one of characters. */
	assert_says("\xef\xbb\xbfx\xc3\xb6: 1\n" CLIENTS,
	    "config.yaml:1:1: x\xc3\xb6 is an unknown key; known here: "
	    "database, clients, events, sync_interval_mins, "
	    "full_sync_interval_mins, metrics_addr, metrics_path, "
	    "metrics_textfile, telemetry, status_page, sync, audit, control, "
	    "log\n");
	assert_says("# gr\xc3\xbc\xc3\x9f\nuser: \xc3\xa4\xff\n",
	    "config.yaml:2:8: this is not text in UTF-8: invalid leading "
	    "UTF-8 octet; save the file as UTF-8\n");
	assert_says("metrics_path: \x01\n",
	    "config.yaml:1:15: this is not text in UTF-8: control characters "
	    "are not allowed; save the file as UTF-8\n");
	load_bytes("\xff\xfe" "c\0", 4, &said);
	assert_string_equal(said.text, "config.yaml:1:1: this is not text in "
	    "UTF-8: invalid leading UTF-8 octet; save the file as UTF-8\n");
	forget(&said);
}

static void
test_key_file(void **state)
{
	struct said said;
	char path[128];

	(void)state;
	/* Beside the configuration, wherever the program stands. */
	write_text(FILE_NAME, "clients:\n"
	    "  a: {url: http://a, user: u, api_key_file: ./key}\n"
	    "  b: {url: http://b, user: u, api_key_file: directory/key}\n",
	    0644);
	write_text("directory/key", "\xef\xbb\xbfsecret8\r\n", 0400);
	snprintf(path, sizeof(path), "%s/%s", directory, FILE_NAME);
	assert_int_equal(chdir("/"), 0);
	load_file(path, &said);
	assert_int_equal(chdir(directory), 0);
	assert_string_equal(said.text, "");
	assert_string_equal(config_server_by_name(said.config, "a")->api_key,
	    "secret9");
	assert_string_equal(config_server_by_name(said.config, "b")->api_key,
	    "secret8");
	snprintf(path, sizeof(path), "%s/directory/key", directory);
	assert_string_equal(
	    config_server_by_name(said.config, "b")->api_key_file, path);
	forget(&said);
}

/* What systemd hands over is taken before what is beside the configuration. */
static void
test_credential(void **state)
{
	struct said said;
	char path[128];

	(void)state;
	write_text(FILE_NAME, "clients:\n"
	    "  a: {url: http://a, user: u, api_key_file: ./key}\n"
	    "  b: {url: http://b, user: u, api_key_file: directory/key}\n"
	    "  c: {url: http://c, user: u, api_key_file: ../directory/key}\n",
	    0644);
	write_text("directory/key", "secret8", 0400);
	assert_int_equal(mkdir("handed", 0700), 0);
	/* Who may read it is in its list, and what is shown is the mask. */
	write_text("handed/directory_key", "secret7", 0440);
	write_text("handed/.._directory_key", "secret6", 0440);
	snprintf(path, sizeof(path), "%s/handed", directory);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", path, 1), 0);
	load_file(FILE_NAME, &said);
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	assert_string_equal(said.text, "");
	assert_string_equal(config_server_by_name(said.config, "a")->api_key,
	    "secret9");
	assert_string_equal(config_server_by_name(said.config, "b")->api_key,
	    "secret7");
	assert_string_equal(config_server_by_name(said.config, "c")->api_key,
	    "secret6");
	forget(&said);
	assert_int_equal(unlink("handed/directory_key"), 0);
	assert_int_equal(unlink("handed/.._directory_key"), 0);
	assert_int_equal(rmdir("handed"), 0);
}

/* A file that holds keys is nobody else's business. */
static void
test_mode(void **state)
{
	struct said said;

	(void)state;
	write_text(FILE_NAME, CLIENTS, 0644);
	load_file(FILE_NAME, &said);
	assert_string_equal(said.text, "config.yaml:2:37: warning: everybody "
	    "can read this file and so the api_key in it; chmod 600 the file, "
	    "or use api_key_file\n");
	assert_int_equal(said.warnings, 1);
	forget(&said);
	write_text(FILE_NAME, CLIENTS, 0640);
	load_file(FILE_NAME, &said);
	assert_string_equal(said.text, "");
	forget(&said);
	write_text(FILE_NAME, "clients: {a: {url: http://a, user: u, "
	    "api_key_file: key}, b: {url: http://b, user: u, api_key_file: "
	    "key}}\nevents: {webhook: {addr: ':1', token: x}}\n", 0644);
	load_file(FILE_NAME, &said);
	assert_string_equal(said.text, "config.yaml:2:32: warning: everybody "
	    "can read this file and so the token in it; chmod 600 the file, "
	    "or use token_file\n");
	forget(&said);
}

/* The token that is loaded, and what is printed of it. */
static void
assert_token(const char *token, const char *shown, const char *hidden)
{
	struct said said;
	char *text;

	load_file(FILE_NAME, &said);
	assert_string_equal(said.text, "");
	assert_string_equal(said.config->webhook_token, token);
	text = printed_config(said.config);
	assert_non_null(strstr(text, shown));
	assert_null(strstr(text, hidden));
	free(text);
	forget(&said);
}

static void
test_token(void **state)
{
	struct said said;

	(void)state;
	write_text(FILE_NAME, CLIENTS
	    "events: {webhook: {addr: ':1', token: secret-._~+/=}}\n", 0600);
	assert_token("secret-._~+/=", "    token: \"********\"\n", "secret-");
	write_text(FILE_NAME, CLIENTS
	    "events: {webhook: {addr: ':1', token_file: directory/token}}\n",
	    0600);
	write_text("directory/token", "secret7\n", 0400);
	assert_token("secret7", "/directory/token\"\n", "secret7");
	assert_int_equal(chmod("directory/token", 0640), 0);
	load_file(FILE_NAME, &said);
	assert_null(said.config);
	assert_non_null(strstr(said.text, "is open to others than its owner"));
	forget(&said);
}

static void
assert_database(const char *yaml, const char *path)
{
	struct said said;

	write_text(FILE_NAME, yaml, 0644);
	load_file(FILE_NAME, &said);
	assert_non_null(said.config);
	assert_string_equal(said.config->database_path, path);
	forget(&said);
}

/* As a user who is not root, to whom the directory must be open. */
static void
load_as_user(struct said *said)
{
	uid_t uid = geteuid();

	assert_int_equal(chmod(directory, 0755), 0);
	if (uid == 0)
		assert_int_equal(seteuid(65534), 0);
	load_file(FILE_NAME, said);
	assert_int_equal(seteuid(uid), 0);
}

static void
test_database(void **state)
{
	struct said said;
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/here/j.db", directory);
	assert_database("database: {path: ./here/j.db}\n" CLIENTS, path);
	if (geteuid() == 0)
		assert_database(CLIENTS,
		    "/var/lib/jellyporter/jellyporter.db");
	write_text(FILE_NAME, CLIENTS, 0644);
	setenv("HOME", "/home/alice", 1);
	setenv("XDG_STATE_HOME", "/state", 1);
	load_as_user(&said);
	assert_string_equal(said.config->database_path,
	    "/state/jellyporter/jellyporter.db");
	forget(&said);
	setenv("XDG_STATE_HOME", "relative", 1);
	load_as_user(&said);
	assert_string_equal(said.config->database_path,
	    "/home/alice/.local/state/jellyporter/jellyporter.db");
	forget(&said);
	unsetenv("XDG_STATE_HOME");
	unsetenv("HOME");
	load_as_user(&said);
	assert_null(said.config);
	assert_non_null(strstr(said.text, "config.yaml:1:1: database.path is "
	    "missing, and neither XDG_STATE_HOME nor HOME tells where it "
	    "could be; add it\n"));
	forget(&said);
}

/* Beside the one in use: the file is found wherever we are by now. */
static void
test_reload(void **state)
{
	struct config_report report = { NULL, 0, 0 };
	struct said first, second;
	size_t len;

	(void)state;
	write_text("key", "secret1\n", 0600);
	load_good("database: {path: here.db}\n" CLIENTS, &first);
	assert_int_equal(chdir("/"), 0);
	assert_non_null(second.config = config_reload(first.config, &report));
	assert_string_equal(second.config->database_path,
	    first.config->database_path);
	assert_int_equal(chdir(directory), 0);
	config_free(first.config);
	free(first.text);

	/* Another database is an error among the others. */
	write_text(FILE_NAME, "database:\n  path: there.db\nnonsense: 1\n"
	    CLIENTS, 0600);
	assert_non_null(report.out = open_memstream(&second.text, &len));
	assert_null(config_reload(second.config, &report));
	assert_int_equal(fclose(report.out), 0);
	assert_int_equal(report.errors, 2);
	assert_non_null(strstr(second.text, "/config.yaml:2:9: "
	    "database.path is "));
	assert_non_null(strstr(second.text, "/there.db now; a reload cannot "
	    "change that"));
	assert_non_null(strstr(second.text, ":3:1: nonsense is an unknown "
	    "key"));
	free(second.text);

	/* So is none, if that means another one; and a webhook's address. */
	write_text(FILE_NAME, "events: {webhook: {addr: '[::1]:9000'}}\n"
	    CLIENTS, 0600);
	assert_non_null(report.out = open_memstream(&second.text, &len));
	assert_null(config_reload(second.config, &report));
	assert_int_equal(fclose(report.out), 0);
	assert_non_null(strstr(second.text, "/config.yaml:1:1: database.path "
	    "is "));
	assert_non_null(strstr(second.text, "/config.yaml:1:26: "
	    "events.webhook.addr is [::1]:9000 now; a reload cannot change "
	    "that"));
	forget(&second);
}

static int
set_up(void **state)
{
	(void)state;
	return enter_directory();
}

static int
tear_down(void **state)
{
	static const char *const names[] = {
		"directory/key", "directory/token", NULL
	};

	(void)state;
	leave_directory(names);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_encodings),
		cmocka_unit_test(test_key_file),
		cmocka_unit_test(test_credential),
		cmocka_unit_test(test_mode),
		cmocka_unit_test(test_token),
		cmocka_unit_test(test_database),
		cmocka_unit_test(test_reload),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
