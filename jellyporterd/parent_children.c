/*
 * What each child is given when it starts: its part of the configuration, its
 * links to the others, sockets.  And what is done when one stays away.
 */
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "certificates.h"
#include "log.h"
#include "message.h"
#include "parent.h"

static void	started(struct child *, void *);
static void	link_resolver(struct parent *, struct child *);
static void	send_resolver(struct parent *, struct child *);
static void	send_engine(struct parent *, struct child *);
static void	send_fetcher(struct parent *, struct child *);
static void	send_exporter(struct parent *, struct child *);
static void	send_system_certificates(struct imsgbuf *, const char *,
		    const struct config_tls *);
static void	send_listener(struct parent *, struct child *);
static void	waits(struct child *, void *);
static bool	is_hopeless(const struct parent *, const struct child *);

const struct child_handlers parent_children = {
	started, parent_message, waits
};

void
parent_start_children(struct parent *parent)
{
	const struct config_server *server;
	struct child *child;

	process_add(parent->processes, ROLE_ENGINE, "");
	process_add(parent->processes, ROLE_RESOLVER, "");
	TAILQ_FOREACH(server, &parent->config->servers, entry)
		process_add(parent->processes, ROLE_FETCHER, server->name);
	if (parent->listen.n > 0)
		process_add(parent->processes, ROLE_LISTENER, "");
	process_start(process_first(parent->processes, ROLE_ENGINE));
	process_start(process_first(parent->processes, ROLE_RESOLVER));
	for (child = process_first(parent->processes, ROLE_FETCHER);
	    child != NULL; child = process_next(child))
		process_start(child);
	if (parent->listen.n > 0)
		process_start(process_first(parent->processes,
		    ROLE_LISTENER));
	if (parent->config->otlp_endpoint != NULL && !parent->mode.once)
		process_start(process_add(parent->processes, ROLE_EXPORTER,
		    ""));
}

/* A child runs: it gets its part of the configuration, then its links. */
static void
started(struct child *child, void *arg)
{
	struct parent *parent = arg;
	struct child *engine = process_first(parent->processes, ROLE_ENGINE);
	struct child *fetcher, *other;

	users_put(&parent->users, child->role, channel_imsgbuf(child->channel));
	if (child->role == ROLE_FETCHER) {
		send_fetcher(parent, child);
		process_link(engine, child);
		link_resolver(parent, child);
		return;
	}
	if (child->role == ROLE_RESOLVER) {
		send_resolver(parent, child);
		return;
	}
	if (child->role == ROLE_LISTENER) {
		send_listener(parent, child);
		process_link(engine, child);
		return;
	}
	if (child->role == ROLE_EXPORTER) {
		send_exporter(parent, child);
		process_link(engine, child);
		link_resolver(parent, child);
		return;
	}
	stand_in_end(parent->stand_in);
	send_engine(parent, child);
	if ((other = process_first(parent->processes, ROLE_LISTENER)) != NULL)
		process_link(engine, other);
	if ((other = process_first(parent->processes, ROLE_EXPORTER)) != NULL)
		process_link(engine, other);
	for (fetcher = process_first(parent->processes, ROLE_FETCHER);
	    fetcher != NULL; fetcher = process_next(fetcher))
		process_link(engine, fetcher);
}

/* Of who is about to go, the configuration knows nothing any more. */
static void
link_resolver(struct parent *parent, struct child *child)
{
	const struct config *config = parent->config;
	bool known;

	known = child->role == ROLE_EXPORTER ? config->otlp_endpoint != NULL :
	    config_server_by_name(config, child->name) != NULL;
	if (known && parts_needs_resolver(config, child->name))
		process_link(process_first(parent->processes, ROLE_RESOLVER),
		    child);
}

static void
send_resolver(struct parent *parent, struct child *child)
{
	struct child *fetcher, *exporter;

	parts_resolver(channel_imsgbuf(child->channel), parent->config,
	    &parent->mode);
	exporter = process_first(parent->processes, ROLE_EXPORTER);
	if (exporter != NULL)
		link_resolver(parent, exporter);
	for (fetcher = process_first(parent->processes, ROLE_FETCHER);
	    fetcher != NULL; fetcher = process_next(fetcher))
		link_resolver(parent, fetcher);
}

static void
send_engine(struct parent *parent, struct child *child)
{
	struct imsgbuf *to = channel_imsgbuf(child->channel);
	int fd;

	parts_engine(to, parent->config, &parent->mode);
	if (parent->mode.dry_run)
		return;			/* nobody can ask it anything */
	if ((fd = dup(parent->control_fd)) == -1) {
		process_spoilt(child, "cannot be given its socket");
		return;
	}
	message_put_control_socket(to, fd);
}

static void
send_fetcher(struct parent *parent, struct child *child)
{
	struct imsgbuf *to = channel_imsgbuf(child->channel);
	const struct config_server *server;

	server = config_server_by_name(parent->config, child->name);
	if (server == NULL)
		fatalx("no server %s", child->name);
	parts_fetcher(to, parent->config, server, &parent->mode);
	send_system_certificates(to, server->url, &server->tls);
	message_put_empty(to, MESSAGE_CONFIG_DONE, 0);
}

static void
send_exporter(struct parent *parent, struct child *child)
{
	struct imsgbuf *to = channel_imsgbuf(child->channel);
	const struct config *config = parent->config;

	if (config->otlp_endpoint == NULL)
		fatalx("no telemetry");
	parts_exporter(to, config, &parent->mode);
	send_system_certificates(to, config->otlp_endpoint, &config->otlp_tls);
	message_put_empty(to, MESSAGE_CONFIG_DONE, 0);
}

/* Where there is TLS, and no others were named. */
static void
send_system_certificates(struct imsgbuf *to, const char *url,
    const struct config_tls *tls)
{
	if (tls->ca == NULL && tls->verify &&
	    strncmp(url, "https:", strlen("https:")) == 0)
		certificates_put_system(to);
}

/* The sockets stay open here, for whoever connects while it is restarted. */
static void
send_listener(struct parent *parent, struct child *child)
{
	struct imsgbuf *to = channel_imsgbuf(child->channel);
	size_t i;
	int fd;

	parts_listener(to, parent->config, &parent->mode);
	for (i = 0; i < parent->listen.n; i++) {
		if ((fd = dup(parent->listen.fds[i])) == -1) {
			process_spoilt(child, "cannot be given its sockets");
			return;
		}
		message_put_listen_socket(to, parent->listen.serves[i], fd);
	}
	message_put_empty(to, MESSAGE_CONFIG_DONE, 0);
}

/*
 * It has said why; starting it again would only say it again.  Without one of
 * the servers the others are synced.  Without the engine nothing is: who has
 * just started us is to see that, but what has worked once stays for who puts
 * it right, and the control socket with it.  Who syncs once does not wait for
 * a disk to have room.
 */
static void
waits(struct child *child, void *arg)
{
	struct parent *parent = arg;

	if (is_hopeless(parent, child)) {
		parent->status = child->status;
		event_base_loopexit(parent->base, NULL);
		return;
	}
	if (child->misconfigured)
		log_warnx("%s waits for another configuration: reload it",
		    child->title);
	if (child->role == ROLE_ENGINE)
		stand_in_begin(parent->stand_in, child);
}

static bool
is_hopeless(const struct parent *parent, const struct child *child)
{
	if (child->misconfigured)
		return parent->mode.once ||
		    (child->role == ROLE_ENGINE && !parent->ready);
	return parent->mode.once && child->role == ROLE_ENGINE &&
	    child->status == EX_TEMPFAIL;
}
