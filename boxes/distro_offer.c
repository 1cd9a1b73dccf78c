/* SPDX-License-Identifier: Apache-2.0 */
/* Versions and checksums of images, from what distributions publish beside them. */
#include "boxes/distro_offer.h"

#include <stdlib.h>
#include <string.h>

#include "boxes/image_server.h"
#include "boxes/member.h"
#include "boxes/sums.h"
#include "boxes/version.h"

/* Debian's manifest of an image has some 500 KB. */
#define DOCUMENT_MAX_BYTES ((size_t)16 << 20)
#define VERSION_MAX_BYTES 64
#define VERSION_CHARACTERS "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._:+~-"

static const char *base_name(const char *url)
{
	const char *slash = strrchr(url, '/');

	return slash ? slash + 1 : url;
}

/* What stands in the text where the pattern has its star: it begins with a digit. NULL if nothing does. */
static char *match(const char *text, const char *pattern)
{
	const char *star = strchr(pattern, '*'), *suffix = star + 1;
	cleanup_free char *prefix = xstrndup(pattern, (size_t)(star - pattern));

	for (const char *at = strstr(text, prefix); at; at = strstr(at + 1, prefix)) {
		const char *version = at + strlen(prefix);
		size_t len = strspn(version, VERSION_CHARACTERS);

		if (*version < '0' || *version > '9')
			continue;
		/* The suffix may be of the same characters as the version: the longest that is followed by it. */
		while (len && (!text_has_prefix(version + len, suffix) || len > VERSION_MAX_BYTES))
			len--;
		if (len)
			return xstrndup(version, len);
	}
	return NULL;
}

/* The address with the version filled in; NULL if it wants one and there is none. */
static char *filled(const char *url, const char *version)
{
	cleanup_text struct text out = { 0 };

	for (const char *at; (at = strstr(url, DISTRO_VERSION));
	     url = at + strlen(DISTRO_VERSION)) {
		if (!version)
			return NULL;
		text_addn(&out, url, (size_t)(at - url));
		text_add(&out, version);
	}
	text_add(&out, url);
	return text_take(&out);
}

/* --- version ---------------------------------------------------------------------------------- */

/* A document that is gone only costs the version; the sums will tell if the server is. */
static int version_of_document(const struct distro_image *image, const struct http_conf *http,
			       char **out, struct error *err)
{
	cleanup_text struct text body = { 0 };
	cleanup_error struct error ignored = { 0 };

	if (http_get(http, image->version_from, DOCUMENT_MAX_BYTES, &body, &ignored) < 0)
		return ignored.kind == ERROR_STOPPED ? error_move(err, &ignored) : 0;
	*out = match(text_str(&body), image->version_pattern);
	return 0;
}

static int early_version(const struct distro_image *image, const struct http_conf *http, char **out,
			 struct error *err)
{
	if (!image->version_from || !strcmp(image->version_from, "sums"))
		return 0;
	if (strcmp(image->version_from, "url") != 0)
		return version_of_document(image, http, out, err);
	for (size_t i = 0; i < image->url_count && !*out; i++)
		*out = match(base_name(image->urls[i]), image->version_pattern);
	return 0;
}

struct twins {
	const struct checksum *checksum;
	const char *pattern;
	char *version;
};

/* Servers list one file under two names, "latest" and its number; the same bytes have the same checksum. */
static void look_at_twin(void *ctx, const char *file, const struct checksum *c)
{
	struct twins *t = ctx;

	if (file && !t->version && checksum_equal(c, t->checksum))
		t->version = match(file, t->pattern);
}

static char *version_of_sums(const struct distro_image *image, const struct text *sums,
			     const struct checksum *checksum)
{
	struct twins t = { checksum, image->version_pattern, NULL };

	sums_each(text_str(sums), sums->len, &(struct sums_reader){ look_at_twin, &t });
	return t.version;
}

/* --- checksum --------------------------------------------------------------------------------- */

/* A file for one image may call it by another name. */
static bool is_of_one(const char *sums_url, const char *file)
{
	const char *name = base_name(sums_url);

	return strlen(name) > strlen(file) && text_has_prefix(name, file);
}

