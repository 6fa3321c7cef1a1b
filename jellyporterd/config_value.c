/*
 * Single values of the configuration: numbers, choices, names, addresses and
 * paths.  (What a server's url and key may be is in config_server.c.)
 */
#include <arpa/inet.h>

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config_yaml.h"
#include "log.h"
#include "text.h"

#define ADDRESS_SIZE	256

static const char *value_text(struct loader *, const struct node *);
static int	 choose(struct loader *, const struct node *,
		    const char *const *, size_t);
static void	 wrong_word(struct loader *, const struct node *,
		    const char *const *, size_t);
static void	 join(char *, size_t, const char *const *, size_t);
static const char *check_address(const char *);

static const char *const kind_names[NODE_KIND_COUNT] = {
	[NODE_VALUE]	= "a single value",
	[NODE_LIST]	= "a list",
	[NODE_MAPPING]	= "a mapping"
};

const char *const config_directions[DIRECTION_COUNT] = {
	[DIRECTION_BOTH]	= "both",
	[DIRECTION_SOURCE]	= "source",
	[DIRECTION_TARGET]	= "target"
};

const char *const config_modes[CONFIG_CHOICES] = { "sync", "plan" };
const char *const config_rewatches[CONFIG_CHOICES] = { "keep", "follow" };

const char *const config_lives[CONFIG_CHOICES] = { "auto", "off" };

const char *const config_log_formats[CONFIG_CHOICES] = { "text", "json" };

/* In the order of enum sync_field. */
const char *const config_fields[CONFIG_FIELD_COUNT] = {
	"played", "position", "play_count", "last_played", "favorite"
};

/* In the order of enum match_by. */
const char *const config_matches[CONFIG_MATCH_COUNT] = {
	"provider_ids", "series_episode", "title"
};

bool
config_is_value(struct loader *l, const struct node *n)
{
	if (n->kind != NODE_VALUE) {
		config_wrong(l, n, "must be a single value, not %s",
		    kind_names[n->kind]);
		return false;
	}
	if (n->none) {
		config_wrong_key(l, n, "has no value; give it one or remove "
		    "it");
		return false;
	}
	return true;
}

bool
config_is_list(struct loader *l, const struct node *n)
{
	if (n->kind == NODE_LIST && !TAILQ_EMPTY(&n->children))
		return true;
	if (n->kind == NODE_LIST || n->none)
		config_wrong_key(l, n, "is empty; list something or remove "
		    "it");
	else
		config_wrong(l, n, "must be a list, [in, brackets] or in lines "
		    "that begin with a dash, not %s", kind_names[n->kind]);
	return false;
}

bool
config_is_mapping(struct loader *l, const struct node *n)
{
	if (n->kind == NODE_MAPPING || n->none)
		return true;
	config_wrong(l, n, "must be a mapping (further keys, indented below "
	    "it), not %s", kind_names[n->kind]);
	return false;
}

/* The text of a value that is there and not empty; else NULL, noted. */
static const char *
value_text(struct loader *l, const struct node *n)
{
	if (!config_is_value(l, n))
		return NULL;
	if (n->text[0] == '\0') {
		config_wrong(l, n, "is empty; give it a value or remove it");
		return NULL;
	}
	return n->text;
}

void
config_take_number(struct loader *l, const struct node *n,
    const struct key *key, void *target)
{
	uint32_t *field = (uint32_t *)((char *)target + key->offset);
	const char *text, *error;

	*field = 0;
	if ((text = value_text(l, n)) == NULL)
		return;
	*field = (uint32_t)strtonum(text, key->min, key->max, &error);
	if (error != NULL)
		config_wrong(l, n, "is %s; it must be a whole number from "
		    "%lld to %lld", error, key->min, key->max);
}

/* The words of YAML 1.1, which existing configurations may have. */
void
config_take_flag(struct loader *l, const struct node *n,
    const struct key *key, void *target)
{
	static const char *const words[] = {
		"true", "false", "yes", "no", "on", "off"
	};
	bool *field = (bool *)((char *)target + key->offset);
	const char *text;
	size_t i;

	if ((text = value_text(l, n)) == NULL)
		return;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(text, words[i]) != 0)
			continue;
		*field = i % 2 == 0;
		return;
	}
	config_wrong(l, n, "must be true or false");
}

