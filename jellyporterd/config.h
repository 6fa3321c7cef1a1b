/*
 * The configuration: structs, defaults and checks.  config_yaml.c fills them
 * from YAML.  Built as a whole beside the one in use; nothing here is global.
 */
#ifndef JELLYPORTERD_CONFIG_H
#define JELLYPORTERD_CONFIG_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "message.h"

#define CONFIG_PATH		"/etc/jellyporter/config.yaml"

struct config_user {			/* one endpoint */
	TAILQ_ENTRY(config_user)	 entry;
	char				*person;
	char				*name;	/* on this server, trimmed */
};

struct config_library {
	TAILQ_ENTRY(config_library)	 entry;
	char				*name;
	bool				 exclude;
};

struct config_tls {
	char				*ca_file;	/* or NULL */
	char				*ca;	/* its text, or NULL */
	bool				 verify;
};

struct config_server {			/* one of "clients" */
	TAILQ_ENTRY(config_server)	 entry;
	char				*name;
	char				*url;	/* no trailing slash */
	char				*user;	/* the short form, or NULL */
	char				*person;	/* of the short form */
	char				*api_key;
	char				*api_key_file;	/* or NULL */
	char				*proxy;	/* a url, or NULL */
	struct config_tls		 tls;
	enum direction			 direction;
	bool				 plan_only;	/* mode: plan */
	uint32_t			 timeout;	/* seconds */
	uint32_t			 page_size;	/* items, 0: all */
	TAILQ_HEAD(, config_user)	 users;
	TAILQ_HEAD(, config_library)	 libraries;
	int				 line;	/* where it stands */
	int				 column;
};

struct config {
	char				*file;		/* absolute */
	char				*started_in;	/* a directory */
	char				*database_path;
	TAILQ_HEAD(, config_server)	 servers;
	char				*webhook_addr;	/* or NULL: none */
	char				*webhook_path;
	char				*webhook_token;	/* or NULL: none */
	char				*webhook_token_file;	/* or NULL */
	bool				 live_off;
	uint32_t			 sessions_poll;	/* seconds; 0: off */
	uint32_t			 sync_interval;	/* minutes */
	uint32_t			 full_sync_interval;	/* minutes */
	char				*metrics_addr;	/* "": off */
	char				*metrics_path;
	char				*metrics_textfile;	/* or NULL */
	char				*otlp_endpoint;	/* or NULL: none */
	char				*otlp_headers;	/* lines, or NULL */
	char				*otlp_headers_file;	/* or NULL */
	struct config_tls		 otlp_tls;
	uint32_t			 otlp_interval;	/* seconds */
	bool				 status_page;
	uint32_t			 fields;	/* enum sync_field */
	uint32_t			 match;		/* enum match_by */
	uint32_t			 guard_max_items;
	uint32_t			 guard_max_percent;
	bool				 rewatch_follow;
	uint32_t			 audit_keep_days;
	char				*control_socket;	/* or NULL */
	char				*control_group;	/* or NULL */
	bool				 log_json;
};

/* Errors and warnings as they are found: "file:line:column: message". */
struct config_report {
	FILE	*out;		/* where they go; NULL: nowhere */
	size_t	 errors;
	size_t	 warnings;
};

/* The same as text, for who shows them when all is known. */
struct config_problems {
	struct config_report	 report;
	char			*text;		/* from the end on; the caller's */
	size_t			 length;
};
void		 config_problems_begin(struct config_problems *);
void		 config_problems_end(struct config_problems *);
/* Takes the next of them off that text; NULL: there is none. */
char		*config_problems_next(char **);

/*
 * Reads and checks a file as a whole.  NULL if there is any error, each of
 * which has been reported; the caller frees what it gets.
 */
struct config	*config_load(const char *file, struct config_report *);
/*
 * The same for the file of the one in use, beside which it is built.  What can
 * be changed by a restart only is an error.
 */
struct config	*config_reload(const struct config *, struct config_report *);
void		 config_free(struct config *);		/* keys wiped */
/* The effective configuration as YAML, keys blanked out. */
void		 config_print(const struct config *, FILE *);

const struct config_server *config_server_by_name(const struct config *,
		    const char *);

#endif
