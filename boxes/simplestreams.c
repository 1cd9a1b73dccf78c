/* SPDX-License-Identifier: Apache-2.0 */
/* Simplestreams: products, their versions, and the files of those. */
#include "boxes/simplestreams.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "boxes/http.h"
#include "boxes/member.h"
#include "boxes/version.h"
#include "core/fs.h"

#define HINT_LINES 10

/* Best first. Ubuntu's disk1.img and the disk-kvm.img of Incus are qcow2 files. */
static const char *const disk_types[] = { "disk1.img", "disk-kvm.img", "disk.qcow2", NULL };
static const char *const rootfs_types[] = { "root.tar.xz", "root.tar.zst", "root.tar.gz", NULL };

static void drop_json(json_t **json)
{
	json_decref(*json);
}
#define cleanup_json cleanup(drop_json)

static int load(const void *data, size_t len, const char *field, json_t **out, struct error *err)
{
	json_error_t why;
	json_t *root = json_loadb(data, len, 0, &why);

	if (!root) {
		cleanup_free char *shown = member_shown(why.text);

		return error_set(err, ERROR_BOX, "simplestreams: line %d: %s", why.line, shown);
	}
	if (!json_is_object(json_object_get(root, field))) {
		json_decref(root);
		return error_set(err, ERROR_BOX, "simplestreams: it has no object '%s'", field);
	}
	*out = root;
	return 0;
}

/* "" where there is none, so that it can be compared. */
static const char *word(const json_t *object, const char *field)
{
	const char *value = json_string_value(json_object_get(object, field));

	return value ? value : "";
}

/* The index is a stranger's: no path in it may lead to another server. */
static bool is_relative(const char *path)
{
	if (!*path || *path == '/' || strstr(path, "://") || strcasestr(path, "%2e"))
		return false;
	for (const char *at = path; *at; at += strspn(at, "/")) {
		size_t len = strcspn(at, "/?#");

		if (len == 2 && !memcmp(at, "..", 2))
			return false;
		at += at[len] == '?' || at[len] == '#' ? strlen(at) : len;
	}
	return true;
}

int simplestreams_index(const void *data, size_t len, char ***out_paths, size_t *out_count,
			struct error *err)
{
	cleanup_json json_t *root = NULL;
	char **paths = NULL;
	const char *key;
	json_t *stream;
	size_t count = 0;

	if (load(data, len, "index", &root, err) < 0)
		return -1;
	json_object_foreach(json_object_get(root, "index"), key, stream)
	{
		const char *path = word(stream, "path"), *type = word(stream, "datatype");

		if ((*type && strcmp(type, "image-downloads") != 0) || !is_relative(path))
			continue;
		paths = xgrow(paths, count, sizeof(*paths));
		paths[count++] = xstrdup(path);
	}
	if (!count)
		return error_set(err, ERROR_BOX, "simplestreams: the index names no images");
	*out_paths = paths;
	*out_count = count;
	return 0;
}

/* --- names ------------------------------------------------------------------------------------ */

/* `name` is `os`, a slash and `rest`; in names, capitals do not matter. */
static bool is_joined(const char *name, const char *os, const char *rest)
{
	size_t len = strlen(os);

	return len && *rest && !strncasecmp(name, os, len) && name[len] == '/' &&
	       !strcasecmp(name + len + 1, rest);
}

static bool has_alias(const json_t *product, const char *name)
{
	const char *at = word(product, "aliases"), *os = word(product, "os");

	while (*at) {
		size_t len = strcspn(at, ",");
		cleanup_free char *alias = xstrndup(at, len);
		const char *trimmed = alias + strspn(alias, " ");

		if (!strcasecmp(trimmed, name) || is_joined(name, os, trimmed))
			return true;
		at += len + (at[len] == ',');
	}
	return false;
}

static bool is_named(const json_t *product, const char *name)
{
	static const char *const fields[] = { "release", "release_title", "version" };
	const char *os = word(product, "os"), *variant = word(product, "variant");

	if (has_alias(product, name))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		const char *release = word(product, fields[i]);
		cleanup_free char *with = *release ? xasprintf("%s/%s", release, variant) : NULL;

		if ((!*variant || !strcmp(variant, "default")) && is_joined(name, os, release))
			return true;
		if (with && is_joined(name, os, with))
			return true;
	}
	return false;
}

