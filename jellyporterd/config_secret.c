/*
 * Secrets of the configuration, in it or in files of their own: the servers'
 * keys, the webhook's token and the headers of the telemetry.  Nothing here
 * shows one in a message.
 */
#include <sys/stat.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config_yaml.h"
#include "text.h"
#include "whole_file.h"

#define SECRET_FILE_MAX	4096		/* bytes */
#define SECRET_SIZE	256		/* bytes */

_Static_assert(API_KEY_SIZE == SECRET_SIZE && TOKEN_SIZE == SECRET_SIZE &&
    HEADERS_SIZE > SECRET_SIZE, "any of them fits where the longest does");

typedef const char	*check_secret(const char *);

static check_secret	 check_key, check_token;
static const char	*too_long(const char *);
static void		 take_secret(struct loader *, const struct node *,
			    check_secret *, char **);
static void		 take_file(struct loader *, const struct node *,
			    check_secret *, char **, char **);
static bool		 credential(const char *, char [PATH_SIZE]);
static const char	*secret_of_file(const struct whole_file *, bool,
			    check_secret *, char [HEADERS_SIZE]);

void
config_take_api_key(struct loader *l, const struct node *n,
    const struct key *key, void *target)
{
	take_secret(l, n, check_key, (char **)((char *)target + key->offset));
}

void
config_take_token(struct loader *l, const struct node *n,
    const struct key *key, void *target)
{
	take_secret(l, n, check_token, (char **)((char *)target + key->offset));
}

void
config_take_api_key_file(struct loader *l, const struct node *n,
    const struct key *key, void *target)
{
	struct config_server *server = target;

	(void)key;
	take_file(l, n, check_key, &server->api_key_file, &server->api_key);
}

void
config_take_token_file(struct loader *l, const struct node *n,
    const struct key *key, void *target)
{
	struct config *config = target;

	(void)key;
	take_file(l, n, check_token, &config->webhook_token_file,
	    &config->webhook_token);
}

void
config_take_headers_file(struct loader *l, const struct node *n,
    const struct key *key, void *target)
{
	struct config *config = target;

	(void)key;
	take_file(l, n, config_check_headers, &config->otlp_headers_file,
	    &config->otlp_headers);
}

static const char *
too_long(const char *text)
{
	return strlen(text) < SECRET_SIZE ? NULL :
	    "is too long; 255 characters are the most";
}

static const char *
check_key(const char *text)
{
	const char *p;

	if (text[0] == '\0')
		return "is empty; put the server's API key there";
	for (p = text; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p))
			return "may hold letters and digits only; copy the key "
			    "again from the server's dashboard";
	return too_long(text);
}

/* What may stand behind "Bearer" (RFC 6750). */
static const char *
check_token(const char *text)
{
	const char *p;

	if (text[0] == '\0')
		return "is empty; put a token there or remove it";
	for (p = text; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) &&
		    strchr("-._~+/=", *p) == NULL)
			return "may hold letters, digits and -._~+/= only";
	return too_long(text);
}

static void
take_secret(struct loader *l, const struct node *n, check_secret *check,
    char **secret)
{
	const char *wrong;

	if (!config_is_value(l, n))
		return;
	if ((wrong = check(n->text)) != NULL)
		config_wrong(l, n, "%s", wrong);
	else
		config_set(secret, n->text);
}

/*
 * What a service manager hands over to us alone: systemd's LoadCredential.  A
 * directory's file stands there with a _ for the /.
 */
static bool
credential(const char *text, char path[PATH_SIZE])
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");
	char name[PATH_SIZE], *slash;

	while (strncmp(text, "./", 2) == 0)
		text += 2;
	if (directory == NULL || text[0] == '/' ||
	    strlcpy(name, text, sizeof(name)) >= sizeof(name))
		return false;
	while ((slash = strchr(name, '/')) != NULL)
		*slash = '_';
	return config_path(directory, name, path) == NULL &&
	    access(path, F_OK) == 0;
}

/* The file is read here, since no child may read it later. */
static void
take_file(struct loader *l, const struct node *n, check_secret *check,
    char **name, char **secret)
{
	struct whole_file file;
	char path[PATH_SIZE], text[HEADERS_SIZE];
	const char *wrong;
	bool handed_over;

	if (!config_is_value(l, n))
		return;
	handed_over = credential(n->text, path);
	if (!handed_over &&
	    (wrong = config_path(l->directory, n->text, path)) != NULL) {
		config_wrong(l, n, "%s", wrong);
		return;
	}
	wrong = whole_file_read(path, SECRET_FILE_MAX, &file);
	if (wrong != NULL) {
		config_wrong(l, n, "(%s) cannot be read: %s", path, wrong);
		return;
	}
	if ((wrong = secret_of_file(&file, handed_over, check, text)) != NULL)
		config_wrong(l, n, "(%s) %s", path, wrong);
	else {
		config_set(name, path);
		config_set(secret, text);
	}
	explicit_bzero(text, sizeof(text));
	whole_file_free(&file);
}

static const char *
secret_of_file(const struct whole_file *file, bool handed_over,
    check_secret *check, char secret[HEADERS_SIZE])
{
	const char *text = file->bytes;

	/* Some editors begin every file with a byte order mark. */
	if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3;
	/* A credential's mode shows the mask of its access control list. */
	if (!handed_over && (file->mode & (S_IRWXG | S_IRWXO)) != 0)
		return "is open to others than its owner; chmod 600 it";
	if (strlen(file->bytes) != file->len)
		return "is not text; put nothing else there";
	if (text_trim(secret, HEADERS_SIZE, text) == -1)
		return "is too long; is it the right one?";
	return check(secret);
}
