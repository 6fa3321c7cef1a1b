/* Histories: made from a seed, and made shorter. */
#include <string.h>

#include "model.h"

/* splitmix64: every seed is as good as any other, 0 and neighbours too. */
uint64_t
random_next(uint64_t *state)
{
	uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

uint32_t
random_below(uint64_t *state, uint32_t bound)
{
	return (uint32_t)((random_next(state) >> 32) * bound >> 32);
}

void
history_make(struct history *history, uint64_t seed)
{
	uint64_t state = seed;
	size_t i;

	history->seed = seed;
	history->n = 1 + random_below(&state, STEPS_MAX);
	for (i = 0; i < history->n; i++) {
		history->steps[i].what = random_below(&state, 1000);
		history->steps[i].who = random_below(&state, 1 << 30);
		history->steps[i].how = random_below(&state, 1 << 30);
	}
}

/* Leaves out steps as long as it still does: halves first, then one. */
void
history_shorten(struct history *history, history_test *still, void *arg,
    size_t runs_max)
{
	struct history less;
	size_t chunk = history->n, at, cut, runs = 0;
	bool shorter;

	do {
		shorter = false;
		for (at = 0; at < history->n && runs < runs_max;) {
			cut = chunk < history->n - at ? chunk :
			    history->n - at;
			less = *history;
			memmove(&less.steps[at], &less.steps[at + cut],
			    (less.n - at - cut) * sizeof(less.steps[0]));
			less.n -= cut;
			runs++;
			if (still(&less, arg)) {
				*history = less;
				shorter = true;
			} else {
				at += cut;
			}
		}
		if (!shorter)
			chunk /= 2;
	} while (chunk > 0 && runs < runs_max);
}