void
config_take_direction(struct loader *l, const struct node *n,
    const struct key *key, void *target)
{
	enum direction *field =
	    (enum direction *)((char *)target + key->offset);
	int word;

	if ((word = choose(l, n, config_directions, DIRECTION_COUNT)) != -1)
		*field = (enum direction)word;
}

void
config_take_choice(struct loader *l, const struct node *n,
    const struct key *key, void *target)
{
	bool *field = (bool *)((char *)target + key->offset);
	int word;

	if ((word = choose(l, n, key->words, key->n_words)) != -1)
		*field = word == 1;
}

/* A list of words, each of which sets the bit of its place in the table. */
void
config_take_set(struct loader *l, const struct node *n,
    const struct key *key, void *target)
{
	uint32_t *field = (uint32_t *)((char *)target + key->offset);
	const struct node *child;
	int word;

	if (!config_is_list(l, n))
		return;
	*field = 0;
	TAILQ_FOREACH(child, &n->children, entry) {
		word = choose(l, child, key->words, key->n_words);
		if (word == -1)
			continue;
		if (*field & (uint32_t)1 << word)
			config_wrong(l, child, "is %s, which is listed "
			    "already; remove it", key->words[word]);
		*field |= (uint32_t)1 << word;
	}
}

static int
choose(struct loader *l, const struct node *n, const char *const *words,
    size_t n_words)
{
	const char *text;
	size_t i;

	if ((text = value_text(l, n)) == NULL)
		return -1;
	for (i = 0; i < n_words; i++)
		if (strcmp(words[i], text) == 0)
			return (int)i;
	wrong_word(l, n, words, n_words);
	return -1;
}

static void
wrong_word(struct loader *l, const struct node *n, const char *const *words,
    size_t n_words)
{
	char all[128], text[NODE_KEY_SIZE];
	const char *nearest;

	join(all, sizeof(all), words, n_words);
	text_safe(text, sizeof(text), n->text);
	if ((nearest = text_nearest(n->text, words, n_words)) != NULL)
		config_wrong(l, n, "is \"%s\"; did you mean %s? (%s)", text,
		    nearest, all);
	else
		config_wrong(l, n, "is \"%s\"; known here: %s", text, all);
}

static void
join(char *all, size_t size, const char *const *words, size_t n)
{
	size_t i;

	all[0] = '\0';
	for (i = 0; i < n; i++)
		if ((i > 0 && strlcat(all, ", ", size) >= size) ||
		    strlcat(all, words[i], size) >= size)
			fatalx("configuration: too many words");
}

/* NULL, or what is wrong with it. */
const char *
config_name(const char *text, char dst[NAME_SIZE])
{
	char safe[NAME_SIZE];

	if (text_trim(dst, NAME_SIZE, text) == -1)
		return "is too long; 255 bytes are the most";
	if (dst[0] == '\0')
		return "is empty; write a name";
	text_safe(safe, sizeof(safe), dst);
	if (strcmp(safe, dst) != 0)
		return "holds control characters; remove them";
	return NULL;
}

void
config_take_name(struct loader *l, const struct node *n,
    const struct key *key, void *target)
{
	char name[NAME_SIZE];
	const char *wrong;

	if (!config_is_value(l, n))
		return;
	if ((wrong = config_name(n->text, name)) != NULL)
		config_wrong(l, n, "%s", wrong);
	else
		config_set((char **)((char *)target + key->offset), name);
}

void
config_take_address(struct loader *l, const struct node *n,
    const struct key *key, void *target)
{
	const char *wrong;

	if (!config_is_value(l, n))
		return;
	if (n->text[0] != '\0' && (wrong = check_address(n->text)) != NULL)
		config_wrong(l, n, "%s; write it as 127.0.0.1:8972, "
		    "[::1]:8972, or :8972 for all addresses", wrong);
	else
		config_set((char **)((char *)target + key->offset), n->text);
}

static const char *
check_address(const char *text)
{
	const char *port;
	char host[ADDRESS_SIZE];

	if ((port = strrchr(text, ':')) == NULL)
		return "has no port";
	if ((size_t)(port - text) >= sizeof(host))
		return "is too long";
	memcpy(host, text, (size_t)(port - text));
	host[port - text] = '\0';
	if (config_port(port + 1) == 0)
		return "has no port from 1 to 65535";
	return host[0] == '\0' ? NULL : config_host(host, host, sizeof(host));
}

