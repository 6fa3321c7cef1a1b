/* OpenBSD's libc reads what it needs by the promise "dns". */
#ifdef __OpenBSD__
#include "lookup.h"

bool
lookup_prepare(void)
{
	return false;
}

bool
lookup_is_stale(void)
{
	return false;
}
#endif
