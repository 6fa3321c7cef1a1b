/* The configuration, with comments for whoever opens it next. */
#include <string.h>

#include "init_text.h"
#include "text.h"

static void	 print_server(FILE *, const struct init_server *, bool);
static void	 print_people(FILE *, const struct init_server *);
static bool	 is_first(const struct init_server *, size_t);
static const char *person_of(const struct init_user *);
static void	 print_quoted(FILE *, const char *);

static const char head[] =
	"# jellyporter: the same playback data on all of your Jellyfin "
	    "servers.\n"
	"#\n"
	"# Made by \"jellyporterctl init\".  jellyporter.yaml(5) and\n"
	"# config.example.yaml have all that may stand here.  After a change:\n"
	"#\n"
	"#   jellyporterd -n          says what is wrong with it\n"
	"#   jellyporterctl reload    has a running jellyporterd read it again\n"
	"#\n"
	"# The indentation matters: spaces, never tabs.\n"
	"\n"
	"# One entry for each server, by a name of your choice, which it also "
	    "has in the\n"
	"# database: under another name it is another server.\n"
	"clients:\n";
static const char tail[] =
	"# Servers are looked at this often for what changed, and read in full "
	    "this\n"
	"# often; minutes.\n"
	"sync_interval_mins: 5\n"
	"full_sync_interval_mins: 360\n";

void
init_text_print(FILE *f, const struct init_request *request, bool people)
{
	size_t i;

	fputs(head, f);
	for (i = 0; i < request->n_servers; i++)
		print_server(f, &request->servers[i], people);
	fputs(tail, f);
}

static void
print_server(FILE *f, const struct init_server *server, bool people)
{
	fprintf(f, "  %s:\n    url: ", server->name);
	print_quoted(f, server->url);
	if (people)
		print_people(f, server);
	else {
		fprintf(f, "\n    # The user there; all of these together are "
		    "one person.\n    user: ");
		print_quoted(f, server->users[0].name);
	}
	fprintf(f, "\n    # The API key is in that file, beside this one, for "
	    "its owner alone.\n"
	    "    api_key_file: keys/%s\n"
	    "    # plan: looked at only, and \"jellyporterctl plan\" shows what "
	    "would be.\n"
	    "#    mode: plan\n\n", server->name);
}

/* A person may be several users of a server. */
static void
print_people(FILE *f, const struct init_server *server)
{
	const char *person;
	const char *separator;
	size_t i, j;

	fprintf(f, "\n    # Each person, with the names that he or she has "
	    "there.\n    users:");
	for (i = 0; i < server->n_users; i++) {
		if (!is_first(server, i))
			continue;
		person = person_of(&server->users[i]);
		fprintf(f, "\n      ");
		print_quoted(f, person);
		fprintf(f, ": [");
		separator = "";
		for (j = i; j < server->n_users; j++) {
			if (!text_same_name(person_of(&server->users[j]),
			    person))
				continue;
			fputs(separator, f);
			print_quoted(f, server->users[j].name);
			separator = ", ";
		}
		putc(']', f);
	}
}

static bool
is_first(const struct init_server *server, size_t user)
{
	size_t i;

	for (i = 0; i < user; i++) {
		if (text_same_name(person_of(&server->users[i]),
		    person_of(&server->users[user])))
			return false;
	}
	return true;
}

static const char *
person_of(const struct init_user *user)
{
	return user->person[0] == '\0' ? user->name : user->person;
}

/* A name may look like a number, a comment or anything else. */
static void
print_quoted(FILE *f, const char *text)
{
	const char *p;

	putc('"', f);
	for (p = text; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			putc('\\', f);
		putc(*p, f);
	}
	putc('"', f);
}
