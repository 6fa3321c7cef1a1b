/*
 * The rules of the configuration that take more than one value: who is which
 * person (interfaces.md: the short form), what stands twice, which intervals
 * go together, and what is allowed but most likely not meant.
 */
#include <sys/stat.h>

#include <string.h>

#include "config_yaml.h"
#include "page_files.h"
#include "text.h"

static const struct node *node_below(const struct node *, const char *,
		    const char *);
static void	 check_stays(struct loader *, const struct node *, const char *,
		    const char *, const char *);
static void	 check_intervals(struct loader *, const struct node *);
static void	 check_listeners(struct loader *, const struct node *);
static void	 check_page(struct loader *, const struct node *);
static void	 check_page_path(struct loader *, const struct node *,
		    const char *);
static const struct node *webhook_node(const struct node *, const char *);
static bool	 is_loopback(const char *);
static void	 check_endpoints(struct loader *);
static void	 check_endpoint(struct loader *, const struct place *);
static void	 name_persons(struct loader *);
static bool	 url_occurs_twice(const struct config *);
static const char *short_person(const struct loader *);
static void	 spell_alike(struct loader *);
static bool	 same_person(const struct place *, const struct place *);
static void	 warn_person(struct loader *, const struct place *);
static void	 warn_webhook(struct loader *, const struct node *);
static void	 warn_telemetry(struct loader *, const struct node *);
static void	 warn_readable(struct loader *, const struct node *,
		    const char *);
static void	 warn_page(struct loader *, const struct node *, const char *);
static void	 warn_mode(struct loader *, const struct node *);
static void	 warn(struct loader *, const struct node *, const char *,
		    const char *);

void
config_check(struct loader *l, const struct node *root)
{
	struct place *place;

	if (root->kind != NODE_MAPPING)
		return;
	if (config_node_child(root, "clients") == NULL)
		config_problem(l, false, root->line, root->column,
		    "clients is missing; add it, with at least one server");
	check_intervals(l, root);
	check_listeners(l, root);
	check_page(l, root);
	check_endpoints(l);
	/* What is not meant is hard to tell while something is wrong. */
	if (l->errors > 0)
		return;
	name_persons(l);
	spell_alike(l);
	TAILQ_FOREACH(place, &l->places, entry)
		warn_person(l, place);
	warn_webhook(l, root);
	warn_telemetry(l, root);
	warn_page(l, root, l->config->webhook_addr);
	warn_page(l, root, l->config->metrics_addr);
	warn_mode(l, root);
}

/*
 * The engine is confined to the directory of its database; addresses are bound,
 * and the control socket is made, before the parent gives up what that may
 * take.
 */
void
config_check_running(struct loader *l, const struct node *root)
{
	const struct config *before = l->running, *now = l->config;
	bool right = l->errors == 0;
	size_t i;

	if (before == NULL)
		return;
	const struct {
		const char		*key;
		const struct node	*node;
		const char		*before;
		const char		*now;
	} stays[] = {
		{ "database.path", node_below(root, "database", "path"),
		    before->database_path, now->database_path },
		{ "events.webhook.addr", webhook_node(root, "addr"),
		    before->webhook_addr, now->webhook_addr },
		{ "metrics_addr", config_node_child(root, "metrics_addr"),
		    before->metrics_addr, now->metrics_addr },
		{ "control.socket", node_below(root, "control", "socket"),
		    before->control_socket, now->control_socket },
		{ "control.group", node_below(root, "control", "group"),
		    before->control_group, now->control_group },
		{ "log.format", node_below(root, "log", "format"),
		    config_log_formats[before->log_json],
		    config_log_formats[now->log_json] }
	};
	for (i = 0; i < sizeof(stays) / sizeof(stays[0]); i++) {
		/* What is wrong is not there, and has been said already. */
		if (right || stays[i].now != NULL)
			check_stays(l, stays[i].node == NULL ? root :
			    stays[i].node, stays[i].key, stays[i].before,
			    stays[i].now);
	}
}

/* NULL if it is not there. */
static const struct node *
node_below(const struct node *root, const char *mapping, const char *key)
{
	const struct node *n = config_node_child(root, mapping);

	return n == NULL ? NULL : config_node_child(n, key);
}

/* Values may be NULL: none. */
static void
check_stays(struct loader *l, const struct node *n, const char *key,
    const char *before, const char *now)
{
	if (before == now || (before != NULL && now != NULL &&
	    strcmp(before, now) == 0))
		return;
	config_problem(l, false, n->line, n->column, "%s is %s now; a reload "
	    "cannot change that, so restart jellyporterd", key,
	    now == NULL ? "none" : now);
}

