/* SPDX-License-Identifier: Apache-2.0 */
/* Who is at the other end of a URL, and what they may know. */
#include "boxes/http_host.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "boxes/curl_api.h"

static void url_free(CURLU **u)
{
	if (*u)
		curl.url_cleanup(*u);
}
#define cleanup_url cleanup(url_free)

/* A part as a string of ours, NULL if the URL has none. */
static char *part_of(CURLU *u, CURLUPart part, unsigned flags)
{
	char *value = NULL, *copy;

	if (curl.url_get(u, part, &value, flags) != CURLUE_OK)
		return NULL;
	copy = xstrdup(value);
	curl.free(value);
	return copy;
}

static void lower(char *s)
{
	for (; s && *s; s++)
		*s = (char)tolower((unsigned char)*s);
}

static int parse(const char *url, CURLU **out, struct error *err)
{
	cleanup_url CURLU *u = NULL;
	cleanup_free char *shown = http_shown(url);
	CURLUcode rc;

	if (curl_load(err) < 0)
		return -1;
	if (!http_is_url(url))
		return error_set(err, ERROR_BOX, "'%s' is no http or https URL", shown);
	u = curl.url();
	rc = curl.url_set(u, CURLUPART_URL, url, CURLU_URLENCODE);
	if (rc != CURLUE_OK) {
		error_set(err, ERROR_BOX, "'%s' is no URL: %s", shown, curl.url_strerror(rc));
		lower(strrchr(err->text, ':'));
		return -1;
	}
	*out = take_ptr(u);
	return 0;
}

int http_place_of(const char *url, struct http_place *out, struct error *err)
{
	cleanup_url CURLU *u = NULL;
	cleanup_free char *path = NULL;

	if (parse(url, &u, err) < 0)
		return -1;
	*out = (struct http_place){
		.scheme = part_of(u, CURLUPART_SCHEME, 0),
		.host = part_of(u, CURLUPART_HOST, 0),
		.port = part_of(u, CURLUPART_PORT, CURLU_DEFAULT_PORT),
		.user = part_of(u, CURLUPART_USER, 0),
		.password = part_of(u, CURLUPART_PASSWORD, 0),
	};
	path = part_of(u, CURLUPART_PATH, 0);
	lower(out->scheme);
	lower(out->host);
	out->final = xasprintf("%s://%s:%s%s", out->scheme, out->host, out->port, path);
	return 0;
}

void http_place_clear(struct http_place *p)
{
	free(p->scheme);
	free(p->host);
	free(p->port);
	free(p->user);
	free(p->password);
	free(p->final);
	*p = (struct http_place){ 0 };
}

/* Only what cannot be resolved to another machine: libcurl itself takes "localhost" for loopback. */
static bool is_loopback(const struct http_place *p)
{
	struct in_addr address;

	if (strcmp(p->host, "localhost") == 0 || strcmp(p->host, "[::1]") == 0)
		return true;
	return inet_pton(AF_INET, p->host, &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

/* 0: not meant; higher is nearer. */
static int nearness(const struct http_host *h, const struct http_place *p)
{
	cleanup_free char *with_port = xasprintf("%s:%s", p->host, p->port);

	if (!h->name)
		return 1;
	if (strcasecmp(h->name, p->host) == 0)
		return 2;
	return strcasecmp(h->name, with_port) == 0 ? 3 : 0;
}

static void take_what_is_new(struct http_host *to, const struct http_host *from)
{
	if (!to->token && from->name)
		to->token = from->token;
	if (!to->ca_file && !to->ca_path) {
		to->ca_file = from->ca_file;
		to->ca_path = from->ca_path;
	}
	/* A key belongs to its certificate. */
	if (!to->client_cert) {
		to->client_cert = from->client_cert;
		to->client_key = from->client_key;
	}
	to->insecure |= from->insecure;
}

struct http_host http_host_for(const struct http_conf *conf, const struct http_place *p)
{
	struct http_host found = { .name = p->host };

	for (int near = 3; near > 0; near--)
		for (size_t i = 0; i < conf->host_count; i++)
			if (nearness(&conf->hosts[i], p) == near)
				take_what_is_new(&found, &conf->hosts[i]);
	if (strcmp(p->scheme, "https") != 0 && !is_loopback(p))
		found.token = NULL;
	return found;
}

int http_resolve(const char *base, const char *reference, char **out, struct error *err)
{
	cleanup_free char *shown = http_shown(reference);
	/* Fragments are not sent, and libcurl takes one alone for a path. */
	cleanup_free char *bare = xstrndup(reference, strcspn(reference, "#"));
	cleanup_free char *url = NULL;
	cleanup_url CURLU *u = NULL;
	CURLUcode rc = CURLUE_OK;

	if (parse(base, &u, err) < 0)
		return -1;
	curl.url_set(u, CURLUPART_FRAGMENT, NULL, 0);
	if (*bare)
		rc = curl.url_set(u, CURLUPART_URL, bare, CURLU_URLENCODE);
	if (rc != CURLUE_OK) {
		error_set(err, ERROR_BOX, "'%s' is no URL: %s", shown, curl.url_strerror(rc));
		lower(strrchr(err->text, ':'));
		return -1;
	}
	url = part_of(u, CURLUPART_URL, 0);
	if (!url || !http_is_url(url))
		return error_set(err, ERROR_BOX, "'%s' is no http or https URL", shown);
	*out = take_ptr(url);
	return 0;
}

static bool same_end(const struct http_place *a, const struct http_place *b)
{
	return text_equal(a->scheme, b->scheme) && text_equal(a->host, b->host) &&
	       text_equal(a->port, b->port);
}

static int with_login(const char *url, const struct http_place *from, char **out, struct error *err)
{
	cleanup_url CURLU *u = NULL;

	if (parse(url, &u, err) < 0)
		return -1;
	curl.url_set(u, CURLUPART_USER, from->user, 0);
	curl.url_set(u, CURLUPART_PASSWORD, from->password, 0);
	*out = part_of(u, CURLUPART_URL, 0);
	return 0;
}

int http_redirect(const char *from, const char *location, char **out, struct error *err)
{
	cleanup_place struct http_place old = { 0 }, new = { 0 };
	cleanup_free char *to = NULL, *shown_from = http_shown(from);
	cleanup_free char *shown_to = http_shown(location);

	if (http_place_of(from, &old, err) < 0)
		return -1;
	if (http_resolve(from, location, &to, err) < 0 || http_place_of(to, &new, err) < 0)
		return error_wrap(err, "'%s' redirects", shown_from);
	if (strcmp(old.scheme, "https") == 0 && strcmp(new.scheme, "https") != 0)
		return error_set(err, ERROR_BOX,
				 "'%s' redirects to '%s', which is not encrypted: refused",
				 shown_from, shown_to);
	if (old.user && !new.user && same_end(&old, &new))
		return with_login(to, &old, out, err);
	*out = take_ptr(to);
	return 0;
}
