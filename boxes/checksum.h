/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A digest that a file must have, as catalogs, sums files and users write it: "sha256:HEX", "sha512:HEX",
 * or bare HEX, whose length tells the algorithm. MD5 and SHA-1 are read since old catalogs have
 * them; the box's identity is always its SHA-256.
 */
#ifndef BOXES_CHECKSUM_H
#define BOXES_CHECKSUM_H

#include <stdbool.h>

#include "core/digest.h"
#include "core/error.h"

#define CHECKSUM_HEX_BYTES DIGEST_MAX_HEX_BYTES

struct checksum {
	enum digest_kind kind;
	char hex[CHECKSUM_HEX_BYTES]; /* lower case; "" means that none is known */
};

bool checksum_is_set(const struct checksum *c);
/* ERROR_BOX quotes what was wrong. */
int checksum_parse(const char *text, struct checksum *out, struct error *err);
/* "sha256" and HEX, as catalogs have them in two fields; `type` NULL: by the length. */
int checksum_of_type(const char *type, const char *hex, struct checksum *out, struct error *err);
bool checksum_equal(const struct checksum *a, const struct checksum *b);
/* "sha256:HEX". Caller frees. */
char *checksum_text(const struct checksum *c);

#endif
