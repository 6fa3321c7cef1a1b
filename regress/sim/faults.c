/*
 * Faults on request: which request meets which, and those that stand instead
 * of an answer.  Those that bend an answer are done where it is made
 * (answer.c, items.c, user_items.c).
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "answer.h"
#include "catalogue.h"
#include "faults.h"
#include "memory.h"
#include "sim.h"

#define FOREVER		(-1)
#define DEEP		100000		/* levels, if bytes= does not say */

struct fault_rule {
	TAILQ_ENTRY(fault_rule)	 entry;
	struct fault		 fault;
	char			*method;	/* NULL: any, and so on */
	char			*path;		/* how it begins */
	char			*user;		/* name */
	char			*request;	/* kind, as in the counts */
	int64_t			 skip;
	int64_t			 count;
	int64_t			 per_mille;	/* probability */
};

static const char *const kinds[FAULT_KIND_COUNT] = {
	[FAULT_NONE] = "none",
	[FAULT_STATUS] = "status",
	[FAULT_REFUSE] = "refuse",
	[FAULT_CUT_BEFORE] = "cut-before",
	[FAULT_HANG] = "hang",
	[FAULT_GARBAGE] = "garbage",
	[FAULT_DEEP_JSON] = "deep-json",
	[FAULT_ENDLESS] = "endless",
	[FAULT_LOCKED] = "locked",
	[FAULT_503] = "503",
	[FAULT_503_RETRY_AFTER] = "503-retry-after",
	[FAULT_REDIRECT] = "redirect",
	[FAULT_CUT_AFTER] = "cut-after",
	[FAULT_DOWN_AFTER] = "down-after",
	[FAULT_CUT_BODY] = "cut-body",
	[FAULT_SLOW] = "slow",
	[FAULT_DELAY] = "delay",
	[FAULT_HOLD] = "hold",
	[FAULT_SHORT_PAGE] = "short-page",
	[FAULT_REPEAT_PAGE] = "repeat-page",
	[FAULT_EMPTY_LIST] = "empty-list",
	[FAULT_WRONG_TOTAL] = "wrong-total",
	[FAULT_STALE] = "stale",
	[FAULT_IGNORED] = "ignored",
};

static void	rule_free(struct fault_rule *);
static bool	matches(const struct fault_rule *, const struct request *);
static bool	about_user(const struct request *, const char *);
static int	number(const struct http_request *, const char *, int64_t,
		    int64_t *);
static void	obey_status(struct request *);
static void	obey_cut(struct request *);
static void	obey_hang(struct request *);
static void	obey_garbage(struct request *);
static void	obey_deep(struct request *);
static void	obey_endless(struct request *);
static void	obey_locked(struct request *);
static void	obey_503(struct request *);
static void	obey_redirect(struct request *);
static bool	endless_more(void *, struct json_out *);
static bool	endless_items(void *, struct json_out *);
static bool	endless_users(void *, struct json_out *);

void
faults_init(struct faults *faults)
{
	memset(faults, 0, sizeof(*faults));
	TAILQ_INIT(&faults->rules);
}

static void
rule_free(struct fault_rule *rule)
{
	free(rule->fault.body);
	free(rule->fault.type);
	free(rule->method);
	free(rule->path);
	free(rule->user);
	free(rule->request);
	free(rule);
}

void
faults_clear(struct faults *faults)
{
	struct fault_rule *rule;

	while ((rule = TAILQ_FIRST(&faults->rules)) != NULL) {
		TAILQ_REMOVE(&faults->rules, rule, entry);
		rule_free(rule);
	}
}

static int
number(const struct http_request *http, const char *name, int64_t otherwise,
    int64_t *value)
{
	const char *text = http_query(http, name), *error = NULL;

	*value = otherwise;
	if (text != NULL)
		*value = strtonum(text, -1, INT64_C(1) << 50, &error);
	return error == NULL ? 0 : -1;
}

const char *
faults_add(struct faults *faults, const struct http_request *http)
{
	const char *kind = http_query(http, "kind"), *error;
	struct fault_rule *rule = memory_zeroed(1, sizeof(*rule));
	struct fault *fault = &rule->fault;
	int64_t status;

	rule->method = memory_copy(http_query(http, "method"));
	rule->path = memory_copy(http_query(http, "path"));
	rule->user = memory_copy(http_query(http, "user"));
	rule->request = memory_copy(http_query(http, "request"));
	fault->body = memory_copy(http_query(http, "body"));
	fault->type = memory_copy(http_query(http, "type"));
	error = "no such kind";
	for (fault->kind = 1; fault->kind < FAULT_KIND_COUNT; fault->kind++)
		if (kind != NULL && strcmp(kinds[fault->kind], kind) == 0)
			break;
	if (fault->kind == FAULT_KIND_COUNT)
		goto fail;
	error = "no such request";
	if (rule->request != NULL &&
	    counts_kind(rule->request) == REQUEST_KIND_COUNT)
		goto fail;
	error = "not a number";
	if (number(http, "status", 500, &status) == -1 ||
	    number(http, "bytes", 0, &fault->bytes) == -1 ||
	    number(http, "ms", 0, &fault->milliseconds) == -1 ||
	    number(http, "total", 0, &fault->total) == -1 ||
	    number(http, "after", 0, &rule->skip) == -1 ||
	    number(http, "count", FOREVER, &rule->count) == -1 ||
	    number(http, "probability", 1000, &rule->per_mille) == -1)
		goto fail;
	fault->status = (int)status;
	TAILQ_INSERT_TAIL(&faults->rules, rule, entry);
	return NULL;
fail:
	rule_free(rule);
	return error;
}

