/* SPDX-License-Identifier: Apache-2.0 */
/* From what a user asks for to a box that can be had: catalogs, servers, and the distributions' own images. */
#ifndef BOXES_RESOLVE_H
#define BOXES_RESOLVE_H

#include <stdbool.h>

#include "boxes/http.h"
#include "boxes/offer.h"
#include "core/env.h"
#include "core/error.h"

struct resolve_conf { /* borrowed */
	struct http_conf http;
	struct strings servers; /* of boxes, in order: base URLs */
	struct strings
		catalogs; /* files that are asked before the shipped one, see boxes/distros.h */
	const char *directory; /* what relative paths are meant from */
};

enum resolve_kind { RESOLVE_PATH, RESOLVE_URL, RESOLVE_NAME };
/*
 * What the word is: a path (begins with "/", "./", "../", "~/" or "file:", is "." or "..", ends with "/" or like a file of a box (".box", ".qcow2", ".tar.zst"), or a file of that name is there), an
 * http(s) URL, or a name ("debian/12", "user/box"; letters, digits, ".", "_", "+", "-", "/").
 */
enum resolve_kind resolve_kind(const char *directory, const char *name);

/*
 * - a path: the file or directory itself, or if it is a catalog, what it offers; ERROR_NOT_FOUND with a hint if there is none;
 * - a URL: its body decides: a catalog, or the box itself (which is not read then). A file "URL.sha256", "SHA256SUMS" or "SHA512SUMS" beside
 *   a box is used where no checksum was given and the server has one;
 * - want->urls: those, in order, for the name;
 * - a name: each server's <server>/api/v2/vagrant/<name>, <server>/<name>, <server>/<name>.json, <server>/<name>/metadata.json and, where there is
 *   one, its simplestreams index (a server may be a file: URL, without an index); then boxes/catalog.json. A catalog that names another box is an error.
 * The first server that knows the name decides; one that cannot be asked is an error, not passed over. A box that is a
 * file is offered by its absolute path. want->checksum, if set, is the offer's.
 * ERROR_NOT_FOUND says where it was looked for.
 */
int resolve(const struct resolve_conf *conf, const struct box_want *want, struct offer *out,
	    struct error *err);

#endif
