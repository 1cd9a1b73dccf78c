/* SPDX-License-Identifier: Apache-2.0 */
/* One GET, hop by hop. */
#include "boxes/request.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "boxes/curl_api.h"
#include "boxes/http_host.h"
#include "core/stop.h"

#define MOST_REDIRECTS 10
#define CONNECT_S 30L
#define BUFFER_BYTES (256L << 10)
#define LOOK_AGAIN_MS 100

struct hop {
	const struct request *request;
	const char *url;
	struct http_place place;
	struct answer *answer;
	char *location; /* of a redirect */
	CURL *easy;
	struct curl_slist *fields;
	bool told;            /* head() was called, or there is nothing to tell it */
	bool enough;          /* no more of this body is wanted */
	struct error failure; /* of head() or body() */
	char why[CURL_ERROR_SIZE];
};

static void hop_clear(struct hop *h)
{
	http_place_clear(&h->place);
	free(h->location);
	if (h->easy)
		curl.easy_cleanup(h->easy);
	curl.slist_free_all(h->fields);
	error_clear(&h->failure);
}
#define cleanup_hop cleanup(hop_clear)

/* --- what libcurl calls ---------------------------------------------------------------------- */

static bool is_good(long status)
{
	return status == 200 || status == 206;
}

static void begin_answer(struct hop *h)
{
	answer_clear(h->answer);
	free(take_ptr(h->location));
	h->answer->final = xstrdup(h->place.final);
}

static size_t on_field(char *data, size_t one, size_t len, void *ctx)
{
	cleanup_free char *line = xstrndup(data, len);
	struct hop *h = ctx;
	char *value, *end;

	(void)one;
	/* Fields behind the body are no business of ours; and each answer, also "100 Continue", begins anew. */
	if (h->told)
		return len;
	if (text_has_prefix(line, "HTTP/"))
		begin_answer(h);
	value = strchr(line, ':');
	if (!value)
		return len;
	*value++ = '\0';
	value += strspn(value, " \t");
	for (end = value + strlen(value); end > value && isspace((unsigned char)end[-1]); end--)
		end[-1] = '\0';
	if (strcasecmp(line, "location") == 0) {
		free(h->location);
		h->location = xstrdup(value);
	}
	answer_field(h->answer, line, value);
	return len;
}

static void look_at_head(struct hop *h)
{
	struct answer *a = h->answer;
	curl_off_t number = 0;
	long version = 0;

	curl.easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &a->status);
	if (curl.easy_getinfo(h->easy, CURLINFO_RETRY_AFTER, &number) == CURLE_OK && number > 0)
		a->retry_after_s = number < 3600 ? (unsigned)number : 3600;
	if (curl.easy_getinfo(h->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &number) == CURLE_OK)
		a->length_bytes = number;
	curl.easy_getinfo(h->easy, CURLINFO_HTTP_VERSION, &version);
	a->framed = a->framed || a->length_bytes >= 0 || version >= CURL_HTTP_VERSION_2_0;
}

/* False if the body is of no use. */
static bool tell_head(struct hop *h)
{
	int rc;

	if (h->told)
		return !h->enough;
	h->told = true;
	look_at_head(h);
	h->enough = true;
	if (!is_good(h->answer->status))
		return false;
	rc = h->request->head ? h->request->head(h->request->ctx, h->answer, &h->failure) : 0;
	h->enough = rc != 0;
	return rc == 0;
}

static size_t on_body(char *data, size_t one, size_t len, void *ctx)
{
	struct hop *h = ctx;

	(void)one;
	/* Taking nothing of something ends the transfer. */
	if (!tell_head(h))
		return 0;
	if (h->request->body(h->request->ctx, data, len, &h->failure) < 0) {
		h->enough = true;
		return 0;
	}
	return len;
}

/* --- what it is told ------------------------------------------------------------------------- */

#define SET(option, value) (good = good && curl.easy_setopt(h->easy, (option), (value)) == CURLE_OK)

static bool set_trust(struct hop *h, const struct http_host *host)
{
	bool good = true;

	/* libcurl has a file and a folder of its own: one that is named replaces both. */
	if (host->ca_file || host->ca_path) {
		SET(CURLOPT_CAINFO, host->ca_file);
		SET(CURLOPT_CAPATH, host->ca_path);
	}
	if (host->client_cert) {
		SET(CURLOPT_SSLCERT, host->client_cert);
		SET(CURLOPT_SSLKEY, host->client_key ? host->client_key : host->client_cert);
	}
	SET(CURLOPT_SSL_VERIFYPEER, host->insecure ? 0L : 1L);
	SET(CURLOPT_SSL_VERIFYHOST, host->insecure ? 0L : 2L);
	return good;
}

