/*
 * YAML to structs: which keys there are on each level of the configuration
 * (interfaces.md), and what is done with each of them.  The tables at the top
 * are the whole of it; a key that is not in them is an error.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config_yaml.h"
#include "log.h"
#include "text.h"

#define KEYS_MAX	16	/* of one level */
#define MINUTES_MAX	525600	/* a year */
#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))

static void	 take_mapping(struct loader *, const struct node *,
		    const struct key *, void *);
static void	 take_webhook(struct loader *, const struct node *,
		    const struct key *, void *);
static void	 take_telemetry(struct loader *, const struct node *,
		    const struct key *, void *);
static void	 take_clients(struct loader *, const struct node *,
		    const struct key *, void *);
static void	 take_user(struct loader *, const struct node *,
		    const struct key *, void *);
static void	 take_users(struct loader *, const struct node *,
		    const struct key *, void *);
static void	 take_libraries(struct loader *, const struct node *,
		    const struct key *, void *);
static void	 take_library_names(struct loader *, const struct node *,
		    const struct key *, void *);
static void	 take_client(struct loader *, const struct node *);
static const char *check_client_name(const struct node *, char [NAME_SIZE]);
static void	 check_client(struct loader *, const struct node *,
		    const struct config_server *);
static void	 check_tls(struct loader *, const struct node *,
		    const char *);
static bool	 one_of(struct loader *, const struct node *, const char *,
		    const char *);
static void	 take_person(struct loader *, const struct node *,
		    struct config_server *);
static bool	 person_is_above(const struct node *);
static void	 add_users(struct loader *, const struct node *,
		    struct config_server *, const char *);
static void	 add_user(struct loader *, const struct node *,
		    struct config_server *, const char *);
static bool	 has_library(const struct config_server *, const char *);
static void	 take_keys(struct loader *, const struct node *,
		    const struct key *, size_t, void *);
static void	 unknown_key(struct loader *, const struct node *,
		    const struct key *, size_t);
static const char *nearest_key(const char *, const struct key *, size_t);

#define CONFIG(field)	.offset = offsetof(struct config, field)
#define SERVER(field)	.offset = offsetof(struct config_server, field)
#define BELOW(table)	.keys = (table), .n_keys = COUNT(table)
#define WORDS(table)	.words = (table), .n_words = COUNT(table)

static const struct key database_keys[] = {
	{ "path", config_take_path, CONFIG(database_path) },
};

static const struct key webhook_keys[] = {
	{ "addr", config_take_address, CONFIG(webhook_addr) },
	{ "path", config_take_url_path, CONFIG(webhook_path) },
	{ "token", config_take_token, CONFIG(webhook_token) },
	{ "token_file", .take = config_take_token_file },
};

static const struct key events_keys[] = {
	{ "webhook", .take = take_webhook },
	{ "live", config_take_choice, CONFIG(live_off),
	    WORDS(config_lives) },
	{ "sessions_poll_secs", config_take_number, CONFIG(sessions_poll),
	    .min = 0, .max = 86400 },
};

static const struct key guard_keys[] = {
	{ "max_items", config_take_number, CONFIG(guard_max_items),
	    .min = 0, .max = 1000000 },
	{ "max_percent", config_take_number, CONFIG(guard_max_percent),
	    .min = 0, .max = 100 },
};

static const struct key sync_keys[] = {
	{ "fields", config_take_set, CONFIG(fields),
	    WORDS(config_fields) },
	{ "match", config_take_set, CONFIG(match),
	    WORDS(config_matches) },
	{ "guard", take_mapping, BELOW(guard_keys) },
	{ "rewatch", config_take_choice, CONFIG(rewatch_follow),
	    WORDS(config_rewatches) },
};

static const struct key audit_keys[] = {
	{ "keep_days", config_take_number, CONFIG(audit_keep_days),
	    .min = 1, .max = 36500 },
};

static const struct key control_keys[] = {
	{ "socket", config_take_socket, CONFIG(control_socket) },
	{ "group", config_take_group, CONFIG(control_group) },
};

static const struct key log_keys[] = {
	{ "format", config_take_choice, CONFIG(log_json),
	    WORDS(config_log_formats) },
};

static const struct key telemetry_tls_keys[] = {
	{ "ca_file", config_take_ca_file, CONFIG(otlp_tls) },
	{ "verify", config_take_flag, CONFIG(otlp_tls.verify) },
};

