/* SPDX-License-Identifier: Apache-2.0 */
/* One release of a distribution and the images it publishes: an object of boxes/catalog.json. */
#ifndef BOXES_DISTRO_H
#define BOXES_DISTRO_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"

/* Stands in an address for the version of the image, once that is known. */
#define DISTRO_VERSION "{version}"

/* Everything lives in the arena it was read into. Members that an image does not have are NULL or 0. */
struct distro_image {
	const char *provider, *architecture;
	const char *user;
	unsigned first_boot; /* enum first_boot */
	const char *const *urls, *const *sums;
	size_t url_count, sums_count;
	const char *version_from, *version_pattern;
	const char *stream_server, *stream_product; /* instead of urls and sums */
	const char *lacks;
};

struct distro {
	const char *name, *title;
	bool newest; /* what the name before the slash means alone */
	const char *const *aliases;
	size_t alias_count;
	const struct distro_image *images;
	size_t image_count;
	const char *const *offers; /* of the images that lack nothing: "kvm amd64" */
	size_t offer_count;
};

/* Borrows nothing from the object. ERROR_BOX names the field that is wrong. */
int distro_read(struct arena *arena, const json_t *object, struct distro *out, struct error *err);
/* By its name, an alias, or what comes before the slash if it is the newest. */
bool distro_is(const struct distro *d, const char *name);
/* For these; NULL for the provider: of any, the first. NULL if it is not published. Borrowed. */
const struct distro_image *distro_image(const struct distro *d, const char *provider,
					const char *architecture);

#endif