/* A wrong number is 0 here, and has been noted. */
static void
check_intervals(struct loader *l, const struct node *root)
{
	const struct node *often, *full;
	const struct config *config = l->config;

	if (config->sync_interval == 0 || config->full_sync_interval == 0 ||
	    config->full_sync_interval >= config->sync_interval)
		return;
	often = config_node_child(root, "sync_interval_mins");
	full = config_node_child(root, "full_sync_interval_mins");
	if (full != NULL)
		config_wrong(l, full, "is %u, less than sync_interval_mins "
		    "(%u); make it at least as long",
		    config->full_sync_interval, config->sync_interval);
	else if (often != NULL)
		config_wrong(l, often, "is %u, more than "
		    "full_sync_interval_mins, which is %u unless it is set; "
		    "set that to %u or more", config->sync_interval,
		    config->full_sync_interval, config->sync_interval);
}

static void
check_listeners(struct loader *l, const struct node *root)
{
	const struct config *config = l->config;
	const struct node *n;

	if (config->webhook_addr == NULL || config->webhook_addr[0] == '\0' ||
	    strcmp(config->webhook_addr, config->metrics_addr) != 0 ||
	    strcmp(config->webhook_path, config->metrics_path) != 0)
		return;
	/* The defaults differ, so at least the address has been written. */
	if ((n = webhook_node(root, "addr")) != NULL)
		config_wrong(l, n, "and events.webhook.path are those of "
		    "the metrics; change one of them");
}

/* The page is the listener's, at each of its addresses. */
static void
check_page(struct loader *l, const struct node *root)
{
	const struct config *config = l->config;
	const struct node *addr = webhook_node(root, "addr");
	bool webhook = addr != NULL && addr->text != NULL &&
	    addr->text[0] != '\0';
	bool metrics = config->metrics_addr[0] != '\0';

	if (!config->status_page)
		return;
	if (!webhook && !metrics)
		config_wrong(l, config_node_child(root, "status_page"),
		    "is true, but there is no address to show it at; set "
		    "metrics_addr or events.webhook.addr");
	if (webhook)
		check_page_path(l, webhook_node(root, "path"),
		    config->webhook_path);
	if (metrics)
		check_page_path(l, config_node_child(root, "metrics_path"),
		    config->metrics_path);
}

/* None of the defaults is one of the page's. */
static void
check_page_path(struct loader *l, const struct node *n, const char *path)
{
	if (n != NULL && page_has(path))
		config_wrong(l, n, "is a path of the status page; choose "
		    "another one, or set status_page to false");
}

/* NULL if it is not there. */
static const struct node *
webhook_node(const struct node *root, const char *key)
{
	const struct node *n;

	n = node_below(root, "events", "webhook");
	return n == NULL ? NULL : config_node_child(n, key);
}

static void
check_endpoints(struct loader *l)
{
	const struct place *place;

	if (l->n_places > CONFIG_ENDPOINTS_MAX) {
		place = TAILQ_LAST(&l->places, place_list);
		config_wrong(l, place->node, "is one user too many; %d are the "
		    "most that can be synced", CONFIG_ENDPOINTS_MAX);
		return;
	}
	TAILQ_FOREACH(place, &l->places, entry)
		check_endpoint(l, place);
}

/* Jellyfin takes user names in any case for the same. */
static void
check_endpoint(struct loader *l, const struct place *place)
{
	const struct place *other;

	if (place->server->url == NULL)
		return;
	TAILQ_FOREACH(other, &l->places, entry) {
		if (other == place)
			return;
		if (other->server->url == NULL ||
		    strcmp(other->server->url, place->server->url) != 0 ||
		    !text_same_name(other->user->name, place->user->name))
			continue;
		config_wrong(l, place->node, "repeats the user \"%s\" of "
		    "this server, first in line %d; keep one of the two",
		    place->user->name, other->node->line);
		return;
	}
}

/*
 * Where no URL occurs twice, all of the short form are one person, named as
 * the first user is; else there are several people on a server, and each is
 * the person of that user name.
 */
static void
name_persons(struct loader *l)
{
	struct place *place;
	const char *person, *one = NULL;

	if (!url_occurs_twice(l->config))
		one = short_person(l);
	TAILQ_FOREACH(place, &l->places, entry) {
		if (place->user->person != NULL)
			continue;
		if (place->server->person != NULL)
			person = place->server->person;
		else
			person = one != NULL ? one : place->user->name;
		config_set(&place->user->person, person);
	}
}

static bool
url_occurs_twice(const struct config *config)
{
	const struct config_server *a, *b;

	TAILQ_FOREACH(a, &config->servers, entry)
		for (b = TAILQ_NEXT(a, entry); b != NULL;
		    b = TAILQ_NEXT(b, entry))
			if (strcmp(a->url, b->url) == 0)
				return true;
	return false;
}