/* --- files ------------------------------------------------------------------------------------ */

struct choice {
	const char *version;
	const json_t *item;
	bool squashfs; /* there is one, and nothing that we could use */
	bool named;    /* a product of that name was there, for whatever processor */
};

static const json_t *item_of_type(const json_t *version, const char *type)
{
	const char *key;
	json_t *item;

	json_object_foreach(json_object_get(version, "items"), key, item)
	{
		if (!strcmp(word(item, "ftype"), type) && is_relative(word(item, "path")))
			return item;
	}
	return NULL;
}

static const json_t *pick_item(const json_t *version, const char *const *types)
{
	for (; *types; types++) {
		const json_t *item = item_of_type(version, *types);

		if (item)
			return item;
	}
	return NULL;
}

static void consider_product(const json_t *product, const char *const *types,
			     const struct constraint *constraint, struct choice *best)
{
	const char *name;
	json_t *version;

	json_object_foreach(json_object_get(product, "versions"), name, version)
	{
		const json_t *item = pick_item(version, types);

		if (!constraint_holds(constraint, name))
			continue;
		if (!item && types == rootfs_types && item_of_type(version, "squashfs"))
			best->squashfs = true;
		if (item && (!best->item || version_compare(name, best->version) > 0)) {
			best->item = item;
			best->version = name;
		}
	}
}

static int server_url(const char *server, const char *path, char **out, struct error *err)
{
	cleanup_free char *base =
		xasprintf("%s%s", server, text_has_suffix(server, "/") ? "" : "/");

	if (http_is_url(server))
		return http_resolve(base, path, out, err);
	*out = fs_join(server, path);
	return 0;
}

static int make_offer(const struct choice *choice, const char *server, const char *name,
		      struct offer *out, struct error *err)
{
	cleanup_offer struct offer o = { 0 };
	cleanup_free char *url = NULL;
	const json_t *size = json_object_get(choice->item, "size");
	const char *sha256 = word(choice->item, "sha256");

	if (server_url(server, word(choice->item, "path"), &url, err) < 0)
		return -1;
	if (*sha256 && checksum_of_type("sha256", sha256, &o.checksum, err) < 0)
		return -1;
	offer_add_url(&o, url);
	o.name = xstrdup(name);
	o.version = xstrdup(choice->version);
	if (json_is_integer(size) && json_integer_value(size) > 0)
		o.size_bytes = (uint64_t)json_integer_value(size);
	*out = o;
	memset(&o, 0, sizeof(o));
	return 0;
}

/* --- listing ---------------------------------------------------------------------------------- */

struct row {
	char *label;              /* "debian/bookworm", "alpine/3.22/cloud" */
	const char *architecture; /* the document's */
};

struct rows {
	struct row *at;
	size_t count;
};

static void rows_clear(struct rows *r)
{
	for (size_t i = 0; i < r->count; i++)
		free(r->at[i].label);
	free(r->at);
}
#define cleanup_rows cleanup(rows_clear)

static int by_label(const void *a, const void *b)
{
	const struct row *left = a, *right = b;
	int order = strcmp(left->label, right->label);

	return order ? order : strcmp(left->architecture, right->architecture);
}

static char *label_of(const json_t *product)
{
	const char *variant = word(product, "variant");
	bool plain = !*variant || !strcmp(variant, "default");
	cleanup_free char *label = xasprintf("%s/%s%s%s", word(product, "os"),
					     word(product, "release"), plain ? "" : "/",
					     plain ? "" : variant);

	for (char *at = label; *at; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at | 0x20);
	return member_shown(label);
}

/* The products whose label begins with `prefix`, sorted. */
static void collect(const json_t *root, const char *prefix, struct rows *out)
{
	const char *key;
	json_t *product;

	json_object_foreach(json_object_get(root, "products"), key, product)
	{
		cleanup_free char *label = label_of(product);

		if (strncasecmp(label, prefix, strlen(prefix)) != 0)
			continue;
		out->at = xgrow(out->at, out->count, sizeof(*out->at));
		out->at[out->count++] =
			(struct row){ take_ptr(label), offer_architecture(word(product, "arch")) };
	}
	if (out->count)
		qsort(out->at, out->count, sizeof(*out->at), by_label);
}

