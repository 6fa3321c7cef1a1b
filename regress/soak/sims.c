/* The simulated servers: started anew for each history, steered by HTTP. */
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "soak.h"
#include "text.h"

#define CATALOGUE	"15"	/* two series, and movies between them */
#define START_WAIT	3000	/* times 10 ms */

struct body {
	char	*data;
	size_t	 length;
};

static void	start(struct soak *, int, uint64_t);
static bool	read_address(const char *, const char *, char *, size_t);
static size_t	take(char *, size_t, size_t, void *);

static const struct {
	const char	*name;
	const char	*version;
	bool		 before_12;
	const char	*first;		/* of forty numbers of the catalogue */
} sims[SERVERS] = {
	{ "attic", "10.9.11", true, "0" },
	{ "cellar", "10.11.11", true, "5" },
	{ "den", "12.0.0", false, "10" }
};

/* Whatever becomes of the test, nothing that it started stays. */
void
end_with_parent(void)
{
#ifdef __linux__
	prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
}

static void
start(struct soak *w, int k, uint64_t seed)
{
	struct server *s = &w->servers[k];
	char out[300], number[24];
	pid_t pid;
	int fd;

	s->name = sims[k].name;
	s->version = sims[k].version;
	s->before_12 = sims[k].before_12;
	snprintf(out, sizeof(out), "%s/%s.out", w->dir, s->name);
	unlink(out);
	snprintf(number, sizeof(number), "%llu",
	    (unsigned long long)(seed % 1000 * 3 + (uint64_t)k + 1));
	if ((pid = vfork()) == -1)
		soak_die("vfork: %s", strerror(errno));
	if (pid != 0) {
		s->pid = pid;
		return;
	}
	if ((fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600)) == -1 ||
	    dup2(fd, STDOUT_FILENO) == -1 || dup2(fd, STDERR_FILENO) == -1)
		_exit(1);
	closefrom(STDERR_FILENO + 1);
	end_with_parent();
	execl(w->sim_program, "jellyfin-sim", "--version", s->version,
	    "--name", s->name, "--catalogue", CATALOGUE, "--items", "40",
	    "--first", sims[k].first, "--seed", number,
	    "--key", "0123456789abcdef", "--user", "alice:a",
	    "--user", "bob:b", "--user", "kids:k", "--copies", "250",
	    "--double-episodes", "80", "--no-ids", "60", "--one-id", "100",
	    "--unicode", "50", "--port", "0", "--control-port", "0",
	    (char *)NULL);
	_exit(1);
}

static bool
read_address(const char *text, const char *before, char *to, size_t size)
{
	const char *p = strstr(text, before);
	size_t length;

	if (p == NULL)
		return false;
	p += strlen(before);
	length = strcspn(p, "\n");
	if (p[length] != '\n' || length >= size)
		return false;
	memcpy(to, p, length);
	to[length] = '\0';
	return true;
}

void
sims_start(struct soak *w, uint64_t seed)
{
	const struct timespec tick = { 0, 10000000 };
	char path[300], text[1024];
	struct server *s;
	ssize_t n;
	int fd, k, tries;

	for (k = 0; k < SERVERS; k++)
		start(w, k, seed);
	for (k = 0; k < SERVERS; k++) {
		s = &w->servers[k];
		snprintf(path, sizeof(path), "%s/%s.out", w->dir, s->name);
		for (tries = 0; tries < START_WAIT; tries++) {
			n = 0;
			if ((fd = open(path, O_RDONLY)) != -1) {
				n = read(fd, text, sizeof(text) - 1);
				close(fd);
			}
			text[n > 0 ? n : 0] = '\0';
			if (read_address(text, "listening on ", s->address,
			    sizeof(s->address)) &&
			    read_address(text, "control on ", s->control,
			    sizeof(s->control)))
				break;
			nanosleep(&tick, NULL);
		}
		if (tries == START_WAIT)
			soak_die("%s does not start: %s", s->name, text);
		sim_tell(w, k, "/writes");
	}
}

void
sims_stop(struct soak *w)
{
	struct server *s;
	int k, status;

	for (k = 0; k < SERVERS; k++) {
		if (w->servers[k].pid > 0)
			kill(w->servers[k].pid, SIGTERM);
	}
	for (k = 0; k < SERVERS; k++) {
		s = &w->servers[k];
		if (s->pid > 0 && waitpid(s->pid, &status, 0) == s->pid &&
		    status != 0)
			broken(w->verdict, SOUNDNESS, "simulator %s ended "
			    "with status %d", s->name, status);
		s->pid = 0;
	}
}

static size_t
take(char *data, size_t size, size_t n, void *arg)
{
	struct body *body = arg;
	char *grown = realloc(body->data, body->length + size * n + 1);

	if (grown == NULL)
		return 0;
	memcpy(grown + body->length, data, size * n);
	body->data = grown;
	body->length += size * n;
	body->data[body->length] = '\0';
	return size * n;
}

static struct json_object *
ask(struct soak *w, int k, const char *method, const char *path)
{
	struct body body = { NULL, 0 };
	struct json_object *answer;
	char url[512];
	CURLcode code;
	long status = 0;

	snprintf(url, sizeof(url), "http://%s%s", w->servers[k].control, path);
	curl_easy_setopt(w->curl, CURLOPT_URL, url);
	curl_easy_setopt(w->curl, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(w->curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(w->curl, CURLOPT_WRITEDATA, &body);
	curl_easy_setopt(w->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(w->curl, CURLOPT_TIMEOUT, 60L);
	code = curl_easy_perform(w->curl);
	curl_easy_getinfo(w->curl, CURLINFO_RESPONSE_CODE, &status);
	if (code != CURLE_OK || status != 200 || body.data == NULL ||
	    (answer = json_tokener_parse(body.data)) == NULL)
		soak_die("%s: %s %s: %s, status %ld: %s", w->servers[k].name,
		    method, path, curl_easy_strerror(code), status,
		    body.data == NULL ? "" : body.data);
	free(body.data);
	return answer;
}

struct json_object *
sim_ask(struct soak *w, int k, const char *method, const char *fmt, ...)
{
	char path[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	return ask(w, k, method, path);
}

void
sim_tell(struct soak *w, int k, const char *fmt, ...)
{
	char path[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	json_object_put(ask(w, k, "POST", path));
}

const char *
sim_text(struct json_object *object, const char *name)
{
	struct json_object *value;
	const char *text = NULL;

	if (json_object_object_get_ex(object, name, &value) && value != NULL)
		text = json_object_get_string(value);
	return text == NULL ? "" : text;
}

int64_t
sim_number(struct json_object *object, const char *name)
{
	struct json_object *value;

	return json_object_object_get_ex(object, name, &value) ?
	    json_object_get_int64(value) : 0;
}

bool
sim_bool(struct json_object *object, const char *name)
{
	struct json_object *value;

	return json_object_object_get_ex(object, name, &value) &&
	    json_object_get_boolean(value);
}

void
sim_userdata(struct json_object *object, struct userdata *u)
{
	const char *date = sim_text(object, "LastPlayedDate");

	memset(u, 0, sizeof(*u));
	u->played = sim_bool(object, "Played");
	u->position = sim_number(object, "PlaybackPositionTicks");
	u->play_count = (int32_t)sim_number(object, "PlayCount");
	u->favorite = sim_bool(object, "IsFavorite");
	if (*date != '\0' && text_parse_time(date, strlen(date),
	    &u->last_played) == -1)
		soak_die("no date: %s", date);
}
