/* SPDX-License-Identifier: Apache-2.0 */
/* Reading of releases; the format is told at the head of boxes/distros.c. */
#include "boxes/distro.h"

#include <string.h>

#include "boxes/http.h"
#include "boxes/member.h"
#include "boxes/offer.h"
#include "core/image.h"
#include "core/text.h"

static const char *const architectures[] = { "amd64",   "arm64",   "armhf",   "i386",
					     "loong64", "ppc64el", "riscv64", "s390x" };

static int bad_field(const char *field, const char *why, struct error *err)
{
	return error_set(err, ERROR_BOX, "field '%s' %s", field, why);
}

/* A slip in a field's name would otherwise go unnoticed until the field is missed. */
static int check_fields(const json_t *object, const char *const *known, struct error *err)
{
	const char *key;
	json_t *value;

	if (!json_is_object(object))
		return error_set(err, ERROR_BOX, "is not an object");
	/* jansson's iteration takes no const, but changes nothing. */
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		size_t i = 0;

		while (known[i] && strcmp(known[i], key) != 0)
			i++;
		if (!known[i]) {
			cleanup_free char *shown = member_shown(key);

			return bad_field(shown, "is not known", err);
		}
	}
	return 0;
}

static int read_string(struct arena *arena, const json_t *object, const char *field,
		       const char **out, struct error *err)
{
	const json_t *value = json_object_get(object, field);

	if (!value)
		return 0;
	if (!json_is_string(value) || !json_string_length(value))
		return bad_field(field, "is not a string with something in it", err);
	*out = arena_strdup(arena, json_string_value(value));
	return 0;
}

static int need_string(struct arena *arena, const json_t *object, const char *field,
		       const char **out, struct error *err)
{
	if (read_string(arena, object, field, out, err) < 0)
		return -1;
	return *out ? 0 : bad_field(field, "is missing", err);
}

static int read_strings(struct arena *arena, const json_t *object, const char *field,
			const char *const **out, size_t *out_count, struct error *err)
{
	const json_t *list = json_object_get(object, field);
	size_t count = json_array_size(list);
	const char **strings = arena_alloc(arena, (count + 1) * sizeof(*strings));

	if (list && !json_is_array(list))
		return bad_field(field, "is not a list", err);
	for (size_t i = 0; i < count; i++) {
		const json_t *value = json_array_get(list, i);

		if (!json_is_string(value) || !json_string_length(value))
			return bad_field(field, "is not a list of strings", err);
		strings[i] = arena_strdup(arena, json_string_value(value));
	}
	*out = strings;
	*out_count = count;
	return 0;
}

/* --- an image --------------------------------------------------------------------------------- */

static int check_words(const struct distro_image *image, struct error *err)
{
	if (!text_equal(offer_provider(image->provider), image->provider))
		return bad_field("provider", "is neither kvm nor container", err);
	for (size_t i = 0; i < ARRAY_SIZE(architectures); i++)
		if (!strcmp(architectures[i], image->architecture))
			return 0;
	return bad_field("architecture", "is not known", err);
}

static int read_first_boot(struct arena *arena, const json_t *object, unsigned *out,
			   struct error *err)
{
	const char *const *words = NULL;
	size_t count = 0;

	if (read_strings(arena, object, "first_boot", &words, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		unsigned bit = first_boot_bit(words[i]);

		/* What distributions publish has no well-known key. */
		if (!bit || bit == FIRST_BOOT_KNOWN_KEY)
			return bad_field("first_boot", "has a word that is not known", err);
		*out |= bit;
	}
	return 0;
}

static int check_urls(const char *field, const char *const *urls, size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++)
		if (!http_is_url(urls[i]))
			return bad_field(field, "has an address that is not of the web", err);
	return 0;
}

static bool has_version(const char *url)
{
	return strstr(url, DISTRO_VERSION) != NULL;
}

/* Something must remain that can be fetched while the version is not known. */
static int check_versions(const struct distro_image *image, struct error *err)
{
	size_t plain = 0, dated = 0;

	for (size_t i = 0; i < image->url_count; i++)
		*(has_version(image->urls[i]) ? &dated : &plain) += 1;
	for (size_t i = 0; i < image->sums_count; i++)
		dated += has_version(image->sums[i]);
	if (!plain)
		return bad_field("urls", "has no address without a version", err);
	if (dated && (!image->version_from || !strcmp(image->version_from, "url")))
		return bad_field("version", "does not tell what " DISTRO_VERSION " is", err);
	return 0;
}

static int read_version(struct arena *arena, const json_t *object, struct distro_image *image,
			struct error *err)
{
	static const char *const fields[] = { "from", "pattern", NULL };
	const json_t *version = json_object_get(object, "version");
	const char *star;

	if (!version)
		return 0;
	if (check_fields(version, fields, err) < 0 ||
	    need_string(arena, version, "from", &image->version_from, err) < 0 ||
	    need_string(arena, version, "pattern", &image->version_pattern, err) < 0)
		return error_wrap(err, "version");
	if (strcmp(image->version_from, "url") != 0 && strcmp(image->version_from, "sums") != 0 &&
	    !http_is_url(image->version_from))
		return bad_field("version", "is from neither url, sums, nor an address", err);
	star = strchr(image->version_pattern, '*');
	if (!star || strchr(star + 1, '*') || star == image->version_pattern)
		return bad_field("version", "has a pattern without one * behind something", err);
	return 0;
}

