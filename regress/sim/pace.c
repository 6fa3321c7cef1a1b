/*
 * The costs that were measured on real servers, as formulas.
 */
#include <string.h>

#include "items.h"
#include "pace.h"
#include "sim.h"

static double	listing_seconds(const struct sim *, const struct pace_load *);
static double	small_seconds(enum request_kind);

static double
listing_seconds(const struct sim *sim, const struct pace_load *load)
{
	double items = (double)load->items;
	double matching = (double)load->matching;
	double returned = (double)load->returned, seconds;

	if (load->by_ids)
		return 0.007 + 0.00013 * returned;
	if (sim_is_12(sim))
		return 6e-6 * items + 0.0001 * returned +
		    (load->by_date_played ? 0.001 * matching : 0);
	if (!load->has_user)
		return 3e-6 * items + 0.00007 * returned;
	seconds = 12e-6 * items + 0.00034 * matching;
	return load->has_page ? 2 * seconds : seconds;
}

static double
small_seconds(enum request_kind kind)
{
	static const double seconds[REQUEST_KIND_COUNT] = {
		[REQUEST_RESUME] = 0.05,
		[REQUEST_USERDATA_READ] = 0.005,
		[REQUEST_USERDATA_WRITE] = 0.011,
		[REQUEST_PLAYED_DELETE] = 0.011,
		[REQUEST_PLAYED_MARK] = 0.011,
		[REQUEST_FAVORITE_MARK] = 0.011,
		[REQUEST_PLAYBACK] = 0.011,
		[REQUEST_USERS] = 0.01,
		[REQUEST_INFO] = 0.001,
		[REQUEST_SESSIONS] = 0.001,
		[REQUEST_ACTIVITY] = 0.002,
		[REQUEST_LIBRARIES] = 0.002,
		[REQUEST_AUTHENTICATE] = 0.01,
	};

	return seconds[kind];
}

int64_t
pace_delay(struct request *request)
{
	const struct sim *sim = request->sim;
	struct pace_load load;
	double seconds;

	if (!sim->pace.real)
		return sim->pace.latency_ms;
	if (items_load(request, &load) == 0)
		seconds = listing_seconds(sim, &load);
	else
		seconds = small_seconds(request->kind);
	return sim->pace.latency_ms +
	    (int64_t)(seconds * sim->pace.scale * 1000);
}
