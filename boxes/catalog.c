/* SPDX-License-Identifier: Apache-2.0 */
/* Box catalogs: which versions, for which engines and processors, from where. */
#include "boxes/catalog.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "boxes/http.h"
#include "boxes/member.h"
#include "boxes/version.h"
#include "core/fs.h"

#define MAX_VERSIONS ((size_t)10000)
#define HINT_LINES 10

/* All strings are the document's, and NULL where it says nothing. */
struct entry {
	const char *provider; /* ours; NULL: an engine that is not ours */
	const char *word;     /* what the catalog calls it */
	const char *architecture;
	const char *url, *checksum, *checksum_type;
	bool is_default;
};

struct release {
	const char *version;
	struct entry *entries;
	size_t count;
};

struct catalog {
	struct arena arena;
	json_t *root;
	const char *url, *name;
	struct release *releases; /* newest first */
	size_t count;
};

bool catalog_is(const void *head, size_t len)
{
	const char *at = head, *end = at + len;

	if (len >= 3 && !memcmp(at, "\xef\xbb\xbf", 3))
		at += 3;
	while (at < end && strchr(" \t\r\n", *at) && *at)
		at++;
	if (at == end || *at++ != '{')
		return false;
	/* A box that begins with this byte would not go on as an object does. */
	while (at < end && strchr(" \t\r\n", *at) && *at)
		at++;
	return at == end || *at == '"' || *at == '}';
}

/* --- reading ---------------------------------------------------------------------------------- */

static int bad_field(const char *field, const char *why, struct error *err)
{
	return error_set(err, ERROR_BOX, "field '%s' %s", field, why);
}

static int read_string(const json_t *object, const char *field, const char **out, struct error *err)
{
	const json_t *value = json_object_get(object, field);

	if (!value || json_is_null(value))
		return 0;
	if (!json_is_string(value))
		return bad_field(field, "is not a string", err);
	*out = json_string_value(value);
	return 0;
}

static int read_word(const json_t *object, const char *field, const char **out, struct error *err)
{
	if (read_string(object, field, out, err) < 0)
		return -1;
	return *out && **out ? 0 : bad_field(field, "is missing", err);
}

static int read_list(const json_t *object, const char *field, const json_t **out, struct error *err)
{
	const json_t *value = json_object_get(object, field);

	if (!value)
		return bad_field(field, "is missing", err);
	if (!json_is_array(value))
		return bad_field(field, "is not a list", err);
	if (json_array_size(value) > MAX_VERSIONS)
		return bad_field(field, "is too long", err);
	*out = value;
	return 0;
}

/* Of other tools' engines only the name is looked at: what else they need is not ours to judge. */
static int read_entry(const json_t *object, struct entry *out, struct error *err)
{
	struct entry e = { 0 };
	const json_t *is_default;

	if (!json_is_object(object))
		return error_set(err, ERROR_BOX, "is not an object");
	is_default = json_object_get(object, "default_architecture");
	if (read_word(object, "name", &e.word, err) < 0)
		return -1;
	e.provider = offer_provider(e.word);
	if (e.provider) {
		if (read_word(object, "url", &e.url, err) < 0 ||
		    read_string(object, "checksum", &e.checksum, err) < 0 ||
		    read_string(object, "checksum_type", &e.checksum_type, err) < 0 ||
		    read_string(object, "architecture", &e.architecture, err) < 0)
			return -1;
		if (is_default && !json_is_boolean(is_default) && !json_is_null(is_default))
			return bad_field("default_architecture", "is neither true nor false", err);
	}
	e.is_default = json_is_true(is_default);
	if (e.architecture)
		e.architecture = *e.architecture ? offer_architecture(e.architecture) : NULL;
	*out = e;
	return 0;
}

static int read_release(struct catalog *c, const json_t *object, struct release *out,
			struct error *err)
{
	struct release r = { 0 };
	const json_t *list = NULL;

