/* Certificates from the parent to a fetcher, in parts that fit a message. */
#include <stdlib.h>
#include <string.h>

#include "certificates.h"
#include "log.h"
#include "message.h"
#include "whole_file.h"

/* Where libcurl, as it was built, would look for them itself. */
#ifndef CA_BUNDLE
#define CA_BUNDLE	"/etc/ssl/certs/ca-certificates.crt"
#endif

void
certificates_put(struct imsgbuf *to, const char *bytes, size_t len)
{
	static struct message_certificates part;

	while (len > 0) {
		part.len = (uint32_t)(len < CERTIFICATES_PART ? len :
		    CERTIFICATES_PART);
		memcpy(part.bytes, bytes, part.len);
		message_put_certificates(to, 0, &part);
		bytes += part.len;
		len -= part.len;
	}
}

void
certificates_put_system(struct imsgbuf *to)
{
	struct whole_file file;
	const char *wrong;

	wrong = whole_file_read(CA_BUNDLE, CERTIFICATES_MAX, &file);
	if (wrong != NULL) {
		log_debug("%s: %s", CA_BUNDLE, wrong);
		return;
	}
	certificates_put(to, file.bytes, file.len);
	whole_file_free(&file);
}

int
certificates_take(struct certificates *certificates, const struct imsg *imsg)
{
	static struct message_certificates part;
	char *longer;

	if (message_get_certificates(imsg, &part) == -1 ||
	    part.len > CERTIFICATES_MAX - certificates->len)
		return -1;
	longer = realloc(certificates->bytes, certificates->len + part.len);
	if (longer == NULL)
		fatal("realloc");
	memcpy(longer + certificates->len, part.bytes, part.len);
	certificates->bytes = longer;
	certificates->len += part.len;
	return 0;
}
