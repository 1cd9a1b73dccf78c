/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where distributions publish their own images: boxes/catalog.json, installed to share, or the files
 * that the user adds. The format
 * is told, field by field, at the head of boxes/distros.c.
 */
#ifndef BOXES_DISTROS_H
#define BOXES_DISTROS_H

#include <stdbool.h>
#include <stddef.h>

#include "boxes/http.h"
#include "boxes/offer.h"
#include "core/error.h"

struct distros;

/* Of one file: everything in it is checked, and each mistake names its place. */
int distros_load(const char *path, struct distros **out, struct error *err);
/* These files and then the shipped one: of several that know a name, the first counts. */
int distros_load_all(const struct strings *files, struct distros **out, struct error *err);
/*
 * The image of that name ("debian/12", an alias such as "debian/bookworm", or "debian": the newest)
 * for want->provider and want->architecture. The sums file is fetched, so that the offer has a
 * checksum; the version is the image's date or number where its address or the server's answer tells it.
 * ERROR_NOT_FOUND if it knows no such name, or has it for others only (then the hint says for which).
 */
int distros_find(const struct distros *d, const struct http_conf *http, const struct box_want *want,
		 struct offer *out, struct error *err);

/* Knows the name or alias, for whatever engine. */
bool distros_has(const struct distros *d, const char *name);

/* It is published for that provider, for whatever processor. */
bool distros_offers(const struct distros *d, const char *name, const char *provider);

/* One name that can be asked for. Borrowed. */
struct distros_row {
	const char *name, *title; /* "debian/12", "Debian 12 (bookworm)" */
	const char *const *aliases;
	size_t alias_count;
	const char *const *offers; /* "kvm amd64", "kvm arm64", "container amd64", … */
	size_t offer_count;
};
size_t distros_count(const struct distros *d);
struct distros_row distros_row(const struct distros *d, size_t index);
/* The nearest known name, or NULL. Borrowed. */
const char *distros_nearest(const struct distros *d, const char *name);
void distros_free(struct distros **d);
#define cleanup_distros cleanup(distros_free)

#endif