static int find_in(const struct distro_image *image, const char *version, const char *sums_url,
		   const struct text *sums, struct checksum *out, struct error *err)
{
	for (size_t i = 0; i < image->url_count; i++) {
		cleanup_free char *url = filled(image->urls[i], version);
		const char *file = url ? base_name(url) : NULL;

		if (!file)
			continue;
		error_clear(err);
		if (sums_find(text_str(sums), sums->len, file, out, err) == 0)
			return 0;
		if (err->kind != ERROR_NOT_FOUND)
			return -1;
		if (is_of_one(sums_url, file) &&
		    sums_find(text_str(sums), sums->len, NULL, out, err) == 0)
			return 0;
	}
	return -1;
}

/* The first of the sums files that has the image decides. Fills in *version if it is told there. */
static int find_checksum(const struct distro_image *image, const struct http_conf *http,
			 char **version, struct checksum *out, struct error *err)
{
	for (size_t i = 0; i < image->sums_count; i++) {
		cleanup_free char *url = filled(image->sums[i], *version);
		cleanup_text struct text sums = { 0 };

		if (!url)
			continue;
		error_clear(err);
		if (http_get(http, url, DOCUMENT_MAX_BYTES, &sums, err) == 0 &&
		    find_in(image, *version, url, &sums, out, err) == 0) {
			if (!*version && image->version_from)
				*version = version_of_sums(image, &sums, out);
			return 0;
		}
		if (err->kind == ERROR_STOPPED)
			return -1;
		error_wrap(err, "%s", base_name(url));
	}
	return image->sums_count ? -1 : 0;
}

/* --- the offer -------------------------------------------------------------------------------- */

static void add_urls(struct offer *o, const struct distro_image *image, const char *version)
{
	for (int dated = 1; dated >= 0; dated--) {
		for (size_t i = 0; i < image->url_count; i++) {
			cleanup_free char *url = filled(image->urls[i], version);

			if (url && (strstr(image->urls[i], DISTRO_VERSION) != NULL) == dated)
				offer_add_url(o, url);
		}
	}
}

static int check_version(const struct distro *d, const struct box_want *want, const char *version,
			 struct error *err)
{
	cleanup_constraint struct constraint *constraint = NULL;

	if (constraint_parse(want->version, &constraint, err) < 0)
		return -1;
	if (constraint_holds(constraint, version))
		return 0;
	if (version) {
		error_set(err, ERROR_NOT_FOUND, "box '%s' has version '%s' now, which is not '%s'",
			  d->name, version, want->version);
		return error_hint(err, "distributions publish their newest image only; older ones "
				       "are kept by bothy.lock and your own store");
	}
	return error_set(err, ERROR_NOT_FOUND,
			 "box '%s' has no version that is known, so it cannot be '%s'", d->name,
			 want->version);
}

static int from_files(const struct distro *d, const struct distro_image *image,
		      const struct http_conf *http, struct offer *o, struct error *err)
{
	if (early_version(image, http, &o->version, err) < 0 ||
	    find_checksum(image, http, &o->version, &o->checksum, err) < 0)
		return error_wrap(err, "cannot learn the checksum of box '%s'", d->name);
	add_urls(o, image, o->version);
	return 0;
}

static int from_stream(const struct distro_image *image, const struct http_conf *http,
		       const struct box_want *want, struct offer *o, struct error *err)
{
	const struct box_want product = { .name = image->stream_product,
					  .version = want->version,
					  .provider = image->provider,
					  .architecture = image->architecture };
	bool indexed;

	return image_server_find(http, image->stream_server, &product, &indexed, o, err);
}

static void replace(char **at, const char *text)
{
	free(*at);
	*at = text ? xstrdup(text) : NULL;
}

int distro_offer(const struct distro *d, const struct distro_image *image,
		 const struct http_conf *http, const struct box_want *want, struct offer *out,
		 struct error *err)
{
	cleanup_offer struct offer o = { 0 };

	if (image->stream_server ? from_stream(image, http, want, &o, err) :
				   from_files(d, image, http, &o, err))
		return -1;
	if (check_version(d, want, o.version, err) < 0)
		return -1;
	replace(&o.name, d->name);
	replace(&o.provider, image->provider);
	replace(&o.architecture, image->architecture);
	replace(&o.user, image->user);
	o.first_boot = image->first_boot;
	*out = o;
	memset(&o, 0, sizeof(o));
	return 0;
}
