/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The distributions' own images. A catalog of them is JSON, {"format": 1, "distributions": […]}, of objects
 *
 *   name      "debian/12": what a user writes
 *   title     "Debian 12 (bookworm)": for people
 *   aliases   [] other names; no name or alias may occur twice
 *   newest    true: the name before the slash alone, "debian", means this one
 *   images    [] of objects, at most one for each provider and architecture:
 *     provider      "kvm": a disk image; "container": a tarball of a root file system
 *     architecture  in Debian's words
 *     urls          [] the same image in several places. Those with {version} in them are left out while it is not
 *                   known, else tried first. Leave in one without
 *     sums          [] files of checksums (boxes/sums.h), tried in order; may have {version} too. A file whose name begins
 *                   with the image's may have it under any name, if it has no other
 *     version       {from, pattern}: where the version is told. The pattern's one "*" stands for it. from "url": the
 *                   file's name in `urls`; from "sums": names of files that have the same checksum, in the file of
 *                   sums; else the address of a text
 *     simplestreams {server, product}: instead of the three above (boxes/simplestreams.h)
 *     user          who is let in
 *     first_boot    [] how the image takes its keys. "credentials": from systemd (252 and later), with a network
 *                   that comes up by itself; `user` must then exist in the image. "nocloud": from cloud-init
 *     lacks         what it would need for bothy to be of use: it is known, but not offered
 *
 * Fields that are not known are errors; a change that older programs would misread has another number.
 */
#include "boxes/distros.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boxes/distro.h"
#include "boxes/distro_offer.h"
#include "boxes/member.h"
#include "core/fs.h"

#define FORMAT 1
#define FILE_MAX_BYTES ((size_t)16 << 20)

struct distros {
	struct arena arena;
	struct distro *at;
	size_t count;
};

/* --- reading ---------------------------------------------------------------------------------- */

static bool is_name(const char *name)
{
	return *name && name[0] != '/' && !strchr(name, ':') &&
	       !name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._+-/")];
}

static int check_names(const struct distros *d, const struct distro *one, size_t from,
		       struct error *err)
{
	for (size_t i = 0; i <= one->alias_count; i++) {
		const char *name = i ? one->aliases[i - 1] : one->name;
		cleanup_free char *shown = member_shown(name);

		if (!is_name(name))
			return error_set(err, ERROR_BOX, "'%s' is no name", shown);
		for (size_t j = from; j < d->count; j++)
			if (distro_is(&d->at[j], name))
				return error_set(err, ERROR_BOX, "'%s' is named twice", shown);
	}
	for (size_t j = from; j < d->count; j++) {
		size_t family = strcspn(one->name, "/");

		if (one->newest && d->at[j].newest &&
		    !strncmp(d->at[j].name, one->name, family + 1))
			return error_set(err, ERROR_BOX, "'%s' and '%s' are both the newest",
					 d->at[j].name, one->name);
	}
	return 0;
}

/* Names may occur again in another file: then the first file's is meant. */
static int read_all(struct distros *d, const json_t *root, struct error *err)
{
	const json_t *list = json_object_get(root, "distributions");
	size_t from = d->count;

	if (!json_is_object(root) || !json_is_integer(json_object_get(root, "format")))
		return error_set(err, ERROR_BOX, "field 'format' is missing");
	if (json_integer_value(json_object_get(root, "format")) != FORMAT)
		return error_set(err, ERROR_BOX, "its format is not %d: it is for another bothy",
				 FORMAT);
	if (!json_is_array(list))
		return error_set(err, ERROR_BOX, "field 'distributions' is not a list");
	if (json_object_size(root) != 2)
		return error_set(err, ERROR_BOX, "it has a field that is not known");
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct distro one;

		if (distro_read(&d->arena, json_array_get(list, i), &one, err) < 0 ||
		    check_names(d, &one, from, err) < 0)
			return error_wrap(err, "distributions[%zu]", i);
		d->at = xgrow(d->at, d->count, sizeof(*d->at));
		d->at[d->count++] = one;
	}
	return 0;
}

static int read_file(struct distros *d, const char *path, struct error *err)
{
	cleanup_text struct text text = { 0 };
	json_error_t why;
	json_t *root;
	int rc;

	if (fs_read(path, FILE_MAX_BYTES, &text, err) < 0)
		return -1;
	root = json_loadb(text_str(&text), text.len, JSON_REJECT_DUPLICATES, &why);
	if (!root) {
		cleanup_free char *shown = member_shown(why.text);

		error_set(err, ERROR_BOX, "line %d: %s", why.line, shown);
		return error_wrap(err, "%s", path);
	}
	rc = read_all(d, root, err);
	json_decref(root);
	return rc < 0 ? error_wrap(err, "%s", path) : 0;
}