	if (!json_is_object(object))
		return error_set(err, ERROR_BOX, "is not an object");
	if (read_word(object, "version", &r.version, err) < 0 ||
	    read_list(object, "providers", &list, err) < 0)
		return -1;
	r.count = json_array_size(list);
	r.entries = arena_alloc(&c->arena, (r.count + 1) * sizeof(*r.entries));
	for (size_t i = 0; i < r.count; i++)
		if (read_entry(json_array_get(list, i), &r.entries[i], err) < 0)
			return error_wrap(err, "providers[%zu]", i);
	*out = r;
	return 0;
}

static int newest_first(const void *a, const void *b)
{
	const struct release *left = a, *right = b;
	int order = version_compare(right->version, left->version);

	/* qsort() keeps no order of its own, and "1" equals "1.0". */
	return order ? order : strcmp(left->version, right->version);
}

static int read_root(struct catalog *c, struct error *err)
{
	const json_t *list = NULL;

	if (!json_is_object(c->root))
		return error_set(err, ERROR_BOX, "it is not an object");
	if (read_word(c->root, "name", &c->name, err) < 0 ||
	    read_list(c->root, "versions", &list, err) < 0)
		return -1;
	c->count = json_array_size(list);
	c->releases = arena_alloc(&c->arena, (c->count + 1) * sizeof(*c->releases));
	for (size_t i = 0; i < c->count; i++)
		if (read_release(c, json_array_get(list, i), &c->releases[i], err) < 0)
			return error_wrap(err, "versions[%zu]", i);
	qsort(c->releases, c->count, sizeof(*c->releases), newest_first);
	return 0;
}

static int wrap_url(const char *url, struct error *err)
{
	cleanup_free char *shown = http_is_url(url) ? http_shown(url) : member_shown(url);

	return error_wrap(err, "catalog '%s'", shown);
}

int catalog_parse(const void *data, size_t len, const char *url, struct catalog **out,
		  struct error *err)
{
	cleanup_catalog struct catalog *c = xcalloc(1, sizeof(*c));
	json_error_t why;

	if (len >= 3 && !memcmp(data, "\xef\xbb\xbf", 3)) {
		data = (const char *)data + 3;
		len -= 3;
	}
	c->url = arena_strdup(&c->arena, url);
	if (len > CATALOG_MAX_BYTES) {
		error_set(err, ERROR_BOX, "it is larger than %zu MiB", CATALOG_MAX_BYTES >> 20);
		return wrap_url(url, err);
	}
	c->root = json_loadb(data, len, 0, &why);
	if (!c->root) {
		cleanup_free char *shown = member_shown(why.text);

		error_set(err, ERROR_BOX, "line %d: %s", why.line, shown);
		return wrap_url(url, err);
	}
	if (read_root(c, err) < 0)
		return wrap_url(url, err);
	*out = take_ptr(c);
	return 0;
}

const char *catalog_name(const struct catalog *c)
{
	return c->name;
}

void catalog_free(struct catalog **c)
{
	struct catalog *old = *c;

	*c = NULL;
	if (!old)
		return;
	json_decref(old->root);
	arena_clear(&old->arena);
	free(old);
}

/* --- choosing --------------------------------------------------------------------------------- */

/* The entry of a release for an engine and a processor, as the header tells. */
static const struct entry *pick(const struct release *r, const char *provider,
				const char *architecture)
{
	const struct entry *unknown = NULL, *bare = NULL;
	size_t bare_count = 0;

	for (size_t i = 0; i < r->count; i++) {
		const struct entry *e = &r->entries[i];

		if (!text_equal(e->provider, provider))
			continue;
		if (text_equal(e->architecture, architecture))
			return e;
		if (e->is_default && text_equal(e->architecture, "unknown"))
			unknown = e;
		if (!e->architecture) {
			bare = e;
			bare_count++;
		}
	}
	return unknown ? unknown : bare_count == 1 ? bare : NULL;
}

static const struct entry *pick_any(const struct release *r, const struct box_want *want)
{
	const char *architecture = want->architecture ? offer_architecture(want->architecture) :
							offer_host_architecture();
	const struct entry *e;

	if (want->provider)
		return pick(r, want->provider, architecture);
	e = pick(r, "kvm", architecture);
	return e ? e : pick(r, "container", architecture);
}

