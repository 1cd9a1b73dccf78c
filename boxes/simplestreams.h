/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Simplestreams, in which LXC, Incus, LXD and Ubuntu tell of their images: streams/v1/index.json lists
 * product files, and those list products → versions → items with path, sha256, size and ftype.
 * (Incus, doc/reference/image_servers; simplestreams' own documentation.)
 */
#ifndef BOXES_SIMPLESTREAMS_H
#define BOXES_SIMPLESTREAMS_H

#include <stddef.h>

#include "boxes/offer.h"
#include "core/error.h"

/* Paths of the product files that an index names, relative to the server; freed by the caller with its strings. */
int simplestreams_index(const void *data, size_t len, char ***out_paths, size_t *out_count,
			struct error *err);
/*
 * The newest version in a product file that satisfies `want`. want->name is "debian/12", "debian/bookworm" or with a
 * variant "alpine/3.22/cloud"; it is matched with aliases, with os and release, and with release titles.
 * want->provider: "container" takes root.tar.xz, "kvm" a disk image. `server` is what paths are relative to.
 * Versions are the stream's ("20261120_05:24"). An image that is offered as squashfs only is an error that says so.
 */
int simplestreams_choose(const void *data, size_t len, const char *server,
			 const struct box_want *want, struct offer *out, struct error *err);

#endif
