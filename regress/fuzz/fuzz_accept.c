/*
 * Accept headers of who scrapes: there is an answer to any, and who also takes
 * OpenMetrics as gladly as anything gets that.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "metric.h"

static const char gladly[] = ",application/openmetrics-text";

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum metric_format format;
	char *accept;

	if (size > 8192)
		return 0;
	/* Each as long as it is, for who looks behind its end. */
	if ((accept = malloc(size + 1)) == NULL)
		return 0;
	if (size > 0)
		memcpy(accept, data, size);
	accept[size] = '\0';
	format = metric_format_wanted(accept);
	CHECK(format == METRIC_PROMETHEUS || format == METRIC_OPENMETRICS);
	accept = realloc(accept, size + sizeof(gladly));
	CHECK(accept != NULL);
	memcpy(accept + strlen(accept), gladly, sizeof(gladly));
	CHECK(metric_format_wanted(accept) == METRIC_OPENMETRICS);
	free(accept);
	return 0;
}