/* A port of digits alone (strtonum would take a sign); 0 if it is none. */
uint16_t
config_port(const char *text)
{
	const char *error;
	long long port;

	if (text[strspn(text, "0123456789")] != '\0')
		return 0;
	port = strtonum(text, 1, 65535, &error);
	return error == NULL ? (uint16_t)port : 0;
}

/* NULL, or what is wrong with the host; dst, in lower case, may be text. */
const char *
config_host(const char *text, char *dst, size_t size)
{
	struct in6_addr address;
	char inner[INET6_ADDRSTRLEN];
	size_t len = strlen(text), i;

	if (text[0] == '[') {
		if (len - 1 > sizeof(inner) || text[len - 1] != ']')
			return "has brackets around something else than an "
			    "IPv6 address";
		memcpy(inner, text + 1, len - 2);
		inner[len - 2] = '\0';
		if (inet_pton(AF_INET6, inner, &address) != 1)
			return "has brackets around something else than an "
			    "IPv6 address";
		if (inet_ntop(AF_INET6, &address, inner, sizeof(inner)) == NULL)
			fatal("inet_ntop");
		return (size_t)snprintf(dst, size, "[%s]", inner) >= size ?
		    "is too long" : NULL;
	}
	if (strchr(text, ':') != NULL)
		return "has an IPv6 address without brackets around it";
	if (len >= size)
		return "is too long";
	for (i = 0; i < len; i++) {
		if (!isalnum((unsigned char)text[i]) &&
		    strchr("-._", text[i]) == NULL)
			return "has a host name with other characters than "
			    "letters, digits, dots and dashes";
		dst[i] = (char)tolower((unsigned char)text[i]);
	}
	dst[len] = '\0';
	return NULL;
}

void
config_take_url_path(struct loader *l, const struct node *n,
    const struct key *key, void *target)
{
	const char *text;

	if ((text = value_text(l, n)) == NULL)
		return;
	if (text[0] != '/')
		config_wrong(l, n, "must begin with a /");
	else if (strlen(text) >= PATH_SIZE)
		config_wrong(l, n, "is too long; %d bytes are the most",
		    PATH_SIZE - 1);
	else if (!config_is_url_path(text))
		config_wrong(l, n, "may hold no spaces, no ? or #, and of "
		    "other characters than ASCII only the %%XX form");
	else
		config_set((char **)((char *)target + key->offset), text);
}

/* What may stand in a URL behind the host. */
bool
config_is_url_path(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text <= ' ' || *text >= 0x7f ||
		    strchr("?#\\\"<>", *text) != NULL)
			return false;
	return true;
}

/* A path from a directory; NULL, or what is wrong with it. */
const char *
config_path(const char *directory, const char *path, char dst[PATH_SIZE])
{
	char safe[PATH_SIZE];

	while (strncmp(path, "./", 2) == 0)
		path += 2;
	if (path[0] == '\0' || path[strlen(path) - 1] == '/')
		return "must be the path of a file, not of a directory";
	if (path[0] == '/' ? strlcpy(dst, path, PATH_SIZE) >= PATH_SIZE :
	    (size_t)snprintf(dst, PATH_SIZE, "%s/%s",
	    strcmp(directory, "/") == 0 ? "" : directory, path) >= PATH_SIZE)
		return "is too long; 1023 bytes are the most";
	text_safe(safe, sizeof(safe), dst);
	if (strcmp(safe, dst) != 0)
		return "holds control characters; remove them";
	return NULL;
}

/*
 * Users have it relative to where they start the program, unlike the keys that
 * are ours, which are relative to the configuration file.
 */
void
config_take_path(struct loader *l, const struct node *n,
    const struct key *key, void *target)
{
	const char *text, *wrong, *directory = l->config->started_in;
	char path[PATH_SIZE];

	if ((text = value_text(l, n)) == NULL)
		return;
	if (text[0] != '/' && directory[0] == '\0')
		wrong = "must begin with a /, as the current directory is "
		    "not known";
	else
		wrong = config_path(directory, text, path);
	if (wrong != NULL)
		config_wrong(l, n, "%s", wrong);
	else
		config_set((char **)((char *)target + key->offset), path);
}
