/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP and HTTPS through libcurl, which is loaded when it is first needed (boxes/curl_api.h). What a
 * host may be told and how it must prove itself is decided by host, so that a redirect to another one
 * takes no secret along.
 */
#ifndef BOXES_HTTP_H
#define BOXES_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "core/text.h"

/* All borrowed; NULL where nothing is said. */
struct http_host {
	const char *name; /* "boxes.example.org", or with a port; NULL: every host */
	/* Sent as "Authorization: Bearer" to that host; never over plain http except to loopback, nor without a name. */
	const char *token;
	const char *ca_file, *ca_path; /* whom to trust instead of the system's list */
	const char *client_cert, *client_key;
	bool insecure; /* do not check the certificate */
};

struct http_conf {
	const struct http_host *hosts;
	size_t host_count;
	/* Anything less is a broken line: bytes a second, over that many seconds. 0: 1 and 60. */
	unsigned stall_bytes, stall_s;
	unsigned retries;       /* after what may pass by itself; 0: 5 */
	unsigned retry_wait_ms; /* before the first one, doubled each time; 0: 500 */
};

/*
 * Appends the body of url, at most max_bytes. Proxies come from the environment as curl has them (https_proxy,
 * no_proxy, …), names and passwords from the URL, else from ~/.netrc, or the file in $NETRC, unless there is a token
 * for the host. ERROR_NOT_FOUND for 404 and 410, ERROR_DENIED for 401 and 403, ERROR_STOPPED after an interruption,
 * ERROR_SYSTEM without libcurl; other errors are ERROR_BOX. All name the URL, without user and password in it.
 */
int http_get(const struct http_conf *conf, const char *url, size_t max_bytes, struct text *out,
	     struct error *err);
/* The beginning of the body, at most max_bytes (not 0) of it; then the line is dropped. Errors as http_get(). */
int http_peek(const struct http_conf *conf, const char *url, size_t max_bytes, struct text *out,
	      struct error *err);
bool http_is_url(const char *text);
/* The URL with user, password and query parameters that look like secrets left out, for messages. Caller frees. */
char *http_shown(const char *url);
/* `reference` as meant from `base` (RFC 3986, 5.2), without a fragment. Caller frees. ERROR_BOX unless that is http or https. */
int http_resolve(const char *base, const char *reference, char **out, struct error *err);

#endif