/* Only http(s) may be fetched because of what a stranger's catalog says; one of this host may name files. */
static int absolute_url(const struct catalog *c, const char *url, char **out, struct error *err)
{
	cleanup_free char *directory = NULL;
	char *slash;

	if (http_is_url(c->url))
		return http_resolve(c->url, url, out, err);
	if (http_is_url(url) || text_has_prefix(url, "file:")) {
		*out = xstrdup(url);
		return 0;
	}
	directory = xstrdup(c->url);
	slash = strrchr(directory, '/');
	if (slash)
		slash[1] = '\0';
	*out = slash ? fs_join(directory, url) : xstrdup(url);
	return 0;
}

static int make_offer(const struct catalog *c, const struct release *r, const struct entry *e,
		      struct offer *out, struct error *err)
{
	cleanup_offer struct offer o = { 0 };
	cleanup_free char *url = NULL;
	const char *type = e->checksum_type && *e->checksum_type ? e->checksum_type : NULL;

	if (absolute_url(c, e->url, &url, err) < 0)
		return -1;
	if (e->checksum && *e->checksum &&
	    checksum_of_type(type, e->checksum, &o.checksum, err) < 0)
		return -1;
	offer_add_url(&o, url);
	o.name = xstrdup(c->name);
	o.version = xstrdup(r->version);
	o.provider = xstrdup(e->provider);
	if (e->architecture && strcmp(e->architecture, "unknown") != 0)
		o.architecture = xstrdup(e->architecture);
	o.catalog_url = xstrdup(c->url);
	*out = o;
	memset(&o, 0, sizeof(o));
	return 0;
}

/* A line for each version and what it is offered for, newest first: "1.2 (kvm amd64, kvm arm64)". */
static void describe(const struct catalog *c, struct text *out)
{
	size_t lines = c->count < HINT_LINES ? c->count : HINT_LINES;

	for (size_t i = 0; i < lines; i++) {
		const struct release *r = &c->releases[i];
		cleanup_free char *version = member_shown(r->version);

		text_addf(out, "%s (", version);
		for (size_t j = 0; j < r->count; j++) {
			const struct entry *e = &r->entries[j];
			const char *word = e->provider ? e->provider : e->word;
			cleanup_free char *shown =
				e->architecture ? xasprintf("%s %s", word, e->architecture) :
						  xstrdup(word);
			cleanup_free char *safe = member_shown(shown);

			text_addf(out, "%s%s", j ? ", " : "", safe);
		}
		text_add(out, ")\n");
	}
	if (lines < c->count)
		text_addf(out, "and %zu more\n", c->count - lines);
}

static int nothing_fits(const struct catalog *c, const struct box_want *want, struct error *err)
{
	cleanup_free char *name = member_shown(c->name);
	cleanup_text struct text offered = { 0 };
	bool constrained = want->version && *want->version;
	const char *architecture = want->architecture ? want->architecture :
							offer_host_architecture();

	error_set(err, ERROR_NOT_FOUND, "box '%s' is not offered for %s%s%s%s%s%s", name,
		  want->provider ? want->provider : "", want->provider ? " on " : "", architecture,
		  constrained ? " in a version '" : "", constrained ? want->version : "",
		  constrained ? "'" : "");
	describe(c, &offered);
	if (!offered.len)
		return error_hint(err, "the catalog offers no versions at all");
	return error_hint(err, "it is offered as\n%.*s", (int)offered.len - 1, offered.ptr);
}

static int wrap_version(const struct catalog *c, const struct release *r, struct error *err)
{
	cleanup_free char *version = member_shown(r->version);

	error_wrap(err, "version '%s'", version);
	return wrap_url(c->url, err);
}

int catalog_choose(const struct catalog *c, const struct box_want *want, struct offer *out,
		   struct error *err)
{
	cleanup_constraint struct constraint *constraint = NULL;

	if (constraint_parse(want->version, &constraint, err) < 0)
		return -1;
	for (size_t i = 0; i < c->count; i++) {
		const struct release *r = &c->releases[i];
		const struct entry *e = NULL;

		if (constraint_holds(constraint, r->version))
			e = pick_any(r, want);
		if (!e)
			continue;
		if (make_offer(c, r, e, out, err) == 0)
			return 0;
		return wrap_version(c, r, err);
	}
	return nothing_fits(c, want, err);
}