static const struct key telemetry_keys[] = {
	{ "otlp_endpoint", config_take_endpoint, CONFIG(otlp_endpoint) },
	{ "headers", config_take_headers, CONFIG(otlp_headers) },
	{ "headers_file", .take = config_take_headers_file },
	{ "interval_secs", config_take_number, CONFIG(otlp_interval),
	    .min = 1, .max = 86400 },
	{ "tls", take_mapping, BELOW(telemetry_tls_keys) },
};

static const struct key top_keys[] = {
	{ "database", take_mapping, BELOW(database_keys) },
	{ "clients", .take = take_clients },
	{ "events", take_mapping, BELOW(events_keys) },
	{ "sync_interval_mins", config_take_number, CONFIG(sync_interval),
	    .min = 5, .max = MINUTES_MAX },
	{ "full_sync_interval_mins", config_take_number,
	    CONFIG(full_sync_interval), .min = 30, .max = MINUTES_MAX },
	{ "metrics_addr", config_take_address, CONFIG(metrics_addr) },
	{ "metrics_path", config_take_url_path, CONFIG(metrics_path) },
	{ "metrics_textfile", config_take_path, CONFIG(metrics_textfile) },
	{ "telemetry", .take = take_telemetry },
	{ "status_page", config_take_flag, CONFIG(status_page) },
	{ "sync", take_mapping, BELOW(sync_keys) },
	{ "audit", take_mapping, BELOW(audit_keys) },
	{ "control", take_mapping, BELOW(control_keys) },
	{ "log", take_mapping, BELOW(log_keys) },
};

static const struct key tls_keys[] = {
	{ "ca_file", config_take_ca_file, SERVER(tls) },
	{ "verify", config_take_flag, SERVER(tls.verify) },
};

static const struct key library_keys[] = {
	{ "include", .take = take_library_names },
	{ "exclude", .take = take_library_names },
};

static const struct key client_keys[] = {
	{ "url", config_take_url, SERVER(url) },
	{ "user", take_user, SERVER(user) },
	{ "users", .take = take_users },
	{ "person", config_take_name, SERVER(person) },
	{ "api_key", config_take_api_key, SERVER(api_key) },
	{ "api_key_file", .take = config_take_api_key_file },
	{ "direction", config_take_direction, SERVER(direction) },
	{ "mode", config_take_choice, SERVER(plan_only),
	    WORDS(config_modes) },
	{ "libraries", .take = take_libraries },
	{ "tls", take_mapping, BELOW(tls_keys) },
	{ "timeout_secs", config_take_number, SERVER(timeout),
	    .min = 1, .max = 3600 },
	{ "page_size", config_take_number, SERVER(page_size),
	    .min = 0, .max = PAGE_SIZE_MAX },
	{ "proxy", config_take_proxy, SERVER(proxy) },
};

void
config_from_tree(struct loader *l, const struct node *root)
{
	if (root->kind != NODE_MAPPING)
		config_problem(l, false, root->line, root->column,
		    "the configuration must be a mapping (lines of \"key: "
		    "value\"), with clients among its keys");
	else
		take_keys(l, root, top_keys, COUNT(top_keys), l->config);
}

/* Each key of a mapping once; where one stands twice, the first. */
static void
take_keys(struct loader *l, const struct node *mapping, const struct key *keys,
    size_t n, void *target)
{
	const struct node *child;
	size_t i;

	TAILQ_FOREACH(child, &mapping->children, entry) {
		if (child->duplicate)
			continue;
		for (i = 0; i < n; i++)
			if (strcmp(keys[i].name, child->key) == 0)
				break;
		if (i == n)
			unknown_key(l, child, keys, n);
		else
			keys[i].take(l, child, &keys[i], target);
	}
}

static void
unknown_key(struct loader *l, const struct node *n, const struct key *keys,
    size_t n_keys)
{
	char all[256] = "", shown[NODE_KEY_SIZE];
	const char *nearest;
	size_t i;

	if (!config_key_text(n->key, shown)) {
		config_wrong_key(l, n, "is an unknown key; write it as \"key: "
		    "value\", with a space behind the colon");
		return;
	}
	if ((nearest = nearest_key(n->key, keys, n_keys)) != NULL) {
		config_wrong_key(l, n, "is an unknown key; did you mean %s?",
		    nearest);
		return;
	}
	for (i = 0; i < n_keys; i++)
		if ((i > 0 && strlcat(all, ", ", sizeof(all)) >= sizeof(all)) ||
		    strlcat(all, keys[i].name, sizeof(all)) >= sizeof(all))
			fatalx("configuration: too many keys");
	config_wrong_key(l, n, "is an unknown key; known here: %s", all);
}