static bool set_login(struct hop *h, const struct http_host *host)
{
	const char *netrc = getenv("NETRC");
	bool good = true;

	/* What stands in the URL itself was meant for this very file. */
	if (host->token && !h->place.user) {
		SET(CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
		SET(CURLOPT_XOAUTH2_BEARER, host->token);
		/* Loopback is no reason to tell a proxy elsewhere. */
		if (strcmp(h->place.scheme, "https") != 0)
			SET(CURLOPT_NOPROXY, "*");
		return good;
	}
	SET(CURLOPT_NETRC, (long)CURL_NETRC_OPTIONAL);
	if (netrc && *netrc)
		SET(CURLOPT_NETRC_FILE, netrc);
	return good;
}

static bool set_fields(struct hop *h)
{
	const struct request *r = h->request;
	bool good = true;

	/* A range of an encoded body would be one of other bytes. */
	h->fields = curl.slist_append(h->fields, "Accept-Encoding: identity");
	if (r->from != REQUEST_NO_RANGE) {
		cleanup_free char *range = xasprintf("Range: bytes=%" PRIu64 "-", r->from);

		h->fields = curl.slist_append(h->fields, range);
	}
	if (r->from != REQUEST_NO_RANGE && r->if_range) {
		cleanup_free char *condition = xasprintf("If-Range: %s", r->if_range);

		h->fields = curl.slist_append(h->fields, condition);
	}
	SET(CURLOPT_HTTPHEADER, h->fields);
	return good;
}

static bool set_patience(struct hop *h)
{
	const struct http_conf *conf = h->request->conf;
	bool good = true;

	SET(CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	SET(CURLOPT_LOW_SPEED_LIMIT, conf->stall_bytes ? (long)conf->stall_bytes : 1L);
	SET(CURLOPT_LOW_SPEED_TIME, conf->stall_s ? (long)conf->stall_s : 60L);
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	return good;
}

static int set_all(struct hop *h, struct error *err)
{
	struct http_host host = http_host_for(h->request->conf, &h->place);
	bool good = true;

	SET(CURLOPT_URL, h->url);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_USERAGENT, "bothy/" BOTHY_VERSION);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	SET(CURLOPT_BUFFERSIZE, BUFFER_BYTES);
	SET(CURLOPT_ERRORBUFFER, h->why);
	SET(CURLOPT_HEADERFUNCTION, on_field);
	SET(CURLOPT_HEADERDATA, h);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, h);
	if (!good || !set_patience(h) || !set_fields(h) || !set_login(h, &host) ||
	    !set_trust(h, &host))
		return error_set(err, ERROR_SYSTEM,
				 "libcurl does not know an option that is needed");
	return 0;
}

/* --- one hop --------------------------------------------------------------------------------- */

static int must_stop(const struct request *r, struct error *err)
{
	if (r->stop && atomic_load(r->stop))
		return error_set(err, ERROR_STOPPED, "interrupted");
	return stop_check(0, NULL, err);
}

/* Through the multi interface, since the other one may look up only once a second. */
static int drive(struct hop *h, CURLM *multi, CURLcode *out, struct error *err)
{
	CURLMcode rc = CURLM_OK;
	CURLMsg *message;
	int running = 1, left;

	while (running && rc == CURLM_OK) {
		if (must_stop(h->request, err) < 0)
			return -1;
		rc = curl.multi_perform(multi, &running);
		if (running && rc == CURLM_OK)
			rc = curl.multi_poll(multi, NULL, 0, LOOK_AGAIN_MS, NULL);
	}
	message = curl.multi_info_read(multi, &left);
	if (rc != CURLM_OK || !message)
		return error_set(err, ERROR_SYSTEM, "libcurl failed: %s", curl.multi_strerror(rc));
	*out = message->data.result;
	return 0;
}

static int perform(struct hop *h, CURLcode *out, struct error *err)
{
	CURLM *multi = curl.multi_init();
	int rc;

	curl.multi_add_handle(multi, h->easy);
	rc = drive(h, multi, out, err);
	curl.multi_remove_handle(multi, h->easy);
	curl.multi_cleanup(multi);
	return rc;
}

static enum trouble trouble_of_code(CURLcode code)
{
	static const CURLcode passing[] = {
		CURLE_COULDNT_CONNECT, CURLE_OPERATION_TIMEDOUT, CURLE_PARTIAL_FILE,
		CURLE_RECV_ERROR,      CURLE_SEND_ERROR,         CURLE_GOT_NOTHING,
		CURLE_HTTP2,           CURLE_HTTP2_STREAM,
	};
	static const CURLcode doubtful[] = { CURLE_COULDNT_RESOLVE_HOST,
					     CURLE_COULDNT_RESOLVE_PROXY, CURLE_SSL_CONNECT_ERROR };

	for (size_t i = 0; i < ARRAY_SIZE(passing); i++)
		if (code == passing[i])
			return TROUBLE_PASSING;
	for (size_t i = 0; i < ARRAY_SIZE(doubtful); i++)
		if (code == doubtful[i])
			return TROUBLE_DOUBTFUL;
	return TROUBLE_LASTING;
}