/* The first user that says nothing of a person; NULL if there is none. */
static const char *
short_person(const struct loader *l)
{
	const struct place *place;

	TAILQ_FOREACH(place, &l->places, entry)
		if (place->user->person == NULL &&
		    place->server->person == NULL)
			return place->user->name;
	return NULL;
}

/* One spelling for each person, so that the engine may compare bytes. */
static void
spell_alike(struct loader *l)
{
	struct place *place, *other;

	TAILQ_FOREACH(place, &l->places, entry) {
		TAILQ_FOREACH(other, &l->places, entry)
			if (other == place || same_person(other, place))
				break;
		if (other != place)
			config_set(&place->user->person, other->user->person);
	}
}

static bool
same_person(const struct place *a, const struct place *b)
{
	return text_same_name(a->user->person, b->user->person);
}

/* At the first endpoint of each person, about all of them. */
static void
warn_person(struct loader *l, const struct place *place)
{
	const struct place *other;
	size_t n = 0, n_direction[DIRECTION_COUNT] = { 0 };

	TAILQ_FOREACH(other, &l->places, entry) {
		if (!same_person(other, place))
			continue;
		if (n++ == 0 && other != place)
			return;
		n_direction[other->server->direction]++;
	}
	/* Two users on one server do have something to sync. */
	if (n == 1)
		warn(l, place->node, place->user->person, "is on one server "
		    "only, so there is nothing to sync for them");
	else if (n_direction[DIRECTION_SOURCE] == n)
		warn(l, place->node, place->user->person, "has servers of "
		    "direction source only, so nothing is ever written for "
		    "them");
	else if (n_direction[DIRECTION_TARGET] == n)
		warn(l, place->node, place->user->person, "has servers of "
		    "direction target only, so nothing is ever heard from "
		    "them");
}

static void
warn(struct loader *l, const struct node *n, const char *person,
    const char *what)
{
	config_problem(l, true, n->line, n->column, "person %s %s", person,
	    what);
}

static void
warn_webhook(struct loader *l, const struct node *root)
{
	static const char *const keys[] = { "path", "token", "token_file" };
	const struct node *n;
	size_t i, n_keys = sizeof(keys) / sizeof(keys[0]);

	if (webhook_node(root, "addr") != NULL)
		return;
	/* The status page asks for the token as well. */
	if (l->config->status_page)
		n_keys = 1;
	for (i = 0; i < n_keys; i++) {
		if ((n = webhook_node(root, keys[i])) != NULL)
			config_problem(l, true, n->key_line, n->key_column,
			    "events.webhook.%s has no effect without "
			    "events.webhook.addr", keys[i]);
	}
}

static void
warn_telemetry(struct loader *l, const struct node *root)
{
	const struct node *telemetry, *n;

	if (l->config->otlp_endpoint != NULL ||
	    (telemetry = config_node_child(root, "telemetry")) == NULL)
		return;
	TAILQ_FOREACH(n, &telemetry->children, entry)
		config_problem(l, true, n->key_line, n->key_column,
		    "telemetry.%s has no effect without "
		    "telemetry.otlp_endpoint", n->key);
}

static void
warn_readable(struct loader *l, const struct node *n, const char *key)
{
	config_problem(l, true, n->key_line, n->key_column, "everybody can "
	    "read this file and so the %s in it; chmod 600 the file, or use "
	    "%s_file", key, key);
}

/* address: where the listener is to be reached; NULL or "": it is not. */
static void
warn_page(struct loader *l, const struct node *root, const char *address)
{
	const struct node *n = config_node_child(root, "status_page");

	if (l->config->status_page && l->config->webhook_token == NULL &&
	    address != NULL && address[0] != '\0' && !is_loopback(address))
		config_problem(l, true, n->line, n->column, "status_page "
		    "shows to everybody who can connect to %s what people "
		    "have watched; set events.webhook.token", address);
}

static bool
is_loopback(const char *address)
{
	static const char *const hosts[] = { "127.", "[::1]:", "localhost:" };
	size_t i;

	for (i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		if (strncasecmp(address, hosts[i], strlen(hosts[i])) == 0)
			return true;
	}
	return false;
}

/* At the first key, since that is what others can read. */
static void
warn_mode(struct loader *l, const struct node *root)
{
	const struct node *client, *n;

	if ((l->mode & S_IROTH) == 0)
		return;
	if ((n = webhook_node(root, "token")) != NULL)
		warn_readable(l, n, "token");
	if ((n = node_below(root, "telemetry", "headers")) != NULL)
		warn_readable(l, n, "headers");
	TAILQ_FOREACH(client, &config_node_child(root, "clients")->children,
	    entry) {
		if ((n = config_node_child(client, "api_key")) == NULL)
			continue;
		warn_readable(l, n, "api_key");
		return;
	}
}
