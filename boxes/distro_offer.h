/* SPDX-License-Identifier: Apache-2.0 */
/* From an image of a distribution, as boxes/catalog.json knows it, to one that can be had now. */
#ifndef BOXES_DISTRO_OFFER_H
#define BOXES_DISTRO_OFFER_H

#include "boxes/distro.h"
#include "boxes/http.h"
#include "boxes/offer.h"

/*
 * Asks the distribution's servers for version and checksum. Addresses with the version in them come first in
 * the offer, since they go on meaning the same bytes. ERROR_NOT_FOUND if it has another version
 * than want->version asks for, or no checksum can be learned.
 */
int distro_offer(const struct distro *d, const struct distro_image *image,
		 const struct http_conf *http, const struct box_want *want, struct offer *out,
		 struct error *err);

#endif