/* A line for each product: "debian/12 (amd64, arm64)". */
static void add_rows(const struct rows *rows, struct text *out)
{
	for (size_t i = 0, lines = 0; i < rows->count && lines < HINT_LINES; lines++) {
		const char *label = rows->at[i].label, *before = NULL;

		text_addf(out, "%s (", label);
		for (; i < rows->count && !strcmp(rows->at[i].label, label); i++) {
			cleanup_free char *shown = member_shown(rows->at[i].architecture);

			if (!text_equal(before, rows->at[i].architecture))
				text_addf(out, "%s%s", before ? ", " : "", shown);
			before = rows->at[i].architecture;
		}
		text_add(out, ")\n");
	}
}

/* --- choosing --------------------------------------------------------------------------------- */

static int nothing_named(const json_t *root, const struct box_want *want, struct error *err)
{
	cleanup_free char *name = member_shown(want->name);
	cleanup_free char *os = xstrndup(want->name, strcspn(want->name, "/"));
	cleanup_rows struct rows rows = { 0 };
	cleanup_text struct text offered = { 0 };

	error_set(err, ERROR_NOT_FOUND, "the image server has no '%s'", name);
	collect(root, os, &rows);
	add_rows(&rows, &offered);
	return offered.len ? error_hint(err, "it has\n%.*s", (int)offered.len - 1, offered.ptr) :
			     -1;
}

static int nothing_fits(const struct choice *c, const struct box_want *want, struct error *err)
{
	cleanup_free char *name = member_shown(want->name);
	bool constrained = want->version && *want->version;

	if (c->squashfs) {
		error_set(err, ERROR_BOX, "'%s' is published as squashfs only", name);
		return error_hint(err, "containers are made from tarballs of a root file system");
	}
	return error_set(err, ERROR_NOT_FOUND, "the image server has no '%s' for %s%s%s%s%s%s",
			 name, want->provider ? want->provider : "", want->provider ? " on " : "",
			 want->architecture ? want->architecture : offer_host_architecture(),
			 constrained ? " in a version '" : "", constrained ? want->version : "",
			 constrained ? "'" : "");
}

static void consider_all(const json_t *root, const struct box_want *want, const char *provider,
			 const struct constraint *constraint, struct choice *best)
{
	const char *architecture = want->architecture ? offer_architecture(want->architecture) :
							offer_host_architecture();
	const char *const *types = strcmp(provider, "kvm") != 0 ? rootfs_types : disk_types;
	const char *key;
	json_t *product;

	json_object_foreach(json_object_get(root, "products"), key, product)
	{
		if (!is_named(product, want->name))
			continue;
		best->named = true;
		if (!strcmp(offer_architecture(word(product, "arch")), architecture))
			consider_product(product, types, constraint, best);
	}
}

int simplestreams_choose(const void *data, size_t len, const char *server,
			 const struct box_want *want, struct offer *out, struct error *err)
{
	cleanup_json json_t *root = NULL;
	cleanup_constraint struct constraint *constraint = NULL;
	const char *provider = want->provider ? want->provider : "kvm";
	struct choice best = { 0 };

	if (constraint_parse(want->version, &constraint, err) < 0 ||
	    load(data, len, "products", &root, err) < 0)
		return -1;
	consider_all(root, want, provider, constraint, &best);
	if (!best.item && !want->provider) {
		provider = "container";
		consider_all(root, want, provider, constraint, &best);
	}
	if (!best.named)
		return nothing_named(root, want, err);
	if (!best.item)
		return nothing_fits(&best, want, err);
	if (make_offer(&best, server, want->name, out, err) < 0)
		return error_wrap(err, "simplestreams");
	out->provider = xstrdup(provider);
	out->architecture = xstrdup(want->architecture ? offer_architecture(want->architecture) :
							 offer_host_architecture());
	return 0;
}