static int code_error(struct hop *h, CURLcode code, struct error *err)
{
	char *why = h->why;

	h->answer->trouble = trouble_of_code(code);
	if (!*why)
		snprintf(h->why, sizeof(h->why), "%s", curl.easy_strerror(code));
	why[strcspn(why, "\r\n")] = '\0';
	/* "SSL certificate …" keeps its letters. */
	if (!isupper((unsigned char)why[1]))
		why[0] = (char)tolower((unsigned char)why[0]);
	error_set(err, ERROR_BOX, "%s", why);
	if (code == CURLE_PEER_FAILED_VERIFICATION)
		error_hint(err, "a certificate authority of your own goes into ca_file of that "
				"host in ~/.config/bothy/config.lua");
	else if (code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_CERTPROBLEM)
		error_hint(err, "look at ca_file, ca_path, client_cert and client_key of that host "
				"in ~/.config/bothy/config.lua");
	else if (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_CONNECT)
		error_hint(err, "is there a way to it from this host? A proxy goes into "
				"http_proxy and https_proxy");
	return -1;
}

static int status_error(struct answer *a, struct error *err)
{
	enum error_kind kind = a->status == 404 || a->status == 410 ? ERROR_NOT_FOUND :
			       a->status == 401 || a->status == 403 ? ERROR_DENIED :
								      ERROR_BOX;

	a->trouble = a->status == 408 || a->status == 429 || a->status / 100 == 5 ?
			     TROUBLE_PASSING :
			     TROUBLE_LASTING;
	error_set(err, kind, "%s (HTTP status %ld)",
		  kind == ERROR_NOT_FOUND       ? "there is no such file" :
		  a->status == 401              ? "it wants a login" :
		  a->status == 403              ? "it is not for everybody" :
		  a->status == 407              ? "the proxy wants a login" :
		  a->trouble == TROUBLE_PASSING ? "the server cannot answer now" :
						  "the server gave no file",
		  a->status);
	if (kind == ERROR_DENIED)
		error_hint(err, "a token for a host goes into ~/.config/bothy/config.lua, or user "
				"and password into ~/.netrc");
	return -1;
}

static bool is_redirect(long status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static int judge(struct hop *h, CURLcode code, struct error *err)
{
	/* Without a body nobody has looked yet. */
	if (code == CURLE_OK)
		tell_head(h);
	if (h->failure.kind != ERROR_NONE) {
		h->answer->trouble = TROUBLE_LASTING;
		return error_move(err, &h->failure);
	}
	if (code != CURLE_OK && !(h->enough && code == CURLE_WRITE_ERROR))
		return code_error(h, code, err);
	if (is_good(h->answer->status) || (is_redirect(h->answer->status) && h->location))
		return 0;
	return status_error(h->answer, err);
}

/* *out_location is where to go on, NULL if this was it. */
static int run_hop(const struct request *r, const char *url, struct answer *answer,
		   char **out_location, struct error *err)
{
	cleanup_hop struct hop h = { .request = r, .url = url, .answer = answer };
	CURLcode code = CURLE_OK;

	if (http_place_of(url, &h.place, err) < 0)
		return -1;
	h.easy = curl.easy_init();
	if (set_all(&h, err) < 0 || perform(&h, &code, err) < 0)
		return -1;
	if (judge(&h, code, err) < 0)
		return -1;
	*out_location = is_redirect(answer->status) ? take_ptr(h.location) : NULL;
	return 0;
}

/* --- all of them ----------------------------------------------------------------------------- */

static int follow(char *const *urls, size_t count, const char *location, char **out,
		  struct error *err)
{
	cleanup_free char *to = NULL;

	if (http_redirect(urls[count - 1], location, &to, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (strcmp(urls[i], to) == 0)
			return error_set(err, ERROR_BOX, "it redirects in a circle");
	if (count > MOST_REDIRECTS)
		return error_set(err, ERROR_BOX, "it redirects more than %d times", MOST_REDIRECTS);
	*out = take_ptr(to);
	return 0;
}

static int run_hops(const struct request *r, char **urls, size_t *count, struct answer *out,
		    struct error *err)
{
	/* As libcurl wants it: blanks encoded, no fragment. */
	if (http_resolve(r->url, "", &urls[0], err) < 0)
		return -1;
	for (*count = 1;; ++*count) {
		cleanup_free char *location = NULL;

		if (run_hop(r, urls[*count - 1], out, &location, err) < 0)
			return -1;
		if (!location)
			return 0;
		if (follow(urls, *count, location, &urls[*count], err) < 0)
			return -1;
	}
}

int request_run(const struct request *r, struct answer *out, struct error *err)
{
	cleanup_free char *shown = http_shown(r->url);
	char *urls[MOST_REDIRECTS + 2] = { NULL };
	size_t count = 0;
	int rc;

	*out = (struct answer){ .length_bytes = -1 };
	rc = curl_load(err) < 0 ? -1 : run_hops(r, urls, &count, out, err);
	if (rc < 0 && out->trouble == TROUBLE_NONE)
		out->trouble = TROUBLE_LASTING;
	if (rc < 0 && err->kind != ERROR_STOPPED) {
		cleanup_free char *last = http_shown(count > 1 ? urls[count - 1] : r->url);

		if (count > 1)
			error_wrap(err, "redirected to '%s'", last);
		error_wrap(err, "cannot fetch '%s'", shown);
	}
	for (size_t i = 0; i < ARRAY_SIZE(urls); i++)
		free(urls[i]);
	return rc;
}
