/* How fast a server is to be written to. */
#include "pace.h"

#define NOTABLE		50		/* ms: nothing below is slow */
#define PAUSE_MAX	5000		/* ms */
#define FASTER		4		/* how soon it is known that it is so */
#define SLOWER		64		/* the same: that may pass again */

unsigned int
pace_note(struct pace *pace, int64_t took)
{
	int64_t us = took * 1000, usual = pace->usual, pause;

	if (usual == 0)
		pace->usual = us + 1;
	else
		pace->usual += (us - usual) / (us < usual ? FASTER : SLOWER);
	if (usual == 0 || took < NOTABLE || us <= 2 * usual)
		return 0;
	pause = took - usual / 1000;
	return pause < PAUSE_MAX ? (unsigned int)pause : PAUSE_MAX;
}
