/* SPDX-License-Identifier: Apache-2.0 */
/* Small files from the web, and how URLs are shown. */
#include "boxes/http.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "boxes/patience.h"
#include "boxes/request.h"
#include "core/stop.h"

bool http_is_url(const char *text)
{
	return strncasecmp(text, "http://", 7) == 0 || strncasecmp(text, "https://", 8) == 0;
}

/* --- URLs in messages ------------------------------------------------------------------------ */

/* Words that names of secret parameters have in them, such as "X-Amz-Signature" or "access_token". */
static const char *const secret_words[] = { "token", "secret", "pass", "pwd", "auth",
					    "cred",  "sig",    "key",  "jwt", "session" };

static int hex_digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

/* The parameter's name as the server understands it, in lower case. */
static char *parameter_name(const char *s, size_t len)
{
	cleanup_text struct text name = { 0 };

	for (size_t i = 0; i < len && s[i] != '='; i++) {
		char c = s[i];

		if (c == '%' && i + 2 < len && isxdigit((unsigned char)s[i + 1]) &&
		    isxdigit((unsigned char)s[i + 2])) {
			c = (char)(hex_digit(s[i + 1]) << 4 | hex_digit(s[i + 2]));
			i += 2;
		}
		c = (char)tolower((unsigned char)c);
		text_addn(&name, &c, 1);
	}
	return text_take(&name);
}

static bool is_secret(const char *parameter, size_t len)
{
	cleanup_free char *name = parameter_name(parameter, len);

	for (size_t i = 0; i < ARRAY_SIZE(secret_words); i++)
		if (strstr(name, secret_words[i]))
			return true;
	return false;
}

/* A terminal must not obey what a URL says. */
static void add_plain(struct text *t, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		text_addn(t, iscntrl((unsigned char)s[i]) ? "?" : &s[i], 1);
}

/* Where the host begins: behind the user and the password, which may hold an "@" that nobody encoded. */
static const char *host_of(const char *authority)
{
	const char *end = authority + strcspn(authority, "/?#\\");
	const char *port = memchr(authority, ':', (size_t)(end - authority));
	const char *at = memrchr(authority, '@', (size_t)(end - authority));

	/* … or a "/": what looks like a port is none then. */
	if (!at && port && port[1 + strspn(port + 1, "0123456789")] != *end)
		at = strrchr(authority, '@');
	return at ? at + 1 : authority;
}

static void add_query(struct text *t, const char *query)
{
	char before = '?';

	while (*query && *query != '#') {
		size_t len = strcspn(query, "&;#");

		if (len && !is_secret(query, len)) {
			text_addn(t, &before, 1);
			add_plain(t, query, len);
			before = '&';
		}
		query += len;
		if (*query == '&' || *query == ';')
			query++;
	}
}

char *http_shown(const char *url)
{
	cleanup_text struct text t = { 0 };
	const char *authority = strstr(url, "://");
	const char *rest = url;

	if (authority) {
		authority += 3;
		add_plain(&t, url, (size_t)(authority - url));
		rest = host_of(authority);
	}
	add_plain(&t, rest, strcspn(rest, "?#"));
	rest += strcspn(rest, "?#");
	if (*rest == '?')
		add_query(&t, rest + 1);
	return text_take(&t);
}

/* --- small files ----------------------------------------------------------------------------- */

struct collector {
	struct text body;
	size_t max_bytes;
	bool peek; /* more than max_bytes is no mistake: the rest is not wanted */
	bool full;
};

static int too_large(const struct collector *c, struct error *err)
{
	return error_set(err, ERROR_BOX, "it is larger than %zu bytes", c->max_bytes);
}

static int on_head(void *ctx, const struct answer *a, struct error *err)
{
	const struct collector *c = ctx;

	if (a->status != 200)
		return error_set(err, ERROR_BOX, "the server gave a part of it only");
	if (!c->peek && a->length_bytes >= 0 && (uint64_t)a->length_bytes > c->max_bytes)
		return too_large(c, err);
	return 0;
}

static int on_body(void *ctx, const void *data, size_t len, struct error *err)
{
	struct collector *c = ctx;
	size_t room = c->max_bytes - c->body.len;

	if (len > room && !c->peek)
		return too_large(c, err);
	text_addn(&c->body, data, len < room ? len : room);
	c->full = c->body.len == c->max_bytes;
	/* There is no other way to end a request early; fetch() knows. */
	return c->peek && c->full ? error_set(err, ERROR_BOX, "enough of it was seen") : 0;
}

static int fetch(const struct http_conf *conf, const char *url, struct collector *c,
		 struct text *out, struct error *err)
{
	const struct request r = { .conf = conf,
				   .url = url,
				   .from = REQUEST_NO_RANGE,
				   .head = on_head,
				   .body = on_body,
				   .ctx = c };
	struct patience patience = patience_of(conf);
	int rc;

	for (;;) {
		cleanup_answer struct answer a = { 0 };

		text_reset(&c->body);
		rc = request_run(&r, &a, err);
		if (c->peek && c->full) {
			error_clear(err);
			rc = 0;
		}
		if (rc == 0 || a.trouble != TROUBLE_PASSING ||
		    !patience_wait(&patience, a.retry_after_s, NULL))
			break;
	}
	if (rc == 0)
		text_addn(out, text_str(&c->body), c->body.len);
	else if (stop_requested())
		rc = stop_check(0, NULL, err);
	text_clear(&c->body);
	return rc;
}

int http_get(const struct http_conf *conf, const char *url, size_t max_bytes, struct text *out,
	     struct error *err)
{
	struct collector c = { .max_bytes = max_bytes };

	return fetch(conf, url, &c, out, err);
}

int http_peek(const struct http_conf *conf, const char *url, size_t max_bytes, struct text *out,
	      struct error *err)
{
	struct collector c = { .max_bytes = max_bytes, .peek = true };

	return fetch(conf, url, &c, out, err);
}
