/*
 * The simulated Jellyfin server: everything that it is.
 */
#ifndef SIM_H
#define SIM_H

#include <event2/event.h>

#include <stdbool.h>
#include <stdint.h>

#include "catalogue.h"
#include "counts.h"
#include "faults.h"
#include "http_server.h"
#include "library.h"
#include "pace.h"
#include "playback.h"
#include "request.h"
#include "sockets.h"
#include "startup.h"
#include "userdata.h"
#include "users.h"
#include "writes.h"

struct version {
	int	major;
	int	minor;
	int	patch;
	char	text[24];
};

struct sim_options {
	struct version		 version;
	struct library_options	 library;
	uint64_t		 catalogue;	/* seed */
	uint16_t		 episodes;	/* of each series, 0: drawn */
	struct history_rates	 history;
	const char		*name;
	const char		*base_path;	/* "", or "/jellyfin" */
	const char		*state_path;	/* NULL: nothing is kept */
	uint16_t		 port;
	uint16_t		 control_port;
	bool			 has_control;
	int			 zone_minutes;	/* its own, east of UTC */
	bool			 raw;		/* JSON in UTF-8, not \uXXXX */
};

struct sim {
	struct event_base	*base;
	struct http_server	*http;
	struct http_server	*control;
	struct sim_options	 options;
	struct jellyfin_id	 id;		/* of the server */
	uint32_t		 ids;		/* drawn so far, for a new one */
	struct catalogue	 catalogue;
	struct library		 library;
	struct users		 users;
	struct playback		 playback;
	struct faults		 faults;
	struct pace		 pace;
	struct counts		 counts;
	struct startup		 startup;
	struct writes		 writes;
	struct sockets		 sockets;
	struct request_list	 requests;	/* not dealt with yet */
	int64_t			 skew;		/* ticks its clock is ahead */
	bool			 has_act_date;
	int64_t			 act_date;	/* what POST /act calls now */
	uint64_t		 serial;	/* requests so far */
};

/* The server's own clock. */
int64_t	sim_now(const struct sim *);
bool	sim_is_before(const struct sim *, int major, int minor);
bool	sim_is_12(const struct sim *);
/* The old forms of authorization work (up to 10.11). */
bool	sim_accepts_legacy_authorization(const struct sim *);
/* GET /UserItems/{id}/UserData may be stale (10.11.0 to 10.11.9, and 12). */
bool	sim_is_stale(const struct sim *);
void	sim_draw_server_id(struct sim *);

#endif
