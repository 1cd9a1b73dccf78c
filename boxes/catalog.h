/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A box catalog as Vagrant's users publish it: JSON {name, description, versions: [{version, providers:
 * [{name, url, checksum, checksum_type, architecture, default_architecture}]}]}. Recognized by its
 * body. Unknown members are ignored; wrong types are errors that name the member.
 */
#ifndef BOXES_CATALOG_H
#define BOXES_CATALOG_H

#include <stdbool.h>
#include <stddef.h>

#include "boxes/offer.h"
#include "core/error.h"

#define CATALOG_MAX_BYTES ((size_t)20 << 20)

struct catalog;

/* True if the text begins like JSON, and not like a box. */
bool catalog_is(const void *head, size_t len);
/* `url` is where it came from: relative URLs in it are meant from there. */
int catalog_parse(const void *data, size_t len, const char *url, struct catalog **out,
		  struct error *err);
/* Borrowed. */
const char *catalog_name(const struct catalog *c);
/*
 * The newest version that satisfies want->version and has the provider and the architecture. The
 * architecture: that one; else one marked "unknown" that is the default; else the only one without.
 * ERROR_NOT_FOUND lists what is offered instead, in its hint.
 */
int catalog_choose(const struct catalog *c, const struct box_want *want, struct offer *out,
		   struct error *err);
void catalog_free(struct catalog **c);
#define cleanup_catalog cleanup(catalog_free)

#endif
