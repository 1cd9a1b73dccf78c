/* SPDX-License-Identifier: Apache-2.0 */
/* A server of images with a simplestreams index (boxes/simplestreams.h), asked over HTTP. */
#ifndef BOXES_IMAGE_SERVER_H
#define BOXES_IMAGE_SERVER_H

#include <stdbool.h>

#include "boxes/http.h"
#include "boxes/offer.h"
#include "core/error.h"

/*
 * What the server has for `want`. ERROR_NOT_FOUND if it has no index (then *out_indexed is false) or
 * no such image; other errors as of http_get() and simplestreams_choose().
 */
int image_server_find(const struct http_conf *http, const char *server, const struct box_want *want,
		      bool *out_indexed, struct offer *out, struct error *err);

#endif
