/*
 * What stands in the configuration about reaching somebody: a url, a server's,
 * its proxy's or that of the telemetry, and certificates.  Nothing here shows a
 * url in a message, since it may have been written with a password or with a key
 * in its query.
 */
#include <string.h>
#include <strings.h>

#include "certificates.h"
#include "config_yaml.h"
#include "server_host.h"
#include "text.h"
#include "whole_file.h"

static const char *normalise_url(const char *, char [URL_SIZE]);
static const char *normalise_authority(const struct server_scheme *,
		    const char *, size_t, char [URL_SIZE]);
static const char *url_port(const struct server_scheme *, char *, uint16_t *);
static bool	 has_certificate(const struct whole_file *);

void
config_take_url(struct loader *l, const struct node *n,
    const struct key *key, void *target)
{
	char url[URL_SIZE];
	const char *wrong;

	if (!config_is_value(l, n))
		return;
	if ((wrong = normalise_url(n->text, url)) != NULL)
		config_wrong(l, n, "%s", wrong);
	else
		config_set((char **)((char *)target + key->offset), url);
}

/* It is spoken to in HTTP, and asked for whole connections. */
void
config_take_proxy(struct loader *l, const struct node *n,
    const struct key *key, void *target)
{
	static const char scheme[] = "http://";
	const char *url;

	if (!config_is_value(l, n))
		return;
	if (strncasecmp(n->text, scheme, strlen(scheme)) != 0) {
		config_wrong(l, n, "must begin with http://, whatever the "
		    "url of the server begins with");
		return;
	}
	config_take_url(l, n, key, target);
	url = *(char **)((char *)target + key->offset);
	if (url != NULL && strchr(url + strlen(scheme), '/') != NULL)
		config_wrong(l, n, "is a host and a port; remove what is "
		    "behind them");
}

/* OTLP's own rule: what is posted where is put behind it. */
void
config_take_endpoint(struct loader *l, const struct node *n,
    const struct key *key, void *target)
{
	static const char added[] = "/v1/metrics";
	char **url = (char **)((char *)target + key->offset);
	size_t len;

	config_take_url(l, n, key, target);
	if (*url == NULL || (len = strlen(*url)) < strlen(added) ||
	    strcmp(*url + len - strlen(added), added) != 0)
		return;
	config_wrong(l, n, "ends in /v1/metrics, which is added to it; leave "
	    "that off");
}

/*
 * Scheme and host in lower case, without the scheme's own port and without
 * slashes at the end: two URLs of the same place have the same text.  NULL, or
 * what is wrong.
 */
static const char *
normalise_url(const char *text, char url[URL_SIZE])
{
	const struct server_scheme *scheme;
	const char *wrong;
	size_t len;

	if ((scheme = server_scheme(text)) == NULL)
		return "must begin with http:// or https://";
	text += strlen(scheme->prefix);
	len = strcspn(text, "/?#");
	if (memchr(text, '@', len) != NULL)
		return "may hold no user name and no password; "
		    "keys do not belong into a URL";
	if (text[strcspn(text, "?#")] != '\0')
		return "may hold no query and no fragment; "
		    "end it before the ? or #";
	if ((wrong = normalise_authority(scheme, text, len, url)) != NULL)
		return wrong;
	if (!config_is_url_path(text + len))
		return "may hold no spaces, and of other characters than "
		    "ASCII only the %XX form";
	if (strlcat(url, text + len, URL_SIZE) >= URL_SIZE)
		return "is too long; 1023 bytes are the most";
	/* It ends in the host at the latest. */
	for (len = strlen(url); url[len - 1] == '/'; len--)
		url[len - 1] = '\0';
	return NULL;
}

/* HOST, HOST:PORT, [ADDRESS] or [ADDRESS]:PORT, of len bytes. */
static const char *
normalise_authority(const struct server_scheme *scheme, const char *text,
    size_t len, char url[URL_SIZE])
{
	char host[NAME_SIZE];
	const char *wrong;
	uint16_t port;
	int n;

	if (len >= sizeof(host))
		return "has too long a host name";
	memcpy(host, text, len);
	host[len] = '\0';
	if ((wrong = url_port(scheme, host, &port)) != NULL)
		return wrong;
	if (host[0] == '\0')
		return "has no host; write it as http://HOST:PORT";
	if ((wrong = config_host(host, host, sizeof(host))) != NULL)
		return wrong;
	if (port == scheme->port)
		n = snprintf(url, URL_SIZE, "%s%s", scheme->prefix, host);
	else
		n = snprintf(url, URL_SIZE, "%s%s:%u", scheme->prefix, host,
		    port);
	return n < 0 || n >= URL_SIZE ? "has too long a host name" : NULL;
}

/* Cuts the port off the host. */
static const char *
url_port(const struct server_scheme *scheme, char *host, uint16_t *port)
{
	char *colon;

	*port = scheme->port;
	colon = strchr(host[0] == '[' ? host + strcspn(host, "]") : host, ':');
	if (colon == NULL)
		return NULL;
	if (strchr(colon + 1, ':') != NULL)
		return "has an IPv6 address without brackets around it";
	*colon = '\0';
	if ((*port = config_port(colon + 1)) == 0)
		return "has no port from 1 to 65535 behind the colon";
	return NULL;
}

void
config_take_ca_file(struct loader *l, const struct node *n,
    const struct key *key, void *target)
{
	struct config_tls *tls = (void *)((char *)target + key->offset);
	struct whole_file file;
	char path[PATH_SIZE];
	const char *wrong;

	if (!config_is_value(l, n))
		return;
	if ((wrong = config_path(l->directory, n->text, path)) != NULL) {
		config_wrong(l, n, "%s", wrong);
		return;
	}
	wrong = whole_file_read(path, CERTIFICATES_MAX, &file);
	if (wrong != NULL)
		config_wrong(l, n, "(%s) cannot be read: %s", path, wrong);
	else if (!has_certificate(&file))
		config_wrong(l, n, "(%s) holds no certificate in PEM form",
		    path);
	else {
		config_set(&tls->ca_file, path);
		config_set(&tls->ca, file.bytes);
	}
	whole_file_free(&file);
}

/* The forms of certificate that OpenSSL takes from a bundle. */
static bool
has_certificate(const struct whole_file *file)
{
	static const char *const begins[] = {
		"-----BEGIN CERTIFICATE-----",
		"-----BEGIN TRUSTED CERTIFICATE-----",
		"-----BEGIN X509 CERTIFICATE-----",
	};
	size_t i;

	for (i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (strstr(file->bytes, begins[i]) != NULL)
			return true;
	return false;
}