static int read_stream(struct arena *arena, const json_t *object, struct distro_image *image,
		       struct error *err)
{
	static const char *const fields[] = { "product", "server", NULL };
	const json_t *stream = json_object_get(object, "simplestreams");

	if (check_fields(stream, fields, err) < 0 ||
	    need_string(arena, stream, "server", &image->stream_server, err) < 0 ||
	    need_string(arena, stream, "product", &image->stream_product, err) < 0)
		return error_wrap(err, "simplestreams");
	if (!http_is_url(image->stream_server))
		return bad_field("simplestreams", "has a server that is not of the web", err);
	if (json_object_get(object, "urls") || json_object_get(object, "sums") ||
	    json_object_get(object, "version"))
		return bad_field("simplestreams", "stands beside what it stands for", err);
	return 0;
}

static int read_image(struct arena *arena, const json_t *object, struct distro_image *out,
		      struct error *err)
{
	static const char *const fields[] = { "architecture",  "first_boot", "lacks", "provider",
					      "simplestreams", "sums",       "urls",  "user",
					      "version",       NULL };
	struct distro_image image = { 0 };

	if (check_fields(object, fields, err) < 0 ||
	    need_string(arena, object, "provider", &image.provider, err) < 0 ||
	    need_string(arena, object, "architecture", &image.architecture, err) < 0 ||
	    check_words(&image, err) < 0 ||
	    read_string(arena, object, "user", &image.user, err) < 0 ||
	    read_string(arena, object, "lacks", &image.lacks, err) < 0 ||
	    read_first_boot(arena, object, &image.first_boot, err) < 0)
		return -1;
	if (json_object_get(object, "simplestreams")) {
		if (read_stream(arena, object, &image, err) < 0)
			return -1;
	} else if (read_strings(arena, object, "urls", &image.urls, &image.url_count, err) < 0 ||
		   read_strings(arena, object, "sums", &image.sums, &image.sums_count, err) < 0 ||
		   check_urls("urls", image.urls, image.url_count, err) < 0 ||
		   check_urls("sums", image.sums, image.sums_count, err) < 0 ||
		   read_version(arena, object, &image, err) < 0 ||
		   check_versions(&image, err) < 0) {
		return -1;
	}
	*out = image;
	return 0;
}

/* --- a release -------------------------------------------------------------------------------- */

static int read_images(struct arena *arena, const json_t *object, struct distro *d,
		       struct error *err)
{
	const json_t *list = json_object_get(object, "images");
	size_t count = json_array_size(list);
	struct distro_image *images = arena_alloc(arena, (count + 1) * sizeof(*images));
	const char **offers = arena_alloc(arena, (count + 1) * sizeof(*offers));

	if (!json_is_array(list) || !count)
		return bad_field("images", "is not a list with something in it", err);
	for (size_t i = 0; i < count; i++) {
		if (read_image(arena, json_array_get(list, i), &images[i], err) < 0)
			return error_wrap(err, "images[%zu]", i);
		for (size_t j = 0; j < i; j++)
			if (!strcmp(images[j].provider, images[i].provider) &&
			    !strcmp(images[j].architecture, images[i].architecture))
				return error_set(err, ERROR_BOX,
						 "images[%zu] is for the same as [%zu]", i, j);
		if (!images[i].lacks)
			offers[d->offer_count++] = arena_printf(arena, "%s %s", images[i].provider,
								images[i].architecture);
	}
	d->images = images;
	d->image_count = count;
	d->offers = offers;
	return 0;
}

int distro_read(struct arena *arena, const json_t *object, struct distro *out, struct error *err)
{
	static const char *const fields[] = { "aliases", "images", "name", "newest", "title", NULL };
	struct distro d = { 0 };
	const json_t *newest;

	if (check_fields(object, fields, err) < 0 ||
	    need_string(arena, object, "name", &d.name, err) < 0 ||
	    need_string(arena, object, "title", &d.title, err) < 0 ||
	    read_strings(arena, object, "aliases", &d.aliases, &d.alias_count, err) < 0)
		return -1;
	newest = json_object_get(object, "newest");
	if (newest && !json_is_boolean(newest))
		return bad_field("newest", "is neither true nor false", err);
	d.newest = json_is_true(newest);
	if (read_images(arena, object, &d, err) < 0)
		return error_wrap(err, "'%s'", d.name);
	*out = d;
	return 0;
}

bool distro_is(const struct distro *d, const char *name)
{
	size_t family = strcspn(d->name, "/");

	if (!strcmp(d->name, name))
		return true;
	if (d->newest && strlen(name) == family && !memcmp(d->name, name, family))
		return true;
	for (size_t i = 0; i < d->alias_count; i++)
		if (!strcmp(d->aliases[i], name))
			return true;
	return false;
}

const struct distro_image *distro_image(const struct distro *d, const char *provider,
					const char *architecture)
{
	for (size_t i = 0; i < d->image_count; i++) {
		const struct distro_image *image = &d->images[i];

		if ((!provider || !strcmp(image->provider, provider)) &&
		    !strcmp(image->architecture, architecture))
			return image;
	}
	return NULL;
}
