/* SPDX-License-Identifier: Apache-2.0 */
/* Which file the bytes of a download are of. */
#include "boxes/download_note.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "boxes/curl_api.h"
#include "boxes/http.h"
#include "core/fs.h"

#define MAX_NOTE_BYTES ((size_t)64 << 10)

/* A date tells bytes apart only once the second it names is over (RFC 9110, 8.8.2.2). */
static bool is_strong_date(const struct answer *a)
{
	time_t modified, now;

	if (!a->last_modified || !a->date)
		return false;
	modified = curl.getdate(a->last_modified, NULL);
	now = curl.getdate(a->date, NULL);
	return modified >= 0 && now > modified;
}

void download_note_of(const char *url, const struct answer *a, struct download_note *out)
{
	*out = (struct download_note){ .url = http_shown(url) };
	digest_of(url, strlen(url), out->source);
	digest_of(a->final, strlen(a->final), out->final);
	if (a->etag)
		out->etag = xstrdup(a->etag);
	if (is_strong_date(a))
		out->last_modified = xstrdup(a->last_modified);
	if (a->status == 206)
		out->total_bytes = a->total_bytes;
	else if (a->length_bytes > 0)
		out->total_bytes = (uint64_t)a->length_bytes;
}

static char *string_of(json_t *root, const char *key)
{
	const char *value = json_string_value(json_object_get(root, key));

	/* It becomes a line of a request. */
	return value && !strpbrk(value, "\r\n") ? xstrdup(value) : NULL;
}

static bool take_digest(json_t *root, const char *key, char out[static DIGEST_HEX_BYTES])
{
	const char *value = json_string_value(json_object_get(root, key));

	if (!value || strlen(value) != DIGEST_HEX_BYTES - 1)
		return false;
	memcpy(out, value, DIGEST_HEX_BYTES);
	return true;
}

static bool take(json_t *root, struct download_note *n)
{
	json_int_t total = json_integer_value(json_object_get(root, "total"));

	n->url = string_of(root, "url");
	n->etag = string_of(root, "etag");
	n->last_modified = string_of(root, "last_modified");
	n->total_bytes = total > 0 ? (uint64_t)total : 0;
	return n->url && take_digest(root, "source", n->source) &&
	       take_digest(root, "final", n->final);
}

bool download_note_load(const char *path, struct download_note *out)
{
	cleanup_note struct download_note n = { 0 };
	cleanup_error struct error ignored = { 0 };
	cleanup_text struct text content = { 0 };
	json_t *root;
	bool good;

	if (fs_read(path, MAX_NOTE_BYTES, &content, &ignored) < 0)
		return false;
	root = json_loadb(text_str(&content), content.len, JSON_REJECT_DUPLICATES, NULL);
	good = root && take(root, &n);
	json_decref(root);
	if (!good)
		return false;
	*out = n;
	n = (struct download_note){ 0 };
	return true;
}

int download_note_save(const struct download_note *n, const char *path, struct error *err)
{
	json_t *root = json_pack("{s:s, s:s, s:s, s:s*, s:s*, s:I}", "url", n->url, "source",
				 n->source, "final", n->final, "etag", n->etag, "last_modified",
				 n->last_modified, "total", (json_int_t)n->total_bytes);
	char *content = root ? json_dumps(root, JSON_COMPACT) : NULL;
	int rc = 0;

	json_decref(root);
	/* A server may put anything into its fields; what is not UTF-8 cannot be noted, and then there is no note. */
	if (content)
		rc = fs_write(path, content, strlen(content), 0600, NULL, err);
	free(content);
	return rc;
}

void download_note_clear(struct download_note *n)
{
	free(n->url);
	free(n->etag);
	free(n->last_modified);
	*n = (struct download_note){ 0 };
}

const char *download_note_validator(const struct download_note *n)
{
	return n->etag ? n->etag : n->last_modified;
}

bool download_note_is_of(const struct download_note *n, const char *url)
{
	char source[DIGEST_HEX_BYTES];

	digest_of(url, strlen(url), source);
	return strcmp(source, n->source) == 0;
}

enum note_match download_note_compare(const struct download_note *n,
				      const struct download_note *now)
{
	bool same_server = strcmp(n->final, now->final) == 0, same;
	bool totals = n->total_bytes && now->total_bytes;

	if (strcmp(n->source, now->source) != 0)
		return NOTE_UNCERTAIN;
	if (totals && n->total_bytes != now->total_bytes)
		return NOTE_OTHER;
	if (n->etag && now->etag)
		same = strcmp(n->etag, now->etag) == 0;
	else if (n->last_modified && now->last_modified)
		same = strcmp(n->last_modified, now->last_modified) == 0;
	else
		return NOTE_UNCERTAIN;
	/* Publishers redirect to one of several servers. Theirs may differ for the same file, but hardly agree
	 * in length and validator for another one. */
	if (same)
		return same_server || totals ? NOTE_SAME : NOTE_UNCERTAIN;
	return same_server ? NOTE_OTHER : NOTE_UNCERTAIN;
}
