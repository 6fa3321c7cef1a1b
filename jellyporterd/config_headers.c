/*
 * Headers that somebody wants to see on each request, which may be secrets:
 * lines of "Name: value", as HTTP has them and as a file holds them; in the
 * configuration itself a mapping.  Nothing here shows a value in a message.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "config_yaml.h"

static size_t	 name_length(const char *);
static bool	 is_ours(const char *, size_t);
static const char *check_line(const char *, size_t);
static bool	 add_header(char [HEADERS_SIZE], const char *, const char *);

/* What the request says of itself. */
static const char *const ours[] = {
	"accept", "accept-encoding", "connection", "content-encoding",
	"content-length", "content-type", "expect", "host",
	"transfer-encoding", "user-agent"
};

static size_t
name_length(const char *text)
{
	size_t n = 0;

	while (isalnum((unsigned char)text[n]) ||
	    (text[n] != '\0' && strchr("-_.", text[n]) != NULL))
		n++;
	return n;
}

static bool
is_ours(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		if (strlen(ours[i]) == len &&
		    strncasecmp(ours[i], name, len) == 0)
			return true;
	}
	return false;
}

static const char *
check_line(const char *line, size_t len)
{
	size_t name = name_length(line), i;

	if (name == 0 || line[name] != ':' || line[name + 1] != ' ')
		return "holds a line that is no header; write Name: value, "
		    "with a name of letters, digits, - and _";
	if (is_ours(line, name))
		return "is a header that each request has already; remove it";
	if (name + 2 >= len || line[name + 2] == ' ' || line[len - 1] == ' ')
		return "has a value that is empty, or begins or ends with a "
		    "space";
	for (i = 0; i < len; i++) {
		if (line[i] < ' ' || line[i] > '~')
			return "has a value of other characters than those of "
			    "ASCII that can be printed";
	}
	return NULL;
}

const char *
config_check_headers(const char *text)
{
	const char *wrong;
	size_t len;

	do {
		len = strcspn(text, "\n");
		if ((wrong = check_line(text, len)) != NULL)
			return wrong;
		text += len;
	} while (*text++ == '\n');
	return NULL;
}

/* False if there is no room for it. */
static bool
add_header(char lines[HEADERS_SIZE], const char *name, const char *value)
{
	return (lines[0] == '\0' ||
	    strlcat(lines, "\n", HEADERS_SIZE) < HEADERS_SIZE) &&
	    strlcat(lines, name, HEADERS_SIZE) < HEADERS_SIZE &&
	    strlcat(lines, ": ", HEADERS_SIZE) < HEADERS_SIZE &&
	    strlcat(lines, value, HEADERS_SIZE) < HEADERS_SIZE;
}

void
config_take_headers(struct loader *l, const struct node *n,
    const struct key *key, void *target)
{
	char lines[HEADERS_SIZE] = "";
	const struct node *child;
	const char *wrong;
	size_t before;

	if (!config_is_mapping(l, n))
		return;
	TAILQ_FOREACH(child, &n->children, entry) {
		/* It may be all of a line without the space, secret and all. */
		if (child->key[name_length(child->key)] != '\0') {
			config_problem(l, false, child->key_line,
			    child->key_column, "a header's name in "
			    "telemetry.headers has other characters than "
			    "letters, digits, - and _");
			continue;
		}
		if (child->duplicate || !config_is_value(l, child))
			continue;
		before = strlen(lines);
		if (!add_header(lines, child->key, child->text))
			wrong = "is too long, with all those before it";
		else
			wrong = config_check_headers(lines +
			    (before == 0 ? 0 : before + 1));
		if (wrong != NULL)
			config_wrong(l, child, "%s", wrong);
	}
	if (lines[0] != '\0')
		config_set((char **)((char *)target + key->offset), lines);
	explicit_bzero(lines, sizeof(lines));
}
