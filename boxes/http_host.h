/* SPDX-License-Identifier: Apache-2.0 */
/* One URL looked at: whom it talks to, and what that host may be told. */
#ifndef BOXES_HTTP_HOST_H
#define BOXES_HTTP_HOST_H

#include "boxes/http.h"

/* Where a request goes. Everything is owned. */
struct http_place {
	char *scheme, *host, *port; /* lower case; IPv6 in brackets; the port is never NULL */
	char *user, *password;      /* as the URL has them, NULL if it has none */
	char *final; /* scheme, host, port and path, without the rest: what the file is known by */
};

/* ERROR_BOX if it is no http or https URL. Loads libcurl. */
int http_place_of(const char *url, struct http_place *out, struct error *err);
void http_place_clear(struct http_place *p);
#define cleanup_place cleanup(http_place_clear)

/*
 * What conf says of that place, the entry for host:port before the one for the host before the one for every
 * host, member by member. The token is set only if it may be sent there: never over plain http except to
 * loopback, and never one that is said for every host. Borrowed from conf.
 */
struct http_host http_host_for(const struct http_conf *conf, const struct http_place *p);

/*
 * Where `location`, an answer to a request to `from`, sends us. User and password stay with the URL only
 * as long as it stays with scheme, host and port. Refused: what is not http or https, and http after https.
 * Caller frees.
 */
int http_redirect(const char *from, const char *location, char **out, struct error *err);

#endif