static const char *
nearest_key(const char *word, const struct key *keys, size_t n)
{
	const char *words[KEYS_MAX];
	size_t i;

	for (i = 0; i < n && i < KEYS_MAX; i++) {
		words[i] = keys[i].name;
		if (strcasecmp(words[i], word) == 0)
			return words[i];
	}
	return text_nearest(word, words, i);
}

static void
take_mapping(struct loader *l, const struct node *n, const struct key *key,
    void *target)
{
	if (config_is_mapping(l, n))
		take_keys(l, n, key->keys, key->n_keys, target);
}

static void
take_webhook(struct loader *l, const struct node *n, const struct key *key,
    void *target)
{
	(void)key;
	if (!config_is_mapping(l, n))
		return;
	take_keys(l, n, webhook_keys, COUNT(webhook_keys), target);
	one_of(l, n, "token", "token_file");
}

static void
take_telemetry(struct loader *l, const struct node *n, const struct key *key,
    void *target)
{
	(void)key;
	if (!config_is_mapping(l, n))
		return;
	take_keys(l, n, telemetry_keys, COUNT(telemetry_keys), target);
	one_of(l, n, "headers", "headers_file");
	check_tls(l, n, l->config->otlp_endpoint);
}

static void
take_clients(struct loader *l, const struct node *n, const struct key *key,
    void *target)
{
	const struct node *child;

	(void)key;
	(void)target;
	if (!config_is_mapping(l, n))
		return;
	if (TAILQ_EMPTY(&n->children))
		config_wrong_key(l, n, "is empty; add at least one server");
	TAILQ_FOREACH(child, &n->children, entry)
		if (!child->duplicate)
			take_client(l, child);
}

static void
take_client(struct loader *l, const struct node *n)
{
	struct config_server *server;
	char name[NAME_SIZE];
	const char *wrong;

	if ((wrong = check_client_name(n, name)) != NULL)
		config_problem(l, false, n->key_line, n->key_column,
		    "the name of a client in clients %s", wrong);
	if (!config_is_mapping(l, n))
		return;
	if ((server = calloc(1, sizeof(*server))) == NULL)
		fatal("calloc");
	server->name = config_copy(name);
	server->tls.verify = true;
	server->direction = DIRECTION_BOTH;
	server->timeout = 120;
	server->line = n->key_line;
	server->column = n->key_column;
	TAILQ_INIT(&server->users);
	TAILQ_INIT(&server->libraries);
	TAILQ_INSERT_TAIL(&l->config->servers, server, entry);
	take_keys(l, n, client_keys, COUNT(client_keys), server);
	check_client(l, n, server);
}

static const char *
check_client_name(const struct node *n, char name[NAME_SIZE])
{
	const char *wrong;

	if ((wrong = config_name(n->key, name)) != NULL)
		return wrong;
	if (strlen(n->key) > CLIENT_NAME_MAX)
		return "is too long; 64 bytes are the most";
	if (strcmp(name, n->key) != 0)
		return "begins or ends with a space; remove it";
	return NULL;
}

/* What a client must have, and what excludes each other. */
static void
check_client(struct loader *l, const struct node *n,
    const struct config_server *server)
{
	const struct node *person;

	if (config_node_child(n, "url") == NULL)
		config_wrong_key(l, n, "has no url; add it, such as "
		    "http://HOST:8096");
	if (!one_of(l, n, "user", "users"))
		config_wrong_key(l, n, "has neither user nor users; add the "
		    "name of the Jellyfin user as user");
	if (!one_of(l, n, "api_key", "api_key_file"))
		config_wrong_key(l, n, "has neither api_key nor api_key_file; "
		    "add a key from the server's dashboard");
	person = config_node_child(n, "person");
	if (person != NULL && config_node_child(n, "users") != NULL)
		config_wrong_key(l, person, "goes with user only; users names "
		    "the persons itself");
	check_tls(l, n, server->url);
}

/* url may be NULL. */
static void
check_tls(struct loader *l, const struct node *mapping, const char *url)
{
	const struct node *tls = config_node_child(mapping, "tls");

	if (tls != NULL && url != NULL &&
	    strncmp(url, "http://", strlen("http://")) == 0)
		config_wrong_key(l, tls, "has no meaning for a url with "
		    "http://; use https:// or remove it");
}

/* False if neither is there.  Both are an error, at the later one. */
static bool
one_of(struct loader *l, const struct node *mapping, const char *first,
    const char *second)
{
	const struct node *a, *b, *later;

	a = config_node_child(mapping, first);
	b = config_node_child(mapping, second);
	if (a == NULL || b == NULL)
		return a != NULL || b != NULL;
	later = a->key_line > b->key_line || (a->key_line == b->key_line &&
	    a->key_column > b->key_column) ? a : b;
	config_wrong_key(l, later, "stands beside %s; keep one of the two",
	    later == a ? second : first);
	return true;
}

