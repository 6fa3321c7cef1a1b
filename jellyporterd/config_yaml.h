/*
 * How a configuration file becomes a struct config: for the config*.c files
 * alone.  config_tree.c reads YAML into a tree of nodes, config_yaml.c takes
 * the nodes by tables of keys, config_value.c checks single values and
 * config_check.c checks them against each other (interfaces.md:
 * configuration).
 *
 * Whatever is wrong is noted with its position and goes on, so that a person
 * sees every error at once; config_load() reports them in the end.  No message
 * ever shows what stands in api_key, in token, in headers, in a file of one of
 * these or in a url.
 */
#ifndef JELLYPORTERD_CONFIG_YAML_H
#define JELLYPORTERD_CONFIG_YAML_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"

#define CONFIG_FILE_MAX		(1024 * 1024)	/* bytes */
#define CONFIG_ENDPOINTS_MAX	1000
#define CLIENT_NAME_MAX		64		/* bytes */

enum node_kind {
	NODE_VALUE,
	NODE_LIST,
	NODE_MAPPING,
	NODE_KIND_COUNT
};

TAILQ_HEAD(node_list, node);

struct node {
	TAILQ_ENTRY(node)	 entry;
	struct node_list	 children;
	const struct node	*parent;
	enum node_kind		 kind;
	char			*key;	/* in a mapping, else NULL */
	int			 key_line;	/* from 1; else as line */
	int			 key_column;
	char			*text;	/* of a value */
	bool			 none;	/* "key:" and nothing, or null */
	bool			 duplicate;	/* its key was there before */
	int			 line;
	int			 column;
};

TAILQ_HEAD(problem_list, problem);

/* An error or a warning that waits to be reported. */
struct problem {
	TAILQ_ENTRY(problem)	 entry;
	bool			 warning;
	int			 line;	/* 0: it is about the whole file */
	int			 column;
	char			*text;
};

TAILQ_HEAD(place_list, place);

/* Where an endpoint stands; in the order of the file. */
struct place {
	TAILQ_ENTRY(place)	 entry;
	struct config_server	*server;
	struct config_user	*user;
	const struct node	*node;
};

struct loader {
	const char		*file;	/* as it was given */
	char			*directory;	/* of the file; absolute */
	mode_t			 mode;	/* of the file */
	struct config		*config;	/* what is being built */
	const struct config	*running;	/* beside this one, or NULL */
	size_t			 errors;
	size_t			 warnings;
	size_t			 n_places;
	struct place_list	 places;
	struct problem_list	 problems;	/* by position */
};

/* What a key of a mapping means: a row of the tables of config_yaml.c. */
struct key {
	const char		*name;
	/* Checks the value and stores it, or notes what is wrong with it. */
	void			(*take)(struct loader *, const struct node *,
				    const struct key *, void *target);
	size_t			 offset;	/* of the field in target */
	long long		 min;		/* numbers */
	long long		 max;
	const char		*const *words;	/* what may be chosen from */
	size_t			 n_words;
	const struct key	*keys;		/* of a mapping below */
	size_t			 n_keys;
};

/* config.c: allocation that cannot fail, and the notes. */
char	*config_copy(const char *);
void	 config_set(char **, const char *);	/* frees what was there */
void	 config_problem(struct loader *, bool warning, int line, int column,
	    const char *, ...) __attribute__((__format__(printf, 5, 6)));
/* An error at a node's value or at its key; the text follows the key's path. */
void	 config_wrong(struct loader *, const struct node *, const char *, ...)
	    __attribute__((__format__(printf, 3, 4)));
void	 config_wrong_key(struct loader *, const struct node *, const char *,
	    ...) __attribute__((__format__(printf, 3, 4)));

/*
 * config_tree.c: NULL, with the reason noted, if it is not YAML or not of the
 * kind that a configuration needs (one document, no tags, bounded).  A value's
 * alias becomes a copy of that value.
 */
struct node	*config_tree_read(struct loader *, const char *, size_t);
void		 config_tree_free(struct node *);	/* texts wiped */
const struct node *config_node_child(const struct node *, const char *key);
#define NODE_PATH_SIZE	1280
/* "clients.NAME.url", safe to print; "" for the root. */
void		 config_node_path(const struct node *, char [NODE_PATH_SIZE]);
/*
 * A key as it may be shown.  False if a part had to go: "{api_key:0123}" lacks
 * a space, and all of it is one key; or a server's key stands in its place.
 */
#define NODE_KEY_SIZE	72
bool		 config_key_text(const char *, char [NODE_KEY_SIZE]);

/*
 * config_value.c, config_server.c, config_control.c, config_secret.c and
 * config_headers.c: the target's field has the type in parentheses.
 */
#define TAKE(name)							\
	void	config_take_##name(struct loader *, const struct node *, \
		    const struct key *, void *)
TAKE(number);		/* uint32_t; 0 if it is wrong */
TAKE(flag);		/* bool */
TAKE(direction);	/* enum direction */
TAKE(choice);		/* bool: is it the second of two words? */
TAKE(set);		/* uint32_t, a bit for each of the words */
TAKE(name);		/* char * */
TAKE(url);		/* char *; normalised */
TAKE(proxy);		/* char *; normalised */
TAKE(address);		/* char *; may be "" */
TAKE(url_path);		/* char * */
TAKE(path);		/* char *; absolute */
TAKE(socket);		/* char *; absolute */
TAKE(group);		/* char * */
TAKE(api_key);		/* char * */
TAKE(api_key_file);	/* struct config_server */
TAKE(ca_file);		/* struct config_tls */
TAKE(token);		/* char * */
TAKE(token_file);	/* struct config */
TAKE(endpoint);		/* char *; normalised */
TAKE(headers);		/* char *; lines */
TAKE(headers_file);	/* struct config */

/* Words of the configuration; config_value.c. */
#define CONFIG_FIELD_COUNT	5
#define CONFIG_MATCH_COUNT	3
#define CONFIG_CHOICES		2
extern const char *const config_directions[DIRECTION_COUNT];
extern const char *const config_modes[CONFIG_CHOICES];	/* by plan_only */
extern const char *const config_rewatches[CONFIG_CHOICES];	/* by rewatch_follow */
extern const char *const config_lives[CONFIG_CHOICES];	/* by live_off */
extern const char *const config_log_formats[CONFIG_CHOICES];	/* by log_json */
extern const char *const config_fields[CONFIG_FIELD_COUNT];	/* by bit */
extern const char *const config_matches[CONFIG_MATCH_COUNT];	/* by bit */

/* True if it is a single value that is there; else that is noted. */
bool	 config_is_value(struct loader *, const struct node *);
bool	 config_is_list(struct loader *, const struct node *);
/* The same for a mapping, which may also be left without anything below. */
bool	 config_is_mapping(struct loader *, const struct node *);
/* Lines of headers, "Name: value" each; NULL, or what is wrong with them. */
const char *config_check_headers(const char *);
/* These put a normal form into dst; NULL, or what is wrong with the text. */
const char *config_name(const char *, char dst[NAME_SIZE]);
const char *config_host(const char *, char *dst, size_t);
const char *config_path(const char *directory, const char *,
	    char dst[PATH_SIZE]);
uint16_t config_port(const char *);	/* 0: it is none */
bool	 config_is_url_path(const char *);

/* config_yaml.c: fills loader->config and loader->places from the tree. */
void	 config_from_tree(struct loader *, const struct node *root);

/* config_check.c: the rules that take more than one value. */
void	 config_check(struct loader *, const struct node *root);
/* What the running one has must stay. */
void	 config_check_running(struct loader *, const struct node *root);

#endif