int distros_load(const char *path, struct distros **out, struct error *err)
{
	cleanup_distros struct distros *d = xcalloc(1, sizeof(*d));

	if (read_file(d, path, err) < 0)
		return -1;
	*out = take_ptr(d);
	return 0;
}

int distros_load_all(const struct strings *files, struct distros **out, struct error *err)
{
	cleanup_distros struct distros *d = xcalloc(1, sizeof(*d));
	cleanup_free char *shipped = fs_shipped("catalog.json");

	for (size_t i = 0; i < files->count; i++) {
		if (read_file(d, files->at[i], err) < 0)
			return -1;
	}
	if (read_file(d, shipped, err) < 0)
		return -1;
	*out = take_ptr(d);
	return 0;
}

void distros_free(struct distros **d)
{
	struct distros *old = *d;

	*d = NULL;
	if (!old)
		return;
	arena_clear(&old->arena);
	free(old->at);
	free(old);
}

/* --- asking ----------------------------------------------------------------------------------- */

size_t distros_count(const struct distros *d)
{
	return d->count;
}

struct distros_row distros_row(const struct distros *d, size_t index)
{
	const struct distro *one = &d->at[index];

	return (struct distros_row){ one->name,        one->title,  one->aliases,
				     one->alias_count, one->offers, one->offer_count };
}

bool distros_has(const struct distros *d, const char *name)
{
	for (size_t i = 0; i < d->count; i++)
		if (distro_is(&d->at[i], name))
			return true;
	return false;
}

bool distros_offers(const struct distros *d, const char *name, const char *provider)
{
	for (size_t i = 0; i < d->count; i++) {
		const struct distro *one = &d->at[i];

		if (!distro_is(one, name))
			continue;
		for (size_t j = 0; j < one->image_count; j++)
			if (!one->images[j].lacks && !strcmp(one->images[j].provider, provider))
				return true;
		return false;
	}
	return false;
}

const char *distros_nearest(const struct distros *d, const char *name)
{
	const char *nearest;
	const char **names = NULL;
	size_t count = 0;

	for (size_t i = 0; i < d->count; i++) {
		for (size_t j = 0; j <= d->at[i].alias_count; j++) {
			names = xgrow(names, count, sizeof(*names));
			names[count++] = j ? d->at[i].aliases[j - 1] : d->at[i].name;
		}
	}
	nearest = text_nearest(name, names, count);
	free(names);
	return nearest;
}

static int not_known(const struct distros *d, const char *name, struct error *err)
{
	const char *nearest = distros_nearest(d, name);
	cleanup_free char *shown = member_shown(name);

	error_set(err, ERROR_NOT_FOUND, "box '%s' is not known to the catalog of distributions",
		  shown);
	return nearest ? error_hint(err, "did you mean '%s'?", nearest) : -1;
}

static void hint_offers(const struct distro *one, struct error *err)
{
	cleanup_text struct text offers = { 0 };

	for (size_t i = 0; i < one->offer_count; i++)
		text_addf(&offers, "%s%s", i ? ", " : "", one->offers[i]);
	if (offers.len)
		error_hint(err, "it is published for %s", text_str(&offers));
}

static int not_published(const struct distro *one, const struct distro_image *image,
			 const char *provider, const char *architecture, struct error *err)
{
	if (image)
		error_set(err, ERROR_NOT_FOUND, "box '%s' for %s is published without %s",
			  one->name, image->provider, image->lacks);
	else
		error_set(err, ERROR_NOT_FOUND, "box '%s' is not published for %s%s%s", one->name,
			  provider ? provider : "", provider ? " on " : "", architecture);
	/* What boxes/build/box knows. */
	if (image && !strcmp(image->provider, "container") &&
	    (text_has_prefix(one->name, "debian/") || text_has_prefix(one->name, "ubuntu/")))
		error_hint(err, "make one from packages: bothy box build %s --provider container",
			   one->name);
	hint_offers(one, err);
	return -1;
}

int distros_find(const struct distros *d, const struct http_conf *http, const struct box_want *want,
		 struct offer *out, struct error *err)
{
	const char *architecture = want->architecture ? offer_architecture(want->architecture) :
							offer_host_architecture();

	for (size_t i = 0; i < d->count; i++) {
		const struct distro *one = &d->at[i];
		const struct distro_image *image;

		if (!distro_is(one, want->name))
			continue;
		image = distro_image(one, want->provider, architecture);
		if (!image || image->lacks)
			return not_published(one, image, want->provider, architecture, err);
		return distro_offer(one, image, http, want, out, err);
	}
	return not_known(d, want->name, err);
}