/* The person of the short form is known only when all clients are. */
static void
take_user(struct loader *l, const struct node *n, const struct key *key,
    void *target)
{
	struct config_server *server = target;

	config_take_name(l, n, key, target);
	if (server->user != NULL)
		add_user(l, n, server, NULL);
}

static void
take_users(struct loader *l, const struct node *n, const struct key *key,
    void *target)
{
	const struct node *child;

	(void)key;
	if (!config_is_mapping(l, n))
		return;
	if (TAILQ_EMPTY(&n->children))
		config_wrong_key(l, n, "is empty; add lines of \"person: "
		    "user\"");
	TAILQ_FOREACH(child, &n->children, entry)
		if (!child->duplicate)
			take_person(l, child, target);
}

static void
take_person(struct loader *l, const struct node *n,
    struct config_server *server)
{
	char person[NAME_SIZE];
	const char *wrong;

	if ((wrong = config_name(n->key, person)) != NULL)
		config_problem(l, false, n->key_line, n->key_column,
		    "the name of a person in users %s", wrong);
	else if (person_is_above(n))
		config_wrong_key(l, n, "is a person who stands there already; "
		    "make a list of that person's users");
	add_users(l, n, server, person);
}

/* Names that differ in the case of letters only are one person. */
static bool
person_is_above(const struct node *n)
{
	const struct node *other;

	TAILQ_FOREACH(other, &n->parent->children, entry) {
		if (other == n)
			break;
		if (text_same_name(other->key, n->key))
			return true;
	}
	return false;
}

static void
add_users(struct loader *l, const struct node *n, struct config_server *server,
    const char *person)
{
	const struct node *child;

	if (n->kind == NODE_VALUE) {
		add_user(l, n, server, person);
		return;
	}
	if (n->kind != NODE_LIST) {
		config_wrong(l, n, "must be a user name or a list of user "
		    "names, not a mapping");
		return;
	}
	if (!config_is_list(l, n))
		return;
	TAILQ_FOREACH(child, &n->children, entry)
		add_user(l, child, server, person);
}

static void
add_user(struct loader *l, const struct node *n, struct config_server *server,
    const char *person)
{
	struct config_user *user;
	struct place *place;
	char name[NAME_SIZE];
	const char *wrong;

	if (!config_is_value(l, n))
		return;
	if ((wrong = config_name(n->text, name)) != NULL) {
		config_wrong(l, n, "%s", wrong);
		return;
	}
	if ((user = calloc(1, sizeof(*user))) == NULL ||
	    (place = calloc(1, sizeof(*place))) == NULL)
		fatal("calloc");
	user->name = config_copy(name);
	if (person != NULL)
		user->person = config_copy(person);
	TAILQ_INSERT_TAIL(&server->users, user, entry);
	place->server = server;
	place->user = user;
	place->node = n;
	TAILQ_INSERT_TAIL(&l->places, place, entry);
	l->n_places++;
}

static void
take_libraries(struct loader *l, const struct node *n, const struct key *key,
    void *target)
{
	(void)key;
	if (!config_is_mapping(l, n))
		return;
	take_keys(l, n, library_keys, COUNT(library_keys), target);
	one_of(l, n, "include", "exclude");
}

static void
take_library_names(struct loader *l, const struct node *n,
    const struct key *key, void *target)
{
	struct config_server *server = target;
	struct config_library *library;
	const struct node *child;
	char name[NAME_SIZE];
	const char *wrong;

	if (!config_is_list(l, n))
		return;
	TAILQ_FOREACH(child, &n->children, entry) {
		if (!config_is_value(l, child))
			continue;
		if ((wrong = config_name(child->text, name)) == NULL &&
		    has_library(server, name))
			wrong = "is a library that is listed already; "
			    "remove it";
		if (wrong != NULL) {
			config_wrong(l, child, "%s", wrong);
			continue;
		}
		if ((library = calloc(1, sizeof(*library))) == NULL)
			fatal("calloc");
		library->name = config_copy(name);
		library->exclude = strcmp(key->name, "exclude") == 0;
		TAILQ_INSERT_TAIL(&server->libraries, library, entry);
	}
}

static bool
has_library(const struct config_server *server, const char *name)
{
	const struct config_library *library;

	TAILQ_FOREACH(library, &server->libraries, entry)
		if (strcmp(library->name, name) == 0)
			return true;
	return false;
}
