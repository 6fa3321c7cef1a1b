/*
 * The phases of a server's start: refused, unavailable, the other web server
 * that says it is not set up, refused again, loading, ready.
 */
#include <err.h>
#include <string.h>
#include <strings.h>

#include "answer.h"
#include "handlers.h"
#include "sim.h"
#include "startup.h"

static bool	answer_refused(struct request *);
static bool	answer_unavailable(struct request *);
static bool	answer_not_set_up(struct request *);
static bool	answer_loading(struct request *);
static void	enter(struct sim *, size_t);
static void	next(evutil_socket_t, short, void *);

static const struct {
	double	 share;			/* of the time */
	bool	 refused;
	bool	(*answer)(struct request *);
} phases[] = {
	{ 0, false, NULL },		/* ready */
	{ 0.15, true, answer_refused },
	{ 0.2, false, answer_unavailable },
	{ 0.15, false, answer_not_set_up },
	{ 0.15, true, answer_refused },
	{ 0.35, false, answer_loading },
};

#define N_PHASES	(sizeof(phases) / sizeof(phases[0]))

static void
enter(struct sim *sim, size_t phase)
{
	struct startup *startup = &sim->startup;
	double seconds = startup->seconds * phases[phase].share;
	struct timeval tv;

	startup->phase = phase;
	if (phases[phase].refused) {
		sockets_cut(sim);
		http_server_down(sim->http);
	} else if (http_server_up(sim->http) == -1)
		err(1, "listen on port %u", http_server_port(sim->http));
	if (phase == 0)
		return;
	tv.tv_sec = (time_t)seconds;
	tv.tv_usec = (suseconds_t)((seconds - (double)tv.tv_sec) * 1000000);
	if (evtimer_add(startup->timer, &tv) == -1)
		errx(1, "evtimer_add");
}

static void
next(evutil_socket_t fd, short events, void *arg)
{
	struct sim *sim = arg;

	(void)fd;
	(void)events;
	enter(sim, (sim->startup.phase + 1) % N_PHASES);
}

void
startup_begin(struct sim *sim, double seconds)
{
	if (sim->startup.timer == NULL &&
	    (sim->startup.timer = evtimer_new(sim->base, next, sim)) == NULL)
		errx(1, "evtimer_new");
	sim->startup.seconds = seconds;
	enter(sim, 1);
}

void
startup_end(struct sim *sim)
{
	sim->startup.phase = 0;
	if (sim->startup.timer != NULL)
		event_free(sim->startup.timer);
	sim->startup.timer = NULL;
}

void
startup_down(struct sim *sim)
{
	startup_end(sim);
	sockets_cut(sim);
	http_server_down(sim->http);
}

/* Nothing can arrive; what was under way gets no answer. */
static bool
answer_refused(struct request *request)
{
	http_hang_up(request->http, true);
	return true;
}

static bool
answer_unavailable(struct request *request)
{
	bool is_info = strcasecmp(request->path, "/System/Info/Public") == 0;

	http_answer_header(request->http, "Retry-After", "005");
	answer_text(request, 503, "text/html", is_info ? "" :
	    "<!DOCTYPE html><html><body>Starting up</body></html>");
	return true;
}

static bool
answer_not_set_up(struct request *request)
{
	struct json_out out;
	struct sim *sim = request->sim;

	if (strcasecmp(request->path, "/System/Info/Public") != 0)
		return answer_unavailable(request);
	json_out_init(&out, sim->options.raw);
	out_literal(&out, "{\"localAddress\":null,\"serverName\":");
	out_string(&out, sim->options.name);
	out_literal(&out, ",\"version\":");
	out_string(&out, sim->options.version.text);
	out_literal(&out, ",\"productName\":\"Jellyfin Server\","
	    "\"operatingSystem\":\"\",\"id\":");
	out_id(&out, &sim->id);
	out_literal(&out, ",\"startupWizardCompleted\":false}");
	answer_json(request, &out);
	json_out_free(&out);
	return true;
}

static bool
answer_loading(struct request *request)
{
	if (strcasecmp(request->path, "/health") == 0)
		answer_text(request, 200, "text/plain", "Degraded");
	else if (!request->caller.known && !request_is_open(request))
		answer_empty(request, 401);
	else
		answer_text(request, 503, "text/html",
		    "Jellyfin Server is loading. Please try again shortly.");
	return true;
}

bool
startup_answer(struct request *request)
{
	size_t phase = request->sim->startup.phase;

	return phase != 0 && phases[phase].answer(request);
}