static bool
about_user(const struct request *request, const char *name)
{
	const char *id = request_query(request, "userId");
	struct jellyfin_id parsed;
	const struct user *user = request->caller.user;

	if (id != NULL && jellyfin_id_parse(id, &parsed) == 0)
		user = users_by_id(&request->sim->users, &parsed);
	return user != NULL && strcasecmp(user->name, name) == 0;
}

static bool
matches(const struct fault_rule *rule, const struct request *request)
{
	return (rule->method == NULL ||
	    strcasecmp(rule->method, request->http->method) == 0) &&
	    (rule->path == NULL || strncasecmp(rule->path, request->path,
	    strlen(rule->path)) == 0) &&
	    (rule->request == NULL || strcmp(rule->request,
	    counts_kind_name(request->kind)) == 0) &&
	    (rule->user == NULL || about_user(request, rule->user));
}

void
faults_take(struct faults *faults, const struct request *request,
    struct fault *fault)
{
	struct fault_rule *rule;

	memset(fault, 0, sizeof(*fault));
	TAILQ_FOREACH(rule, &faults->rules, entry) {
		if (rule->count == 0 || !matches(rule, request))
			continue;
		if (rule->skip > 0) {
			rule->skip--;
			continue;
		}
		if ((int64_t)(mix(request->sim->options.library.seed, 600,
		    faults->drawn++) % 1000) >= rule->per_mille)
			continue;
		if (rule->count > 0)
			rule->count--;
		*fault = rule->fault;
		fault->body = memory_copy(rule->fault.body);
		fault->type = memory_copy(rule->fault.type);
		return;
	}
}

static void
obey_status(struct request *request)
{
	answer_text(request, request->fault.status,
	    request->fault.type != NULL ? request->fault.type : "text/plain",
	    request->fault.body != NULL ? request->fault.body : "");
}

static void
obey_cut(struct request *request)
{
	http_hang_up(request->http, request->fault.kind == FAULT_REFUSE);
}

static void
obey_hang(struct request *request)
{
	/* Nothing, until the client gives up. */
	(void)request;
}

static void
obey_garbage(struct request *request)
{
	answer_text(request, 200, request->fault.type != NULL ?
	    request->fault.type : "application/json; charset=utf-8",
	    request->fault.body != NULL ? request->fault.body :
	    "{\"Items\":[{\"Id\":\x01\xff\xfe,]}\xc3\x28 <html>");
}

static void
obey_deep(struct request *request)
{
	struct json_out out;
	int64_t depth = request->fault.bytes > 0 ? request->fault.bytes : DEEP;
	int64_t i;

	json_out_init(&out, true);
	out_literal(&out, "{\"Items\":[{\"Id\":");
	for (i = 0; i < depth; i++)
		out_literal(&out, "[");
	for (i = 0; i < depth; i++)
		out_literal(&out, "]");
	out_literal(&out, "}],\"TotalRecordCount\":1,\"StartIndex\":0}");
	answer_json(request, &out);
	json_out_free(&out);
}

static bool
endless_more(void *arg, struct json_out *out)
{
	uint64_t *sent = arg;
	struct jellyfin_id id;
	int i;

	memset(&id, 0, sizeof(id));
	for (i = 0; i < 100; i++, (*sent)++) {
		if (*sent > 0)
			out_literal(out, ",");
		memcpy(id.bytes, sent, sizeof(*sent));
		out_literal(out, "{\"Name\":\"Once More\",\"Id\":");
		out_id(out, &id);
		out_literal(out, ",\"Type\":\"Movie\",\"ProviderIds\":{},"
		    "\"UserData\":{\"Played\":false,\"PlayCount\":0,"
		    "\"PlaybackPositionTicks\":0,\"IsFavorite\":false}}");
	}
	return true;
}

static bool
endless_items(void *arg, struct json_out *out)
{
	const uint64_t *sent = arg;

	if (*sent == 0)
		out_literal(out, "{\"Items\":[");
	return endless_more(arg, out);
}

/* Users are a bare array; each of the items has a name and an id, too. */
static bool
endless_users(void *arg, struct json_out *out)
{
	const uint64_t *sent = arg;

	if (*sent == 0)
		out_literal(out, "[");
	return endless_more(arg, out);
}

static void
obey_endless(struct request *request)
{
	answer_stream(request, request->kind == REQUEST_USERS ?
	    endless_users : endless_items, free,
	    memory_zeroed(1, sizeof(uint64_t)));
}

static void
obey_locked(struct request *request)
{
	answer_text(request, 500, "text/plain",
	    "SQLite Error 5: 'database is locked'.");
}

static void
obey_503(struct request *request)
{
	if (request->fault.kind == FAULT_503_RETRY_AFTER)
		http_answer_header(request->http, "Retry-After", "005");
	answer_text(request, 503, "text/html",
	    "<html>Service Unavailable</html>");
}

static void
obey_redirect(struct request *request)
{
	http_answer_header(request->http, "Location", "/web/index.html");
	answer_empty(request, 302);
}

bool
faults_obey(struct request *request)
{
	static void (*const obey[FAULT_KIND_COUNT])(struct request *) = {
		[FAULT_STATUS] = obey_status,
		[FAULT_REFUSE] = obey_cut,
		[FAULT_CUT_BEFORE] = obey_cut,
		[FAULT_HANG] = obey_hang,
		[FAULT_GARBAGE] = obey_garbage,
		[FAULT_DEEP_JSON] = obey_deep,
		[FAULT_ENDLESS] = obey_endless,
		[FAULT_LOCKED] = obey_locked,
		[FAULT_503] = obey_503,
		[FAULT_503_RETRY_AFTER] = obey_503,
		[FAULT_REDIRECT] = obey_redirect,
	};

	if (obey[request->fault.kind] == NULL)
		return false;
	obey[request->fault.kind](request);
	return true;
}
